//! Some of the rules of one sieve: a bit for each.

/// Places from 0 on, below [`Mask::PLACES`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mask<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Mask<WORDS> {
    pub(super) const PLACES: usize = 64 * WORDS;
    pub(super) const NONE: Self = Self([0; WORDS]);
    pub(super) const ALL: Self = Self([!0; WORDS]);

    pub(super) fn insert(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    /// Takes a place out; one that is out of range is not in.
    #[inline]
    pub(super) fn remove(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word &= !(1 << (place % 64));
        }
    }

    #[inline]
    pub(super) fn and(self, other: &Self) -> Self {
        self.each(other, |a, b| a & b)
    }

    #[inline]
    pub(super) fn or(self, other: &Self) -> Self {
        self.each(other, |a, b| a | b)
    }

    #[inline]
    pub(super) fn without(self, other: &Self) -> Self {
        self.each(other, |a, b| a & !b)
    }

    /// Whether some place is in both.
    #[inline]
    pub(super) fn meets(&self, other: &Self) -> bool {
        !self.and(other).is_empty()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().fold(0, |all, word| all | word) == 0
    }

    pub(super) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// The same places in as many words as any sieve has.
    #[inline]
    pub(super) fn widened<const WIDE: usize>(self) -> Mask<WIDE> {
        let mut wide = Mask::NONE;
        for (to, from) in wide.0.iter_mut().zip(self.0) {
            *to = from;
        }
        wide
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

    #[inline]
    fn each(mut self, other: &Self, join: impl Fn(u64, u64) -> u64) -> Self {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a = join(*a, *b);
        }
        self
    }
}
