//! Words of a closed list found by hash: one probe where a chain of comparisons would need up to a hundred.

use super::field::Field;
use milepost_model::{Code, Reason, Status};
use std::sync::LazyLock;

/// Column names.
pub(crate) static FIELDS: LazyLock<Lexicon<Field>> = LazyLock::new(|| Lexicon::new(Field::ALL, |field| field.name()));
/// Statuses.
pub(crate) static STATUSES: LazyLock<Lexicon<Status>> = LazyLock::new(|| Lexicon::new(Status::ALL, Status::as_str));
/// Codes.
pub(crate) static CODES: LazyLock<Lexicon<Code>> = LazyLock::new(|| Lexicon::new(Code::ALL, Code::as_str));
/// Reasons.
pub(crate) static REASONS: LazyLock<Lexicon<Reason>> = LazyLock::new(|| Lexicon::new(Reason::ALL, Reason::as_str));

const SLOTS: usize = 512;

/// A closed list of words by their text.
pub(crate) struct Lexicon<T> {
    words: Vec<Word<T>>,
    /// Place of a word in `words` plus one; 0 is free.
    slots: [u8; SLOTS],
}

struct Word<T> {
    ends: [u64; 2],
    text: &'static str,
    member: T,
}

impl<T: Copy> Lexicon<T> {
    fn new(members: &[T], name: impl Fn(T) -> &'static str) -> Self {
        assert!(
            members.len() < 200,
            "a slot names a word in one byte, and free slots end every search"
        );
        let word = |member: &T| Word {
            ends: ends(name(*member).as_bytes()),
            text: name(*member),
            member: *member,
        };
        let words: Vec<Word<T>> = members.iter().map(word).collect();
        let mut slots = [0; SLOTS];
        for (place, word) in (1..).zip(&words) {
            let mut at = slot(word.ends, word.text.len());
            while slots.get(at).is_some_and(|slot| *slot != 0) {
                at = (at + 1) % SLOTS;
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = place;
            }
        }
        Self { words, slots }
    }

    /// The member of that name.
    #[inline(always)]
    pub(crate) fn find(&self, text: &str) -> Option<T> {
        let ends = ends(text.as_bytes());
        let mut at = slot(ends, text.len());
        loop {
            let place = usize::from(*self.slots.get(at)?);
            let word = self.words.get(place.checked_sub(1)?)?;
            // Both ends together are the whole of a text of at most 16 bytes.
            if word.ends == ends && word.text.len() == text.len() && (text.len() <= 16 || word.text == text) {
                return Some(word.member);
            }
            at = (at + 1) % SLOTS;
        }
    }
}

/// The first and the last eight bytes, or four; of a shorter text all.
#[inline]
fn ends(text: &[u8]) -> [u64; 2] {
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        [u64::from_le_bytes(*first), u64::from_le_bytes(*last)]
    } else if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        [u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into()]
    } else {
        [text.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)), 0]
    }
}

#[inline]
fn slot([first, last]: [u64; 2], length: usize) -> usize {
    let mixed = (first ^ last.rotate_left(25) ^ (length as u64)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // The upper bits of a product depend on all bits of its factors.
    (mixed >> 55) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_and_no_other() {
        for field in Field::ALL {
            assert_eq!(FIELDS.find(field.name()), Some(*field));
        }
        for code in Code::ALL {
            assert_eq!(CODES.find(code.as_str()), Some(*code));
        }
        for reason in Reason::ALL {
            assert_eq!(REASONS.find(reason.as_str()), Some(*reason));
        }
        for status in Status::ALL {
            assert_eq!(STATUSES.find(status.as_str()), Some(*status));
        }
        for stranger in [
            "",
            "c",
            "cit",
            "city ",
            "City",
            "tracking_numbe",
            "tracking_numberr",
            "ünknown",
        ] {
            assert_eq!(FIELDS.find(stranger), None, "{stranger}");
        }
    }
}
