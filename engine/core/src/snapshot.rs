//! A shard as bytes, and back. Kept are facts and decisions: texts, scans, episodes, time. What follows from them, the
//! folded rows and the index, is made anew, so a snapshot cannot disagree with the fold.
//!
//! Saving stops no shard. It begins between two pieces of work, and what is saved is the shard as it was then, though it
//! goes on: a little is written after each piece of work, and a row that is about to change is written before it does.
//! What is saved may be the whole shard, or only the rows that changed since saving began last.

mod restore;
mod write;

pub use restore::RestoreError;

use crate::ahead::AHEAD;
use crate::rows::RowSet;
use crate::shard::Shard;
use crate::table::RowId;
use alloc::vec::Vec;
use core::ops::Range;

/// Version of the bytes; from the first release on, version n reads n and n − 1.
pub const SNAPSHOT_VERSION: u32 = 14;
const MAGIC: [u8; 8] = *b"MPSHARD\0";

/// How much of a shard is saved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// All of it.
    Whole = 0,
    /// What changed since saving began last; it goes on top of what was saved then.
    Changes = 1,
}

/// Lengths of the tables that only grow.
#[derive(Clone, Copy, Debug, Default)]
struct Lengths {
    texts: usize,
    towns: usize,
    senders: usize,
    places: usize,
    prefixes: usize,
}

/// What is being saved, and what a later saving of changes will have to tell.
#[derive(Debug, Default)]
pub(crate) struct Saving {
    /// Rows that changed since saving began last.
    changed: RowSet,
    /// How far the tables had come then.
    before: Lengths,
    /// What stands before the rows, not fetched yet.
    head: Vec<u8>,
    /// Texts that are still to be written: what was written once never changes.
    texts: Range<usize>,
    /// Rows that are still to be written as they are.
    pending: RowSet,
    next: u32,
    /// Rows that were written before they changed, not fetched yet.
    written: Vec<u8>,
    underway: bool,
    /// Rows that waited to be looked at under other rules when saving began.
    switching: RowSet,
}

/// Bytes of text written at once.
const TEXTS_AT_ONCE: usize = 1 << 20;

impl Saving {
    /// Takes a row that is about to change out of those that wait; whether it has to be written now.
    #[inline]
    fn take(&mut self, row: RowId) -> bool {
        self.underway && self.pending.remove(row)
    }

    /// Words of where a row is noted, to have them near.
    #[inline]
    pub(crate) fn touch(&self, row: RowId) -> u64 {
        self.changed.touch(row) ^ if self.underway { self.pending.touch(row) } else { 0 }
    }

    /// Notes that a row changed.
    #[inline]
    fn note(&mut self, row: RowId) {
        self.changed.insert(row);
    }

    /// Notes that the first so many rows changed.
    pub(crate) fn note_all(&mut self, rows: usize) {
        self.changed = RowSet::first(rows);
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.changed.memory_bytes()
            + self.pending.memory_bytes()
            + self.switching.memory_bytes()
            + self.head.capacity()
            + self.written.capacity()
    }
}

impl Shard {
    /// Begins to save the shard as it is now; what was begun before and not finished is given up.
    pub fn begin_saving(&mut self, extent: Extent) {
        let changed = core::mem::take(&mut self.saving.changed);
        let (pending, from) = match extent {
            Extent::Whole => (RowSet::first(self.len()), Lengths::default()),
            Extent::Changes => (changed, self.saving.before),
        };
        let mut head = Vec::new();
        self.write_head(extent, from, pending.len(), &mut head);
        let before = self.lengths();
        self.saving = Saving {
            texts: from.texts.max(1)..before.texts,
            head,
            pending,
            before,
            underway: true,
            switching: self.switch.pending.clone(),
            ..Saving::default()
        };
    }

    /// Writes at most so many rows more, or a stretch of texts, and appends it to `out`; `false` when that was the end.
    pub fn save_some(&mut self, rows_max: usize, out: &mut Vec<u8>) -> bool {
        let mut saving = core::mem::take(&mut self.saving);
        out.append(&mut saving.head);
        if saving.texts.is_empty() {
            out.append(&mut saving.written);
            self.write_pending(&mut saving, rows_max, out);
            saving.underway = saving.pending.len() > 0;
        } else {
            let end = saving.texts.end.min(saving.texts.start + TEXTS_AT_ONCE);
            let texts = self.texts.as_str().as_bytes();
            out.extend_from_slice(texts.get(saving.texts.start..end).unwrap_or_default());
            saving.texts.start = end;
        }
        let more = saving.underway;
        self.saving = saving;
        more
    }

    /// Writes at most so many of the rows that wait, some together: their scans are asked for before the first is written.
    fn write_pending(&self, saving: &mut Saving, rows_max: usize, out: &mut Vec<u8>) {
        let (mut rows, mut left) = ([RowId(0); AHEAD], rows_max);
        while left > 0 {
            let mut count = 0;
            for slot in rows.iter_mut().take(left) {
                let Some(row) = saving.pending.take_first(RowId(saving.next)) else {
                    break;
                };
                saving.next = row.0;
                (*slot, count) = (row, count + 1);
            }
            let rows = rows.get(..count).unwrap_or_default();
            if rows.is_empty() {
                return;
            }
            self.touch_scans(rows);
            rows.iter()
                .for_each(|row| self.write_row(*row, saving.switching.has(*row), out));
            left -= count;
        }
    }

    /// Whether something is being saved.
    #[must_use]
    pub fn is_saving(&self) -> bool {
        self.saving.underway
    }

    /// Appends the whole shard's bytes to `out`, at once; what else is being saved goes on.
    pub fn save(&self, out: &mut Vec<u8>) {
        self.write_head(Extent::Whole, Lengths::default(), self.len(), out);
        out.extend_from_slice(self.texts.as_str().as_bytes().get(1..).unwrap_or_default());
        for row in self.table.rows() {
            self.write_row(row, self.switch.pending.has(row), out);
        }
    }

    /// A row is about to change: it is written first if it waits to be.
    #[inline]
    pub(crate) fn before_change(&mut self, row: RowId) {
        if self.saving.take(row) {
            let mut written = core::mem::take(&mut self.saving.written);
            self.write_row(row, self.saving.switching.has(row), &mut written);
            self.saving.written = written;
        }
        self.saving.note(row);
    }

    fn lengths(&self) -> Lengths {
        Lengths {
            texts: self.texts.as_str().len(),
            towns: self.towns.each().len(),
            senders: self.senders.each().len(),
            places: self.places.kept().each().len(),
            prefixes: self.texts.prefixes.each().len(),
        }
    }
}

#[cfg(test)]
mod tests;
