//! Payloads of which nothing comes: those that have no scans yet, and those whose mapping looks at the wrong place.

use super::Formats;
use crate::carriers::mapping::{Mapping, Mistake, PassedOver};
use crate::carriers::{Decoder, Defaults, Reading, Scratch, Shapeless};

/// A mapping with this head, whose scans stand in that place.
fn mapping(head: &str, each: &str) -> Mapping {
    let file = format!(
        "format: feed
payload: json
{head}
records:
  - each: [scan: '{each}']
    when: {{ scan.test: \"\" }}
    codes: {{ from: scan.status, rows: {{ DL: delivered, XX: skip }} }}
    fields: {{ tracking_number: document.number, occurred_at: scan.at, carrier: =feed }}
  - each: []
    when: {{ document.eta: \"*\" }}
    fields: {{ tracking_number: document.number, occurred_at: document.at, code: =estimate, carrier: =feed }}
"
    );
    Mapping::parse(&file).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

/// How many scans a payload gives, and what is said of what is refused.
fn decoded(mapping: &Mapping, payload: &str) -> (usize, String) {
    let (mut scans, mut refused) = (0, String::new());
    let (scratch, defaults) = (Scratch::new(), Defaults::default());
    Decoder::new().decode_payload(
        mapping,
        payload.as_bytes(),
        (&scratch, &defaults),
        &mut |given| match given.scan {
            Ok(_) => scans += 1,
            Err(refusal) => refused.push_str(&refusal.to_string()),
        },
    );
    (scans, refused)
}

const FULL: &str = r#"{"number": "A1B2C3", "scans": [{"status": "DL", "at": "2026-03-03T09:10:11Z"}]}"#;
const DETECT: &str = "detect: { document.number: \"*\" }";
const DETECT_SCANS: &str = "detect: { document.scans.at: \"*\" }\nempty: { document.number: \"*\" }";

#[test]
fn a_misspelt_place_of_the_records_is_told() {
    for head in [DETECT, DETECT_SCANS, ""] {
        assert_eq!(decoded(&mapping(head, "document.scans"), FULL), (1, String::new()));
        let (scans, refused) = decoded(&mapping(head, "document.scan | document.items"), FULL);
        assert_eq!(scans, 0);
        assert!(
            refused.starts_with("wrong_format: ")
                && refused.contains("nothing stands at `document.scan | document.items`"),
            "{head}: {refused}"
        );
    }
}

#[test]
fn a_list_without_items_is_no_mistake() {
    let fitting = mapping(DETECT, "document.scans");
    for payload in [
        r#"{"number": "A1B2C3", "scans": []}"#,
        r#"{"number": "A1B2C3", "scans": null}"#,
        r#"{"number": "A1B2C3", "scans": [{"test": true}]}"#,
        r#"{"number": "A1B2C3", "scans": [{"status": "XX"}]}"#,
    ] {
        assert_eq!(decoded(&fitting, payload), (0, String::new()), "{payload}");
    }
    let deep = mapping(DETECT, "document.parcels[0].scans");
    assert_eq!(
        decoded(&deep, r#"{"number": "A1B2C3", "parcels": []}"#),
        (0, String::new())
    );
    let (_, refused) = decoded(&deep, r#"{"number": "A1B2C3", "parcels": [{"scan": []}]}"#);
    assert!(
        refused.contains("nothing stands at `document.parcels[0].scans`"),
        "{refused}"
    );
}

#[test]
fn what_may_be_missing_is_what_empty_says() {
    let without = r#"{"number": "A1B2C3"}"#;
    let (_, refused) = decoded(&mapping(DETECT, "document.scans"), without);
    assert!(refused.contains("nothing stands at `document.scans`"), "{refused}");
    // It says of what is missing that it may be.
    let head = format!("{DETECT}\nempty: {{ document.number: \"*\", document.scans: \"\" }}");
    assert_eq!(decoded(&mapping(&head, "document.scans"), without), (0, String::new()));
    let (_, refused) = decoded(&mapping(&head, "document.scan"), FULL);
    assert!(refused.contains("nothing stands at `document.scan`"), "{refused}");
    // Or the payload has not what `detect` asks for, and what `empty` does.
    assert_eq!(
        decoded(&mapping(DETECT_SCANS, "document.scans"), without),
        (0, String::new())
    );
}

#[test]
fn what_is_passed_over_is_counted_once() {
    let payload = r#"{"number": "A1B2C3", "scans": [
        {"status": "DL", "at": "2026-03-03T09:10:11Z"}, {"status": "XX"}, {"status": "DL", "test": "1"}, {"test": "2"}]}"#;
    let passed = mapping(DETECT, "document.scans").passed_over(payload.as_bytes());
    let expected = PassedOver {
        by_code: 1,
        by_condition: 2,
    };
    assert_eq!(passed, expected);
    assert_eq!(
        mapping(DETECT, "document.scans").passed_over(b"{"),
        PassedOver::default()
    );
}

#[test]
fn a_column_that_is_missing_is_told_with_the_place_that_was_looked_at() {
    let file = "format: feed
payload: json
detect: { document.number: \"*\" }
records:
  - each: [scan: document.scans]
    fields:
      tracking_number: document.number
      carrier: =feed
      status: =delivered
      occurred_at: [{ date: scan.day, time: scan.hour }, scan.datime]
";
    let mapping = Mapping::parse(file).expect("a format");
    let (_, refused) = decoded(&mapping, FULL);
    assert!(
        refused.ends_with("`feed` looks for it at `scan.day` and `scan.datime`, where nothing stands"),
        "{refused}"
    );
    let (_, refused) = decoded(&mapping, r#"{"number": "A1B2C3", "scans": [{"datime": "soon"}]}"#);
    assert!(!refused.is_empty() && !refused.contains("looks for it"), "{refused}");
}

#[test]
fn the_shape_tells_lines_payloads_and_payloads_without_scans() {
    let mut formats = Formats::default();
    formats.add(mapping(DETECT_SCANS, "document.scans"));
    let shape = |text: &str| match Reading::of_shape(text.as_bytes(), &formats) {
        Ok(Reading::Lines(format)) => format!("lines of {}", format.name()),
        Ok(Reading::PayloadALine(mapping)) => format!("a {} a line", mapping.name()),
        Ok(Reading::Payload(mapping)) => format!("one {}", mapping.name()),
        Err(Shapeless::Unknown) => "unknown".to_owned(),
        Err(Shapeless::Several(names)) => format!("any of {}", names.join(", ")),
    };
    let empty = r#"{"number": "A1B2C3", "scans": []}"#;
    for (text, expected) in [
        (FULL.to_owned(), "one feed"),
        (format!("{FULL}\n{FULL}\n"), "a feed a line"),
        (format!("{}{FULL}", FULL.replace(',', ",\n")), "one feed"),
        (empty.to_owned(), "one feed"),
        (format!("{empty}\n{FULL}\n"), "a feed a line"),
        (
            r#"{"tracking_number": "1", "occurred_at": "x", "number": "1"}"#.to_owned(),
            "lines of canonical",
        ),
        (
            r#"{"tracking_number": "1", "number": "1"}"#.to_owned(),
            "lines of canonical",
        ),
        ("tracking_number,occurred_at\n".to_owned(), "lines of csv"),
        ("{}".to_owned(), "unknown"),
        (String::new(), "unknown"),
    ] {
        assert_eq!(shape(&text), expected, "{text}");
    }
    formats.add({
        let file = "format: other\npayload: json\ndetect: { document.number: \"*\" }\nrecords: []\n";
        Mapping::parse(file).expect("a format")
    });
    assert_eq!(
        Reading::of_shape(FULL.as_bytes(), &formats).map(|_| ()),
        Err(Shapeless::Several(vec!["feed".to_owned(), "other".to_owned()]))
    );
}

#[test]
fn what_a_code_means_and_where_a_value_stands_is_told_with_what_may_be_meant() {
    for (row, expected) in [
        (
            "A: attempt_failed (consignee.not_home",
            "`(consignee.not_home` has no closing bracket",
        ),
        (
            "ready_*: delivered",
            "for every value that contains `ready_` write `~ready_`",
        ),
        ("A/B*|C: delivered", "for every value that contains `B|C` write `~B|C`"),
        ("A:", "nothing stands behind `A:`"),
        ("A: deliverd", "neither a status nor a code; did you mean delivered?"),
        ("A: gone", "`milepost decode --codes` tells all there are"),
        ("A: delivered (consignee.nothome)", "did you mean consignee.not_home?"),
        ("A: notise delayed", "did you mean notice?"),
        ("A: customs/customs_hold", "did you mean customs_held?"),
    ] {
        let file = format!(
            "format: feed
payload: json
records:
  - codes:
      from: [document.a, document.b]
      rows:
        {row}
    fields: {{ tracking_number: document.number, occurred_at: document.at }}
"
        );
        told(&file, 7, expected);
    }
    for (field, expected) in [
        ("carrier: feed", "if it is always `feed`, write `=feed`"),
        (
            "recorded_at: { from: document.at, written: DD }",
            "`written` belongs to a time, and a time is `{ date: …, written: … }`",
        ),
    ] {
        let file = format!(
            "format: feed
payload: json
records:
  - fields:
      tracking_number: document.number
      occurred_at: document.at
      status: =delivered
      {field}
"
        );
        told(&file, 8, expected);
    }
}

/// Asserts that a file has that mistake on that line, and no other.
fn told(file: &str, line: usize, expected: &str) {
    let mistakes = Mapping::parse(file).expect_err(expected);
    let [Mistake { line: found, what }] = mistakes.as_slice() else {
        panic!("{mistakes:#?}");
    };
    assert!(*found == line && what.contains(expected), "{found}: {what}");
}
