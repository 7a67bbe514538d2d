//! Rule files as their authors check and test them.

use crate::{milepost, milepost_fed, temporary, transcript, write};

const STALLED: &str = r#"rules:
  - delay: stalled
    when: status IN ('accepted', 'in_transit') AND silence > INTERVAL '36 hours'
    health: stalled
    because: "no scan for {silence} since {city}"
tests:
  - name: two quiet days, then it moves
    shipment: { carrier: ups }
    story: |
      0h   in_transit  Louisville KY
      60h  in_transit  Columbus OH
    expect: |
      36h  opened stalled
      60h  closed stalled
"#;

#[test]
fn rules_are_checked_and_their_stories_told() {
    let dir = temporary();
    write(dir.path(), "good/stalled.yaml", STALLED);
    write(
        dir.path(),
        "wrong/stalled.yaml",
        &STALLED.replace("silence >", "silense >"),
    );
    write(
        dir.path(),
        "late/stalled.yaml",
        &STALLED.replace("36h  opened", "37h  opened"),
    );
    write(
        dir.path(),
        "untold/stalled.yaml",
        STALLED.split("tests:").next().unwrap_or_default(),
    );
    insta::assert_snapshot!(transcript(
        dir.path(),
        &[
            &["rules", "check", "good"],
            &["rules", "test", "good"],
            &["rules", "test", "good", "--verbose"],
            &["rules", "check", "wrong"],
            &["rules", "check", "wrong", "--format", "json"],
            &["rules", "test", "wrong"],
            &["rules", "test", "late"],
            &["rules", "test", "late", "--format", "json"],
            &["rules", "test", "untold"],
            &["rules", "help", "MP011"],
        ]
    ));
}

/// Known from the label on: the parcel is far from Alaska yet.
const ALASKA: &str = r#"rules:
  - delay: slow_to_alaska
    when: destination_region = 'AK' AND destination_country = 'US' AND silence > INTERVAL '48 hours'
    because: "no scan for {silence} on {lane}"
tests:
  - name: the shipment says where it is to go
    shipment: { destination_region: AK, destination_country: US }
    story: |
      0h   in_transit  Louisville KY country=US
      60h  in_transit  Seattle WA country=US
    expect: |
      48h  opened slow_to_alaska
      60h  closed slow_to_alaska
  - name: a line says so
    story: |
      0h   announced  destination_region=AK destination_country=US
      2h   in_transit  Louisville KY country=US
      54h  tick
    expect: |
      50h  opened slow_to_alaska
  - name: Ohio is not Alaska
    shipment: { destination_region: OH, destination_country: US }
    story: |
      0h   in_transit  Louisville KY country=US
      60h  tick
    expect: nothing
"#;

#[test]
fn a_rule_may_ask_where_a_parcel_is_to_go() {
    let dir = temporary();
    write(dir.path(), "rules/alaska.yaml", ALASKA);
    let answer = milepost(dir.path(), &["rules", "test", "rules", "--verbose"]);
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    assert!(answer.out.contains("on US-KY>US-AK"), "{}", answer.out);
    assert!(answer.out.contains("3 stories, all hold"), "{}", answer.out);
}

#[test]
fn the_built_in_rules_are_taken_and_their_stories_hold() {
    let dir = temporary();
    for command in ["check", "test"] {
        let answer = milepost(dir.path(), &["rules", command]);
        assert_eq!(answer.code, 0, "{command}: {}{}", answer.out, answer.err);
        assert!(answer.out.contains("the built-in rules: "), "{}", answer.out);
    }
    write(dir.path(), "milepost.toml", "[rules]\ndir = \"mine\"\n");
    write(dir.path(), "mine/stalled.yaml", STALLED);
    let answer = milepost(dir.path(), &["rules", "check"]);
    assert!(
        answer.out.starts_with("mine: 1 rule in 1 file, 1 test, 0 warnings"),
        "{}",
        answer.out
    );
}

const SCANS: &str = r#"{"tracking_number":"1Z999AA10123456784","carrier":"ups","service":"ground","status":"in_transit","occurred_at":"2026-03-01T14:00:00Z","city":"Louisville","region":"KY","country":"US"}
{"tracking_number":"1Z999AA10123456784","carrier":"fedex","status":"in_transit","occurred_at":"2026-03-01T15:00:00Z"}
{"tracking_number":"940011189922","carrier":"usps","status":"in_transit","occurred_at":"2026-03-03T10:00:00Z"}
"#;

#[test]
fn what_decides_is_told_for_a_shipment() {
    let dir = temporary();
    write(dir.path(), "scans.ndjson", SCANS);
    write(
        dir.path(),
        "mine/rules.yaml",
        r#"rules:
  - delay: quiet
    when: status = 'in_transit' AND (silence > patience AND city <> 'Oslo')
    for: 30m
    because: "no scan for {silence} since {city}"
  - delay: quiet_for_long
    when: silence > INTERVAL '5 days'
    because: "no scan for {silence}"
  - notice: delivered
    when: status = 'delivered' AND signed_by LIKE 'A%'
let:
  patience: CASE WHEN service = 'ground' THEN INTERVAL '36 hours' ELSE INTERVAL '24 hours' END
"#,
    );
    let replayed = milepost(
        dir.path(),
        &["replay", "scans.ndjson", "--rules", "mine", "--out", "july"],
    );
    assert_eq!(replayed.code, 0, "{}", replayed.err);
    let number = "1Z999AA10123456784";
    let ups = "ups/1Z999AA10123456784";
    insta::assert_snapshot!(transcript(
        dir.path(),
        &[
            &["rules", "explain", ups, "--data", "july", "--rules", "mine"],
            &["rules", "explain", ups, "--data", "july", "--rules", "mine", "--all"],
            &[
                "rules", "explain", ups, "--data", "july", "--rules", "mine", "--rule", "quiet", "--format", "json"
            ],
            &[
                "rules",
                "explain",
                "940011189922",
                "--scans",
                "scans.ndjson",
                "--rules",
                "mine"
            ],
            &["rules", "explain", number, "--data", "july", "--rules", "mine"],
            &[
                "rules",
                "explain",
                "9400 1118-9922",
                "--data",
                "july",
                "--rules",
                "mine"
            ],
            &["rules", "explain", "unknown", "--data", "july"],
            &["rules", "explain", "?", "--data", "july"],
            &[
                "rules", "explain", ups, "--data", "july", "--rules", "mine", "--rule", "loud"
            ],
        ]
    ));
}

/// A file that its author wrote in a hurry.
const CARELESS: &str = "\
rules:
- delay:   stalled   # the name
  # Nobody has it in hand.
  because: 'no scan for {silence}'
  when: status in ('accepted','in_transit') and silence>interval '36 hours'
";

#[test]
fn files_are_laid_out_and_only_then_written() {
    let dir = temporary();
    write(dir.path(), "rules/careless.yaml", CARELESS);
    let good = STALLED.replace("tests:", "\ntests:");
    write(dir.path(), "rules/good.yaml", &good);
    write(
        dir.path(),
        "wrong/a.yaml",
        &CARELESS.replace("and silence", "and and silence"),
    );
    write(dir.path(), "wrong/b.yaml", CARELESS);
    insta::assert_snapshot!(transcript(
        dir.path(),
        &[
            &["rules", "fmt", "--check", "rules"],
            &["rules", "fmt", "rules", "rules/careless.yaml"],
            &["rules", "fmt", "rules"],
            &["rules", "fmt", "--check", "rules"],
            &["rules", "fmt", "wrong"],
            &["rules", "fmt", "no-such-file.yaml"],
            &["rules", "fmt"],
            &["rules", "fmt", "--stdin", "rules"],
        ]
    ));
    let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).expect("the file is there");
    insta::assert_snapshot!("careless_laid_out", read("rules/careless.yaml"));
    assert_eq!(read("rules/good.yaml"), good);
    assert!(
        read("wrong/a.yaml").contains("and and"),
        "a file with mistakes is left alone"
    );
    assert_eq!(read("wrong/b.yaml"), read("rules/careless.yaml"));
    // Nothing is left beside the files.
    assert_eq!(
        std::fs::read_dir(dir.path().join("rules"))
            .expect("the directory")
            .count(),
        2
    );
}

#[test]
#[cfg(unix)]
fn a_file_that_is_replaced_keeps_its_mode_and_a_link_stays_a_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = temporary();
    write(dir.path(), "real.yaml", CARELESS);
    let real = dir.path().join("real.yaml");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).expect("a mode can be set");
    symlink("real.yaml", dir.path().join("link.yaml")).expect("a link can be made");
    assert_eq!(milepost(dir.path(), &["rules", "fmt", "link.yaml"]).code, 0);
    let mode = std::fs::metadata(&real)
        .expect("the file is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
    let link = std::fs::symlink_metadata(dir.path().join("link.yaml")).expect("the link is there");
    assert!(link.is_symlink());
    let text = std::fs::read_to_string(&real).expect("text");
    assert!(text.starts_with("rules:\n  - delay: stalled  # the name\n"), "{text}");
}

#[test]
fn an_editor_lays_out_what_it_has() {
    let dir = temporary();
    let laid_out = milepost_fed(dir.path(), CARELESS, &["rules", "fmt", "--stdin"]);
    assert_eq!((laid_out.code, laid_out.err.as_str()), (0, ""));
    let again = milepost_fed(dir.path(), &laid_out.out, &["rules", "fmt", "--stdin", "--check"]);
    assert_eq!((again.code, again.out.as_str()), (0, ""));
    let careless = milepost_fed(dir.path(), CARELESS, &["rules", "fmt", "--stdin", "--check"]);
    assert_eq!((careless.code, careless.out.as_str()), (1, "<stdin>\n"));
    let wrong = milepost_fed(dir.path(), "rules: here\n", &["rules", "fmt", "--stdin"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (1, ""));
    assert!(wrong.err.starts_with("error[MP004]"), "{}", wrong.err);
}

#[test]
fn mistakes_for_other_programs() {
    let dir = temporary();
    let text = STALLED
        .replace("silence >", "silense >")
        .replace("{city}", "{city, 100%}");
    write(dir.path(), "my rules/stalled.yaml", &text);
    write(
        dir.path(),
        "warned/x.yaml",
        "rules:\n  - notice: x\n    when: city = NULL\n",
    );
    insta::assert_snapshot!(transcript(
        dir.path(),
        &[
            &["rules", "check", "my rules", "--format", "github"],
            &["rules", "check", "warned", "--format", "github"],
            &["rules", "check", "--format", "github"],
            &["rules", "check", "my rules", "--format", "xml"],
        ]
    ));
    let answer = milepost(dir.path(), &["rules", "check", "my rules", "--format", "sarif"]);
    assert_eq!((answer.code, answer.err.as_str()), (1, ""));
    let mut log: serde_json::Value = serde_json::from_str(&answer.out).expect("SARIF is JSON");
    assert_is_sarif(&log);
    // The rules are the pages of the codes, and stand in their own snapshots.
    let driver = log.pointer_mut("/runs/0/tool/driver").expect("a driver");
    driver["semanticVersion"] = "0.0.0".into();
    driver["rules"] = "all codes".into();
    insta::assert_snapshot!("sarif", format!("{log:#}"));
    let fine = milepost(dir.path(), &["rules", "check", "--format", "sarif"]);
    assert_eq!(fine.code, 0);
    let log: serde_json::Value = serde_json::from_str(&fine.out).expect("SARIF is JSON");
    assert_is_sarif(&log);
    assert_eq!(log.pointer("/runs/0/results"), Some(&serde_json::json!([])));
}

/// What SARIF 2.1.0 asks for, as far as a log of ours goes: required properties, types, ranges and references.
fn assert_is_sarif(log: &serde_json::Value) {
    let text = |value: &serde_json::Value, pointer: &str| {
        let found = value.pointer(pointer).and_then(serde_json::Value::as_str);
        found
            .unwrap_or_else(|| panic!("no text at {pointer} in {value}"))
            .to_owned()
    };
    let list = |value: &serde_json::Value, pointer: &str| {
        let found = value.pointer(pointer).and_then(serde_json::Value::as_array);
        found.unwrap_or_else(|| panic!("no list at {pointer}")).clone()
    };
    assert_eq!(text(log, "/version"), "2.1.0");
    assert!(text(log, "/$schema").ends_with("sarif-2.1.0.json"));
    let runs = list(log, "/runs");
    assert_eq!(runs.len(), 1);
    let run = runs.first().expect("one run");
    assert_eq!(text(run, "/tool/driver/name"), "milepost");
    assert_eq!(text(run, "/columnKind"), "unicodeCodePoints");
    let rules = list(run, "/tool/driver/rules");
    assert!(rules.len() > 25, "{} rules", rules.len());
    let is_level = |level: String| ["none", "note", "warning", "error"].contains(&level.as_str());
    for rule in &rules {
        for pointer in [
            "/id",
            "/name",
            "/shortDescription/text",
            "/fullDescription/text",
            "/help/text",
            "/help/markdown",
        ] {
            assert!(!text(rule, pointer).is_empty(), "{pointer} in {rule}");
        }
        assert!(is_level(text(rule, "/defaultConfiguration/level")), "{rule}");
    }
    for result in list(run, "/results") {
        let place = result
            .pointer("/ruleIndex")
            .and_then(serde_json::Value::as_u64)
            .expect("an index");
        let rule = rules
            .get(usize::try_from(place).expect("small"))
            .expect("a rule of that index");
        assert_eq!(text(rule, "/id"), text(&result, "/ruleId"));
        assert!(is_level(text(&result, "/level")) && !text(&result, "/message/text").is_empty());
        for location in list(&result, "/locations") {
            let uri = text(&location, "/physicalLocation/artifactLocation/uri");
            assert!(!uri.starts_with('/') && !uri.contains([' ', '\\']), "{uri}");
            let number = |name: &str| {
                let pointer = format!("/physicalLocation/region/{name}");
                location
                    .pointer(&pointer)
                    .and_then(serde_json::Value::as_u64)
                    .expect("a number")
            };
            assert!(number("startLine") >= 1 && number("startColumn") >= 1);
            assert!(number("endColumn") > number("startColumn"));
        }
    }
}

#[test]
fn every_code_and_the_schema_are_printed() {
    let dir = temporary();
    let schema = milepost(dir.path(), &["rules", "schema"]);
    let parsed: serde_json::Value = serde_json::from_str(&schema.out).expect("a schema is JSON");
    let draft = parsed.get("$schema").and_then(serde_json::Value::as_str);
    assert_eq!(draft, Some("https://json-schema.org/draft/2020-12/schema"));
    let codes = milepost(dir.path(), &["rules", "help", "codes"]);
    let codes: Vec<&str> = codes
        .out
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|code| !code.is_empty())
        .collect();
    assert!(codes.len() > 25, "{codes:?}");
    for code in codes {
        let page = milepost(dir.path(), &["rules", "help", code]);
        assert_eq!(page.code, 0, "{code}");
        for part in ["\nWrong:\n", "\nWhat is printed for it:\n", "\nRight:\n"] {
            assert!(page.out.contains(part), "{code}: {}", page.out);
        }
    }
}
