//! Phone numbers: country prefixes (ITU-T E.164 assigned codes) and the national forms that stand without a prefix.
//!
//! Not a numbering-plan library: it knows lengths and leading digits of the countries of our users, and decides with the help of
//! grouping and cues. What it takes for a number may be one that is not assigned.

/// Country codes with ISO country and the usual lengths of a national number.
const COUNTRIES: &[(&str, &str, usize, usize)] = &[
    ("1", "US", 10, 10),
    ("7", "RU", 10, 10),
    ("20", "EG", 8, 10),
    ("27", "ZA", 9, 9),
    ("30", "GR", 10, 10),
    ("31", "NL", 9, 9),
    ("32", "BE", 8, 9),
    ("33", "FR", 9, 9),
    ("34", "ES", 9, 9),
    ("36", "HU", 8, 9),
    ("39", "IT", 6, 11),
    ("40", "RO", 9, 9),
    ("41", "CH", 9, 9),
    ("43", "AT", 7, 13),
    ("44", "GB", 9, 10),
    ("45", "DK", 8, 8),
    ("46", "SE", 7, 10),
    ("47", "NO", 8, 8),
    ("48", "PL", 9, 9),
    ("49", "DE", 6, 12),
    ("51", "PE", 8, 9),
    ("52", "MX", 10, 11),
    ("53", "CU", 8, 8),
    ("54", "AR", 10, 11),
    ("55", "BR", 10, 11),
    ("56", "CL", 9, 9),
    ("57", "CO", 8, 10),
    ("58", "VE", 10, 10),
    ("60", "MY", 8, 10),
    ("61", "AU", 9, 9),
    ("62", "ID", 8, 12),
    ("63", "PH", 8, 10),
    ("64", "NZ", 8, 10),
    ("65", "SG", 8, 8),
    ("66", "TH", 8, 9),
    ("81", "JP", 9, 10),
    ("82", "KR", 8, 11),
    ("84", "VN", 8, 10),
    ("86", "CN", 8, 11),
    ("90", "TR", 10, 10),
    ("91", "IN", 10, 10),
    ("92", "PK", 9, 10),
    ("93", "AF", 9, 9),
    ("94", "LK", 9, 9),
    ("95", "MM", 7, 10),
    ("98", "IR", 10, 10),
    ("212", "MA", 9, 9),
    ("213", "DZ", 8, 9),
    ("216", "TN", 8, 8),
    ("218", "LY", 8, 9),
    ("221", "SN", 9, 9),
    ("225", "CI", 10, 10),
    ("233", "GH", 9, 9),
    ("234", "NG", 8, 10),
    ("237", "CM", 9, 9),
    ("251", "ET", 9, 9),
    ("254", "KE", 9, 9),
    ("351", "PT", 9, 9),
    ("352", "LU", 6, 9),
    ("353", "IE", 7, 9),
    ("354", "IS", 7, 7),
    ("355", "AL", 8, 9),
    ("356", "MT", 8, 8),
    ("357", "CY", 8, 8),
    ("358", "FI", 6, 11),
    ("359", "BG", 8, 9),
    ("370", "LT", 8, 8),
    ("371", "LV", 8, 8),
    ("372", "EE", 7, 8),
    ("373", "MD", 8, 8),
    ("374", "AM", 8, 8),
    ("375", "BY", 9, 9),
    ("377", "MC", 8, 9),
    ("378", "SM", 6, 10),
    ("380", "UA", 9, 9),
    ("381", "RS", 8, 9),
    ("382", "ME", 8, 8),
    ("385", "HR", 8, 9),
    ("386", "SI", 8, 8),
    ("387", "BA", 8, 8),
    ("389", "MK", 8, 8),
    ("420", "CZ", 9, 9),
    ("421", "SK", 9, 9),
    ("852", "HK", 8, 8),
    ("880", "BD", 8, 10),
    ("886", "TW", 8, 9),
    ("961", "LB", 7, 8),
    ("962", "JO", 8, 9),
    ("964", "IQ", 8, 10),
    ("965", "KW", 8, 8),
    ("966", "SA", 8, 9),
    ("971", "AE", 8, 9),
    ("972", "IL", 8, 9),
    ("974", "QA", 8, 8),
    ("977", "NP", 8, 10),
    ("994", "AZ", 9, 9),
    ("995", "GE", 9, 9),
    ("998", "UZ", 9, 9),
];

/// The country row whose code starts these digits.
fn row(digits: &str) -> Option<&'static (&'static str, &'static str, usize, usize)> {
    // Longest code first: 1 would otherwise win nothing, but 3x and 35x overlap in form.
    (1..=3)
        .rev()
        .filter_map(|n| digits.get(..n))
        .find_map(|head| COUNTRIES.iter().find(|r| r.0 == head))
}

/// Whether digits that followed a `+` or `00` are a plausible international number.
pub(crate) fn international(digits: &str) -> bool {
    let Some((code, _, min, max)) = row(digits) else {
        return (8..=15).contains(&digits.len());
    };
    let national = digits.len().saturating_sub(code.len());
    // One digit of tolerance: a mistyped number is still somebody's, and "+44 (0)" adds one.
    (min.saturating_sub(1)..=max + 1).contains(&national)
}

/// How telling a national number is without a cue: 0 no, 1 with a cue only, 2 by its form, 3 beyond doubt.
/// `groups` are the lengths of its digit groups, `separated` by space, dash, dot or slash.
pub(crate) fn national(digits: &str, groups: &[usize]) -> u8 {
    let len = digits.len();
    let grouped = groups.len() > 1;
    let head2 = digits.get(..2).unwrap_or("");
    let us = |from: usize| {
        let at = |i: usize| digits.as_bytes().get(from + i).copied().unwrap_or(b'0');
        at(0) >= b'2' && at(3) >= b'2'
    };
    match digits.as_bytes().first() {
        _ if freephone(digits) => 0,
        // Italian mobiles: 3xx + 6 or 7 digits.
        Some(b'3')
            if matches!(len, 9 | 10)
                && digits.as_bytes().get(1).is_some_and(|b| b"2345678 9".contains(b)) =>
        {
            if len == 10 && (!grouped || groups.first().is_some_and(|g| matches!(g, 3 | 5 | 6))) {
                3
            } else {
                2
            }
        }
        // Trunk 0: landlines of Italy, Germany, France, UK; mobiles of UK, France, Germany, Netherlands.
        Some(b'0') if (9..=12).contains(&len) && head2 != "00" => {
            if grouped || len == 11 || len == 10 { 2 } else { 1 }
        }
        Some(b'0') if (6..=8).contains(&len) && grouped => 1,
        // North America: 3-3-4.
        Some(b'2'..=b'9') if len == 10 && groups == [3, 3, 4] => {
            if us(0) {
                3
            } else {
                2
            }
        }
        Some(b'1') if len == 11 && groups.len() >= 3 && us(1) => 2,
        // Spain, Portugal, Poland: nine digits.
        Some(b'6' | b'7' | b'9' | b'8' | b'5' | b'2' | b'4') if len == 9 && groups.len() >= 3 => 2,
        _ if (6..=13).contains(&len) => 1,
        _ => 0,
    }
}

/// Numbers of companies that are free to call, which are nobody's.
pub(crate) fn freephone(digits: &str) -> bool {
    let national = digits.strip_prefix("0039").unwrap_or(digits);
    (national.starts_with("800") && matches!(national.len(), 6 | 9))
        || (national.starts_with("0800") && national.len() <= 11)
        || (national.starts_with("900") && national.len() == 9)
}

/// ISO country of a number written with its prefix.
pub(crate) fn country(value: &str) -> Option<&'static str> {
    let d = crate::normalise::digits_only(value);
    let plus = value.trim_start().starts_with(['+', '＋']);
    let rest = if plus { d.as_str() } else { d.strip_prefix("00")? };
    row(rest).map(|r| r.1)
}

/// The national part of digits that start with a country code.
pub(crate) fn without_country(digits: &str) -> Option<&str> {
    row(digits).and_then(|r| digits.get(r.0.len()..))
}

/// `+` and digits, with this country code for national numbers. Italian numbers keep their leading 0, others lose the trunk 0.
pub(crate) fn e164(value: &str, default_code: &str) -> Option<String> {
    let mut d = crate::normalise::digits_only(&value.replace("(0)", ""));
    let plus = value.trim_start().starts_with(['+', '＋']);
    if !plus {
        d = match d.strip_prefix("00") {
            Some(rest) => rest.to_owned(),
            None if default_code == "39" && d.len() >= 11 && d.starts_with("39") => d,
            None if default_code == "39" => format!("39{d}"),
            None => format!("{default_code}{}", d.strip_prefix('0').unwrap_or(&d)),
        };
    }
    (6..=17).contains(&d.len()).then(|| format!("+{d}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn national_forms() {
        assert_eq!(national("3471234567", &[3, 7]), 3);
        assert_eq!(national("0916254418", &[3, 7]), 2);
        assert_eq!(national("3125550187", &[3, 3, 4]), 3);
        assert_eq!(national("612448017", &[3, 2, 2, 2]), 2);
        assert_eq!(national("800123456", &[3, 3, 3]), 0);
        assert_eq!(national("12345", &[5]), 0);
    }

    #[test]
    fn international_lengths() {
        assert!(international("393471234567"));
        assert!(international("447911123456"));
        assert!(!international("4479"));
        assert_eq!(country("+39 347 1234567"), Some("IT"));
        assert_eq!(country("0044 7911 123456"), Some("GB"));
        assert_eq!(country("347 1234567"), None);
    }

    #[test]
    fn canonical_form_adds_the_default_country() {
        assert_eq!(e164("347 123 4567", "39").as_deref(), Some("+393471234567"));
        assert_eq!(e164("06 1234567", "39").as_deref(), Some("+39061234567"));
        assert_eq!(e164("+44 (0)7911 123456", "39").as_deref(), Some("+447911123456"));
        assert_eq!(e164("0039 347 1234567", "39").as_deref(), Some("+393471234567"));
        assert_eq!(e164("12", "39"), None);
    }
}
