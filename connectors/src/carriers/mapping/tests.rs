//! What is wrong with a file is told with its line.

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

/// What a mapping makes of a payload, a line for each record or refusal, and how many codes it does not know.
fn read(file: &str, payload: &str) -> (Vec<String>, u64) {
    let mapping = Mapping::parse(file).expect("the file is in order");
    let memory = Bump::new();
    let mut lines = Vec::new();
    let tree = mapping.tree(payload, &memory).expect("the payload can be read");
    let passed = mapping.records(tree, &memory, &mut |read| {
        lines.push(match read {
            Ok(record) => [Field::CarrierCode, Field::Code, Field::City]
                .map(|field| record.text(field))
                .join(" "),
            Err(refusal) => format!("{:?}", refusal.reason),
        });
    });
    (lines, passed.unmapped)
}

#[test]
fn tables_of_codes_are_asked_in_turn_and_the_raw_code_is_of_all() {
    let file = r#"format: feed
title: x
payload: json
codes:
  fine:
    from: [scan.type, scan.code]
    rows:
      D/FS: delivered
      X/*: skip
  coarse:
    from: scan.type
    rows:
      D: out_for_delivery
      I: in_transit
records:
  - each: [scan: document.scans]
    codes: [fine, coarse, { from: scan.text, rows: { "~lost|vanished": lost } }]
    fields:
      tracking_number: =1
      occurred_at: scan.at
      city: { from: scan.at, after_last: "-", before_last: "(", or: Reno }
"#;
    let payload = r#"{"scans": [
        {"type": "D", "code": "FS", "text": "Lost again", "at": "A - B (C)"},
        {"type": "D", "code": "OT"},
        {"type": "I", "text": "moving"},
        {"type": "X", "text": "lost"},
        {"type": "?", "text": "it is Lost"},
        {"type": "?"}
    ]}"#;
    let expected = [
        "D/FS/Lost again delivered B",
        "D/OT out_for_delivery Reno",
        "I/moving in_transit Reno",
        "?/it is Lost lost Reno",
        "? unmapped Reno",
    ];
    assert_eq!(read(file, payload), (expected.map(str::to_owned).to_vec(), 1));
}

#[test]
fn a_level_may_be_json_that_stands_as_a_text() {
    let file = r#"format: feed
title: x
payload: json
fields:
  tracking_number: parcel.number
  occurred_at: parcel.at
records:
  - each: [parcel: { json: document.payload | document }]
    when: { parcel.place: "*" }
    fields: { status: =delivered, code: =delivered, city: parcel.place }
  - each: [parcel: { json: document.payload | document }]
    fields: { kind: =estimate, code: =estimate }
"#;
    let both = vec![" delivered Reno".to_owned(), " estimate ".to_owned()];
    for payload in [
        r#"{"payload": "{\"number\": \"1\", \"place\": \"Reno\"}"}"#,
        r#"{"payload": {"number": "1", "place": "Reno"}}"#,
        r#"{"number": "1", "place": "Reno"}"#,
    ] {
        assert_eq!(read(file, payload), (both.clone(), 0), "{payload}");
    }
    // Told once, though two sets of records look there.
    assert_eq!(read(file, r#"{"payload": "{oh"}"#), (vec!["NotJson".to_owned()], 0));
}

#[test]
fn a_time_has_the_zone_that_is_stated_beside_it() {
    let file = r#"format: feed
title: x
payload: json
records:
  - each: [scan: document.scans]
    fields:
      tracking_number: =1
      code: =delivered
      occurred_at: { date: scan.at, gmt_date: scan.gmt, offset: scan.offset, basis: gmt_pair, midnight: is_day }
"#;
    let payload = r#"{"scans": [
        {"at": "2026-04-06T12:31:00Z", "gmt": "2026-04-06T19:31:18.041Z", "offset": "-8:00"},
        {"at": "2026-04-06T12:31:00.25", "gmt": "", "offset": "-7:00"},
        {"at": "2026-04-06T12:31:00Z"},
        {"at": "2026-04-06T00:00:00Z", "gmt": "2026-04-06T07:00:00Z"},
        {"at": "soon", "gmt": "2026-04-06T07:00:00Z"}
    ]}"#;
    let mapping = Mapping::parse(file).expect("the file is in order");
    let memory = Bump::new();
    let mut times = Vec::new();
    let tree = mapping.tree(payload, &memory).expect("it is JSON");
    mapping.records(tree, &memory, &mut |read| {
        let record = read.expect("none is refused here");
        times.push([Field::OccurredAt, Field::TimeBasis].map(|field| record.text(field).to_owned()));
    });
    let expected = [
        ["2026-04-06T12:31:00-07:00", "gmt_pair"],
        ["2026-04-06T12:31:00.250-07:00", ""],
        // A `Z` is not believed where a feed writes Greenwich time apart.
        ["2026-04-06T12:31:00", ""],
        ["2026-04-06", ""],
        ["soon", ""],
    ];
    assert_eq!(times, expected.map(|pair| pair.map(str::to_owned)));
}

#[test]
fn conditions_know_parts_of_texts_and_paths_the_last_of_a_list() {
    let file = r#"format: feed
title: x
payload: json
records:
  - each: [parcel: document.parcels]
    unless: { "parcel.scans[-1].text": ["~shop", lost] }
    fields: { tracking_number: =1, occurred_at: =2, code: =delivered, city: "parcel.scans[-2].text" }
"#;
    let payload = r#"{"parcels": [
        {"scans": [{"text": "Reno"}, {"text": "At the Shop"}]},
        {"scans": [{"text": "Reno"}, {"text": "Lost"}]},
        {"scans": [{"text": "Reno"}, {"text": "lost and found"}]},
        {"scans": {"text": "only one"}}
    ]}"#;
    let expected = vec![" delivered Reno".to_owned(), " delivered ".to_owned()];
    assert_eq!(read(file, payload), (expected, 0));
}
