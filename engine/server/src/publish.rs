//! The outbox of a running engine: jobs and rejects go to their streams, each once. What a stream holds already is told
//! by the stream itself, so a replay after a restart keeps it back; a stream that somebody else writes to while we do stops us.
//!
//! The shares of a stream are independent: what is decided for one goes out at once unless something of this share is on its
//! way already, and then with what gathers until that is answered.

mod writer;

use crate::intake::Refused;
use crate::metrics::Metrics;
use crate::outbox::{Outgo, Outlet, reject_json, reject_share};
use crate::saving::Saved;
use anyhow::{Context, Result, anyhow};
use crossbeam_channel::Sender;
use futures_util::stream::StreamExt;
use milepost_connectors::log::{AnyLog, Lineage, Outgoing, Outlet as Stream, PUBLICATION_ITEMS_MAX};
use milepost_model::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use writer::Writer;

/// Publishes what the engine decides, on a thread of its own.
pub(crate) struct Publisher {
    runtime: Handle,
    jobs: Writer,
    rejects: Writer,
    /// What was decided and does not stand in the streams yet, in order.
    underway: VecDeque<Decided>,
    /// Number of the first of them.
    first: u64,
    /// Saved shards leave here once everything before them is published.
    snapshots: Sender<Saved>,
    metrics: Arc<Metrics>,
}

/// What one piece of input led to, on its way.
struct Decided {
    /// Jobs and rejects that are not published.
    left: usize,
    scans: u64,
    now: Timestamp,
    last_sequence: u64,
    save: Option<Saved>,
}

impl Publisher {
    /// Reads back from both streams how far they have come with this log.
    pub(crate) async fn open(
        log: AnyLog,
        snapshots: Sender<Saved>,
        metrics: Arc<Metrics>,
        (stop, lineage): (Arc<AtomicBool>, Lineage),
    ) -> Result<Self> {
        let writer = |stream| Writer::open(stream, log.clone(), Arc::clone(&metrics), (Arc::clone(&stop), lineage));
        let (jobs, rejects) = tokio::try_join!(writer(Stream::Jobs), writer(Stream::Rejects))?;
        Ok(Self {
            runtime: Handle::current(),
            jobs,
            rejects,
            underway: VecDeque::new(),
            first: 0,
            snapshots,
            metrics,
        })
    }

    /// Publishes what was decided until nothing more is.
    pub(crate) fn run(mut self, decided: mpsc::Receiver<Outgo>) -> Result<()> {
        self.runtime.clone().block_on(self.serve(decided))
    }

    async fn serve(&mut self, mut decided: mpsc::Receiver<Outgo>) -> Result<()> {
        let mut ended = false;
        let mut now = Timestamp::MIN;
        loop {
            self.jobs.start(now);
            self.rejects.start(now);
            self.finish()?;
            if ended && self.underway.is_empty() {
                return Ok(());
            }
            let is_full = self.jobs.waiting_items.max(self.rejects.waiting_items) >= PUBLICATION_ITEMS_MAX;
            tokio::select! {
                Some(answered) = self.jobs.sent.next() => self.jobs.take(answered).await?,
                Some(answered) = self.rejects.sent.next() => self.rejects.take(answered).await?,
                outgo = decided.recv(), if !ended && !is_full => match outgo {
                    Some(outgo) => {
                        now = outgo.now;
                        self.accept(outgo);
                    }
                    None => ended = true,
                },
            }
        }
    }

    fn accept(&mut self, outgo: Outgo) {
        let (number, lineage) = (self.first + self.underway.len() as u64, self.jobs.lineage);
        self.underway.push_back(Decided {
            left: outgo.jobs.len() + outgo.refused.len(),
            scans: outgo.scans,
            now: outgo.now,
            last_sequence: outgo.last_sequence,
            save: outgo.save,
        });
        for job in outgo.jobs {
            let item = Outgoing {
                partition: job.partition,
                position: job.position,
                lineage,
                index: job.index,
                id: job.job_id().to_owned(),
                payload: job.json.into_bytes().into(),
            };
            self.jobs.accept(number, item);
        }
        for reject in outgoing_rejects(&outgo.refused, lineage) {
            self.rejects.accept(number, reject);
        }
    }

    /// Counts what is published, and lets go of what is published whole.
    fn finish(&mut self) -> Result<()> {
        for number in self.jobs.done.drain(..).chain(self.rejects.done.drain(..)) {
            let at = usize::try_from(number - self.first).unwrap_or(usize::MAX);
            let underway = self.underway.get_mut(at).context("published twice")?;
            underway.left -= 1;
        }
        while self.underway.front().is_some_and(|first| first.left == 0)
            && let Some(finished) = self.underway.pop_front()
        {
            self.first += 1;
            self.metrics.scans.fetch_add(finished.scans, Ordering::Relaxed);
            self.metrics.now.store(finished.now.millis(), Ordering::Relaxed);
            if finished.last_sequence > 0 {
                Metrics::set(&self.metrics.position, finished.last_sequence);
            }
            if let Some(saved) = finished.save {
                let sent = self.snapshots.send(saved);
                sent.map_err(|_| anyhow!("the snapshot writer stopped"))?;
            }
        }
        Ok(())
    }
}

/// Where the pipeline leaves what it decides for the publisher.
pub(crate) struct Queue(pub(crate) mpsc::Sender<Outgo>);

impl Outlet for Queue {
    fn take(&mut self, outgo: Outgo) -> Result<()> {
        self.0
            .blocking_send(outgo)
            .map_err(|_| anyhow!("the publisher stopped"))
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
