//! The doctor beside an engine that runs, and after it: each fault is named, with what to do.

use crate::{Bed, open};
use async_nats::jetstream;
use async_nats::jetstream::stream::DiscardPolicy;
use milepost_connectors::log::AnyLog;
use milepost_test_e2e::{Engine, Sent, Site, until};
use std::net::TcpListener;
use std::path::PathBuf;

/// What the doctor says, with a line of each of these beginnings and what it goes on with.
fn assert_says(site: &Site, code: i32, expected: &[&str]) {
    let said = site.run(&["doctor"]);
    for words in expected {
        let is_said = said
            .out
            .lines()
            .any(|line| words.split('…').all(|part| line.contains(part)));
        assert!(is_said, "{words}\n{}", said.out);
    }
    assert_eq!(said.code, Some(code), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_doctor_finds_what_is_wrong_with_an_engine_and_what_it_rests_on() {
    let bed = Bed::new();
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let port = port.expect("there is a free port").port();
    let site = Site::new(bed.url())
        .with("HTTP__LISTEN", &format!("127.0.0.1:{port}"))
        .with("RULES__DIR", "rules")
        .with("RULES__RELOAD_EVERY", "100ms");
    let rules = site.path("rules/a.yaml");
    let write = |text: &str| std::fs::write(&rules, text).expect("a file can be written");
    std::fs::create_dir(site.path("rules")).expect("a directory can be made");
    let good = "rules:\n  - delay: stalled\n    when: silence > INTERVAL '10 hours'\n    health: stalled\n    \
                notify: { notice: delay.detected }\n    because: \"no scan\"\n";
    write(good);
    let sent = Sent::usual(83, 6_000);
    let log = open(bed.url()).await;
    let last = sent.append(&log, 0..2_000).await;

    let engine = Engine::start(&site, &[]);
    engine.wait_for_position(last);
    until("a snapshot", || {
        (engine.metric("milepost_snapshots_total") > 0).then_some(())
    });
    assert_says(
        &site,
        0,
        &[
            "WARN  http …an engine runs at 127.0.0.1:…, at message",
            "OK    log …milepost at …is at work on it",
        ],
    );

    write("rules:\n  - delay: stalled\n    when: nonsense\n    health: stalled\n");
    until("the rules are refused", || {
        (engine.metric("milepost_rules_refused") == 1).then_some(())
    });
    assert_says(&site, 1, &["WARN  engine …refuses the rule files", "FAIL  rules"]);
    write(good);
    until("the rules are taken", || {
        (engine.metric("milepost_rules_refused") == 0).then_some(())
    });

    says_of_full_jobs(&bed, &site, &engine, &log, &sent).await;
    assert_eq!(engine.stop().code, Some(0));

    damage(&site);
    assert_says(
        &site,
        0,
        &[
            "WARN  snapshots …is damaged",
            "`milepost snapshot verify` names what is damaged",
        ],
    );
    let client = async_nats::connect(bed.url()).await.expect("the server is there");
    let deleted = jetstream::new(client).delete_stream("SCANS").await;
    assert!(deleted.expect("the stream can be deleted").success);
    drop(open(bed.url()).await);
    assert_says(&site, 1, &["FAIL  log …StreamRegressed: stream SCANS", "--rebase"]);
}

async fn says_of_full_jobs(bed: &Bed, site: &Site, engine: &Engine, log: &AnyLog, sent: &Sent) {
    let client = async_nats::connect(bed.url()).await.expect("the server is there");
    let context = jetstream::new(client);
    let mut jobs = context.get_stream("JOBS").await.expect("there is a stream of jobs");
    let info = jobs.info().await.expect("it can be asked").clone();
    let room = i64::try_from(info.state.bytes + info.state.bytes / 20).expect("few bytes");
    // A little more fits, then nothing.
    let mut full = info.config.clone();
    (full.max_bytes, full.discard) = (room, DiscardPolicy::New);
    context.update_stream(&full).await.expect("it can be given limits");
    assert_says(
        site,
        0,
        &["WARN  log …stream JOBS is 95 % full", "raise max_bytes of JOBS"],
    );
    sent.append(log, 2_000..6_000).await;
    until("JOBS is full", || (engine.get("/readyz").status == 503).then_some(()));
    assert_says(
        site,
        0,
        &[
            "WARN  engine …is not ready: cannot publish to JOBS",
            "raise `max_bytes` of JOBS",
        ],
    );
    context.update_stream(&info.config).await.expect("it can be given room");
    engine.wait_until_ready();
}

/// Turns one bit in the largest file of the newest snapshot.
fn damage(site: &Site) {
    let newest = |dir: PathBuf| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(dir).expect("a directory can be read");
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        paths
    };
    let snapshot = newest(site.path("milepost-data/snapshots"))
        .into_iter()
        .rfind(|path| path.is_dir());
    let files = newest(snapshot.expect("there is a snapshot"));
    let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |about| about.len());
    let file = files.into_iter().max_by_key(size).expect("it has files");
    let mut bytes = std::fs::read(&file).expect("it can be read");
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 4;
    }
    std::fs::write(&file, bytes).expect("it can be written");
}
