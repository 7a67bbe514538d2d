//! The connection to the server, and its troubles in our words.

use crate::log::{LogError, LogSettings};
use async_nats::connection::State;
use async_nats::jetstream::context::{ContextBuilder, GetStreamErrorKind, PublishError, PublishErrorKind};
use async_nats::jetstream::stream::{Info, LastRawMessageErrorKind, RawMessageError, Stream};
use async_nats::jetstream::{self, Context, ErrorCode};
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use milepost_model::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// What a subscription holds before the client drops messages: more than two pulls of the largest batch.
const SUBSCRIPTION_MAX: usize = 64 * 1024;

/// A connection; a clone is the same one.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) context: Context,
    pub(super) url: Arc<str>,
    /// How operators see our consumers.
    pub(super) name: Arc<str>,
    /// Changes when subscriptions may have missed something: a reconnection, or messages dropped by the client.
    pub(super) breaks: watch::Receiver<u64>,
}

impl Connection {
    pub(super) async fn open(settings: &LogSettings) -> Result<Self, LogError> {
        let url = settings.shown_url();
        let unreachable =
            |why: String| LogError::Unreachable { url: url.clone(), during: "connecting".to_owned(), why };
        let servers: Result<Vec<ServerAddr>, _> = settings.url.split(',').map(|server| server.trim().parse()).collect();
        let servers =
            servers.map_err(|error: std::io::Error| LogError::BadUrl { url: url.clone(), why: error.to_string() })?;
        let (break_sender, breaks) = watch::channel(0_u64);
        let mut options = ConnectOptions::new()
            .name(&settings.name)
            .subscription_capacity(SUBSCRIPTION_MAX)
            .ping_interval(Duration::from_secs(10))
            .max_reconnects(None)
            .event_callback(move |event| {
                if matches!(event, Event::Connected | Event::SlowConsumer(_)) {
                    break_sender.send_modify(|breaks| *breaks += 1);
                }
                std::future::ready(())
            });
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
        let client = options.connect(servers).await.map_err(|error| unreachable(with_source(&error)))?;
        let context = ContextBuilder::new()
            .timeout(Duration::from_secs(5))
            .max_ack_inflight(2 * super::UNANSWERED_MAX)
            .backpressure_on_inflight(true)
            .build(client.clone());
        Ok(Self { client, context, url: url.as_str().into(), name: settings.name.as_str().into(), breaks })
    }

    pub(super) fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
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

    /// The stream as it is now.
    pub(super) async fn stream_info(&self, name: &str) -> Result<Info, LogError> {
        let during = format!("asking for the state of stream {name}");
        let stream = self.context.get_stream(name).await.map_err(|error| match error.kind() {
            GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                LogError::NotReady { url: self.url.to_string(), missing: vec![format!("stream {name} does not exist")] }
            }
            GetStreamErrorKind::JetStream(error) => self.from_server(&during, &error),
            GetStreamErrorKind::Request | GetStreamErrorKind::EmptyName | GetStreamErrorKind::InvalidStreamName => {
                self.unreachable(&during, with_source(&error))
            }
        })?;
        Ok(stream.cached_info().clone())
    }

    pub(super) fn unreachable(&self, during: &str, why: String) -> LogError {
        LogError::Unreachable { url: self.url.to_string(), during: during.to_owned(), why }
    }

    pub(super) fn refused(&self, during: &str, why: String) -> LogError {
        LogError::Refused { place: self.url.to_string(), during: during.to_owned(), why }
    }

    /// What the server says: 503 passes by itself (no leader yet), the rest does not.
    pub(super) fn from_server(&self, during: &str, error: &jetstream::Error) -> LogError {
        if error.code() == 503 || error.error_code() == ErrorCode::STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_NOT_READY {
            return self.unreachable(during, error.to_string());
        }
        self.refused(during, error.to_string())
    }

    pub(super) fn raw_trouble(&self, during: &str, error: &RawMessageError) -> LogError {
        match error.kind() {
            LastRawMessageErrorKind::JetStream(error) => self.from_server(during, &error),
            LastRawMessageErrorKind::NoMessageFound
            | LastRawMessageErrorKind::InvalidSubject
            | LastRawMessageErrorKind::Other => self.unreachable(during, with_source(error)),
        }
    }

    pub(super) fn publish_trouble(&self, during: &str, error: &PublishError) -> LogError {
        if let Some(error) = server_error(error) {
            return self.from_server(during, error);
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
