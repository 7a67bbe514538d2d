//! Texts that come together, under one number: who sends, and in which town.

use crate::index::Index;
use crate::intern::TextId;
use crate::record::Spot;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash};
use foldhash::quality::FixedState;

/// Who sends scans: most of a shard's are from a few hundred.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Sender {
    pub(crate) carrier: TextId,
    pub(crate) service: TextId,
    pub(crate) merchant: TextId,
    pub(crate) source: TextId,
}

/// City, region and country together: most scans of a shard share a few thousand of these.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Town {
    pub(crate) city: TextId,
    pub(crate) region: TextId,
    pub(crate) country: TextId,
}

/// The number of a sender; 0 is nobody.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct SenderId(pub(crate) u32);

/// The number of a town; 0 is the unknown place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct TownId(pub(crate) u32);

/// The number of a facility with its address; 0 is none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct PlaceId(pub(crate) u32);

/// The tables that numbers in packed records point into.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables<'t> {
    pub(crate) senders: &'t Senders,
    pub(crate) places: &'t Places,
}

/// All senders of a shard.
#[derive(Debug)]
pub(crate) struct Senders(Groups<Sender>);

/// All towns of a shard.
#[derive(Debug)]
pub(crate) struct Towns(Groups<Town>);

/// All facilities of a shard.
#[derive(Debug)]
pub(crate) struct Places(Groups<Spot>);

impl Senders {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Groups::new(seed))
    }

    pub(crate) fn intern(&mut self, sender: Sender) -> SenderId {
        SenderId(self.0.intern(sender))
    }

    #[inline]
    pub(crate) fn get(&self, id: SenderId) -> Sender {
        self.0.get(id.0)
    }

    /// Every sender but nobody, in order of first appearance.
    pub(crate) fn each(&self) -> &[Sender] {
        self.0.each()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.0.memory_bytes()
    }
}

impl Towns {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Groups::new(seed))
    }

    pub(crate) fn intern(&mut self, town: Town) -> TownId {
        TownId(self.0.intern(town))
    }

    #[inline]
    pub(crate) fn get(&self, id: TownId) -> Town {
        self.0.get(id.0)
    }

    /// Every town but the unknown place, in order of first appearance.
    pub(crate) fn each(&self) -> &[Town] {
        self.0.each()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.0.memory_bytes()
    }
}

impl Places {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Groups::new(seed))
    }

    pub(crate) fn intern(&mut self, place: Spot) -> PlaceId {
        PlaceId(self.0.intern(place))
    }

    #[inline]
    pub(crate) fn get(&self, id: PlaceId) -> Spot {
        self.0.get(id.0)
    }

    /// Every place but none, in order of first appearance.
    pub(crate) fn each(&self) -> &[Spot] {
        self.0.each()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.0.memory_bytes()
    }
}

/// Groups in order of first appearance; number 0 is the group of empty texts.
#[derive(Debug)]
struct Groups<T> {
    groups: Vec<T>,
    index: Index,
    hasher: FixedState,
}

impl<T: Copy + Default + Eq + Hash> Groups<T> {
    fn new(seed: u64) -> Self {
        let mut groups = Self {
            groups: Vec::new(),
            index: Index::default(),
            hasher: FixedState::with_seed(seed),
        };
        groups.intern(T::default());
        groups
    }

    fn intern(&mut self, group: T) -> u32 {
        let (groups, hasher) = (&self.groups, &self.hasher);
        let hash = hasher.hash_one(group);
        if let Some(found) = self.index.find(hash, |id| groups.get(id as usize) == Some(&group)) {
            return found;
        }
        let id = u32::try_from(groups.len()).expect("fewer groups than texts");
        let hash_of = |id: u32| hasher.hash_one(groups.get(id as usize).copied().unwrap_or_default());
        self.index.insert(hash, id, hash_of);
        self.groups.push(group);
        id
    }

    fn get(&self, id: u32) -> T {
        self.groups.get(id as usize).copied().unwrap_or_default()
    }

    fn each(&self) -> &[T] {
        self.groups.get(1..).unwrap_or_default()
    }

    fn memory_bytes(&self) -> usize {
        self.groups.capacity() * size_of::<T>() + self.index.memory_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(towns.each(), [louisville]);
    }
}
