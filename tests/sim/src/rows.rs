//! What shards hold, as text that does not tell how many shards there are.

use milepost_core::Shard;
use milepost_model::{Column, Facts, Timestamp, Value};
use std::fmt::Write;

/// Every row of shipments, scans and delays as of `now`, sorted.
#[must_use]
pub fn rows(shards: &[Shard], now: Timestamp) -> Vec<String> {
    let mut rows = Vec::new();
    for shard in shards {
        shard.each_shipment(now, &mut |view| {
            let mut row = String::from("shipment");
            for column in Column::ALL {
                let _ = write!(row, "|{}={}", column.name(), show(&view.value(*column)));
            }
            rows.push(row);
        });
        shard.each_scan(&mut |kept| rows.push(format!("scan|{kept:?}")));
        shard.each_delay(&mut |view, epoch, delay| {
            let key = (view.value(Column::Carrier), view.tracking_number());
            rows.push(format!("delay|{key:?}|{epoch}|{delay:?}"));
        });
    }
    rows.sort();
    rows
}

/// A value as text; empty when unknown.
#[must_use]
pub fn show(value: &Value<'_>) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) => (*text).to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Time(at) => at.to_string(),
        Value::Interval(ms) => format!("{ms}ms"),
    }
}

/// The first difference of two lists, for a message.
#[must_use]
pub fn first_difference<T: PartialEq + std::fmt::Debug>(a: &[T], b: &[T]) -> Option<String> {
    let at = a.iter().zip(b).position(|(a, b)| a != b);
    let at = at.or_else(|| (a.len() != b.len()).then(|| a.len().min(b.len())))?;
    Some(format!(
        "{} and {} items differ at {at}:\n  {:?}\n  {:?}",
        a.len(),
        b.len(),
        a.get(at),
        b.get(at)
    ))
}
