//! What tables there are and what each column means. One description per column, told by `DESCRIBE` and the docs.

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use milepost_model::{Column, ColumnKind};
use std::sync::Arc;

mod columns;

/// The zone of every instant: UTC, written as an offset so that no zone names are needed to read it.
pub(crate) const UTC: &str = "+00:00";

/// Version of the columns' meaning. A column may be added without a new version, never renamed or redefined.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// A table that analysts may ask.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Table {
    /// One row per tracking number and journey.
    Shipments,
    /// One row per order: its shipments folded.
    Orders,
    /// One row per distinct scan.
    Scans,
    /// One row per code that no mapping knows.
    UnmappedCodes,
    /// One row per episode.
    Delays,
    /// One row per lane that was learned.
    Lanes,
    /// One row per stage, time left and chance of what was told to be late.
    Calibration,
    /// One row per day on which it was known what came of what was told.
    CalibrationDays,
    /// One row per notification decided.
    Jobs,
    /// One row per refused record.
    Rejects,
}

/// The type of a column's values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CellKind {
    /// Text.
    Text,
    /// True or false.
    Bool,
    /// Whole number.
    Int,
    /// Number with fraction.
    Float,
    /// Instant in UTC, to the millisecond.
    Time,
    /// Wall clock without zone, to the millisecond.
    WallTime,
    /// Calendar day.
    Date,
    /// Length of time, to the millisecond.
    Interval,
}

/// One column of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TableColumn {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: CellKind,
    /// What it means, in one sentence.
    pub description: &'static str,
}

impl Table {
    /// Every table, in the order of `SHOW TABLES`.
    pub const ALL: [Self; 10] = [
        Self::Shipments,
        Self::Orders,
        Self::Scans,
        Self::UnmappedCodes,
        Self::Delays,
        Self::Lanes,
        Self::Calibration,
        Self::CalibrationDays,
        Self::Jobs,
        Self::Rejects,
    ];

    /// Its name in SQL and of its files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shipments => "shipments",
            Self::Orders => "orders",
            Self::Scans => "scans",
            Self::UnmappedCodes => "unmapped_codes",
            Self::Delays => "delays",
            Self::Lanes => "lanes",
            Self::Calibration => "calibration",
            Self::CalibrationDays => "calibration_days",
            Self::Jobs => "jobs",
            Self::Rejects => "rejects",
        }
    }

    /// The table of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// What a row is, in one sentence.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Shipments => "One row per carrier, tracking number and epoch, as of the column as_of.",
            Self::Orders => {
                "One row per merchant and order: its shipments folded, without cancelled ones and those with a successor."
            }
            Self::Scans => "One row per distinct scan; repeats and versions of one scan are merged.",
            Self::UnmappedCodes => {
                "One row per feed, carrier and raw code that no mapping knows: such scans are kept and move nothing."
            }
            Self::Delays => "One row per episode: a rule held for a shipment from opened_at to closed_at.",
            Self::Lanes => {
                "One row per lane, from region to region by one service, as it was learned from the parcels on it."
            }
            Self::Calibration => {
                "One row per stage, time left and chance: what p_late told of parcels, and how many of them came late."
            }
            Self::CalibrationDays => {
                "One row per day: what p_late had told of those whose promises were over by then, and how many came late."
            }
            Self::Jobs => "One row per notification that was decided.",
            Self::Rejects => "One row per record that was refused, with the reason and what to do.",
        }
    }

    /// Its columns in order.
    #[must_use]
    pub fn columns(self) -> Vec<TableColumn> {
        match self {
            Self::Shipments => Column::ALL
                .iter()
                .map(|column| of_shipments(*column))
                .chain([columns::AS_OF])
                .collect(),
            Self::Orders => columns::ORDERS.to_vec(),
            Self::Scans => columns::SCANS.to_vec(),
            Self::UnmappedCodes => columns::UNMAPPED_CODES.to_vec(),
            Self::Delays => columns::DELAYS.to_vec(),
            Self::Lanes => columns::LANES.to_vec(),
            Self::Calibration => columns::CALIBRATION.to_vec(),
            Self::CalibrationDays => columns::CALIBRATION_DAYS.to_vec(),
            Self::Jobs => columns::JOBS.to_vec(),
            Self::Rejects => columns::REJECTS.to_vec(),
        }
    }

    /// The Arrow schema of some of its columns, by their places in [`Self::columns`].
    pub(crate) fn schema_of(self, places: &[usize]) -> SchemaRef {
        let columns = self.columns();
        let fields: Vec<Field> = places
            .iter()
            .filter_map(|place| columns.get(*place))
            .map(TableColumn::field)
            .collect();
        Arc::new(Schema::new(fields))
    }

    /// The Arrow schema of all its columns.
    pub(crate) fn schema(self) -> SchemaRef {
        Arc::new(Schema::new(
            self.columns().iter().map(TableColumn::field).collect::<Vec<_>>(),
        ))
    }
}

pub(crate) const fn of_shipments(column: Column) -> TableColumn {
    let kind = match column.kind() {
        ColumnKind::Text => CellKind::Text,
        ColumnKind::Bool => CellKind::Bool,
        ColumnKind::Int => CellKind::Int,
        ColumnKind::Float => CellKind::Float,
        ColumnKind::Time => CellKind::Time,
        ColumnKind::Interval => CellKind::Interval,
    };
    TableColumn {
        name: column.name(),
        kind,
        description: column.description(),
    }
}

impl TableColumn {
    fn field(&self) -> Field {
        Field::new(self.name, self.kind.arrow(), true)
    }
}

impl CellKind {
    /// How Arrow calls it.
    pub(crate) fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Bool => DataType::Boolean,
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Time => DataType::Timestamp(TimeUnit::Millisecond, Some(UTC.into())),
            Self::WallTime => DataType::Timestamp(TimeUnit::Millisecond, None),
            Self::Date => DataType::Date32,
            Self::Interval => DataType::Duration(TimeUnit::Millisecond),
        }
    }

    /// How SQL calls it; what `DESCRIBE` prints.
    #[must_use]
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Text => "VARCHAR",
            Self::Bool => "BOOLEAN",
            Self::Int => "BIGINT",
            Self::Float => "DOUBLE",
            Self::Time => "TIMESTAMP WITH TIME ZONE",
            Self::WallTime => "TIMESTAMP",
            Self::Date => "DATE",
            Self::Interval => "INTERVAL",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_column_has_one_name_and_a_sentence() {
        for table in Table::ALL {
            let columns = table.columns();
            let names: BTreeSet<&str> = columns.iter().map(|column| column.name).collect();
            assert_eq!(names.len(), columns.len(), "{}", table.name());
            assert_eq!(Table::parse(table.name()), Some(table));
            for column in columns {
                assert!(column.description.ends_with('.'), "{}.{}", table.name(), column.name);
            }
        }
    }

    #[test]
    fn a_name_that_shipments_has_means_the_same_type_elsewhere() {
        for table in Table::ALL {
            for column in table.columns() {
                if let Some(shared) = Column::parse(column.name) {
                    assert_eq!(
                        column.kind,
                        of_shipments(shared).kind,
                        "{}.{}",
                        table.name(),
                        column.name
                    );
                }
            }
        }
    }
}
