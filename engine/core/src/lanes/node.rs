//! What was learned of one lane, or of many together: of parcels in each state and each part of a day, how many there were,
//! and to what they went on within it. Old parcels weigh less than new ones.

use super::clock::DayPart;
use super::grid::STEPS;
use super::saved::number;
use super::state::State;
use super::sums::{ENDS, OF_SPELL, Slot};
use super::table::whole;
use crate::bytes::{Damaged, Reader, Writer};
use alloc::vec::Vec;
use core::ops::Range;

/// Parts of a day.
const PARTS: usize = DayPart::COUNT;
/// Hours of a day.
pub(super) const HOURS: usize = 24;

/// A part of a day of parcels that were handed over on one day: how long ago that is, which part it is, and whether it is of a
/// day on which their carrier delivers. On the others hubs work and vans do not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Moment {
    pub(super) step: usize,
    pub(super) part: u8,
    pub(super) is_day_off: bool,
}

impl Moment {
    /// How many there are.
    pub(super) const COUNT: usize = STEPS * PARTS * 2;

    /// Its place among all.
    pub(super) fn place(self) -> usize {
        let Self { step, part, is_day_off } = self;
        (step * PARTS + usize::from(part) % PARTS) * 2 + usize::from(is_day_off)
    }
}

/// What parcels have in common in a part of a day: when it is, and what they are doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Spell {
    pub(super) moment: Moment,
    pub(super) state: State,
}

impl Spell {
    /// How many there are.
    pub(super) const COUNT: usize = Moment::COUNT * State::COUNT;

    /// Its place among all: those of a moment stand together, as they are looked at together.
    pub(super) fn place(self) -> usize {
        self.moment.place() * State::COUNT + self.state.index()
    }
}

/// Which shares of the parcels of a spell go on within it, by where to.
pub(super) type Shares = [f32; ENDS];

/// The same of all spells of a moment.
#[derive(Clone, Debug)]
pub(super) struct Spells(pub(super) [Shares; State::COUNT]);

impl Spells {
    /// Of parcels of which nothing at all is known.
    pub(super) const NOTHING_KNOWN: Self = Self([NOTHING_KNOWN; State::COUNT]);

    pub(super) fn of(&self, state: State) -> &Shares {
        self.0.get(state.index()).unwrap_or(&NOTHING_KNOWN)
    }
}

/// What is believed of a parcel of which nothing at all is known: one of forty is visited in each part of a day.
pub(super) const NOTHING_KNOWN: Shares = {
    let mut shares = [0.0; ENDS];
    let [.., visited] = &mut shares;
    *visited = 0.025;
    shares
};

/// One lane, or several.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Node {
    /// The slots of which something is known, rising: most of a lane's are not.
    slots: Vec<Slot>,
    /// By the same order: how many, weighed by how new they are.
    weights: Vec<f32>,
    /// Parcels under way, as of when the last part of a day was over.
    pub(super) under_way: i64,
}

impl Node {
    /// This node, and what happened since; each parcel of it weighs so much.
    pub(super) fn learned(&self, summed: &[(Slot, i64)], weight: f64) -> Self {
        // Most of what is summed is known already.
        let length = self.slots.len() + summed.len();
        let mut node = Self {
            slots: Vec::with_capacity(length),
            weights: Vec::with_capacity(length),
            under_way: self.under_way,
        };
        let mut from = 0;
        for (slot, number) in summed {
            if *slot == Slot::UNDER_WAY {
                node.under_way += number;
                continue;
            }
            let rest = self.slots.get(from..).unwrap_or_default();
            let to = from + rest.partition_point(|known| known < slot);
            node.append(self, from..to);
            let known = self.weights.get(to).filter(|_| self.slots.get(to) == Some(slot));
            node.slots.push(*slot);
            node.weights
                .push(known.unwrap_or(&0.0) + narrow(weight * whole(*number)));
            from = to + usize::from(known.is_some());
        }
        node.append(self, from..self.slots.len());
        node
    }

    /// Takes over what another has in those places.
    fn append(&mut self, other: &Self, places: Range<usize>) {
        self.slots
            .extend_from_slice(other.slots.get(places.clone()).unwrap_or_default());
        self.weights
            .extend_from_slice(other.weights.get(places).unwrap_or_default());
    }

    fn get(&self, slot: Slot) -> f64 {
        let found = self.slots.binary_search(&slot).ok();
        found
            .and_then(|at| self.weights.get(at))
            .map_or(0.0, |weight| f64::from(*weight))
    }

    /// Parcels that were visited, weighed.
    pub(super) fn visited(&self) -> f64 {
        self.get(Slot::VISITS)
    }

    /// The same, of one local hour.
    pub(super) fn visited_in(&self, hour: usize) -> f64 {
        self.get(Slot::hour(hour))
    }

    /// Promised parcels that were visited by then, and after it, weighed.
    pub(super) fn promised(&self) -> [f64; 2] {
        [false, true].map(|is_late| self.get(Slot::promised(is_late)))
    }

    /// Visited parcels of which the carrier had stated when they would be, those visited in that window, and minutes before and
    /// after it, weighed.
    pub(super) fn estimated(&self) -> [f64; 4] {
        [Slot::ESTIMATED, Slot::IN_WINDOW, Slot::EARLY, Slot::LATE].map(|slot| self.get(slot))
    }

    /// Makes all numbers so many times as large.
    pub(super) fn scale(&mut self, by: f64) {
        self.weights.iter_mut().for_each(|weight| *weight *= narrow(by));
    }

    /// Corrects what is believed without this node by what was seen here: it weighs as much as so many parcels. `weight` is
    /// that of a parcel of now.
    pub(super) fn correct(&self, shares: &mut Shares, spell: Spell, believed: f64, weight: f64) {
        if let Some((state, seen)) = self.seen(Slot::parcels(spell)).next()
            && state == 0
        {
            seen.correct(shares, narrow(believed * weight));
        }
    }

    /// The same of all spells of a moment, read once from end to end.
    pub(super) fn correct_all(
        &self,
        spells: &mut Spells,
        moment: Moment,
        believed: impl Fn(State) -> f64,
        weight: f64,
    ) {
        let state = State::FIRST;
        for (state, seen) in self.seen(Slot::parcels(Spell { moment, state })) {
            let Some(shares) = spells.0.get_mut(state) else { break };
            seen.correct(shares, narrow(believed(State::numbered(state)) * weight));
        }
    }

    /// What was seen of spells, from the one with that first slot on: how many spells after it, and what.
    fn seen(&self, first: Slot) -> impl Iterator<Item = (usize, Seen<'_>)> {
        let from = self.slots.partition_point(|slot| *slot < first);
        let mut slots = self.slots.get(from..).unwrap_or_default();
        let mut weights = self.weights.get(from..).unwrap_or_default();
        core::iter::from_fn(move || {
            let spell = slots.first()?.after(first) / OF_SPELL;
            let is_here = |slot: &&Slot| slot.after(first) / OF_SPELL == spell;
            let length = slots.iter().take_while(is_here).count();
            let (here, weighed);
            (here, slots) = slots.split_at_checked(length)?;
            (weighed, weights) = weights.split_at_checked(length)?;
            let first = first.later(spell * OF_SPELL);
            Some((
                spell,
                Seen {
                    slots: here,
                    weights: weighed,
                    first,
                },
            ))
        })
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        out.length(self.slots.len());
        for slot in &self.slots {
            out.bytes(&slot.number().to_le_bytes());
        }
        for weight in &self.weights {
            out.bytes(&weight.to_le_bytes());
        }
        out.i64(self.under_way);
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut node = Self::default();
        for _ in 0..input.length()? {
            let slot = Slot::numbered(input.u16()?).ok_or(Damaged)?;
            if node.slots.last().is_some_and(|last| *last >= slot) {
                return Err(Damaged);
            }
            node.slots.push(slot);
        }
        for _ in 0..node.slots.len() {
            node.weights.push(input.f32()?);
        }
        node.under_way = number(input)?;
        Ok(node)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of::<Self>() + self.slots.capacity() * (size_of::<Slot>() + size_of::<f32>())
    }
}

/// What a node saw of one spell: of its slots those of which something is known, and their weights. The first slot are the
/// parcels, the others where they went.
struct Seen<'n> {
    slots: &'n [Slot],
    weights: &'n [f32],
    first: Slot,
}

impl Seen<'_> {
    /// What is believed without it weighs `believed`.
    #[inline]
    fn correct(&self, shares: &mut Shares, believed: f32) {
        let ends = || self.slots.iter().map(|slot| slot.after(self.first).checked_sub(1));
        let (mut parcels, mut all) = (0.0_f32, 0.0);
        for (end, weight) in ends().zip(self.weights) {
            match end {
                None => parcels = *weight,
                Some(_) => all += *weight,
            }
        }
        // More can have gone than were seen: who came and went between two looks.
        let each = 1.0 / (parcels.max(all).max(0.0) + believed);
        // Most ends were not seen: what is believed of all is weighed at once, and what was seen is added one by one.
        let rest = believed * each;
        shares.iter_mut().for_each(|share| *share *= rest);
        for (end, weight) in ends().zip(self.weights) {
            if let Some(share) = end.and_then(|end| shares.get_mut(end)) {
                *share += weight * each;
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "seven digits of a sum are enough")]
const fn narrow(sum: f64) -> f32 {
    sum as f32
}
