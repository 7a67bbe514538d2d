//! The outbox of a running engine: jobs and rejects go to their streams, each once. What a stream holds already is told
//! by the stream itself, so a replay after a restart keeps it back; a stream that somebody else writes to while we do stops us.
//!
//! The shares of a stream are independent: what is decided for one goes out at once unless something of this share is on its
//! way already, and then with what gathers until that is answered.

use crate::intake::Refused;
use crate::metrics::Metrics;
use crate::outbox::{Outgo, Outlet, reject_json, reject_share};
use crate::saving::Saved;
use anyhow::{Context, Result, anyhow};
use crossbeam_channel::Sender;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use milepost_connectors::log::{
    AnyLog, Ends, HighWater, Lineage, Log, LogError, Outgoing, Outlet as Stream, PUBLICATION_ITEMS_MAX, Publication,
    Unpublished,
};
use milepost_model::{PARTITIONS, Timestamp};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Refusals in a row that what we sent ourselves before a connection broke can cause: it is sent when the connection is
/// there again, one item of a share after the other, and may be stored after we have read back.
const LATE_MAX: u32 = 64;
/// How long a stream that cannot be reached is left alone.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Publishes what the engine decides, on a thread of its own.
pub(crate) struct Publisher {
    runtime: Handle,
    jobs: Writer,
    rejects: Writer,
    /// What was decided and does not stand in the streams yet, in order.
    underway: VecDeque<Underway>,
    /// Number of the first of them.
    first: u64,
    /// Saved shards leave here once everything before them is published.
    snapshots: Sender<Saved>,
    metrics: Arc<Metrics>,
}

/// What one piece of input led to, on its way.
struct Underway {
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
        let writer = |stream| Writer {
            stream,
            log: log.clone(),
            stop: Arc::clone(&stop),
            metrics: Arc::clone(&metrics),
            lineage,
            marks: vec![Mark::default(); usize::from(PARTITIONS)],
            late: 0,
            waiting: vec![VecDeque::new(); usize::from(PARTITIONS)],
            waiting_items: 0,
            busy: 0,
            sent: FuturesUnordered::new(),
            done: Vec::new(),
        };
        let (mut jobs, mut rejects) = (writer(Stream::Jobs), writer(Stream::Rejects));
        tokio::try_join!(jobs.read_back(), rejects.read_back())?;
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
        self.underway.push_back(Underway {
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
    /// By share: what is to be published, each with the number of what it was decided with.
    waiting: Vec<VecDeque<(u64, Outgoing)>>,
    waiting_items: usize,
    /// The shares of which something is on its way, a bit each.
    busy: u64,
    sent: FuturesUnordered<BoxFuture<'static, Answered>>,
    /// The numbers of what was decided with each item that is published since they were last counted.
    done: Vec<u64>,
}

/// What goes out together, and what was decided with each item.
#[derive(Default)]
struct Parcel {
    ends: Ends,
    items: Vec<Outgoing>,
    numbers: Vec<u64>,
}

/// A publication, what was decided with each of its items, and what came of it.
struct Answered {
    publication: Arc<Publication>,
    numbers: Vec<u64>,
    outcome: Result<Ends, Box<Unpublished>>,
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
    fn accept(&mut self, number: u64, item: Outgoing) {
        let waiting = self.waiting.get_mut(usize::from(item.partition));
        waiting
            .expect("a queue for each of 64 shares")
            .push_back((number, item));
        self.waiting_items += 1;
    }

    /// Sends what waits for shares of which nothing is on its way: each by itself where the log can do so.
    fn start(&mut self, now: Timestamp) {
        let publications_max = self.log.publications_max();
        if self.waiting_items == 0 || self.sent.len() >= publications_max {
            return;
        }
        let mut parcel = Parcel::default();
        for share in 0..PARTITIONS {
            if self.busy & 1 << share == 0 {
                self.pack(share, &mut parcel);
            }
            if publications_max > 1 && !parcel.items.is_empty() {
                self.send(now, std::mem::take(&mut parcel));
            }
        }
        self.send(now, parcel);
    }

    /// Packs what waits for a share and is not in the stream yet.
    fn pack(&mut self, share: u8, parcel: &mut Parcel) {
        let (Some(waiting), Some(mark)) = (
            self.waiting.get_mut(usize::from(share)),
            self.marks.get(usize::from(share)),
        ) else {
            return;
        };
        self.waiting_items -= waiting.len();
        parcel.ends.set(share, mark.reached.last_sequence);
        let mut covered = 0;
        for (number, item) in waiting.drain(..) {
            if mark.covers(&item) {
                covered += 1;
                self.done.push(number);
            } else {
                self.busy |= 1 << share;
                parcel.numbers.push(number);
                parcel.items.push(item);
            }
        }
        Metrics::add(self.counters().1, covered);
    }

    fn send(&self, now: Timestamp, parcel: Parcel) {
        let Parcel { ends, items, numbers } = parcel;
        if items.is_empty() {
            return;
        }
        let publication = Arc::new(Publication {
            outlet: self.stream,
            ends,
            items,
        });
        let log = self.log.clone();
        self.sent.push(Box::pin(async move {
            let outcome = log.publish(now, Arc::clone(&publication)).await;
            Answered {
                publication,
                numbers,
                outcome,
            }
        }));
    }

    /// What is new in the stream, and what it held already.
    fn counters(&self) -> (&AtomicU64, &AtomicU64) {
        match self.stream {
            Stream::Jobs => (&self.metrics.jobs, &self.metrics.jobs_covered),
            Stream::Rejects => (&self.metrics.rejects, &self.metrics.rejects_covered),
        }
    }

    /// Takes an answer. A stream that cannot be reached is waited for; one that somebody else writes to ends us.
    async fn take(&mut self, answered: Answered) -> Result<()> {
        let Some(mut error) = self.settle(answered) else {
            self.late = 0;
            Metrics::set(&self.metrics.unpublished, 0);
            return Ok(());
        };
        // The others are on their way already; an unreachable server explains what else went wrong.
        while let Some(answered) = self.sent.next().await {
            if let Some(other) = self.settle(answered)
                && matches!(error, LogError::Fenced { .. })
            {
                error = other;
            }
        }
        self.recover(error).await
    }

    /// Marks how far the shares of a publication have come. What it did not store for certain waits again.
    fn settle(&mut self, answered: Answered) -> Option<LogError> {
        let Answered {
            publication,
            numbers,
            outcome,
        } = answered;
        for item in &publication.items {
            self.busy &= !(1 << item.partition);
        }
        match outcome {
            Ok(ends) => {
                for item in &publication.items {
                    let mark = self.mark(item.partition);
                    mark.ours = true;
                    mark.reached = HighWater {
                        last_sequence: ends.of(item.partition),
                        reached: Some((item.position, item.index)),
                        lineage: item.lineage,
                        id: String::new(),
                    };
                }
                Metrics::add(self.counters().0, numbers.len());
                self.done.extend(numbers);
                None
            }
            Err(unpublished) => {
                for (number, item) in numbers.into_iter().zip(&publication.items).rev() {
                    // What of it was stored is ours, and no sign of another engine.
                    let end = unpublished.ends.of(item.partition);
                    let mark = self.mark(item.partition);
                    if end != mark.reached.last_sequence {
                        mark.ours = true;
                        mark.reached.last_sequence = end;
                    }
                    let waiting = self.waiting.get_mut(usize::from(item.partition));
                    waiting
                        .expect("a queue for each of 64 shares")
                        .push_front((number, item.clone()));
                    self.waiting_items += 1;
                }
                Some(unpublished.error)
            }
        }
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
