//! Questions to the tables of a replay.

use crate::{milepost, temporary, write};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const SCANS: &str = r#"{"tracking_number":"1Z999AA10123456784","order_id":"SO-1","carrier":"ups","status":"in_transit","occurred_at":"2026-03-01T14:00:00Z","city":"Louisville","region":"KY","country":"US"}
{"tracking_number":"1Z999AA10123456784","order_id":"SO-1","carrier":"ups","status":"delivered","occurred_at":"2026-03-03T10:00:00Z","city":"Columbus","region":"OH","country":"US"}
{"tracking_number":"940011189922","order_id":"SO-2","carrier":"usps","status":"in_transit","occurred_at":"2026-03-02T10:00:00Z"}
this is no scan
"#;

fn replayed(dir: &Path) {
    write(dir, "scans.ndjson", SCANS);
    let answer = milepost(dir, &["replay", "scans.ndjson", "--out", "july", "--threads", "1"]);
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
}

#[test]
fn tables_of_a_replay_are_asked_in_every_format() {
    let dir = temporary();
    replayed(dir.path());
    let ask = |statement: &str, format: &str| {
        let answer = milepost(dir.path(), &["sql", statement, "--data", "july", "--format", format]);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{statement}");
        answer.out
    };
    let counts = "SELECT carrier, status, count(*) AS n FROM shipments GROUP BY ALL ORDER BY carrier";
    assert_eq!(
        ask(counts, "csv"),
        "carrier,status,n\nups,delivered,1\nusps,in_transit,1\n"
    );
    let first = "{\"carrier\":\"ups\",\"status\":\"delivered\",\"n\":1}\n";
    assert!(ask(counts, "json").starts_with(first));
    let table = ask(counts, "table");
    assert!(table.contains("carrier") && table.contains("(2 rows)"), "{table}");
    assert!(ask("SELECT reason FROM rejects", "csv").contains("not_json"));
    assert!(ask("SHOW TABLES", "csv").contains("shipments,"));
    let parquet = Command::new(env!("CARGO_BIN_EXE_milepost"))
        .args(["sql", counts, "--data", "july", "--format", "parquet"])
        .current_dir(dir.path())
        .output()
        .expect("the program has been built");
    assert!(parquet.stdout.starts_with(b"PAR1") && parquet.stdout.ends_with(b"PAR1"));
}

#[test]
fn the_time_that_an_answer_took_is_told_beside_it() {
    let dir = temporary();
    replayed(dir.path());
    let counts = "SELECT count(*) AS n FROM shipments";
    let answer = milepost(
        dir.path(),
        &["sql", counts, "--data", "july", "--format", "csv", "--time"],
    );
    assert_eq!((answer.code, answer.out.as_str()), (0, "n\n2\n"));
    let told = answer
        .err
        .strip_prefix("time: ")
        .and_then(|rest| rest.strip_suffix(" ms\n"));
    let millis: Option<f64> = told.and_then(|number| number.parse().ok());
    assert!(millis.is_some_and(|millis| millis > 0.0), "{}", answer.err);
}

#[test]
fn a_question_that_cannot_be_answered_says_why_and_ends_with_1() {
    let dir = temporary();
    replayed(dir.path());
    for (statement, expected) in [
        ("SELECT * FROM shipment", "no table `shipment`; there are: "),
        (
            "SELECT silense FROM shipments",
            "no column `silense`; the nearest are: silence",
        ),
        ("DELETE FROM shipments", "DELETE is refused: tables are read-only here"),
        ("SELEC 1", "this is not SQL that can be read"),
    ] {
        let answer = milepost(dir.path(), &["sql", statement, "--data", "july"]);
        assert_eq!((answer.code, answer.out.as_str()), (1, ""), "{statement}");
        assert!(
            answer.err.starts_with("error: ") && answer.err.contains(expected),
            "{}",
            answer.err
        );
    }
    let nowhere = milepost(dir.path(), &["sql", "SELECT 1"]);
    assert_eq!(nowhere.code, 1);
    assert!(
        nowhere.err.contains("milepost-data/tables holds no tables"),
        "{}",
        nowhere.err
    );
    let nobody = milepost(dir.path(), &["sql", "SELECT 1", "--url", "http://127.0.0.1:9"]);
    assert_eq!(nobody.code, 1);
    assert!(
        nobody
            .err
            .contains("http://127.0.0.1:9 does not answer; does `milepost serve` run"),
        "{}",
        nobody.err
    );
}

#[test]
fn statements_come_from_standard_input_too() {
    let dir = temporary();
    replayed(dir.path());
    let mut child = Command::new(env!("CARGO_BIN_EXE_milepost"))
        .args(["sql", "--data", "july", "--format", "csv"])
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program has been built");
    let mut input = child.stdin.take().expect("standard input is a pipe");
    input
        .write_all(b"SELECT ';' AS a; -- one; two\nSELECT 2 AS b;\nSELECT c;\nSELECT 4;")
        .expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "a\n;\nb\n2\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: in: SELECT c\n  because: "));
}
