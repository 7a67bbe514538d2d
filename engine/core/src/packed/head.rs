//! What the records of a list share, said once at its beginning, in fixed places: whoever appends a record reads it there.

use crate::intern::TextId;
use crate::record::Record;
use alloc::vec::Vec;
use milepost_model::{Timestamp, Window};

/// What the records of a list share: what the first of them says.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Head {
    pub(super) wall_ms: i64,
    pub(super) service: TextId,
    pub(super) order_id: TextId,
    pub(super) merchant: TextId,
    pub(super) source: TextId,
    pub(super) promised: Option<Window>,
}

/// Bytes of [`Head`].
const HEAD_BYTES: usize = 8 + 4 * 4 + 8 + 4;
/// Stands for no promise.
const NO_PROMISE: i64 = i64::MIN;

impl Head {
    pub(super) fn of(record: &Record) -> Self {
        Self {
            wall_ms: record.time.wall_ms,
            service: record.service,
            order_id: record.order_id,
            merchant: record.merchant,
            source: record.source,
            promised: record.promised.filter(|window| slack(window).is_some()),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.wall_ms.to_le_bytes());
        for id in [self.service, self.order_id, self.merchant, self.source] {
            out.extend_from_slice(&id.0.to_le_bytes());
        }
        let until = self.promised.map_or(NO_PROMISE, |window| window.until.millis());
        let slack = self.promised.as_ref().and_then(slack).unwrap_or(0);
        out.extend_from_slice(&until.to_le_bytes());
        out.extend_from_slice(&slack.to_le_bytes());
    }

    /// What a list begins with, and the records behind it.
    pub(super) fn read(list: &[u8]) -> (Self, &[u8]) {
        let Some((bytes, rest)) = list.split_first_chunk::<HEAD_BYTES>() else {
            return (Self::default(), &[]);
        };
        let long = |at: usize| {
            bytes
                .get(at..)
                .and_then(<[u8]>::first_chunk)
                .map_or(0, |long| i64::from_le_bytes(*long))
        };
        let short = |at: usize| {
            bytes
                .get(at..)
                .and_then(<[u8]>::first_chunk)
                .map_or(0, |short| u32::from_le_bytes(*short))
        };
        let until = long(24);
        let head = Self {
            wall_ms: long(0),
            service: TextId(short(8)),
            order_id: TextId(short(12)),
            merchant: TextId(short(16)),
            source: TextId(short(20)),
            promised: (until != NO_PROMISE).then(|| {
                let until = Timestamp::from_millis(until);
                Window {
                    from: until,
                    until,
                    latest: until.plus(i64::from(short(32))),
                }
            }),
        };
        (head, rest)
    }
}

/// How much later than its end a window may end, if it is the plain end that nearly every promise is.
fn slack(window: &Window) -> Option<u32> {
    let slack = u32::try_from(window.latest.since(window.until)).ok()?;
    (window.from == window.until && window.until.millis() != NO_PROMISE).then_some(slack)
}
