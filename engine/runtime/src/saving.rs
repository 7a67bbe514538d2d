//! Saving while the work goes on: the feed orders it, every shard writes a little after each piece of work, the keeper
//! takes what they write to disk.

mod save_state;

/// What [`save_state`] rests on; the tests put others in their place.
mod sync {
    pub(super) use std::sync::atomic::{AtomicBool, Ordering};
}

use crate::format_texts::FormatTexts;
use crate::learning::ToLearnFrom;
use crate::rule_texts::Rules;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use milepost_connectors::log::{Outlet, OutletCut};
use milepost_core::{Extent, Shard, Timeline};
use std::sync::Arc;

pub use save_state::{SaveState, ToSave};

/// Rows that a shard writes after a piece of work: about a third of a millisecond.
pub const ROWS_AT_ONCE: usize = 1_000;
/// Bytes that go to the keeper at once.
const PIECE_BYTES: usize = 1 << 20;
/// Pieces that may wait for the keeper.
const PIECES_MAX: usize = 4;

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
    /// The mapping files by whose formats the log is read there.
    pub formats: Arc<FormatTexts>,
    /// What was learned until there.
    pub learned: ToLearnFrom,
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
pub fn order(
    shards: usize,
    to_save: ToSave,
    (timeline, rules, formats, learned): (Timeline, Rules, Arc<FormatTexts>, ToLearnFrom),
) -> (Vec<Order>, Saved) {
    let extent = to_save.extent;
    let (pieces, written): (Vec<_>, Vec<_>) = (0..shards).map(|_| bounded(PIECES_MAX)).unzip();
    let orders = pieces.into_iter().map(|pieces| Order { extent, pieces }).collect();
    let saved = Saved {
        to_save,
        timeline,
        rules,
        formats,
        learned,
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
