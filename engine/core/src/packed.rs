//! Records as bytes: about 20 for an ordinary scan, appended in order of arrival to the shipment's list.
//!
//! The list begins with a head: what its records share. A record says only what differs from that, and times relative
//! to it. Fields stand in a fixed order behind a word of flags that tells which are present.

mod head;

use crate::intern::{TextId, TownId};
use crate::record::{Record, Spot};
use alloc::vec::Vec;
use head::Head;
use milepost_model::{Code, Kind, Precision, Reason, Status, TimeBasis, Timestamp, Window};

/// Fields that are present or differ from the head of the list, one bit each.
mod has {
    pub(super) const UNUSUAL_TIME: u32 = 1 << 0;
    pub(super) const MILLIS: u32 = 1 << 1;
    pub(super) const KIND_OR_STATUS: u32 = 1 << 2;
    pub(super) const EVENT: u32 = 1 << 3;
    pub(super) const TOWN: u32 = 1 << 4;
    pub(super) const POSTAL_CODE: u32 = 1 << 5;
    pub(super) const FACILITY: u32 = 1 << 6;
    pub(super) const PROMISED: u32 = 1 << 7;
    pub(super) const OTHER_PROMISED: u32 = 1 << 8;
    pub(super) const SERVICE: u32 = 1 << 9;
    pub(super) const ORDER: u32 = 1 << 10;
    pub(super) const MERCHANT: u32 = 1 << 11;
    pub(super) const SOURCE: u32 = 1 << 12;
    pub(super) const CARRIER_CODE: u32 = 1 << 13;
    pub(super) const REASON: u32 = 1 << 14;
    pub(super) const RECORDED_AT: u32 = 1 << 15;
    pub(super) const LEG_CARRIER: u32 = 1 << 16;
    pub(super) const ESTIMATED: u32 = 1 << 17;
    pub(super) const PICKUP_UNTIL: u32 = 1 << 18;
    pub(super) const ATTEMPT: u32 = 1 << 19;
    pub(super) const MESSAGE: u32 = 1 << 20;
    pub(super) const SIGNED_BY: u32 = 1 << 21;
    pub(super) const NEXT: u32 = 1 << 22;
    pub(super) const SHIPMENT_ID: u32 = 1 << 23;
    pub(super) const SHIPPED_ON: u32 = 1 << 24;
    pub(super) const RETRACTS: u32 = 1 << 25;
    pub(super) const COORDINATES: u32 = 1 << 26;
}

/// Items in a unit of the lists of scans: bytes.
pub(crate) const SCAN_UNIT: usize = 16;

/// Reads the records of a list in order of arrival.
pub(crate) fn unpack(list: &[u8], records: &mut Vec<Record>) {
    records.clear();
    let (head, bytes) = Head::read(list);
    let mut input = Input { bytes };
    while !input.bytes.is_empty() {
        records.push(input.record(&head));
    }
}

/// Appends to `out` a whole list of these records.
pub(crate) fn pack_all(records: &[Record], out: &mut Vec<u8>) {
    let mut head = Vec::new();
    for record in records {
        pack(record, &head, out);
        if head.is_empty() {
            head.extend_from_slice(out);
        }
    }
}

/// Appends to `out` what a record adds to its shipment's list; `list` is what that holds so far.
pub(crate) fn pack(record: &Record, list: &[u8], out: &mut Vec<u8>) {
    let head = if list.is_empty() {
        let head = Head::of(record);
        head.write(out);
        head
    } else {
        Head::read(list).0
    };
    let flags_at = out.len();
    out.extend_from_slice(&[0; 4]);
    let mut out = Output { bytes: out, flags: 0 };
    out.record(record, &head);
    let flags = out.flags.to_le_bytes();
    if let Some(slot) = out.bytes.get_mut(flags_at..flags_at + flags.len()) {
        slot.copy_from_slice(&flags);
    }
}

struct Output<'a> {
    bytes: &'a mut Vec<u8>,
    flags: u32,
}

impl Output<'_> {
    fn record(&mut self, record: &Record, head: &Head) {
        self.time(record, head);
        self.bytes.push(record.code as u8);
        if record.kind != record.code.kind() || record.status != record.code.status() {
            self.flags |= has::KIND_OR_STATUS;
            self.bytes.push(record.kind as u8);
            self.bytes.push(record.status.map_or(u8::MAX, |status| status as u8));
        }
        if record.event != 0 {
            self.flags |= has::EVENT;
            self.bytes.extend_from_slice(&record.event.to_le_bytes());
        }
        self.differs(has::TOWN, u64::from(record.spot.town.0), 0);
        self.text(has::POSTAL_CODE, record.spot.postal_code, TextId::EMPTY);
        self.text(has::FACILITY, record.spot.facility, TextId::EMPTY);
        self.promised(record, head);
        self.text(has::SERVICE, record.service, head.service);
        self.text(has::ORDER, record.order_id, head.order_id);
        self.text(has::MERCHANT, record.merchant, head.merchant);
        self.text(has::SOURCE, record.source, head.source);
        self.text(has::CARRIER_CODE, record.carrier_code, TextId::EMPTY);
        if let Some(reason) = record.reason {
            self.flags |= has::REASON;
            self.bytes.push(reason as u8);
        }
        if let Some(at) = record.recorded_at {
            self.flags |= has::RECORDED_AT;
            self.signed(at.since(record.time.base));
        }
        self.text(has::LEG_CARRIER, record.leg_carrier, TextId::EMPTY);
        self.rare(record);
    }

    fn rare(&mut self, record: &Record) {
        if let Some(window) = record.estimated {
            self.flags |= has::ESTIMATED;
            self.window(window, record.time.base);
            self.bytes.push(record.estimate_source);
        }
        if let Some(window) = record.pickup_until {
            self.flags |= has::PICKUP_UNTIL;
            self.window(window, record.time.base);
        }
        if record.attempt > 0 {
            self.flags |= has::ATTEMPT;
            self.bytes.push(record.attempt);
        }
        self.text(has::MESSAGE, record.message, TextId::EMPTY);
        self.text(has::SIGNED_BY, record.signed_by, TextId::EMPTY);
        if !record.next_carrier.is_empty() || !record.next_tracking_number.is_empty() {
            self.flags |= has::NEXT;
            self.unsigned(u64::from(record.next_carrier.0));
            self.unsigned(u64::from(record.next_tracking_number.0));
        }
        self.text(has::SHIPMENT_ID, record.carrier_shipment_id, TextId::EMPTY);
        if let Some(day) = record.shipped_on {
            self.flags |= has::SHIPPED_ON;
            self.signed(i64::from(day));
        }
        if record.retracts != 0 {
            self.flags |= has::RETRACTS;
            self.bytes.extend_from_slice(&record.retracts.to_le_bytes());
        }
        if let Some((latitude, longitude)) = record.coordinates {
            self.flags |= has::COORDINATES;
            self.signed(i64::from(latitude));
            self.signed(i64::from(longitude));
        }
    }

    /// An exact time is one number; anything else states all its bounds.
    fn time(&mut self, record: &Record, head: &Head) {
        let time = &record.time;
        let since = time.wall_ms - head.wall_ms;
        if since % 1000 == 0 {
            self.signed(since / 1000);
        } else {
            self.flags |= has::MILLIS;
            self.signed(since);
        }
        if *time == milepost_model::ScanTime::exact(Timestamp::from_millis(time.wall_ms)) {
            return;
        }
        self.flags |= has::UNUSUAL_TIME;
        self.signed(time.base.millis() - time.wall_ms);
        self.signed(time.earliest.millis() - time.wall_ms);
        self.signed(time.latest.millis() - time.wall_ms);
        self.bytes
            .push(time.precision as u8 | (time.basis as u8) << 2 | u8::from(time.dst_ambiguous) << 6);
    }

    fn promised(&mut self, record: &Record, head: &Head) {
        let Some(window) = record.promised else { return };
        self.flags |= has::PROMISED;
        if record.promised != head.promised {
            self.flags |= has::OTHER_PROMISED;
            self.window(window, record.time.base);
        }
    }

    fn window(&mut self, window: Window, base: Timestamp) {
        self.signed(window.until.since(base));
        self.signed(window.until.since(window.from));
        self.signed(window.latest.since(window.until));
    }

    fn text(&mut self, flag: u32, id: TextId, usual: TextId) {
        self.differs(flag, u64::from(id.0), u64::from(usual.0));
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
            self.bytes.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.bytes.push(value.to_le_bytes()[0]);
    }
}

/// Reads back what [`Output`] wrote. The bytes are our own (a snapshot's are hashed), so a short read yields zeros
/// rather than an error.
struct Input<'a> {
    bytes: &'a [u8],
}

impl Input<'_> {
    fn record(&mut self, head: &Head) -> Record {
        let flags = u32::from_le_bytes(self.array());
        let has = |flag: u32| flags & flag != 0;
        let mut record = Record {
            time: self.time(flags, head),
            ..Record::default()
        };
        record.code = Code::from_index(usize::from(self.byte())).unwrap_or_default();
        (record.kind, record.status) = (record.code.kind(), record.code.status());
        if has(has::KIND_OR_STATUS) {
            record.kind = Kind::from_index(usize::from(self.byte())).unwrap_or_default();
            record.status = Status::from_index(usize::from(self.byte()));
        }
        if has(has::EVENT) {
            record.event = u64::from_le_bytes(self.array());
        }
        record.spot = Spot {
            town: TownId(self.text_or(has(has::TOWN), TextId::EMPTY).0),
            postal_code: self.text_or(has(has::POSTAL_CODE), TextId::EMPTY),
            facility: self.text_or(has(has::FACILITY), TextId::EMPTY),
        };
        if has(has::PROMISED) {
            record.promised = if has(has::OTHER_PROMISED) {
                Some(self.window(record.time.base))
            } else {
                head.promised
            };
        }
        record.service = self.text_or(has(has::SERVICE), head.service);
        record.order_id = self.text_or(has(has::ORDER), head.order_id);
        record.merchant = self.text_or(has(has::MERCHANT), head.merchant);
        record.source = self.text_or(has(has::SOURCE), head.source);
        record.carrier_code = self.text_or(has(has::CARRIER_CODE), TextId::EMPTY);
        if has(has::REASON) {
            record.reason = Reason::from_index(usize::from(self.byte()));
        }
        if has(has::RECORDED_AT) {
            record.recorded_at = Some(record.time.base.plus(self.signed()));
        }
        record.leg_carrier = self.text_or(has(has::LEG_CARRIER), TextId::EMPTY);
        self.rare(flags, &mut record);
        record
    }

    fn rare(&mut self, flags: u32, record: &mut Record) {
        let has = |flag: u32| flags & flag != 0;
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
        record.message = self.text_or(has(has::MESSAGE), TextId::EMPTY);
        record.signed_by = self.text_or(has(has::SIGNED_BY), TextId::EMPTY);
        record.next_carrier = self.text_or(has(has::NEXT), TextId::EMPTY);
        record.next_tracking_number = self.text_or(has(has::NEXT), TextId::EMPTY);
        record.carrier_shipment_id = self.text_or(has(has::SHIPMENT_ID), TextId::EMPTY);
        if has(has::SHIPPED_ON) {
            record.shipped_on = i32::try_from(self.signed()).ok();
        }
        if has(has::RETRACTS) {
            record.retracts = u64::from_le_bytes(self.array());
        }
        if has(has::COORDINATES) {
            record.coordinates = i32::try_from(self.signed()).ok().zip(i32::try_from(self.signed()).ok());
        }
    }

    fn time(&mut self, flags: u32, head: &Head) -> milepost_model::ScanTime {
        let since = self.signed() * if flags & has::MILLIS == 0 { 1000 } else { 1 };
        let wall_ms = head.wall_ms + since;
        let at = Timestamp::from_millis(wall_ms);
        let mut time = milepost_model::ScanTime::exact(at);
        if flags & has::UNUSUAL_TIME != 0 {
            time.base = at.plus(self.signed());
            time.earliest = at.plus(self.signed());
            time.latest = at.plus(self.signed());
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
        time
    }

    fn window(&mut self, base: Timestamp) -> Window {
        let until = base.plus(self.signed());
        let from = until.plus(-self.signed());
        Window {
            from,
            until,
            latest: until.plus(self.signed()),
        }
    }

    fn text_or(&mut self, present: bool, usual: TextId) -> TextId {
        if present {
            TextId(u32::try_from(self.unsigned()).unwrap_or(0))
        } else {
            usual
        }
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
        let value = self.unsigned();
        (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
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

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "generated places lie within the closed lists")]
mod tests {
    use super::*;
    use milepost_model::ScanTime;
    use proptest::prelude::*;

    fn window() -> impl Strategy<Value = Option<Window>> {
        proptest::option::of(
            (0i64..1 << 42, 0i64..1 << 30, 0i64..1 << 30).prop_map(|(until, length, slack)| {
                let until = Timestamp::from_millis(until);
                Window {
                    from: until.plus(-length),
                    until,
                    latest: until.plus(slack),
                }
            }),
        )
    }

    fn id() -> impl Strategy<Value = TextId> {
        prop_oneof![2 => Just(TextId::EMPTY), 2 => (1u32..200).prop_map(TextId), 1 => any::<u32>().prop_map(TextId)]
    }

    prop_compose! {
        fn record()(
            wall in 0i64..1 << 42, odd in any::<Option<(i32, u16, u16)>>(), code in 0usize..100, kind in 0usize..5,
            status in proptest::option::of(0usize..15), ids in proptest::collection::vec(id(), 14), town in 0u32..5000,
            promised in window(), estimated in window(), pickup_until in window(), event in any::<u64>(),
            retracts in any::<Option<u64>>(), attempt in any::<u8>(), shipped_on in any::<Option<i32>>(),
            recorded in proptest::option::of(0i64..1 << 42), reason in 0usize..80, place in any::<Option<(i32, i32)>>(),
        ) -> Record {
            let at = Timestamp::from_millis(wall);
            let mut time = ScanTime::exact(at);
            if let Some((base, before, after)) = odd {
                time = ScanTime {
                    wall_ms: wall, base: at.plus(i64::from(base)), earliest: at.plus(-i64::from(before)),
                    latest: at.plus(i64::from(after)), precision: Precision::Date, basis: TimeBasis::None, dst_ambiguous: true,
                };
            }
            let mut ids = ids.into_iter();
            let mut next = || ids.next().unwrap_or_default();
            Record {
                time, kind: Kind::ALL[kind], status: status.map(|at| Status::ALL[at]), code: Code::ALL[code],
                carrier_code: next(), reason: Reason::from_index(reason), recorded_at: recorded.map(Timestamp::from_millis),
                spot: Spot { town: TownId(town), postal_code: next(), facility: next() }, leg_carrier: next(),
                service: next(), order_id: next(), merchant: next(), source: next(), promised,
                estimate_source: u8::from(estimated.is_some()), estimated, pickup_until, attempt, message: next(),
                signed_by: next(), next_carrier: next(), next_tracking_number: next(), carrier_shipment_id: next(),
                shipped_on, event, retracts: retracts.unwrap_or(0), coordinates: place,
            }
        }
    }

    proptest! {
        #[test]
        fn records_come_back_as_they_were(records in proptest::collection::vec(record(), 1..8)) {
            let mut list = Vec::new();
            for record in &records {
                let mut added = Vec::new();
                pack(record, &list, &mut added);
                list.extend_from_slice(&added);
            }
            let mut found = Vec::new();
            unpack(&list, &mut found);
            prop_assert_eq!(found, records);
        }
    }
}
