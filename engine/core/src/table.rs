//! Shipments by key: an index over dense columns, in order of first appearance.

use crate::deadlines::Deadlines;
use crate::fold::Folded;
use crate::index::Index;
use crate::intern::TextId;
use crate::lists::List;
use alloc::vec::Vec;
use core::hash::BuildHasher;
use foldhash::quality::FixedState;
use milepost_model::{Timestamp, TrackingNumber};

/// Carrier and number, packed so that equality is exact and no text is compared: up to 24 characters of `A-Z0-9` are
/// two numbers in base 37; a longer number is the id of its text, marked by the top bit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Key {
    pub(crate) carrier: TextId,
    pub(crate) high: u64,
    pub(crate) low: u64,
}

/// Characters that one half of a packed number holds: 37^12 < 2^63.
const HALF: usize = 12;
/// Marks a number that is kept as a text.
const LONG: u64 = 1 << 63;

impl Key {
    /// The key of a number; `intern` gives the id of a number that is too long to pack.
    pub(crate) fn new(carrier: TextId, number: &TrackingNumber, intern: impl FnOnce(&str) -> TextId) -> Self {
        Self::packed(carrier, number).unwrap_or_else(|| Self {
            carrier,
            high: LONG,
            low: u64::from(intern(number.as_str()).0),
        })
    }

    /// The key of a number that is not too long to pack.
    #[inline]
    pub(crate) fn packed(carrier: TextId, number: &TrackingNumber) -> Option<Self> {
        let bytes = number.as_bytes();
        if bytes.len() > 2 * HALF {
            return None;
        }
        let (high, low) = bytes.split_at(bytes.len().min(HALF));
        Some(Self {
            carrier,
            high: pack(high),
            low: pack(low),
        })
    }

    /// The number back; `text` gives the text of an id.
    pub(crate) fn number<'a>(&self, text: impl FnOnce(TextId) -> &'a str) -> Option<TrackingNumber> {
        if self.high == LONG {
            return TrackingNumber::parse(text(TextId(u32::try_from(self.low).ok()?)).as_bytes()).ok();
        }
        let mut bytes = [0u8; 2 * HALF];
        let length = {
            let (high, low) = bytes.split_at_mut(HALF);
            unpack(self.high, high) + unpack(self.low, low)
        };
        TrackingNumber::parse(bytes.get(..length)?).ok()
    }
}

fn pack(bytes: &[u8]) -> u64 {
    let digits = bytes.iter().map(|byte| match byte {
        b'0'..=b'9' => u64::from(byte - b'0') + 1,
        _ => u64::from(byte.wrapping_sub(b'A')) + 11,
    });
    let packed = digits.fold(0, |sum: u64, digit| sum * 37 + digit);
    packed * SHIFTS.get(bytes.len()).copied().unwrap_or(1)
}

/// By length of a half: what its digits are multiplied by, as if zeros followed.
const SHIFTS: [u64; HALF + 1] = {
    let mut shifts = [1; HALF + 1];
    let mut rest: &mut [u64] = &mut shifts;
    let mut shift = 1;
    while let Some((last, before)) = rest.split_last_mut() {
        *last = shift;
        shift *= if before.is_empty() { 1 } else { 37 };
        rest = before;
    }
    shifts
};

fn unpack(mut packed: u64, bytes: &mut [u8]) -> usize {
    let mut length = 0;
    for (at, slot) in bytes.iter_mut().enumerate().rev() {
        let digit = u8::try_from(packed % 37).unwrap_or(0);
        packed /= 37;
        if digit == 0 {
            continue;
        }
        length = length.max(at + 1);
        *slot = if digit <= 10 {
            b'0' + digit - 1
        } else {
            b'A' + digit - 11
        };
    }
    length
}

/// What a shard keeps of one tracking number: its newest journey folded, and where its scans and episodes are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shipment {
    pub(crate) folded: Folded,
    pub(crate) scans: List,
    pub(crate) episodes: List,
    /// The next record may be added to `folded` by itself.
    pub(crate) steps_suffice: bool,
    /// The last instant, by the scans' own time, as of which it was judged.
    pub(crate) judged_at: Timestamp,
}

impl Shipment {
    /// Words from each line of memory that it lies in.
    fn touch(&self) -> u64 {
        let folded = &self.folded;
        let mut words = u64::from(folded.records) ^ u64::from(self.scans.touch()) ^ u64::from(self.episodes.touch());
        for at in [
            folded.last_heard_at,
            folded.status_since,
            folded.estimated_known_at,
            folded.original_known_at,
            folded.spot_since,
            self.judged_at,
        ] {
            words ^= at.millis().cast_unsigned();
        }
        for at in [
            folded.last_scan_at,
            folded.first_attempt_at,
            folded.delivered_at_earliest,
        ] {
            words ^= u64::from(at.is_some());
        }
        for window in [folded.promised, folded.estimated, folded.original, folded.pickup_until] {
            words ^= u64::from(window.is_some());
        }
        words ^ u64::from(folded.carrier_code.0) ^ u64::from(folded.end.town.0)
    }
}

/// A shipment's place in the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Row(pub(crate) u32);

/// All shipments of a shard.
#[derive(Debug)]
pub(crate) struct Table {
    index: Index,
    hasher: FixedState,
    keys: Vec<Key>,
    shipments: Vec<Shipment>,
    pub(crate) deadlines: Deadlines,
}

impl Table {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            index: Index::default(),
            hasher: FixedState::with_seed(seed),
            keys: Vec::new(),
            shipments: Vec::new(),
            deadlines: Deadlines::default(),
        }
    }

    pub(crate) fn hash(&self, key: &Key) -> u64 {
        self.hasher.hash_one(key)
    }

    /// The row that a hash probably means, without a look at its key.
    #[inline]
    pub(crate) fn guess(&self, hash: u64) -> Option<Row> {
        self.index.guess(hash).map(Row)
    }

    /// Words from all over what is kept of a row: asked for early, they are near when they are needed.
    #[inline]
    pub(crate) fn touch(&self, row: Row) -> u64 {
        let at = row.0 as usize;
        let shipment = self.shipments.get(at).map_or(0, Shipment::touch);
        shipment ^ self.keys.get(at).map_or(0, |key| key.low)
    }

    /// The row of a key, made if it is new.
    pub(crate) fn entry(&mut self, key: Key, hash: u64) -> Row {
        let (keys, hasher) = (&self.keys, &self.hasher);
        if let Some(found) = self.index.find(hash, |row| keys.get(row as usize) == Some(&key)) {
            return Row(found);
        }
        let row = u32::try_from(self.keys.len()).expect("fewer than 2^32 shipments in one shard");
        let hash_of = |row: u32| keys.get(row as usize).map_or(0, |key| hasher.hash_one(key));
        self.index.insert(hash, row, hash_of);
        self.keys.push(key);
        self.shipments.push(Shipment {
            folded: Folded::new(0),
            steps_suffice: true,
            ..Shipment::default()
        });
        self.deadlines.push();
        Row(row)
    }

    pub(crate) fn key(&self, row: Row) -> Key {
        self.keys.get(row.0 as usize).copied().unwrap_or_default()
    }

    pub(crate) fn get(&self, row: Row) -> &Shipment {
        self.shipments
            .get(row.0 as usize)
            .expect("rows come from this table and are never removed")
    }

    pub(crate) fn get_mut(&mut self, row: Row) -> &mut Shipment {
        self.shipments
            .get_mut(row.0 as usize)
            .expect("rows come from this table and are never removed")
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = Row> + use<> {
        (0..u32::try_from(self.keys.len()).unwrap_or(u32::MAX)).map(Row)
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.index.memory_bytes()
            + self.keys.capacity() * size_of::<Key>()
            + self.shipments.capacity() * size_of::<Shipment>()
            + self.deadlines.memory_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_survives_its_key(text in "[A-Z0-9]{5,40}", other in "[A-Z0-9]{5,24}") {
            let mut long = String::new();
            let number = TrackingNumber::parse(text.as_bytes()).expect("in the alphabet");
            let key = Key::new(TextId(3), &number, |text| { long = text.to_string(); TextId(9) });
            let back = key.number(|id| { assert_eq!(id, TextId(9)); &long });
            prop_assert_eq!(back, Some(number));
            let second = TrackingNumber::parse(other.as_bytes()).expect("in the alphabet");
            if text.len() <= 24 {
                let other_key = Key::new(TextId(3), &second, |_| TextId(9));
                prop_assert_eq!(other_key == key, text == other);
            }
        }
    }

    fn entry(table: &mut Table, carrier: u32, high: u64) -> Row {
        let key = Key {
            carrier: TextId(carrier),
            high,
            low: 7,
        };
        let hash = table.hash(&key);
        table.entry(key, hash)
    }

    #[test]
    fn a_table_finds_what_it_was_given() {
        let mut table = Table::new(1);
        for number in 0..10_000u64 {
            assert_eq!(entry(&mut table, 1, number), Row(number as u32));
        }
        assert_eq!(entry(&mut table, 1, 77), Row(77));
        assert_eq!(entry(&mut table, 2, 77), Row(10_000));
        assert_eq!(table.len(), 10_001);
    }
}
