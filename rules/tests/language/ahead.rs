//! Deadlines against brute force: `next_change` must name exactly the milliseconds at which ticking finds a change.

use milepost_model::{Column, Facts, Status, Timestamp, Value};
use milepost_rules::Program;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::row::{Row, condition, table};

/// How many milliseconds are ticked through, one by one.
const TICKS: i64 = 400;

/// The milliseconds at which ticking finds a change.
fn by_ticking(program: &Program, row: &Row) -> Vec<i64> {
    let mut before = program.holds(row);
    let mut found = Vec::new();
    for by in 1..=TICKS {
        let holds = program.holds(&row.after(by));
        if holds != before {
            found.push(by);
            before = holds;
        }
    }
    found
}

/// The same, by asking for the next change again and again.
fn by_deadlines(program: &Program, row: &Row) -> Vec<i64> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = program.next_change(&row.after(at)) {
        let next = next.since(row.now());
        assert!(next > at, "the next change lies ahead");
        if next > TICKS {
            break;
        }
        found.push(next);
        at = next;
    }
    found
}

/// Condition, row at [`crate::row::NOW`] (a Wednesday at noon), and when the answer changes.
const USUAL: &str = "
silence >= INTERVAL '48 hours' | silence=47h | 2026-03-04T13:00:00.000Z
silence > INTERVAL '36 hours' | silence=35h | 2026-03-04T13:00:00.001Z
silence > INTERVAL '36 hours' | silence=37h | never
silence < INTERVAL '36 hours' | silence=35h | 2026-03-04T13:00:00.000Z
silence > INTERVAL '36 hours' |  | never
status = 'customs' AND silence > INTERVAL '36 hours' | silence=35h status=in_transit | never
status = 'customs' AND silence > INTERVAL '36 h' | silence=35h status=customs | 2026-03-04T13:00:00.001Z
silence > INTERVAL '36 h' AND dwell >= INTERVAL '5 h' | silence=35h dwell=1h | 2026-03-04T16:00:00.000Z
silence > INTERVAL '36 h' OR dwell >= INTERVAL '5 h' | silence=35h dwell=1h | 2026-03-04T13:00:00.001Z
now > promised_at | promised_at=2026-03-05T00:00:00Z | 2026-03-05T00:00:00.001Z
overdue >= INTERVAL '0 h' | overdue=-12h | 2026-03-05T00:00:00.000Z
now - status_since >= INTERVAL '2 d' | status_since=2026-03-04T00:00:00Z | 2026-03-06T00:00:00.000Z
promised_at - now < INTERVAL '1 d' | promised_at=2026-03-06T00:00:00Z | 2026-03-05T00:00:00.001Z
silence >= last_gap * 1.5 | silence=1h last_gap=2h | 2026-03-04T14:00:00.000Z
extract(epoch FROM silence) >= 7200 | silence=1h | 2026-03-04T13:00:00.000Z
extract(hour FROM now) BETWEEN 8 AND 19 |  | 2026-03-04T20:00:00.000Z
extract(isodow FROM now) = 1 AND extract(hour FROM now) = 9 |  | 2026-03-09T09:00:00.000Z
extract(month FROM now) = 12 |  | 2026-12-01T00:00:00.000Z
date_trunc('day', now) > promised_at | promised_at=2026-03-04T23:00:00Z | 2026-03-05T00:00:00.000Z
now > date_trunc('day', promised_at) | promised_at=2026-03-04T23:00:00Z | never
silence >= CASE WHEN carrier = 'ups' THEN INTERVAL '2 h' ELSE INTERVAL '9 h' END | silence=1h carrier=ups | 2026-03-04T13:00:00.000Z
silence >= greatest(INTERVAL '2 h', last_gap) | silence=1h last_gap=3h | 2026-03-04T14:00:00.000Z
attempts > 1 | attempts=1 | never
now - status_since > INTERVAL '2 d' | status_since=2026-03-01T00:00:00Z | never
silence >= CASE WHEN carrier = 'ups' THEN INTERVAL '2 h' ELSE INTERVAL '9 h' END | silence=10h | never
extract(year FROM now) > 2400 | | never
extract(year FROM now) > 2100 | | 2101-01-01T00:00:00.000Z
";

#[test]
fn deadlines_of_usual_conditions() {
    assert_turns(USUAL);
}

/// Each condition of a table turns for the row beside it when the table says.
pub(crate) fn assert_turns(of: &'static str) {
    for [expression, row, expected] in table(of) {
        let program = condition(expression);
        let found = program.next_change(&Row::parse(row));
        let found = found.map_or("never".to_owned(), |at| at.to_string());
        assert_eq!(found, expected, "{expression} where {row}");
        assert!(!program.sweeps(), "{expression}");
    }
}

#[test]
fn what_cannot_be_bounded_is_looked_at_every_hour() {
    for expression in [
        "silence % 1000 = 1",
        "extract(second FROM now) = 30",
        "silence * extract(hour FROM now) > INTERVAL '5 h'",
        "abs(extract(epoch FROM overdue)) < 3600",
        "date_trunc('hour', now + silence * 0.5) = status_since",
    ] {
        // A remainder of an interval has no meaning; the others are swept.
        let Ok(set) = crate::row::set_of(expression) else {
            assert!(expression.contains('%'), "{expression}");
            continue;
        };
        let program = &set.rules().first().expect("one rule").when;
        assert!(program.sweeps(), "{expression}");
        assert!(
            set.warnings().iter().any(|warning| warning.code == "MP103"),
            "{expression}"
        );
        let row = Row::parse("silence=1h overdue=5h");
        assert_eq!(
            program.next_change(&row),
            Some(row.now().plus(3_600_000)),
            "{expression}"
        );
    }
}

const GROWING: [&str; 3] = ["silence", "dwell", "overdue"];
const TIMES: [&str; 3] = ["promised_at", "status_since", "estimated_until"];
const OPS: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];

/// A condition on time, within the reach of the ticks.
fn atom() -> impl Strategy<Value = String> {
    let grow = prop::sample::select(&GROWING[..]);
    let time = prop::sample::select(&TIMES[..]);
    let op = prop::sample::select(&OPS[..]);
    (grow, time, op, -50..350_i64, 0..27_u32, 1..60_i64).prop_map(|(grow, time, op, ms, form, small)| match form {
        0..5 => format!("{grow} {op} INTERVAL '{ms} ms'"),
        5 => format!("now {op} {time}"),
        6 => format!("now - {time} {op} INTERVAL '{ms} ms'"),
        7 => format!("{time} - now {op} INTERVAL '{ms} ms'"),
        8 => format!("{time} {op} now - INTERVAL '{ms} ms'"),
        9 => format!("{grow} * 3 {op} INTERVAL '{ms} ms'"),
        10 => format!("{grow} * 0.7 {op} INTERVAL '{ms} ms'"),
        11 => format!("{grow} / 7 {op} INTERVAL '{small} ms'"),
        12 => format!("extract(epoch FROM {grow}) {op} 0.{ms:03}").replace("0.-", "-0."),
        13 => format!("{grow} {op} dwell * 2 - INTERVAL '{ms} ms'"),
        14 => format!("extract(minute FROM now + INTERVAL '{ms} ms') {op} 30"),
        15 => format!("date_trunc('minute', now) {op} {time}"),
        16 => format!("greatest({grow}, INTERVAL '{ms} ms', silence * 2) {op} INTERVAL '{small} ms' * 4"),
        17 => format!("least({grow}, INTERVAL '{ms} ms') {op} last_gap"),
        18 => format!("coalesce({grow}, last_gap, INTERVAL '{ms} ms') {op} INTERVAL '{small} ms'"),
        19 => format!("nullif({grow}, INTERVAL '{ms} ms') {op} INTERVAL '{small} ms'"),
        20 => format!("{grow} IN (INTERVAL '{ms} ms', INTERVAL '{small} ms', last_gap_is_no_literal)")
            .replace(", last_gap_is_no_literal", ""),
        21 => format!("{grow} BETWEEN INTERVAL '{small} ms' AND INTERVAL '{ms} ms'"),
        22 => format!("({grow} IS DISTINCT FROM INTERVAL '{ms} ms')"),
        23 => format!("{grow} {op} dwell"),
        24 => format!("{grow} {op} last_gap"),
        25 => format!("coalesce({time} {op} now, {})", small % 2 == 0),
        _ => format!("{time} - {grow} {op} now - INTERVAL '{ms} ms'"),
    })
}

fn expression() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(
        &[
            "unusual",
            "retracted",
            "reopened",
            "status = 'in_transit'",
            "attempts > 1",
        ][..],
    );
    let leaf = prop_oneof![6 => atom(), 1 => plain.prop_map(str::to_owned)];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" AND "))),
            3 => prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" OR "))),
            1 => inner.clone().prop_map(|part| format!("(NOT {part})")),
            1 => inner.clone().prop_map(|part| format!("(({part}) IS NOT TRUE)")),
            1 => inner.clone().prop_map(|part| format!("(({part}) IS NULL)")),
            1 => (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("(CASE WHEN {a} THEN {b} ELSE {c} END)")),
            1 => (inner.clone(), inner, atom(), -50..350_i64).prop_map(|(a, b, c, ms)| {
                format!("((CASE WHEN {a} THEN silence WHEN {b} THEN INTERVAL '{ms} ms' ELSE dwell END) > INTERVAL '99 ms' AND {c})")
            }),
        ]
    })
}

fn row() -> impl Strategy<Value = Row> {
    let cell = || prop_oneof![1 => Just(None), 6 => (-300..300_i64).prop_map(Some)];
    let flag = || prop_oneof![Just(None), Just(Some(true)), Just(Some(false))];
    (
        prop::collection::vec(cell(), 7),
        prop::collection::vec(flag(), 3),
        0..3_i64,
    )
        .prop_map(|(cells, flags, near)| {
            // Shortly before a minute, an hour and a day end.
            let now = [59_900, 3_599_900, 86_399_900]
                .into_iter()
                .nth(usize::try_from(near).expect("small"))
                .expect("three");
            let now = Timestamp::from_millis(1_772_582_400_000 + now);
            let mut row = Row::new(now, Status::InTransit);
            let lengths = [Column::Silence, Column::Dwell, Column::Overdue, Column::LastGap];
            let times = [Column::PromisedAt, Column::StatusSince, Column::EstimatedUntil];
            let mut cells = cells.into_iter();
            for column in lengths {
                if let Some(Some(ms)) = cells.next() {
                    row.set(column, Value::Interval(ms));
                }
            }
            for column in times {
                if let Some(Some(ms)) = cells.next() {
                    row.set(column, Value::Time(now.plus(ms)));
                }
            }
            for (column, flag) in [Column::Unusual, Column::Retracted, Column::Reopened]
                .into_iter()
                .zip(flags)
            {
                if let Some(flag) = flag {
                    row.set(column, Value::Bool(flag));
                }
            }
            row
        })
}

#[test]
fn deadlines_agree_with_ticking_through() {
    let config = ProptestConfig {
        cases: 4_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let swept = core::cell::Cell::new(0_u32);
    let outcome = runner.run(&(expression(), row()), |(expression, row)| {
        let program = condition(&expression);
        if program.sweeps() {
            swept.set(swept.get() + 1);
            return Ok(());
        }
        prop_assert_eq!(
            by_deadlines(&program, &row),
            by_ticking(&program, &row),
            "{}",
            expression
        );
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert!(
        swept.get() < 400,
        "{} of the conditions could not be bounded",
        swept.get()
    );
}
