//! What there is to choose from: formats, and what a mapping file may say of a code.

use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::carriers::meanings::{CODES, REASONS, STATUSES};
use milepost_model::{Code, Kind, Status};
use serde_json::{Value, json};

/// The formats, an object or a line each.
pub(super) fn formats(formats: &Formats, is_json: bool) -> String {
    let ours = [
        ("canonical", "Milepost's own: one flat JSON object a line"),
        ("csv", "the same columns as comma-separated values"),
    ];
    let mapped = formats.iter().map(|mapping| (mapping.name(), mapping.title()));
    let rows = ours.into_iter().chain(mapped).map(|(name, title)| {
        if is_json {
            format!("{}\n", json!({ "format": name, "title": title }))
        } else {
            format!("{name:<20} {title}\n")
        }
    });
    rows.collect()
}

/// Statuses with the codes of each, codes of none, and reasons.
pub(super) fn codes(is_json: bool) -> String {
    if is_json { codes_as_json() } else { codes_as_text() }
}

fn codes_as_json() -> String {
    let statuses = STATUSES
        .iter()
        .map(|(status, means)| json!({ "status": status.as_str(), "means": means }));
    let codes = CODES.iter().map(|(code, means)| {
        let status = code.status().map(Status::as_str);
        json!({ "code": code.as_str(), "status": status, "kind": code.kind().as_str(), "means": means })
    });
    let reasons = REASONS
        .iter()
        .map(|(reason, means)| json!({ "reason": reason.as_str(), "means": means }));
    let all: Vec<Value> = statuses.chain(codes).chain(reasons).collect();
    all.iter().map(|one| format!("{one}\n")).collect()
}

fn codes_as_text() -> String {
    let mut text =
        "Statuses, and under each its codes. What stands alone as a status means the first of them.\n".to_owned();
    let under = |belongs: &dyn Fn(Code) -> bool| {
        let codes = CODES.iter().filter(|(code, _)| belongs(*code));
        let lines = codes.map(|(code, means)| format!("    {:<26} {means}\n", code.as_str()));
        lines.collect::<String>()
    };
    for (status, means) in STATUSES {
        text.push_str(&format!("\n{:<30} {means}\n", status.as_str()));
        text.push_str(&under(&|code| code.status() == Some(status)));
    }
    for (kind, means) in [
        (
            Kind::Notice,
            "codes of no status: the carrier says something without having it in hand",
        ),
        (Kind::Estimate, "codes of no status: when it is expected"),
    ] {
        text.push_str(&format!("\n{:<30} {means}\n", kind.as_str()));
        text.push_str(&under(&|code| code.status().is_none() && code.kind() == kind));
    }
    text.push_str("\nReasons, by whose doing it is\n");
    for (reason, means) in REASONS {
        text.push_str(&format!("    {:<26} {means}\n", reason.as_str()));
    }
    text
}
