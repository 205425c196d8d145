//! Italian numbers: codice fiscale (D.M. 23 December 1976, with the substitutions of *omocodia*) and partita IVA (D.P.R. 633/1972).

use super::{days_in_month, digit, digits};

/// What a codice fiscale says of its holder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FiscalCode {
    /// Two-digit year of birth.
    pub year: u32,
    /// Month of birth, 1 to 12.
    pub month: u32,
    /// Day of birth, 1 to 31.
    pub day: u32,
    /// Cadastral code: `Z…` for people born abroad.
    pub foreign: bool,
    /// Whether the check letter holds.
    pub checked: bool,
}

const OMOCODIA: &[u8; 10] = b"LMNPQRSTUV";
const MONTHS: &[u8; 12] = b"ABCDEHLMPRST";

/// Reads a codice fiscale of a person: 16 upper-case signs. `None` when the form is wrong; a wrong check letter alone is said in `checked`.
#[must_use]
pub fn fiscal_code(code: &str) -> Option<FiscalCode> {
    let bytes: &[u8; 16] = code.as_bytes().try_into().ok()?;
    let [_, _, _, _, _, _, y1, y2, m, d1, d2, place, p1, p2, p3, check] = *bytes;
    if !bytes.iter().take(6).all(u8::is_ascii_uppercase)
        || !place.is_ascii_uppercase()
        || !check.is_ascii_uppercase()
    {
        return None;
    }
    let year = omocode(y1)? * 10 + omocode(y2)?;
    let month = MONTHS.iter().position(|c| *c == m).and_then(|i| u32::try_from(i + 1).ok())?;
    let coded = omocode(d1)? * 10 + omocode(d2)?;
    let day = if coded > 40 { coded - 40 } else { coded };
    omocode(p1)?;
    omocode(p2)?;
    omocode(p3)?;
    if day == 0 || day > days_in_month(2000, month) {
        return None;
    }
    Some(FiscalCode {
        year,
        month,
        day,
        foreign: place == b'Z',
        checked: check_letter(bytes) == Some(check),
    })
}

/// A digit, or the letter that stands for it after omocodia.
fn omocode(b: u8) -> Option<u32> {
    digit(b).or_else(|| OMOCODIA.iter().position(|c| *c == b).and_then(|i| u32::try_from(i).ok()))
}

/// The check letter of the first fifteen signs.
fn check_letter(code: &[u8; 16]) -> Option<u8> {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let mut sum = 0;
    for (i, b) in code.iter().take(15).enumerate() {
        let value = digit(*b).or_else(|| b.is_ascii_uppercase().then(|| u32::from(b - b'A')))?;
        sum += if i % 2 == 0 { *ODD.get(usize::try_from(value).ok()?)? } else { value };
    }
    u8::try_from(sum % 26).ok().map(|n| b'A' + n)
}

/// Whether eleven digits hold the check digit of a partita IVA, and are not all zero.
#[must_use]
pub fn vat_code(code: &str) -> bool {
    let Some(d) = digits(code) else { return false };
    if d.len() != 11 || d.iter().all(|v| *v == 0) {
        return false;
    }
    let even = |v: u32| if v > 4 { v * 2 - 9 } else { v * 2 };
    let sum: u32 = d.iter().enumerate().map(|(i, &v)| if i % 2 == 1 { even(v) } else { v }).sum();
    sum.is_multiple_of(10)
}

/// The Italian region of a five-digit postcode (CAP), by its zone; `None` where the zone is shared or unknown.
#[must_use]
pub fn region_of_postcode(cap: &str) -> Option<&'static str> {
    if cap.len() != 5 || !cap.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let two: u32 = cap.get(..2)?.parse().ok()?;
    Some(match two {
        0..=4 => "Lazio",
        5 | 6 => "Umbria",
        7..=9 => "Sardegna",
        10 | 12..=15 | 28 => "Piemonte",
        11 => "Valle d'Aosta",
        16..=19 => "Liguria",
        20..=27 | 46 => "Lombardia",
        29 | 40..=44 | 48 => "Emilia-Romagna",
        30..=32 | 35..=37 | 45 => "Veneto",
        33 | 34 => "Friuli-Venezia Giulia",
        38 | 39 => "Trentino-Alto Adige",
        47 => "Emilia-Romagna",
        50..=59 => "Toscana",
        60..=63 => "Marche",
        64..=67 => "Abruzzo",
        70..=76 => "Puglia",
        80..=84 => "Campania",
        85 => "Basilicata",
        86 => "Molise",
        87..=89 => "Calabria",
        90..=98 => "Sicilia",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fiscal_codes_with_letter_omocodia_and_birth_abroad() {
        let plain = fiscal_code("RSSMRA85T10A562S").unwrap();
        assert!(plain.checked);
        assert_eq!((plain.year, plain.month, plain.day, plain.foreign), (85, 12, 10, false));
        assert!(!fiscal_code("RSSMRA85T10A562T").unwrap().checked);
        let woman = fiscal_code("BRNLSN92D55Z404X").unwrap();
        assert_eq!((woman.day, woman.foreign), (15, true));
        let omocode = fiscal_code("RSSMRA85T10A56NH").unwrap();
        assert!(omocode.checked, "one digit replaced by its letter");
    }

    #[test]
    fn what_is_no_fiscal_code_is_refused() {
        for bad in [
            "RSSMRA85T40A562S",
            "RSSMRA85K10A562S",
            "RSSMRA85T10A562",
            "1SSMRA85T10A562S",
            "rssmra85t10a562s",
        ] {
            assert_eq!(fiscal_code(bad), None, "{bad}");
        }
        assert_eq!(fiscal_code("RSSMRA85T71A562S").map(|c| c.day), Some(31));
    }

    #[test]
    fn vat_codes() {
        assert!(vat_code("00743110157"));
        assert!(!vat_code("00743110158"));
        assert!(!vat_code("00000000000"));
        assert!(!vat_code("0074311015"));
    }

    #[test]
    fn postcodes_give_regions() {
        assert_eq!(region_of_postcode("20121"), Some("Lombardia"));
        assert_eq!(region_of_postcode("00184"), Some("Lazio"));
        assert_eq!(region_of_postcode("99999"), None);
        assert_eq!(region_of_postcode("2012"), None);
    }
}
