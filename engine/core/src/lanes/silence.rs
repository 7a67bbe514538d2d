//! How long parcels stay where they are, and how well a lane keeps what is promised.

use super::clock::DayPart;
use super::node::Node;
use super::table::{Known, Standing, spell};
use milepost_model::Timestamp;

/// The share of parcels that are heard of within the longest usual silence.
const USUAL: f64 = 0.95;
/// Parts of days that are looked at: a silence longer than thirty days is usual nowhere.
const PARTS_MAX: usize = 30 * DayPart::COUNT;
/// Without so many visited parcels of a service nothing is told of one, weighed.
const CASES_MIN: f64 = 20.0;
/// So many visited parcels of a lane make known how it keeps promises, weighed.
const PROMISED_MIN: f64 = 5.0;

impl Known<'_> {
    /// Whether enough is known of the service to foretell anything of its parcels.
    pub(super) fn suffices(&self) -> bool {
        let visited = self.service().map_or(0.0, |node| node.visited);
        visited / self.weight >= CASES_MIN
    }

    /// Visited parcels of the lane itself, old ones weighed less; whole ones.
    #[expect(clippy::cast_possible_truncation, reason = "a number of parcels")]
    pub(super) fn cases(&self) -> i64 {
        self.lane().map_or(0, |node| (node.visited / self.weight) as i64)
    }

    /// Parcels under way on the lane itself.
    pub(super) fn under_way(&self) -> i64 {
        self.lane().map_or(0, |node| node.live.values().sum())
    }

    /// Visited parcels of the lane, of its origin to the country, from country to country, old ones weighed less.
    pub(super) fn cases_of(&self) -> [f64; 3] {
        let mut nodes = self.narrowest();
        [(); 3].map(|()| nodes.next().flatten().map_or(0.0, |node| node.visited / self.weight))
    }

    /// The share of promised parcels that were visited by then: of the lane, else of the narrowest of its wholes of which
    /// enough is known.
    pub(super) fn reliability(&self) -> Option<f64> {
        let promised = |node: &&Node| node.promised.iter().sum::<f64>() / self.weight;
        let [kept, broken] = self
            .narrowest()
            .flatten()
            .find(|node| promised(node) >= PROMISED_MIN)?
            .promised;
        Some(kept / (kept + broken))
    }

    /// How long after its last scan a parcel is silent at most, in nineteen of twenty cases, given that it is where it is and
    /// does not move; milliseconds. `None` where that is longer than thirty days.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a part of a day"
    )]
    pub(super) fn silence(&self, standing: Standing, last_scan_at: Timestamp) -> Option<i64> {
        let clock = &self.clock;
        let handed = clock.part(standing.handed_at.millis()).day;
        let was = (standing.stage, clock.part(standing.since.millis()), handed);
        let (mut at, mut silent) = (last_scan_at.millis(), 1.0);
        for _ in 0..PARTS_MAX {
            let (end, left, _) = clock.part_end(at);
            let ends = self.shares(spell(clock, was, clock.part(at)));
            let goes: f64 = ends.iter().sum::<f64>().clamp(0.0, 1.0) * left;
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
