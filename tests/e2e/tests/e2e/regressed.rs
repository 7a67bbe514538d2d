//! A log that is not the one that was read is refused; who says so takes it as it is, and then nothing is lost either.

mod running;
mod stopped;

use crate::story::{REST, Story};
use milepost_connectors::log::{Log, Message};
use milepost_test_e2e::{CLOCK, Engine, Outcome, messages};
use milepost_test_sim::rule_sets::default_files;
use std::collections::BTreeSet;

impl Story {
    /// Deletes the stream of scans, and makes it anew.
    async fn make_anew(&self) {
        let deleted = self.client().await.delete_stream("SCANS").await;
        assert!(deleted.expect("the stream can be deleted").success);
        drop(self.log().await);
    }

    /// Drops all scans but the last few.
    async fn purge(&self, keep: u64) {
        let stream = self.client().await.get_stream("SCANS").await;
        let purged = stream.expect("the stream is there").purge().keep(keep).await;
        assert!(purged.expect("the stream can be purged").success);
    }

    /// The log is taken as it is, once; a crash after that changes nothing. No job comes twice, and those are there that had
    /// been there, and those that follow from what was saved and from the log as it stands.
    async fn assert_taken(self, name: &str) {
        let before = Outcome::of_log(&self.log().await).await;
        let engine = Engine::start(&self.site, &["--rebase"]);
        assert!(
            engine.trace().contains(&format!("rebased: {name}")),
            "{}",
            engine.trace()
        );
        self.wait_for_end(&engine).await;
        engine.kill();
        let engine = Engine::start(&self.site, &[]);
        assert!(engine.trace().contains("goes on from"), "{}", engine.trace());
        self.append(REST).await;
        self.wait_for_end(&engine).await;
        assert_eq!(engine.stop().code, Some(0));
        self.assert_whole(&before).await;
        let log = self.log().await;
        let (last, listed) = (
            log.state().await.expect("the log answers").last_sequence,
            self.site.succeed(&["snapshot", "ls"]),
        );
        let newest = listed.lines().last().unwrap_or_default();
        assert!(
            newest.contains(&format!("message {last},")),
            "not all is saved:\n{listed}"
        );
    }

    async fn assert_whole(&self, before: &Outcome) {
        let log = self.log().await;
        let read: Vec<Message> = self.saved.iter().cloned().chain(messages(&log).await).collect();
        let expected = Outcome::of_messages(&read, CLOCK, &default_files());
        let (found, ids) = (Outcome::of_log(&log).await, |outcome: &Outcome| -> BTreeSet<String> {
            outcome.job_ids().into_iter().collect()
        });
        let (before, expected, after) = (ids(before), ids(&expected), ids(&found));
        assert_eq!(found.jobs.len(), after.len(), "some jobs came twice");
        let wanted: BTreeSet<String> = before.union(&expected).cloned().collect();
        assert!(wanted.len() > before.len(), "the log as it stands causes nothing");
        let missing = wanted.difference(&after).collect::<Vec<_>>();
        let extra = after.difference(&wanted).collect::<Vec<_>>();
        assert!(
            missing.is_empty() && extra.is_empty(),
            "of {} jobs {} are missing {:?}, {} are too many {:?}",
            wanted.len(),
            missing.len(),
            missing.first(),
            extra.len(),
            extra.first()
        );
        eprintln!("{} jobs before, {} in the end", before.len(), after.len());
    }
}
