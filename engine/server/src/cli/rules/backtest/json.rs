//! The outcome of a backtest as one JSON object. Names are stable; `milepost rules help backtest` says what they mean.

use super::measure::{Shipments, Tally};
use super::report::{Report, SetReport};
use super::stats::Spread;
use milepost_model::{DAY_MS, Timestamp};
use milepost_rules::RuleKind;
use serde_json::{Map, Value, json};

pub(super) fn json(report: &Report) -> Value {
    let (from, to) = report.counted();
    let shipments = &report.shipments;
    json!({
        "version": 1,
        "history": {
            "name": report.history,
            "kind": if report.is_tables { "tables" } else { "scans" },
            "begin": report.begin.to_string(),
            "end": report.end.to_string(),
            "lateness_ms": report.lateness_ms,
            "scans": report.scans,
            "rejects": report.rejects,
            "came_late": report.refolded,
        },
        "from": from.to_string(),
        "to": to.to_string(),
        "shipments": {
            "heard_of": shipments.heard,
            "decided": shipments.decided(),
            "late": shipments.late,
            "on_time": shipments.on_time,
            "late_rate": shipments.base_rate().json(),
            "late_though_attempted_in_time": shipments.attempted_in_time,
            "not_counted": {
                "no_promise": shipments.no_promise,
                "promise_ahead": shipments.ahead,
                "cancelled": shipments.cancelled,
                "continued": shipments.continued,
            },
        },
        "tried": report.sets.first().map(set),
        "against": report.sets.get(1).map(set),
        "same_rules": report.sets.len() == 1,
    })
}

fn set(set: &SetReport) -> Value {
    let shipments = &set.measure.shipments;
    let rules: Vec<Value> = set
        .by_rule()
        .map(|(rule, tally)| {
            let notices: Map<String, Value> = set
                .jobs
                .of_rule(&rule.name)
                .map(|(notice, count)| (notice.to_owned(), count.into()))
                .collect();
            let jobs: u64 = set.jobs.of_rule(&rule.name).map(|(_, count)| count).sum();
            let mut object = json!({
                "rule": rule.name,
                "file": rule.file,
                "kind": kind(rule.kind),
                "jobs": jobs,
                "jobs_per_1000_shipments": set.jobs_per_thousand(jobs),
                "jobs_by_notice": notices,
            });
            let figures = if rule.kind == RuleKind::Delay {
                warnings(tally, shipments)
            } else {
                episodes(tally)
            };
            if let (Some(object), Value::Object(figures)) = (object.as_object_mut(), figures) {
                object.extend(figures);
            }
            object
        })
        .collect();
    let jobs = set.jobs.total();
    let notices: Vec<Value> = set
        .jobs
        .by_notice()
        .into_iter()
        .map(|(notice, count)| {
            json!({ "notice": notice, "jobs": count, "jobs_per_1000_shipments": set.jobs_per_thousand(count) })
        })
        .collect();
    let days: Vec<Value> = set
        .measure
        .days
        .iter()
        .map(|(day, count)| {
            let date = Timestamp::from_millis(day * DAY_MS).to_string();
            json!({ "day": date.get(..10), "delays": count })
        })
        .collect();
    json!({
        "name": set.name,
        "set": set.rules.hash_text(),
        "any_delay": warnings(&set.measure.any, shipments),
        "told_delay": warnings(&set.measure.told, shipments),
        "jobs": jobs,
        "jobs_per_1000_shipments": set.jobs_per_thousand(jobs),
        "notices": notices,
        "rules": rules,
        "delays_by_day": days,
        "episodes_forgotten": set.measure.forgotten,
    })
}

const fn kind(kind: RuleKind) -> &'static str {
    match kind {
        RuleKind::Delay => "delay",
        RuleKind::Notice => "notice",
    }
}

fn episodes(tally: &Tally) -> Value {
    json!({
        "episodes": tally.episodes,
        "episodes_open": tally.open,
        "shipments": tally.shipments,
        "episode_length": Spread::of(&tally.lengths).map(Spread::json),
    })
}

fn warnings(tally: &Tally, shipments: &Shipments) -> Value {
    let earlier = tally.before_carrier.iter().filter(|lead| **lead > 0).count();
    let mut object = episodes(tally);
    let figures = json!({
        "warned_and_late": tally.right,
        "warned_and_on_time": tally.wrong,
        "not_warned_and_late": shipments.late - tally.right,
        "not_warned_and_on_time": shipments.on_time - tally.wrong,
        "late_told_after": tally.told_after,
        "late_never_told": tally.never_told(shipments),
        "precision": tally.precision().json(),
        "recall": tally.recall(shipments).json(),
        "lead_before_promise": Spread::of(&tally.leads).map(Spread::json),
        "lead_before_carrier": Spread::of(&tally.before_carrier).map(Spread::json),
        "before_carrier": earlier,
        "carrier_silent": tally.carrier_silent,
    });
    if let (Some(object), Value::Object(figures)) = (object.as_object_mut(), figures) {
        object.extend(figures);
    }
    object
}
