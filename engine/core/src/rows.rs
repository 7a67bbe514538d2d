//! A set of rows: one bit each.

use crate::table::RowId;
use alloc::vec::Vec;

/// A set of rows of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowSet {
    words: Vec<u64>,
    count: usize,
}

impl RowSet {
    #[inline]
    pub(crate) fn insert(&mut self, row: RowId) {
        let (word, bit) = place(row);
        if word >= self.words.len() {
            self.words.resize((word + 1).next_power_of_two(), 0);
        }
        if let Some(word) = self.words.get_mut(word) {
            self.count += usize::from(*word & bit == 0);
            *word |= bit;
        }
    }

    /// The word where a row stands, to have it near.
    #[inline]
    pub(crate) fn touch(&self, row: RowId) -> u64 {
        self.words.get(place(row).0).copied().unwrap_or(0)
    }

    #[inline]
    pub(crate) fn has(&self, row: RowId) -> bool {
        self.touch(row) & place(row).1 != 0
    }

    /// Takes a row out; whether it was in.
    #[inline]
    pub(crate) fn remove(&mut self, row: RowId) -> bool {
        let (word, bit) = place(row);
        let Some(word) = self.words.get_mut(word) else {
            return false;
        };
        let was_in = *word & bit != 0;
        *word &= !bit;
        self.count -= usize::from(was_in);
        was_in
    }

    /// Takes out the first row that is not before `from`.
    pub(crate) fn take_first(&mut self, from: RowId) -> Option<RowId> {
        let (first, _) = place(from);
        for (at, word) in self.words.iter_mut().enumerate().skip(first) {
            if *word != 0 {
                let bit = word.trailing_zeros();
                *word &= *word - 1;
                self.count -= 1;
                return Some(RowId(u32::try_from(at).unwrap_or(0) * u64::BITS + bit));
            }
        }
        None
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        8 * self.words.capacity()
    }
}

/// The first so many rows.
impl RowSet {
    pub(crate) fn first(count: usize) -> Self {
        let mut words = alloc::vec![u64::MAX; count / 64];
        if !count.is_multiple_of(64) {
            words.push((1 << (count % 64)) - 1);
        }
        Self { words, count }
    }
}

fn place(row: RowId) -> (usize, u64) {
    ((row.0 / u64::BITS) as usize, 1 << (row.0 % u64::BITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_out_once_and_in_order() {
        let mut rows = RowSet::first(130);
        assert_eq!(rows.len(), 130);
        assert!(rows.remove(RowId(64)) && !rows.remove(RowId(64)) && !rows.remove(RowId(130)));
        assert!(rows.has(RowId(63)) && !rows.has(RowId(64)) && !rows.has(RowId(9_999)));
        rows.insert(RowId(1_000));
        rows.insert(RowId(1_000));
        let mut found = Vec::new();
        let mut from = RowId(0);
        while let Some(row) = rows.take_first(from) {
            found.push(row.0);
            from = row;
        }
        let expected: Vec<u32> = (0..130).filter(|row| *row != 64).chain([1_000]).collect();
        assert_eq!(found, expected);
        assert_eq!(rows.len(), 0);
    }
}
