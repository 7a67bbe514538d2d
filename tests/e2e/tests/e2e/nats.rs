//! The engine on a nats-server puts out what a replay of the same scans puts out, whatever happens to it meanwhile.

use crate::{Bed, open};
use milepost_connectors::log::Log;
use milepost_loadgen::rng::Rng;
use milepost_test_e2e::{Engine, Outcome, Sent, Site, scans_wanted};
use milepost_test_sim::rule_sets::default_files;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Parts in which scans are sent while the engine runs, and the time between them: a second at the very least.
const PARTS: usize = 80;
const PART_EVERY: Duration = Duration::from_millis(40);

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stream_of_scans_gives_the_jobs_of_a_replay() {
    let (bed, lines) = (Bed::new(), scans_wanted(20_000));
    let site = Site::new(bed.url());
    let sent = Sent::usual(11, lines);
    sent.write(&site.path("scans.ndjson"));
    let expected = Outcome::of_replay(&site, "scans.ndjson");
    assert!(
        expected.jobs.len() > lines / 100,
        "a world in which little happens: {} jobs",
        expected.jobs.len()
    );

    let log = open(bed.url()).await;
    sent.append(&log, 0..lines / 2).await;
    let engine = Engine::start(&site, &[]);
    let last = sent.append(&log, lines / 2..lines).await;
    assert_eq!(
        last,
        sent.count() + 1,
        "one message for each line, and one of the engine"
    );
    engine.wait_for_position(last);
    engine.wait_for_records(sent.count());
    assert_eq!(engine.records(), sent.count(), "every record is judged or refused");
    assert_eq!(
        engine.metric("milepost_jobs_published_total"),
        expected.jobs.len() as u64
    );
    assert_eq!(engine.stop().code, Some(0));
    let found = Outcome::of_log(&log).await;
    found.assert_same(&expected);
    found.assert_equal(&Outcome::of_one_thread(&log, &default_files()).await);
    assert_eq!(
        expected.rejected(),
        sent.malformed().len() as u64,
        "what is malformed is refused, and nothing else"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_engine_that_is_killed_again_and_again_loses_nothing_and_repeats_nothing() {
    let (bed, lines, seed) = (Bed::new(), scans_wanted(20_000), 23);
    let site = Site::new(bed.url()).with("ENGINE__BATCH_MESSAGES_MAX", "256");
    let sent = Arc::new(Sent::usual(seed, lines));
    sent.write(&site.path("scans.ndjson"));
    let expected = Outcome::of_replay(&site, "scans.ndjson");

    let log = open(bed.url()).await;
    let mut sending = JoinSet::new();
    sending.spawn(Arc::clone(&sent).append_in_parts(log.clone(), lines.div_ceil(PARTS), PART_EVERY));
    let mut rng = Rng::new(seed, 0, 0);
    for (number, from_percent) in (1..).zip([25, 50, 75]) {
        let percent = rng.between(from_percent, from_percent + 20);
        let engine = Engine::start(&site, &[]);
        engine.wait_for_position(sent.count() * u64::try_from(percent).expect("a percentage") / 100);
        if number == 2 {
            milepost_test_e2e::until("a snapshot", || {
                (engine.metric("milepost_snapshots_total") > 0).then_some(())
            });
        }
        eprintln!("killed at message {} of {lines}", engine.metric("milepost_position"));
        engine.kill();
    }
    while let Some(ended) = sending.join_next().await {
        ended.expect("all is sent");
    }

    let engine = Engine::start(&site, &[]);
    assert!(
        engine.trace().contains("goes on from"),
        "it begins anew:\n{}",
        engine.trace()
    );
    let last = log.state().await.expect("the log answers").last_sequence;
    engine.wait_for_position(last);
    assert_eq!(engine.stop().code, Some(0));
    Outcome::of_log(&log).await.assert_same(&expected);
    let verified = site.succeed(&["snapshot", "verify"]);
    assert!(
        verified.lines().count() >= 2 && verified.lines().all(|line| line.starts_with("ok")),
        "{verified}"
    );
    let listed = site.succeed(&["snapshot", "ls"]);
    let newest = listed.lines().last().unwrap_or_default();
    assert!(
        newest.contains(&format!("message {last},")),
        "not all is saved: {newest}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_server_that_goes_and_comes_back_is_waited_for() {
    let (mut bed, lines) = (Bed::new(), scans_wanted(20_000));
    let site = Site::new(bed.url()).with("ENGINE__BATCH_MESSAGES_MAX", "64");
    let sent = Sent::usual(37, lines);
    sent.write(&site.path("scans.ndjson"));
    let expected = Outcome::of_replay(&site, "scans.ndjson");
    let before = lines * 2 / 3;
    sent.append(&open(bed.url()).await, 0..before).await;

    let engine = Engine::start(&site, &[]);
    engine.wait_for_position(sent.count() / 3);
    assert_eq!(engine.get("/readyz").status, 200);
    bed.server.kill().expect("the server can be killed");
    milepost_test_e2e::until("the engine says that it is not ready", || {
        (engine.get("/readyz").status == 503).then_some(())
    });
    assert_eq!(engine.get("/healthz").status, 200, "but it lives");
    tokio::time::sleep(Duration::from_secs(1)).await;
    bed.server.restart().expect("the server comes up again");
    // What had been sent by then may have been on its way to the engine already, which then needs no server to judge it.
    sent.append(&open(bed.url()).await, before..lines).await;
    engine.wait_for_records(sent.count());
    // Half a second passes before what could not be published is tried again.
    engine.wait_until_ready();
    let said = site.run(&["doctor"]);
    assert_eq!(said.code, Some(0), "{}", said.out);
    assert_eq!(engine.stop().code, Some(0));
    Outcome::of_log(&open(bed.url()).await).await.assert_same(&expected);

    bed.server.kill().expect("the server can be killed");
    let said = site.run(&["doctor"]);
    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(
        said.out.contains("FAIL  nats") && said.out.contains("-> start the server"),
        "{}",
        said.out
    );
}
