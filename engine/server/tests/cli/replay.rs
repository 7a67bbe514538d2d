//! Files replayed: what a run needs is looked at before anything of an earlier run is touched.

use crate::{milepost, temporary, write};

const SCANS: &str = concat!(
    r#"{"tracking_number":"1Z999AA10123456784","carrier":"ups","status":"accepted","occurred_at":"2026-03-01T09:00:00Z"}"#,
    "\n",
    r#"{"tracking_number":"1Z999AA10123456784","carrier":"ups","status":"delivered","occurred_at":"2026-03-02T09:00:00Z"}"#,
    "\n"
);

#[test]
fn a_run_that_cannot_begin_leaves_the_earlier_result_alone() {
    let dir = temporary();
    write(dir.path(), "scans.ndjson", SCANS);
    let done = milepost(dir.path(), &["replay", "scans.ndjson", "--out", "july"]);
    assert_eq!(done.code, 0, "{}", done.err);
    for (args, code, said) in [
        (["replay", "nope.ndjson", "--out", "july"], 1, "cannot open nope.ndjson"),
        (
            ["replay", "july/jobs.ndjson", "--out", "july"],
            2,
            "stands in the directory of the output",
        ),
    ] {
        let answer = milepost(dir.path(), &args);
        assert_eq!(answer.code, code, "{}", answer.err);
        assert!(answer.err.contains(said), "{}", answer.err);
        let asked = milepost(
            dir.path(),
            &[
                "sql",
                "SELECT status FROM shipments",
                "--data",
                "july",
                "--format",
                "csv",
            ],
        );
        assert_eq!(asked.out, "status\ndelivered\n", "{}", asked.err);
    }
}

#[test]
fn a_compressed_file_is_named_instead_of_refused_line_by_line() {
    let dir = temporary();
    let path = dir.path().join("scans.ndjson.gz");
    std::fs::write(path, b"\x1f\x8b\x08\x00\x00\x00\x00\x00").expect("a file can be written");
    let answer = milepost(dir.path(), &["replay", "scans.ndjson.gz"]);
    assert_eq!(answer.code, 1);
    let advice = "gzip -dc scans.ndjson.gz | milepost replay -";
    assert!(answer.err.contains(advice), "{}", answer.err);
}

#[test]
fn time_does_not_go_back_behind_the_last_scan() {
    let dir = temporary();
    write(dir.path(), "scans.ndjson", SCANS);
    let args = ["replay", "scans.ndjson", "--until", "2020-01-01T00:00:00Z", "--json"];
    let answer = milepost(dir.path(), &args);
    assert!(
        answer.out.contains(r#""as_of": "2026-03-02T09:00:00.000Z""#),
        "{}",
        answer.out
    );
}
