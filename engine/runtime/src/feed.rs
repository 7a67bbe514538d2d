//! The log as input: batches of messages, and now and then the order to save. The log is only read; how far, stands in
//! the snapshot.

use crate::expected::Expected;
use crate::format_texts::{FormatSet, FormatsStatus};
use crate::intake::Input;
use crate::metrics::Metrics;
use crate::publish::Owner;
use crate::saving::SaveState;
use anyhow::{Context, Result};
use futures_util::FutureExt;
use milepost_connectors::log::{AnyReader, Control, Cut, LogError, LogReader, Message, Term};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// How long a read may wait before it looks whether it shall stop.
const WAIT: Duration = Duration::from_millis(100);

/// How a feed reads and saves.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Messages in a batch at most.
    pub batch_messages_max: usize,
    /// Time between two snapshots.
    pub save_every: Duration,
}

/// Reads the log until told to stop, then saves once more.
pub struct Feed {
    reader: AnyReader,
    stop: Arc<AtomicBool>,
    metrics: Arc<Metrics>,
    pace: Pace,
    /// Which engine this is.
    term: Term,
    expected: Arc<Expected>,
    /// The formats in force after what has been read, and where others are told.
    formats: (FormatSet, Arc<FormatsStatus>),
    /// Ends when the next snapshot is due.
    until_save: Pin<Box<Sleep>>,
    saving: Arc<SaveState>,
    /// What has been read, and whether it is saved.
    cut: Cut,
    saved_sequence: u64,
    /// There is a snapshot. Without one the state before the first message is saved, and with it the rules that judge from
    /// there on: a start after a crash must not take others.
    is_saved: bool,
    stopped: bool,
}

impl Feed {
    /// What `reader` gives after `cut`, until `owner` is told to stop. With `is_saved`, there is a snapshot at the cut.
    #[must_use]
    pub fn new(
        reader: AnyReader,
        (cut, is_saved): (Cut, bool),
        pace: Pace,
        saving: Arc<SaveState>,
        formats: (FormatSet, Arc<FormatsStatus>),
        (owner, metrics): (&Owner, Arc<Metrics>),
    ) -> Self {
        Self {
            reader,
            stop: Arc::clone(&owner.stop),
            term: owner.term,
            expected: Arc::clone(&owner.expected),
            formats,
            metrics,
            pace,
            until_save: Box::pin(sleep(pace.save_every)),
            saving,
            saved_sequence: cut.sequence,
            cut,
            is_saved,
            stopped: false,
        }
    }

    /// What comes next; `None` once it was told to stop and all is saved. May be dropped at any time without loss.
    ///
    /// # Errors
    /// When the log is not the one that was read before, or refuses.
    pub async fn next(&mut self) -> Result<Option<Input>> {
        if !self.is_saved {
            self.is_saved = true;
            return Ok(Some(self.save()));
        }
        if self.cut.hash == 0 {
            self.wait_for_the_keeper().await;
        }
        while !self.stopped {
            self.stopped = self.stop.load(Ordering::Relaxed);
            let due = self.stopped || self.until_save.as_mut().now_or_never().is_some();
            if due && self.cut.sequence > self.saved_sequence {
                if self.stopped {
                    self.wait_for_the_keeper().await;
                }
                if !self.saving.is_underway() {
                    return Ok(Some(self.save()));
                }
            }
            if self.stopped {
                break;
            }
            let messages = self.reader.next(self.pace.batch_messages_max, WAIT).await;
            let messages = messages.context("the log cannot be read")?;
            self.expected.check(&messages)?;
            let formats = Arc::clone(&self.formats.0.formats);
            self.pass_control(&messages)?;
            if let Some(last) = messages.last() {
                self.cut.sequence = last.position.sequence;
                self.cut.hash = Message::hash(last);
                Metrics::add(&self.metrics.messages, messages.len());
                return Ok(Some(Input::Messages(messages, formats)));
            }
        }
        Ok(None)
    }

    /// Stops us when another engine has taken over, and learns by which formats what comes after is read.
    fn pass_control(&mut self, messages: &[Message]) -> Result<(), LogError> {
        for message in messages.iter().filter(|message| message.position.partition.is_none()) {
            let message_number = message.position.sequence;
            match Control::parse(&message.payload) {
                Ok(Control::Engine { name, term, who }) => {
                    let term = Term {
                        number: term,
                        message: message_number,
                        who,
                    };
                    if term > self.term {
                        return Err(LogError::Superseded { term, found: name });
                    }
                }
                Ok(Control::Formats(files)) => {
                    // What is wrong with them tells whoever decodes the message.
                    if let Ok(set) = FormatSet::compile(files) {
                        self.formats.1.switched(&set, message_number);
                        self.formats.0 = set;
                    }
                }
                Ok(Control::Tick(_) | Control::Rules(_)) | Err(_) => {}
            }
        }
        Ok(())
    }

    fn save(&mut self) -> Input {
        self.saved_sequence = self.cut.sequence;
        self.until_save = Box::pin(sleep(self.pace.save_every));
        Input::Save(self.saving.begin(self.cut.clone()), Arc::clone(&self.formats.0.files))
    }

    /// What is being saved always ends: it is on disk, or it failed, or whoever should write it is gone.
    async fn wait_for_the_keeper(&self) {
        while self.saving.is_underway() {
            sleep(WAIT / 10).await;
        }
    }
}
