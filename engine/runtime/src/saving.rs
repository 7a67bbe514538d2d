//! Saving while the work goes on: the feed orders it, every shard writes a little after each piece of work, the keeper
//! takes what they write to disk.

use crate::rule_texts::Rules;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use milepost_connectors::log::{Cut, Outlet, OutletCut};
use milepost_core::{Extent, Shard, Timeline};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Rows that a shard writes after a piece of work: about a third of a millisecond.
pub const ROWS_AT_ONCE: usize = 1_000;
/// Bytes that go to the keeper at once.
const PIECE_BYTES: usize = 1 << 20;
/// Pieces that may wait for the keeper.
const PIECES_MAX: usize = 4;

/// What the feed and the keeper know of each other.
#[derive(Debug, Default)]
pub struct SaveState {
    underway: AtomicBool,
    changes_suffice: AtomicBool,
}

impl SaveState {
    /// Before the first order; whether that may be for changes only.
    pub fn new(changes_suffice: bool) -> Self {
        Self {
            underway: AtomicBool::new(false),
            changes_suffice: AtomicBool::new(changes_suffice),
        }
    }

    /// Whether what was ordered last is still being written.
    pub fn is_underway(&self) -> bool {
        self.underway.load(Ordering::Acquire)
    }

    /// Begins to save at a cut of the log; from here on it is under way.
    pub fn begin(self: &Arc<Self>, cut: Cut) -> ToSave {
        self.underway.store(true, Ordering::Release);
        let extent = if self.changes_suffice.load(Ordering::Acquire) {
            Extent::Changes
        } else {
            Extent::Whole
        };
        ToSave {
            cut,
            extent,
            changes_suffice: false,
            state: Arc::clone(self),
        }
    }
}

/// What is to be saved. Dropped before it is written, it has failed, and the next does not rest on it.
#[derive(Debug)]
pub struct ToSave {
    /// Where the log goes on after it.
    pub cut: Cut,
    /// All, or what changed.
    pub extent: Extent,
    /// Whether the next may rest on it.
    changes_suffice: bool,
    state: Arc<SaveState>,
}

impl ToSave {
    /// It is written, or it failed; whether the next may hold changes only.
    pub fn end(mut self, changes_suffice: bool) {
        self.changes_suffice = changes_suffice;
    }
}

impl Drop for ToSave {
    fn drop(&mut self) {
        self.state
            .changes_suffice
            .store(self.changes_suffice, Ordering::Release);
        self.state.underway.store(false, Ordering::Release);
    }
}

/// What a shard writes.
#[derive(Debug)]
pub enum Piece {
    /// The next bytes.
    Bytes(Vec<u8>),
    /// All was written. Pieces that end without it are of no use.
    End,
}

/// All shards at one cut of the log, as they are being written.
pub struct Saved {
    /// The order.
    pub to_save: ToSave,
    /// The log's time there.
    pub timeline: Timeline,
    /// The rules in force there.
    pub rules: Rules,
    /// Where jobs and rejects ended when all that was decided before it was published.
    pub published: [OutletCut; 2],
    /// What each shard writes.
    pub shards: Vec<Receiver<Piece>>,
}

/// A shard's order to save itself as it is now.
#[derive(Debug)]
pub struct Order {
    extent: Extent,
    pieces: Sender<Piece>,
}

/// Orders for so many shards, and what will come of them.
pub fn order(shards: usize, to_save: ToSave, (timeline, rules): (Timeline, Rules)) -> (Vec<Order>, Saved) {
    let extent = to_save.extent;
    let (pieces, written): (Vec<_>, Vec<_>) = (0..shards).map(|_| bounded(PIECES_MAX)).unzip();
    let orders = pieces.into_iter().map(|pieces| Order { extent, pieces }).collect();
    let saved = Saved {
        to_save,
        timeline,
        rules,
        published: Outlet::ALL.map(OutletCut::empty),
        shards: written,
    };
    (orders, saved)
}

/// A shard that is being saved.
pub struct Underway {
    pieces: Sender<Piece>,
    written: Vec<u8>,
    more: bool,
}

impl Underway {
    /// Begins: what the shard holds now is what will be saved.
    pub fn begin(shard: &mut Shard, order: &Order) -> Self {
        shard.begin_saving(order.extent);
        Self {
            pieces: order.pieces.clone(),
            written: Vec::new(),
            more: true,
        }
    }

    /// Writes so many rows more, if the keeper has room for them; `None` when all is written or nobody wants it.
    #[must_use]
    pub fn go_on(mut self, shard: &mut Shard, rows: usize) -> Option<Self> {
        if self.more && self.written.len() < PIECE_BYTES {
            self.more = shard.save_some(rows, &mut self.written);
        }
        if self.more && self.written.len() < PIECE_BYTES {
            return Some(self);
        }
        if !self.written.is_empty() {
            match self.pieces.try_send(Piece::Bytes(std::mem::take(&mut self.written))) {
                Ok(()) => {}
                Err(TrySendError::Full(Piece::Bytes(bytes))) => self.written = bytes,
                Err(TrySendError::Full(Piece::End) | TrySendError::Disconnected(_)) => return None,
            }
            return Some(self);
        }
        match self.pieces.try_send(Piece::End) {
            Err(TrySendError::Full(_)) => Some(self),
            Ok(()) | Err(TrySendError::Disconnected(_)) => None,
        }
    }

    /// Whether the keeper has to take something before it can go on.
    pub fn is_stuck(&self) -> bool {
        self.pieces.is_full()
    }

    /// Writes all the rest, waiting for the keeper.
    pub fn finish(mut self, shard: &mut Shard) {
        while self.more || !self.written.is_empty() {
            if self.more {
                self.more = shard.save_some(ROWS_AT_ONCE, &mut self.written);
            }
            if self.written.len() >= PIECE_BYTES || !self.more {
                let piece = Piece::Bytes(std::mem::take(&mut self.written));
                if self.pieces.send(piece).is_err() {
                    return;
                }
            }
        }
        // The keeper is told or gone.
        let _ = self.pieces.send(Piece::End);
    }
}
