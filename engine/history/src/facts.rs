//! Rows of `shipments` as rules see them, read from Parquet a row group at a time: its columns are found once for a batch,
//! and a value is a look into an array. No query is planned, nothing is copied, and parts may be read on as many threads as
//! one likes.

use crate::catalog::Catalog;
use crate::cells::BATCH_ROWS;
use crate::error::ReadError;
use crate::schema::{Table, of_shipments};
use datafusion::arrow::array::{
    Array, AsArray, BooleanArray, DurationMillisecondArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DurationMillisecondType, Float64Type, Int64Type, TimestampMillisecondType};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use milepost_model::{Column, ColumnKind, Facts, Status, Timestamp, Value};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A row group of a file of `shipments`.
#[derive(Clone, Debug)]
pub struct ShipmentPart {
    path: PathBuf,
    row_group: usize,
    rows: usize,
}

impl Catalog {
    /// The parts of its table `shipments`; none where the rows do not lie in files.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn shipment_parts(&self) -> Result<Vec<ShipmentPart>, ReadError> {
        let mut parts = Vec::new();
        for path in self.paths(Table::Shipments) {
            parts.extend(ShipmentPart::of_file(path)?);
        }
        Ok(parts)
    }
}

impl ShipmentPart {
    /// The parts of one file: of ours, or the answer to a question about `shipments`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of_file(path: &Path) -> Result<Vec<Self>, ReadError> {
        let builder = open(path)?;
        let groups = builder.metadata().row_groups().iter().enumerate();
        let parts = groups.map(|(row_group, group)| Self {
            path: path.to_path_buf(),
            row_group,
            rows: usize::try_from(group.num_rows()).unwrap_or(0),
        });
        Ok(parts.collect())
    }

    /// How many rows it has.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Shows every row as of `now`. Columns that are not asked for, or that an older file does not have, are unknown.
    ///
    /// # Errors
    /// When the file cannot be read, or a status is none that we know.
    pub fn each(
        &self,
        columns: &[Column],
        now: Timestamp,
        show: &mut dyn FnMut(&ShipmentFacts<'_>),
    ) -> Result<(), ReadError> {
        let builder = open(&self.path)?;
        let names = columns.iter().chain(&[Column::Status]).map(|column| column.name());
        let mask = ProjectionMask::columns(builder.parquet_schema(), names);
        let reader = builder
            .with_projection(mask)
            .with_row_groups(vec![self.row_group])
            .with_batch_size(BATCH_ROWS)
            .build();
        let wrong = |problem: String| ReadError::Parquet {
            path: self.path.clone(),
            problem,
        };
        for batch in reader.map_err(|error| wrong(error.to_string()))? {
            let batch = batch.map_err(|error| wrong(error.to_string()))?;
            let cells = cells(&batch).map_err(wrong)?;
            for row in 0..batch.num_rows() {
                let mut facts = ShipmentFacts {
                    cells: &cells,
                    row,
                    now,
                    status: Status::Created,
                };
                let Value::Text(status) = facts.value(Column::Status) else {
                    return Err(wrong("a row has no status".to_owned()));
                };
                facts.status = Status::parse(status).ok_or_else(|| wrong(format!("no status is called {status}")))?;
                show(&facts);
            }
        }
        Ok(())
    }
}

pub(crate) fn open(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, ReadError> {
    let file = File::open(path).map_err(|source| ReadError::Io {
        path: path.to_path_buf(),
        source,
    })?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| ReadError::Parquet {
        path: path.to_path_buf(),
        problem: error.to_string(),
    })
}

/// A shipment as it stands in a file.
pub struct ShipmentFacts<'a> {
    cells: &'a [Cells],
    row: usize,
    now: Timestamp,
    status: Status,
}

/// A column of a batch.
enum Cells {
    Unknown,
    Text(StringArray),
    Bool(BooleanArray),
    Int(Int64Array),
    Float(Float64Array),
    Time(TimestampMillisecondArray),
    Interval(DurationMillisecondArray),
}

/// The columns of a batch in the order of [`Column::ALL`].
fn cells(batch: &RecordBatch) -> Result<Vec<Cells>, String> {
    let cells = |column: &Column| {
        let Some(array) = batch.column_by_name(column.name()) else {
            return Ok(Cells::Unknown);
        };
        // The answer of an engine may hold texts in another layout.
        let array = cast(array, &of_shipments(*column).kind.arrow()).map_err(|error| error.to_string())?;
        Ok(match column.kind() {
            ColumnKind::Text => Cells::Text(array.as_string::<i32>().clone()),
            ColumnKind::Bool => Cells::Bool(array.as_boolean().clone()),
            ColumnKind::Int => Cells::Int(array.as_primitive::<Int64Type>().clone()),
            ColumnKind::Float => Cells::Float(array.as_primitive::<Float64Type>().clone()),
            ColumnKind::Time => Cells::Time(array.as_primitive::<TimestampMillisecondType>().clone()),
            ColumnKind::Interval => Cells::Interval(array.as_primitive::<DurationMillisecondType>().clone()),
        })
    };
    Column::ALL.iter().map(cells).collect()
}

impl Facts for ShipmentFacts<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn status(&self) -> Status {
        self.status
    }

    #[inline]
    fn value(&self, column: Column) -> Value<'_> {
        match self.cells.get(column as usize) {
            Some(Cells::Text(cells)) if cells.is_valid(self.row) => Value::Text(cells.value(self.row)),
            Some(Cells::Bool(cells)) if cells.is_valid(self.row) => Value::Bool(cells.value(self.row)),
            Some(Cells::Int(cells)) if cells.is_valid(self.row) => Value::Int(cells.value(self.row)),
            Some(Cells::Float(cells)) if cells.is_valid(self.row) => Value::Float(cells.value(self.row)),
            Some(Cells::Time(cells)) if cells.is_valid(self.row) => {
                Value::Time(Timestamp::from_millis(cells.value(self.row)))
            }
            Some(Cells::Interval(cells)) if cells.is_valid(self.row) => Value::Interval(cells.value(self.row)),
            Some(_) | None => Value::Null,
        }
    }
}
