//! What `milepost bench` measures against: streams of its own, a consumer that only counts, messages sent one by one.

use super::connection::{Connection, answer, with_source};
use super::pull::{HEARTBEAT, Pull, Pulled};
use super::{NatsLog, POSITION, publish_message, streams, subject};
use crate::log::{Append, LogError, LogSettings, Outlet, parse_position};
use async_nats::jetstream::context::PublishAckFuture;
use std::sync::Arc;
use tokio::sync::watch;

/// Streams made for a measurement, on a server that held none of ours.
#[derive(Clone)]
pub struct Yardstick {
    connection: Arc<Connection>,
    settings: LogSettings,
}

impl Yardstick {
    /// Connects and creates the streams.
    ///
    /// # Errors
    /// [`LogError::Refused`] when one of them exists: what stands in it is somebody's.
    pub async fn begin(settings: &LogSettings) -> Result<Self, LogError> {
        let connection = Connection::open(settings).await?;
        for stream in ["SCANS", "JOBS", "REJECTS"] {
            match connection.stream_info(stream).await {
                Err(LogError::NotReady { .. }) => {}
                Err(error) => return Err(error),
                Ok(_) => {
                    let why = format!(
                        "stream {stream} is there already. A measurement writes its own streams and removes them \
                         afterwards, so it needs a server or an account without them; those of a measurement that was \
                         killed are removed with `nats stream rm`"
                    );
                    return Err(connection.refused("a measurement", why));
                }
            }
        }
        let settings = LogSettings {
            create: true,
            ..settings.clone()
        };
        streams::make_ready(&connection, &settings).await?;
        Ok(Self {
            connection: Arc::new(connection),
            settings,
        })
    }

    /// Removes everything that was published, and with `scans` the log too. The streams are there again afterwards, empty.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn empty(&self, scans: bool) -> Result<(), LogError> {
        self.remove(scans).await?;
        streams::make_ready(&self.connection, &self.settings).await
    }

    /// Removes the streams.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn end(self) -> Result<(), LogError> {
        self.remove(true).await
    }

    async fn remove(&self, scans: bool) -> Result<(), LogError> {
        let scans = scans.then_some("SCANS");
        for stream in ["JOBS", "REJECTS"].into_iter().chain(scans) {
            let removed = self.connection.context.delete_stream(stream).await;
            let during = format!("removing stream {stream}");
            removed.map_err(|error| self.connection.refused(&during, with_source(&error)))?;
        }
        Ok(())
    }

    /// The streams as the engine sees them.
    #[must_use]
    pub fn log(&self) -> NatsLog {
        NatsLog {
            connection: Arc::clone(&self.connection),
        }
    }

    /// A consumer of all scans that only counts them.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn counter(&self) -> Result<Counter, LogError> {
        let pull = Pull::start(&self.connection, "SCANS", 1).await?;
        Ok(Counter { pull })
    }

    /// A reader of jobs from the first one on, which says only what each rests on.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn jobs(&self) -> Result<Causes, LogError> {
        let pull = Pull::start(&self.connection, Outlet::Jobs.stream(), 1).await?;
        Ok(Causes { pull })
    }

    /// Sends a message and does not wait until it is stored.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn send(&self, message: Append) -> Result<Sent, LogError> {
        let connections = self.connection.watch_connection();
        let context = &self.connection.context;
        let sent = context
            .send_publish(subject(&message.to), publish_message(message))
            .await;
        Ok(Sent {
            sent: sent.map_err(|error| self.connection.publish_trouble("sending", &error))?,
            connections,
            connection: Arc::clone(&self.connection),
        })
    }
}

/// A message on its way.
pub struct Sent {
    sent: PublishAckFuture,
    connections: watch::Receiver<u64>,
    connection: Arc<Connection>,
}

impl Sent {
    /// Waits until the log has it; its sequence number.
    ///
    /// # Errors
    /// When the server refuses or is gone.
    pub async fn stored(mut self) -> Result<u64, LogError> {
        let stored = answer(self.sent, &mut self.connections).await;
        let stored = stored.map_err(|error| self.connection.publish_trouble("sending", &error))?;
        Ok(stored.sequence)
    }
}

/// Counts messages.
pub struct Counter {
    pull: Pull,
}

impl Counter {
    /// Takes so many messages from the server, looking at none.
    ///
    /// # Errors
    /// When the connection breaks: what was measured then is worth nothing.
    pub async fn count(mut self, messages: u64) -> Result<(), LogError> {
        for _ in 0..messages {
            while !self.pull.take_one().await? {}
        }
        Ok(())
    }
}

/// What jobs rest on.
pub struct Causes {
    pull: Pull,
}

impl Causes {
    /// The sequence number of the message that caused the next job, once it stands in its stream.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn next(&mut self) -> Result<u64, LogError> {
        loop {
            self.pull.ask().await?;
            match tokio::time::timeout(2 * HEARTBEAT, self.pull.receive()).await {
                Ok(Pulled::Alive) => {}
                Err(_) | Ok(Pulled::Broken) => return Err(self.pull.broke_off()),
                Ok(Pulled::Message(_, message)) => {
                    let headers = message.headers.unwrap_or_default();
                    let position = headers.get(POSITION).and_then(|text| parse_position(text.as_str()));
                    return Ok(position.map_or(0, |position| position.sequence));
                }
            }
        }
    }
}
