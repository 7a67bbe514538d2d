//! What can become of the scans while an engine reads them: it stops by itself, and says why.

use crate::story::{MIDDLE, REST, Story, assert_said};
use milepost_test_e2e::{CLOCK, Engine, Link, Outcome, Way, messages, until};
use milepost_test_sim::rule_sets::default_files;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_engine_stops_when_its_stream_is_made_anew() {
    // One sees the stream go, the other only that it is another one.
    for sees_it in [true, false] {
        let mut story = Story::begin(61).await;
        let link = Link::to(story.bed.url());
        story.site = story.site.with("LOG__URL", &link.url());
        let engine = Engine::start(&story.site, &[]);
        story.append(MIDDLE).await;
        story.wait_for_end(&engine).await;
        let before = Outcome::of_log(&story.log().await).await;
        link.set(if sees_it { Way::Open } else { Way::Cut });
        story.make_anew().await;
        story.append(REST.start..REST.start + 100).await;
        link.set(Way::Open);
        let found = if sees_it {
            "that was read up to"
        } else {
            "it was created at"
        };
        assert_said(&engine.ends(), "StreamRegressed", found);
        assert_eq!(Outcome::of_log(&story.log().await).await, before);
        story.assert_refused("StreamRegressed", "it was created at").await;
        story.assert_taken("StreamRegressed").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_purge_of_what_a_running_engine_has_read_loses_nothing() {
    let story = Story::begin(62).await;
    let engine = Engine::start(&story.site, &[]);
    story.append(MIDDLE).await;
    story.wait_for_end(&engine).await;
    let mut read = messages(&story.log().await).await;
    story.purge(0).await;
    story.append(REST).await;
    story.wait_for_end(&engine).await;
    assert_eq!(engine.stop().code, Some(0));
    let log = story.log().await;
    read.extend(messages(&log).await);
    Outcome::of_log(&log)
        .await
        .assert_equal(&Outcome::of_messages(&read, CLOCK, &default_files()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_engine_stops_when_scans_are_purged_that_it_has_not_read() {
    let mut story = Story::begin(63).await;
    let link = Link::to(story.bed.url());
    story.site = story.site.with("LOG__URL", &link.url());
    let engine = Engine::start(&story.site, &[]);
    story.wait_for_end(&engine).await;
    link.set(Way::Cut);
    until("the engine says that it is not ready", || {
        (engine.get("/readyz").status == 503).then_some(())
    });
    let before = Outcome::of_log(&story.log().await).await;
    story.append(MIDDLE).await;
    story.purge(100).await;
    link.set(Way::Open);
    let dropped = format!("{} messages were dropped unread", MIDDLE.len() - 100);
    assert_said(&engine.ends(), "StreamGap", &dropped);
    assert_eq!(Outcome::of_log(&story.log().await).await, before);
    story.assert_refused("StreamGap", "were dropped unread").await;
    story.assert_taken("StreamGap").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_engine_stops_when_its_stream_comes_back_from_an_older_copy() {
    let mut story = Story::begin(64).await;
    let copy = story.bed.copy("SCANS");
    story.append(MIDDLE).await;
    let engine = Engine::start(&story.site, &[]);
    story.wait_for_end(&engine).await;
    let before = Outcome::of_log(&story.log().await).await;
    story.bed.put_back("SCANS", &copy);
    assert_said(&engine.ends(), "StreamRegressed", "it ends at message");
    assert_eq!(Outcome::of_log(&story.log().await).await, before);
    story.assert_refused("StreamRegressed", "it ends at message").await;
    story.assert_taken("StreamRegressed").await;
}
