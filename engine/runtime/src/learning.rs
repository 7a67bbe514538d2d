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

/// Where shards meet.
#[derive(Debug)]
pub struct Exchange {
    shards: usize,
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Debug)]
struct State {
    /// What was learned when an hour began that all shards have come to, by its number. Of older ones those stay that somebody
    /// may still ask for.
    learned: BTreeMap<u64, Learning>,
    /// By number of an hour that not all have come to: how many have, and what they counted.
    given: BTreeMap<u64, (usize, Vec<Counted>)>,
    /// Hours that are being saved, and how often.
    held: BTreeMap<u64, usize>,
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
                learned: BTreeMap::from([(0, learning)]),
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
        let (came, all) = state.given.entry(hour.number).or_default();
        *came += 1;
        all.extend(counted);
        if *came < self.shards {
            return;
        }
        let (_, all) = state.given.remove(&hour.number).expect("it was given just now");
        let before = state.before(hour).expect("it stays until all have come to the next");
        let before = before.clone();
        // Whoever gives comes to the next hour only after this, so nobody learns beside us.
        drop(state);
        let learned = before.pass_hour(hour.at, all);
        let mut state = self.state();
        state.learned.insert(hour.number, learned);
        // All have come to this hour, and may ask for the table of the one before.
        let State { learned, held, .. } = &mut *state;
        learned.retain(|number, _| number + 1 >= hour.number || held.contains_key(number));
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
        *self.state().held.entry(number).or_default() += 1;
        ToLearnFrom {
            exchange: Arc::clone(self),
            number,
        }
    }

    /// What was learned last, of which all shards know.
    #[must_use]
    pub fn newest(&self) -> Learning {
        let state = self.state();
        let newest = state.learned.values().next_back();
        newest.expect("there is one from the begin on").clone()
    }
}

impl State {
    /// What was learned at the hour before.
    fn before(&self, hour: Hour) -> Option<&Learning> {
        self.learned.get(&hour.number.checked_sub(1)?)
    }

    fn table(&self, hour: Hour) -> Option<Arc<Lanes>> {
        self.before(hour).map(|learned| Arc::clone(learned.next()))
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
        let learned = self.exchange.state().learned.get(&self.number).cloned()?;
        let mut bytes = Vec::new();
        learned.save(&mut bytes);
        Some(bytes)
    }
}

impl Drop for ToLearnFrom {
    fn drop(&mut self) {
        let mut state = self.exchange.state();
        if let Some(times) = state.held.get_mut(&self.number) {
            *times -= 1;
            if *times == 0 {
                state.held.remove(&self.number);
            }
        }
    }
}
