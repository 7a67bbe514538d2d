//! Where a start finds itself: what the log and the streams of jobs and rejects hold, and which states go with that.

use super::{Start, Wanted, lost};
use crate::alarms::{Alarms, Fault};
use crate::snapshots::Snapshots;
use anyhow::{Context, Result};
use milepost_connectors::log::{
    AnyLog, Cut, HighWater, Lineage, Log, LogError, Outlet, OutletCut, StreamState, Term, verify_cause, verify_cut,
};
use milepost_core::{Learning, Shard, Timeline};
use milepost_model::PARTITIONS;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The streams as they are at a start.
pub(super) struct Bearings {
    pub(super) log: StreamState,
    pub(super) outlets: Vec<(Outlet, StreamState, Vec<HighWater>)>,
}

/// States that were not taken, and why.
#[derive(Default)]
pub(super) struct PassedOver {
    pub(super) damaged: Vec<String>,
    /// What the newest rests on and the streams have lost.
    pub(super) lost: Option<LogError>,
    /// Those that rest on what was lost, the newest first.
    resting_on_lost: Vec<PathBuf>,
}

impl PassedOver {
    pub(super) fn remarks(&self) -> Vec<String> {
        let damaged = self
            .damaged
            .iter()
            .map(|why| format!("a snapshot is passed over: {why}"));
        let lost = self.lost.iter().map(|error| {
            let count = self.resting_on_lost.len();
            format!("{count} snapshots are passed over, so that what was lost is published again: {error}")
        });
        damaged.chain(lost).collect()
    }

    pub(super) fn tell(&self, alarms: &Alarms) {
        if !self.damaged.is_empty() {
            alarms.raise(Fault::SnapshotDamaged, &self.damaged.join("; "));
        }
        if let Some(error) = &self.lost {
            alarms.raise(Fault::PublishedLost, &error.to_string());
        }
    }
}

impl Bearings {
    pub(super) async fn take(log: &AnyLog) -> Result<Self> {
        let state = log.state().await.context("the log cannot be asked what it holds")?;
        let mut outlets = Vec::new();
        for outlet in Outlet::ALL {
            let cannot = || format!("what was published to {} cannot be read back", outlet.stream());
            let state = log.outlet_state(outlet).await.with_context(cannot)?;
            let mut shares = Vec::new();
            for share in 0..PARTITIONS {
                shares.push(log.high_water(outlet, share).await.with_context(cannot)?);
            }
            outlets.push((outlet, state, shares));
        }
        Ok(Self { log: state, outlets })
    }

    /// The newest state that is whole and rests on nothing that was lost.
    pub(super) async fn restore(
        &self,
        (log, snapshots): (&AnyLog, &Snapshots),
        wanted: &Wanted,
        passed_over: &mut PassedOver,
    ) -> Result<Option<Start>> {
        for dir in snapshots.list()?.into_iter().rev() {
            let restored = match snapshots.manifest(&dir) {
                Ok(manifest) => {
                    if let Some(error) = lost(self.hold(log, &manifest.published).await)? {
                        passed_over.resting_on_lost.push(dir);
                        passed_over.lost.get_or_insert(error);
                        continue;
                    }
                    self.restore_one(snapshots, &dir, wanted)
                }
                Err(error) => Err(error),
            };
            match restored {
                Ok(start) => return Ok(Some(start)),
                Err(error) => passed_over.damaged.push(format!("{error:#}")),
            }
        }
        Ok(None)
    }

    /// The newest state that is whole, whatever was lost; else one that begins.
    pub(super) fn restore_any(&self, snapshots: &Snapshots, wanted: &Wanted, passed_over: &mut PassedOver) -> Start {
        let lost = passed_over.lost.take();
        for dir in std::mem::take(&mut passed_over.resting_on_lost) {
            match self.restore_one(snapshots, &dir, wanted) {
                Ok(mut start) => {
                    let lost = lost.map(|error| format!("what was lost is not published again: {error}"));
                    start.remarks.extend(lost);
                    start.is_saved = false;
                    return start;
                }
                Err(error) => passed_over.damaged.push(format!("{error:#}")),
            }
        }
        self.beginning(wanted)
    }

    /// Whether the streams hold what they held.
    pub(super) async fn hold(&self, log: &AnyLog, cuts: &[OutletCut]) -> Result<(), LogError> {
        for cut in cuts {
            let mut outlets = self.outlets.iter();
            if let Some((_, state, shares)) = outlets.find(|(outlet, ..)| *outlet == cut.outlet) {
                cut.verify(log, state, shares).await?;
            }
        }
        Ok(())
    }

    fn restore_one(&self, snapshots: &Snapshots, dir: &Path, wanted: &Wanted) -> Result<Start> {
        let chain = snapshots.chain(dir)?;
        let newest = chain.last().context("a chain has a last")?;
        let rules = snapshots.rules(newest)?;
        let formats = snapshots.formats(newest)?;
        let (shards, learning) = snapshots.shards(&chain, &rules.set, wanted.hash_seed)?;
        let count: usize = shards.iter().map(Shard::len).sum();
        let mut remarks = vec![format!(
            "goes on from {}: {count} shipments, message {}",
            dir.display(),
            newest.cut.sequence
        )];
        if shards.len() != wanted.shards {
            let (kept, wanted) = (shards.len(), wanted.shards);
            remarks.push(format!("keeps the {kept} shards of the snapshot, not {wanted}"));
        }
        Ok(Start {
            shards,
            timeline: Timeline::at(wanted.clock, newest.reading),
            rules,
            formats,
            learning,
            cut: newest.cut.clone(),
            lineage: Lineage {
                created: newest.cut.created,
                taken_by: newest.taken_by,
            },
            published: newest.published.clone(),
            is_saved: true,
            is_taken: false,
            log_end: self.log.last_sequence,
            last_term: self.last_term(),
            remarks,
            chain,
        })
    }

    /// A state that knows nothing yet, before the first message that the log holds.
    pub(super) fn beginning(&self, wanted: &Wanted) -> Start {
        let shard = |_| Shard::new(Arc::clone(&wanted.rules.set), wanted.hash_seed).learning();
        let shards = (0..wanted.shards).map(shard);
        Start {
            shards: shards.collect(),
            timeline: Timeline::new(wanted.clock),
            rules: wanted.rules.clone(),
            formats: wanted.formats.clone(),
            learning: Learning::default(),
            cut: self.before_first(),
            chain: Vec::new(),
            lineage: Lineage {
                created: self.log.created,
                taken_by: Term::default(),
            },
            published: Outlet::ALL.map(OutletCut::empty),
            is_saved: false,
            is_taken: false,
            log_end: self.log.last_sequence,
            last_term: self.last_term(),
            remarks: Vec::new(),
        }
    }

    /// Where the log begins.
    pub(super) fn before_first(&self) -> Cut {
        Cut {
            created: self.log.created,
            sequence: self.log.first_sequence.saturating_sub(1),
            hash: 0,
        }
    }

    fn last_term(&self) -> u64 {
        let ours = self.marks().filter(|mark| mark.lineage.created == self.log.created);
        let numbers = ours.map(|mark| mark.term.number.max(mark.lineage.taken_by.number));
        numbers.max().unwrap_or(0)
    }

    fn marks(&self) -> impl Iterator<Item = &HighWater> {
        self.outlets.iter().flat_map(|(_, _, shares)| shares)
    }

    /// Refuses a log that does not continue a state, and one in which other messages stand where those stood that the newest
    /// jobs and rejects rest on: what the new ones cause would be kept back as if it had been published.
    pub(super) async fn check(&self, log: &AnyLog, cut: &Cut, lineage: Lineage) -> Result<(), LogError> {
        verify_cut(log, cut).await?;
        self.check_causes(log, lineage).await
    }

    async fn check_causes(&self, log: &AnyLog, lineage: Lineage) -> Result<(), LogError> {
        // Two may name one message and rest on different ones: what the log lost, and what stands there since.
        let causes: BTreeMap<(u64, u64), &HighWater> = self
            .marks()
            .filter(|mark| mark.lineage == lineage)
            .filter_map(|mark| Some(((mark.reached?.0.sequence, mark.hash), mark)))
            .collect();
        for mark in causes.values() {
            verify_cause(log, mark).await?;
        }
        Ok(())
    }

    /// Whether an engine took the log as it is after a state was made, and what it published since rests on the log as it is:
    /// who started that one knows of the loss, and need not say so once more.
    pub(super) async fn is_taken_after(&self, log: &AnyLog, lineage: Lineage) -> Result<bool> {
        let lineages = self.marks().map(|mark| mark.lineage);
        let Some(newest) = lineages
            .filter(|other| other.created == self.log.created && *other != lineage)
            .filter(|other| other.created != lineage.created || other.taken_by > lineage.taken_by)
            .max_by_key(|other| other.taken_by)
        else {
            return Ok(false);
        };
        match self.check_causes(log, newest).await {
            Ok(()) => Ok(newest.taken_by > Term::default()),
            Err(LogError::StreamRegressed { .. } | LogError::StreamGap { .. }) => Ok(false),
            Err(error) => Err(error).context("the log cannot be compared with what was published"),
        }
    }
}
