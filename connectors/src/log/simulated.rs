//! The log in memory, with the troubles of a real one at the press of a key: for tests that must repeat exactly.
//!
//! Nothing happens by itself: loss comes from [`SimulatedLog::crash`], doubled and reordered messages from [`Faults`],
//! and all chance from the seed.

mod world;

use super::cut::check;
use super::{
    Append, BATCH_BYTES_MAX, Cut, HighWater, Log, LogError, LogReader, Message, Outgoing, Outlet, Publication,
    Published, Stored, StreamState, Unpublished,
};
use bytes::Bytes;
use milepost_model::Timestamp;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use world::{Outbox, World, unreachable};

/// What goes wrong by chance.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Faults {
    /// Of a hundred appended messages, how many are stored twice, as by a producer that missed the answer.
    pub doubled_percent: u8,
    /// Whether messages of one append may pass messages of other shares.
    pub reordered: bool,
    /// Whether appends and publications are on the disk at once. Otherwise only after [`SimulatedLog::sync`], and a
    /// crash loses a part of the rest, although it was acknowledged: a JetStream server after a power loss.
    pub synced_at_once: bool,
}

/// A log in memory.
#[derive(Clone)]
pub struct SimulatedLog {
    world: Arc<Mutex<World>>,
    /// Changes whenever readers should look.
    changes: watch::Sender<u64>,
}

impl SimulatedLog {
    /// An empty log, created at `now`.
    #[must_use]
    pub fn new(seed: u64, faults: Faults, now: Timestamp) -> Self {
        let world = World {
            chance: seed,
            faults,
            created: now,
            generation: 0,
            scans: VecDeque::new(),
            first_scan: 1,
            synced_scan: 0,
            jobs: Outbox::new("JOBS", now),
            rejects: Outbox::new("REJECTS", now),
            lost_answer: None,
            not_before: Timestamp::MIN,
            is_away: false,
            is_full: false,
            late: Vec::new(),
            delays_next: false,
            breaks_after: None,
        };
        Self {
            world: Arc::new(Mutex::new(world)),
            changes: watch::Sender::new(0),
        }
    }

    /// Everything so far is on the disk.
    pub fn sync(&self) {
        self.world().sync();
    }

    /// The server loses its power: of what is not on the disk a part is gone, though it was acknowledged, and its
    /// sequence numbers are given again. Connections break.
    pub fn crash(&self) {
        let mut world = self.world();
        let (last, synced) = (world.last_scan(), world.synced_scan);
        let kept = synced + world.draw(last.saturating_sub(synced) + 1);
        while world.last_scan() > kept {
            world.scans.pop_back();
        }
        for outlet in [Outlet::Jobs, Outlet::Rejects] {
            let (last, synced) = (world.outbox(outlet).last(), world.outbox(outlet).synced);
            let kept = synced + world.draw(last.saturating_sub(synced) + 1);
            world.outbox(outlet).keep_to(kept);
        }
        world.late.clear();
        world.not_before = world.not_before.plus(1);
        world.generation += 1;
        world.sync();
        drop(world);
        self.wake();
    }

    /// Connections break, nothing is lost: another server leads now.
    pub fn change_leader(&self) {
        self.world().generation += 1;
        self.wake();
    }

    /// The streams are deleted and created again at `now`.
    pub fn recreate(&self, now: Timestamp) {
        let mut world = self.world();
        world.created = now;
        world.generation += 1;
        world.scans.clear();
        world.first_scan = 1;
        world.synced_scan = 0;
        world.jobs = Outbox::new("JOBS", now);
        world.rejects = Outbox::new("REJECTS", now);
        drop(world);
        self.wake();
    }

    /// The end of a stream of jobs or rejects is gone from the message after `last` on.
    pub fn truncate_outlet(&self, outlet: Outlet, last: u64) {
        self.world().outbox(outlet).keep_to(last);
    }

    /// Jobs or rejects below `before` have reached their age and are gone.
    pub fn trim_outlet(&self, outlet: Outlet, before: u64) {
        let mut world = self.world();
        let outbox = world.outbox(outlet);
        while outbox.first < before && outbox.items.pop_front().is_some() {
            outbox.first += 1;
        }
    }

    /// From now on nothing answers, or again: a partition of the network, a server that restarts.
    pub fn set_away(&self, is_away: bool) {
        let mut world = self.world();
        world.generation += u64::from(world.is_away && !is_away);
        world.is_away = is_away;
        drop(world);
        self.wake();
    }

    /// The streams of jobs and rejects have no room, or have again.
    pub fn set_full(&self, is_full: bool) {
        self.world().is_full = is_full;
    }

    /// The next publication stays on its way, without an answer, until [`SimulatedLog::deliver_late`].
    pub fn delay_next(&self) {
        self.world().delays_next = true;
    }

    /// What was on its way arrives, as one that a dead engine had sent; a share that went on meanwhile takes nothing of it.
    pub fn deliver_late(&self) {
        let mut world = self.world();
        for (now, publication) in std::mem::take(&mut world.late) {
            // Nobody waits for this answer any more.
            let _ = world.publish(now, &publication);
        }
    }

    /// Drops scans below `before`, as the limits of a stream do.
    pub fn trim(&self, before: u64) {
        let mut world = self.world();
        while world.first_scan < before && world.scans.pop_front().is_some() {
            world.first_scan += 1;
        }
    }

    /// The answer to the next publication is lost; whether it was `stored` is for the publisher to find out.
    pub fn lose_next_answer(&self, stored: bool) {
        self.world().lost_answer = Some(stored);
    }

    /// When it took its last message.
    #[must_use]
    pub fn last_timestamp(&self) -> Timestamp {
        let world = self.world();
        world.scans.back().map_or(world.created, |last| last.timestamp)
    }

    /// The connection breaks in the middle of the next publication: so many of its items are stored, and no answer comes.
    pub fn break_next(&self, items: usize) {
        self.world().breaks_after = Some(items);
    }

    /// Another engine publishes to a share, behind the back of its owner.
    pub fn rival_publishes(&self, now: Timestamp, outlet: Outlet, item: Outgoing) {
        self.world().push(now, outlet, item);
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }
}

impl Log for SimulatedLog {
    type Reader = SimulatedReader;

    async fn state(&self) -> Result<StreamState, LogError> {
        let world = self.world();
        world.reachable("asking for the state of SCANS")?;
        Ok(world.state())
    }

    async fn message_hash(&self, sequence: u64) -> Result<Option<u64>, LogError> {
        let world = self.world();
        world.reachable("reading the message at the cut")?;
        Ok(world.scan(sequence).map(Message::hash))
    }

    async fn read(&self, from: u64) -> Result<SimulatedReader, LogError> {
        let world = self.world();
        world.reachable("starting to read")?;
        let next = world.state().admit(from)?;
        let (generation, created) = (world.generation, world.created);
        let hash = world.scan(next - 1).map(Message::hash);
        drop(world);
        let changes = self.changes.subscribe();
        Ok(SimulatedReader {
            log: self.clone(),
            changes,
            generation,
            created,
            next,
            hash,
        })
    }

    async fn append(&self, now: Timestamp, messages: Vec<Append>) -> Result<Vec<u64>, LogError> {
        let mut world = self.world();
        world.reachable("adding to the log")?;
        let mut sequences = vec![0; messages.len()];
        for index in world.order(&messages) {
            if let (Some(message), Some(sequence)) = (messages.get(index), sequences.get_mut(index)) {
                *sequence = world.store(now, message);
            }
        }
        if world.faults.synced_at_once {
            world.sync();
        }
        drop(world);
        self.wake();
        Ok(sequences)
    }

    async fn outlet_state(&self, outlet: Outlet) -> Result<StreamState, LogError> {
        let mut world = self.world();
        world.reachable("asking for the state of a stream")?;
        let outbox = world.outbox(outlet);
        Ok(StreamState {
            name: outbox.name.to_owned(),
            created: outbox.created,
            first_sequence: outbox.first,
            last_sequence: outbox.last(),
        })
    }

    async fn high_water(&self, outlet: Outlet, partition: u8) -> Result<HighWater, LogError> {
        let mut world = self.world();
        world.reachable("reading the end of a share")?;
        let last = world.last_of_share(outlet, partition);
        Ok(last.map_or_else(HighWater::default, HighWater::at))
    }

    fn publications_max(&self) -> usize {
        1
    }

    async fn publish(&self, now: Timestamp, publication: Arc<Publication>) -> Result<Stored, Box<Unpublished>> {
        let nothing = Stored::nothing(&publication);
        let mut world = self.world();
        let unpublished = |why: &str| Err(Unpublished::new(nothing.clone(), unreachable("publishing", why)));
        if world.is_away {
            return unpublished("it is away");
        }
        if world.is_full {
            return unpublished("maximum bytes exceeded");
        }
        if let Some(items) = world.breaks_after.take() {
            let part = Publication {
                items: publication.items.iter().take(items).cloned().collect(),
                ..(*publication).clone()
            };
            world.publish(now, &part)?;
            return unpublished("no answer came");
        }
        if std::mem::take(&mut world.delays_next) {
            world.late.push((now, publication));
            return unpublished("no answer came");
        }
        match world.lost_answer.take() {
            None => world.publish(now, &publication),
            Some(is_stored) => {
                if is_stored {
                    world.publish(now, &publication)?;
                }
                unpublished("the answer was lost")
            }
        }
    }

    async fn published(&self, outlet: Outlet, from: u64, max: usize) -> Result<Vec<Published>, LogError> {
        let mut world = self.world();
        world.reachable("reading what was published")?;
        let items = world.outbox(outlet).items.iter();
        Ok(items.filter(|item| item.sequence >= from).take(max).cloned().collect())
    }
}

/// Reads a [`SimulatedLog`].
pub struct SimulatedReader {
    log: SimulatedLog,
    changes: watch::Receiver<u64>,
    generation: u64,
    created: Timestamp,
    next: u64,
    /// Of the message before `next`, when it was there.
    hash: Option<u64>,
}

impl SimulatedReader {
    /// Knows the log again after a broken connection, as every reader must.
    fn reconnect(&mut self, world: &World) -> Result<(), LogError> {
        let sequence = self.next - 1;
        let found = self.hash.and_then(|_| world.scan(sequence)).map(Message::hash);
        let cut = Cut {
            created: self.created,
            sequence,
            hash: self.hash.unwrap_or_default(),
        };
        check(&cut, &world.state(), found.map(Some))?;
        self.generation = world.generation;
        Ok(())
    }

    fn take(&mut self, max: usize) -> Result<Vec<Message>, LogError> {
        let log = self.log.clone();
        let world = log.world();
        if world.is_away {
            return Ok(Vec::new());
        }
        if world.generation != self.generation {
            self.reconnect(&world)?;
        }
        let start = world.state().admit(self.next)?;
        let skipped = usize::try_from(start - world.first_scan).unwrap_or(usize::MAX);
        let (mut messages, mut bytes): (Vec<Message>, usize) = (Vec::new(), 0);
        for message in world.scans.iter().skip(skipped).take(max) {
            bytes += message.payload.len();
            if bytes > BATCH_BYTES_MAX && !messages.is_empty() {
                break;
            }
            // As from a socket: nobody shares the producer's bytes.
            let payload = Bytes::copy_from_slice(&message.payload);
            messages.push(Message {
                payload,
                ..message.clone()
            });
        }
        if let Some(last) = messages.last() {
            self.next = last.position.sequence + 1;
            self.hash = Some(last.hash());
        }
        Ok(messages)
    }
}

impl LogReader for SimulatedReader {
    async fn next(&mut self, max: usize, wait: Duration) -> Result<Vec<Message>, LogError> {
        let arrived = async {
            loop {
                self.changes.mark_unchanged();
                let messages = self.take(max)?;
                if !messages.is_empty() {
                    return Ok(messages);
                }
                self.changes.changed().await.expect("the reader holds the log itself");
            }
        };
        tokio::time::timeout(wait, arrived)
            .await
            .unwrap_or_else(|_elapsed| Ok(Vec::new()))
    }
}
