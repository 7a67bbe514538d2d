//! Texts kept once per shard: a record holds a number where the payload holds a text.

use alloc::string::String;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hasher};
use foldhash::quality::FixedState;
use hashbrown::HashTable;

use crate::index::Index;

/// A text of one shard. Equal ids are equal texts; the order of ids says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct TextId(pub(crate) u32);

impl TextId {
    /// The empty text: absent.
    pub(crate) const EMPTY: Self = Self(0);

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// This text, or `other` when this one is empty.
    pub(crate) const fn or(self, other: Self) -> Self {
        if self.is_empty() { other } else { self }
    }
}

/// Most bytes of text that one shard takes; beyond it new scans are refused instead of growing without bound.
const TEXT_BYTES_MAX: usize = u32::MAX as usize - 65_536;

/// All texts of a shard, in order of first appearance, one behind the other. Before each stands its length in characters
/// below 128 (six bits of it in each, a seventh if more follow), so that all is one string, and the id of a text is the
/// place of its length: one look at memory finds it.
#[derive(Debug)]
pub(crate) struct Texts {
    all: String,
    count: usize,
    index: Index,
    hasher: FixedState,
}

/// Marks a part of a length that others follow.
const MORE: u8 = 1 << 6;

impl Texts {
    /// An empty table that hashes under `seed`, so that no sender can choose texts that collide.
    pub(crate) fn new(seed: u64) -> Self {
        // Id 0 is the empty text and is never looked up.
        Self {
            all: String::from("\0"),
            count: 0,
            index: Index::default(),
            hasher: FixedState::with_seed(seed),
        }
    }

    /// Whether texts of one more scan fit.
    pub(crate) fn has_room(&self) -> bool {
        self.all.len() < TEXT_BYTES_MAX
    }

    /// The id of a text, made if it is new.
    pub(crate) fn intern(&mut self, text: &str) -> TextId {
        if text.is_empty() {
            return TextId::EMPTY;
        }
        let hash = hash_bytes(&self.hasher, text.as_bytes());
        let (all, hasher) = (&self.all, &self.hasher);
        if let Some(found) = self.index.find(hash, |id| text_at(all, id) == text) {
            return TextId(found);
        }
        let id = u32::try_from(self.all.len()).expect("has_room was asked before");
        self.index
            .insert(hash, id, |id| hash_bytes(hasher, text_at(all, id).as_bytes()));
        let mut length = text.len();
        while length >= usize::from(MORE) {
            self.all.push(char::from(MORE | (length & 63) as u8));
            length >>= 6;
        }
        self.all.push(char::from(length as u8));
        self.all.push_str(text);
        self.count += 1;
        TextId(id)
    }

    /// The text of an id.
    #[inline]
    pub(crate) fn get(&self, id: TextId) -> &str {
        text_at(&self.all, id.0)
    }

    /// A byte of what is kept of a text, if it was met before: asked for early, it is near when it is needed.
    #[inline]
    pub(crate) fn touch(&self, text: &str) -> u8 {
        let known = self.index.guess(hash_bytes(&self.hasher, text.as_bytes()));
        known.map_or(0, |id| self.first_byte(TextId(id)))
    }

    /// A byte of what is kept of an id.
    #[inline]
    pub(crate) fn first_byte(&self, id: TextId) -> u8 {
        self.all.as_bytes().get(id.0 as usize).copied().unwrap_or(0)
    }

    /// Every text but the empty one, in order of first appearance.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let mut next = 1;
        (0..self.count).map(move |_| {
            let (from, length) = span(&self.all, next);
            next = from + length;
            self.all.get(from..next).unwrap_or_default()
        })
    }

    /// How many texts there are, the empty one not counted.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.all.capacity() + self.index.memory_bytes()
    }
}

#[inline]
fn text_at(all: &str, id: u32) -> &str {
    let (from, length) = span(all, id as usize);
    all.get(from..from + length).unwrap_or_default()
}

/// Where the text begins whose length stands at a place, and how long it is.
#[inline]
fn span(all: &str, mut at: usize) -> (usize, usize) {
    let (mut length, mut shift) = (0, 0);
    while let Some(part) = all.as_bytes().get(at) {
        at += 1;
        length |= usize::from(part & !MORE) << shift;
        if part & MORE == 0 {
            break;
        }
        shift += 6;
    }
    (at, length)
}

pub(crate) fn hash_bytes(hasher: &FixedState, bytes: &[u8]) -> u64 {
    let mut state = hasher.build_hasher();
    state.write(bytes);
    state.finish()
}

/// Who sends scans: most of a shard's are from a few hundred.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Sender {
    pub(crate) carrier: TextId,
    pub(crate) service: TextId,
    pub(crate) merchant: TextId,
    pub(crate) source: TextId,
}

/// City, region and country together: most scans of a shard share a few thousand of these.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct TownId(pub(crate) u32);

/// The parts of a town.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Town {
    pub(crate) city: TextId,
    pub(crate) region: TextId,
    pub(crate) country: TextId,
}

/// All towns of a shard. Id 0 is the unknown place.
#[derive(Debug)]
pub(crate) struct Towns {
    towns: Vec<Town>,
    index: HashTable<u32>,
    hasher: FixedState,
}

impl Towns {
    pub(crate) fn new(seed: u64) -> Self {
        let mut towns = Self {
            towns: Vec::new(),
            index: HashTable::new(),
            hasher: FixedState::with_seed(seed),
        };
        towns.intern(Town::default());
        towns
    }

    pub(crate) fn intern(&mut self, town: Town) -> TownId {
        let hash = self.hasher.hash_one(town);
        let (towns, hasher) = (&self.towns, &self.hasher);
        if let Some(found) = self.index.find(hash, |id| towns.get(*id as usize) == Some(&town)) {
            return TownId(*found);
        }
        let id = u32::try_from(towns.len()).expect("fewer towns than texts");
        self.index.insert_unique(hash, id, |id| {
            hasher.hash_one(towns.get(*id as usize).copied().unwrap_or_default())
        });
        self.towns.push(town);
        TownId(id)
    }

    pub(crate) fn get(&self, id: TownId) -> Town {
        self.towns.get(id.0 as usize).copied().unwrap_or_default()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Town> {
        self.towns.iter().copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.towns.len()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.towns.capacity() * size_of::<Town>() + 5 * self.index.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once_and_comes_back() {
        let mut texts = Texts::new(7);
        let ids: Vec<TextId> = ["Louisville", "", "KY", "Louisville", "Köln"]
            .map(|text| texts.intern(text))
            .to_vec();
        assert_eq!(ids, [TextId(1), TextId::EMPTY, TextId(12), TextId(1), TextId(15)]);
        assert_eq!(
            ids.iter().map(|id| texts.get(*id)).collect::<Vec<_>>(),
            ["Louisville", "", "KY", "Louisville", "Köln"]
        );
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["Louisville", "KY", "Köln"]);
    }

    #[test]
    fn texts_of_any_length_come_back() {
        let mut texts = Texts::new(7);
        let of = |length: usize| "\u{f6}x".repeat(length / 3) + &"y".repeat(length % 3);
        let ids: Vec<TextId> = (1..5_000).map(|length| texts.intern(&of(length))).collect();
        for (length, id) in (1..).zip(&ids) {
            assert_eq!(texts.get(*id), of(length));
            assert_eq!(texts.intern(&of(length)), *id);
        }
        assert!(texts.iter().eq((1..5_000).map(of)));
        assert_eq!(texts.len(), 4_999);
    }

    #[test]
    fn the_unknown_town_is_zero() {
        let mut towns = Towns::new(7);
        assert_eq!(towns.intern(Town::default()), TownId(0));
        let louisville = Town {
            city: TextId(1),
            region: TextId(2),
            country: TextId(3),
        };
        assert_eq!(towns.intern(louisville), TownId(1));
        assert_eq!(towns.get(TownId(1)), louisville);
    }
}
