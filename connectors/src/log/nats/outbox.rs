//! Jobs and rejects out, fenced by the last sequence of their subject, and read back.

use super::connection::{ANSWER_WAIT, Connection, is_absent, millis, with_source};
use super::inbox::Inbox;
use super::pull::{HEARTBEAT, Pull, Pulled};
use super::{POSITION, unreadable};
use crate::log::{
    BATCH_BYTES_MAX, Ends, HighWater, Lineage, LogError, Outgoing, Outlet, Publication, Published, Stored, Term,
    Unpublished, parse_position,
};
use async_nats::client::PublishErrorKind;
use async_nats::header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::response::Response;
use async_nats::{HeaderMap, HeaderName, Message, StatusCode};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use milepost_model::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const INDEX: HeaderName = HeaderName::from_static("Milepost-Index");
const HASH: HeaderName = HeaderName::from_static("Milepost-Hash");
const LOG: HeaderName = HeaderName::from_static("Milepost-Log");
const TERM: HeaderName = HeaderName::from_static("Milepost-Term");
const BY_ID_AFTER: HeaderName = HeaderName::from_static("Milepost-By-Id-After");
const ID: HeaderName = HeaderName::from_static("Milepost-Id");

/// How often reading back begins again when it broke off, and after which pause: on a cluster a consumer may be known to the node
/// that made it before it is known to ours.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(200);

/// The last message of a share.
pub(super) async fn high_water(connection: &Connection, outlet: Outlet, partition: u8) -> Result<HighWater, LogError> {
    let stream = connection.stream(outlet.stream()).await?;
    let subject = outlet.subject(partition);
    let raw = match connection
        .ask(|| stream.get_last_raw_message_by_subject(&subject))
        .await
    {
        Ok(raw) => raw,
        Err(error) if is_absent(&error.kind()) => return Ok(HighWater::default()),
        Err(error) => return Err(connection.raw_trouble(&format!("reading the end of {subject}"), &error)),
    };
    let item = outgoing((outlet, partition), raw.sequence, &raw.headers, Bytes::new())?;
    Ok(HighWater::at(&Published {
        sequence: raw.sequence,
        timestamp: millis(raw.time.unix_timestamp_nanos()),
        item,
    }))
}

/// Publishes; what is stored afterwards.
pub(super) async fn publish(connection: &Connection, publication: &Publication) -> Result<Stored, Box<Unpublished>> {
    let mut stored = Stored::nothing(publication);
    if publication.items.is_empty() {
        return Ok(stored);
    }
    match store(connection, publication, &mut stored).await {
        Ok(()) => Ok(stored),
        Err(error) => Err(Unpublished::new(stored, error)),
    }
}

/// Stores what it can of every share, and says what stood in the way first.
async fn store(connection: &Connection, publication: &Publication, stored: &mut Stored) -> Result<(), LogError> {
    let outlet = publication.outlet;
    let mut sender = Sender::begin(connection, outlet).await?;
    let mut waiting: BTreeMap<u8, VecDeque<&Outgoing>> = BTreeMap::new();
    for item in &publication.items {
        if let Some(waiting) = waiting.get_mut(&item.partition) {
            waiting.push_back(item);
        } else {
            waiting.insert(item.partition, VecDeque::new());
            sender.send(item, &stored.ends).await?;
        }
    }
    let mut trouble = None;
    while sender.unanswered > 0 {
        let (share, answer) = sender.answer().await?;
        match answer {
            Ok(sequence) => {
                stored.add(share, sequence);
                let next = waiting.get_mut(&share).and_then(VecDeque::pop_front);
                if let (Some(next), None) = (next, &trouble) {
                    sender.send(next, &stored.ends).await?;
                }
            }
            Err(error) => {
                trouble.get_or_insert((share, error));
            }
        }
    }
    sender.end();
    match trouble {
        None => Ok(()),
        Some((share, Refusal::Fenced(said))) => {
            Err(fenced(connection, (outlet, share), stored.ends.of(share), &said).await)
        }
        Some((_, Refusal::Other(error))) => Err(error),
    }
}

/// Why an item was not stored.
enum Refusal {
    /// Its share does not end where it must, as the server says it.
    Fenced(String),
    Other(LogError),
}

/// Sends items and takes the answers. One item of each share is on its way at a time, so that it can say where its share
/// must end: what the answer to the one before has told.
struct Sender<'a> {
    connection: &'a Connection,
    connections: watch::Receiver<u64>,
    outlet: Outlet,
    during: String,
    inbox: Inbox,
    unanswered: usize,
}

impl<'a> Sender<'a> {
    async fn begin(connection: &'a Connection, outlet: Outlet) -> Result<Self, LogError> {
        let during = format!("publishing to {}", outlet.stream());
        let connections = connection.watch_connection();
        let inbox = connection.inboxes.take(&connection.client).await;
        let inbox = inbox.map_err(|error| connection.unreachable(&during, with_source(&error)))?;
        Ok(Self {
            connection,
            connections,
            outlet,
            during,
            inbox,
            unanswered: 0,
        })
    }

    /// All answers have come: the inbox serves the next.
    fn end(self) {
        self.connection.inboxes.leave(self.inbox);
    }

    async fn send(&mut self, item: &Outgoing, ends: &Ends) -> Result<(), LogError> {
        let share = item.partition;
        let mut headers = headers(item);
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, ends.of(share).to_string());
        let (subject, reply) = (self.outlet.subject(share), self.inbox.reply(share));
        let client = &self.connection.client;
        let sent = client
            .publish_with_reply_and_headers(subject, reply, headers, item.payload.clone())
            .await;
        self.unanswered += 1;
        sent.map_err(|error| match error.kind() {
            PublishErrorKind::MaxPayloadExceeded | PublishErrorKind::InvalidSubject => {
                self.connection.refused(&self.during, with_source(&error))
            }
            PublishErrorKind::Send => self.connection.unreachable(&self.during, with_source(&error)),
        })
    }

    /// The next answer, and the share that it is for.
    async fn answer(&mut self) -> Result<(u8, Result<u64, Refusal>), LogError> {
        loop {
            let answers = &mut self.inbox.answers;
            let came = match tokio::task::unconstrained(answers.next()).now_or_never() {
                Some(came) => came,
                None => tokio::select! {
                    biased;
                    came = tokio::time::timeout(ANSWER_WAIT, answers.next()) => came.unwrap_or_default(),
                    _changed = self.connections.changed() => None,
                },
            };
            let unanswered = || self.connection.unreachable(&self.during, "no answer came".to_owned());
            let answer = came.ok_or_else(unanswered)?;
            if let Some(share) = self.inbox.share(&answer) {
                self.unanswered -= 1;
                return Ok((share, self.judge(&answer)));
            }
        }
    }

    fn judge(&self, answer: &Message) -> Result<u64, Refusal> {
        if answer.status == Some(StatusCode::NO_RESPONDERS) {
            let why = "no stream takes it just now".to_owned();
            return Err(Refusal::Other(self.connection.unreachable(&self.during, why)));
        }
        if let Some(sequence) = stored_sequence(&answer.payload) {
            return Ok(sequence);
        }
        match serde_json::from_slice(&answer.payload) {
            Ok(Response::Ok(PublishAck { sequence, .. })) => Ok(sequence),
            Ok(Response::Err { error }) if FENCED.contains(&error.error_code()) => {
                Err(Refusal::Fenced(error.to_string()))
            }
            Ok(Response::Err { error }) => Err(Refusal::Other(self.connection.server_said(&self.during, &error))),
            Err(error) => Err(Refusal::Other(self.connection.refused(&self.during, error.to_string()))),
        }
    }
}

const FENCED: [ErrorCode; 2] = [
    ErrorCode::STREAM_WRONG_LAST_SEQUENCE,
    ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT,
];

/// The number out of `{"stream":"JOBS","seq":17}`, without a parser in the ordinary case.
fn stored_sequence(answer: &[u8]) -> Option<u64> {
    let rest = answer.strip_prefix(b"{\"stream\":\"")?;
    let end = memchr::memchr(b'"', rest)?;
    let digits = rest.get(end..)?.strip_prefix(b"\",\"seq\":")?.strip_suffix(b"}")?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Where a share ends that somebody else has published to: the server does not always say.
async fn fenced(connection: &Connection, (outlet, share): (Outlet, u8), expected: u64, said: &str) -> LogError {
    let subject = outlet.subject(share);
    let found = high_water(connection, outlet, share).await.ok();
    let found = found.map(|mark| mark.last_sequence);
    if found == Some(expected) {
        // Nobody has published there. Around a change of its leader, a cluster refuses also what it has on its way.
        let why = format!("{said}, though {subject} ends at message {expected}");
        return connection.unreachable(&format!("publishing to {}", outlet.stream()), why);
    }
    LogError::Fenced {
        subject,
        expected,
        found,
    }
}

/// Reads back what was published.
pub(super) async fn published(
    connection: &Arc<Connection>,
    outlet: Outlet,
    from: u64,
    max: usize,
) -> Result<Vec<Published>, LogError> {
    let stream = outlet.stream();
    let state = connection.stream_info(stream).await?.state;
    let mut found = Vec::new();
    if max == 0 || state.messages == 0 || state.last_sequence < from {
        return Ok(found);
    }
    let mut pull = Pull::start(connection, stream, from).await?;
    let (mut bytes, mut attempts) = (0, ATTEMPTS);
    while found.len() < max && bytes < BATCH_BYTES_MAX {
        pull.ask().await?;
        let pulled = tokio::time::timeout(HEARTBEAT, pull.receive())
            .await
            .unwrap_or(Pulled::Broken);
        match pulled {
            Pulled::Alive => {}
            Pulled::Broken if attempts == 0 => return Err(pull.broke_off()),
            Pulled::Broken => {
                attempts -= 1;
                tokio::time::sleep(PAUSE).await;
                let next = found.last().map_or(from, |last: &Published| last.sequence + 1);
                pull = Pull::start(connection, stream, next).await?;
            }
            Pulled::Message(delivery, message) => {
                let share = message
                    .subject
                    .strip_prefix(outlet.prefix())
                    .and_then(|rest| rest.strip_prefix('.'));
                let share = share.and_then(|share| share.parse().ok());
                let share = share.ok_or_else(|| unreadable(stream, delivery.sequence, "share"))?;
                let headers = message.headers.unwrap_or_default();
                let payload = Bytes::copy_from_slice(&message.payload);
                let item = outgoing((outlet, share), delivery.sequence, &headers, payload)?;
                bytes += item.payload.len();
                found.push(Published {
                    sequence: delivery.sequence,
                    timestamp: time(delivery.timestamp_ns),
                    item,
                });
                if delivery.sequence >= state.last_sequence {
                    break;
                }
            }
        }
    }
    Ok(found)
}

fn time(nanos: i64) -> Timestamp {
    millis(i128::from(nanos))
}

fn headers(item: &Outgoing) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(POSITION, item.position.to_string());
    headers.insert(INDEX, item.index.to_string());
    headers.insert(HASH, format!("{:016x}", item.hash));
    headers.insert(LOG, item.lineage.to_string());
    headers.insert(TERM, item.term.to_string());
    if let Some(after) = item.by_id_after {
        headers.insert(BY_ID_AFTER, after.to_string());
    }
    if !item.id.is_empty() {
        headers.insert(ID, item.id.as_str());
    }
    headers
}

fn outgoing(
    (outlet, partition): (Outlet, u8),
    sequence: u64,
    headers: &HeaderMap,
    payload: Bytes,
) -> Result<Outgoing, LogError> {
    let position = headers.get(POSITION).and_then(|text| parse_position(text.as_str()));
    let lineage = headers.get(LOG).and_then(|text| Lineage::parse(text.as_str()));
    let index = headers.get(INDEX).and_then(|text| text.as_str().parse().ok());
    let hash = headers
        .get(HASH)
        .and_then(|text| u64::from_str_radix(text.as_str(), 16).ok());
    let term = headers.get(TERM).and_then(|text| Term::parse(text.as_str()));
    Ok(Outgoing {
        partition,
        position: position.ok_or_else(|| unreadable(outlet.stream(), sequence, POSITION.as_ref()))?,
        hash: hash.ok_or_else(|| unreadable(outlet.stream(), sequence, HASH.as_ref()))?,
        lineage: lineage.ok_or_else(|| unreadable(outlet.stream(), sequence, LOG.as_ref()))?,
        term: term.ok_or_else(|| unreadable(outlet.stream(), sequence, TERM.as_ref()))?,
        by_id_after: headers.get(BY_ID_AFTER).and_then(|text| text.as_str().parse().ok()),
        index: index.ok_or_else(|| unreadable(outlet.stream(), sequence, INDEX.as_ref()))?,
        id: headers.get(ID).map(|id| id.as_str().to_owned()).unwrap_or_default(),
        payload,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_answer_is_read_at_once_and_any_other_by_the_parser() {
        for (answer, sequence) in [
            (r#"{"stream":"JOBS","seq":17}"#, Some(17)),
            (r#"{"stream":"JOBS","domain":"hub","seq":17}"#, None),
            (r#"{"stream":"JOBS","seq":17,"duplicate":true}"#, None),
            (
                r#"{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 5"},"stream":"JOBS","seq":0}"#,
                None,
            ),
            ("", None),
        ] {
            assert_eq!(stored_sequence(answer.as_bytes()), sequence, "{answer}");
        }
    }
}
