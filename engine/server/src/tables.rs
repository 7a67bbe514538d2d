//! The tables that analysts read, filled from shards: as Parquet files, or in memory for a live question.

use anyhow::{Context, Result};
use milepost_core::Shard;
use milepost_history::{
    Collector, DelayRow, Generation, JobRow, Limits, Needs, ParquetWriter, RejectRow, ScanRow, ShipmentRow, Table,
    TableRows, WrittenFile,
};
use milepost_model::{Column, Facts, Timestamp, Value};
use rayon::prelude::*;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Tables that the state of shards gives.
pub(crate) const OF_STATE: [Table; 3] = [Table::Shipments, Table::Scans, Table::Delays];

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
    each_row(table, shard, as_of, &mut Sink::File(&mut writer))?;
    Ok(writer.finish()?)
}

/// The rows of one table of a shard that a question needs.
pub(crate) fn collect(needs: &Needs, shard: &Shard, as_of: Timestamp) -> Vec<TableRows> {
    let mut found = Vec::new();
    for table in OF_STATE {
        let Some(mut collector) = needs.collector(table) else {
            continue;
        };
        if each_row(table, shard, as_of, &mut Sink::Memory(&mut collector)).is_ok() {
            found.push(collector.finish());
        }
    }
    found
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

fn each_row(table: Table, shard: &Shard, as_of: Timestamp, sink: &mut Sink<'_>) -> Result<()> {
    let mut result = Ok(());
    match table {
        Table::Shipments => shard.each_shipment(as_of, &mut |view| {
            if result.is_ok() {
                result = sink.push(&ShipmentRow(view));
            }
        }),
        Table::Scans => shard.each_scan(&mut |kept| {
            let row = ScanRow {
                scan: kept.scan,
                epoch: u32::from(kept.epoch),
                counted: kept.counted,
                retracted: kept.retracted,
            };
            if result.is_ok() {
                result = sink.push(&row);
            }
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
            if result.is_ok() {
                result = sink.push(&row);
            }
        }),
        Table::Orders | Table::UnmappedCodes | Table::Jobs | Table::Rejects => {}
    }
    result
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
        let (file, reject) = milepost_runtime::outbox::read_reject(&line)?;
        writer.push(&RejectRow::in_file(&file, &reject))?;
    }
    Ok(writer.finish()?)
}
