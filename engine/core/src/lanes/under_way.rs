//! Parcels under way on a lane: who was in a state in a part of a day, and who went on in it, is counted when the part is
//! over, and not before. While it lasts nobody knows who stays; whoever is still there would count as one who did, first of all
//! the parcel that is asked about.

use super::clock::{DayPart, DeliveryClock};
use super::state::Cohort;
use super::sums::{Slot, Sums, VISITED};
use super::table::spell_by;
use super::tally::Count;
use alloc::vec::Vec;
use milepost_model::Timestamp;

/// Parcels that are under way for longer say nothing any more, days.
const AGE_MAX: i32 = 120;
/// Parts of days that are counted after a pause: a fortnight of them at most.
const PARTS_MAX: usize = DayPart::COUNT * 14;

/// The parts of days that are over at a place and were not counted yet.
#[derive(Clone, Debug)]
pub(super) struct Over {
    /// The first of them.
    from: DayPart,
    /// The one that is not over.
    until: DayPart,
    clock: DeliveryClock,
    /// The first of the days around, which are asked for again and again.
    first_day: i32,
    /// Each of them: delivery days before it, and whether it is off.
    days: Vec<(f64, bool)>,
}

/// Days around that are kept at hand: most parcels were handed over in these.
const DAYS_NEAR: i32 = 32;

impl Over {
    /// The parts that are over, of those from one instant up to another; `None` where none is.
    pub(super) fn new(clock: &DeliveryClock, before: Timestamp, now: Timestamp) -> Option<Self> {
        let [from, until] = [before, now].map(|at| clock.part(at.millis()));
        (from < until).then(|| {
            let first_day = until.day().saturating_sub(DAYS_NEAR - 2);
            let days = (0..DAYS_NEAR).map(|place| clock.of_day(first_day.saturating_add(place)));
            Self {
                from,
                until,
                clock: *clock,
                first_day,
                days: days.collect(),
            }
        })
    }

    /// Delivery days before a day, and whether it is off.
    fn day(&self, number: i32) -> (f64, bool) {
        let near = number
            .checked_sub(self.first_day)
            .and_then(|place| usize::try_from(place).ok());
        let near = near.and_then(|place| self.days.get(place)).copied();
        near.unwrap_or_else(|| self.clock.of_day(number))
    }
}

/// The parcels of a lane.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct UnderWay {
    /// How many there were when the last part of a day was over.
    pub(super) live: Vec<(Cohort, i64)>,
    /// What happened since, as it came in.
    pub(super) turns: Vec<(Count, i64)>,
}

/// First visits on a day.
pub(super) type Visits = (i32, i64);

/// What is in the making while parts of days pass, lane by lane.
#[derive(Debug)]
pub(super) struct Room {
    /// What happened on the lane.
    pub(super) sums: Sums,
    pub(super) visits: Vec<Visits>,
    moves: Vec<(Cohort, i64)>,
    merged: Vec<(Cohort, i64)>,
}

impl Room {
    pub(super) fn new() -> Self {
        Self {
            sums: Sums::new(),
            visits: Vec::new(),
            moves: Vec::new(),
            merged: Vec::new(),
        }
    }
}

impl UnderWay {
    /// Whether nothing would count when a part of a day were over.
    pub(super) fn is_empty(&self) -> bool {
        self.live.is_empty() && self.turns.is_empty()
    }

    /// What happened since the last part was over, each thing once and in order.
    pub(super) fn sum_turns(&mut self) {
        sum(&mut self.turns);
    }

    /// Parts of days are over: what happened in them counts, and so does who is still where it was.
    pub(super) fn pass(&mut self, over: &Over, room: &mut Room) {
        let Room {
            sums,
            visits,
            moves,
            merged,
        } = room;
        let mut counting = Pass { over, sums };
        self.turns.retain(|(count, number)| {
            match *count {
                Count::Began(Cohort { since: at, .. }) | Count::Went { at, .. } if at >= over.until => return true,
                Count::Went { to: None, at, .. } => visits.push((at.day(), *number)),
                Count::Live(_)
                | Count::Began(_)
                | Count::Went { .. }
                | Count::Due { .. }
                | Count::Promised { .. }
                | Count::Estimated { .. } => {}
            }
            counting.turn(*count, *number, moves);
            false
        });
        let before = self.number();
        sum(moves);
        merge(&mut self.live, moves, merged);
        moves.clear();
        self.live.retain(|(cohort, number)| counting.stay(*cohort, *number));
        sums.add(Slot::UNDER_WAY, self.number() - before);
    }

    fn number(&self) -> i64 {
        self.live.iter().map(|(_, number)| number).sum()
    }
}

/// Adds numbers to others; both are in order, and stay so. `merged` is empty, and stays so.
fn merge<T: Copy + Ord>(numbers: &mut Vec<(T, i64)>, more: &[(T, i64)], merged: &mut Vec<(T, i64)>) {
    if more.is_empty() {
        return;
    }
    let mut more = more.iter().copied().peekable();
    for (one, number) in numbers.iter().copied() {
        merged.extend(core::iter::from_fn(|| more.next_if(|(next, _)| *next < one)));
        let same = more.next_if(|(next, _)| *next == one);
        let number = number + same.map_or(0, |(_, number)| number);
        if number != 0 {
            merged.push((one, number));
        }
    }
    merged.extend(more);
    numbers.clear();
    numbers.append(merged);
}

/// Puts together what is the same, in order.
fn sum<T: Copy + Ord>(numbers: &mut Vec<(T, i64)>) {
    numbers.sort_unstable_by_key(|(one, _)| *one);
    numbers.dedup_by(|(next, more), (one, number)| {
        let is_same = next == one;
        if is_same {
            *number += *more;
        }
        is_same
    });
    numbers.retain(|(_, number)| *number != 0);
}

/// Counts what happened in parts of days that are over.
struct Pass<'p> {
    over: &'p Over,
    sums: &'p mut Sums,
}

impl Pass<'_> {
    /// Something happened. Parts before those that are over now were counted without knowing of it: in them, parcels were taken
    /// to be where they had been before.
    fn turn(&mut self, count: Count, number: i64, live: &mut Vec<(Cohort, i64)>) {
        let seen = self.over.from;
        match count {
            Count::Live(is) => live.push((is, number)),
            // It is of the carrier, not of the lane: see `Weeks`.
            Count::Due { .. } => {}
            Count::Promised { is_late } => self.sums.add(Slot::promised(is_late), number),
            Count::Estimated { off } => {
                self.sums.add(Slot::ESTIMATED, number);
                let outside = number * i64::from(off.unsigned_abs());
                match off.signum() {
                    0 => self.sums.add(Slot::IN_WINDOW, number),
                    1 => self.sums.add(Slot::LATE, outside),
                    _ => self.sums.add(Slot::EARLY, outside),
                }
            }
            Count::Began(is) => {
                live.push((is, number));
                parts(is.since, seen).for_each(|part| self.were(is, part, number));
            }
            Count::Went { was, to, at, hour } => {
                live.push((was, -number));
                let is = to.map(|stage| Cohort {
                    stage,
                    since: at,
                    ..was
                });
                live.extend(is.map(|is| (is, number)));
                if is.is_none() {
                    self.sums.add(Slot::VISITS, number);
                    self.sums.add(Slot::hour(hour.into()), number);
                }
                self.went((was, is), at, number);
            }
        }
    }

    fn went(&mut self, (was, is): (Cohort, Option<Cohort>), at: DayPart, number: i64) {
        let seen = self.over.from;
        let before = self.spell(was, at);
        // Who moved twice in one part of a day is where who moved once is.
        let moved = is.is_none_or(|is| self.spell(is, at) != before);
        // It stayed in those that are over by now and were not counted yet.
        parts(seen.max(was.since), at).for_each(|part| self.were(was, part, number));
        if moved {
            let end = is.map_or(VISITED, |is| is.stage as usize);
            self.sums.add(Slot::went(before, end), number);
        }
        if moved && at >= seen {
            self.were(was, at, number);
        }
        for part in parts(at, seen) {
            if part > at {
                self.were(was, part, -number);
            }
            if moved || part > at {
                is.into_iter().for_each(|is| self.were(is, part, number));
            }
        }
    }

    /// Counts parcels as being where they are; `false` where they have been under way for too long.
    fn stay(&mut self, cohort: Cohort, number: i64) -> bool {
        let Over { from, until, .. } = *self.over;
        // One that left before it is known to have come is none.
        if number > 0 {
            parts(from.max(cohort.since), until).for_each(|part| self.were(cohort, part, number));
        }
        until.day().saturating_sub(cohort.handed) <= AGE_MAX
    }

    fn were(&mut self, cohort: Cohort, part: DayPart, number: i64) {
        self.sums.add(Slot::parcels(self.spell(cohort, part)), number);
    }

    fn spell(&self, cohort: Cohort, part: DayPart) -> super::node::Spell {
        spell_by(|day| self.over.day(day), cohort, part)
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
    use super::super::chances::Chances;
    use super::super::key::LaneName;
    use super::super::learning::Learning;
    use super::super::state::Stage;
    use super::super::state::Standing;
    use super::super::tally::Counted;
    use super::*;
    use milepost_model::{DAY_MS, HOUR_MS, MINUTE_MS, days_from_civil};

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

    fn learn(lanes: &mut Learning, now: Timestamp, counts: &[(Count, i64)]) {
        let learned = core::mem::take(lanes).pass_hour(now, &[Counted::on(lane(), counts)]);
        *lanes = learned;
    }

    fn part(day: i32, part: u8) -> DayPart {
        DayPart::new(day, part)
    }

    fn on_the_van(day: i32) -> Cohort {
        Cohort {
            stage: Stage::Van,
            since: part(day, 1),
            handed: day,
        }
    }

    /// A parcel is handed over on a van.
    fn begin(lanes: &mut Learning, day: i32) {
        learn(lanes, at(day, 8), &[(Count::Began(on_the_van(day)), 1)]);
    }

    /// It is visited in the afternoon.
    fn visit(lanes: &mut Learning, day: i32) {
        let went = Count::Went {
            was: on_the_van(day),
            to: None,
            at: part(day, 2),
            hour: 13,
        };
        learn(lanes, at(day, 12), &[]);
        learn(lanes, at(day, 14), &[(went, 1)]);
    }

    /// The chance that a parcel which was handed over that morning is late, in the early afternoon.
    fn p_late(lanes: &Learning, day: i32) -> f64 {
        let standing = Standing {
            stage: Stage::Van,
            since: at(day, 8),
            handed_at: at(day, 8),
        };
        let known = lanes.next().known(&lane());
        known
            .late(&mut Chances::default(), standing, at(day, 12), at(day, 16))
            .0
    }

    #[test]
    fn where_parcels_are_promised_for_a_holiday_it_is_a_delivery_day() {
        // Good Friday, and the business days around it.
        let [thursday, friday, tuesday] =
            [2, 3, 7].map(|day| i32::try_from(days_from_civil(2026, 4, day)).expect("a day"));
        let is_off = |promised| {
            let due = [(thursday, 20), (friday, promised), (tuesday, 20)];
            let due = due.map(|(day, number)| (Count::Due { day }, number));
            let mut lanes = Learning::default();
            begin(&mut lanes, thursday - 1);
            learn(&mut lanes, at(thursday - 1, 9), &due);
            learn(&mut lanes, at(thursday, 1), &[]);
            lanes.next().known(&lane()).clock.is_off(friday.into())
        };
        assert!(is_off(0) && !is_off(15));
    }

    #[test]
    fn what_a_carrier_estimates_is_held_against_what_comes() {
        let monday = i32::try_from(days_from_civil(2026, 1, 12)).expect("a day");
        let mut lanes = Learning::default();
        let estimated = |off, number| (Count::Estimated { off }, number);
        begin(&mut lanes, monday);
        learn(&mut lanes, at(monday, 9), &[estimated(0, 4)]);
        learn(&mut lanes, at(monday + 1, 1), &[]);
        assert_eq!(lanes.next().known(&lane()).estimates_made(), None, "too few");
        learn(&mut lanes, at(monday + 1, 9), &[estimated(120, 3), estimated(-60, 1)]);
        learn(&mut lanes, at(monday + 2, 1), &[]);
        let made = lanes.next().known(&lane()).estimates_made().expect("enough");
        // Those of the second day weigh a little more.
        assert!((made.kept - 0.5).abs() < 0.02, "{made:?}");
        assert!((made.error_ms - 52 * MINUTE_MS).abs() <= 2 * MINUTE_MS, "{made:?}");
    }

    #[test]
    fn who_is_still_there_counts_when_the_part_of_the_day_is_over() {
        let monday = i32::try_from(days_from_civil(2026, 1, 12)).expect("a day");
        let mut lanes = Learning::default();
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
