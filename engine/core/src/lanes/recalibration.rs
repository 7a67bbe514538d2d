//! What was stated and what came true: where of parcels said to be late with one chance more or fewer were late, later answers
//! are corrected by as much. Back-off makes thin lanes look like wide ones, which are slower; so it warns a little too often.
//!
//! A correction is that of a stage and of a time left, and rises with what was stated.

use super::outcomes::{BINS, Outcomes, PARTS, Stated, Sums, ToldOn, bounded};
use super::table::whole;
use super::unlike::Unlike;
use crate::bytes::{Damaged, Reader, Writer};
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// An outcome of so many days ago weighs half of one of today, once outcomes are known for long.
const HALF_LIFE_DAYS: f64 = 14.0;
/// Before, one of so large a part of that time ago does: when little is known yet, what is foretold is too high, and gets better by
/// the week.
const HALF_LIFE_OF_YOUNG: f64 = 0.25;
/// So many outcomes of a bin weigh as much as the belief that what is stated is right.
const BELIEVED: f64 = 50.0;
/// So many outcomes of a bin of a group weigh as much as what all of the group come to.
const BELIEVED_OF_GROUP: f64 = 40.0;
/// Points of a correction: what was stated, and what comes true.
type Curve = [(f64, f64); BINS.len()];

/// What was learned of one's own answers.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Recalibration {
    /// Those of the day that is not over.
    today: Outcomes,
    /// By group and bin, weighed by how new they are.
    pub(super) sums: Vec<Sums<f64>>,
    /// By group; empty while nothing is known.
    curves: Vec<Curve>,
    /// Of the last days, the oldest first: what was told, and what came true.
    pub(super) days: VecDeque<ToldOn>,
}

/// So many days are told of.
const DAYS_MAX: usize = 120;

impl Recalibration {
    /// Takes note of outcomes, which count when the day is over.
    pub(super) fn note(&mut self, outcomes: &Outcomes) {
        self.today.merge(outcomes);
    }

    /// The first day (UTC) on which it was known what became of answers; `None` while it is of none.
    pub(super) fn known_since(&self) -> Option<i64> {
        // A few answers of a clock that was wrong are no beginning.
        let most = self.days.iter().map(|day| day.answers).max()?;
        let first = self.days.iter().find(|day| day.answers >= most / 10)?;
        Some(first.day)
    }

    /// How much of its weight what became of answers keeps from one day to another.
    pub(super) fn fades(&self, day: i64, now: i64) -> f64 {
        let known_for = self.known_since().map_or(0, |since| now - since);
        let half_life = (HALF_LIFE_OF_YOUNG * whole(known_for)).clamp(1.0, HALF_LIFE_DAYS);
        libm::exp2(-whole(now - day) / half_life)
    }

    /// A day is over, and what was known before fades.
    pub(super) fn pass_days(&mut self, day: i64, fades: f64) {
        if self.today.sums.is_empty() {
            return;
        }
        self.days.push_back(self.today.told_on(day));
        if self.days.len() > DAYS_MAX {
            self.days.pop_front();
        }
        self.sums.resize(self.today.sums.len(), [0.0; 4]);
        for (sums, today) in self.sums.iter_mut().zip(&mut self.today.sums) {
            let [count, parts, late, told] = today.map(whole);
            let new = [count, parts / PARTS, late, told / PARTS];
            for (sum, new) in sums.iter_mut().zip(new) {
                *sum = *sum * fades + new;
            }
            *today = [0; 4];
        }
        self.draw();
    }

    /// Draws the curves through what was seen.
    fn draw(&mut self) {
        if self.sums.is_empty() {
            return;
        }
        let mut all = [[0.0; 4]; BINS.len()];
        for group in self.sums.chunks(BINS.len()) {
            for (all, sums) in all.iter_mut().zip(group) {
                all.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
            }
        }
        let of_all = curve(&all, BELIEVED, |chance| chance);
        let groups = self.sums.chunks(BINS.len());
        self.curves = groups
            .map(|group| {
                let seen = group.iter().filter(|[count, ..]| *count > 0.0);
                let seen = seen.map(|[count, stated, late, _]| (*count, between(&of_all, stated / count), *late));
                let unlike = Unlike::new(seen);
                curve(group, BELIEVED_OF_GROUP, |chance| {
                    unlike.corrected(between(&of_all, chance))
                })
            })
            .collect();
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        out.length(self.today.sums.len());
        self.today.sums.iter().flatten().for_each(|sum| out.i64(*sum));
        out.length(self.sums.len());
        self.sums.iter().flatten().for_each(|sum| out.bytes(&sum.to_le_bytes()));
        out.length(self.days.len());
        for ToldOn {
            day,
            answers,
            told,
            late,
        } in &self.days
        {
            [day, answers, told, late].iter().for_each(|number| out.i64(**number));
        }
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut read = Self::default();
        for _ in 0..input.length()? {
            // Numbers that can be: they are summed.
            let sums = [bounded(input)?, bounded(input)?, bounded(input)?, bounded(input)?];
            read.today.sums.push(sums);
        }
        for _ in 0..input.length()? {
            read.sums.push([input.f64()?, input.f64()?, input.f64()?, input.f64()?]);
        }
        for _ in 0..input.length()? {
            let [day, answers, told, late] = [bounded(input)?, bounded(input)?, bounded(input)?, bounded(input)?];
            read.days.push_back(ToldOn {
                day,
                answers,
                told,
                late,
            });
        }
        read.draw();
        Ok(read)
    }

    /// What a statement comes to.
    pub(super) fn correct(&self, stated: Stated, chance: f64) -> f64 {
        let curve = self.curves.get(usize::from(stated.group));
        curve.map_or(chance, |curve| between(curve, chance))
    }
}

/// The correction that follows from sums by bin, given what was believed before, and how many outcomes that weighs.
fn curve(sums: &[Sums<f64>], believed: f64, before: impl Fn(f64) -> f64) -> Curve {
    let mut curve = [(0.0, 0.0); BINS.len()];
    let mut highest: f64 = 0.0;
    let ends = BINS.iter().skip(1).chain(core::iter::once(&1.0));
    for ((point, sums), (begin, end)) in curve.iter_mut().zip(sums).zip(BINS.iter().zip(ends)) {
        let [count, stated, late, _] = *sums;
        // A bin in which there is hardly anything stands for its middle.
        let chance = (stated + f64::midpoint(*begin, *end) * TRACE) / (count + TRACE);
        highest = highest.max((late + believed * before(chance)) / (count + believed));
        *point = (chance, highest.min(1.0));
    }
    curve
}

/// A weight that only counts where there is no other.
const TRACE: f64 = 1e-6;

/// The value of a curve, which begins at nothing and ends at certainty.
fn between(curve: &Curve, chance: f64) -> f64 {
    let mut from = (0.0, 0.0);
    for to in curve.iter().chain(core::iter::once(&(1.0, 1.0))) {
        if chance < to.0 {
            let part = (chance - from.0) / (to.0 - from.0).max(f64::MIN_POSITIVE);
            return from.1 + (to.1 - from.1) * part;
        }
        from = *to;
    }
    1.0
}

#[cfg(test)]
mod tests {
    use super::super::state::Stage;
    use super::*;
    use milepost_model::{HOUR_MS, Timestamp};

    fn stated(chance: f64) -> Stated {
        Stated::new(
            Stage::Hub,
            Timestamp::from_millis(0),
            Timestamp::from_millis(40 * HOUR_MS),
            chance,
        )
    }

    /// Of a thousand each that are stated with these chances, so many are late.
    fn learned(outcomes: &[(f64, usize)], days: i64) -> Recalibration {
        let mut counted = Outcomes::default();
        for (chance, late) in outcomes {
            (0..1_000).for_each(|place| counted.add(stated(*chance), place < *late));
        }
        let mut learned = Recalibration::default();
        learned.note(&counted);
        (0..days).for_each(|day| {
            let fades = learned.fades(day, day + 1);
            learned.pass_days(day, fades);
        });
        learned
    }

    #[test]
    fn nothing_is_corrected_before_anything_is_known() {
        let nothing = Recalibration::default();
        assert_eq!(nothing.correct(stated(0.3), 0.3), 0.3);
        let right = learned(&[(0.05, 50), (0.35, 350), (0.95, 950)], 1);
        for chance in [0.0, 0.05, 0.2, 0.35, 0.6, 0.95, 1.0] {
            assert!(
                (right.correct(stated(chance), chance) - chance).abs() < 1e-3,
                "{chance}"
            );
        }
    }

    #[test]
    fn what_comes_true_less_often_is_stated_less_often() {
        let too_high = learned(&[(0.35, 250), (0.45, 300), (0.95, 950)], 1);
        let corrected = too_high.correct(stated(0.35), 0.35);
        assert!((0.245..0.26).contains(&corrected), "{corrected}");
        // Another stage has only seen what all have: it goes most of the way.
        let other = Stated::new(
            Stage::Near,
            Timestamp::from_millis(0),
            Timestamp::from_millis(HOUR_MS),
            0.35,
        );
        let corrected = too_high.correct(other, 0.35);
        assert!((0.25..0.26).contains(&corrected), "{corrected}");
        // It rises, and old outcomes are forgotten.
        let chances: Vec<f64> = (0..=100).map(|hundredths| f64::from(hundredths) / 100.0).collect();
        let corrected = chances.iter().map(|chance| too_high.correct(stated(*chance), *chance));
        assert!(corrected.is_sorted());
        let old = learned(&[(0.35, 250), (0.45, 300), (0.95, 950)], 200);
        assert!(old.correct(stated(0.35), 0.35) > 0.345);
    }

    #[test]
    fn what_came_of_the_first_answers_is_forgotten_sooner() {
        let mut learned = Recalibration::default();
        let told_on = |day, answers| ToldOn {
            day,
            answers,
            told: 0,
            late: 0,
        };
        // One of a clock that was half a year slow, then many each day.
        learned.days.push_back(told_on(0, 1));
        let half_life = |learned: &Recalibration, day| -1.0 / libm::log2(learned.fades(day, day + 1));
        learned.days.push_back(told_on(180, 1_000));
        assert!((half_life(&learned, 187) - 2.0).abs() < 1e-9);
        assert!((half_life(&learned, 219) - 10.0).abs() < 1e-9);
        assert!((half_life(&learned, 400) - HALF_LIFE_DAYS).abs() < 1e-9);
    }

    #[test]
    fn a_stage_that_is_unlike_all_is_known_by_all_of_its_answers() {
        let near = |chance| {
            let (now, promised) = (Timestamp::from_millis(0), Timestamp::from_millis(40 * HOUR_MS));
            Stated::new(Stage::Near, now, promised, chance)
        };
        let mut outcomes = Outcomes::default();
        for tenth in 1..10 {
            let chance = f64::from(tenth) / 10.0 + 0.05;
            // Of all, as many come late as was stated; of those that are near a fifth as many, and few of each bin are seen.
            (0..1_000).for_each(|place| outcomes.add(stated(chance), f64::from(place) < 1_000.0 * chance));
            (0..20).for_each(|place| outcomes.add(near(chance), f64::from(place) < 4.0 * chance));
        }
        let mut learned = Recalibration::default();
        learned.note(&outcomes);
        learned.pass_days(0, 1.0);
        let chance = learned.correct(stated(0.35), 0.35);
        assert!((0.33..0.37).contains(&chance), "{chance}");
        let chance = learned.correct(near(0.35), 0.35);
        assert!((0.03..0.12).contains(&chance), "{chance}");
    }

    #[test]
    fn a_stage_of_which_one_is_too_sure_is_told_nearer_to_what_all_of_it_come_to() {
        let mut outcomes = Outcomes::default();
        for (chance, late) in [(0.02, 100), (0.35, 350), (0.95, 700)] {
            let (now, promised) = (Timestamp::from_millis(0), Timestamp::from_millis(40 * HOUR_MS));
            (0..1_000).for_each(|place| outcomes.add(Stated::new(Stage::Origin, now, promised, chance), place < late));
            (0..20_000).for_each(|place| outcomes.add(stated(chance), f64::from(place) < 20_000.0 * chance));
        }
        let mut learned = Recalibration::default();
        learned.note(&outcomes);
        learned.pass_days(0, 1.0);
        let origin = |chance| {
            let (now, promised) = (Timestamp::from_millis(0), Timestamp::from_millis(40 * HOUR_MS));
            learned.correct(Stated::new(Stage::Origin, now, promised, chance), chance)
        };
        for (chance, late) in [(0.02, 0.1), (0.35, 0.35), (0.95, 0.7)] {
            let corrected = origin(chance);
            assert!((corrected - late).abs() < 0.03, "{chance}: {corrected}");
        }
        // Where none was stated, what lies between is between.
        assert!((0.15..0.3).contains(&origin(0.17)), "{}", origin(0.17));
    }

    #[test]
    fn what_is_saved_is_read_also_where_very_many_answers_came_on_a_day() {
        let mut many = Outcomes::default();
        (0..3_000_000).for_each(|_| many.add(stated(1.0), true));
        let mut bytes = Vec::new();
        many.write(&mut Writer { out: &mut bytes });
        assert_eq!(Outcomes::read(&mut Reader::new(&bytes)), Ok(many.clone()));
        let mut learned = Recalibration::default();
        learned.note(&many);
        learned.pass_days(0, 0.9);
        learned.note(&many);
        let mut bytes = Vec::new();
        learned.write(&mut Writer { out: &mut bytes });
        assert_eq!(Recalibration::read(&mut Reader::new(&bytes)), Ok(learned));
    }

    #[test]
    fn it_does_not_matter_who_counted() {
        let outcomes: Vec<(Stated, bool)> = (0..500)
            .map(|place| (stated(f64::from(place) / 500.0), place % 3 == 0))
            .collect();
        let counted = |parts: usize| {
            let mut counted = alloc::vec![Outcomes::default(); parts];
            for (place, (stated, late)) in outcomes.iter().enumerate() {
                if let Some(part) = counted.get_mut(place % parts) {
                    part.add(*stated, *late);
                }
            }
            let mut learned = Recalibration::default();
            counted.iter().rev().for_each(|part| learned.note(part));
            learned.pass_days(0, 0.9);
            learned
        };
        assert_eq!(counted(1), counted(3));
        assert_eq!(counted(1), counted(5));
    }
}
