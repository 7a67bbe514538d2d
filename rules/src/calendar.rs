//! The UTC calendar: parts of an instant, and where the hour, day, week, month or year around it begins and ends.

use milepost_model::{DAY_MS, HOUR_MS, MINUTE_MS, civil_from_days, days_from_civil};

/// What `extract` takes out of an instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Field {
    Year,
    IsoYear,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    DayOfYear,
    DayOfWeek,
    IsoDayOfWeek,
    Epoch,
}

impl Field {
    pub(crate) const NAMES: &'static [(&'static str, Self)] = &[
        ("year", Self::Year),
        ("isoyear", Self::IsoYear),
        ("quarter", Self::Quarter),
        ("month", Self::Month),
        ("week", Self::Week),
        ("day", Self::Day),
        ("hour", Self::Hour),
        ("minute", Self::Minute),
        ("second", Self::Second),
        ("doy", Self::DayOfYear),
        ("dow", Self::DayOfWeek),
        ("isodow", Self::IsoDayOfWeek),
        ("epoch", Self::Epoch),
    ];

    /// The span of time within which the field does not change; `Epoch` always does.
    pub(crate) const fn unit(self) -> Option<Unit> {
        Some(match self {
            Self::Year => Unit::Year,
            Self::IsoYear | Self::Week => Unit::Week,
            Self::Quarter => Unit::Quarter,
            Self::Month => Unit::Month,
            Self::Day | Self::DayOfYear | Self::DayOfWeek | Self::IsoDayOfWeek => Unit::Day,
            Self::Hour => Unit::Hour,
            Self::Minute => Unit::Minute,
            Self::Second => Unit::Second,
            Self::Epoch => return None,
        })
    }

    /// The field of an instant. `Epoch` counts whole seconds here; the caller adds the fraction.
    pub(crate) fn of(self, millis: i64) -> i64 {
        let days = millis.div_euclid(DAY_MS);
        let of_day = millis.rem_euclid(DAY_MS);
        let (year, month, day) = civil_from_days(days);
        match self {
            Self::Year => year,
            Self::IsoYear => iso_week(days).0,
            Self::Quarter => (month - 1) / 3 + 1,
            Self::Month => month,
            Self::Week => iso_week(days).1,
            Self::Day => day,
            Self::Hour => of_day / HOUR_MS,
            Self::Minute => of_day / MINUTE_MS % 60,
            Self::Second => of_day / 1000 % 60,
            Self::DayOfYear => days - days_from_civil(year, 1, 1) + 1,
            // 1970-01-01 was a Thursday.
            Self::DayOfWeek => (days + 4).rem_euclid(7),
            Self::IsoDayOfWeek => (days + 3).rem_euclid(7) + 1,
            Self::Epoch => millis.div_euclid(1000),
        }
    }
}

/// What `date_trunc` cuts an instant down to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    pub(crate) const NAMES: &'static [(&'static str, Self)] = &[
        ("second", Self::Second),
        ("minute", Self::Minute),
        ("hour", Self::Hour),
        ("day", Self::Day),
        ("week", Self::Week),
        ("month", Self::Month),
        ("quarter", Self::Quarter),
        ("year", Self::Year),
    ];

    /// Begin and end of the unit around an instant; the end does not belong to it.
    pub(crate) fn around(self, millis: i64) -> (i64, i64) {
        let days = millis.div_euclid(DAY_MS);
        let (year, month, _) = civil_from_days(days);
        match self {
            Self::Second => fixed(millis, 1000),
            Self::Minute => fixed(millis, MINUTE_MS),
            Self::Hour => fixed(millis, HOUR_MS),
            Self::Day => fixed(millis, DAY_MS),
            Self::Week => {
                let monday = days - (days + 3).rem_euclid(7);
                (midnight(monday), midnight(monday + 7))
            }
            Self::Month => months(year, month, 1),
            Self::Quarter => months(year, (month - 1) / 3 * 3 + 1, 3),
            Self::Year => months(year, 1, 12),
        }
    }
}

fn fixed(millis: i64, length: i64) -> (i64, i64) {
    let begin = millis.saturating_sub(millis.rem_euclid(length));
    (begin, begin.saturating_add(length))
}

fn months(year: i64, month: i64, count: i64) -> (i64, i64) {
    let next = month + count;
    let (next_year, next_month) = if next > 12 { (year + 1, next - 12) } else { (year, next) };
    (
        midnight(days_from_civil(year, month, 1)),
        midnight(days_from_civil(next_year, next_month, 1)),
    )
}

const fn midnight(days: i64) -> i64 {
    days.saturating_mul(DAY_MS)
}

/// ISO 8601: week 1 is the one with the year's first Thursday.
fn iso_week(days: i64) -> (i64, i64) {
    let thursday = days - (days + 3).rem_euclid(7) + 3;
    let (year, _, _) = civil_from_days(thursday);
    (year, (thursday - days_from_civil(year, 1, 1)) / 7 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::Timestamp;

    #[test]
    fn parts_of_an_instant() {
        // year isoyear quarter month week day hour minute second doy dow isodow
        for (text, expected) in [
            ("2026-03-01T14:03:22Z", [2026, 2026, 1, 3, 9, 1, 14, 3, 22, 60, 0, 7]),
            ("2024-12-30T00:00:00Z", [2024, 2025, 4, 12, 1, 30, 0, 0, 0, 365, 1, 1]),
            ("2021-01-03T23:59:59Z", [2021, 2020, 1, 1, 53, 3, 23, 59, 59, 3, 0, 7]),
            ("1970-01-01T00:00:00Z", [1970, 1970, 1, 1, 1, 1, 0, 0, 0, 1, 4, 4]),
        ] {
            let at = Timestamp::parse(text).expect("a time").millis();
            for ((name, field), value) in Field::NAMES.iter().zip(expected) {
                assert_eq!(field.of(at), value, "{name} of {text}");
            }
        }
    }

    #[test]
    fn units_begin_and_end_where_the_calendar_says() {
        for (unit, begin, end) in [
            (Unit::Second, "2026-03-01T14:03:22Z", "2026-03-01T14:03:23Z"),
            (Unit::Minute, "2026-03-01T14:03:00Z", "2026-03-01T14:04:00Z"),
            (Unit::Hour, "2026-03-01T14:00:00Z", "2026-03-01T15:00:00Z"),
            (Unit::Day, "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"),
            (Unit::Week, "2026-02-23T00:00:00Z", "2026-03-02T00:00:00Z"),
            (Unit::Month, "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"),
            (Unit::Quarter, "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"),
            (Unit::Year, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ] {
            let at = Timestamp::parse("2026-03-01T14:03:22.5Z").expect("a time").millis();
            let parse = |text| Timestamp::parse(text).expect("a time").millis();
            assert_eq!(unit.around(at), (parse(begin), parse(end)), "{unit:?}");
        }
    }

    #[test]
    fn the_ends_of_the_range_do_not_panic() {
        for millis in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX] {
            for (_, field) in Field::NAMES {
                let _ = field.of(millis);
            }
            for (_, unit) in Unit::NAMES {
                let (begin, end) = unit.around(millis);
                assert!(begin <= end);
            }
        }
    }
}
