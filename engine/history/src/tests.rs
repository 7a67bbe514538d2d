//! Stories about the tables: what is written is what is read, what is asked is what is answered or refused in words.

use crate::{Catalog, Collector, Format, Limits, QueryError, ShipmentRow, Table, TableRows};
use milepost_model::{Column, Facts, HOUR_MS, Status, Timestamp, Value};
use std::collections::BTreeMap;

mod asking;
mod files;
mod local;
mod refusing;
mod unmapped;

/// 2026-03-03T12:00:00Z, the now of these tests.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_772_539_200_000);

/// A shipment that states some columns; the others are unknown.
#[derive(Clone)]
pub(crate) struct Parcel(BTreeMap<Column, Value<'static>>);

impl Facts for Parcel {
    fn now(&self) -> Timestamp {
        NOW
    }

    fn status(&self) -> Status {
        let Value::Text(name) = self.value(Column::Status) else {
            return Status::default();
        };
        Status::parse(name).unwrap_or_default()
    }

    fn value(&self, column: Column) -> Value<'_> {
        self.0.get(&column).copied().unwrap_or(Value::Null)
    }
}

pub(crate) fn parcel(
    carrier: &'static str,
    number: &'static str,
    status: &'static str,
    health: &'static str,
) -> Parcel {
    let stated = [
        (Column::Carrier, carrier),
        (Column::TrackingNumber, number),
        (Column::Status, status),
        (Column::Health, health),
    ];
    Parcel(
        stated
            .into_iter()
            .map(|(column, text)| (column, Value::Text(text)))
            .collect(),
    )
}

impl Parcel {
    pub(crate) fn with(mut self, column: Column, value: Value<'static>) -> Self {
        self.0.insert(column, value);
        self
    }

    pub(crate) fn silent_for(self, hours: i64) -> Self {
        self.with(Column::Silence, Value::Interval(hours * HOUR_MS))
            .with(Column::LastScanAt, Value::Time(NOW.plus(-hours * HOUR_MS)))
    }

    pub(crate) fn of_order(self, order: &'static str) -> Self {
        self.with(Column::OrderId, Value::Text(order))
    }
}

/// Four parcels: two carriers, one late, one silent for 100 hours, one delivered, one never scanned.
pub(crate) fn parcels() -> Vec<Parcel> {
    let delivered = NOW.plus(-HOUR_MS);
    vec![
        parcel("ups", "1Z1", "in_transit", "late")
            .silent_for(36)
            .of_order("A")
            .with(Column::PLate, Value::Float(0.625))
            .with(Column::EstimatedP90, Value::Time(NOW.plus(30 * HOUR_MS)))
            .with(Column::SilenceP95, Value::Interval(20 * HOUR_MS))
            .with(Column::LaneCases, Value::Int(212)),
        parcel("ups", "1Z2", "in_transit", "stalled")
            .silent_for(100)
            .of_order("B"),
        parcel("dhl", "JD3", "delivered", "ok")
            .of_order("A")
            .with(Column::DeliveredAt, Value::Time(delivered)),
        parcel("dhl", "JD4", "announced", "ok").with(Column::Attempts, Value::Int(0)),
    ]
}

pub(crate) fn rows_of(parcels: &[Parcel]) -> TableRows {
    let mut collector = Collector::new(Table::Shipments);
    parcels.iter().for_each(|parcel| collector.push(&ShipmentRow(parcel)));
    collector.finish()
}

pub(crate) fn live(parcels: &[Parcel]) -> Catalog {
    Catalog::live(NOW, vec![rows_of(parcels)])
}

/// The answer as a table without borders: cells joined by a bar.
pub(crate) async fn ask(catalog: &Catalog, sql: &str) -> String {
    match catalog.query(sql, &Limits::default()).await {
        Ok(answer) => {
            let cells = answer.cells().expect("these values can be shown");
            cells.iter().map(|row| row.join("|")).collect::<Vec<_>>().join("\n")
        }
        Err(error) => format!("error: {error}"),
    }
}

pub(crate) async fn written(catalog: &Catalog, sql: &str, format: Format) -> Result<String, QueryError> {
    let bytes = catalog.query(sql, &Limits::default()).await?.write(format)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
