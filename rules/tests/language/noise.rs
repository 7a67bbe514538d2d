//! Noise: whatever stands in a file, it is taken or refused, within the limits, and nothing panics.

use milepost_rules::{RuleSet, SourceFile};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::row::{Row, compile, set_of};

pub(crate) fn runner(cases: u32) -> TestRunner {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]))
}

/// Compiles, prints what is wrong, and asks what was taken.
fn try_file(text: &str) {
    let file = SourceFile {
        name: "noise.yaml",
        text,
    };
    match RuleSet::compile(&[file]) {
        Ok(set) => {
            let row = Row::parse("silence=30h status=in_transit carrier=ups attempts=2");
            for rule in set.rules() {
                let _ = (rule.when.holds(&row), rule.when.next_change(&row));
                rule.because.render(&row, &mut String::new());
            }
        }
        Err(diagnostics) => {
            assert!(!diagnostics.is_empty());
            for diagnostic in diagnostics {
                assert!(!diagnostic.to_string().is_empty());
                let breaks = text.chars().filter(|sign| matches!(sign, '\r' | '\n')).count();
                assert!(
                    diagnostic.line <= u32::try_from(breaks + 1).unwrap_or(u32::MAX),
                    "{diagnostic}"
                );
            }
        }
    }
}

#[test]
fn random_bytes_never_panic() {
    let bytes = prop::collection::vec(any::<u8>(), 0..200);
    let outcome = runner(2_000).run(&bytes, |bytes| {
        try_file(&String::from_utf8_lossy(&bytes));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

/// Words of rule files and of conditions, between broken bars.
const WORDS: &str = concat!(
    "rules:¦- ¦\n¦\n  ¦\n    ¦delay: ¦notice: ¦when: ¦for: ¦until: ¦health: ¦notify: ¦because: ¦let:¦",
    "lists:¦tests:¦story: |¦expect: |¦> ¦{¦}¦[¦]¦\"¦'¦&a ¦*a ¦!t ¦status ¦silence ¦now ¦= ¦> ¦IN ¦(¦",
    ")¦AND ¦OR ¦NOT ¦CASE ¦WHEN ¦THEN ¦ELSE ¦END ¦INTERVAL ¦'36 hours' ¦'in_transit' ¦NULL ¦IS ¦",
    "BETWEEN ¦LIKE ¦extract(¦hour FROM ¦coalesce(¦-¦1¦1.5¦, ¦::¦x¦#¦: ¦---\n¦36h ¦opened ¦\t¦\\¦",
    "\u{e9}¦\u{1f4e6}",
);

#[test]
fn shuffled_words_never_panic() {
    let words: Vec<&str> = WORDS.split('\u{a6}').collect();
    let words = prop::collection::vec(prop::sample::select(words), 0..60);
    let outcome = runner(4_000).run(&words, |words| {
        try_file(&words.concat());
        let _ = set_of(&words.concat().replace('\n', " "));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn limits_hold() {
    let many = |text: &str, times: usize| text.repeat(times);
    for (file, code) in [
        (many("# x\n", 400_000), "MP007"),
        (format!("rules:\n{}", many("- notice: x\n", 3)), "MP003"),
        (many("[", 10_000), "MP007"),
        (many("- ", 10_000), "MP007"),
        (many("{a: ", 10_000), "MP007"),
        ("a: &a [x]\nb: *a\n".to_owned(), "MP001"),
        ("a: !t x\n".to_owned(), "MP001"),
        (format!("lists:\n  many: [{}]\n", many("a, ", 10_001)), "MP007"),
    ] {
        let found = compile(&file).expect_err("over the limit");
        let start: String = file.chars().take(40).collect();
        assert!(
            found.contains(code),
            "{start}\n{}",
            found.chars().take(600).collect::<String>()
        );
    }
    for (expression, code) in [
        (format!("{}true{}", many("(", 100), many(")", 100)), "MP007"),
        (format!("{}true", many("NOT ", 100)), "MP007"),
        (format!("attempts = 1{}", many(" + 1", 200)), "MP007"),
        (format!("true{}", many(" AND true", 1_100)), "MP007"),
        (format!("carrier = '{}'", many("x", 40_000)), "MP007"),
        (format!("attempts{}", many("::int", 600)), "MP015"),
        (format!("attempts{}", many(" IS NULL", 600)), "MP007"),
        (format!("attempts{}", many(" BETWEEN 1 AND 2", 400)), "MP007"),
    ] {
        let found = set_of(&expression).expect_err("over the limit");
        let start: String = expression.chars().take(40).collect();
        assert!(
            found.contains(code),
            "{start}\n{}",
            found.chars().take(600).collect::<String>()
        );
    }
    let chain = format!("attempts > 1{}", many(" AND attempts > 1", 400));
    assert!(set_of(&chain).is_ok(), "a long chain is not a deep one");
}

#[test]
fn named_expressions_cannot_grow_without_limit() {
    let mut doubling = "rules:\n- notice: n\n  when: l40\nlet:\n  l0: attempts > 1\n".to_owned();
    let mut nesting = doubling.replace("l40", "l99");
    for level in 1..=99 {
        let before = level - 1;
        doubling += &format!("  l{level}: l{before} AND l{before}\n");
        nesting += &format!("  l{level}: NOT l{before}\n");
    }
    for file in [doubling, nesting] {
        let found = compile(&file).expect_err("over the limit");
        assert!(found.contains("MP007"), "{found}");
    }
    let cycle =
        compile("let:\n  a: b\n  b: NOT c\n  c: a OR d\n  d: attempts > 1\n  e: e\nrules: []\n").expect_err("a circle");
    assert_eq!(cycle.matches("MP018").count(), 4, "{cycle}");
}

#[test]
fn ten_thousand_rules_are_a_set_and_one_more_is_not() {
    let rules = |count: u32| {
        let rules = (0..count).map(|n| format!("- notice: n{n}\n  when: attempts > {n}\n"));
        format!("rules:\n{}", rules.collect::<String>())
    };
    assert_eq!(compile(&rules(10_000)).expect("a set").rules().len(), 10_000);
    let found = compile(&rules(10_001)).expect_err("one too many");
    assert!(found.contains("MP007"), "{found}");
}
