//! The delivery clock of a place: it counts the days on which vans drive, and within them the hours.

use crate::units::whole;
use alloc::string::String;
use milepost_calendar::{Clock, Country, Days, home_zone};
use milepost_model::{DAY_MS, HOUR_MS};

/// On which days off a carrier delivers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Week {
    pub(super) saturdays: bool,
    pub(super) sundays: bool,
    pub(super) holidays: bool,
    /// Holidays of late on which it was otherwise.
    pub(super) exceptions: [Option<i32>; HOLIDAYS_KEPT],
}

/// So many exceptions are remembered: more than there are holidays in the time for which parcels are under way.
pub(super) const HOLIDAYS_KEPT: usize = 8;

/// What kind of day it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Day {
    Business,
    /// A Saturday that is off.
    Saturday,
    /// A Sunday that is off.
    Sunday,
    /// Any other day that is off.
    Holiday,
}

/// Kinds of days.
pub(super) const KINDS: usize = Day::Holiday as usize + 1;

/// How much of a delivery day a day without deliveries is: a little, for there is the odd one.
const DAY_OFF: f64 = 0.02;

/// Parts of a day end at these hours: hubs work at night, vans leave in the morning, and drive until the evening.
const PARTS: [i64; 4] = [7 * HOUR_MS, 12 * HOUR_MS, 16 * HOUR_MS, DAY_MS];

/// A part of a local day of a lane's place, counted from the first of 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct DayPart(i32);

impl DayPart {
    /// How many there are in a day.
    pub(super) const COUNT: usize = PARTS.len();

    /// A part of a day, from 0.
    pub(super) fn new(day: i32, part: u8) -> Self {
        Self(day.saturating_mul(Self::COUNT as i32).saturating_add(part.into()))
    }

    /// Days since 1970-01-01.
    pub(super) fn day(self) -> i32 {
        self.0.div_euclid(Self::COUNT as i32)
    }

    /// Which part of its day, from 0.
    pub(super) fn part(self) -> u8 {
        self.0.rem_euclid(Self::COUNT as i32) as u8
    }

    /// Its number.
    pub(super) fn number(self) -> i32 {
        self.0
    }

    /// The part of that number.
    pub(super) fn numbered(number: i32) -> Self {
        Self(number)
    }

    /// The next one.
    pub(super) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The one before.
    pub(super) fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Whether the day ends with it.
    pub(super) fn ends_day(self) -> bool {
        usize::from(self.part()) + 1 == Self::COUNT
    }

    /// How many parts lie between, from `first` on.
    pub(super) fn since(self, first: Self) -> i32 {
        self.0.saturating_sub(first.0)
    }
}

/// Days and hours at a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct DeliveryClock {
    days: &'static Days,
    clock: &'static Clock,
    pub(super) week: Week,
}

impl DeliveryClock {
    /// The clock of a place, its country and its region or city, for a carrier that delivers so.
    pub(super) fn new([country, region]: &[String; 2], week: Week) -> Self {
        let zone = home_zone(country, region, "").or_else(|| home_zone(country, "", ""));
        Self {
            days: Country::of(country).days(),
            clock: Clock::of(zone.unwrap_or_default()),
            week,
        }
    }

    /// The local wall clock.
    fn wall(&self, at_ms: i64) -> i64 {
        self.clock.wall(at_ms).unwrap_or(at_ms)
    }

    /// The local day, counted from 1970-01-01.
    pub(super) fn day(&self, at_ms: i64) -> i64 {
        whole::<DAY_MS>(self.wall(at_ms))
    }

    /// The same, as it is counted.
    pub(super) fn date(&self, at_ms: i64) -> i32 {
        i32::try_from(self.day(at_ms)).unwrap_or(i32::MAX)
    }

    /// The local hour, 0 to 23.
    pub(super) fn hour(&self, at_ms: i64) -> u8 {
        u8::try_from(self.wall(at_ms).rem_euclid(DAY_MS) / HOUR_MS).unwrap_or(0)
    }

    /// The part of the local day in which an instant lies.
    pub(super) fn part(&self, at_ms: i64) -> DayPart {
        let wall = self.wall(at_ms);
        let day = whole::<DAY_MS>(wall);
        let of_day = wall - day * DAY_MS;
        let part = (0u8..).zip(PARTS).find(|(_, end)| *end > of_day);
        DayPart::new(i32::try_from(day).unwrap_or(i32::MAX), part.map_or(0, |(part, _)| part))
    }

    /// What kind of day that is.
    pub(super) fn kind(&self, day: i64) -> Day {
        match day.rem_euclid(7) {
            _ if self.days.is_open(day) => Day::Business,
            2 => Day::Saturday,
            3 => Day::Sunday,
            _ => Day::Holiday,
        }
    }

    /// How many days of each kind there are since 1970-01-01, up to that day and without it.
    pub(super) fn days_before(&self, day: i64) -> [i64; KINDS] {
        let business = self.days.count(-1, day - 1);
        // Before the table of holidays begins, only weekends are off: so looks a usual week of the country.
        let saturdays = if self.days.is_open(2) {
            0
        } else {
            (day + 4).div_euclid(7)
        };
        let sundays = if self.days.is_open(3) {
            0
        } else {
            (day + 3).div_euclid(7)
        };
        [business, saturdays, sundays, day - business - saturdays - sundays]
    }

    /// Whether the carrier does not deliver on that day.
    pub(super) fn is_off(&self, day: i64) -> bool {
        let is_off = self.weight(self.kind(day)) < 1.0;
        is_off != self.exceptions().any(|exception| exception == day)
    }

    /// Days of which their kind tells the wrong thing.
    fn exceptions(&self) -> impl Iterator<Item = i64> {
        self.week.exceptions.iter().flatten().map(|day| i64::from(*day))
    }

    /// How many delivery days there are before a day, and whether it is off.
    pub(super) fn of_day(&self, day: i32) -> (f64, bool) {
        (self.begin(day.into()), self.is_off(day.into()))
    }

    /// How much a day of that kind counts.
    pub(super) const fn weight(&self, kind: Day) -> f64 {
        let delivers = match kind {
            Day::Business => true,
            Day::Saturday => self.week.saturdays,
            Day::Sunday => self.week.sundays,
            Day::Holiday => self.week.holidays,
        };
        if delivers { 1.0 } else { DAY_OFF }
    }

    /// Delivery days from 1970-01-01 up to the begin of that day.
    #[expect(clippy::cast_precision_loss, reason = "days of some centuries")]
    pub(super) fn begin(&self, day: i64) -> f64 {
        let [business, saturdays, sundays, holidays] = self.days_before(day);
        let exceptions = self.exceptions().filter(|exception| *exception < day).count() as f64;
        let otherwise = if self.week.holidays {
            DAY_OFF - 1.0
        } else {
            1.0 - DAY_OFF
        };
        business as f64
            + saturdays as f64 * self.weight(Day::Saturday)
            + sundays as f64 * self.weight(Day::Sunday)
            + holidays as f64 * self.weight(Day::Holiday)
            + exceptions * otherwise
    }

    /// When the part of the local day begins and ends in which an instant lies.
    pub(super) fn part_span(&self, at_ms: i64) -> (i64, i64) {
        let of_day = self.wall(at_ms).rem_euclid(DAY_MS);
        let end = PARTS.into_iter().find(|end| *end > of_day).unwrap_or(DAY_MS);
        let begin = PARTS.into_iter().rev().find(|end| *end <= of_day).unwrap_or(0);
        (self.moved(at_ms, begin - of_day), self.moved(at_ms, end - of_day))
    }

    /// When the wall clock shows so much more, or less: also where clocks change in between.
    fn moved(&self, at_ms: i64, by: i64) -> i64 {
        let (moved, shows) = (at_ms + by, self.wall(at_ms) + by);
        let right = moved - (self.wall(moved) - shows);
        if self.wall(right) == shows { right } else { moved }
    }

    /// When the part of the local day ends in which an instant lies, and how much of it is left; where the day ends with it,
    /// whether it is a delivery day.
    #[expect(clippy::cast_precision_loss, reason = "a part of a day")]
    pub(super) fn part_end(&self, at_ms: i64) -> (i64, f64, Option<bool>) {
        let wall = self.wall(at_ms);
        let day = whole::<DAY_MS>(wall);
        let of_day = wall - day * DAY_MS;
        let mut begin = 0;
        for end in PARTS {
            if end > of_day {
                let left = (end - of_day) as f64 / (end - begin) as f64;
                let day = (end == DAY_MS).then(|| !self.is_off(day));
                return (self.moved(at_ms, end - of_day), left, day);
            }
            begin = end;
        }
        (self.moved(at_ms, DAY_MS - of_day), 1.0, Some(!self.is_off(day)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::{Timestamp, days_from_civil};

    fn clock(country: &str, region: &str, week: Week) -> DeliveryClock {
        DeliveryClock::new(&[country, region].map(String::from), week)
    }

    fn at(text: &str) -> i64 {
        Timestamp::parse(text).expect("a time").millis()
    }

    #[test]
    fn days_off_hardly_count_unless_the_carrier_delivers_on_them() {
        let (thursday, tuesday) = (days_from_civil(2026, 4, 2), days_from_civil(2026, 4, 7));
        let days = |clock: DeliveryClock| clock.begin(tuesday) - clock.begin(thursday);
        // Good Friday and Easter Monday are off in Germany.
        let off = clock("DE", "BE", Week::default());
        assert!((days(off) - (1.0 + 4.0 * DAY_OFF)).abs() < 1e-9, "{}", days(off));
        let saturdays = Week {
            saturdays: true,
            ..Week::default()
        };
        assert!((days(clock("DE", "BE", saturdays)) - (2.0 + 3.0 * DAY_OFF)).abs() < 1e-9);
        let american = clock("US", "NY", Week::default());
        assert!((days(american) - (3.0 + 2.0 * DAY_OFF)).abs() < 1e-9);
    }

    #[test]
    fn every_day_is_of_one_kind_and_time_goes_on() {
        for (country, region) in [("US", "CA"), ("DE", "BY"), ("SA", ""), ("CN", "GD"), ("", "")] {
            let clock = clock(country, region, Week::default());
            for day in days_from_civil(2019, 12, 1)..days_from_civil(2027, 1, 1) {
                let (before, after) = (clock.days_before(day), clock.days_before(day + 1));
                assert_eq!(before.iter().sum::<i64>(), day, "{country} {day}");
                assert!(
                    clock.begin(day) < clock.begin(day + 1),
                    "{country} {day}: {before:?} {after:?}"
                );
            }
        }
    }

    #[test]
    fn parts_of_a_day_follow_each_other() {
        let clock = clock("US", "NY", Week::default());
        let saturday = days_from_civil(2026, 3, 7);
        for (text, part, end, left, day) in [
            // The night in which clocks go forward.
            (
                "2026-03-08T00:00:00-05:00",
                (saturday + 1, 0),
                "2026-03-08T07:00:00-04:00",
                1.0,
                None,
            ),
            (
                "2026-03-06T00:00:00-05:00",
                (saturday - 1, 0),
                "2026-03-06T07:00:00-05:00",
                1.0,
                None,
            ),
            (
                "2026-03-06T10:45:00-05:00",
                (saturday - 1, 1),
                "2026-03-06T12:00:00-05:00",
                0.25,
                None,
            ),
            (
                "2026-03-06T16:00:00-05:00",
                (saturday - 1, 3),
                "2026-03-07T00:00:00-05:00",
                1.0,
                Some(true),
            ),
            (
                "2026-03-07T20:00:00-05:00",
                (saturday, 3),
                "2026-03-08T00:00:00-05:00",
                0.5,
                Some(false),
            ),
        ] {
            let found = clock.part(at(text));
            assert_eq!(clock.part_span(at(text)).1, at(end), "{text}");
            assert_eq!((i64::from(found.day()), found.part()), part, "{text}");
            let next = clock.part(at(end));
            assert_eq!(found.next(), next, "{text}");
            assert_eq!(clock.part_end(at(text)), (at(end), left, day), "{text}");
        }
    }
}
