//! What a payload becomes, and whose a number is.

use crate::{milepost, milepost_fed, temporary, transcript, write};

#[test]
fn the_carrier_of_a_number_is_told_with_what_speaks_for_it() {
    let dir = temporary();
    insta::assert_snapshot!(transcript(
        dir.path(),
        &[
            &["decode", "--number", "1Z7E4W200366104277"],
            &[
                "decode",
                "--number",
                "1z 7e4-w20 0366104278",
                "--number",
                "618429073552"
            ],
            &["decode", "--number", "RB403178269GB", "--json"],
            &["decode", "--number", "TBA306128844021"],
            &["decode", "--number", "ABC-DEF"],
            &["decode", "--number", "?", "--number", "RB403178269GB"],
            &["decode", "--number", "1Z7E4W200366104277", "scans.ndjson"],
        ]
    ));
}

/// An answer that names no carrier.
const GLS: &str = r#"{"parcels": [{"requested": "347109266058", "unitno": "347109266058", "events": [
    {"code": "OUTDEL.NORMAL", "eventDateTime": "2026-03-02T08:10:00+0100", "city": "Kassel", "country": "DE"},
    {"code": "NEW.CODE", "eventDateTime": "2026-03-02T09:10:00+0100", "city": "Kassel", "country": "DE", "description": "Something new"}
]}]}"#;

#[test]
fn the_carrier_of_records_that_name_none_may_be_stated_for_a_replay() {
    let dir = temporary();
    let scan = r#"{"tracking_number":"618429073552","status":"accepted","occurred_at":"2026-03-01T09:00:00Z"}"#;
    write(dir.path(), "scans.ndjson", scan);
    let refused = milepost(dir.path(), &["replay", "scans.ndjson", "--out", "none", "--json"]);
    assert!(refused.out.contains("\"carrier_ambiguous\": 1"), "{}", refused.out);
    let wrong = milepost(dir.path(), &["replay", "scans.ndjson", "--carrier", "?"]);
    assert_eq!(wrong.code, 2, "{}", wrong.err);
    let told = milepost(
        dir.path(),
        &["replay", "scans.ndjson", "--carrier", "FedEx", "--out", "fedex"],
    );
    assert_eq!(told.code, 0, "{}", told.err);
    let sql = "SELECT carrier, tracking_number FROM shipments";
    let asked = milepost(dir.path(), &["sql", sql, "--data", "fedex", "--format", "csv"]);
    assert_eq!(
        asked.out, "carrier,tracking_number\nfedex,618429073552\n",
        "{}",
        asked.err
    );
    let decoded = milepost_fed(dir.path(), scan, &["decode", "-", "--carrier", "FedEx"]);
    assert!(decoded.out.contains("fedex 618429073552"), "{}", decoded.out);
}

#[test]
fn codes_that_no_mapping_knows_are_a_table_and_payloads_of_another_format_rejects() {
    let dir = temporary();
    let other = r#"{"mailPieces": {"mailPieceId": "RB403178269GB", "events": []}}"#;
    write(dir.path(), "gls.json", &format!("{GLS}\n{other}\n"));
    let done = milepost(
        dir.path(),
        &["replay", "gls.json", "--format", "gls", "--out", "gls", "--json"],
    );
    assert!(done.out.contains("\"wrong_format\": 1"), "{}", done.out);
    let ask = |sql: &str| {
        let asked = milepost(dir.path(), &["sql", sql, "--data", "gls", "--format", "csv"]);
        assert_eq!(asked.code, 0, "{}", asked.err);
        asked.out
    };
    assert_eq!(
        ask("SELECT source, carrier, carrier_code, scans, tracking_number, message FROM unmapped_codes"),
        "source,carrier,carrier_code,scans,tracking_number,message\ngls,gls,NEW.CODE,1,347109266058,Something new\n"
    );
    assert!(ask("SHOW TABLES").contains("unmapped_codes,"));
    let rejects = ask("SELECT reason, hint FROM rejects");
    assert!(
        rejects.contains("wrong_format,") && rejects.contains("none of `gls`"),
        "{rejects}"
    );
}

const PUSH: &str = r#"{"object": "Event", "result": {"object": "Tracker", "tracking_code": "1Z7E4W200366104277", "carrier": "UPS",
    "tracking_details": [{"status": "in_transit", "datetime": "2026-03-02T08:10:00Z", "message": "Departed", "source": "UPS"}]}}"#;

/// The same on a line.
fn push() -> String {
    PUSH.replace('\n', " ")
}

#[test]
fn payloads_a_line_are_known_by_their_shape() {
    let dir = temporary();
    write(dir.path(), "pushes.json", &format!("{}\n{}\n", push(), push()));
    let decoded = milepost(dir.path(), &["decode", "pushes.json"]);
    assert_eq!(decoded.code, 0, "{}{}", decoded.out, decoded.err);
    assert!(decoded.out.contains("(easypost), a payload a line"), "{}", decoded.out);
    assert!(decoded.out.contains("2 scans, 0 refused\n"), "{}", decoded.out);
    let auto = milepost(dir.path(), &["replay", "pushes.json", "--format", "auto", "--json"]);
    assert!(auto.out.contains("\"scans\": 2"), "{}{}", auto.out, auto.err);
    assert_eq!(auto.err, "");
    // Without a format they are canonical scans, and none.
    let canonical = milepost(dir.path(), &["replay", "pushes.json", "--json"]);
    assert!(canonical.out.contains("\"scans\": 0"), "{}", canonical.out);
    assert_eq!(
        canonical.err,
        "hint: pushes.json looks like easypost; add --format easypost\n"
    );
}

#[test]
fn a_replay_by_shape_wants_one_shape() {
    let dir = temporary();
    write(dir.path(), "pushes.json", PUSH);
    write(dir.path(), "gls.json", GLS);
    write(dir.path(), "text.txt", "hello\n");
    for (files, expected) in [
        (
            &["pushes.json", "gls.json"][..],
            "pushes.json looks like easypost and gls.json like gls",
        ),
        (&["text.txt"], "text.txt looks like no format that is known"),
        (&["-"], "the format of standard input is not looked for"),
    ] {
        let args = [&["replay", "--format", "auto"], files].concat();
        let refused = milepost(dir.path(), &args);
        assert_eq!(refused.code, 2, "{}", refused.err);
        assert!(refused.err.contains(expected), "{}", refused.err);
    }
}

#[test]
fn what_a_payload_has_besides_scans_is_told() {
    let dir = temporary();
    let announced = r#"{"tracking_number": "690000114080000173251046", "service": "inpost_locker_standard", "tracking_details": []}"#;
    let known = milepost_fed(dir.path(), announced, &["decode", "-"]);
    assert_eq!(known.code, 0, "{}{}", known.out, known.err);
    assert!(
        known
            .out
            .contains("1.0    known, no scans yet\n0 scans, 0 refused, 1 payload without scans\n"),
        "{}",
        known.out
    );
    let going = r#"{"tracking_number": "690000114080000173251046", "service": "inpost_locker_standard",
        "custom_attributes": {"target_machine_detail": {"address": {"line2": "33-300 Nowy Sącz"}}},
        "tracking_details": [{"status": "offer_selected", "datetime": "2026-03-02T09:15:00.000+01:00"},
            {"status": "created", "datetime": "2026-03-02T09:14:55.000+01:00"}]}"#;
    let told = milepost_fed(dir.path(), going, &["decode", "-"]);
    assert!(told.out.contains("goes to   Nowy Sącz, 33-300\n"), "{}", told.out);
    assert!(
        told.out.contains("1 scan, 0 refused, 1 passed over by `skip`\n"),
        "{}",
        told.out
    );
    let misspelt = "format: feed\npayload: json\ndetect: { document.number: \"*\" }\nrecords:\n  - each: [scan: document.trackingdetails]\n    \
                    fields: { tracking_number: document.number, occurred_at: scan.at, status: =delivered }\n";
    std::fs::create_dir(dir.path().join("formats")).expect("a folder can be made");
    write(dir.path(), "formats/feed.yaml", misspelt);
    let payload = r#"{"number": "A1B2C3", "tracking_details": [{"at": "2026-03-02T09:15:00Z"}]}"#;
    let refused = milepost_fed(dir.path(), payload, &["decode", "-", "--formats", "formats"]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(
        refused.out.contains("nothing stands at `document.trackingdetails`"),
        "{}",
        refused.out
    );
}

#[test]
fn formats_and_codes_are_lists_for_people_and_for_programs() {
    let dir = temporary();
    insta::assert_snapshot!(milepost(dir.path(), &["decode", "--codes"]).out);
    for (list, first) in [
        ("--list", "{\"format\":\"canonical\",\"title\":"),
        (
            "--codes",
            "{\"means\":\"the number is known to the shop, not to the carrier\",\"status\":\"created\"}",
        ),
    ] {
        let told = milepost(dir.path(), &["decode", list, "--json"]);
        assert!(told.out.starts_with(first), "{}", told.out);
        for line in told.out.lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        }
    }
}
