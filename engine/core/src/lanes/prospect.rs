//! What was learned, asked about one parcel: each answer is made when it is asked for, and once.

use super::forecast::Forecast;
use super::key::LaneName;
use super::passage::{Passage, Progress};
use super::table::{Lanes, Standing};
use crate::intern::Texts;
use core::cell::OnceCell;
use milepost_model::{Column, HOUR_MS, Timestamp, Value};

/// One parcel, and what is known of its lane.
pub(crate) struct Prospect<'a> {
    lanes: &'a Lanes,
    passage: Passage,
    lane: LaneName,
    promised: Option<Timestamp>,
    last_scan_at: Option<Timestamp>,
    forecast: OnceCell<Option<Forecast>>,
}

impl<'a> Prospect<'a> {
    /// What is known of a parcel on that passage; `None` where too little is.
    pub(crate) fn new(
        lanes: &'a Lanes,
        passage: Passage,
        texts: &Texts,
        promised: Option<Timestamp>,
        last_scan_at: Option<Timestamp>,
    ) -> Option<Self> {
        let lane = passage.lane.name(texts);
        lanes.knows(&lane).then(|| Self {
            lanes,
            passage,
            lane,
            promised,
            last_scan_at,
            forecast: OnceCell::new(),
        })
    }

    /// A learned column as of `now`, which is when the row is read.
    pub(crate) fn value(&self, column: Column, now: Timestamp) -> Value<'static> {
        let forecast = || self.forecast.get_or_init(|| self.forecast(now));
        self.column(column, forecast)
    }

    /// The same at another instant, if nothing comes until then.
    pub(crate) fn value_at(&self, column: Column, at: Timestamp) -> Value<'static> {
        let forecast = OnceCell::new();
        self.column(column, || forecast.get_or_init(|| self.forecast(at)))
    }

    fn column<'f>(&self, column: Column, forecast: impl FnOnce() -> &'f Option<Forecast>) -> Value<'static> {
        let time = |at: Option<Timestamp>| at.map_or(Value::Null, Value::Time);
        let share = |share: Option<f64>| share.map_or(Value::Null, Value::Float);
        if column == Column::SilenceP95 {
            return self.silence().map_or(Value::Null, Value::Interval);
        }
        if column == Column::LaneCases {
            return Value::Int(self.lanes.cases(&self.lane));
        }
        if column == Column::LaneReliability {
            return share(self.lanes.reliability(&self.lane));
        }
        let Some(forecast) = forecast() else { return Value::Null };
        if column == Column::PLate {
            share(forecast.p_late)
        } else if column == Column::EstimatedP10 {
            time(forecast.p10)
        } else if column == Column::EstimatedP50 {
            time(forecast.p50)
        } else if column == Column::EstimatedP90 {
            time(forecast.p90)
        } else {
            Value::Null
        }
    }

    fn standing(&self) -> Option<Standing> {
        match self.passage.progress {
            Progress::In(stage, since) => Some(Standing {
                stage,
                since,
                handed_at: self.passage.handed_at,
            }),
            Progress::Visited { .. } | Progress::Gone => None,
        }
    }

    /// What is foretold changes when an hour begins, or when the parcel moves.
    fn forecast(&self, at: Timestamp) -> Option<Forecast> {
        let standing = self.standing()?;
        let hour = Timestamp::from_millis(at.millis().div_euclid(HOUR_MS) * HOUR_MS);
        let as_of = hour.max(standing.since);
        let mut forecast = self.lanes.forecast(&self.lane, standing, as_of, self.promised);
        if self.promised.is_some_and(|promised| promised <= at) {
            forecast.p_late = Some(1.0);
        }
        Some(forecast)
    }

    fn silence(&self) -> Option<i64> {
        let (standing, last_scan_at) = (self.standing()?, self.last_scan_at?);
        self.lanes
            .silence(&self.lane, standing, last_scan_at.max(standing.since))
    }
}
