//! A shard: the shipments of some partitions, and the only writer to them. What comes in is a `handle_*`; what goes out
//! is an [`Effect`]. The order of calls stands here, the logic in the verbs.

use crate::ahead::{AHEAD, Ahead, Near};
use crate::apply::{Applied, Scratch, apply};
use crate::batch::{Incoming, ScanBatch};
use crate::effect::Effect;
use crate::episode::{Episode, RuleNames};
use crate::facts::ShipmentView;
use crate::gather::gather;
use crate::intern::{Sender, Texts, TownId, Towns};
use crate::judge::{Journey, Judge, Look, day_of};
use crate::lists::Lists;
use crate::packed::{SCAN_UNIT, unpack};
use crate::recent::Recent;
use crate::record::{Record, Wording};
use crate::table::{Key, Row, Table};
use alloc::sync::Arc;
use alloc::vec::Vec;
use milepost_model::{Health, PARTITIONS, Position, RejectReason, Scan, Timestamp};
use milepost_rules::RuleSet;

/// What a shard has seen, for counters and summaries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Scans that changed a shipment.
    pub applied: u64,
    /// Scans that were known already.
    pub repeats: u64,
    /// Scans that made their shipment fold again from its set.
    pub refolded: u64,
    /// Scans refused.
    pub refused: u64,
    /// Jobs decided.
    pub jobs: u64,
}

impl Counts {
    /// Adds another shard's counts.
    pub fn add(&mut self, other: &Self) {
        self.applied += other.applied;
        self.repeats += other.repeats;
        self.refolded += other.refolded;
        self.refused += other.refused;
        self.jobs += other.jobs;
    }
}

/// One thing for a shard to do, in the order of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Todo {
    /// Take a scan.
    Scan {
        /// Its place in the batch.
        place: u32,
        /// The log's time.
        now: Timestamp,
        /// How far time has passed for its shipment: [`crate::Timeline::reached`].
        reached: Timestamp,
    },
    /// Time has passed.
    Tick {
        /// The log's time.
        now: Timestamp,
        /// The message that said so.
        position: Position,
    },
}

/// The shipments of some partitions.
#[derive(Debug)]
pub struct Shard {
    pub(crate) texts: Texts,
    pub(crate) towns: Towns,
    pub(crate) table: Table,
    pub(crate) scans: Lists<u8, SCAN_UNIT>,
    pub(crate) episodes: Lists<Episode, 1>,
    pub(crate) judge: Judge,
    pub(crate) now: Timestamp,
    pub(crate) counts: Counts,
    pub(crate) senders: Recent<Sender>,
    recent_towns: Recent<TownId>,
    scratch: Scratch,
    ahead: Ahead,
    single: ScanBatch,
    due: Vec<u32>,
    /// Jobs of the present message so far, by partition: their index makes them distinct.
    indexes: [u32; PARTITIONS as usize],
    position: Position,
}

impl Shard {
    /// An empty shard. `seed` keys its hash tables and shows in no output.
    #[must_use]
    pub fn new(rules: Arc<RuleSet>, seed: u64) -> Self {
        Self {
            texts: Texts::new(seed),
            towns: Towns::new(seed.wrapping_add(1)),
            table: Table::new(seed.wrapping_add(2)),
            scans: Lists::new(),
            episodes: Lists::new(),
            judge: Judge::new(rules, RuleNames::default()),
            now: Timestamp::MIN,
            counts: Counts::default(),
            senders: Recent::new(seed.wrapping_add(3)),
            recent_towns: Recent::new(seed.wrapping_add(4)),
            scratch: Scratch::default(),
            ahead: Ahead::default(),
            single: ScanBatch::default(),
            due: Vec::new(),
            indexes: [0; PARTITIONS as usize],
            position: Position::default(),
        }
    }

    /// Scans and ticks in the order of the log. The scans stand in `batch`.
    pub fn handle(&mut self, batch: &ScanBatch, steps: &[Todo], effects: &mut Vec<Effect>) {
        let mut ahead = core::mem::take(&mut self.ahead);
        for steps in steps.chunks(AHEAD) {
            ahead.look(steps, batch, self);
            for (step, near) in steps.iter().zip(&ahead.near) {
                match step {
                    Todo::Scan { place, now, reached } => {
                        if let Some(incoming) = batch.incoming(*place as usize) {
                            self.scan((*now, *reached), &incoming, *near, effects);
                        }
                    }
                    Todo::Tick { now, position } => self.handle_tick(*now, *position, effects),
                }
            }
        }
        self.ahead = ahead;
    }

    /// One scan, read from `position` when the log's time was `now`, and time had passed for its shipment as far as
    /// [`crate::Timeline::reached`] says.
    pub fn handle_scan(
        &mut self,
        (now, reached): (Timestamp, Timestamp),
        position: Position,
        scan: &Scan<'_>,
        effects: &mut Vec<Effect>,
    ) {
        let mut single = core::mem::take(&mut self.single);
        single.clear();
        single.push(position, scan);
        self.handle(&single, &[Todo::Scan { place: 0, now, reached }], effects);
        self.single = single;
    }

    fn scan(
        &mut self,
        (now, reached): (Timestamp, Timestamp),
        incoming: &Incoming<'_>,
        near: Option<Near>,
        effects: &mut Vec<Effect>,
    ) {
        self.begin(now, incoming.row.position);
        if !self.texts.has_room() {
            return self.refuse(incoming, effects);
        }
        let mut words = Wording {
            texts: &mut self.texts,
            towns: &mut self.towns,
            senders: &mut self.senders,
            recent_towns: &mut self.recent_towns,
        };
        let Near { sender, key, hash } = near.unwrap_or_else(|| {
            let sender = words.sender(incoming.sender);
            let key = Key::new(sender.carrier, &incoming.row.number, |long| words.texts.intern(long));
            let hash = self.table.hash(&key);
            Near { sender, key, hash }
        });
        let row = self.table.entry(key, hash);
        let before = &self.table.get(row).folded;
        let record = Record::keep(incoming, sender, before.order_id, &mut words);
        let point = record.point();
        let (epoch, comes_last) = (before.epoch, point > before.last_heard_at);
        // A time that has not come yet is a wrong clock or a forecast: it is taken, and judged as of now.
        let at = point.min(reached.max(self.now));
        if comes_last {
            // Time passed for this shipment before the scan: what fell due in between falls due first.
            self.pass_time(row, at, effects);
        }
        let parts = (&mut self.scans, &mut self.scratch);
        let applied = apply(self.table.get_mut(row), &record, parts, (&self.texts, &self.towns));
        match applied {
            Applied::Repeat => self.counts.repeats += 1,
            Applied::Full => self.refuse(incoming, effects),
            Applied::InOrder => {
                self.counts.applied += 1;
                self.follow(row, (point, day_of(record.time.wall_ms)), at, effects);
            }
            Applied::Refolded => {
                self.counts.applied += 1;
                self.counts.refolded += 1;
                // A last record that begins a new journey leaves its episodes to the one before; one that withdraws what
                // parted two journeys joins them.
                if !comes_last || self.table.get(row).folded.epoch < epoch {
                    self.renumber(row, epoch);
                }
                self.relive(row, point, at, effects);
            }
        }
    }

    /// Time has passed: looks at every shipment that fell due.
    pub fn handle_tick(&mut self, now: Timestamp, position: Position, effects: &mut Vec<Effect>) {
        self.begin(now, position);
        let mut due = core::mem::take(&mut self.due);
        due.clear();
        self.table.deadlines.due(self.now, &mut due);
        for row in &due {
            self.pass_time(Row(*row), self.now, effects);
        }
        self.due = due;
    }

    /// Lets every shipment be looked at with the next tick, as of the log's time: other rules are in force.
    pub fn look_again(&mut self) {
        for row in self.table.rows() {
            let at = self.now.max(self.table.get(row).judged_at);
            self.table.deadlines.set(row.0, at);
        }
    }

    /// The log's time as far as this shard knows it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What it has seen.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Number of tracking numbers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether it knows no shipment.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that its tables hold, reserve included.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.texts.memory_bytes()
            + self.towns.memory_bytes()
            + self.table.memory_bytes()
            + self.scans.memory_bytes()
            + self.episodes.memory_bytes()
    }

    fn begin(&mut self, now: Timestamp, position: Position) {
        self.now = self.now.max(now);
        if position.sequence != self.position.sequence {
            self.indexes.fill(0);
        }
        self.position = position;
    }

    /// Words from what a shipment's row points to.
    pub(crate) fn touch(&self, row: Row) -> u64 {
        let shipment = self.table.get(row);
        let scan = self.scans.touch(shipment.scans).map_or(0, |byte| u64::from(*byte));
        let common = self
            .scans
            .get(shipment.scans)
            .first()
            .map_or(0, |byte| u64::from(*byte));
        let episode = self
            .episodes
            .touch(shipment.episodes)
            .map_or(0, |kept| u64::from(kept.name));
        let order = u64::from(self.texts.first_byte(shipment.folded.order_id));
        scan ^ common ^ episode ^ order ^ self.table.deadlines.get(row.0).millis().cast_unsigned()
    }

    /// Looks at a shipment at each instant up to `until` at which something falls due.
    fn pass_time(&mut self, row: Row, until: Timestamp, effects: &mut Vec<Effect>) {
        loop {
            let at = self.table.deadlines.get(row.0);
            if at > until || at == Timestamp::MAX {
                return;
            }
            self.look(row, at, effects);
        }
    }

    /// Looks at a shipment because a scan came after all others. Where the log's time has gone on since, so far that
    /// something fell due, the scan came late.
    fn follow(&mut self, row: Row, (cause, day): (Timestamp, i32), at: Timestamp, effects: &mut Vec<Effect>) {
        let first_effect = effects.len();
        if at >= self.table.get(row).judged_at {
            let next_look = self.judge(row, (cause, day), at, effects);
            if next_look > self.now {
                return self.keep(row, (at, next_look), first_effect, effects);
            }
            effects.truncate(first_effect);
        }
        let mut records = Vec::new();
        unpack(self.scans.get(self.table.get(row).scans), &mut records);
        self.scratch.gathered = gather(records, &self.texts, &self.towns);
        self.relive(row, cause, at, effects);
    }

    /// Lives the journey again from its records, and tells what differs from what was told.
    fn relive(&mut self, row: Row, cause: Timestamp, at: Timestamp, effects: &mut Vec<Effect>) {
        let shipment = self.table.get(row);
        let (key, words) = (self.table.key(row), (&self.texts, &self.towns));
        let until = self.now.max(shipment.judged_at).max(at);
        let journey = Journey {
            key,
            folded: &shipment.folded,
            placed: &self.scratch.gathered.placed,
            words,
        };
        let lived = self.judge.relive(&journey, until);
        let look = Look {
            cause,
            day: day_of(cause.millis()),
            as_of: until,
            position: self.position,
            silent: false,
        };
        let mut view = ShipmentView::new(key, &shipment.folded, Health::Ok, until, words);
        let kept = self.episodes.get(shipment.episodes);
        let first_effect = effects.len();
        let next_look = self.judge.settle(&mut view, (kept, &lived), &look, effects);
        self.keep(
            row,
            (lived.judged_at, next_look.max(until.plus(1))),
            first_effect,
            effects,
        );
    }

    /// A late scan parted or joined journeys, and the newest is counted anew: its episodes go with it.
    fn renumber(&mut self, row: Row, before: u16) {
        let shipment = self.table.get(row);
        let now = shipment.folded.epoch;
        if now == before {
            return;
        }
        let mut episodes = self.episodes.get(shipment.episodes).to_vec();
        for episode in episodes.iter_mut().filter(|episode| episode.epoch == before) {
            episode.epoch = now;
        }
        let kept = self.episodes.replace(&mut self.table.get_mut(row).episodes, &episodes);
        debug_assert!(kept, "as many episodes as before");
    }

    /// Looks at a shipment as of `at`, when something fell due.
    fn look(&mut self, row: Row, at: Timestamp, effects: &mut Vec<Effect>) {
        let first_effect = effects.len();
        let next_look = self.judge(row, (at, day_of(at.millis())), at, effects);
        self.keep(row, (at, next_look), first_effect, effects);
    }

    fn judge(
        &mut self,
        row: Row,
        (cause, day): (Timestamp, i32),
        at: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Timestamp {
        let look = Look {
            cause,
            day,
            as_of: self.now.max(at),
            position: self.position,
            silent: false,
        };
        let shipment = self.table.get(row);
        let words = (&self.texts, &self.towns);
        let mut view = ShipmentView::new(self.table.key(row), &shipment.folded, Health::Ok, at, words);
        let episodes = self.episodes.get(shipment.episodes);
        let next_look = self.judge.judge(&mut view, episodes, &look, effects);
        // A look must move time on, whatever a rule says.
        next_look.max(at.plus(1))
    }

    /// Keeps what the judge just decided about a shipment.
    fn keep(&mut self, row: Row, (at, next_look): (Timestamp, Timestamp), first_effect: usize, effects: &mut [Effect]) {
        let shipment = self.table.get_mut(row);
        shipment.judged_at = at;
        if let Some(changed) = self.judge.changed_episodes() {
            let kept = self.episodes.replace(&mut shipment.episodes, changed);
            debug_assert!(kept, "the number of episodes is bounded");
        }
        if self.table.deadlines.get(row.0) != next_look {
            self.table.deadlines.set(row.0, next_look);
        }
        self.number_jobs(effects.get_mut(first_effect..).unwrap_or_default());
    }

    fn number_jobs(&mut self, effects: &mut [Effect]) {
        for effect in effects {
            if let Effect::Job(job) = effect
                && let Some(index) = self.indexes.get_mut(usize::from(job.partition))
            {
                job.index = *index;
                *index += 1;
                self.counts.jobs += 1;
            }
        }
    }

    fn refuse(&mut self, incoming: &Incoming<'_>, effects: &mut Vec<Effect>) {
        self.counts.refused += 1;
        effects.push(Effect::Refuse {
            position: self.position,
            reason: RejectReason::TooManyScans,
            hint: alloc::format!(
                "{} {} already has as many scans as a shipment may have (128 KiB packed); look at the feed that \
                 repeats it with changed contents",
                incoming.carrier(),
                incoming.row.number
            ),
        });
    }
}
