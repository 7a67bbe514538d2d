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
