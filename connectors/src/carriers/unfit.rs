//! Payloads that do not fit their mapping, or a mapping that does not fit its payloads: what is said of them.

use super::field::{Field, Record};
use super::mapping::{Formats, Mapping};
use super::refusal::Refusal;
use milepost_model::RejectReason;

/// Says of a column that a record must have and has not where its mapping looks for it.
pub(super) fn looked_for(refusal: Refusal, record: &Record<'_>, mapping: &Mapping, set: usize) -> Refusal {
    let is_told = |field: &Field| record.text(*field).is_empty() && refusal.hint.starts_with(field.name());
    let Some(field) = [Field::TrackingNumber, Field::OccurredAt].into_iter().find(is_told) else {
        return refusal;
    };
    let places: Vec<String> = mapping
        .places(set, field)
        .iter()
        .map(|place| format!("`{place}`"))
        .collect();
    if places.is_empty() {
        return refusal;
    }
    let hint = format!(
        "{}; `{}` looks for it at {}, where nothing stands",
        refusal.hint,
        mapping.name(),
        places.join(" and ")
    );
    Refusal { hint, ..refusal }
}

/// Refuses a payload of which nothing was read, because it is none of the format that it is said to be.
#[cold]
pub(super) fn misfit(mapping: &Mapping, why: &str, payload: &[u8]) -> Refusal {
    let fitting = Formats::built_in().detect(payload);
    let others = fitting
        .iter()
        .map(|other| other.name())
        .filter(|other| *other != mapping.name());
    let others: Vec<&str> = others.collect();
    let todo = match others.as_slice() {
        [] => "send payloads of this format only, or mend its mapping file".to_owned(),
        names => format!("it looks like {}: send it as that", names.join(" or ")),
    };
    let hint = format!("the payload is none of `{}`: {why}; {todo}", mapping.name());
    Refusal::new(RejectReason::WrongFormat, hint)
}
