//! The log as input: batches of messages, and now and then the order to save. The log is only read; how far, stands in
//! the snapshot.

use crate::clock::Stopwatch;
use crate::intake::Input;
use crate::metrics::Metrics;
use crate::saving::SaveState;
use anyhow::{Context, Result};
use milepost_connectors::log::{AnyReader, Cut, LogReader, Message};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

/// How long a read may wait before it looks whether it shall stop.
const WAIT: Duration = Duration::from_millis(100);

/// Reads the log until told to stop, then saves once more.
pub(crate) struct Feed {
    pub(crate) reader: AnyReader,
    pub(crate) runtime: Handle,
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) batch_messages_max: usize,
    pub(crate) save_every: Duration,
    pub(crate) since_save: Stopwatch,
    pub(crate) saving: Arc<SaveState>,
    /// What has been read, and whether it is saved.
    pub(crate) cut: Cut,
    pub(crate) saved_sequence: u64,
    /// There is a snapshot. Without one the state before the first message is saved, and with it the rules that judge from
    /// there on: a start after a crash must not take others.
    pub(crate) is_saved: bool,
    pub(crate) stopped: bool,
}

impl Feed {
    fn save(&mut self) -> Input {
        self.saved_sequence = self.cut.sequence;
        self.since_save = Stopwatch::start();
        Input::Save(self.saving.begin(self.cut.clone()))
    }

    /// What is being saved always ends: it is on disk, or it failed, or whoever should write it is gone.
    fn wait_for_the_keeper(&self) {
        while self.saving.is_underway() {
            self.runtime.block_on(async { tokio::time::sleep(WAIT / 10).await });
        }
    }

    fn read(&mut self) -> Result<Option<Input>> {
        if !self.is_saved {
            self.is_saved = true;
            return Ok(Some(self.save()));
        }
        if self.cut.hash == 0 {
            self.wait_for_the_keeper();
        }
        while !self.stopped {
            self.stopped = self.stop.load(Ordering::Relaxed);
            let due = self.stopped || self.since_save.elapsed() >= self.save_every;
            if due && self.cut.sequence > self.saved_sequence {
                if !self.saving.is_underway() {
                    return Ok(Some(self.save()));
                }
                if self.stopped {
                    self.wait_for_the_keeper();
                    return Ok(Some(self.save()));
                }
            }
            if self.stopped {
                break;
            }
            let messages = self.runtime.block_on(self.reader.next(self.batch_messages_max, WAIT));
            let messages = messages.context("the log cannot be read")?;
            if let Some(last) = messages.last() {
                self.cut.sequence = last.position.sequence;
                self.cut.hash = Message::hash(last);
                Metrics::add(&self.metrics.messages, messages.len());
                return Ok(Some(Input::Messages(messages)));
            }
        }
        Ok(None)
    }
}

impl Iterator for Feed {
    type Item = Result<Input>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
