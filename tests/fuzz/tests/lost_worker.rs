//! A worker of `replay` that is lost to a panic, with threads of the system: the others stop, and the run fails. Shuttle
//! cannot try this, for it ends at the first panic.

#[path = "../../../engine/server/src/workers/floor.rs"]
#[expect(dead_code, reason = "no desk waits for another here")]
mod floor;
#[path = "../../../engine/server/src/in_order.rs"]
mod in_order;

/// What the floor rests on.
mod sync {
    pub(super) use std::sync::mpsc::{Receiver, Sender, channel as unbounded};
    pub(super) use std::sync::{Condvar, Mutex, MutexGuard};
    pub(super) use std::thread;
}

use floor::{Decode, Flow, Made, Stations};

const PIECES: u32 = 50;

struct Numbers;

impl Flow for Numbers {
    type Input = u32;
    type Decoded = u32;
    type Work = u32;
    type Sequenced = u32;
    type Outcome = u32;
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Decoder,
    Sequence,
    Desk,
    Exit,
}

/// A run of which a station panics at a piece; whoever stands there is lost.
fn run(workers: usize, place: Place, bad: u32) -> Result<(), String> {
    let at = move |here: Place, piece: u32| assert!(here != place || piece != bad, "a planted fault");
    let decode = (0..workers).map(|_| {
        let decode = move |piece| {
            at(Place::Decoder, piece);
            piece
        };
        Box::new(decode) as Decode<'_, Numbers>
    });
    let stations = Stations::<'_, Numbers> {
        input: Box::new((0..PIECES).map(Ok)),
        decode: decode.collect(),
        divide: Box::new(move |piece| {
            at(Place::Sequence, piece);
            (vec![piece], piece)
        }),
        desks: vec![Box::new(move |piece: Option<u32>| {
            let piece = piece.expect("no desk waits for another");
            at(Place::Desk, piece);
            Made::Done(piece)
        })],
        take: Box::new(move |piece, _| {
            at(Place::Exit, piece);
            Ok(())
        }),
    };
    floor::run(stations, 2 * workers).map_err(|error| error.to_string())
}

#[test]
fn a_run_ends_though_a_worker_is_lost() {
    for workers in 1..=4 {
        for place in [Place::Decoder, Place::Sequence, Place::Desk, Place::Exit] {
            for bad in [0, PIECES / 2, PIECES - 1] {
                // The caller's own thread is a worker too: a panic of it goes on to the caller.
                let ended = std::panic::catch_unwind(|| run(workers, place, bad));
                assert!(
                    !matches!(ended, Ok(Ok(()))),
                    "{workers} workers, {place:?}, piece {bad}"
                );
            }
        }
        assert_eq!(run(workers, Place::Exit, PIECES), Ok(()));
    }
}
