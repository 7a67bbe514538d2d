//! From the set of a shipment's records to its journeys: withdraw, merge versions, split epochs, order the legs, sort,
//! fold. The answer depends on the set alone, never on the order in which the records came.

use crate::flags::Flags;
use crate::fold::Folded;
use crate::groups::Towns;
use crate::intern::{TextId, Texts};
use crate::record::Record;
use alloc::vec::Vec;
use milepost_model::{Code, DAY_MS, Kind, Status, Timestamp};

/// A number may begin a new journey so long after a finished one.
const RECYCLED_AFTER_END_MS: i64 = 60 * DAY_MS;
/// A number may begin a new journey so long after one that was scanned but never finished.
const RECYCLED_AFTER_SCAN_MS: i64 = 180 * DAY_MS;

/// A record in its place in the fold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub(crate) record: Record,
    pub(crate) epoch: u16,
    /// The leg that this record belongs to is the last: only that one delivers.
    pub(crate) delivers: bool,
    /// Whether it moved or repeated the status.
    pub(crate) counted: bool,
    /// Whether it withdraws a record that was there.
    pub(crate) withdraws: bool,
}

/// What the set of records says.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// Every distinct record that was not withdrawn, in the order of the fold.
    pub(crate) placed: Vec<Placed>,
    /// Records that others withdrew.
    pub(crate) withdrawn: Vec<Record>,
    /// One row per journey under this number, the oldest first.
    pub(crate) journeys: Vec<Folded>,
    /// Later records may be added one by one: nothing in the set asks for a look at all of it.
    pub(crate) steps_suffice: bool,
}

/// Folds a set of records from scratch.
pub(crate) fn gather(mut records: Vec<Record>, texts: &Texts, towns: &Towns) -> Gathered {
    let mut gathered = Gathered::default();
    let withdraws = withdraw(&mut records, &mut gathered.withdrawn);
    merge_versions(&mut records, texts, towns);
    gathered.steps_suffice = !withdraws;
    records.sort_by(|a, b| a.compare(b, texts));
    let mut epochs = split_epochs(&records, texts, towns);
    for (epoch, journey) in epochs.iter_mut().enumerate() {
        let epoch = u16::try_from(epoch).unwrap_or(u16::MAX);
        let (legs, handed_on) = (order_legs(journey), is_handed_on(journey));
        let mut placed: Vec<Placed> = journey
            .iter()
            .map(|record| place(record, epoch, &legs, handed_on))
            .collect();
        for place in placed.iter_mut().filter(|place| place.record.retracts != 0) {
            let named = place.record.retracts;
            place.withdraws = gathered.withdrawn.iter().any(|record| record.event == named);
        }
        placed.sort_by(|a, b| a.record.compare(&b.record, texts));
        let mut folded = fold(&mut placed, epoch, towns);
        folded.legs = u8::try_from(legs.len()).unwrap_or(u8::MAX).max(1);
        gathered.steps_suffice &= legs.len() <= 1 && !handed_on;
        gathered.placed.append(&mut placed);
        gathered.journeys.push(folded);
    }
    gathered.steps_suffice &= gathered.journeys.len() <= 1;
    gathered
}

/// Removes every record that another withdraws; returns whether any record withdraws one, met or not yet come.
fn withdraw(records: &mut Vec<Record>, withdrawn: &mut Vec<Record>) -> bool {
    let named: Vec<u32> = records
        .iter()
        .map(|record| record.retracts)
        .filter(|id| *id != 0)
        .collect();
    if named.is_empty() {
        return false;
    }
    // What withdraws cannot be withdrawn: two that name each other would leave nothing to tell.
    let is_named = |record: &mut Record| record.event != 0 && record.retracts == 0 && named.contains(&record.event);
    withdrawn.extend(records.extract_if(.., is_named));
    for record in records.iter_mut().filter(|record| record.retracts != 0) {
        // The withdrawal itself is news, not a scan.
        record.kind = Kind::Notice;
        record.status = None;
    }
    true
}

/// Versions of one record become one: per field the value of the latest version that has it.
fn merge_versions(records: &mut Vec<Record>, texts: &Texts, towns: &Towns) {
    records.sort_by(|a, b| a.compare_key(b, texts).then_with(|| a.compare_version(b, texts, towns)));
    let mut merged: Vec<Record> = Vec::with_capacity(records.len());
    for record in records.iter() {
        match merged.last_mut() {
            Some(last) if record.is_repeat_of(last) => *last = record.over(last, towns),
            _ => merged.push(*record),
        }
    }
    *records = merged;
}

/// Numbers are recycled: splits the sorted records into journeys.
fn split_epochs(records: &[Record], texts: &Texts, towns: &Towns) -> Vec<Vec<Record>> {
    let mut journeys: Vec<Vec<Record>> = Vec::new();
    for record in records {
        let named = journeys.iter().position(|journey| names_same_shipment(journey, record));
        match (named, journeys.last_mut()) {
            (Some(at), _) => {
                if let Some(journey) = journeys.get_mut(at) {
                    journey.push(*record);
                }
            }
            (None, Some(journey)) if !begins_anew(journey, record, texts, towns) => journey.push(*record),
            (None, _) => journeys.push(alloc::vec![*record]),
        }
    }
    journeys
}

fn names_same_shipment(journey: &[Record], record: &Record) -> bool {
    let same_id = |kept: &Record| kept.carrier_shipment_id == record.carrier_shipment_id;
    let same_day = |kept: &Record| kept.shipped_on == record.shipped_on;
    (!record.carrier_shipment_id.is_empty() && journey.iter().any(same_id))
        || (record.carrier_shipment_id.is_empty() && record.shipped_on.is_some() && journey.iter().any(same_day))
}

fn begins_anew(journey: &[Record], record: &Record, texts: &Texts, towns: &Towns) -> bool {
    let differs = |known: &Record| {
        let ids = !known.carrier_shipment_id.is_empty() && !record.carrier_shipment_id.is_empty();
        let days = known.shipped_on.is_some() && record.shipped_on.is_some();
        (ids && known.carrier_shipment_id != record.carrier_shipment_id)
            || (days && known.shipped_on != record.shipped_on)
    };
    if journey.iter().any(differs) {
        return true;
    }
    if !matches!(
        record.status,
        Some(Status::Created | Status::Announced | Status::Accepted)
    ) {
        return false;
    }
    let Some(last) = journey.iter().rfind(|kept| kept.status.is_some()) else {
        return false;
    };
    let since = record.point().since(last.point());
    let was_scanned = || journey.iter().any(|kept| kept.kind.is_physical());
    if since >= RECYCLED_AFTER_SCAN_MS && was_scanned() {
        return true;
    }
    since >= RECYCLED_AFTER_END_MS && {
        let (legs, handed_on) = (order_legs(journey), is_handed_on(journey));
        let mut placed: Vec<Placed> = journey.iter().map(|kept| place(kept, 0, &legs, handed_on)).collect();
        placed.sort_by(|a, b| a.record.compare(&b.record, texts));
        fold(&mut placed, 0, towns).status.is_terminal()
    }
}

/// A carrier that carried the parcel under this number.
#[derive(Clone, Copy, Debug)]
struct Leg {
    carrier: TextId,
    begins: Timestamp,
    begins_returning: bool,
}

/// The legs of a journey by the earliest reading of their first physical scan.
fn order_legs(journey: &[Record]) -> Vec<Leg> {
    let mut legs: Vec<Leg> = Vec::new();
    for record in journey.iter().filter(|record| record.kind.is_physical()) {
        let begins = record.time.earliest;
        let begins_returning = record.status == Some(Status::Returning);
        match legs.iter_mut().find(|leg| leg.carrier == record.leg_carrier) {
            Some(leg) if leg.begins <= begins => {}
            Some(leg) => (leg.begins, leg.begins_returning) = (begins, begins_returning),
            None => legs.push(Leg {
                carrier: record.leg_carrier,
                begins,
                begins_returning,
            }),
        }
    }
    legs.sort_by_key(|leg| leg.begins);
    legs
}

/// A number that names its successor never delivers: the successor does.
fn is_handed_on(journey: &[Record]) -> bool {
    journey.iter().any(|record| !record.next_tracking_number.is_empty())
}

/// A delivery of a leg that hands on to another, or of a number that names another, is that hand-over.
fn place(record: &Record, epoch: u16, legs: &[Leg], handed_on: bool) -> Placed {
    let mut record = *record;
    let next = legs
        .iter()
        .position(|leg| leg.carrier == record.leg_carrier)
        .and_then(|at| legs.get(at + 1));
    let hands_on = handed_on || next.is_some_and(|next| !next.begins_returning);
    if hands_on && record.status == Some(Status::Delivered) {
        record.kind = Kind::Scan;
        record.status = Some(Status::InTransit);
        record.code = Code::HandedToPartner;
    }
    Placed {
        record,
        epoch,
        delivers: next.is_none(),
        counted: false,
        withdraws: false,
    }
}

fn fold(placed: &mut [Placed], epoch: u16, towns: &Towns) -> Folded {
    let mut folded = Folded::new(epoch);
    for place in placed {
        place.counted = advance(&mut folded, place, towns);
    }
    folded
}

/// Adds the next record in its place; returns whether it counted.
pub(crate) fn advance(folded: &mut Folded, place: &Placed, towns: &Towns) -> bool {
    if place.withdraws {
        folded.flags.set(Flags::RETRACTED);
    }
    let country = towns.get(place.record.spot.town).country;
    folded.step(&place.record, (country, towns), place.delivers)
}
