//! Parquet files of one table: typed batches in, compressed pages with statistics out.

use crate::cells::BatchBuilder;
use crate::error::WriteError;
use crate::schema::{CellKind, SCHEMA_VERSION, Table};
use crate::{Row, TableRows};
use datafusion::arrow::array::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::KeyValue;
use datafusion::parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use datafusion::parquet::schema::types::ColumnPath;
use milepost_model::Timestamp;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Rows of a row group: enough for good compression, few enough that a lookup reads little, writers stay small, and the
/// threads of a question share the rows evenly: a row group is the least that one of them takes.
const ROW_GROUP_ROWS: usize = 65_536;

/// Texts that hardly repeat.
const UNIQUE_TEXTS: [&str; 7] = [
    "tracking_number",
    "order_id",
    "event_id",
    "message",
    "job_id",
    "position",
    "excerpt",
];

/// Begins of the names of times that many rows share: ends of days, and the now of the whole table.
const SHARED_TIMES: [&str; 4] = ["as_of", "promised", "estimated", "pickup"];

/// What people look up one by one: a filter per row group tells where it is not.
const LOOKED_UP: [&str; 2] = ["tracking_number", "order_id"];

/// A file that was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrittenFile {
    /// Of which table.
    pub table: Table,
    /// Where.
    pub path: PathBuf,
    /// Rows in it.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
}

/// Writes rows of one table to one Parquet file as they come. Memory: one row group, compressed, and one batch.
pub struct ParquetWriter {
    builder: BatchBuilder,
    file: BatchFile,
}

impl ParquetWriter {
    /// Creates the file; what stood there is overwritten.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn create(table: Table, path: &Path, as_of: Timestamp) -> Result<Self, WriteError> {
        let builder = BatchBuilder::new(table);
        let file = BatchFile::create(table, path, as_of)?;
        Ok(Self { builder, file })
    }

    /// Appends a row.
    ///
    /// # Errors
    /// When the file cannot be written.
    ///
    /// # Panics
    /// When the row is of another table, or a value of another type than its column: a mistake in the program.
    pub fn push<R: Row>(&mut self, row: &R) -> Result<(), WriteError> {
        match self.builder.push(row) {
            Some(batch) => self.file.write(&batch),
            None => Ok(()),
        }
    }

    /// Appends rows collected before.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&mut self, rows: &TableRows) -> Result<(), WriteError> {
        if let Some(batch) = self.builder.batch() {
            self.file.write(&batch)?;
        }
        rows.batches.iter().try_for_each(|batch| self.file.write(batch))
    }

    /// Writes what is left and closes the file; it is durable when this returns.
    ///
    /// # Errors
    /// When the file cannot be written or synced. A file that failed once is never synced again: delete it.
    pub fn finish(mut self) -> Result<WrittenFile, WriteError> {
        if let Some(batch) = self.builder.batch() {
            self.file.write(&batch)?;
        }
        self.file.finish()
    }
}

/// Writes batches of one table to one Parquet file.
pub(crate) struct BatchFile {
    table: Table,
    path: PathBuf,
    writer: ArrowWriter<File>,
    rows: u64,
}

impl BatchFile {
    pub(crate) fn create(table: Table, path: &Path, as_of: Timestamp) -> Result<Self, WriteError> {
        let file = File::create(path).map_err(|source| WriteError::Io {
            path: path.to_path_buf(),
            source,
        })?;
        let writer = ArrowWriter::try_new(file, table.schema(), Some(properties(table, as_of)))
            .map_err(|error| refused(path, &error))?;
        Ok(Self {
            table,
            path: path.to_path_buf(),
            writer,
            rows: 0,
        })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        self.writer.write(batch).map_err(|error| refused(&self.path, &error))?;
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<WrittenFile, WriteError> {
        let Self {
            table,
            path,
            writer,
            rows,
        } = self;
        let file = writer.into_inner().map_err(|error| refused(&path, &error))?;
        match file.sync_all().and_then(|()| file.metadata()) {
            Ok(metadata) => Ok(WrittenFile {
                table,
                path,
                rows,
                bytes: metadata.len(),
            }),
            Err(source) => Err(WriteError::Io { path, source }),
        }
    }
}

fn refused(path: &Path, error: &ParquetError) -> WriteError {
    WriteError::Parquet {
        path: path.to_path_buf(),
        problem: error.to_string(),
    }
}

fn properties(table: Table, as_of: Timestamp) -> WriterProperties {
    let about = vec![
        KeyValue::new("milepost.table".to_owned(), table.name().to_owned()),
        KeyValue::new("milepost.schema".to_owned(), SCHEMA_VERSION.to_string()),
        KeyValue::new("milepost.as_of".to_owned(), as_of.to_string()),
    ];
    let all = WriterProperties::builder()
        .set_compression(compression(table))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_created_by(concat!("milepost ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(about));
    table
        .columns()
        .iter()
        .fold(all, |all, column| of_column(all, table, (column.name, column.kind)))
        .build()
}

/// What is asked again and again is written to be read fast: LZ4 takes two fifths more room than zstd and saves a sixth
/// of the time of a question. What grows without end is written small.
fn compression(table: Table) -> Compression {
    match table {
        Table::Shipments
        | Table::Orders
        | Table::UnmappedCodes
        | Table::Delays
        | Table::Lanes
        | Table::Calibration
        | Table::CalibrationDays => Compression::LZ4_RAW,
        Table::Scans | Table::Jobs | Table::Rejects => Compression::ZSTD(ZstdLevel::default()),
    }
}

fn of_column(
    all: WriterPropertiesBuilder,
    table: Table,
    (name, kind): (&'static str, CellKind),
) -> WriterPropertiesBuilder {
    let path = ColumnPath::from(name);
    let all = if hardly_repeats(name, kind) {
        all.set_column_dictionary_enabled(path.clone(), false)
    } else {
        all
    };
    // Instants to the millisecond hardly get smaller, and take as long to unpack as to read.
    let all = if kind != CellKind::Text && hardly_repeats(name, kind) && compression(table) == Compression::LZ4_RAW {
        all.set_column_compression(path.clone(), Compression::UNCOMPRESSED)
    } else {
        all
    };
    if LOOKED_UP.contains(&name) {
        all.set_column_bloom_filter_enabled(path.clone(), true)
            .set_column_bloom_filter_fpp(path, 0.01)
    } else {
        all
    }
}

/// Columns whose values differ from row to row: a dictionary would be built, found too large, and thrown away.
fn hardly_repeats(name: &str, kind: CellKind) -> bool {
    match kind {
        CellKind::Text => UNIQUE_TEXTS.contains(&name),
        CellKind::Time | CellKind::WallTime => !SHARED_TIMES.iter().any(|begin| name.starts_with(begin)),
        CellKind::Interval | CellKind::Float => true,
        CellKind::Bool | CellKind::Int | CellKind::Date => false,
    }
}
