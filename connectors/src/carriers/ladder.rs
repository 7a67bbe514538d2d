//! The time ladder: which instants a written time may mean, by the first step that knows its zone.

use super::Counts;
use milepost_model::{DAY_MS, HOUR_MS, MINUTE_MS, Place, Precision, ScanTime, TimeBasis, Timestamp, WrittenTime};

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
pub(crate) fn read(written: &WrittenTime, claims: &Claims<'_>, counts: &mut Counts) -> ScanTime {
    let _ = (claims.zone, claims.carrier, claims.place, DAY_MS, counts);
    let width = if written.precision == Precision::Minute {
        MINUTE_MS - 1
    } else {
        0
    };
    if let Some(at) = written.instant() {
        return ScanTime {
            wall_ms: written.wall_ms,
            earliest: at,
            latest: at.plus(width),
            base: at,
            precision: written.precision,
            basis: claims.basis.unwrap_or(TimeBasis::Offset),
            dst_ambiguous: false,
        };
    }
    let wall = Timestamp::from_millis(written.wall_ms);
    ScanTime {
        wall_ms: written.wall_ms,
        earliest: wall.plus(-14 * HOUR_MS),
        latest: wall.plus(12 * HOUR_MS + width),
        base: wall.plus(-HOUR_MS),
        precision: written.precision,
        basis: TimeBasis::None,
        dst_ambiguous: false,
    }
}
