//! A shard and learned lanes: it counts its parcels' passages, and asks what was learned about one of them.

use super::Shard;
use crate::facts::ShipmentView;
use crate::lanes::{Counted, Forecast, Lanes, Learned, Passage, Tally};
use crate::table::{RowId, Shipment};
use alloc::sync::Arc;
use milepost_model::{Health, Timestamp};

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

    /// From here on it goes by this table. Whoever waits to be looked at since the rules changed is looked at by the one before:
    /// when that is done must not show.
    pub fn handle_lanes(&mut self, lanes: &Arc<Lanes>) {
        self.finish_switch();
        self.lanes = Arc::clone(lanes);
        if let Some(tally) = &mut self.tally {
            tally.find_in(lanes);
        }
    }

    /// A restored shard goes on by the table that it went by when it was saved.
    pub fn restore_lanes(&mut self, lanes: &Arc<Lanes>) {
        self.lanes = Arc::clone(lanes);
    }

    /// The table by which it goes.
    #[must_use]
    pub fn lanes(&self) -> &Arc<Lanes> {
        &self.lanes
    }

    /// What it knows of lanes.
    pub(crate) fn learned(&self) -> Learned<'_> {
        Learned {
            lanes: &self.lanes,
            tally: self.tally.as_ref(),
        }
    }

    /// The passage that a row tells of, where passages are counted.
    pub(super) fn passage(&self, shipment: &Shipment, carrier: crate::intern::TextId) -> Option<Passage> {
        self.tally.as_ref()?;
        Passage::of(&shipment.folded, carrier, &self.towns)
    }

    /// Counts what a row says now in place of what it said before.
    pub(super) fn count(&mut self, before: Option<&Passage>, after: Option<&Passage>) {
        if let Some(tally) = &mut self.tally {
            tally.change(before, after, &self.texts);
        }
    }

    /// When a parcel of this shard will come, by what was learned; `None` before it was handed over and after the first visit.
    #[must_use]
    pub fn forecast(&self, view: &ShipmentView<'_>, lanes: &Lanes) -> Option<Forecast> {
        let passage = Passage::of(view.folded, view.key.carrier, &self.towns)?;
        passage.forecast(
            &self.texts,
            lanes,
            view.now,
            view.folded.promised.map(|window| window.latest),
        )
    }

    /// Shows the newest journey of the shipment that appeared after so many others, as of `now`; whether there is one.
    pub fn shipment(&self, place: u32, now: Timestamp, show: &mut dyn FnMut(&ShipmentView<'_>)) -> bool {
        if place as usize >= self.len() {
            return false;
        }
        let row = RowId(place);
        let (key, shipment) = (self.table.key(row, &self.senders), self.load(row));
        let words = (&self.texts, &self.towns);
        show(&ShipmentView::new(key, &shipment.folded, Health::Ok, now, words));
        true
    }
}
