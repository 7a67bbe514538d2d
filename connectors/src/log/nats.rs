//! The log on a NATS server with JetStream: streams SCANS, JOBS and REJECTS.
//!
//! Scans are pulled in large batches without acknowledgement ([`reader`], [`pull`]). Jobs go out one by one, of each share
//! one at a time and of all shares at once; each says where its share must end. What the streams must be stands in
//! [`streams`].
//!
//! An atomic batch would be stored whole or not at all, and it costs: nats-server 2.15.1 makes a store on disk for every
//! batch, so that 10 jobs take 2 ms of its processor and 8 to 15 ms of time, and 1,000 jobs 9 us each; one by one a job
//! takes 6 us and 0.2 ms. Nothing rests on a publication being whole: every share tells for itself how far it has come.

mod connection;
mod inbox;
mod lease;
mod outbox;
mod pull;
mod reader;
mod reply;
mod streams;
mod yardstick;

use super::{
    Append, Destination, HighWater, Log, LogError, LogSettings, Message, Outlet, Publication, Published, Room, Stored,
    StreamState, Unpublished,
};
use async_nats::HeaderName;
use async_nats::jetstream::context::PublishAckFuture;
use async_nats::jetstream::message::{PublishMessage, StreamMessage};
use connection::{Connection, is_absent};
pub use lease::{Holder, Lease, Leases};
use milepost_model::{PARTITIONS, Position, Timestamp};
pub use reader::NatsReader;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::watch;
pub use yardstick::{Causes, Counter, Sent, Yardstick};

const FORMAT: &str = "Milepost-Format";

/// What a job rests on.
const POSITION: HeaderName = HeaderName::from_static("Milepost-Position");

/// Appends that wait for their answer at the same time.
const UNANSWERED_MAX: usize = 4096;

/// What headers of ours take at most.
const HEADERS_BYTES: usize = 1024;

/// The log on a NATS server.
#[derive(Clone)]
pub struct NatsLog {
    connection: Arc<Connection>,
}

impl NatsLog {
    /// Connects, and sees that the streams are there and as they must be; creates those that are missing if allowed.
    ///
    /// # Errors
    /// [`LogError::Unreachable`], or [`LogError::NotReady`] with a sentence for each thing that is missing.
    pub async fn connect(settings: &LogSettings) -> Result<Self, LogError> {
        let connection = Connection::open(settings).await?;
        streams::make_ready(&connection, settings).await?;
        Ok(Self {
            connection: Arc::new(connection),
        })
    }

    /// How near the streams are to the limits that they have.
    pub(super) async fn room(&self) -> Result<Vec<Room>, LogError> {
        let mut room = Vec::new();
        for stream in ["SCANS", "JOBS", "REJECTS"] {
            room.extend(streams::room(&self.connection.stream_info(stream).await?));
        }
        Ok(room)
    }

    /// The largest payload that the server takes, with room for our headers: they count as well.
    pub(super) fn message_bytes_max(&self) -> usize {
        self.connection
            .client
            .server_info()
            .max_payload
            .saturating_sub(HEADERS_BYTES)
    }

    /// Whether the server can be reached just now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connection.is_connected()
    }
}

impl Log for NatsLog {
    type Reader = NatsReader;

    async fn state(&self) -> Result<StreamState, LogError> {
        self.connection.stream_state("SCANS").await
    }

    async fn message_hash(&self, sequence: u64) -> Result<Option<u64>, LogError> {
        let stream = self.connection.stream("SCANS").await?;
        match self.connection.ask(|| stream.get_raw_message(sequence)).await {
            Ok(raw) => Ok(Some(from_raw(raw).hash())),
            Err(error) if is_absent(&error.kind()) => Ok(None),
            Err(error) => Err(self.connection.raw_trouble("reading the message at the cut", &error)),
        }
    }

    async fn read(&self, from: u64) -> Result<NatsReader, LogError> {
        NatsReader::start(self.clone(), from).await
    }

    async fn append(&self, _now: Timestamp, messages: Vec<Append>) -> Result<Vec<u64>, LogError> {
        let mut connections = self.connection.watch_connection();
        let mut sequences = Vec::with_capacity(messages.len());
        let mut unanswered: VecDeque<PublishAckFuture> = VecDeque::new();
        for message in messages {
            if unanswered.len() >= UNANSWERED_MAX {
                self.take_answer(&mut unanswered, &mut connections, &mut sequences)
                    .await?;
            }
            let sent = self
                .connection
                .context
                .send_publish(subject(&message.to), publish_message(message))
                .await;
            unanswered.push_back(sent.map_err(|error| self.connection.publish_trouble("adding to the log", &error))?);
        }
        while !unanswered.is_empty() {
            self.take_answer(&mut unanswered, &mut connections, &mut sequences)
                .await?;
        }
        Ok(sequences)
    }

    async fn outlet_state(&self, outlet: Outlet) -> Result<StreamState, LogError> {
        self.connection.stream_state(outlet.stream()).await
    }

    async fn high_water(&self, outlet: Outlet, partition: u8) -> Result<HighWater, LogError> {
        outbox::high_water(&self.connection, outlet, partition).await
    }

    fn publications_max(&self) -> usize {
        usize::from(PARTITIONS)
    }

    async fn publish(&self, _now: Timestamp, publication: Arc<Publication>) -> Result<Stored, Box<Unpublished>> {
        outbox::publish(&self.connection, &publication).await
    }

    async fn published(&self, outlet: Outlet, from: u64, max: usize) -> Result<Vec<Published>, LogError> {
        outbox::published(&self.connection, outlet, from, max).await
    }
}

impl NatsLog {
    async fn take_answer(
        &self,
        unanswered: &mut VecDeque<PublishAckFuture>,
        connections: &mut watch::Receiver<u64>,
        sequences: &mut Vec<u64>,
    ) -> Result<(), LogError> {
        if let Some(sent) = unanswered.pop_front() {
            let answer = connection::answer(sent, connections).await;
            let answer = answer.map_err(|error| self.connection.publish_trouble("adding to the log", &error))?;
            sequences.push(answer.sequence);
        }
        Ok(())
    }
}

fn subject(to: &Destination) -> String {
    match to {
        Destination::Partition(partition) => format!("scan.{partition}"),
        Destination::Number(number) => format!("ingest.{number}"),
        Destination::Control => "scan.control".to_owned(),
    }
}

fn publish_message(message: Append) -> PublishMessage {
    let publish = PublishMessage::build().payload(message.payload);
    match message.format {
        Some(format) => publish.header(FORMAT, &*format),
        None => publish,
    }
}

fn from_raw(raw: StreamMessage) -> Message {
    Message {
        position: Position {
            partition: partition_of(&raw.subject),
            sequence: raw.sequence,
        },
        timestamp: connection::millis(raw.time.unix_timestamp_nanos()),
        format: format_of(&raw.headers),
        payload: raw.payload,
    }
}

/// The share of a subject `scan.17`. One that is no share, such as `scan.64`, is read like `scan.control`: what stands
/// there is refused by whoever reads it, and never stops the stream.
fn partition_of(subject: &str) -> Option<u8> {
    super::message::parse_share(subject.strip_prefix("scan.")?).flatten()
}

/// The format that the producer named, or CloudEvents where the content type does. A CloudEvent in binary mode has its
/// data as payload, so it is read as what that is.
fn format_of(headers: &async_nats::HeaderMap) -> Option<Box<str>> {
    if let Some(format) = headers.get(FORMAT) {
        return Some(format.as_str().into());
    }
    let content_type = headers.get("Content-Type").or_else(|| headers.get("content-type"))?;
    content_type
        .as_str()
        .starts_with("application/cloudevents")
        .then(|| super::CLOUD_EVENT.into())
}

fn unreadable(stream: &str, sequence: u64, what: &str) -> LogError {
    LogError::Unreadable {
        stream: stream.to_owned(),
        sequence,
        what: what.to_owned(),
    }
}
