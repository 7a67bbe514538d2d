//! What rows have elsewhere: what shipments on their last stretch have, in short or in full, and shipments that do not fit a
//! row at all.

use crate::brief::Brief;
use crate::fold::Folded;
use crate::more::More;
use crate::pages::Slab;
use crate::places::{PlaceId, Places};
use crate::table::Shipment;
use milepost_model::Timestamp;

/// What a row has elsewhere: one of these or nothing.
pub(crate) mod kind {
    /// A [`super::Stated`].
    pub(crate) const STATED: u8 = 0b001;
    /// A [`super::Brief`].
    pub(crate) const BRIEF: u8 = 0b010;
    /// A [`super::More`].
    pub(crate) const MORE: u8 = 0b011;
    /// The whole shipment: a bit of its own.
    pub(crate) const WHOLE: u8 = 0b100;
    /// The bits in which one of these stands, or 0 for nothing.
    pub(crate) const BITS: u8 = 0b111;
}

/// Where a row has something elsewhere, and of which kind; where it has nothing, its first scan stands in the place's stead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) kind: u8,
    pub(crate) place: u32,
}

/// A parcel of which nothing more is known than where it is to go.
#[derive(Clone, Copy, Debug)]
struct Stated {
    /// When it was scanned first, as in a row.
    first_scan: u32,
    destination: PlaceId,
}

#[derive(Debug, Default)]
pub(crate) struct Elsewhere {
    stated: Slab<Stated>,
    briefs: Slab<Brief>,
    /// With the first scan, whose room in the row the place takes.
    more: Slab<(More, u32)>,
    /// With the instant as of which it was judged.
    whole: Slab<(Folded, Timestamp)>,
}

impl Elsewhere {
    /// Words of what a row has elsewhere, to have it near.
    #[inline]
    pub(crate) fn touch(&self, slot: Slot) -> u32 {
        match slot.kind {
            0 => 0,
            kind::BRIEF => self.briefs.get(slot.place).map_or(0, Brief::touch),
            _ => self.touch_other(slot),
        }
    }

    #[inline(never)]
    fn touch_other(&self, slot: Slot) -> u32 {
        match slot.kind {
            kind::STATED => self.stated.get(slot.place).map_or(0, |stated| stated.first_scan),
            kind::MORE => self
                .more
                .get(slot.place)
                .map_or(0, |(more, first)| more.touch() ^ first),
            _ => self.whole.get(slot.place).map_or(0, |(whole, _)| whole.records),
        }
    }

    /// A shipment that is kept whole, and when it was judged.
    pub(crate) fn whole(&self, slot: Slot) -> Option<&(Folded, Timestamp)> {
        self.whole.get(slot.place).filter(|_| slot.kind == kind::WHOLE)
    }

    /// Loads what the row does not have into what it has; gives the first scan.
    #[inline]
    pub(crate) fn load(&self, slot: Slot, first: Timestamp, folded: &mut Folded, places: &Places) -> u32 {
        if slot.kind == 0 {
            if folded.has_more {
                // What was loaded before had something to tell there.
                folded.more = More::NONE;
                folded.has_more = false;
            }
            return slot.place;
        }
        folded.has_more = true;
        if slot.kind == kind::STATED
            && let Some(stated) = self.stated.get(slot.place)
        {
            folded.more = More {
                stated: places.get(stated.destination),
                stated_place: stated.destination,
                ..More::NONE
            };
            return stated.first_scan;
        }
        if slot.kind == kind::BRIEF
            && let Some(brief) = self.briefs.get(slot.place)
        {
            brief.tell(&mut folded.more, first, places);
            return brief.first_scan;
        }
        let (more, first_scan) = self.more.get(slot.place).copied().unwrap_or((More::NONE, 0));
        folded.more = more;
        first_scan
    }

    /// Keeps what a row does not hold, given its first scan, or none where it cannot hold the shipment.
    #[inline]
    pub(crate) fn keep(&mut self, before: Slot, first_scan: Option<u32>, shipment: &Shipment) -> Slot {
        match first_scan {
            Some(place) if before.kind == 0 && !shipment.folded.has_more => Slot { kind: 0, place },
            _ => self.keep_something(before, first_scan, shipment),
        }
    }

    fn keep_something(&mut self, before: Slot, first_scan: Option<u32>, shipment: &Shipment) -> Slot {
        let folded = &shipment.folded;
        let Some(first_scan) = first_scan else {
            let whole = (*folded, shipment.judged_at);
            return self.put(before, kind::WHOLE, |all, place| all.whole.put_at(place, whole));
        };
        if !folded.has_more {
            self.remove(before);
            return Slot {
                kind: 0,
                place: first_scan,
            };
        }
        if folded.more.is_stated_only() {
            let stated = Stated {
                first_scan,
                destination: folded.more.stated_place,
            };
            return self.put(before, kind::STATED, |all, place| all.stated.put_at(place, stated));
        }
        match Brief::of(&folded.more, first_scan, folded.first_heard_at) {
            Some(brief) => self.put(before, kind::BRIEF, |all, place| all.briefs.put_at(place, brief)),
            None => {
                let more = (folded.more, first_scan);
                self.put(before, kind::MORE, |all, place| all.more.put_at(place, more))
            }
        }
    }

    /// Puts something where the same kind was before, or in a new place.
    fn put(&mut self, before: Slot, kind: u8, put: impl FnOnce(&mut Self, Option<u32>) -> u32) -> Slot {
        let place = (before.kind == kind).then_some(before.place);
        if place.is_none() {
            self.remove(before);
        }
        Slot {
            kind,
            place: put(self, place),
        }
    }

    fn remove(&mut self, slot: Slot) {
        match slot.kind {
            kind::STATED => self.stated.remove(slot.place),
            kind::BRIEF => self.briefs.remove(slot.place),
            kind::MORE => self.more.remove(slot.place),
            kind::WHOLE => self.whole.remove(slot.place),
            _ => {}
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.stated.memory_bytes() + self.briefs.memory_bytes() + self.more.memory_bytes() + self.whole.memory_bytes()
    }
}
