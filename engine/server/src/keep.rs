//! What becomes of saved shards: a snapshot to go on from, and from time to time the tables for analysts, made from the
//! same bytes so that no shard waits for them.

use crate::clock::Stopwatch;
use crate::config::Kept;
use crate::tables;
use anyhow::{Context, Result};
use crossbeam_channel::Receiver;
use milepost_connectors::log::AnyLog;
use milepost_history::{Generation, generations};
use milepost_model::Timestamp;
use milepost_runtime::alarms::Fault;
use milepost_runtime::keep::Keeper;
use milepost_runtime::metrics::Metrics;
use milepost_runtime::saving::Saved;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Writes snapshots and tables.
pub(crate) struct TablesKeeper {
    pub(crate) keeper: Keeper,
    pub(crate) log: AnyLog,
    pub(crate) runtime: Handle,
    pub(crate) tables: Kept,
    pub(crate) metrics: Arc<Metrics>,
}

impl TablesKeeper {
    /// Keeps what comes until nothing more does; an error when the last of it was not kept. A disk that fails is told and
    /// does not stop the engine. `ended_well` tells how the engine ended: of one that failed nobody waits for tables, and of one
    /// that another has succeeded nobody wants them.
    pub(crate) fn run(mut self, saved: Receiver<Saved>, ended_well: &Receiver<()>) -> Result<()> {
        let mut since_tables: Option<Stopwatch> = None;
        let mut unwritten = None;
        let mut last = Ok(());
        for saved in saved {
            let as_of = saved.timeline.now();
            last = self.keeper.keep(saved);
            let due = since_tables.is_none_or(|since| since.elapsed() >= self.tables.every);
            unwritten = if due && since_tables.is_some() && last.is_ok() {
                self.tables(as_of);
                since_tables = Some(Stopwatch::start());
                None
            } else {
                since_tables.get_or_insert_with(Stopwatch::start);
                Some(as_of)
            };
        }
        // What was saved last is what an analyst finds after the engine has stopped.
        if let Some(as_of) = unwritten
            && ended_well.recv().is_ok()
        {
            self.tables(as_of);
        }
        last.context("stopped, and the last state was not saved: the next start goes on from an older snapshot")
    }

    fn tables(&self, as_of: Timestamp) {
        if self.tables.every.is_zero() {
            return;
        }
        match self.write_tables(as_of) {
            Ok(()) => self.metrics.alarms.clear(Fault::TablesFailed),
            Err(error) => {
                let what = format!("no tables were written, the engine goes on: {error:#}");
                self.metrics.alarms.raise(Fault::TablesFailed, &what);
            }
        }
    }

    fn write_tables(&self, as_of: Timestamp) -> Result<()> {
        let (snapshots, chain) = (self.keeper.snapshots(), self.keeper.chain());
        let newest = chain.last().context("there is no snapshot")?;
        let rules = snapshots.rules(newest)?.set;
        let (shards, _) = snapshots
            .shards(chain, &rules, 0)
            .context("the saved shards cannot be read back")?;
        std::fs::create_dir_all(&self.tables.dir)
            .with_context(|| format!("cannot create {}", self.tables.dir.display()))?;
        let generation = Generation::begin(&self.tables.dir, as_of)?;
        let mut files = tables::write(&generation, &shards, as_of)?;
        files.extend(self.runtime.block_on(tables::write_published(&generation, &self.log))?);
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
}
