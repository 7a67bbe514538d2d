//! Who was in a state in a part of a day, and who went on in it: counted when the part is over, and not before. While it lasts
//! nobody knows who stays; whoever is still there would count as one who did, first of all the parcel that is asked about.

use super::clock::DayPart;
use super::node::{Cohort, VISITED};
use super::table::{Lanes, spell, whole};
use super::tally::Count;
use alloc::sync::Arc;
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
            Count::Live { .. } | Count::Promised { .. } => {}
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
                Count::Live { .. } | Count::Promised { .. } => continue,
            };
            match ended.get(turn.clock as usize) {
                Some((seen, part)) if at < *part => self.take_turn(&turn, *seen),
                _ => self.turns.push(turn),
            }
        }
        for own in 0..self.nodes.len() {
            self.stay(own, &ended, weight);
        }
    }

    /// Counts the parcels under way of a lane as being where they are, in the parts of days that are over.
    fn stay(&mut self, own: usize, ended: &[(DayPart, DayPart)], weight: f64) {
        let Some(node) = self.nodes.get_mut(own) else { return };
        let is_over = |(seen, part): &(DayPart, DayPart)| seen < part;
        let is_met = |cohort: &Cohort| ended.get(cohort.clock as usize).is_none_or(is_over);
        if !node.live.keys().any(is_met) {
            return;
        }
        let node = Arc::make_mut(node);
        let (mut live, path) = (core::mem::take(&mut node.live), node.path.clone());
        live.retain(|cohort, number| {
            let place = cohort.clock as usize;
            let clock = self.clocks.get(place).copied();
            let Some((clock, (seen, part))) = clock.zip(ended.get(place)) else {
                return false;
            };
            if seen >= part {
                return true;
            }
            let age = clock.begin(part.day.into()) - clock.begin(cohort.handed.into());
            for part in parts((*seen).max(cohort.since), *part) {
                let spell = spell(&clock, (cohort.stage, cohort.since, cohort.handed), part);
                self.each(&path, |node| node.were(spell, weight * whole(*number)));
            }
            age <= AGE_MAX
        });
        if let Some(node) = self.nodes.get_mut(own) {
            Arc::make_mut(node).live = live;
        }
    }
}

/// The parts of days from one on, up to another and without it.
fn parts(from: DayPart, until: DayPart) -> impl Iterator<Item = DayPart> {
    core::iter::successors(Some(from), |part| Some(part.next()))
        .take_while(move |part| *part < until)
        .take(PARTS_MAX)
}

#[cfg(test)]
mod tests {
    use super::super::key::LaneName;
    use super::super::state::Stage;
    use super::super::table::Standing;
    use super::super::tally::Counted;
    use super::*;
    use milepost_model::{DAY_MS, HOUR_MS, days_from_civil};

    fn lane() -> LaneName {
        LaneName {
            carrier: "dpd".into(),
            service: "next_day".into(),
            origin: ["GB", "LND"].map(Into::into),
            destination: ["GB", "LND"].map(Into::into),
        }
    }

    fn at(day: i32, hour: i64) -> Timestamp {
        Timestamp::from_millis(i64::from(day) * DAY_MS + hour * HOUR_MS)
    }

    fn learn(lanes: &mut Lanes, now: Timestamp, counts: &[(Count, i64)]) {
        let counted = Counted {
            lane: lane(),
            counts: counts.to_vec(),
        };
        lanes.learn(now, &[counted]);
    }

    fn part(day: i32, part: u8) -> DayPart {
        DayPart { day, part }
    }

    /// A parcel is handed over on a van.
    fn begin(lanes: &mut Lanes, day: i32) {
        let (stage, since) = (Stage::Van, part(day, 1));
        let live = Count::Live {
            stage,
            since,
            handed: day,
        };
        learn(lanes, at(day, 8), &[(Count::Began { stage, at: since }, 1), (live, 1)]);
    }

    /// It is visited in the afternoon.
    fn visit(lanes: &mut Lanes, day: i32) {
        let (stage, since, handed) = (Stage::Van, part(day, 1), day);
        let live = Count::Live { stage, since, handed };
        let went = Count::Went {
            stage,
            since,
            handed,
            to: None,
            at: part(day, 2),
            hour: 13,
        };
        learn(lanes, at(day, 12), &[]);
        learn(lanes, at(day, 14), &[(went, 1), (live, -1)]);
    }

    /// The chance that a parcel which was handed over that morning is late, in the early afternoon.
    fn p_late(lanes: &Lanes, day: i32) -> f64 {
        let standing = Standing {
            stage: Stage::Van,
            since: at(day, 8),
            handed_at: at(day, 8),
        };
        let forecast = lanes.known(&lane()).forecast(standing, at(day, 12), Some(at(day, 16)));
        forecast.p_late.expect("it is promised")
    }

    #[test]
    fn who_is_still_there_counts_when_the_part_of_the_day_is_over() {
        let monday = i32::try_from(days_from_civil(2026, 1, 12)).expect("a day");
        let mut lanes = Lanes::new();
        learn(&mut lanes, at(monday, 0), &[]);
        for day in monday..monday + 4 {
            begin(&mut lanes, day);
            visit(&mut lanes, day);
            learn(&mut lanes, at(day, 20), &[]);
        }
        let friday = monday + 4;
        let (mut without, mut with) = (lanes.clone(), lanes);
        begin(&mut with, friday);
        for lanes in [&mut without, &mut with] {
            learn(lanes, at(friday, 12), &[]);
            learn(lanes, at(friday, 15), &[]);
        }
        // It was in the van in the morning, as all were; whether it stays there in the afternoon nobody knows yet.
        assert!(p_late(&without, friday) < 0.1);
        assert!((p_late(&without, friday) - p_late(&with, friday)).abs() < 1e-2);
        for lanes in [&mut without, &mut with] {
            learn(lanes, at(friday, 16), &[]);
        }
        assert!(p_late(&with, friday) > p_late(&without, friday) + 0.05);
    }
}
