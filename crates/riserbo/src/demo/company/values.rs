//! Identifiers that are right in form and belong to nobody.
//!
//! Detectors look at check digits, so a demo with made-up digits would teach the wrong thing. Each
//! function builds its value by the published rule and closes it with a correct check. Where a range
//! is set aside for tests or drama it is used (cards: the public test prefixes; telephone: Ofcom,
//! ARCEP and Bundesnetzagentur numbers for fiction; addresses: RFC 5737). Italy sets aside none, so
//! Italian numbers use prefixes that no operator had at the time of writing.

use super::people::Birth;
use super::rng::Rng;

/// Values of the signs at odd places (counting from 1) in the check of the codice fiscale
/// (D.M. 23 December 1976): digits and the letters A–J share the first ten, then K to Z.
const ODD: [u32; 26] =
    [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/// The check letter that the codice fiscale and the CIN of an Italian account share: a weighted sum
/// of `signs` (upper-case letters and digits) modulo 26.
fn check_letter(signs: &str) -> char {
    let sum: u32 = signs
        .chars()
        .enumerate()
        .map(|(at, sign)| {
            let value = if sign.is_ascii_digit() {
                sign.to_digit(10).unwrap_or(0)
            } else {
                u32::from(sign).saturating_sub(u32::from('A'))
            };
            if at % 2 == 0 { ODD.get(value as usize).copied().unwrap_or(0) } else { value }
        })
        .sum();
    char::from_u32(u32::from('A') + sum % 26).unwrap_or('A')
}

/// Letters only, upper case, accents folded: `D'Alò` gives `DALO`.
fn letters(name: &str) -> String {
    name.chars()
        .map(|c| match c.to_ascii_uppercase() {
            'à' | 'á' | 'ä' | 'â' => 'A',
            'è' | 'é' | 'ê' | 'ë' => 'E',
            'ì' | 'í' | 'î' => 'I',
            'ò' | 'ó' | 'ö' => 'O',
            'ù' | 'ú' | 'ü' => 'U',
            'ç' => 'C',
            'ñ' => 'N',
            other => other,
        })
        .filter(char::is_ascii_uppercase)
        .collect()
}

fn is_vowel(letter: char) -> bool {
    matches!(letter, 'A' | 'E' | 'I' | 'O' | 'U')
}

/// Three letters of a name: consonants first, then vowels, then X. A first name with four or more
/// consonants leaves the second of them out.
fn three_letters(name: &str, first_name: bool) -> String {
    let all = letters(name);
    let mut consonants: Vec<char> = all.chars().filter(|c| !is_vowel(*c)).collect();
    if first_name && consonants.len() > 3 {
        consonants.remove(1);
    }
    consonants
        .into_iter()
        .chain(all.chars().filter(|c| is_vowel(*c)))
        .chain("XXX".chars())
        .take(3)
        .collect()
}

/// The codice fiscale of a person: names, birth (year, month, day), sex and the cadastral code of
/// the town, or `Z…` of the country, of birth.
pub(super) fn codice_fiscale(
    last: &str,
    first: &str,
    female: bool,
    birth: Birth,
    place: &str,
) -> String {
    let month =
        "ABCDEHLMPRST".chars().nth(usize::from(birth.month.saturating_sub(1))).unwrap_or('A');
    let day = birth.day + if female { 40 } else { 0 };
    let body = format!(
        "{}{}{:02}{month}{day:02}{place}",
        three_letters(last, false),
        three_letters(first, true),
        birth.year.rem_euclid(100),
    );
    let check = check_letter(&body);
    format!("{body}{check}")
}

/// The digit that makes `digits` followed by it pass the Luhn check (ISO/IEC 7812-1).
pub(super) fn luhn_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(at, d)| if at % 2 == 0 { d * 2 / 10 + d * 2 % 10 } else { d })
        .sum();
    (10 - sum % 10) % 10
}

fn with_luhn(mut digits: String) -> String {
    let check = luhn_digit(&digits);
    digits.push(char::from_digit(check, 10).unwrap_or('0'));
    digits
}

/// A partita IVA: seven digits, an office code (001–100), a Luhn digit.
pub(super) fn partita_iva(rng: &mut Rng) -> String {
    let office = rng.range(1, 100);
    with_luhn(format!("0{}{office:03}", rng.digits(6)))
}

/// A payment card in a public test range (Visa, Mastercard, American Express), grouped as printed.
pub(super) fn card(rng: &mut Rng) -> String {
    let prefix = rng.pick(&["424242", "400000", "424242", "555555", "520082", "222300", "378282"]);
    let length = if prefix.starts_with('3') { 15 } else { 16 };
    let body = rng.digits(length - 1 - prefix.len());
    let digits: Vec<char> = with_luhn(format!("{prefix}{body}")).chars().collect();
    let cuts: &[usize] = if length == 15 { &[4, 10] } else { &[4, 8, 12] };
    let mut out = String::with_capacity(19);
    for (at, digit) in digits.into_iter().enumerate() {
        if cuts.contains(&at) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// Remainder by 97 of a string in which A is 10 … Z is 35 (ISO 7064, MOD 97-10).
pub(super) fn mod97(signs: &str) -> u32 {
    signs
        .chars()
        .filter_map(|c| c.to_digit(36))
        .fold(0, |rest, value| (if value > 9 { rest * 100 } else { rest * 10 } + value) % 97)
}

/// An IBAN without spaces from country and national account number (ISO 13616).
pub(super) fn iban_from(country: &str, bban: &str) -> String {
    let check = 98 - mod97(&format!("{bban}{country}00"));
    format!("{country}{check:02}{bban}")
}

/// An IBAN of `country` (IT, DE, FR, ES), written in groups of four. Bank codes are invented; the
/// national checks (CIN, clé RIB, dígitos de control) are right as well.
pub(super) fn iban(country: &str, rng: &mut Rng) -> String {
    let bban = match country {
        "DE" => format!("{}{}", rng.pick(&["10099900", "50099900", "70099900"]), rng.digits(10)),
        "FR" => {
            let (bank, branch, account) = ("19999", rng.digits(5), rng.digits(11));
            let number = |s: &str| s.parse::<u64>().unwrap_or(0);
            let sum = 89 * number(bank) + 15 * number(&branch) + 3 * number(&account);
            format!("{bank}{branch}{account}{:02}", 97 - sum % 97)
        }
        "ES" => {
            let (bank, account) = (format!("0999{}", rng.digits(4)), rng.digits(10));
            let first = spanish_digit(&format!("00{bank}"));
            let second = spanish_digit(&account);
            format!("{bank}{first}{second}{account}")
        }
        _ => {
            let body = format!(
                "{}{}{}",
                rng.pick(&["09911", "09927", "09950"]),
                rng.digits(5),
                rng.digits(12)
            );
            format!("{}{body}", check_letter(&body))
        }
    };
    let country = if matches!(country, "DE" | "FR" | "ES") { country } else { "IT" };
    let mut out = String::with_capacity(34);
    for (at, sign) in iban_from(country, &bban).chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            out.push(' ');
        }
        out.push(sign);
    }
    out
}

fn spanish_digit(ten: &str) -> u32 {
    let weights = [1, 2, 4, 8, 5, 10, 9, 7, 3, 6];
    let sum: u32 =
        ten.chars().filter_map(|c| c.to_digit(10)).zip(weights).map(|(d, w)| d * w).sum();
    match 11 - sum % 11 {
        10 => 1,
        11 => 0,
        digit => digit,
    }
}

/// The 20 digits of a tessera sanitaria: issuer 80380, a region, a number, a Luhn digit.
pub(super) fn health_card(rng: &mut Rng) -> String {
    let region = rng.range(1, 20) * 10;
    with_luhn(format!("80380{region:05}{}", rng.digits(9)))
}

/// The number of an electronic prescription (NRE): region, lot, ten digits.
pub(super) fn prescription(rng: &mut Rng) -> String {
    format!("{:03}0A{}", rng.range(1, 20) * 10, rng.digits(10))
}

/// The number of an electronic identity card: `CA`, five digits, two letters.
pub(super) fn identity_card(rng: &mut Rng) -> String {
    format!("CA{}{}", rng.digits(5), rng.signs("ABCDEFGHJKLMNPRSTVWXYZ", 2))
}

/// A UK NHS number of the range 999, which stands for tests, with its modulo 11 check.
pub(super) fn nhs_number(rng: &mut Rng) -> String {
    loop {
        let body = format!("999{}", rng.digits(6));
        let sum: u32 = body
            .chars()
            .filter_map(|c| c.to_digit(10))
            .zip((2..=10).rev())
            .map(|(d, w)| d * w)
            .sum();
        let check = match 11 - sum % 11 {
            11 => 0,
            other => other,
        };
        if check < 10 {
            let all: Vec<char> = format!("{body}{check}").chars().collect();
            let part = |from: usize, n: usize| all.iter().skip(from).take(n).collect::<String>();
            return format!("{} {} {}", part(0, 3), part(3, 3), part(6, 4));
        }
    }
}

/// A telephone number in international form for the country of an address.
pub(super) fn phone(country: &str, rng: &mut Rng) -> String {
    match country {
        "GB" => format!("+44 7700 900{:03}", rng.range(0, 999)),
        "FR" => format!("+33 6 39 98 {:02} {:02}", rng.range(0, 99), rng.range(0, 99)),
        "DE" => format!("+49 171 39200{:02}", rng.range(0, 99)),
        _ => italian_mobile(rng),
    }
}

fn italian_mobile(rng: &mut Rng) -> String {
    let prefix = rng.pick(&["384", "385", "387", "394", "395", "398"]);
    let (a, b) = (rng.digits(3), rng.digits(4));
    match rng.below(5) {
        0 => format!("+39 {prefix} {a}{b}"),
        1 => format!("{prefix}{a}{b}"),
        2 => format!("{prefix} {a} {b}"),
        3 => format!("+39{prefix}{a}{b}"),
        _ => format!("{prefix}-{a}{b}"),
    }
}

/// A landline number: the area code of a town and a number with 555 inside.
pub(super) fn landline(area: &str, rng: &mut Rng) -> String {
    format!("{area} 555{:04}", rng.range(100, 9_999))
}

/// An address of the ranges for documentation (RFC 5737).
pub(super) fn ip(rng: &mut Rng) -> String {
    let net = rng.pick(&["192.0.2", "198.51.100", "203.0.113"]);
    format!("{net}.{}", rng.range(2, 250))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codice_fiscale_follows_the_published_examples() {
        let birth = |year, month, day| Birth { year, month, day };
        let matteo = codice_fiscale("Moretti", "Matteo", false, birth(1991, 4, 8), "F205");
        assert_eq!(matteo, "MRTMTT91D08F205J");
        let mario = codice_fiscale("Rossi", "Mario", false, birth(1985, 12, 10), "A562");
        assert_eq!(mario, "RSSMRA85T10A562S");
        assert_eq!(three_letters("Fo", false), "FOX");
        assert_eq!(three_letters("Gianfranco", true), "GFR");
        assert_eq!(letters("D'Alò"), "DALO");
    }

    #[test]
    fn accounts_follow_the_published_examples() {
        assert_eq!(check_letter("0542811101000000123456"), 'X');
        assert_eq!(iban_from("IT", "X0542811101000000123456"), "IT60X0542811101000000123456");
        assert_eq!(iban_from("DE", "370400440532013000"), "DE89370400440532013000");
        assert_eq!(spanish_digit("0021000418"), 4);
        assert_eq!(spanish_digit("0200051332"), 5);
        let mut rng = Rng::new(3);
        for country in ["IT", "DE", "FR", "ES"] {
            let made: String = iban(country, &mut rng).chars().filter(|c| *c != ' ').collect();
            let turned: String = made.chars().cycle().skip(4).take(made.len()).collect();
            assert_eq!(mod97(&turned), 1, "{country}");
        }
    }

    #[test]
    fn cards_and_vat_numbers_pass_luhn() {
        assert_eq!(luhn_digit("424242424242424"), 2);
        assert_eq!(luhn_digit("37828224631000"), 5);
        let mut rng = Rng::new(9);
        for _ in 0..200 {
            for made in [card(&mut rng), partita_iva(&mut rng), health_card(&mut rng)] {
                let digits: String = made.chars().filter(char::is_ascii_digit).collect();
                let (body, check) = digits.split_at(digits.len() - 1);
                assert_eq!(luhn_digit(body).to_string(), check, "{made}");
                assert!(matches!(digits.len(), 11 | 15 | 16 | 20), "{made}");
            }
            assert_eq!(prescription(&mut rng).len(), 15);
            assert_eq!(nhs_number(&mut rng).len(), 12);
        }
    }
}
