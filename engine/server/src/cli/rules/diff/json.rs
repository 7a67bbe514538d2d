//! Two sets compared, as one JSON object. Names are stable.

use super::Side;
use super::change::Change;
use super::switch::{Happens, Sums, Switch};
use milepost_rules::Backfill;
use serde_json::{Map, Value, json};

pub(super) fn json(old: &Side, new: &Side, changes: &[Change<'_>], switch: Option<&Switch>) -> Value {
    let rules: Vec<Value> = changes
        .iter()
        .enumerate()
        .map(|(place, change)| {
            let keys: Vec<Value> = change
                .keys
                .iter()
                .map(|(key, before, after)| json!({ "key": key, "before": before, "after": after }))
                .collect();
            let sums = switch.and_then(|switch| switch.rules.get(place));
            json!({
                "rule": change.rule,
                "change": change.kind.name(),
                "file": change.file,
                "line": change.line,
                "keys": keys,
                "shipments": sums.map(of_rule),
            })
        })
        .collect();
    json!({
        "version": 1,
        "old": side(old),
        "new": side(new),
        "equal": changes.is_empty(),
        "unchanged": new.outlines.len() - changes.iter().filter(|change| change.kind != super::change::Kind::Removed).count(),
        "rules": rules,
        "switch": switch.map(of_switch),
    })
}

fn side(side: &Side) -> Value {
    json!({ "name": side.name, "set": side.rules.hash_text(), "rules": side.rules.rules().len() })
}

fn of_rule(sums: &Sums) -> Value {
    let counts: Map<String, Value> = Happens::ALL
        .iter()
        .map(|happens| (happens.name().to_owned(), sums.count(*happens).into()))
        .collect();
    let examples: Map<String, Value> = Happens::ALL
        .iter()
        .filter(|happens| !sums.examples(**happens).is_empty())
        .map(|happens| {
            let examples = sums.examples(*happens).iter();
            let examples: Vec<Value> = examples
                .map(|example| json!({ "shipment": example.shipment, "why": example.why }))
                .collect();
            (happens.name().to_owned(), examples.into())
        })
        .collect();
    json!({ "counts": counts, "examples": examples })
}

fn of_switch(switch: &Switch) -> Value {
    let jobs = |is_told: &dyn Fn(Backfill) -> bool| {
        let jobs = switch.jobs(is_told);
        json!({ "jobs": jobs.values().sum::<u64>(), "jobs_by_notice": jobs })
    };
    json!({
        "source": switch.source,
        "as_of": switch.as_of.to_string(),
        "shipments": switch.shipments,
        "knows_what_was_told": switch.knows_jobs,
        "sends": jobs(&|backfill| backfill == Backfill::All),
        "with_backfill_all": jobs(&|_| true),
    })
}
