//! When a parcel under way will be visited first, given where it is, how long it has been there, and what was learned.

use super::at_hand::AtHand;
use super::bands::Age;
use super::chances::Chances;
use super::node::{HOURS, Shares};
use super::outcomes::Stated;
use super::state::{Since, Stage, Standing, State};
use super::sums::ENDS;
use super::table::{Known, moment, spell};
use milepost_model::{DAY_MS, HOUR_MS, Timestamp};

/// When it will come. Shares are of parcels like it that have come as far and no further.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Forecast {
    /// The share that is visited only after the promise; `None` without a promise.
    pub p_late: Option<f64>,
    /// A tenth are visited by then; `None` when that lies more than [`Self::AHEAD_DAYS`] ahead.
    pub p10: Option<Timestamp>,
    /// Half are.
    pub p50: Option<Timestamp>,
    /// Nine of ten are.
    pub p90: Option<Timestamp>,
    /// How many parcels of the same lane it rests on, old ones weighed less.
    pub cases: f64,
    /// Where it is.
    pub stage: Stage,
}

impl Forecast {
    /// How far a forecast looks ahead.
    pub const AHEAD_DAYS: i64 = 90;
    /// Beyond this share nobody is waited for.
    const DONE: f64 = 0.999;
}

impl Known<'_> {
    /// The share of parcels like one that come after `promised`, as of `now`, and what is stated by that; nothing is once the
    /// promise is over.
    pub(super) fn late(
        &self,
        chances: &mut Chances,
        standing: Standing,
        now: Timestamp,
        promised: Timestamp,
    ) -> (f64, Option<Stated>) {
        if promised <= now {
            return (1.0, None);
        }
        let was = standing.cohort(&self.clock);
        let chance = chances.late(self, was, now, promised);
        let stated = Stated::new(standing.stage, now, promised, chance);
        let told = self.recalibration.correct(stated, chance);
        (told, Some(stated.told(told)))
    }

    /// When a parcel will come, as of `now`, whatever was promised.
    pub(super) fn forecast(&self, at_hand: &mut AtHand, standing: Standing, now: Timestamp) -> Forecast {
        let shares = self.bands.shares(Age::of(standing.handed_at, now));
        let [p10, p50, p90] = self.marks(at_hand, standing, now, shares);
        let cases = self.lane().map_or(0.0, |node| node.visited() / self.weight);
        Forecast {
            p_late: None,
            p10,
            p50,
            p90,
            cases,
            stage: standing.stage,
        }
    }

    /// By when such shares of parcels like one are visited; they rise.
    pub(super) fn marks<const N: usize>(
        &self,
        at_hand: &mut AtHand,
        standing: Standing,
        now: Timestamp,
        shares: [f64; N],
    ) -> [Option<Timestamp>; N] {
        let mut course = Course::new(*self, standing, now);
        let end = now.plus(Forecast::AHEAD_DAYS * DAY_MS);
        let mut marks = shares.map(|share| (share, None));
        let enough = shares.last().copied().unwrap_or(0.0);
        while course.at < end.millis() && course.visited < enough.min(Forecast::DONE) {
            let (at, before) = (course.at, course.visited);
            course.pass_part(at_hand);
            let visits = Visits::new(self, (at, course.at));
            let here = course.visited - before;
            for (share, mark) in &mut marks {
                if mark.is_none() && course.visited >= *share {
                    *mark = Some(visits.when((*share - before) / here.max(f64::MIN_POSITIVE)));
                }
            }
        }
        marks.map(|(_, mark)| mark)
    }
}

/// How the visits of a part of a day lie in it: by what was seen of each hour.
pub(super) struct Visits {
    at: i64,
    until: i64,
    /// Hours from `at` on, the first and the last perhaps in part: which share of the visits lies in each.
    hours: [f64; HOURS],
    /// How long the first is, milliseconds.
    first_ms: i64,
}

impl Visits {
    pub(super) fn new(known: &Known<'_>, (at, until): (i64, i64)) -> Self {
        // Of all that go from country to country: when vans drive hardly depends on the lane.
        let of = known.countries();
        let (first, first_ms) = (usize::from(known.clock.hour(at)), HOUR_MS - at.rem_euclid(HOUR_MS));
        let mut hours = [0.0; HOURS];
        let mut begin = at;
        for (place, share) in hours.iter_mut().enumerate() {
            let length = if place == 0 { first_ms } else { HOUR_MS }.min(until - begin);
            if length <= 0 {
                break;
            }
            let seen = of.map_or(0.0, |node| node.visited_in(first + place));
            *share = (seen + HOURLY) * part(length, HOUR_MS);
            begin += length;
        }
        let sum: f64 = hours.iter().sum();
        hours.iter_mut().for_each(|share| *share /= sum.max(f64::MIN_POSITIVE));
        Self {
            at,
            until,
            hours,
            first_ms,
        }
    }

    /// Each hour: when it begins and ends, and its share.
    fn hours(&self) -> impl Iterator<Item = (i64, i64, f64)> {
        let mut begin = self.at;
        self.hours.iter().enumerate().map(move |(place, share)| {
            let length = if place == 0 { self.first_ms } else { HOUR_MS }.min((self.until - begin).max(0));
            let hour = (begin, begin + length, *share);
            begin += length;
            hour
        })
    }

    /// When so large a share of them is made.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a part of an hour"
    )]
    fn when(&self, share: f64) -> Timestamp {
        let mut made = 0.0;
        for (begin, end, here) in self.hours() {
            if made + here >= share {
                let of_hour = ((share - made) / here.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
                return Timestamp::from_millis(begin + ((end - begin) as f64 * of_hour) as i64);
            }
            made += here;
        }
        Timestamp::from_millis(self.until)
    }

    /// Which share is made by then.
    pub(super) fn share_by(&self, instant: Timestamp) -> f64 {
        let instant = instant.millis();
        let made = self.hours().map(|(begin, end, here)| {
            let passed = (instant - begin).clamp(0, end - begin);
            here * part(passed, end - begin)
        });
        made.sum()
    }
}

/// Visits of an hour that are believed before any are seen, in parcels.
const HOURLY: f64 = 0.01;

#[expect(clippy::cast_precision_loss, reason = "milliseconds of an hour")]
fn part(of_ms: i64, all_ms: i64) -> f64 {
    of_ms as f64 / (all_ms as f64).max(1.0)
}

/// How parcels like one go on, a part of a day at a time.
pub(super) struct Course<'l> {
    known: Known<'l>,
    /// The local day on which it was handed over.
    handed: i32,
    /// By state: the share that is there.
    shares: [f64; State::COUNT],
    pub(super) visited: f64,
    pub(super) at: i64,
}

impl<'l> Course<'l> {
    pub(super) fn new(known: Known<'l>, standing: Standing, now: Timestamp) -> Self {
        let clock = known.clock;
        let cohort = standing.cohort(&clock);
        let spell = spell(&clock, cohort, clock.part(now.millis()));
        let mut shares = [0.0; State::COUNT];
        if let Some(share) = shares.get_mut(spell.state.index()) {
            *share = 1.0;
        }
        Self {
            known,
            handed: cohort.handed,
            shares,
            visited: 0.0,
            at: now.millis(),
        }
    }

    /// Lets the rest of a part of the day pass: first who is there goes on, then who came goes on in turn, in the order in which
    /// parcels usually come through the stages. Who goes back waits for the next part.
    pub(super) fn pass_part(&mut self, at_hand: &mut AtHand) {
        let (end, left, day) = self.known.clock.part_end(self.at);
        let part = self.known.clock.part(self.at);
        let spells = at_hand.spells(&self.known, moment(&self.known.clock, self.handed, part));
        let mut came = [0.0; Stage::COUNT];
        for state in State::all() {
            let share = self.shares.get(state.index()).copied().unwrap_or(0.0);
            if share < NOBODY {
                continue;
            }
            let ends = rest(spells.of(state), left);
            if let Some(stays) = self.shares.get_mut(state.index()) {
                *stays = share * (1.0 - ends.iter().sum::<f64>()).max(0.0);
            }
            for (end, part) in ends.iter().enumerate() {
                *came.get_mut(end).unwrap_or(&mut self.visited) += share * part;
            }
        }
        for stage in Stage::ALL {
            let place = stage as usize;
            let share = came.get(place).copied().unwrap_or(0.0);
            if share < NOBODY {
                continue;
            }
            let state = State::new(stage, Since::Now);
            let ends = rest(spells.of(state), 1.0);
            self.stay(state, share * (1.0 - ends.iter().sum::<f64>()).max(0.0));
            for (end, part) in ends.iter().enumerate() {
                match Stage::ALL.get(end) {
                    None => self.visited += share * part,
                    Some(back) if end <= place => self.stay(State::new(*back, Since::Now), share * part),
                    Some(_) => *came.get_mut(end).unwrap_or(&mut self.visited) += share * part,
                }
            }
        }
        State::age(&mut self.shares, day);
        self.at = end;
    }

    fn stay(&mut self, state: State, share: f64) {
        if let Some(stays) = self.shares.get_mut(state.index()) {
            *stays += share;
        }
    }
}

/// A share of parcels too small to be followed.
const NOBODY: f64 = 1e-9;

/// Which shares go on in what is left of a spell, of those that have not gone on in it: as many in each of its hours.
pub(super) fn rest(ends: &Shares, left: f64) -> [f64; ENDS] {
    let ends = ends.map(f64::from);
    let all: f64 = ends.iter().sum();
    let by = left / (1.0 - all * (1.0 - left)).max(f64::MIN_POSITIVE);
    ends.map(|share| share * by)
}
