//! The outbox of a running engine: jobs and rejects go to their streams, each once. What a stream holds already is told
//! by the stream itself, so a replay after a restart keeps it back; a stream that somebody else writes to while we do stops us.
//!
//! The shares of a stream are independent: what is decided for one goes out at once unless something of this share is on its
//! way already, and then with what gathers until that is answered.

mod seen;
mod writer;

use crate::alarms::Fault;
use crate::intake::Refused;
use crate::metrics::Metrics;
use crate::outbox::{Causes, Outgo, Outlet, reject_json, reject_share};
use crate::saving::Saved;
use anyhow::{Context, Result, anyhow};
use crossbeam_channel::Sender;
use futures_util::future::FutureExt;
use futures_util::stream::StreamExt;
use milepost_connectors::log::{AnyLog, LogError, Outgoing, Outlet as Stream, PUBLICATION_ITEMS_MAX};
use milepost_model::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;
pub use writer::Owner;
use writer::{Answered, Origin, Writer};

/// Publishes what the engine decides, on a thread of its own.
pub struct Publisher {
    jobs: Writer,
    rejects: Writer,
    /// What was decided and does not stand in the streams yet, in order.
    underway: VecDeque<Decided>,
    /// Number of the first of them.
    first: u64,
    /// Saved shards leave here once everything before them is published.
    snapshots: Sender<Saved>,
    metrics: Arc<Metrics>,
    /// An alarm says that something cannot be published.
    was_troubled: bool,
}

/// What came since the publisher looked last.
#[derive(Default)]
struct News {
    jobs: Option<Answered>,
    rejects: Option<Answered>,
    /// What was decided; within, `None` when nothing more will be.
    decided: Option<Option<Outgo>>,
}

/// What one piece of input led to, on its way.
struct Decided {
    /// Jobs and rejects that are not published.
    left: usize,
    scans: u64,
    unmapped: u64,
    now: Timestamp,
    last_sequence: u64,
    save: Option<Saved>,
}

impl Publisher {
    /// Reads back from both streams how far they have come with this log. Saved shards go to `snapshots` once everything
    /// before them is published.
    ///
    /// # Errors
    /// When a stream cannot be read back, or another engine has taken over.
    pub async fn open(log: AnyLog, snapshots: Sender<Saved>, metrics: Arc<Metrics>, owner: &Owner) -> Result<Self> {
        let writer = |stream| Writer::open(stream, log.clone(), Arc::clone(&metrics), owner.clone());
        let (jobs, rejects) = tokio::try_join!(writer(Stream::Jobs), writer(Stream::Rejects))?;
        Ok(Self {
            jobs,
            rejects,
            underway: VecDeque::new(),
            first: 0,
            snapshots,
            metrics,
            was_troubled: false,
        })
    }

    /// Publishes what was decided until nothing more is.
    ///
    /// # Errors
    /// When another engine has taken over, or a stream is not what it was; or when it was told to stop and cannot publish.
    pub async fn run(mut self, mut decided: mpsc::Receiver<Outgo>) -> Result<()> {
        let (mut ended, mut now) = (false, Timestamp::MIN);
        loop {
            self.jobs.start(now);
            self.rejects.start(now);
            self.finish().await?;
            self.tell_trouble();
            if ended && self.underway.is_empty() {
                return Ok(());
            }
            let news = self.news(&mut decided, ended).await;
            if let Some(answered) = news.jobs {
                self.jobs.take(answered).await?;
            }
            if let Some(answered) = news.rejects {
                self.rejects.take(answered).await?;
            }
            match news.decided {
                Some(Some(outgo)) => {
                    now = outgo.now;
                    self.accept(outgo);
                }
                Some(None) => ended = true,
                None => {}
            }
        }
    }

    /// What came, a little from each side: neither waits for the other, and no chance decides which is first.
    async fn news(&mut self, decided: &mut mpsc::Receiver<Outgo>, ended: bool) -> News {
        // Most of what is underway leads to nothing, and waits only for what was decided before it.
        let waiting = [self.jobs.waiting_items, self.rejects.waiting_items, self.underway.len()];
        let waiting = waiting.into_iter().max().unwrap_or(0);
        let wants_more = !ended && waiting < PUBLICATION_ITEMS_MAX;
        let news = News {
            jobs: self.jobs.sent.next().now_or_never().flatten(),
            rejects: self.rejects.sent.next().now_or_never().flatten(),
            decided: match wants_more.then(|| decided.try_recv()) {
                Some(Ok(outgo)) => Some(Some(outgo)),
                Some(Err(TryRecvError::Disconnected)) => Some(None),
                Some(Err(TryRecvError::Empty)) | None => None,
            },
        };
        if news.jobs.is_some() || news.rejects.is_some() || news.decided.is_some() {
            return news;
        }
        tokio::select! {
            biased;
            Some(answered) = self.jobs.sent.next() => News { jobs: Some(answered), ..News::default() },
            Some(answered) = self.rejects.sent.next() => News { rejects: Some(answered), ..News::default() },
            outgo = decided.recv(), if wants_more => News { decided: Some(outgo), ..News::default() },
        }
    }

    /// Before a state is saved that rests on what was published: is that still there? A server that is away is asked the
    /// next time.
    async fn look_for_losses(&self) -> Result<()> {
        for writer in [&self.jobs, &self.rejects] {
            match writer.look_for_losses().await {
                Ok(()) | Err(LogError::Unreachable { .. } | LogError::Refused { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn tell_trouble(&mut self) {
        let is_troubled = self.jobs.is_troubled() || self.rejects.is_troubled();
        if self.was_troubled && !is_troubled {
            self.metrics.alarms.clear(Fault::Unpublished);
        }
        self.was_troubled = is_troubled;
    }

    fn accept(&mut self, outgo: Outgo) {
        let number = self.first + self.underway.len() as u64;
        let origin = self.jobs.origin();
        self.underway.push_back(Decided {
            left: outgo.jobs.len() + outgo.refused.len(),
            scans: outgo.scans,
            unmapped: outgo.unmapped,
            now: outgo.now,
            last_sequence: outgo.last_sequence,
            save: outgo.save,
        });
        if let Some(save) = &self.underway.back().and_then(|last| last.save.as_ref()) {
            let sequence = save.to_save.cut.sequence;
            self.jobs.begin_cut(sequence);
            self.rejects.begin_cut(sequence);
        }
        for job in outgo.jobs {
            let item = Outgoing {
                partition: job.partition,
                position: job.position,
                hash: outgo.causes.hash(job.position.sequence),
                lineage: origin.lineage,
                term: origin.term,
                by_id_after: origin.by_id_after,
                index: job.index,
                id: job.job_id().to_owned(),
                payload: job.json.into_bytes().into(),
            };
            self.jobs.accept(number, item);
        }
        for refused in &outgo.refused {
            self.metrics.refused.add(refused.reject.reason);
        }
        for reject in outgoing_rejects(&outgo.refused, &outgo.causes, self.rejects.origin()) {
            self.rejects.accept(number, reject);
        }
    }

    /// Counts what is published, and lets go of what is published whole.
    async fn finish(&mut self) -> Result<()> {
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
            self.metrics.unmapped.fetch_add(finished.unmapped, Ordering::Relaxed);
            self.metrics.now.store(finished.now.millis(), Ordering::Relaxed);
            if finished.last_sequence > 0 {
                Metrics::set(&self.metrics.position, finished.last_sequence);
            }
            if let Some(mut saved) = finished.save {
                self.look_for_losses().await?;
                // What was decided later may be among them: then the snapshot asks for more than it rests on.
                saved.published = [self.jobs.cut(), self.rejects.cut()];
                let sent = self.snapshots.send(saved);
                sent.map_err(|_| anyhow!("the snapshot writer stopped"))?;
            }
        }
        Ok(())
    }
}

/// Where the pipeline leaves what it decides for the publisher.
pub struct Queue(pub mpsc::Sender<Outgo>);

impl Outlet for Queue {
    fn take(&mut self, outgo: Outgo) -> Result<()> {
        self.0
            .blocking_send(outgo)
            .map_err(|_| anyhow!("the publisher stopped"))
    }
}

/// Rejects of one message are numbered in the order of its lines.
fn outgoing_rejects(refused: &[Refused], causes: &Causes, origin: Origin) -> Vec<Outgoing> {
    let mut rejects: Vec<Outgoing> = Vec::with_capacity(refused.len());
    for refused in refused {
        let index = match rejects.last() {
            Some(last) if last.position.sequence == refused.position.sequence => last.index + 1,
            _ => 0,
        };
        rejects.push(Outgoing {
            partition: reject_share(refused.position),
            position: refused.position,
            hash: causes.hash(refused.position.sequence),
            lineage: origin.lineage,
            term: origin.term,
            by_id_after: origin.by_id_after,
            index,
            id: String::new(),
            payload: reject_json(refused).into_bytes().into(),
        });
    }
    rejects
}

#[cfg(test)]
mod tests;
