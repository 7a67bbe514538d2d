//! A shard: the shipments of some partitions, and the only writer to them. What comes in is a `handle_*`; what goes out
//! is an [`Effect`]. The order of calls stands here, the logic in the verbs.

mod learn;
mod looks;
mod switch;

pub(crate) use switch::Switch;

use crate::ahead::{AHEAD, Ahead, Near};
use crate::apply::{Applied, Scratch, Shelf, apply, is_known};
use crate::batch::{Incoming, ScanBatch};
use crate::chains::Chains;
use crate::effect::Effect;
use crate::episode::{Episode, RuleNames};
use crate::gather::{Gathered, gather};
use crate::groups::{SenderId, Senders, Tables, Towns};
use crate::intern::Texts;
use crate::judge::{Judge, day_of};
use crate::lanes::{InForce, Tally};
use crate::lists::Lists;
use crate::packed::unpack;
use crate::places::{PlaceId, Places};
use crate::recent::Recent;
use crate::record::{Record, Spot};
use crate::snapshot::Saving;
use crate::table::{Key, RowId, Shipment, Table};
use crate::wording::Wording;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use looks::Subject;
use milepost_model::{PARTITIONS, Position, RejectReason, Scan, Timestamp};
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
#[derive(Clone, Debug)]
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
    /// Other rules are in force.
    Rules {
        /// The rules.
        rules: Arc<RuleSet>,
        /// The log's time.
        now: Timestamp,
        /// The message that brought them.
        position: Position,
    },
}

/// Room for what is worked with.
#[derive(Debug)]
struct Desk {
    shipment: Shipment,
    record: Record,
}

impl Desk {
    /// An empty one.
    fn new() -> Box<Self> {
        Box::new(Self {
            shipment: Shipment::NEW,
            record: Record::default(),
        })
    }
}

/// The shipments of some partitions.
#[derive(Debug)]
pub struct Shard {
    pub(crate) texts: Texts,
    pub(crate) towns: Towns,
    pub(crate) senders: Senders,
    pub(crate) places: Places,
    pub(crate) table: Table,
    pub(crate) scans: Chains,
    pub(crate) episodes: Lists<Episode>,
    pub(crate) judge: Judge,
    pub(crate) now: Timestamp,
    pub(crate) counts: Counts,
    pub(crate) recent_senders: Recent<SenderId>,
    recent_places: Recent<(Spot, PlaceId)>,
    pub(crate) saving: Saving,
    pub(crate) switch: Switch,
    /// Where passages are counted.
    pub(crate) tally: Option<Tally>,
    /// Keys the hash tables that are made later.
    pub(crate) seed: u64,
    /// What was learned of all lanes, as far as this shard was told.
    pub(crate) in_force: InForce,
    scratch: Scratch,
    desk: Option<Box<Desk>>,
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
            places: Places::new(seed.wrapping_add(6)),
            table: Table::new(seed.wrapping_add(2)),
            scans: Chains::default(),
            episodes: Lists::new(),
            judge: Judge::new(rules, RuleNames::default()),
            now: Timestamp::MIN,
            counts: Counts::default(),
            recent_senders: Recent::new(seed.wrapping_add(3)),
            recent_places: Recent::new(seed.wrapping_add(4)),
            saving: Saving::default(),
            switch: Switch::default(),
            tally: None,
            seed,
            in_force: InForce::default(),
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
                            self.scan((*now, *reached), &incoming, near.as_ref(), effects);
                        }
                    }
                    Todo::Tick { now, position } => self.handle_tick(*now, *position, effects),
                    Todo::Rules { rules, now, position } => self.handle_rules(rules, *now, *position, effects),
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
        near: Option<&Near>,
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
            places: &mut self.places,
            recent_places: &mut self.recent_places,
        };
        let Near { sender, key, hash, row } = near.copied().unwrap_or_else(|| {
            let sender = words.sender(incoming.sender);
            let carrier = words.senders.get(sender).carrier;
            let key = Key::new(carrier, &incoming.row.number, |long| words.texts.intern(long));
            let hash = self.table.hash(&key);
            Near {
                sender,
                key,
                hash,
                row: None,
            }
        });
        let row = self.table.entry((key, hash), row, sender, words.senders);
        let mut desk = self.desk.take().unwrap_or_else(Desk::new);
        let Desk { shipment, record } = &mut *desk;
        self.table
            .load(row, (words.towns, words.senders, words.places), shipment);
        record.keep(incoming, sender, shipment.folded.order_id, &mut words);
        if !self.is_switching() && self.is_known(shipment, record) {
            self.counts.repeats += 1;
            self.desk = Some(desk);
            return;
        }
        self.before_change(row);
        let subject = Subject {
            row,
            key,
            number: Some(&incoming.row.number),
        };
        self.switch_if_pending(subject, shipment);
        self.take(subject, shipment, record, reached, effects, incoming);
        self.store(row, shipment);
        self.desk = Some(desk);
    }

    /// Whether a scan says what its shipment knows, at a time up to which everything fell due: it changes nothing then. Feeds
    /// that send all they know at each push send little else.
    #[inline]
    fn is_known(&mut self, shipment: &Shipment, record: &Record) -> bool {
        record.point() <= shipment.folded.last_heard_at && is_known(shipment, record, &self.scans, &mut self.scratch)
    }

    fn take(
        &mut self,
        subject: Subject<'_>,
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
            self.pass_time(subject, shipment, as_of, effects);
        }
        let before = self.passage(shipment, subject.key.carrier);
        let mut shelf = Shelf {
            scans: &mut self.scans,
            scratch: &mut self.scratch,
            senders: &mut self.senders,
            places: &mut self.places,
            words: (&self.texts, &self.towns),
        };
        let applied = apply(shipment, record, &mut shelf);
        let after = self.passage(shipment, subject.key.carrier);
        let promised = shipment.folded.promised;
        self.count(
            (before.as_ref(), after.as_ref()),
            promised,
            subject.row,
            &incoming.row.number,
        );
        match applied {
            Applied::Repeat => self.counts.repeats += 1,
            Applied::Full => self.refuse(incoming, effects),
            Applied::InOrder => {
                self.counts.applied += 1;
                self.follow(subject, shipment, (point, day_of(record.time.wall_ms)), as_of, effects);
            }
            Applied::Refolded => {
                self.counts.applied += 1;
                self.counts.refolded += 1;
                // A last record that begins a new journey leaves its episodes to the one before; one that withdraws what
                // parted two journeys joins them.
                if !comes_last || shipment.folded.more.epoch < epoch {
                    self.renumber(shipment, epoch);
                }
                self.relive(subject, shipment, point, as_of, effects);
            }
        }
    }

    /// Time has passed: looks at every shipment that fell due.
    pub fn handle_tick(&mut self, now: Timestamp, position: Position, effects: &mut Vec<Effect>) {
        self.begin(now, position);
        if !self.is_in_grace() {
            self.finish_switch();
            self.let_fall_due(effects);
        }
    }

    /// Looks at every shipment that fell due.
    fn let_fall_due(&mut self, effects: &mut Vec<Effect>) {
        let mut due = core::mem::take(&mut self.due);
        due.clear();
        self.table.deadlines.due(self.now, &mut due);
        for row in &due {
            let row = RowId(*row);
            let key = self.table.key(row, &self.senders);
            let mut shipment = self.load(row);
            self.before_change(row);
            let subject = Subject { row, key, number: None };
            self.pass_time(subject, &mut shipment, self.now, effects);
            self.store(row, &shipment);
        }
        self.due = due;
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
            + self.places.memory_bytes()
            + self.table.memory_bytes()
            + self.scans.memory_bytes()
            + self.episodes.memory_bytes()
            + self.saving.memory_bytes()
            + self.switch.pending.memory_bytes()
            + self.tally.as_ref().map_or(0, Tally::memory_bytes)
            + self.in_force.memory_bytes()
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
        self.table
            .load(row, (&self.towns, &self.senders, &self.places), &mut shipment);
        shipment
    }

    fn store(&mut self, row: RowId, shipment: &Shipment) {
        self.table.store(row, shipment, &self.towns);
        #[cfg(debug_assertions)]
        assert!(
            self.table
                .holds(row, shipment, (&self.towns, &self.senders, &self.places)),
            "a shipment is loaded as it was stored"
        );
    }

    /// What the set of a shipment's records says.
    pub(crate) fn gather(&self, shipment: &Shipment) -> Gathered {
        gather(self.records(shipment), &self.texts, &self.towns)
    }

    /// A shipment's records in order of arrival.
    pub(crate) fn records(&self, shipment: &Shipment) -> Vec<Record> {
        let (mut bytes, mut records) = (Vec::new(), Vec::new());
        self.scans.read(&shipment.scans, &mut bytes);
        let tables = Tables {
            senders: &self.senders,
            places: &self.places,
        };
        unpack(&bytes, tables, &mut records);
        records
    }

    fn refuse(&mut self, incoming: &Incoming<'_>, effects: &mut Vec<Effect>) {
        self.counts.refused += 1;
        effects.push(Effect::Refuse {
            position: self.position,
            reason: RejectReason::TooManyScans,
            hint: alloc::format!(
                "{} {} already has as many scans as a shipment may have (64 KiB packed); look at the feed that \
                 repeats it with changed contents",
                incoming.carrier(),
                incoming.row.number
            ),
        });
    }
}
