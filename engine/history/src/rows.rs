//! What a row of each table is made of. The engine's nouns come in as they are; a cell is the model's `Value`.

use crate::error::RowError;
use crate::schema::{CellKind, Table};
use milepost_model::{Column, DelayEnding, Facts, Health, Precision, Reject, Scan, Timestamp, Value};
use std::borrow::Cow;

/// A row of a table.
pub trait Row {
    /// Of which table.
    const TABLE: Table;
    /// The value of the column at that place of [`Table::columns`].
    fn cell(&self, place: usize) -> Value<'_>;
}

/// A row of `shipments`: what rules and templates see of it.
pub struct ShipmentRow<'a, F: ?Sized>(pub &'a F);

impl<F: Facts + ?Sized> Row for ShipmentRow<'_, F> {
    const TABLE: Table = Table::Shipments;

    fn cell(&self, place: usize) -> Value<'_> {
        match Column::ALL.get(place) {
            Some(column) => self.0.value(*column),
            None => Value::Time(self.0.now()),
        }
    }
}

/// A row of `scans`: a scan and what the fold made of it.
#[derive(Clone, Copy, Debug)]
pub struct ScanRow<'a> {
    /// The scan.
    pub scan: Scan<'a>,
    /// Journey under its number.
    pub epoch: u32,
    /// Whether it moved or repeated a status.
    pub counted: bool,
    /// Whether its source withdrew it.
    pub retracted: bool,
}

impl Row for ScanRow<'_> {
    const TABLE: Table = Table::Scans;

    fn cell(&self, place: usize) -> Value<'_> {
        let scan = &self.scan;
        match place {
            0 => Value::Text(scan.carrier),
            1 => Value::Text(scan.number.as_str()),
            2 => Value::Int(i64::from(self.epoch)),
            3 => text(scan.event_id),
            4 => Value::Text(scan.kind.as_str()),
            5 => scan.status.map_or(Value::Null, |status| Value::Text(status.as_str())),
            6 => Value::Text(scan.code.as_str()),
            7 => text(scan.carrier_code),
            8 => scan.reason.map_or(Value::Null, |reason| Value::Text(reason.as_str())),
            9..=16 => self.time_cell(place),
            17 => text(scan.place.city),
            18 => text(scan.place.region),
            19 => text(scan.place.postal_code),
            20 => text(scan.place.country),
            21 => text(scan.place.facility),
            22..=25 => self.destination_cell(place),
            26 => scan
                .coordinates
                .map_or(Value::Null, |(latitude, _)| Value::Float(latitude)),
            27 => scan
                .coordinates
                .map_or(Value::Null, |(_, longitude)| Value::Float(longitude)),
            28 => time(scan.promised.map(|window| window.until)),
            29 => time(scan.estimated.map(|window| window.from)),
            30 => time(scan.estimated.map(|window| window.until)),
            31 => scan
                .estimated
                .map_or(Value::Null, |_| Value::Text(scan.estimate_source.as_str())),
            32 => time(scan.pickup_until.map(|window| window.until)),
            33 if scan.attempt > 0 => Value::Int(i64::from(scan.attempt)),
            34 => text(scan.message),
            35 => text(scan.signed_by),
            36 => text(scan.leg_carrier),
            37 => text(scan.service),
            38 => text(scan.order_id),
            39 => text(scan.merchant),
            40 => text(scan.source),
            41 => text(scan.next_carrier),
            42 => text(scan.next_tracking_number),
            43 => text(scan.carrier_shipment_id),
            44 => scan.shipped_on.map_or(Value::Null, |days| Value::Int(i64::from(days))),
            45 => text(scan.retracts),
            46 => Value::Bool(self.counted),
            47 => Value::Bool(self.retracted),
            48 => time(scan.promised.map(|window| window.latest)),
            49 => time(scan.estimated.map(|window| window.latest)),
            50 => time(scan.pickup_until.map(|window| window.latest)),
            _ => Value::Null,
        }
    }
}

impl ScanRow<'_> {
    fn destination_cell(&self, place: usize) -> Value<'_> {
        let destination = self.scan.destination.unwrap_or_default();
        match place {
            22 => text(destination.city),
            23 => text(destination.region),
            24 => text(destination.postal_code),
            _ => text(destination.country),
        }
    }

    fn time_cell(&self, place: usize) -> Value<'_> {
        let at = &self.scan.time;
        match place {
            9 => Value::Time(at.point(self.scan.status.map_or(0, |status| status.rank()))),
            10 => Value::Time(at.earliest),
            11 => Value::Time(at.latest),
            12 => Value::Time(Timestamp::from_millis(at.wall_ms)),
            13 => Value::Text(precision_name(at.precision)),
            14 => Value::Text(at.basis.as_str()),
            15 => Value::Bool(at.dst_ambiguous),
            _ => time(self.scan.recorded_at),
        }
    }
}

/// A row of `delays`. Empty texts mean unknown.
#[derive(Clone, Copy, Debug)]
pub struct DelayRow<'a> {
    /// Carrier of the shipment.
    pub carrier: &'a str,
    /// Number of the shipment.
    pub tracking_number: &'a str,
    /// Journey under its number.
    pub epoch: u32,
    /// The merchant's order.
    pub order_id: &'a str,
    /// Tenant.
    pub merchant: &'a str,
    /// Name of the rule.
    pub rule: &'a str,
    /// 1 for the first of this shipment and rule.
    pub episode: u32,
    /// Since when the condition held.
    pub opened_at: Timestamp,
    /// When and how it closed.
    pub closed: Option<(Timestamp, DelayEnding)>,
    /// What it did to the health of the shipment.
    pub health: Health,
    /// Why, in words.
    pub because: &'a str,
}

impl Row for DelayRow<'_> {
    const TABLE: Table = Table::Delays;

    fn cell(&self, place: usize) -> Value<'_> {
        match place {
            0 => Value::Text(self.carrier),
            1 => Value::Text(self.tracking_number),
            2 => Value::Int(i64::from(self.epoch)),
            3 => text(self.order_id),
            4 => text(self.merchant),
            5 => Value::Text(self.rule),
            6 => Value::Int(i64::from(self.episode)),
            7 => Value::Time(self.opened_at),
            8 => time(self.closed.map(|(at, _)| at)),
            9 => self
                .closed
                .map_or(Value::Null, |(_, ending)| Value::Text(ending_name(ending))),
            10 => Value::Text(self.health.as_str()),
            11 => text(self.because),
            _ => Value::Null,
        }
    }
}

/// A row of `rejects`.
#[derive(Clone, Debug)]
pub struct RejectRow<'a> {
    file: &'a str,
    position: &'a str,
    format: &'a str,
    excerpt: Cow<'a, str>,
    reject: &'a Reject,
}

impl<'a> RejectRow<'a> {
    /// A record refused from a file.
    #[must_use]
    pub fn in_file(file: &'a str, reject: &'a Reject) -> Self {
        Self {
            file,
            position: "",
            format: "",
            excerpt: String::from_utf8_lossy(&reject.excerpt),
            reject,
        }
    }

    /// A record refused from the log, at a position as it prints: `scan.17/88213`.
    #[must_use]
    pub fn in_log(position: &'a str, reject: &'a Reject) -> Self {
        Self {
            file: "",
            position,
            format: "",
            excerpt: String::from_utf8_lossy(&reject.excerpt),
            reject,
        }
    }

    /// The same, of a record that was read as this format.
    #[must_use]
    pub fn of_format(self, format: &'a str) -> Self {
        Self { format, ..self }
    }
}

impl Row for RejectRow<'_> {
    const TABLE: Table = Table::Rejects;

    fn cell(&self, place: usize) -> Value<'_> {
        match place {
            0 => text(self.file),
            1 => text(self.position),
            2 => count(self.reject.line),
            3 => count(self.reject.offset),
            4 => Value::Text(self.reject.reason.as_str()),
            5 => text(&self.reject.hint),
            6 => Value::Text(&self.excerpt),
            7 => count(self.reject.length),
            8 => text(self.format),
            _ => Value::Null,
        }
    }
}

/// A row of `lanes`.
#[derive(Clone, Copy, Debug)]
pub struct LaneRow<'a> {
    /// Carrier, service; country and region of the origin, and of the destination.
    pub names: [&'a str; 6],
    /// Parcels under way.
    pub under_way: i64,
    /// Visited parcels, weighed; whole ones.
    pub cases: i64,
    /// Share of kept promises.
    pub reliability: Option<f64>,
    /// When a tenth, half and nine tenths of what is handed over now have come.
    pub marks: [Option<Timestamp>; 3],
    /// Share of visits within the window that the carrier stated first, and how far they lie outside of it, milliseconds.
    pub estimates: Option<(f64, i64)>,
    /// Now.
    pub as_of: Timestamp,
}

impl Row for LaneRow<'_> {
    const TABLE: Table = Table::Lanes;

    fn cell(&self, place: usize) -> Value<'_> {
        let [p10, p50, p90] = self.marks;
        match place {
            0..=5 => text(self.names.get(place).copied().unwrap_or_default()),
            6 => Value::Int(self.under_way),
            7 => Value::Int(self.cases),
            8 => self.reliability.map_or(Value::Null, Value::Float),
            9 => time(p10),
            10 => time(p50),
            11 => time(p90),
            12 => self.estimates.map_or(Value::Null, |(kept, _)| Value::Float(kept)),
            13 => self
                .estimates
                .map_or(Value::Null, |(_, error_ms)| Value::Interval(error_ms)),
            14 => Value::Time(self.as_of),
            _ => Value::Null,
        }
    }
}

/// A row of `calibration`.
#[derive(Clone, Copy, Debug)]
pub struct CalibrationRow {
    /// Where parcels were.
    pub stage: &'static str,
    /// Hours left until the promise: from, and up to where that ends.
    pub hours_left: (i64, Option<i64>),
    /// From which chance on.
    pub chance_from: f64,
    /// How often it was told, weighed.
    pub answers: f64,
    /// The mean of what was told.
    pub told: f64,
    /// The share that came late.
    pub late: f64,
    /// Now.
    pub as_of: Timestamp,
}

impl Row for CalibrationRow {
    const TABLE: Table = Table::Calibration;

    fn cell(&self, place: usize) -> Value<'_> {
        let (from, until) = self.hours_left;
        match place {
            0 => Value::Text(self.stage),
            1 => Value::Int(from),
            2 => until.map_or(Value::Null, Value::Int),
            3 => Value::Float(self.chance_from),
            4 => Value::Float(self.answers),
            5 => Value::Float(self.told),
            6 => Value::Float(self.late),
            7 => Value::Time(self.as_of),
            _ => Value::Null,
        }
    }
}

/// A row of `calibration_days`.
#[derive(Clone, Copy, Debug)]
pub struct CalibrationDayRow {
    /// Days since 1970-01-01 (UTC).
    pub day: i32,
    /// How often something was told.
    pub answers: i64,
    /// The mean of it.
    pub told: f64,
    /// The share that came late.
    pub late: f64,
    /// Now.
    pub as_of: Timestamp,
}

impl Row for CalibrationDayRow {
    const TABLE: Table = Table::CalibrationDays;

    fn cell(&self, place: usize) -> Value<'_> {
        match place {
            0 => Value::Int(i64::from(self.day)),
            1 => Value::Int(self.answers),
            2 => Value::Float(self.told),
            3 => Value::Float(self.late),
            4 => Value::Time(self.as_of),
            _ => Value::Null,
        }
    }
}

/// A row of `jobs`, read from the job's JSON.
#[derive(Clone, Debug)]
pub struct JobRow {
    cells: Vec<JobCell>,
}

#[derive(Clone, Debug)]
enum JobCell {
    Null,
    Text(String),
    Int(i64),
    Time(Timestamp),
}

impl JobRow {
    /// Reads one line of `jobs.ndjson`. Fields that are not columns are left out; empty texts mean unknown.
    ///
    /// # Errors
    /// When the line is no JSON object, or a field is of another type than its column.
    pub fn parse(line: &str) -> Result<Self, RowError> {
        let job: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(line).map_err(|error| RowError::Json(error.to_string()))?;
        let cells = Table::Jobs
            .columns()
            .iter()
            .map(|column| job_cell(column.name, column.kind, job.get(column.name)))
            .collect::<Result<_, _>>()?;
        Ok(Self { cells })
    }
}

fn job_cell(field: &'static str, kind: CellKind, value: Option<&serde_json::Value>) -> Result<JobCell, RowError> {
    use serde_json::Value as Json;
    match (kind, value) {
        (_, None | Some(Json::Null)) => Ok(JobCell::Null),
        (_, Some(Json::String(text))) if text.is_empty() => Ok(JobCell::Null),
        (CellKind::Text, Some(Json::String(text))) => Ok(JobCell::Text(text.clone())),
        (CellKind::Time, Some(Json::String(text))) => match Timestamp::parse(text) {
            Ok(at) => Ok(JobCell::Time(at)),
            Err(error) => Err(RowError::Field {
                field,
                problem: format!("`{text}` {error}"),
            }),
        },
        (CellKind::Int, Some(Json::Number(number))) if number.is_i64() => {
            Ok(JobCell::Int(number.as_i64().unwrap_or_default()))
        }
        (_, Some(other)) => Err(RowError::Field {
            field,
            problem: format!("`{other}` is not a {}", kind.sql()),
        }),
    }
}

impl Row for JobRow {
    const TABLE: Table = Table::Jobs;

    fn cell(&self, place: usize) -> Value<'_> {
        match self.cells.get(place) {
            None | Some(JobCell::Null) => Value::Null,
            Some(JobCell::Text(text)) => Value::Text(text),
            Some(JobCell::Int(number)) => Value::Int(*number),
            Some(JobCell::Time(at)) => Value::Time(*at),
        }
    }
}

const fn text(text: &str) -> Value<'_> {
    if text.is_empty() {
        Value::Null
    } else {
        Value::Text(text)
    }
}

fn time(at: Option<Timestamp>) -> Value<'static> {
    at.map_or(Value::Null, Value::Time)
}

fn count(number: u64) -> Value<'static> {
    i64::try_from(number).map_or(Value::Null, Value::Int)
}

pub(crate) const PRECISIONS: [Precision; 3] = [Precision::Exact, Precision::Minute, Precision::Date];

pub(crate) const fn precision_name(precision: Precision) -> &'static str {
    match precision {
        Precision::Exact => "exact",
        Precision::Minute => "minute",
        Precision::Date => "date",
    }
}

const fn ending_name(ending: DelayEnding) -> &'static str {
    match ending {
        DelayEnding::Recovered => "recovered",
        DelayEnding::Finished => "finished",
        DelayEnding::RuleRemoved => "rule_removed",
        DelayEnding::RuleChanged => "rule_changed",
    }
}
