//! The connection to the server, and its troubles in our words.

use super::inbox::Inboxes;
use crate::log::{LogError, LogSettings, StreamState};
use async_nats::connection::State;
use async_nats::jetstream::context::{
    ContextBuilder, GetStreamErrorKind, PublishAckFuture, PublishError, PublishErrorKind,
};
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::stream::{Info, LastRawMessageErrorKind, RawMessageError, Stream};
use async_nats::jetstream::{self, Context, ErrorCode};
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use milepost_model::Timestamp;
use std::future::Future;
use std::time::Duration;
use tokio::sync::watch;

/// What a subscription holds before the client drops messages: more than two pulls of the largest batch.
const SUBSCRIPTION_MAX: usize = 64 * 1024;

/// How long to wait for an answer of the server.
pub(super) const ANSWER_WAIT: Duration = Duration::from_secs(5);

/// A connection.
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) context: Context,
    pub(super) url: String,
    /// How operators see our consumers.
    pub(super) name: String,
    /// Changes when subscriptions may have missed something: a reconnection, or messages dropped by the client.
    pub(super) breaks: watch::Receiver<u64>,
    pub(super) inboxes: Inboxes,
    /// Changes with each new connection: an answer on the one before will not come.
    connections: watch::Receiver<u64>,
}

impl Connection {
    pub(super) async fn open(settings: &LogSettings) -> Result<Self, LogError> {
        let url = settings.shown_url();
        let unreachable = |why: String| LogError::Unreachable {
            url: url.clone(),
            during: "connecting".to_owned(),
            why,
        };
        let servers = addresses(&url, &url)?;
        let (break_sender, breaks) = watch::channel(0_u64);
        let (connection_sender, mut connections) = watch::channel(0_u64);
        let mut options = ConnectOptions::new()
            .name(&settings.name)
            .custom_inbox_prefix(format!("_INBOX_{}", settings.name))
            .subscription_capacity(SUBSCRIPTION_MAX)
            .ping_interval(Duration::from_secs(10))
            .max_reconnects(None)
            .event_callback(move |event| {
                if matches!(event, Event::Connected | Event::SlowConsumer(_)) {
                    break_sender.send_modify(|breaks| *breaks += 1);
                }
                if matches!(event, Event::Connected) {
                    connection_sender.send_modify(|connections| *connections += 1);
                }
                std::future::ready(())
            });
        // The client itself passes over what an address says before its host.
        let named = addresses(&settings.url, &url)?;
        if let Some((user, password)) = named.iter().find_map(|server| server.username().zip(server.password())) {
            options = options.user_and_password(decoded(user), decoded(password));
        }
        if let Some(file) = &settings.credentials {
            let shown = file.display();
            options = options
                .credentials_file(file)
                .await
                .map_err(|error| unreachable(format!("credentials {shown}: {error}")))?;
        }
        if let Some(file) = &settings.certificates {
            options = options.add_root_certificates(file.clone());
        }
        let client = options
            .connect(servers)
            .await
            .map_err(|error| unreachable(with_source(&error)))?;
        // The news of this first connection travels by itself; arriving later, it would look like a second one.
        let told = tokio::time::timeout(ANSWER_WAIT, connections.wait_for(|connections| *connections > 0)).await;
        drop(told);
        let context = ContextBuilder::new()
            .timeout(ANSWER_WAIT)
            .max_ack_inflight(2 * super::UNANSWERED_MAX)
            .backpressure_on_inflight(true)
            .build(client.clone());
        let name = settings.name.clone();
        Ok(Self {
            client,
            context,
            url,
            name,
            breaks,
            inboxes: Inboxes::default(),
            connections,
        })
    }

    pub(super) fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// To be taken before publishing: changes when the connection that was published on has broken.
    pub(super) fn watch_connection(&self) -> watch::Receiver<u64> {
        let mut connections = self.connections.clone();
        connections.mark_unchanged();
        connections
    }

    /// A token that nobody else has.
    pub(super) fn unique(&self) -> String {
        let inbox = self.client.new_inbox();
        inbox.rsplit('.').next().unwrap_or_default().to_owned()
    }

    pub(super) async fn stream(&self, name: &str) -> Result<Stream<()>, LogError> {
        let stream = self.context.get_stream_no_info(name).await;
        stream.map_err(|error| self.unreachable(&format!("looking for stream {name}"), with_source(&error)))
    }

    /// Asks a question, again when the connection broke under it: the answer to the first would not come.
    pub(super) async fn ask<T, F: Future<Output = T>>(&self, question: impl Fn() -> F) -> T {
        loop {
            let mut connections = self.watch_connection();
            tokio::select! {
                biased;
                answer = question() => return answer,
                _changed = connections.changed() => {}
            }
        }
    }

    /// Which stream it is, and what it holds.
    pub(super) async fn stream_state(&self, name: &str) -> Result<StreamState, LogError> {
        let info = self.stream_info(name).await?;
        Ok(StreamState {
            name: info.config.name,
            created: millis(info.created.unix_timestamp_nanos()),
            // An empty stream says 0 before its first message, and one more than its last after a purge.
            first_sequence: info.state.first_sequence.max(1),
            last_sequence: info.state.last_sequence,
        })
    }

    /// The stream as it is now.
    pub(super) async fn stream_info(&self, name: &str) -> Result<Info, LogError> {
        let during = format!("asking for the state of stream {name}");
        let stream = self
            .ask(|| self.context.get_stream(name))
            .await
            .map_err(|error| match error.kind() {
                GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                    LogError::NotReady {
                        url: self.url.clone(),
                        missing: vec![format!("stream {name} does not exist")],
                    }
                }
                GetStreamErrorKind::JetStream(error) => self.server_said(&during, &error),
                GetStreamErrorKind::Request | GetStreamErrorKind::EmptyName | GetStreamErrorKind::InvalidStreamName => {
                    self.unreachable(&during, with_source(&error))
                }
            })?;
        Ok(stream.cached_info().clone())
    }

    pub(super) fn unreachable(&self, during: &str, why: String) -> LogError {
        LogError::Unreachable {
            url: self.url.clone(),
            during: during.to_owned(),
            why,
        }
    }

    pub(super) fn refused(&self, during: &str, why: String) -> LogError {
        LogError::Refused {
            place: self.url.clone(),
            during: during.to_owned(),
            why,
        }
    }

    /// What the server says: 503 passes by itself (no leader yet), unless a stream is full; the rest does not.
    pub(super) fn server_said(&self, during: &str, error: &jetstream::Error) -> LogError {
        let is_full = error.error_code() == ErrorCode::STREAM_STORE_FAILED;
        if (error.code() == 503 && !is_full)
            || error.error_code() == ErrorCode::STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_NOT_READY
        {
            return self.unreachable(during, error.to_string());
        }
        self.refused(during, error.to_string())
    }

    pub(super) fn raw_trouble(&self, during: &str, error: &RawMessageError) -> LogError {
        match error.kind() {
            LastRawMessageErrorKind::JetStream(error) => self.server_said(during, &error),
            LastRawMessageErrorKind::NoMessageFound
            | LastRawMessageErrorKind::InvalidSubject
            | LastRawMessageErrorKind::Other => self.unreachable(during, with_source(error)),
        }
    }

    pub(super) fn publish_trouble(&self, during: &str, error: &PublishError) -> LogError {
        if let Some(error) = server_error(error) {
            return self.server_said(during, error);
        }
        match error.kind() {
            PublishErrorKind::StreamNotFound => self.unreachable(during, "no stream takes it just now".to_owned()),
            PublishErrorKind::MaxPayloadExceeded => self.refused(during, with_source(error)),
            PublishErrorKind::WrongLastMessageId
            | PublishErrorKind::WrongLastSequence
            | PublishErrorKind::TimedOut
            | PublishErrorKind::BrokenPipe
            | PublishErrorKind::MaxAckPending
            | PublishErrorKind::Other => self.unreachable(during, with_source(error)),
        }
    }
}

/// The servers of an address; `shown` is how messages show it.
fn addresses(url: &str, shown: &str) -> Result<Vec<ServerAddr>, LogError> {
    let servers = url.split(',').map(|server| server.trim().parse());
    servers
        .collect::<Result<_, _>>()
        .map_err(|error: std::io::Error| LogError::BadUrl {
            url: shown.to_owned(),
            why: error.to_string(),
        })
}

/// A part of an address as it was meant: `%40` is `@`.
fn decoded(part: &str) -> String {
    percent_encoding::percent_decode_str(part)
        .decode_utf8_lossy()
        .into_owned()
}

/// Waits for the answer to a publication, as long as the connection lives that it was sent on.
pub(super) async fn answer(
    sent: PublishAckFuture,
    connections: &mut watch::Receiver<u64>,
) -> Result<PublishAck, PublishError> {
    tokio::select! {
        biased;
        answer = sent.into_future() => answer,
        _changed = connections.changed() => Err(PublishError::new(PublishErrorKind::BrokenPipe)),
    }
}

/// What the server itself said to a publication.
pub(super) fn server_error(error: &PublishError) -> Option<&jetstream::Error> {
    std::error::Error::source(error)?.downcast_ref()
}

/// Whether the message does not exist, as opposed to not being answered about.
pub(super) fn is_absent(kind: &LastRawMessageErrorKind) -> bool {
    match kind {
        LastRawMessageErrorKind::NoMessageFound => true,
        LastRawMessageErrorKind::JetStream(error) => {
            [ErrorCode::NO_MESSAGE_FOUND, ErrorCode::SEQUENCE_NOT_FOUND].contains(&error.error_code())
        }
        LastRawMessageErrorKind::InvalidSubject | LastRawMessageErrorKind::Other => false,
    }
}

/// Server times have nanoseconds; ours have milliseconds, cut off.
pub(super) fn millis(nanos: i128) -> Timestamp {
    Timestamp::from_millis(i64::try_from(nanos.div_euclid(1_000_000)).unwrap_or(i64::MAX))
}

/// An error with its cause, where its own text does not say it.
pub(super) fn with_source(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    match error.source().map(ToString::to_string) {
        Some(source) if !text.contains(&source) => format!("{text}: {source}"),
        _ => text,
    }
}
