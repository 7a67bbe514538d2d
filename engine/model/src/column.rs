//! The columns of `shipments`: what a rule looks at, a template prints, Parquet stores and an analyst selects.

use crate::{Status, Timestamp, Zone};

/// The type of a column's values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Text; a closed list where the description says so.
    Text,
    /// True or false.
    Bool,
    /// Whole number.
    Int,
    /// Number with fraction.
    Float,
    /// Instant, UTC, milliseconds.
    Time,
    /// Length of time, milliseconds.
    Interval,
}

/// One value of a column.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Value<'a> {
    /// Unknown.
    Null,
    /// Text.
    Text(&'a str),
    /// True or false.
    Bool(bool),
    /// Whole number.
    Int(i64),
    /// Number with fraction.
    Float(f64),
    /// Instant.
    Time(Timestamp),
    /// Milliseconds.
    Interval(i64),
}

impl<'a> Value<'a> {
    /// The text, if it is one.
    #[must_use]
    pub const fn as_text(&self) -> Option<&'a str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    /// The whole number, if it is one.
    #[must_use]
    pub const fn as_int(&self) -> Option<i64> {
        if let Value::Int(number) = self {
            Some(*number)
        } else {
            None
        }
    }

    /// The instant, if it is one.
    #[must_use]
    pub const fn as_time(&self) -> Option<Timestamp> {
        if let Value::Time(at) = self { Some(*at) } else { None }
    }

    /// Whether it is unknown.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

/// One row of `shipments` at an instant: what rules, templates and tables read.
pub trait Facts {
    /// The instant at which the row is read.
    fn now(&self) -> Timestamp;
    /// What happened last, as of now.
    fn status(&self) -> Status;
    /// The value of a column as of now.
    fn value(&self, column: Column) -> Value<'_>;
    /// The value so many milliseconds later if no scan comes, of columns that drift. It changes at full hours of UTC only.
    fn value_after(&self, column: Column, _by_ms: i64) -> Value<'_> {
        self.value(column)
    }
    /// The zone that `local_zone` names, where it is known by its number; of any other row the name is looked up.
    fn zone(&self) -> Option<Zone> {
        None
    }
}

macro_rules! columns {
    ($($variant:ident $name:literal $kind:ident $text:literal;)+) => {
        /// A column of `shipments`.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum Column { $(#[doc = $text] $variant),+ }

        impl Column {
            /// Every column, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// Its type.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind),+ }
            }

            /// What it means, in one sentence.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The column of that name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

columns! {
    Carrier "carrier" Text "Carrier under which the number is tracked; part of the key.";
    TrackingNumber "tracking_number" Text "The carrier's number, upper-case without spaces, dots and hyphens; part of the key.";
    Epoch "epoch" Int "0 for the first journey under this number, 1 for the next after the number was recycled; part of the key.";
    OrderId "order_id" Text "The merchant's order.";
    Merchant "merchant" Text "The shop or tenant.";
    Service "service" Text "The carrier's product, for example ground or express.";
    Status "status" Text "What happened last: one of 15 statuses.";
    StatusSince "status_since" Time "When the status began, by the time of the scan that set it.";
    Code "code" Text "Normalised sub-status of the last counted scan.";
    CarrierCode "carrier_code" Text "The carrier's own code of the last counted scan.";
    Reason "reason" Text "Why, prefixed by whose doing it is; of the last counted scan.";
    Health "health" Text "Is it a problem: ok, at_risk, late_predicted, stalled, late, action_required or disputed.";
    City "city" Text "City of the last physical scan that names a place.";
    Region "region" Text "State, province or region of that scan.";
    PostalCode "postal_code" Text "Postal code of that scan.";
    Country "country" Text "Country of that scan, ISO 3166-1 alpha-2.";
    Facility "facility" Text "The carrier's id of the place of that scan.";
    OriginRegion "origin_region" Text "Region of the first physical scan.";
    OriginCountry "origin_country" Text "Country of the first physical scan.";
    DestinationCity "destination_city" Text "City to which it is to go: as stated, else where it was out for delivery.";
    DestinationRegion "destination_region" Text "State, province or region of the destination.";
    DestinationPostalCode "destination_postal_code" Text "Postal code of the destination.";
    DestinationCountry "destination_country" Text "Country of the destination, ISO 3166-1 alpha-2.";
    LocalZone "local_zone" Text "Time zone of the destination, else of the last place known, else of the origin, an IANA name; UTC when none is known.";
    LocalCountry "local_country" Text "Country of that place, whose business days count; unknown like it.";
    Lane "lane" Text "From region to region, for example US-KY>US-OH; known once origin and destination are.";
    PromisedAt "promised_at" Time "End of the window told to the shopper; a date ends with its last millisecond in UTC.";
    PromisedAtLatest "promised_at_latest" Time "The reading of promised_at that favours the carrier: a date ends 12 hours later.";
    EstimatedFrom "estimated_from" Time "Begin of the newest delivery window of the best source.";
    EstimatedUntil "estimated_until" Time "End of that window.";
    EstimatedOriginal "estimated_original" Time "End of the oldest delivery window that was ever stated.";
    EstimateSource "estimate_source" Text "Who made the newest estimate: carrier, model, merchant or rule.";
    EstimatedP10 "estimated_p10" Time "By learned lanes, a tenth of parcels that have come as far have had their first visit by then; unknown before the hand-over and after the first visit.";
    EstimatedP50 "estimated_p50" Time "By learned lanes, half of parcels that have come as far have had their first visit by then; unknown before the hand-over and after the first visit.";
    EstimatedP90 "estimated_p90" Time "By learned lanes, nine tenths of parcels that have come as far have had their first visit by then; unknown before the hand-over and after the first visit.";
    PLate "p_late" Float "By learned lanes, the share, 0 to 1, of parcels that have come as far whose first visit comes after promised_at_latest; unknown without a promise and after the first visit.";
    SilenceP95 "silence_p95" Interval "By learned lanes, how long parcels like it are silent after the last physical scan at most, in 95 of 100 cases.";
    LaneCases "lane_cases" Int "Visited parcels of its lane on which what is learned rests, old ones weighed less.";
    LaneReliability "lane_reliability" Float "Share, 0 to 1, of the lane's promised parcels that were visited by their promise, old ones weighed less.";
    EstimateError "estimate_error" Interval "By learned lanes, how far first visits on its lane lay outside the first delivery window that the carrier stated, mean; old ones weighed less.";
    PickupUntil "pickup_until" Time "Last day to collect.";
    FirstScanAt "first_scan_at" Time "Time of the first physical scan.";
    LastScanAt "last_scan_at" Time "Time of the last physical scan; notices do not move it.";
    LastHeardAt "last_heard_at" Time "Time of the last record of any kind.";
    LastGap "last_gap" Interval "Time between the last two physical scans.";
    FirstAttemptAt "first_attempt_at" Time "Time of the first attempt to deliver, successful or not.";
    DeliveredAt "delivered_at" Time "When it was delivered.";
    DeliveredAtEarliest "delivered_at_earliest" Time "The reading of delivered_at that favours the carrier.";
    SignedBy "signed_by" Text "Who took it, as the carrier writes it; personal data.";
    Scans "scans" Int "Number of distinct physical scans.";
    Records "records" Int "Number of distinct records of any kind.";
    Attempts "attempts" Int "Number of counted attempts that failed; the same visit told twice counts once.";
    AttemptScans "attempt_scans" Int "Number of distinct scans with status attempt_failed.";
    Exceptions "exceptions" Int "Number of distinct scans with status exception.";
    Legs "legs" Int "Number of carriers that carried it under this number.";
    NextCarrier "next_carrier" Text "Carrier of the number that continues this journey.";
    NextTrackingNumber "next_tracking_number" Text "The number that continues this journey.";
    DelayNotice "delay_notice" Bool "Whether the carrier said since the last physical scan that it is delayed.";
    Silence "silence" Interval "Time since the last physical scan; unknown before the first and after the end.";
    Dwell "dwell" Interval "Time at the place of the last physical scan; unknown before the first and after the end.";
    Age "age" Interval "Time since the first record; unknown after the end.";
    Overdue "overdue" Interval "Time since promised_at_latest, negative before; unknown without a promise and after the end.";
    Unusual "unusual" Bool "A step came that is rare after the one before it.";
    Reopened "reopened" Bool "It moved again after a terminal status.";
    AfterTerminal "after_terminal" Bool "Scans after the terminal status were kept but did not move it.";
    ZoneUnproven "zone_unproven" Bool "Some scan carries a time without a proven zone.";
    DstAmbiguous "dst_ambiguous" Bool "Some scan carries a local hour that occurs twice.";
    Retracted "retracted" Bool "Some scan was withdrawn by its source.";
}

impl Column {
    /// Whether its value grows by one millisecond each millisecond while no scan comes.
    #[must_use]
    pub const fn grows(self) -> bool {
        matches!(self, Self::Silence | Self::Dwell | Self::Age | Self::Overdue)
    }

    /// Whether time alone changes it in a way that no formula tells: [`Facts::value_after`] does.
    #[must_use]
    pub const fn drifts(self) -> bool {
        matches!(
            self,
            Self::EstimatedP10 | Self::EstimatedP50 | Self::EstimatedP90 | Self::PLate
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_one_name_and_a_sentence() {
        for column in Column::ALL {
            assert_eq!(Column::parse(column.name()), Some(*column));
            assert!(column.description().ends_with('.'), "{}", column.name());
        }
    }

    #[test]
    fn what_drifts_does_not_grow() {
        assert!(Column::ALL.iter().all(|column| !(column.drifts() && column.grows())));
    }
}
