//! What was learned, asked about one parcel: each answer is made when it is asked for, and once.

use super::bands::{Age, Marks, SHARES};
use super::chances::Chances;
use super::forecast::Forecast;
use super::outcomes::Stated;
use super::passage::{Lane, Passage};
use super::state::Standing;
use super::table::{Known, Lanes};
use super::tally::Tally;
use crate::intern::Texts;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::{OnceCell, RefCell};
use milepost_model::{Column, DAY_MS, HOUR_MS, Timestamp, TrackingNumber, Value};

/// The table that a shard goes by, and what its judge asked it.
#[derive(Debug, Default)]
pub(crate) struct InForce {
    lanes: Arc<Lanes>,
    pub(crate) chances: Chances,
}

impl InForce {
    pub(crate) fn new(lanes: &Arc<Lanes>) -> Self {
        Self {
            lanes: Arc::clone(lanes),
            chances: Chances::default(),
        }
    }

    pub(crate) fn lanes(&self) -> &Arc<Lanes> {
        &self.lanes
    }

    /// Bytes that it holds beside the table, which all shards share.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.chances.memory_bytes()
    }
}

/// What a shard knows of lanes.
#[derive(Clone, Copy)]
pub(crate) struct Learned<'a> {
    /// The table in force.
    pub(crate) lanes: &'a Lanes,
    /// Where its lanes stand in that.
    pub(crate) tally: Option<&'a Tally>,
    /// What it was asked, by whoever asks now.
    pub(crate) chances: &'a RefCell<Chances>,
}

impl<'a> Learned<'a> {
    /// When a parcel on that passage will come, however little is known.
    pub(crate) fn forecast(
        self,
        passage: Passage,
        texts: &Texts,
        now: Timestamp,
        promised: Option<Timestamp>,
    ) -> Option<Forecast> {
        let (standing, known) = (passage.standing()?, self.of(passage.lane, texts)?);
        let late = |promised| known.late(&mut self.chances.borrow_mut(), standing, now, promised).0;
        Some(Forecast {
            p_late: promised.map(late),
            ..known.forecast(&mut self.chances.borrow_mut().at_hand, standing, now)
        })
    }

    fn of(self, lane: Lane, texts: &Texts) -> Option<Known<'a>> {
        let path = self.tally.and_then(|tally| tally.path(lane));
        self.lanes
            .on(path.unwrap_or_else(|| self.lanes.path(&lane.name(texts))))
    }
}

/// What is told of every parcel from an instant on in place of what would be learned, in stories of rules.
#[derive(Clone, Debug, Default)]
pub(super) struct Told(Vec<(Timestamp, Column, Value<'static>)>);

impl Told {
    /// In any order.
    pub(super) fn new(mut told: Vec<(Timestamp, Column, Value<'static>)>) -> Self {
        told.sort_by_key(|(at, ..)| *at);
        Self(told)
    }

    fn value(&self, column: Column, at: Timestamp) -> Value<'static> {
        let by_then = self.0.iter().rev().filter(|(from, ..)| *from <= at);
        let mut of_column = by_then.filter(|(_, of, _)| *of == column);
        of_column.next().map_or(Value::Null, |(.., value)| *value)
    }
}

/// Where answers come from.
enum Source<'a> {
    Known(Known<'a>, &'a RefCell<Chances>),
    Told(&'a Told),
}

/// One parcel, and what is known of its lane.
pub(crate) struct Prospect<'a> {
    source: Source<'a>,
    passage: Passage,
    promised: Option<Timestamp>,
    last_scan_at: Option<Timestamp>,
    late: OnceCell<Option<f64>>,
    silence: OnceCell<Option<i64>>,
    forecast: OnceCell<Option<Forecast>>,
}

impl<'a> Prospect<'a> {
    /// What is known of a parcel on that passage; `None` where too little is.
    pub(crate) fn new(
        learned: Learned<'a>,
        texts: &Texts,
        passage: Passage,
        promised: Option<Timestamp>,
        last_scan_at: Option<Timestamp>,
    ) -> Option<Self> {
        let source = match learned.lanes.told() {
            Some(told) => Source::Told(told),
            None => Source::Known(
                learned.of(passage.lane, texts).filter(Known::suffices)?,
                learned.chances,
            ),
        };
        Some(Self {
            source,
            passage,
            promised,
            last_scan_at,
            late: OnceCell::new(),
            silence: OnceCell::new(),
            forecast: OnceCell::new(),
        })
    }

    /// A learned column as of `now`, which is when the row is read.
    pub(crate) fn value(&self, column: Column, now: Timestamp) -> Value<'static> {
        match &self.source {
            Source::Told(told) => self.told(told, column, now),
            Source::Known(known, chances) if column == Column::PLate => share(
                *self
                    .late
                    .get_or_init(|| self.late(known, chances, now).map(|(late, _)| late)),
            ),
            Source::Known(known, _) if column == Column::SilenceP95 => {
                let silence = self.silence.get_or_init(|| self.silence(known));
                silence.map_or(Value::Null, Value::Interval)
            }
            Source::Known(known, _) if column == Column::LaneCases => Value::Int(known.cases()),
            Source::Known(known, _) if column == Column::LaneReliability => share(known.reliability()),
            Source::Known(known, _) if column == Column::EstimateError => {
                let made = known.estimates_made();
                made.map_or(Value::Null, |made| Value::Interval(made.error_ms))
            }
            Source::Known(known, chances) => {
                let forecast = self.forecast.get_or_init(|| self.forecast(known, chances, now));
                mark(column, *forecast)
            }
        }
    }

    /// One that drifts at another instant, if nothing comes until then.
    pub(crate) fn value_at(&self, column: Column, at: Timestamp) -> Value<'static> {
        match &self.source {
            Source::Told(told) => self.told(told, column, at),
            Source::Known(known, chances) if column == Column::PLate => {
                share(self.late(known, chances, at).map(|(late, _)| late))
            }
            Source::Known(known, chances) => mark(column, self.forecast(known, chances, at)),
        }
    }

    fn told(&self, told: &Told, column: Column, at: Timestamp) -> Value<'static> {
        let is_of_lane = matches!(
            column,
            Column::LaneCases | Column::LaneReliability | Column::EstimateError
        );
        if !is_of_lane && self.passage.standing().is_none() {
            return Value::Null;
        }
        match self.promised {
            None if column == Column::PLate => Value::Null,
            Some(promised) if column == Column::PLate && promised <= at => Value::Float(1.0),
            _ => told.value(column, at),
        }
    }

    /// What is stated of it as of `now`, to be kept until the promise; `None` when that is over, or there is none.
    pub(crate) fn stated(&self, now: Timestamp) -> Option<Stated> {
        match &self.source {
            Source::Told(_) => None,
            Source::Known(known, chances) => self.late(known, chances, now)?.1,
        }
    }

    /// Marks of when it comes as of `now`, to be kept until they are over; `None` where others tell enough, or
    /// too little is known yet.
    pub(crate) fn marks(&self, now: Timestamp, number: &TrackingNumber) -> Option<Marks> {
        let (Source::Known(known, chances), standing) = (&self.source, self.passage.standing()?) else {
            return None;
        };
        let age = Age::of(standing.handed_at, now);
        let may_be_lost = self
            .promised
            .is_some_and(|promised| now.since(promised) >= LOST_AFTER_MS);
        if may_be_lost || !age.is_kept_of(number) || !known.tells_of_old_ones(now) {
            return None;
        }
        let at_hand = &mut chances.borrow_mut().at_hand;
        Some(Marks::new(
            age,
            known.marks(at_hand, standing, hour_of(now, standing), SHARES),
        ))
    }

    fn late(&self, known: &Known<'_>, chances: &RefCell<Chances>, at: Timestamp) -> Option<(f64, Option<Stated>)> {
        let (standing, promised) = (self.passage.standing()?, self.promised?);
        Some(if promised <= at {
            (1.0, None)
        } else {
            known.late(&mut chances.borrow_mut(), standing, hour_of(at, standing), promised)
        })
    }

    fn forecast(&self, known: &Known<'_>, chances: &RefCell<Chances>, at: Timestamp) -> Option<Forecast> {
        let standing = self.passage.standing()?;
        Some(known.forecast(&mut chances.borrow_mut().at_hand, standing, hour_of(at, standing)))
    }

    fn silence(&self, known: &Known<'_>) -> Option<i64> {
        let (standing, last_scan_at) = (self.passage.standing()?, self.last_scan_at?);
        known.silence(standing, last_scan_at.max(standing.since))
    }
}

/// Of who is late for longer many are lost, and these tell nothing of when the others come.
const LOST_AFTER_MS: i64 = 10 * DAY_MS;

/// What is foretold changes when an hour begins, or when the parcel moves.
fn hour_of(at: Timestamp, standing: Standing) -> Timestamp {
    let hour = Timestamp::from_millis(at.millis().div_euclid(HOUR_MS) * HOUR_MS);
    hour.max(standing.since)
}

fn share(share: Option<f64>) -> Value<'static> {
    share.map_or(Value::Null, Value::Float)
}

/// One of the instants of a forecast.
fn mark(column: Column, forecast: Option<Forecast>) -> Value<'static> {
    let at = forecast.and_then(|forecast| {
        if column == Column::EstimatedP10 {
            forecast.p10
        } else if column == Column::EstimatedP50 {
            forecast.p50
        } else {
            forecast.p90
        }
    });
    at.map_or(Value::Null, Value::Time)
}
