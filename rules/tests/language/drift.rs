//! Columns that drift: no formula tells how they change, so that looking ahead tries full hours, and does so seldom.

use core::cell::Cell;
use milepost_model::{Column, DAY_MS, Facts, HOUR_MS, MINUTE_MS, Status, Timestamp, Value};
use milepost_rules::Program;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use crate::row::{Row, compile, condition, table};

/// A row at twenty past twelve whose `p_late` is, from that hour on, so many tenths.
fn row(text: &'static str, late: &[u8]) -> Row {
    let mut row = Row::parse(text);
    row.now = Timestamp::parse("2026-03-04T12:20:00Z").expect("a time");
    let late = late.iter().map(|late| Value::Float(f64::from(*late) / 10.0));
    row.drift(Column::PLate, late.collect());
    row
}

/// Condition, row at 12:20, and when to look again; `p_late` is .2 at first, .4 from 15:00 on, and .8 from 18:00 on.
const USUAL: &str = "
p_late > 0.3 | | 2026-03-04T15:00:00.000Z
p_late > 0.7 | | 2026-03-04T18:00:00.000Z
p_late <= 0.7 | | 2026-03-04T18:00:00.000Z
NOT (p_late > 0.7) | | 2026-03-04T18:00:00.000Z
(p_late > 0.7) IS NOT TRUE | | 2026-03-04T18:00:00.000Z
(CASE WHEN p_late > 0.7 THEN 'bad' ELSE 'good' END) = 'bad' | | 2026-03-04T18:00:00.000Z
coalesce(p_late, 0) * 10 > attempts | attempts=6 | 2026-03-04T18:00:00.000Z
p_late > lane_reliability | lane_reliability=0.35 | 2026-03-04T15:00:00.000Z
p_late > 0.9 | | 2026-03-05T12:20:00.000Z
p_late > 0.1 | | 2026-03-05T12:20:00.000Z
p_late > 0.3 AND silence > INTERVAL '36 h' | silence=34h | 2026-03-04T15:00:00.000Z
p_late > 0.3 AND silence > INTERVAL '36 h' | silence=33h | 2026-03-04T15:20:00.001Z
p_late > 0.3 AND silence > INTERVAL '36 h' | silence=25h | 2026-03-04T23:20:00.001Z
p_late > 0.3 AND silence > INTERVAL '10 d' | silence=0h | 2026-03-14T12:20:00.001Z
p_late > 0.3 AND carrier = 'ups' | carrier=dhl | never
p_late > 0.3 AND overdue < INTERVAL '0 h' | overdue=-5h | 2026-03-04T15:00:00.000Z
p_late > 0.7 AND overdue < INTERVAL '0 h' | overdue=-6h | 2026-03-04T18:00:00.000Z
p_late > 0.7 AND overdue < INTERVAL '0 h' | overdue=-5h | never
p_late > 0.7 AND overdue < INTERVAL '0 h' | overdue=0h | never
p_late > 0.7 AND overdue < INTERVAL '0 h' | | never
p_late > 0.3 OR silence > INTERVAL '1 h' | silence=0h | 2026-03-04T13:20:00.001Z
p_late > 0.3 OR silence > INTERVAL '36 h' | silence=0h | 2026-03-04T15:00:00.000Z
p_late > 0.3 OR silence > INTERVAL '36 h' | silence=37h | never
p_late > 0.1 AND extract(hour FROM now) = 14 | | 2026-03-04T14:00:00.000Z
p_late > 0.7 AND extract(hour FROM now) = 14 | | 2026-03-05T13:00:00.000Z
p_late > 0.7 AND business_days_between(status_since, now) >= 1 | local_zone=UTC status_since=2026-03-04T01:00:00Z | 2026-03-05T00:00:00.000Z
silence > silence_p95 * 1.5 | silence=1h silence_p95=2h | 2026-03-04T14:20:00.001Z
";

#[test]
fn usual_conditions() {
    for [expression, text, expected] in table(USUAL) {
        let (program, row) = (condition(expression), row(text, &[2, 2, 2, 4, 4, 4, 8]));
        let (holds, look) = program.look(&row);
        let found = program.next_change(&row);
        assert!(
            look.is_some() == found.is_some() && look <= found,
            "{expression} where {text}: {look:?}"
        );
        let found = found.map_or("never".to_owned(), |at| at.to_string());
        assert_eq!(found, expected, "{expression} where {text}");
        assert_eq!(holds, program.holds(&row));
        assert!(!program.sweeps(), "{expression}");
    }
}

#[test]
fn what_cannot_be_bounded_either_is_looked_at_every_hour() {
    let program = condition("p_late > 0.3 AND extract(second FROM now) = 30");
    let row = row("", &[2]);
    assert!(program.sweeps() && program.drifts());
    assert_eq!(program.next_change(&row), Some(row.now.plus(HOUR_MS)));
}

#[test]
fn a_foretold_time_is_followed_within_the_hour_in_which_it_comes_near() {
    // The foretold time comes nearer with each minute, and at 14:00 at once by three hours.
    let mut row = Row::parse("now=2026-03-04T12:20:00Z");
    let times = ["2026-03-05T00:00:00Z", "2026-03-05T00:00:00Z", "2026-03-04T20:10:00Z"];
    let times = times.map(|at| Value::Time(Timestamp::parse(at).expect("a time")));
    row.drift(Column::EstimatedP50, times.to_vec());
    for (hours, expected) in [
        (11, "13:00:00.001"),
        (10, "14:00:00.000"),
        (6, "14:10:00.001"),
        (1, "19:10:00.001"),
    ] {
        let program = condition(&format!("estimated_p50 - now < INTERVAL '{hours} h'"));
        let found = program.next_change(&row).map(|at| at.to_string());
        assert_eq!(found, Some(format!("2026-03-04T{expected}Z")), "{hours} hours");
    }
}

/// A row that counts how often it is asked what is foretold.
struct Asked<'r> {
    row: &'r Row,
    times: Cell<u32>,
}

impl Facts for Asked<'_> {
    fn now(&self) -> Timestamp {
        self.row.now
    }

    fn status(&self) -> Status {
        self.row.status
    }

    fn value(&self, column: Column) -> Value<'_> {
        self.value_after(column, 0)
    }

    fn value_after(&self, column: Column, by_ms: i64) -> Value<'_> {
        if column.drifts() {
            self.times.set(self.times.get() + 1);
        }
        self.row.value_after(column, by_ms)
    }
}

#[test]
fn a_look_asks_twice_what_is_foretold_and_not_at_all_where_other_parts_decide() {
    for (expression, text, most) in [
        ("p_late > 0.9", "", 2),
        ("p_late > 0.1", "", 2),
        (
            "status = 'in_transit' AND p_late > 0.9 AND silence > INTERVAL '1 h'",
            "silence=9h",
            2,
        ),
        (
            "p_late > 0.9 AND attempts = 0 AND overdue < INTERVAL '0 h'",
            "attempts=0 overdue=-90h",
            2,
        ),
        (
            "p_late > 0.9 AND attempts = 0 AND overdue < INTERVAL '0 h'",
            "attempts=1 overdue=-90h",
            0,
        ),
        ("p_late > 0.9 AND overdue < INTERVAL '0 h'", "overdue=1h", 0),
        ("p_late > 0.9 AND silence > INTERVAL '36 h'", "silence=1h", 0),
        (
            "p_late > 0.9 AND business_days_between(status_since, now) >= 3",
            "local_zone=UTC status_since=2026-03-04T01:00:00Z",
            0,
        ),
        // The hour of the change is found by halving.
        ("p_late > 0.7", "", 8),
    ] {
        let row = row(text, &[2, 2, 2, 4, 4, 4, 8]);
        let asked = Asked {
            row: &row,
            times: Cell::new(0),
        };
        let _ = condition(expression).look(&asked);
        assert!(asked.times.get() <= most, "{expression}: {} times", asked.times.get());
    }
}

#[test]
fn sentences_tell_shares_with_two_digits() {
    let set = compile(
        "rules:\n- delay: it\n  when: p_late > 0.5\n  because: \"{p_late} of {estimated_p90}, {lane_reliability}\"\n",
    );
    let set = set.unwrap_or_else(|errors| panic!("{errors}"));
    let because = &set.rules().first().expect("one rule").because;
    for (late, expected) in [
        ("0.825", "0.82"),
        ("0.7", "0.7"),
        ("0.999", "1"),
        ("0", "0"),
        ("-0.001", "0"),
    ] {
        let mut row = Row::parse("estimated_p90=2026-03-05T18:00:00Z");
        row.set(Column::PLate, Value::Float(late.parse().expect("a number")));
        let mut text = String::new();
        because.render(&row, &mut text);
        assert_eq!(text, format!("{expected} of 2026-03-05T18:00:00.000Z, unknown"));
    }
}

/// Parts that only what is foretold turns, from false to true as a parcel gets late, and parts that other time turns.
fn part() -> impl Strategy<Value = String> {
    let grow = prop::sample::select(&["silence", "dwell", "overdue"][..]);
    let op = prop::sample::select(&["<", "<=", ">", ">="][..]);
    (grow, op, 0..10_u32, 0..12_u32, 0..2_000_i64).prop_map(|(grow, op, tenth, form, minutes)| match form {
        0..=2 => format!("p_late > 0.{tenth}"),
        3 => format!("p_late >= 0.{tenth}"),
        4 => format!("NOT (p_late < 0.{tenth})"),
        5 | 6 => "estimated_p90 > promised_at".to_owned(),
        7 => "attempts = 0".to_owned(),
        8 => format!("extract(hour FROM now) = {}", minutes % 24),
        _ => format!("{grow} {op} INTERVAL '{minutes} minutes'"),
    })
}

fn expression() -> impl Strategy<Value = String> {
    part().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" AND "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" OR "))),
            inner.prop_map(|part| format!("(({part}) IS TRUE)")),
        ]
    })
}

fn any_row() -> impl Strategy<Value = Row> {
    let lengths = prop::collection::vec(prop::option::weighted(0.9, 0..1_800_i64), 3);
    let steps = prop::collection::vec((0..3_u8, 0..9_i64), 1..60);
    (lengths, steps, 0..60_i64, 0..200_i64).prop_map(|(lengths, steps, minute, promised)| {
        let now = Timestamp::from_millis(1_772_582_400_000 + minute * MINUTE_MS);
        let mut row = Row::new(now, Status::InTransit);
        for (column, minutes) in [Column::Silence, Column::Dwell, Column::Overdue]
            .into_iter()
            .zip(lengths)
        {
            row.set(
                column,
                minutes.map_or(Value::Null, |minutes| Value::Interval(minutes * MINUTE_MS)),
            );
        }
        row.set(Column::PromisedAt, Value::Time(now.plus(promised * HOUR_MS)));
        row.set(Column::Attempts, Value::Int(0));
        let (mut late, mut at) = (0_u8, now);
        let (mut lates, mut ats) = (Vec::new(), Vec::new());
        for (more, hours) in steps {
            late = late.saturating_add(u8::from(more == 0)).min(10);
            at = at.plus(hours * HOUR_MS);
            lates.push(Value::Float(f64::from(late) / 10.0));
            ats.push(Value::Time(at));
        }
        row.drift(Column::PLate, lates);
        row.drift(Column::EstimatedP90, ats);
        row
    })
}

/// The first instant within a day at which the answer is another, in steps that no change of these rows escapes.
fn by_trying(program: &Program, row: &Row) -> Option<Timestamp> {
    let start = program.holds(row);
    let minutes = (1..=DAY_MS / MINUTE_MS).flat_map(|minute| [minute * MINUTE_MS, minute * MINUTE_MS + 1]);
    let mut instants = core::iter::once(1).chain(minutes).filter(|by| *by <= DAY_MS);
    instants
        .find(|by| program.holds(&row.after(*by)) != start)
        .map(|by| row.now.plus(by))
}

#[test]
fn changes_are_those_that_trying_finds() {
    let config = ProptestConfig {
        cases: 1_500,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[29; 32]);
    let changes = Cell::new(0_u32);
    let outcome = TestRunner::new_with_rng(config, rng).run(&(expression(), any_row()), |(expression, row)| {
        let program = condition(&expression);
        let (found, tried) = (program.next_change(&row), by_trying(&program, &row));
        match (found, tried) {
            (_, Some(_)) => {
                changes.set(changes.get() + 1);
                prop_assert_eq!(found, tried, "{}", expression);
            }
            // Nothing else comes early, and what other parts decide may be told beyond.
            (Some(found), None) => prop_assert!(found.since(row.now) >= DAY_MS, "{}: {}", expression, found),
            (None, None) => {}
        }
        let (holds, look) = program.look(&row);
        prop_assert_eq!(holds, program.holds(&row));
        let is_early = look.zip(found).is_none_or(|(look, found)| look <= found);
        prop_assert!(is_early && (look.is_some() || found.is_none()), "{}", expression);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(changes.get() > 300, "only {} changes were found", changes.get());
}
