//! The row of one shipment, told from its journey; its delay and its job.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "this world states some columns; a new one is unknown in it"
)]

use crate::NOW;
use crate::journey::{Journey, Step};
use milepost_history::{DelayRow, JobRow};
use milepost_model::{
    Code, Column, Facts, HOUR_MS, Health, Place, Scan, Status, Timestamp, TrackingNumber, Value, Window,
};

/// Silence after which this world calls a parcel stalled.
const SILENCE_MAX_MS: i64 = 36 * HOUR_MS;

/// A shipment and the columns that it states.
pub(crate) struct Parcel {
    journey: Journey,
    number: TrackingNumber,
    status: Status,
    health: Health,
}

impl Parcel {
    pub(crate) fn of(journey: Journey) -> Self {
        let number = TrackingNumber::parse(journey.number.as_bytes()).expect("the journey makes good numbers");
        let status = journey
            .steps
            .iter()
            .rev()
            .find_map(|step| step.status)
            .unwrap_or_default();
        let mut parcel = Self {
            journey,
            number,
            status,
            health: Health::Ok,
        };
        parcel.health = parcel.judged();
        parcel
    }

    fn judged(&self) -> Health {
        let open = !self.status.is_terminal();
        match self.journey.promised_at {
            Some(promised) if open && NOW > promised => Health::Late,
            _ if open && self.status == Status::AttemptFailed => Health::ActionRequired,
            _ if self.silence().is_some_and(|silence| silence > SILENCE_MAX_MS) => Health::Stalled,
            _ if open && self.last().is_some_and(|step| step.code == Code::Delayed) => Health::AtRisk,
            _ => Health::Ok,
        }
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.journey.steps
    }

    fn last(&self) -> Option<&Step> {
        self.journey.steps.last()
    }

    fn physical(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.journey.steps.iter().filter(|step| step.kind().is_physical())
    }

    fn count(&self, status: Status) -> i64 {
        self.journey
            .steps
            .iter()
            .filter(|step| step.status == Some(status))
            .count() as i64
    }

    fn silence(&self) -> Option<i64> {
        let last = self.physical().next_back()?;
        (!self.status.is_terminal()).then(|| NOW.since(last.at))
    }

    fn at(&self, status: Status) -> Option<Timestamp> {
        self.journey
            .steps
            .iter()
            .find(|step| step.status == Some(status))
            .map(|step| step.at)
    }

    pub(crate) fn scan(&self, step: &Step) -> Scan<'_> {
        let place = |(city, region, postal_code, country)| Place {
            city,
            region,
            postal_code,
            country,
            facility: "",
        };
        let is_label = step.code == Code::InfoReceived;
        let promised = self.journey.promised_at.map(|at| Window {
            from: at,
            until: at,
            latest: at,
        });
        Scan {
            kind: step.kind(),
            status: step.status,
            code: step.code,
            place: place(step.city),
            destination: is_label.then(|| place(self.journey.to)),
            service: self.journey.service,
            merchant: self.journey.merchant,
            order_id: self.journey.order_id.as_deref().unwrap_or_default(),
            promised: promised.filter(|_| is_label),
            ..Scan::new(self.number, self.journey.carrier, self.status, step.at)
        }
    }

    /// Late and stalled shipments have an open delay.
    pub(crate) fn delay(&self) -> Option<DelayRow<'_>> {
        let (rule, opened_at, because) = match self.health {
            Health::Late => ("promise_missed", self.journey.promised_at?, "the promise is over"),
            Health::Stalled => (
                "stalled_in_transit",
                NOW.plus(SILENCE_MAX_MS - self.silence()?),
                "no scan for 36 hours",
            ),
            Health::Ok | Health::AtRisk | Health::LatePredicted | Health::ActionRequired | Health::Disputed => {
                return None;
            }
        };
        Some(DelayRow {
            carrier: self.journey.carrier,
            tracking_number: self.number.as_str(),
            epoch: 0,
            order_id: self.journey.order_id.as_deref().unwrap_or_default(),
            merchant: self.journey.merchant,
            rule,
            episode: 1,
            opened_at,
            closed: None,
            health: self.health,
            because,
        })
    }

    /// One job for each delay, read from its JSON as a replay writes it.
    pub(crate) fn job(&self) -> Option<JobRow> {
        let delay = self.delay()?;
        let json = format!(
            r#"{{"job_id":"{number}-{rule}-1","notice":"delay.detected","rule":"{rule}","episode":1,"tracking_number":"{number}","order_id":"{order}","carrier":"{carrier}","status":"{status}","health":"{health}","reason":"","opened_at":"{opened}","as_of":"{NOW}","position":"scan.{partition}/88213","because":"{because}"}}"#,
            number = delay.tracking_number,
            rule = delay.rule,
            order = delay.order_id,
            carrier = delay.carrier,
            status = self.status,
            health = self.health,
            opened = delay.opened_at,
            partition = milepost_model::partition(delay.tracking_number),
            because = delay.because,
        );
        Some(JobRow::parse(&json).expect("the job is written in the form of jobs"))
    }

    fn text(&self, column: Column) -> Option<&str> {
        let place = || self.physical().next_back().map(|step| step.city);
        match column {
            Column::Carrier => Some(self.journey.carrier),
            Column::TrackingNumber => Some(self.number.as_str()),
            Column::OrderId => self.journey.order_id.as_deref(),
            Column::Merchant => Some(self.journey.merchant),
            Column::Service => Some(self.journey.service),
            Column::Status => Some(self.status.as_str()),
            Column::Code => self.last().map(|step| step.code.as_str()),
            Column::Health => Some(self.health.as_str()),
            Column::City => place().map(|city| city.0),
            Column::Region => place().map(|city| city.1),
            Column::PostalCode => place().map(|city| city.2),
            Column::Country => place().map(|city| city.3),
            Column::OriginRegion => self.physical().next().map(|step| step.city.1),
            Column::OriginCountry => self.physical().next().map(|step| step.city.3),
            Column::DestinationCity => Some(self.journey.to.0),
            Column::DestinationRegion => Some(self.journey.to.1),
            Column::DestinationPostalCode => Some(self.journey.to.2),
            Column::DestinationCountry => Some(self.journey.to.3),
            _ => None,
        }
    }

    fn time(&self, column: Column) -> Option<Timestamp> {
        match column {
            Column::StatusSince => self.at(self.status),
            Column::PromisedAt | Column::PromisedAtLatest => self.journey.promised_at,
            Column::FirstScanAt => self.physical().next().map(|step| step.at),
            Column::LastScanAt => self.physical().next_back().map(|step| step.at),
            Column::LastHeardAt => self.last().map(|step| step.at),
            Column::FirstAttemptAt => self.at(Status::AttemptFailed).or(self.at(Status::Delivered)),
            Column::DeliveredAt | Column::DeliveredAtEarliest => self.at(Status::Delivered),
            Column::EstimatedP50 => self.is_foretold().then(|| NOW.plus(30 * HOUR_MS)),
            Column::EstimatedP90 => self.is_foretold().then(|| NOW.plus(54 * HOUR_MS)),
            _ => None,
        }
    }

    fn interval(&self, column: Column) -> Option<i64> {
        let open = |at: Timestamp| (!self.status.is_terminal()).then(|| NOW.since(at));
        match column {
            Column::Silence | Column::Dwell => self.silence(),
            Column::Age => self.journey.steps.first().and_then(|step| open(step.at)),
            Column::Overdue => self.journey.promised_at.and_then(open),
            Column::SilenceP95 => self.is_foretold().then_some(20 * HOUR_MS),
            Column::EstimateError => self.is_foretold().then_some(5 * HOUR_MS),
            _ => None,
        }
    }

    /// Nothing is learned of parcels of other carriers in this world.
    fn is_foretold(&self) -> bool {
        self.journey.carrier == "ups" && self.silence().is_some()
    }

    fn share(&self, column: Column) -> Option<f64> {
        match column {
            Column::PLate if self.is_foretold() => self.journey.promised_at.map(|at| if NOW > at { 1.0 } else { 0.25 }),
            Column::LaneReliability if self.is_foretold() => Some(0.875),
            _ => None,
        }
    }
}

impl Facts for Parcel {
    fn now(&self) -> Timestamp {
        NOW
    }

    fn status(&self) -> Status {
        self.status
    }

    fn value(&self, column: Column) -> Value<'_> {
        match column.kind() {
            milepost_model::ColumnKind::Text => self.text(column).map_or(Value::Null, Value::Text),
            milepost_model::ColumnKind::Time => self.time(column).map_or(Value::Null, Value::Time),
            milepost_model::ColumnKind::Interval => self.interval(column).map_or(Value::Null, Value::Interval),
            milepost_model::ColumnKind::Bool => Value::Bool(false),
            milepost_model::ColumnKind::Float => self.share(column).map_or(Value::Null, Value::Float),
            milepost_model::ColumnKind::Int => Value::Int(match column {
                Column::Scans => self.physical().count() as i64,
                Column::Records => self.journey.steps.len() as i64,
                Column::Attempts | Column::AttemptScans => self.count(Status::AttemptFailed),
                Column::Legs => 1,
                _ => 0,
            }),
        }
    }
}
