//! Third stage: the shards, each with one writer. Between pieces of work a shard answers those who want to read it, writes
//! a little of itself when it is to be saved, and looks at a few shipments when its rules have changed.

use crate::saving::{ROWS_AT_ONCE, Underway};
use crate::sequence::Work;
use crossbeam_channel::{Receiver, Sender, TryRecvError, select};
use milepost_core::{Effect, Shard};
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

/// Does one piece of work.
pub fn work(shard: &mut Shard, work: &Work) -> Outcome {
    let mut outcome = Outcome::default();
    shard.handle(&work.batch, &work.steps, &mut outcome.effects);
    outcome
}

/// A shard's thread.
pub struct Station<'s> {
    shard: &'s mut Shard,
    works: Receiver<Work>,
    visits: Receiver<Visit>,
    outcomes: Sender<Outcome>,
    saving: Option<Underway>,
}

impl<'s> Station<'s> {
    /// A thread's part: what it works on, from where, and where to.
    pub fn new(
        shard: &'s mut Shard,
        (works, visits): (Receiver<Work>, Receiver<Visit>),
        outcomes: Sender<Outcome>,
    ) -> Self {
        Self {
            shard,
            works,
            visits,
            outcomes,
            saving: None,
        }
    }

    /// Works until there is no more, with visits in between; then finishes what is being saved.
    pub fn serve(mut self) {
        while let Some(work) = self.next() {
            if !self.take(&work) {
                return;
            }
        }
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

    fn take(&mut self, piece: &Work) -> bool {
        let outcome = work(self.shard, piece);
        if let Some(order) = &piece.save {
            self.saving = Some(Underway::begin(self.shard, order));
        }
        let taken = self.outcomes.send(outcome).is_ok();
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
