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

/// A delay that stands open.
pub(super) struct Open {
    pub(super) rule: String,
    pub(super) episode: i64,
    pub(super) since: Timestamp,
}

/// A value that owns its text.
enum Cell {
    Null,
    Text(String),
    Bool(bool),
    Int(i64),
    Float(f64),
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

    /// The delays of this journey that stand open.
    pub(super) fn open_delays(&self, source: &Source) -> Result<Vec<Open>> {
        let text = |column| quoted(&value_text(self.value(column)));
        let statement = format!(
            "SELECT rule, episode, opened_at FROM delays WHERE carrier = {} AND tracking_number = {} AND epoch = {} \
             AND closed_at IS NULL",
            text(Column::Carrier),
            text(Column::TrackingNumber),
            value_text(self.value(Column::Epoch))
        );
        let open = |object: &Json| {
            Some(Open {
                rule: object.get("rule")?.as_str()?.to_owned(),
                episode: object.get("episode")?.as_i64()?,
                since: Timestamp::parse(object.get("opened_at")?.as_str()?).ok()?,
            })
        };
        let rows = source.rows(&statement)?;
        rows.iter()
            .map(|object| open(object).context("a delay cannot be read"))
            .collect()
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
            Some(Cell::Float(value)) => Value::Float(*value),
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
        ColumnKind::Float => json.as_f64().map(Cell::Float),
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
