//! One carrier event, decoded: the canonical scan. Texts are borrowed from the payload it came in.

use crate::status::closed_list;
use crate::{Code, Kind, Precision, Reason, Status, TimeBasis, Timestamp, TrackingNumber};

/// When a scan happened, with the honesty that its zone allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ScanTime {
    /// The local wall clock as written, read as if it were UTC, milliseconds. Part of the dedupe key.
    pub wall_ms: i64,
    /// The earliest instant that the written time allows.
    pub earliest: Timestamp,
    /// The latest instant that the written time allows.
    pub latest: Timestamp,
    /// Where it sorts, but for the share of the day that a mere date takes from its rank.
    pub base: Timestamp,
    /// How finely it was written.
    pub precision: Precision,
    /// Which step of the time ladder gave the zone.
    pub basis: TimeBasis,
    /// The written hour occurs twice on that day.
    pub dst_ambiguous: bool,
}

impl ScanTime {
    /// A time that is known exactly.
    #[must_use]
    pub const fn exact(at: Timestamp) -> Self {
        Self {
            wall_ms: at.millis(),
            earliest: at,
            latest: at,
            base: at,
            precision: Precision::Exact,
            basis: TimeBasis::Offset,
            dst_ambiguous: false,
        }
    }

    /// The sort point. A mere date sorts by rank: early steps at its start, vans and exceptions at noon, ends at its
    /// last second.
    #[must_use]
    pub const fn point(&self, rank: u8) -> Timestamp {
        match self.precision {
            Precision::Exact | Precision::Minute => self.base,
            Precision::Date => match rank {
                0..=34 => self.base,
                35..=54 => self.base.plus(12 * crate::HOUR_MS),
                55.. => self.base.plus(self.day_ms() - 1000),
            },
        }
    }

    /// How long the written date lasts: 23 or 25 hours where the clock is changed in its one zone.
    const fn day_ms(&self) -> i64 {
        let width = self.latest.since(self.earliest) + 1;
        if self.base.millis() == self.earliest.millis() && (width - crate::DAY_MS).abs() <= 2 * crate::HOUR_MS {
            width
        } else {
            crate::DAY_MS
        }
    }
}

/// Where a scan happened. Empty texts mean unknown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Place<'a> {
    /// City as the carrier writes it.
    pub city: &'a str,
    /// State, province or region as the carrier writes it.
    pub region: &'a str,
    /// Postal code.
    pub postal_code: &'a str,
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// The carrier's id of the place, never its name.
    pub facility: &'a str,
}

impl Place<'_> {
    /// The place if anything is known of it.
    #[must_use]
    pub fn known(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }
}

/// A window or an end of one: a point and the latest instant that its written form allows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Window {
    /// When it begins; equals `until` where only one instant is stated.
    pub from: Timestamp,
    /// When it ends. A date ends with its last millisecond in UTC.
    pub until: Timestamp,
    /// The latest reading of `until`: a date without zone ends 12 hours later in the west.
    pub latest: Timestamp,
}

closed_list! {
    /// Who made an estimate.
    EstimateSource {
        /// The carrier.
        Carrier = "carrier",
        /// Learned lanes.
        Model = "model",
        /// The shop.
        Merchant = "merchant",
        /// A fixed rule.
        Rule = "rule",
    }
}

/// One carrier event. Field names are those of the canonical JSON; an empty text means absent.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Scan<'a> {
    /// The carrier's number of the parcel.
    pub number: TrackingNumber,
    /// Carrier under which the number is tracked; part of the key.
    pub carrier: &'a str,
    /// Stable id of this scan at its source; empty when the source has none.
    pub event_id: &'a str,
    /// Who did it, if another carrier on the same number; empty when `carrier` did.
    pub leg_carrier: &'a str,
    /// Product sold.
    pub service: &'a str,
    /// The merchant's order.
    pub order_id: &'a str,
    /// Tenant.
    pub merchant: &'a str,
    /// Feed that it came by.
    pub source: &'a str,
    /// What kind of record this is.
    pub kind: Kind,
    /// What happened, if this record may move a status.
    pub status: Option<Status>,
    /// Normalised sub-status.
    pub code: Code,
    /// Raw code and detail code of the carrier.
    pub carrier_code: &'a str,
    /// Why.
    pub reason: Option<Reason>,
    /// When it happened.
    pub time: ScanTime,
    /// When the carrier wrote it down; picks between versions of one scan.
    pub recorded_at: Option<Timestamp>,
    /// Where it happened.
    pub place: Place<'a>,
    /// Where the parcel is to go, if this record states it; never a facility.
    pub destination: Option<Place<'a>>,
    /// What the shopper was told.
    pub promised: Option<Window>,
    /// Delivery window stated in this record.
    pub estimated: Option<Window>,
    /// Who made that estimate.
    pub estimate_source: EstimateSource,
    /// Last day to collect.
    pub pickup_until: Option<Window>,
    /// Attempt number as the carrier counts; 0 when it does not.
    pub attempt: u8,
    /// The carrier's words: untrusted, only ever shown.
    pub message: &'a str,
    /// Who took it: personal data.
    pub signed_by: &'a str,
    /// Carrier of the number that continues this journey.
    pub next_carrier: &'a str,
    /// The number that continues this journey.
    pub next_tracking_number: &'a str,
    /// The carrier's own unique id of the shipment.
    pub carrier_shipment_id: &'a str,
    /// Ship date, days since 1970-01-01; splits recycled numbers.
    pub shipped_on: Option<i32>,
    /// `event_id` of the record that this one withdraws.
    pub retracts: &'a str,
    /// Degrees WGS 84, latitude and longitude.
    pub coordinates: Option<(f64, f64)>,
}

impl<'a> Scan<'a> {
    /// A plain physical scan at an exact time; the rest is absent.
    #[must_use]
    pub fn new(number: TrackingNumber, carrier: &'a str, status: Status, at: Timestamp) -> Self {
        Self {
            number,
            carrier,
            event_id: "",
            leg_carrier: "",
            service: "",
            order_id: "",
            merchant: "",
            source: "",
            kind: Code::generic(status).kind(),
            status: Some(status),
            code: Code::generic(status),
            carrier_code: "",
            reason: None,
            time: ScanTime::exact(at),
            recorded_at: None,
            place: Place::default(),
            destination: None,
            promised: None,
            estimated: None,
            estimate_source: EstimateSource::Carrier,
            pickup_until: None,
            attempt: 0,
            message: "",
            signed_by: "",
            next_carrier: "",
            next_tracking_number: "",
            carrier_shipment_id: "",
            shipped_on: None,
            retracts: "",
            coordinates: None,
        }
    }
}
