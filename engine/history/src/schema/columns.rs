//! The columns of every table but `shipments`, whose columns are the model's. The order is that of the rows' cells.

use super::CellKind::{self, Bool, Date, Float, Int, Interval, Text, Time, WallTime};
use super::TableColumn;

const fn column(name: &'static str, kind: CellKind, description: &'static str) -> TableColumn {
    TableColumn {
        name,
        kind,
        description,
    }
}

/// What `shipments` has besides the model's columns.
pub(super) const AS_OF: TableColumn = column("as_of", Time, "The instant at which the row was read: the log's now.");

pub(super) const ORDERS: &[TableColumn] = &[
    column("order_id", Text, "The merchant's order."),
    column("merchant", Text, "The shop or tenant."),
    column("shipments", Int, "Number of shipments of the order that count."),
    column("delivered", Int, "How many of them are delivered."),
    column(
        "status",
        Text,
        "Status of the least advanced open shipment; when none is open, their common status, or delivered if one is.",
    ),
    column("health", Text, "The worst health among its shipments."),
    column("promised_at", Time, "The latest promise among its shipments."),
    column(
        "estimated_until",
        Time,
        "The latest end of an estimated window among its shipments.",
    ),
    column(
        "first_scan_at",
        Time,
        "Time of the first physical scan of any of its shipments.",
    ),
    column(
        "last_heard_at",
        Time,
        "Time of the last record of any of its shipments.",
    ),
    column(
        "first_delivered_at",
        Time,
        "When the first of its shipments was delivered.",
    ),
    column(
        "all_delivered_at",
        Time,
        "When the last of its known shipments was delivered; unknown until all are, and the merchant may still add one.",
    ),
    column("as_of", Time, "The instant at which the row was read: the log's now."),
];

pub(super) const SCANS: &[TableColumn] = &[
    column(
        "carrier",
        Text,
        "Carrier under which the number is tracked; part of the shipment's key.",
    ),
    column(
        "tracking_number",
        Text,
        "The carrier's number, normalised; part of the shipment's key.",
    ),
    column(
        "epoch",
        Int,
        "Journey under this number, 0 for the first; part of the shipment's key.",
    ),
    column("event_id", Text, "Stable id of this scan at its source."),
    column(
        "kind",
        Text,
        "What kind of record it is: scan, notice, estimate, admin or proof.",
    ),
    column("status", Text, "What happened, if this record may move a status."),
    column("code", Text, "Normalised sub-status."),
    column("carrier_code", Text, "Raw code and detail code of the carrier."),
    column("reason", Text, "Why, prefixed by whose doing it is."),
    column(
        "occurred_at",
        Time,
        "The instant by which the scan is sorted; read it with its precision and time basis.",
    ),
    column(
        "occurred_earliest",
        Time,
        "The earliest instant that the written time allows.",
    ),
    column(
        "occurred_latest",
        Time,
        "The latest instant that the written time allows.",
    ),
    column("occurred_local", WallTime, "The wall clock as the carrier wrote it."),
    column(
        "precision",
        Text,
        "How finely the time was written: exact, minute or date.",
    ),
    column("time_basis", Text, "Which step of the time ladder gave the zone."),
    column("dst_ambiguous", Bool, "The written hour occurs twice on that day."),
    column("recorded_at", Time, "When the carrier wrote it down."),
    column("city", Text, "City as the carrier writes it."),
    column("region", Text, "State, province or region."),
    column("postal_code", Text, "Postal code."),
    column("country", Text, "ISO 3166-1 alpha-2."),
    column("facility", Text, "The carrier's id of the place."),
    column(
        "destination_city",
        Text,
        "City to which the parcel is to go, as this record states it.",
    ),
    column("destination_region", Text, "State, province or region of that."),
    column("destination_postal_code", Text, "Postal code of that."),
    column("destination_country", Text, "Country of that, ISO 3166-1 alpha-2."),
    column("latitude", Float, "Degrees WGS 84, if the carrier sends them."),
    column("longitude", Float, "Degrees WGS 84, if the carrier sends them."),
    column(
        "promised_at",
        Time,
        "End of the window told to the shopper, as this record states it.",
    ),
    column(
        "estimated_from",
        Time,
        "Begin of the delivery window that this record states.",
    ),
    column("estimated_until", Time, "End of that window."),
    column(
        "estimate_source",
        Text,
        "Who made that estimate; unknown where none is stated.",
    ),
    column("pickup_until", Time, "Last day to collect, as this record states it."),
    column("attempt", Int, "Attempt number as the carrier counts."),
    column("message", Text, "The carrier's words: untrusted, only to be shown."),
    column(
        "signed_by",
        Text,
        "Who took it, as the carrier writes it; personal data.",
    ),
    column(
        "leg_carrier",
        Text,
        "Who did it, if another carrier on the same number.",
    ),
    column("service", Text, "The carrier's product, for example ground or express."),
    column("order_id", Text, "The merchant's order."),
    column("merchant", Text, "The shop or tenant."),
    column("source", Text, "Feed that it came by."),
    column(
        "next_carrier",
        Text,
        "Carrier of the number that continues the journey.",
    ),
    column("next_tracking_number", Text, "The number that continues the journey."),
    column(
        "carrier_shipment_id",
        Text,
        "The carrier's own unique id of the shipment.",
    ),
    column("shipped_on", Date, "Ship date."),
    column("retracts", Text, "event_id of the record that this one withdraws."),
    column(
        "counted",
        Bool,
        "Whether it moved or repeated a status: not withdrawn, and of a kind that may.",
    ),
    column("retracted", Bool, "Whether its source withdrew it."),
    column(
        "promised_at_latest",
        Time,
        "The reading of promised_at that favours the carrier: a date ends 12 hours later.",
    ),
    column(
        "estimated_latest",
        Time,
        "The reading of estimated_until that favours the carrier.",
    ),
    column("pickup_latest", Time, "The reading of pickup_until that ends last."),
];

pub(super) const UNMAPPED_CODES: &[TableColumn] = &[
    column("source", Text, "Feed that the code came by."),
    column(
        "carrier",
        Text,
        "Carrier under which the parcels are tracked; another may have done it.",
    ),
    column(
        "carrier_code",
        Text,
        "Raw code and detail code, as the feed writes them; unknown where it names none.",
    ),
    column("scans", Int, "Distinct scans with this code."),
    column("first_seen", Time, "When the first of them happened."),
    column("last_seen", Time, "When the last of them happened."),
    column("tracking_number", Text, "The number of the last one, as an example."),
    column(
        "message",
        Text,
        "What the carrier said of the last one: untrusted, only to be shown.",
    ),
];

pub(super) const LANES: &[TableColumn] = &[
    column("carrier", Text, "Carrier."),
    column(
        "service",
        Text,
        "The carrier's product; unknown where no scan names it.",
    ),
    column(
        "origin_country",
        Text,
        "Country in which parcels are handed over, ISO 3166-1 alpha-2.",
    ),
    column(
        "origin_region",
        Text,
        "Region of that; where the carrier names none, the city.",
    ),
    column(
        "destination_country",
        Text,
        "Country to which they go, as stated; unknown where nobody states it.",
    ),
    column(
        "destination_region",
        Text,
        "Region of that; where the carrier names none, the city.",
    ),
    column("under_way", Int, "Parcels that were handed over and not visited yet."),
    column(
        "lane_cases",
        Int,
        "Parcels that had their first visit; one of four weeks ago counts half as much as one of now.",
    ),
    column(
        "lane_reliability",
        Float,
        "Share of the promised ones that were visited by then; of fewer than five, that of the wider lanes.",
    ),
    column(
        "estimated_p10",
        Time,
        "When a tenth of parcels that are handed over at as_of have had their first visit; unknown where too little is known.",
    ),
    column("estimated_p50", Time, "When half of them have."),
    column("estimated_p90", Time, "When nine of ten have."),
    column(
        "estimates_kept",
        Float,
        "Share of first visits within the first window that the carrier stated; unknown where it stated fewer than five.",
    ),
    column(
        "estimate_error",
        Interval,
        "How far first visits lay outside that window, those within it counted as zero: the mean.",
    ),
    AS_OF,
];

pub(super) const CALIBRATION: &[TableColumn] = &[
    column(
        "stage",
        Text,
        "Where they were when it was told: origin, hub, on the road from_origin or from_hub, near, depot, customs, trouble or van.",
    ),
    column(
        "hours_left_from",
        Int,
        "Hours that were left until the promise: from here on.",
    ),
    column("hours_left_until", Int, "And before this; unknown where it has no end."),
    column(
        "chance_from",
        Float,
        "Their lanes gave them this chance to be late or more, up to that of the next row.",
    ),
    column(
        "answers",
        Float,
        "How often it was told; one of two weeks ago counts half as much as one of now, or less while little is known.",
    ),
    column(
        "p_late_mean",
        Float,
        "Mean of the p_late that was told: the chance, corrected by what came of those before.",
    ),
    column(
        "late_share",
        Float,
        "Share of them that came late. Where p_late is right it is near p_late_mean.",
    ),
    AS_OF,
];

pub(super) const CALIBRATION_DAYS: &[TableColumn] = &[
    column(
        "day",
        Date,
        "Day (UTC) on which it was known what came of them: the one after the promise.",
    ),
    column(
        "answers",
        Int,
        "How often p_late was told of parcels whose promises were over: once at the hand-over and once each midnight.",
    ),
    column("p_late_mean", Float, "Mean of the p_late that was told."),
    column(
        "late_share",
        Float,
        "Share of them that came late. Far from p_late_mean on many days, lanes have changed faster than was learned.",
    ),
    AS_OF,
];

pub(super) const DELAYS: &[TableColumn] = &[
    column("carrier", Text, "Carrier; part of the shipment's key."),
    column(
        "tracking_number",
        Text,
        "The carrier's number; part of the shipment's key.",
    ),
    column("epoch", Int, "Journey under this number; part of the shipment's key."),
    column("order_id", Text, "The merchant's order."),
    column("merchant", Text, "The shop or tenant."),
    column("rule", Text, "Name of the rule."),
    column("episode", Int, "1 for the first of this shipment and rule."),
    column("opened_at", Time, "Since when the rule's condition held."),
    column("closed_at", Time, "When the episode closed; unknown while it is open."),
    column(
        "ending",
        Text,
        "How it closed: recovered, finished, rule_removed or rule_changed; unknown while it is open.",
    ),
    column("health", Text, "What it did to the health of the shipment."),
    column("because", Text, "Why, in words."),
];

pub(super) const JOBS: &[TableColumn] = &[
    column(
        "job_id",
        Text,
        "A function of shipment, rule, episode and step: the key against sending twice.",
    ),
    column("notice", Text, "What the message is about, for example delay.detected."),
    column("rule", Text, "Name of the rule that decided it."),
    column("episode", Int, "Episode of this shipment and rule, from 1."),
    column("carrier", Text, "Carrier of the shipment."),
    column("tracking_number", Text, "Number of the shipment."),
    column("epoch", Int, "Journey under this number."),
    column("order_id", Text, "The merchant's order."),
    column("merchant", Text, "The shop or tenant."),
    column("status", Text, "Status of the shipment when it was decided."),
    column("health", Text, "Health of the shipment when it was decided."),
    column("reason", Text, "Reason of the shipment when it was decided."),
    column("opened_at", Time, "Since when the rule's condition held."),
    column("promised_at", Time, "End of the window told to the shopper."),
    column("estimated_from", Time, "Begin of the newest delivery window."),
    column("estimated_until", Time, "End of that window."),
    column("as_of", Time, "The log's now when it was decided."),
    column(
        "position",
        Text,
        "Message of the log that caused it, for example scan.17/88213.",
    ),
    column("because", Text, "Why, in words."),
];

pub(super) const REJECTS: &[TableColumn] = &[
    column(
        "file",
        Text,
        "File that the record stands in; unknown when it came by the log.",
    ),
    column(
        "position",
        Text,
        "Message of the log that the record stands in; unknown when it came from a file.",
    ),
    column("line", Int, "Line within the file or message, from 1."),
    column(
        "byte_offset",
        Int,
        "Offset of the record within the file or message, in bytes.",
    ),
    column("reason", Text, "Why it was refused, one of a closed list."),
    column("hint", Text, "What exactly is wrong and what to do."),
    column(
        "excerpt",
        Text,
        "The record as received, cut at 4 KiB; bytes that are no text are shown as the replacement character.",
    ),
    column("length", Int, "Length of the whole record in bytes."),
    column(
        "format",
        Text,
        "Format that it was read as; unknown for canonical scans, and where no format is known.",
    ),
];
