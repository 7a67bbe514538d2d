//! The questions of an evaluation: a history is lived again, hour by hour, and of each parcel under way it is asked when it
//! will come, by somebody who knows nothing that was not known then.

use super::history::History;
use super::rivals::{self, Rivals};
use anyhow::Result;
use milepost_core::{Clock, Learning, ScanBatch, Shard, ShipmentView, Timeline, Todo};
use milepost_model::{Column, DAY_MS, Facts, HOUR_MS, Position, Scan, Status, Timestamp, Value};
use milepost_rules::RuleSet;
use std::sync::Arc;

/// What lanes are learned of at once.
const HOUR: i64 = HOUR_MS;
/// Parcels are asked about for so many days after the hand-over.
const DAYS_MAX: i64 = 45;
/// A parcel that is late is asked about for so many days more.
const DAYS_AFTER: i64 = 10;

/// When a question is asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Ask {
    /// Within an hour after the hand-over.
    Handover,
    /// At the first midnight (UTC) within so many days before the promise.
    Lead(u8),
    /// At each midnight.
    Daily,
}

impl Ask {
    pub(super) const ALL: [Self; 8] = [
        Self::Handover,
        Self::Lead(10),
        Self::Lead(7),
        Self::Lead(5),
        Self::Lead(3),
        Self::Lead(2),
        Self::Lead(1),
        Self::Daily,
    ];

    pub(super) fn name(self) -> String {
        match self {
            Self::Handover => "handover".to_owned(),
            Self::Lead(days) => format!("lead_{days}"),
            Self::Daily => "daily".to_owned(),
        }
    }
}

/// One question, all that was known when it was asked, and what was answered.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) asked_at: Timestamp,
    pub(super) ask: Ask,
    /// The parcel, in order of appearance.
    pub(super) parcel: u32,
    pub(super) promised_at: Timestamp,
    pub(super) handed_at: Timestamp,
    pub(super) last_scan_at: Timestamp,
    pub(super) scans: i64,
    pub(super) stage: &'static str,
    pub(super) p_late: f64,
    pub(super) quantiles: [Option<Timestamp>; 3],
    pub(super) cases: f64,
    /// Answers of the simpler methods.
    pub(super) rivals: Rivals,
}

/// What became of a parcel.
#[derive(Clone, Debug, Default)]
pub(super) struct Parcel {
    pub(super) number: String,
    pub(super) carrier: String,
    pub(super) service: String,
    pub(super) origin: String,
    pub(super) destination: String,
    /// The first visit.
    pub(super) visited_at: Option<Timestamp>,
    /// It was called off: nobody was late.
    pub(super) is_cancelled: bool,
}

/// What was asked, and what it was asked about.
pub(super) struct Asked {
    pub(super) questions: Vec<Question>,
    pub(super) parcels: Vec<Parcel>,
    pub(super) begin: Timestamp,
    pub(super) end: Timestamp,
    pub(super) lanes: usize,
    pub(super) lanes_bytes: usize,
}

/// A parcel that may be asked about.
#[derive(Clone, Copy, Debug)]
struct Live {
    row: u32,
    handed_at: Option<Timestamp>,
    /// Leads that were asked, a bit each.
    leads: u16,
}

/// Lives a history again and asks; `passed` is told how many scans have passed.
pub(super) fn ask(history: &History, rules: &Arc<RuleSet>, mut passed: impl FnMut(u64)) -> Result<Asked> {
    let (begin, end) = history.span()?;
    let mut examiner = Examiner::new(rules);
    let mut scans = history.scans().peekable();
    // From the very first scan on: where most of them begin depends on those to come.
    let first = scans.peek().map_or(begin, |(at, _)| *at);
    let mut hour = first.millis().div_euclid(HOUR) * HOUR;
    while let Some((at, _)) = scans.peek() {
        // A few scans of wrong years stand before and after all others.
        if *at > end.plus(2 * DAY_MS) {
            break;
        }
        let mut count = 0;
        while let Some((at, scan)) = scans.next_if(|(at, _)| at.millis() < hour + HOUR) {
            examiner.take(at, &scan);
            count += 1;
        }
        passed(count);
        hour += HOUR;
        examiner.end_hour(Timestamp::from_millis(hour));
    }
    Ok(examiner.finish(begin, end))
}

struct Examiner {
    shard: Shard,
    learning: Learning,
    timeline: Timeline,
    batch: ScanBatch,
    steps: Vec<Todo>,
    live: Vec<Live>,
    known: u32,
    rivals: rivals::Learner,
    questions: Vec<Question>,
}

impl Examiner {
    fn new(rules: &Arc<RuleSet>) -> Self {
        Self {
            shard: Shard::new(Arc::clone(rules), 1).learning(),
            learning: Learning::default(),
            timeline: Timeline::new(Clock::Log),
            batch: ScanBatch::default(),
            steps: Vec::new(),
            live: Vec::new(),
            known: 0,
            rivals: rivals::Learner::default(),
            questions: Vec::new(),
        }
    }

    fn take(&mut self, at: Timestamp, scan: &Scan<'_>) {
        self.timeline.pass_message(at);
        let place = u32::try_from(self.batch.len()).unwrap_or(u32::MAX);
        self.batch.push(Position::default(), scan);
        let now = self.timeline.now();
        self.steps.push(Todo::Scan {
            place,
            now,
            reached: now,
        });
    }

    fn end_hour(&mut self, now: Timestamp) {
        self.shard.handle(&self.batch, &self.steps, &mut Vec::new());
        self.batch.clear();
        self.steps.clear();
        let counted = self.shard.take_counted();
        self.learning = std::mem::take(&mut self.learning).pass_hour(now, &[counted]);
        self.shard.handle_lanes(self.learning.in_force(), now);
        let rows = u32::try_from(self.shard.len()).unwrap_or(u32::MAX);
        self.live.extend((self.known..rows).map(|row| Live {
            row,
            handed_at: None,
            leads: 0,
        }));
        self.known = rows;
        let is_midnight = now.millis().rem_euclid(DAY_MS) == 0;
        let mut live = std::mem::take(&mut self.live);
        live.retain_mut(|parcel| {
            if parcel.handed_at.is_some() && !is_midnight {
                return true;
            }
            self.look(parcel, now)
        });
        self.live = live;
    }

    /// Looks at a parcel; `false` when nothing more is to be asked about it.
    fn look(&mut self, live: &mut Live, now: Timestamp) -> bool {
        let Self {
            shard,
            rivals: learner,
            questions,
            ..
        } = self;
        let mut goes_on = true;
        let mut handed_at = live.handed_at;
        let mut leads = live.leads;
        shard.shipment(live.row, now, &mut |view| {
            let visited = time(view, Column::FirstAttemptAt);
            if let Some(visited) = visited {
                if let Some(handed) = time(view, Column::FirstScanAt) {
                    learner.learn(&rivals::lane_of(view), visited.since(handed));
                }
                goes_on = false;
                return;
            }
            let asks = asks(view, now, &mut handed_at, &mut leads);
            goes_on = handed_at.is_none_or(|handed| now.since(handed) < DAYS_MAX * DAY_MS) && !is_over(view);
            if asks.is_empty() || is_over(view) {
                return;
            }
            if let Some(question) = question(view, learner, live.row) {
                questions.extend(asks.into_iter().map(|ask| Question {
                    ask,
                    ..question.clone()
                }));
            }
        });
        (live.handed_at, live.leads) = (handed_at, leads);
        goes_on
    }

    fn finish(mut self, begin: Timestamp, end: Timestamp) -> Asked {
        let mut parcels = Vec::new();
        for row in 0..self.known {
            let mut parcel = Parcel::default();
            self.shard.shipment(row, end, &mut |view| parcel = fate(view));
            parcels.push(parcel);
        }
        Asked {
            questions: self.questions,
            parcels,
            begin,
            end,
            lanes: self.learning.next().len(),
            lanes_bytes: self.learning.next().memory_bytes(),
        }
    }
}

/// What is to be asked about a parcel now.
fn asks(view: &ShipmentView<'_>, now: Timestamp, handed_at: &mut Option<Timestamp>, leads: &mut u16) -> Vec<Ask> {
    let mut asks = Vec::new();
    let Some(handed) = time(view, Column::FirstScanAt) else {
        return asks;
    };
    let Some(promised) = time(view, Column::PromisedAtLatest) else {
        *handed_at = Some(handed);
        return asks;
    };
    if handed_at.is_none() && promised > now {
        asks.push(Ask::Handover);
    }
    *handed_at = Some(handed);
    if now.millis().rem_euclid(DAY_MS) != 0 {
        return asks;
    }
    if now < promised.plus(DAYS_AFTER * DAY_MS) {
        asks.push(Ask::Daily);
    }
    for ask in Ask::ALL {
        if let Ask::Lead(days) = ask {
            let at = promised.plus(-i64::from(days) * DAY_MS);
            let bit = 1 << days;
            if *leads & bit == 0 && now >= at {
                *leads |= bit;
                if handed <= at && now < at.plus(DAY_MS) {
                    asks.push(ask);
                }
            }
        }
    }
    asks
}

/// Whether it will not be visited any more, or nobody can tell.
fn is_over(view: &ShipmentView<'_>) -> bool {
    view.status().is_terminal() || matches!(view.status(), Status::Returning | Status::Expired)
}

fn question(view: &ShipmentView<'_>, learner: &rivals::Learner, row: u32) -> Option<Question> {
    let forecast = view.forecast()?;
    let handed_at = time(view, Column::FirstScanAt)?;
    let promised_at = time(view, Column::PromisedAtLatest)?;
    let last_scan_at = time(view, Column::LastScanAt)?;
    let asked_at = view.now();
    Some(Question {
        asked_at,
        ask: Ask::Daily,
        parcel: row,
        promised_at,
        handed_at,
        last_scan_at,
        scans: view.value(Column::Scans).as_int().unwrap_or(0),
        stage: forecast.stage.as_str(),
        p_late: forecast.p_late?,
        quantiles: [forecast.p10, forecast.p50, forecast.p90],
        cases: forecast.cases,
        rivals: learner.answer(
            &rivals::lane_of(view),
            asked_at.since(handed_at),
            promised_at.since(handed_at),
            asked_at.since(last_scan_at),
        ),
    })
}

fn fate(view: &ShipmentView<'_>) -> Parcel {
    let text = |column| view.value(column).as_text().unwrap_or_default().to_owned();
    let place = |country, region| {
        let (country, region) = (text(country), text(region));
        if region.is_empty() {
            country
        } else {
            format!("{country}-{region}")
        }
    };
    Parcel {
        number: view.tracking_number().to_owned(),
        carrier: text(Column::Carrier),
        service: text(Column::Service),
        origin: place(Column::OriginCountry, Column::OriginRegion),
        destination: place(Column::DestinationCountry, Column::DestinationRegion),
        visited_at: time(view, Column::FirstAttemptAt),
        is_cancelled: view.status() == Status::Cancelled,
    }
}

fn time(view: &ShipmentView<'_>, column: Column) -> Option<Timestamp> {
    match view.value(column) {
        Value::Time(at) => Some(at),
        Value::Null | Value::Text(_) | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Interval(_) => None,
    }
}

#[cfg(test)]
mod tests;
