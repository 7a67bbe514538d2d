//! A job as users read it: one JSON object, its id a function of shipment, rule, episode and step.

use crate::facts::ShipmentView;
use alloc::string::String;
use core::fmt::Write;
use milepost_model::{Column, Facts, Job, Position, Timestamp, Value, partition};

/// What is told, and about which episode.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told<'a> {
    pub(crate) notice: &'a str,
    pub(crate) rule: &'a str,
    pub(crate) episode: u16,
    /// `opened`, `escalated.1` …, `recovered`: part of the job's identity.
    pub(crate) step: Step,
    pub(crate) opened_at: Timestamp,
    pub(crate) because: &'a str,
}

/// Which moment of an episode a job tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Opened,
    Escalated(u8),
    Recovered,
}

impl core::fmt::Display for Step {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Opened => f.write_str("opened"),
            Self::Escalated(step) => write!(f, "escalated.{step}"),
            Self::Recovered => f.write_str("recovered"),
        }
    }
}

/// Builds the job; its index among those of the position is the caller's to set.
pub(crate) fn job(view: &ShipmentView<'_>, told: &Told<'_>, as_of: Timestamp, position: Position) -> Job {
    let job_id = job_id(view, told);
    let partition = partition(view.tracking_number());
    let position = Position {
        partition: position.partition.or(Some(partition)),
        ..position
    };
    let mut json = String::with_capacity(640);
    json.push('{');
    text(&mut json, "job_id", &job_id);
    text(&mut json, "notice", told.notice);
    text(&mut json, "rule", told.rule);
    number(&mut json, "episode", i64::from(told.episode));
    let _ = write!(json, "\"step\":\"{}\",", told.step);
    for column in [
        Column::Carrier,
        Column::TrackingNumber,
        Column::Epoch,
        Column::OrderId,
        Column::Merchant,
        Column::Service,
        Column::Status,
        Column::Code,
        Column::Health,
        Column::Reason,
    ] {
        value(&mut json, column.name(), &view.value(column));
    }
    time(&mut json, "opened_at", told.opened_at);
    for column in [Column::PromisedAt, Column::EstimatedFrom, Column::EstimatedUntil] {
        value(&mut json, column.name(), &view.value(column));
    }
    time(&mut json, "as_of", as_of);
    let _ = write!(json, "\"position\":\"{position}\",");
    text(&mut json, "because", told.because);
    json.pop();
    json.push('}');
    Job {
        job_id,
        partition,
        position,
        index: 0,
        json,
    }
}

fn job_id(view: &ShipmentView<'_>, told: &Told<'_>) -> String {
    let mut identity = String::with_capacity(96);
    let carrier = view.value(Column::Carrier);
    let carrier = if let Value::Text(carrier) = carrier {
        carrier
    } else {
        ""
    };
    let (number, epoch) = (view.tracking_number(), view.epoch());
    let _ = write!(
        identity,
        "{carrier}|{number}|{epoch}|{}|{}|{}",
        told.rule, told.episode, told.step
    );
    let mut id = String::with_capacity(34);
    let _ = write!(id, "j_{:032x}", xxhash_rust::xxh3::xxh3_128(identity.as_bytes()));
    id
}

fn value(json: &mut String, name: &str, value: &Value<'_>) {
    match value {
        Value::Text(found) => text(json, name, found),
        Value::Int(found) => number(json, name, *found),
        Value::Time(found) => time(json, name, *found),
        Value::Bool(found) => {
            let _ = write!(json, "\"{name}\":{found},");
        }
        Value::Null if is_text(name) => text(json, name, ""),
        Value::Null | Value::Float(_) | Value::Interval(_) => {
            let _ = write!(json, "\"{name}\":null,");
        }
    }
}

fn is_text(name: &str) -> bool {
    Column::parse(name).is_some_and(|column| column.kind() == milepost_model::ColumnKind::Text)
}

fn number(json: &mut String, name: &str, value: i64) {
    let _ = write!(json, "\"{name}\":{value},");
}

fn time(json: &mut String, name: &str, at: Timestamp) {
    let mut buffer = [0; 24];
    json.push('"');
    json.push_str(name);
    json.push_str("\":\"");
    json.push_str(at.write_rfc3339(&mut buffer).unwrap_or_default());
    json.push_str("\",");
}

fn text(json: &mut String, name: &str, value: &str) {
    json.push('"');
    json.push_str(name);
    json.push_str("\":\"");
    escape(json, value);
    json.push_str("\",");
}

/// Appends a text with the escapes that JSON asks for.
pub(crate) fn escape(json: &mut String, value: &str) {
    let mut rest = value;
    while let Some(at) = rest
        .bytes()
        .position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\')
    {
        let (plain, tail) = rest.split_at(at);
        json.push_str(plain);
        let mut tail = tail.chars();
        match tail.next() {
            Some('"') => json.push_str("\\\""),
            Some('\\') => json.push_str("\\\\"),
            Some('\n') => json.push_str("\\n"),
            Some('\r') => json.push_str("\\r"),
            Some('\t') => json.push_str("\\t"),
            Some(other) => {
                let _ = write!(json, "\\u{:04x}", u32::from(other));
            }
            None => {}
        }
        rest = tail.as_str();
    }
    json.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untrusted_text_stays_inside_its_quotes() {
        for (value, expected) in [
            ("plain", "plain"),
            ("Coeur d'Alene", "Coeur d'Alene"),
            ("a\"b\\c", "a\\\"b\\\\c"),
            ("line\nbreak\ttab\u{1}", "line\\nbreak\\ttab\\u0001"),
            ("Köln \u{1F4E6}\"", "Köln \u{1F4E6}\\\""),
        ] {
            let mut json = String::new();
            escape(&mut json, value);
            assert_eq!(json, expected);
        }
    }
}
