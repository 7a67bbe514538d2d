//! The folder with a simulated log: what goes into it, and where files go then.

use super::*;
use milepost_connectors::carriers::Defaults;
use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::log::{AnyLog, Log, LogReader, Message};
use milepost_model::Timestamp;
use std::fs;
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_millis(1_772_373_802_000);
const SCAN: &str = r#"{"tracking_number":"1Z999AA10123456784","carrier":"ups","status":"in_transit","occurred_at":"2026-03-01T14:03:22Z"}"#;
const PUSH: &str = include_str!("../../../../connectors/formats/easypost/delivered.json");

struct Bed {
    dir: tempfile::TempDir,
    log: AnyLog,
    watched: Watched,
}

impl Bed {
    async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let settings =
            milepost_connectors::log::LogSettings::new(format!("embedded:{}", dir.path().join("log").display()));
        let log = AnyLog::open(&settings, NOW).await.expect("a log of its own");
        let config = crate::config::Config::of(&crate::settings::Settings::usual()).expect("the reference is right");
        assert_eq!(config.ingest, Defaults::default());
        let watched = Watched {
            dir: dir.path().join("in"),
            ingress: Arc::new(Ingress::new(&config, log.clone(), Arc::default()).expect("no endpoints")),
            last: HashMap::new(),
            sent: HashMap::new(),
            told: String::new(),
        };
        fs::create_dir_all(&watched.dir).expect("a directory");
        Self { dir, log, watched }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("in").join(name)
    }

    fn put(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a directory");
        fs::write(path, text).expect("the disk has room");
    }

    /// A file is complete when it is the same at two looks.
    async fn look_twice(&mut self) {
        for _ in 0..2 {
            self.watched.look().await.expect("nothing is in the way");
        }
    }

    async fn messages(&self) -> Vec<Message> {
        let mut reader = self.log.read(1).await.expect("it can be read");
        let wait = Duration::from_millis(10);
        let mut all = Vec::new();
        loop {
            let some = reader.next(1000, wait).await.expect("it can be read");
            if some.is_empty() {
                return all;
            }
            all.extend(some);
        }
    }

    fn why(&self, name: &str) -> String {
        let why = self.path(&format!("refused/{name}.why.txt"));
        fs::read_to_string(&why).unwrap_or_else(|error| panic!("{}: {error}", why.display()))
    }
}

#[tokio::test]
async fn files_go_into_the_log_by_name_with_their_format_and_then_out_of_the_way() {
    let mut bed = Bed::new().await;
    bed.put("b.ndjson", &format!("{SCAN}\n{SCAN}\n"));
    bed.put("a.json", PUSH);
    let line: String = PUSH.split_whitespace().collect::<Vec<_>>().join(" ");
    bed.put("easypost/two.json", &format!("{line}\n{line}\n"));
    bed.put(
        "c.csv",
        "tracking_number,carrier,status,occurred_at\n1Z999AA10123456784,ups,delivered,2026-03-01\n",
    );
    bed.watched.look().await.expect("nothing is in the way");
    assert!(bed.messages().await.is_empty(), "who knows whether they are complete");
    bed.watched.look().await.expect("nothing is in the way");
    let messages = bed.messages().await;
    let shown: Vec<(Option<&str>, usize)> = messages
        .iter()
        .map(|message| (message.format.as_deref(), message.payload.len()))
        .collect();
    assert_eq!(
        shown,
        [
            (Some("easypost"), PUSH.trim_end().len()),
            (None, 2 * SCAN.len() + 2),
            (Some("csv"), 87),
            (Some("easypost"), line.len()),
            (Some("easypost"), line.len()),
        ]
    );
    for name in ["a.json", "b.ndjson", "c.csv", "easypost/two.json"] {
        assert!(
            bed.path("done").join(name).exists() && !bed.path(name).exists(),
            "{name}"
        );
    }
    bed.put("a.json", PUSH);
    bed.look_twice().await;
    assert!(bed.path("done/a.json.1").exists(), "the first of that name stays");
    assert_eq!(bed.messages().await.len(), 6);
    assert_eq!(bed.watched.ingress.counts.files_done.load(Ordering::Relaxed), 5);
}

#[tokio::test]
async fn what_is_no_format_is_refused_with_why_and_holds_up_nothing() {
    let mut bed = Bed::new().await;
    bed.put("a.txt", "hello\n");
    bed.put("b.gz", "\u{1f}\u{8b}");
    fs::write(bed.path("b.gz"), b"\x1f\x8b\x08").expect("the disk has room");
    bed.put("c.ndjson", "");
    bed.put("easy_post/d.json", PUSH);
    bed.put("z.ndjson", SCAN);
    bed.look_twice().await;
    assert_eq!(bed.messages().await.len(), 1);
    for (name, expected) in [
        ("a.txt", "No format that is known looks like this. Put it into a folder"),
        ("b.gz", "It is compressed. Unpack it (gzip -dc)"),
        ("c.ndjson", "It is empty."),
        ("easy_post/d.json", "Its folder `easy_post` names no format"),
    ] {
        assert!(bed.why(name).contains(expected), "{name}: {}", bed.why(name));
        assert!(
            bed.path("refused").join(name).exists() && !bed.path(name).exists(),
            "{name}"
        );
    }
    assert_eq!(bed.watched.ingress.counts.files_refused.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn what_is_being_written_hidden_or_a_link_is_left_alone() {
    let mut bed = Bed::new().await;
    for name in ["a.ndjson.part", "b.TMP", ".hidden", "c.partial", "d~"] {
        bed.put(name, SCAN);
    }
    fs::write(bed.dir.path().join("secret.ndjson"), SCAN).expect("the disk has room");
    std::os::unix::fs::symlink(bed.dir.path().join("secret.ndjson"), bed.path("link.ndjson")).expect("a link");
    fs::create_dir(bed.dir.path().join("elsewhere")).expect("a directory");
    fs::write(bed.dir.path().join("elsewhere/x.ndjson"), SCAN).expect("the disk has room");
    std::os::unix::fs::symlink(bed.dir.path().join("elsewhere"), bed.path("canonical")).expect("a link");
    bed.put("growing.ndjson", SCAN);
    for round in 0..4 {
        bed.watched.look().await.expect("nothing is in the way");
        bed.put("growing.ndjson", &format!("{SCAN}\n").repeat(round + 2));
    }
    assert!(bed.messages().await.is_empty());
    bed.look_twice().await;
    assert_eq!(bed.messages().await.len(), 1, "it has stopped growing");
    assert!(bed.path("link.ndjson").symlink_metadata().is_ok());
    fs::rename(bed.path("b.TMP"), bed.path("b.ndjson")).expect("it is there");
    bed.look_twice().await;
    assert_eq!(bed.messages().await.len(), 2);
}

#[tokio::test]
async fn long_files_go_in_pieces_and_what_cannot_be_moved_is_not_sent_again() {
    let mut bed = Bed::new().await;
    let lines = 20_000;
    bed.put("long.ndjson", &format!("{SCAN}\n").repeat(lines));
    let row = "1Z999AA10123456784,ups,delivered,2026-03-01\n";
    bed.put(
        "rows.csv",
        &format!("tracking_number,carrier,status,occurred_at\n{}", row.repeat(lines)),
    );
    // A file where the folder would have to be: nothing can be put there.
    fs::write(bed.path("done"), "").expect("the disk has room");
    bed.watched.look().await.expect("nothing is complete yet");
    for _ in 0..3 {
        let error = bed.watched.look().await.expect_err("nowhere to put it");
        assert!(format!("{error:#}").contains("cannot create"), "{error:#}");
    }
    let messages = bed.messages().await;
    assert!(messages.len() > 8, "{}", messages.len());
    assert!(messages.iter().all(|message| message.payload.len() <= 512 << 10));
    let count = |format: Option<&str>| {
        let of_format = messages.iter().filter(|message| message.format.as_deref() == format);
        of_format
            .map(|message| message.payload.split(|byte| *byte == b'\n').count() - 1)
            .sum::<usize>()
    };
    let pieces = messages.iter().filter(|message| message.format.is_some()).count();
    assert_eq!(
        (count(None), count(Some("csv"))),
        (lines, lines + pieces),
        "each piece names its columns"
    );
    fs::remove_file(bed.path("done")).expect("it is there");
    bed.watched.look().await.expect("now there is room");
    assert!(bed.path("done/long.ndjson").exists() && bed.path("done/rows.csv").exists());
    assert_eq!(bed.messages().await.len(), messages.len());
}

#[tokio::test]
async fn lines_that_no_message_can_hold_are_named_and_the_others_are_stored() {
    let bed = Bed::new().await;
    let long = "x".repeat(400);
    bed.put("a.ndjson", &format!("{SCAN}\n{long}\n{SCAN}\n"));
    bed.put("b.json", PUSH);
    let found = look::at(&bed.watched.dir).expect("it can be read");
    let mut stored = Vec::new();
    for (file, expected) in found.iter().zip(["line 2 (400 bytes)", "payload 1 ("]) {
        let mut source = Source::open(file, 300, Formats::built_in())
            .unwrap_or_else(|_| panic!("{} has a known shape", file.name()));
        while let Some(messages) = source.next().expect("it can be read") {
            stored.extend(messages);
        }
        let why = source.unsent().expect("something does not fit");
        assert!(why.starts_with("1 of its parts") && why.contains(expected), "{why}");
    }
    let lengths: Vec<usize> = stored.iter().map(|message| message.payload.len()).collect();
    assert_eq!(lengths, [2 * SCAN.len() + 2]);
}
