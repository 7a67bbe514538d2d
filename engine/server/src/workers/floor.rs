//! Who stands at which station: each worker does whatever is ready, the last station first, and one worker at a time stands
//! at a station. What is done there is not known here, so that every order of steps can be tried: `tests/fuzz` takes this
//! file with other locks, under which it chooses who goes on.

use super::sync::{Condvar, Mutex, MutexGuard, Receiver, Sender, thread, unbounded};
use crate::in_order::InOrder;
use anyhow::{Error, Result, anyhow};
use std::sync::{PoisonError, TryLockError};

/// What goes from station to station.
pub(crate) trait Flow {
    /// A piece of input.
    type Input: Send;
    /// A piece that was decoded.
    type Decoded: Send;
    /// One desk's share of a piece.
    type Work: Send;
    /// The rest of a piece, in its place.
    type Sequenced: Send;
    /// What a desk made of its share.
    type Outcome: Send;
}

/// What decodes a piece.
pub(crate) type Decode<'f, F> = Box<dyn FnMut(<F as Flow>::Input) -> <F as Flow>::Decoded + Send + 'f>;
/// What divides a piece among the desks: one share for each.
pub(crate) type Divide<'f, F> =
    Box<dyn FnMut(<F as Flow>::Decoded) -> (Vec<<F as Flow>::Work>, <F as Flow>::Sequenced) + Send + 'f>;
/// What a desk does with a share: a new one, or that which it is at.
pub(crate) type Make<'f, F> = Box<dyn FnMut(Option<<F as Flow>::Work>) -> Made<<F as Flow>::Outcome> + Send + 'f>;
/// What takes a piece that all desks are done with.
pub(crate) type Take<'f, F> =
    Box<dyn FnMut(<F as Flow>::Sequenced, Vec<<F as Flow>::Outcome>) -> Result<()> + Send + 'f>;

/// How far a desk came with a share.
pub(crate) enum Made<O> {
    /// It is done.
    Done(O),
    /// Another desk has to come as far first.
    Waits {
        /// It did something before that: others may wait for it.
        went_on: bool,
    },
}

/// What is done at the stations, in the direction of flow.
pub(crate) struct Stations<'f, F: Flow> {
    pub(crate) input: Box<dyn Iterator<Item = Result<F::Input>> + Send + 'f>,
    /// One for each worker: pieces are decoded side by side.
    pub(crate) decode: Vec<Decode<'f, F>>,
    pub(crate) divide: Divide<'f, F>,
    pub(crate) desks: Vec<Make<'f, F>>,
    pub(crate) take: Take<'f, F>,
}

/// Works until the input ends or a station fails. Every piece passes the stations in the order of the input; at most
/// `pieces_max` are under way.
pub(crate) fn run<F: Flow>(stations: Stations<'_, F>, pieces_max: usize) -> Result<()> {
    let (floor, mut decode) = Floor::new(stations, pieces_max);
    let own = decode.pop();
    thread::scope(|scope| {
        let floor = &floor;
        let others = (1..).zip(decode);
        let others = others.map(|(number, decode)| scope.spawn(move || floor.work(decode, number)));
        let others: Vec<_> = others.collect();
        if let Some(decode) = own {
            floor.work(decode, 0);
        }
        let lost = others.into_iter().filter_map(|other| other.join().err()).count();
        match (floor.progress().failed.take(), lost) {
            (Some(error), _) => Err(error),
            (None, 0) => Ok(()),
            (None, _) => Err(fault()),
        }
    })
}

/// The stations, each of which one worker at a time can stand at.
struct Floor<'f, F: Flow> {
    input: Mutex<Entrance<'f, F>>,
    sequence: Mutex<Sequence<'f, F>>,
    decoded: Sender<(u64, F::Decoded)>,
    desks: Vec<Mutex<Desk<'f, F>>>,
    exit: Mutex<Exit<'f, F>>,
    progress: Mutex<Progress>,
    /// Something was done that others may have waited for.
    bell: Condvar,
    pieces_max: usize,
}

/// Pieces with their place in the input.
struct Entrance<'f, F: Flow> {
    pieces: Box<dyn Iterator<Item = Result<F::Input>> + Send + 'f>,
    next: u64,
}

/// The station that puts the pieces into the order of the input.
struct Sequence<'f, F: Flow> {
    divide: Divide<'f, F>,
    decoded: Receiver<(u64, F::Decoded)>,
    order: InOrder<F::Decoded>,
    works: Vec<Sender<F::Work>>,
    sequenced: Sender<F::Sequenced>,
}

/// What a desk has to do, and where what it made goes.
struct Desk<'f, F: Flow> {
    make: Make<'f, F>,
    works: Receiver<F::Work>,
    /// It is at a share that it cannot go on with yet.
    waits: bool,
    outcomes: Sender<F::Outcome>,
}

/// The last station.
struct Exit<'f, F: Flow> {
    take: Take<'f, F>,
    sequenced: Receiver<F::Sequenced>,
    outcomes: Vec<Receiver<F::Outcome>>,
    /// The piece that goes out next, and what the first desks made of it.
    next: Option<(F::Sequenced, Vec<F::Outcome>)>,
    /// Nothing goes out after a piece that could not: what is out is a beginning of what was to come.
    failed: bool,
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

impl<'f, F: Flow> Floor<'f, F> {
    fn new(stations: Stations<'f, F>, pieces_max: usize) -> (Self, Vec<Decode<'f, F>>) {
        let (decoded_in, decoded) = unbounded();
        let (sequenced_in, sequenced) = unbounded();
        let (works_in, works): (Vec<_>, Vec<_>) = stations.desks.iter().map(|_| unbounded()).unzip();
        let (outcomes_in, outcomes): (Vec<_>, Vec<_>) = stations.desks.iter().map(|_| unbounded()).unzip();
        let desks = stations.desks.into_iter().zip(works).zip(outcomes_in);
        let desks = desks.map(|((make, works), outcomes)| Desk {
            make,
            works,
            waits: false,
            outcomes,
        });
        let floor = Self {
            input: Mutex::new(Entrance {
                pieces: stations.input,
                next: 0,
            }),
            sequence: Mutex::new(Sequence {
                divide: stations.divide,
                decoded,
                order: InOrder::default(),
                works: works_in,
                sequenced: sequenced_in,
            }),
            decoded: decoded_in,
            desks: desks.map(Mutex::new).collect(),
            exit: Mutex::new(Exit {
                take: stations.take,
                sequenced,
                outcomes,
                next: None,
                failed: false,
            }),
            progress: Mutex::new(Progress::default()),
            bell: Condvar::new(),
            pieces_max,
        };
        (floor, stations.decode)
    }

    /// One worker, until all is done or one of them fails. Workers begin at different desks.
    fn work(&self, mut decode: Decode<'f, F>, number: usize) {
        let leaving = Leaving(self);
        loop {
            let seen = {
                let progress = self.progress();
                if progress.stopped || progress.input_ended && progress.underway == 0 {
                    break;
                }
                progress.done
            };
            match self.step(&mut decode, number) {
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
    fn step(&self, decode: &mut Decode<'f, F>, number: usize) -> Result<bool> {
        if let Some(mut exit) = free(&self.exit)?
            && exit.step()?
        {
            self.progress().underway -= 1;
            return Ok(true);
        }
        let count = self.desks.len();
        for desk in self.desks.iter().cycle().skip(number % count).take(count) {
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
        self.decode(decode)
    }

    /// Decodes the next piece, if there is one and it may come in.
    fn decode(&self, decode: &mut Decode<'f, F>) -> Result<bool> {
        let Some(mut input) = free(&self.input)? else {
            return Ok(false);
        };
        {
            let progress = self.progress();
            if progress.input_ended || progress.underway >= self.pieces_max {
                return Ok(false);
            }
        }
        let Some(piece) = input.pieces.next() else {
            self.progress().input_ended = true;
            return Ok(true);
        };
        let number = input.next;
        input.next += 1;
        self.progress().underway += 1;
        drop(input);
        // The next worker can read while this one decodes.
        self.tell(|_| {});
        let decoded = decode(piece?);
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
struct Leaving<'a, 'f, F: Flow>(&'a Floor<'f, F>);

impl<F: Flow> Drop for Leaving<'_, '_, F> {
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

impl<F: Flow> Sequence<'_, F> {
    fn step(&mut self) -> bool {
        let Ok((number, piece)) = self.decoded.try_recv() else {
            return false;
        };
        self.order.add(number, piece);
        while let Some(piece) = self.order.next() {
            let (shares, piece) = (self.divide)(piece);
            for (desk, work) in self.works.iter().zip(shares) {
                assert!(desk.send(work).is_ok(), "the desk stands as long as we do");
            }
            assert!(self.sequenced.send(piece).is_ok(), "the exit stands as long as we do");
        }
        true
    }
}

impl<F: Flow> Desk<'_, F> {
    fn step(&mut self) -> bool {
        let work = if self.waits { None } else { self.works.try_recv().ok() };
        if work.is_none() && !self.waits {
            return false;
        }
        let made = (self.make)(work);
        self.waits = matches!(made, Made::Waits { .. });
        match made {
            Made::Done(outcome) => {
                assert!(self.outcomes.send(outcome).is_ok(), "the exit stands as long as we do");
                true
            }
            Made::Waits { went_on } => went_on,
        }
    }
}

impl<F: Flow> Exit<'_, F> {
    /// Lets a piece out that all desks are done with.
    fn step(&mut self) -> Result<bool> {
        if self.failed {
            return Ok(false);
        }
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
        let taken = (self.take)(piece, made);
        self.failed = taken.is_err();
        taken.map(|()| true)
    }
}
