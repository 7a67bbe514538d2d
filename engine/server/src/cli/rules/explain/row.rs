//! A row of `shipments` out of the tables, as rules see it.

use crate::cli::sql::Source;
use anyhow::{Context, Result};
use milepost_model::{Column, ColumnKind, Facts, Status, Timestamp, Value};
use milepost_rules::value_text;
use serde_json::Value as Json;

/// A shipment as of an instant.
pub(super) struct Row {
    now: Timestamp,
    status: Status,
    /// In the order of [`Column::ALL`].
    cells: Vec<Cell>,
}

/// A value that owns its text.
enum Cell {
    Null,
    Text(String),
    Bool(bool),
    Int(i64),
    Time(Timestamp),
    Interval(i64),
}

impl Row {
    /// The shipments of that number, the newest journey of each carrier.
    pub(super) fn find(source: &Source, carrier: Option<&str>, number: &str) -> Result<Vec<Self>> {
        let columns: Vec<String> = Column::ALL
            .iter()
            .map(|column| {
                let name = column.name();
                if column.kind() == ColumnKind::Interval {
                    format!("arrow_cast({name}, 'Int64') AS {name}")
                } else {
                    name.to_owned()
                }
            })
            .collect();
        let of_carrier = carrier.map(|carrier| format!(" AND carrier = {}", quoted(carrier)));
        let statement = format!(
            "SELECT {}, as_of FROM shipments WHERE tracking_number = {}{} ORDER BY carrier, epoch DESC",
            columns.join(", "),
            quoted(number),
            of_carrier.unwrap_or_default()
        );
        let mut rows: Vec<Self> = Vec::new();
        for object in source.rows(&statement)? {
            let row = Self::read(&object)?;
            if rows.last().is_none_or(|last| last.name() != row.name()) {
                rows.push(row);
            }
        }
        Ok(rows)
    }

    fn read(object: &Json) -> Result<Self> {
        let cell = |column: &Column| cell(*column, object.get(column.name()).unwrap_or(&Json::Null));
        let cells: Result<Vec<Cell>> = Column::ALL.iter().map(cell).collect();
        let text = |name: &str| object.get(name).and_then(Json::as_str).unwrap_or_default();
        Ok(Self {
            now: Timestamp::parse(text("as_of")).context("`as_of` is no instant")?,
            status: Status::parse(text("status")).context("`status` is none that we know")?,
            cells: cells?,
        })
    }

    /// `ups/1Z999AA10123456784`.
    pub(super) fn name(&self) -> String {
        let text = |column| value_text(self.value(column));
        format!("{}/{}", text(Column::Carrier), text(Column::TrackingNumber))
    }
}

impl Facts for Row {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn status(&self) -> Status {
        self.status
    }

    fn value(&self, column: Column) -> Value<'_> {
        match self.cells.get(column as usize) {
            None | Some(Cell::Null) => Value::Null,
            Some(Cell::Text(text)) => Value::Text(text),
            Some(Cell::Bool(value)) => Value::Bool(*value),
            Some(Cell::Int(value)) => Value::Int(*value),
            Some(Cell::Time(at)) => Value::Time(*at),
            Some(Cell::Interval(millis)) => Value::Interval(*millis),
        }
    }
}

fn cell(column: Column, json: &Json) -> Result<Cell> {
    if json.is_null() {
        return Ok(Cell::Null);
    }
    let cell = match column.kind() {
        ColumnKind::Text => json.as_str().map(|text| Cell::Text(text.to_owned())),
        ColumnKind::Bool => json.as_bool().map(Cell::Bool),
        ColumnKind::Int => json.as_i64().map(Cell::Int),
        ColumnKind::Time => json
            .as_str()
            .and_then(|text| Timestamp::parse(text).ok())
            .map(Cell::Time),
        ColumnKind::Interval => json.as_i64().map(Cell::Interval),
    };
    cell.with_context(|| format!("`{}` is {json}, which is no value of this column", column.name()))
}

/// A text as SQL writes it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
