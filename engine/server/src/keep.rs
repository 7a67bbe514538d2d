//! What becomes of saved shards: a snapshot to go on from, and from time to time the tables for analysts, made from the
//! same bytes so that no shard waits for them.

use crate::clock::Stopwatch;
use crate::config::Kept;
use crate::metrics::Metrics;
use crate::outbox::Saved;
use crate::{outbox, snapshots, tables};
use anyhow::{Context, Result};
use crossbeam_channel::Receiver;
use milepost_connectors::log::{AnyLog, Log, Outlet as Stream, Published};
use milepost_core::Shard;
use milepost_history::{Generation, JobRow, RejectRow, Table, WrittenFile, generations};
use milepost_rules::RuleSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Handle;

/// Jobs and rejects that a generation of the tables shows: the newest of their streams.
const PUBLISHED_ROWS_MAX: u64 = 1_000_000;
/// Read back at once.
const PUBLISHED_AT_ONCE: usize = 10_000;

/// Writes snapshots and tables.
pub(crate) struct Keeper {
    pub(crate) log: AnyLog,
    pub(crate) runtime: Handle,
    pub(crate) rules: Arc<RuleSet>,
    pub(crate) rules_hash: String,
    pub(crate) rebases: u32,
    pub(crate) snapshots: Kept,
    pub(crate) tables: Kept,
    pub(crate) metrics: Arc<Metrics>,
    /// True from when a save is asked for until it is on disk, or has failed.
    pub(crate) saving: Arc<AtomicBool>,
}

impl Keeper {
    /// Keeps what comes until nothing more does; an error when the last of it was not kept. A disk that fails is told and does not stop the engine.
    pub(crate) fn run(&self, saved: &Receiver<Saved>) -> Result<()> {
        let mut since_tables: Option<Stopwatch> = None;
        let mut unwritten = None;
        let mut last = Ok(());
        for saved in saved {
            match snapshots::commit(
                &self.snapshots.dir,
                &saved,
                (&self.rules_hash, self.rebases),
                self.snapshots.keep,
            ) {
                Ok(_) => {
                    last = Ok(());
                    Metrics::add(&self.metrics.snapshots, 1);
                    Metrics::set(&self.metrics.snapshot_position, saved.cut.sequence);
                }
                Err(error) => {
                    Metrics::add(&self.metrics.snapshots_failed, 1);
                    eprintln!("warning: no snapshot was written: {error:#}");
                    last = Err(error);
                }
            }
            self.saving.store(false, Ordering::Relaxed);
            let due = since_tables.is_none_or(|since| since.elapsed() >= self.tables.every);
            unwritten = if due && since_tables.is_some() {
                self.tables(&saved);
                since_tables = Some(Stopwatch::start());
                None
            } else {
                since_tables.get_or_insert_with(Stopwatch::start);
                Some(saved)
            };
        }
        // What was saved last is what an analyst finds after the engine has stopped.
        unwritten.iter().for_each(|saved| self.tables(saved));
        last.context("stopped, and the last state was not saved: the next start goes on from an older snapshot")
    }

    fn tables(&self, saved: &Saved) {
        if self.tables.every.is_zero() {
            return;
        }
        if let Err(error) = self.write_tables(saved) {
            eprintln!("warning: no tables were written, the engine goes on: {error:#}");
        }
    }

    fn write_tables(&self, saved: &Saved) -> Result<()> {
        let shards: Result<Vec<Shard>, _> = saved
            .shards
            .iter()
            .map(|bytes| Shard::restore(bytes, Arc::clone(&self.rules), 0))
            .collect();
        let shards = shards.context("the saved shards cannot be read back")?;
        let as_of = saved.timeline.now();
        std::fs::create_dir_all(&self.tables.dir)
            .with_context(|| format!("cannot create {}", self.tables.dir.display()))?;
        let generation = Generation::begin(&self.tables.dir, as_of)?;
        let mut files = tables::write(&generation, &shards, as_of)?;
        files.push(self.write_jobs(&generation)?);
        files.push(self.write_rejects(&generation)?);
        generation.commit(files)?;
        for old in generations(&self.tables.dir)?
            .iter()
            .rev()
            .skip(self.tables.keep.max(1))
        {
            std::fs::remove_dir_all(old).with_context(|| format!("cannot prune {}", old.display()))?;
        }
        Ok(())
    }

    fn write_jobs(&self, generation: &Generation) -> Result<WrittenFile> {
        let mut writer = generation.writer(Table::Jobs)?;
        self.each_published(Stream::Jobs, &mut |published| {
            let text = std::str::from_utf8(&published.item.payload).context("a job is not UTF-8")?;
            Ok(writer.push(&JobRow::parse(text)?)?)
        })?;
        Ok(writer.finish()?)
    }

    fn write_rejects(&self, generation: &Generation) -> Result<WrittenFile> {
        let mut writer = generation.writer(Table::Rejects)?;
        self.each_published(Stream::Rejects, &mut |published| {
            let text = std::str::from_utf8(&published.item.payload).context("a reject is not UTF-8")?;
            let (_, reject) = outbox::read_reject(text)?;
            Ok(writer.push(&RejectRow::in_log(&published.item.position.to_string(), &reject))?)
        })?;
        Ok(writer.finish()?)
    }

    fn each_published(&self, stream: Stream, show: &mut dyn FnMut(&Published) -> Result<()>) -> Result<()> {
        let mut last = 0;
        for share in 0..milepost_model::PARTITIONS {
            last = last.max(self.runtime.block_on(self.log.high_water(stream, share))?.last_sequence);
        }
        let mut from = last.saturating_sub(PUBLISHED_ROWS_MAX) + 1;
        while from <= last {
            let items = self
                .runtime
                .block_on(self.log.published(stream, from, PUBLISHED_AT_ONCE))?;
            let Some(newest) = items.last() else { break };
            from = newest.sequence + 1;
            items
                .iter()
                .filter(|item| item.sequence <= last)
                .try_for_each(&mut *show)?;
        }
        Ok(())
    }
}
