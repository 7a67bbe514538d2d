//! The slow and plain way to read a record, as a yardstick: the whole line into a tree of `serde_json`, then column by
//! column.

use super::super::field::{Field, Record};
use super::super::scratch::Scratch;
use serde_json::Value;

/// The record that a line holds, if it holds one.
pub(super) fn read<'a>(line: &str, scratch: &'a Scratch) -> Option<Record<'a>> {
    let Ok(Value::Object(columns)) = serde_json::from_str(line) else {
        return None;
    };
    let mut record = Record::new();
    for (name, value) in &columns {
        let Some(field) = Field::ALL.iter().find(|field| field.name() == name) else {
            record.unknown += 1;
            continue;
        };
        match value {
            Value::String(text) => record.set(*field, scratch.keep(text)),
            Value::Object(_) => record.set_literal(*field, "{"),
            Value::Array(_) => record.set_literal(*field, "["),
            Value::Null | Value::Bool(_) | Value::Number(_) => {
                record.set_literal(*field, scratch.keep(&value.to_string()));
            }
        }
    }
    Some(record)
}
