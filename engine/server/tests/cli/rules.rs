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
