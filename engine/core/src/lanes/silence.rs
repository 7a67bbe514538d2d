//! How long parcels stay where they are.

use super::clock::DayPart;
use super::state::Standing;
use super::table::{Known, spell};
use milepost_model::Timestamp;

/// The share of parcels that are heard of within the longest usual silence.
const USUAL: f64 = 0.95;
/// Parts of days that are looked at: a silence longer than thirty days is usual nowhere.
const PARTS_MAX: usize = 30 * DayPart::COUNT;

impl Known<'_> {
    /// How long after its last scan a parcel is silent at most, in nineteen of twenty cases, given that it is where it is and
    /// does not move; milliseconds. `None` where that is longer than thirty days.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a part of a day"
    )]
    pub(super) fn silence(&self, standing: Standing, last_scan_at: Timestamp) -> Option<i64> {
        let clock = &self.clock;
        let was = standing.cohort(clock);
        let (mut at, mut silent) = (last_scan_at.millis(), 1.0);
        for _ in 0..PARTS_MAX {
            let (end, left, _) = clock.part_end(at);
            let ends = self.shares(spell(clock, was, clock.part(at)));
            let goes = f64::from(ends.iter().sum::<f32>()).clamp(0.0, 1.0) * left;
            let after = silent * (1.0 - goes);
            if after <= 1.0 - USUAL {
                let of_part = (silent - (1.0 - USUAL)) / (silent - after).max(f64::MIN_POSITIVE);
                let ends_at = at + ((end - at) as f64 * of_part.clamp(0.0, 1.0)) as i64;
                return Some(ends_at - last_scan_at.millis());
            }
            (at, silent) = (end, after);
        }
        None
    }
}
