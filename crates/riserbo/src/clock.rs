//! Time is passed in, never taken: tests and the demo run on a clock of their
//! own, and a decision in the log can be replayed.

use std::sync::atomic::{AtomicI64, Ordering};

/// Says what time it is, in microseconds since 1970.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> i64;
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        #[expect(clippy::disallowed_methods, reason = "the one place where time comes in")]
        let now = jiff::Timestamp::now();
        now.as_microsecond()
    }
}

/// A clock that stands until it is set.
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `micros`.
    #[must_use]
    pub fn at(micros: i64) -> Self {
        ManualClock(AtomicI64::new(micros))
    }

    /// Sets the time.
    pub fn set(&self, micros: i64) {
        self.0.store(micros, Ordering::SeqCst);
    }

    /// Moves the time on.
    pub fn advance(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// One second in microseconds.
pub const SECOND: i64 = 1_000_000;
/// One minute in microseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour in microseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// One day in microseconds.
pub const DAY: i64 = 24 * HOUR;

/// `2026-01-31T09:15:00Z`, the form of the Zendesk dialect.
#[must_use]
pub fn iso(micros: i64) -> String {
    let whole = micros.div_euclid(SECOND) * SECOND;
    jiff::Timestamp::from_microsecond(whole).map_or_else(
        |_| String::from("1970-01-01T00:00:00Z"),
        |t| t.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )
}

/// The UTC date of a time.
#[must_use]
pub fn date(micros: i64) -> (i16, i8, i8) {
    jiff::Timestamp::from_microsecond(micros).map_or((1970, 1, 1), |t| {
        let d = jiff::tz::Offset::UTC.to_datetime(t).date();
        (d.year(), d.month(), d.day())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_whole_seconds() {
        assert_eq!(iso(1_767_225_600_999_999), "2026-01-01T00:00:00Z");
        assert_eq!(date(1_767_225_600_000_000), (2026, 1, 1));
    }
}
