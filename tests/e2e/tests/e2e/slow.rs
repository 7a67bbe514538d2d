//! A server that gives an engine up for slow, a link that is slow, answers that come too late: nothing is lost, nothing is
//! doubled.

use crate::{Bed, open};
use milepost_connectors::log::{AnyLog, Log};
use milepost_test_e2e::{Engine, Link, Outcome, Sent, Site, Way, scans_wanted, until};
use milepost_test_sim::rule_sets::default_files;
use std::time::Duration;

/// How nats-server says that it gives a client up.
const DROPPED: &str = "Slow Consumer Detected";

/// Nothing takes long here: a client that takes nothing for so long is given up.
const IMPATIENT: &str = "write_deadline: \"300ms\"\n";

/// Much more in all than the system keeps between two programs.
const LINE_BYTES: usize = 8 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_engine_that_hung_until_its_server_gave_it_up_comes_back() {
    let (bed, lines) = (Bed::with(IMPATIENT), scans_wanted(3_000));
    let site = Site::new(bed.url());
    let sent = Sent::usual(101, lines).padded(LINE_BYTES);
    let log = open(bed.url()).await;
    let engine = Engine::start(&site, &[]);
    sent.append(&log, 0..lines / 10).await;
    engine.wait_for_records(sent.count() / 20);
    engine.freeze();
    sent.append(&log, lines / 10..lines).await;
    until("the server gives the engine up", || {
        bed.trace().contains(DROPPED).then_some(())
    });
    engine.thaw();
    assert_whole(&log, engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_engine_behind_a_slow_link_reads_all() {
    let (bed, lines) = (Bed::with(IMPATIENT), scans_wanted(1_500));
    let link = Link::to(bed.url());
    let site = Site::new(&link.url());
    let sent = Sent::usual(102, lines).padded(LINE_BYTES);
    let log = open(bed.url()).await;
    link.set(Way::Slow(Duration::from_millis(5)));
    let engine = Engine::start(&site, &[]);
    sent.append(&log, 0..lines).await;
    engine.wait_for_position(log.state().await.expect("the log answers").last_sequence);
    eprintln!("given up {} times", bed.trace().matches(DROPPED).count());
    link.set(Way::Open);
    assert_whole(&log, engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn answers_that_come_too_late_double_nothing() {
    let (bed, lines) = (Bed::new(), scans_wanted(10_000));
    let link = Link::to(bed.url());
    let site = Site::new(&link.url()).with("ENGINE__BATCH_MESSAGES_MAX", "16");
    let sent = Sent::usual(103, lines);
    let log = open(bed.url()).await;
    sent.append(&log, 0..lines).await;
    let engine = Engine::start(&site, &[]);
    until("it publishes", || {
        (engine.metric("milepost_jobs_published_total") > 0).then_some(())
    });
    link.set(Way::Stuck);
    until("the engine says that no answer comes", || {
        let ready = engine.get("/readyz");
        (ready.status == 503 && ready.body.contains("no answer came")).then_some(())
    });
    link.set(Way::Open);
    let covered = assert_whole(&log, engine).await;
    assert!(covered > 0, "nothing was on its way when answers stopped");
}

/// Lets an engine read to the end; how many jobs and rejects it has found stored that it had no answer for.
async fn assert_whole(log: &AnyLog, engine: Engine) -> u64 {
    engine.wait_for_position(log.state().await.expect("the log answers").last_sequence);
    engine.wait_until_ready();
    let covered = engine.metric("milepost_jobs_covered_total") + engine.metric("milepost_rejects_covered_total");
    assert_eq!(engine.stop().code, Some(0));
    let found = Outcome::of_log(log).await;
    found.assert_equal(&Outcome::of_one_thread(log, &default_files()).await);
    eprintln!(
        "{} jobs; {covered} jobs and rejects were found stored",
        found.jobs.len()
    );
    covered
}
