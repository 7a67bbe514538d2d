//! What a shard counts of its parcels' passages since it was last asked: whole numbers, so that it does not matter in which
//! order they are summed, nor over how many shards.

use super::clock::{DayPart, DeliveryClock, Week};
use super::key::LaneName;
use super::passage::{Lane, Passage, Progress};
use super::state::Stage;
use super::table::{Lanes, Path};
use crate::bytes::{Damaged, Reader, Writer};
use crate::groups::{Group, Groups};
use crate::intern::{TextId, Texts};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use milepost_model::Timestamp;

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Count {
    /// Parcels that are in a stage since then; a negative number left it.
    Live {
        /// The stage.
        stage: Stage,
        /// Since when.
        since: DayPart,
        /// The day on which they were handed over.
        handed: i32,
    },
    /// Parcels that were handed over, and are in that stage.
    Began {
        /// The stage.
        stage: Stage,
        /// When.
        at: DayPart,
    },
    /// Parcels that went on.
    Went {
        /// From that stage.
        stage: Stage,
        /// In which they were since.
        since: DayPart,
        /// The day on which they were handed over.
        handed: i32,
        /// To that stage, or to another place of the same; `None` is the first visit.
        to: Option<Stage>,
        /// When.
        at: DayPart,
        /// The local hour of a first visit, 0 to 23.
        hour: u8,
    },
    /// Promised parcels that were visited.
    Promised {
        /// After the promise.
        is_late: bool,
    },
}

/// What a shard counted on one lane.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Counted {
    /// The lane.
    pub lane: LaneName,
    /// How many of each.
    pub counts: Vec<(Count, i64)>,
}

impl Counted {
    /// What several shards counted, put together: each lane once, in the order of names, and each count of it once. The order in
    /// which it comes in does not matter.
    #[must_use]
    pub fn summed(counted: Vec<Self>) -> Vec<Self> {
        let mut sums: BTreeMap<LaneName, BTreeMap<Count, i64>> = BTreeMap::new();
        for Self { lane, counts } in counted {
            let sums = sums.entry(lane).or_default();
            counts
                .into_iter()
                .for_each(|(count, number)| *sums.entry(count).or_default() += number);
        }
        let lanes = sums.into_iter().map(|(lane, counts)| Self {
            lane,
            counts: counts.into_iter().filter(|(_, number)| *number != 0).collect(),
        });
        lanes.filter(|counted| !counted.counts.is_empty()).collect()
    }
}

/// One thing counted on one lane of the shard.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Cell {
    lane: u32,
    count: Count,
}

impl Default for Cell {
    fn default() -> Self {
        let never = DayPart { day: i32::MIN, part: 0 };
        let count = Count::Began {
            stage: Stage::Origin,
            at: never,
        };
        Self { lane: u32::MAX, count }
    }
}

impl Group for Cell {
    type Id = u32;

    fn id(number: u32) -> u32 {
        number
    }

    fn number(id: u32) -> u32 {
        id
    }
}

impl Group for Lane {
    type Id = u32;

    fn id(number: u32) -> u32 {
        number
    }

    fn number(id: u32) -> u32 {
        id
    }
}

/// The counts of a shard.
#[derive(Debug)]
pub(crate) struct Tally {
    lanes: Groups<Lane>,
    /// By lane: the clock of its place.
    clocks: Vec<DeliveryClock>,
    /// By lane: where it stands in what was learned, as far as it was there.
    paths: Vec<Path>,
    cells: Groups<Cell>,
    /// By cell.
    counts: Vec<i64>,
    seed: u64,
}

impl Tally {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            lanes: Groups::new(seed),
            clocks: Vec::new(),
            paths: Vec::new(),
            cells: Groups::new(seed),
            counts: Vec::new(),
            seed,
        }
    }

    /// A row changed: what it says now is counted in place of what it said before. Whoever went on is counted when time went
    /// on; when the past turned out to be another, only where the parcel is now.
    #[inline]
    pub(crate) fn change(&mut self, before: Option<&Passage>, after: Option<&Passage>, texts: &Texts) {
        if before != after {
            self.count_change(before, after, texts);
        }
    }

    fn count_change(&mut self, before: Option<&Passage>, after: Option<&Passage>, texts: &Texts) {
        if let Some(before) = before
            && let Progress::In(stage, since) = before.progress
        {
            let (lane, clock) = self.lane(before.lane, texts);
            self.add(lane, live(&clock, stage, since, before.handed_at), -1);
            let went = after.filter(|after| after.handed_at == before.handed_at && after.lane == before.lane);
            let (to, at) = match went.map(|after| after.progress) {
                // Who gets to another place of the same stage begins it anew.
                Some(Progress::In(next, at)) => (Some(next), at),
                Some(Progress::Visited { at, .. }) => (None, at),
                Some(Progress::Gone) | None => (None, Timestamp::MIN),
            };
            if at >= since {
                let went = Count::Went {
                    stage,
                    since: clock.part(since.millis()),
                    handed: clock.part(before.handed_at.millis()).day,
                    to,
                    at: clock.part(at.millis()),
                    hour: if to.is_none() { clock.hour(at.millis()) } else { 0 },
                };
                self.add(lane, went, 1);
            }
            if let Some(Progress::Visited {
                is_late: Some(is_late), ..
            }) = went.map(|after| after.progress)
            {
                self.add(lane, Count::Promised { is_late }, 1);
            }
        }
        if let Some(after) = after
            && let Progress::In(stage, since) = after.progress
        {
            let (lane, clock) = self.lane(after.lane, texts);
            self.add(lane, live(&clock, stage, since, after.handed_at), 1);
            if before.is_none() {
                let at = clock.part(since.millis());
                self.add(lane, Count::Began { stage, at }, 1);
            }
        }
    }

    /// The number of a lane, and the clock of its place: on which days off its carrier delivers does not matter for what is
    /// counted.
    fn lane(&mut self, lane: Lane, texts: &Texts) -> (u32, DeliveryClock) {
        let number = self.lanes.intern(lane);
        let clock = |lane: Lane| DeliveryClock::new(lane.name(texts).place(), Week::default());
        while self.clocks.len() <= number as usize {
            let next = u32::try_from(self.clocks.len()).unwrap_or_default();
            self.clocks.push(clock(self.lanes.get(next)));
        }
        let known = self.clocks.get(number as usize).copied();
        (number, known.unwrap_or_else(|| clock(lane)))
    }

    /// Looks up where lanes stand in what was learned, those that did not stand there before.
    pub(crate) fn find_in(&mut self, lanes: &Lanes, texts: &Texts) {
        self.paths.resize(self.clocks.len(), Path::default());
        for (path, number) in self.paths.iter_mut().zip(0..) {
            if !path.is_whole() {
                *path = lanes.path(&self.lanes.get(number).name(texts));
            }
        }
    }

    /// Where a lane stands in what was learned, if all of it was found.
    pub(super) fn path(&self, lane: Lane) -> Option<Path> {
        let number = self.lanes.find(lane)?;
        let path = self.paths.get(number as usize).copied();
        path.filter(Path::is_whole)
    }

    fn add(&mut self, lane: u32, count: Count, by: i64) {
        let cell = self.cells.intern(Cell { lane, count }) as usize;
        if self.counts.len() <= cell {
            self.counts.resize(cell + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(cell) {
            *count += by;
        }
    }

    /// Takes out what was counted, lane by lane in order.
    pub(crate) fn take(&mut self, texts: &Texts) -> Vec<Counted> {
        let counted = self.sorted();
        self.cells = Groups::new(self.seed);
        self.counts.clear();
        let lanes = counted.chunk_by(|(a, _), (b, _)| a.lane == b.lane);
        lanes
            .map(|cells| {
                let lane = cells
                    .first()
                    .map(|(cell, _)| self.lanes.get(cell.lane))
                    .unwrap_or_default();
                Counted {
                    lane: lane.name(texts),
                    counts: cells.iter().map(|(cell, count)| (cell.count, *count)).collect(),
                }
            })
            .collect()
    }

    /// What was counted, lane by lane.
    fn sorted(&self) -> Vec<(Cell, i64)> {
        let counts = self.counts.iter().skip(1).copied();
        let mut counted: Vec<(Cell, i64)> = self.cells.each().iter().copied().zip(counts).collect();
        counted.retain(|(_, count)| *count != 0);
        counted.sort_unstable();
        counted
    }

    pub(crate) fn write(&self, out: &mut Writer<'_>) {
        let mut counted: Vec<([u32; 6], Count, i64)> = self
            .sorted()
            .into_iter()
            .map(|(cell, number)| (self.lanes.get(cell.lane).ids(), cell.count, number))
            .collect();
        // Numbers of lanes are those of the first to be counted, and are not saved.
        counted.sort_unstable();
        out.length(counted.len());
        for (lane, count, number) in counted {
            lane.iter().for_each(|id| out.u32(*id));
            count.write(out);
            out.i64(number);
        }
    }

    /// What [`Self::write`] wrote, in place of what was counted; the texts of lanes may come later.
    pub(crate) fn read(input: &mut Reader<'_>) -> Result<Vec<(Lane, Count, i64)>, Damaged> {
        let mut counted = Vec::new();
        for _ in 0..input.length()? {
            let mut ids = [TextId::default(); 6];
            for id in &mut ids {
                *id = TextId(input.u32()?);
            }
            let [carrier, service, from, from_region, to, to_region] = ids;
            let lane = Lane {
                carrier,
                service,
                origin: [from, from_region],
                destination: [to, to_region],
            };
            counted.push((lane, Count::read(input)?, input.i64()?));
        }
        Ok(counted)
    }

    /// Counts what was read.
    pub(crate) fn restore(seed: u64, counted: Vec<(Lane, Count, i64)>, texts: &Texts) -> Self {
        let mut tally = Self::new(seed);
        for (lane, count, number) in counted {
            let (lane, _) = tally.lane(lane, texts);
            tally.add(lane, count, number);
        }
        tally
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.lanes.memory_bytes()
            + self.cells.memory_bytes()
            + self.clocks.capacity() * (size_of::<DeliveryClock>() + size_of::<Path>())
            + self.counts.capacity() * size_of::<i64>()
    }
}

impl Lane {
    fn ids(self) -> [u32; 6] {
        let ([from, from_region], [to, to_region]) = (self.origin, self.destination);
        [self.carrier, self.service, from, from_region, to, to_region].map(|id| id.0)
    }

    /// The lane in words.
    pub(crate) fn name(&self, texts: &Texts) -> LaneName {
        let text = |id| String::from(texts.get(id));
        LaneName {
            carrier: text(self.carrier),
            service: text(self.service),
            origin: self.origin.map(text),
            destination: self.destination.map(text),
        }
    }
}

fn live(clock: &DeliveryClock, stage: Stage, since: Timestamp, handed_at: Timestamp) -> Count {
    Count::Live {
        stage,
        since: clock.part(since.millis()),
        handed: clock.part(handed_at.millis()).day,
    }
}
