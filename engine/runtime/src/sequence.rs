//! Second stage, and the only place that sees all scans in the order of the log: it tells the time and hands each shard
//! its share.

use crate::intake::{Decoded, Input, Refused, ScanStep, Step};
use crate::learning::{Exchange, Hour};
use crate::rule_texts::Rules;
use crate::rules_status::RulesStatus;
use crate::saving::{self, Order, Saved};
use crate::spares::Lent;
use milepost_connectors::log::Message;
use milepost_core::{Learning, ScanBatch, Timeline, Todo};
use milepost_model::{Position, RejectReason, Timestamp};
use std::sync::Arc;

/// What a shard has to do with one piece of input.
#[derive(Debug)]
pub struct Work {
    /// Its scans.
    pub batch: Lent<ScanBatch>,
    /// What to do, in order.
    pub steps: Vec<Todo>,
    /// Hours that begin, each before so many of the steps are done.
    pub hours: Vec<(usize, Hour)>,
    /// Save the shard afterwards.
    pub save: Option<Order>,
}

/// One piece of input, ready for the shards.
pub struct Sequenced {
    /// One per shard.
    pub work: Vec<Work>,
    /// Lines and messages that are no scans, and scans of impossible times.
    pub refused: Vec<Refused>,
    /// What will be saved after it.
    pub save: Option<Saved>,
    /// Scans in the piece.
    pub scans: u64,
    /// Scans of it with a code of the carrier's that nobody knows.
    pub unmapped: u64,
    /// The log's time after it.
    pub now: Timestamp,
    /// The messages of the piece: what is decided is said to rest on one of them.
    pub messages: Vec<Message>,
}

/// The order of the log, its time and its rules.
pub struct Sequencer {
    timeline: Timeline,
    rules: Rules,
    status: Arc<RulesStatus>,
    /// Where shards learn, and how many hours have begun; without, they learn nothing.
    learning: Option<(Arc<Exchange>, u64)>,
    last: Position,
}

impl Sequencer {
    /// For input that brings no rules: shards know theirs.
    pub fn new(timeline: Timeline) -> Self {
        Self::with_rules(timeline, Rules::default(), Arc::default())
    }

    /// For a log in which other rules may come into force.
    pub fn with_rules(timeline: Timeline, rules: Rules, status: Arc<RulesStatus>) -> Self {
        Self {
            timeline,
            rules,
            status,
            learning: None,
            last: Position::default(),
        }
    }

    /// The same, which tells shards when to learn.
    #[must_use]
    pub fn learning(self, exchange: Arc<Exchange>) -> Self {
        Self {
            learning: Some((exchange, 0)),
            ..self
        }
    }

    /// Puts the next piece in order.
    pub fn sequence(&mut self, mut decoded: Decoded) -> Sequenced {
        let batches = std::mem::take(&mut decoded.batches);
        let mut sequenced = Sequenced {
            work: batches
                .into_iter()
                .map(|batch| Work {
                    batch,
                    steps: Vec::new(),
                    hours: Vec::new(),
                    save: None,
                })
                .collect(),
            refused: std::mem::take(&mut decoded.refused),
            save: None,
            scans: 0,
            unmapped: decoded.unmapped,
            now: Timestamp::MIN,
            messages: Vec::new(),
        };
        let mut places = vec![0u32; sequenced.work.len()];
        for step in &decoded.steps {
            match step {
                Step::Message(at) => {
                    self.timeline.pass_message(*at);
                    self.pass_hour(&mut sequenced.work);
                }
                Step::Tick(position) => {
                    self.last = *position;
                    if let Some(now) = self.timeline.pass_tick() {
                        tick(&mut sequenced.work, now, *position);
                    }
                }
                Step::Rules(rules, position) => self.switch(rules, *position, &mut sequenced),
                Step::Scan(scan) => self.scan(scan, &decoded, &mut places, &mut sequenced),
            }
        }
        match std::mem::replace(&mut decoded.input, Input::Until(Timestamp::MIN)) {
            Input::Until(at) if at > self.timeline.now() => {
                let position = Position {
                    partition: None,
                    ..self.last
                };
                tick(&mut sequenced.work, at, position);
            }
            Input::Save(to_save, formats) => {
                let rules = self.rules.clone();
                let learned = match &self.learning {
                    Some((exchange, number)) => exchange.hold(*number),
                    None => Exchange::new(sequenced.work.len(), Learning::default()).hold(0),
                };
                let state = (self.timeline, rules, formats, learned);
                let (orders, saved) = saving::order(sequenced.work.len(), to_save, state);
                for (work, order) in sequenced.work.iter_mut().zip(orders) {
                    work.save = Some(order);
                }
                sequenced.save = Some(saved);
            }
            Input::Messages(messages, _) => sequenced.messages = messages,
            Input::Lines(_) | Input::Refused(_) | Input::Until(_) => {}
        }
        sequenced.now = self.timeline.now();
        sequenced
    }

    /// Other rules are in force from here on, unless they are the same.
    fn switch(&mut self, rules: &Rules, position: Position, sequenced: &mut Sequenced) {
        self.last = position;
        if rules.set.hash() == self.rules.set.hash() {
            return;
        }
        let now = self.timeline.now();
        for work in &mut sequenced.work {
            let rules = Arc::clone(&rules.set);
            work.steps.push(Todo::Rules { rules, now, position });
        }
        self.status.switched(&self.rules.set, &rules.set, (position, now));
        self.rules = rules.clone();
    }

    fn scan(&mut self, scan: &ScanStep, decoded: &Decoded, places: &mut [u32], sequenced: &mut Sequenced) {
        sequenced.scans += 1;
        self.last = scan.position;
        let shard = usize::from(scan.shard);
        let place = places.get_mut(shard).expect("as many places as shards");
        let number = *place;
        *place += 1;
        match self.timeline.pass_scan(&scan.time, scan.kind) {
            Ok(due) => {
                self.pass_hour(&mut sequenced.work);
                let work = sequenced.work.get_mut(shard).expect("as many works as shards");
                work.steps.push(Todo::Scan {
                    place: number,
                    now: self.timeline.now(),
                    reached: self.timeline.reached(),
                });
                if let Some(now) = due {
                    let position = Position {
                        partition: None,
                        ..scan.position
                    };
                    tick(&mut sequenced.work, now, position);
                }
            }
            Err(reason) => {
                let hint = self.future_hint(scan.time.earliest);
                sequenced.refused.push(decoded.refuse(scan, reason, hint));
            }
        }
    }

    /// Where an hour of the log's time begins, shards learn.
    fn pass_hour(&mut self, work: &mut [Work]) {
        let Some((_, number)) = &mut self.learning else {
            return;
        };
        if let Some(at) = self.timeline.pass_hour() {
            *number += 1;
            let hour = Hour { number: *number, at };
            work.iter_mut()
                .for_each(|work| work.hours.push((work.steps.len(), hour)));
        }
    }

    fn future_hint(&self, at: Timestamp) -> String {
        let reason = RejectReason::TimeInFuture;
        format!(
            "occurred_at {at} lies too far after the log's time, {} ({reason}): mend the clock of the feed, or allow \
             more with the setting engine.jump_max (replay: --jump)",
            self.timeline.now()
        )
    }
}

fn tick(work: &mut [Work], now: Timestamp, position: Position) {
    work.iter_mut()
        .for_each(|work| work.steps.push(Todo::Tick { now, position }));
}
