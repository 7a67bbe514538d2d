//! All lanes, as they were learned from what all shards counted.

use super::clock::{Day, DayPart, DeliveryClock, KINDS, Week};
use super::exposure::Turn;
use super::grid::step_of;
use super::key::LaneName;
use super::node::{Cohort, NOTHING_KNOWN, Node, Shares, Spell};
use super::recalibration::{Outcomes, Recalibration};
use super::state::{Since, Stage, State};
use super::tally::{Count, Counted};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use milepost_model::{DAY_MS, Timestamp};

/// What happened so many days ago weighs half of what happens now.
const HALF_LIFE_DAYS: f64 = 28.0;
/// Sums are made smaller before their weights grow larger than 2 to this power.
const POWER_MAX: f64 = 40.0;
/// So many parcels of a lane's own weigh as much as what is known of those it is a part of, while they have far to go: how
/// far makes a lane what it is.
const BELIEVED_FAR: f64 = 1.0;
/// The same of those that are near, or in somebody's hands: there lanes differ less.
const BELIEVED_NEAR: f64 = 6.0;
/// The same for what is believed of parcels of which nothing is known.
const BELIEVED_OF_NOTHING: f64 = 0.5;
/// Days of usual deliveries that are believed before any are seen.
const WEEK_BELIEVED: f64 = 20.0;
/// The share of usual deliveries that makes a day one on which the carrier delivers.
pub(super) const DELIVERS_FROM: f64 = 0.3;

/// Lanes and wholes that are told apart; a feed that makes up names cannot fill the memory. Parcels of lanes beyond count for
/// the wholes that are known.
const NODES_MAX: usize = 200_000;

/// What is known of all lanes at an instant.
#[derive(Clone, Debug)]
pub struct Lanes {
    /// When it was learned last.
    pub(super) now: Timestamp,
    /// When a weight is 1.
    pub(super) landmark: Timestamp,
    /// The first day of which anything is known, in UTC.
    pub(super) first_day: i64,
    /// The first is all parcels. Tables of several instants share what did not change between them.
    pub(super) nodes: Vec<Arc<Node>>,
    pub(super) by_name: Arc<BTreeMap<String, u32>>,
    pub(super) clocks: Vec<DeliveryClock>,
    /// By carrier, country and region.
    pub(super) clock_of: Arc<BTreeMap<[String; 3], u32>>,
    /// What happened in a part of a day that is not over.
    pub(super) turns: Vec<Turn>,
    /// What became of what was stated.
    pub(super) recalibration: Recalibration,
    /// By carrier and country: first visits on each holiday that there was.
    pub(super) holidays: BTreeMap<[String; 2], BTreeMap<i32, i64>>,
    /// By carrier and country: first visits by kind of day.
    pub(super) weeks: BTreeMap<[String; 2], [i64; KINDS]>,
}

impl Default for Lanes {
    fn default() -> Self {
        Self::new()
    }
}

impl Lanes {
    /// Nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self {
            now: Timestamp::MIN,
            landmark: Timestamp::MIN,
            first_day: 0,
            nodes: Vec::from([Arc::default()]),
            by_name: Arc::default(),
            clocks: Vec::new(),
            clock_of: Arc::default(),
            turns: Vec::new(),
            recalibration: Recalibration::default(),
            holidays: BTreeMap::new(),
            weeks: BTreeMap::new(),
        }
    }

    /// Learns what was counted until `now`, [summed](Counted::summed).
    pub fn learn(&mut self, now: Timestamp, counted: &[Counted]) {
        if self.landmark == Timestamp::MIN {
            (self.landmark, self.now) = (now, now);
            self.first_day = now.millis().div_euclid(DAY_MS);
        }
        let before = self.now;
        let days = now.millis().div_euclid(DAY_MS) - before.millis().div_euclid(DAY_MS);
        self.now = self.now.max(now);
        self.make_room();
        for counted in counted {
            self.add(&counted.lane, &counted.counts, before);
        }
        self.pass_time(before);
        if days != 0 {
            self.learn_weeks();
            self.recalibration.pass_days(days);
        }
    }

    /// Learns what became of its own answers; it shows from the next day (UTC) on. The order does not matter.
    pub fn learn_outcomes(&mut self, outcomes: &Outcomes) {
        self.recalibration.note(outcomes);
    }

    /// When it was learned last.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Number of lanes, and of wholes of which they are parts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len() - 1
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that it holds.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let names: usize = self
            .by_name
            .keys()
            .map(|name| name.len() + size_of::<(String, u32)>())
            .sum();
        let nodes: usize = self.nodes.iter().map(|node| node.memory_bytes()).sum();
        names + nodes + self.nodes.len() * size_of::<Node>()
    }

    /// How much what happens now weighs.
    pub(super) fn weight(&self) -> f64 {
        libm::exp2(days_between(self.landmark, self.now) / HALF_LIFE_DAYS)
    }

    fn make_room(&mut self) {
        let power = days_between(self.landmark, self.now) / HALF_LIFE_DAYS;
        if power > POWER_MAX {
            let halvings = libm::floor(power);
            self.nodes
                .iter_mut()
                .for_each(|node| Arc::make_mut(node).scale(libm::exp2(-halvings)));
            #[expect(clippy::cast_possible_truncation, reason = "a number of days")]
            let days = (halvings * HALF_LIFE_DAYS) as i64;
            self.landmark = self.landmark.plus(days * DAY_MS);
        }
    }

    fn add(&mut self, lane: &LaneName, counts: &[(Count, i64)], before: Timestamp) {
        let weight = self.weight();
        let nodes = self.nodes_of(lane);
        let clock_number = self.clock_of(lane);
        let Some(clock) = self.clocks.get(clock_number as usize).copied() else {
            return;
        };
        let seen = clock.part(before.millis());
        for (count, number) in counts {
            match *count {
                Count::Live { stage, since, handed } => {
                    let cohort = Cohort {
                        clock: clock_number,
                        stage,
                        since,
                        handed,
                    };
                    if let Some(node) = nodes.last().and_then(|own| self.nodes.get_mut(*own as usize)) {
                        Arc::make_mut(node).add_live(&nodes, cohort, *number);
                    }
                }
                Count::Began { at, .. } | Count::Went { at, .. } => {
                    let turn = Turn {
                        nodes: nodes.clone(),
                        clock: clock_number,
                        count: *count,
                        number: *number,
                    };
                    if let Count::Went { to: None, hour, .. } = *count {
                        let weight = weight * whole(*number);
                        self.each(&nodes, |node| node.was_visited(hour, weight));
                        self.note_visit(lane, clock.kind(at.day.into()), at.day, *number);
                    }
                    if at < seen {
                        self.take_turn(&turn, seen);
                    } else {
                        self.turns.push(turn);
                    }
                }
                Count::Promised { is_late } => {
                    let weight = weight * whole(*number);
                    self.each(&nodes, |node| node.was_promised(is_late, weight));
                }
            }
        }
    }

    pub(super) fn each(&mut self, numbers: &[u32], mut change: impl FnMut(&mut Node)) {
        for number in numbers {
            if let Some(node) = self.nodes.get_mut(*number as usize) {
                change(Arc::make_mut(node));
            }
        }
    }

    fn note_visit(&mut self, lane: &LaneName, kind: Day, day: i32, number: i64) {
        let [country, _] = lane.place();
        let key = [lane.carrier.clone(), country.clone()];
        if kind == Day::Holiday {
            *self.holidays.entry(key.clone()).or_default().entry(day).or_default() += number;
        }
        let week = self.weeks.entry(key).or_default();
        if let Some(visits) = week.get_mut(kind as usize) {
            *visits += number;
        }
    }

    /// The nodes of a lane and its wholes, from the widest, made where they are new.
    fn nodes_of(&mut self, lane: &LaneName) -> Vec<u32> {
        let mut numbers = Vec::from([0]);
        for name in lane.wholes() {
            if let Some(number) = self.by_name.get(&name) {
                numbers.push(*number);
            } else if self.nodes.len() < NODES_MAX {
                let number = u32::try_from(self.nodes.len()).unwrap_or_default();
                Arc::make_mut(&mut self.by_name).insert(name, number);
                self.nodes.push(Arc::default());
                numbers.push(number);
            }
        }
        numbers
    }

    fn clock_of(&mut self, lane: &LaneName) -> u32 {
        let key = clock_key(lane);
        if let Some(number) = self.clock_of.get(&key) {
            return *number;
        }
        let number = u32::try_from(self.clocks.len()).expect("fewer places than texts");
        self.clocks.push(self.new_clock(lane));
        Arc::make_mut(&mut self.clock_of).insert(key, number);
        number
    }

    /// The clock of a lane's place, as it is learned so far.
    fn new_clock(&self, lane: &LaneName) -> DeliveryClock {
        let [country, _] = lane.place();
        let mut clock = DeliveryClock::new(lane.place(), Week::default());
        clock.week = self.week(&[lane.carrier.clone(), country.clone()], &clock);
        clock
    }

    /// On which days off a carrier delivers in a country: on those on which a fair share of its usual visits are made.
    #[expect(clippy::cast_precision_loss, reason = "counts of visits and days")]
    fn week(&self, key: &[String; 2], clock: &DeliveryClock) -> Week {
        let visits = self.weeks.get(key).copied().unwrap_or_default();
        let (until, from) = (
            clock.days_before(self.now.millis().div_euclid(DAY_MS)),
            clock.days_before(self.first_day),
        );
        let days: [i64; KINDS] = core::array::from_fn(|kind| {
            let day = |days: &[i64; KINDS]| days.get(kind).copied().unwrap_or_default();
            (day(&until) - day(&from)).max(0)
        });
        let [business, saturdays, sundays, _] = core::array::from_fn(|kind| {
            (
                visits.get(kind).copied().unwrap_or(0),
                days.get(kind).copied().unwrap_or(0),
            )
        });
        let usual = business.0 as f64 / (business.1 as f64).max(1.0);
        let delivers = |(visits, days): (i64, i64), believed: f64| {
            let share = (visits as f64 + WEEK_BELIEVED * believed) / (days as f64 * usual + WEEK_BELIEVED);
            share > DELIVERS_FROM
        };
        let (holidays, exceptions) = self.learned_holidays(key, clock, usual);
        Week {
            saturdays: delivers(saturdays, 0.5),
            sundays: delivers(sundays, 0.2),
            holidays,
            exceptions,
        }
    }

    fn learn_weeks(&mut self) {
        let keys: Vec<([String; 2], u32)> = self
            .clock_of
            .iter()
            .map(|([carrier, country, _], number)| ([carrier.clone(), country.clone()], *number))
            .collect();
        for (key, number) in keys {
            let Some(clock) = self.clocks.get(number as usize).copied() else {
                continue;
            };
            let week = self.week(&key, &clock);
            if let Some(clock) = self.clocks.get_mut(number as usize) {
                clock.week = week;
            }
        }
    }

    pub(super) fn node(&self, number: u32) -> Option<&Node> {
        self.nodes.get(number as usize).map(|node| &**node)
    }

    /// Where in the table the nodes stand that tell of a lane, from the widest, and the clock of its place. What is found stays
    /// right when more is learned.
    pub(crate) fn path(&self, lane: &LaneName) -> Path {
        let mut path = Path::default();
        let wholes = lane.wholes();
        for (place, name) in path.nodes.iter_mut().skip(1).zip(&wholes) {
            *place = self.by_name.get(name).copied();
        }
        path.clock = self.clock_of.get(&clock_key(lane)).copied();
        path
    }

    /// What tells of a lane on that path; `None` where nothing is known of its place.
    pub(super) fn on(&self, path: Path) -> Option<Known<'_>> {
        let mut known = Known {
            nodes: [None; WHOLES],
            clock: self.clocks.get(path.clock? as usize).copied()?,
            weight: self.weight(),
            recalibration: &self.recalibration,
        };
        for (known, number) in known.nodes.iter_mut().zip(path.nodes) {
            *known = number.and_then(|number| self.node(number));
        }
        Some(known)
    }

    /// What tells of a lane.
    pub(super) fn known(&self, lane: &LaneName) -> Known<'_> {
        self.on(self.path(lane)).unwrap_or_else(|| Known {
            nodes: [self.node(0), None, None, None, None],
            clock: self.new_clock(lane),
            weight: self.weight(),
            recalibration: &self.recalibration,
        })
    }
}

/// All parcels, and what a lane is a part of, and itself.
const WHOLES: usize = 5;

/// Where in the table a lane and its wholes stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path {
    nodes: [Option<u32>; WHOLES],
    clock: Option<u32>,
}

impl Default for Path {
    /// Of all parcels only.
    fn default() -> Self {
        Self {
            nodes: [Some(0), None, None, None, None],
            clock: None,
        }
    }
}

impl Path {
    /// Whether there is nothing left to be found.
    pub(crate) fn is_whole(&self) -> bool {
        self.clock.is_some() && self.nodes.iter().all(Option::is_some)
    }
}

/// What tells of a lane.
#[derive(Clone, Copy)]
pub(super) struct Known<'l> {
    /// All parcels, those of the service, from country to country, from the origin to the country, of the lane.
    nodes: [Option<&'l Node>; WHOLES],
    pub(super) clock: DeliveryClock,
    /// How much what happens now weighs.
    pub(super) weight: f64,
    /// How answers are corrected.
    pub(super) recalibration: &'l Recalibration,
}

impl<'l> Known<'l> {
    /// The lane itself.
    pub(super) fn lane(&self) -> Option<&'l Node> {
        let [.., lane] = self.nodes;
        lane
    }

    /// All parcels of its service.
    pub(super) fn service(&self) -> Option<&'l Node> {
        let [_, service, ..] = self.nodes;
        service
    }

    /// All that go from country to country; else the narrowest that is known.
    pub(super) fn countries(&self) -> Option<&'l Node> {
        let [_, _, countries, ..] = self.nodes;
        countries.or_else(|| self.nodes.into_iter().flatten().next_back())
    }

    /// From the narrowest, each if it is known.
    pub(super) fn narrowest(&self) -> impl Iterator<Item = Option<&'l Node>> {
        self.nodes.into_iter().rev()
    }

    /// Which shares of parcels go on in a spell.
    pub(super) fn shares(&self, spell: Spell) -> Shares {
        let mut shares = NOTHING_KNOWN;
        for (place, node) in self.nodes.iter().enumerate() {
            let Some(node) = node else { continue };
            let believed = match place {
                0 => BELIEVED_OF_NOTHING,
                _ if spell.state.has_far_to_go() => BELIEVED_FAR,
                _ => BELIEVED_NEAR,
            };
            node.correct(&mut shares, spell, believed, self.weight);
        }
        shares
    }
}

/// The spell, in a part of a day, of a parcel that is in a stage since then and was handed over on that local day.
pub(super) fn spell(clock: &DeliveryClock, (stage, since, handed): (Stage, DayPart, i32), at: DayPart) -> Spell {
    // Delivery days that have ended since the end of a day.
    let ended_since = |day: i32| clock.begin(at.day.into()) - clock.begin(i64::from(day) + 1);
    let since = if since == at {
        Since::Now
    } else if since.day == at.day {
        Since::Today
    } else if ended_since(since.day) < 1.0 {
        Since::Yesterday
    } else {
        Since::Before
    };
    let days = if handed == at.day {
        0.0
    } else {
        1.0 + ended_since(handed)
    };
    Spell {
        step: step_of(days),
        state: State::new(stage, since),
        part: at.part,
        is_day_off: clock.is_off(at.day.into()),
    }
}

/// Whose clock a lane goes by: its carrier's, at its place.
fn clock_key(lane: &LaneName) -> [String; 3] {
    let [country, region] = lane.place();
    [&lane.carrier, country, region].map(String::clone)
}

impl Node {
    fn add_live(&mut self, path: &[u32], cohort: Cohort, number: i64) {
        if self.path.is_empty() {
            self.path = path.to_vec();
        }
        let live = self.live.get(&cohort).copied().unwrap_or(0) + number;
        // Those that were under way for too long were forgotten: they leave nothing.
        if live > 0 {
            self.live.insert(cohort, live);
        } else {
            self.live.remove(&cohort);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "days of some centuries")]
fn days_between(from: Timestamp, until: Timestamp) -> f64 {
    until.since(from) as f64 / DAY_MS as f64
}

#[expect(clippy::cast_precision_loss, reason = "numbers of parcels")]
pub(super) const fn whole(number: i64) -> f64 {
    number as f64
}

/// A stage in which a parcel is, since when, and when it was handed over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) stage: Stage,
    pub(super) since: Timestamp,
    pub(super) handed_at: Timestamp,
}
