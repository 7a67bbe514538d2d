//! What a row says of a parcel's passage: on which lane, since when, and how far it has come. It is a function of the row
//! alone, so whatever changes the row, what was counted before can be taken back.

use super::state::{Stage, Standing, Whereabouts};
use crate::fold::Folded;
use crate::groups::Towns;
use crate::intern::TextId;
use crate::record::Spot;
use milepost_model::{DAY_MS, EstimateSource, MINUTE_MS, Timestamp, Window};

/// A parcel that was handed over so long ago is not waited for any more.
pub(super) const AWAITED_MS: i64 = 45 * DAY_MS;

/// A lane by the texts of a shard.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Lane {
    pub(super) carrier: TextId,
    pub(super) service: TextId,
    /// Country and region where it was handed over; where no region is named, the city.
    pub(super) origin: [TextId; 2],
    /// The same of where it goes, as stated.
    pub(super) destination: [TextId; 2],
}

/// A parcel that was handed over.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Passage {
    pub(super) lane: Lane,
    pub(super) handed_at: Timestamp,
    pub(super) progress: Progress,
}

/// How far it has come.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Progress {
    /// In that stage since then, or since it got to where it is now.
    In(Stage, Timestamp),
    /// The first visit was made.
    Visited {
        at: Timestamp,
        /// After the promise; `None` without one.
        is_late: Option<bool>,
        /// Minutes outside the first window that the carrier stated, negative ones before it; `None` where it stated none.
        off: Option<i32>,
    },
    /// It will not be visited any more, or nobody can tell.
    Gone,
}

/// The first window that the carrier stated.
fn stated_first(folded: &Folded) -> Option<Window> {
    let is_carriers = folded.more.original_source == Some(EstimateSource::Carrier);
    folded.more.original.at().filter(|_| is_carriers)
}

/// So many minutes outside a window are not told from more.
const OFF_MAX: i64 = 100_000;

/// How many minutes an instant lies outside a window, negative ones before it.
fn off(at: Timestamp, window: Window) -> i32 {
    let (early, late) = (window.from.since(at).max(0), at.since(window.latest).max(0));
    let minutes = ((late - early) / MINUTE_MS).clamp(-OFF_MAX, OFF_MAX);
    i32::try_from(minutes).unwrap_or_default()
}

impl Passage {
    /// The passage that a row tells of; `None` before it was handed over.
    pub(crate) fn of(folded: &Folded, carrier: TextId, towns: &Towns) -> Option<Self> {
        let handed_at = folded.first_scan_at?;
        // Where a carrier names no regions, a city is one.
        let region = |spot: Spot| {
            let town = towns.get(spot.town);
            [town.country, town.region.or(town.city)]
        };
        let [here, origin, destination] = [folded.spot, folded.origin, folded.more.stated].map(region);
        let progress = if let Some(visited_at) = folded.more.first_attempt_at.at() {
            Progress::Visited {
                at: visited_at,
                is_late: folded.promised.map(|promised| visited_at > promised.latest),
                off: stated_first(folded).map(|window| off(visited_at, window)),
            }
        } else {
            let stage = Stage::of(Whereabouts {
                status: folded.status,
                code: folded.code,
                is_at_origin: folded.spot.town == folded.origin.town,
                is_near: here == destination && !folded.spot.is_unknown(),
            });
            let since = folded.status_since.max(folded.spot_since).max(handed_at);
            stage.map_or(Progress::Gone, |stage| {
                let scanned = folded.last_scan_at.filter(|_| stage.begins_with_scan());
                Progress::In(stage, scanned.map_or(since, |scanned| since.max(scanned)))
            })
        };
        Some(Self {
            lane: Lane {
                carrier,
                service: folded.service,
                origin,
                destination,
            },
            handed_at,
            progress,
        })
    }

    /// Whether its first visit is waited for: for so long that it is not lost.
    pub(crate) fn is_awaited(&self, now: Timestamp) -> bool {
        self.standing().is_some() && now.since(self.handed_at) < AWAITED_MS
    }

    /// Where it stands; `None` after the first visit.
    pub(super) fn standing(&self) -> Option<Standing> {
        match self.progress {
            Progress::In(stage, since) => Some(Standing {
                stage,
                since,
                handed_at: self.handed_at,
            }),
            Progress::Visited { .. } | Progress::Gone => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_a_visit_is_outside_a_window() {
        let hour = |hour: i64| Timestamp::from_millis(hour * 60 * MINUTE_MS);
        let window = Window {
            from: hour(10),
            until: hour(12),
            latest: hour(24),
        };
        let all = [9, 10, 11, 24, 26, 10_000].map(|at| off(hour(at), window));
        assert_eq!(all, [-60, 0, 0, 0, 120, 100_000]);
    }
}
