//! A shard and learned lanes: it counts its parcels' passages, and asks what was learned about one of them.

use super::Shard;
use crate::facts::ShipmentView;
use crate::lanes::{Chances, Counted, InForce, Lanes, Learned, Outlook, Passage, Prospect, Tally};
use crate::table::{RowId, Shipment};
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::cell::RefCell;
use milepost_model::{Health, Status, Timestamp, TrackingNumber, Window};

impl Shard {
    /// The same shard, which counts the passages of its parcels from here on.
    #[must_use]
    pub fn learning(mut self) -> Self {
        self.tally = Some(Tally::new(self.seed));
        self
    }

    /// Takes out what was counted since it was taken last, for [`Learning::pass_hour`](crate::Learning::pass_hour); nothing,
    /// where nothing is counted.
    pub fn take_counted(&mut self) -> Counted {
        self.tally.as_mut().map(Tally::take).unwrap_or_default()
    }

    /// An hour began; from here on it goes by this table. Whoever waits to be looked at since the rules changed is looked at by
    /// the one before: when that is done must not show.
    pub fn handle_lanes(&mut self, lanes: &Arc<Lanes>, at: Timestamp) {
        self.finish_switch();
        self.in_force = InForce::new(lanes);
        if let Some(tally) = &mut self.tally {
            tally.find_in(lanes);
            tally.watch.choose(lanes);
            self.keep_watch(at);
        }
    }

    /// A restored shard goes on by the table that it went by when it was saved.
    pub fn restore_lanes(&mut self, lanes: &Arc<Lanes>) {
        self.in_force = InForce::new(lanes);
        if let Some(tally) = &mut self.tally {
            tally.watch.choose(lanes);
        }
    }

    /// Holds what was stated of parcels against what became of them, and states anew.
    fn keep_watch(&mut self, at: Timestamp) {
        let Some(tally) = &mut self.tally else { return };
        let mut watch = core::mem::take(&mut tally.watch);
        let chances = RefCell::new(core::mem::take(&mut self.in_force.chances));
        watch.look_back(at, |row, epoch| self.fate(row, epoch));
        watch.look_ahead(at, |row| self.lane(row), |row| self.outlook(row, at, &chances));
        self.in_force.chances = chances.into_inner();
        if let Some(tally) = &mut self.tally {
            tally.watch = watch;
        }
    }

    fn known(&self, row: u32) -> Option<Shipment> {
        ((row as usize) < self.len()).then(|| self.load(RowId(row)))
    }

    /// When a journey was visited first; `None` where it was called off, or the number is another's by now.
    fn fate(&self, row: u32, epoch: u16) -> Option<Option<Timestamp>> {
        let folded = self.known(row)?.folded;
        let counts = folded.more.epoch == epoch && folded.status != Status::Cancelled;
        counts.then(|| folded.more.first_attempt_at.at())
    }

    /// The number here of the lane on which a parcel is.
    fn lane(&self, row: u32) -> Option<u32> {
        let (shipment, key) = (self.known(row)?, self.table.key(RowId(row), &self.senders));
        let passage = Passage::of(&shipment.folded, key.carrier, &self.towns)?;
        self.tally.as_ref()?.number(&passage)
    }

    /// What is to be said of a parcel as an hour begins; `None` of one that is not under way.
    fn outlook(&self, row: u32, at: Timestamp, chances: &RefCell<Chances>) -> Option<Outlook> {
        let shipment = self.known(row)?;
        let (folded, key) = (&shipment.folded, self.table.key(RowId(row), &self.senders));
        let passage = Passage::of(folded, key.carrier, &self.towns).filter(|passage| passage.is_awaited(at))?;
        let promised = folded.promised.map(|window| window.latest);
        let prospect = Prospect::new(self.learned(chances), &self.texts, passage, promised, None);
        let prospect = prospect.as_ref();
        let number = key.number(|id| self.texts.get(id))?;
        Some(Outlook {
            epoch: folded.more.epoch,
            stated: promised.zip(prospect.and_then(|prospect| prospect.stated(at))),
            marks: prospect.and_then(|prospect| prospect.marks(at, &number)).map(Box::new),
        })
    }

    /// The table by which it goes.
    #[must_use]
    pub fn lanes(&self) -> &Arc<Lanes> {
        self.in_force.lanes()
    }

    /// What it knows of lanes.
    pub(crate) fn learned<'a>(&'a self, chances: &'a RefCell<Chances>) -> Learned<'a> {
        Learned {
            lanes: self.in_force.lanes(),
            tally: self.tally.as_ref(),
            chances,
        }
    }

    /// The passage that a row tells of, where passages are counted.
    pub(super) fn passage(&self, shipment: &Shipment, carrier: crate::intern::TextId) -> Option<Passage> {
        self.tally.as_ref()?;
        Passage::of(&shipment.folded, carrier, &self.towns)
    }

    /// Counts what a row says now in place of what it said before.
    pub(super) fn count(
        &mut self,
        (before, after): (Option<&Passage>, Option<&Passage>),
        promised: Option<Window>,
        row: RowId,
        number: &TrackingNumber,
    ) {
        if let Some(tally) = &mut self.tally {
            tally.change(before, after, &self.texts);
            if let (None, Some(passage)) = (before, after) {
                tally.watch.begin(row.0, number);
                if let Some(promised) = promised {
                    tally.promise(passage, promised, &self.texts);
                }
            }
        }
    }

    /// Shows the newest journey of the shipment that appeared after so many others, as of `now`; whether there is one.
    pub fn shipment(&mut self, place: u32, now: Timestamp, show: &mut dyn FnMut(&ShipmentView<'_>)) -> bool {
        if place as usize >= self.len() {
            return false;
        }
        let row = RowId(place);
        let (key, shipment) = (self.table.key(row, &self.senders), self.load(row));
        let words = (&self.texts, &self.towns);
        let chances = RefCell::new(core::mem::take(&mut self.in_force.chances));
        let view = ShipmentView::new(key, &shipment.folded, Health::Ok, now, words);
        show(&view.knowing(self.learned(&chances)));
        self.in_force.chances = chances.into_inner();
        true
    }
}
