//! Feed and keeper, with every order in which a processor may let one see the steps of the other: no two snapshots are under
//! way at once, and none holds changes to one that failed.

#[expect(unreachable_pub, reason = "the file is of a library, where others reach it")]
#[path = "../../../engine/runtime/src/saving/save_state.rs"]
mod save_state;

/// What the file rests on: loom tries every order of these.
mod sync {
    pub(super) use loom::sync::atomic::{AtomicBool, Ordering};
}

use loom::sync::mpsc::channel;
use loom::thread;
use milepost_connectors::log::Cut;
use milepost_core::Extent;
use milepost_model::Timestamp;
use save_state::{SaveState, ToSave};
use std::sync::Arc;

/// Snapshots that are ordered.
const ORDERS: u64 = 3;

fn cut(sequence: u64) -> Cut {
    Cut {
        created: Timestamp::from_millis(1),
        sequence,
        hash: sequence,
    }
}

/// Every snapshot but those at these numbers is written.
fn orders_and_keeps(failing: &'static [u64]) {
    loom::model(move || {
        let state = Arc::new(SaveState::new(false));
        let (to_keeper, from_feed) = channel::<ToSave>();
        let (told, ends) = channel::<u64>();
        let keeper = thread::spawn(move || {
            for _ in 0..ORDERS {
                let Ok(order) = from_feed.recv() else { return };
                let sequence = order.cut.sequence;
                told.send(sequence).expect("the feed waits");
                if failing.contains(&sequence) {
                    // What is lost on the way has failed.
                    drop(order);
                } else {
                    order.end(true);
                }
            }
        });
        for number in 1..=ORDERS {
            while state.is_underway() {
                thread::yield_now();
            }
            let order = state.begin(cut(number));
            let before = number - 1;
            let whole = before == 0 || failing.contains(&before);
            let expected = if whole { Extent::Whole } else { Extent::Changes };
            assert_eq!(order.extent, expected, "snapshot {number}");
            assert!(state.is_underway());
            to_keeper.send(order).expect("the keeper waits");
            assert_eq!(ends.recv().expect("the keeper tells"), number);
        }
        keeper.join().expect("the keeper ends");
        assert!(!state.is_underway());
    });
}

#[test]
fn each_rests_on_one_that_was_written() {
    orders_and_keeps(&[]);
}

#[test]
fn none_rests_on_one_that_failed() {
    orders_and_keeps(&[1, 2]);
}
