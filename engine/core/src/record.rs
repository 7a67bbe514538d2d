//! A scan as a shard keeps it: texts as ids. A shipment's truth is the set of these.

use crate::intern::{TextId, Texts, Town, TownId, Towns};
use core::cmp::Ordering;
use milepost_model::{Code, EstimateSource, Kind, Place, Reason, Scan, ScanTime, Status, Timestamp, Window};

/// Where a scan happened, as ids.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Spot {
    pub(crate) town: TownId,
    pub(crate) postal_code: TextId,
    pub(crate) facility: TextId,
}

impl Spot {
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

    /// The same, whatever the carrier calls its places. Two places of which nothing comparable is known are not the same.
    pub(crate) fn is_same_address(self, other: Self) -> bool {
        if !self.postal_code.is_empty() && !other.postal_code.is_empty() {
            return self.postal_code == other.postal_code;
        }
        self.town == other.town && self.town != TownId::default()
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
    pub(crate) leg_carrier: TextId,
    pub(crate) service: TextId,
    pub(crate) order_id: TextId,
    pub(crate) merchant: TextId,
    pub(crate) source: TextId,
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
    pub(crate) event: u64,
    /// Hash of the event id that this record withdraws; 0 for none.
    pub(crate) retracts: u64,
    /// Degrees times 10^6, latitude and longitude.
    pub(crate) coordinates: Option<(i32, i32)>,
}

impl Record {
    /// Keeps a scan: its texts go into the shard's tables.
    pub(crate) fn keep(scan: &Scan<'_>, texts: &mut Texts, towns: &mut Towns) -> Self {
        let place = &scan.place;
        let town = Town {
            city: texts.intern(place.city),
            region: texts.intern(place.region),
            country: texts.intern(place.country),
        };
        Self {
            time: scan.time,
            kind: scan.kind,
            status: scan.status.filter(|status| scan.kind.may_set(*status)),
            code: scan.code,
            carrier_code: texts.intern(scan.carrier_code),
            reason: scan.reason,
            recorded_at: scan.recorded_at,
            spot: Spot {
                town: towns.intern(town),
                postal_code: texts.intern(place.postal_code),
                facility: texts.intern(place.facility),
            },
            leg_carrier: texts.intern(if scan.leg_carrier == scan.carrier {
                ""
            } else {
                scan.leg_carrier
            }),
            service: texts.intern(scan.service),
            order_id: texts.intern(scan.order_id),
            merchant: texts.intern(scan.merchant),
            source: texts.intern(scan.source),
            promised: scan.promised,
            estimated: scan.estimated,
            estimate_source: scan.estimate_source as u8,
            pickup_until: scan.pickup_until,
            attempt: scan.attempt,
            message: texts.intern(scan.message),
            signed_by: texts.intern(scan.signed_by),
            next_carrier: texts.intern(scan.next_carrier),
            next_tracking_number: texts.intern(if scan.next_tracking_number == scan.number.as_str() {
                ""
            } else {
                scan.next_tracking_number
            }),
            carrier_shipment_id: texts.intern(scan.carrier_shipment_id),
            shipped_on: scan.shipped_on,
            event: event_hash(scan.event_id),
            retracts: event_hash(scan.retracts),
            coordinates: scan
                .coordinates
                .map(|(latitude, longitude)| (micro(latitude), micro(longitude))),
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
    pub(crate) fn point(&self) -> Timestamp {
        self.time.point(self.rank())
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
        self.time.wall_ms.div_euclid(1000)
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
                let town = towns.get(record.spot.town);
                [
                    town.city,
                    town.region,
                    town.country,
                    record.spot.postal_code,
                    record.leg_carrier,
                    record.service,
                    record.order_id,
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
            words(self).cmp(&words(other))
        })
    }

    /// This version over an `earlier` one: per field, the later version's value where it has one.
    pub(crate) fn over(&self, earlier: &Self) -> Self {
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
            leg_carrier: self.leg_carrier.or(earlier.leg_carrier),
            service: self.service.or(earlier.service),
            order_id: self.order_id.or(earlier.order_id),
            merchant: self.merchant.or(earlier.merchant),
            source: self.source.or(earlier.source),
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

    /// Its place as texts.
    pub(crate) fn place<'a>(&self, texts: &'a Texts, towns: &Towns) -> Place<'a> {
        let town = towns.get(self.spot.town);
        Place {
            city: texts.get(town.city),
            region: texts.get(town.region),
            postal_code: texts.get(self.spot.postal_code),
            country: texts.get(town.country),
            facility: texts.get(self.spot.facility),
        }
    }
}

/// A fixed hash, the same on every machine: a retraction may come before its target and after a restart.
pub(crate) fn event_hash(event_id: &str) -> u64 {
    if event_id.is_empty() {
        0
    } else {
        xxhash_rust::xxh3::xxh3_64(event_id.as_bytes()).max(1)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "degrees times a million fit 32 bits; a float cast saturates"
)]
fn micro(degrees: f64) -> i32 {
    (degrees * 1e6) as i32
}
