//! `milepost evaluate`: histories of scans and of parcels, and what is wrong with others.

use crate::{milepost, temporary};
use milepost_loadgen::{Encoder, Settings, Style, World};
use milepost_model::Timestamp;
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

/// The value that a pointer leads to.
fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value
        .pointer(pointer)
        .unwrap_or_else(|| panic!("no {pointer} in {value:#}"))
}

fn settings() -> Settings {
    Settings {
        seed: 21,
        shipments: 1_500,
        days: 40,
        ..Settings::default()
    }
}

fn write_scans(dir: &Path) {
    let (mut encoder, mut bytes) = (Encoder::new(Style::default()), Vec::new());
    for arrival in World::new(settings()) {
        encoder.encode(&arrival, &mut bytes);
    }
    bytes.extend_from_slice(b"{\"tracking_number\":\"1Z\n");
    std::fs::write(dir.join("scans.ndjson"), bytes).expect("a file");
}

/// Four instants of each parcel, under other names, one line spoilt.
fn write_parcels(dir: &Path) {
    let mut text = String::from("id,sent,due,arrived,from,to\n");
    let mut world = World::new(settings()).with_truths();
    while world.next().is_some() {
        while let Some(truth) = world.take_truth() {
            let time = |seconds: Option<i64>| {
                seconds.map_or(String::new(), |seconds| {
                    Timestamp::from_millis(seconds * 1000).to_string()
                })
            };
            let due = truth.plan.promise.day().map(|day| (i64::from(day) + 1) * 86_400 - 1);
            let (sent, due, arrived) = (time(truth.accepted_s), time(due), time(truth.first_attempt_s));
            let (from, to) = (truth.plan.from.city(), truth.plan.to.city());
            let _ = writeln!(
                text,
                "{},{sent},{due},{arrived},{}-{},{}-{}",
                truth.plan.order, from.country, from.region, to.country, to.region
            );
        }
    }
    text.push_str("4711,yesterday,,,US,US\n");
    std::fs::write(dir.join("parcels.csv"), text).expect("a file");
}

#[test]
fn a_history_of_scans_is_measured() {
    let dir = temporary();
    write_scans(dir.path());
    let args = ["evaluate", "scans.ndjson", "--json", "--questions", "questions.csv"];
    let answer = milepost(dir.path(), &args);
    assert_eq!(answer.code, 0, "{}", answer.err);
    let spoilt = "1 lines could not be read and are left out; the first: scans.ndjson line ";
    assert!(answer.err.contains(spoilt), "{}", answer.err);
    let report: Value = serde_json::from_str(&answer.out).expect("JSON");
    let asks = at(&report, "/asks").as_array().expect("asks");
    let handover = asks.first().expect("one at least");
    assert_eq!(at(handover, "/ask"), "handover");
    let precision = |method: &str| {
        let pointer = format!("/methods/{method}/average_precision");
        at(handover, &pointer).as_f64().expect("a number")
    };
    // Few parcels, but better than nothing.
    let base_rate = at(handover, "/base_rate").as_f64().expect("a share");
    assert!(
        base_rate > 0.01 && precision("milepost") > 2.0 * base_rate,
        "{handover:#}"
    );
    let stated: u64 = at(handover, "/calibration")
        .as_array()
        .expect("bins")
        .iter()
        .filter_map(|bin| at(bin, "/count").as_u64())
        .sum();
    assert_eq!(Some(stated), at(handover, "/count").as_u64());
    let questions = std::fs::read_to_string(dir.path().join("questions.csv")).expect("a file");
    assert!(questions.starts_with("asked_at,ask,shipment,") && questions.lines().count() > 1_000);
    let text = milepost(dir.path(), &["evaluate", "scans.ndjson"]);
    assert!(
        text.out.contains("average precision") && text.out.contains("bands p10 to p90"),
        "{}",
        text.out
    );
}

#[test]
fn four_instants_of_each_parcel_suffice() {
    let dir = temporary();
    write_parcels(dir.path());
    let columns = [
        "order=id",
        "shipped_at=sent",
        "promised_at=due",
        "delivered_at=arrived",
        "origin=from",
        "destination=to",
    ];
    let mut args = vec!["evaluate", "parcels.csv", "--parcels", "--json"];
    columns.iter().for_each(|column| args.extend(["--column", column]));
    let answer = milepost(dir.path(), &args);
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(
        answer.err.contains("parcel 1501") && answer.err.contains("shipped_at `yesterday` is no instant"),
        "{}",
        answer.err
    );
    let report: Value = serde_json::from_str(&answer.out).expect("JSON");
    assert!(at(&report, "/asks/0/count").as_u64() > Some(300), "{report:#}");
}

#[test]
fn what_cannot_be_measured_is_said() {
    let dir = temporary();
    write_parcels(dir.path());
    std::fs::write(dir.path().join("none.ndjson"), "{}\n").expect("a file");
    for (args, code, words) in [
        (
            vec!["evaluate", "parcels.csv", "--parcels"],
            1,
            "has no column `order`; it has id, sent, due",
        ),
        (vec!["evaluate", "nowhere.ndjson"], 1, "cannot read nowhere.ndjson"),
        (vec!["evaluate", "none.ndjson"], 1, "no scan could be read"),
        (
            vec!["evaluate", "parcels.csv", "none.ndjson"],
            2,
            "give files of one kind",
        ),
        (
            vec!["evaluate", "parcels.csv", "--parcels", "--column", "weight=kg"],
            2,
            "`weight` is none of order, carrier",
        ),
    ] {
        let answer = milepost(dir.path(), &args);
        assert_eq!(answer.code, code, "{args:?}: {}", answer.err);
        assert!(answer.err.contains(words), "{args:?}: {}", answer.err);
    }
}
