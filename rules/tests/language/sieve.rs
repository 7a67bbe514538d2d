//! Sifting against asking each rule: what a sieve leaves out is not true, what it leaves is told by the plain evaluator,
//! and what time brings is brought in time.

use milepost_model::{Column, Status, Timestamp, Value};
use milepost_rules::{RuleSet, Sieve};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::row::{NOW, Row, compile};

/// Parts of conditions, of all kinds that a table can hold and some that none can.
fn part() -> impl Strategy<Value = String> {
    let op = prop::sample::select(&["=", "<>", "<", "<=", ">", ">="][..]);
    let text = prop::sample::select(&["carrier", "region", "city", "lane"][..]);
    let word = prop::sample::select(&["'ups'", "'fedex'", "'dhl'", "'KY'", "'Ä'", "''"][..]);
    let grow = prop::sample::select(&["silence", "dwell", "age", "overdue"][..]);
    let status = prop::sample::select(&["in_transit", "customs", "delivered", "exception"][..]);
    let choice = (text, word, grow, status);
    (op, choice, 0..30_u32, -3..4_i64, 0..40_i64).prop_map(|(op, (text, word, grow, status), form, few, ms)| match form
    {
        0 | 1 => format!("status = '{status}'"),
        2 => format!("status <> '{status}'"),
        3 | 4 => format!("{text} = {word}"),
        5 => format!("{text} <> {word}"),
        6 => format!("{text} IN ({word}, 'fedex', 'TX')"),
        7 => format!("{text} NOT IN ({word}, 'fedex')"),
        8 => format!("{text} IS NULL"),
        9 => format!("{text} = {word} OR {text} IS NULL"),
        10 | 11 => format!("attempts {op} {few}"),
        12 => format!("NOT (attempts {op} {few})"),
        13 => format!("attempts {op} {few} OR attempts = 3"),
        14 => "delay_notice".to_owned(),
        15 => "NOT delay_notice".to_owned(),
        16 => "promised_at IS NOT NULL".to_owned(),
        17 => format!("promised_at {op} last_scan_at"),
        18..=20 => format!("{grow} {op} INTERVAL '{ms} ms'"),
        21 => format!("({grow} {op} INTERVAL '{ms} ms') IS NOT TRUE"),
        22 => format!("{grow} {op} dwell * 2"),
        23 | 24 => format!("p_late {op} 0.{}", ms % 10),
        25 => format!("p_late IS NULL OR p_late {op} 0"),
        26 => format!("estimated_p90 {op} promised_at"),
        27 => format!("lane_reliability {op} 0.5 OR lane_reliability IS NULL"),
        28 => format!("{grow} {op} silence_p95 * 1.5"),
        _ => format!("now - promised_at {op} INTERVAL '{ms} ms'"),
    })
}

/// A condition: several parts together, now and then with OR or on the health.
fn condition() -> impl Strategy<Value = String> {
    let parts = prop::collection::vec(part(), 1..5);
    (parts, 0..12_u32).prop_map(|(parts, form)| match form {
        0 => parts.join(" OR "),
        1 => format!("health = 'ok' AND ({})", parts.join(") AND (")),
        2 => format!("NOT ({})", parts.join(") AND NOT (")),
        _ => format!("({})", parts.join(") AND (")),
    })
}

fn row() -> impl Strategy<Value = Row> {
    let word = || {
        prop::option::of(prop::sample::select(
            &["ups", "fedex", "dhl", "KY", "TX", "Ä", "", "zzz"][..],
        ))
    };
    let small = || prop::option::of(-3..40_i64);
    let words = (word(), word(), word(), word());
    let numbers = (small(), small(), small(), small(), small(), small(), small());
    let flag = prop::option::of(any::<bool>());
    let status = prop::sample::select(Status::ALL);
    let learned = (prop::collection::vec(0..10_u8, 0..4), small(), small());
    (words, numbers, flag, status, learned).prop_map(|(words, numbers, flag, status, learned)| {
        let now = Timestamp::parse(NOW).expect("a time");
        let mut row = Row::new(now, status);
        for (column, word) in [Column::Carrier, Column::Region, Column::City, Column::Lane]
            .into_iter()
            .zip([words.0, words.1, words.2, words.3])
        {
            row.set(column, word.map_or(Value::Null, Value::Text));
        }
        let (silence, dwell, age, overdue, attempts, promised, last) = numbers;
        for (column, value) in [
            (Column::Silence, silence),
            (Column::Dwell, dwell),
            (Column::Age, age),
            (Column::Overdue, overdue),
        ] {
            row.set(column, value.map_or(Value::Null, Value::Interval));
        }
        for (column, value) in [(Column::PromisedAt, promised), (Column::LastScanAt, last)] {
            row.set(column, value.map_or(Value::Null, |ms| Value::Time(now.plus(ms))));
        }
        row.set(
            Column::Attempts,
            attempts.map_or(Value::Null, |value| Value::Int(value % 5)),
        );
        row.set(Column::DelayNotice, flag.map_or(Value::Null, Value::Bool));
        row.set(Column::Health, Value::Text("ok"));
        let (late, few, length) = learned;
        let hours = late.into_iter();
        row.drift(
            Column::PLate,
            hours.clone().map(|late| Value::Float(f64::from(late) / 10.0)).collect(),
        );
        row.drift(
            Column::EstimatedP90,
            hours.map(|late| Value::Time(now.plus(i64::from(late)))).collect(),
        );
        row.set(
            Column::LaneReliability,
            few.map_or(Value::Null, |few| Value::Float(if few < 9 { 0.5 } else { 0.9 })),
        );
        row.set(Column::SilenceP95, length.map_or(Value::Null, Value::Interval));
        row
    })
}

fn set(conditions: &[String]) -> RuleSet {
    let rules = conditions.iter().enumerate();
    let rules = rules.map(|(at, when)| format!("- notice: n{at}\n  when: |\n    {when}\n"));
    compile(&format!("rules:\n{}", rules.collect::<String>())).unwrap_or_else(|errors| panic!("{errors}"))
}

fn left_by(sieve: &Sieve, row: &Row, skipped: &[u16]) -> Vec<u16> {
    let mut sifted = sieve.sift(row, skipped.iter().copied());
    core::iter::from_fn(|| sifted.next_rule()).collect()
}

/// Compares one row's answers; `skipped` stands for rules whose episode is under way.
fn check(set: &RuleSet, row: &Row, skipped: &[u16]) {
    let sieves = set.sieves(row.status);
    let asked: Vec<u16> = sieves.iter().flat_map(|sieve| left_by(sieve, row, skipped)).collect();
    assert!(asked.is_sorted());
    let mut first_change = None;
    for (rule, at) in set.rules().iter().zip(0..) {
        if skipped.contains(&at) {
            assert!(!asked.contains(&at), "rule {at} was not wanted");
            continue;
        }
        let holds = rule.when.holds(row);
        if asked.contains(&at) {
            let known = rule.when.columns().all(|column| column != Column::Health);
            assert!(
                holds || !known || rule.when.depends_on_now(),
                "rule {at} is false and plain: {row:?}"
            );
            continue;
        }
        assert!(!holds, "rule {at} holds and was left out: {row:?}");
        // A part that stays unknown makes the plain computation look in vain.
        let change = rule.when.next_change(row);
        let change = change.filter(|at| rule.when.holds(&row.after(at.since(row.now))));
        first_change = [first_change, change].into_iter().flatten().min();
    }
    let sifted = sieves.iter().map(|sieve| sieve.sift(row, skipped.iter().copied()));
    assert_eq!(
        sifted.filter_map(|sifted| sifted.next_change()).min(),
        first_change,
        "{row:?}"
    );
}

#[test]
fn a_sieve_leaves_what_the_plain_evaluator_leaves() {
    let config = ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[17; 32]));
    let conditions = prop::collection::vec(condition(), 1..40);
    let rows = prop::collection::vec(row(), 40);
    let skipped = prop::collection::vec(0..40_u16, 0..4);
    let outcome = runner.run(&(conditions, rows, skipped), |(conditions, rows, skipped)| {
        let set = set(&conditions);
        for row in rows {
            check(&set, &row, &skipped);
            check(&set, &row.after(7), &[]);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn rules_of_all_sieves_are_asked_in_order() {
    let conditions: Vec<String> = (0..1_000)
        .map(|n| format!("attempts > {} AND silence > INTERVAL '{n} ms'", n % 3))
        .collect();
    let set = set(&conditions);
    for row in [
        "attempts=1 silence=500ms",
        "attempts=2 silence=0ms",
        "attempts=0 silence=9h",
        "silence=9h",
    ] {
        check(&set, &Row::parse(row), &[3, 300, 999]);
    }
    let row = Row::parse("attempts=1 silence=500ms");
    let asked: Vec<u16> = set
        .sieves(row.status)
        .iter()
        .flat_map(|sieve| left_by(sieve, &row, &[0]))
        .collect();
    let expected: Vec<u16> = (1..500).filter(|n| n % 3 == 0).collect();
    assert_eq!(asked, expected);
}
