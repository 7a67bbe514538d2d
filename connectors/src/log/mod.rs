//! The log in and the jobs out: one trait, and three that hold it: a NATS server, an embedded store, a simulated one.
//!
//! The log is one totally ordered sequence of messages, numbered from 1. Scans stand on 64 shares, ticks and rule sets
//! on the control subject; who reads, reads all of them in order and acknowledges nothing: the place to go on from
//! stands in the reader's own snapshot. What the engine decides goes out to two more streams, jobs and rejects. Each
//! message there names the input that it rests on, so the engine reads back from the stream itself how far it had come.

mod any;
mod control;
mod cut;
mod embedded;
mod error;
mod lineage;
mod message;
mod nats;
mod settings;
mod simulated;

pub use any::{AnyLog, AnyReader};
pub use control::Control;
pub use cut::{Cut, OutletCut, Reread, verify_cause, verify_cut};
pub use embedded::{EmbeddedLog, EmbeddedReader};
pub use error::LogError;
pub use lineage::{Lineage, Term};
pub use message::{
    Append, CLOUD_EVENT, Destination, Ends, HighWater, Message, Outgoing, Outlet, Publication, Published, Room, Stored,
    StreamState, Unpublished, parse_position,
};
pub use nats::{Causes, Counter, Holder, Lease, Leases, NatsLog, NatsReader, Sent, Yardstick};
pub use settings::{LogSettings, LogUrl};
pub use simulated::{Faults, SimulatedLog, SimulatedReader};

use milepost_model::Timestamp;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// The most bytes of payload in one batch of messages, but for a message that alone is larger.
pub const BATCH_BYTES_MAX: usize = 8 << 20;

/// Items of one publication at most: what is decided meanwhile goes with the next.
pub const PUBLICATION_ITEMS_MAX: usize = 8192;

/// The durable stream of scans, and the two streams that the engine writes.
///
/// A clone is another handle on the same log.
pub trait Log: Clone + Send + Sync + 'static {
    /// Reads this log.
    type Reader: LogReader;

    /// What the log of scans holds just now, and which one it is.
    fn state(&self) -> impl Future<Output = Result<StreamState, LogError>> + Send;

    /// [`Message::hash`] of a message of the log; `None` when it is not there (yet, or any more).
    fn message_hash(&self, sequence: u64) -> impl Future<Output = Result<Option<u64>, LogError>> + Send;

    /// A reader whose first message is the one numbered `from`, or the first after it that still exists: messages
    /// that an operator deleted one by one leave holes.
    ///
    /// `from` may be one more than the last message; 0 reads as 1.
    ///
    /// # Errors
    /// [`LogError::StreamGap`] when the log has dropped `from` by its limits, [`LogError::StreamRegressed`] when it
    /// ends before `from - 1`.
    fn read(&self, from: u64) -> impl Future<Output = Result<Self::Reader, LogError>> + Send;

    /// Adds messages to the log of scans, in order, and returns their sequence numbers once the log has them.
    ///
    /// An embedded log stamps them with `now` (never earlier than the message before), a server with its own clock.
    /// After an error a part may have been stored; adding all again is harmless, since a repeated scan changes nothing.
    fn append(&self, now: Timestamp, messages: Vec<Append>) -> impl Future<Output = Result<Vec<u64>, LogError>> + Send;

    /// What a stream of jobs or rejects holds just now, and which one it is.
    fn outlet_state(&self, outlet: Outlet) -> impl Future<Output = Result<StreamState, LogError>> + Send;

    /// How far a share of the jobs or rejects has come, read back from the last message in its stream.
    fn high_water(&self, outlet: Outlet, partition: u8) -> impl Future<Output = Result<HighWater, LogError>> + Send;

    /// How many publications of one stream, each of other shares, may be under way at once with profit.
    fn publications_max(&self) -> usize;

    /// Publishes jobs or rejects, those of each share in order. What a share has is a beginning of what it was to get, whatever happens.
    ///
    /// # Errors
    /// [`LogError::Fenced`] when a share does not end where `publication.ends` says: somebody else has published
    /// there, and this share took nothing more; others may have taken theirs. After any other error read
    /// [`Log::high_water`] again before publishing: what was sent may have been stored although no answer came back.
    fn publish(
        &self,
        now: Timestamp,
        publication: Arc<Publication>,
    ) -> impl Future<Output = Result<Stored, Box<Unpublished>>> + Send;

    /// Reads back at most `max` published jobs or rejects of all shares, from a sequence number of their stream on.
    /// Fewer than `max`, though not the end, when [`BATCH_BYTES_MAX`] is reached; empty at the end.
    fn published(
        &self,
        outlet: Outlet,
        from: u64,
        max: usize,
    ) -> impl Future<Output = Result<Vec<Published>, LogError>> + Send;
}

/// Reads the log in total order, every message once.
pub trait LogReader: Send + 'static {
    /// The next messages, at most `max` of them and [`BATCH_BYTES_MAX`] bytes; empty when none came within `wait`.
    ///
    /// The future may be dropped at any time: no message is lost. A server that cannot be reached is waited for, and when
    /// it is back, finding out whether the log is still the same may take longer than `wait`; another one is refused.
    fn next(&mut self, max: usize, wait: Duration) -> impl Future<Output = Result<Vec<Message>, LogError>> + Send;
}
