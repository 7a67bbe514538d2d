//! An engine that hangs is succeeded by one on another machine; when it goes on it stops, and nothing is doubled.

use crate::{Bed, open};
use milepost_connectors::log::Log;
use milepost_test_e2e::{Engine, Link, Outcome, Sent, Site, now, scans_wanted, until};
use milepost_test_sim::rule_sets::default_files;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Scans that are sent at once, and the time between them.
const PART: usize = 40;
const PART_EVERY: Duration = Duration::from_millis(10);

/// What the server answers to a publication that is not where its share ends.
const REFUSED: &str = "wrong last sequence";

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
    let links = [(); 2].map(|()| Link::to(bed.url()));
    let sites = links.each_ref().map(|link| Site::new(&link.url()));
    let sent = Arc::new(Sent::usual(67, lines));
    let log = open(bed.url()).await;
    let mut sending = JoinSet::new();
    sending.spawn(Arc::clone(&sent).append_in_parts(log.clone(), PART, PART_EVERY));
    let mut figures = Figures::default();
    let mut places = links.iter().zip(&sites).cycle();
    let mut next = || {
        let (link, site) = places.next().expect("there are two");
        (link, Engine::start(site, &[]))
    };
    let (mut link, mut engine) = next();
    for _ in 0..cycles {
        let before = engine.metric("milepost_jobs_published_total");
        until("it publishes", || {
            (is_sent(&mut sending) || engine.metric("milepost_jobs_published_total") > before).then_some(())
        });
        engine.freeze();
        let (successor_link, successor) = next();
        until("its successor publishes", || {
            (is_sent(&mut sending) || successor.metric("milepost_jobs_published_total") > 0).then_some(())
        });
        link.seek(REFUSED);
        let thawed = now();
        engine.thaw();
        let said = engine.ends();
        figures.add(thawed.elapsed(), link.found().map(|refused| refused.elapsed()));
        assert_ne!(said.code, Some(0), "{}", said.err);
        assert!(said.err.contains("another engine took over"), "{}", said.err);
        (link, engine) = (successor_link, successor);
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
        "{cycles} times an engine hung and went on: {} jobs, none lost, none doubled; {figures}",
        found.jobs.len()
    );
}

/// How long engines took to end; nothing depends on it.
#[derive(Default)]
struct Figures {
    since_thawed: Vec<Duration>,
    since_refused: Vec<Duration>,
}

impl Figures {
    fn add(&mut self, since_thawed: Duration, since_refused: Option<Duration>) {
        self.since_thawed.push(since_thawed);
        self.since_refused.extend(since_refused);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let median_and_longest = |times: &[Duration]| {
            let mut times = times.to_vec();
            times.sort();
            let median = times.get(times.len() / 2).copied().unwrap_or_default();
            let longest = times.last().copied().unwrap_or_default();
            format!("{} times, median {median:.1?}, longest {longest:.1?}", times.len())
        };
        write!(
            f,
            "until it had ended since it went on: {}; since the first refusal came, where one did: {}",
            median_and_longest(&self.since_thawed),
            median_and_longest(&self.since_refused)
        )
    }
}

/// Whether the producer is done; one that failed is told at the end.
fn is_sent(sending: &mut JoinSet<()>) -> bool {
    if let Some(ended) = sending.try_join_next() {
        ended.expect("all is sent");
    }
    sending.is_empty()
}
