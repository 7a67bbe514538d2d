//! What a shard counts of its parcels' passages since it was last asked: whole numbers, so that it does not matter in which
//! order they are summed, nor over how many shards. What one parcel does is one count: most scans make one.

use super::bands::Fallen;
use super::clock::{DayPart, DeliveryClock, Week};
use super::key::LaneName;
use super::outcomes::Outcomes;
use super::passage::{Lane, Passage, Progress};
use super::saved::number;
use super::state::{Cohort, Stage};
use super::table::{Lanes, Path};
use super::watch::Watch;
use crate::bytes::{Damaged, Reader, Writer};
use crate::groups::{Group, Groups};
use crate::intern::{TextId, Texts};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use milepost_model::{DAY_MS, Timestamp, Window};

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Count {
    /// Parcels that turned out to be there; a negative number is not there after all.
    Live(Cohort),
    /// Parcels that were handed over, and are there since.
    Began(Cohort),
    /// Parcels that went on, and are where they went since.
    Went {
        /// Where they were.
        was: Cohort,
        /// To that stage, or to another place of the same; `None` is the first visit.
        to: Option<Stage>,
        /// When.
        at: DayPart,
        /// The local hour of a first visit, 0 to 23.
        hour: u8,
    },
    /// Parcels that were handed over and are promised for that local day, counted from 1970-01-01.
    Due {
        /// The day.
        day: i32,
    },
    /// Promised parcels that were visited.
    Promised {
        /// After the promise.
        is_late: bool,
    },
    /// Parcels that were visited of which the carrier had stated when they would be.
    Estimated {
        /// Minutes outside that window, negative ones before it.
        off: i32,
    },
}

/// What a shard counted.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// The lanes of the shard, each with the number of its node where the shard knows it.
    pub(super) lanes: Vec<(Arc<LaneName>, Option<u32>)>,
    /// The place of a lane among them, what was counted on it, and how many of it.
    pub(super) counts: Vec<(u32, Count, i64)>,
    /// What came of statements about its parcels.
    pub(super) outcomes: Outcomes,
    /// Where in what was foretold of them visits fell.
    pub(super) fallen: Fallen,
}

impl Counted {
    /// What was counted on one lane.
    #[cfg(test)]
    pub(super) fn on(lane: LaneName, counts: &[(Count, i64)]) -> Self {
        Self {
            lanes: Vec::from([(Arc::new(lane), None)]),
            counts: counts.iter().map(|(count, number)| (0, *count, *number)).collect(),
            outcomes: Outcomes::default(),
            fallen: Fallen::default(),
        }
    }

    /// The same, as it would come in from the end.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.counts.reverse();
        self
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

/// So many counts are kept at least before they are put together.
const ROOM_MIN: usize = 1 << 16;

/// The counts of a shard.
#[derive(Debug)]
pub(crate) struct Tally {
    lanes: Groups<Lane>,
    /// By lane: its name.
    names: Vec<Arc<LaneName>>,
    /// By lane: the clock of its place.
    clocks: Vec<DeliveryClock>,
    /// By lane: where it stands in what was learned, as far as it was there.
    paths: Vec<Path>,
    /// What was counted: the number of a lane, what, and how many, as it came in. Mostly each is another.
    counts: Vec<(u32, Count, i64)>,
    /// So many counts are put together before more are kept.
    room: usize,
    pub(crate) watch: Watch,
}

impl Tally {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            lanes: Groups::new(seed),
            names: Vec::new(),
            clocks: Vec::new(),
            paths: Vec::new(),
            counts: Vec::new(),
            room: ROOM_MIN,
            watch: Watch::default(),
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
        let is = after.and_then(Passage::standing);
        if let Some((before, was)) = before.and_then(|before| Some((before, before.standing()?))) {
            let lane = self.lane(before.lane, texts);
            let went = after.filter(|after| after.handed_at == before.handed_at && after.lane == before.lane);
            if let Some(Progress::Visited { is_late, off, .. }) = went.map(|after| after.progress) {
                let promised = is_late.map(|is_late| Count::Promised { is_late });
                let estimated = off.map(|off| Count::Estimated { off });
                promised
                    .into_iter()
                    .chain(estimated)
                    .for_each(|count| self.add(lane, count));
            }
            let to = match went.map(|after| after.progress) {
                // Who gets to another place of the same stage begins it anew.
                Some(Progress::In(next, at)) => Some((Some(next), at)),
                Some(Progress::Visited { at, .. }) => Some((None, at)),
                Some(Progress::Gone) | None => None,
            };
            let clock = self.clock(lane);
            let was_in = was.cohort(&clock);
            if let Some((to, at)) = to.filter(|(_, at)| *at >= was.since) {
                let went = Count::Went {
                    was: was_in,
                    to,
                    at: clock.part(at.millis()),
                    hour: if to.is_none() { clock.hour(at.millis()) } else { 0 },
                };
                return self.add(lane, went);
            }
            self.add_number(lane, Count::Live(was_in), -1);
        }
        if let Some((after, is)) = after.zip(is) {
            let lane = self.lane(after.lane, texts);
            let is_in = is.cohort(&self.clock(lane));
            let count = if before.is_none() { Count::Began } else { Count::Live };
            self.add(lane, count(is_in));
        }
    }

    /// A parcel was handed over that is promised by then.
    pub(crate) fn promise(&mut self, passage: &Passage, promised: Window, texts: &Texts) {
        let lane = self.lane(passage.lane, texts);
        // What names no zone is of the place, and is kept as if it were of UTC.
        let is_zoneless = promised.latest > promised.until;
        let day = if is_zoneless {
            date_in_utc(promised.until)
        } else {
            self.clock(lane).date(promised.until.millis())
        };
        self.add(lane, Count::Due { day });
    }

    /// The number of a lane.
    fn lane(&mut self, lane: Lane, texts: &Texts) -> u32 {
        let number = self.lanes.intern(lane);
        while self.names.len() <= number as usize {
            let next = u32::try_from(self.names.len()).unwrap_or_default();
            let name = self.lanes.get(next).name(texts);
            self.clocks.push(DeliveryClock::new(name.place(), Week::default()));
            self.names.push(Arc::new(name));
        }
        number
    }

    /// The clock of a lane's place: on which days off its carrier delivers does not matter for what is counted.
    fn clock(&self, lane: u32) -> DeliveryClock {
        let clock = self.clocks.get(lane as usize);
        *clock.expect("each lane has a clock from when it got its number")
    }

    /// Looks up where lanes stand in what was learned, those that did not stand there before.
    pub(crate) fn find_in(&mut self, lanes: &Lanes) {
        self.paths.resize(self.names.len(), Path::default());
        for (path, name) in self.paths.iter_mut().zip(&self.names) {
            if !path.is_whole() {
                *path = lanes.path(name);
            }
        }
    }

    /// The number here of the lane of a passage that was counted.
    pub(crate) fn number(&self, passage: &Passage) -> Option<u32> {
        self.lanes.find(passage.lane)
    }

    /// Where a lane stands in what was learned, if all of it was found.
    pub(super) fn path(&self, lane: Lane) -> Option<Path> {
        let number = self.lanes.find(lane)?;
        let path = self.paths.get(number as usize).copied();
        path.filter(Path::is_whole)
    }

    fn add(&mut self, lane: u32, count: Count) {
        self.add_number(lane, count, 1);
    }

    fn add_number(&mut self, lane: u32, count: Count, by: i64) {
        if self.counts.len() >= self.room {
            put_together(&mut self.counts);
            self.room = (2 * self.counts.len()).max(ROOM_MIN);
        }
        self.counts.push((lane, count, by));
    }

    /// Takes out what was counted.
    pub(crate) fn take(&mut self) -> Counted {
        let nodes = self.paths.iter().map(Path::of_lane).chain(core::iter::repeat(None));
        self.room = ROOM_MIN;
        let (outcomes, fallen) = self.watch.take();
        // The next hour is much like this one.
        let next = Vec::with_capacity(self.counts.len());
        Counted {
            lanes: self.names.iter().cloned().zip(nodes).collect(),
            counts: core::mem::replace(&mut self.counts, next),
            outcomes,
            fallen,
        }
    }

    pub(crate) fn write(&self, out: &mut Writer<'_>) {
        let mut ordered = self.counts.clone();
        put_together(&mut ordered);
        // Numbers of lanes are those of the first to be counted, and are not saved.
        let mut counted: Vec<([u32; 6], Count, i64)> = ordered
            .into_iter()
            .map(|(lane, count, number)| (self.lanes.get(lane).ids(), count, number))
            .collect();
        counted.sort_unstable();
        out.length(counted.len());
        for (lane, count, number) in counted {
            lane.iter().for_each(|id| out.u32(*id));
            count.write(out);
            out.i64(number);
        }
        self.watch.write(out);
    }

    /// What [`Self::write`] wrote, in place of what was counted; the texts of lanes may come later.
    pub(crate) fn read(input: &mut Reader<'_>) -> Result<Saved, Damaged> {
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
            counted.push((lane, Count::read(input)?, number(input)?));
        }
        let watch = Watch::read(input)?;
        Ok(Saved { counted, watch })
    }

    /// Counts what was read.
    pub(crate) fn restore(seed: u64, saved: Saved, texts: &Texts) -> Self {
        let mut tally = Self::new(seed);
        tally.watch = saved.watch;
        for (lane, count, number) in saved.counted {
            let lane = tally.lane(lane, texts);
            tally.add_number(lane, count, number);
        }
        tally
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.lanes.memory_bytes()
            + self.clocks.capacity() * (size_of::<DeliveryClock>() + size_of::<Path>() + size_of::<LaneName>())
            + self.counts.capacity() * size_of::<(u32, Count, i64)>()
            + self.watch.memory_bytes()
    }
}

/// What [`Tally::write`] wrote.
pub(crate) struct Saved {
    counted: Vec<(Lane, Count, i64)>,
    watch: Watch,
}

fn date_in_utc(at: Timestamp) -> i32 {
    i32::try_from(at.millis().div_euclid(DAY_MS)).unwrap_or(i32::MAX)
}

/// Counts each thing once, in order.
fn put_together(counts: &mut Vec<(u32, Count, i64)>) {
    counts.sort_unstable();
    counts.dedup_by(|(next_lane, next, more), (lane, count, number)| {
        let is_same = (next_lane, next) == (lane, count);
        if is_same {
            *number += *more;
        }
        is_same
    });
    counts.retain(|(.., number)| *number != 0);
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
