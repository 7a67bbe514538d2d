//! The stream of jobs loses what was published: it is published again from a state that is older than the loss, or, where
//! there is none, nothing is done until somebody says that it may be lost.

use crate::story::{MIDDLE, REST, Story, assert_said};
use milepost_test_e2e::{Engine, Outcome, until};
use milepost_test_sim::rule_sets::default_files;
use std::collections::BTreeSet;

const ALARM: &str = "milepost_alarm{fault=\"published_lost\"}";

impl Story {
    /// An engine makes good what was lost, and goes on.
    async fn assert_made_good(&self) {
        let engine = Engine::start(&self.site, &[]);
        let trace = engine.trace();
        assert!(trace.contains("what was lost is published again"), "{trace}");
        assert_eq!(engine.metric(ALARM), 1);
        self.append(REST).await;
        self.wait_for_end(&engine).await;
        assert_eq!(engine.stop().code, Some(0));
        let log = self.log().await;
        let found = Outcome::of_log(&log).await;
        found.assert_equal(&Outcome::of_one_thread(&log, &default_files()).await);
    }

    async fn jobs(&self) -> usize {
        Outcome::of_log(&self.log().await).await.jobs.len()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_a_stream_lost_while_no_engine_ran_is_published_again() {
    let mut story = Story::begin(71).await;
    let copy = story.bed.copy("JOBS");
    story.append(MIDDLE).await;
    story.read_and_stop().await;
    let before = story.jobs().await;
    story.bed.put_back("JOBS", &copy);
    assert!(story.jobs().await < before, "nothing is lost");
    story.assert_made_good().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_engine_stops_when_its_jobs_are_lost_and_the_next_publishes_them_again() {
    let mut story = Story::begin(72).await;
    let copy = story.bed.copy("JOBS");
    story.append(MIDDLE).await;
    story.read_and_stop().await;
    let engine = Engine::start(&story.site, &[]);
    story.wait_for_end(&engine).await;
    story.bed.put_back("JOBS", &copy);
    story.append(REST.start..REST.start + 100).await;
    assert_said(&engine.ends(), "PublishedLost", "stream JOBS has lost");
    // Meanwhile it may have published for shares that had lost nothing.
    story.assert_made_good().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn jobs_that_no_state_is_older_than_are_not_published_again_unasked() {
    let mut story = Story::begin(73).await;
    for from in MIDDLE.step_by(200) {
        story.append(from..from + 200).await;
        story.read_and_stop().await;
    }
    let before = Outcome::of_log(&story.log().await).await;
    let deleted = story.client().await.delete_stream("JOBS").await;
    assert!(deleted.expect("the stream can be deleted").success);
    story.assert_refused("PublishedLost", "it was created at").await;

    let engine = Engine::start(&story.site, &["--rebase"]);
    assert!(engine.trace().contains("not published again"), "{}", engine.trace());
    story.wait_for_end(&engine).await;
    until("that is saved", || {
        (engine.metric("milepost_snapshots_total") > 0).then_some(())
    });
    engine.kill();
    let engine = Engine::start(&story.site, &[]);
    story.append(REST).await;
    story.wait_for_end(&engine).await;
    assert_eq!(engine.stop().code, Some(0));
    let log = story.log().await;
    let found = Outcome::of_log(&log).await.job_ids();
    let lost: BTreeSet<String> = before.job_ids().into_iter().collect();
    let mut wanted = Outcome::of_one_thread(&log, &default_files()).await.job_ids();
    wanted.retain(|id| !lost.contains(id));
    assert!(!wanted.is_empty(), "what came after the loss causes nothing");
    assert_eq!(found, wanted);
}
