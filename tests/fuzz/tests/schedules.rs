//! The workers of `replay` in many orders of steps: the file that divides the work among them, with locks under which
//! shuttle chooses who goes on after every step. `SCHEDULES=100000 cargo test -p milepost-test-fuzz --test schedules` tries
//! more of them.

#[path = "../../../engine/server/src/workers/floor.rs"]
mod floor;
#[path = "../../../engine/server/src/in_order.rs"]
mod in_order;

/// What the floor rests on: every step of these is one at which another worker may go on instead.
mod sync {
    pub(super) use shuttle::sync::mpsc::{Receiver, Sender, channel as unbounded};
    pub(super) use shuttle::sync::{Condvar, Mutex, MutexGuard};
    pub(super) use shuttle::thread;
}

use anyhow::anyhow;
use floor::{Decode, Flow, Made, Make, Stations};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};
use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};

const PIECES: u32 = 4;
const DESKS: usize = 2;
/// Fewer than there are: somebody has to wait until others are out.
const PIECES_MAX: usize = 2;

/// Changes of priority that a schedule of the second kind makes: bugs of this depth are found with known odds.
const DEPTH: usize = 3;

/// Numbers for pieces.
struct Numbers;

impl Flow for Numbers {
    type Input = u32;
    type Decoded = u32;
    type Work = (usize, u32);
    type Sequenced = u32;
    type Outcome = (usize, u32);
}

/// What goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Trouble {
    None,
    /// This piece of the input cannot be read.
    Input(u32),
    /// This piece cannot be taken at the end.
    Exit(u32),
}

/// How many pieces passed each station.
#[derive(Default)]
struct Passed {
    divided: AtomicUsize,
    made: [AtomicUsize; DESKS],
    taken: AtomicUsize,
    /// Pieces that each desk has begun: none goes on with one before all have come as far.
    begun: [AtomicUsize; DESKS],
    /// Workers that stand at a station where one may.
    inside: [AtomicUsize; DESKS + 2],
}

impl Passed {
    /// Passes a station: its pieces come in order, and nobody else is there meanwhile.
    fn pass(&self, count: &AtomicUsize, place: usize, piece: u32) {
        let inside = self.inside.get(place).expect("a place of its own");
        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "one worker at a station");
        sync::thread::yield_now();
        assert_eq!(
            count.fetch_add(1, Ordering::SeqCst),
            piece as usize,
            "in order, and once"
        );
        inside.fetch_sub(1, Ordering::SeqCst);
    }
}

/// One run, however its steps follow each other.
fn work(workers: usize, trouble: Trouble) {
    let passed = Passed::default();
    let underway = AtomicUsize::new(0);
    let input = (0..PIECES).map(|piece| {
        let before = underway.fetch_add(1, Ordering::SeqCst);
        assert!(before < PIECES_MAX, "no more pieces than may be under way");
        if trouble == Trouble::Input(piece) {
            return Err(anyhow!("unreadable"));
        }
        Ok(piece)
    });
    let decode = (0..workers).map(|_| Box::new(|piece| piece) as Decode<'_, Numbers>);
    let desks = passed.made.iter().enumerate().map(|(number, count)| {
        let passed = &passed;
        let mut at = None;
        let make = move |share: Option<(usize, u32)>| {
            let mut went_on = false;
            if let Some((desk, piece)) = share {
                assert_eq!(desk, number, "the share of this desk");
                assert_eq!(at.replace(piece), None, "it is done with the one before");
                passed.begun.get(number).expect("a desk").fetch_add(1, Ordering::SeqCst);
                went_on = true;
            }
            sync::thread::yield_now();
            let piece = at.expect("it is at a share");
            let have_come = |begun: &AtomicUsize| begun.load(Ordering::SeqCst) > piece as usize;
            if !passed.begun.iter().all(have_come) {
                return Made::Waits { went_on };
            }
            at = None;
            passed.pass(count, number, piece);
            Made::Done((number, piece))
        };
        Box::new(make) as Make<'_, Numbers>
    });
    let stations = Stations::<'_, Numbers> {
        input: Box::new(input),
        decode: decode.collect(),
        divide: Box::new(|piece| {
            passed.pass(&passed.divided, DESKS, piece);
            ((0..DESKS).map(|desk| (desk, piece)).collect(), piece)
        }),
        desks: desks.collect(),
        take: Box::new(|piece, made| {
            if trouble == Trouble::Exit(piece) {
                return Err(anyhow!("full"));
            }
            passed.pass(&passed.taken, DESKS + 1, piece);
            underway.fetch_sub(1, Ordering::SeqCst);
            assert_eq!(made, (0..DESKS).map(|desk| (desk, piece)).collect::<Vec<_>>());
            Ok(())
        }),
    };
    let ended = floor::run(stations, PIECES_MAX).map_err(|error| error.to_string());
    let taken = passed.taken.load(Ordering::SeqCst);
    match trouble {
        Trouble::None => assert_eq!((ended, taken), (Ok(()), PIECES as usize)),
        // What came before it may still be under way when all stop.
        Trouble::Input(piece) => {
            assert_eq!(ended, Err("unreadable".to_owned()));
            assert!(taken <= piece as usize);
        }
        Trouble::Exit(piece) => assert_eq!((ended, taken), (Err("full".to_owned()), piece as usize)),
    }
}

fn check(trouble: Trouble) {
    let schedules = env::var("SCHEDULES").map_or(200, |text| text.parse().expect("a number"));
    // One worker alone has one order of steps.
    run(RandomScheduler::new_from_seed(7, 1), 1, trouble);
    for workers in 2..=4 {
        run(RandomScheduler::new_from_seed(7, schedules), workers, trouble);
        run(PctScheduler::new_from_seed(7, DEPTH, schedules), workers, trouble);
    }
}

/// Panics where a run does, and where all workers wait for each other.
fn run(scheduler: impl Scheduler + 'static, workers: usize, trouble: Trouble) {
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::Print;
    config.max_steps = MaxSteps::FailAfter(100_000);
    Runner::new(scheduler, config).run(move || work(workers, trouble));
}

#[test]
fn every_piece_passes_every_station_once_and_in_order() {
    check(Trouble::None);
}

#[test]
fn all_stop_where_the_input_cannot_be_read() {
    check(Trouble::Input(0));
    check(Trouble::Input(PIECES - 1));
}

#[test]
fn all_stop_where_the_last_station_fails() {
    check(Trouble::Exit(0));
    check(Trouble::Exit(PIECES - 1));
}
