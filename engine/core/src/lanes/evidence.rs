//! What a lane's estimates rest on, and how well it keeps what is promised.

use super::node::Node;
use super::table::Known;

/// Without so many visited parcels nothing is told, weighed.
pub(super) const CASES_MIN: f64 = 20.0;
/// So many visited parcels of a lane make known how it keeps promises, weighed.
const PROMISED_MIN: f64 = 5.0;

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
}
