//! What becomes of saved shards: a generation to go on from. A disk that fails is told and does not stop the engine.

use crate::alarms::Fault;
use crate::metrics::Metrics;
use crate::saving::Saved;
use crate::snapshots::{Manifest, Snapshots};
use anyhow::Result;
use milepost_connectors::log::Term;
use milepost_core::Extent;
use std::sync::Arc;

/// Snapshots of changes that follow a whole one.
const CHANGES_MAX: usize = 64;

/// Writes snapshots.
pub struct Keeper {
    snapshots: Snapshots,
    taken_by: Term,
    metrics: Arc<Metrics>,
    /// What the next changes follow, and what that follows, the whole one first.
    chain: Vec<Manifest>,
}

impl Keeper {
    /// Goes on after the last of `chain`, in a log that was taken as it is so often.
    #[must_use]
    pub fn new(snapshots: Snapshots, taken_by: Term, metrics: Arc<Metrics>, chain: Vec<Manifest>) -> Self {
        Self {
            snapshots,
            taken_by,
            metrics,
            chain,
        }
    }

    /// The generations.
    #[must_use]
    pub fn snapshots(&self) -> &Snapshots {
        &self.snapshots
    }

    /// The newest generation that was written, and those it follows, the whole one first.
    #[must_use]
    pub fn chain(&self) -> &[Manifest] {
        &self.chain
    }

    /// Keeps what was saved, and lets go of what nothing needs any more. Whoever ordered it is told that it is done.
    ///
    /// # Errors
    /// When it was not kept. The alarm says so already.
    pub fn keep(&mut self, saved: Saved) -> Result<()> {
        let alarms = &self.metrics.alarms;
        let manifest = match self.snapshots.commit(&saved, self.taken_by, self.chain.last()) {
            Ok(manifest) => manifest,
            Err(error) => {
                alarms.raise(Fault::SnapshotFailed, &format!("no snapshot was written: {error:#}"));
                // Whatever the next is, it must not rest on this one.
                saved.to_save.end(false);
                return Err(error);
            }
        };
        // It is whole, it rests on what is there, and what older ones lacked is behind it.
        for fault in [Fault::SnapshotFailed, Fault::SnapshotDamaged, Fault::PublishedLost] {
            alarms.clear(fault);
        }
        if saved.to_save.extent == Extent::Whole {
            self.chain.clear();
        }
        self.chain.push(manifest);
        Metrics::add(&self.metrics.snapshots, 1);
        Metrics::set(&self.metrics.snapshot_position, saved.to_save.cut.sequence);
        match self.snapshots.prune() {
            Ok(_) => alarms.clear(Fault::PruneFailed),
            Err(error) => alarms.raise(Fault::PruneFailed, &format!("{error:#}")),
        }
        saved.to_save.end(self.changes_suffice());
        Ok(())
    }

    /// Whether the next snapshot may hold changes only: a start reads all that it follows, so that must not grow long.
    pub(crate) fn changes_suffice(&self) -> bool {
        let Some((whole, changes)) = self.chain.split_first() else {
            return false;
        };
        let changed = changes
            .iter()
            .fold(0_u64, |sum, manifest| sum.saturating_add(manifest.bytes()));
        changes.len() < CHANGES_MAX && changed < whole.bytes()
    }
}
