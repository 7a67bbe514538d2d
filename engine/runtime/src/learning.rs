//! Where shards meet to learn: each gives what it counted when an hour begins, the last of them learns for all, and each goes on
//! by the table of the hour before.

use milepost_core::{Counted, Lanes, Learning, Shard};
use milepost_model::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The begin of an hour of the log's time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hour {
    /// Counts the hours since the engine began, from 1.
    pub number: u64,
    /// When it began.
    pub at: Timestamp,
}

/// What was learned at an hour, kept.
#[derive(Debug, Default)]
struct Held {
    /// By so many.
    times: usize,
    /// Once all have come to it.
    learned: Option<Learning>,
}

/// Where shards meet.
#[derive(Debug)]
pub struct Exchange {
    shards: usize,
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Debug)]
struct State {
    /// What was learned when the last hour began that all shards have come to; nothing, while somebody goes on from it.
    learned: Option<Learning>,
    /// The table by which shards go that have come no further than all.
    in_force: Arc<Lanes>,
    /// By number of an hour that all have come to: the table by which they go on from the hour after. Of older ones those stay
    /// that somebody may still ask for.
    tables: BTreeMap<u64, Arc<Lanes>>,
    /// By number of an hour that not all have come to: what those counted that have.
    given: BTreeMap<u64, Vec<Counted>>,
    /// Hours that are being saved.
    held: BTreeMap<u64, Held>,
    /// Some shard will never come to an hour again.
    is_over: bool,
}

impl Exchange {
    /// For so many shards, which go on from what was learned.
    #[must_use]
    pub fn new(shards: usize, learning: Learning) -> Arc<Self> {
        Arc::new(Self {
            shards,
            state: Mutex::new(State {
                in_force: Arc::clone(learning.in_force()),
                tables: BTreeMap::from([(0, Arc::clone(learning.next()))]),
                learned: Some(learning),
                given: BTreeMap::new(),
                held: BTreeMap::new(),
                is_over: false,
            }),
            bell: Condvar::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change of it is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A shard has come to an hour, and gives what it counted. The last to come learns for all of them.
    pub fn give(&self, hour: Hour, shard: &mut Shard) {
        let counted = shard.take_counted();
        let mut state = self.state();
        let given = state.given.entry(hour.number).or_default();
        given.push(counted);
        if given.len() < self.shards {
            return;
        }
        let given = state.given.remove(&hour.number).expect("it was given just now");
        // Whoever gives comes to the next hour only after this, so nobody learns beside us.
        let before = state
            .learned
            .take()
            .expect("whoever learns brings back what was learned");
        drop(state);
        let learned = before.pass_hour(hour.at, &given);
        let mut state = self.state();
        if let Some(held) = state.held.get_mut(&hour.number) {
            held.learned = Some(learned.clone());
        }
        state.in_force = Arc::clone(learned.in_force());
        state.tables.insert(hour.number, Arc::clone(learned.next()));
        state.learned = Some(learned);
        // All have come to this hour, and may ask for the table of the one before.
        state.tables.retain(|number, _| number + 1 >= hour.number);
        self.bell.notify_all();
    }

    /// The table by which shards go on from that hour, if all have come to the one before.
    #[must_use]
    pub fn table(&self, hour: Hour) -> Option<Arc<Lanes>> {
        self.state().table(hour)
    }

    /// The same, and waits for it; `None` when it will never be there.
    #[must_use]
    pub fn wait(&self, hour: Hour) -> Option<Arc<Lanes>> {
        let mut state = self.state();
        loop {
            if let Some(table) = state.table(hour) {
                return Some(table);
            }
            if state.is_over {
                return None;
            }
            state = self.bell.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A shard stopped before its time: nobody waits for it.
    pub fn leave(&self) {
        self.state().is_over = true;
        self.bell.notify_all();
    }

    /// Keeps what was learned at that hour until it is saved.
    #[must_use]
    pub fn hold(self: &Arc<Self>, number: u64) -> ToLearnFrom {
        let mut state = self.state();
        let newest = state.newest();
        let learned = state.learned.clone().filter(|_| newest == number);
        let held = state.held.entry(number).or_default();
        held.times += 1;
        held.learned = held.learned.take().or(learned);
        ToLearnFrom {
            exchange: Arc::clone(self),
            number,
        }
    }

    /// The table by which shards go that have come no further than all.
    #[must_use]
    pub fn in_force(&self) -> Arc<Lanes> {
        Arc::clone(&self.state().in_force)
    }
}

impl State {
    /// The last hour that all have come to.
    fn newest(&self) -> u64 {
        let newest = self.tables.last_key_value();
        newest.map_or(0, |(number, _)| *number)
    }

    /// The table made at the hour before.
    fn table(&self, hour: Hour) -> Option<Arc<Lanes>> {
        self.tables.get(&hour.number.checked_sub(1)?).map(Arc::clone)
    }
}

/// What was learned at an hour, to be saved.
#[derive(Debug)]
pub struct ToLearnFrom {
    exchange: Arc<Exchange>,
    number: u64,
}

impl ToLearnFrom {
    /// As bytes; `None` until all shards have come to that hour, which they have once they are saved.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let learned = self.exchange.state().held.get(&self.number)?.learned.clone()?;
        let mut bytes = Vec::new();
        learned.save(&mut bytes);
        Some(bytes)
    }
}

impl Drop for ToLearnFrom {
    fn drop(&mut self) {
        let mut state = self.exchange.state();
        if let Some(held) = state.held.get_mut(&self.number) {
            held.times -= 1;
            if held.times == 0 {
                state.held.remove(&self.number);
            }
        }
    }
}
