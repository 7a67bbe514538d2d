//! The log in memory, with the troubles of a real one at the press of a key: for tests that must repeat exactly.
//!
//! Nothing happens by itself: loss comes from [`SimulatedLog::crash`], doubled and reordered messages from [`Faults`],
//! and all chance from the seed.

use super::cut::check;
use super::{
    Append, BATCH_BYTES_MAX, Cut, Ends, HighWater, Log, LogError, LogReader, Message, Outgoing, Outlet, Publication,
    Published, StreamState, Unpublished,
};
use bytes::Bytes;
use milepost_model::{Position, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

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

struct World {
    chance: u64,
    faults: Faults,
    created: Timestamp,
    /// Grows with each crash, as a connection breaks.
    generation: u64,
    scans: VecDeque<Message>,
    first_scan: u64,
    synced_scan: u64,
    jobs: Outbox,
    rejects: Outbox,
    lost_answer: Option<bool>,
}

#[derive(Default)]
struct Outbox {
    items: Vec<Published>,
    synced: usize,
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
            jobs: Outbox::default(),
            rejects: Outbox::default(),
            lost_answer: None,
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
            let (total, synced) = (world.outbox(outlet).items.len(), world.outbox(outlet).synced);
            let kept = synced as u64 + world.draw((total - synced) as u64 + 1);
            let kept = usize::try_from(kept).unwrap_or(usize::MAX);
            world.outbox(outlet).items.truncate(kept);
        }
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
        world.jobs = Outbox::default();
        world.rejects = Outbox::default();
        drop(world);
        self.wake();
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

impl World {
    /// A number below `below` (splitmix64).
    fn draw(&mut self, below: u64) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.chance;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below.max(1)
    }

    fn last_scan(&self) -> u64 {
        self.first_scan + self.scans.len() as u64 - 1
    }

    fn scan(&self, sequence: u64) -> Option<&Message> {
        self.scans
            .get(usize::try_from(sequence.checked_sub(self.first_scan)?).ok()?)
    }

    fn state(&self) -> StreamState {
        StreamState {
            name: "SCANS".to_owned(),
            created: self.created,
            first_sequence: self.first_scan,
            last_sequence: self.last_scan(),
        }
    }

    fn outbox(&mut self, outlet: Outlet) -> &mut Outbox {
        match outlet {
            Outlet::Jobs => &mut self.jobs,
            Outlet::Rejects => &mut self.rejects,
        }
    }

    fn sync(&mut self) {
        self.synced_scan = self.last_scan();
        self.jobs.synced = self.jobs.items.len();
        self.rejects.synced = self.rejects.items.len();
    }

    /// Stores one message, or twice by chance; the number of the last copy.
    fn store(&mut self, now: Timestamp, message: &Append) -> u64 {
        let copies = if self.draw(100) < u64::from(self.faults.doubled_percent) {
            2
        } else {
            1
        };
        for _ in 0..copies {
            let timestamp = self.scans.back().map_or(now, |last| last.timestamp.max(now));
            let position = Position {
                partition: message.to.partition(),
                sequence: self.last_scan() + 1,
            };
            let (format, payload) = (message.format.clone(), message.payload.clone());
            self.scans.push_back(Message {
                position,
                timestamp,
                format,
                payload,
            });
        }
        self.last_scan()
    }

    /// The order in which the messages of one append are stored: within a share as they came.
    fn order(&mut self, messages: &[Append]) -> Vec<usize> {
        if !self.faults.reordered {
            return (0..messages.len()).collect();
        }
        let mut shares: BTreeMap<Option<u8>, VecDeque<usize>> = BTreeMap::new();
        for (index, message) in messages.iter().enumerate() {
            shares.entry(message.to.partition()).or_default().push_back(index);
        }
        let mut order = Vec::with_capacity(messages.len());
        while !shares.is_empty() {
            let chosen = self.draw(shares.len() as u64);
            let chosen = usize::try_from(chosen).unwrap_or(0);
            let share = shares.keys().nth(chosen).copied().flatten();
            match shares.get_mut(&share).and_then(VecDeque::pop_front) {
                Some(index) => order.push(index),
                None => drop(shares.remove(&share)),
            }
        }
        order
    }

    fn push(&mut self, now: Timestamp, outlet: Outlet, item: Outgoing) -> u64 {
        let items = &mut self.outbox(outlet).items;
        let sequence = items.len() as u64 + 1;
        items.push(Published {
            sequence,
            timestamp: now,
            item,
        });
        sequence
    }

    fn last_of_share(&mut self, outlet: Outlet, partition: u8) -> Option<&Published> {
        self.outbox(outlet)
            .items
            .iter()
            .rev()
            .find(|published| published.item.partition == partition)
    }
}

impl Log for SimulatedLog {
    type Reader = SimulatedReader;

    async fn state(&self) -> Result<StreamState, LogError> {
        Ok(self.world().state())
    }

    async fn message_hash(&self, sequence: u64) -> Result<Option<u64>, LogError> {
        Ok(self.world().scan(sequence).map(Message::hash))
    }

    async fn read(&self, from: u64) -> Result<SimulatedReader, LogError> {
        let world = self.world();
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

    async fn high_water(&self, outlet: Outlet, partition: u8) -> Result<HighWater, LogError> {
        let mut world = self.world();
        let last = world.last_of_share(outlet, partition);
        Ok(last.map_or_else(HighWater::default, |last| HighWater {
            last_sequence: last.sequence,
            reached: Some((last.item.position, last.item.index)),
            lineage: last.item.lineage,
            id: last.item.id.clone(),
        }))
    }

    fn publications_max(&self) -> usize {
        1
    }

    async fn publish(&self, now: Timestamp, publication: Arc<Publication>) -> Result<Ends, Box<Unpublished>> {
        let (outlet, before) = (publication.outlet, publication.ends);
        let mut ends = before;
        let mut world = self.world();
        let lost_answer = world.lost_answer.take();
        let mut fenced = None;
        for item in &publication.items {
            let share = item.partition;
            let found = world.last_of_share(outlet, share).map_or(0, |last| last.sequence);
            if found != ends.of(share) {
                // As on a server: the share takes nothing, the others take theirs.
                fenced.get_or_insert(LogError::Fenced {
                    subject: outlet.subject(share),
                    expected: ends.of(share),
                    found: Some(found),
                });
            } else if lost_answer != Some(false) {
                ends.set(share, world.push(now, outlet, item.clone()));
            }
        }
        if let Some(error) = fenced {
            return Err(Unpublished::new(ends, error));
        }
        if world.faults.synced_at_once {
            world.sync();
        }
        if lost_answer.is_some() {
            let error = LogError::Unreachable {
                url: "simulated".to_owned(),
                during: "publishing".to_owned(),
                why: "the answer was lost".to_owned(),
            };
            return Err(Unpublished::new(before, error));
        }
        Ok(ends)
    }

    async fn published(&self, outlet: Outlet, from: u64, max: usize) -> Result<Vec<Published>, LogError> {
        let mut world = self.world();
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
