//! Reads SCANS in total order, every message once, through restarts of the server and dropped messages.

use super::connection::millis;
use super::pull::{HEARTBEAT, Pull, Pulled};
use super::{NatsLog, format_of, partition_of};
use crate::log::{BATCH_BYTES_MAX, Cut, Log, LogError, LogReader, Message, verify_cut};
use milepost_model::Position;
use std::time::Duration;
use tokio::sync::watch;

/// Silence after which a consumer counts as lost: the server speaks every [`HEARTBEAT`].
const SILENCE_MAX: Duration = Duration::from_secs(3 * HEARTBEAT.as_secs());

/// The longest pause between two looks at the connection, and before asking a troubled server again.
const PAUSE_MAX: Duration = Duration::from_millis(250);

/// Reads a [`NatsLog`].
pub struct NatsReader {
    log: NatsLog,
    breaks: watch::Receiver<u64>,
    pull: Option<Pull>,
    /// Time waited without a sign of life.
    silent: Duration,
    next: u64,
    /// The last message that was taken, by which the log is known again.
    cut: Cut,
    /// A message after a hole in the numbers, kept until it is known why there is one.
    held: Option<Message>,
    batch: Vec<Message>,
    batch_bytes: usize,
}

impl NatsReader {
    pub(super) async fn start(log: NatsLog, from: u64) -> Result<Self, LogError> {
        let state = log.state().await?;
        let next = state.admit(from)?;
        let hash = if next > state.first_sequence {
            log.message_hash(next - 1).await?
        } else {
            None
        };
        let cut = Cut {
            created: state.created,
            sequence: next - 1,
            // What stood there is gone, by its age or by somebody's hand: the stream is known by its ends alone.
            hash: hash.unwrap_or(0),
        };
        let mut breaks = log.connection.breaks.clone();
        breaks.mark_unchanged();
        let pull = Pull::start(&log.connection, "SCANS", next).await?;
        Ok(Self {
            log,
            breaks,
            pull: Some(pull),
            silent: Duration::ZERO,
            next,
            cut,
            held: None,
            batch: Vec::new(),
            batch_bytes: 0,
        })
    }
}

impl LogReader for NatsReader {
    async fn next(&mut self, max: usize, wait: Duration) -> Result<Vec<Message>, LogError> {
        let mut left = wait;
        loop {
            self.reconnect_if_broken().await?;
            self.settle_hole().await?;
            self.take(max)?;
            if !self.batch.is_empty() {
                return Ok(self.hand_over(max));
            }
            if self.pull.is_some() && self.held.is_some() {
                continue;
            }
            if left.is_zero() {
                return Ok(Vec::new());
            }
            let pause = left.min(PAUSE_MAX);
            left -= self.pause(pause).await?;
        }
    }
}

impl NatsReader {
    /// Starts another consumer at the next message when the last is not to be trusted any more. What a server that is
    /// away gives as error is waited out.
    async fn reconnect_if_broken(&mut self) -> Result<(), LogError> {
        if self.breaks.has_changed().unwrap_or(false) || self.silent >= SILENCE_MAX {
            self.pull = None;
        }
        if self.pull.is_none() && self.log.is_connected() {
            self.breaks.mark_unchanged();
            self.held = None;
            match self.reconnect().await {
                Ok(pull) => self.pull = Some(pull),
                Err(LogError::Unreachable { .. }) => {}
                Err(error) => return Err(error),
            }
            self.silent = Duration::ZERO;
        }
        let Some(pull) = &mut self.pull else {
            return Ok(());
        };
        match pull.ask().await {
            Ok(()) | Err(LogError::Unreachable { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn reconnect(&self) -> Result<Pull, LogError> {
        let known = verify_cut(&self.log, &self.cut).await;
        if let Err(LogError::NotReady { missing, .. }) = known {
            return Err(LogError::StreamRegressed {
                stream: "SCANS".to_owned(),
                sequence: self.next - 1,
                found: missing.join(", "),
            });
        }
        known?;
        self.log.state().await?.admit(self.next)?;
        Pull::start(&self.log.connection, "SCANS", self.next).await
    }

    /// A hole in the numbers is a loss when the stream begins after it, else somebody deleted single messages.
    async fn settle_hole(&mut self) -> Result<(), LogError> {
        if self.held.is_none() {
            return Ok(());
        }
        match self.log.state().await {
            Ok(state) => state.admit(self.next).map(drop)?,
            Err(LogError::Unreachable { .. }) => return Ok(()),
            Err(error) => return Err(error),
        }
        if let Some(message) = self.held.take() {
            self.push(message);
        }
        Ok(())
    }

    /// Takes what is there, up to a full batch or a hole.
    fn take(&mut self, max: usize) -> Result<(), LogError> {
        while self.batch.len() < max && self.batch_bytes < BATCH_BYTES_MAX && self.held.is_none() {
            let Some(pulled) = self.pull.as_mut().and_then(Pull::take) else {
                return Ok(());
            };
            self.accept(pulled)?;
        }
        Ok(())
    }

    fn accept(&mut self, pulled: Pulled) -> Result<(), LogError> {
        self.silent = Duration::ZERO;
        match pulled {
            Pulled::Alive => {}
            Pulled::Broken => self.pull = None,
            Pulled::Message(delivery, message) => {
                let message = Message {
                    position: Position {
                        partition: partition_of(&message.subject),
                        sequence: delivery.sequence,
                    },
                    timestamp: millis(i128::from(delivery.timestamp_ns)),
                    format: message.headers.as_ref().and_then(format_of),
                    // A slice of the client's read buffer, which is full of messages that live as long as this one: all
                    // of them go through the engine together, and nothing of them stays.
                    payload: message.payload,
                };
                if delivery.sequence == self.next {
                    self.push(message);
                } else {
                    self.held = Some(message);
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, message: Message) {
        self.next = message.position.sequence + 1;
        self.batch_bytes += message.payload.len();
        self.batch.push(message);
    }

    fn hand_over(&mut self, max: usize) -> Vec<Message> {
        let rest = self.batch.split_off(max.min(self.batch.len()));
        let batch = std::mem::replace(&mut self.batch, rest);
        self.batch_bytes = self.batch.iter().map(|message| message.payload.len()).sum();
        if let Some(last) = batch.last() {
            self.cut.sequence = last.position.sequence;
            self.cut.hash = last.hash();
        }
        batch
    }

    /// Waits for something to come, at most for `pause`; the time that counts as waited.
    async fn pause(&mut self, pause: Duration) -> Result<Duration, LogError> {
        let Some(pull) = &mut self.pull else {
            tokio::time::sleep(pause).await;
            return Ok(pause);
        };
        let waited = tokio::select! {
            pulled = pull.receive() => Ok(pulled),
            // Only looked at here: whoever waits for a change takes it away.
            () = changed(&self.breaks) => Err(Duration::ZERO),
            () = tokio::time::sleep(pause) => Err(pause),
        };
        match waited {
            Ok(pulled) => {
                // A signal alone does not use up the wait: they come every few seconds at most, unless broken.
                let is_broken = matches!(pulled, Pulled::Broken);
                self.accept(pulled)?;
                Ok(if is_broken { pause } else { Duration::ZERO })
            }
            Err(waited) => {
                self.silent += waited;
                Ok(waited)
            }
        }
    }
}

/// Waits for a change and leaves it to be found.
async fn changed(breaks: &watch::Receiver<u64>) {
    let mut breaks = breaks.clone();
    if breaks.changed().await.is_err() {
        // The client has ended, which cannot be while we hold it.
        std::future::pending::<()>().await;
    }
}
