//! What happened in parts of days that are over, as whole numbers: exact, so no order shows in them. What was learned of a
//! lane grows by them, and that of its wholes by theirs together.

use super::node::{HOURS, Spell};
use super::state::Stage;
use alloc::vec::Vec;

/// What is summed by itself: of each spell its parcels and where they went, and what does not depend on the spell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Slot(u16);

/// To what a parcel can go on: to each stage, and to the first visit.
pub(super) const ENDS: usize = Stage::COUNT + 1;
/// The place of the first visit among them.
pub(super) const VISITED: usize = Stage::COUNT;
/// Slots of a spell.
pub(super) const OF_SPELL: usize = ENDS + 1;
/// Slots of all spells.
const OF_SPELLS: usize = Spell::COUNT * OF_SPELL;
const SLOTS: usize = OF_SPELLS + HOURS + 8;

const _: () = assert!(SLOTS <= u16::MAX as usize, "slots are numbered by 16 bits");

impl Slot {
    /// Parcels that were visited.
    pub(super) const VISITS: Self = Self((OF_SPELLS + HOURS) as u16);
    /// Parcels that are under way, more than before.
    pub(super) const UNDER_WAY: Self = Self((OF_SPELLS + HOURS + 3) as u16);

    /// Parcels that went on in a spell, to there.
    pub(super) fn went(spell: Spell, end: usize) -> Self {
        Self(Self::parcels(spell).0 + 1 + (end % ENDS) as u16)
    }

    /// Parcels that were there when a spell began, or came in it.
    pub(super) fn parcels(spell: Spell) -> Self {
        Self((spell.place() * OF_SPELL) as u16)
    }

    /// Parcels that were visited in that local hour.
    pub(super) fn hour(hour: usize) -> Self {
        Self((OF_SPELLS + hour % HOURS) as u16)
    }

    /// Promised parcels that were visited by then, or after it.
    pub(super) const fn promised(is_late: bool) -> Self {
        Self(Self::VISITS.0 + 1 + is_late as u16)
    }

    /// Visited parcels of which the carrier had stated when they would be.
    pub(super) const ESTIMATED: Self = Self(Self::UNDER_WAY.0 + 1);
    /// Those of them that were visited in that window.
    pub(super) const IN_WINDOW: Self = Self(Self::UNDER_WAY.0 + 2);
    /// Minutes that they were visited before it.
    pub(super) const EARLY: Self = Self(Self::UNDER_WAY.0 + 3);
    /// Minutes that they were visited after it.
    pub(super) const LATE: Self = Self(Self::UNDER_WAY.0 + 4);

    pub(super) const fn number(self) -> u16 {
        self.0
    }

    /// The slot of that number, if there is one.
    pub(super) fn numbered(number: u16) -> Option<Self> {
        (usize::from(number) < SLOTS).then_some(Self(number))
    }

    /// The one that stands so many slots after it.
    pub(super) fn later(self, by: usize) -> Self {
        Self(self.0.saturating_add(by as u16))
    }

    /// How many slots after `first` it stands, or with it: of the first of a spell, 0 are the parcels, then where they went.
    pub(super) fn after(self, first: Self) -> usize {
        usize::from(self.0.saturating_sub(first.0))
    }
}

/// Sums in the making.
#[derive(Debug)]
pub(super) struct Sums {
    numbers: Vec<i64>,
    /// Slots that something was added to.
    met: Vec<Slot>,
}

/// By slot, rising.
pub(super) type Summed = Vec<(Slot, i64)>;

impl Sums {
    pub(super) fn new() -> Self {
        Self {
            numbers: alloc::vec![0; SLOTS],
            met: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, slot: Slot, number: i64) {
        if let Some(sum) = self.numbers.get_mut(usize::from(slot.0)) {
            if *sum == 0 {
                self.met.push(slot);
            }
            *sum += number;
        }
    }

    /// Takes out the sums; nothing is left.
    pub(super) fn take(&mut self) -> Summed {
        self.met.sort_unstable();
        let mut summed = Summed::with_capacity(self.met.len());
        for slot in self.met.drain(..) {
            if let Some(sum) = self.numbers.get_mut(usize::from(slot.0))
                && *sum != 0
            {
                summed.push((slot, core::mem::take(sum)));
            }
        }
        summed
    }
}
