//! Whose a tracking number is, and what speaks for it.

use crate::out::{self, Mark, marked};
use anyhow::Result;
use milepost_connectors::carriers::numbers::{Candidate, Candidates, Verdict, candidates};
use milepost_model::TrackingNumber;
use serde_json::json;
use std::process::ExitCode;

/// Tells of each number who gives such ones; ends with 1 when the carrier of one is not certain, with 2 when one is no number.
pub(super) fn tell(numbers: &[String], is_json: bool) -> Result<ExitCode> {
    let (mut are_certain, mut are_numbers) = (true, true);
    for text in numbers {
        let number = match TrackingNumber::parse(text.as_bytes()) {
            Ok(number) => number,
            Err(error) => {
                eprintln!("error: `{text}` {error}; a tracking number has 5 to 40 letters and digits");
                are_numbers = false;
                continue;
            }
        };
        let found = candidates(number.as_str());
        are_certain &= found.answer().is_some();
        out::line(if is_json {
            json(number.as_str(), &found)
        } else {
            text_of(number.as_str(), &found)
        })?;
    }
    Ok(ExitCode::from(match (are_numbers, are_certain) {
        (false, _) => 2,
        (true, false) => 1,
        (true, true) => 0,
    }))
}

fn json(number: &str, found: &Candidates) -> String {
    let candidate = |candidate: &Candidate| {
        let (check, expected) = match candidate.verdict {
            Verdict::Holds => ("holds", None),
            Verdict::Fails(expected) => ("fails", Some(expected.to_string())),
            Verdict::Unknown => ("unknown", None),
        };
        json!({
            "carrier": candidate.carrier,
            "form": candidate.form.words(),
            "own_form": candidate.form.is_own,
            "check_digit": check,
            "expected": expected,
            "known_from": candidate.form.source,
        })
    };
    let candidates: Vec<serde_json::Value> = found.iter().map(candidate).collect();
    json!({ "number": number, "carrier": found.answer(), "candidates": candidates }).to_string()
}

fn text_of(number: &str, found: &Candidates) -> String {
    let mut text = match found.answer() {
        Some(carrier) => marked(Mark::Fine, &format!("{number} is of {carrier}")),
        None => marked(
            Mark::Warning,
            &format!("{number} {}: state the carrier", found.why_none()),
        ),
    };
    for candidate in found.iter() {
        let form = candidate.form.words();
        let whose = if candidate.form.is_own {
            ""
        } else {
            ", as others write them"
        };
        let check = match candidate.verdict {
            Verdict::Holds => "its check digit holds".to_owned(),
            Verdict::Fails(expected) => format!("not of this one, `{expected}` should stand where its check digit is"),
            Verdict::Unknown => "no check digit is known".to_owned(),
        };
        text.push_str(&format!("\n  {:<14} {form}{whose}: {check}", candidate.carrier));
    }
    text
}
