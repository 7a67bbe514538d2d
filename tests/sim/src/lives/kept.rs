//! What disks were trusted with: a snapshot that an engine says is written is there at every later start on its machine,
//! whatever power and faulty disks did since. Without this nothing tells a snapshot that is lost from one that was never
//! written, since a log that is there from its first message on makes good both.

use crate::life::Life;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

/// By machine: the last message of what its newest snapshot holds.
#[derive(Default)]
pub(super) struct Kept(BTreeMap<usize, u64>);

impl Kept {
    /// Takes note of what an engine has written.
    pub(super) fn note(&mut self, host: usize, life: &Life) {
        if life.metrics.snapshots.load(Ordering::Relaxed) > 0 {
            let position = life.metrics.snapshot_position.load(Ordering::Relaxed);
            self.0.insert(host, position);
        }
    }

    /// Looks where an engine begins that was started this moment.
    pub(super) fn check(&self, host: usize, life: &Life) -> Result<(), String> {
        let (kept, begins) = (self.0.get(&host).copied().unwrap_or(0), life.position());
        if begins < kept {
            return Err(format!(
                "a snapshot was lost: host {host} had written one up to message {kept}, and an engine goes on after {begins}"
            ));
        }
        Ok(())
    }
}
