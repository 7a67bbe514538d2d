//! Texts that come together, under one number: who sends, and in which town.

use crate::index::Index;
use crate::intern::TextId;
use crate::places::Places;
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

/// The tables that numbers in packed records point into.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables<'t> {
    pub(crate) senders: &'t Senders,
    pub(crate) places: &'t Places,
}

/// A group with a kind of number of its own.
pub(crate) trait Group: Copy + Default + Eq + Hash {
    /// Its number.
    type Id;

    fn id(number: u32) -> Self::Id;

    fn number(id: Self::Id) -> u32;
}

impl Group for Sender {
    type Id = SenderId;

    fn id(number: u32) -> SenderId {
        SenderId(number)
    }

    fn number(id: SenderId) -> u32 {
        id.0
    }
}

impl Group for Town {
    type Id = TownId;

    fn id(number: u32) -> TownId {
        TownId(number)
    }

    fn number(id: TownId) -> u32 {
        id.0
    }
}

/// All senders of a shard.
pub(crate) type Senders = Groups<Sender>;
/// All towns of a shard.
pub(crate) type Towns = Groups<Town>;

/// Groups in order of first appearance; number 0 is the group of empty texts: nobody, the unknown place.
#[derive(Debug)]
pub(crate) struct Groups<T> {
    groups: Vec<T>,
    index: Index,
    hasher: FixedState,
}

impl<T: Group> Groups<T> {
    pub(crate) fn new(seed: u64) -> Self {
        let mut groups = Self {
            groups: Vec::new(),
            index: Index::default(),
            hasher: FixedState::with_seed(seed),
        };
        groups.intern(T::default());
        groups
    }

    /// The number of a group that is known.
    pub(crate) fn find(&self, group: T) -> Option<T::Id> {
        let hash = self.hasher.hash_one(group);
        let is = |id: u32| self.groups.get(id as usize) == Some(&group);
        self.index.find(hash, is).map(T::id)
    }

    /// The number of a group, made if it is new.
    pub(crate) fn intern(&mut self, group: T) -> T::Id {
        if let Some(found) = self.find(group) {
            return found;
        }
        let hash = self.hasher.hash_one(group);
        let number = u32::try_from(self.groups.len()).expect("fewer groups than texts");
        self.index.insert(hash, number);
        self.groups.push(group);
        T::id(number)
    }

    #[inline]
    pub(crate) fn get(&self, id: T::Id) -> T {
        self.groups.get(T::number(id) as usize).copied().unwrap_or_default()
    }

    /// Every group but that of number 0, in order of first appearance.
    pub(crate) fn each(&self) -> &[T] {
        self.groups.get(1..).unwrap_or_default()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
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
