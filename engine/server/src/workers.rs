//! The same stations for input that is there already: as many threads as asked for, each doing whatever is ready, the last
//! station first. So the bytes of a piece are still near when they become scans, and the scans when they reach their shard;
//! and nobody waits while there is something to do. The output is that of [`crate::pipeline`].

mod floor;

use anyhow::{Context, Result};
use floor::{Decode, Flow, Made, Make, Stations};
use milepost_connectors::carriers::Defaults;
use milepost_core::{Shard, Timeline};
use milepost_runtime::intake::{Decoded, Input, Intake};
use milepost_runtime::learning::Exchange;
use milepost_runtime::outbox::{Outlet, gather};
use milepost_runtime::sequence::{Sequenced, Sequencer, Work};
use milepost_runtime::shards::{Outcome, Progress, Task};
use milepost_runtime::spares::Spares;
use std::sync::Arc;

/// What the floor rests on.
mod sync {
    pub(super) use crossbeam_channel::{Receiver, Sender, unbounded};
    pub(super) use std::sync::{Condvar, Mutex, MutexGuard};
    pub(super) use std::thread;
}

/// Pieces that may be under way for each thread: one that it works at, one that waits for another's shard.
const PIECES_EACH: usize = 2;

/// Workers before they begin.
pub(crate) struct Workers {
    pub(crate) shards: Vec<Shard>,
    /// Shards with other rules that are given the same work, and go by what those learn: one for each, or none.
    pub(crate) beside: Vec<Shard>,
    pub(crate) timeline: Timeline,
    /// Where the shards learn; without, they learn nothing.
    pub(crate) exchange: Option<Arc<Exchange>>,
    pub(crate) defaults: Arc<Defaults>,
    pub(crate) threads: usize,
}

/// What goes from station to station.
struct Pieces;

impl Flow for Pieces {
    type Input = Input;
    type Decoded = Decoded;
    type Work = Work;
    type Sequenced = Sequenced;
    type Outcome = Outcome;
}

impl Workers {
    /// Works until the input ends, and returns the shards and those beside them.
    pub(crate) fn run(
        mut self,
        input: impl Iterator<Item = Result<Input>> + Send,
        outlet: &mut (dyn Outlet + Send),
    ) -> Result<(Vec<Shard>, Vec<Shard>)> {
        let count = self.shards.len();
        let pieces_max = PIECES_EACH * self.threads;
        let spares = Spares::new(count * pieces_max);
        let decode = (0..self.threads).map(|_| {
            let mut intake = Intake::new(Arc::clone(&self.defaults), spares.clone(), count);
            Box::new(move |piece| intake.decode(piece)) as Decode<'_, Pieces>
        });
        let mut sequencer = Sequencer::new(self.timeline);
        if let Some(exchange) = &self.exchange {
            sequencer = sequencer.learning(Arc::clone(exchange));
        }
        let mut beside = self.beside.iter_mut();
        let desks = self
            .shards
            .iter_mut()
            .map(|shard| desk(shard, beside.next(), self.exchange.clone()));
        let stations = Stations::<'_, Pieces> {
            input: Box::new(input),
            decode: decode.collect(),
            divide: Box::new(move |piece| {
                let mut piece = sequencer.sequence(piece);
                (std::mem::take(&mut piece.work), piece)
            }),
            desks: desks.collect(),
            take: Box::new(|piece, made| outlet.take(gather(piece, made))),
        };
        floor::run(stations, pieces_max).context("the engine stopped")?;
        Ok((self.shards, self.beside))
    }
}

/// Where the work of a shard is done, and the same by the shard beside it.
fn desk<'s>(
    shard: &'s mut Shard,
    mut beside: Option<&'s mut Shard>,
    exchange: Option<Arc<Exchange>>,
) -> Make<'s, Pieces> {
    let mut waiting = None;
    Box::new(move |work| {
        let task = work.map(Task::new).or_else(|| waiting.take());
        let mut task = task.expect("a desk is given a share, or is at one");
        match task.go_on(shard, beside.as_deref_mut(), exchange.as_ref()) {
            Progress::Done => Made::Done(task.outcome()),
            Progress::Waits { went_on, .. } => {
                waiting = Some(task);
                Made::Waits { went_on }
            }
        }
    })
}
