//! Dates as people write them: `17/02/1969`, `1.2.83`, `19 January 1967`, `7 luglio '52`, `1984-03-12`, `1938`.
//!
//! Order: a first part above 31 is a year; otherwise day before month, unless the second part can't be a month (US form).

use crate::check::days_in_month;
use crate::words::words;

/// Two-digit years up to this one belong to this century. A convention: births are mostly of the last one.
const PIVOT: u32 = 26;

/// The full year of two digits of a birth year.
pub(crate) const fn century(two: u32) -> u32 {
    if two <= PIVOT { 2000 + two } else { 1900 + two }
}

/// The month that a word names, in the languages of [`crate::Lang`]; by full name or an abbreviation of three letters or more.
pub(crate) fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january gennaio januar janvier enero janeiro januari stycznia styczen janner",
        "february febbraio februar fevrier febrero fevereiro februari lutego luty",
        "march marzo marz maerz mars marco maart marca marzec",
        "april aprile avril abril kwietnia kwiecien",
        "may maggio mai mayo maio mei maja maj",
        "june giugno juni juin junio junho czerwca czerwiec",
        "july luglio juli juillet julio julho lipca lipiec",
        "august agosto aout augustus sierpnia sierpien",
        "september settembre septembre septiembre setembro wrzesnia wrzesien sept",
        "october ottobre oktober octobre octubre outubro pazdziernika pazdziernik",
        "november novembre noviembre novembro listopada listopad",
        "december dicembre dezember decembre diciembre dezembro grudnia grudzien",
    ];
    let short = (3..=4).contains(&word.len());
    let named =
        |names: &&str| names.split(' ').any(|n| n == word || (short && n.starts_with(word)));
    MONTHS.iter().position(named).and_then(|i| u32::try_from(i + 1).ok())
}

/// Whether year, month and day are a date between 1880 and 2100.
pub(crate) fn is_date(y: u32, m: u32, d: u32) -> bool {
    (1880..=2100).contains(&y) && d >= 1 && d <= days_in_month(i32::try_from(y).unwrap_or(0), m)
}

/// A full date from three numbers in the order written; `len` is the number of digits of first and last.
pub(crate) fn from_numbers(
    a: (u32, usize),
    b: (u32, usize),
    c: (u32, usize),
) -> Option<(u32, u32, u32)> {
    let candidates = if a.1 == 4 {
        [(a.0, b.0, c.0), (a.0, c.0, b.0)]
    } else {
        let year = if c.1 == 2 { century(c.0) } else { c.0 };
        if !matches!(c.1, 2 | 4) || a.1 > 2 || b.1 > 2 {
            return None;
        }
        [(year, b.0, a.0), (year, a.0, b.0)]
    };
    candidates.into_iter().find(|&(y, m, d)| is_date(y, m, d))
}

/// Year, month and day of a birth date; month and day 0 when only the year is told.
#[must_use]
pub(crate) fn parse_birth(value: &str) -> Option<(u32, u32, u32)> {
    let mut numbers: Vec<(u32, usize)> = Vec::new();
    let mut named = None;
    for (_, word) in words(value).take(12) {
        let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
        if let Some(m) = month(&word) {
            named = named.or(Some(m));
        } else if !digits.is_empty() && digits.len() <= 8 {
            numbers.push((digits.parse().ok()?, digits.len()));
        }
    }
    let year_of = |(v, len): (u32, usize)| match len {
        2 => Some(century(v)),
        4 if (1880..=2100).contains(&v) => Some(v),
        _ => None,
    };
    match (named, numbers.as_slice()) {
        (Some(m), &[a, b]) => {
            let (day, year) = if a.1 == 4 { (b, a) } else { (a, b) };
            let y = year_of(year)?;
            is_date(y, m, day.0).then_some((y, m, day.0))
        }
        (Some(_), &[only]) if only.1 == 4 => year_of(only).map(|y| (y, 0, 0)),
        (None, &[a, b, c]) => from_numbers(a, b, c),
        (None, &[(v, 8)]) => {
            let (a, b, c) = (v / 1_000_000, v / 10_000 % 100, v % 10_000);
            from_numbers((a, 2), (b, 2), (c, 4))
                .or_else(|| from_numbers((v / 10_000, 4), (v / 100 % 100, 2), (v % 100, 2)))
        }
        (None, &[only]) => year_of(only).map(|y| (y, 0, 0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_many_forms() {
        for (text, date) in [
            ("17/02/1969", (1969, 2, 17)),
            ("1.2.83", (1983, 2, 1)),
            ("1984-03-12", (1984, 3, 12)),
            ("12/28/1985", (1985, 12, 28)),
            ("19 January 1967", (1967, 1, 19)),
            ("March 15, 1989", (1989, 3, 15)),
            ("7 de julio del 52", (1952, 7, 7)),
            ("22nd of the 4th 71", (1971, 4, 22)),
            ("1. März 2001", (2001, 3, 1)),
            ("12031984", (1984, 3, 12)),
            ("1938", (1938, 0, 0)),
            ("'58", (1958, 0, 0)),
        ] {
            assert_eq!(parse_birth(text), Some(date), "{text}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for text in ["", "31/02/1990", "99/99/1990", "hello", "1/2/3/4", "123"] {
            assert_eq!(parse_birth(text), None, "{text}");
        }
    }
}
