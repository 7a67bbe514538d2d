//! Reading a shard: its shipments, scans and delays, one after the other, in order of first appearance.

use crate::episode::{Episode, Phase};
use crate::facts::ShipmentView;
use crate::gather::{Placed, gather};
use crate::order_id::OrderText;
use crate::shard::Shard;
use crate::table::{Key, RowId};
use alloc::string::String;
use core::cell::OnceCell;
use milepost_model::{Delay, Health, Scan, Timestamp, TrackingNumber};
use milepost_rules::RuleKind;

/// A scan as kept, with what the fold made of it.
#[derive(Clone, Copy, Debug)]
pub struct KeptScan<'a> {
    /// The scan. Ids of events are kept as hashes only, so `event_id` and `retracts` are empty.
    pub scan: Scan<'a>,
    /// Journey under its number.
    pub epoch: u16,
    /// It moved or repeated the status.
    pub counted: bool,
    /// It was withdrawn by its source.
    pub retracted: bool,
}

/// Room for what is not kept as a text.
#[derive(Default)]
struct Room {
    postal_code: [u8; 8],
    destination_code: [u8; 8],
    order: OnceCell<OrderText>,
}

impl Shard {
    /// Shows every shipment as of `now`, recycled numbers with one row per journey.
    pub fn each_shipment(&self, now: Timestamp, show: &mut dyn FnMut(&ShipmentView<'_>)) {
        self.each_journey(now, &mut |journey| show(&journey.view));
    }

    /// Shows every distinct scan in the order of the fold, withdrawn ones after them.
    pub fn each_scan(&self, show: &mut dyn FnMut(&KeptScan<'_>)) {
        for row in self.table.rows() {
            let key = self.table.key(row, &self.senders);
            let Some(number) = key.number(|id| self.texts.get(id)) else {
                continue;
            };
            let gathered = self.gather(&self.load(row));
            for placed in &gathered.placed {
                show(&self.kept((key, number), placed, false, &mut Room::default()));
            }
            for record in &gathered.withdrawn {
                let before = gathered
                    .placed
                    .iter()
                    .rev()
                    .find(|kept| kept.record.point() <= record.point());
                let placed = Placed {
                    record: *record,
                    epoch: before.map_or(0, |kept| kept.epoch),
                    delivers: false,
                    counted: false,
                    withdraws: false,
                };
                show(&self.kept((key, number), &placed, true, &mut Room::default()));
            }
        }
    }

    /// Whether a rule opens delays; a rule that only notifies does not, one that is gone may have.
    #[must_use]
    pub fn opens_delays(&self, rule: &str) -> bool {
        let rules = self.judge.rules().rules();
        rules
            .iter()
            .find(|known| known.name == rule)
            .is_none_or(|known| known.kind == RuleKind::Delay)
    }

    /// Shows every episode that opened, with the words that were true then.
    pub fn each_delay(&self, show: &mut dyn FnMut(&ShipmentView<'_>, u16, &Delay)) {
        for row in self.table.rows() {
            let (key, shipment) = (self.table.key(row, &self.senders), self.load(row));
            let episodes = self.episodes.get(shipment.episodes);
            let words = (&self.texts, &self.towns);
            let view = ShipmentView::new(key, &shipment.folded, Health::Ok, self.now, words);
            for episode in episodes.iter().filter(|episode| episode.is_shown()) {
                let delay = Delay {
                    rule: self.judge.names.name(episode.name).into(),
                    episode: u32::from(episode.number),
                    opened_at: episode.since,
                    closed: (episode.phase == Phase::Closed).then_some((episode.closed_at, episode.ending)),
                    health: episode.health,
                    because: self.because(row, key, episode),
                };
                show(&view, episode.epoch, &delay);
            }
        }
    }

    /// Why an episode opened: the rule's words over the row as it was at that instant.
    fn because(&self, row: RowId, key: Key, episode: &Episode) -> String {
        let mut because = String::new();
        let rules = self.judge.rules();
        let rule = self
            .judge
            .names
            .rule_of(episode.name)
            .and_then(|rule| rules.rules().get(usize::from(rule)));
        let Some(rule) = rule else { return because };
        let mut records = self.records(&self.load(row));
        records.retain(|record| record.point() <= episode.since);
        let gathered = gather(records, &self.texts, &self.towns);
        if let Some(folded) = gathered
            .journeys
            .iter()
            .find(|folded| folded.more.epoch == episode.epoch)
        {
            let words = (&self.texts, &self.towns);
            rule.because.render(
                &ShipmentView::new(key, folded, episode.health, episode.since, words),
                &mut because,
            );
        }
        because
    }

    fn kept<'a>(
        &'a self,
        (key, number): (Key, TrackingNumber),
        placed: &Placed,
        retracted: bool,
        room: &'a mut Room,
    ) -> KeptScan<'a> {
        let record = &placed.record;
        let text = |id| self.texts.get(id);
        let scan = Scan {
            number,
            carrier: text(key.carrier),
            event_id: "",
            leg_carrier: text(record.leg_carrier),
            service: text(record.service),
            order_id: record.order_id.text(&self.texts, &room.order),
            merchant: text(record.merchant),
            source: text(record.source),
            kind: record.kind,
            status: record.status,
            code: record.code,
            carrier_code: text(record.carrier_code),
            reason: record.reason,
            time: record.time,
            recorded_at: record.recorded_at,
            place: record.spot.texts(&self.texts, &self.towns, &mut room.postal_code),
            destination: record
                .destination
                .texts(&self.texts, &self.towns, &mut room.destination_code)
                .known(),
            promised: record.promised,
            estimated: record.estimated,
            estimate_source: record.estimate_source(),
            pickup_until: record.pickup_until,
            attempt: record.attempt,
            message: text(record.message),
            signed_by: text(record.signed_by),
            next_carrier: text(record.next_carrier),
            next_tracking_number: text(record.next_tracking_number),
            carrier_shipment_id: text(record.carrier_shipment_id),
            shipped_on: record.shipped_on,
            retracts: "",
            coordinates: record
                .coordinates
                .map(|(lat, lon)| (f64::from(lat) / 1e6, f64::from(lon) / 1e6)),
        };
        KeptScan {
            scan,
            epoch: placed.epoch,
            counted: placed.counted,
            retracted,
        }
    }
}
