//! What was counted on all lanes and is not learned yet: it is when the part of the day is over in which it happened.

use super::key::LaneName;
use super::sums::Summed;
use super::table::Lanes;
use super::tally::{Count, Counted};
use super::under_way::{Over, Room, UnderWay};
use super::weeks::Weeks;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use milepost_model::{DAY_MS, HOUR_MS, Timestamp};

/// Lanes that are told apart; a feed that makes up names cannot fill the memory. Parcels of lanes beyond teach nothing, and are
/// foretold by what is known of their wholes.
const LANES_MAX: usize = 100_000;

/// So often is learned on which days carriers deliver: what is promised for a holiday to come shows hours before it.
const WEEKS_EVERY_MS: i64 = 6 * HOUR_MS;

/// A lane, and its parcels.
#[derive(Clone, Debug)]
pub(super) struct CountedLane {
    pub(super) name: Arc<LaneName>,
    /// The clock of its place, in the table.
    pub(super) clock: u32,
    pub(super) under_way: UnderWay,
    /// Its nodes in the table, from the widest; empty until they are looked up.
    nodes: Vec<u32>,
}

/// What was counted and is not learned yet.
#[derive(Clone, Debug)]
pub(super) struct Counting {
    /// Until when it was counted.
    pub(super) now: Timestamp,
    pub(super) lanes: Vec<CountedLane>,
    by_name: BTreeMap<Arc<LaneName>, u32>,
    /// By node: the lane that is one's own, and of which other it is a part.
    by_node: Vec<OfNode>,
    pub(super) weeks: Weeks,
}

#[derive(Clone, Copy, Debug, Default)]
struct OfNode {
    lane: Option<u32>,
    parent: u32,
}

impl Default for Counting {
    fn default() -> Self {
        Self {
            now: Timestamp::MIN,
            lanes: Vec::new(),
            by_name: BTreeMap::new(),
            by_node: Vec::new(),
            weeks: Weeks::default(),
        }
    }
}

impl Counting {
    /// Takes what was counted until `now`; the table learns what happened in parts of days that are over. It stays as it is
    /// where none is.
    pub(super) fn learn(&mut self, table: &mut Arc<Lanes>, now: Timestamp, counted: &[Counted]) {
        if self.now == Timestamp::MIN {
            self.now = now;
            Arc::make_mut(table).begin(now);
        }
        let before = self.now;
        self.now = self.now.max(now);
        self.add_new(table, counted);
        self.take(counted);
        for Counted { outcomes, fallen, .. } in counted {
            if !outcomes.is_empty() || !fallen.is_empty() {
                Arc::make_mut(table).learn_outcomes(outcomes, fallen);
            }
        }
        self.pass_parts(table, before);
        let passed = |every: i64| {
            let [from, to] = [before, self.now].map(|at| at.millis().div_euclid(every));
            (from != to).then_some((from, to))
        };
        if let Some((day, today)) = passed(DAY_MS) {
            self.weeks.forget_far_from(today);
            Arc::make_mut(table).pass_days(day, today);
        }
        if passed(WEEKS_EVERY_MS).is_some() {
            Arc::make_mut(table).learn_weeks(&self.weeks, self.now);
        }
    }

    /// Lanes of which nothing was heard before, in the order of their names.
    fn add_new(&mut self, table: &mut Arc<Lanes>, counted: &[Counted]) {
        let mut new = Vec::new();
        for counted in counted {
            let mut is_met = alloc::vec![false; counted.lanes.len()];
            for (place, ..) in &counted.counts {
                let place = *place as usize;
                if let Some(is_met) = is_met.get_mut(place)
                    && !core::mem::replace(is_met, true)
                    && let Some((name, node)) = counted.lanes.get(place)
                    && self.find(name, *node).is_none()
                {
                    new.push(Arc::clone(name));
                }
            }
        }
        new.sort_unstable();
        new.dedup();
        for name in new {
            let clock = Lanes::clock_of(table, &name);
            self.add(CountedLane {
                name,
                clock,
                under_way: UnderWay::default(),
                nodes: Vec::new(),
            });
        }
    }

    /// One more lane, if there is room for it.
    fn add(&mut self, lane: CountedLane) {
        if self.lanes.len() < LANES_MAX {
            let number = u32::try_from(self.lanes.len()).expect("fewer than there may be");
            self.by_name.insert(Arc::clone(&lane.name), number);
            self.lanes.push(lane);
        }
    }

    /// A lane that was saved.
    pub(super) fn restore(&mut self, name: LaneName, under_way: UnderWay, table: &mut Arc<Lanes>) {
        let clock = Lanes::clock_of(table, &name);
        self.add(CountedLane {
            name: Arc::new(name),
            clock,
            under_way,
            nodes: Vec::new(),
        });
    }

    fn find(&self, name: &Arc<LaneName>, node: Option<u32>) -> Option<u32> {
        let of_node = node.and_then(|node| self.by_node.get(node as usize)?.lane);
        of_node.or_else(|| self.by_name.get(name).copied())
    }

    fn take(&mut self, counted: &[Counted]) {
        let mut due = Vec::new();
        for Counted { lanes, counts, .. } in counted {
            let mut numbers: Vec<Option<Option<u32>>> = alloc::vec![None; lanes.len()];
            for (place, count, number) in counts {
                let place = *place as usize;
                let (Some(lane), Some((name, node))) = (numbers.get_mut(place), lanes.get(place)) else {
                    continue;
                };
                let lane = *lane.get_or_insert_with(|| self.find(name, *node));
                let Some((lane, place)) = lane.and_then(|lane| Some((self.lanes.get_mut(lane as usize)?, lane))) else {
                    continue;
                };
                if let Count::Due { day } = *count {
                    due.push((place, day, *number));
                } else {
                    lane.under_way.turns.push((*count, *number));
                }
            }
        }
        due.sort_unstable();
        for of_day in due.chunk_by(|(lane, day, _), (same_lane, same_day, _)| (lane, day) == (same_lane, same_day)) {
            let number = of_day.iter().map(|(.., number)| number).sum();
            if let Some((lane, day, _)) = of_day.first()
                && let Some(lane) = self.lanes.get(*lane as usize)
            {
                self.weeks.note_due(&lane.name, (*day, number));
            }
        }
    }

    /// Where parts of days are over, what happened in them is learned.
    fn pass_parts(&mut self, table: &mut Arc<Lanes>, before: Timestamp) {
        let over = table.clocks.iter().map(|clock| Over::new(clock, before, self.now));
        let over: Vec<Option<Over>> = over.collect();
        if over.iter().all(Option::is_none) {
            return;
        }
        let table = Arc::make_mut(table);
        table.pass_time(self.now);
        let mut room = Room::new();
        let mut by_node: Vec<Vec<Summed>> = Vec::new();
        for (number, lane) in (0..).zip(&mut self.lanes) {
            let over = over.get(lane.clock as usize).and_then(Option::as_ref);
            let Some(over) = over.filter(|_| !lane.under_way.is_empty()) else {
                continue;
            };
            lane.under_way.pass(over, &mut room);
            room.visits.sort_unstable();
            for of_day in room.visits.chunk_by(|(a, _), (b, _)| a == b) {
                let number = of_day.iter().map(|(_, number)| number).sum();
                if let Some((day, _)) = of_day.first() {
                    self.weeks.note_visited(&lane.name, (*day, number));
                }
            }
            room.visits.clear();
            if lane.nodes.is_empty() {
                lane.nodes = table.nodes_of(&lane.name);
                note_nodes(&mut self.by_node, number, &lane.nodes);
            }
            by_node.resize(table.nodes.len(), Vec::new());
            if let Some(own) = lane.nodes.last().and_then(|own| by_node.get_mut(*own as usize)) {
                own.push(room.sums.take());
            }
        }
        let parent = |node: usize| self.by_node.get(node).map_or(0, |of| of.parent as usize);
        table.grow(by_node, &mut room.sums, parent);
    }
}

fn note_nodes(by_node: &mut Vec<OfNode>, lane: u32, nodes: &[u32]) {
    let last = nodes.last().map_or(0, |own| *own as usize);
    let most = nodes.iter().copied().max().map_or(0, |most| most as usize + 1);
    if by_node.len() < most {
        by_node.resize(most, OfNode::default());
    }
    for (parent, node) in nodes.iter().zip(nodes.iter().skip(1)) {
        if let Some(of) = by_node.get_mut(*node as usize) {
            of.parent = *parent;
        }
    }
    if let Some(of) = by_node.get_mut(last) {
        of.lane = Some(lane);
    }
}
