//! The directory of the rule files, looked at again and again: what changed and has no mistakes is put into the log, and
//! comes into force for all shipments where it stands there.

use crate::clock;
use crate::rule_files;
use milepost_connectors::log::{AnyLog, Log};
use milepost_runtime::metrics::Metrics;
use milepost_runtime::rule_texts::{self, RuleTexts, Rules};
use milepost_runtime::rules_status::{RulesStatus, short};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::task::spawn_blocking;

/// The most bytes of a message with rules: a NATS server takes a mebibyte by default.
const MESSAGE_BYTES_MAX: usize = 1_000_000;
/// How often it is asked whether the engine has read what the log held at the start.
const CATCH_UP_EVERY: Duration = Duration::from_millis(100);

/// Keeps the log's rules those of the files.
pub(crate) struct RulesWatch {
    /// Where the files stand; without one they are those that come with the program, which do not change.
    pub(crate) dir: Option<PathBuf>,
    /// How often they are looked at; zero is only at the start.
    pub(crate) every: Duration,
    pub(crate) log: AnyLog,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) status: Arc<RulesStatus>,
    /// The files' rules at the start; `None` when they have mistakes.
    pub(crate) wanted: Option<Rules>,
    /// Last message that the log held at the start: others may have come into force up to there.
    pub(crate) log_end: u64,
}

impl RulesWatch {
    /// Watches until dropped.
    pub(crate) async fn run(mut self) {
        while self.metrics.position.load(Ordering::Relaxed) < self.log_end {
            tokio::time::sleep(CATCH_UP_EVERY).await;
        }
        // Hash of the rules that the log brought last, as far as we know.
        let mut told = self.status.hash();
        let mut waiting = self.wanted.take();
        if let Some(why) = waiting.as_ref().and_then(too_large) {
            self.status.refuse(&why);
            waiting = None;
        }
        let (mut seen, mut taken): (Option<RuleTexts>, _) = (None, waiting.as_ref().map(|rules| rules.files.clone()));
        loop {
            if let Some(rules) = waiting.take() {
                let hash = rules.set.hash_text();
                if hash == told || self.tell(&rules).await {
                    told = hash;
                } else {
                    waiting = Some(rules);
                }
            }
            if self.every.is_zero() && waiting.is_none() {
                return std::future::pending().await;
            }
            tokio::time::sleep(self.every.max(CATCH_UP_EVERY)).await;
            let Some(files) = self.read().await else { continue };
            if taken.as_ref() == Some(&files) {
                seen = None;
                self.status.accept();
            } else if seen.as_ref() == Some(&files) {
                // Nobody is writing them any more.
                match good(&files) {
                    Ok(rules) => {
                        self.status.accept();
                        waiting = Some(rules);
                        taken = Some(files);
                    }
                    Err(why) => self.status.refuse(&why),
                }
            } else {
                seen = Some(files);
            }
        }
    }

    /// The files as they are now.
    async fn read(&self) -> Option<RuleTexts> {
        let dir = self.dir.clone().filter(|_| !self.every.is_zero())?;
        match spawn_blocking(move || rule_files::read(&dir)).await.ok()? {
            Ok(files) => Some(files),
            Err(error) => {
                self.status.refuse(&format!("{error:#}"));
                None
            }
        }
    }

    /// Puts rules into the log; whether it has them.
    async fn tell(&self, rules: &Rules) -> bool {
        match self.log.append(clock::host_now(), vec![rules.control().append()]).await {
            Ok(sequences) => {
                let sequence = sequences.last().copied().unwrap_or(0);
                eprintln!(
                    "rules {} are put into the log, message {sequence}",
                    short(&rules.set.hash_text())
                );
                true
            }
            Err(error) => {
                eprintln!("warning: the changed rules could not be put into the log, it is tried again: {error}");
                false
            }
        }
    }
}

/// The rules of these files, or why they cannot come into force.
fn good(files: &RuleTexts) -> Result<Rules, String> {
    let rules = Rules::compile(files.clone()).map_err(|mistakes| rule_texts::told(&mistakes))?;
    too_large(&rules).map_or(Ok(rules), Err)
}

/// Why a set does not fit into a message, if it does not.
fn too_large(rules: &Rules) -> Option<String> {
    let bytes = rules.control().append().payload.len();
    (bytes > MESSAGE_BYTES_MAX).then(|| {
        format!(
            "the rule files have {bytes} bytes as one message of the log, which takes {MESSAGE_BYTES_MAX}: shorten the CSV \
             files of lists to the column that is used, or take files out of the directory"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_that_no_message_holds_is_refused_like_one_with_mistakes() {
        let rules = "rules:\n  - notice: seen\n    when: scans > 0\n";
        let file = |name: &str, text: String| (name.to_owned(), text);
        let mut files = vec![file("rules/a.yaml", rules.to_owned())];
        assert_eq!(good(&files).map(|rules| rules.set.rules().len()), Ok(1));
        files.push(file(
            "rules/lanes.csv",
            format!("lane\n{}", "US-KY>US-AK\n".repeat(100_000)),
        ));
        assert!(good(&files).is_err_and(|why| why.contains("takes 1000000")));
        files.push(file("rules/b.yaml", rules.replace("scans", "scnas")));
        assert!(good(&files).is_err_and(|why| why.contains("MP011")));
    }
}
