//! Third stage: the shards, each with one writer. Between pieces of work a shard answers those who want to read it.

use crate::sequence::Work;
use crossbeam_channel::{Receiver, Sender, select};
use milepost_core::{Effect, Shard};

/// What a shard made of one piece of work.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) effects: Vec<Effect>,
    /// The shard's bytes, if it was to be saved.
    pub(crate) saved: Option<Vec<u8>>,
}

/// Somebody who reads a shard between two pieces of work.
pub(crate) type Visit = Box<dyn FnOnce(&Shard) + Send>;

/// Does one piece of work.
pub(crate) fn work(shard: &mut Shard, work: &Work) -> Outcome {
    let mut outcome = Outcome::default();
    shard.handle(&work.batch, &work.steps, &mut outcome.effects);
    if work.save {
        let mut bytes = Vec::new();
        shard.save(&mut bytes);
        outcome.saved = Some(bytes);
    }
    outcome
}

/// The life of a shard's thread: work until there is no more, with visits in between.
pub(crate) fn serve(shard: &mut Shard, works: &Receiver<Work>, visits: &Receiver<Visit>, outcomes: &Sender<Outcome>) {
    loop {
        select! {
            recv(works) -> piece => {
                let Ok(piece) = piece else { return };
                if outcomes.send(work(shard, &piece)).is_err() {
                    return;
                }
            }
            recv(visits) -> visit => {
                if let Ok(visit) = visit {
                    visit(shard);
                } else {
                    // Nobody can visit any more: only work is left.
                    for piece in works {
                        if outcomes.send(work(shard, &piece)).is_err() {
                            return;
                        }
                    }
                    return;
                }
            }
        }
    }
}
