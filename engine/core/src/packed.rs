//! Records as bytes: about a dozen for an ordinary scan, appended in order of arrival to the shipment's string.
//!
//! A record says only what differs from the record before it: who sent it, the order, the promise, the time since. Fields
//! stand in a fixed order behind flags that tell which are present; the flags of an ordinary scan are one byte.

mod unpack;

pub(crate) use unpack::unpack;

use crate::groups::{PlaceId, SenderId};
use crate::intern::TextId;
use crate::order_id::OrderId;
use crate::record::Record;
use milepost_model::{ScanTime, Timestamp, Window};

/// Fields that are present or differ from the record before, one bit each.
mod has {
    pub(super) const EVENT: u32 = 1 << 0;
    pub(super) const TOWN: u32 = 1 << 1;
    pub(super) const POSTAL_CODE: u32 = 1 << 2;
    /// A facility; its address goes with it.
    pub(super) const PLACE: u32 = 1 << 3;
    pub(super) const CARRIER_CODE: u32 = 1 << 4;
    /// The promise that was stated last before.
    pub(super) const PROMISED: u32 = 1 << 5;
    /// The order that was stated last before.
    pub(super) const ORDER: u32 = 1 << 6;
    pub(super) const OTHER_PROMISED: u32 = 1 << 7;
    pub(super) const OTHER_ORDER: u32 = 1 << 8;
    pub(super) const OTHER_SENDER: u32 = 1 << 9;
    pub(super) const KIND_OR_STATUS: u32 = 1 << 10;
    pub(super) const REASON: u32 = 1 << 11;
    /// The wall clock is not that of UTC.
    pub(super) const WALL: u32 = 1 << 12;
    pub(super) const UNUSUAL_TIME: u32 = 1 << 13;
    /// Before the record before it.
    pub(super) const BACK: u32 = 1 << 14;
    /// More than 49 days from the record before it.
    pub(super) const FAR: u32 = 1 << 15;
    pub(super) const RECORDED_AT: u32 = 1 << 16;
    pub(super) const LEG_CARRIER: u32 = 1 << 17;
    pub(super) const ESTIMATED: u32 = 1 << 18;
    pub(super) const PICKUP_UNTIL: u32 = 1 << 19;
    pub(super) const ATTEMPT: u32 = 1 << 20;
    pub(super) const MESSAGE: u32 = 1 << 21;
    pub(super) const SIGNED_BY: u32 = 1 << 22;
    pub(super) const NEXT: u32 = 1 << 23;
    pub(super) const SHIPMENT_ID: u32 = 1 << 24;
    pub(super) const SHIPPED_ON: u32 = 1 << 25;
    pub(super) const RETRACTS: u32 = 1 << 26;
    pub(super) const COORDINATES: u32 = 1 << 27;
}

/// What a record is written against: the record before it in order of arrival.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Before {
    pub(crate) at: Timestamp,
    pub(crate) sender: SenderId,
    /// The last order that was stated.
    pub(crate) order_id: OrderId,
    /// The last promise that was stated.
    pub(crate) promised: Option<Window>,
}

impl Before {
    /// What the record after this one is written against.
    #[inline]
    pub(crate) fn after(self, record: &Record) -> Self {
        Self {
            at: record.time.base,
            sender: record.sender,
            order_id: record.order_id.or(self.order_id),
            promised: record.promised.or(self.promised),
        }
    }

    /// What the next record is written against, after all of these.
    pub(crate) fn after_all(records: &[Record]) -> Self {
        records.iter().fold(Self::default(), Self::after)
    }
}

/// Most bytes of a packed record: all its fields, each as long as can be.
const RECORD_BYTES_MAX: usize = 320;

/// A record as bytes.
#[derive(Debug)]
pub(crate) struct Packed {
    bytes: [u8; RECORD_BYTES_MAX],
    /// Bytes are written from here on; the flags are put before them in the end.
    length: usize,
    flags: u32,
}

/// Room for the flags.
const FLAGS_BYTES: usize = 4;

impl Default for Packed {
    fn default() -> Self {
        Self {
            bytes: [0; RECORD_BYTES_MAX],
            length: FLAGS_BYTES,
            flags: 0,
        }
    }
}

impl Packed {
    /// Packs a record in the place of what was packed before.
    pub(crate) fn pack(&mut self, record: &Record, before: &Before) -> &[u8] {
        (self.length, self.flags) = (FLAGS_BYTES, 0);
        self.time(&record.time, before);
        self.put([record.code as u8]);
        if record.event != 0 {
            self.flags |= has::EVENT;
            self.put(record.event.to_le_bytes());
        }
        if record.place == PlaceId::default() {
            self.differs(has::TOWN, u64::from(record.spot.town.0), 0);
            self.differs(has::POSTAL_CODE, record.spot.postal_code.short(), 0);
        } else {
            self.flags |= has::PLACE;
            self.unsigned(u64::from(record.place.0));
        }
        self.text(has::CARRIER_CODE, record.carrier_code);
        if let Some(window) = record.promised {
            if record.promised == before.promised {
                self.flags |= has::PROMISED;
            } else {
                self.flags |= has::OTHER_PROMISED;
                self.window(window, record.time.base);
            }
        }
        if !record.order_id.is_empty() {
            if record.order_id == before.order_id {
                self.flags |= has::ORDER;
            } else {
                self.flags |= has::OTHER_ORDER;
                self.unsigned(u64::from(record.order_id.prefix));
                self.unsigned(u64::from(record.order_id.number));
            }
        }
        self.differs(
            has::OTHER_SENDER,
            u64::from(record.sender.0),
            u64::from(before.sender.0),
        );
        if record.kind != record.code.kind() || record.status != record.code.status() {
            self.flags |= has::KIND_OR_STATUS;
            self.put([record.kind as u8, record.status.map_or(u8::MAX, |status| status as u8)]);
        }
        if let Some(reason) = record.reason {
            self.flags |= has::REASON;
            self.put([reason as u8]);
        }
        if record.is_rare {
            self.rare(record);
        }
        self.flags_first()
    }

    fn rare(&mut self, record: &Record) {
        if let Some(at) = record.recorded_at {
            self.flags |= has::RECORDED_AT;
            self.signed(at.since(record.time.base));
        }
        self.text(has::LEG_CARRIER, record.leg_carrier);
        if let Some(window) = record.estimated {
            self.flags |= has::ESTIMATED;
            self.window(window, record.time.base);
            self.put([record.estimate_source]);
        }
        if let Some(window) = record.pickup_until {
            self.flags |= has::PICKUP_UNTIL;
            self.window(window, record.time.base);
        }
        if record.attempt > 0 {
            self.flags |= has::ATTEMPT;
            self.put([record.attempt]);
        }
        self.text(has::MESSAGE, record.message);
        self.text(has::SIGNED_BY, record.signed_by);
        if !record.next_carrier.is_empty() || !record.next_tracking_number.is_empty() {
            self.flags |= has::NEXT;
            self.unsigned(u64::from(record.next_carrier.0));
            self.unsigned(u64::from(record.next_tracking_number.0));
        }
        self.text(has::SHIPMENT_ID, record.carrier_shipment_id);
        if let Some(day) = record.shipped_on {
            self.flags |= has::SHIPPED_ON;
            self.signed(i64::from(day));
        }
        if record.retracts != 0 {
            self.flags |= has::RETRACTS;
            self.put(record.retracts.to_le_bytes());
        }
        if let Some((latitude, longitude)) = record.coordinates {
            self.flags |= has::COORDINATES;
            self.signed(i64::from(latitude));
            self.signed(i64::from(longitude));
        }
    }

    /// An exact time is one number; one with another wall clock a second; anything else states all its bounds.
    fn time(&mut self, time: &ScanTime, before: &Before) {
        let since = time.base.since(before.at);
        if since < 0 {
            self.flags |= has::BACK;
        }
        if let Ok(near) = u32::try_from(since.unsigned_abs()) {
            self.put(near.to_le_bytes());
        } else {
            self.flags |= has::FAR;
            self.put(since.unsigned_abs().to_le_bytes());
        }
        let ahead = time.wall_ms - time.base.millis();
        if ahead != 0 {
            self.flags |= has::WALL;
            self.signed(ahead);
        }
        let exact = ScanTime {
            wall_ms: time.wall_ms,
            ..ScanTime::exact(time.base)
        };
        if *time != exact {
            self.flags |= has::UNUSUAL_TIME;
            self.signed(time.earliest.since(time.base));
            self.signed(time.latest.since(time.base));
            self.put([time.precision as u8 | (time.basis as u8) << 2 | u8::from(time.dst_ambiguous) << 6]);
        }
    }

    fn window(&mut self, window: Window, base: Timestamp) {
        self.signed(window.until.since(base));
        self.signed(window.until.since(window.from));
        self.signed(window.latest.since(window.until));
    }

    fn text(&mut self, flag: u32, id: TextId) {
        self.differs(flag, u64::from(id.0), 0);
    }

    fn differs(&mut self, flag: u32, value: u64, usual: u64) {
        if value != usual {
            self.flags |= flag;
            self.unsigned(value);
        }
    }

    fn signed(&mut self, value: i64) {
        self.unsigned(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    fn unsigned(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.put([value.to_le_bytes()[0] | 0x80]);
            value >>= 7;
        }
        self.put([value.to_le_bytes()[0]]);
    }

    #[inline]
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        if let Some(room) = self.bytes.get_mut(self.length..self.length + N) {
            room.copy_from_slice(&bytes);
        }
        self.length += N;
    }

    /// The flags, seven bits to a byte, and what they tell of.
    fn flags_first(&mut self) -> &[u8] {
        let bytes = match self.flags {
            0..0x80 => 1,
            0x80..0x4000 => 2,
            0x4000..0x20_0000 => 3,
            _ => 4,
        };
        let from = FLAGS_BYTES - bytes;
        let mut rest = self.flags;
        for (left, slot) in (1..=bytes).rev().zip(self.bytes.iter_mut().skip(from)) {
            *slot = (rest & 0x7f) as u8 | u8::from(left > 1) << 7;
            rest >>= 7;
        }
        self.bytes.get(from..self.length).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
