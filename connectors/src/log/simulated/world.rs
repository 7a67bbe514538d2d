//! What the simulated server holds, and what it does with it.

use super::Faults;
use crate::log::{
    Append, LogError, Message, Outgoing, Outlet, Publication, Published, Stored, StreamState, Unpublished,
};
use milepost_model::{Position, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

pub(super) struct World {
    pub(super) chance: u64,
    pub(super) faults: Faults,
    pub(super) created: Timestamp,
    /// Grows with each crash, as a connection breaks.
    pub(super) generation: u64,
    pub(super) scans: VecDeque<Message>,
    pub(super) first_scan: u64,
    pub(super) synced_scan: u64,
    pub(super) jobs: Outbox,
    pub(super) rejects: Outbox,
    pub(super) lost_answer: Option<bool>,
    /// No message is stored earlier. A server that comes back after a loss of power has all that it lost behind it, so what
    /// is sent again bears another time, even where the same stands under the same number as before.
    pub(super) not_before: Timestamp,
    pub(super) is_away: bool,
    pub(super) is_full: bool,
    /// Publications on their way from an engine that is gone.
    pub(super) late: Vec<(Timestamp, Arc<Publication>)>,
    pub(super) delays_next: bool,
    pub(super) breaks_after: Option<usize>,
}

pub(super) struct Outbox {
    pub(super) name: &'static str,
    pub(super) created: Timestamp,
    pub(super) items: VecDeque<Published>,
    pub(super) first: u64,
    pub(super) synced: u64,
}

impl Outbox {
    pub(super) fn new(name: &'static str, created: Timestamp) -> Self {
        Self {
            name,
            created,
            items: VecDeque::new(),
            first: 1,
            synced: 0,
        }
    }

    pub(super) fn last(&self) -> u64 {
        self.first + self.items.len() as u64 - 1
    }

    pub(super) fn keep_to(&mut self, last: u64) {
        while self.last() > last && self.items.pop_back().is_some() {}
        self.synced = self.synced.min(last);
    }
}

impl World {
    /// A number below `below` (splitmix64).
    pub(super) fn draw(&mut self, below: u64) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.chance;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below.max(1)
    }

    pub(super) fn last_scan(&self) -> u64 {
        self.first_scan + self.scans.len() as u64 - 1
    }

    pub(super) fn scan(&self, sequence: u64) -> Option<&Message> {
        self.scans
            .get(usize::try_from(sequence.checked_sub(self.first_scan)?).ok()?)
    }

    pub(super) fn state(&self) -> StreamState {
        StreamState {
            name: "SCANS".to_owned(),
            created: self.created,
            first_sequence: self.first_scan,
            last_sequence: self.last_scan(),
        }
    }

    pub(super) fn outbox(&mut self, outlet: Outlet) -> &mut Outbox {
        match outlet {
            Outlet::Jobs => &mut self.jobs,
            Outlet::Rejects => &mut self.rejects,
        }
    }

    pub(super) fn sync(&mut self) {
        self.synced_scan = self.last_scan();
        self.jobs.synced = self.jobs.last();
        self.rejects.synced = self.rejects.last();
    }

    pub(super) fn reachable(&self, during: &str) -> Result<(), LogError> {
        if self.is_away {
            return Err(unreachable(during, "it is away"));
        }
        Ok(())
    }

    /// Takes what it can; where the shares end then, or why one took nothing.
    pub(super) fn publish(&mut self, now: Timestamp, publication: &Publication) -> Result<Stored, Box<Unpublished>> {
        let outlet = publication.outlet;
        let mut stored = Stored::nothing(publication);
        let mut fenced = None;
        for item in &publication.items {
            let share = item.partition;
            let found = self.last_of_share(outlet, share).map_or(0, |last| last.sequence);
            if found == stored.ends.of(share) {
                stored.add(share, self.push(now, outlet, item.clone()));
            } else {
                // As on a server: the share takes nothing, the others take theirs.
                fenced.get_or_insert(LogError::Fenced {
                    subject: outlet.subject(share),
                    expected: stored.ends.of(share),
                    found: Some(found),
                });
            }
        }
        if self.faults.synced_at_once {
            self.sync();
        }
        match fenced {
            Some(error) => Err(Unpublished::new(stored, error)),
            None => Ok(stored),
        }
    }

    /// Stores one message, or twice by chance; the number of the last copy.
    pub(super) fn store(&mut self, now: Timestamp, message: &Append) -> u64 {
        let copies = if self.draw(100) < u64::from(self.faults.doubled_percent) {
            2
        } else {
            1
        };
        for _ in 0..copies {
            let timestamp = now.max(self.not_before);
            self.not_before = timestamp;
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
    pub(super) fn order(&mut self, messages: &[Append]) -> Vec<usize> {
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

    pub(super) fn push(&mut self, now: Timestamp, outlet: Outlet, item: Outgoing) -> u64 {
        let outbox = self.outbox(outlet);
        let sequence = outbox.last() + 1;
        outbox.items.push_back(Published {
            sequence,
            timestamp: now,
            item,
        });
        sequence
    }

    pub(super) fn last_of_share(&mut self, outlet: Outlet, partition: u8) -> Option<&Published> {
        self.outbox(outlet)
            .items
            .iter()
            .rev()
            .find(|published| published.item.partition == partition)
    }
}

pub(super) fn unreachable(during: &str, why: &str) -> LogError {
    LogError::Unreachable {
        url: "simulated".to_owned(),
        during: during.to_owned(),
        why: why.to_owned(),
    }
}
