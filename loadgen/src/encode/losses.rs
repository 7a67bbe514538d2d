//! What each format cannot carry of a scan. This is the list that the round trip in `tests/story` holds to, in both
//! directions: what stands here must be lost, and nothing else may be. What codes become is told by `words`.

use super::Format;

/// What a format cannot carry.
#[derive(Clone, Copy, Debug)]
pub struct Losses {
    /// Columns of the canonical scan that never come back.
    pub fields: &'static [&'static str],
    /// What comes back otherwise than it was, in words.
    pub otherwise: &'static [&'static str],
    /// Columns of `shipments` that may differ for these reasons, some parcels being told otherwise or not at all.
    pub columns: &'static [&'static str],
}

impl Losses {
    /// Those of a format.
    #[must_use]
    pub const fn of(format: Format) -> &'static Self {
        match format {
            Format::Canonical => &CANONICAL,
            Format::EasyPost => &EASYPOST,
            Format::UpsTrackAlert => &UPS_TRACK_ALERT,
            Format::X12 => &X12,
            Format::Epcis => &EPCIS,
        }
    }
}

const CANONICAL: Losses = Losses {
    fields: &[],
    otherwise: &[],
    columns: &[],
};

const EASYPOST: Losses = Losses {
    fields: &[
        "event_id", "order_id", "merchant", "recorded_at", "facility", "latitude", "longitude", "promised_at", "estimated_from",
        "pickup_until", "attempt", "retracts",
    ],
    otherwise: &[
        "times end in Z and may be those of the place: both readings count",
        "an estimate is a record of its own, repeated with each event, its hour without offset",
        "service, destination and signature stand once for all records of the number, those of an earlier parcel too",
        "an estimate alone is no record of the history",
    ],
    columns: &["after_terminal", "age", "attempt_scans", "attempts", "carrier_code", "code", "delivered_at", "delivered_at_earliest", "destination_city", "destination_country", "destination_postal_code", "destination_region", "dwell", "estimated_from", "estimated_original", "estimated_until", "exceptions", "facility", "first_attempt_at", "health", "lane", "last_heard_at", "local_country", "local_zone", "merchant", "order_id", "overdue", "pickup_until", "promised_at", "promised_at_latest", "reason", "records", "retracted", "scans", "signed_by", "silence", "status", "status_since", "zone_unproven"],
};

const UPS_TRACK_ALERT: Losses = Losses {
    fields: &[
        "event_id", "service", "order_id", "merchant", "facility", "destination_city", "destination_region",
        "destination_postal_code", "destination_country", "promised_at", "pickup_until", "retracts",
    ],
    otherwise: &[
        "attempts are counted up to two",
        "an estimate is a record of its own, its hours without offset",
    ],
    columns: &["after_terminal", "carrier_code", "code", "delivered_at", "delivered_at_earliest", "destination_city", "destination_country", "destination_postal_code", "destination_region", "estimated_from", "estimated_until", "facility", "first_attempt_at", "local_country", "local_zone", "merchant", "order_id", "pickup_until", "promised_at", "promised_at_latest", "reason", "records", "retracted", "scans", "service", "signed_by", "status_since"],
};

const X12: Losses = Losses {
    fields: &[
        "event_id", "service", "merchant", "recorded_at", "postal_code", "facility", "promised_at", "estimated_from",
        "pickup_until", "attempt", "signed_by", "retracts",
    ],
    otherwise: &[
        "regions of other than two letters are left out",
        "an estimate is a record of its own, of the time at which the interchange was written, without offset",
        "reasons without a code of element 1651 are left out",
    ],
    columns: &["after_terminal", "carrier_code", "code", "delivered_at", "delivered_at_earliest", "destination_postal_code", "destination_region", "estimated_from", "facility", "first_attempt_at", "health", "lane", "last_heard_at", "merchant", "origin_region", "overdue", "pickup_until", "postal_code", "promised_at", "promised_at_latest", "reason", "records", "region", "reopened", "retracted", "scans", "service", "signed_by", "status_since", "unusual", "zone_unproven"],
};

const EPCIS: Losses = Losses {
    fields: &[
        "leg_carrier", "service", "merchant", "reason", "city", "region", "postal_code", "country",
        "destination_city", "destination_region", "destination_postal_code", "destination_country", "latitude",
        "longitude", "promised_at", "estimated_from", "estimated_until", "estimate_source", "pickup_until", "attempt",
        "message", "signed_by",
    ],
    otherwise: &[
        "the carrier is that of the feed",
        "minutes and days become the second in which they begin",
        "a withdrawal states the place of what it withdraws",
        "a door has a name, as every place",
    ],
    columns: &["after_terminal", "attempt_scans", "attempts", "carrier_code", "city", "code", "country", "delivered_at", "delivered_at_earliest", "destination_city", "destination_country", "destination_postal_code", "destination_region", "estimate_source", "estimated_from", "estimated_original", "estimated_until", "exceptions", "facility", "first_attempt_at", "health", "lane", "last_gap", "last_heard_at", "last_scan_at", "legs", "local_country", "local_zone", "merchant", "origin_country", "origin_region", "overdue", "pickup_until", "postal_code", "promised_at", "promised_at_latest", "reason", "records", "region", "reopened", "scans", "service", "signed_by", "status", "unusual"],
};
