//! Scans on their way from a decoder to a shard: owned, in a few flat buffers, so that a queue carries many at once.
//!
//! The texts that repeat from scan to scan stand together: who sent it, and in which town it happened. A shard finds the ids
//! of either by one look ([`crate::recent`]).

use crate::recent::parted;
use alloc::string::String;
use alloc::vec::Vec;
use milepost_model::{
    Code, EstimateSource, Kind, Place, Position, Reason, Scan, ScanTime, Status, Timestamp, TrackingNumber, Window,
};

/// Parts the texts of a group; no UTF-8 text holds it.
pub(crate) const PARTING: u8 = 0xff;

/// Decoded scans, each with the position of the message that it came in.
#[derive(Debug, Default)]
pub struct ScanBatch {
    /// Its rows, and after them what is left of a batch before: room to write in.
    rows: Vec<Row>,
    /// How many rows are its own.
    len: usize,
    /// The texts that repeat, and room to write in.
    groups: Vec<u8>,
    /// How many bytes of them are its own.
    groups_end: usize,
    texts: String,
    rare: Vec<Rare>,
}

/// A scan without its texts.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) position: Position,
    pub(crate) number: TrackingNumber,
    pub(crate) time: ScanTime,
    pub(crate) promised: Option<Window>,
    pub(crate) kind: Kind,
    pub(crate) status: Option<Status>,
    pub(crate) code: Code,
    pub(crate) reason: Option<Reason>,
    pub(crate) attempt: u8,
    /// 1 + place in the rare facts; 0 when it has none.
    rare: u32,
    /// Where its groups begin, where the sender ends, with a parting after it, and where the town ends.
    group: u32,
    sender_end: u16,
    town_end: u16,
    /// Where its own texts begin, and where each ends from there, if it is present.
    text: u32,
    ends: [u16; OWN],
    /// Which of them are not empty, a bit each.
    present: u16,
}

impl Row {
    /// A row to be written in; as no number is empty, it needs one.
    #[cold]
    fn empty(number: TrackingNumber) -> Self {
        Self {
            position: Position::default(),
            number,
            time: ScanTime::default(),
            promised: None,
            kind: Kind::Notice,
            status: None,
            code: Code::default(),
            reason: None,
            attempt: 0,
            rare: 0,
            group: 0,
            sender_end: 0,
            town_end: 0,
            text: 0,
            ends: [0; OWN],
            present: 0,
        }
    }

    /// Takes its own texts along: notes which are there, and where each ends.
    #[inline(always)]
    fn push_own(&mut self, scan: &Scan<'_>, texts: &mut String) {
        let start = texts.len();
        self.text = long(start);
        let mut present = self.push_text(Own::EventId, scan.event_id, start, texts);
        present |= self.push_text(Own::OrderId, scan.order_id, start, texts);
        if scan.place.facility.is_empty() {
            present |= self.push_text(Own::PostalCode, scan.place.postal_code, start, texts);
        }
        present |= self.push_text(Own::CarrierCode, scan.carrier_code, start, texts);
        let seldom = scan.leg_carrier.len()
            | scan.message.len()
            | scan.signed_by.len()
            | scan.next_carrier.len()
            | scan.next_tracking_number.len()
            | scan.carrier_shipment_id.len()
            | scan.retracts.len();
        if seldom != 0 || scan.destination.is_some() {
            present |= self.push_seldom(scan, start, texts);
        }
        self.present = present;
    }

    /// Takes along what few scans have.
    #[cold]
    fn push_seldom(&mut self, scan: &Scan<'_>, start: usize, texts: &mut String) -> u16 {
        let destination = scan.destination.unwrap_or_default();
        self.push_text(Own::LegCarrier, scan.leg_carrier, start, texts)
            | self.push_text(Own::Message, scan.message, start, texts)
            | self.push_text(Own::SignedBy, scan.signed_by, start, texts)
            | self.push_text(Own::NextCarrier, scan.next_carrier, start, texts)
            | self.push_text(Own::NextTrackingNumber, scan.next_tracking_number, start, texts)
            | self.push_text(Own::CarrierShipmentId, scan.carrier_shipment_id, start, texts)
            | self.push_text(Own::Retracts, scan.retracts, start, texts)
            | self.push_text(Own::DestinationCity, destination.city, start, texts)
            | self.push_text(Own::DestinationRegion, destination.region, start, texts)
            | self.push_text(Own::DestinationPostalCode, destination.postal_code, start, texts)
            | self.push_text(Own::DestinationCountry, destination.country, start, texts)
    }

    /// Takes a text along and notes where it ends; returns its bit if it is there.
    #[inline(always)]
    fn push_text(&mut self, own: Own, text: &str, start: usize, texts: &mut String) -> u16 {
        if text.is_empty() {
            return 0;
        }
        texts.push_str(text);
        if let Some(end) = self.ends.get_mut(own as usize) {
            *end = short(texts.len() - start);
        }
        1 << own as u8
    }
}

/// What few scans state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rare {
    pub(crate) recorded_at: Option<Timestamp>,
    pub(crate) estimated: Option<Window>,
    pub(crate) estimate_source: EstimateSource,
    pub(crate) pickup_until: Option<Window>,
    pub(crate) shipped_on: Option<i32>,
    pub(crate) coordinates: Option<(f64, f64)>,
}

impl Rare {
    pub(crate) const NONE: Self = Self {
        recorded_at: None,
        estimated: None,
        estimate_source: EstimateSource::Carrier,
        pickup_until: None,
        shipped_on: None,
        coordinates: None,
    };

    /// Whether a scan states any of it.
    #[inline]
    fn is_stated(scan: &Scan<'_>) -> bool {
        // No branch for each: nearly always none is stated.
        scan.recorded_at.is_some()
            | scan.estimated.is_some()
            | scan.pickup_until.is_some()
            | scan.shipped_on.is_some()
            | scan.coordinates.is_some()
            | (scan.estimate_source != EstimateSource::Carrier)
    }

    fn of(scan: &Scan<'_>) -> Self {
        Self {
            recorded_at: scan.recorded_at,
            estimated: scan.estimated,
            estimate_source: scan.estimate_source,
            pickup_until: scan.pickup_until,
            shipped_on: scan.shipped_on,
            coordinates: scan.coordinates,
        }
    }
}

/// Texts that belong to one scan or shipment alone, in the order in which a batch holds them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Own {
    EventId,
    OrderId,
    /// Where the scan names no facility.
    PostalCode,
    CarrierCode,
    LegCarrier,
    Message,
    SignedBy,
    NextCarrier,
    NextTrackingNumber,
    CarrierShipmentId,
    Retracts,
    DestinationCity,
    DestinationRegion,
    DestinationPostalCode,
    DestinationCountry,
}

const OWN: usize = Own::DestinationCountry as usize + 1;
const _: () = assert!(OWN <= u16::BITS as usize, "a bit for each");

/// One scan of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incoming<'a> {
    pub(crate) row: &'a Row,
    pub(crate) rare: &'a Rare,
    /// Carrier, service, merchant and source, parted by [`PARTING`].
    pub(crate) sender: &'a [u8],
    /// City, region and country, and those of a facility with its postal code and id, parted likewise.
    pub(crate) place: &'a [u8],
    texts: &'a str,
}

impl<'a> Incoming<'a> {
    #[inline]
    pub(crate) fn text(&self, own: Own) -> &'a str {
        let at = own as usize;
        if self.row.present & 1 << at == 0 {
            return "";
        }
        let before = self.row.present & ((1 << at) - 1);
        let from = before
            .checked_ilog2()
            .and_then(|before| self.row.ends.get(before as usize));
        let (from, to) = (from.copied().unwrap_or(0), self.row.ends.get(at).copied().unwrap_or(0));
        self.texts.get(usize::from(from)..usize::from(to)).unwrap_or_default()
    }

    /// Whether it states nothing of what few scans state.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        const USUAL: u16 = 1 << Own::EventId as u16
            | 1 << Own::OrderId as u16
            | 1 << Own::PostalCode as u16
            | 1 << Own::CarrierCode as u16;
        self.row.rare == 0 && self.row.present & !USUAL == 0
    }

    /// Where the parcel is to go, as far as it says.
    pub(crate) fn destination(&self) -> Place<'a> {
        Place {
            city: self.text(Own::DestinationCity),
            region: self.text(Own::DestinationRegion),
            postal_code: self.text(Own::DestinationPostalCode),
            country: self.text(Own::DestinationCountry),
            facility: "",
        }
    }

    /// The carrier under which the number is tracked.
    pub(crate) fn carrier(&self) -> &'a str {
        let [carrier, ..] = parted::<4>(self.sender);
        carrier
    }
}

impl ScanBatch {
    /// Takes a scan along.
    pub fn push(&mut self, position: Position, scan: &Scan<'_>) {
        let (group, sender_end, town_end) = self.push_groups(scan);
        if self.rows.len() == self.len {
            self.rows.push(Row::empty(scan.number));
        }
        // Written where it stays: a row is long.
        let Some(row) = self.rows.get_mut(self.len) else { return };
        self.len += 1;
        row.position = position;
        row.number = scan.number;
        row.time = scan.time;
        row.promised = scan.promised;
        (row.kind, row.status, row.code) = (scan.kind, scan.status, scan.code);
        (row.reason, row.attempt) = (scan.reason, scan.attempt);
        row.rare = 0;
        if Rare::is_stated(scan) {
            self.rare.push(Rare::of(scan));
            row.rare = long(self.rare.len());
        }
        row.group = long(group);
        (row.sender_end, row.town_end) = (short(sender_end), short(town_end));
        row.push_own(scan, &mut self.texts);
    }

    /// Takes along the texts that repeat: where they begin, and where the sender ends and where the town.
    #[inline(always)]
    fn push_groups(&mut self, scan: &Scan<'_>) -> (usize, usize, usize) {
        let place = &scan.place;
        let sender = [scan.carrier, scan.service, scan.merchant, scan.source];
        let town = [place.city, place.region, place.country];
        let sender_end = lengths(&sender);
        let mut town_end = sender_end + 1 + lengths(&town);
        // The postal codes of facilities repeat as those do; that of a consignee is its own.
        let has_facility = !place.facility.is_empty();
        if has_facility {
            town_end += 1 + lengths(&[place.postal_code, place.facility]);
        }
        let group = self.groups_end;
        // One byte more: the last text is followed by a parting as well.
        self.groups_end += town_end + 1;
        if self.groups.len() < self.groups_end {
            self.groups.resize(2 * self.groups_end, PARTING);
        }
        let Some(mut room) = self.groups.get_mut(group..self.groups_end) else {
            return (0, 0, 0);
        };
        for text in sender {
            room = put(room, text);
        }
        for text in town {
            room = put(room, text);
        }
        if has_facility {
            put(put(room, place.postal_code), place.facility);
        }
        (group, sender_end, town_end)
    }

    /// Number of scans.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets the scans and keeps the room.
    pub fn clear(&mut self) {
        self.len = 0;
        self.groups_end = 0;
        self.texts.clear();
        self.rare.clear();
    }

    /// The scan at a place, as a shard takes it.
    #[inline]
    pub(crate) fn incoming(&self, at: usize) -> Option<Incoming<'_>> {
        let row = self.rows.get(..self.len)?.get(at)?;
        let group = self.groups.get(row.group as usize..)?;
        Some(Incoming {
            row,
            rare: match row.rare.checked_sub(1) {
                Some(rare) => self.rare.get(rare as usize)?,
                None => &Rare::NONE,
            },
            sender: group.get(..usize::from(row.sender_end))?,
            place: group.get(usize::from(row.sender_end) + 1..usize::from(row.town_end))?,
            texts: self.texts.get(row.text as usize..)?,
        })
    }

    /// Who sent the scan at a place, as in [`Incoming`], and of which parcel it is.
    #[inline]
    pub(crate) fn subject(&self, at: usize) -> Option<(&[u8], &TrackingNumber)> {
        let row = self.rows.get(at)?;
        let group = self.groups.get(row.group as usize..)?;
        Some((group.get(..usize::from(row.sender_end))?, &row.number))
    }

    /// The scan at a place, and the position that it came from.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<(Position, Scan<'_>)> {
        let incoming = self.incoming(at)?;
        let Incoming { row, rare, .. } = incoming;
        let [carrier, service, merchant, source] = parted(incoming.sender);
        let [city, region, country, postal_code, facility] = parted(incoming.place);
        let scan = Scan {
            number: row.number,
            carrier,
            event_id: incoming.text(Own::EventId),
            leg_carrier: incoming.text(Own::LegCarrier),
            service,
            order_id: incoming.text(Own::OrderId),
            merchant,
            source,
            kind: row.kind,
            status: row.status,
            code: row.code,
            carrier_code: incoming.text(Own::CarrierCode),
            reason: row.reason,
            time: row.time,
            recorded_at: rare.recorded_at,
            place: Place {
                city,
                region,
                postal_code: if facility.is_empty() {
                    incoming.text(Own::PostalCode)
                } else {
                    postal_code
                },
                country,
                facility,
            },
            destination: incoming.destination().known(),
            promised: row.promised,
            estimated: rare.estimated,
            estimate_source: rare.estimate_source,
            pickup_until: rare.pickup_until,
            attempt: row.attempt,
            message: incoming.text(Own::Message),
            signed_by: incoming.text(Own::SignedBy),
            next_carrier: incoming.text(Own::NextCarrier),
            next_tracking_number: incoming.text(Own::NextTrackingNumber),
            carrier_shipment_id: incoming.text(Own::CarrierShipmentId),
            shipped_on: rare.shipped_on,
            retracts: incoming.text(Own::Retracts),
            coordinates: rare.coordinates,
        };
        Some((row.position, scan))
    }
}

/// The bytes of texts with a parting between each two.
#[inline(always)]
fn lengths(texts: &[&str]) -> usize {
    texts.iter().map(|text| text.len()).sum::<usize>() + texts.len() - 1
}

/// Writes a text and a parting, and returns the room after them.
#[inline(always)]
fn put<'r>(room: &'r mut [u8], text: &str) -> &'r mut [u8] {
    let Some((place, [parting, rest @ ..])) = room.split_at_mut_checked(text.len()) else {
        return &mut [];
    };
    copy_short(place, text.as_bytes());
    *parting = PARTING;
    rest
}

/// Copies a text of as many bytes as there is room. Most have less than 16: two moves, which may overlap, copy them sooner
/// than a call would.
#[inline]
fn copy_short(to: &mut [u8], from: &[u8]) {
    // From the longest to the shortest, so that each look settles one end of a range.
    match from.len() {
        17.. => to.copy_from_slice(from),
        8.. => copy_ends::<8>(to, from),
        4.. => copy_ends::<4>(to, from),
        2.. => copy_ends::<2>(to, from),
        1 => copy_ends::<1>(to, from),
        0 => {}
    }
}

#[inline]
fn copy_ends<const N: usize>(to: &mut [u8], from: &[u8]) {
    if let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) {
        if let Some(begin) = to.first_chunk_mut() {
            *begin = *first;
        }
        if let Some(end) = to.last_chunk_mut() {
            *end = *last;
        }
    }
}

fn short(length: usize) -> u16 {
    u16::try_from(length).expect("texts of a scan are limited to a few KiB")
}

fn long(length: usize) -> u32 {
    u32::try_from(length).expect("a batch is cut long before 4 GiB of text")
}

#[cfg(test)]
mod tests;
