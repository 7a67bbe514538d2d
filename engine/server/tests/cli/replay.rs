//! Files replayed: what a run needs is looked at before anything of an earlier run is touched.

use crate::{milepost, temporary, write};
use milepost_loadgen::{Encoder, Faults, Settings, Style, World};
use std::path::Path;

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

/// A world with all its faults, lines of ten megabytes among them: several pieces for each of several threads.
fn write_world(path: &Path) {
    let faults = Faults {
        malformed: 0.002,
        ..Faults::REALISTIC
    };
    let world = World::new(Settings {
        seed: 11,
        shipments: 2500,
        days: 20,
        cut: true,
        faults,
        ..Settings::default()
    });
    let mut encoder = Encoder::new(Style::default());
    let mut file = Vec::new();
    for arrival in world {
        encoder.encode(&arrival, &mut file);
    }
    assert!(file.len() > 8 << 20, "{}", file.len());
    std::fs::write(path, file).expect("a file can be written");
}

#[test]
fn any_number_of_threads_gives_the_same_output() {
    let dir = temporary();
    write_world(&dir.path().join("scans.ndjson"));
    let mut expected = None;
    for threads in ["1", "2", "3", "8"] {
        let args = [
            "replay",
            "scans.ndjson",
            "--no-tables",
            "--json",
            "--out",
            threads,
            "--threads",
            threads,
        ];
        let answer = milepost(dir.path(), &args);
        assert_eq!(answer.code, 0, "{}", answer.err);
        let read = |name: &str| std::fs::read(dir.path().join(threads).join(name)).expect("replay writes it");
        let mut summary: serde_json::Value = serde_json::from_str(&answer.out).expect("--json");
        summary.as_object_mut().expect("an object").remove("run");
        let found = (read("jobs.ndjson"), read("rejects.ndjson"), summary);
        assert!(
            found.0.len() > 1 << 20 && found.1.len() > 1000,
            "jobs and rejects are there"
        );
        assert!(
            *expected.get_or_insert_with(|| found.clone()) == found,
            "{threads} threads"
        );
    }
}

#[test]
fn threads_that_cannot_write_end_with_an_error() {
    let dir = temporary();
    write_world(&dir.path().join("scans.ndjson"));
    std::fs::create_dir(dir.path().join("full")).expect("a directory can be made");
    std::os::unix::fs::symlink("/dev/full", dir.path().join("full/jobs.ndjson")).expect("a link can be made");
    for threads in ["1", "3"] {
        let answer = milepost(
            dir.path(),
            &["replay", "scans.ndjson", "--out", "full", "--threads", threads],
        );
        assert_eq!(answer.code, 1, "{}", answer.err);
        assert!(
            answer.err.contains("cannot write jobs.ndjson; is the disk full?"),
            "{}",
            answer.err
        );
    }
}
