//! The time ladder: which instants a written time may mean, by the first step that knows its zone.
//!
//! An offset that is written; else a zone that the record names; else the zones of the place; else the zone of the
//! carrier's home network; else none, and the interval covers every offset on earth.

use super::{Counts, home};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use milepost_calendar::zones_of_place;
use milepost_model::{DAY_MS, HOUR_MS, MINUTE_MS, Place, Precision, ScanTime, TimeBasis, Timestamp, WrittenTime};
use std::sync::LazyLock;

/// The zones as compiled into the program, never the host's: the same scan means the same instant on every machine.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// What a record says, besides the written time, that tells its zone.
pub(crate) struct Claims<'r> {
    /// What the sender says about where the zone came from.
    pub(crate) basis: Option<TimeBasis>,
    /// IANA name.
    pub(crate) zone: &'r str,
    pub(crate) carrier: &'r str,
    pub(crate) place: &'r Place<'r>,
}

/// The interval that a written time means.
#[inline]
pub(crate) fn read(written: &WrittenTime, claims: &Claims<'_>, counts: &mut Counts) -> ScanTime {
    match (written.instant(), claims.basis) {
        (Some(at), None) => at_offset(written, at, TimeBasis::Offset),
        (Some(at), Some(TimeBasis::Claimed)) => claimed(written, at, claims, counts),
        // The sender says itself that the offset is worth nothing.
        (Some(_), Some(TimeBasis::None)) => unzoned(written),
        (Some(at), Some(basis)) => at_offset(written, at, basis),
        (None, _) => match readings(written, claims, counts) {
            Some((readings, basis)) => readings.time(written, basis),
            None => unzoned(written),
        },
    }
}

#[inline]
fn at_offset(written: &WrittenTime, at: Timestamp, basis: TimeBasis) -> ScanTime {
    ScanTime {
        wall_ms: written.wall_ms,
        earliest: at,
        latest: at.plus(width_ms(written.precision)),
        base: at,
        precision: written.precision,
        basis,
        dst_ambiguous: false,
    }
}

/// How long after its start a time so written may lie.
const fn width_ms(precision: Precision) -> i64 {
    match precision {
        Precision::Exact => 0,
        Precision::Minute => MINUTE_MS - 1,
        Precision::Date => DAY_MS - 1,
    }
}

/// No zone is known: offsets on earth run from -12 to +14 hours. It sorts as if at +01:00.
fn unzoned(written: &WrittenTime) -> ScanTime {
    let wall = Timestamp::from_millis(written.wall_ms);
    ScanTime {
        wall_ms: written.wall_ms,
        earliest: wall.plus(-14 * HOUR_MS),
        latest: wall.plus(12 * HOUR_MS + width_ms(written.precision)),
        base: wall.plus(-HOUR_MS),
        precision: written.precision,
        basis: TimeBasis::None,
        dst_ambiguous: false,
    }
}

/// A source that is known to write local time as if it were UTC: both readings count.
fn claimed(written: &WrittenTime, at: Timestamp, claims: &Claims<'_>, counts: &mut Counts) -> ScanTime {
    let mut time = match readings(written, claims, counts) {
        Some((readings, _)) => readings.time(written, TimeBasis::Claimed),
        None => ScanTime {
            base: at,
            basis: TimeBasis::Claimed,
            ..unzoned(written)
        },
    };
    time.earliest = time.earliest.min(at);
    time.latest = time.latest.max(at.plus(width_ms(written.precision)));
    time
}

/// The instants that a wall clock may mean in the zones that the ladder finds, and the step that found them.
fn readings(written: &WrittenTime, claims: &Claims<'_>, counts: &mut Counts) -> Option<(Readings, TimeBasis)> {
    if !claims.zone.is_empty() {
        if let Ok(zone) = ZONES.get(claims.zone) {
            return Some((Readings::new(written).joined(&zone), TimeBasis::TzCode));
        }
        counts.unknown_zones += 1;
    }
    let place = claims.place;
    let of_place = zones_of_place(place.country, place.region, place.city).map(|zones| (zones, TimeBasis::Place));
    let (zones, basis) = of_place.or_else(|| Some((home::home_of(claims.carrier)?, TimeBasis::CarrierHome)))?;
    let mut readings = Readings::new(written);
    for zone in zones.split(' ').filter_map(|name| ZONES.get(name).ok()) {
        readings = readings.joined(&zone);
    }
    Some((readings, basis))
}

/// The readings of a wall clock in one zone or several.
struct Readings {
    wall: DateTime,
    precision: Precision,
    earliest: i64,
    /// The latest instant at which the written second, minute or day may begin.
    latest_start: i64,
    latest: i64,
    ambiguous: bool,
}

impl Readings {
    fn new(written: &WrittenTime) -> Self {
        Self {
            wall: civil(written.wall_ms),
            precision: written.precision,
            earliest: i64::MAX,
            latest_start: i64::MIN,
            latest: i64::MIN,
            ambiguous: false,
        }
    }

    fn joined(mut self, zone: &TimeZone) -> Self {
        let (first, second) = instants(zone, self.wall);
        self.earliest = self.earliest.min(first);
        self.latest_start = self.latest_start.max(second);
        self.latest = self.latest.max(second + width_ms(self.precision));
        if self.precision == Precision::Date {
            // A local day has 23 to 25 hours.
            let next_midnight = self.wall.tomorrow().map_or(second, |next| instants(zone, next).1);
            self.latest = self.latest.max(next_midnight - 1);
        } else {
            self.ambiguous |= first != second;
        }
        self
    }

    fn time(&self, written: &WrittenTime, basis: TimeBasis) -> ScanTime {
        ScanTime {
            wall_ms: written.wall_ms,
            earliest: Timestamp::from_millis(self.earliest),
            latest: Timestamp::from_millis(self.latest),
            base: Timestamp::from_millis(i64::midpoint(self.earliest, self.latest_start)),
            precision: written.precision,
            basis,
            dst_ambiguous: self.ambiguous,
        }
    }
}

/// The instants that a wall clock names in a zone: two where the hour occurs twice. An hour that does not exist is read
/// with the offset before the change.
fn instants(zone: &TimeZone, wall: DateTime) -> (i64, i64) {
    let at = |offset: Offset| {
        offset
            .to_timestamp(wall)
            .map_or(i64::MAX / 4, jiff::Timestamp::as_millisecond)
    };
    match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => (at(offset), at(offset)),
        AmbiguousOffset::Gap { before, .. } => (at(before), at(before)),
        AmbiguousOffset::Fold { before, after } => (at(before).min(at(after)), at(before).max(at(after))),
    }
}

/// Minutes east of UTC that a wall clock has in a zone; `None` when there is no such zone, or the hour occurs twice or never.
pub(crate) fn offset_minutes(zone: &str, wall: DateTime) -> Option<i64> {
    match ZONES.get(zone).ok()?.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => Some(i64::from(offset.seconds() / 60)),
        AmbiguousOffset::Gap { .. } | AmbiguousOffset::Fold { .. } => None,
    }
}

/// The wall clock as a calendar has it.
fn civil(wall_ms: i64) -> DateTime {
    let as_if_utc = jiff::Timestamp::from_millisecond(wall_ms).expect("written times lie between 1970 and 2200");
    Offset::UTC.to_datetime(as_if_utc)
}

#[cfg(test)]
#[path = "ladder_tests.rs"]
mod tests;
