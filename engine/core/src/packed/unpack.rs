//! Bytes back to records.

use super::{Before, FLAGS_FOLLOW, Last, SAME_DESTINATION, ZONE_STEP_MS, has};
use crate::groups::{SenderId, Tables};
use crate::intern::TextId;
use crate::order_id::OrderId;
use crate::places::PlaceId;
use crate::record::Record;
use crate::units::{is_near, whole};
use alloc::vec::Vec;
use milepost_model::{Code, Kind, Precision, Reason, ScanTime, Status, TimeBasis, Timestamp, Window};

/// Reads the records of a string in order of arrival; whether they are of times that scans can have. Those of damaged bytes may
/// be of any.
pub(crate) fn unpack(bytes: &[u8], tables: Tables<'_>, records: &mut Vec<Record>) -> bool {
    records.clear();
    let mut input = Input { bytes, is_near: true };
    let mut before = Before::default();
    while !input.bytes.is_empty() {
        let mut record = input.record(&before);
        let sender = tables.senders.get(record.sender);
        record.spot = tables.places.get(record.place);
        if record.is_rare {
            record.destination = tables.places.get(record.destination_place);
        }
        record.service = sender.service;
        record.merchant = sender.merchant;
        record.source = sender.source;
        before = before.after(&record);
        records.push(record);
    }
    input.is_near
}

/// Whether a record that says the same, and was written down no earlier, stands in a string. Ids tell that: what stands in the
/// tables under them is looked up for no record.
pub(crate) fn is_among(bytes: &[u8], record: &Record) -> bool {
    let mut input = Input { bytes, is_near: true };
    let (mut before, mut room) = (Before::default(), Record::default());
    while !input.bytes.is_empty() {
        let from = input.bytes;
        let (after, event) = input.skim(&before, &mut room);
        if event == record.event && after.at == record.time.base && after.last.code == record.code as u8 {
            let mut input = Input {
                bytes: from,
                is_near: true,
            };
            let kept = input.record(&before);
            if kept.recorded_at >= record.recorded_at && kept == record.as_packed(kept.recorded_at) {
                return true;
            }
        }
        before = after;
    }
    false
}

/// Reads back what was packed. The bytes are our own (a snapshot's are hashed), so a short read yields zeros rather than
/// an error, and a number out of range some other number.
struct Input<'a> {
    bytes: &'a [u8],
    /// All instants so far can be.
    is_near: bool,
}

impl Input<'_> {
    fn record(&mut self, before: &Before) -> Record {
        let (flags, code, since) = self.head(before);
        let has = |flag: u32| flags & flag != 0;
        let since = if has(has::BACK) { since.wrapping_neg() } else { since };
        let base = self.moved(before.at, since);
        let mut record = Record {
            time: ScanTime::exact(base),
            code: Code::from_index(usize::from(code)).unwrap_or_default(),
            sender: before.sender,
            ..Record::default()
        };
        (record.kind, record.status) = (record.code.kind(), record.code.status());
        if has(has::EVENT) {
            record.event = self.event();
        }
        if has(has::PLACE) {
            record.place = self.place();
        }
        record.carrier_code = self.text(has(has::CARRIER_CODE));
        if has(has::WALL) {
            let ahead = self.wall();
            record.time.wall_ms = self.moved(base, ahead).millis();
        }
        if has(has::PROMISED) {
            record.promised = before.promised;
        }
        if has(has::ORDER) {
            record.order_id = before.order_id;
        }
        if flags & !(has::USUAL | has::HABITS) != 0 {
            self.unusual(flags, &mut record);
            if has(has::DESTINATION) {
                record.destination_place = before.destination;
            }
        }
        record
    }

    /// Passes over a record: what the one after it is written against, and its event. `room` is for what few records state.
    fn skim(&mut self, before: &Before, room: &mut Record) -> (Before, u32) {
        let (flags, code, since) = self.head(before);
        let has = |flag: u32| flags & flag != 0;
        let since = if has(has::BACK) { since.wrapping_neg() } else { since };
        let mut after = Before {
            at: self.moved(before.at, since),
            last: Last::stating(code, flags),
            ..*before
        };
        let event = if has(has::EVENT) { self.event() } else { 0 };
        if has(has::PLACE) {
            self.place();
        }
        self.text(has(has::CARRIER_CODE));
        self.number(has(has::WALL));
        if flags & !(has::USUAL | has::HABITS) != 0 {
            room.time.base = after.at;
            self.unusual(flags, room);
            if has(has::OTHER_PROMISED) {
                after.promised = room.promised;
            }
            if has(has::OTHER_ORDER) {
                after.order_id = room.order_id;
            }
            if has(has::OTHER_SENDER) {
                after.sender = room.sender;
            }
            if has(has::OTHER_DESTINATION) {
                after.destination = room.destination_place;
            }
        }
        (after, event)
    }

    /// Flags, code, and milliseconds from the record before.
    fn head(&mut self, before: &Before) -> (u32, u8, i64) {
        let first = self.bytes.first().copied().unwrap_or_default();
        if first & 1 == 1 {
            let since = if first & 0b10 == 0 {
                self.first_of::<4>() >> 2
            } else {
                (self.first_of::<3>() >> 2) * 1000
            };
            return (before.last.usual(), before.last.code, since.cast_signed());
        }
        let mut code = self.byte() >> 1;
        let mut flags = before.last.usual();
        if code == FLAGS_FOLLOW {
            code = self.byte();
            flags = u32::try_from(self.unsigned()).unwrap_or(0);
        } else if code == SAME_DESTINATION {
            code = self.byte();
            flags |= has::DESTINATION;
        }
        (flags, code, self.time().cast_signed())
    }

    fn time(&mut self) -> u64 {
        let form = self.bytes.first().copied().unwrap_or_default();
        if form & 1 == 0 {
            (self.first_of::<3>() >> 1) * 1000
        } else if form & 0b10 == 0 {
            self.first_of::<4>() >> 2
        } else if form & 0b100 == 0 {
            self.first_of::<6>() >> 3
        } else {
            self.byte();
            u64::from_le_bytes(self.array())
        }
    }

    fn unusual(&mut self, flags: u32, record: &mut Record) {
        let (has, base) = (|flag: u32| flags & flag != 0, record.time.base);
        if has(has::OTHER_PROMISED) {
            record.promised = Some(self.window(base));
        }
        if has(has::OTHER_ORDER) {
            let prefix = u16::try_from(self.unsigned()).unwrap_or(0);
            record.order_id = OrderId::new(prefix, u32::from_le_bytes(self.array()));
        }
        if has(has::OTHER_SENDER) {
            record.sender = SenderId(self.text(true).0);
        }
        if has(has::KIND_OR_STATUS) {
            record.kind = Kind::from_index(usize::from(self.byte())).unwrap_or_default();
            record.status = Status::from_index(usize::from(self.byte()));
        }
        if has(has::REASON) {
            record.reason = Reason::from_index(usize::from(self.byte()));
        }
        if has(has::UNUSUAL_TIME) {
            self.bounds(&mut record.time);
        }
        if flags >= has::RECORDED_AT {
            self.rare(flags, record);
        }
    }

    fn bounds(&mut self, time: &mut ScanTime) {
        time.earliest = self.near(time.base);
        time.latest = self.near(time.base);
        let bits = self.byte();
        time.precision = match bits & 3 {
            0 => Precision::Exact,
            1 => Precision::Minute,
            _ => Precision::Date,
        };
        time.basis = TimeBasis::ALL
            .get(usize::from(bits >> 2 & 15))
            .copied()
            .unwrap_or_default();
        time.dst_ambiguous = bits >> 6 & 1 == 1;
    }

    fn rare(&mut self, flags: u32, record: &mut Record) {
        let has = |flag: u32| flags & flag != 0;
        record.is_rare = true;
        if has(has::RECORDED_AT) {
            record.recorded_at = Some(self.near(record.time.base));
        }
        record.leg_carrier = self.text(has(has::LEG_CARRIER));
        if has(has::ESTIMATED) {
            record.estimated = Some(self.window(record.time.base));
            record.estimate_source = self.byte();
        }
        if has(has::PICKUP_UNTIL) {
            record.pickup_until = Some(self.window(record.time.base));
        }
        if has(has::ATTEMPT) {
            record.attempt = self.byte();
        }
        record.message = self.text(has(has::MESSAGE));
        record.signed_by = self.text(has(has::SIGNED_BY));
        record.next_carrier = self.text(has(has::NEXT));
        record.next_tracking_number = self.text(has(has::NEXT));
        record.carrier_shipment_id = self.text(has(has::SHIPMENT_ID));
        if has(has::SHIPPED_ON) {
            record.shipped_on = i32::try_from(self.signed()).ok();
        }
        if has(has::RETRACTS) {
            record.retracts = self.event();
        }
        if has(has::COORDINATES) {
            record.coordinates = i32::try_from(self.signed()).ok().zip(i32::try_from(self.signed()).ok());
        }
        if has(has::OTHER_DESTINATION) {
            record.destination_place = self.place();
        }
    }

    fn event(&mut self) -> u32 {
        u32::try_from(self.first_of::<3>()).unwrap_or(0)
    }

    fn place(&mut self) -> PlaceId {
        let first = self.bytes.first().copied().unwrap_or_default();
        if first & 1 == 0 {
            PlaceId::from_written(u32::from_le_bytes(self.array()) >> 1)
        } else {
            PlaceId(u32::try_from(self.unsigned() >> 1).unwrap_or(0))
        }
    }

    fn wall(&mut self) -> i64 {
        let ahead = self.unsigned();
        unfolded(ahead >> 1).wrapping_mul(if ahead & 1 == 0 { ZONE_STEP_MS } else { 1 })
    }

    fn window(&mut self, base: Timestamp) -> Window {
        let until = self.unsigned();
        if until & 1 == 0 {
            let second = Timestamp::from_millis(whole::<1000>(base.millis()).saturating_mul(1000));
            let until = self.moved(second, unfolded(until >> 1).saturating_mul(1000));
            return Window {
                from: until,
                until,
                latest: until,
            };
        }
        let until = self.moved(base, unfolded(until >> 1));
        let before = self.signed().wrapping_neg();
        Window {
            from: self.moved(until, before),
            until,
            latest: self.near(until),
        }
    }

    /// The instant that many milliseconds from another.
    #[inline]
    fn moved(&mut self, from: Timestamp, by: i64) -> Timestamp {
        let at = from.plus(by);
        self.is_near &= is_near(at);
        at
    }

    /// The same, as many as stand there.
    fn near(&mut self, from: Timestamp) -> Timestamp {
        let by = self.signed();
        self.moved(from, by)
    }

    fn text(&mut self, present: bool) -> TextId {
        TextId(u32::try_from(self.number(present)).unwrap_or(0))
    }

    fn number(&mut self, present: bool) -> u64 {
        if present { self.unsigned() } else { 0 }
    }

    fn byte(&mut self) -> u8 {
        let (first, rest) = self.bytes.split_first().unwrap_or((&0, &[]));
        self.bytes = rest;
        *first
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        match self.bytes.split_first_chunk() {
            Some((first, rest)) => {
                self.bytes = rest;
                *first
            }
            None => {
                self.bytes = &[];
                [0; N]
            }
        }
    }

    fn signed(&mut self) -> i64 {
        unfolded(self.unsigned())
    }

    /// A number of so many bytes.
    fn first_of<const N: usize>(&mut self) -> u64 {
        let mut bytes = [0; 8];
        if let Some(first) = bytes.first_chunk_mut::<N>() {
            *first = self.array();
        }
        u64::from_le_bytes(bytes)
    }

    fn unsigned(&mut self) -> u64 {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte();
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        value
    }
}

/// The number that was folded.
fn unfolded(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}
