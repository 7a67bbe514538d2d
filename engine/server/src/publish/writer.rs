//! The only writer of a stream: what its shares hold, what waits for them, and what to think of a refusal.

use crate::metrics::Metrics;
use anyhow::{Context, Result};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use milepost_connectors::log::{
    AnyLog, Ends, HighWater, Lineage, Log, LogError, Outgoing, Outlet as Stream, Publication, Unpublished,
};
use milepost_model::{PARTITIONS, Timestamp};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Refusals in a row that what we sent to a share ourselves, before a connection broke, can cause: it is sent when the
/// connection is there again, and may be stored after we have read back. One item of a share is on its way at a time.
const LATE_MAX: u32 = 4;
/// How long a stream that cannot be reached is left alone.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// The only writer of one stream.
pub(super) struct Writer {
    stream: Stream,
    log: AnyLog,
    stop: Arc<AtomicBool>,
    metrics: Arc<Metrics>,
    /// The log that is read.
    pub(super) lineage: Lineage,
    /// By share: how far it has come.
    marks: Vec<Mark>,
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
    outcome: Result<Ends, Box<Unpublished>>,
}

/// How far a share has come.
#[derive(Clone, Default)]
struct Mark {
    reached: HighWater,
    /// We have published here: from then on nobody else may.
    ours: bool,
    /// So many refusals may still come of what we sent before a connection broke and the client sends again.
    late: u32,
}

impl Mark {
    /// Positions of another log say nothing about ours.
    fn covers(&self, item: &Outgoing) -> bool {
        self.reached.lineage == item.lineage && self.reached.covers(item.position, item.index)
    }
}

impl Writer {
    /// Reads back how far the shares have come.
    pub(super) async fn open(
        stream: Stream,
        log: AnyLog,
        metrics: Arc<Metrics>,
        (stop, lineage): (Arc<AtomicBool>, Lineage),
    ) -> Result<Self> {
        let mut writer = Self {
            stream,
            log,
            stop,
            metrics,
            lineage,
            marks: vec![Mark::default(); usize::from(PARTITIONS)],
            waiting: vec![VecDeque::new(); usize::from(PARTITIONS)],
            waiting_items: 0,
            busy: 0,
            sent: FuturesUnordered::new(),
            done: Vec::new(),
        };
        writer.read_back().await?;
        Ok(writer)
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
    pub(super) async fn take(&mut self, answered: Answered) -> Result<()> {
        let Some(mut error) = self.settle(answered) else {
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
                    *self.mark(item.partition) = Mark {
                        reached: HighWater {
                            last_sequence: ends.of(item.partition),
                            reached: Some((item.position, item.index)),
                            lineage: item.lineage,
                            id: String::new(),
                        },
                        ours: true,
                        late: 0,
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
            self.marks.iter_mut().for_each(|mark| mark.late = LATE_MAX);
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
        // The stream answers; what waits may stand in it already, and then nothing more is published to tell so.
        Metrics::set(&self.metrics.unpublished, 0);
        if fenced && self.is_taken(&before) {
            return Err(error).context(context);
        }
        Ok(())
    }

    /// Whether a refusal is another engine's doing, by where the shares ended before and end now.
    fn is_taken(&mut self, before: &[Mark]) -> bool {
        let end = |mark: &Mark| mark.reached.last_sequence;
        let (mut taken, mut explained) = (false, false);
        for (before, now) in before.iter().zip(&mut self.marks) {
            // An end that fell back is nobody's doing: the last message of the share has reached its age and is gone.
            let went_on = end(now) > end(before);
            if went_on && before.late > 0 {
                // Another engine that publishes now is found when this is over.
                now.late = before.late - 1;
            }
            taken |= went_on && before.ours && before.late == 0;
            explained |= end(now) != end(before);
        }
        if explained {
            return taken;
        }
        // What was refused for our own late item may not be readable yet.
        let waits = self.marks.iter().any(|mark| mark.late > 0);
        self.marks
            .iter_mut()
            .for_each(|mark| mark.late = mark.late.saturating_sub(1));
        !waits
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

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_connectors::log::{Faults, SimulatedLog};
    use milepost_model::Position;

    const NOW: Timestamp = Timestamp::from_millis(1_772_373_802_000);

    fn item(share: u8, sequence: u64) -> Outgoing {
        Outgoing {
            partition: share,
            position: Position {
                partition: Some(share),
                sequence,
            },
            lineage: Lineage::default(),
            index: 0,
            id: format!("{share}-{sequence}"),
            payload: "{}".into(),
        }
    }

    async fn writer(log: &SimulatedLog) -> Writer {
        let owner = (Arc::new(AtomicBool::new(false)), Lineage::default());
        let writer = Writer::open(Stream::Jobs, AnyLog::Simulated(log.clone()), Arc::default(), owner).await;
        writer.expect("the log answers")
    }

    /// Publishes items and waits for all answers.
    async fn publish(writer: &mut Writer, items: Vec<Outgoing>) -> Result<()> {
        items.into_iter().for_each(|item| writer.accept(0, item));
        while writer.waiting_items > 0 || !writer.sent.is_empty() {
            writer.start(NOW);
            if let Some(answered) = writer.sent.next().await {
                writer.take(answered).await?;
            }
        }
        Ok(())
    }

    /// What the stream holds, in its order.
    async fn ids(log: &SimulatedLog) -> Vec<String> {
        let stored = log.published(Stream::Jobs, 1, 100).await.expect("the log answers");
        stored.into_iter().map(|one| one.item.id).collect()
    }

    #[tokio::test]
    async fn what_we_sent_before_a_connection_broke_is_no_other_engine_and_another_engine_is() {
        let log = SimulatedLog::new(1, Faults::default(), NOW);
        let mut writer = writer(&log).await;
        publish(&mut writer, vec![item(3, 1), item(4, 1)])
            .await
            .expect("published");
        // Both are on their way when the connection breaks, and the client sends them again behind our back: one share's
        // before that of the other, which goes on meanwhile.
        log.lose_next_answer(false);
        publish(&mut writer, vec![item(4, 2)])
            .await
            .expect("published at the second attempt");
        log.rival_publishes(NOW, Stream::Jobs, item(3, 2));
        publish(&mut writer, vec![item(4, 3)]).await.expect("published");
        publish(&mut writer, vec![item(3, 2), item(3, 3)])
            .await
            .expect("the first is there, the second follows");
        assert_eq!(ids(&log).await, ["3-1", "4-1", "4-2", "3-2", "4-3", "3-3"]);
        assert_eq!(writer.metrics.jobs_covered.load(Ordering::Relaxed), 1);
        // From then on nobody else may.
        log.rival_publishes(NOW, Stream::Jobs, item(3, 4));
        let refused = publish(&mut writer, vec![item(3, 5)]).await;
        assert!(refused.is_err(), "another engine publishes here");
    }

    #[tokio::test]
    async fn an_answer_that_was_lost_doubles_nothing() {
        let log = SimulatedLog::new(1, Faults::default(), NOW);
        let mut writer = writer(&log).await;
        for (sequence, stored) in (1..).zip([true, false, true, false, true]) {
            log.lose_next_answer(stored);
            publish(&mut writer, vec![item(7, sequence), item(8, sequence)])
                .await
                .expect("published");
        }
        let expected: Vec<String> = (1..=5)
            .flat_map(|sequence| [format!("7-{sequence}"), format!("8-{sequence}")])
            .collect();
        assert_eq!(ids(&log).await, expected);
        assert_eq!(
            writer.metrics.unpublished.load(Ordering::Relaxed),
            0,
            "all is published"
        );
    }
}
