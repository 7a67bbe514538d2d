//! What a lane's estimates rest on, and how well it keeps what is promised.

use super::node::Node;
use super::table::Known;
use milepost_model::MINUTE_MS;

/// Without so many visited parcels nothing is told, weighed.
pub(super) const CASES_MIN: f64 = 20.0;
/// So many visited parcels of a lane make known how it keeps promises and estimates, weighed.
const PROMISED_MIN: f64 = 5.0;

/// How well a carrier's first estimates hold.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct EstimatesMade {
    /// The share of parcels that were visited within the window that was stated first.
    pub kept: f64,
    /// How far visits lie outside of it, those within it too: the mean, milliseconds.
    pub error_ms: i64,
}

impl Known<'_> {
    /// Whether enough is known of the service to foretell anything of its parcels.
    pub(super) fn suffices(&self) -> bool {
        let visited = self.service().map_or(0.0, |node| node.visited());
        visited / self.weight >= CASES_MIN
    }

    /// Visited parcels of the lane itself, old ones weighed less; whole ones.
    #[expect(clippy::cast_possible_truncation, reason = "a number of parcels")]
    pub(super) fn cases(&self) -> i64 {
        self.lane().map_or(0, |node| (node.visited() / self.weight) as i64)
    }

    /// Parcels under way on the lane itself, as of when the last part of a day was over there.
    pub(super) fn under_way(&self) -> i64 {
        self.lane().map_or(0, |node| node.under_way)
    }

    /// Visited parcels of the lane, of its origin to the country, from country to country, old ones weighed less.
    pub(super) fn cases_of(&self) -> [f64; 3] {
        let mut nodes = self.narrowest();
        [(); 3].map(|()| nodes.next().flatten().map_or(0.0, |node| node.visited() / self.weight))
    }

    /// The share of promised parcels that were visited by then: of the lane, else of the narrowest of its wholes of which
    /// enough is known.
    pub(super) fn reliability(&self) -> Option<f64> {
        let promised = |node: &&Node| node.promised().iter().sum::<f64>() / self.weight;
        let [kept, broken] = self
            .narrowest()
            .flatten()
            .find(|node| promised(node) >= PROMISED_MIN)?
            .promised();
        Some(kept / (kept + broken))
    }

    /// How well the carrier's estimates hold: of the lane, else of the narrowest of its wholes of which enough is known.
    pub(super) fn estimates_made(&self) -> Option<EstimatesMade> {
        let made = |node: &&Node| {
            let [made, ..] = node.estimated();
            made / self.weight >= PROMISED_MIN
        };
        let [made, in_window, early, late] = self.narrowest().flatten().find(made)?.estimated();
        Some(EstimatesMade {
            kept: in_window / made,
            error_ms: minutes_ms((early + late) / made),
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "each is some weeks at most")]
fn minutes_ms(minutes: f64) -> i64 {
    minutes as i64 * MINUTE_MS
}
