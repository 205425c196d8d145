//! Checksums and forms of numbers. Pure arithmetic: a check says what is true of the digits, never whether they are personal.
//!
//! All take ASCII in normal form (digits, upper-case letters, no separators) and answer `false` for anything else.

pub mod card;
pub mod iban;
pub mod italy;
pub mod national;

/// The value of an ASCII digit.
pub(crate) const fn digit(b: u8) -> Option<u32> {
    if b.is_ascii_digit() { Some((b - b'0') as u32) } else { None }
}

/// The digits of `s`, or `None` if anything else stands in it.
pub(crate) fn digits(s: &str) -> Option<Vec<u32>> {
    s.bytes().map(digit).collect()
}

/// The sum of digits times weights, over the shorter of both.
pub(crate) fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(d, w)| d * w).sum()
}

/// A remainder of a long decimal number.
pub(crate) fn modulo(digits: &[u32], m: u64) -> u64 {
    digits.iter().fold(0, |acc, d| (acc * 10 + u64::from(*d)) % m)
}

/// Days of a month, leap years included; 0 for a month that is none.
#[must_use]
pub const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    }
}
