//! A shard: the shipments of some partitions, and the only writer to them. What comes in is a `handle_*`; what goes out
//! is an [`Effect`]. The order of calls stands here, the logic in the verbs.

use crate::ahead::{AHEAD, Ahead, Near};
use crate::apply::{Applied, Scratch, Shelf, apply};
use crate::batch::{Incoming, ScanBatch};
use crate::chains::Chains;
use crate::effect::Effect;
use crate::episode::{Episode, RuleNames};
use crate::facts::ShipmentView;
use crate::gather::{Gathered, gather};
use crate::groups::{SenderId, Senders, TownId, Towns};
use crate::intern::Texts;
use crate::judge::{Journey, Judge, Look, day_of};
use crate::lists::Lists;
use crate::packed::unpack;
use crate::recent::Recent;
use crate::record::{Record, Wording};
use crate::snapshot::Saving;
use crate::table::{Key, RowId, Shipment, Table};
use alloc::boxed::Box;
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
    pub(crate) senders: Senders,
    pub(crate) table: Table,
    pub(crate) scans: Chains,
    pub(crate) episodes: Lists<Episode>,
    pub(crate) judge: Judge,
    pub(crate) now: Timestamp,
    pub(crate) counts: Counts,
    pub(crate) recent_senders: Recent<SenderId>,
    recent_towns: Recent<TownId>,
    pub(crate) saving: Saving,
    scratch: Scratch,
    /// Room for the shipment that is worked with.
    desk: Option<Box<Shipment>>,
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
            senders: Senders::new(seed.wrapping_add(5)),
            table: Table::new(seed.wrapping_add(2)),
            scans: Chains::default(),
            episodes: Lists::new(),
            judge: Judge::new(rules, RuleNames::default()),
            now: Timestamp::MIN,
            counts: Counts::default(),
            recent_senders: Recent::new(seed.wrapping_add(3)),
            recent_towns: Recent::new(seed.wrapping_add(4)),
            saving: Saving::default(),
            scratch: Scratch::default(),
            desk: None,
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
            recent_senders: &mut self.recent_senders,
            recent_towns: &mut self.recent_towns,
        };
        let Near { sender, key, hash } = near.unwrap_or_else(|| {
            let sender = words.sender(incoming.sender);
            let carrier = words.senders.get(sender).carrier;
            let key = Key::new(carrier, &incoming.row.number, |long| words.texts.intern(long));
            let hash = self.table.hash(&key);
            Near { sender, key, hash }
        });
        let row = self.table.entry((key, hash), sender, words.senders);
        let mut shipment = self.desk.take().unwrap_or_else(|| Box::new(Shipment::NEW));
        self.table.load(row, (words.towns, words.senders), &mut shipment);
        let record = Record::keep(incoming, sender, shipment.folded.order_id, &mut words);
        self.before_change(row);
        self.take((row, &key), &mut shipment, &record, reached, effects, incoming);
        self.store(row, &shipment);
        self.desk = Some(shipment);
    }

    fn take(
        &mut self,
        at: (RowId, &Key),
        shipment: &mut Shipment,
        record: &Record,
        reached: Timestamp,
        effects: &mut Vec<Effect>,
        incoming: &Incoming<'_>,
    ) {
        let point = record.point();
        let (epoch, comes_last) = (shipment.folded.more.epoch, point > shipment.folded.last_heard_at);
        // A time that has not come yet is a wrong clock or a forecast: it is taken, and judged as of now.
        let as_of = point.min(reached.max(self.now));
        if comes_last {
            // Time passed for this shipment before the scan: what fell due in between falls due first.
            self.pass_time(at, shipment, as_of, effects);
        }
        let mut shelf = Shelf {
            scans: &mut self.scans,
            scratch: &mut self.scratch,
            senders: &mut self.senders,
            words: (&self.texts, &self.towns),
        };
        match apply(shipment, record, &mut shelf) {
            Applied::Repeat => self.counts.repeats += 1,
            Applied::Full => self.refuse(incoming, effects),
            Applied::InOrder => {
                self.counts.applied += 1;
                self.follow(at, shipment, (point, day_of(record.time.wall_ms)), as_of, effects);
            }
            Applied::Refolded => {
                self.counts.applied += 1;
                self.counts.refolded += 1;
                // A last record that begins a new journey leaves its episodes to the one before; one that withdraws what
                // parted two journeys joins them.
                if !comes_last || shipment.folded.more.epoch < epoch {
                    self.renumber(shipment, epoch);
                }
                self.relive(at, shipment, point, as_of, effects);
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
            let row = RowId(*row);
            let key = self.table.key(row, &self.senders);
            let mut shipment = self.load(row);
            self.before_change(row);
            self.pass_time((row, &key), &mut shipment, self.now, effects);
            self.store(row, &shipment);
        }
        self.due = due;
    }

    /// Lets every shipment be looked at with the next tick, as of the log's time: other rules are in force.
    pub fn look_again(&mut self) {
        for row in self.table.rows() {
            let at = self.now.max(self.load(row).judged_at);
            self.before_change(row);
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
            + self.senders.memory_bytes()
            + self.table.memory_bytes()
            + self.scans.memory_bytes()
            + self.episodes.memory_bytes()
            + self.saving.memory_bytes()
    }

    fn begin(&mut self, now: Timestamp, position: Position) {
        self.now = self.now.max(now);
        if position.sequence != self.position.sequence {
            self.indexes.fill(0);
        }
        self.position = position;
    }

    /// A shipment, to look at.
    pub(crate) fn load(&self, row: RowId) -> Shipment {
        let mut shipment = Shipment::NEW;
        self.table.load(row, (&self.towns, &self.senders), &mut shipment);
        shipment
    }

    fn store(&mut self, row: RowId, shipment: &Shipment) {
        self.table.store(row, shipment, &self.towns);
        #[cfg(debug_assertions)]
        assert!(
            self.table.holds(row, shipment, (&self.towns, &self.senders)),
            "a shipment is loaded as it was stored"
        );
    }

    /// Looks at a shipment at each instant up to `until` at which something falls due.
    fn pass_time(&mut self, row: (RowId, &Key), shipment: &mut Shipment, until: Timestamp, effects: &mut Vec<Effect>) {
        loop {
            let at = self.table.deadlines.get(row.0.0);
            if at > until || at == Timestamp::MAX {
                return;
            }
            self.look(row, shipment, at, effects);
        }
    }

    /// Looks at a shipment because a scan came after all others. Where the log's time has gone on since, so far that
    /// something fell due, the scan came late.
    fn follow(
        &mut self,
        row: (RowId, &Key),
        shipment: &mut Shipment,
        (cause, day): (Timestamp, i32),
        at: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let first_effect = effects.len();
        if at >= shipment.judged_at {
            let next_look = self.judge(row.1, shipment, (cause, day), at, effects);
            if next_look > self.now {
                return self.keep(row.0, shipment, (at, next_look), first_effect, effects);
            }
            effects.truncate(first_effect);
        }
        self.scratch.gathered = self.gather(shipment);
        self.relive(row, shipment, cause, at, effects);
    }

    /// What the set of a shipment's records says.
    pub(crate) fn gather(&self, shipment: &Shipment) -> Gathered {
        gather(self.records(shipment), &self.texts, &self.towns)
    }

    /// A shipment's records in order of arrival.
    pub(crate) fn records(&self, shipment: &Shipment) -> Vec<Record> {
        let (mut bytes, mut records) = (Vec::new(), Vec::new());
        self.scans.read(shipment.scans, &mut bytes);
        unpack(&bytes, &self.senders, &mut records);
        records
    }

    /// Lives the journey again from its records, and tells what differs from what was told.
    fn relive(
        &mut self,
        (row, key): (RowId, &Key),
        shipment: &mut Shipment,
        cause: Timestamp,
        at: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let words = (&self.texts, &self.towns);
        let until = self.now.max(shipment.judged_at).max(at);
        let journey = Journey {
            key: *key,
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
        let mut view = ShipmentView::new(*key, &shipment.folded, Health::Ok, until, words);
        let kept = self.episodes.get(shipment.episodes);
        let first_effect = effects.len();
        let next_look = self.judge.settle(&mut view, (kept, &lived), &look, effects);
        let next_look = next_look.max(until.plus(1));
        self.keep(row, shipment, (lived.judged_at, next_look), first_effect, effects);
    }

    /// A late scan parted or joined journeys, and the newest is counted anew: its episodes go with it.
    fn renumber(&mut self, shipment: &mut Shipment, before: u16) {
        let now = shipment.folded.more.epoch;
        if now == before {
            return;
        }
        let mut episodes = self.episodes.get(shipment.episodes).to_vec();
        for episode in episodes.iter_mut().filter(|episode| episode.epoch == before) {
            episode.epoch = now;
        }
        let kept = self.episodes.replace(&mut shipment.episodes, &episodes);
        debug_assert!(kept, "as many episodes as before");
    }

    /// Looks at a shipment as of `at`, when something fell due.
    fn look(&mut self, (row, key): (RowId, &Key), shipment: &mut Shipment, at: Timestamp, effects: &mut Vec<Effect>) {
        let first_effect = effects.len();
        let next_look = self.judge(key, shipment, (at, day_of(at.millis())), at, effects);
        self.keep(row, shipment, (at, next_look), first_effect, effects);
    }

    fn judge(
        &mut self,
        key: &Key,
        shipment: &Shipment,
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
        let words = (&self.texts, &self.towns);
        let mut view = ShipmentView::new(*key, &shipment.folded, Health::Ok, at, words);
        let episodes = self.episodes.get(shipment.episodes);
        let next_look = self.judge.judge(&mut view, episodes, &look, effects);
        // A look must move time on, whatever a rule says.
        next_look.max(at.plus(1))
    }

    /// Keeps what the judge just decided about a shipment.
    fn keep(
        &mut self,
        row: RowId,
        shipment: &mut Shipment,
        (at, next_look): (Timestamp, Timestamp),
        first_effect: usize,
        effects: &mut [Effect],
    ) {
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
