//! All lanes, as they were learned from what all shards counted.

use super::bands::{Bands, Fallen};
use super::calibration::{Calibration, ToldThatDay};
use super::clock::{DayPart, DeliveryClock, Week};
use super::grid::step_of;
use super::key::LaneName;
use super::node::{Moment, NOTHING_KNOWN, Node, Shares, Spell, Spells};
use super::outcomes::Outcomes;
use super::prospect::Told;
use super::recalibration::Recalibration;
use super::state::{Cohort, Since, State};
use super::sums::{Summed, Sums};
use super::weeks::{Today, Weeks};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::RangeBounds;
use milepost_model::{Column, DAY_MS, Timestamp, Value};

/// What happened so many days ago weighs half of what happens now.
const HALF_LIFE_DAYS: f64 = 90.0;
/// Sums are made smaller before their weights grow larger than 2 to this power.
const POWER_MAX: f64 = 40.0;
/// So many parcels of a lane's own weigh as much as what is known of those it is a part of, while they have far to go: how
/// far makes a lane what it is.
const BELIEVED_FAR: f64 = 1.0;
/// The same of those that are near, or in somebody's hands: there lanes differ less.
const BELIEVED_NEAR: f64 = 6.0;
/// The same for what is believed of parcels of which nothing is known.
const BELIEVED_OF_NOTHING: f64 = 0.5;

/// While so many parcels were visited, weighed, each is watched: that makes some ten thousand answers a day.
const WATCHED_OF: f64 = 80_000.0;

/// What is known of all lanes at an instant.
#[derive(Clone, Debug)]
pub struct Lanes {
    /// When something was learned last.
    pub(super) now: Timestamp,
    /// When a weight is 1.
    pub(super) landmark: Timestamp,
    /// The first is all parcels. Tables of several instants share what did not change between them.
    pub(super) nodes: Vec<Arc<Node>>,
    pub(super) by_name: Arc<BTreeMap<String, u32>>,
    pub(super) clocks: Vec<DeliveryClock>,
    /// By carrier, country and region.
    pub(super) clock_of: Arc<BTreeMap<[String; 3], u32>>,
    /// What became of what was stated.
    pub(super) recalibration: Recalibration,
    /// Where in what was foretold visits fell.
    pub(super) bands: Bands,
    /// What is told in place of what was learned; it is not saved.
    pub(super) told: Option<Arc<Told>>,
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
            nodes: Vec::from([Arc::default()]),
            by_name: Arc::default(),
            clocks: Vec::new(),
            clock_of: Arc::default(),
            recalibration: Recalibration::default(),
            bands: Bands::default(),
            told: None,
        }
    }

    /// In place of what is learned, of every parcel is told that from an instant on: so rules can be tried that read it.
    #[must_use]
    pub fn telling(told: Vec<(Timestamp, Column, Value<'static>)>) -> Self {
        Self {
            told: Some(Arc::new(Told::new(told))),
            ..Self::new()
        }
    }

    /// Whether anything is foretold of any parcel.
    pub(crate) fn foretells(&self) -> bool {
        self.told.is_some() || !self.is_empty()
    }

    pub(super) fn told(&self) -> Option<&Told> {
        self.told.as_deref()
    }

    /// The first instant of which anything is known.
    pub(super) fn begin(&mut self, now: Timestamp) {
        (self.landmark, self.now) = (now, now);
    }

    /// Learns what became of its own answers; it shows from the next day (UTC) on. The order does not matter.
    pub(super) fn learn_outcomes(&mut self, outcomes: &Outcomes, fallen: &Fallen) {
        self.recalibration.note(outcomes);
        self.bands.note(fallen);
    }

    /// When something was learned last.
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
        names + nodes
    }

    /// How much what happens now weighs.
    pub(super) fn weight(&self) -> f64 {
        libm::exp2(days_between(self.landmark, self.now) / HALF_LIFE_DAYS)
    }

    /// Time has passed: weights are of then, and are made smaller where they would grow too large.
    pub(super) fn pass_time(&mut self, now: Timestamp) {
        self.now = now;
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

    /// Learns what happened, by node; what a node is a part of grows by as much. `sums` is empty, and stays so.
    pub(super) fn grow(&mut self, mut by_node: Vec<Vec<Summed>>, sums: &mut Sums, parent: impl Fn(usize) -> usize) {
        let weight = self.weight();
        // Wholes have lower numbers than their parts.
        for number in (0..by_node.len()).rev() {
            let of_node = by_node.get_mut(number).map(core::mem::take).unwrap_or_default();
            if of_node.is_empty() {
                continue;
            }
            for (slot, number) in of_node.iter().flatten() {
                sums.add(*slot, *number);
            }
            let summed = sums.take();
            if let Some(node) = self.nodes.get_mut(number) {
                *node = Arc::new(node.learned(&summed, weight));
            }
            if number > 0
                && let Some(whole) = by_node.get_mut(parent(number))
            {
                whole.push(summed);
            }
        }
    }

    /// A day is over, and it is another one now.
    pub(super) fn pass_days(&mut self, day: i64, now: i64) {
        let fades = self.recalibration.fades(day, now);
        self.recalibration.pass_days(day, fades);
        self.bands.pass_days(fades);
    }

    /// Of how many parcels that are handed over one is watched: where there are few, of each; `None` before any arrived, when
    /// nobody can tell how many there will be, nor foretell anything.
    pub(super) fn watched_one_of(&self) -> Option<u32> {
        let all = self.node(0).filter(|node| node.visited() > 0.0)?;
        // Where there are more than before, it shows in how many are under way.
        let parcels = (all.visited() / self.weight()).max(8.0 * whole(all.under_way));
        let mut one_of = 1;
        while parcels > WATCHED_OF * f64::from(one_of) && one_of < 1 << 16 {
            one_of *= 2;
        }
        Some(one_of)
    }

    /// Shows what was told lately, by stage, time left and chance, and what came true of it.
    pub fn each_calibration(&self, show: &mut dyn FnMut(&Calibration)) {
        self.recalibration.each(show);
    }

    /// Shows by day, of the last 120 on which that was known, the oldest first, what was told and what came true.
    pub fn each_day_told(&self, show: &mut dyn FnMut(&ToldThatDay)) {
        self.recalibration.each_day(show);
    }

    /// The nodes of a lane and its wholes, from the widest, made where they are new.
    pub(super) fn nodes_of(&mut self, lane: &LaneName) -> Vec<u32> {
        let mut numbers = Vec::from([0]);
        for name in lane.wholes() {
            let number = self.by_name.get(&name).copied().unwrap_or_else(|| {
                let number = u32::try_from(self.nodes.len()).expect("a few for each lane");
                Arc::make_mut(&mut self.by_name).insert(name, number);
                self.nodes.push(Arc::default());
                number
            });
            numbers.push(number);
        }
        numbers
    }

    /// The clock of a lane's place, made where it is new.
    pub(super) fn clock_of(table: &mut Arc<Self>, lane: &LaneName) -> u32 {
        let key = clock_key(lane);
        if let Some(number) = table.clock_of.get(&key) {
            return *number;
        }
        let table = Arc::make_mut(table);
        let number = u32::try_from(table.clocks.len()).expect("fewer places than texts");
        table.clocks.push(table.new_clock(lane));
        Arc::make_mut(&mut table.clock_of).insert(key, number);
        number
    }

    /// The clock of a place of which nothing is known: its carrier is taken to deliver on the days on which it does elsewhere in
    /// the country.
    fn new_clock(&self, lane: &LaneName) -> DeliveryClock {
        let [carrier, country, region] = clock_key(lane);
        let first = [carrier.clone(), country.clone(), String::new()];
        let elsewhere = self.clock_of.range(first..).next();
        let elsewhere = elsewhere.filter(|([of, at, _], _)| *of == carrier && *at == country);
        let elsewhere = elsewhere.and_then(|(_, number)| self.clocks.get(*number as usize));
        let week = elsewhere.map_or(Week::BELIEVED, |clock| clock.week);
        DeliveryClock::new(&[country, region], week)
    }

    /// On which days carriers deliver.
    pub(super) fn learn_weeks(&mut self, weeks: &Weeks, now: Timestamp) {
        // Places of a country follow each other, and on most of them it is the same day.
        let mut last = None;
        for ([carrier, country, _], number) in &*self.clock_of {
            let Some(clock) = self.clocks.get_mut(*number as usize) else {
                continue;
            };
            let asked = (carrier, country, Today::new(clock, now));
            let known = last.filter(|(of, _)| *of == asked).map(|(_, week)| week);
            let week = known.unwrap_or_else(|| weeks.week([carrier, country], clock, asked.2));
            last = Some((asked, week));
            clock.week = week;
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
            path,
            nodes: [None; WHOLES],
            clock: self.clocks.get(path.clock? as usize).copied()?,
            weight: self.weight(),
            recalibration: &self.recalibration,
            bands: &self.bands,
        };
        for (known, number) in known.nodes.iter_mut().zip(path.nodes) {
            *known = number.and_then(|number| self.node(number));
        }
        Some(known)
    }

    /// What tells of a lane.
    pub(super) fn known(&self, lane: &LaneName) -> Known<'_> {
        self.on(self.path(lane)).unwrap_or_else(|| Known {
            path: Path::default(),
            nodes: [self.node(0), None, None, None, None],
            clock: self.new_clock(lane),
            weight: self.weight(),
            recalibration: &self.recalibration,
            bands: &self.bands,
        })
    }
}

/// All parcels, and what a lane is a part of, and itself.
const WHOLES: usize = 5;

/// So many of them tell of all that go from country to country.
const COUNTRIES: usize = 3;

/// Where in the table a lane and its wholes stand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
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
    /// The number of the lane's own node, once all is found.
    pub(super) fn of_lane(&self) -> Option<u32> {
        let [.., lane] = self.nodes;
        lane.filter(|_| self.is_whole())
    }

    /// The part of it that all lanes from country to country share.
    pub(super) fn of_countries(&self) -> [Option<u32>; COUNTRIES] {
        let [all, service, countries, ..] = self.nodes;
        [all, service, countries]
    }

    /// Whether there is nothing left to be found.
    pub(crate) fn is_whole(&self) -> bool {
        self.clock.is_some() && self.nodes.iter().all(Option::is_some)
    }
}

/// What tells of a lane.
#[derive(Clone, Copy)]
pub(super) struct Known<'l> {
    /// Where that stands in the table.
    pub(super) path: Path,
    /// All parcels, those of the service, from country to country, from the origin to the country, of the lane.
    nodes: [Option<&'l Node>; WHOLES],
    pub(super) clock: DeliveryClock,
    /// How much what happens now weighs.
    pub(super) weight: f64,
    /// How answers are corrected.
    pub(super) recalibration: &'l Recalibration,
    /// Of which shares marks are told.
    pub(super) bands: &'l Bands,
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
            node.correct(&mut shares, spell, believed(place, spell.state), self.weight);
        }
        shares
    }

    /// The same of all spells of a moment, of all that go from country to country.
    pub(super) fn spells_of_countries(&self, moment: Moment) -> Spells {
        let mut spells = Spells::NOTHING_KNOWN;
        self.correct_by(..COUNTRIES, moment, &mut spells);
        spells
    }

    /// From those that go from country to country to those of the lane.
    pub(super) fn narrow_down(&self, moment: Moment, spells: &mut Spells) {
        self.correct_by(COUNTRIES.., moment, spells);
    }

    fn correct_by(&self, places: impl RangeBounds<usize>, moment: Moment, spells: &mut Spells) {
        for (place, node) in self.nodes.iter().enumerate() {
            if let Some(node) = node.filter(|_| places.contains(&place)) {
                node.correct_all(spells, moment, |state| believed(place, state), self.weight);
            }
        }
    }
}

/// How many parcels' worth of belief comes from the wholes before the one in that place.
fn believed(place: usize, state: State) -> f64 {
    match place {
        0 => BELIEVED_OF_NOTHING,
        _ if state.has_far_to_go() => BELIEVED_FAR,
        _ => BELIEVED_NEAR,
    }
}

/// The spell, in a part of a day, of a parcel of that cohort.
pub(super) fn spell(clock: &DeliveryClock, was: Cohort, at: DayPart) -> Spell {
    spell_by(|day| clock.of_day(day), was, at)
}

/// That part of a day, of parcels that were handed over on that day.
pub(super) fn moment(clock: &DeliveryClock, handed: i32, at: DayPart) -> Moment {
    moment_by(clock.is_off(at.day().into()), handed, at)
}

/// The same, given how many delivery days there are before a day, and whether it is off.
pub(super) fn spell_by(
    day: impl Fn(i32) -> (f64, bool),
    Cohort { stage, since, handed }: Cohort,
    at: DayPart,
) -> Spell {
    let today = day(at.day());
    let since = if since == at {
        Since::Now
    } else if since.day() == at.day() {
        Since::Today
    } else if ended_since(&day, today, since.day()) < 1.0 {
        Since::Yesterday
    } else {
        Since::Before
    };
    Spell {
        moment: moment_by(today.1, handed, at),
        state: State::new(stage, since),
    }
}

fn moment_by(is_day_off: bool, handed: i32, at: DayPart) -> Moment {
    Moment {
        step: step_of(at.day().saturating_sub(handed)),
        part: at.part(),
        is_day_off,
    }
}

/// Delivery days that have ended since the end of a day.
fn ended_since(day: impl Fn(i32) -> (f64, bool), (begin, _): (f64, bool), since: i32) -> f64 {
    begin - day(since.saturating_add(1)).0
}

/// Whose clock a lane goes by: its carrier's, at its place.
fn clock_key(lane: &LaneName) -> [String; 3] {
    let [country, region] = lane.place();
    [&lane.carrier, country, region].map(String::clone)
}

#[expect(clippy::cast_precision_loss, reason = "days of some centuries")]
fn days_between(from: Timestamp, until: Timestamp) -> f64 {
    until.since(from) as f64 / DAY_MS as f64
}

#[expect(clippy::cast_precision_loss, reason = "numbers of parcels")]
pub(super) const fn whole(number: i64) -> f64 {
    number as f64
}
