//! What was learned of one lane, or of many together: of parcels in each state and each part of a day, how many there were,
//! and to what they went on within it. Old parcels weigh less than new ones.

use super::clock::DayPart;
use super::grid::STEPS;
use super::saved::number;
use super::state::State;
use super::sums::{ENDS, Slot};
use super::table::whole;
use crate::bytes::{Damaged, Reader, Writer};
use alloc::vec::Vec;

/// Parts of a day.
const PARTS: usize = DayPart::COUNT;
/// Hours of a day.
pub(super) const HOURS: usize = 24;

/// What parcels have in common in a part of a day: how long ago they were handed over, what they are doing, which part it is,
/// and whether it is of a day on which their carrier delivers. On the others hubs work and vans do not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Spell {
    pub(super) step: usize,
    pub(super) state: State,
    pub(super) part: u8,
    pub(super) is_day_off: bool,
}

impl Spell {
    /// How many there are.
    pub(super) const COUNT: usize = STEPS * State::COUNT * PARTS * 2;

    /// Its place among all.
    pub(super) fn place(self) -> usize {
        let part = usize::from(self.part) % PARTS * 2 + usize::from(self.is_day_off);
        (self.step * State::COUNT + self.state.index()) * PARTS * 2 + part
    }
}

/// Which shares of the parcels of a spell go on within it, by where to.
pub(super) type Shares = [f64; ENDS];

/// What is believed of a parcel of which nothing at all is known: one of forty is visited in each part of a day.
pub(super) const NOTHING_KNOWN: Shares = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.025];

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
        // Read once from end to end, as it has not been near for hours; what is looked for is looked for in the copy.
        let (mut node, mut from) = (self.clone(), 0);
        for (slot, number) in summed {
            if *slot == Slot::UNDER_WAY {
                node.under_way += number;
                continue;
            }
            let rest = node.slots.get(from..).unwrap_or_default();
            from += rest.partition_point(|known| known < slot);
            if node.slots.get(from) != Some(slot) {
                node.slots.insert(from, *slot);
                node.weights.insert(from, 0.0);
            }
            if let Some(sum) = node.weights.get_mut(from) {
                *sum += narrow(weight * whole(*number));
            }
        }
        node
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

    /// Makes all numbers so many times as large.
    pub(super) fn scale(&mut self, by: f64) {
        self.weights.iter_mut().for_each(|weight| *weight *= narrow(by));
    }

    /// Corrects what is believed without this node by what was seen here: it weighs as much as so many parcels. `weight` is
    /// that of a parcel of now.
    pub(super) fn correct(&self, shares: &mut Shares, spell: Spell, believed: f64, weight: f64) {
        let first = Slot::parcels(spell);
        let from = self.slots.partition_point(|slot| *slot < first);
        let (mut parcels, mut went): (f32, [f32; ENDS]) = (0.0, [0.0; ENDS]);
        let known = self.slots.iter().zip(&self.weights).skip(from);
        for (slot, weight) in known {
            match slot.after(first) {
                None => break,
                Some(0) => parcels = *weight,
                Some(end) => {
                    if let Some(went) = went.get_mut(end - 1) {
                        *went = *weight;
                    }
                }
            }
        }
        let all: f32 = went.iter().sum();
        // More can have gone than were seen: who came and went between two looks.
        let parcels = f64::from(parcels.max(all).max(0.0)) / weight + believed;
        for (share, went) in shares.iter_mut().zip(went) {
            *share = (f64::from(went) / weight + believed * *share) / parcels;
        }
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

#[expect(clippy::cast_possible_truncation, reason = "seven digits of a sum are enough")]
const fn narrow(sum: f64) -> f32 {
    sum as f32
}
