//! Engines that are killed at any moment, again and again: nothing is lost, nothing is doubled, and the state is that of an
//! engine that was never killed.

use crate::{Bed, open};
use milepost_connectors::log::Log;
use milepost_loadgen::rng::Rng;
use milepost_test_e2e::{Engine, Outcome, Sent, Site, saved_state};
use milepost_test_sim::rows::first_difference;
use milepost_test_sim::rule_sets::default_files;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Scans that are sent at once, the time between them, and so many for each engine that is killed.
const PART: usize = 40;
const PART_EVERY: Duration = Duration::from_millis(100);
const SCANS_EACH: usize = 400;

/// An engine lives for less than this.
const LIFE_MAX_MS: i64 = 2_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn engines_that_are_killed_at_any_moment_lose_nothing_and_double_nothing() {
    live_and_be_killed(6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "takes minutes; for long runs, MILEPOST_E2E_CYCLES of them"]
async fn engines_that_are_killed_a_thousand_times_lose_nothing_and_double_nothing() {
    let cycles = std::env::var("MILEPOST_E2E_CYCLES").map_or(1_000, |text| text.parse().expect("a whole number"));
    live_and_be_killed(cycles).await;
}

async fn live_and_be_killed(cycles: usize) {
    let (bed, seed, lines) = (Bed::new(), 79, cycles * SCANS_EACH);
    // Tables say nothing here, and all of a long run's would be written at the end.
    let site = Site::new(bed.url()).with("TABLES__EVERY", "0s");
    let sent = Arc::new(Sent::usual(seed, lines));
    let log = open(bed.url()).await;
    let mut sending = JoinSet::new();
    sending.spawn(Arc::clone(&sent).append_in_parts(log.clone(), PART, PART_EVERY));
    let mut rng = Rng::new(seed, 0, 0);
    let (mut while_starting, mut went_on, mut states) = (0, 0, BTreeSet::new());
    for cycle in 1..=cycles {
        let after = u64::try_from(rng.between(0, LIFE_MAX_MS)).expect("a time that passes");
        let said = Engine::start_and_kill(&site, Duration::from_millis(after));
        while_starting += usize::from(!said.contains("running on"));
        let state = said.lines().find(|line| line.starts_with("goes on from"));
        went_on += usize::from(state.is_some());
        states.extend(state.map(str::to_owned));
        if cycle.is_multiple_of(50) {
            eprintln!("killed {cycle} times");
        }
    }
    while let Some(ended) = sending.join_next().await {
        ended.expect("all is sent");
    }
    let engine = Engine::start(&site, &[]);
    let last = log.state().await.expect("the log answers").last_sequence;
    engine.wait_for_position(last);
    assert_eq!(engine.stop().code, Some(0));

    let found = Outcome::of_log(&log).await;
    let (expected, rows) = Outcome::and_state_of_one_thread(&log, &default_files()).await;
    found.assert_equal(&expected);
    assert_eq!(
        first_difference(&saved_state(&site), &rows),
        None,
        "the state is another"
    );
    // No failure in n independent kills: with a probability of 95 % less than 1 - 0.05^(1/n) of all kills would fail.
    let bound = 100.0 * (1.0 - 0.05_f64.powf(1.0 / cycles as f64));
    eprintln!(
        "killed {cycles} times (seed {seed}), {while_starting} of them while it started, {went_on} went on from one of {} snapshots: \
         {} jobs and {} rows, none lost, none doubled, none other; at 95 % fewer than {bound:.2} % of kills do harm",
        states.len(),
        found.jobs.len(),
        rows.len()
    );
}
