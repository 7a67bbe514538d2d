//! How long parcels stay where they are, and how well a lane keeps what is promised.

use super::clock::DayPart;
use super::key::LaneName;
use super::table::{Lanes, Standing, shares, spell};
use milepost_model::Timestamp;

/// The share of parcels that are heard of within the longest usual silence.
const USUAL: f64 = 0.95;
/// Parts of days that are looked at: a silence longer than thirty days is usual nowhere.
const PARTS_MAX: usize = 30 * DayPart::COUNT;
/// Without so many visited parcels of a service nothing is told of one, weighed.
const CASES_MIN: f64 = 20.0;
/// So many visited parcels of a lane make known how it keeps promises, weighed.
const PROMISED_MIN: f64 = 5.0;

impl Lanes {
    /// Whether enough is known of the service to foretell anything of a parcel on this lane.
    pub(super) fn knows(&self, lane: &LaneName) -> bool {
        let [service, ..] = lane.wholes();
        let node = self.by_name.get(&service).and_then(|number| self.node(*number));
        node.is_some_and(|node| node.visited / self.weight() >= CASES_MIN)
    }

    /// Visited parcels of the lane itself, old ones weighed less; whole ones.
    #[expect(clippy::cast_possible_truncation, reason = "a number of parcels")]
    pub(super) fn cases(&self, lane: &LaneName) -> i64 {
        let [.., own] = lane.wholes();
        let node = self.by_name.get(&own).and_then(|number| self.node(*number));
        node.map_or(0, |node| (node.visited / self.weight()) as i64)
    }

    /// The share of promised parcels that were visited by then: of the lane, else of the narrowest of its wholes of which
    /// enough is known.
    pub(super) fn reliability(&self, lane: &LaneName) -> Option<f64> {
        let wholes = lane.wholes();
        let mut nodes = wholes
            .iter()
            .rev()
            .filter_map(|name| self.by_name.get(name).and_then(|number| self.node(*number)));
        let known = nodes.find(|node| node.promised.iter().sum::<f64>() / self.weight() >= PROMISED_MIN)?;
        let [kept, broken] = known.promised;
        Some(kept / (kept + broken))
    }

    /// How long after its last scan a parcel is silent at most, in nineteen of twenty cases, given that it is where it is and
    /// does not move; milliseconds. `None` where that is longer than thirty days.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a part of a day"
    )]
    pub(super) fn silence(&self, lane: &LaneName, standing: Standing, last_scan_at: Timestamp) -> Option<i64> {
        let (nodes, clock) = self.known(lane);
        let weight = self.weight();
        let handed = clock.part(standing.handed_at.millis()).day;
        let was = (standing.stage, clock.part(standing.since.millis()), handed);
        let (mut at, mut silent) = (last_scan_at.millis(), 1.0);
        for _ in 0..PARTS_MAX {
            let (end, left, _) = clock.part_end(at);
            let ends = shares(&nodes, spell(&clock, was, clock.part(at)), weight);
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
