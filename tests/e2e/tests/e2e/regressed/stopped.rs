//! What can become of the scans while no engine runs.

use crate::story::{FIRST, MIDDLE, REST, Story};
use milepost_test_e2e::{CLOCK, Engine, Outcome, messages};
use milepost_test_sim::rule_sets::default_files;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stream_that_was_made_anew_is_refused_until_it_is_taken_as_it_is() {
    let story = Story::begin(53).await;
    story.make_anew().await;
    story.append(MIDDLE).await;
    // Most shares published last for the old stream, at numbers that the new one has not reached yet.
    assert!(MIDDLE.len() < FIRST.len(), "the new stream counts from 1 again");
    story.assert_refused("StreamRegressed", "it was created at").await;
    story.assert_taken("StreamRegressed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_purge_of_what_was_read_loses_nothing() {
    let story = Story::begin(54).await;
    story.purge(0).await;
    let engine = Engine::start(&story.site, &[]);
    story.append(MIDDLE.start..REST.end).await;
    story.wait_for_end(&engine).await;
    assert_eq!(engine.stop().code, Some(0));
    let log = story.log().await;
    let read: Vec<_> = story.saved.iter().cloned().chain(messages(&log).await).collect();
    Outcome::of_log(&log)
        .await
        .assert_equal(&Outcome::of_messages(&read, CLOCK, &default_files()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_purge_of_what_was_not_read_is_refused_until_the_log_is_taken_as_it_is() {
    for keep in [0, 100] {
        let story = Story::begin(55).await;
        story.append(MIDDLE).await;
        story.purge(keep).await;
        let dropped = format!("{} messages were dropped unread", MIDDLE.len() as u64 - keep);
        story.assert_refused("StreamGap", &dropped).await;
        story.assert_taken("StreamGap").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stream_from_an_older_copy_is_refused_until_it_is_taken_as_it_is() {
    let mut story = Story::begin(56).await;
    let copy = story.bed.copy("SCANS");
    story.append(MIDDLE).await;
    story.read_and_stop().await;
    story.bed.put_back("SCANS", &copy);
    story.assert_refused("StreamRegressed", "it ends at message").await;
    story.assert_taken("StreamRegressed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stream_that_lost_its_end_and_grew_again_is_refused_until_it_is_taken_as_it_is() {
    let mut story = Story::begin(57).await;
    let copy = story.bed.copy("SCANS");
    story.append(MIDDLE).await;
    story.read_and_stop().await;
    story.bed.put_back("SCANS", &copy);
    // The numbers are there again, and other scans at them.
    let others = REST.start..REST.start + MIDDLE.len() + 100;
    story.append(others).await;
    story.assert_refused("StreamRegressed", "is another one").await;
    story.assert_taken("StreamRegressed").await;
}

/// The state is older than the loss: only the jobs tell that the log is another one behind it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stream_that_lost_what_jobs_rest_on_is_refused_until_it_is_taken_as_it_is() {
    for grown in [0, 2 * MIDDLE.len()] {
        let mut story = Story::begin(58).await;
        let copy = story.bed.copy("SCANS");
        let before = Outcome::of_log(&story.log().await).await;
        story.append(MIDDLE).await;
        let engine = Engine::start(&story.site, &[]);
        story.wait_for_end(&engine).await;
        engine.kill();
        assert!(
            Outcome::of_log(&story.log().await).await.jobs.len() > before.jobs.len(),
            "no job rests on what will be lost"
        );
        story.bed.put_back("SCANS", &copy);
        story.append(REST.start..REST.start + grown).await;
        let found = if grown == 0 {
            "it ends at message"
        } else {
            "jobs rest on"
        };
        story.assert_refused("StreamRegressed", found).await;
        story.assert_taken("StreamRegressed").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stream_in_which_the_last_message_was_deleted_is_refused_until_it_is_taken_as_it_is() {
    let story = Story::begin(59).await;
    let last = story.saved.last().expect("something was read").position.sequence;
    let stream = story.client().await.get_stream("SCANS").await;
    let deleted = stream.expect("the stream is there").delete_message(last).await;
    assert!(deleted.expect("a message can be deleted"));
    story.append(MIDDLE).await;
    story.assert_refused("StreamRegressed", "was deleted from it").await;
    story.assert_taken("StreamRegressed").await;
}
