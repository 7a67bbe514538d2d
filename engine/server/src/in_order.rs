//! Pieces that come out of order, put back into it.

use std::collections::BTreeMap;

/// Pieces that are there before those that stand before them.
pub(crate) struct InOrder<T> {
    early: BTreeMap<u64, T>,
    next: u64,
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self {
            early: BTreeMap::new(),
            next: 0,
        }
    }
}

impl<T> InOrder<T> {
    pub(crate) fn add(&mut self, number: u64, piece: T) {
        self.early.insert(number, piece);
    }

    /// The next piece in order, if it is there.
    pub(crate) fn next(&mut self) -> Option<T> {
        let piece = self.early.remove(&self.next)?;
        self.next += 1;
        Some(piece)
    }
}
