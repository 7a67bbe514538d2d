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
    rows: Vec<Row>,
    groups: Vec<u8>,
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
    /// Where its groups begin, where the sender ends and where the town.
    group: u32,
    sender_end: u16,
    town_end: u16,
    /// Where its own texts begin, and where each ends from there, if it is present.
    text: u32,
    ends: [u16; OWN],
    /// Which of them are not empty, a bit each.
    present: u16,
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
}

const OWN: usize = Own::Retracts as usize + 1;

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

    /// The carrier under which the number is tracked.
    pub(crate) fn carrier(&self) -> &'a str {
        let [carrier, ..] = parted::<4>(self.sender);
        carrier
    }
}

impl ScanBatch {
    /// Takes a scan along.
    pub fn push(&mut self, position: Position, scan: &Scan<'_>) {
        let (group, place) = (self.groups.len(), &scan.place);
        let sender = [scan.carrier, scan.service, scan.merchant, scan.source];
        let all = [
            place.city,
            place.region,
            place.country,
            place.postal_code,
            place.facility,
        ];
        // The postal codes of facilities repeat as those do; that of a consignee is its own.
        let town = if place.facility.is_empty() {
            all.get(..3)
        } else {
            all.get(..)
        };
        let town = town.unwrap_or_default();
        let sender_end = sender.len() - 1 + lengths(&sender);
        let town_end = sender_end + town.len() - 1 + lengths(town);
        self.groups.resize(group + town_end, PARTING);
        let room = self.groups.get_mut(group..).unwrap_or_default();
        if let Some((of_sender, of_town)) = room.split_at_mut_checked(sender_end) {
            fill_group(of_sender, &sender);
            fill_group(of_town, town);
        }
        let text = self.texts.len();
        let (present, ends) = self.push_own(scan);
        let mut rare = 0;
        if Rare::is_stated(scan) {
            self.rare.push(Rare::of(scan));
            rare = long(self.rare.len());
        }
        self.rows.push(Row {
            position,
            number: scan.number,
            time: scan.time,
            promised: scan.promised,
            kind: scan.kind,
            status: scan.status,
            code: scan.code,
            reason: scan.reason,
            attempt: scan.attempt,
            rare,
            group: long(group),
            sender_end: short(sender_end),
            town_end: short(town_end),
            text: long(text),
            ends,
            present,
        });
    }

    /// Takes its own texts along: which are there, and where each ends.
    #[inline]
    fn push_own(&mut self, scan: &Scan<'_>) -> (u16, [u16; OWN]) {
        let start = self.texts.len();
        let (mut present, mut ends) = (0, [0; OWN]);
        let mut push = |own: Own, text: &str| {
            if !text.is_empty() {
                self.texts.push_str(text);
                present |= 1 << own as u8;
                if let Some(end) = ends.get_mut(own as usize) {
                    *end = short(self.texts.len() - start);
                }
            }
        };
        push(Own::EventId, scan.event_id);
        push(Own::OrderId, scan.order_id);
        if scan.place.facility.is_empty() {
            push(Own::PostalCode, scan.place.postal_code);
        }
        push(Own::CarrierCode, scan.carrier_code);
        let seldom = scan.leg_carrier.len()
            | scan.message.len()
            | scan.signed_by.len()
            | scan.next_carrier.len()
            | scan.next_tracking_number.len()
            | scan.carrier_shipment_id.len()
            | scan.retracts.len();
        if seldom != 0 {
            present |= self.push_seldom(scan, start, &mut ends);
        }
        (present, ends)
    }

    /// Takes along what few scans have.
    #[cold]
    fn push_seldom(&mut self, scan: &Scan<'_>, start: usize, ends: &mut [u16; OWN]) -> u16 {
        let texts = [
            (Own::LegCarrier, scan.leg_carrier),
            (Own::Message, scan.message),
            (Own::SignedBy, scan.signed_by),
            (Own::NextCarrier, scan.next_carrier),
            (Own::NextTrackingNumber, scan.next_tracking_number),
            (Own::CarrierShipmentId, scan.carrier_shipment_id),
            (Own::Retracts, scan.retracts),
        ];
        let mut present = 0;
        for (own, text) in texts {
            if !text.is_empty() {
                self.texts.push_str(text);
                present |= 1 << own as u8;
                if let Some(end) = ends.get_mut(own as usize) {
                    *end = short(self.texts.len() - start);
                }
            }
        }
        present
    }

    /// Number of scans.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Forgets the scans and keeps the room.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.groups.clear();
        self.texts.clear();
        self.rare.clear();
    }

    /// The scan at a place, as a shard takes it.
    #[inline]
    pub(crate) fn incoming(&self, at: usize) -> Option<Incoming<'_>> {
        let row = self.rows.get(at)?;
        let group = self.groups.get(row.group as usize..)?;
        Some(Incoming {
            row,
            rare: match row.rare.checked_sub(1) {
                Some(rare) => self.rare.get(rare as usize)?,
                None => &Rare::NONE,
            },
            sender: group.get(..usize::from(row.sender_end))?,
            place: group.get(usize::from(row.sender_end)..usize::from(row.town_end))?,
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

#[inline]
fn lengths(texts: &[&str]) -> usize {
    texts.iter().map(|text| text.len()).sum()
}

/// Writes texts with one byte between them, which is there already.
#[inline]
fn fill_group(mut room: &mut [u8], texts: &[&str]) {
    for text in texts {
        let Some((place, rest)) = room.split_at_mut_checked(text.len()) else {
            return;
        };
        copy_short(place, text.as_bytes());
        room = match rest {
            [_, rest @ ..] => rest,
            [] => return,
        };
    }
}

/// Copies a text of as many bytes as there is room. Most have less than 16: two moves, which may overlap, copy them sooner
/// than a call would.
#[inline]
fn copy_short(to: &mut [u8], from: &[u8]) {
    match from.len() {
        8..=16 => copy_ends::<8>(to, from),
        4..=7 => copy_ends::<4>(to, from),
        2..=3 => copy_ends::<2>(to, from),
        0 => {}
        _ => to.copy_from_slice(from),
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
mod tests {
    use super::*;

    #[test]
    fn a_scan_comes_back_as_it_went_in() {
        let number = TrackingNumber::parse(b"1Z999AA10123456784").expect("a number");
        let plain = Scan::new(
            number,
            "ups",
            Status::InTransit,
            Timestamp::from_millis(1_772_373_802_000),
        );
        let full = Scan {
            event_id: "e-1",
            service: "ground",
            order_id: "SO-1",
            merchant: "acme",
            source: "canonical",
            place: Place {
                city: "K\u{f6}ln",
                region: "NW",
                postal_code: "50667",
                country: "DE",
                facility: "hub-1",
            },
            message: "on its way",
            retracts: "e-0",
            shipped_on: Some(20_500),
            coordinates: Some((50.9, 6.9)),
            attempt: 2,
            ..plain
        };
        let mut batch = ScanBatch::default();
        for (sequence, scan) in (1..).zip([&plain, &full, &plain]) {
            let position = Position {
                partition: Some(3),
                sequence,
            };
            batch.push(position, scan);
        }
        for (at, scan) in [plain, full, plain].into_iter().enumerate() {
            let found = batch.get(at).map(|(position, scan)| (position.sequence, scan));
            assert_eq!(found, Some((at as u64 + 1, scan)));
        }
        assert_eq!(batch.get(3), None);
    }

    #[test]
    fn texts_of_any_length_come_back_as_they_went_in() {
        let number = TrackingNumber::parse(b"1Z999AA10123456784").expect("a number");
        let plain = Scan::new(number, "ups", Status::InTransit, Timestamp::from_millis(0));
        let text = "abcdefghijklmnopqrstuvwxyz0123456789";
        for length in 0..text.len() {
            let (one, other) = text.split_at(length);
            for (a, b) in [(one, ""), ("", one), (one, other), (other, one)] {
                let scan = Scan {
                    service: a,
                    source: b,
                    event_id: a,
                    carrier_code: b,
                    signed_by: a,
                    retracts: b,
                    place: Place {
                        city: a,
                        country: b,
                        facility: a,
                        ..Place::default()
                    },
                    ..plain
                };
                let mut batch = ScanBatch::default();
                batch.push(Position::default(), &plain);
                batch.push(Position::default(), &scan);
                assert_eq!(batch.get(1), Some((Position::default(), scan)));
            }
        }
    }
}
