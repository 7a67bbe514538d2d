//! Where a key stands in the table: open addressing over words of a tag and a row, so that a look costs one line of
//! memory, and a batch can ask for the lines of all its keys before it needs the first.

use alloc::vec::Vec;

/// Rows by hash.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Upper half: the tag, which is the upper half of the hash; lower half: 1 + row, 0 for a free bucket. The tag says how
    /// far on among all buckets it is at home, so that a larger index, of any size, is made from the smaller one alone, from
    /// its beginning to its end.
    buckets: Vec<u64>,
    used: usize,
}

impl Index {
    /// The row of a hash for which `is` holds.
    #[inline]
    pub(crate) fn find(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = self.home(hash);
        loop {
            let bucket = *self.buckets.get(at)?;
            let row = row_of(bucket)?;
            if bucket >> 32 == hash >> 32 && is(row) {
                return Some(row);
            }
            at = self.after(at);
        }
    }

    /// The row that is probably meant: the first with the same tag.
    #[inline]
    pub(crate) fn guess(&self, hash: u64) -> Option<u32> {
        self.find(hash, |_| true)
    }

    /// The bucket where a hash is at home, to have it near.
    #[inline]
    pub(crate) fn touch(&self, hash: u64) -> u64 {
        self.buckets.get(self.home(hash)).copied().unwrap_or(0)
    }

    /// Adds a row that is not there.
    pub(crate) fn insert(&mut self, hash: u64, row: u32) {
        if (self.used + 1) * 4 > self.buckets.len() * 3 {
            // By a third: for each row there are eleven to fourteen bytes, however many there are.
            let larger = (self.buckets.len() / 3 * 4).max(24);
            let buckets = core::mem::replace(&mut self.buckets, alloc::vec![0; larger]);
            for bucket in buckets.into_iter().filter(|bucket| *bucket != 0) {
                self.put(bucket);
            }
        }
        self.used += 1;
        self.put((hash >> 32) << 32 | (u64::from(row) + 1));
    }

    fn put(&mut self, bucket: u64) {
        let mut at = self.home(bucket);
        while let Some(slot) = self.buckets.get_mut(at) {
            if *slot == 0 {
                *slot = bucket;
                return;
            }
            at = self.after(at);
        }
    }

    /// Where a hash, or a bucket, is at home.
    #[inline]
    fn home(&self, hash: u64) -> usize {
        (((hash >> 32) * self.buckets.len() as u64) >> 32) as usize
    }

    /// The bucket after another; the first comes after the last.
    #[inline]
    fn after(&self, at: usize) -> usize {
        if at + 1 < self.buckets.len() { at + 1 } else { 0 }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        8 * self.buckets.capacity()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is the row")]
fn row_of(bucket: u64) -> Option<u32> {
    (bucket as u32).checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_though_all_hashes_collide() {
        for shift in [0, 20, 63] {
            let hash_of = |row: u32| u64::from(row).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift;
            let mut index = Index::default();
            assert_eq!(index.find(7, |_| true), None);
            for row in 0..3_000 {
                assert_eq!(index.find(hash_of(row), |found| found == row), None);
                index.insert(hash_of(row), row);
            }
            for row in 0..3_000 {
                assert_eq!(index.find(hash_of(row), |found| found == row), Some(row));
            }
        }
    }
}
