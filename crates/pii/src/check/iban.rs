//! IBAN: length by country (SWIFT IBAN registry, release 99) and mod 97-10 (ISO 13616-1, ISO/IEC 7064).

/// Countries with their whole length.
const LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HN", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

/// The whole length of an IBAN of this country (two upper-case letters).
#[must_use]
pub fn length(country: &str) -> Option<usize> {
    LENGTHS
        .binary_search_by(|(c, _)| (*c).cmp(country))
        .ok()
        .and_then(|i| LENGTHS.get(i))
        .map(|(_, n)| *n)
}

/// Whether mod 97-10 and the country's length hold.
#[must_use]
pub fn valid(iban: &str) -> bool {
    iban.get(..2).and_then(length) == Some(iban.len()) && mod97(iban)
}

/// Whether mod 97-10 holds, whatever the length.
#[must_use]
pub fn mod97(iban: &str) -> bool {
    let (Some(head), Some(body)) = (iban.get(..4), iban.get(4..)) else {
        return false;
    };
    let mut rest: u32 = 0;
    for b in body.bytes().chain(head.bytes()) {
        rest = match b {
            b'0'..=b'9' => (rest * 10 + u32::from(b - b'0')) % 97,
            b'A'..=b'Z' => (rest * 100 + u32::from(b - b'A') + 10) % 97,
            _ => return false,
        };
    }
    rest == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_for_the_search() {
        assert!(LENGTHS.windows(2).all(|w| w[0].0 < w[1].0));
    }

    #[test]
    fn registry_examples_hold_and_wrong_ones_fail() {
        for good in
            ["GB82WEST12345698765432", "DE89370400440532013000", "IT60X0542811101000000123456"]
        {
            assert!(valid(good), "{good}");
        }
        assert!(!valid("IT60X0542811101000000123457"));
        assert!(!valid("IT60X054281110100000012345"));
        assert!(!valid("ZZ89370400440532013000"));
        assert!(!valid("I"));
    }
}
