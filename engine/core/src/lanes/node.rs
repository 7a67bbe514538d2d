//! What was learned of one lane, or of many together: of parcels in each state and each part of a day, how many there were,
//! and to what they went on within it. Old parcels weigh less than new ones.

use super::clock::DayPart;
use super::grid::STEPS;
use super::state::{Stage, State};
use crate::bytes::{Damaged, Reader, Writer};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// To what a parcel can go on: to each stage, and to the first visit.
pub(super) const ENDS: usize = Stage::COUNT + 1;
/// The place of the first visit among them.
pub(super) const VISITED: usize = Stage::COUNT;
/// Parts of a day.
const PARTS: usize = DayPart::COUNT;

/// What parcels have in common in a part of a day: how long ago they were handed over, what they are doing, which part it is,
/// and whether it is of a day on which their carrier delivers. On the others hubs work and vans do not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Spell {
    pub(super) step: usize,
    pub(super) state: State,
    pub(super) part: u8,
    pub(super) is_day_off: bool,
}

const _: () = assert!(
    STEPS * State::COUNT * PARTS * 2 <= 1 << 16,
    "places are numbered by 16 bits"
);

impl Spell {
    /// Its place among all.
    fn place(self) -> u16 {
        let part = usize::from(self.part) % PARTS * 2 + usize::from(self.is_day_off);
        let place = (self.step * State::COUNT + self.state.index()) * PARTS * 2 + part;
        u16::try_from(place).unwrap_or(u16::MAX)
    }
}

/// Parcels of one spell. Numbers are weighed by how new they are.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Row {
    /// How many there were when it began, or came in it.
    parcels: f32,
    /// How many of them went on, by where to.
    went: [f32; ENDS],
}

/// Parcels under way that have all in common that matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Cohort {
    /// The clock of their place.
    pub(super) clock: u32,
    pub(super) stage: Stage,
    pub(super) since: DayPart,
    /// The local day on which they were handed over.
    pub(super) handed: i32,
}

/// One lane, or several.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Node {
    /// The places of spells of which something is known, rising: looked through much more often than what is known.
    places: Vec<u16>,
    /// By the same order.
    rows: Vec<Row>,
    /// Parcels under way, of a lane; those of what it is a part of stand with it.
    pub(super) live: BTreeMap<Cohort, i64>,
    /// Of a node with parcels under way: the numbers of what it is a part of, from the widest, and its own.
    pub(super) path: Vec<u32>,
    /// Parcels that were visited, weighed.
    pub(super) visited: f64,
    /// The same by local hour.
    pub(super) hours: [f32; HOURS],
    /// Of those that were promised: visited by then, and after it, weighed.
    pub(super) promised: [f64; 2],
}

/// Hours of a day.
pub(super) const HOURS: usize = 24;

/// Which shares of the parcels of a spell go on within it, by where to.
pub(super) type Shares = [f64; ENDS];

/// What is believed of a parcel of which nothing at all is known: one of forty is visited in each part of a day.
pub(super) const NOTHING_KNOWN: Shares = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.025];

impl Node {
    /// Some parcels went on.
    pub(super) fn went(&mut self, spell: Spell, end: usize, weight: f64) {
        if end == VISITED {
            self.visited += weight;
        }
        if let Some(went) = self.row(spell).went.get_mut(end) {
            *went += narrow(weight);
        }
    }

    /// Some parcels were visited in that local hour.
    pub(super) fn was_visited(&mut self, hour: u8, weight: f64) {
        if let Some(visits) = self.hours.get_mut(usize::from(hour)) {
            *visits += narrow(weight);
        }
    }

    /// Some parcels were visited by their promise, or after it.
    pub(super) fn was_promised(&mut self, is_late: bool, weight: f64) {
        let [kept, broken] = &mut self.promised;
        *(if is_late { broken } else { kept }) += weight;
    }

    /// Some parcels were there when a spell began, or came in it; or were not, after all.
    pub(super) fn were(&mut self, spell: Spell, weight: f64) {
        self.row(spell).parcels += narrow(weight);
    }

    /// Makes all numbers so many times as large.
    pub(super) fn scale(&mut self, by: f64) {
        self.visited *= by;
        self.promised.iter_mut().for_each(|visits| *visits *= by);
        self.hours.iter_mut().for_each(|visits| *visits *= narrow(by));
        for row in &mut self.rows {
            let numbers = core::iter::once(&mut row.parcels).chain(&mut row.went);
            numbers.for_each(|number| *number *= narrow(by));
        }
    }

    /// Corrects what is believed without this node by what was seen here: it weighs as much as so many parcels. `weight` is
    /// that of a parcel of now.
    pub(super) fn correct(&self, shares: &mut Shares, spell: Spell, believed: f64, weight: f64) {
        let Ok(found) = self.places.binary_search(&spell.place()) else {
            return;
        };
        let Some(row) = self.rows.get(found) else { return };
        let went: f32 = row.went.iter().sum();
        // More can have gone than were seen: who came and went between two looks.
        let parcels = f64::from(row.parcels.max(went).max(0.0)) / weight + believed;
        for (share, went) in shares.iter_mut().zip(row.went) {
            *share = (f64::from(went) / weight + believed * *share) / parcels;
        }
    }

    fn row(&mut self, spell: Spell) -> &mut Row {
        let place = spell.place();
        let at = match self.places.binary_search(&place) {
            Ok(found) => found,
            Err(new) => {
                let row = Row {
                    parcels: 0.0,
                    went: [0.0; ENDS],
                };
                self.places.insert(new, place);
                self.rows.insert(new, row);
                new
            }
        };
        self.rows.get_mut(at).expect("it was found or made")
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        out.length(self.rows.len());
        for (place, row) in self.places.iter().zip(&self.rows) {
            out.bytes(&place.to_le_bytes());
            core::iter::once(&row.parcels)
                .chain(&row.went)
                .for_each(|number| out.bytes(&number.to_le_bytes()));
        }
        out.length(self.live.len());
        for (cohort, number) in &self.live {
            out.u32(cohort.clock);
            cohort.stage.write(out);
            cohort.since.write(out);
            out.bytes(&cohort.handed.to_le_bytes());
            out.i64(*number);
        }
        out.length(self.path.len());
        self.path.iter().for_each(|number| out.u32(*number));
        let [kept, broken] = self.promised;
        [self.visited, kept, broken]
            .iter()
            .for_each(|number| out.bytes(&number.to_le_bytes()));
        self.hours.iter().for_each(|visits| out.bytes(&visits.to_le_bytes()));
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut node = Self::default();
        for _ in 0..input.length()? {
            let place = input.u16()?;
            let mut row = Row {
                parcels: input.f32()?,
                went: [0.0; ENDS],
            };
            for went in &mut row.went {
                *went = input.f32()?;
            }
            if node.places.last().is_some_and(|last| *last >= place) {
                return Err(Damaged);
            }
            node.places.push(place);
            node.rows.push(row);
        }
        for _ in 0..input.length()? {
            let cohort = Cohort {
                clock: input.u32()?,
                stage: Stage::read(input)?,
                since: DayPart::read(input)?,
                handed: input.i32()?,
            };
            node.live.insert(cohort, input.i64()?);
        }
        for _ in 0..input.length()? {
            node.path.push(input.u32()?);
        }
        node.visited = input.f64()?;
        node.promised = [input.f64()?, input.f64()?];
        for visits in &mut node.hours {
            *visits = input.f32()?;
        }
        Ok(node)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.rows.capacity() * (size_of::<Row>() + size_of::<u16>()) + self.live.len() * size_of::<(Cohort, i64)>()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "seven digits of a sum are enough")]
const fn narrow(sum: f64) -> f32 {
    sum as f32
}
