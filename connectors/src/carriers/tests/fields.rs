//! The page of fields says what the decoder knows: every field, its type, an example that is taken.

use super::super::field::Field;
use super::{line, told};

const PAGE: &str = include_str!("../../../FIELDS.md");

/// Name, type and example of each row of the table.
fn rows() -> Vec<[&'static str; 3]> {
    let rows = PAGE.lines().filter(|row| row.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, kind, example, _, _] = cells.as_slice() else {
            panic!("a row has five cells: {row}");
        };
        [name.trim_matches('`'), kind, example.trim_matches('`')]
    })
    .collect()
}

#[test]
fn the_page_lists_every_field_in_the_order_of_the_decoder() {
    let listed: Vec<&str> = rows().iter().map(|[name, ..]| *name).collect();
    let known: Vec<&str> = Field::ALL.iter().map(|field| field.name()).collect();
    assert_eq!(listed, known);
}

#[test]
fn every_example_is_taken_and_says_something() {
    let plain = told(&line(&[]), |scan| format!("{scan:?}"));
    for (field, [name, kind, example]) in Field::ALL.iter().zip(rows()) {
        assert_eq!(kind == "number", field.is_number(), "{name}");
        let literal = format!("={example}");
        let value = if field.is_number() { &literal } else { example };
        // Coordinates come in pairs.
        let stated = match name {
            "latitude" => line(&[(name, value), ("longitude", "=1")]),
            "longitude" => line(&[("latitude", "=1"), (name, value)]),
            _ => line(&[(name, value)]),
        };
        let found = told(&stated, |scan| format!("{scan:?}"));
        assert!(found.starts_with("Scan {"), "{name}: {found}");
        let says_nothing_new = [
            Field::TrackingNumber,
            Field::Carrier,
            Field::Kind,
            Field::Status,
            // Known, and not used.
            Field::ReceivedAt,
            // What is assumed where it is absent.
            Field::EstimateSource,
            // Only of a time without offset.
            Field::OccurredZone,
        ];
        assert_eq!(found == plain, says_nothing_new.contains(field), "{name}");
    }
}

#[test]
fn what_the_page_counts_and_limits_is_so() {
    use milepost_model::{Code, Reason, Status};
    for (name, count) in [
        ("status", Status::ALL.len()),
        ("code", Code::ALL.len()),
        ("reason", Reason::ALL.len()),
    ] {
        let [_, kind, _] = rows()
            .into_iter()
            .find(|[row, ..]| *row == name)
            .expect("a row of that name");
        assert_eq!(kind, format!("one of {count}"), "{name}");
    }
    for [name, kind, _] in rows() {
        let Some(max) = kind
            .strip_prefix("text, ")
            .map(|max| max.parse::<usize>().expect("a number"))
        else {
            continue;
        };
        let text = |length: usize| "A".repeat(length);
        let told = |length| told(&line(&[(name, &text(length))]), |scan| format!("{scan:?}"));
        assert!(told(max).contains(&text(max)), "{name}");
        assert!(!told(max + 1).contains(&text(max + 1)), "{name}");
    }
}
