//! Two sets compared, for people.

use super::Side;
use super::change::{Change, Kind};
use super::switch::{Happens, POLICIES, Sums, Switch};
use crate::cli::rules::counted;
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
    let _ = writeln!(
        text,
        "\n{}: {shipments} as of {}. Jobs that a switch would send at once:",
        switch.source, switch.as_of
    );
    for (policy, words) in POLICIES {
        let jobs = switch.jobs(policy);
        let total: u64 = jobs.values().sum();
        let by_notice: Vec<String> = jobs.iter().map(|(notice, count)| format!("{notice} {count}")).collect();
        let by_notice = if jobs.is_empty() {
            String::new()
        } else {
            format!(": {}", by_notice.join(", "))
        };
        let _ = writeln!(text, "  backfill {policy:<10} {total:>8}{by_notice}  ({words})");
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
