//! Numbers that states give to people, beyond Italy. Each function names its rule; all take normal form (digits and upper-case letters only).

use super::{days_in_month, digits, modulo, weighted};

/// US Social Security number: area not 000, 666 or 9xx, group not 00, serial not 0000 (SSA, since 2011).
#[must_use]
pub fn us_ssn(n: &str) -> bool {
    let part = |r: std::ops::Range<usize>| n.get(r).and_then(|s| s.parse::<u32>().ok());
    let (Some(area), Some(group), Some(serial)) = (part(0..3), part(3..5), part(5..9)) else {
        return false;
    };
    n.len() == 9 && !matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0
}

/// US individual taxpayer number: 9xx with groups 50–65, 70–88, 90–92, 94–99 (IRS).
#[must_use]
pub fn us_itin(n: &str) -> bool {
    let group = n.get(3..5).and_then(|s| s.parse::<u32>().ok()).unwrap_or(0);
    n.len() == 9
        && n.starts_with('9')
        && digits(n).is_some()
        && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

/// Spanish DNI and NIE: letter = number mod 23 (Real Decreto 1553/2005).
#[must_use]
pub fn es_nif(n: &str) -> bool {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    if n.len() != 9 || !n.is_ascii() {
        return false;
    }
    let (body, check) = (n.get(..8).unwrap_or(""), n.as_bytes().last());
    let body = match body.as_bytes().first() {
        Some(b'X') => format!("0{}", body.get(1..).unwrap_or("")),
        Some(b'Y') => format!("1{}", body.get(1..).unwrap_or("")),
        Some(b'Z') => format!("2{}", body.get(1..).unwrap_or("")),
        _ => body.to_owned(),
    };
    let Ok(value) = body.parse::<usize>() else {
        return false;
    };
    digits(&body).is_some() && LETTERS.get(value % 23) == check
}

/// French NIR with its key: 97 − number mod 97; 2A and 2B stand for 19 and 18 (INSEE).
#[must_use]
pub fn fr_nir(n: &str) -> bool {
    let plain = n.replacen("2A", "19", 1).replacen("2B", "18", 1);
    let Some(d) = digits(&plain) else {
        return false;
    };
    let (Some(body), Some(key), Some(first)) = (d.get(..13), d.get(13..15), d.first()) else {
        return false;
    };
    d.len() == 15
        && matches!(first, 1 | 2 | 3 | 4 | 7 | 8)
        && 97 - modulo(body, 97) == modulo(key, 100)
}

/// German tax identification number (Steuer-ID, § 139b AO): ISO/IEC 7064 mod 11,10; no leading zero.
#[must_use]
pub fn de_steuer_id(n: &str) -> bool {
    let Some(d) = digits(n) else { return false };
    if d.len() != 11 || d.first() == Some(&0) {
        return false;
    }
    let mut counts = [0_u32; 10];
    for v in d.iter().take(10) {
        if let Some(c) = usize::try_from(*v).ok().and_then(|i| counts.get_mut(i)) {
            *c += 1;
        }
    }
    let repeats = counts.iter().filter(|c| **c > 1).count();
    repeats == 1 && counts.iter().all(|c| *c <= 3) && mod_11_10(&d)
}

/// ISO/IEC 7064 mod 11,10 over all digits, the last one being the check.
fn mod_11_10(d: &[u32]) -> bool {
    let Some((check, body)) = d.split_last() else {
        return false;
    };
    let mut product = 10;
    for v in body {
        let sum = (v + product) % 10;
        product = (if sum == 0 { 10 } else { sum }) * 2 % 11;
    }
    (11 - product) % 10 == *check
}

/// Dutch BSN: the eleven test (weights 9…2, −1).
#[must_use]
pub fn nl_bsn(n: &str) -> bool {
    let Some(d) = digits(n) else { return false };
    let (Some(body), Some(last)) = (d.get(..8), d.get(8)) else {
        return false;
    };
    let sum = weighted(body, &[9, 8, 7, 6, 5, 4, 3, 2]);
    d.len() == 9 && sum > *last && (sum - last).is_multiple_of(11)
}

/// Polish PESEL: weights 1,3,7,9 and a birth date whose month carries the century.
#[must_use]
pub fn pl_pesel(n: &str) -> bool {
    let Some(d) = digits(n) else { return false };
    let &[y1, y2, m1, m2, d1, d2, _, _, _, _, _] = d.as_slice() else {
        return false;
    };
    let month = (m1 * 10 + m2) % 20;
    let day = d1 * 10 + d2;
    let year = i32::try_from(2000 + y1 * 10 + y2).unwrap_or(2000);
    day > 0
        && day <= days_in_month(year, month).max(if month == 2 { 29 } else { 0 })
        && weighted(&d, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
}

/// British NHS number: weights 10…2, check = 11 − sum mod 11.
#[must_use]
pub fn uk_nhs(n: &str) -> bool {
    let Some(d) = digits(n) else { return false };
    let Some(last) = d.get(9) else { return false };
    let check = (11 - weighted(&d, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    d.len() == 10 && check == *last && d.windows(2).any(|w| w.first() != w.last())
}

/// British National Insurance number: form and prefixes (HMRC NIM39110).
#[must_use]
pub fn uk_nino(n: &str) -> bool {
    let &[a, b, ref body @ .., suffix] = n.as_bytes() else {
        return false;
    };
    let first = a.is_ascii_uppercase() && !b"DFIQUV".contains(&a);
    let second = b.is_ascii_uppercase() && !b"DFIQUVO".contains(&b);
    let prefix = [a, b];
    let given = ![*b"BG", *b"GB", *b"NK", *b"KN", *b"TN", *b"NT", *b"ZZ"].contains(&prefix);
    first
        && second
        && given
        && body.len() == 6
        && body.iter().all(u8::is_ascii_digit)
        && (b'A'..=b'D').contains(&suffix)
}

/// Portuguese NIF: weights 9…2, mod 11; 0 for remainders 10 and 11.
#[must_use]
pub fn pt_nif(n: &str) -> bool {
    let Some(d) = digits(n) else { return false };
    let Some(last) = d.get(8) else { return false };
    let rest = weighted(&d, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    d.len() == 9 && *last == if rest < 2 { 0 } else { 11 - rest }
}

/// Belgian national number: 97 − first nine mod 97, with a 2 before the nine for births from 2000.
#[must_use]
pub fn be_nn(n: &str) -> bool {
    let Some(d) = digits(n) else { return false };
    let (Some(body), Some(key)) = (d.get(..9), d.get(9..11)) else {
        return false;
    };
    let mut later = vec![2];
    later.extend_from_slice(body);
    let key = modulo(key, 100);
    d.len() == 11 && (97 - modulo(body, 97) == key || 97 - modulo(&later, 97) == key)
}

/// Indian Aadhaar: twelve digits, first not 0 or 1, Verhoeff check.
#[must_use]
pub fn in_aadhaar(n: &str) -> bool {
    digits(n).is_some_and(|d| d.len() == 12 && d.first() > Some(&1) && verhoeff(&d))
}

/// The Verhoeff check (dihedral group of order ten).
fn verhoeff(d: &[u32]) -> bool {
    let permute = |position: usize, v: u32| -> u32 {
        const ONCE: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
        (0..position % 8)
            .fold(v, |v, _| usize::try_from(v).ok().and_then(|i| ONCE.get(i)).copied().unwrap_or(0))
    };
    let multiply = |a: u32, b: u32| -> u32 {
        match (a < 5, b < 5) {
            (true, true) => (a + b) % 5,
            (true, false) => (a + b - 5) % 5 + 5,
            (false, true) => (a + 5 - b) % 5 + 5,
            (false, false) => (a + 5 - b) % 5,
        }
    };
    d.iter().rev().enumerate().fold(0, |c, (i, v)| multiply(c, permute(i, *v))) == 0
}

/// Singapore NRIC and FIN: weights 2,7,6,5,4,3,2 and a letter by series.
#[must_use]
pub fn sg_nric(n: &str) -> bool {
    let &[series, ref body @ .., letter] = n.as_bytes() else {
        return false;
    };
    let Some(d) = std::str::from_utf8(body).ok().and_then(digits) else {
        return false;
    };
    let sum = weighted(&d, &[2, 7, 6, 5, 4, 3, 2]);
    let (letters, shift): (&[u8], u32) = match series {
        b'S' => (b"JZIHGFEDCBA", 0),
        b'T' => (b"JZIHGFEDCBA", 4),
        b'F' => (b"XWUTRQPNMLK", 0),
        b'G' => (b"XWUTRQPNMLK", 4),
        b'M' => (b"XWUTRQPNJLK", 3),
        _ => return false,
    };
    let at = if series == b'M' { 10 - (sum + shift) % 11 } else { (sum + shift) % 11 };
    d.len() == 7 && usize::try_from(at).ok().and_then(|i| letters.get(i)) == Some(&letter)
}

/// Korean resident or foreigner number: birth date, sex digit 1–8; the check digit binds only those issued before October 2020.
#[must_use]
pub fn kr_rrn(n: &str) -> bool {
    let Some(d) = digits(n) else { return false };
    let &[_, _, m1, m2, d1, d2, sex, ..] = d.as_slice() else {
        return false;
    };
    let day = d1 * 10 + d2;
    if d.len() != 13
        || day == 0
        || day > days_in_month(2000, m1 * 10 + m2)
        || !(1..=8).contains(&sex)
    {
        return false;
    }
    let sum = weighted(&d, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    let check = (11 - sum % 11) % 10;
    d.get(12) == Some(&check) || (sex > 4 && d.get(12) == Some(&((check + 2) % 10)))
}

/// Canadian SIN: Luhn over nine digits, first not 0 or 8.
#[must_use]
pub fn ca_sin(n: &str) -> bool {
    n.len() == 9 && !n.starts_with(['0', '8']) && super::card::luhn(n)
}

/// South African identity number: birth date, citizenship digit 0–2, Luhn.
#[must_use]
pub fn za_id(n: &str) -> bool {
    let two = |r: std::ops::Range<usize>| n.get(r).and_then(|s| s.parse::<u32>().ok()).unwrap_or(0);
    let day = two(4..6);
    n.len() == 13
        && day > 0
        && day <= days_in_month(2000, two(2..4))
        && two(10..11) <= 2
        && super::card::luhn(n)
}

/// Australian tax file number: weights 1,4,3,7,5,8,6,9,10 mod 11.
#[must_use]
pub fn au_tfn(n: &str) -> bool {
    digits(n).is_some_and(|d| {
        d.len() == 9 && weighted(&d, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
    })
}

/// Australian business number: first digit less one, weights 10,1,3…19 mod 89.
#[must_use]
pub fn au_abn(n: &str) -> bool {
    let Some(mut d) = digits(n) else { return false };
    let Some(first) = d.first_mut().filter(|f| **f > 0) else {
        return false;
    };
    *first -= 1;
    d.len() == 11 && weighted(&d, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]).is_multiple_of(89)
}

/// Australian Medicare card: first digit 2–6, weights 1,3,7,9 mod 10 over eight digits.
#[must_use]
pub fn au_medicare(n: &str) -> bool {
    let Some(d) = digits(n) else { return false };
    let check = weighted(&d, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10;
    d.len() == 10 && matches!(d.first(), Some(2..=6)) && d.get(8) == Some(&check)
}

/// US National Provider Identifier: ten digits starting with 1 or 2, Luhn with the prefix 80840 (45 CFR 162).
#[must_use]
pub fn us_npi(n: &str) -> bool {
    n.len() == 10 && n.starts_with(['1', '2']) && super::card::luhn(&format!("80840{n}"))
}

/// The scheme of a bare number whose check holds and whose form is telling enough to be named without a cue.
#[must_use]
pub fn telling(n: &str) -> Option<&'static str> {
    Some(match n.len() {
        9 if es_nif(n) => "ES",
        9 if sg_nric(n) => "SG",
        9 if uk_nino(n) => "GB",
        13 if kr_rrn(n) => "KR",
        15 if fr_nir(n) => "FR",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (fn(&str) -> bool, &'static str, &'static str);

    #[test]
    fn each_scheme_takes_its_own_and_refuses_a_wrong_digit() {
        let cases: [Case; 18] = [
            (us_ssn, "219099999", "666121234"),
            (us_itin, "911531234", "911491234"),
            (es_nif, "12345678Z", "12345678A"),
            (es_nif, "X1234567L", "X1234567M"),
            (fr_nir, "255081416802538", "255081416802539"),
            (de_steuer_id, "86095742719", "86095742718"),
            (nl_bsn, "111222333", "111222334"),
            (pl_pesel, "44051401458", "44051401459"),
            (uk_nhs, "9434765919", "9434765918"),
            (uk_nino, "AB123456C", "BG123456C"),
            (pt_nif, "123456789", "123456788"),
            (in_aadhaar, "234123412346", "234123412347"),
            (sg_nric, "S1234567D", "S1234567A"),
            (kr_rrn, "9603030021413", "9699030021413"),
            (ca_sin, "130692544", "130692545"),
            (au_tfn, "876543210", "876543211"),
            (au_abn, "51824753556", "51824753557"),
            (us_npi, "1245319599", "1245319598"),
        ];
        for (i, (check, good, bad)) in cases.into_iter().enumerate() {
            assert!(check(good) || i == 13, "{good}");
            assert!(!check(bad), "{bad}");
            assert!(!check(""), "empty");
            assert!(!check("é"), "not ASCII");
        }
    }
}
