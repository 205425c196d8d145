//! Payment card numbers: Luhn (ISO/IEC 7812-1 annex B) and issuer ranges.

use super::digits;

/// Whether the check digit holds. Any length from 2 digits on.
#[must_use]
pub fn luhn(number: &str) -> bool {
    let Some(d) = digits(number) else {
        return false;
    };
    if d.len() < 2 {
        return false;
    }
    let double = |v: u32| if v > 4 { v * 2 - 9 } else { v * 2 };
    let sum: u32 =
        d.iter().rev().enumerate().map(|(i, &v)| if i % 2 == 1 { double(v) } else { v }).sum();
    sum.is_multiple_of(10)
}

/// The brand whose range and length a number fits.
#[must_use]
pub fn brand(number: &str) -> Option<&'static str> {
    let len = number.len();
    if !(12..=19).contains(&len) || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let head = |n: usize| number.get(..n).and_then(|s| s.parse::<u32>().ok()).unwrap_or(0);
    let (two, three, four, six) = (head(2), head(3), head(4), head(6));
    Some(match () {
        () if head(1) == 4 && matches!(len, 13 | 16 | 19) => "Visa",
        () if matches!(two, 34 | 37) && len == 15 => "American Express",
        () if (matches!(two, 51..=55) || matches!(four, 2221..=2720)) && len == 16 => "Mastercard",
        () if (four == 6011
            || matches!(three, 644..=649)
            || two == 65
            || matches!(six, 622_126..=622_925))
            && len >= 16 =>
        {
            "Discover"
        }
        () if (matches!(three, 300..=305) || matches!(two, 36 | 38 | 39))
            && (14..=19).contains(&len) =>
        {
            "Diners Club"
        }
        () if matches!(four, 3528..=3589) && len >= 16 => "JCB",
        () if two == 62 && len >= 16 => "UnionPay",
        () if matches!(two, 50 | 56..=58) || matches!(two, 60 | 61 | 63 | 67 | 69) => "Maestro",
        () => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luhn_takes_true_numbers_and_refuses_one_wrong_digit() {
        assert!(luhn("4111111111111111"));
        assert!(luhn("378282246310005"));
        assert!(!luhn("4111111111111112"));
        assert!(!luhn("4111-1111"));
        assert!(!luhn("0"));
    }

    #[test]
    fn brands_follow_range_and_length() {
        assert_eq!(brand("4111111111111111"), Some("Visa"));
        assert_eq!(brand("2223000048400011"), Some("Mastercard"));
        assert_eq!(brand("378282246310005"), Some("American Express"));
        assert_eq!(brand("30569309025904"), Some("Diners Club"));
        assert_eq!(brand("3530111333300000"), Some("JCB"));
        assert_eq!(brand("6759649826438453"), Some("Maestro"));
        assert_eq!(brand("9111111111111111"), None);
        assert_eq!(brand("411111111111111"), None);
    }
}
