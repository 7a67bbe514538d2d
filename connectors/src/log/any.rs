//! The log that the settings name. The simulated one is named by tests, not by settings.

use super::{
    Append, EmbeddedLog, EmbeddedReader, HighWater, Leases, Log, LogError, LogReader, LogSettings, LogUrl, Message,
    NatsLog, NatsReader, Outlet, Publication, Published, Room, SimulatedLog, SimulatedReader, Stored, StreamState,
    Unpublished,
};
use crate::carriers::PAYLOAD_BYTES_MAX;
use milepost_model::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// One of the three logs.
#[derive(Clone)]
pub enum AnyLog {
    /// On a NATS server.
    Nats(NatsLog),
    /// On this machine's disk.
    Embedded(EmbeddedLog),
    /// In memory.
    Simulated(SimulatedLog),
}

impl AnyLog {
    /// Opens the log that the settings name. An embedded log that is created here is created at `now`.
    ///
    /// # Errors
    /// What stands in the way, and what to do about it.
    pub async fn open(settings: &LogSettings, now: Timestamp) -> Result<Self, LogError> {
        match settings.parse_url()? {
            LogUrl::Embedded(dir) => Ok(Self::Embedded(EmbeddedLog::open(&dir, now).await?)),
            LogUrl::Nats => Ok(Self::Nats(NatsLog::connect(settings).await?)),
        }
    }

    /// Drops scans below `before` from a log of our own. A server has its own limits, and gives us no right to purge.
    ///
    /// # Errors
    /// [`LogError::Refused`] when the disk refuses.
    pub async fn trim(&self, before: u64) -> Result<(), LogError> {
        match self {
            Self::Nats(_) => {}
            Self::Embedded(log) => log.trim(before).await?,
            Self::Simulated(log) => log.trim(before),
        }
        Ok(())
    }

    /// Where engines say that they are at work; `None` where there is no such place: a log on this machine's disk is open
    /// in one process at a time, and a server may lack the bucket.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn leases(&self) -> Result<Option<Leases>, LogError> {
        match self {
            Self::Nats(log) => Leases::open(log).await,
            Self::Embedded(_) | Self::Simulated(_) => Ok(None),
        }
    }

    /// How near the streams are to limits of their own. A log on this machine's disk has none but the disk.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn room(&self) -> Result<Vec<Room>, LogError> {
        match self {
            Self::Nats(log) => log.room().await,
            Self::Embedded(_) | Self::Simulated(_) => Ok(Vec::new()),
        }
    }

    /// The largest payload of a message. A log on this machine takes whatever is read again.
    #[must_use]
    pub fn message_bytes_max(&self) -> usize {
        match self {
            Self::Nats(log) => log.message_bytes_max(),
            Self::Embedded(_) | Self::Simulated(_) => PAYLOAD_BYTES_MAX,
        }
    }

    /// Whether the log can be reached just now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        match self {
            Self::Nats(log) => log.is_connected(),
            Self::Embedded(_) | Self::Simulated(_) => true,
        }
    }
}

impl Log for AnyLog {
    type Reader = AnyReader;

    async fn state(&self) -> Result<StreamState, LogError> {
        match self {
            Self::Nats(log) => log.state().await,
            Self::Embedded(log) => log.state().await,
            Self::Simulated(log) => log.state().await,
        }
    }

    async fn message_hash(&self, sequence: u64) -> Result<Option<u64>, LogError> {
        match self {
            Self::Nats(log) => log.message_hash(sequence).await,
            Self::Embedded(log) => log.message_hash(sequence).await,
            Self::Simulated(log) => log.message_hash(sequence).await,
        }
    }

    async fn read(&self, from: u64) -> Result<AnyReader, LogError> {
        match self {
            Self::Nats(log) => Ok(AnyReader::Nats(Box::new(log.read(from).await?))),
            Self::Embedded(log) => Ok(AnyReader::Embedded(log.read(from).await?)),
            Self::Simulated(log) => Ok(AnyReader::Simulated(log.read(from).await?)),
        }
    }

    async fn append(&self, now: Timestamp, messages: Vec<Append>) -> Result<Vec<u64>, LogError> {
        match self {
            Self::Nats(log) => log.append(now, messages).await,
            Self::Embedded(log) => log.append(now, messages).await,
            Self::Simulated(log) => log.append(now, messages).await,
        }
    }

    async fn outlet_state(&self, outlet: Outlet) -> Result<StreamState, LogError> {
        match self {
            Self::Nats(log) => log.outlet_state(outlet).await,
            Self::Embedded(log) => log.outlet_state(outlet).await,
            Self::Simulated(log) => log.outlet_state(outlet).await,
        }
    }

    async fn high_water(&self, outlet: Outlet, partition: u8) -> Result<HighWater, LogError> {
        match self {
            Self::Nats(log) => log.high_water(outlet, partition).await,
            Self::Embedded(log) => log.high_water(outlet, partition).await,
            Self::Simulated(log) => log.high_water(outlet, partition).await,
        }
    }

    fn publications_max(&self) -> usize {
        match self {
            Self::Nats(log) => log.publications_max(),
            Self::Embedded(log) => log.publications_max(),
            Self::Simulated(log) => log.publications_max(),
        }
    }

    async fn publish(&self, now: Timestamp, publication: Arc<Publication>) -> Result<Stored, Box<Unpublished>> {
        match self {
            Self::Nats(log) => log.publish(now, publication).await,
            Self::Embedded(log) => log.publish(now, publication).await,
            Self::Simulated(log) => log.publish(now, publication).await,
        }
    }

    async fn published(&self, outlet: Outlet, from: u64, max: usize) -> Result<Vec<Published>, LogError> {
        match self {
            Self::Nats(log) => log.published(outlet, from, max).await,
            Self::Embedded(log) => log.published(outlet, from, max).await,
            Self::Simulated(log) => log.published(outlet, from, max).await,
        }
    }
}

/// Reads one of the three logs.
pub enum AnyReader {
    /// From a NATS server.
    Nats(Box<NatsReader>),
    /// From this machine's disk.
    Embedded(EmbeddedReader),
    /// From memory.
    Simulated(SimulatedReader),
}

impl LogReader for AnyReader {
    async fn next(&mut self, max: usize, wait: Duration) -> Result<Vec<Message>, LogError> {
        match self {
            Self::Nats(reader) => reader.next(max, wait).await,
            Self::Embedded(reader) => reader.next(max, wait).await,
            Self::Simulated(reader) => reader.next(max, wait).await,
        }
    }
}
