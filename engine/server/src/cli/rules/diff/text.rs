//! Two sets compared, for people.

use super::Side;
use super::change::{Change, Kind};
use super::switch::{Happens, Sums, Switch};
use crate::cli::rules::counted;
use milepost_rules::Backfill;
use std::fmt::Write;

/// Characters of a value; lists can be long.
const VALUE_MAX: usize = 400;

pub(super) fn text(old: &Side, new: &Side, changes: &[Change<'_>], switch: Option<&Switch>) -> String {
    let mut text = String::new();
    let of = |kind| changes.iter().filter(|change| change.kind == kind).count();
    let (added, removed, changed) = (of(Kind::Added), of(Kind::Removed), of(Kind::Changed));
    let unchanged = new.outlines.len() - added - changed;
    let _ = writeln!(
        text,
        "{} -> {}: {added} added, {removed} removed, {changed} changed, {unchanged} the same",
        old.name, new.name
    );
    if changes.is_empty() {
        text.push_str("the sets say the same\n");
    }
    for (place, change) in changes.iter().enumerate() {
        let _ = writeln!(
            text,
            "\n{:<8} {} ({}:{})",
            change.kind.name(),
            change.rule,
            change.file,
            change.line
        );
        for (key, before, after) in &change.keys {
            let mut sign_of_line = key.to_string();
            for (sign, value) in [('-', before), ('+', after)] {
                if let Some(value) = value {
                    let _ = writeln!(text, "  {sign_of_line:<16} {sign} {}", shortened(value));
                    sign_of_line.clear();
                }
            }
        }
        if let Some(sums) = switch.and_then(|switch| switch.rules.get(place)) {
            of_rule(sums, &mut text);
        }
    }
    if let Some(switch) = switch.filter(|_| !changes.is_empty()) {
        of_switch(switch, &mut text);
    }
    text
}

fn of_rule(sums: &Sums, text: &mut String) {
    let counts: Vec<String> = Happens::ALL
        .iter()
        .filter(|happens| sums.count(**happens) > 0)
        .map(|happens| format!("{} {}", happens.words(), sums.count(*happens)))
        .collect();
    let counts = if counts.is_empty() {
        "none".to_owned()
    } else {
        counts.join(", ")
    };
    let _ = writeln!(text, "  shipments now: {counts}");
    for happens in Happens::ALL {
        for example in sums.examples(happens) {
            let _ = writeln!(text, "    {:<15}{}: {}", happens.words(), example.shipment, example.why);
        }
        let others = sums.count(happens) - sums.examples(happens).len() as u64;
        if others > 0 && !sums.examples(happens).is_empty() {
            let _ = writeln!(text, "    {:<15}and {others} more; --all lists them", "");
        }
    }
}

fn of_switch(switch: &Switch, text: &mut String) {
    let shipments = counted(usize::try_from(switch.shipments).unwrap_or(usize::MAX), "shipment");
    let _ = writeln!(text, "\n{}: {shipments} as of {}.", switch.source, switch.as_of);
    for (told, words) in [
        (
            switch.jobs(&|backfill| backfill == Backfill::All),
            "Jobs that a switch sends at once",
        ),
        (
            switch.jobs(&|_| true),
            "With `backfill: all` in every rule it would send",
        ),
    ] {
        let by_notice: Vec<String> = told.iter().map(|(notice, count)| format!("{notice} {count}")).collect();
        let by_notice = if told.is_empty() {
            String::new()
        } else {
            format!(" ({})", by_notice.join(", "))
        };
        let _ = writeln!(text, "{words}: {}{by_notice}", told.values().sum::<u64>());
    }
    if !switch.knows_jobs {
        text.push_str(
            "There is no table of jobs: what `limit: shipment` and `limit: day` would hold back is counted as sent.\n",
        );
    }
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(VALUE_MAX) {
        Some((end, _)) => format!(
            "{} … ({} characters)",
            value.get(..end).unwrap_or_default(),
            value.chars().count()
        ),
        None => value.to_owned(),
    }
}
