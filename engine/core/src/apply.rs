//! Applying a scan: the ordinary one is appended and stepped; a late, repeated, corrected or withdrawn one folds its
//! shipment again from the set.

use crate::chains::{Chain, Chains};
use crate::fold::Folded;
use crate::gather::{Gathered, gather};
use crate::groups::{Sender, SenderId, Senders, Tables, Towns};
use crate::intern::Texts;
use crate::packed::{Before, Packed, is_among, unpack};
use crate::places::{PlaceId, Places};
use crate::record::Record;
use crate::table::Shipment;
use alloc::vec::Vec;
use milepost_model::{DAY_MS, Status};

/// What a scan did to its shipment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Applied {
    /// It was known: nothing changed.
    Repeat,
    /// It came after all that was known, and the fold went one step on.
    InOrder,
    /// The fold began anew: the scan sorted between or before known ones, corrected or withdrew one, began a new leg or
    /// a new journey.
    Refolded,
    /// The shipment has too many scans already: nothing changed.
    Full,
}

/// Room to work in, kept between scans.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    packed: Packed,
    bytes: Vec<u8>,
    records: Vec<Record>,
    /// What the last refolded shipment's set says.
    pub(crate) gathered: Gathered,
}

/// Where a shipment's scans are kept, and what their ids mean.
pub(crate) struct Shelf<'s> {
    pub(crate) scans: &'s mut Chains,
    pub(crate) scratch: &'s mut Scratch,
    pub(crate) senders: &'s mut Senders,
    pub(crate) places: &'s mut Places,
    pub(crate) words: (&'s Texts, &'s Towns),
}

impl Shelf<'_> {
    /// The records of a shipment in order of arrival, in the scratch.
    fn read(&mut self, scans: &Chain) {
        self.scans.read(scans, &mut self.scratch.bytes);
        let tables = Tables {
            senders: self.senders,
            places: self.places,
        };
        unpack(&self.scratch.bytes, tables, &mut self.scratch.records);
    }

    fn rewrite(&mut self, scans: &mut Chain) -> bool {
        let Scratch {
            packed, bytes, records, ..
        } = &mut *self.scratch;
        bytes.clear();
        let mut before = Before::default();
        for record in records.iter() {
            bytes.extend_from_slice(packed.pack(record, &before));
            before = before.after(record);
        }
        self.scans.replace(scans, bytes)
    }

    fn refold(&mut self, shipment: &mut Shipment, sender: SenderId) -> Applied {
        let records = core::mem::take(&mut self.scratch.records);
        let before = Before::after_all(&records);
        self.scratch.gathered = gather(records, self.words.0, self.words.1);
        refold(shipment, &self.scratch.gathered, self.places);
        settle_sender(shipment, sender, self.senders);
        shipment.last = before.last;
        shipment.tail_told = before == shipment.before();
        Applied::Refolded
    }
}

/// Applies one record to its shipment.
pub(crate) fn apply(shipment: &mut Shipment, record: &Record, shelf: &mut Shelf<'_>) -> Applied {
    let steps = is_next(shipment, record);
    if !steps {
        shelf.read(&shipment.scans);
        match said_before(&mut shelf.scratch.records, record) {
            None => {}
            Some(Said::Later) => return Applied::Repeat,
            Some(Said::Earlier) => {
                if !shelf.rewrite(&mut shipment.scans) {
                    return Applied::Full;
                }
                return shelf.refold(shipment, record.sender);
            }
        }
    }
    if steps && !shipment.tail_told {
        shelf.read(&shipment.scans);
    }
    let before = if shipment.tail_told {
        shipment.before()
    } else {
        Before::after_all(&shelf.scratch.records)
    };
    let packed = shelf.scratch.packed.pack(record, &before);
    if !shelf.scans.append(&mut shipment.scans, packed) {
        return Applied::Full;
    }
    if !steps {
        shelf.scratch.records.push(*record);
        return shelf.refold(shipment, record.sender);
    }
    let towns = shelf.words.1;
    let country = towns.get(record.spot.town).country;
    shipment.folded.step(record, (country, towns), true);
    let mut destination_is_told = true;
    if record.destination_place != PlaceId::UNKNOWN {
        number_destination(&mut shipment.folded, shelf.places);
        destination_is_told = shipment.folded.more.stated_place == record.destination_place;
    }
    // What the row says of its sender already holds of a record from the same.
    if record.sender != shipment.sender {
        settle_sender(shipment, record.sender, shelf.senders);
    }
    shipment.last = shelf.scratch.packed.last();
    let is_told = |shipment: &Shipment| before.after(record) == shipment.before();
    // Where the row told what the record before said, it tells the rest of this one too: it was folded last.
    let time_and_sender = shipment.folded.last_heard_at == record.time.base && shipment.sender == record.sender;
    shipment.tail_told = time_and_sender && destination_is_told && (shipment.tail_told || is_told(shipment));
    debug_assert_eq!(shipment.tail_told, is_told(shipment), "the row tells it");
    Applied::InOrder
}

/// Makes a shipment anew from its packed scans; `false` when they are too many, or hold what no scan can.
pub(crate) fn restore(shipment: &mut Shipment, packed: &[u8], shelf: &mut Shelf<'_>) -> bool {
    let tables = Tables {
        senders: shelf.senders,
        places: shelf.places,
    };
    let are_possible = unpack(packed, tables, &mut shelf.scratch.records);
    if !are_possible || !shelf.scans.replace(&mut shipment.scans, packed) {
        return false;
    }
    shipment.folded = Folded::NEW;
    shipment.steps_suffice = true;
    let last = shelf
        .scratch
        .records
        .last()
        .map_or(shipment.sender, |record| record.sender);
    // Nearly all came in order, and are folded without a look at the set.
    let records = core::mem::take(&mut shelf.scratch.records);
    let in_order = records.iter().all(|record| {
        let steps = is_next(shipment, record);
        if steps {
            let towns = shelf.words.1;
            let country = towns.get(record.spot.town).country;
            shipment.folded.step(record, (country, towns), true);
        }
        steps
    });
    shelf.scratch.records = records;
    if in_order {
        number_destination(&mut shipment.folded, shelf.places);
        settle_sender(shipment, last, shelf.senders);
        let before = Before::after_all(&shelf.scratch.records);
        shipment.last = before.last;
        shipment.tail_told = before == shipment.before();
    } else {
        shelf.refold(shipment, last);
    }
    true
}

/// Whether a record may be added to what was folded by itself.
#[inline]
fn is_next(shipment: &Shipment, record: &Record) -> bool {
    let in_order = shipment.folded.records == 0 || record.point() > shipment.folded.last_heard_at;
    in_order && shipment.steps_suffice && !asks_for_the_set(shipment, record)
}

/// Names a sender that is of the service and the merchant that the fold found, the last one if it can be.
pub(crate) fn settle_sender(shipment: &mut Shipment, last: SenderId, senders: &mut Senders) {
    let (merchant, service) = (shipment.folded.merchant, shipment.folded.service);
    let fits = |sender: Sender| sender.merchant == merchant && sender.service == service;
    if fits(senders.get(last)) {
        shipment.sender = last;
    } else if !fits(senders.get(shipment.sender)) {
        let carrier = senders.get(shipment.sender).carrier;
        shipment.sender = senders.intern(Sender {
            carrier,
            service,
            merchant,
            ..Sender::default()
        });
    }
}

/// Whether one of a shipment's records says the same, and was written down no earlier: [`said_before`], without making records of
/// all of them.
pub(crate) fn is_known(shipment: &Shipment, record: &Record, scans: &Chains, scratch: &mut Scratch) -> bool {
    scans.read(&shipment.scans, &mut scratch.bytes);
    is_among(&scratch.bytes, record)
}

/// When the same was said before, by the time at which the carrier wrote it down.
enum Said {
    /// Now, or later than now: nothing is new.
    Later,
    /// Earlier: this saying stands in its place now.
    Earlier,
}

/// Whether a record says what a known one says. Feeds that send all they know at each push write the same down again and
/// again; only the last time counts, for the earlier ones add no field to it.
fn said_before(known: &mut [Record], record: &Record) -> Option<Said> {
    let same = |kept: &&mut Record| {
        let at_that_time = Record {
            recorded_at: kept.recorded_at,
            ..*record
        };
        **kept == at_that_time.marked()
    };
    let kept = known.iter_mut().find(same)?;
    if kept.recorded_at >= record.recorded_at {
        return Some(Said::Later);
    }
    kept.recorded_at = record.recorded_at;
    *kept = kept.marked();
    Some(Said::Earlier)
}

/// Takes over what a whole fold found.
fn refold(shipment: &mut Shipment, gathered: &Gathered, places: &mut Places) {
    shipment.steps_suffice = gathered.steps_suffice;
    if let Some(newest) = gathered.journeys.last() {
        shipment.folded = *newest;
    }
    // Versions that became one may have made a place of two.
    let folded = &mut shipment.folded;
    (folded.place, folded.origin_place) = (places.number(folded.spot), places.number(folded.origin));
    folded.more.destination_place = places.number(folded.more.destination);
    number_destination(folded, places);
}

/// Several records may state parts of one destination.
fn number_destination(folded: &mut Folded, places: &mut Places) {
    folded.more.stated_place = places.number(folded.more.stated);
}

/// Whether a record must be seen together with all others, though it came last.
fn asks_for_the_set(shipment: &Shipment, record: &Record) -> bool {
    let folded = &shipment.folded;
    if folded.records == 0 {
        return record.retracts != 0 || !record.next_tracking_number.is_empty();
    }
    let other_shipment = (!record.carrier_shipment_id.is_empty()
        && !folded.more.carrier_shipment_id.is_empty()
        && record.carrier_shipment_id != folded.more.carrier_shipment_id)
        || (record.shipped_on.is_some()
            && folded.more.shipped_on.is_some()
            && record.shipped_on != folded.more.shipped_on);
    let may_begin_anew = matches!(
        record.status,
        Some(Status::Created | Status::Announced | Status::Accepted)
    ) && record.point().since(folded.first_heard_at) >= 60 * DAY_MS;
    record.wall_seconds() <= folded.last_wall_seconds
        || record.retracts != 0
        || !record.next_tracking_number.is_empty()
        || (record.kind.is_physical() && folded.scans > 0 && record.leg_carrier != folded.more.leg_carrier)
        || other_shipment
        || may_begin_anew
}
