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
            &["decode", "--number", "?"],
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
