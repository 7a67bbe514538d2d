//! A shard: the shipments of some partitions, and the only writer to them. What comes in is a `handle_*`; what goes out
//! is an [`Effect`]. The order of calls stands here, the logic in the verbs.

use crate::apply::{Applied, Scratch, apply};
use crate::effect::Effect;
use crate::episode::{Episode, RuleNames};
use crate::facts::ShipmentView;
use crate::intern::{Texts, Towns};
use crate::judge::{Judge, Look};
use crate::lists::Lists;
use crate::record::Record;
use crate::table::{Key, Row, Table};
use alloc::sync::Arc;
use alloc::vec::Vec;
use milepost_model::{DAY_MS, Health, PARTITIONS, Position, RejectReason, Scan, Timestamp};
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

/// The shipments of some partitions.
#[derive(Debug)]
pub struct Shard {
    pub(crate) texts: Texts,
    pub(crate) towns: Towns,
    pub(crate) table: Table,
    pub(crate) scans: Lists<u8>,
    pub(crate) episodes: Lists<Episode>,
    pub(crate) judge: Judge,
    pub(crate) now: Timestamp,
    pub(crate) counts: Counts,
    scratch: Scratch,
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
            scratch: Scratch::default(),
            due: Vec::new(),
            indexes: [0; PARTITIONS as usize],
            position: Position::default(),
        }
    }

    /// One scan, read from `position` when the log's time was `now`.
    pub fn handle_scan(&mut self, now: Timestamp, position: Position, scan: &Scan<'_>, effects: &mut Vec<Effect>) {
        self.begin(now, position);
        if !self.texts.has_room() {
            return self.refuse(scan, effects);
        }
        let record = Record::keep(scan, &mut self.texts, &mut self.towns);
        let carrier = self.texts.intern(scan.carrier);
        let row = self
            .table
            .entry(Key::new(carrier, &scan.number, |long| self.texts.intern(long)));
        let point = record.point();
        let last = self.table.get(row).folded.last_heard_at;
        // Time passed for this shipment before the scan: what fell due in between falls due first.
        self.pass_time(row, if point > last { point.max(self.now) } else { self.now }, effects);
        let parts = (&mut self.scans, &mut self.scratch);
        let applied = apply(self.table.get_mut(row), &record, parts, (&self.texts, &self.towns));
        match applied {
            Applied::Repeat => self.counts.repeats += 1,
            Applied::Full => self.refuse(scan, effects),
            Applied::InOrder | Applied::Refolded => {
                self.counts.applied += 1;
                self.counts.refolded += u64::from(applied == Applied::Refolded);
                let last = self.table.get(row).folded.last_heard_at;
                let at = if applied == Applied::InOrder {
                    point
                } else {
                    self.now.max(last)
                };
                self.look(row, at, point, day_of(record.time.wall_ms), effects);
                self.pass_time(row, self.now, effects);
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

    /// Looks at a shipment at each instant up to `until` at which something falls due.
    fn pass_time(&mut self, row: Row, until: Timestamp, effects: &mut Vec<Effect>) {
        loop {
            let at = self.table.deadlines.get(row.0);
            if at > until || at == Timestamp::MAX {
                return;
            }
            self.look(row, at, at, day_of(at.millis()), effects);
        }
    }

    /// Judges a shipment as of `at`, because of what happened at `cause`.
    fn look(&mut self, row: Row, at: Timestamp, cause: Timestamp, day: i32, effects: &mut Vec<Effect>) {
        let look = Look {
            cause,
            day,
            as_of: self.now.max(at),
            position: self.position,
        };
        let shipment = self.table.get(row);
        let words = (&self.texts, &self.towns);
        let mut view = ShipmentView::new(self.table.key(row), &shipment.folded, Health::Ok, at, words);
        let first_effect = effects.len();
        let next_look = self
            .judge
            .judge(&mut view, self.episodes.get(shipment.episodes), &look, effects);
        // A look must move time on, whatever a rule says.
        let next_look = if next_look <= at { at.plus(1) } else { next_look };
        if let Some(changed) = self.judge.changed_episodes() {
            let kept = self.episodes.replace(&mut self.table.get_mut(row).episodes, changed);
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

    fn refuse(&mut self, scan: &Scan<'_>, effects: &mut Vec<Effect>) {
        self.counts.refused += 1;
        effects.push(Effect::Refuse {
            position: self.position,
            reason: RejectReason::TooManyScans,
            hint: alloc::format!(
                "{} {} already has as many scans as a shipment may have (128 KiB packed); look at the feed that \
                 repeats it with changed contents",
                scan.carrier,
                scan.number
            ),
        });
    }
}

fn day_of(wall_ms: i64) -> i32 {
    i32::try_from(wall_ms.div_euclid(DAY_MS)).unwrap_or(i32::MAX)
}
