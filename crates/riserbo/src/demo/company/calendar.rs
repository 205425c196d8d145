//! Civil time in Rome, in a few lines.
//!
//! A desk lives by the clock on its wall: shops open at half past eight, chats peak before lunch.
//! The export wants UTC. This turns one into the other with the Gregorian calendar and the European
//! rule of summer time (Directive 2000/84/EC: last Sundays of March and October, 01:00 UTC). It is
//! not a time library: one zone, years from 1970, nothing else.

use super::rng::Rng;

/// Microseconds in a second.
pub(super) const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub(super) const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub(super) const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day of 24 hours.
pub(super) const DAY: i64 = 24 * HOUR;

/// A moment on the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: i64,
    /// 1 to 31.
    pub(super) day: i64,
    /// 0 to 23.
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    /// 0 is Monday.
    pub(super) weekday: i64,
}

/// Days since 1970-01-01 of a Gregorian date, counting years from March so that the leap day is
/// the last of the year.
pub(super) const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The Gregorian date of a day since 1970-01-01: year, month, day.
pub(super) const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

const fn split(seconds: i64) -> Civil {
    let days = seconds.div_euclid(86_400);
    let rest = seconds.rem_euclid(86_400);
    let (year, month, day) = civil_from_days(days);
    Civil {
        year,
        month,
        day,
        hour: rest / 3_600,
        minute: rest % 3_600 / 60,
        second: rest % 60,
        weekday: (days + 3).rem_euclid(7),
    }
}

/// First second UTC of the change on the last Sunday of `month` (31 days long).
const fn change(year: i64, month: i64) -> i64 {
    let last = days_from_civil(year, month, 31);
    (last - (last + 4).rem_euclid(7)) * 86_400 + 3_600
}

const fn rome_offset(seconds: i64) -> i64 {
    let year = civil_from_days(seconds.div_euclid(86_400)).0;
    if seconds >= change(year, 3) && seconds < change(year, 10) { 7_200 } else { 3_600 }
}

/// The wall clock of Rome at `micros` (UTC).
pub(super) const fn rome(micros: i64) -> Civil {
    let seconds = micros.div_euclid(SECOND);
    split(seconds + rome_offset(seconds))
}

/// The UTC microseconds of midnight in Rome, `days` after 1970-01-01.
pub(super) const fn rome_midnight(days: i64) -> i64 {
    let local = days * 86_400;
    (local - rome_offset(local - 3_600)) * SECOND
}

/// The number of the day in Rome at `micros`.
pub(super) const fn rome_day(micros: i64) -> i64 {
    let seconds = micros.div_euclid(SECOND);
    (seconds + rome_offset(seconds)).div_euclid(86_400)
}

/// `2026-01-31T09:15:00Z`, the form of the helpdesk dialect.
pub(super) fn iso(micros: i64) -> String {
    let c = split(micros.div_euclid(SECOND));
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        c.year, c.month, c.day, c.hour, c.minute, c.second
    )
}

/// Whether the desk is staffed: Monday to Friday 8:30–18:30, Saturday 9–13.
pub(super) const fn staffed(micros: i64) -> bool {
    let c = rome(micros);
    let minute = c.hour * 60 + c.minute;
    match c.weekday {
        0..=4 => minute >= 510 && minute < 1_110,
        5 => minute >= 540 && minute < 780,
        _ => false,
    }
}

/// `micros` when the desk is staffed then, else some time in the first two hours of the next day
/// on which it is.
pub(super) fn when_staffed(micros: i64, rng: &mut Rng) -> i64 {
    if staffed(micros) {
        return micros;
    }
    let today = rome_day(micros);
    for day in today..today + 4 {
        let opening = rome_midnight(day) + 9 * HOUR;
        if opening > micros && staffed(opening) {
            return opening + rng.range(0, 100) * MINUTE + rng.range(0, 59) * SECOND;
        }
    }
    micros
}

/// `micros` when people are awake then (7–23), else some time in the next morning.
pub(super) fn when_awake(micros: i64, rng: &mut Rng) -> i64 {
    let c = rome(micros);
    if (7..23).contains(&c.hour) {
        return micros;
    }
    let day = rome_day(micros) + i64::from(c.hour >= 23);
    rome_midnight(day) + 7 * HOUR + rng.range(0, 150) * MINUTE + rng.range(0, 59) * SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        for days in [0, 59, 60, 11_016, 19_782, 20_512, 20_513, 40_000] {
            let (y, m, d) = civil_from_days(days);
            assert_eq!(days_from_civil(y, m, d), days);
        }
        assert_eq!(days_from_civil(2000, 2, 29), 11_016);
    }

    #[test]
    fn rome_keeps_summer_time() {
        // 2026-03-29 and 2026-10-25 are the Sundays of the change.
        let at = |m, d, h| (days_from_civil(2026, m, d) * 24 + h) * HOUR;
        assert_eq!(rome(at(3, 29, 0)).hour, 1);
        assert_eq!(rome(at(3, 29, 1)).hour, 3);
        assert_eq!(rome(at(10, 25, 0)).hour, 2);
        assert_eq!(rome(at(10, 25, 1)).hour, 2);
        assert_eq!(rome(at(7, 1, 12)).weekday, 2);
        assert_eq!(iso(at(7, 1, 12)), "2026-07-01T12:00:00Z");
        assert_eq!(rome(rome_midnight(days_from_civil(2026, 7, 1))).hour, 0);
        assert_eq!(rome(rome_midnight(days_from_civil(2026, 1, 1))).hour, 0);
    }

    #[test]
    fn answers_wait_for_the_morning_and_for_monday() {
        let mut rng = Rng::new(1);
        let saturday_evening = (days_from_civil(2026, 7, 4) * 24 + 18) * HOUR;
        let next = when_staffed(saturday_evening, &mut rng);
        assert_eq!(rome(next).weekday, 0);
        assert!(staffed(next) && next > saturday_evening);
        let night = (days_from_civil(2026, 7, 4) * 24 + 1) * HOUR;
        assert!((7..10).contains(&rome(when_awake(night, &mut rng)).hour));
    }
}
