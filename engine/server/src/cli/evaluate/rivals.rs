//! What a forecast is held against: simpler methods that answer the same questions, knowing no more.

use milepost_core::ShipmentView;
use milepost_model::{Column, Facts, HOUR_MS};
use std::collections::BTreeMap;

/// Hours of a bin of times.
const BIN_MS: i64 = 6 * HOUR_MS;
/// Bins: sixty days.
const BINS: usize = 240;
/// So many parcels of a lane's own weigh as much as those of all lanes.
const BELIEVED: f64 = 20.0;

/// Scores of one question: the higher, the likelier late. Only the quantiles state a share.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Rivals {
    /// The less time is left, the worse.
    pub(super) hours_left: f64,
    /// The longer nothing was heard, the worse.
    pub(super) silence: f64,
    /// The share of all parcels so far that took longer than this one may, of those that took as long as it has.
    pub(super) all: f64,
    /// The same on its lane.
    pub(super) lane: f64,
}

/// The score of one method.
type Score = fn(&Rivals) -> f64;

/// The methods by name, and what of [`Rivals`] is theirs.
pub(super) const RIVALS: [(&str, Score); 4] = [
    ("hours left", |rivals| rivals.hours_left),
    ("silence", |rivals| rivals.silence),
    ("quantiles of all", |rivals| rivals.all),
    ("quantiles of the lane", |rivals| rivals.lane),
];

/// A lane, for those who do without its clock.
pub(super) type LaneKey = [String; 6];

/// The lane of a parcel.
pub(super) fn lane_of(view: &ShipmentView<'_>) -> LaneKey {
    let columns = [
        Column::Carrier,
        Column::Service,
        Column::OriginCountry,
        Column::OriginRegion,
        Column::DestinationCountry,
        Column::DestinationRegion,
    ];
    columns.map(|column| view.value(column).as_text().unwrap_or_default().to_owned())
}

/// Times of parcels that arrived, all alike however old.
#[derive(Default)]
pub(super) struct Learner {
    all: Times,
    lanes: BTreeMap<LaneKey, Times>,
}

/// How many arrived, by how long they took.
struct Times {
    bins: Vec<f64>,
    count: f64,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            bins: vec![0.0; BINS],
            count: 0.0,
        }
    }
}

impl Times {
    fn add(&mut self, took_ms: i64) {
        self.count += 1.0;
        let bin = usize::try_from(took_ms / BIN_MS).unwrap_or(0).min(BINS - 1);
        if let Some(count) = self.bins.get_mut(bin) {
            *count += 1.0;
        }
    }

    /// How many took longer than that, bins in part where it lies in one.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a few days")]
    fn longer(&self, than_ms: i64) -> f64 {
        let than_ms = than_ms.max(0);
        let bin = usize::try_from(than_ms / BIN_MS).unwrap_or(0).min(BINS - 1);
        let rest = 1.0 - (than_ms % BIN_MS) as f64 / BIN_MS as f64;
        let later: f64 = self.bins.iter().skip(bin + 1).sum();
        later + self.bins.get(bin).copied().unwrap_or(0.0) * rest
    }

    fn share_longer(&self, than_ms: i64) -> f64 {
        (self.longer(than_ms) + 0.5) / (self.count + 1.0)
    }
}

impl Learner {
    /// A parcel of a lane took so long.
    pub(super) fn learn(&mut self, lane: &LaneKey, took_ms: i64) {
        self.all.add(took_ms);
        self.lanes.entry(lane.clone()).or_default().add(took_ms);
    }

    /// What the rivals say of a parcel that has been under way for so long, may take so long, and was heard of so long ago.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a few days")]
    pub(super) fn answer(&self, lane: &LaneKey, so_far_ms: i64, allowed_ms: i64, silent_ms: i64) -> Rivals {
        let of_lane = self.lanes.get(lane);
        let longer = |than_ms: i64| {
            let all = self.all.share_longer(than_ms);
            of_lane.map_or(all, |times| {
                (times.longer(than_ms) + BELIEVED * all) / (times.count + BELIEVED)
            })
        };
        let given = |longer_than: &dyn Fn(i64) -> f64| {
            let (late, alive) = (longer_than(allowed_ms), longer_than(so_far_ms));
            if alive > 0.0 { (late / alive).min(1.0) } else { 1.0 }
        };
        Rivals {
            hours_left: -((allowed_ms - so_far_ms) as f64) / HOUR_MS as f64,
            silence: silent_ms as f64 / HOUR_MS as f64,
            all: given(&|than| self.all.share_longer(than)),
            lane: given(&longer),
        }
    }
}
