//! Refused records: of a replay's directory, and of a log.

use crate::{milepost, temporary, transcript, write};

const REJECTS: &str = r#"{"file":"scans.ndjson","line":3,"offset":612,"reason":"bad_time","hint":"occurred_at `yesterday` is not a date or RFC 3339 time; write 2026-03-01T14:03:22Z","excerpt":"{\"tracking_number\":\"1Z999\",\"occurred_at\":\"yesterday\"}","length":53}
{"file":"scans.ndjson","line":17,"offset":4711,"reason":"not_json","hint":"a value is missing at byte 9","excerpt":"{\"event\":\u001b[2J","length":9000}
{"file":"more.ndjson","line":17,"offset":4000,"reason":"no_number","hint":"there is no tracking_number","excerpt":"{}","length":2}
"#;

#[test]
fn refused_records_of_a_replay_are_listed_and_shown() {
    let dir = temporary();
    write(dir.path(), "july/rejects.ndjson", REJECTS);
    write(dir.path(), "june/rejects.ndjson", "");
    insta::assert_snapshot!(transcript(
        dir.path(),
        &[
            &["rejects", "ls", "--out", "july"],
            &["rejects", "ls", "--out", "july", "--limit", "1"],
            &["rejects", "ls", "--out", "july", "--reason", "not_json", "--json"],
            &["rejects", "ls", "--out", "june"],
            &["rejects", "ls", "--out", "may"],
            &["rejects", "show", "scans.ndjson:17", "--out", "july"],
            &["rejects", "show", "17", "--out", "july", "--json"],
            &["rejects", "show", "99", "--out", "july"],
            &["rejects", "show", "scan.17", "--out", "july"],
            &["rejects", "ls"],
        ]
    ));
}

#[test]
fn text_of_strangers_cannot_steer_the_terminal() {
    let dir = temporary();
    write(dir.path(), "july/rejects.ndjson", REJECTS);
    let answer = milepost(dir.path(), &["rejects", "show", "scans.ndjson:17", "--out", "july"]);
    assert!(
        answer.out.contains("\\u{1b}[2J") && !answer.out.contains('\u{1b}'),
        "{}",
        answer.out
    );
}
