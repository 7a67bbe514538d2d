//! The only writer of a stream: what its shares hold, what waits for them, and what to think of a refusal.

use super::seen::Seen;
use crate::alarms::Fault;
use crate::expected::Expected;
use crate::metrics::Metrics;
use anyhow::{Context, Result};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use milepost_connectors::log::{
    AnyLog, Ends, HighWater, Lineage, Log, LogError, Outgoing, Outlet as Stream, OutletCut, Publication, Reread,
    Stored, StreamState, Term, Unpublished, verify_cause,
};
use milepost_model::{PARTITIONS, Timestamp};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_128;

/// Refusals in a row that nothing in the stream explains: what was refused for may not be readable yet.
const UNEXPLAINED_MAX: u32 = 20;
/// How long a stream that cannot be reached is left alone.
const RETRY_AFTER: Duration = Duration::from_millis(500);
/// Messages behind a gap, of which answers may still fill it, before it is looked into.
const GAP_MAX: usize = 10_000;
/// Messages that are read back at once.
const REREAD_AT_ONCE: usize = 10_000;

/// Who publishes.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The log that is read.
    pub lineage: Lineage,
    /// Which engine this is.
    pub term: Term,
    /// Where jobs and rejects had come when the state was saved that we go on from.
    pub published: [OutletCut; 2],
    /// What must stand in the log where others had come.
    pub expected: Arc<Expected>,
    /// Set when the engine shall stop: then nothing is tried again.
    pub stop: Arc<AtomicBool>,
}

/// What every job and reject says of who publishes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub(super) lineage: Lineage,
    pub(super) term: Term,
    /// See [`Outgoing::by_id_after`].
    pub(super) by_id_after: Option<u64>,
}

/// The only writer of one stream.
pub(super) struct Writer {
    stream: Stream,
    log: AnyLog,
    metrics: Arc<Metrics>,
    pub(super) owner: Owner,
    /// When the stream was created.
    created: Timestamp,
    /// By share: how far it has come.
    marks: Vec<HighWater>,
    /// Messages of the stream that were published or looked at.
    seen: Seen,
    /// Hashes of ids that the stream holds where positions do not tell what is told: see [`OutletCut::reread`].
    known: BTreeSet<u128>,
    /// Up to this message of the stream.
    known_up_to: u64,
    /// Where the stream had come when the state was saved that we go on from; since the last order to save, when that came.
    saved: OutletCut,
    /// Up to this message of the log engines before us have published.
    others_up_to: u64,
    unexplained: u32,
    /// The last attempt failed.
    has_failed: bool,
    /// By share: what is to be published, each with the number of what it was decided with.
    waiting: Vec<VecDeque<(u64, Outgoing)>>,
    pub(super) waiting_items: usize,
    /// The shares of which something is on its way, a bit each.
    busy: u64,
    pub(super) sent: FuturesUnordered<BoxFuture<'static, Answered>>,
    /// The numbers of what was decided with each item that is published since they were last counted.
    pub(super) done: Vec<u64>,
}

/// What goes out together, and what was decided with each item.
#[derive(Default)]
struct Parcel {
    ends: Ends,
    items: Vec<Outgoing>,
    numbers: Vec<u64>,
}

/// A publication, what was decided with each of its items, and what came of it.
pub(super) struct Answered {
    publication: Arc<Publication>,
    numbers: Vec<u64>,
    /// The last message of the stream that was known when it was sent: whatever is stored stands after that.
    after: u64,
    outcome: Result<Stored, Box<Unpublished>>,
}

impl Writer {
    /// Reads back how far the shares have come.
    pub(super) async fn open(stream: Stream, log: AnyLog, metrics: Arc<Metrics>, owner: Owner) -> Result<Self> {
        let state = log.outlet_state(stream).await;
        let state = state.with_context(|| format!("stream {} cannot be asked", stream.stream()))?;
        let saved = owner.published.iter().find(|cut| cut.outlet == stream).cloned();
        let mut writer = Self {
            stream,
            log,
            metrics,
            owner,
            created: state.created,
            saved: saved.unwrap_or_else(|| OutletCut::empty(stream)),
            others_up_to: 0,
            marks: vec![HighWater::default(); usize::from(PARTITIONS)],
            seen: Seen::default(),
            known: BTreeSet::new(),
            known_up_to: 0,
            unexplained: 0,
            has_failed: false,
            waiting: vec![VecDeque::new(); usize::from(PARTITIONS)],
            waiting_items: 0,
            busy: 0,
            sent: FuturesUnordered::new(),
            done: Vec::new(),
        };
        writer.read_back().await?;
        Ok(writer)
    }

    /// Whether something cannot be published just now. What waited may have been found in the stream.
    pub(super) fn is_troubled(&self) -> bool {
        self.has_failed && (self.waiting_items > 0 || !self.sent.is_empty())
    }

    /// All that was decided up to a message of the log is accepted, and a state is saved there.
    pub(super) fn begin_cut(&mut self, sequence: u64) {
        // What others have published of later messages stands among what is there now.
        if sequence >= self.others_up_to && self.seen.beyond() == 0 {
            let last = self.marks.iter().max_by_key(|mark| mark.last_sequence);
            let last = last.map(|mark| (mark.last_sequence, mark.fingerprint()));
            (self.saved.after, self.saved.after_is) = last.unwrap_or_default();
        }
    }

    /// Who publishes, for what is published.
    pub(super) fn origin(&self) -> Origin {
        Origin {
            lineage: self.owner.lineage,
            term: self.owner.term,
            by_id_after: self.saved.reread.map(|reread| reread.after),
        }
    }

    /// Where the stream has come.
    pub(super) fn cut(&self) -> OutletCut {
        let mut ends = Ends::default();
        for (share, mark) in (0..).zip(&self.marks) {
            ends.set(share, mark.last_sequence);
        }
        let last = self.marks.iter().max_by_key(|mark| mark.last_sequence);
        OutletCut {
            created: self.created,
            ends,
            end_is: last.map_or(0, HighWater::fingerprint),
            ..self.saved.clone()
        }
    }

    pub(super) fn accept(&mut self, number: u64, item: Outgoing) {
        let waiting = self.waiting.get_mut(usize::from(item.partition));
        waiting
            .expect("a queue for each of 64 shares")
            .push_back((number, item));
        self.waiting_items += 1;
    }

    /// Sends what waits for shares of which nothing is on its way: each by itself where the log can do so.
    pub(super) fn start(&mut self, now: Timestamp) {
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
        parcel.ends.set(share, mark.last_sequence);
        let mut covered = 0;
        for (number, item) in waiting.drain(..) {
            if covers(mark, &item) || knows(&self.known, &item.id) {
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
        let (log, after) = (self.log.clone(), self.last());
        self.sent.push(Box::pin(async move {
            let outcome = log.publish(now, Arc::clone(&publication)).await;
            Answered {
                publication,
                numbers,
                after,
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
    pub(super) async fn take(&mut self, answered: Answered) -> Result<()> {
        let Some(mut error) = self.settle(answered) else {
            let beyond = self.seen.beyond();
            if beyond > GAP_MAX || (beyond > 0 && self.sent.is_empty()) {
                return self.look_into_the_gap().await;
            }
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

    /// Somebody else has published between what we did, to shares that we have published nothing to since.
    async fn look_into_the_gap(&mut self) -> Result<()> {
        while let Some(answered) = self.sent.next().await {
            if let Some(error) = self.settle(answered) {
                return self.recover(error).await;
            }
        }
        match self.read_back().await {
            Ok(()) => Ok(()),
            Err(error) => self.recover(error).await,
        }
    }

    /// Marks how far the shares of a publication have come. What it did not store for certain waits again.
    fn settle(&mut self, answered: Answered) -> Option<LogError> {
        let Answered {
            publication,
            numbers,
            after,
            outcome,
        } = answered;
        for item in &publication.items {
            self.busy &= !(1 << item.partition);
        }
        let stored = match &outcome {
            Ok(stored) => stored,
            Err(unpublished) => &unpublished.stored,
        };
        if stored.sequences.iter().any(|sequence| *sequence <= after) {
            return Some(self.lost(format!("it ended at message {after}, and gives out such numbers again")));
        }
        match outcome {
            Ok(Stored { ends, sequences }) => {
                self.seen.add(&sequences);
                for item in &publication.items {
                    *self.mark(item.partition) = HighWater {
                        last_sequence: ends.of(item.partition),
                        reached: Some((item.position, item.index)),
                        hash: item.hash,
                        lineage: item.lineage,
                        term: item.term,
                        by_id_after: item.by_id_after,
                        id: String::new(),
                    };
                }
                self.has_failed = false;
                self.unexplained = 0;
                Metrics::add(self.counters().0, numbers.len());
                self.done.extend(numbers);
                None
            }
            Err(unpublished) => {
                for (number, item) in numbers.into_iter().zip(&publication.items).rev() {
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
        let fenced = matches!(error, LogError::Fenced { .. });
        if !passes(&error) {
            return Err(error).context(context);
        }
        if !fenced {
            self.has_failed = true;
            let what = format!("{context}, trying again: {error}");
            self.metrics.alarms.raise(Fault::Unpublished, &what);
            self.pause(&error).await.context(context.clone())?;
        }
        let before = self.cut();
        while let Err(error) = self.read_back().await {
            self.pause(&error).await.context(context.clone())?;
        }
        if fenced && self.cut() == before {
            self.unexplained += 1;
            if self.unexplained > UNEXPLAINED_MAX {
                return Err(error).context(context);
            }
            self.pause(&error).await.context(context)?;
        }
        Ok(())
    }

    /// Waits before the next attempt, unless none can be of use.
    async fn pause(&self, error: &LogError) -> Result<(), LogError> {
        if !passes(error) || self.owner.stop.load(Ordering::Relaxed) {
            return Err(error.clone());
        }
        tokio::time::sleep(RETRY_AFTER).await;
        Ok(())
    }

    /// Reads the ends of all shares. A stream that is another one, or lost something, is refused, and so is one in which an
    /// engine has published that took over after us.
    async fn read_back(&mut self) -> Result<(), LogError> {
        let state = self.state().await?;
        let mut found = Vec::with_capacity(self.marks.len());
        for share in 0..PARTITIONS {
            found.push(self.log.high_water(self.stream, share).await?);
        }
        self.cut().verify(&self.log, &state, &found).await?;
        for ((share, before), now) in (0..).zip(&self.marks).zip(&found) {
            if (now.lineage.created, now.term) > (self.owner.lineage.created, self.owner.term) {
                return Err(LogError::Superseded {
                    term: now.term,
                    found: format!("it has published to {}", self.stream.subject(share)),
                });
            }
            if now.last_sequence == before.last_sequence || now.term == self.owner.term {
                continue;
            }
            let ours = self.owner.lineage;
            let known_up_to = self.saved.reread.map_or(0, |reread| reread.up_to);
            if now.lineage != ours && now.last_sequence > known_up_to {
                return Err(LogError::Superseded {
                    term: now.term,
                    found: "it goes on from another state since the log was taken as it is; the next start learns what it told"
                        .to_owned(),
                });
            }
            if now.lineage == ours {
                let (position, _) = now.reached.unwrap_or_default();
                self.others_up_to = self.others_up_to.max(position.sequence);
                // What the engine before us had read may be lost since, or be lost before we come there.
                self.owner.expected.add(now);
                verify_cause(&self.log, now).await?;
            }
        }
        self.marks = found;
        self.seen = Seen::all_up_to(self.last());
        self.read_known().await
    }

    async fn state(&self) -> Result<StreamState, LogError> {
        match self.log.outlet_state(self.stream).await {
            Err(LogError::NotReady { missing, .. }) => Err(self.lost(missing.join(", "))),
            state => state,
        }
    }

    /// Refuses a stream that is another one or has lost its end.
    pub(super) async fn look_for_losses(&self) -> Result<(), LogError> {
        let state = self.state().await?;
        // Each share is as we know it: what is found is the loss of the end of all.
        self.cut().verify(&self.log, &state, &self.marks).await
    }

    fn lost(&self, found: String) -> LogError {
        LogError::PublishedLost {
            stream: self.stream.stream().to_owned(),
            found,
        }
    }

    /// The last message of the stream that is known.
    fn last(&self) -> u64 {
        self.marks.iter().map(|mark| mark.last_sequence).max().unwrap_or(0)
    }

    /// Reads the ids of what was published after the state that we go on from, where positions are no guide.
    async fn read_known(&mut self) -> Result<(), LogError> {
        let Some(Reread { after, up_to }) = self.saved.reread else {
            return Ok(());
        };
        let mut from = self.known_up_to.max(after) + 1;
        while from <= up_to {
            let items = self.log.published(self.stream, from, REREAD_AT_ONCE).await?;
            let Some(last) = items.last() else { break };
            from = last.sequence + 1;
            let old = items.iter().filter(|published| published.sequence <= up_to);
            self.known
                .extend(old.map(|published| xxh3_128(published.item.id.as_bytes())));
        }
        self.known_up_to = up_to;
        Ok(())
    }

    fn mark(&mut self, share: u8) -> &mut HighWater {
        self.marks
            .get_mut(usize::from(share))
            .expect("a mark for each of 64 shares")
    }
}

/// Whether another attempt can be of use.
fn passes(error: &LogError) -> bool {
    matches!(
        error,
        LogError::Unreachable { .. } | LogError::Refused { .. } | LogError::Fenced { .. }
    )
}

/// Whether a job of this id stands among those that rest on other numbers. Rejects have none.
fn knows(known: &BTreeSet<u128>, id: &str) -> bool {
    !known.is_empty() && !id.is_empty() && known.contains(&xxh3_128(id.as_bytes()))
}

/// Whether a share has come so far already. Positions of another log say nothing about ours.
fn covers(mark: &HighWater, item: &Outgoing) -> bool {
    mark.lineage == item.lineage && mark.covers(item.position, item.index)
}

#[cfg(test)]
mod tests;
