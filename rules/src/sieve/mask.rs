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

    /// The places, rising.
    pub(super) fn iter(self) -> impl Iterator<Item = u16> {
        let words = self.0.into_iter().zip((0u16..).step_by(64));
        words.flat_map(|(mut word, first)| {
            core::iter::from_fn(move || {
                let bit = u16::try_from(word.trailing_zeros()).ok().filter(|bit| *bit < 64)?;
                word &= word - 1;
                Some(first + bit)
            })
        })
    }

    #[inline]
    fn each(mut self, other: &Self, join: impl Fn(u64, u64) -> u64) -> Self {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a = join(*a, *b);
        }
        self
    }
}
