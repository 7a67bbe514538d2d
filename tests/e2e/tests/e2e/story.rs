//! How stories of a loss begin: a log, an engine that has read some of it and has saved that; and how they go on: a start
//! that says what is wrong, and does nothing.

use crate::{Bed, open};
use async_nats::jetstream::{self, Context};
use milepost_connectors::log::{AnyLog, Log, Message};
use milepost_test_e2e::{Engine, Outcome, Said, Sent, Site, messages};
use std::ops::Range;

/// What is sent before the blow, what is lost by it or comes between, and what comes after.
pub(crate) const FIRST: Range<usize> = 0..3_000;
pub(crate) const MIDDLE: Range<usize> = 3_000..3_600;
pub(crate) const REST: Range<usize> = 3_600..6_000;

/// A log and an engine that has read some of it, and has saved that when it was stopped.
pub(crate) struct Story {
    pub(crate) bed: Bed,
    pub(crate) site: Site,
    pub(crate) sent: Sent,
    /// What the engine has saved has read this.
    pub(crate) saved: Vec<Message>,
}

impl Story {
    pub(crate) async fn begin(seed: u64) -> Self {
        let bed = Bed::new();
        // Only so much is saved: what an engine begins with, and what it has when it is stopped.
        let site = Site::new(bed.url())
            .with("SNAPSHOTS__EVERY", "1h")
            .with("SNAPSHOTS__KEEP", "2");
        let sent = Sent::usual(seed, REST.end);
        let mut story = Self {
            bed,
            site,
            sent,
            saved: Vec::new(),
        };
        story.append(FIRST).await;
        story.read_and_stop().await;
        story
    }

    pub(crate) async fn log(&self) -> AnyLog {
        open(self.bed.url()).await
    }

    pub(crate) async fn client(&self) -> Context {
        jetstream::new(async_nats::connect(self.bed.url()).await.expect("the server is there"))
    }

    pub(crate) async fn append(&self, part: Range<usize>) {
        self.sent.append(&self.log().await, part).await;
    }

    /// Waits until an engine has read all, its own message too.
    pub(crate) async fn wait_for_end(&self, engine: &Engine) {
        engine.wait_for_position(self.log().await.state().await.expect("the log answers").last_sequence);
    }

    pub(crate) async fn read_and_stop(&mut self) {
        let engine = Engine::start(&self.site, &[]);
        self.wait_for_end(&engine).await;
        assert_eq!(engine.stop().code, Some(0));
        self.saved = messages(&self.log().await).await;
    }

    /// A start says what is wrong and what to do, and does nothing.
    pub(crate) async fn assert_refused(&self, name: &str, found: &str) {
        let log = self.log().await;
        let before = (Outcome::of_log(&log).await, log.state().await);
        let said = self.site.run(&["serve"]);
        assert_said(&said, name, found);
        assert_eq!((Outcome::of_log(&log).await, log.state().await), before);
    }
}

pub(crate) fn assert_said(said: &Said, name: &str, found: &str) {
    eprintln!("{}", said.err);
    assert_eq!(said.code, Some(1), "{}", said.err);
    for word in [name, found, "stream ", "--rebase"] {
        assert!(said.err.contains(word), "{word} is not said:\n{}", said.err);
    }
}
