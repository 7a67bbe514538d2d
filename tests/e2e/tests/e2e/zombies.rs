//! An engine that hangs is succeeded by one on another machine; when it goes on it stops, and nothing is doubled.

use crate::{Bed, open};
use milepost_connectors::log::Log;
use milepost_test_e2e::{Engine, Outcome, Sent, Site, scans_wanted, until};
use milepost_test_sim::rule_sets::default_files;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Scans that are sent at once, and the time between them.
const PART: usize = 40;
const PART_EVERY: Duration = Duration::from_millis(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_engine_that_hung_stops_when_another_has_taken_over() {
    live_and_hang(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "takes minutes; for long runs, MILEPOST_E2E_CYCLES of them"]
async fn engines_that_hang_again_and_again_double_nothing() {
    let cycles = std::env::var("MILEPOST_E2E_CYCLES").map_or(100, |text| text.parse().expect("a whole number"));
    live_and_hang(cycles).await;
}

async fn live_and_hang(cycles: usize) {
    let (bed, lines) = (Bed::new(), scans_wanted(cycles * 4_000));
    // Two machines: what one saves, the other does not see.
    let sites = [Site::new(bed.url()), Site::new(bed.url())];
    let sent = Arc::new(Sent::usual(67, lines));
    let log = open(bed.url()).await;
    let mut sending = JoinSet::new();
    sending.spawn({
        let (sent, log) = (Arc::clone(&sent), log.clone());
        async move {
            for from in (0..lines).step_by(PART) {
                sent.append(&log, from..lines.min(from + PART)).await;
                tokio::time::sleep(PART_EVERY).await;
            }
        }
    });
    let mut longest = Duration::ZERO;
    let mut sites = sites.iter().cycle();
    let mut next = || Engine::start(sites.next().expect("there are two"), &[]);
    let mut engine = next();
    for _ in 0..cycles {
        let before = engine.metric("milepost_jobs_published_total");
        until("it publishes", || {
            (is_sent(&mut sending) || engine.metric("milepost_jobs_published_total") > before).then_some(())
        });
        engine.freeze();
        let successor = next();
        until("its successor publishes", || {
            (is_sent(&mut sending) || successor.metric("milepost_jobs_published_total") > 0).then_some(())
        });
        let thawed = stopwatch();
        engine.thaw();
        let said = engine.ends();
        longest = longest.max(thawed.elapsed());
        assert_ne!(said.code, Some(0), "{}", said.err);
        assert!(said.err.contains("another engine took over"), "{}", said.err);
        engine = successor;
    }
    while let Some(ended) = sending.join_next().await {
        ended.expect("all is sent");
    }
    let last = log.state().await.expect("the log answers").last_sequence;
    engine.wait_for_position(last);
    assert_eq!(engine.stop().code, Some(0));
    let found = Outcome::of_log(&log).await;
    found.assert_equal(&Outcome::of_one_thread(&log, &default_files()).await);
    eprintln!(
        "{cycles} times an engine hung and went on: {} jobs, none lost, none doubled; the longest until it had ended {longest:?}",
        found.jobs.len()
    );
}

/// Whether the producer is done; one that failed is told at the end.
fn is_sent(sending: &mut JoinSet<()>) -> bool {
    if let Some(ended) = sending.try_join_next() {
        ended.expect("all is sent");
    }
    sending.is_empty()
}

#[expect(clippy::disallowed_methods, reason = "for a figure that nothing depends on")]
fn stopwatch() -> Instant {
    Instant::now()
}
