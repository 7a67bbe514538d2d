//! The outbox of a running engine: jobs and rejects go to their streams, each once. What a stream holds already is told
//! by the stream itself, so a replay after a restart keeps it back; a stream that somebody else wrote to stops us.

use crate::metrics::Metrics;
use crate::outbox::{Outgo, Outlet, Saved, reject_json, reject_share};
use anyhow::{Context, Result, anyhow};
use crossbeam_channel::Sender;
use milepost_connectors::log::{AnyLog, HighWater, Log, LogError, Outgoing, Outlet as Stream, Publication};
use milepost_model::{PARTITIONS, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

/// How long a stream that cannot be reached is left alone.
const RETRY_AFTER: Duration = Duration::from_millis(500);
/// Items of one publication: what a server takes as one atomic batch.
const PUBLICATION_ITEMS_MAX: usize = 1000;

/// Publishes what the engine decides.
pub(crate) struct Publisher {
    log: AnyLog,
    runtime: Handle,
    jobs: Vec<HighWater>,
    rejects: Vec<HighWater>,
    /// Ends of both streams that rest on a log before this one.
    foreign: [Vec<HighWater>; 2],
    /// Saved shards leave here once everything before them is published.
    snapshots: Sender<Saved>,
    metrics: Arc<Metrics>,
    stop: Arc<AtomicBool>,
}

impl Publisher {
    /// Reads back from both streams how far they have come. With `rebased`, what they hold rests on another log: their
    /// positions say nothing about ours.
    pub(crate) async fn open(
        log: AnyLog,
        snapshots: Sender<Saved>,
        metrics: Arc<Metrics>,
        (stop, rebased): (Arc<AtomicBool>, bool),
    ) -> Result<Self> {
        let marks = || Vec::with_capacity(usize::from(PARTITIONS));
        let mut publisher = Self {
            log,
            runtime: Handle::current(),
            jobs: marks(),
            rejects: marks(),
            foreign: [marks(), marks()],
            snapshots,
            metrics,
            stop,
        };
        for stream in [Stream::Jobs, Stream::Rejects] {
            publisher.read_back(stream).await?;
        }
        if rebased {
            publisher.foreign = [publisher.jobs.clone(), publisher.rejects.clone()];
            for mark in publisher.jobs.iter_mut().chain(&mut publisher.rejects) {
                mark.reached = None;
            }
        }
        Ok(publisher)
    }

    /// Publishes until everything stands in the stream. A stream that cannot be reached is waited for; one that somebody
    /// else wrote to ends us.
    fn publish(&mut self, stream: Stream, now: Timestamp, items: &[Vec<Outgoing>]) -> Result<usize> {
        let mut published = 0;
        loop {
            let error = match self.try_publish(stream, now, items, &mut published) {
                Ok(()) => return Ok(published),
                Err(error) => error,
            };
            let context = format!("cannot publish to {}", stream.stream());
            if matches!(error, LogError::Fenced { .. }) || self.stop.load(Ordering::Relaxed) {
                return Err(error).context(context);
            }
            eprintln!("warning: {context}, trying again: {error}");
            let runtime = self.runtime.clone();
            while let Err(error) = runtime.block_on(async {
                tokio::time::sleep(RETRY_AFTER).await;
                self.read_back(stream).await
            }) {
                if self.stop.load(Ordering::Relaxed) {
                    return Err(error).context(context);
                }
            }
        }
    }

    /// What was sent may have been stored although no answer came: the stream itself says so.
    async fn read_back(&mut self, stream: Stream) -> Result<()> {
        let [foreign_jobs, foreign_rejects] = &self.foreign;
        let (marks, foreign) = match stream {
            Stream::Jobs => (&mut self.jobs, foreign_jobs),
            Stream::Rejects => (&mut self.rejects, foreign_rejects),
        };
        let mut found = Vec::with_capacity(usize::from(PARTITIONS));
        for share in 0..PARTITIONS {
            let read = self.log.high_water(stream, share).await;
            let mut mark = read.with_context(|| format!("cannot read back the end of {}", stream.subject(share)))?;
            if foreign.get(usize::from(share)).is_some_and(|foreign| *foreign == mark) {
                mark.reached = None;
            }
            found.push(mark);
        }
        *marks = found;
        Ok(())
    }

    fn try_publish(
        &mut self,
        stream: Stream,
        now: Timestamp,
        items: &[Vec<Outgoing>],
        published: &mut usize,
    ) -> Result<(), LogError> {
        let marks = if stream == Stream::Jobs {
            &mut self.jobs
        } else {
            &mut self.rejects
        };
        let mut shares = Vec::new();
        for (share, (items, mark)) in (0..PARTITIONS).zip(items.iter().zip(marks.iter_mut())) {
            let fresh = items.iter().filter(|item| !mark.covers(item.position, item.index));
            let mut fresh: Vec<Outgoing> = fresh.cloned().collect();
            let log = self.log.clone();
            if fresh.is_empty() {
                continue;
            }
            shares.push(async move {
                let mut stored = 0;
                while !fresh.is_empty() {
                    let rest = fresh.split_off(fresh.len().min(PUBLICATION_ITEMS_MAX));
                    let last = fresh.last().map(|item| (item.position, item.index));
                    stored += fresh.len();
                    let expected_last = mark.last_sequence;
                    let publication = Publication {
                        outlet: stream,
                        partition: share,
                        expected_last,
                        items: fresh,
                    };
                    mark.last_sequence = log.publish(now, publication).await?;
                    mark.reached = last;
                    fresh = rest;
                }
                Ok::<usize, LogError>(stored)
            });
        }
        let stored = self.runtime.block_on(futures_util::future::try_join_all(shares))?;
        *published += stored.iter().sum::<usize>();
        Ok(())
    }
}

impl Outlet for Publisher {
    fn take(&mut self, outgo: Outgo) -> Result<()> {
        let mut jobs: Vec<Vec<Outgoing>> = vec![Vec::new(); usize::from(PARTITIONS)];
        let decided = outgo.jobs.len();
        for job in outgo.jobs {
            let item = Outgoing {
                position: job.position,
                index: job.index,
                id: job.job_id,
                payload: job.json.into_bytes().into(),
            };
            jobs.get_mut(usize::from(job.partition))
                .context("a partition below 64")?
                .push(item);
        }
        let published = self.publish(Stream::Jobs, outgo.now, &jobs)?;
        Metrics::add(&self.metrics.jobs, published);
        Metrics::add(&self.metrics.jobs_covered, decided.saturating_sub(published));
        let mut rejects: Vec<Vec<Outgoing>> = vec![Vec::new(); usize::from(PARTITIONS)];
        for refused in &outgo.refused {
            let share = rejects
                .get_mut(usize::from(reject_share(refused.position)))
                .context("a partition below 64")?;
            let index = match share.last() {
                Some(last) if last.position.sequence == refused.position.sequence => last.index + 1,
                _ => 0,
            };
            let payload = reject_json(refused).into_bytes().into();
            share.push(Outgoing {
                position: refused.position,
                index,
                id: String::new(),
                payload,
            });
        }
        let published = self.publish(Stream::Rejects, outgo.now, &rejects)?;
        Metrics::add(&self.metrics.rejects, published);
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
