//! The embedded log alone: one process at a time, and nothing acknowledged is lost when that process dies.

use crate::bed::{Bed, Kind, NOW, read, scans, texts};
use milepost_connectors::log::{AnyLog, EmbeddedLog, Log, LogError, LogReader};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const DIR: &str = "MILEPOST_TEST_DIR";

#[tokio::test]
async fn a_second_opening_says_who_has_it() {
    let bed = Bed::new(Kind::Embedded).await;
    let refused = EmbeddedLog::open(bed.dir.path(), NOW).await.err();
    let text = refused.as_ref().map(ToString::to_string).unwrap_or_default();
    assert!(matches!(refused, Some(LogError::Locked { .. })), "{text}");
    assert!(text.contains("is open in another process"), "{text}");
}

#[tokio::test]
async fn time_in_the_log_never_goes_back() {
    let bed = Bed::new(Kind::Embedded).await;
    for now in [NOW, NOW.plus(-5_000), NOW.plus(1_000)] {
        bed.log.append(now, scans(1, 1)).await.expect("the log takes messages");
    }
    let mut reader = bed.log.read(1).await.expect("the log can be read");
    let times: Vec<_> = read(&mut reader, 3)
        .await
        .into_iter()
        .map(|message| message.timestamp.since(NOW))
        .collect();
    assert_eq!(times, [0, 0, 1_000]);
}

#[tokio::test]
async fn what_was_acknowledged_outlives_the_process() {
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let acknowledged = dir.path().join("acknowledged");
    let program = std::env::current_exe().expect("a test knows its program");
    let mut child = Command::new(program)
        .args([
            "--exact",
            "embedded::appends_until_it_is_killed",
            "--ignored",
            "--quiet",
        ])
        .env(DIR, dir.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the test program starts");
    for _ in 0..500 {
        if std::fs::metadata(&acknowledged).is_ok_and(|file| file.len() > 4_000) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child.kill().expect("it runs until it is killed");
    child.wait().expect("it was killed");

    let acknowledged = std::fs::read_to_string(&acknowledged).expect("it wrote");
    let count = acknowledged.lines().count();
    assert!(count > 100, "only {count} appends before the end");
    let log = AnyLog::Embedded(
        EmbeddedLog::open(dir.path(), NOW)
            .await
            .expect("the log opens after a crash"),
    );
    let mut reader = log.read(1).await.expect("the log can be read");
    let found = reader
        .next(1_000_000, Duration::from_secs(5))
        .await
        .expect("the log can be read");
    assert!(
        found.len() >= count,
        "{count} were acknowledged, {} are there",
        found.len()
    );
    let expected: Vec<_> = (1..=found.len()).map(|number| format!("scan {number}")).collect();
    assert_eq!(texts(&found), expected);
}

#[tokio::test]
#[ignore = "started and killed by what_was_acknowledged_outlives_the_process"]
async fn appends_until_it_is_killed() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let dir = Path::new(&dir);
    let log = EmbeddedLog::open(dir, NOW).await.expect("the log opens");
    let mut acknowledged = std::fs::File::create(dir.join("acknowledged")).expect("a file can be written");
    for number in 1..1_000_000 {
        let given = log.append(NOW, scans(number, 1)).await.expect("the log takes messages");
        for sequence in given {
            writeln!(acknowledged, "{sequence:08}").expect("a file can be written");
        }
    }
}
