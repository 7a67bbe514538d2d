//! Some of the rules of one sieve: a bit for each.

const WORDS: usize = 4;

/// Places from 0 on, below [`Mask::PLACES`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mask([u64; WORDS]);

impl Mask {
    pub(super) const PLACES: usize = 64 * WORDS;
    pub(super) const NONE: Self = Self([0; WORDS]);
    pub(super) const ALL: Self = Self([!0; WORDS]);

    pub(super) fn insert(&mut self, place: u16) {
        if let Some(word) = self.0.get_mut(usize::from(place / 64)) {
            *word |= 1 << (place % 64);
        }
    }

    /// Takes a place out; one that is out of range is not in.
    pub(super) fn remove(&mut self, place: u16) {
        if let Some(word) = self.0.get_mut(usize::from(place / 64)) {
            *word &= !(1 << (place % 64));
        }
    }

    #[inline]
    pub(super) const fn and(self, other: &Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a & e, b & f, c & g, d & h])
    }

    #[inline]
    pub(super) const fn or(self, other: &Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a | e, b | f, c | g, d | h])
    }

    #[inline]
    pub(super) const fn without(self, other: &Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a & !e, b & !f, c & !g, d & !h])
    }

    /// Whether some place is in both.
    #[inline]
    pub(super) const fn meets(&self, other: &Self) -> bool {
        !self.and(other).is_empty()
    }

    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        let [a, b, c, d] = self.0;
        (a | b) | (c | d) == 0
    }

    pub(super) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Takes out the lowest place.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<u16> {
        for (word, first) in self.0.iter_mut().zip((0..).step_by(64)) {
            if *word != 0 {
                let place = first + word.trailing_zeros();
                *word &= *word - 1;
                return u16::try_from(place).ok();
            }
        }
        None
    }
}
