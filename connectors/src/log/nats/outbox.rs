//! Jobs and rejects out, fenced by the last sequence of their subject, and read back.

use super::connection::{Connection, answer, is_absent, millis, server_error};
use super::pull::{HEARTBEAT, Pull, Pulled};
use super::unreadable;
use crate::log::{BATCH_BYTES_MAX, HighWater, LogError, Outgoing, Outlet, Publication, Published, parse_position};
use async_nats::HeaderMap;
use async_nats::header::{NATS_BATCH_COMMIT, NATS_BATCH_ID, NATS_BATCH_SEQUENCE, NATS_EXPECTED_LAST_SUBJECT_SEQUENCE};
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;
use milepost_model::Timestamp;
use std::sync::Arc;

const POSITION: &str = "Milepost-Position";
const INDEX: &str = "Milepost-Index";
const ID: &str = "Milepost-Id";

/// The server takes no larger batch.
const BATCH_ITEMS_MAX: usize = 1000;

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
    let item = outgoing(outlet, raw.sequence, &raw.headers, Bytes::new())?;
    Ok(HighWater {
        last_sequence: raw.sequence,
        reached: Some((item.position, item.index)),
        id: item.id,
    })
}

/// Publishes in batches, each all or none; the last sequence of the share afterwards.
pub(super) async fn publish(connection: &Connection, publication: Publication) -> Result<u64, LogError> {
    let Publication {
        outlet,
        partition,
        expected_last,
        items,
    } = publication;
    let subject = outlet.subject(partition);
    let mut last = expected_last;
    let mut items = items.into_iter().peekable();
    while items.peek().is_some() {
        let batch: Vec<Outgoing> = items.by_ref().take(BATCH_ITEMS_MAX).collect();
        match publish_batch(connection, &subject, last, batch).await {
            Ok(sequence) => last = sequence,
            Err(error) if is_fenced(&error) => {
                let found = high_water(connection, outlet, partition)
                    .await
                    .ok()
                    .map(|mark| mark.last_sequence);
                return Err(LogError::Fenced {
                    subject,
                    expected: last,
                    found,
                });
            }
            Err(error) => return Err(connection.publish_trouble(&format!("publishing to {subject}"), &error)),
        }
    }
    Ok(last)
}

/// One item goes alone. Several go as a batch: the first says where the subject must end, the last commits.
async fn publish_batch(
    connection: &Connection,
    subject: &str,
    expected_last: u64,
    batch: Vec<Outgoing>,
) -> Result<u64, PublishError> {
    let count = batch.len();
    let batch_id = connection.unique();
    let mut connections = connection.watch_connection();
    for (index, item) in batch.into_iter().enumerate() {
        let mut headers = headers(&item);
        if index == 0 {
            headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, expected_last.to_string());
        }
        if count > 1 {
            headers.insert(NATS_BATCH_ID, batch_id.as_str());
            headers.insert(NATS_BATCH_SEQUENCE, (index + 1).to_string());
        }
        if index + 1 < count {
            let sent = connection
                .client
                .publish_with_headers(subject.to_owned(), headers, item.payload)
                .await;
            sent.map_err(|error| PublishError::with_source(PublishErrorKind::Other, error))?;
            continue;
        }
        if count > 1 {
            headers.insert(NATS_BATCH_COMMIT, "1");
        }
        let message = PublishMessage::build().payload(item.payload).headers(headers);
        let sent = connection.context.send_publish(subject.to_owned(), message).await?;
        return Ok(answer(sent, &mut connections).await?.sequence);
    }
    Ok(expected_last)
}

fn is_fenced(error: &PublishError) -> bool {
    let fenced = [
        ErrorCode::STREAM_WRONG_LAST_SEQUENCE,
        ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT,
    ];
    error.kind() == PublishErrorKind::WrongLastSequence
        || server_error(error).is_some_and(|error| fenced.contains(&error.error_code()))
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
    let mut bytes = 0;
    while found.len() < max && bytes < BATCH_BYTES_MAX {
        pull.ask().await?;
        let pulled = tokio::time::timeout(HEARTBEAT, pull.receive())
            .await
            .unwrap_or(Pulled::Broken);
        match pulled {
            Pulled::Alive => {}
            Pulled::Broken => {
                return Err(connection.unreachable(&format!("reading stream {stream}"), "it broke off".to_owned()));
            }
            Pulled::Message(delivery, message) => {
                let headers = message.headers.unwrap_or_default();
                let item = outgoing(
                    outlet,
                    delivery.sequence,
                    &headers,
                    Bytes::copy_from_slice(&message.payload),
                )?;
                let share = message
                    .subject
                    .strip_prefix(outlet.prefix())
                    .and_then(|rest| rest.strip_prefix('.'));
                let share = share.and_then(|share| share.parse().ok());
                bytes += item.payload.len();
                found.push(Published {
                    sequence: delivery.sequence,
                    partition: share.ok_or_else(|| unreadable(stream, delivery.sequence, "share"))?,
                    timestamp: time(delivery.timestamp_ns),
                    item,
                });
                if delivery.sequence >= state.last_sequence {
                    break;
                }
            }
        }
    }
    pull.stop().await;
    Ok(found)
}

fn time(nanos: i64) -> Timestamp {
    millis(i128::from(nanos))
}

fn headers(item: &Outgoing) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(POSITION, item.position.to_string());
    headers.insert(INDEX, item.index.to_string());
    if !item.id.is_empty() {
        headers.insert(ID, item.id.as_str());
    }
    headers
}

fn outgoing(outlet: Outlet, sequence: u64, headers: &HeaderMap, payload: Bytes) -> Result<Outgoing, LogError> {
    let position = headers.get(POSITION).and_then(|text| parse_position(text.as_str()));
    let index = headers.get(INDEX).and_then(|text| text.as_str().parse().ok());
    Ok(Outgoing {
        position: position.ok_or_else(|| unreadable(outlet.stream(), sequence, POSITION))?,
        index: index.ok_or_else(|| unreadable(outlet.stream(), sequence, INDEX))?,
        id: headers.get(ID).map(|id| id.as_str().to_owned()).unwrap_or_default(),
        payload,
    })
}
