//! What is wrong with a file is told with its line, and what stands in it is done.

use super::*;

/// What a file makes of a payload, the columns of each record or why it is refused on a line, and how many codes it does
/// not know.
fn read(file: &str, payload: &str) -> (Vec<String>, u64) {
    let mapping = Mapping::parse(file).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
    let memory = Bump::new();
    let tree = mapping.tree(payload, &memory).expect("the payload can be read");
    let mut lines = Vec::new();
    let passed = mapping.records(tree, &memory, &mut |_set, read| {
        lines.push(match read {
            Ok(record) => {
                let columns = Field::ALL.iter().map(|field| record.text(*field));
                let columns: Vec<&str> = columns.filter(|text| !text.is_empty()).collect();
                columns.join(" ")
            }
            Err(refusal) => format!("{:?}", refusal.reason),
        });
    });
    (lines, passed.unmapped)
}

/// The same of payloads of which all codes are known.
fn given(file: &str, payload: &str) -> Vec<String> {
    let (lines, unmapped) = read(file, payload);
    assert_eq!(unmapped, 0, "{lines:#?}");
    lines
}

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

#[test]
fn a_value_and_a_time_stand_only_where_their_conditions_hold() {
    let file = "format: feed
payload: json
records:
  each:
    - scan: document.scans
  fields:
    tracking_number: document.number
    code: =info
    service: { from: document.service, as: slug }
    signed_by: { from: document.signer, when: { scan.code: [DL, DX] } }
    occurred_at:
      - { date: scan.local, midnight: is_day, when: { scan.code: NT } }
      - { date: scan.at }
";
    let payload = r#"{"number": "A1B2C3", "signer": "Ann", "service": "Priority Mail Express International Large Flat Rate Box",
        "scans": [
            {"code": "NT", "at": "2026-03-02T07:00:00Z", "local": "2026-03-02T00:00:00.000Z"},
            {"code": "dl", "at": "2026-03-03T09:10:11.5Z", "local": "2026-03-03T00:00:00Z"}
        ]}"#;
    let expected = [
        "A1B2C3 priority_mail_express_internatio info 2026-03-02",
        "A1B2C3 priority_mail_express_internatio info 2026-03-03T09:10:11.500+00:00 Ann",
    ];
    assert_eq!(given(file, payload), expected);
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
      city: { from: scan.at, after_last: "-", before_last: "(" }
      region: { from: scan.at, after_first: "-" }
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
        "1 scan delivered delivered D/FS/Lost again A - B (C) B B (C)",
        "1 scan out_for_delivery out_for_delivery D/OT",
        "1 scan in_transit in_transit I/moving",
        "1 scan failed lost ?/it is Lost",
        "1 notice unmapped ?",
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
    let both = ["1 delivered delivered Reno", "1 estimate estimate"];
    for payload in [
        r#"{"payload": "{\"number\": \"1\", \"place\": \"Reno\"}"}"#,
        r#"{"payload": {"number": "1", "place": "Reno"}}"#,
        r#"{"number": "1", "place": "Reno"}"#,
    ] {
        assert_eq!(given(file, payload), both, "{payload}");
    }
    // Told once, though two sets of records look there.
    assert_eq!(given(file, r#"{"payload": "{oh"}"#), ["NotJson"]);
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
    let expected = [
        "1 delivered 2026-04-06T12:31:00-07:00 gmt_pair",
        "1 delivered 2026-04-06T12:31:00.250-07:00",
        // A `Z` is not believed where a feed writes Greenwich time apart.
        "1 delivered 2026-04-06T12:31:00",
        "1 delivered 2026-04-06",
        "1 delivered soon",
    ];
    assert_eq!(given(file, payload), expected);
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
    assert_eq!(given(file, payload), ["1 delivered 2 Reno", "1 delivered 2"]);
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

#[test]
fn a_payload_of_which_nothing_comes_says_that_there_is_nothing_or_is_none_of_the_format() {
    let told = |format: &str, payload: &str| {
        let mapping = Formats::built_in().get(format).expect("a format of ours");
        let memory = Bump::new();
        let tree = mapping.tree(payload, &memory).expect("the payload can be read");
        let passed = mapping.records(tree, &memory, &mut |_set, _read| {});
        mapping.misfit(tree, passed.missing()).unwrap_or_default()
    };
    for (format, nothing_yet) in [
        (
            "usps_v3",
            r#"{"trackingNumber": "9400136105440270019385", "statusCategory": "Pre-Shipment", "trackingEvents": []}"#,
        ),
        (
            "royal_mail",
            r#"{"mailPieces": {"mailPieceId": "RB403178269GB", "events": []}}"#,
        ),
        (
            "canada_post",
            "<tracking-detail><pin>7034178255906180</pin></tracking-detail>",
        ),
        (
            "shippo",
            r#"{"tracking_number": "1Z7E4W200366104277", "carrier": "ups", "tracking_status": null, "tracking_history": []}"#,
        ),
        (
            "australia_post",
            r#"{"tracking_results": [{"tracking_id": "LZ719302452AU", "errors": [{"code": "ESB-10001"}]}]}"#,
        ),
        (
            "gls",
            r#"{"parcels": [{"requested": "347109266058", "errorCode": "E404"}]}"#,
        ),
        ("dpd", r#"{"parcellifecycleResponse": {"parcelLifeCycleData": null}}"#),
        ("dpd_scaninfo", "PARCELNO;SCAN_CODE;DEPOT_CODE;SCAN_DATE_TIME\n"),
        (
            "easypost",
            r#"{"object": "tracker", "tracking_code": "1Z7E4W200366104277", "tracking_details": []}"#,
        ),
    ] {
        assert_eq!(told(format, nothing_yet), "", "{format}");
    }
    for (format, other, why) in [
        (
            "easypost",
            "{}",
            "what should stand at `document.object | document.result.object` does not",
        ),
        (
            "dpd",
            r#"{"tracking_number": "1"}"#,
            "what should stand at `document.parcellifecycleResponse.parcelLifeCycleData.shipmentInfo.parcelLabelNumber` does not",
        ),
        (
            "dpd_scaninfo",
            "a;b\n1;2\n",
            "what should stand at `document.columns.PARCELNO` does not",
        ),
    ] {
        assert_eq!(told(format, other), why, "{format}");
    }
}
