//! A story of a rule file, played by the engine's own shard: scans are decoded as if they came by the log, time passes
//! minute by minute, and what the rules of the file make of it is written down.

use milepost_connectors::carriers::{Decoder, Defaults, Scratch};
use milepost_core::{Effect, Lanes, Shard, ShipmentView};
use milepost_model::{Column, MINUTE_MS, Position, Timestamp, Value as Told};
use milepost_rules::{Field, FieldValue, Outcome, RuleKind, RuleSet, RuleTest, Step, StepKind};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The zero of every story: Monday, 2026-03-02, midnight in UTC.
const ZERO: Timestamp = Timestamp::from_millis(1_772_409_600_000);

/// One thing that came of a story.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Happened {
    /// Milliseconds after the story's zero, in whole minutes: a condition such as `silence > 36h` turns true the
    /// millisecond after.
    pub(super) at_ms: i64,
    pub(super) what: Outcome,
    /// Name of the rule or the notice.
    pub(super) name: String,
    /// Why, in words.
    pub(super) because: String,
}

/// What came of a story.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Played {
    /// In the order of time.
    pub(super) happened: Vec<Happened>,
    /// Line in the file and why, for each scan that was refused.
    pub(super) refused: Vec<(u32, String)>,
}

/// Plays a story. Only the rules of its file take part.
pub(super) fn play(rules: &Arc<RuleSet>, test: &RuleTest) -> Played {
    let mut stage = Stage::begin(rules, test);
    stage.play(test, i64::MAX);
    let steps = test.story.iter().map(|step| step.at_ms);
    let expectations = test.expect.iter().map(|expected| expected.at_ms);
    stage.pass_time(steps.chain(expectations).max().unwrap_or(0) + MINUTE_MS);
    stage.told(rules, test)
}

/// Shows the shipment of a story as it is a millisecond after an instant.
pub(super) fn show_at(rules: &Arc<RuleSet>, test: &RuleTest, at_ms: i64, show: &mut dyn FnMut(&ShipmentView<'_>)) {
    let mut stage = Stage::begin(rules, test);
    stage.play(test, at_ms);
    stage.pass_time(at_ms);
    stage.shard.each_shipment(ZERO.plus(at_ms + 1), show);
}

/// Where a story is played.
struct Stage {
    shard: Shard,
    decoder: Decoder,
    /// Milliseconds after zero.
    now_ms: i64,
    sequence: u64,
    effects: Vec<Effect>,
    played: Played,
}

impl Stage {
    fn begin(rules: &Arc<RuleSet>, test: &RuleTest) -> Self {
        let mut shard = Shard::new(Arc::clone(rules), 0);
        let told = told_of_lanes(test);
        if !told.is_empty() {
            shard.handle_lanes(&Arc::new(Lanes::telling(told)), ZERO);
        }
        Self {
            shard,
            decoder: Decoder::new(),
            now_ms: 0,
            sequence: 0,
            effects: Vec::new(),
            played: Played::default(),
        }
    }

    /// Plays the steps up to an instant.
    fn play(&mut self, test: &RuleTest, until_ms: i64) {
        for step in test.story.iter().filter(|step| step.at_ms <= until_ms) {
            self.pass_time(step.at_ms);
            match &step.what {
                StepKind::Tick | StepKind::Learned(_) => self.tick(step.at_ms),
                StepKind::Scan { .. } => self.scan(test, step),
            }
        }
    }

    /// Ticks each minute that begins before `until_ms`, a millisecond into it.
    fn pass_time(&mut self, until_ms: i64) {
        let mut minute = self.now_ms.div_euclid(MINUTE_MS) * MINUTE_MS;
        while minute < until_ms {
            if minute >= self.now_ms {
                self.tick(minute + 1);
            }
            minute += MINUTE_MS;
        }
    }

    fn tick(&mut self, at_ms: i64) {
        self.now_ms = self.now_ms.max(at_ms);
        let position = self.position();
        self.shard
            .handle_tick(ZERO.plus(self.now_ms), position, &mut self.effects);
    }

    fn scan(&mut self, test: &RuleTest, step: &Step) {
        self.now_ms = self.now_ms.max(step.at_ms);
        let line = scan_json(test, step).to_string();
        let (scratch, defaults) = (
            Scratch::new(),
            Defaults {
                source: "story".to_owned(),
                ..Defaults::default()
            },
        );
        let position = self.position();
        match self.decoder.decode_line(line.as_bytes(), &scratch, &defaults) {
            Ok(scan) => self.shard.handle_scan(
                (ZERO.plus(self.now_ms), ZERO.plus(self.now_ms)),
                position,
                &scan,
                &mut self.effects,
            ),
            Err(refusal) => self.played.refused.push((step.line, refusal.hint)),
        }
    }

    fn position(&mut self) -> Position {
        self.sequence += 1;
        Position {
            partition: None,
            sequence: self.sequence,
        }
    }

    /// The delays and the jobs of the rules of the test's file.
    fn told(self, rules: &RuleSet, test: &RuleTest) -> Played {
        let mut played = self.played;
        let here = || rules.rules().iter().filter(|rule| rule.file == test.file);
        let delays: BTreeSet<&str> = here()
            .filter(|rule| rule.kind == RuleKind::Delay)
            .map(|rule| rule.name.as_str())
            .collect();
        let names: BTreeSet<&str> = here().map(|rule| rule.name.as_str()).collect();
        let happened = &mut played.happened;
        self.shard.each_delay(&mut |_, _, delay| {
            if delays.contains(delay.rule.as_str()) {
                let because = delay.because.clone();
                happened.push(outcome(delay.opened_at, Outcome::Opened, &delay.rule, because));
                let closed = delay
                    .closed
                    .map(|(at, _)| outcome(at, Outcome::Closed, &delay.rule, String::new()));
                happened.extend(closed);
            }
        });
        for effect in &self.effects {
            match effect {
                Effect::Job(job) => {
                    let job: Value = serde_json::from_str(&job.json).unwrap_or_default();
                    let text = |name: &str| job.get(name).and_then(Value::as_str).unwrap_or_default();
                    if names.contains(text("rule")) {
                        let as_of = Timestamp::parse(text("as_of")).unwrap_or_default();
                        let because = text("because").to_owned();
                        happened.push(outcome(as_of, Outcome::Notify, text("notice"), because));
                    }
                }
                Effect::Refuse { hint, .. } => played.refused.push((test.line, hint.clone())),
            }
        }
        happened.sort();
        played
    }
}

fn outcome(at: Timestamp, what: Outcome, name: &str, because: String) -> Happened {
    let at_ms = whole_minutes(at.since(ZERO));
    Happened {
        at_ms,
        what,
        name: name.to_owned(),
        because,
    }
}

/// An instant of a story to the minute, as outcomes are compared.
pub(super) const fn whole_minutes(at_ms: i64) -> i64 {
    at_ms.div_euclid(MINUTE_MS) * MINUTE_MS
}

/// What a story says of columns that are learned, each from when on.
fn told_of_lanes(test: &RuleTest) -> Vec<(Timestamp, Column, Told<'static>)> {
    let told = test.story.iter().filter_map(|step| match &step.what {
        StepKind::Learned(fields) => Some(fields.iter().map(|field| (ZERO.plus(step.at_ms), field))),
        StepKind::Tick | StepKind::Scan { .. } => None,
    });
    let told = told.flatten().filter_map(|(at, field)| {
        let column = Column::parse(field.name)?;
        let value = match (&field.value, column) {
            (FieldValue::Text(share), _) => Told::Float(share.parse().ok()?),
            (FieldValue::Int(number), _) => Told::Int(*number),
            (FieldValue::Offset(millis), Column::SilenceP95 | Column::EstimateError) => Told::Interval(*millis),
            (FieldValue::Offset(millis), _) => Told::Time(ZERO.plus(*millis)),
        };
        Some((at, column, value))
    });
    told.collect()
}

/// A line of a story as the canonical scan that it means.
fn scan_json(test: &RuleTest, step: &Step) -> Value {
    let mut scan = Map::new();
    let mut put = |name: &str, value: Value| {
        scan.insert(name.to_owned(), value);
    };
    put("tracking_number", "STORY00001".into());
    put("carrier", "story".into());
    put("occurred_at", ZERO.plus(step.at_ms).to_string().into());
    for field in &test.shipment {
        put(field.name, value(field));
    }
    if let StepKind::Scan { status, code, fields } = &step.what {
        if let Some(status) = status {
            put("status", status.as_str().into());
        }
        if let Some(code) = code {
            put("code", code.as_str().into());
        }
        for field in fields {
            put(field.name, value(field));
        }
    }
    Value::Object(scan)
}

fn value(field: &Field) -> Value {
    match &field.value {
        FieldValue::Text(text) => text.as_str().into(),
        FieldValue::Int(number) => (*number).into(),
        FieldValue::Offset(millis) => ZERO.plus(*millis).to_string().into(),
    }
}
