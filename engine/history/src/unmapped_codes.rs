//! `unmapped_codes`: the codes that no mapping knows, counted, as SQL over `scans`. What stands here wants a row in the
//! mapping file of its source.

/// The columns of `scans` that the view reads.
pub(crate) const READS: [&str; 8] = [
    "source",
    "carrier",
    "carrier_code",
    "code",
    "occurred_at",
    "retracted",
    "tracking_number",
    "message",
];

/// The view, its columns in the order of `Table::UnmappedCodes`.
pub(crate) fn sql() -> String {
    // Of scans at one instant the example is the same whatever their order.
    let last = "ORDER BY occurred_at, tracking_number, message";
    format!(
        "SELECT source, carrier, carrier_code, count(*) AS scans,
                min(occurred_at) AS first_seen, max(occurred_at) AS last_seen,
                last_value(tracking_number {last}) AS tracking_number, last_value(message {last}) AS message
         FROM scans WHERE code = 'unmapped' AND NOT retracted GROUP BY source, carrier, carrier_code"
    )
}
