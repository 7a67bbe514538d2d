//! Memory for texts that a payload does not hold as they are meant: un-escaped, normalised, or of CSV.

use bumpalo::Bump;
use bumpalo::collections::String as BumpString;

/// Texts of decoded scans that could not be borrowed from the payload. Empty it with [`Scratch::reset`] once the scans
/// of a batch are applied; ordinary lines put nothing into it.
#[derive(Debug, Default)]
pub struct Scratch {
    texts: Bump,
}

impl Scratch {
    /// An empty one; memory is taken when the first text needs it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets all texts and keeps the memory.
    pub fn reset(&mut self) {
        self.texts.reset();
    }

    /// Bytes taken since the last reset.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.texts.allocated_bytes()
    }

    pub(crate) fn memory(&self) -> &Bump {
        &self.texts
    }

    pub(crate) fn keep<'a>(&'a self, text: &str) -> &'a str {
        self.texts.alloc_str(text)
    }

    pub(crate) fn text(&self, capacity: usize) -> BumpString<'_> {
        BumpString::with_capacity_in(capacity, &self.texts)
    }
}
