//! Jobs and rejects out, fenced by the last sequence of their subject, and read back.

use super::connection::{Connection, answer, is_absent, millis, server_error};
use super::pull::{HEARTBEAT, Pull, Pulled};
use super::{POSITION, unreadable};
use crate::log::{
    BATCH_BYTES_MAX, Ends, HighWater, Lineage, LogError, Outgoing, Outlet, PUBLICATION_ITEMS_MAX, Publication,
    Published, parse_position,
};
use async_nats::HeaderMap;
use async_nats::header::{NATS_BATCH_COMMIT, NATS_BATCH_ID, NATS_BATCH_SEQUENCE, NATS_EXPECTED_LAST_SUBJECT_SEQUENCE};
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;
use milepost_model::Timestamp;
use std::sync::Arc;

const INDEX: &str = "Milepost-Index";
const LOG: &str = "Milepost-Log";
const ID: &str = "Milepost-Id";

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
    Ok(HighWater {
        last_sequence: raw.sequence,
        reached: Some((item.position, item.index)),
        lineage: item.lineage,
        id: item.id,
    })
}

/// Publishes in batches, each all or none; where the shares end afterwards.
pub(super) async fn publish(connection: &Connection, publication: Publication) -> Result<Ends, LogError> {
    let Publication {
        outlet,
        mut ends,
        items,
    } = publication;
    for batch in items.chunks(PUBLICATION_ITEMS_MAX) {
        match publish_batch(connection, outlet, &ends, batch).await {
            Ok(last) => ends.advance(batch, last),
            Err(error) if is_fenced(&error) => return Err(fenced(connection, outlet, &ends, batch).await),
            Err(error) => return Err(connection.publish_trouble(&format!("publishing to {}", outlet.stream()), &error)),
        }
    }
    Ok(ends)
}

/// One item goes alone, several as a batch which the last commits. The first of each share says where it must end.
/// Returns the number of the last.
async fn publish_batch(
    connection: &Connection,
    outlet: Outlet,
    ends: &Ends,
    batch: &[Outgoing],
) -> Result<u64, PublishError> {
    let batch_id = connection.unique();
    let mut connections = connection.watch_connection();
    let mut begun = 0_u64;
    for (number, item) in (1..).zip(batch) {
        let mut headers = headers(item);
        if begun & 1 << item.partition == 0 {
            begun |= 1 << item.partition;
            let end = ends.of(item.partition).to_string();
            headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, end);
        }
        if batch.len() > 1 {
            headers.insert(NATS_BATCH_ID, batch_id.as_str());
            headers.insert(NATS_BATCH_SEQUENCE, number.to_string());
        }
        let (subject, payload) = (outlet.subject(item.partition), item.payload.clone());
        if number < batch.len() {
            let sent = connection.client.publish_with_headers(subject, headers, payload).await;
            sent.map_err(|error| PublishError::with_source(PublishErrorKind::Other, error))?;
            continue;
        }
        if batch.len() > 1 {
            headers.insert(NATS_BATCH_COMMIT, "1");
        }
        let message = PublishMessage::build().payload(payload).headers(headers);
        let sent = connection.context.send_publish(subject, message).await?;
        return Ok(answer(sent, &mut connections).await?.sequence);
    }
    Ok(0)
}

/// Which share it was that somebody else has published to: the server does not say.
async fn fenced(connection: &Connection, outlet: Outlet, ends: &Ends, batch: &[Outgoing]) -> LogError {
    let mut shares: Vec<u8> = batch.iter().map(|item| item.partition).collect();
    shares.sort_unstable();
    shares.dedup();
    let of = |share: u8, found| LogError::Fenced {
        subject: outlet.subject(share),
        expected: ends.of(share),
        found,
    };
    for share in &shares {
        match high_water(connection, outlet, *share).await {
            Ok(mark) if mark.last_sequence == ends.of(*share) => {}
            Ok(mark) => return of(*share, Some(mark.last_sequence)),
            Err(_) => break,
        }
    }
    of(shares.first().copied().unwrap_or(0), None)
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
                return Err(pull.broke_off());
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
    headers.insert(LOG, item.lineage.to_string());
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
    Ok(Outgoing {
        partition,
        position: position.ok_or_else(|| unreadable(outlet.stream(), sequence, POSITION))?,
        lineage: lineage.ok_or_else(|| unreadable(outlet.stream(), sequence, LOG))?,
        index: index.ok_or_else(|| unreadable(outlet.stream(), sequence, INDEX))?,
        id: headers.get(ID).map(|id| id.as_str().to_owned()).unwrap_or_default(),
        payload,
    })
}
