//! What is wrong with a file is told with its line, and what stands in it is done.

use super::*;
use crate::carriers::{Decoder, Defaults, Scratch};

/// What a file makes of a payload: a line of JSON for each record.
fn read(file: &str, payload: &str) -> Vec<String> {
    let mapping = Mapping::parse(file).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"));
    let (mut decoder, scratch, defaults) = (Decoder::new(), Scratch::new(), Defaults::default());
    let mut lines = Vec::new();
    decoder.decode_payload(&mapping, payload.as_bytes(), (&scratch, &defaults), &mut |given| {
        lines.extend(given.record.map(|record| record.json()));
    });
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
    insta::assert_snapshot!(read(file, payload).join("\n"));
}
