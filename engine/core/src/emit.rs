//! A job as users read it: one JSON object, its id a function of shipment, rule, episode and step.

use crate::facts::ShipmentView;
use alloc::string::String;
use core::fmt::Write;
use milepost_model::{Column, ColumnKind, Facts, Job, Position, Timestamp, Value, partition};

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

impl Step {
    fn write(self, out: &mut String) {
        match self {
            Self::Opened => out.push_str("opened"),
            Self::Escalated(step) => {
                out.push_str("escalated.");
                whole(out, i64::from(step));
            }
            Self::Recovered => out.push_str("recovered"),
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
    json.push_str("\"step\":\"");
    told.step.write(&mut json);
    json.push_str("\",");
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
        value(&mut json, column, &view.value(column));
    }
    time(&mut json, "opened_at", told.opened_at);
    for column in [Column::PromisedAt, Column::EstimatedFrom, Column::EstimatedUntil] {
        value(&mut json, column, &view.value(column));
    }
    time(&mut json, "as_of", as_of);
    json.push_str("\"position\":\"");
    push_position(&mut json, position);
    json.push_str("\",");
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
    identity.push_str(carrier);
    identity.push('|');
    identity.push_str(view.tracking_number());
    identity.push('|');
    whole(&mut identity, i64::from(view.epoch()));
    identity.push('|');
    identity.push_str(told.rule);
    identity.push('|');
    whole(&mut identity, i64::from(told.episode));
    identity.push('|');
    told.step.write(&mut identity);
    let hash = xxhash_rust::xxh3::xxh3_128(identity.as_bytes());
    let mut digits = [b'0'; 32];
    for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(hash.to_be_bytes()) {
        *pair = [byte >> 4, byte & 15].map(|digit| if digit < 10 { b'0' + digit } else { b'a' - 10 + digit });
    }
    let mut id = String::with_capacity(34);
    id.push_str("j_");
    id.push_str(core::str::from_utf8(&digits).unwrap_or_default());
    id
}

fn push_position(out: &mut String, position: Position) {
    match position.partition {
        Some(partition) => {
            out.push_str("scan.");
            whole(out, i64::from(partition));
        }
        None => out.push_str("scan.control"),
    }
    out.push('/');
    digits(out, position.sequence);
}

/// Appends a whole number: most of a job's are small.
fn whole(out: &mut String, value: i64) {
    if value < 0 {
        out.push('-');
    }
    digits(out, value.unsigned_abs());
}

fn digits(out: &mut String, mut value: u64) {
    let mut text = [b'0'; 20];
    let mut from = text.len() - 1;
    for (at, slot) in text.iter_mut().enumerate().rev() {
        from = at;
        *slot = b'0' + u8::try_from(value % 10).unwrap_or(0);
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.push_str(
        text.get(from..)
            .and_then(|text| core::str::from_utf8(text).ok())
            .unwrap_or_default(),
    );
}

fn value(json: &mut String, column: Column, value: &Value<'_>) {
    let name = column.name();
    match value {
        Value::Text(found) => text(json, name, found),
        Value::Int(found) => number(json, name, *found),
        Value::Time(found) => time(json, name, *found),
        Value::Bool(found) => bare(json, name, if *found { "true" } else { "false" }),
        Value::Null if column.kind() == ColumnKind::Text => text(json, name, ""),
        Value::Null | Value::Float(_) | Value::Interval(_) => bare(json, name, "null"),
    }
}

/// A value without quotes.
fn bare(json: &mut String, name: &str, value: &str) {
    json.push('"');
    json.push_str(name);
    json.push_str("\":");
    json.push_str(value);
    json.push(',');
}

fn number(json: &mut String, name: &str, value: i64) {
    json.push('"');
    json.push_str(name);
    json.push_str("\":");
    whole(json, value);
    json.push(',');
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
    let is_special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    // Nearly no text has one: all bytes are looked at together.
    if !value.bytes().fold(false, |any, byte| any | is_special(byte)) {
        return json.push_str(value);
    }
    let mut rest = value;
    while let Some(at) = rest.bytes().position(is_special) {
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
