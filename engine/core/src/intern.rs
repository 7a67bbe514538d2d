//! Texts kept once per shard: a record holds a number where the payload holds a text.

use alloc::string::String;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hasher};
use foldhash::quality::FixedState;
use hashbrown::HashTable;

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

/// All texts of a shard, in order of first appearance.
#[derive(Debug)]
pub(crate) struct Texts {
    all: String,
    ends: Vec<u32>,
    index: HashTable<u32>,
    hasher: FixedState,
}

impl Texts {
    /// An empty table that hashes under `seed`, so that no sender can choose texts that collide.
    pub(crate) fn new(seed: u64) -> Self {
        // Id 0 is the empty text and is never looked up.
        Self {
            all: String::new(),
            ends: alloc::vec![0],
            index: HashTable::new(),
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
        let (all, ends, hasher) = (&self.all, &self.ends, &self.hasher);
        if let Some(found) = self.index.find(hash, |id| slice(all, ends, *id) == text) {
            return TextId(*found);
        }
        let id = u32::try_from(ends.len()).expect("fewer texts than bytes, and bytes are bounded");
        self.index
            .insert_unique(hash, id, |id| hash_bytes(hasher, slice(all, ends, *id).as_bytes()));
        self.all.push_str(text);
        self.ends
            .push(u32::try_from(self.all.len()).expect("has_room was asked before"));
        TextId(id)
    }

    /// The text of an id.
    pub(crate) fn get(&self, id: TextId) -> &str {
        slice(&self.all, &self.ends, id.0)
    }

    /// Every text but the empty one, in order of id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (1..self.ends.len()).map(|id| self.get(TextId(u32::try_from(id).unwrap_or(0))))
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.all.capacity() + 4 * self.ends.capacity() + 5 * self.index.capacity()
    }
}

fn slice<'a>(all: &'a str, ends: &[u32], id: u32) -> &'a str {
    let at = id as usize;
    let from = at
        .checked_sub(1)
        .and_then(|before| ends.get(before))
        .copied()
        .unwrap_or(0);
    let until = ends.get(at).copied().unwrap_or(from);
    all.get(from as usize..until as usize).unwrap_or_default()
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
        assert_eq!(ids, [TextId(1), TextId::EMPTY, TextId(2), TextId(1), TextId(3)]);
        assert_eq!(
            ids.iter().map(|id| texts.get(*id)).collect::<Vec<_>>(),
            ["Louisville", "", "KY", "Louisville", "Köln"]
        );
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["Louisville", "KY", "Köln"]);
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
