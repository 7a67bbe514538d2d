//! Shipments by key: an index over dense columns, in order of first appearance.

use crate::chains::Chain;
use crate::deadlines::Deadlines;
use crate::elsewhere::Elsewhere;
use crate::fold::Folded;
use crate::groups::{SenderId, Senders, Towns};
use crate::index::Index;
use crate::intern::TextId;
use crate::lists::List;
use crate::packed::{Before, Last};
use crate::pages::Pages;
use crate::places::Places;
use crate::row::Row;
use core::hash::BuildHasher;
use foldhash::quality::FixedState;
use milepost_model::{Timestamp, TrackingNumber};

/// Carrier and number, packed so that equality is exact and no text is compared: up to 24 characters of `A-Z0-9` are
/// three numbers in base 37 of 42 bits each; a longer number is the id of its text, marked by the top bit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Key {
    pub(crate) carrier: TextId,
    pub(crate) high: u64,
    pub(crate) low: u64,
}

/// Characters of a third of a packed number: 37^8 < 2^42.
const THIRD: usize = 8;
const THIRD_BITS: u32 = 42;
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
        let bytes = number.padded::<{ 3 * THIRD }>()?;
        let (thirds, _) = bytes.as_chunks::<THIRD>();
        let packed = thirds
            .iter()
            .fold(0, |packed: u128, third| packed << THIRD_BITS | u128::from(pack(*third)));
        Some(Self {
            carrier,
            high: (packed >> 64) as u64,
            low: packed as u64,
        })
    }

    /// The number back; `text` gives the text of an id.
    pub(crate) fn number<'a>(&self, text: impl FnOnce(TextId) -> &'a str) -> Option<TrackingNumber> {
        if self.high == LONG {
            return TrackingNumber::parse(text(TextId(u32::try_from(self.low).ok()?)).as_bytes()).ok();
        }
        let mut packed = u128::from(self.high) << 64 | u128::from(self.low);
        let mut bytes = [0; 3 * THIRD];
        for third in bytes.as_chunks_mut::<THIRD>().0.iter_mut().rev() {
            unpack(packed as u64 & ((1 << THIRD_BITS) - 1), third);
            packed >>= THIRD_BITS;
        }
        let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        TrackingNumber::parse(bytes.get(..length)?).ok()
    }
}

/// Eight characters in base 37, the first the most significant; a zero byte is no character. All at once: first each
/// byte becomes its digit, then neighbours are joined three times.
#[inline]
fn pack(bytes: [u8; THIRD]) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let text = u64::from_le_bytes(bytes);
    // Digits of the text have bit 4 set and not bit 6, letters have bit 6 set.
    let (letter, some) = (text >> 6 & EACH, (text >> 4 | text >> 6) & EACH);
    let digits = text - some * u64::from(b'0' - 1) - letter * u64::from(b'A' - 11 - (b'0' - 1));
    let every = 0x00ff_00ff_00ff_00ff;
    let pairs = (digits & every) * 37 + (digits >> 8 & every);
    let every = 0x0000_ffff_0000_ffff;
    let fours = (pairs & every) * (37 * 37) + (pairs >> 16 & every);
    (fours & u64::from(u32::MAX)) * (37 * 37 * 37 * 37) + (fours >> 32)
}

/// The character of each digit.
const CHARACTERS: [u8; 37] = *b"\x000123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn unpack(mut packed: u64, bytes: &mut [u8; THIRD]) {
    if packed == 0 {
        return;
    }
    for slot in bytes.iter_mut().rev() {
        *slot = CHARACTERS.get((packed % 37) as usize).copied().unwrap_or_default();
        packed /= 37;
    }
}

/// What a shard knows of one tracking number, to work with: its newest journey folded, and where its scans and episodes
/// are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shipment {
    pub(crate) folded: Folded,
    /// Who sent the last that said of which service and merchant it is.
    pub(crate) sender: SenderId,
    pub(crate) scans: Chain,
    pub(crate) episodes: List,
    /// The next record may be added to `folded` by itself.
    pub(crate) steps_suffice: bool,
    /// The last record in order of arrival says what `folded` says: [`Self::before`].
    pub(crate) tail_told: bool,
    /// Of the last record in order of arrival, what the next is packed against.
    pub(crate) last: Last,
    /// The last instant, by the scans' own time, as of which it was judged.
    pub(crate) judged_at: Timestamp,
}

impl Shipment {
    /// One of which nothing is known.
    pub(crate) const NEW: Self = Self {
        folded: Folded::NEW,
        sender: SenderId(0),
        scans: Chain::EMPTY,
        episodes: List::EMPTY,
        steps_suffice: true,
        tail_told: false,
        last: Last::NONE,
        judged_at: Timestamp::MIN,
    };

    /// What the next record is packed against, where the last one is what was folded last.
    pub(crate) fn before(&self) -> Before {
        Before {
            at: self.folded.last_heard_at,
            sender: self.sender,
            order_id: self.folded.order_id,
            promised: self.folded.promised,
            destination: self.folded.more.stated_place,
            last: self.last,
        }
    }
}

/// A shipment's place in the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RowId(pub(crate) u32);

/// All shipments of a shard.
#[derive(Debug)]
pub(crate) struct Table {
    index: Index,
    hasher: FixedState,
    rows: Pages<Row>,
    elsewhere: Elsewhere,
    pub(crate) deadlines: Deadlines,
}

impl Table {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            index: Index::default(),
            hasher: FixedState::with_seed(seed),
            rows: Pages::default(),
            elsewhere: Elsewhere::default(),
            deadlines: Deadlines::default(),
        }
    }

    #[inline]
    pub(crate) fn hash(&self, key: &Key) -> u64 {
        self.hasher.hash_one(key)
    }

    /// A word of where the index keeps a hash, to have it near.
    #[inline]
    pub(crate) fn touch_index(&self, hash: u64) -> u64 {
        self.index.touch(hash)
    }

    /// The row that a hash probably means, without a look at its key.
    #[inline]
    pub(crate) fn guess(&self, hash: u64) -> Option<RowId> {
        self.index.guess(hash).map(RowId)
    }

    /// A row, to look at.
    #[inline]
    pub(crate) fn near(&self, row: RowId) -> Option<&Row> {
        self.rows.get(row.0)
    }

    /// The last instant as of which a row was judged.
    pub(crate) fn judged_at(&self, row: &Row) -> Timestamp {
        row.judged_at(&self.elsewhere)
    }

    /// A word of what a row has elsewhere.
    #[inline]
    pub(crate) fn touch_elsewhere(&self, row: &Row) -> u32 {
        self.elsewhere.touch(row.slot())
    }

    /// The row of a key, made if it is new: `probably` the one that was guessed. `sender` is one of its carrier.
    #[inline]
    pub(crate) fn entry(
        &mut self,
        (key, hash): (Key, u64),
        probably: Option<RowId>,
        sender: SenderId,
        senders: &Senders,
    ) -> RowId {
        let rows = &self.rows;
        let is = |row: u32| {
            let same = |row: &Row| row.sender == sender || senders.get(row.sender).carrier == key.carrier;
            rows.get(row)
                .is_some_and(|row| (row.high, row.low) == (key.high, key.low) && same(row))
        };
        if let Some(row) = probably.filter(|row| is(row.0)) {
            return row;
        }
        if let Some(found) = self.index.find(hash, is) {
            return RowId(found);
        }
        self.enter((key, hash), sender)
    }

    #[cold]
    fn enter(&mut self, (key, hash): (Key, u64), sender: SenderId) -> RowId {
        let row = self.rows.push(Row::new(key.high, key.low, sender));
        self.index.insert(hash, row);
        self.deadlines.push();
        RowId(row)
    }

    /// Makes rows until there are so many, to be placed.
    pub(crate) fn make_room(&mut self, count: usize) {
        while self.rows.len() < count {
            self.rows.push(Row::new(0, 0, SenderId::default()));
            self.deadlines.push();
        }
    }

    /// Gives a row its key, if it has none yet; `false` when there is no such row, or it is another's.
    #[must_use]
    pub(crate) fn place(&mut self, at: RowId, (key, sender): (Key, SenderId), senders: &Senders) -> bool {
        let Some(row) = self.rows.get_mut(at.0) else {
            return false;
        };
        if (row.high, row.low) != (0, 0) {
            return key_of(row, senders) == key;
        }
        *row = Row::new(key.high, key.low, sender);
        self.index.insert(self.hasher.hash_one(key), at.0);
        true
    }

    pub(crate) fn key(&self, row: RowId, senders: &Senders) -> Key {
        self.rows.get(row.0).map(|row| key_of(row, senders)).unwrap_or_default()
    }

    /// Loads a shipment, to work with.
    #[inline]
    pub(crate) fn load(&self, row: RowId, tables: (&Towns, &Senders, &Places), shipment: &mut Shipment) {
        self.rows
            .get(row.0)
            .expect("rows come from this table and are never removed")
            .load(&self.elsewhere, tables, shipment);
    }

    /// Keeps a shipment that was worked with.
    #[inline]
    pub(crate) fn store(&mut self, row: RowId, shipment: &Shipment, towns: &Towns) {
        if let Some(row) = self.rows.get_mut(row.0) {
            row.store(shipment, &mut self.elsewhere, towns);
        }
    }

    /// Whether a shipment would be loaded as it was stored.
    #[cfg(debug_assertions)]
    pub(crate) fn holds(&self, row: RowId, shipment: &Shipment, tables: (&Towns, &Senders, &Places)) -> bool {
        let mut kept = Shipment::NEW;
        self.load(row, tables, &mut kept);
        let same = (kept.scans, kept.episodes, kept.last) == (shipment.scans, shipment.episodes, shipment.last);
        same && kept.folded == shipment.folded && kept.judged_at == shipment.judged_at
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = RowId> + use<> {
        (0..u32::try_from(self.rows.len()).unwrap_or(u32::MAX)).map(RowId)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.index.memory_bytes()
            + self.rows.memory_bytes()
            + self.elsewhere.memory_bytes()
            + self.deadlines.memory_bytes()
    }
}

fn key_of(row: &Row, senders: &Senders) -> Key {
    Key {
        carrier: senders.get(row.sender).carrier,
        high: row.high,
        low: row.low,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups::Sender;
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

    fn entry(table: &mut Table, senders: &mut Senders, carrier: u32, high: u64) -> RowId {
        let carrier = TextId(carrier);
        let sender = senders.intern(Sender {
            carrier,
            ..Sender::default()
        });
        let key = Key { carrier, high, low: 7 };
        let hash = table.hash(&key);
        table.entry((key, hash), None, sender, senders)
    }

    #[test]
    fn a_table_finds_what_it_was_given() {
        let (mut table, mut senders) = (Table::new(1), Senders::new(2));
        for number in 0..10_000u64 {
            assert_eq!(entry(&mut table, &mut senders, 1, number), RowId(number as u32));
        }
        assert_eq!(entry(&mut table, &mut senders, 1, 77), RowId(77));
        assert_eq!(entry(&mut table, &mut senders, 2, 77), RowId(10_000));
        assert_eq!(table.len(), 10_001);
    }
}
