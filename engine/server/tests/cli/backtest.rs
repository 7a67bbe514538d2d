//! Rules tried on history, and two sets compared, before anybody is told anything.

use crate::{Answer, milepost, milepost_fed, temporary, transcript, write};
use milepost_loadgen::{Encoder, Faults, Settings, Style, World};
use serde_json::Value;
use std::path::Path;

const OLD: &str = r#"rules:
  - delay: stalled
    when: status IN ('accepted', 'in_transit') AND silence > patience
    health: stalled
    notify: { notice: delay.detected, recovered: delay.recovered }
    because: "no scan for {silence} since {city}"
  - delay: missed
    when: overdue > INTERVAL '0 hours'
    health: late
    notify: { notice: delay.detected, limit: shipment }
    because: "promised until {promised_at}"
  - delay: gone
    when: status = 'exception'
    because: "{code}"
  - notice: delivered
    when: status = 'delivered'
    limit: shipment
let:
  patience: INTERVAL '48 hours'
"#;

/// More impatient, one rule gone, one more, and one that waits.
fn new() -> String {
    let begin = OLD.find("  - delay: gone").expect("it is there");
    let end = OLD.find("  - notice: delivered").expect("it is there");
    let mut rules = OLD.to_owned();
    rules.replace_range(
        begin..end,
        "  - delay: carrier_says_so
    when: delay_notice
    for: 2h
    health: at_risk
    because: \"the carrier reports a delay\"
",
    );
    rules.replace("'48 hours'", "'30 hours'")
}

/// Scans of a small world in which things go wrong, and the two sets.
fn world(dir: &Path, cut: bool) {
    let world = World::new(Settings {
        shipments: 1_200,
        days: 20,
        cut,
        faults: Faults::REALISTIC,
        ..Settings::default()
    });
    let (mut encoder, mut lines) = (Encoder::new(Style::default()), Vec::new());
    for arrival in world {
        encoder.encode(&arrival, &mut lines);
    }
    std::fs::write(dir.join("scans.ndjson"), lines).expect("a file can be written");
    write(dir, "old/rules.yaml", OLD);
    write(dir, "new/rules.yaml", &new());
}

/// A command line that goes well; its words are parted by blanks.
fn fine(dir: &Path, line: &str) -> Answer {
    let answer = milepost(dir, &words(line));
    assert_eq!(answer.code, 0, "{line}: {}", answer.err);
    answer
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// What it writes as JSON.
fn json(dir: &Path, line: &str) -> Value {
    let answer = fine(dir, &format!("{line} --format json"));
    serde_json::from_str(&answer.out).expect("JSON")
}

/// Command lines and what they answer.
fn told(dir: &Path, lines: &[&str]) -> String {
    let lines: Vec<Vec<&str>> = lines.iter().map(|line| words(line)).collect();
    let lines: Vec<&[&str]> = lines.iter().map(Vec::as_slice).collect();
    transcript(dir, &lines)
}

/// Counts by name in tables: a statement that selects `name` and `n`.
fn counts(dir: &Path, data: &str, statement: &str) -> Vec<(String, u64)> {
    let answer = milepost(dir, &["sql", statement, "--data", data, "--format", "json"]);
    assert_eq!(answer.code, 0, "{statement}: {}", answer.err);
    let rows = answer.out.lines().map(|line| {
        let row: Value = serde_json::from_str(line).expect("a row is JSON");
        (text(&row, "/name"), number(&row, "/n"))
    });
    rows.collect()
}

/// How many rows there are.
fn count(dir: &Path, data: &str, rows: &str) -> u64 {
    let found = counts(dir, data, &format!("SELECT 'all' AS name, count(*) AS n FROM {rows}"));
    found.first().expect("a count").1
}

/// The value at a path, which must be there.
fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value
        .pointer(pointer)
        .unwrap_or_else(|| panic!("nothing at {pointer} in {value:#}"))
}

fn number(value: &Value, pointer: &str) -> u64 {
    at(value, pointer)
        .as_u64()
        .unwrap_or_else(|| panic!("no count at {pointer}"))
}

fn text(value: &Value, pointer: &str) -> String {
    at(value, pointer)
        .as_str()
        .unwrap_or_else(|| panic!("no text at {pointer}"))
        .to_owned()
}

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    at(value, pointer)
        .as_array()
        .unwrap_or_else(|| panic!("no list at {pointer}"))
}

#[test]
fn two_sets_are_tried_on_history_and_the_figures_told() {
    let dir = temporary();
    world(dir.path(), false);
    let told = fine(dir.path(), "rules backtest new --against old --data scans.ndjson");
    assert!(told.err.contains(" scans with two rule sets in "), "{}", told.err);
    insta::assert_snapshot!(told.out);
    let one =
        "rules backtest new --against new --data scans.ndjson --from 2026-02-10 --to 2026-02-14T12:00:00Z --threads 1";
    insta::assert_snapshot!("of_a_span_without_comparison", fine(dir.path(), one).out);
}

#[test]
fn a_backtest_counts_what_a_replay_writes() {
    let dir = temporary();
    world(dir.path(), false);
    let found = json(dir.path(), "rules backtest new --against old --data scans.ndjson");
    for (side, rules, data) in [("/tried", "new", "of-new"), ("/against", "old", "of-old")] {
        fine(dir.path(), &format!("replay scans.ndjson --rules {rules} --out {data}"));
        let set = at(&found, side);
        let by_rule = "SELECT rule AS name, count(*) AS n FROM delays GROUP BY rule ORDER BY rule";
        let delays = list(set, "/rules").iter().filter(|rule| text(rule, "/kind") == "delay");
        let mut episodes: Vec<_> = delays
            .map(|rule| (text(rule, "/rule"), number(rule, "/episodes")))
            .collect();
        episodes.sort();
        assert!(episodes.iter().all(|(_, count)| *count > 0), "{episodes:?}");
        assert_eq!(episodes, counts(dir.path(), data, by_rule), "{rules}");
        let by_notice = "SELECT notice AS name, count(*) AS n FROM jobs GROUP BY notice ORDER BY notice";
        let jobs = list(set, "/notices").iter();
        let jobs: Vec<_> = jobs
            .map(|notice| (text(notice, "/notice"), number(notice, "/jobs")))
            .collect();
        assert_eq!(jobs, counts(dir.path(), data, by_notice), "{rules}");
        let open = count(dir.path(), data, "delays WHERE closed_at IS NULL");
        assert_eq!(open, number(set, "/any_delay/episodes_open"));
        let parts = ["warned_and_late", "late_told_after", "late_never_told"];
        let late: u64 = parts
            .iter()
            .map(|part| number(set, &format!("/any_delay/{part}")))
            .sum();
        assert_eq!(
            late,
            number(&found, "/shipments/late"),
            "each heard in time, after, or never"
        );
    }
    assert_eq!(
        count(dir.path(), "of-new", "shipments"),
        number(&found, "/shipments/heard_of")
    );
    // What became of a shipment, asked in SQL.
    let late = "shipments WHERE coalesce(delivered_at_earliest > promised_at_latest, false) OR (delivered_at IS NULL \
                AND promised_at_latest IS NOT NULL AND status <> 'cancelled' AND next_tracking_number IS NULL)";
    assert_eq!(count(dir.path(), "of-new", late), number(&found, "/shipments/late"));
}

#[test]
fn tables_are_history_as_well() {
    let dir = temporary();
    world(dir.path(), false);
    fine(dir.path(), "replay scans.ndjson --rules old --out tables --threads 2");
    let files = json(dir.path(), "rules backtest new --against old --data scans.ndjson");
    let tables = json(dir.path(), "rules backtest new --against old --data tables");
    assert_eq!(text(&tables, "/history/kind"), "tables");
    // The shipments end as they ended; only what came late or was withdrawn was seen otherwise on the way.
    for pointer in [
        "/shipments/heard_of",
        "/shipments/late",
        "/shipments/on_time",
        "/shipments/not_counted",
    ] {
        assert_eq!(at(&files, pointer), at(&tables, pointer), "{pointer}");
    }
    for (a, b) in list(&files, "/tried/rules").iter().zip(list(&tables, "/tried/rules")) {
        let (a, b) = (number(a, "/episodes"), number(b, "/episodes"));
        assert!(a.abs_diff(b) * 20 <= a + 40, "{a} and {b} episodes");
    }
}

#[test]
fn a_report_is_one_page_that_needs_nothing_else() {
    let dir = temporary();
    world(dir.path(), false);
    write(dir.path(), "<b>new&better/rules.yaml", &new());
    fine(
        dir.path(),
        "rules backtest <b>new&better --against old --data scans.ndjson --html report.html",
    );
    let page = std::fs::read_to_string(dir.path().join("report.html")).expect("a report");
    assert!(page.starts_with("<!DOCTYPE html>"));
    for foreign in ["<script", "http:", "https:", "src=", "@import", "url(", "<b>"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.contains("&lt;b&gt;new&amp;better"));
    assert_eq!(page.matches("<svg class=\"plot\"").count(), 6);
    assert_eq!(page.matches("<desc id=").count(), 6);
    for element in ["figure", "svg", "table", "td", "section", "details", "html"] {
        let opened = [' ', '>'].map(|end| page.matches(&format!("<{element}{end}")).count());
        let closed = page.matches(&format!("</{element}>")).count();
        assert_eq!(opened.iter().sum::<usize>(), closed, "{element}");
    }
    assert!(
        !page.contains("NaN") && !page.contains("inf"),
        "every coordinate is a number"
    );
}

#[test]
fn what_cannot_be_tried_is_said() {
    let dir = temporary();
    world(dir.path(), false);
    write(dir.path(), "empty.ndjson", "");
    write(dir.path(), "scans.csv", "");
    write(dir.path(), "nowhere/readme.txt", "no tables");
    write(dir.path(), "wrong/rules.yaml", &OLD.replace("silence >", "silense >"));
    let scan = "{\"tracking_number\":\"1Z999AA10123456784\",\"carrier\":\"ups\",\"status\":\"in_transit\",\
                \"occurred_at\":\"2026-03-01T14:00:00Z\"}\n";
    write(dir.path(), "unpromised.ndjson", scan);
    insta::assert_snapshot!(told(
        dir.path(),
        &[
            "rules backtest new --against old --data empty.ndjson",
            "rules backtest new --against old --data nowhere",
            "rules backtest new --against old --data no-such-file.ndjson",
            "rules backtest new --data nowhere scans.ndjson",
            "rules backtest new --data scans.ndjson scans.csv",
            "rules backtest new",
            "rules backtest new --data scans.ndjson --from 2026-02-14 --to 2026-02-14",
            "rules backtest new --data scans.ndjson --from 2027-01-01 --to 2027-02-01",
            "rules backtest new --data scans.ndjson --from 2020-01-01 --to 2020-02-01",
            "rules backtest new --data scans.ndjson --from yesterday",
        ]
    ));
    let refused = milepost(dir.path(), &words("rules backtest wrong --data scans.ndjson"));
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("silense"), "{}", refused.err);
    let unpromised = fine(dir.path(), "rules backtest new --against old --data unpromised.ndjson");
    let warned = unpromised.err.starts_with("warning: no shipment has a promise");
    assert!(warned, "{}", unpromised.err);
    assert!(
        unpromised.out.contains("truly late: 0 of 0 shipments"),
        "{}",
        unpromised.out
    );
    let fed = milepost_fed(dir.path(), scan, &words("rules backtest new --against old --data -"));
    assert_eq!(
        fed.out.replace("-: 1 scans", "unpromised.ndjson: 1 scans"),
        unpromised.out
    );
}

#[test]
fn two_sets_are_compared_word_by_word() {
    let dir = temporary();
    world(dir.path(), true);
    write(dir.path(), "wrong/rules.yaml", &OLD.replace("silence >", "silense >"));
    // Another layout, a comment, two files: the same rules.
    let (first, rest) = OLD.split_at(OLD.find("let:").expect("it is there"));
    write(
        dir.path(),
        "same/a.yaml",
        &format!("# ours\n{}", first.replace(" > ", ">")),
    );
    write(dir.path(), "same/b.yaml", rest);
    fine(dir.path(), "replay scans.ndjson --rules old --out tables");
    insta::assert_snapshot!(told(
        dir.path(),
        &[
            "rules diff old new",
            "rules diff old same",
            "rules diff old new --data tables --limit 1",
            "rules diff old wrong",
            "rules diff old wrong --format json",
            "rules diff old no-such-directory",
            "rules diff old new --data old",
        ]
    ));
}

#[test]
fn a_switch_is_told_as_sql_tells_it() {
    let dir = temporary();
    world(dir.path(), true);
    fine(dir.path(), "replay scans.ndjson --rules old --out tables");
    let told = json(dir.path(), "rules diff old new --data tables --all");
    let scanned = json(dir.path(), "rules diff old new --scans scans.ndjson --all");
    assert_eq!(
        at(&told, "/rules"),
        at(&scanned, "/rules"),
        "scans are replayed with the old rules"
    );
    let rule = |name: &str| {
        let found = list(&told, "/rules").iter().find(|rule| text(rule, "/rule") == name);
        found.unwrap_or_else(|| panic!("no {name}")).clone()
    };
    let stalled = rule("stalled");
    let number_of = |happens: &str| number(&stalled, &format!("/shipments/counts/{happens}"));
    let of = |join: &str| {
        let rows = format!(
            "shipments s LEFT {join} JOIN (SELECT carrier, tracking_number FROM delays WHERE rule = 'stalled' AND \
             closed_at IS NULL) d ON s.carrier = d.carrier AND s.tracking_number = d.tracking_number WHERE status IN \
             ('accepted', 'in_transit') AND silence > INTERVAL '30 hours'"
        );
        count(dir.path(), "tables", &rows)
    };
    assert_eq!((number_of("stays"), number_of("opens")), (of("SEMI"), of("ANTI")));
    let opens = number_of("opens");
    assert!(opens > 0 && list(&stalled, "/shipments/examples/opens").len() as u64 == opens);
    let gone = count(dir.path(), "tables", "delays WHERE rule = 'gone' AND closed_at IS NULL");
    assert_eq!(gone, number(&rule("gone"), "/shipments/counts/closes"));
    assert_eq!(
        number(&told, "/switch/with_backfill_all/jobs"),
        opens,
        "what is gone ends without a word"
    );
    assert_eq!(number(&told, "/switch/sends/jobs"), 0);
}
