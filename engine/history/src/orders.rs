//! `orders`: the shipments of an order folded into one row, as SQL over `shipments`.
//!
//! Cancelled shipments do not count unless all are; a shipment with a successor does not count, its successor does.

use milepost_model::{Health, Status};
use std::fmt::Write;

/// The columns of `shipments` that the view reads.
pub(crate) const READS: [&str; 11] = [
    "order_id",
    "merchant",
    "status",
    "health",
    "next_tracking_number",
    "promised_at",
    "estimated_until",
    "first_scan_at",
    "last_heard_at",
    "delivered_at",
    "as_of",
];

/// The view, its columns in the order of `Table::Orders`.
pub(crate) fn sql() -> String {
    let open_rank = cases(
        "status",
        Status::ALL
            .iter()
            .filter(|status| !status.is_terminal())
            .map(|status| (status.as_str(), i64::from(status.rank()))),
    );
    let rank = cases(
        "status",
        Status::ALL
            .iter()
            .map(|status| (status.as_str(), i64::from(status.rank()))),
    );
    let health = cases(
        "health",
        Health::ALL.iter().map(|health| (health.as_str(), *health as i64)),
    );
    let status_of_rank = names(
        "status_rank",
        Status::ALL
            .iter()
            .map(|status| (i64::from(status.rank()), status.as_str())),
    );
    let health_of_rank = names(
        "health_rank",
        Health::ALL.iter().map(|health| (*health as i64, health.as_str())),
    );
    let counted = |aggregate: &str| {
        let filter = "FILTER (WHERE status <> 'cancelled')";
        format!("CASE WHEN count(*) {filter} > 0 THEN {aggregate} {filter} ELSE {aggregate} END")
    };
    format!(
        "WITH ranked AS (
           SELECT {reads}, {open_rank} AS open_rank, {rank} AS rank, {health} AS health_of
           FROM (SELECT {reads}, min(CASE WHEN next_tracking_number IS NULL THEN 0 ELSE 1 END)
                           OVER (PARTITION BY order_id, merchant) AS all_go_on
                 FROM shipments WHERE order_id IS NOT NULL)
           WHERE next_tracking_number IS NULL OR all_go_on = 1),
         folded AS (
           SELECT order_id, merchant, {shipments} AS shipments,
                  count(*) FILTER (WHERE status = 'delivered') AS delivered,
                  min(open_rank) AS open_rank, {least} AS least, {health_rank} AS health_rank,
                  {promised_at} AS promised_at, {estimated_until} AS estimated_until,
                  {first_scan_at} AS first_scan_at, {last_heard_at} AS last_heard_at,
                  min(delivered_at) FILTER (WHERE status = 'delivered') AS first_delivered_at,
                  max(delivered_at) FILTER (WHERE status = 'delivered') AS last_delivered_at,
                  max(as_of) AS as_of
           FROM ranked GROUP BY order_id, merchant),
         named AS (
           SELECT *, CASE WHEN open_rank IS NOT NULL THEN open_rank WHEN delivered > 0 THEN {delivered} ELSE least END
                  AS status_rank
           FROM folded)
         SELECT order_id, merchant, shipments, delivered, {status_of_rank} AS status, {health_of_rank} AS health,
                promised_at, estimated_until, first_scan_at, last_heard_at, first_delivered_at,
                CASE WHEN delivered = shipments THEN last_delivered_at END AS all_delivered_at, as_of
         FROM named",
        reads = READS.join(", "),
        shipments = counted("count(*)"),
        least = counted("min(rank)"),
        health_rank = counted("max(health_of)"),
        promised_at = counted("max(promised_at)"),
        estimated_until = counted("max(estimated_until)"),
        first_scan_at = counted("min(first_scan_at)"),
        last_heard_at = counted("max(last_heard_at)"),
        delivered = Status::Delivered.rank(),
    )
}

fn cases<'a>(column: &str, ranks: impl Iterator<Item = (&'a str, i64)>) -> String {
    let whens = ranks.fold(String::new(), |mut sql, (name, rank)| {
        let _ = write!(sql, " WHEN '{name}' THEN {rank}");
        sql
    });
    format!("CASE {column}{whens} END")
}

fn names<'a>(column: &str, ranks: impl Iterator<Item = (i64, &'a str)>) -> String {
    let whens = ranks.fold(String::new(), |mut sql, (rank, name)| {
        let _ = write!(sql, " WHEN {rank} THEN '{name}'");
        sql
    });
    format!("CASE {column}{whens} END")
}
