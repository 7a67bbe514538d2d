//! The lease: the engine at work says so again and again in the bucket MILEPOST, and an engine in standby looks there.
//!
//! It is a hint, and no output rests on it: which of two engines is in charge says the log. It is there so that the second
//! one waits. No clock is compared: whoever waits counts how often it has looked and seen nothing new.

use super::NatsLog;
use super::connection::{Connection, millis, with_source};
use crate::log::LogError;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind, KeyValueErrorKind};
use async_nats::jetstream::kv::{self, Operation, Store, UpdateErrorKind};
use bytes::Bytes;
use milepost_model::Timestamp;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

pub(super) const BUCKET: &str = "MILEPOST";
const KEY: &str = "engine";

/// Where leases are told: the bucket MILEPOST of the server.
#[derive(Clone)]
pub struct Leases {
    connection: Arc<Connection>,
    store: Store,
}

/// The engine that was at work when it last said so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holder {
    /// How people call it.
    pub engine: String,
    /// How often it says that it is there.
    pub every: Duration,
    /// When it last did, by the server's clock.
    pub told: Timestamp,
    token: String,
    /// Another each time that it says so.
    revision: u64,
}

/// A lease that is held. Dropping it leaves it to be taken over by whoever waits long enough.
pub struct Lease {
    leases: Leases,
    said: Said,
    revision: u64,
}

/// What stands in the bucket.
#[derive(Clone, Serialize, Deserialize)]
struct Said {
    engine: String,
    /// Tells this start of an engine from every other.
    token: String,
    every_ms: u64,
}

impl Leases {
    /// The leases of a log; `None` where the server has no bucket for them.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn open(log: &NatsLog) -> Result<Option<Self>, LogError> {
        let connection = Arc::clone(&log.connection);
        match connection.context.get_key_value(BUCKET).await {
            Ok(store) => Ok(Some(Self { connection, store })),
            Err(error) if error.kind() == KeyValueErrorKind::GetBucket && is_missing(&error) => Ok(None),
            Err(error) => Err(connection.unreachable("looking for the bucket MILEPOST", with_source(&error))),
        }
    }

    /// Who is at work, as far as it is said.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn holder(&self) -> Result<Option<Holder>, LogError> {
        let entry = self.connection.ask(|| self.store.entry(KEY)).await;
        let entry = entry.map_err(|error| {
            let why = with_source(&error);
            self.connection.unreachable("looking who is at work", why)
        })?;
        let Some(entry) = entry.filter(|entry| entry.operation == Operation::Put) else {
            return Ok(None);
        };
        // What somebody else has written there holds nobody up for longer than an engine that is gone.
        let said: Said = serde_json::from_slice(&entry.value).unwrap_or_else(|_| Said {
            engine: "something that is no engine".to_owned(),
            token: String::new(),
            every_ms: 1_000,
        });
        Ok(Some(Holder {
            engine: said.engine,
            every: Duration::from_millis(said.every_ms.clamp(1, 60_000)),
            told: millis(entry.created.unix_timestamp_nanos()),
            token: said.token,
            revision: entry.revision,
        }))
    }

    /// Takes the lease where nobody has it, or from whom it was seen with; `None` when somebody else was quicker, or that
    /// one has said that it is there. `engine` is how people call the taker, which will say every `every` that it is there.
    ///
    /// # Errors
    /// When the server cannot be asked, or refuses.
    pub async fn take(&self, over: Option<&Holder>, engine: &str, every: Duration) -> Result<Option<Lease>, LogError> {
        let said = self.words_of(engine, every);
        let taken = match over {
            Some(holder) => self
                .store
                .update(KEY, said.bytes(), holder.revision)
                .await
                .map_err(kv::CreateError::from),
            None => self.store.create(KEY, said.bytes()).await,
        };
        match taken {
            Ok(revision) => Ok(Some(self.lease(said, revision))),
            Err(error) if error.kind() == kv::CreateErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(self.connection.unreachable("taking the lease", with_source(&error))),
        }
    }

    /// Takes the lease, whoever has it.
    ///
    /// # Errors
    /// When the server cannot be asked, or refuses.
    pub async fn seize(&self, engine: &str, every: Duration) -> Result<Lease, LogError> {
        let said = self.words_of(engine, every);
        match self.store.put(KEY, said.bytes()).await {
            Ok(revision) => Ok(self.lease(said, revision)),
            Err(error) => Err(self.connection.unreachable("taking the lease", with_source(&error))),
        }
    }

    fn words_of(&self, engine: &str, every: Duration) -> Said {
        Said {
            engine: engine.to_owned(),
            token: self.connection.unique(),
            every_ms: u64::try_from(every.as_millis()).unwrap_or(u64::MAX),
        }
    }

    fn lease(&self, said: Said, revision: u64) -> Lease {
        Lease {
            leases: self.clone(),
            said,
            revision,
        }
    }
}

impl Lease {
    /// Says that its holder is there; false when somebody else has taken it.
    ///
    /// # Errors
    /// When the server cannot be asked, or refuses; to be tried again.
    pub async fn renew(&mut self) -> Result<bool, LogError> {
        let (store, connection) = (&self.leases.store, &self.leases.connection);
        match store.update(KEY, self.said.bytes(), self.revision).await {
            Ok(revision) => {
                self.revision = revision;
                Ok(true)
            }
            Err(error) if error.kind() == UpdateErrorKind::WrongLastRevision => {
                // The answer to the time before may have been lost, or somebody may have removed the key.
                match self.leases.holder().await? {
                    Some(holder) if holder.token == self.said.token => {
                        self.revision = holder.revision;
                        Ok(true)
                    }
                    Some(_) => Ok(false),
                    None => {
                        let (engine, every) = (&self.said.engine, Duration::from_millis(self.said.every_ms));
                        let taken = self.leases.take(None, engine, every).await?;
                        let is_taken = taken.is_some();
                        if let Some(taken) = taken {
                            *self = taken;
                        }
                        Ok(is_taken)
                    }
                }
            }
            Err(error) => Err(connection.unreachable("saying that this engine is at work", with_source(&error))),
        }
    }

    /// Gives it back, so that nobody has to wait.
    ///
    /// # Errors
    /// When the server cannot be asked; then it is as if it had been dropped.
    pub async fn release(self) -> Result<(), LogError> {
        let (store, connection) = (&self.leases.store, &self.leases.connection);
        let released = store.delete_expect_revision(KEY, Some(self.revision)).await;
        released.map_err(|error| connection.unreachable("giving the lease back", with_source(&error)))
    }
}

impl Said {
    fn bytes(&self) -> Bytes {
        serde_json::to_vec(self).unwrap_or_default().into()
    }
}

fn is_missing(error: &(dyn Error + 'static)) -> bool {
    let stream = error
        .source()
        .and_then(|source| source.downcast_ref::<GetStreamError>());
    stream.is_some_and(|error| match error.kind() {
        GetStreamErrorKind::JetStream(error) => error.error_code() == ErrorCode::STREAM_NOT_FOUND,
        GetStreamErrorKind::Request | GetStreamErrorKind::EmptyName | GetStreamErrorKind::InvalidStreamName => false,
    })
}
