//! Applying a scan: the ordinary one is appended and stepped; a late, repeated, corrected or withdrawn one folds its
//! shipment again from the set.

use crate::gather::{Gathered, gather};
use crate::intern::{Texts, Towns};
use crate::lists::Lists;
use crate::packed::{SCAN_UNIT, pack, pack_all, unpack};
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
    packed: Vec<u8>,
    records: Vec<Record>,
    /// What the last refolded shipment's set says.
    pub(crate) gathered: Gathered,
}

/// Applies one record to its shipment.
pub(crate) fn apply(
    shipment: &mut Shipment,
    record: &Record,
    (scans, scratch): (&mut Lists<u8, SCAN_UNIT>, &mut Scratch),
    (texts, towns): (&Texts, &Towns),
) -> Applied {
    let in_order = shipment.folded.records == 0 || record.point() > shipment.folded.last_heard_at;
    let steps = shipment.steps_suffice && in_order && !asks_for_the_set(shipment, record);
    if !steps {
        unpack(scans.get(shipment.scans), &mut scratch.records);
        match said_before(&mut scratch.records, record) {
            None => {}
            Some(Said::Later) => return Applied::Repeat,
            Some(Said::Earlier) => {
                scratch.packed.clear();
                pack_all(&scratch.records, &mut scratch.packed);
                if !scans.replace(&mut shipment.scans, &scratch.packed) {
                    return Applied::Full;
                }
                scratch.gathered = gather(core::mem::take(&mut scratch.records), texts, towns);
                refold(shipment, &scratch.gathered);
                return Applied::Refolded;
            }
        }
    }
    scratch.packed.clear();
    pack(record, scans.get(shipment.scans), &mut scratch.packed);
    if !scans.append(&mut shipment.scans, &scratch.packed) {
        return Applied::Full;
    }
    if steps {
        let country = towns.get(record.spot.town).country;
        shipment.folded.step(record, country, true);
        return Applied::InOrder;
    }
    scratch.records.push(*record);
    scratch.gathered = gather(core::mem::take(&mut scratch.records), texts, towns);
    refold(shipment, &scratch.gathered);
    Applied::Refolded
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
        **kept == at_that_time
    };
    let kept = known.iter_mut().find(same)?;
    if kept.recorded_at >= record.recorded_at {
        return Some(Said::Later);
    }
    kept.recorded_at = record.recorded_at;
    Some(Said::Earlier)
}

/// Takes over what a whole fold found.
pub(crate) fn refold(shipment: &mut Shipment, gathered: &Gathered) {
    shipment.steps_suffice = gathered.steps_suffice;
    if let Some(newest) = gathered.journeys.last() {
        shipment.folded = *newest;
    }
}

/// Whether a record must be seen together with all others, though it came last.
fn asks_for_the_set(shipment: &Shipment, record: &Record) -> bool {
    let folded = &shipment.folded;
    if folded.records == 0 {
        return record.retracts != 0 || !record.next_tracking_number.is_empty();
    }
    let other_shipment = (!record.carrier_shipment_id.is_empty()
        && !folded.carrier_shipment_id.is_empty()
        && record.carrier_shipment_id != folded.carrier_shipment_id)
        || (record.shipped_on.is_some() && folded.shipped_on.is_some() && record.shipped_on != folded.shipped_on);
    let may_begin_anew = matches!(
        record.status,
        Some(Status::Created | Status::Announced | Status::Accepted)
    ) && record.point().since(folded.first_heard_at) >= 60 * DAY_MS;
    record.wall_seconds() <= folded.last_wall_seconds
        || record.retracts != 0
        || !record.next_tracking_number.is_empty()
        || (record.kind.is_physical() && folded.scans > 0 && record.leg_carrier != folded.leg_carrier)
        || other_shipment
        || may_begin_anew
}
