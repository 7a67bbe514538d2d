//! The tables that analysts read, filled from shards: as Parquet files, or in memory for a live question.

use crate::published;
use anyhow::{Context, Result};
use milepost_connectors::log::{AnyLog, Outlet, Published};
use milepost_core::{LaneName, Lanes, Shard};
use milepost_history::{
    CalibrationDayRow, CalibrationRow, Collector, DelayRow, Generation, JobRow, LaneRow, Limits, Needs, ParquetWriter,
    RejectRow, ScanRow, ShipmentRow, Table, TableRows, WrittenFile,
};
use milepost_model::{Column, Facts, Timestamp, Value};
use milepost_runtime::outbox::read_reject;
use rayon::prelude::*;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Tables that the state of shards gives.
pub(crate) const OF_STATE: [Table; 3] = [Table::Shipments, Table::Scans, Table::Delays];
/// Tables that what was learned gives: all shards go by the same.
const OF_LANES: [Table; 3] = [Table::Lanes, Table::Calibration, Table::CalibrationDays];
/// Tables that are read from streams of the log.
const OF_STREAMS: [(Table, Outlet); 2] = [(Table::Jobs, Outlet::Jobs), (Table::Rejects, Outlet::Rejects)];
/// Tables of which a live question is given rows; others follow from them.
pub(crate) const LIVE: [Table; 8] = [
    Table::Shipments,
    Table::Scans,
    Table::Delays,
    Table::Lanes,
    Table::Calibration,
    Table::CalibrationDays,
    Table::Jobs,
    Table::Rejects,
];
/// Jobs and rejects that tables in files show: the newest of their streams.
const WRITTEN_ROWS_MAX: u64 = 1_000_000;
/// Jobs and rejects that a live question sees: the newest of their streams, read anew for each question.
const LIVE_ROWS_MAX: u64 = 100_000;

/// Writes the tables of all shards, one file per shard and table, and the orders folded from them.
pub(crate) fn write(generation: &Generation, shards: &[Shard], as_of: Timestamp) -> Result<Vec<WrittenFile>> {
    let parts: Vec<(Table, u32, &Shard)> = OF_STATE
        .iter()
        .flat_map(|table| (0..).zip(shards).map(|(part, shard)| (*table, part, shard)))
        .collect();
    let files: Result<Vec<WrittenFile>> = parts
        .into_par_iter()
        .map(|(table, part, shard)| write_part(generation, table, part, shard, as_of))
        .collect();
    let mut files = files?;
    let shipments: Vec<WrittenFile> = files
        .iter()
        .filter(|file| file.table == Table::Shipments)
        .cloned()
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no runtime")?;
    let orders = runtime.block_on(generation.write_orders(&shipments, &Limits::default()));
    files.push(orders.context("cannot fold the shipments into orders")?);
    if let Some(shard) = shards.first() {
        for table in OF_LANES {
            let mut writer = generation.writer(table)?;
            Rows::pour(Sink::File(&mut writer), |rows| {
                each_learned(table, shard.lanes(), as_of, rows)
            })?;
            files.push(writer.finish()?);
        }
    }
    Ok(files)
}

fn write_part(
    generation: &Generation,
    table: Table,
    part: u32,
    shard: &Shard,
    as_of: Timestamp,
) -> Result<WrittenFile> {
    let mut writer = generation.writer_of_part(table, part)?;
    Rows::pour(Sink::File(&mut writer), |rows| each_row(table, shard, as_of, rows))?;
    Ok(writer.finish()?)
}

/// The rows of one table of a shard that a question needs.
pub(crate) fn collect(needs: &Needs, shard: &Shard, as_of: Timestamp) -> Vec<TableRows> {
    let mut found = Vec::new();
    for table in OF_STATE {
        let Some(mut collector) = needs.collector(table) else {
            continue;
        };
        if Rows::pour(Sink::Memory(&mut collector), |rows| each_row(table, shard, as_of, rows)).is_ok() {
            found.push(collector.finish());
        }
    }
    found
}

/// What was learned, as far as a question needs it.
pub(crate) fn collect_lanes(needs: &Needs, lanes: &Lanes, as_of: Timestamp) -> Vec<TableRows> {
    let collect = |table| {
        let mut collector = needs.collector(table)?;
        Rows::pour(Sink::Memory(&mut collector), |rows| {
            each_learned(table, lanes, as_of, rows)
        })
        .ok()?;
        Some(collector.finish())
    };
    OF_LANES.into_iter().filter_map(collect).collect()
}

fn each_learned(table: Table, lanes: &Lanes, as_of: Timestamp, rows: &mut Rows<'_>) {
    match table {
        Table::Lanes => each_lane(lanes, as_of, rows),
        Table::Calibration => each_calibration(lanes, as_of, rows),
        Table::CalibrationDays => each_calibration_day(lanes, as_of, rows),
        Table::Shipments
        | Table::Orders
        | Table::Scans
        | Table::UnmappedCodes
        | Table::Delays
        | Table::Jobs
        | Table::Rejects => {}
    }
}

fn each_calibration(lanes: &Lanes, as_of: Timestamp, rows: &mut Rows<'_>) {
    lanes.each_calibration(&mut |bin| {
        let row = CalibrationRow {
            stage: bin.stage.as_str(),
            hours_left: bin.hours_left,
            chance_from: bin.chance_from,
            answers: bin.answers,
            told: bin.told,
            late: bin.late,
            as_of,
        };
        rows.push(&row);
    });
}

fn each_calibration_day(lanes: &Lanes, as_of: Timestamp, rows: &mut Rows<'_>) {
    lanes.each_day_told(&mut |day| {
        let row = CalibrationDayRow {
            day: day.day,
            answers: day.answers,
            told: day.told,
            late: day.late,
            as_of,
        };
        rows.push(&row);
    });
}

fn each_lane(lanes: &Lanes, as_of: Timestamp, rows: &mut Rows<'_>) {
    lanes.each_lane(as_of, &mut |row| {
        let LaneName {
            carrier,
            service,
            origin: [from, from_region],
            destination: [to, to_region],
        } = &row.lane;
        let row = LaneRow {
            names: [carrier, service, from, from_region, to, to_region],
            under_way: row.under_way,
            cases: row.cases,
            reliability: row.reliability,
            marks: row.marks.map(|mark| mark.map(|mark| mark.at)),
            estimates: row.estimates_made.map(|made| (made.kept, made.error_ms)),
            as_of,
        };
        rows.push(&row);
    });
}

/// The jobs and rejects that a question needs, the newest of them, from their streams.
pub(crate) async fn collect_published(needs: &Needs, log: &AnyLog) -> Result<Vec<TableRows>> {
    let mut found = Vec::new();
    for (table, stream) in OF_STREAMS {
        let Some(mut collector) = needs.collector(table) else {
            continue;
        };
        let mut sink = Sink::Memory(&mut collector);
        published::each(log, stream, LIVE_ROWS_MAX, &mut |item| push(stream, item, &mut sink)).await?;
        found.push(collector.finish());
    }
    Ok(found)
}

/// Writes the newest jobs and rejects of their streams.
pub(crate) async fn write_published(generation: &Generation, log: &AnyLog) -> Result<Vec<WrittenFile>> {
    let mut files = Vec::new();
    for (table, stream) in OF_STREAMS {
        let mut writer = generation.writer(table)?;
        let mut sink = Sink::File(&mut writer);
        published::each(log, stream, WRITTEN_ROWS_MAX, &mut |item| push(stream, item, &mut sink)).await?;
        files.push(writer.finish()?);
    }
    Ok(files)
}

fn push(stream: Outlet, published: &Published, sink: &mut Sink<'_>) -> Result<()> {
    let text = std::str::from_utf8(&published.item.payload).context("a job or a reject is not UTF-8")?;
    match stream {
        Outlet::Jobs => sink.push(&JobRow::parse(text)?),
        Outlet::Rejects => {
            let kept = read_reject(text)?;
            let position = published.item.position.to_string();
            sink.push(&RejectRow::in_log(&position, &kept.reject).of_format(&kept.format))
        }
    }
}

enum Sink<'a> {
    File(&'a mut ParquetWriter),
    Memory(&'a mut Collector),
}

impl Sink<'_> {
    fn push<R: milepost_history::Row>(&mut self, row: &R) -> Result<()> {
        match self {
            Self::File(writer) => writer.push(row)?,
            Self::Memory(collector) => collector.push(row),
        }
        Ok(())
    }
}

/// Rows from where nobody can be told to stop: after the first that cannot be written none is.
struct Rows<'a> {
    sink: Sink<'a>,
    written: Result<()>,
}

impl<'a> Rows<'a> {
    /// Lets all rows flow into a sink.
    fn pour(sink: Sink<'a>, each: impl FnOnce(&mut Self)) -> Result<()> {
        let mut rows = Self { sink, written: Ok(()) };
        each(&mut rows);
        rows.written
    }

    fn push<R: milepost_history::Row>(&mut self, row: &R) {
        if self.written.is_ok() {
            self.written = self.sink.push(row);
        }
    }
}

fn each_row(table: Table, shard: &Shard, as_of: Timestamp, rows: &mut Rows<'_>) {
    match table {
        Table::Shipments => shard.each_shipment(as_of, &mut |view| {
            rows.push(&ShipmentRow(view));
        }),
        Table::Scans => shard.each_scan(&mut |kept| {
            let row = ScanRow {
                scan: kept.scan,
                epoch: u32::from(kept.epoch),
                counted: kept.counted,
                retracted: kept.retracted,
            };
            rows.push(&row);
        }),
        Table::Delays => shard.each_delay(&mut |view, epoch, delay| {
            if !shard.opens_delays(&delay.rule) {
                return;
            }
            let text = |column| {
                if let Value::Text(text) = view.value(column) {
                    text.to_owned()
                } else {
                    String::new()
                }
            };
            let (order_id, merchant, carrier) = (text(Column::OrderId), text(Column::Merchant), text(Column::Carrier));
            let row = DelayRow {
                carrier: &carrier,
                tracking_number: view.tracking_number(),
                epoch: u32::from(epoch),
                order_id: &order_id,
                merchant: &merchant,
                rule: &delay.rule,
                episode: delay.episode,
                opened_at: delay.opened_at,
                closed: delay.closed,
                health: delay.health,
                because: &delay.because,
            };
            rows.push(&row);
        }),
        Table::Orders
        | Table::UnmappedCodes
        | Table::Lanes
        | Table::Calibration
        | Table::CalibrationDays
        | Table::Jobs
        | Table::Rejects => {}
    }
}

/// Writes the jobs of a `jobs.ndjson` as a table.
pub(crate) fn write_jobs(generation: &Generation, jobs: &Path) -> Result<WrittenFile> {
    let mut writer = generation.writer(Table::Jobs)?;
    let file = std::fs::File::open(jobs).with_context(|| format!("cannot read {}", jobs.display()))?;
    for line in BufReader::with_capacity(1 << 20, file).lines() {
        let line = line.with_context(|| format!("cannot read {}", jobs.display()))?;
        writer.push(&JobRow::parse(&line)?)?;
    }
    Ok(writer.finish()?)
}

/// Writes the rejects of a `rejects.ndjson` as a table.
pub(crate) fn write_rejects(generation: &Generation, rejects: &Path) -> Result<WrittenFile> {
    let mut writer = generation.writer(Table::Rejects)?;
    let file = std::fs::File::open(rejects).with_context(|| format!("cannot read {}", rejects.display()))?;
    for line in BufReader::new(file).lines() {
        let line = line.with_context(|| format!("cannot read {}", rejects.display()))?;
        let kept = read_reject(&line)?;
        writer.push(&RejectRow::in_file(&kept.file, &kept.reject).of_format(&kept.format))?;
    }
    Ok(writer.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_core::Stage;

    #[test]
    fn the_stages_that_sql_tells_of_are_those_there_are() {
        let columns = Table::Calibration.columns();
        let told = columns.iter().find(|column| column.name == "stage");
        let told = told.expect("a column").description;
        let words: Vec<&str> = told.split([' ', ',', '.']).collect();
        for stage in Stage::ALL {
            assert!(words.contains(&stage.as_str()), "{stage:?} is missing in: {told}");
        }
    }
}
