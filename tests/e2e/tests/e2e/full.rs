//! There is no room for jobs: the engine says so, waits, and reads no more than it may hold; with room again it goes on.

use crate::{Bed, open};
use async_nats::jetstream;
use async_nats::jetstream::stream::DiscardPolicy;
use milepost_connectors::log::{Log, PUBLICATION_ITEMS_MAX};
use milepost_test_e2e::{Engine, Outcome, Sent, Site, scans_wanted, until};
use milepost_test_sim::rule_sets::default_files;
use std::time::Duration;

/// Messages that are read at once, and batches that may wait before each station.
const BATCH: u64 = 16;
const WAITING: u64 = 2;
const SHARDS: u64 = 2;

/// Between two looks at an engine that should stand still.
const LOOK_EVERY: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stream_of_jobs_that_is_full_stops_the_reading_and_loses_nothing() {
    let (bed, lines) = (Bed::new(), scans_wanted(10_000));
    let site = Site::new(bed.url())
        .with("ENGINE__BATCH_MESSAGES_MAX", &BATCH.to_string())
        .with("ENGINE__QUEUE_BATCHES_MAX", &WAITING.to_string())
        .with("ENGINE__SHARDS", &SHARDS.to_string());
    let sent = Sent::usual(83, lines);
    let log = open(bed.url()).await;
    let engine = Engine::start(&site, &[]);
    limit_jobs(&bed, 50_000).await;
    sent.append(&log, 0..lines).await;

    until("the engine says that it is not ready", || {
        let ready = engine.get("/readyz");
        (ready.status == 503 && ready.body.contains("maximum bytes exceeded")).then_some(())
    });
    assert_eq!(engine.metric("milepost_alarm{fault=\"unpublished\"}"), 1);
    assert!(engine.metric("milepost_faults_total{fault=\"unpublished\"}") > 0);
    assert_eq!(engine.get("/healthz").status, 200, "but it lives");
    let (mut position, mut read) = (0, 0);
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = (
            engine.metric("milepost_position"),
            engine.metric("milepost_messages_total"),
        );
        if now == (position, read) {
            break;
        }
        (position, read) = now;
    }
    // What the publisher holds; a batch before each of five stations and in it, for each decoder and shard.
    let ahead_max = PUBLICATION_ITEMS_MAX as u64 + 5 * BATCH * (WAITING + 1) * SHARDS;
    eprintln!(
        "stands at message {position} of {lines} with {read} read, {} ahead, of {ahead_max}; {} KiB in memory",
        read - position,
        engine.memory_kib()
    );
    assert!(read - position <= ahead_max, "{read} are read and {position} done");
    assert!(
        ahead_max < sent.count() - position,
        "there are too few to read all of them"
    );
    // Who tells it to end is told that not all is done; the next engine stands at the same place.
    let said = engine.stop();
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.err.contains("cannot publish to JOBS"), "{}", said.err);
    let engine = Engine::start(&site, &[]);
    until("the next engine says that it is not ready", || {
        (engine.get("/readyz").status == 503).then_some(())
    });

    limit_jobs(&bed, -1).await;
    engine.wait_for_position(log.state().await.expect("the log answers").last_sequence);
    engine.wait_until_ready();
    assert_eq!(engine.metric("milepost_alarm{fault=\"unpublished\"}"), 0);
    assert_eq!(engine.stop().code, Some(0));
    let found = Outcome::of_log(&log).await;
    found.assert_equal(&Outcome::of_one_thread(&log, &default_files()).await);
}

/// Lets the stream of jobs hold so many bytes, and refuse more.
async fn limit_jobs(bed: &Bed, bytes: i64) {
    let client = async_nats::connect(bed.url()).await.expect("the server is there");
    let context = jetstream::new(client);
    let mut jobs = context.get_stream("JOBS").await.expect("the stream is there");
    let mut config = jobs.info().await.expect("the server answers").config.clone();
    config.max_bytes = bytes;
    config.discard = DiscardPolicy::New;
    context.update_stream(config).await.expect("a stream can be limited");
}
