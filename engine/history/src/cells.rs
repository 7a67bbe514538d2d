//! Columns under construction, and the rows that come of them: batches in memory or, through `files`, Parquet.

use crate::Row;
use crate::schema::{CellKind, Table, TableColumn};
use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, DurationMillisecondBuilder, Float64Builder, Int64Builder, RecordBatch,
    RecordBatchOptions, StringBuilder, TimestampMillisecondBuilder,
};
use datafusion::arrow::datatypes::SchemaRef;
use milepost_model::Value;
use std::sync::Arc;

/// Rows of a batch: what DataFusion handles at a time.
pub(crate) const BATCH_ROWS: usize = 8192;

/// One column under construction.
enum Cells {
    Text(StringBuilder),
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Time(TimestampMillisecondBuilder),
    Date(Date32Builder),
    Interval(DurationMillisecondBuilder),
}

impl Cells {
    fn new(kind: CellKind) -> Self {
        match kind {
            CellKind::Text => Self::Text(StringBuilder::with_capacity(BATCH_ROWS, BATCH_ROWS * 8)),
            CellKind::Bool => Self::Bool(BooleanBuilder::with_capacity(BATCH_ROWS)),
            CellKind::Int => Self::Int(Int64Builder::with_capacity(BATCH_ROWS)),
            CellKind::Float => Self::Float(Float64Builder::with_capacity(BATCH_ROWS)),
            CellKind::Time | CellKind::WallTime => {
                Self::Time(TimestampMillisecondBuilder::with_capacity(BATCH_ROWS).with_data_type(kind.arrow()))
            }
            CellKind::Date => Self::Date(Date32Builder::with_capacity(BATCH_ROWS)),
            CellKind::Interval => Self::Interval(DurationMillisecondBuilder::with_capacity(BATCH_ROWS)),
        }
    }

    /// Appends a value; false when it is of another type than the column.
    fn push(&mut self, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::Text(cells), Value::Text(text)) => cells.append_value(text),
            (Self::Text(cells), Value::Null) => cells.append_null(),
            (Self::Time(cells), Value::Time(at)) => cells.append_value(at.millis()),
            (Self::Time(cells), Value::Null) => cells.append_null(),
            (Self::Int(cells), Value::Int(number)) => cells.append_value(number),
            (Self::Int(cells), Value::Null) => cells.append_null(),
            (Self::Bool(cells), Value::Bool(flag)) => cells.append_value(flag),
            (Self::Bool(cells), Value::Null) => cells.append_null(),
            (Self::Interval(cells), Value::Interval(millis)) => cells.append_value(millis),
            (Self::Interval(cells), Value::Null) => cells.append_null(),
            (Self::Float(cells), Value::Float(number)) => cells.append_value(number),
            (Self::Float(cells), Value::Null) => cells.append_null(),
            (Self::Date(cells), Value::Int(days)) => match i32::try_from(days) {
                Ok(days) => cells.append_value(days),
                Err(_) => return false,
            },
            (Self::Date(cells), Value::Null) => cells.append_null(),
            _ => return false,
        }
        true
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(cells) => Arc::new(cells.finish()),
            Self::Bool(cells) => Arc::new(cells.finish()),
            Self::Int(cells) => Arc::new(cells.finish()),
            Self::Float(cells) => Arc::new(cells.finish()),
            Self::Time(cells) => Arc::new(cells.finish()),
            Self::Date(cells) => Arc::new(cells.finish()),
            Self::Interval(cells) => Arc::new(cells.finish()),
        }
    }
}

/// Some or all columns of a table under construction.
pub(crate) struct BatchBuilder {
    table: Table,
    columns: Vec<(usize, TableColumn, Cells)>,
    schema: SchemaRef,
    rows: usize,
}

impl BatchBuilder {
    /// All columns of a table.
    pub(crate) fn new(table: Table) -> Self {
        let all: Vec<usize> = (0..table.columns().len()).collect();
        Self::of(table, &all)
    }

    /// Some columns of a table, by their places.
    pub(crate) fn of(table: Table, places: &[usize]) -> Self {
        let all = table.columns();
        let columns = places
            .iter()
            .filter_map(|place| all.get(*place).map(|column| (*place, *column, Cells::new(column.kind))))
            .collect();
        Self {
            table,
            columns,
            schema: table.schema_of(places),
            rows: 0,
        }
    }

    pub(crate) const fn table(&self) -> Table {
        self.table
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Appends a row; gives the batch that it filled.
    pub(crate) fn push<R: Row>(&mut self, row: &R) -> Option<RecordBatch> {
        assert!(
            R::TABLE == self.table,
            "a row of {} was pushed to {}",
            R::TABLE.name(),
            self.table.name()
        );
        for (place, column, cells) in &mut self.columns {
            let fits = cells.push(row.cell(*place));
            assert!(
                fits,
                "{}.{} is {:?} and got another type",
                self.table.name(),
                column.name,
                column.kind
            );
        }
        self.rows += 1;
        if self.rows == BATCH_ROWS { self.batch() } else { None }
    }

    /// What has gathered since the last batch, if anything.
    pub(crate) fn batch(&mut self) -> Option<RecordBatch> {
        if self.rows == 0 {
            return None;
        }
        let arrays = self.columns.iter_mut().map(|(_, _, cells)| cells.finish()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        self.rows = 0;
        let batch = RecordBatch::try_new_with_options(self.schema(), arrays, &options);
        Some(batch.expect("every column of the schema got one value per row"))
    }
}

/// Rows of one table in memory, ready for a live query.
#[derive(Clone, Debug)]
pub struct TableRows {
    pub(crate) table: Table,
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Vec<RecordBatch>,
}

impl TableRows {
    /// Of which table.
    #[must_use]
    pub const fn table(&self) -> Table {
        self.table
    }

    /// How many.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Bytes that they take in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.batches.iter().map(RecordBatch::get_array_memory_size).sum()
    }
}

/// Collects rows of one table in memory.
pub struct Collector {
    builder: BatchBuilder,
    batches: Vec<RecordBatch>,
}

impl Collector {
    /// For all columns of a table.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self {
            builder: BatchBuilder::new(table),
            batches: Vec::new(),
        }
    }

    /// For those columns only that a query needs: see [`crate::needs`].
    #[must_use]
    pub fn of(table: Table, places: &[usize]) -> Self {
        Self {
            builder: BatchBuilder::of(table, places),
            batches: Vec::new(),
        }
    }

    /// Appends a row.
    ///
    /// # Panics
    /// When the row is of another table, or a value of another type than its column: a mistake in the program.
    pub fn push<R: Row>(&mut self, row: &R) {
        self.batches.extend(self.builder.push(row));
    }

    /// All rows pushed.
    #[must_use]
    pub fn finish(mut self) -> TableRows {
        self.batches.extend(self.builder.batch());
        TableRows {
            table: self.builder.table(),
            schema: self.builder.schema(),
            batches: self.batches,
        }
    }
}
