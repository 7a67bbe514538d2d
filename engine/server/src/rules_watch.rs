//! The directory of the rule files, looked at again and again: what changed and has no mistakes is put into the log, and
//! comes into force for all shipments where it stands there.

use crate::clock;
use crate::metrics::Metrics;
use crate::rule_files::{self, Files, Rules};
use crate::rules_status::{RulesStatus, short};
use milepost_connectors::log::{AnyLog, Log};
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
        let (mut seen, mut taken): (Option<Files>, _) = (None, waiting.as_ref().map(|rules| rules.files.clone()));
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
                match Rules::compile(files.clone()) {
                    Ok(rules) => {
                        self.status.accept();
                        waiting = Some(rules);
                        taken = Some(files);
                    }
                    Err(mistakes) => self.status.refuse(&rule_files::told(&mistakes)),
                }
            } else {
                seen = Some(files);
            }
        }
    }

    /// The files as they are now.
    async fn read(&self) -> Option<Files> {
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
        let message = rules.control().append();
        let bytes = message.payload.len();
        if bytes > MESSAGE_BYTES_MAX {
            self.status.refuse(&format!(
                "the files have {bytes} bytes as one message, and at most {MESSAGE_BYTES_MAX} go through the log"
            ));
            // Others may fit.
            return true;
        }
        match self.log.append(clock::host_now(), vec![message]).await {
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
