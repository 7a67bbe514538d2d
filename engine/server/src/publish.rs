//! The outbox of a running engine: jobs and rejects go to their streams, each once. What a stream holds already is told
//! by the stream itself, so a replay after a restart keeps it back; a stream that somebody else writes to while we do stops us.

use crate::intake::Refused;
use crate::metrics::Metrics;
use crate::outbox::{Outgo, Outlet, reject_json, reject_share};
use crate::saving::Saved;
use anyhow::{Context, Result, anyhow};
use crossbeam_channel::{Receiver, Sender};
use milepost_connectors::log::{
    AnyLog, Ends, HighWater, Lineage, Log, LogError, Outgoing, Outlet as Stream, PUBLICATION_ITEMS_MAX, Publication,
};
use milepost_model::{PARTITIONS, Timestamp};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

/// Refusals in a row that what we sent ourselves before a connection broke can cause: it is sent when the connection is
/// there again, one item of a share after the other, and may be stored after we have read back.
const LATE_MAX: u32 = 64;
/// How long a stream that cannot be reached is left alone.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Publishes what the engine decides, on a thread of its own: while one publication waits for its answer the next gathers,
/// so that a slow answer makes publications larger and not the way longer.
pub(crate) struct Publisher {
    runtime: Handle,
    jobs: Writer,
    rejects: Writer,
    /// Saved shards leave here once everything before them is published.
    snapshots: Sender<Saved>,
    metrics: Arc<Metrics>,
}

impl Publisher {
    /// Reads back from both streams how far they have come with this log.
    pub(crate) async fn open(
        log: AnyLog,
        snapshots: Sender<Saved>,
        metrics: Arc<Metrics>,
        (stop, lineage): (Arc<AtomicBool>, Lineage),
    ) -> Result<Self> {
        let writer = |stream| Writer {
            stream,
            log: log.clone(),
            stop: Arc::clone(&stop),
            metrics: Arc::clone(&metrics),
            lineage,
            marks: vec![Mark::default(); usize::from(PARTITIONS)],
            late: 0,
        };
        let (mut jobs, mut rejects) = (writer(Stream::Jobs), writer(Stream::Rejects));
        tokio::try_join!(jobs.read_back(), rejects.read_back())?;
        Ok(Self {
            runtime: Handle::current(),
            jobs,
            rejects,
            snapshots,
            metrics,
        })
    }

    /// Publishes what was decided, in order, until nothing more is.
    pub(crate) fn run(mut self, decided: &Receiver<Outgo>) -> Result<()> {
        while let Ok(mut outgo) = decided.recv() {
            while outgo.jobs.len().max(outgo.refused.len()) < PUBLICATION_ITEMS_MAX
                && outgo.save.is_none()
                && let Ok(next) = decided.try_recv()
            {
                add(&mut outgo, next);
            }
            self.publish(outgo)?;
        }
        Ok(())
    }

    fn publish(&mut self, outgo: Outgo) -> Result<()> {
        let (decided, refused, lineage) = (outgo.jobs.len(), outgo.refused.len(), self.jobs.lineage);
        let jobs = outgo.jobs.into_iter().map(|job| Outgoing {
            partition: job.partition,
            position: job.position,
            lineage,
            index: job.index,
            id: job.job_id,
            payload: job.json.into_bytes().into(),
        });
        let (jobs, rejects) = self.runtime.block_on(async {
            tokio::join!(
                self.jobs.publish(outgo.now, jobs.collect()),
                self.rejects
                    .publish(outgo.now, outgoing_rejects(&outgo.refused, lineage))
            )
        });
        let (jobs, rejects) = (jobs?, rejects?);
        Metrics::add(&self.metrics.jobs, jobs);
        Metrics::add(&self.metrics.jobs_covered, decided.saturating_sub(jobs));
        Metrics::add(&self.metrics.rejects, rejects);
        Metrics::add(&self.metrics.rejects_covered, refused.saturating_sub(rejects));
        self.metrics.scans.fetch_add(outgo.scans, Ordering::Relaxed);
        self.metrics.now.store(outgo.now.millis(), Ordering::Relaxed);
        if outgo.last_sequence > 0 {
            Metrics::set(&self.metrics.position, outgo.last_sequence);
        }
        if let Some(saved) = outgo.save {
            self.snapshots
                .send(saved)
                .map_err(|_| anyhow!("the snapshot writer stopped"))?;
        }
        Ok(())
    }
}

/// What was decided next goes out with what was decided before it.
fn add(outgo: &mut Outgo, next: Outgo) {
    outgo.jobs.extend(next.jobs);
    outgo.refused.extend(next.refused);
    outgo.save = next.save;
    outgo.scans += next.scans;
    outgo.now = next.now;
    if next.last_sequence > 0 {
        outgo.last_sequence = next.last_sequence;
    }
}

/// Where the pipeline leaves what it decides for the publisher.
pub(crate) struct Queue(pub(crate) Sender<Outgo>);

impl Outlet for Queue {
    fn take(&mut self, outgo: Outgo) -> Result<()> {
        self.0.send(outgo).map_err(|_| anyhow!("the publisher stopped"))
    }
}

/// The only writer of one stream.
struct Writer {
    stream: Stream,
    log: AnyLog,
    stop: Arc<AtomicBool>,
    metrics: Arc<Metrics>,
    /// The log that is read.
    lineage: Lineage,
    /// By share: how far it has come.
    marks: Vec<Mark>,
    /// So many refusals may still come of what we sent before a connection broke and the client sends again.
    late: u32,
}

/// How far a share has come.
#[derive(Clone, Default)]
struct Mark {
    reached: HighWater,
    /// We have published here: from then on nobody else may.
    ours: bool,
}

impl Mark {
    /// Positions of another log say nothing about ours.
    fn covers(&self, item: &Outgoing) -> bool {
        self.reached.lineage == item.lineage && self.reached.covers(item.position, item.index)
    }
}

impl Writer {
    /// Publishes until everything stands in the stream, and returns how much of it was new there. A stream that cannot
    /// be reached is waited for; one that somebody else writes to ends us.
    async fn publish(&mut self, now: Timestamp, items: Vec<Outgoing>) -> Result<usize> {
        let mut waiting = VecDeque::from(items);
        let mut published = 0;
        loop {
            waiting.retain(|item| !self.mark(item.partition).covers(item));
            if waiting.is_empty() {
                return Ok(published);
            }
            let part: Vec<Outgoing> = waiting.iter().take(PUBLICATION_ITEMS_MAX).cloned().collect();
            match self.store(now, &part).await {
                Ok(()) => {
                    self.late = 0;
                    Metrics::set(&self.metrics.unpublished, 0);
                    published += part.len();
                    waiting.drain(..part.len());
                }
                Err(error) => self.recover(error).await?,
            }
        }
    }

    /// One publication. After an error the marks are to be read back.
    async fn store(&mut self, now: Timestamp, part: &[Outgoing]) -> Result<(), LogError> {
        let mut ends = Ends::default();
        for (share, mark) in (0..).zip(&self.marks) {
            ends.set(share, mark.reached.last_sequence);
        }
        let publication = Publication {
            outlet: self.stream,
            ends,
            items: part.to_vec(),
        };
        let ends = match self.log.publish(now, publication).await {
            Ok(ends) => ends,
            Err(unpublished) => {
                // What of it was stored is ours, and no sign of another engine.
                for (share, mark) in (0..).zip(&mut self.marks) {
                    let end = unpublished.ends.of(share);
                    if end != mark.reached.last_sequence {
                        mark.ours = true;
                        mark.reached.last_sequence = end;
                    }
                }
                return Err(unpublished.error);
            }
        };
        for item in part {
            let mark = self.mark(item.partition);
            mark.ours = true;
            mark.reached = HighWater {
                last_sequence: ends.of(item.partition),
                reached: Some((item.position, item.index)),
                lineage: item.lineage,
                id: String::new(),
            };
        }
        Ok(())
    }

    /// What was sent may have been stored although no answer came, and what the engine before us had sent may have been
    /// stored since we looked: the stream itself says so.
    async fn recover(&mut self, error: LogError) -> Result<()> {
        let context = format!("cannot publish to {}", self.stream.stream());
        if self.stop.load(Ordering::Relaxed) {
            return Err(error).context(context);
        }
        let fenced = matches!(error, LogError::Fenced { .. });
        let before = self.marks.clone();
        if !fenced {
            self.late = LATE_MAX;
            Metrics::set(&self.metrics.unpublished, 1);
            eprintln!("warning: {context}, trying again: {error}");
            tokio::time::sleep(RETRY_AFTER).await;
        }
        while let Err(error) = self.read_back().await {
            if self.stop.load(Ordering::Relaxed) {
                return Err(error).context(context);
            }
            tokio::time::sleep(RETRY_AFTER).await;
        }
        if fenced && self.late > 0 {
            // Another engine that publishes now is found when this is over.
            self.late -= 1;
            return Ok(());
        }
        let ends = || before.iter().zip(&self.marks);
        let end = |mark: &Mark| mark.reached.last_sequence;
        // An end that fell back is nobody's doing: the last message of the share has reached its age and is gone.
        let moved = ends().any(|(before, now)| end(before) != end(now));
        let taken = ends().any(|(before, now)| before.ours && end(now) > end(before));
        if fenced && (taken || !moved) {
            return Err(error).context(context);
        }
        Ok(())
    }

    async fn read_back(&mut self) -> Result<()> {
        for (share, mark) in (0..).zip(&mut self.marks) {
            let read = self.log.high_water(self.stream, share).await;
            mark.reached =
                read.with_context(|| format!("cannot read back the end of {}", self.stream.subject(share)))?;
        }
        Ok(())
    }

    fn mark(&mut self, share: u8) -> &mut Mark {
        self.marks
            .get_mut(usize::from(share))
            .expect("a mark for each of 64 shares")
    }
}

/// Rejects of one message are numbered in the order of its lines.
fn outgoing_rejects(refused: &[Refused], lineage: Lineage) -> Vec<Outgoing> {
    let mut rejects: Vec<Outgoing> = Vec::with_capacity(refused.len());
    for refused in refused {
        let index = match rejects.last() {
            Some(last) if last.position.sequence == refused.position.sequence => last.index + 1,
            _ => 0,
        };
        rejects.push(Outgoing {
            partition: reject_share(refused.position),
            position: refused.position,
            lineage,
            index,
            id: String::new(),
            payload: reject_json(refused).into_bytes().into(),
        });
    }
    rejects
}
