//! Records as bytes: nine to twelve for an ordinary scan, appended in order of arrival to the shipment's string.
//!
//! A record says only what differs from the record before it: who sent it, the order, the promise, the time since. An
//! ordinary scan states what the one before stated, and needs no word on what it states: its first byte is its code, or, where
//! the code too is that of the one before, already a part of its time. Any other begins with a mark, its code, and flags that
//! tell which fields are present.

mod unpack;

pub(crate) use unpack::{is_among, unpack};

use crate::groups::SenderId;
use crate::intern::TextId;
use crate::order_id::OrderId;
use crate::places::PlaceId;
use crate::record::Record;
use crate::units::whole;
use milepost_model::{Code, ScanTime, Timestamp, Window};

/// Fields that are present or differ from the record before, one bit each.
mod has {
    /// The promise that was stated last before.
    pub(super) const PROMISED: u32 = 1 << 0;
    /// The order that was stated last before.
    pub(super) const ORDER: u32 = 1 << 1;
    pub(super) const CARRIER_CODE: u32 = 1 << 2;
    /// The wall clock is not that of UTC.
    pub(super) const WALL: u32 = 1 << 3;
    pub(super) const EVENT: u32 = 1 << 4;
    pub(super) const PLACE: u32 = 1 << 5;
    pub(super) const OTHER_PROMISED: u32 = 1 << 6;
    pub(super) const OTHER_ORDER: u32 = 1 << 7;
    pub(super) const OTHER_SENDER: u32 = 1 << 8;
    pub(super) const KIND_OR_STATUS: u32 = 1 << 9;
    pub(super) const REASON: u32 = 1 << 10;
    pub(super) const UNUSUAL_TIME: u32 = 1 << 11;
    /// Before the record before it.
    pub(super) const BACK: u32 = 1 << 12;
    pub(super) const RECORDED_AT: u32 = 1 << 13;
    pub(super) const LEG_CARRIER: u32 = 1 << 14;
    pub(super) const ESTIMATED: u32 = 1 << 15;
    pub(super) const PICKUP_UNTIL: u32 = 1 << 16;
    pub(super) const ATTEMPT: u32 = 1 << 17;
    pub(super) const MESSAGE: u32 = 1 << 18;
    pub(super) const SIGNED_BY: u32 = 1 << 19;
    pub(super) const NEXT: u32 = 1 << 20;
    pub(super) const SHIPMENT_ID: u32 = 1 << 21;
    pub(super) const SHIPPED_ON: u32 = 1 << 22;
    pub(super) const RETRACTS: u32 = 1 << 23;
    pub(super) const COORDINATES: u32 = 1 << 24;
    /// The destination that was stated last before.
    pub(super) const DESTINATION: u32 = 1 << 25;
    pub(super) const OTHER_DESTINATION: u32 = 1 << 26;

    /// From what is another than before to what is the same.
    pub(super) const OTHER_SHIFT: u32 = 6;
    const _: () = assert!((OTHER_PROMISED | OTHER_ORDER) >> OTHER_SHIFT == PROMISED | ORDER);

    /// What every ordinary scan states.
    pub(super) const USUAL: u32 = EVENT | PLACE;
    /// What one source states and another does not.
    pub(super) const HABITS: u32 = PROMISED | ORDER | CARRIER_CODE | WALL;
}

/// Stands in the place of a code where flags follow.
const FLAGS_FOLLOW: u8 = 127;
/// Stands there where the scan is an ordinary one but for stating the last destination again: some carriers always do.
const SAME_DESTINATION: u8 = 126;
const _: () = assert!(Code::ALL.len() <= SAME_DESTINATION as usize, "a code takes seven bits");
/// A quarter of an hour: what time zones are apart.
const ZONE_STEP_MS: i64 = 900_000;

/// Of the record before, what tells whether one is ordinary.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Last {
    pub(crate) code: u8,
    /// Which of [`has::HABITS`] it stated.
    pub(crate) states: u8,
}

impl Last {
    pub(crate) const NONE: Self = Self { code: 0, states: 0 };

    #[inline]
    fn of(record: &Record) -> Self {
        let states = stated(record.promised.is_some(), has::PROMISED)
            | stated(!record.order_id.is_empty(), has::ORDER)
            | stated(!record.carrier_code.is_empty(), has::CARRIER_CODE)
            | stated(record.time.wall_ms != record.time.base.millis(), has::WALL);
        Self {
            code: record.code as u8,
            // The habits are the lowest four bits.
            states: states as u8,
        }
    }

    /// Of a record with that code and those flags. Stated is also what is another than before.
    #[inline]
    fn stating(code: u8, flags: u32) -> Self {
        let states = (flags | flags >> has::OTHER_SHIFT & (has::PROMISED | has::ORDER)) & has::HABITS;
        Self {
            code,
            states: states as u8,
        }
    }

    /// The flags of an ordinary scan after it.
    #[inline]
    fn usual(self) -> u32 {
        has::USUAL | u32::from(self.states) & has::HABITS
    }
}

#[inline]
fn stated(is: bool, flag: u32) -> u32 {
    u32::from(is) * flag
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
    /// The last destination that was stated.
    pub(crate) destination: PlaceId,
    pub(crate) last: Last,
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
            destination: record.destination_place.or(self.destination),
            last: Last::of(record),
        }
    }

    /// What the next record is written against, after all of these.
    pub(crate) fn after_all(records: &[Record]) -> Self {
        records.iter().fold(Self::default(), Self::after)
    }
}

/// Which fields of a record have to be written.
#[inline]
fn flags(record: &Record, before: &Before) -> u32 {
    let time = &record.time;
    let exact = ScanTime {
        wall_ms: time.wall_ms,
        ..ScanTime::exact(time.base)
    };
    let promised = match record.promised {
        None => 0,
        promised if promised == before.promised => has::PROMISED,
        Some(_) => has::OTHER_PROMISED,
    };
    let order = if record.order_id.is_empty() {
        0
    } else if record.order_id == before.order_id {
        has::ORDER
    } else {
        has::OTHER_ORDER
    };
    let own_words = record.kind != record.code.kind() || record.status != record.code.status();
    let plain = promised
        | order
        | stated(!record.carrier_code.is_empty(), has::CARRIER_CODE)
        | stated(time.wall_ms != time.base.millis(), has::WALL)
        | stated(record.event != 0, has::EVENT)
        | stated(record.place != PlaceId::UNKNOWN, has::PLACE)
        | stated(record.sender != before.sender, has::OTHER_SENDER)
        | stated(own_words, has::KIND_OR_STATUS)
        | stated(record.reason.is_some(), has::REASON)
        | stated(*time != exact, has::UNUSUAL_TIME)
        | stated(time.base < before.at, has::BACK);
    if record.is_rare {
        plain | rare_flags(record, before)
    } else {
        plain
    }
}

/// The same of the fields that few scans state.
#[cold]
fn rare_flags(record: &Record, before: &Before) -> u32 {
    let destination = match record.destination_place {
        PlaceId::UNKNOWN => 0,
        place if place == before.destination => has::DESTINATION,
        _ => has::OTHER_DESTINATION,
    };
    let next = !record.next_carrier.is_empty() || !record.next_tracking_number.is_empty();
    stated(record.recorded_at.is_some(), has::RECORDED_AT)
        | stated(!record.leg_carrier.is_empty(), has::LEG_CARRIER)
        | stated(record.estimated.is_some(), has::ESTIMATED)
        | stated(record.pickup_until.is_some(), has::PICKUP_UNTIL)
        | stated(record.attempt > 0, has::ATTEMPT)
        | stated(!record.message.is_empty(), has::MESSAGE)
        | stated(!record.signed_by.is_empty(), has::SIGNED_BY)
        | stated(next, has::NEXT)
        | stated(!record.carrier_shipment_id.is_empty(), has::SHIPMENT_ID)
        | stated(record.shipped_on.is_some(), has::SHIPPED_ON)
        | stated(record.retracts != 0, has::RETRACTS)
        | stated(record.coordinates.is_some(), has::COORDINATES)
        | destination
}

/// Most bytes of a packed record: all its fields, each as long as can be.
const RECORD_BYTES_MAX: usize = 320;

/// A record as bytes.
#[derive(Debug)]
pub(crate) struct Packed {
    bytes: [u8; RECORD_BYTES_MAX],
    length: usize,
    /// What the record packed last stated.
    last: Last,
}

impl Default for Packed {
    fn default() -> Self {
        Self {
            bytes: [0; RECORD_BYTES_MAX],
            length: 0,
            last: Last::NONE,
        }
    }
}

impl Packed {
    /// Packs a record in the place of what was packed before.
    pub(crate) fn pack(&mut self, record: &Record, before: &Before) -> &[u8] {
        self.length = 0;
        let flags = flags(record, before);
        self.last = Last::stating(record.code as u8, flags);
        self.head(flags, record, before);
        if flags & has::EVENT != 0 {
            self.event(record.event);
        }
        if flags & has::PLACE != 0 {
            self.place(record.place);
        }
        if flags & has::CARRIER_CODE != 0 {
            self.unsigned(u64::from(record.carrier_code.0));
        }
        if flags & has::WALL != 0 {
            self.wall(record.time.wall_ms - record.time.base.millis());
        }
        if flags & !(has::USUAL | has::HABITS) != 0 {
            self.unusual(flags, record);
        }
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// What the record after the one that was packed last is measured by.
    #[inline]
    pub(crate) fn last(&self) -> Last {
        self.last
    }

    /// The code, the flags if they are not the usual ones, and the time.
    #[inline]
    fn head(&mut self, flags: u32, record: &Record, before: &Before) {
        let since = record.time.base.since(before.at).unsigned_abs();
        let code = record.code as u8;
        if flags != before.last.usual() {
            self.unusual_head(flags, code, before.last);
        } else if code == before.last.code && self.time_of_ordinary(since) {
            return;
        } else {
            self.put([code << 1]);
        }
        self.time(since);
    }

    #[inline]
    fn unusual_head(&mut self, flags: u32, code: u8, last: Last) {
        if flags == last.usual() | has::DESTINATION {
            self.put([SAME_DESTINATION << 1, code]);
        } else {
            self.put([FLAGS_FOLLOW << 1, code]);
            self.unsigned(u64::from(flags));
        }
    }

    /// The time since the record before, and that it is an ordinary scan with the same code; `false` when it is too long.
    /// Whole seconds take three bytes, milliseconds four.
    #[inline]
    fn time_of_ordinary(&mut self, since: u64) -> bool {
        let (seconds, rest) = (since / 1000, since % 1000);
        if rest == 0 && seconds < 1 << 22 {
            self.put_first::<3>(seconds << 2 | 0b11);
        } else if since < 1 << 30 {
            self.put_first::<4>(since << 2 | 0b01);
        } else {
            return false;
        }
        true
    }

    /// The time since the record before, or what it lies before it.
    #[inline]
    fn time(&mut self, since: u64) {
        let (seconds, rest) = (since / 1000, since % 1000);
        if rest == 0 && seconds < 1 << 23 {
            self.put_first::<3>(seconds << 1);
        } else if since < 1 << 30 {
            self.put_first::<4>(since << 2 | 0b01);
        } else if since < 1 << 45 {
            self.put_first::<6>(since << 3 | 0b011);
        } else {
            self.put([0b111]);
            self.put(since.to_le_bytes());
        }
    }

    /// Three bytes of a hash.
    #[inline]
    fn event(&mut self, hash: u32) {
        self.put_first::<3>(hash.into());
    }

    #[inline]
    fn place(&mut self, place: PlaceId) {
        if let Some(parts) = place.as_written() {
            self.put((parts << 1).to_le_bytes());
        } else {
            self.unsigned(u64::from(place.0) << 1 | 1);
        }
    }

    /// By how much a wall clock is ahead.
    fn wall(&mut self, ahead: i64) {
        if ahead % ZONE_STEP_MS == 0 {
            self.unsigned(folded(ahead / ZONE_STEP_MS) << 1);
        } else {
            self.unsigned(folded(ahead) << 1 | 1);
        }
    }

    #[cold]
    fn unusual(&mut self, flags: u32, record: &Record) {
        let (has, base) = (|flag: u32| flags & flag != 0, record.time.base);
        if let Some(window) = record.promised.filter(|_| has(has::OTHER_PROMISED)) {
            self.window(window, base);
        }
        if has(has::OTHER_ORDER) {
            self.unsigned(u64::from(record.order_id.prefix()));
            self.put(record.order_id.number().to_le_bytes());
        }
        if has(has::OTHER_SENDER) {
            self.unsigned(u64::from(record.sender.0));
        }
        if has(has::KIND_OR_STATUS) {
            self.put([record.kind as u8, record.status.map_or(u8::MAX, |status| status as u8)]);
        }
        if let Some(reason) = record.reason {
            self.put([reason as u8]);
        }
        if has(has::UNUSUAL_TIME) {
            let time = &record.time;
            self.signed(time.earliest.since(base));
            self.signed(time.latest.since(base));
            self.put([time.precision as u8 | (time.basis as u8) << 2 | u8::from(time.dst_ambiguous) << 6]);
        }
        if record.is_rare {
            self.rare(flags, record);
        }
    }

    fn rare(&mut self, flags: u32, record: &Record) {
        let base = record.time.base;
        if let Some(at) = record.recorded_at {
            self.signed(at.since(base));
        }
        self.text(record.leg_carrier);
        if let Some(window) = record.estimated {
            self.window(window, base);
            self.put([record.estimate_source]);
        }
        if let Some(window) = record.pickup_until {
            self.window(window, base);
        }
        if record.attempt > 0 {
            self.put([record.attempt]);
        }
        self.text(record.message);
        self.text(record.signed_by);
        if !record.next_carrier.is_empty() || !record.next_tracking_number.is_empty() {
            self.unsigned(u64::from(record.next_carrier.0));
            self.unsigned(u64::from(record.next_tracking_number.0));
        }
        self.text(record.carrier_shipment_id);
        if let Some(day) = record.shipped_on {
            self.signed(i64::from(day));
        }
        if record.retracts != 0 {
            self.event(record.retracts);
        }
        if let Some((latitude, longitude)) = record.coordinates {
            self.signed(i64::from(latitude));
            self.signed(i64::from(longitude));
        }
        if flags & has::OTHER_DESTINATION != 0 {
            self.place(record.destination_place);
        }
    }

    /// Until when, from the whole second of the record on, where that and nothing else is to be told.
    fn window(&mut self, window: Window, base: Timestamp) {
        let until = window.until.millis();
        let is_point = window.from == window.until && window.latest == window.until;
        if is_point && until % 1000 == 0 {
            self.unsigned(folded(until / 1000 - whole::<1000>(base.millis())) << 1);
        } else {
            self.unsigned(folded(window.until.since(base)) << 1 | 1);
            self.signed(window.until.since(window.from));
            self.signed(window.latest.since(window.until));
        }
    }

    fn text(&mut self, id: TextId) {
        if !id.is_empty() {
            self.unsigned(u64::from(id.0));
        }
    }

    fn signed(&mut self, value: i64) {
        self.unsigned(folded(value));
    }

    #[inline]
    fn unsigned(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.put([value.to_le_bytes()[0] | 0x80]);
            value >>= 7;
        }
        self.put([value.to_le_bytes()[0]]);
    }

    /// The first bytes of a number that has no others.
    #[inline]
    fn put_first<const N: usize>(&mut self, value: u64) {
        if let Some(first) = value.to_le_bytes().first_chunk::<N>() {
            self.put(*first);
        }
    }

    #[inline]
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        if let Some(room) = self.bytes.get_mut(self.length..self.length + N) {
            room.copy_from_slice(&bytes);
        }
        self.length += N;
    }
}

/// A number whose size does not depend on its sign.
fn folded(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

#[cfg(test)]
mod tests;
