//! The same stations for input that is there already: as many threads as asked for, each doing whatever is ready, the last
//! station first. So the bytes of a piece are still near when they become scans, and the scans when they reach their shard;
//! and nobody waits while there is something to do. The output is that of [`crate::pipeline`].

use anyhow::{Context, Error, Result, anyhow};
use crossbeam_channel::{Receiver, Sender, unbounded};
use milepost_connectors::carriers::Defaults;
use milepost_core::{Shard, Timeline};
use milepost_runtime::intake::{Decoded, Input, Intake};
use milepost_runtime::outbox::{Outlet, gather};
use milepost_runtime::sequence::{InOrder, Sequenced, Sequencer, Work};
use milepost_runtime::shards::{self, Outcome};
use milepost_runtime::spares::Spares;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;

/// Pieces that may be under way for each thread: one that it works at, one that waits for another's shard.
const PIECES_EACH: usize = 2;

/// Workers before they begin.
pub(crate) struct Workers {
    pub(crate) shards: Vec<Shard>,
    /// Shards with other rules that are given the same work: one for each, or none.
    pub(crate) beside: Vec<Shard>,
    pub(crate) timeline: Timeline,
    pub(crate) defaults: Arc<Defaults>,
    pub(crate) threads: usize,
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
        let floor = Floor::new(
            (&mut self.shards, &mut self.beside),
            self.timeline,
            input,
            outlet,
            pieces_max,
        );
        thread::scope(|scope| {
            let others: Vec<_> = (1..self.threads)
                .map(|number| {
                    let intake = Intake::new(Arc::clone(&self.defaults), spares.clone(), count);
                    let floor = &floor;
                    scope.spawn(move || floor.work(intake, number))
                })
                .collect();
            floor.work(Intake::new(Arc::clone(&self.defaults), spares.clone(), count), 0);
            let lost = others.into_iter().filter_map(|other| other.join().err()).count();
            match (floor.progress().failed.take(), lost) {
                (Some(error), _) => Err(error),
                (None, 0) => Ok(()),
                (None, _) => Err(fault()),
            }
        })
        .context("the engine stopped")?;
        drop(floor);
        Ok((self.shards, self.beside))
    }
}

/// The stations, each of which one worker at a time can stand at.
struct Floor<'f, I> {
    input: Mutex<Numbered<I>>,
    sequence: Mutex<Sequence>,
    decoded: Sender<(u64, Decoded)>,
    shards: Vec<Mutex<Desk<'f>>>,
    exit: Mutex<Exit<'f>>,
    progress: Mutex<Progress>,
    /// Something was done that others may have waited for.
    bell: Condvar,
    pieces_max: usize,
}

/// Pieces with their place in the input.
struct Numbered<I> {
    input: I,
    next: u64,
}

/// The station that puts the pieces into the order of the log.
struct Sequence {
    sequencer: Sequencer,
    decoded: Receiver<(u64, Decoded)>,
    order: InOrder,
    works: Vec<Sender<Work>>,
    sequenced: Sender<Sequenced>,
}

/// A shard, what it has to do, and where what it made goes.
struct Desk<'f> {
    shard: &'f mut Shard,
    beside: Option<&'f mut Shard>,
    works: Receiver<Work>,
    outcomes: Sender<Outcome>,
}

/// The last station.
struct Exit<'f> {
    outlet: &'f mut (dyn Outlet + Send),
    sequenced: Receiver<Sequenced>,
    outcomes: Vec<Receiver<Outcome>>,
    /// The piece that goes out next, and what the first shards made of it.
    next: Option<(Sequenced, Vec<Outcome>)>,
}

/// How far all are.
#[derive(Default)]
struct Progress {
    /// Counts what was done.
    done: u64,
    /// Pieces between the first and the last station.
    underway: usize,
    input_ended: bool,
    failed: Option<Error>,
    stopped: bool,
}

impl<'f, I: Iterator<Item = Result<Input>>> Floor<'f, I> {
    fn new(
        (shards, beside): (&'f mut [Shard], &'f mut [Shard]),
        timeline: Timeline,
        input: I,
        outlet: &'f mut (dyn Outlet + Send),
        pieces_max: usize,
    ) -> Self {
        let (decoded_in, decoded) = unbounded();
        let (sequenced_in, sequenced) = unbounded();
        let (works_in, works): (Vec<_>, Vec<_>) = shards.iter().map(|_| unbounded()).unzip();
        let (outcomes_in, outcomes): (Vec<_>, Vec<_>) = shards.iter().map(|_| unbounded()).unzip();
        let mut beside = beside.iter_mut();
        let desks = shards.iter_mut().zip(works).zip(outcomes_in);
        let desks = desks.map(|((shard, works), outcomes)| Desk {
            shard,
            beside: beside.next(),
            works,
            outcomes,
        });
        Self {
            input: Mutex::new(Numbered { input, next: 0 }),
            sequence: Mutex::new(Sequence {
                sequencer: Sequencer::new(timeline),
                decoded,
                order: InOrder::default(),
                works: works_in,
                sequenced: sequenced_in,
            }),
            decoded: decoded_in,
            shards: desks.map(Mutex::new).collect(),
            exit: Mutex::new(Exit {
                outlet,
                sequenced,
                outcomes,
                next: None,
            }),
            progress: Mutex::default(),
            bell: Condvar::new(),
            pieces_max,
        }
    }

    /// One worker, until all is done or one of them fails. Workers begin at different shards.
    fn work(&self, mut intake: Intake, number: usize) {
        let leaving = Leaving(self);
        loop {
            let seen = {
                let progress = self.progress();
                if progress.stopped || progress.input_ended && progress.underway == 0 {
                    break;
                }
                progress.done
            };
            match self.step(&mut intake, number) {
                Ok(true) => self.tell(|_| {}),
                Ok(false) => self.wait(seen),
                Err(error) => self.tell(|progress| {
                    progress.stopped = true;
                    progress.failed.get_or_insert(error);
                }),
            }
        }
        std::mem::forget(leaving);
        self.tell(|_| {});
    }

    /// Does one thing that is ready; `false` if there is none.
    fn step(&self, intake: &mut Intake, number: usize) -> Result<bool> {
        if let Some(mut exit) = free(&self.exit)?
            && exit.step()?
        {
            self.progress().underway -= 1;
            return Ok(true);
        }
        let count = self.shards.len();
        for desk in self.shards.iter().cycle().skip(number % count).take(count) {
            if let Some(mut desk) = free(desk)?
                && desk.step()
            {
                return Ok(true);
            }
        }
        if let Some(mut sequence) = free(&self.sequence)?
            && sequence.step()
        {
            return Ok(true);
        }
        self.decode(intake)
    }

    /// Decodes the next piece, if there is one and it may come in.
    fn decode(&self, intake: &mut Intake) -> Result<bool> {
        let Some(mut input) = free(&self.input)? else {
            return Ok(false);
        };
        {
            let progress = self.progress();
            if progress.input_ended || progress.underway >= self.pieces_max {
                return Ok(false);
            }
        }
        let Some(piece) = input.input.next() else {
            self.progress().input_ended = true;
            return Ok(true);
        };
        let number = input.next;
        input.next += 1;
        self.progress().underway += 1;
        drop(input);
        // The next worker can read while this one decodes.
        self.tell(|_| {});
        let decoded = intake.decode(piece?);
        Ok(self.decoded.send((number, decoded)).is_ok())
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        // Whoever panicked with it left it whole.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, change: impl FnOnce(&mut Progress)) {
        let mut progress = self.progress();
        change(&mut progress);
        progress.done += 1;
        drop(progress);
        self.bell.notify_all();
    }

    /// Waits until somebody did something after `seen`.
    fn wait(&self, seen: u64) {
        let mut progress = self.progress();
        while progress.done == seen {
            progress = self.bell.wait(progress).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Stops the others when a worker is lost to a panic.
struct Leaving<'a, 'f, I: Iterator<Item = Result<Input>>>(&'a Floor<'f, I>);

impl<I: Iterator<Item = Result<Input>>> Drop for Leaving<'_, '_, I> {
    fn drop(&mut self) {
        self.0.tell(|progress| progress.stopped = true);
    }
}

/// The station, if nobody stands at it.
fn free<T>(station: &Mutex<T>) -> Result<Option<MutexGuard<'_, T>>> {
    match station.try_lock() {
        Ok(station) => Ok(Some(station)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Poisoned(_)) => Err(fault()),
    }
}

fn fault() -> Error {
    anyhow!("a worker stopped on a fault of our own, told above")
}

impl Sequence {
    fn step(&mut self) -> bool {
        let Ok((number, piece)) = self.decoded.try_recv() else {
            return false;
        };
        self.order.add(number, piece);
        while let Some(piece) = self.order.next() {
            let mut piece = self.sequencer.sequence(piece);
            for (desk, work) in self.works.iter().zip(std::mem::take(&mut piece.work)) {
                desk.send(work).expect("the desk stands as long as we do");
            }
            self.sequenced.send(piece).expect("the exit stands as long as we do");
        }
        true
    }
}

impl Desk<'_> {
    fn step(&mut self) -> bool {
        let Ok(work) = self.works.try_recv() else {
            return false;
        };
        let mut outcome = shards::work(self.shard, &work);
        if let Some(beside) = &mut self.beside {
            outcome.beside = shards::work(beside, &work).effects;
        }
        self.outcomes.send(outcome).expect("the exit stands as long as we do");
        true
    }
}

impl Exit<'_> {
    /// Lets a piece out that all shards are done with.
    fn step(&mut self) -> Result<bool> {
        let next = self.next.take();
        let Some((piece, mut made)) = next.or_else(|| Some((self.sequenced.try_recv().ok()?, Vec::new()))) else {
            return Ok(false);
        };
        while let Some(outcomes) = self.outcomes.get(made.len()) {
            let Ok(outcome) = outcomes.try_recv() else {
                self.next = Some((piece, made));
                return Ok(false);
            };
            made.push(outcome);
        }
        self.outlet.take(gather(piece, made))?;
        Ok(true)
    }
}
