//! What is wrong with a file is told with its line; and what a file may say.

use super::*;

#[test]
fn every_format_that_comes_with_the_program_is_in_order() {
    for (name, text) in FILES {
        match Mapping::parse(text) {
            Ok(mapping) => assert_eq!(mapping.name(), *name),
            Err(mistakes) => panic!("{name}: {mistakes:#?}"),
        }
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let file = "format: Some Feed
title: x
payload: jsn
records:
  - each:
      - parcel: document.parcels
    fields:
      tracking_number: parcl.number
      citi: parcel.city
      occurred_at: { date: parcel.day, written: QQ, midnight: day }
    codes:
      from: [parcel.code]
      rows:
        A/B: delivered
        C: notice delivered
        D: deliverd
        E: delivered (carrier.lazy)
        F|G: delivered
        G|H: exception
";
    let mistakes = Mapping::parse(file).expect_err("it is full of mistakes");
    let told: Vec<String> = mistakes
        .iter()
        .map(|mistake| format!("{}: {}", mistake.line, mistake.what))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

/// What a mapping gives of the payloads, the columns of each record on a line.
fn given(file: &str, payload: &str) -> Vec<String> {
    let mapping = match Mapping::parse(file) {
        Ok(mapping) => mapping,
        Err(mistakes) => panic!("{mistakes:#?}"),
    };
    let memory = Bump::new();
    let tree = mapping.tree(payload, &memory).expect("the payload can be read");
    let mut lines = Vec::new();
    mapping.records(tree, &memory, &mut |read| {
        let record = read.expect("none is refused");
        let columns = Field::ALL.iter().map(|field| record.text(*field));
        let columns: Vec<&str> = columns.filter(|text| !text.is_empty()).collect();
        lines.push(columns.join(" "));
    });
    lines
}

#[test]
fn a_zone_or_an_offset_may_be_a_value() {
    let file = r#"format: feed
title: x
payload: json
tables:
  offsets: { E: "-05:00" }
  zones: { ET: America/New_York }
records:
  - each: [scan: document.scans]
    fields:
      tracking_number: =1
      code: =estimate
      occurred_at: { date: scan.at, offset: { from: scan.zone, table: offsets, else: none }, basis: tz_code }
      estimated_until: { date: scan.until, zone: { from: scan.zone, table: zones, else: none } }
      city: [scan.city, { from: scan.town, as: upper }]
      country: { from: scan.port, as: locode_country }
"#;
    let payload = r#"{"scans": [
        {"at": "2026-07-01T10:00", "zone": "E", "until": "2026-07-01T10:00", "town": "Reno", "port": "USRNO"},
        {"at": "2026-07-01T10:00", "zone": "ET", "until": "2026-07-01T10:00", "town": "Reno", "city": "Sparks", "port": "RNO"},
        {"at": "2026-07-01", "zone": "ET", "until": "2026-12-01T10:00:09", "port": "4012345000115"},
        {"at": "2026-07-01", "zone": "ET", "until": "2026-11-01T01:30", "port": "US1AB"},
        {"at": "2026-07-01", "zone": "XX", "until": "2026-11-01"}
    ]}"#;
    let expected = [
        "1 estimate 2026-07-01T10:00-05:00 tz_code RENO US 2026-07-01T10:00",
        "1 estimate 2026-07-01T10:00 Sparks 2026-07-01T10:00-04:00",
        "1 estimate 2026-07-01 2026-12-01T10:00:09-05:00",
        // That hour occurs twice.
        "1 estimate 2026-07-01 2026-11-01T01:30",
        "1 estimate 2026-07-01 2026-11-01",
    ];
    assert_eq!(given(file, payload), expected);
}

#[test]
fn places_may_be_several_words_of_uris_and_compared() {
    let file = r#"format: feed
title: x
payload: json
records:
  - each: [scan: document.a & document.b & document.c]
    when: { "scan.step[word]": receiving, scan.at: { same_as: "scan.goals[type~location].at" } }
    fields: { tracking_number: scan.id, code: =delivered, occurred_at: =2026-07-01 }
  - each: [scan: document.a & document.b & document.c]
    unless: { scan.at: { same_as: "scan.goals[type~location].at" } }
    fields: { tracking_number: scan.id, code: "scan.step[word]", occurred_at: =2026-07-01 }
"#;
    let payload = r#"{
        "a": {"id": "1", "step": "receiving", "at": "x", "goals": [{"type": "owner", "at": "y"}, {"type": "location", "at": "x"}]},
        "c": [
            {"id": "2", "step": "https://ref.gs1.org/cbv/BizStep-receiving", "at": "x", "goals": {"type": "urn:sdt:location", "at": "x"}},
            {"id": "3", "step": "urn:epcglobal:cbv:bizstep:staging_outbound", "at": "x", "goals": {"type": "allocation", "at": "x"}},
            {"id": "4", "step": "receiving"}
        ]
    }"#;
    let expected = [
        "1 delivered 2026-07-01",
        "2 delivered 2026-07-01",
        "3 staging_outbound 2026-07-01",
        "4 receiving 2026-07-01",
    ];
    assert_eq!(given(file, payload), expected);
}

#[test]
fn only_interchanges_have_loops() {
    let file = "format: feed\ntitle: x\npayload: json\nloops:\n  LX: [AT7]\nrecords: []\n";
    let mistakes = Mapping::parse(file).expect_err("JSON has none");
    let told = mistakes.first().map(|mistake| (mistake.line, mistake.what.as_str()));
    assert_eq!(told, Some((5, "only x12 and edifact have `loops`")));
}
