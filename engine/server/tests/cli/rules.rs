//! Rule files as their authors check and test them.

use crate::{milepost, temporary, transcript, write};

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
            &["rules", "explain", "unknown", "--data", "july"],
            &[
                "rules", "explain", ups, "--data", "july", "--rules", "mine", "--rule", "loud"
            ],
        ]
    ));
}
