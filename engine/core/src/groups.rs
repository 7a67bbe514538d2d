//! Texts that come together, under one number: who sends, and in which town.

use crate::index::Index;
use crate::intern::{TextId, Texts};
use crate::places::Places;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash};
use foldhash::quality::FixedState;
use milepost_calendar::home_zone;
use milepost_model::Zone;

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

/// All towns of a shard, each with the zone in which it lies; UTC where nothing is known of it.
#[derive(Debug)]
pub(crate) struct Towns {
    groups: Groups<Town>,
    zones: Vec<Zone>,
}

impl Towns {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            groups: Groups::new(seed),
            zones: Vec::from([Zone::default()]),
        }
    }

    /// The number of a town, made if it is new.
    pub(crate) fn intern(&mut self, town: Town, texts: &Texts) -> TownId {
        let id = self.keep(town);
        self.locate(texts);
        id
    }

    /// Keeps a town whose texts are not there yet: it lies nowhere until it is located.
    pub(crate) fn keep(&mut self, town: Town) -> TownId {
        self.groups.intern(town)
    }

    /// Looks up the zones of towns that came since, once for each.
    pub(crate) fn locate(&mut self, texts: &Texts) {
        let new = self.groups.groups.get(self.zones.len()..).unwrap_or_default();
        self.zones.extend(new.iter().map(|town| {
            let [country, region, city] = [town.country, town.region, town.city].map(|id| texts.get(id));
            home_zone(country, region, city).unwrap_or_default()
        }));
    }

    #[inline]
    pub(crate) fn get(&self, id: TownId) -> Town {
        self.groups.get(id)
    }

    pub(crate) fn zone(&self, id: TownId) -> Zone {
        self.zones.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// Every town but the unknown one, in order of first appearance.
    pub(crate) fn each(&self) -> &[Town] {
        self.groups.each()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.groups.memory_bytes() + self.zones.capacity() * size_of::<Zone>()
    }
}

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
        self.find_hashed(group, self.hasher.hash_one(group)).map(T::id)
    }

    fn find_hashed(&self, group: T, hash: u64) -> Option<u32> {
        let is = |id: u32| self.groups.get(id as usize) == Some(&group);
        self.index.find(hash, is)
    }

    /// The number of a group, made if it is new.
    pub(crate) fn intern(&mut self, group: T) -> T::Id {
        let hash = self.hasher.hash_one(group);
        if let Some(found) = self.find_hashed(group, hash) {
            return T::id(found);
        }
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
    use milepost_calendar::zone_name;

    #[test]
    fn the_unknown_town_is_zero_and_lies_nowhere() {
        let mut texts = Texts::new(3);
        let mut towns = Towns::new(7);
        assert_eq!(towns.intern(Town::default(), &texts), TownId(0));
        let louisville = Town {
            city: texts.intern("Louisville"),
            region: texts.intern("KY"),
            country: texts.intern("US"),
        };
        assert_eq!(towns.intern(louisville, &texts), TownId(1));
        assert_eq!(towns.intern(louisville, &texts), TownId(1));
        assert_eq!(towns.get(TownId(1)), louisville);
        assert_eq!(towns.each(), [louisville]);
        let zones = [TownId(0), TownId(1), TownId(2)].map(|id| zone_name(towns.zone(id)));
        assert_eq!(zones, ["UTC", "America/New_York", "UTC"]);
    }
}
