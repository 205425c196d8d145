//! Values of plain fields: names of states and times.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::query::{Field, Op};
use crate::error::{Error, Result};

/// From one number to below another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Span {
    const ALL: Span = Span { from: i64::MIN, to: i64::MAX };
}

fn invalid(reason: &str) -> Error {
    Error::invalid("query", reason)
}

const STATUS: [&str; 7] = ["new", "open", "pending", "hold", "solved", "closed", "deleted"];
const PRIORITY: [&str; 5] = ["", "low", "normal", "high", "urgent"];
const TYPE: [&str; 5] = ["", "question", "incident", "problem", "task"];

/// The span of codes that a name means; `none` is code 0 where there is no name
/// for it.
pub(super) fn code(field: Field, op: Op, value: &str) -> Result<Span> {
    let (names, known): (&[&str], &str) = match field {
        Field::Status => (&STATUS, "the status is new, open, pending, hold, solved or closed"),
        Field::Priority => (&PRIORITY, "the priority is low, normal, high, urgent or none"),
        _ => (&TYPE, "the ticket type is question, incident, problem, task or none"),
    };
    let value = value.to_ascii_lowercase();
    let nameless = names.first().is_some_and(|n| n.is_empty());
    let last = i64::try_from(names.len()).unwrap_or(0);
    if op == Op::Is && value == "*" {
        return Ok(Span { from: i64::from(nameless), to: last });
    }
    let at = if value == "none" && nameless {
        0
    } else {
        let place = names.iter().position(|n| !n.is_empty() && *n == value);
        place.and_then(|n| i64::try_from(n).ok()).ok_or_else(|| invalid(known))?
    };
    // What has none is neither below nor above; what is deleted is asked for by
    // its name alone.
    let lowest = i64::from(nameless);
    let highest = if field == Field::Status { last - 1 } else { last };
    Ok(match op {
        Op::Is => Span { from: at, to: at + 1 },
        Op::Less => Span { from: lowest, to: at },
        Op::AtMost => Span { from: lowest, to: at + 1 },
        Op::More => Span { from: at + 1, to: highest },
        Op::AtLeast => Span { from: at, to: highest },
    })
}

/// `true` or `false`.
pub(super) fn truth(value: &str) -> Result<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "yes" => Ok(true),
        "false" | "no" => Ok(false),
        _ => Err(invalid("write true or false")),
    }
}

/// The span of times, in micros, that a date means: a day by its name is the
/// whole of it in UTC, `4hours` is the time four hours ago.
pub(super) fn time(op: Op, value: &str, now: i64) -> Result<Span> {
    let wrong = || invalid("write times as 2026-01-31, 2026-01-31T10:00:00Z or 4hours");
    let value = value.trim();
    let instant = ago(value, now).transpose()?.or_else(|| moment(value));
    let (from, to) = match instant {
        Some(at) => (at, at.saturating_add(1)),
        None => day(value).ok_or_else(wrong)?,
    };
    Ok(match op {
        Op::Is if instant.is_some() && ago(value, now).is_some() => {
            return Err(invalid("write < or > before a stretch of time"));
        }
        Op::Is => Span { from, to },
        Op::Less => Span { to: from, ..Span::ALL },
        Op::AtMost => Span { to, ..Span::ALL },
        Op::More => Span { from: to, ..Span::ALL },
        Op::AtLeast => Span { from, ..Span::ALL },
    })
}

fn day(value: &str) -> Option<(i64, i64)> {
    let date: jiff::civil::Date = value.parse().ok().filter(|_| value.len() == 10)?;
    let start = |d: jiff::civil::Date| {
        Offset::UTC.to_timestamp(d.to_datetime(jiff::civil::Time::midnight())).ok()
    };
    Some((start(date)?.as_microsecond(), start(date.tomorrow().ok()?)?.as_microsecond()))
}

fn moment(value: &str) -> Option<i64> {
    if value.len() <= 10 || !value.is_ascii() {
        return None;
    }
    if let Ok(at) = value.parse::<Timestamp>() {
        return Some(at.as_microsecond());
    }
    // Without a zone it is UTC.
    let local: DateTime = value.parse().ok()?;
    Offset::UTC.to_timestamp(local).ok().map(|at| at.as_microsecond())
}

/// `4hours`, `2 weeks`: that long before now. None if it is no such thing.
fn ago(value: &str, now: i64) -> Option<Result<i64>> {
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = value.split_at_checked(digits)?;
    let unit = unit.trim().to_ascii_lowercase();
    let unit = unit.strip_suffix('s').unwrap_or(&unit);
    if !matches!(unit, "minute" | "hour" | "day" | "week" | "month" | "year") {
        return None;
    }
    Some(before(number, unit, now).ok_or_else(|| invalid("this stretch of time is too long")))
}

fn before(number: &str, unit: &str, now: i64) -> Option<i64> {
    let n: i64 = number.parse().ok().filter(|n| *n <= 100_000)?;
    let at = Offset::UTC.to_datetime(Timestamp::from_microsecond(now).ok()?);
    let span = jiff::Span::new();
    let span = match unit {
        "minute" => span.try_minutes(n),
        "hour" => span.try_hours(n),
        "day" => span.try_days(n),
        "week" => span.try_weeks(n),
        "month" => span.try_months(n),
        _ => span.try_years(n),
    }
    .ok()?;
    Offset::UTC.to_timestamp(at.checked_sub(span).ok()?).ok().map(|t| t.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{DAY, HOUR};
    use proptest::prelude::*;

    /// 2026-03-31T12:00:00Z.
    const NOW: i64 = 1_774_958_400_000_000;

    fn midnight() -> i64 {
        NOW - 12 * HOUR
    }

    #[test]
    fn a_day_is_the_whole_of_it() {
        let day = |op| time(op, "2026-03-31", NOW).unwrap();
        assert_eq!(day(Op::Is), Span { from: midnight(), to: midnight() + DAY });
        assert_eq!(day(Op::More).from, midnight() + DAY);
        assert_eq!(day(Op::AtLeast).from, midnight());
        assert_eq!(day(Op::Less).to, midnight());
        assert_eq!(day(Op::AtMost).to, midnight() + DAY);
    }

    #[test]
    fn moments_and_stretches() {
        assert_eq!(time(Op::AtLeast, "2026-03-31T14:00:00+02:00", NOW).unwrap().from, NOW);
        assert_eq!(time(Op::AtLeast, "2026-03-31T12:00", NOW).unwrap().from, NOW);
        assert_eq!(time(Op::More, "4hours", NOW).unwrap().from, NOW - 4 * HOUR + 1);
        assert_eq!(time(Op::Less, "1 month", NOW).unwrap().to, NOW - 31 * DAY);
    }

    #[test]
    fn nonsense_is_refused_and_not_repeated() {
        for value in ["SECRET", "2026-02-30", "4lightyears", "", "9999999999years", "99999years"] {
            let error = time(Op::More, value, NOW).unwrap_err().to_string();
            assert!(error.starts_with("query: "), "{error}");
            assert!(value.is_empty() || !error.contains(value));
        }
        assert!(time(Op::Is, "4hours", NOW).is_err());
    }

    #[test]
    fn states_have_an_order_and_deleted_has_none() {
        let status = |op, v| code(Field::Status, op, v).unwrap();
        assert_eq!(status(Op::Less, "solved"), Span { from: 0, to: 4 });
        assert_eq!(status(Op::AtLeast, "solved"), Span { from: 4, to: 6 });
        assert_eq!(status(Op::Is, "deleted"), Span { from: 6, to: 7 });
        let priority = |op, v| code(Field::Priority, op, v).unwrap();
        assert_eq!(priority(Op::Less, "high"), Span { from: 1, to: 3 });
        assert_eq!(priority(Op::Is, "none"), Span { from: 0, to: 1 });
        assert_eq!(priority(Op::Is, "*"), Span { from: 1, to: 5 });
        assert!(code(Field::TicketType, Op::Is, "x").is_err());
    }

    proptest! {
        #[test]
        fn any_value_is_a_time_or_refused(value in "\\PC{0,30}|[0-9TZ:+-]{0,25}|[0-9]{0,20}[a-z]{0,8}", now in any::<i64>()) {
            for op in [Op::Is, Op::Less, Op::More, Op::AtMost, Op::AtLeast] {
                let _ = time(op, &value, now);
            }
        }
    }
}
