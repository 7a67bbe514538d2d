//! A history to be lived again: all its scans, in the order in which they happened.

use crate::files::Files;
use anyhow::{Context, Result, bail};
use milepost_connectors::carriers::{Defaults, Format, Reading};
use milepost_core::ScanBatch;
use milepost_model::{Scan, Timestamp};
use milepost_runtime::intake::{Intake, Refused, Step};
use milepost_runtime::spares::{Lent, Spares};
use std::path::PathBuf;
use std::sync::Arc;

/// Where a scan stands among those that were read, and when it was known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Place {
    known_at: i64,
    batch: u32,
    at: u32,
}

/// Scans of files, kept as a shard takes them.
#[derive(Default)]
pub(super) struct History {
    batches: Vec<Lent<ScanBatch>>,
    order: Vec<Place>,
    pub(super) rejects: u64,
    /// The first line that could not be read, and why.
    pub(super) first_reject: Option<Refused>,
}

impl History {
    /// Reads files of canonical scans; `told` is told the bytes of each block.
    pub(super) fn read(files: Vec<PathBuf>, format: Format, told: impl FnMut(u64) + Send) -> Result<Self> {
        let mut history = Self::default();
        let mut intake = Intake::new(Arc::new(Defaults::default()), Spares::new(0), 1);
        for input in Files::new(files, Reading::Lines(format), None, Box::new(told)) {
            let mut decoded = intake.decode(input?);
            history.rejects += decoded.refused.len() as u64;
            if history.first_reject.is_none() {
                history.first_reject = decoded.refused.drain(..).next();
            }
            let scans = decoded.steps.iter().filter(|step| matches!(step, Step::Scan(_)));
            if scans.count() > 0
                && let Some(batch) = decoded.batches.pop()
            {
                history.keep(batch)?;
            }
        }
        history.order.sort_unstable();
        Ok(history)
    }

    /// A history that was made from something else.
    pub(super) fn of(batch: Lent<ScanBatch>) -> Result<Self> {
        let mut history = Self::default();
        history.keep(batch)?;
        history.order.sort_unstable();
        Ok(history)
    }

    fn keep(&mut self, batch: Lent<ScanBatch>) -> Result<()> {
        let number = u32::try_from(self.batches.len()).context("more blocks than 32 bits can count")?;
        for at in 0..batch.len() {
            if let Some((_, scan)) = batch.get(at) {
                self.order.push(Place {
                    known_at: known_at(&scan),
                    batch: number,
                    at: u32::try_from(at).context("a block has fewer scans")?,
                });
            }
        }
        self.batches.push(batch);
        Ok(())
    }

    /// How many scans there are.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// When the first scan was known, and the last. A few of wrong years do not count.
    pub(super) fn span(&self) -> Result<(Timestamp, Timestamp)> {
        let (some, all) = (self.len() / 500, self.len());
        let at = |place: usize| {
            self.order
                .get(place)
                .map(|place| Timestamp::from_millis(place.known_at))
        };
        match at(some).zip(at(all.saturating_sub(some + 1))) {
            Some(span) => Ok(span),
            None => bail!("no scan could be read"),
        }
    }

    /// Each scan in order, with when it was known.
    pub(super) fn scans(&self) -> impl Iterator<Item = (Timestamp, Scan<'_>)> {
        self.order.iter().filter_map(|place| {
            let batch = self.batches.get(place.batch as usize)?;
            let (_, scan) = batch.get(place.at as usize)?;
            Some((Timestamp::from_millis(place.known_at), scan))
        })
    }
}

/// When a scan was known at the earliest: as it happened, or when it was written down, if it says so. Of a mere date, at the
/// end of that day.
fn known_at(scan: &Scan<'_>) -> i64 {
    let happened = scan.time.latest.max(scan.time.earliest).millis();
    scan.recorded_at.map_or(happened, |at| at.millis().max(happened))
}
