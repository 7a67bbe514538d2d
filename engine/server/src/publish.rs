//! The outbox of a running engine: jobs and rejects go to their streams, each once. What a stream holds already is told
//! by the stream itself, so a replay after a restart keeps it back; a stream that somebody else wrote to stops us.

use crate::metrics::Metrics;
use crate::outbox::{Outgo, Outlet, Saved, reject_json, reject_share};
use anyhow::{Context, Result, anyhow};
use crossbeam_channel::Sender;
use milepost_connectors::log::{AnyLog, HighWater, Log, Outgoing, Outlet as Stream, Publication};
use milepost_model::{PARTITIONS, Timestamp};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::runtime::Handle;

/// Items of one publication: what a server takes as one atomic batch.
const PUBLICATION_ITEMS_MAX: usize = 1000;

/// Publishes what the engine decides.
pub(crate) struct Publisher {
    log: AnyLog,
    runtime: Handle,
    jobs: Vec<HighWater>,
    rejects: Vec<HighWater>,
    /// Saved shards leave here once everything before them is published.
    snapshots: Sender<Saved>,
    metrics: Arc<Metrics>,
}

impl Publisher {
    /// Reads back from both streams how far they have come.
    pub(crate) async fn open(log: AnyLog, snapshots: Sender<Saved>, metrics: Arc<Metrics>) -> Result<Self> {
        let mut marks = [Vec::new(), Vec::new()];
        for (stream, marks) in [Stream::Jobs, Stream::Rejects].into_iter().zip(&mut marks) {
            for share in 0..PARTITIONS {
                let mark = log.high_water(stream, share).await;
                marks.push(mark.with_context(|| format!("cannot read back the end of {}", stream.subject(share)))?);
            }
        }
        let [jobs, rejects] = marks;
        Ok(Self {
            log,
            runtime: Handle::current(),
            jobs,
            rejects,
            snapshots,
            metrics,
        })
    }

    fn publish(&mut self, stream: Stream, now: Timestamp, items: Vec<Vec<Outgoing>>) -> Result<usize> {
        let marks = if stream == Stream::Jobs {
            &mut self.jobs
        } else {
            &mut self.rejects
        };
        let mut published = 0;
        let mut shares = Vec::new();
        for (share, (items, mark)) in (0..PARTITIONS).zip(items.into_iter().zip(marks.iter_mut())) {
            let mut fresh: Vec<Outgoing> = items
                .into_iter()
                .filter(|item| !mark.covers(item.position, item.index))
                .collect();
            published += fresh.len();
            let log = self.log.clone();
            if fresh.is_empty() {
                continue;
            }
            shares.push(async move {
                while !fresh.is_empty() {
                    let rest = fresh.split_off(fresh.len().min(PUBLICATION_ITEMS_MAX));
                    let last = fresh.last().map(|item| (item.position, item.index));
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
                Ok::<(), milepost_connectors::log::LogError>(())
            });
        }
        self.runtime
            .block_on(futures_util::future::try_join_all(shares))
            .with_context(|| format!("cannot publish to {}", stream.stream()))?;
        Ok(published)
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
        let published = self.publish(Stream::Jobs, outgo.now, jobs)?;
        Metrics::add(&self.metrics.jobs, published);
        Metrics::add(&self.metrics.jobs_covered, decided - published);
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
        let published = self.publish(Stream::Rejects, outgo.now, rejects)?;
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
