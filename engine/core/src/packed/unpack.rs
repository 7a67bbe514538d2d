//! Bytes back to records.

use super::{Before, has};
use crate::groups::{PlaceId, SenderId, Tables, TownId};
use crate::intern::{Postal, TextId};
use crate::order_id::OrderId;
use crate::record::Record;
use alloc::vec::Vec;
use milepost_model::{Code, Kind, Precision, Reason, ScanTime, Status, TimeBasis, Timestamp, Window};

/// Reads the records of a string in order of arrival.
pub(crate) fn unpack(bytes: &[u8], tables: Tables<'_>, records: &mut Vec<Record>) {
    records.clear();
    let mut input = Input { bytes };
    let mut before = Before::default();
    while !input.bytes.is_empty() {
        let mut record = input.record(&before);
        let sender = tables.senders.get(record.sender);
        if record.place != PlaceId::default() {
            record.spot = tables.places.get(record.place);
        }
        record.service = sender.service;
        record.merchant = sender.merchant;
        record.source = sender.source;
        before = before.after(&record);
        records.push(record);
    }
}

/// Reads back what was packed. The bytes are our own (a snapshot's are hashed), so a short read yields zeros rather than
/// an error.
struct Input<'a> {
    bytes: &'a [u8],
}

impl Input<'_> {
    fn record(&mut self, before: &Before) -> Record {
        let flags = u32::try_from(self.unsigned()).unwrap_or(0);
        let has = |flag: u32| flags & flag != 0;
        let mut record = Record {
            time: self.time(flags, before),
            ..Record::default()
        };
        record.code = Code::from_index(usize::from(self.byte())).unwrap_or_default();
        (record.kind, record.status) = (record.code.kind(), record.code.status());
        if has(has::EVENT) {
            record.event = u32::from_le_bytes(self.array());
        }
        if has(has::PLACE) {
            record.place = PlaceId(self.text(true).0);
        } else {
            record.spot.town = TownId(self.text(has(has::TOWN)).0);
            record.spot.postal_code = Postal::from_short(self.number(has(has::POSTAL_CODE)));
        }
        record.carrier_code = self.text(has(has::CARRIER_CODE));
        if has(has::PROMISED) {
            record.promised = before.promised;
        } else if has(has::OTHER_PROMISED) {
            record.promised = Some(self.window(record.time.base));
        }
        if has(has::ORDER) {
            record.order_id = before.order_id;
        } else if has(has::OTHER_ORDER) {
            record.order_id = OrderId {
                prefix: u16::try_from(self.unsigned()).unwrap_or(0),
                number: u32::try_from(self.unsigned()).unwrap_or(0),
            };
        }
        record.sender = before.sender;
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
        if flags >= has::RECORDED_AT {
            self.rare(flags, &mut record);
        }
        record
    }

    fn rare(&mut self, flags: u32, record: &mut Record) {
        let has = |flag: u32| flags & flag != 0;
        record.is_rare = true;
        if has(has::RECORDED_AT) {
            record.recorded_at = Some(record.time.base.plus(self.signed()));
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
            record.retracts = u32::from_le_bytes(self.array());
        }
        if has(has::COORDINATES) {
            record.coordinates = i32::try_from(self.signed()).ok().zip(i32::try_from(self.signed()).ok());
        }
    }

    fn time(&mut self, flags: u32, before: &Before) -> ScanTime {
        let has = |flag: u32| flags & flag != 0;
        let since = if has(has::FAR) {
            i64::from_le_bytes(self.array())
        } else {
            i64::from(u32::from_le_bytes(self.array()))
        };
        let base = before.at.plus(if has(has::BACK) { -since } else { since });
        let mut time = ScanTime::exact(base);
        if has(has::WALL) {
            time.wall_ms += self.signed();
        }
        if has(has::UNUSUAL_TIME) {
            time.earliest = base.plus(self.signed());
            time.latest = base.plus(self.signed());
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
