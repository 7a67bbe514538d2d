//! Who was in a state in a part of a day, and who went on in it: counted when the part is over, and not before. While it lasts
//! nobody knows who stays; whoever is still there would count as one who did, first of all the parcel that is asked about.

use super::clock::DayPart;
use super::node::VISITED;
use super::table::{Lanes, spell, whole};
use super::tally::Count;
use alloc::vec::Vec;
use milepost_model::Timestamp;

/// Parcels that are under way for longer say nothing any more, delivery days.
const AGE_MAX: f64 = 90.0;
/// Parts of days that are counted after a pause: a fortnight of them at most.
const PARTS_MAX: usize = DayPart::COUNT * 14;

/// Some parcels were handed over, or went on.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Turn {
    /// Where it counts, from the widest.
    pub(super) nodes: Vec<u32>,
    /// The clock of their place.
    pub(super) clock: u32,
    pub(super) count: Count,
    pub(super) number: i64,
}

impl Lanes {
    /// Counts a turn. Parts before `seen` were counted without knowing of it: in them, parcels were taken to be where they
    /// had been before.
    pub(super) fn take_turn(&mut self, turn: &Turn, seen: DayPart) {
        let Some(clock) = self.clocks.get(turn.clock as usize).copied() else {
            return;
        };
        let weight = self.weight() * whole(turn.number);
        match turn.count {
            Count::Live { .. } => {}
            Count::Began { stage, at } => {
                let is = (stage, at, at.day);
                self.each(&turn.nodes, |node| {
                    parts(at, seen).for_each(|part| node.were(spell(&clock, is, part), weight));
                });
            }
            Count::Went {
                stage,
                since,
                handed,
                to,
                at,
                hour: _,
            } => {
                let was = (stage, since, handed);
                let is = to.map(|to| (to, at, handed));
                let (before, after) = (spell(&clock, was, at), is.map(|is| spell(&clock, is, at)));
                // Who moved twice in one part of a day is where who moved once is.
                let moved = after != Some(before);
                self.each(&turn.nodes, |node| {
                    // It stayed in those that are over by now and were not counted yet.
                    parts(seen.max(since), at).for_each(|part| node.were(spell(&clock, was, part), weight));
                    if moved {
                        node.went(before, to.map_or(VISITED, |to| to as usize), weight);
                    }
                    if moved && at >= seen {
                        node.were(before, weight);
                    }
                    for part in parts(at, seen) {
                        if part > at {
                            node.were(spell(&clock, was, part), -weight);
                        }
                        if moved || part > at {
                            is.into_iter().for_each(|is| node.were(spell(&clock, is, part), weight));
                        }
                    }
                });
            }
        }
    }

    /// Where a part of a day is over, all that happened in it counts, and so does who is still where it was.
    pub(super) fn pass_time(&mut self, before: Timestamp) {
        let (weight, now) = (self.weight(), self.now().millis());
        let ended = self.clocks.iter().map(|clock| {
            let (seen, part) = (clock.part(before.millis()), clock.part(now));
            (seen, part)
        });
        let ended: Vec<(DayPart, DayPart)> = ended.collect();
        if ended.iter().all(|(seen, part)| seen >= part) {
            return;
        }
        for turn in core::mem::take(&mut self.turns) {
            let at = match turn.count {
                Count::Began { at, .. } | Count::Went { at, .. } => at,
                Count::Live { .. } => continue,
            };
            match ended.get(turn.clock as usize) {
                Some((seen, part)) if at < *part => self.take_turn(&turn, *seen),
                _ => self.turns.push(turn),
            }
        }
        let clocks = &self.clocks;
        for node in &mut self.nodes {
            let mut live = core::mem::take(&mut node.live);
            live.retain(|cohort, number| {
                let place = cohort.clock as usize;
                let Some((clock, (seen, part))) = clocks.get(place).zip(ended.get(place)) else {
                    return false;
                };
                if seen >= part {
                    return true;
                }
                let age = clock.begin(part.day.into()) - clock.begin(cohort.handed.into());
                for part in parts((*seen).max(cohort.since), *part) {
                    let spell = spell(clock, (cohort.stage, cohort.since, cohort.handed), part);
                    node.were(spell, weight * whole(*number));
                }
                age <= AGE_MAX
            });
            node.live = live;
        }
    }
}

/// The parts of days from one on, up to another and without it.
fn parts(from: DayPart, until: DayPart) -> impl Iterator<Item = DayPart> {
    core::iter::successors(Some(from), |part| Some(part.next()))
        .take_while(move |part| *part < until)
        .take(PARTS_MAX)
}
