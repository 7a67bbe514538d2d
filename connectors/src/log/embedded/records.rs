//! How messages, jobs and rejects lie in the embedded store: redb's own tuples, so there is no encoding of ours.

use crate::log::{Lineage, Message, Outgoing, Published, Term};
use bytes::Bytes;
use milepost_model::{Position, Timestamp};
use redb::{AccessGuard, TableDefinition};

/// Timestamp, share, whether a format is named, its name, payload.
pub(super) type ScanRecord = (i64, u8, Option<&'static str>, &'static [u8]);

/// Share, timestamp, input position (sequence, share, hash) and the log that it is of (created, by whom taken), term, by ids after, index, id,
/// payload.
pub(super) type OutRecord = (
    u8,
    i64,
    u64,
    u8,
    u64,
    i64,
    (u64, u64, u64),
    (u64, u64, u64),
    Option<u64>,
    u32,
    &'static str,
    &'static [u8],
);

/// The log of scans by sequence number.
pub(super) const SCANS: TableDefinition<u64, ScanRecord> = TableDefinition::new("scans");
/// Facts of the log itself: when created, last numbers.
pub(super) const FACTS: TableDefinition<&str, i64> = TableDefinition::new("facts");

/// A share that stands for the control subject.
const CONTROL: u8 = u8::MAX;

/// A share as it lies in a record.
pub(super) fn share_to_byte(partition: Option<u8>) -> u8 {
    partition.unwrap_or(CONTROL)
}

fn share_from_byte(byte: u8) -> Option<u8> {
    (byte != CONTROL).then_some(byte)
}

/// A message out of its record.
pub(super) fn message(sequence: u64, record: &AccessGuard<'_, ScanRecord>) -> Message {
    let (timestamp, share, format, payload) = record.value();
    Message {
        position: Position {
            partition: share_from_byte(share),
            sequence,
        },
        timestamp: Timestamp::from_millis(timestamp),
        format: format.map(Into::into),
        payload: Bytes::copy_from_slice(payload),
    }
}

/// A job or reject out of its record.
pub(super) fn published(sequence: u64, record: &AccessGuard<'_, OutRecord>) -> Published {
    let (partition, timestamp, cause, cause_share, hash, created, taken_by, term, by_id_after, index, id, payload) =
        record.value();
    let term_of = |(number, message, who): (u64, u64, u64)| Term { number, message, who };
    Published {
        sequence,
        timestamp: Timestamp::from_millis(timestamp),
        item: Outgoing {
            partition,
            position: Position {
                partition: share_from_byte(cause_share),
                sequence: cause,
            },
            hash,
            lineage: Lineage {
                created: Timestamp::from_millis(created),
                taken_by: term_of(taken_by),
            },
            term: term_of(term),
            by_id_after,
            index,
            id: id.to_owned(),
            payload: Bytes::copy_from_slice(payload),
        },
    }
}
