//! Business time at a place: the days of a country by the clock of a zone.

use milepost_model::{DAY_MS, Zone};

use crate::book::Country;
use crate::clock::Clock;
use crate::days::Days;

/// A place's clock and its days.
#[derive(Clone, Copy, Debug)]
pub struct Local {
    clock: &'static Clock,
    days: &'static Days,
}

impl Local {
    /// The clock of a zone and the days of a country.
    #[must_use]
    pub fn new(country: Country, zone: Zone) -> Self {
        Self {
            clock: Clock::of(zone),
            days: country.days(),
        }
    }

    /// The local dates after the date of `a`, up to and including the date of `b`, that are business days; negative, and
    /// exchanged, when `b` is before `a`.
    #[must_use]
    pub fn days_between(self, a: i64, b: i64) -> i64 {
        self.days.count(self.clock.day(a), self.clock.day(b))
    }

    /// The milliseconds from `a` to `b` that fall on business days; negative, and exchanged, when `b` is before `a`. `None`
    /// when 64 bits do not hold them.
    #[must_use]
    pub fn time_between(self, a: i64, b: i64) -> Option<i64> {
        if b < a {
            return self.time_between(b, a)?.checked_neg();
        }
        let Self { clock, days } = self;
        let (first, last) = (clock.day(a), clock.day(b));
        if first == last {
            return if days.is_open(first) { b.checked_sub(a) } else { Some(0) };
        }
        let mut time = days.count(first, last.saturating_sub(1)).checked_mul(DAY_MS)?;
        if days.is_open(first) {
            time = time.checked_add(clock.begin(first + 1).checked_sub(a)?)?;
        }
        if days.is_open(last) {
            time = time.checked_add(b.checked_sub(clock.begin(last))?)?;
        }
        // Days on which the clocks are changed are longer or shorter than a day.
        let mut counted = first;
        for change in clock.changes(a, b) {
            for day in clock.day(change - 1)..=clock.day(change) {
                if day > counted && day < last && days.is_open(day) {
                    time = time.checked_add(clock.begin(day + 1) - clock.begin(day) - DAY_MS)?;
                }
                counted = counted.max(day);
            }
        }
        Some(time)
    }

    /// The instants around `at` that count as many business days: `[from, until)`. It may end early, never late.
    #[must_use]
    pub fn same_count(self, at: i64) -> (i64, i64) {
        let day = self.clock.day(at);
        let (from, until) = (self.days.last_up_to(day, true), self.days.first_after(day, true));
        (self.clock.begin(from), self.clock.begin(until))
    }

    /// Whether `at` is on a business day, and the instants around it of which the same is true: `[from, until)`. It may end
    /// early, never late.
    #[must_use]
    pub fn same_kind(self, at: i64) -> (bool, i64, i64) {
        let day = self.clock.day(at);
        let is_open = self.days.is_open(day);
        let from = self.days.last_up_to(day, !is_open).saturating_add(1);
        let until = self.days.first_after(day, !is_open);
        (is_open, self.clock.begin(from), self.clock.begin(until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zones;
    use milepost_model::{HOUR_MS, Timestamp};
    use proptest::prelude::*;

    fn at(text: &str) -> i64 {
        Timestamp::parse(text).expect("a time").millis()
    }

    fn local(country: &str, zone: &str) -> Local {
        Local::new(Country::of(country), zones::by_name(zone).expect(zone))
    }

    #[test]
    fn days_and_hours_that_one_knows() {
        let berlin = local("DE", "Europe/Berlin");
        // From Thursday before Easter to Wednesday after it.
        let (a, b) = (at("2026-04-02T16:00:00Z"), at("2026-04-08T10:00:00Z"));
        assert_eq!(berlin.days_between(a, b), 2);
        assert_eq!(berlin.time_between(a, b), Some((6 + 24 + 12) * HOUR_MS));
        assert_eq!(berlin.days_between(b, a), -2);
        assert_eq!(berlin.time_between(b, a), Some(-(6 + 24 + 12) * HOUR_MS));
        // Half past eleven in the evening in UTC is the next day there.
        assert_eq!(
            berlin.days_between(at("2026-03-03T21:00:00Z"), at("2026-03-03T23:30:00Z")),
            1
        );
        // Beirut puts its clocks forward on a Sunday, which is off, Teheran never, Cairo on a Friday, which is off too.
        let riyadh = local("SA", "Asia/Riyadh");
        let (a, b) = (at("2026-03-05T12:00:00Z"), at("2026-03-08T12:00:00Z"));
        assert_eq!(riyadh.days_between(a, b), 1);
        assert_eq!(riyadh.time_between(a, b), Some(24 * HOUR_MS));
        // The sixth of September has 23 hours in Santiago; by the calendar of a country that works on Sundays it counts.
        let santiago = local("SA", "America/Santiago");
        let (a, b) = (at("2026-09-06T04:00:00Z"), at("2026-09-07T03:00:00Z"));
        assert_eq!(santiago.time_between(a, b), Some(23 * HOUR_MS));
        assert_eq!(santiago.time_between(a, b + 24 * HOUR_MS), Some(47 * HOUR_MS));
    }

    const ZONES: &[&str] = &[
        "UTC",
        "Europe/Berlin",
        "America/Santiago",
        "Africa/Cairo",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "America/St_Johns",
    ];

    proptest! {
        #[test]
        fn time_is_the_sum_of_its_days(
            country in prop::sample::select(Country::CODES_OF_TESTS),
            zone in prop::sample::select(ZONES),
            a in 1_262_304_000_000i64..2_240_000_000_000,
            length in 0i64..400 * DAY_MS,
        ) {
            let local = local(country, zone);
            let b = a + length;
            let (mut day, mut time, mut count) = (local.clock.day(a), 0, 0);
            loop {
                let (begin, end) = (local.clock.begin(day), local.clock.begin(day + 1));
                if local.days.is_open(day) {
                    time += end.min(b).saturating_sub(begin.max(a)).max(0);
                    count += i64::from(day > local.clock.day(a));
                }
                if end > b {
                    break;
                }
                day += 1;
            }
            prop_assert_eq!(local.time_between(a, b), Some(time));
            prop_assert_eq!(local.time_between(b, a), Some(-time));
            prop_assert_eq!(local.days_between(a, b), count);
            let (from, until) = local.same_count(b);
            prop_assert!(from <= b && b < until);
            prop_assert_eq!(local.days_between(a, until - 1), count);
            prop_assert_eq!(local.days_between(a, from), count);
            let (is_open, from, until) = local.same_kind(b);
            prop_assert!(from <= b && b < until);
            prop_assert_eq!(local.time_between(from, until), Some(if is_open { until - from } else { 0 }));
        }

        #[test]
        fn no_instant_is_too_far(a in any::<i64>(), b in any::<i64>(), number in 0u16..600) {
            let local = Local::new(Country::of("DE"), Zone(number));
            let _ = (local.days_between(a, b), local.time_between(a, b), local.same_count(a), local.same_kind(b));
        }
    }
}
