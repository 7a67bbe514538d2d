//! A small fixed world for SQL: 200 shipments with their scans, delays, jobs and rejects, the same on every machine.
//!
//! The rows are written by the real writers. The journeys are plausible, not folded by the engine: whether the fold is
//! right is for others to test; here it matters that the tables say what was put into them.

mod journey;
mod parcel;

use journey::Journey;
use milepost_history::{
    Catalog, Collector, DelayRow, Generation, JobRow, RejectRow, Row, ScanRow, ShipmentRow, Table, WriteError,
};
use milepost_model::{HOUR_MS, Reject, RejectReason, Timestamp};
use parcel::Parcel;
use std::path::{Path, PathBuf};

/// 2026-03-03T12:00:00Z, the instant that the tables show.
pub const NOW: Timestamp = Timestamp::from_millis(1_772_539_200_000);

/// Shipments of the world.
const SHIPMENTS: usize = 200;

/// Everything that happened until [`NOW`].
pub struct World {
    parcels: Vec<Parcel>,
    jobs: Vec<JobRow>,
    rejects: Vec<Reject>,
}

impl World {
    /// The world of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let parcels: Vec<Parcel> = (0..SHIPMENTS)
            .map(|index| Parcel::of(Journey::new(seed, index)))
            .collect();
        let jobs = parcels.iter().filter_map(Parcel::job).collect();
        Self {
            parcels,
            jobs,
            rejects: rejects(),
        }
    }

    /// Gives every row of every table, table by table.
    fn each<S: Sink>(&self, sink: &mut S) -> Result<(), WriteError> {
        for parcel in &self.parcels {
            sink.row(&ShipmentRow(parcel))?;
        }
        for parcel in &self.parcels {
            for step in parcel.steps() {
                sink.row(&ScanRow {
                    scan: parcel.scan(step),
                    epoch: 0,
                    counted: step.counts(),
                    retracted: false,
                })?;
            }
        }
        for parcel in &self.parcels {
            if let Some(delay) = parcel.delay() {
                sink.row::<DelayRow<'_>>(&delay)?;
            }
        }
        for job in &self.jobs {
            sink.row(job)?;
        }
        for reject in &self.rejects {
            sink.row(&RejectRow::in_file("day.ndjson", reject))?;
        }
        Ok(())
    }

    /// The tables in Parquet, below `dir`.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn stored(&self, dir: &Path) -> Result<PathBuf, WriteError> {
        let generation = Generation::begin(dir, NOW)?;
        let writers = TABLES.map(|table| generation.writer(table));
        let mut files = Files(writers.into_iter().collect::<Result<_, _>>()?);
        self.each(&mut files)?;
        let written = files
            .0
            .into_iter()
            .map(milepost_history::ParquetWriter::finish)
            .collect::<Result<_, _>>()?;
        generation.commit(written)
    }

    /// The tables in memory, as the live state gives them.
    #[must_use]
    pub fn live(&self) -> Catalog {
        let mut memory = Memory(TABLES.map(Collector::new).into());
        self.each(&mut memory).expect("memory refuses nothing");
        Catalog::live(NOW, memory.0.into_iter().map(Collector::finish).collect())
    }
}

/// The tables that have rows of their own.
const TABLES: [Table; 5] = [
    Table::Shipments,
    Table::Scans,
    Table::Delays,
    Table::Jobs,
    Table::Rejects,
];

/// Where rows go: files, or memory.
trait Sink {
    fn row<R: Row>(&mut self, row: &R) -> Result<(), WriteError>;
}

struct Files(Vec<milepost_history::ParquetWriter>);

impl Sink for Files {
    fn row<R: Row>(&mut self, row: &R) -> Result<(), WriteError> {
        let writers = TABLES.iter().zip(&mut self.0);
        writers
            .filter(|(table, _)| **table == R::TABLE)
            .try_for_each(|(_, writer)| writer.push(row))
    }
}

struct Memory(Vec<Collector>);

impl Sink for Memory {
    fn row<R: Row>(&mut self, row: &R) -> Result<(), WriteError> {
        let collectors = TABLES.iter().zip(&mut self.0);
        collectors
            .filter(|(table, _)| **table == R::TABLE)
            .for_each(|(_, collector)| collector.push(row));
        Ok(())
    }
}

fn rejects() -> Vec<Reject> {
    let reject = |reason, hint: &str, line, excerpt: &[u8]| Reject {
        reason,
        hint: hint.to_owned(),
        line,
        offset: line * 267,
        excerpt: excerpt.to_vec(),
        length: excerpt.len() as u64,
    };
    vec![
        reject(
            RejectReason::NoNumber,
            "no tracking_number; every scan needs one",
            17,
            br#"{"carrier":"ups"}"#,
        ),
        reject(
            RejectReason::BadTime,
            "occurred_at `soon` is not a time; write 2026-03-01T14:03:22Z",
            101,
            br#"{"occurred_at":"soon"}"#,
        ),
        reject(RejectReason::NotJson, "a brace is missing", 102, b"{\"carrier\":\xff"),
        reject(
            RejectReason::BadTime,
            "occurred_at lies in the year 1926",
            240,
            br#"{"occurred_at":"1926-03-01"}"#,
        ),
    ]
}

/// Hours before now.
pub(crate) const fn ago(hours: i64) -> Timestamp {
    NOW.plus(-hours * HOUR_MS)
}
