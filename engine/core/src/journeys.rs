//! Reading a shard: its journeys with the episodes that rules made of them, for those who measure what rules do.

use crate::episode::{Episode, Phase};
use crate::facts::ShipmentView;
use crate::gather::Gathered;
use crate::health;
use crate::judge::worst;
use crate::record::Record;
use crate::shard::Shard;
use crate::table::RowId;
use core::cell::{OnceCell, RefCell};
use milepost_model::{Code, EstimateSource, Health, Status, Timestamp, Window};

/// One journey under a tracking number, as of an instant.
pub struct Journey<'a> {
    /// Its row.
    pub view: ShipmentView<'a>,
    shard: &'a Shard,
    row: RowId,
    /// Of all journeys under the number.
    episodes: &'a [Episode],
    gathered: &'a OnceCell<Gathered>,
}

/// An episode that opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opened {
    /// Place of its rule in the set in force.
    pub rule: usize,
    /// 1 for the first of this tracking number and rule: where one is missing, it was forgotten.
    pub number: u16,
    /// Since when the condition holds.
    pub opened_at: Timestamp,
    /// When it closed.
    pub closed_at: Option<Timestamp>,
    /// Whether its opening was told.
    pub told: bool,
}

impl Shard {
    /// Shows every journey as of `now`, recycled numbers with one row per journey.
    pub fn each_journey(&self, now: Timestamp, show: &mut dyn FnMut(&Journey<'_>)) {
        let chances = RefCell::default();
        for row in self.table.rows() {
            let (key, shipment) = (self.table.key(row, &self.senders), self.load(row));
            let (newest, gathered) = (&shipment.folded, OnceCell::new());
            let episodes = self.episodes.get(shipment.episodes);
            let words = (&self.texts, &self.towns);
            let journey = |view| Journey {
                view,
                shard: self,
                row,
                episodes,
                gathered: &gathered,
            };
            if newest.more.epoch > 0 {
                let all = &gathered.get_or_init(|| self.gather(&shipment)).journeys;
                for folded in all.iter().filter(|folded| folded.more.epoch < newest.more.epoch) {
                    show(&journey(
                        ShipmentView::new(key, folded, Health::Ok, now, words).knowing(self.learned(&chances)),
                    ));
                }
            }
            let judged = worst(episodes, newest.more.epoch);
            show(&journey(
                ShipmentView::new(key, newest, judged, now, words).knowing(self.learned(&chances)),
            ));
        }
    }
}

impl Journey<'_> {
    /// The episodes that opened in it under rules of the set in force, in the order in which the engine knew of them.
    pub fn episodes(&self) -> impl Iterator<Item = Opened> {
        let names = &self.shard.judge.names;
        let opened = self.episodes.iter().filter(|episode| {
            // What is pending has not opened.
            episode.phase != Phase::Pending && episode.epoch == self.view.epoch()
        });
        opened.filter_map(|episode| {
            Some(Opened {
                rule: usize::from(names.rule_of(episode.name)?),
                number: episode.number,
                opened_at: episode.since,
                closed_at: (episode.phase == Phase::Closed).then_some(episode.closed_at),
                told: episode.told,
            })
        })
    }

    /// When it was first heard of.
    #[must_use]
    pub fn first_heard_at(&self) -> Timestamp {
        self.view.folded.first_heard_at
    }

    /// When it was last heard of.
    #[must_use]
    pub fn last_heard_at(&self) -> Timestamp {
        self.view.folded.last_heard_at
    }

    /// When the carrier first said that something is wrong: an exception, a notice of a delay, or a window of its own
    /// that ends after the promise. Records that were withdrawn do not count.
    #[must_use]
    pub fn carrier_warned_at(&self) -> Option<Timestamp> {
        let gather = || self.shard.gather(&self.shard.load(self.row));
        let placed = &self.gathered.get_or_init(gather).placed;
        let here = placed.iter().filter(|place| place.epoch == self.view.epoch());
        let promised = self.view.folded.promised;
        here.map(|place| &place.record)
            .find(|record| warns(record, promised))
            .map(Record::point)
    }
}

fn warns(record: &Record, promised: Option<Window>) -> bool {
    let estimated = record
        .estimated
        .filter(|_| record.estimate_source() == EstimateSource::Carrier);
    record.status == Some(Status::Exception)
        || record.code == Code::Delayed
        || estimated
            .zip(promised)
            .is_some_and(|(estimated, promised)| health::is_beyond(estimated, promised))
}
