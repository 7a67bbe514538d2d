//! The time ladder: which instants a written time may mean, by the first step that knows its zone.
//!
//! An offset that is written; else a zone that the record names; else the zones of the place; else the zone of the
//! carrier's home network; else none, and the interval covers every offset on earth.

use super::{Counts, home};
use milepost_calendar::{Clock, zone_named, zones_of_place};
use milepost_model::{DAY_MS, HOUR_MS, MINUTE_MS, Place, Precision, ScanTime, TimeBasis, Timestamp, WrittenTime, Zone};

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
        if let Some(zone) = zone_of_name(claims.zone) {
            return Some((Readings::new(written).joined(Clock::of(zone)), TimeBasis::TzCode));
        }
        counts.unknown_zones += 1;
    }
    let place = claims.place;
    if let Some(zones) = zones_of_place(place.country, place.region, place.city) {
        let clocks = zones.iter().map(|zone| Clock::of(*zone));
        return Some((clocks.fold(Readings::new(written), Readings::joined), TimeBasis::Place));
    }
    let zone = zone_named(home::home_of(claims.carrier)?)?;
    Some((Readings::new(written).joined(Clock::of(zone)), TimeBasis::CarrierHome))
}

/// The zone of a name that a record states. Who writes that the zone is unknown writes UTC.
fn zone_of_name(name: &str) -> Option<Zone> {
    if name.eq_ignore_ascii_case("Etc/Unknown") {
        return Some(Zone::default());
    }
    zone_named(name)
}

/// The readings of a wall clock in one zone or several.
struct Readings {
    wall: i64,
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
            wall: written.wall_ms,
            precision: written.precision,
            earliest: i64::MAX,
            latest_start: i64::MIN,
            latest: i64::MIN,
            ambiguous: false,
        }
    }

    fn joined(mut self, clock: &Clock) -> Self {
        let (first, second) = clock.instants(self.wall);
        self.earliest = self.earliest.min(first);
        self.latest_start = self.latest_start.max(second);
        self.latest = self.latest.max(second + width_ms(self.precision));
        if self.precision == Precision::Date {
            // A local day has 23 to 25 hours.
            self.latest = self.latest.max(clock.instants(self.wall + DAY_MS).1 - 1);
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

/// Minutes east of UTC that a wall clock has in a zone; `None` when there is no such zone, or the hour occurs twice or never.
pub(crate) fn offset_minutes(zone: &str, wall_ms: i64) -> Option<i64> {
    let clock = Clock::of(zone_of_name(zone)?);
    let (first, second) = clock.instants(wall_ms);
    let is_shown = first == second && clock.wall(first) == Some(wall_ms);
    is_shown.then(|| (wall_ms - first) / MINUTE_MS)
}

#[cfg(test)]
#[path = "ladder_tests.rs"]
mod tests;
