//! The stages of the program on one thread, in the order of the log: decode, tell the time, apply, gather effects.

use crate::rule_sets::compiled;
use milepost_connectors::carriers::{Decoder, Defaults, Reading, Refusal, Scratch, split};
use milepost_connectors::log::{Control, Cut, Message};
use milepost_core::{
    Clock, Counted, Counts, Effect, Extent, Learning, RestoreError, ScanBatch, Shard, Timeline, shard_of,
};
use milepost_loadgen::rng::Rng;
use milepost_model::{Job, Position, RejectReason, Scan, Timestamp, partition};
use milepost_rules::RuleSet;
use milepost_runtime::format_texts::FormatSet;
use milepost_runtime::learning::Exchange;
use milepost_runtime::rule_texts::Rules;
use milepost_runtime::saving::{self, SaveState, Saved, Underway};
use std::sync::Arc;

/// The stream of chance that makes pauses.
const PAUSES: u64 = 0x7061_7573;

/// A refused line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// Its message.
    pub position: Position,
    /// Its number within the message, from 1.
    pub line: u64,
    /// Why.
    pub reason: RejectReason,
    /// What is wrong with it.
    pub hint: String,
}

/// What came out so far.
#[derive(Debug, Default)]
pub struct Outcome {
    /// In the order of position, partition and index.
    pub jobs: Vec<Job>,
    /// In the order of the log.
    pub refused: Vec<Refused>,
    /// Scans that reached a shard.
    pub accepted: ScanBatch,
}

/// An engine as bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SavedEngine {
    /// Each shard.
    pub shards: Vec<Vec<u8>>,
    /// What they learned of lanes.
    pub learning: Vec<u8>,
}

/// Decoder, timeline and shards.
pub struct Engine {
    /// The rules in force.
    pub rules: Arc<RuleSet>,
    /// Chance that shards look at a few shipments that wait for it since a switch, between two messages.
    pauses: Option<Rng>,
    /// The log's time.
    pub timeline: Timeline,
    /// Each with its share of the shipments.
    pub shards: Vec<Shard>,
    /// What they learned of lanes.
    learning: Learning,
    decoder: Decoder,
    scratch: Scratch,
    defaults: Arc<Defaults>,
    formats: FormatSet,
    effects: Vec<Effect>,
}

impl Engine {
    /// An engine that knows nothing yet. `hash_seed` may show in nothing that comes out.
    #[must_use]
    pub fn new(rules: &Arc<RuleSet>, clock: Clock, shards: usize, hash_seed: u64) -> Self {
        let shard = |_| Shard::new(Arc::clone(rules), hash_seed).learning();
        let shards = (0..shards).map(shard).collect();
        Self::with(Arc::clone(rules), Timeline::new(clock), (shards, Learning::default()))
    }

    /// The same engine, with pauses between messages.
    #[must_use]
    pub fn with_pauses(self, seed: u64) -> Self {
        Self {
            pauses: Some(Rng::new(seed, PAUSES, 0)),
            ..self
        }
    }

    /// An engine that goes on from saved shards.
    ///
    /// # Errors
    /// When bytes are not a shard's.
    pub fn restore(
        rules: &Arc<RuleSet>,
        timeline: Timeline,
        saved: &SavedEngine,
        hash_seed: u64,
    ) -> Result<Self, RestoreError> {
        let learning = Learning::restore(&saved.learning)?;
        let shard = |bytes: &Vec<u8>| -> Result<Shard, RestoreError> {
            let mut shard = Shard::restore(bytes, Arc::clone(rules), hash_seed)?;
            shard.restore_lanes(learning.in_force());
            Ok(shard)
        };
        let shards = saved.shards.iter().map(shard).collect::<Result<_, _>>()?;
        Ok(Self::with(Arc::clone(rules), timeline, (shards, learning)))
    }

    fn with(rules: Arc<RuleSet>, timeline: Timeline, (shards, learning): (Vec<Shard>, Learning)) -> Self {
        Self {
            rules,
            pauses: None,
            timeline,
            shards,
            learning,
            decoder: Decoder::new(),
            scratch: Scratch::new(),
            defaults: Arc::default(),
            formats: FormatSet::default(),
            effects: Vec::new(),
        }
    }

    /// All of it as bytes.
    #[must_use]
    pub fn save(&self) -> SavedEngine {
        let bytes = |shard: &Shard| {
            let mut bytes = Vec::new();
            shard.save(&mut bytes);
            bytes
        };
        let mut learning = Vec::new();
        self.learning.save(&mut learning);
        SavedEngine {
            shards: self.shards.iter().map(bytes).collect(),
            learning,
        }
    }

    /// What an engine hands to its keeper, whole or changes since the last, as of this message.
    #[must_use]
    pub fn saved(&mut self, extent: Extent, sequence: u64, rules: &Rules) -> Saved {
        let cut = Cut {
            created: Timestamp::from_millis(1),
            sequence,
            hash: 9,
        };
        let state = Arc::new(SaveState::new(extent == Extent::Changes));
        let timeline = Timeline::at(Clock::Log, self.timeline.reading());
        let (orders, saved) = saving::order(
            self.shards.len(),
            state.begin(cut),
            (
                timeline,
                rules.clone(),
                Arc::default(),
                Exchange::new(self.shards.len(), self.learning.clone()).hold(0),
            ),
        );
        for (shard, order) in self.shards.iter_mut().zip(&orders) {
            Underway::begin(shard, order).finish(shard);
        }
        saved
    }

    /// What all shards have seen.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.shards.iter().for_each(|shard| counts.add(&shard.counts()));
        counts
    }

    /// Takes messages in the order of the log.
    pub fn handle(&mut self, messages: &[Message], outcome: &mut Outcome) {
        for message in messages {
            self.timeline.pass_message(message.timestamp);
            self.pass_hour();
            if message.position.partition.is_none() {
                self.control(message, outcome);
            } else if let Some(header) = &message.format {
                self.payload(header, message, outcome);
            } else {
                for line in split(&message.payload) {
                    self.line(line.bytes, line.number, message.position, outcome);
                }
            }
            self.gather(outcome);
            self.pause();
        }
    }

    fn control(&mut self, message: &Message, outcome: &mut Outcome) {
        match Control::parse(&message.payload).expect("we write no other") {
            Control::Tick(_) => {
                if let Some(now) = self.timeline.pass_tick() {
                    self.tick(now, message.position);
                }
            }
            Control::Engine { .. } => {}
            Control::Formats(files) => match FormatSet::compile(files) {
                Ok(set) => self.formats = set,
                Err(_) => outcome.refused.push(Refused {
                    position: message.position,
                    line: 1,
                    reason: RejectReason::BadControl,
                    hint: String::new(),
                }),
            },
            Control::Rules(files) => {
                let rules = compiled(&files);
                if rules.hash() != self.rules.hash() {
                    for shard in &mut self.shards {
                        shard.handle_rules(&rules, self.timeline.now(), message.position, &mut self.effects);
                    }
                    self.rules = rules;
                }
            }
        }
    }

    /// Looks at every shipment that still waits for it since a switch: until then what is read of it is what the rules
    /// before made of it.
    pub fn finish_switch(&mut self) {
        for shard in &mut self.shards {
            shard.switch_some(usize::MAX);
        }
    }

    fn pause(&mut self) {
        if let Some(chance) = &mut self.pauses {
            for shard in &mut self.shards {
                shard.switch_some(usize::try_from(chance.below(4)).unwrap_or(0));
            }
        }
    }

    fn line(&mut self, bytes: &[u8], number: u64, position: Position, outcome: &mut Outcome) {
        let mut scratch = std::mem::replace(&mut self.scratch, Scratch::new());
        scratch.reset();
        let defaults = Arc::clone(&self.defaults);
        let scan = self.decoder.decode_line(bytes, &scratch, &defaults);
        self.take(scan, (number, position), outcome);
        self.scratch = scratch;
    }

    /// A message with a format in its header. Ours hold one record each.
    fn payload(&mut self, header: &str, message: &Message, outcome: &mut Outcome) {
        let at = (1, message.position);
        let (mapping, of_feed) = match Reading::of_message(header, &self.formats.formats, &self.defaults) {
            Ok((Reading::Payload(mapping), of_feed)) => (mapping, of_feed),
            Ok((Reading::Lines(_) | Reading::PayloadALine(_), _)) => panic!("`{header}` is sent by nobody here"),
            Err(refusal) => return self.take(Err(refusal), at, outcome),
        };
        let (scratch, defaults) = (Scratch::new(), of_feed.unwrap_or_else(|| (*self.defaults).clone()));
        let mut found = None;
        let texts = (&scratch, &defaults);
        let decoder = &mut self.decoder;
        decoder.decode_payload(&mapping, &message.payload, texts, &mut |given| {
            found = Some(given.scan.copied())
        });
        self.take(found.expect("each holds a record"), at, outcome);
    }

    fn take(&mut self, scan: Result<Scan<'_>, Refusal>, (number, position): (u64, Position), outcome: &mut Outcome) {
        let scan = match scan {
            Ok(scan) => scan,
            Err(refusal) => {
                let (reason, hint) = (refusal.reason, refusal.hint);
                return outcome.refused.push(Refused {
                    position,
                    line: number,
                    reason,
                    hint,
                });
            }
        };
        let due = match self.timeline.pass_scan(&scan.time, scan.kind) {
            Ok(due) => due,
            Err(reason) => {
                let hint = format!("{} is after {}", scan.time.earliest, self.timeline.now());
                return outcome.refused.push(Refused {
                    position,
                    line: number,
                    reason,
                    hint,
                });
            }
        };
        self.pass_hour();
        outcome.accepted.push(position, &scan);
        let shard = shard_of(partition(scan.number.as_str()), self.shards.len());
        let shard = self
            .shards
            .get_mut(shard)
            .expect("shard_of stays below the number of shards");
        let times = (self.timeline.now(), self.timeline.reached());
        shard.handle_scan(times, position, &scan, &mut self.effects);
        if let Some(now) = due {
            self.tick(
                now,
                Position {
                    partition: None,
                    ..position
                },
            );
        }
    }

    /// Where an hour begins, all shards give what they counted, and go on by the table of the hour before.
    fn pass_hour(&mut self) {
        if let Some(at) = self.timeline.pass_hour() {
            let counted: Vec<Counted> = self.shards.iter_mut().map(Shard::take_counted).collect();
            self.learning = std::mem::take(&mut self.learning).pass_hour(at, &counted);
            for shard in &mut self.shards {
                shard.handle_lanes(self.learning.in_force(), at);
            }
        }
    }

    fn tick(&mut self, now: Timestamp, position: Position) {
        for shard in &mut self.shards {
            shard.handle_tick(now, position, &mut self.effects);
        }
    }

    /// What all shards made of one message, in the one order that does not depend on how many shards there are.
    fn gather(&mut self, outcome: &mut Outcome) {
        let first = outcome.jobs.len();
        for effect in self.effects.drain(..) {
            match effect {
                Effect::Job(job) => outcome.jobs.push(job),
                Effect::Refuse { position, reason, hint } => {
                    outcome.refused.push(Refused {
                        position,
                        line: 0,
                        reason,
                        hint,
                    });
                }
            }
        }
        let fresh = outcome.jobs.get_mut(first..).unwrap_or_default();
        fresh.sort_by_key(|job| (job.position.sequence, job.partition, job.index));
    }
}
