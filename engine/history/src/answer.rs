//! The rows of an answer, and how they are shown: a table for people, NDJSON, CSV or Parquet for programs.

use crate::error::QueryError;
use crate::query::failed;
use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::csv;
use datafusion::arrow::datatypes::{DataType, DurationMillisecondType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::json;
use datafusion::common::DataFusionError;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use std::sync::Arc;

mod text;

/// Instants as the API and jobs show them.
const INSTANT: &str = "%Y-%m-%dT%H:%M:%S%.3fZ";
/// Wall clocks without zone.
const WALL_CLOCK: &str = "%Y-%m-%dT%H:%M:%S%.3f";

/// How an answer is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Columns under each other, for a terminal of that many characters; 0 means as wide as it gets.
    Table {
        /// Characters in a line.
        width: usize,
    },
    /// One JSON object per line; unknown values are `null`, intervals ISO 8601.
    Json,
    /// With a header; unknown values are empty.
    Csv,
    /// One Parquet file.
    Parquet,
}

/// The rows that a query gave.
#[derive(Clone, Debug)]
pub struct Answer {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    rows: usize,
    truncated: bool,
}

impl Answer {
    pub(crate) const fn empty(schema: SchemaRef) -> Self {
        Self {
            schema,
            batches: Vec::new(),
            rows: 0,
            truncated: false,
        }
    }

    /// Takes a batch as far as the limit allows; false when no more is wanted.
    pub(crate) fn take(&mut self, batch: RecordBatch, rows_max: usize) -> bool {
        let room = rows_max - self.rows;
        if batch.num_rows() > room {
            self.truncated = true;
            self.rows = rows_max;
            self.batches.push(batch.slice(0, room));
            return false;
        }
        self.rows += batch.num_rows();
        self.batches.push(batch);
        true
    }

    /// How many rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Whether there were more rows than the limit.
    #[must_use]
    pub const fn truncated(&self) -> bool {
        self.truncated
    }

    /// Names of the columns, and their types as SQL calls them.
    #[must_use]
    pub fn columns(&self) -> Vec<(String, String)> {
        self.schema
            .fields()
            .iter()
            .map(|field| (field.name().clone(), text::type_name(field.data_type())))
            .collect()
    }

    /// The values as text, row by row, as a table shows them: for tests and small answers.
    ///
    /// # Errors
    /// When a value cannot be shown.
    pub fn cells(&self) -> Result<Vec<Vec<String>>, QueryError> {
        text::cells(&self.schema, &self.batches).map_err(failed)
    }

    /// The whole answer in a format.
    ///
    /// # Errors
    /// When a value cannot be shown in it.
    pub fn write(&self, format: Format) -> Result<Vec<u8>, QueryError> {
        match format {
            Format::Table { width } => self.table(width).map(String::into_bytes),
            Format::Json => self.json().map_err(failed),
            Format::Csv => self.csv().map_err(failed),
            Format::Parquet => self.parquet().map_err(failed),
        }
    }

    fn table(&self, width: usize) -> Result<String, QueryError> {
        let names: Vec<String> = self.schema.fields().iter().map(|field| field.name().clone()).collect();
        let numbers: Vec<bool> = self
            .schema
            .fields()
            .iter()
            .map(|field| field.data_type().is_numeric())
            .collect();
        let mut table = text::layout(&names, &numbers, &self.cells()?, width);
        let noun = if self.rows == 1 { "row" } else { "rows" };
        let note = if self.truncated { ", there are more" } else { "" };
        table.push_str(&format!("({} {noun}{note})\n", self.rows));
        Ok(table)
    }

    fn json(&self) -> Result<Vec<u8>, DataFusionError> {
        let mut out = Vec::new();
        let mut writer = json::WriterBuilder::new()
            .with_explicit_nulls(true)
            .with_timestamp_tz_format(INSTANT.to_owned())
            .with_timestamp_format(WALL_CLOCK.to_owned())
            .build::<_, json::writer::LineDelimited>(&mut out);
        for batch in &self.batches {
            writer.write(&with_intervals_as_text(batch)?)?;
        }
        writer.finish()?;
        drop(writer);
        Ok(out)
    }

    fn csv(&self) -> Result<Vec<u8>, DataFusionError> {
        let mut out = Vec::new();
        let mut writer = csv::WriterBuilder::new()
            .with_header(true)
            .with_timestamp_tz_format(INSTANT.to_owned())
            .with_timestamp_format(WALL_CLOCK.to_owned())
            .build(&mut out);
        let nothing = [RecordBatch::new_empty(Arc::clone(&self.schema))];
        let batches = if self.batches.is_empty() {
            nothing.as_slice()
        } else {
            &self.batches
        };
        for batch in batches {
            writer.write(&with_intervals_as_text(batch)?)?;
        }
        drop(writer);
        Ok(out)
    }

    fn parquet(&self) -> Result<Vec<u8>, DataFusionError> {
        let mut out = Vec::new();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let mut writer = ArrowWriter::try_new(&mut out, Arc::clone(&self.schema), Some(properties))?;
        for batch in &self.batches {
            writer.write(batch)?;
        }
        writer.close()?;
        Ok(out)
    }
}

/// Lengths of time as ISO 8601 text, which other programs read: `PT36H`.
fn with_intervals_as_text(batch: &RecordBatch) -> Result<RecordBatch, DataFusionError> {
    let mut fields: Vec<Arc<Field>> = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if let DataType::Duration(_) = field.data_type() {
            fields.push(Arc::new(Field::new(field.name(), DataType::Utf8, true)));
            columns.push(iso_texts(column)?);
        } else {
            fields.push(Arc::clone(field));
            columns.push(Arc::clone(column));
        }
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

fn iso_texts(column: &ArrayRef) -> Result<ArrayRef, DataFusionError> {
    let millis = cast(column, &DataType::Duration(TimeUnit::Millisecond))?;
    let millis = millis.as_primitive::<DurationMillisecondType>();
    let texts: StringArray = millis.iter().map(|length| length.map(text::iso)).collect();
    Ok(Arc::new(texts))
}
