//! Commands that a newcomer runs: the demo, and a replay of a file with every kind of malformed line.

use milepost_loadgen::{Cut, Faults, Format, Malformed, Payloads, Settings, Style, World};
use milepost_test_e2e::{Sent, Site};
use serde_json::Value;
use std::collections::BTreeMap;

#[test]
fn a_demo_ends_by_itself_with_answers() {
    let site = Site::embedded();
    let listen = ["--listen", "127.0.0.1:0"];
    let told = site.succeed(&[&["demo", "--shipments", "500", "--speed", "1000000"], &listen[..]].concat());
    for expected in [
        "500 parcels of our own invention",
        "Meanwhile: http://127.0.0.1:",
        "asked in SQL:",
        "> SELECT carrier, count(*) AS shipments",
        "late_percent",
        "> SELECT rule, count(*) AS episodes",
        "snapshots were taken and their hashes agree",
    ] {
        assert!(told.contains(expected), "{expected}\n{told}");
    }
    assert!(!site.path("milepost-data").exists(), "a demo leaves nothing behind");
}

#[test]
fn every_kind_of_malformed_line_is_refused_with_its_place_and_what_to_do() {
    let site = Site::embedded();
    let faults = Faults {
        malformed: 0.2,
        oversized_max: 2,
        deep_max: 3,
        ..Faults::REALISTIC
    };
    let sent = Sent::of(3, 3_000, faults);
    sent.write(&site.path("scans.ndjson"));
    let summary = site.succeed(&["replay", "scans.ndjson", "--out", "replay", "--json"]);
    let summary: Value = serde_json::from_str(&summary).expect("the summary is JSON");
    assert_eq!(
        summary.get("records").and_then(Value::as_u64),
        Some(sent.count()),
        "each line is counted once"
    );

    let text = std::fs::read_to_string(site.path("replay/rejects.ndjson")).expect("a replay writes its rejects");
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    let mut places = Vec::new();
    for line in text.lines() {
        let reject: Value = serde_json::from_str(line).expect("a reject is JSON");
        let text = |name: &str| reject.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |name: &str| reject.get(name).and_then(Value::as_u64).expect("a place is a number");
        assert_eq!(text("file"), "scans.ndjson");
        assert!(text("hint").len() > 10, "no hint: {line}");
        *reasons.entry(text("reason")).or_default() += 1;
        places.push((number("line"), number("offset")));
    }
    assert_eq!(
        places,
        sent.malformed(),
        "what is malformed is refused, and nothing else"
    );
    assert!(reasons.len() >= Malformed::ALL.len() / 2, "{reasons:?}");
    let counted = summary.get("rejects_by_reason").cloned().unwrap_or_default();
    assert_eq!(serde_json::to_value(&reasons).expect("a map is JSON"), counted);
}

/// Rows by `sql` of a replay of these payloads.
fn replayed(site: &Site, name: &str, format: Format, cut: Cut) -> String {
    let mut writer = Payloads::new(format, cut, Style::default());
    let mut file = Vec::new();
    let settings = Settings {
        seed: 5,
        shipments: 300,
        ..Settings::default()
    };
    for arrival in World::new(settings) {
        let _ = writer.take(&arrival, &mut file);
    }
    while writer.rest(&mut file).is_some() {}
    std::fs::write(site.path(name), file).expect("the site has room");
    let (out, until) = (format!("out-{name}"), "2026-06-01T00:00:00Z");
    let told = site.succeed(&[
        "replay",
        name,
        "--format",
        format.name(),
        "--until",
        until,
        "--out",
        &out,
        "--json",
    ]);
    let summary: Value = serde_json::from_str(&told).expect("the summary is JSON");
    assert_eq!(summary.get("rejects").and_then(Value::as_u64), Some(0), "{told}");
    let rows = "SELECT tracking_number, epoch, status, code, status_since, delivered_at, attempts, city, service \
                FROM shipments ORDER BY tracking_number, epoch";
    site.succeed(&["sql", rows, "--data", &out])
}

#[test]
fn payloads_of_carriers_replay_as_what_they_say() {
    let site = Site::embedded();
    let last = Cut {
        last_only: true,
        ..Cut::default()
    };
    let pushed = replayed(&site, "pushed", Format::EasyPost, Cut::default());
    assert_eq!(
        pushed,
        replayed(&site, "last", Format::EasyPost, last),
        "the last event tells all"
    );
    let single = Cut {
        batch: 1,
        ..Cut::default()
    };
    let batches = replayed(&site, "batches", Format::X12, Cut::default());
    assert_eq!(
        batches,
        replayed(&site, "single", Format::X12, single),
        "an interchange is what stands in it"
    );
    for (rows, least) in [(&pushed, 300), (&batches, 100)] {
        assert!(rows.lines().count() > least, "{rows}");
    }
}
