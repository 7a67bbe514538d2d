//! The path of a scan without its machinery: decode, route, apply, judge, emit; no thread, no file, no clock.

use milepost_connectors::carriers::{Decoder, Defaults, Mapping, Scratch};
use milepost_core::{Clock, Effect, Shard, Timeline, shard_of};
use milepost_model::{
    Column, DelayEnding, Facts, Job, Position, RejectReason, Scan, ScanTime, Status, Timestamp, Value, partition,
};
use milepost_rules::RuleSet;
use std::sync::Arc;

/// Two shards, so that routing matters.
const SHARDS: usize = 2;
const SEED: u64 = 7;

/// What comes out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Said {
    /// A notification to send.
    Job(Job),
    /// A record refused.
    Refused(RejectReason, String),
}

/// One value of a row, owned.
#[derive(Clone, PartialEq, Debug)]
pub enum Cell {
    /// Unknown.
    Null,
    /// Text.
    Text(String),
    /// True or false.
    Bool(bool),
    /// Whole number.
    Int(i64),
    /// Number with fraction.
    Float(f64),
    /// Instant.
    Time(Timestamp),
    /// Milliseconds.
    Interval(i64),
}

impl From<Value<'_>> for Cell {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Text(text) => Self::Text(text.to_owned()),
            Value::Bool(truth) => Self::Bool(truth),
            Value::Int(number) => Self::Int(number),
            Value::Time(at) => Self::Time(at),
            Value::Interval(millis) => Self::Interval(millis),
            Value::Float(number) => Self::Float(number),
            Value::Null => Self::Null,
        }
    }
}

/// One row of `shipments`: every column.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// The values in the order of [`Column::ALL`].
    pub cells: Vec<(Column, Cell)>,
}

impl Row {
    /// The value of a column.
    #[must_use]
    pub fn get(&self, column: Column) -> &Cell {
        let found = self.cells.iter().find(|(kept, _)| *kept == column);
        found.map_or(&Cell::Null, |(_, cell)| cell)
    }

    /// A text column, empty when unknown.
    #[must_use]
    pub fn text(&self, column: Column) -> &str {
        if let Cell::Text(text) = self.get(column) {
            text
        } else {
            ""
        }
    }

    fn key(&self) -> (String, String, i64) {
        let epoch = if let Cell::Int(epoch) = self.get(Column::Epoch) {
            *epoch
        } else {
            0
        };
        (
            self.text(Column::Carrier).to_owned(),
            self.text(Column::TrackingNumber).to_owned(),
            epoch,
        )
    }
}

/// A kept scan, as far as tests ask.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptRow {
    /// Tracking number.
    pub number: String,
    /// Journey under that number.
    pub epoch: u16,
    /// What it says, after the legs are ordered.
    pub status: Option<Status>,
    /// Where it sorts.
    pub at: Timestamp,
    /// What its written time may mean.
    pub time: ScanTime,
    /// It moved or repeated the status.
    pub counted: bool,
    /// It was withdrawn.
    pub retracted: bool,
}

/// An episode as a reader sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DelayRow {
    /// Tracking number.
    pub number: String,
    /// Journey under that number.
    pub epoch: u16,
    /// Name of the rule.
    pub rule: String,
    /// Number of the episode.
    pub episode: u32,
    /// Since when.
    pub opened_at: Timestamp,
    /// Until when, and how it ended.
    pub closed: Option<(Timestamp, DelayEnding)>,
    /// Why.
    pub because: String,
}

/// What must not depend on the order in which scans came: every row, and the delays that stand open.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Outcome {
    /// Every row of `shipments`, by key.
    pub rows: Vec<Row>,
    /// Number, journey, rule and opening of every open delay.
    pub open: Vec<(String, u16, String, Timestamp)>,
}

/// What a log brings.
pub trait Message {
    /// It comes at that time.
    fn heard_by(&self, world: &mut World, at: Timestamp) -> Vec<Said>;
}

impl Message for &str {
    fn heard_by(&self, world: &mut World, at: Timestamp) -> Vec<Said> {
        world.hear(at, self)
    }
}

/// A message in whatever format.
#[derive(Clone, Debug)]
pub enum Told {
    /// A canonical line.
    Line(String),
    /// A payload of a format that a file describes.
    Payload(Arc<Mapping>, Vec<u8>),
}

impl Message for Told {
    fn heard_by(&self, world: &mut World, at: Timestamp) -> Vec<Said> {
        match self {
            Self::Line(line) => world.hear(at, line),
            Self::Payload(mapping, payload) => world.hear_payload(at, mapping, payload),
        }
    }
}

/// A small engine.
#[derive(Debug)]
pub struct World {
    rules: Arc<RuleSet>,
    shards: Vec<Shard>,
    timeline: Timeline,
    sequence: u64,
    decoder: Decoder,
    defaults: Defaults,
}

impl World {
    /// An engine that has heard nothing yet.
    #[must_use]
    pub fn new(rules: Arc<RuleSet>, clock: Clock) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Shard::new(Arc::clone(&rules), SEED)).collect(),
            rules,
            timeline: Timeline::new(clock),
            sequence: 0,
            decoder: Decoder::new(),
            defaults: Defaults::default(),
        }
    }

    /// The same with what the feed adds.
    #[must_use]
    pub fn with_defaults(mut self, defaults: Defaults) -> Self {
        self.defaults = defaults;
        self
    }

    /// The log's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.timeline.now()
    }

    /// A message with one line comes, which the log received at `at`.
    pub fn hear(&mut self, at: Timestamp, line: &str) -> Vec<Said> {
        self.sequence += 1;
        self.timeline.pass_message(at);
        let (scratch, defaults) = (Scratch::new(), self.defaults.clone());
        match self.decoder.decode_line(line.as_bytes(), &scratch, &defaults) {
            Ok(scan) => self.apply(&scan),
            Err(refusal) => vec![Said::Refused(refusal.reason, refusal.hint)],
        }
    }

    /// A message with a payload of that format comes.
    pub fn hear_payload(&mut self, at: Timestamp, mapping: &Mapping, payload: &[u8]) -> Vec<Said> {
        self.sequence += 1;
        self.timeline.pass_message(at);
        let (scratch, defaults) = (Scratch::new(), self.defaults.clone());
        let (mut decoder, mut said) = (std::mem::take(&mut self.decoder), Vec::new());
        decoder.decode_payload(mapping, payload, (&scratch, &defaults), &mut |given| match given.scan {
            Ok(scan) => said.extend(self.apply(scan)),
            Err(refusal) => said.push(Said::Refused(refusal.reason, refusal.hint)),
        });
        self.decoder = decoder;
        said
    }

    fn apply(&mut self, scan: &Scan<'_>) -> Vec<Said> {
        match self.timeline.pass_scan(&scan.time, scan.kind) {
            Err(reason) => vec![Said::Refused(reason, String::new())],
            Ok(tick) => {
                let partition = partition(scan.number.as_str());
                let position = Position {
                    partition: Some(partition),
                    sequence: self.sequence,
                };
                let mut effects = Vec::new();
                if let Some(shard) = self.shards.get_mut(shard_of(partition, SHARDS)) {
                    let times = (self.timeline.now(), self.timeline.reached());
                    shard.handle_scan(times, position, scan, &mut effects);
                }
                let mut said = said(effects);
                if tick.is_some() {
                    said.extend(self.tick_shards());
                }
                said
            }
        }
    }

    /// Time passes.
    pub fn tick(&mut self, at: Timestamp) -> Vec<Said> {
        self.sequence += 1;
        self.timeline.pass_message(at);
        match self.timeline.pass_tick() {
            Some(_) => self.tick_shards(),
            None => Vec::new(),
        }
    }

    fn tick_shards(&mut self) -> Vec<Said> {
        let position = Position {
            partition: None,
            sequence: self.sequence,
        };
        let mut effects = Vec::new();
        for shard in &mut self.shards {
            shard.handle_tick(self.timeline.now(), position, &mut effects);
        }
        said(effects)
    }

    /// Other rules come into force, and every shipment is looked at under them.
    pub fn switch(&mut self, at: Timestamp, rules: Arc<RuleSet>) -> Vec<Said> {
        self.sequence += 1;
        self.timeline.pass_message(at);
        let position = Position {
            partition: None,
            sequence: self.sequence,
        };
        let mut effects = Vec::new();
        for shard in &mut self.shards {
            shard.handle_rules(&rules, self.timeline.now(), position, &mut effects);
            while shard.switch_some(1) {}
        }
        self.rules = rules;
        said(effects)
    }

    /// The engine stops, and starts again from what it saved.
    ///
    /// # Panics
    /// When a shard cannot read its own bytes.
    pub fn restart(&mut self) {
        for shard in &mut self.shards {
            let mut bytes = Vec::new();
            shard.save(&mut bytes);
            *shard = Shard::restore(&bytes, Arc::clone(&self.rules), SEED + 1).expect("a shard reads its own bytes");
        }
    }

    /// Every row as of `now`, by key.
    #[must_use]
    pub fn rows(&self, now: Timestamp) -> Vec<Row> {
        let mut rows = Vec::new();
        for shard in &self.shards {
            shard.each_shipment(now, &mut |view| {
                let cells = Column::ALL
                    .iter()
                    .map(|column| (*column, Cell::from(view.value(*column))));
                rows.push(Row { cells: cells.collect() });
            });
        }
        rows.sort_by_key(Row::key);
        rows
    }

    /// Every scan in the order of the fold, withdrawn ones after them.
    #[must_use]
    pub fn scans(&self) -> Vec<KeptRow> {
        let mut scans = Vec::new();
        for shard in &self.shards {
            shard.each_scan(&mut |kept| {
                let scan = &kept.scan;
                let rank = match scan.status {
                    Some(status) if scan.code.status() != Some(status) => status.rank(),
                    Some(_) => scan.code.rank(),
                    None => Status::InTransit.rank(),
                };
                scans.push(KeptRow {
                    number: scan.number.as_str().to_owned(),
                    epoch: kept.epoch,
                    status: scan.status,
                    at: scan.time.point(rank),
                    time: scan.time,
                    counted: kept.counted,
                    retracted: kept.retracted,
                });
            });
        }
        scans
    }

    /// Every episode that ever opened.
    #[must_use]
    pub fn delays(&self) -> Vec<DelayRow> {
        let mut delays = Vec::new();
        for shard in &self.shards {
            shard.each_delay(&mut |view, epoch, delay| {
                delays.push(DelayRow {
                    number: view.tracking_number().to_owned(),
                    epoch,
                    rule: delay.rule.clone(),
                    episode: delay.episode,
                    opened_at: delay.opened_at,
                    closed: delay.closed,
                    because: delay.because.clone(),
                });
            });
        }
        delays.sort_by(|a: &DelayRow, b| {
            (&a.number, a.epoch, &a.rule, a.episode).cmp(&(&b.number, b.epoch, &b.rule, b.episode))
        });
        delays
    }

    /// What must not depend on the order in which scans came.
    #[must_use]
    pub fn outcome(&self, now: Timestamp) -> Outcome {
        let open = self.delays().into_iter().filter(|delay| delay.closed.is_none());
        Outcome {
            rows: self.rows(now),
            open: open
                .map(|delay| (delay.number, delay.epoch, delay.rule, delay.opened_at))
                .collect(),
        }
    }
}

fn said(effects: Vec<Effect>) -> Vec<Said> {
    let say = |effect| match effect {
        Effect::Job(job) => Said::Job(job),
        Effect::Refuse { reason, hint, .. } => Said::Refused(reason, hint),
    };
    effects.into_iter().map(say).collect()
}
