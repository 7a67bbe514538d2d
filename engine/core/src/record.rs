//! A scan as a shard keeps it: texts as ids. A shipment's truth is the set of these.

use crate::batch::{Incoming, Own};
use crate::destination::destination;
#[cfg(test)]
use crate::groups::Sender;
use crate::groups::{SenderId, TownId, Towns};
use crate::intern::{Postal, TextId, Texts};
use crate::order_id::OrderId;
use crate::places::{PlaceId, Places};
use crate::units::whole;
use crate::wording::Wording;
use core::cell::OnceCell;
use core::cmp::Ordering;
use milepost_model::{Code, EstimateSource, Kind, Place, Precision, Reason, ScanTime, Status, Timestamp, Window};

/// Where a scan happened, as ids.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Spot {
    pub(crate) town: TownId,
    pub(crate) postal_code: Postal,
    pub(crate) facility: TextId,
}

impl Spot {
    pub(crate) const UNKNOWN: Self = Self {
        town: TownId(0),
        postal_code: Postal(0),
        facility: TextId::EMPTY,
    };

    pub(crate) fn is_unknown(self) -> bool {
        self == Self::default()
    }

    /// Whether both are the same place: facilities decide where both have one, then postal codes, then towns.
    pub(crate) fn is_same(self, other: Self) -> bool {
        if !self.facility.is_empty() && !other.facility.is_empty() {
            return self.facility == other.facility;
        }
        self.is_same_address(other)
    }

    /// Whether both are known to be different places: what cannot be compared may be one place in two spellings.
    pub(crate) fn is_elsewhere(self, other: Self) -> bool {
        let facilities = !self.facility.is_empty() && !other.facility.is_empty();
        let postal_codes = !self.postal_code.is_empty() && !other.postal_code.is_empty();
        let towns = self.town != TownId::default() && other.town != TownId::default();
        (facilities || postal_codes || towns) && !self.is_same(other)
    }

    /// The same, whatever the carrier calls its places. Two places of which nothing comparable is known are not the same.
    pub(crate) fn is_same_address(self, other: Self) -> bool {
        if !self.postal_code.is_empty() && !other.postal_code.is_empty() {
            return self.postal_code == other.postal_code;
        }
        self.town == other.town && self.town != TownId::default()
    }

    /// The same as texts.
    pub(crate) fn texts<'a>(self, texts: &'a Texts, towns: &Towns, room: &'a mut [u8; 8]) -> Place<'a> {
        let town = towns.get(self.town);
        Place {
            city: texts.get(town.city),
            region: texts.get(town.region),
            postal_code: self.postal_code.text(texts, room),
            country: texts.get(town.country),
            facility: texts.get(self.facility),
        }
    }
}

/// One kept scan.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Record {
    pub(crate) time: ScanTime,
    pub(crate) kind: Kind,
    pub(crate) status: Option<Status>,
    pub(crate) code: Code,
    pub(crate) carrier_code: TextId,
    pub(crate) reason: Option<Reason>,
    pub(crate) recorded_at: Option<Timestamp>,
    pub(crate) spot: Spot,
    /// The number of `spot` as it came.
    pub(crate) place: PlaceId,
    /// Where the parcel is to go, as far as this record states it, and the number of that as it came.
    pub(crate) destination: Spot,
    pub(crate) destination_place: PlaceId,
    pub(crate) leg_carrier: TextId,
    /// Who sent it: what its service, merchant and source are as it came.
    pub(crate) sender: SenderId,
    pub(crate) service: TextId,
    pub(crate) merchant: TextId,
    pub(crate) source: TextId,
    pub(crate) order_id: OrderId,
    pub(crate) promised: Option<Window>,
    pub(crate) estimated: Option<Window>,
    pub(crate) estimate_source: u8,
    pub(crate) pickup_until: Option<Window>,
    pub(crate) attempt: u8,
    pub(crate) message: TextId,
    pub(crate) signed_by: TextId,
    pub(crate) next_carrier: TextId,
    pub(crate) next_tracking_number: TextId,
    pub(crate) carrier_shipment_id: TextId,
    pub(crate) shipped_on: Option<i32>,
    /// Hash of the event id; 0 when the source has none.
    pub(crate) event: u32,
    /// Hash of the event id that this record withdraws; 0 for none.
    pub(crate) retracts: u32,
    /// Degrees times 10^6, latitude and longitude.
    pub(crate) coordinates: Option<(i32, i32)>,
    /// It holds something that few scans state: see [`Record::marked`].
    pub(crate) is_rare: bool,
}

impl Record {
    /// Keeps a scan in the place of what was kept before: its texts go into the shard's tables. `order_id` is what its
    /// shipment's order was so far.
    pub(crate) fn keep(
        &mut self,
        incoming: &Incoming<'_>,
        sender: SenderId,
        order_id: OrderId,
        words: &mut Wording<'_>,
    ) {
        if self.is_rare {
            *self = Self::default();
        }
        let row = incoming.row;
        (self.spot, self.place) = words.place(incoming);
        let who = words.senders.get(sender);
        let texts = &mut *words.texts;
        self.time = row.time;
        self.kind = row.kind;
        self.status = row.status.filter(|status| row.kind.may_set(*status));
        self.code = row.code;
        self.carrier_code = texts.intern(incoming.text(Own::CarrierCode));
        self.reason = row.reason;
        self.sender = sender;
        (self.service, self.merchant, self.source) = (who.service, who.merchant, who.source);
        self.order_id = texts.order(incoming.text(Own::OrderId), order_id);
        self.promised = row.promised;
        self.event = event_hash(incoming.text(Own::EventId));
        if !incoming.is_plain() || row.attempt != 0 {
            self.attempt = row.attempt;
            *self = self.with_rare(
                incoming,
                who.carrier,
                (&mut *words.texts, &mut *words.towns, &mut *words.places),
            );
        }
    }

    /// Adds what few scans state.
    #[cold]
    fn with_rare(
        self,
        incoming: &Incoming<'_>,
        carrier: TextId,
        (texts, towns, places): (&mut Texts, &mut Towns, &mut Places),
    ) -> Self {
        let rare = incoming.rare;
        let (destination, destination_place) = destination(incoming, (&mut *texts, towns, places));
        let next_number = incoming.text(Own::NextTrackingNumber);
        // A number that names itself names no other.
        let next_tracking_number = if next_number.is_empty() || next_number == incoming.row.number.as_str() {
            TextId::EMPTY
        } else {
            texts.intern(next_number)
        };
        let mut own = |own| texts.intern(incoming.text(own));
        let leg_carrier = own(Own::LegCarrier);
        Self {
            recorded_at: rare.recorded_at,
            destination,
            destination_place,
            leg_carrier: if leg_carrier == carrier {
                TextId::EMPTY
            } else {
                leg_carrier
            },
            estimated: rare.estimated,
            // Who made no estimate made nothing.
            estimate_source: rare.estimated.map_or(0, |_| rare.estimate_source as u8),
            pickup_until: rare.pickup_until,
            message: own(Own::Message),
            signed_by: own(Own::SignedBy),
            next_carrier: own(Own::NextCarrier),
            next_tracking_number,
            carrier_shipment_id: own(Own::CarrierShipmentId),
            shipped_on: rare.shipped_on,
            retracts: event_hash(incoming.text(Own::Retracts)),
            coordinates: rare
                .coordinates
                .map(|(latitude, longitude)| (micro(latitude), micro(longitude))),
            ..self
        }
        .marked()
    }

    /// The same, marked as rare if it is.
    pub(crate) fn marked(self) -> Self {
        Self {
            is_rare: self.has_rare(),
            ..self
        }
    }

    /// Whether it holds anything that few scans state.
    fn has_rare(&self) -> bool {
        self.recorded_at.is_some()
            | self.estimated.is_some()
            | self.pickup_until.is_some()
            | self.shipped_on.is_some()
            | self.coordinates.is_some()
            | !self.destination.is_unknown()
            | (self.attempt != 0)
            | (self.retracts != 0)
            | !(self.leg_carrier.is_empty()
                & self.message.is_empty()
                & self.signed_by.is_empty()
                & self.next_carrier.is_empty()
                & self.next_tracking_number.is_empty()
                & self.carrier_shipment_id.is_empty())
    }

    /// The same record from this sender.
    #[cfg(test)]
    pub(crate) fn sent_by(self, id: SenderId, sender: Sender) -> Self {
        Self {
            sender: id,
            service: sender.service,
            merchant: sender.merchant,
            source: sender.source,
            ..self
        }
    }

    /// The same, written down at that time, as it stands in a packed string: what its ids stand for is told by tables.
    pub(crate) fn as_packed(&self, recorded_at: Option<Timestamp>) -> Self {
        let told = Self { recorded_at, ..*self }.marked();
        Self {
            spot: Spot::UNKNOWN,
            destination: Spot::UNKNOWN,
            service: TextId::EMPTY,
            merchant: TextId::EMPTY,
            source: TextId::EMPTY,
            ..told
        }
    }

    /// The rank that places it among records of one instant.
    pub(crate) fn rank(&self) -> u8 {
        match self.status {
            Some(status) if self.code.status() == Some(status) => self.code.rank(),
            Some(status) => status.rank(),
            None => Status::InTransit.rank(),
        }
    }

    /// Where it sorts in time.
    #[inline]
    pub(crate) fn point(&self) -> Timestamp {
        // Only a mere date asks for the rank.
        if self.time.precision == Precision::Date {
            self.time.point(self.rank())
        } else {
            self.time.base
        }
    }

    /// The part of its identity that sorts records of one instant and rank, and tells repeats from others: kind, code
    /// as the carrier writes it, wall clock to the second, facility. Never the city, never the message: both get edited.
    pub(crate) fn is_repeat_of(&self, other: &Self) -> bool {
        let code = if self.carrier_code.is_empty() && other.carrier_code.is_empty() {
            self.code == other.code
        } else {
            self.carrier_code == other.carrier_code
        };
        code && self.kind == other.kind
            && self.wall_seconds() == other.wall_seconds()
            && self.spot.facility == other.spot.facility
            && self.retracts == other.retracts
    }

    pub(crate) fn wall_seconds(&self) -> i64 {
        whole::<1000>(self.time.wall_ms)
    }

    /// The order of the fold, a function of contents alone: ids of texts would carry the order of arrival.
    pub(crate) fn compare(&self, other: &Self, texts: &Texts) -> Ordering {
        (self.point(), self.rank())
            .cmp(&(other.point(), other.rank()))
            .then_with(|| self.compare_key(other, texts))
    }

    pub(crate) fn compare_key(&self, other: &Self, texts: &Texts) -> Ordering {
        let raw = |record: &Self| {
            if record.carrier_code.is_empty() {
                record.code.as_str()
            } else {
                texts.get(record.carrier_code)
            }
            .as_bytes()
        };
        (self.kind, self.wall_seconds(), self.retracts)
            .cmp(&(other.kind, other.wall_seconds(), other.retracts))
            .then_with(|| self.carrier_code.is_empty().cmp(&other.carrier_code.is_empty()))
            .then_with(|| raw(self).cmp(raw(other)))
            .then_with(|| texts.get(self.spot.facility).cmp(texts.get(other.spot.facility)))
    }

    /// Which of two versions of one record is the later: what the carrier wrote down later, then the contents.
    pub(crate) fn compare_version(&self, other: &Self, texts: &Texts, towns: &Towns) -> Ordering {
        let plain = |record: &Self| {
            (
                record.recorded_at,
                record.status,
                record.code,
                record.reason,
                (
                    record.time.earliest,
                    record.time.latest,
                    record.time.base,
                    record.time.precision,
                    record.time.basis,
                    record.time.wall_ms,
                    record.time.dst_ambiguous,
                ),
                (
                    record.promised,
                    record.estimated,
                    record.estimate_source,
                    record.pickup_until,
                ),
                (record.attempt, record.shipped_on, record.event, record.coordinates),
            )
        };
        plain(self).cmp(&plain(other)).then_with(|| {
            let words = |record: &Self| {
                let (town, to) = (towns.get(record.spot.town), towns.get(record.destination.town));
                [
                    town.city,
                    town.region,
                    town.country,
                    to.city,
                    to.region,
                    to.country,
                    record.leg_carrier,
                    record.service,
                    record.merchant,
                    record.source,
                    record.message,
                    record.signed_by,
                    record.next_carrier,
                    record.next_tracking_number,
                    record.carrier_shipment_id,
                ]
                .map(|id| texts.get(id))
            };
            let (mut room, mut other_room) = ([0; 8], [0; 8]);
            let postal = self.spot.postal_code.text(texts, &mut room);
            let (order, other_order) = (OnceCell::new(), OnceCell::new());
            let order = self.order_id.text(texts, &order);
            words(self)
                .cmp(&words(other))
                .then_with(|| order.cmp(other.order_id.text(texts, &other_order)))
                .then_with(|| postal.cmp(other.spot.postal_code.text(texts, &mut other_room)))
                .then_with(|| {
                    let (mut room, mut other_room) = ([0; 8], [0; 8]);
                    let to = self.destination.postal_code.text(texts, &mut room);
                    to.cmp(other.destination.postal_code.text(texts, &mut other_room))
                })
        })
    }

    /// This version over an `earlier` one: per field, the later version's value where it has one.
    pub(crate) fn over(&self, earlier: &Self, towns: &Towns) -> Self {
        Self {
            time: self.time,
            kind: self.kind,
            status: self.status.or(earlier.status),
            code: if self.status.is_none() && earlier.status.is_some() {
                earlier.code
            } else {
                self.code
            },
            carrier_code: self.carrier_code.or(earlier.carrier_code),
            reason: self.reason.or(earlier.reason),
            recorded_at: self.recorded_at.or(earlier.recorded_at),
            spot: Spot {
                town: if self.spot.town == TownId::default() {
                    earlier.spot.town
                } else {
                    self.spot.town
                },
                postal_code: self.spot.postal_code.or(earlier.spot.postal_code),
                facility: self.spot.facility.or(earlier.spot.facility),
            },
            place: self.place,
            destination: self.destination.added_to(earlier.destination, towns),
            destination_place: self.destination_place,
            leg_carrier: self.leg_carrier.or(earlier.leg_carrier),
            sender: self.sender,
            service: self.service.or(earlier.service),
            merchant: self.merchant.or(earlier.merchant),
            source: self.source.or(earlier.source),
            order_id: self.order_id.or(earlier.order_id),
            promised: self.promised.or(earlier.promised),
            estimated: self.estimated.or(earlier.estimated),
            estimate_source: if self.estimated.is_some() {
                self.estimate_source
            } else {
                earlier.estimate_source
            },
            pickup_until: self.pickup_until.or(earlier.pickup_until),
            attempt: if self.attempt > 0 {
                self.attempt
            } else {
                earlier.attempt
            },
            message: self.message.or(earlier.message),
            signed_by: self.signed_by.or(earlier.signed_by),
            next_carrier: self.next_carrier.or(earlier.next_carrier),
            next_tracking_number: self.next_tracking_number.or(earlier.next_tracking_number),
            carrier_shipment_id: self.carrier_shipment_id.or(earlier.carrier_shipment_id),
            shipped_on: self.shipped_on.or(earlier.shipped_on),
            event: if self.event == 0 { earlier.event } else { self.event },
            retracts: self.retracts,
            coordinates: self.coordinates.or(earlier.coordinates),
            is_rare: self.is_rare | earlier.is_rare,
        }
    }

    /// The estimate's maker.
    pub(crate) fn estimate_source(&self) -> EstimateSource {
        EstimateSource::from_index(usize::from(self.estimate_source)).unwrap_or(EstimateSource::Carrier)
    }

    /// When the carrier knew what this record says.
    pub(crate) fn known_at(&self) -> Timestamp {
        self.recorded_at.unwrap_or_else(|| self.point())
    }
}

/// A fixed hash, the same on every machine: a retraction may come before its target and after a restart. It is asked for
/// among the records of one shipment, so 24 bits tell them apart, three bytes of a packed record.
#[expect(clippy::cast_possible_truncation, reason = "a part of the hash is enough")]
pub(crate) fn event_hash(event_id: &str) -> u32 {
    if event_id.is_empty() {
        0
    } else {
        (xxhash_rust::xxh3::xxh3_64(event_id.as_bytes()) as u32 >> 8).max(1)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "degrees times a million fit 32 bits; a float cast saturates"
)]
fn micro(degrees: f64) -> i32 {
    (degrees * 1e6) as i32
}
