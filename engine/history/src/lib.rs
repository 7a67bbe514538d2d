//! The tables that analysts read: their columns, how they are written, how they are asked. The one crate that knows
//! Arrow, Parquet and DataFusion; nothing of them shows in what it gives to others.
//!
//! ```text
//! rows (Facts, ScanRow, ...) -> Cells -> batches -> Parquet files of a generation  \
//!                                                \-> batches in memory             -> Catalog -> query -> Answer
//! ```
//!
//! Intervals are Arrow durations in milliseconds. Parquet has no such type, so a file holds the number of milliseconds
//! (`INT64`) and, beside it, Arrow's own schema: Arrow readers see a duration, all others see a `BIGINT`.
//! Growing columns (silence, dwell, age, overdue) are stored as they were at the row's `as_of`.

mod answer;
mod catalog;
mod cells;
mod error;
mod facts;
mod files;
mod generation;
mod instants;
mod intervals;
mod local;
mod manifest;
mod needs;
mod orders;
mod own_place;
mod query;
mod rows;
mod scans;
mod schema;
mod session;
#[cfg(test)]
mod tests;
mod unmapped_codes;

pub use answer::{Answer, Format};
pub use catalog::Catalog;
pub use cells::{Collector, TableRows};
pub use error::{OpenError, QueryError, ReadError, RowError, WriteError};
pub use facts::{ShipmentFacts, ShipmentPart};
pub use files::{ParquetWriter, WrittenFile};
pub use generation::{Generation, generations};
pub use manifest::Manifest;
pub use needs::{Needs, needs};
pub use query::Limits;
pub use rows::{CalibrationDayRow, CalibrationRow, DelayRow, JobRow, LaneRow, RejectRow, Row, ScanRow, ShipmentRow};
pub use scans::ScanFile;
pub use schema::{CellKind, Table, TableColumn};
