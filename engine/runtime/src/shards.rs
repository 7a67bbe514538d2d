//! Third stage: the shards, each with one writer. Between pieces of work a shard answers those who want to read it, writes
//! a little of itself when it is to be saved, and looks at a few shipments when its rules have changed.

use crate::learning::{Exchange, Hour};
use crate::saving::{Order, ROWS_AT_ONCE, Underway};
use crate::sequence::Work;
use crossbeam_channel::{Receiver, Sender, TryRecvError, select};
use milepost_core::{Effect, Shard};
use std::sync::Arc;
use std::time::Duration;

/// How long a shard that is being saved, and has nothing else to do, waits for the keeper.
const KEEPER_WAIT: Duration = Duration::from_millis(1);

/// Shipments that are looked at under other rules after a piece of work: about half a millisecond.
const SWITCHED_AT_ONCE: usize = 1_000;

/// What a shard made of one piece of work.
#[derive(Default)]
pub struct Outcome {
    /// Jobs and refusals, in order.
    pub effects: Vec<Effect>,
    /// What the shard beside it made of the same, where two rule sets are compared.
    pub beside: Vec<Effect>,
}

/// Somebody who reads a shard between two pieces of work.
pub type Visit = Box<dyn FnOnce(&Shard) + Send>;

/// A piece of work that a shard is at.
pub struct Task {
    work: Work,
    /// Steps that are done, and hours that were passed.
    done: (usize, usize),
    /// The shard has given what it counted until the next hour.
    has_given: bool,
    outcome: Outcome,
}

/// How far a shard came with a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// It is done.
    Done,
    /// Others have to come as far first, to this hour's beginning.
    Waits {
        /// The hour.
        hour: Hour,
        /// It did something before that: others may wait for it.
        went_on: bool,
    },
}

impl Task {
    /// A piece that is not begun.
    #[must_use]
    pub fn new(work: Work) -> Self {
        Self {
            work,
            done: (0, 0),
            has_given: false,
            outcome: Outcome::default(),
        }
    }

    /// What to do with the shard when it is done.
    #[must_use]
    pub fn save(&self) -> Option<&Order> {
        self.work.save.as_ref()
    }

    /// What came of it.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        self.outcome
    }

    /// Works on as far as can be. A shard `beside` does the same by other rules, and learns what this one learns.
    pub fn go_on(
        &mut self,
        shard: &mut Shard,
        mut beside: Option<&mut Shard>,
        exchange: Option<&Arc<Exchange>>,
    ) -> Progress {
        let mut went_on = false;
        loop {
            let (steps, hours) = self.done;
            let hour = exchange.zip(self.work.hours.get(hours));
            let until = hour.map_or(self.work.steps.len(), |(_, (before, _))| *before);
            let (batch, todos) = (&self.work.batch, self.work.steps.get(steps..until).unwrap_or_default());
            if !todos.is_empty() {
                shard.handle(batch, todos, &mut self.outcome.effects);
                if let Some(beside) = beside.as_deref_mut() {
                    beside.handle(batch, todos, &mut self.outcome.beside);
                }
                self.done.0 = until;
                went_on = true;
            }
            let Some((exchange, &(_, hour))) = hour else {
                return Progress::Done;
            };
            if !self.has_given {
                exchange.give(hour, shard);
                (self.has_given, went_on) = (true, true);
            }
            let Some(lanes) = exchange.table(hour) else {
                return Progress::Waits { hour, went_on };
            };
            shard.handle_lanes(&lanes, hour.at);
            if let Some(beside) = beside.as_deref_mut() {
                beside.handle_lanes(&lanes, hour.at);
            }
            self.has_given = false;
            self.done.1 += 1;
        }
    }
}

/// A shard's thread.
pub struct Station<'s> {
    shard: &'s mut Shard,
    works: Receiver<Work>,
    visits: Receiver<Visit>,
    outcomes: Sender<Outcome>,
    exchange: Arc<Exchange>,
    saving: Option<Underway>,
    /// All work was done: nobody waits for this shard any more.
    has_ended: bool,
}

impl<'s> Station<'s> {
    /// A thread's part: what it works on, from where, and where to.
    pub fn new(
        shard: &'s mut Shard,
        (works, visits): (Receiver<Work>, Receiver<Visit>),
        outcomes: Sender<Outcome>,
        exchange: Arc<Exchange>,
    ) -> Self {
        Self {
            shard,
            works,
            visits,
            outcomes,
            exchange,
            saving: None,
            has_ended: false,
        }
    }

    /// Works until there is no more, with visits in between; then finishes what is being saved.
    pub fn serve(mut self) {
        while let Some(work) = self.next() {
            if !self.take(work) {
                return;
            }
        }
        self.has_ended = true;
        if let Some(saving) = self.saving.take() {
            saving.finish(self.shard);
        }
    }

    /// The next piece of work; while there is none, the shard is saved, switched and visited.
    fn next(&mut self) -> Option<Work> {
        loop {
            if let Ok(visit) = self.visits.try_recv() {
                visit(self.shard);
            }
            match self.works.try_recv() {
                Ok(work) => return Some(work),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {}
            }
            let wait = match &self.saving {
                _ if self.shard.is_switching() => Duration::ZERO,
                Some(saving) if saving.is_stuck() => KEEPER_WAIT,
                Some(_) => Duration::ZERO,
                None => Duration::MAX,
            };
            select! {
                recv(self.works) -> work => return work.ok(),
                recv(self.visits) -> visit => match visit {
                    Ok(visit) => visit(self.shard),
                    // Nobody can visit any more: only work is left.
                    Err(_) => self.visits = crossbeam_channel::never(),
                },
                default(wait) => {}
            }
            self.go_on_a_little();
        }
    }

    fn take(&mut self, work: Work) -> bool {
        let mut task = Task::new(work);
        while let Progress::Waits { hour, .. } = task.go_on(self.shard, None, Some(&self.exchange)) {
            if self.exchange.wait(hour).is_none() {
                return false;
            }
        }
        if let Some(order) = task.save() {
            self.saving = Some(Underway::begin(self.shard, order));
        }
        let taken = self.outcomes.send(task.outcome()).is_ok();
        self.go_on_a_little();
        taken
    }

    /// What goes on beside the work: saving, and other rules.
    fn go_on_a_little(&mut self) {
        self.shard.switch_some(SWITCHED_AT_ONCE);
        if let Some(saving) = self.saving.take() {
            self.saving = saving.go_on(self.shard, ROWS_AT_ONCE);
        }
    }
}

impl Drop for Station<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.exchange.leave();
        }
    }
}
