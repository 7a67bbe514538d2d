//! Texts kept once per shard: a record holds a number where the payload holds a text.

use alloc::string::String;
use core::hash::{BuildHasher, Hasher};
use foldhash::quality::FixedState;

use crate::groups::Groups;
use crate::index::Index;
use crate::order_id::{OrderId, Prefix};

/// A text of one shard. Equal ids are equal texts; the order of ids says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct TextId(pub(crate) u32);

impl TextId {
    /// The empty text: absent.
    pub(crate) const EMPTY: Self = Self(0);

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// This text, or `other` when this one is empty.
    pub(crate) const fn or(self, other: Self) -> Self {
        if self.is_empty() { other } else { self }
    }
}

/// Most bytes of text that one shard takes; beyond it new scans are refused instead of growing without bound. Ids above
/// it are codes that are written in the id itself: [`Postal`].
const TEXT_BYTES_MAX: usize = (DIGITS_FROM - 65_536) as usize;

/// All texts of a shard, in order of first appearance, one behind the other. Before each stands its length in characters
/// below 128, so that all is one string, and the id of a text is the place of its length: one look at memory finds it.
///
/// A text that one shipment alone is likely to have, such as its order, may be kept without an entry in the index: nobody
/// else will look for it, and the entry would cost more than the text.
#[derive(Debug)]
pub(crate) struct Texts {
    all: String,
    index: Index,
    hasher: FixedState,
    /// What ids of orders begin with.
    pub(crate) prefixes: Groups<Prefix>,
    /// An order that was met lately: that of another shipment is likely to look like it.
    pub(crate) lately: OrderId,
}

/// Marks a part of a length that others follow. The first part has five bits of the length, each other six.
const MORE: u8 = 1 << 6;
/// Marks, in the first part, a text that is not in the index.
const OWN: u8 = 1 << 5;

impl Texts {
    /// An empty table that hashes under `seed`, so that no sender can choose texts that collide.
    pub(crate) fn new(seed: u64) -> Self {
        // Id 0 is the empty text and is never looked up.
        Self {
            all: String::from("\0"),
            index: Index::default(),
            hasher: FixedState::with_seed(seed),
            prefixes: Groups::new(seed),
            lately: OrderId::NONE,
        }
    }

    /// Whether texts of one more scan fit.
    pub(crate) fn has_room(&self) -> bool {
        self.all.len() < TEXT_BYTES_MAX
    }

    /// The id of a text that is known.
    pub(crate) fn find(&self, text: &str) -> Option<TextId> {
        if text.is_empty() {
            return Some(TextId::EMPTY);
        }
        let hash = hash_bytes(&self.hasher, text.as_bytes());
        self.index.find(hash, |id| text_at(&self.all, id) == text).map(TextId)
    }

    /// The id of a text, made if it is new.
    pub(crate) fn intern(&mut self, text: &str) -> TextId {
        if text.is_empty() {
            return TextId::EMPTY;
        }
        let hash = hash_bytes(&self.hasher, text.as_bytes());
        let all = &self.all;
        if let Some(found) = self.index.find(hash, |id| text_at(all, id) == text) {
            return TextId(found);
        }
        let id = self.end();
        self.index.insert(hash, id);
        self.append(text, 0);
        TextId(id)
    }

    /// Keeps a text for one shipment, though it may be known already: its id is not that of an equal text.
    pub(crate) fn keep_own(&mut self, text: &str) -> TextId {
        if text.is_empty() {
            return TextId::EMPTY;
        }
        let id = self.end();
        self.append(text, OWN);
        TextId(id)
    }

    fn end(&self) -> u32 {
        u32::try_from(self.all.len()).expect("has_room was asked before")
    }

    fn append(&mut self, text: &str, mark: u8) {
        let mut length = text.len();
        let more = |length: usize| if length == 0 { 0 } else { MORE };
        self.all
            .push(char::from((length & 31) as u8 | mark | more(length >> 5)));
        length >>= 5;
        while length > 0 {
            self.all.push(char::from((length & 63) as u8 | more(length >> 6)));
            length >>= 6;
        }
        self.all.push_str(text);
    }

    /// All of it as one string, to be saved.
    pub(crate) fn as_str(&self) -> &str {
        &self.all
    }

    /// Takes over what [`Self::as_str`] gave, from a place on where it goes on; `false` when it cannot be that.
    #[must_use]
    pub(crate) fn extend(&mut self, all: &str) -> bool {
        let mut at = self.all.len();
        self.all.push_str(all);
        while at < self.all.len() {
            let (from, length) = span(&self.all, at);
            let Some(text) = self.all.get(from..from + length) else {
                return false;
            };
            let is_own = self.all.as_bytes().get(at).is_some_and(|mark| mark & OWN != 0);
            if !is_own {
                let hash = hash_bytes(&self.hasher, text.as_bytes());
                let Ok(id) = u32::try_from(at) else { return false };
                self.index.insert(hash, id);
            }
            at = from + length;
        }
        true
    }

    /// The text of an id.
    #[inline]
    pub(crate) fn get(&self, id: TextId) -> &str {
        text_at(&self.all, id.0)
    }

    /// The same as bytes, to compare: nothing asks where characters begin.
    #[inline]
    pub(crate) fn bytes(&self, id: TextId) -> &[u8] {
        let (from, length) = span(&self.all, id.0 as usize);
        self.all.as_bytes().get(from..from + length).unwrap_or_default()
    }

    /// A byte of what is kept of an id.
    #[inline]
    pub(crate) fn first_byte(&self, id: TextId) -> u8 {
        self.all.as_bytes().get(id.0 as usize).copied().unwrap_or(0)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.all.capacity() + self.index.memory_bytes() + self.prefixes.memory_bytes()
    }
}

#[inline]
fn text_at(all: &str, id: u32) -> &str {
    let (from, length) = span(all, id as usize);
    all.get(from..from + length).unwrap_or_default()
}

/// Where the text begins whose length stands at a place, and how long it is.
#[inline]
fn span(all: &str, at: usize) -> (usize, usize) {
    let part = |at: usize| all.as_bytes().get(at).copied().unwrap_or(0);
    let first = part(at);
    let (mut length, mut from) = (usize::from(first & 31), at + 1);
    let (mut more, mut shift) = (first & MORE, 5);
    // A text that takes more bits for its length than an id has would not fit.
    while more != 0 && shift < u32::BITS {
        let next = part(from);
        length |= usize::from(next & !MORE) << shift;
        (more, from, shift) = (next & MORE, from + 1, shift + 6);
    }
    (from, length)
}

pub(crate) fn hash_bytes(hasher: &FixedState, bytes: &[u8]) -> u64 {
    let mut state = hasher.build_hasher();
    state.write(bytes);
    state.finish()
}

/// Ids from here on are digits.
const DIGITS_FROM: u32 = u32::MAX - 111_111_111;
/// Digits that fit an id.
const DIGITS_MAX: usize = 8;

/// A postal code. There are nearly as many as shipments, and most are digits: up to eight of them are the id itself, what
/// else there is is a text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Postal(pub(crate) u32);

impl Postal {
    pub(crate) fn new(code: &str, texts: &mut Texts) -> Self {
        let bytes = code.as_bytes();
        if bytes.is_empty() || bytes.len() > DIGITS_MAX || !bytes.iter().all(u8::is_ascii_digit) {
            return Self(texts.intern(code).0);
        }
        // Codes of one length follow those of the length below: "07" and "7" differ.
        let count = |sum: u32, byte: &u8| sum * 10 + 1 + u32::from(byte - b'0');
        Self(DIGITS_FROM + bytes.iter().fold(0, count))
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        if self.is_empty() { other } else { self }
    }

    /// The code as text; digits are written into `room`.
    pub(crate) fn text<'a>(self, texts: &'a Texts, room: &'a mut [u8; DIGITS_MAX]) -> &'a str {
        let Some(mut count) = self.0.checked_sub(DIGITS_FROM) else {
            return texts.get(TextId(self.0));
        };
        let mut from = room.len();
        for (at, slot) in room.iter_mut().enumerate().rev() {
            if count == 0 {
                break;
            }
            count -= 1;
            *slot = b'0' + (count % 10) as u8;
            (count, from) = (count / 10, at);
        }
        room.get(from..)
            .and_then(|digits| core::str::from_utf8(digits).ok())
            .unwrap_or_default()
    }

    /// A number that is small for few digits; a code that is not digits has none.
    #[inline]
    pub(crate) const fn digits(self) -> Option<u32> {
        self.0.checked_sub(DIGITS_FROM)
    }

    /// The code of [`Self::digits`].
    #[inline]
    pub(crate) const fn of_digits(digits: u32) -> Self {
        Self(DIGITS_FROM.wrapping_add(digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn a_text_is_kept_once_and_comes_back() {
        let mut texts = Texts::new(7);
        let ids: Vec<TextId> = ["Louisville", "", "KY", "Louisville", "Köln"]
            .map(|text| texts.intern(text))
            .to_vec();
        assert_eq!(ids, [TextId(1), TextId::EMPTY, TextId(12), TextId(1), TextId(15)]);
        assert_eq!(
            ids.iter().map(|id| texts.get(*id)).collect::<Vec<_>>(),
            ["Louisville", "", "KY", "Louisville", "Köln"]
        );
    }

    #[test]
    fn texts_of_any_length_come_back() {
        let mut texts = Texts::new(7);
        let of = |length: usize| "\u{f6}x".repeat(length / 3) + &"y".repeat(length % 3);
        let ids: Vec<TextId> = (1..5_000).map(|length| texts.intern(&of(length))).collect();
        for (length, id) in (1..).zip(&ids) {
            assert_eq!(texts.get(*id), of(length));
            assert_eq!(texts.intern(&of(length)), *id);
        }
    }

    #[test]
    fn what_was_kept_goes_on_elsewhere() {
        let mut texts = Texts::new(7);
        let louisville = texts.intern("Louisville");
        let order = texts.keep_own("SO-1");
        let again = texts.keep_own("SO-1");
        assert_ne!(order, again, "an own text is nobody else's");
        let long = texts.keep_own(&"x".repeat(70));
        let mut other = Texts::new(8);
        assert!(other.extend(texts.as_str().get(1..).expect("the empty text stands first")));
        assert_eq!(other.intern("Louisville"), louisville);
        assert_eq!([other.get(order), other.get(again)], ["SO-1"; 2]);
        assert_eq!(other.get(long).len(), 70);
        let new = other.intern("SO-1");
        assert!(new != order && new != again, "own texts are not found");
        assert_eq!(other.get(new), "SO-1");
    }

    #[test]
    fn texts_longer_than_all_that_follows_are_refused() {
        for damaged in [
            "\u{5}abc",
            "\u{40}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}",
            "\u{1}\u{f6}",
        ] {
            assert!(!Texts::new(7).extend(damaged), "{damaged:?}");
        }
    }

    #[test]
    fn a_postal_code_comes_back() {
        let mut texts = Texts::new(7);
        let mut seen = Vec::new();
        for code in [
            "",
            "0",
            "00",
            "7",
            "07",
            "40213",
            "04109",
            "99999999",
            "00000000",
            "123456789",
            "SW1A 1AA",
            "7a",
        ] {
            let postal = Postal::new(code, &mut texts);
            assert_eq!(postal.text(&texts, &mut [0; 8]), code);
            assert!(postal.digits().is_none_or(|digits| Postal::of_digits(digits) == postal));
            assert_eq!(postal.is_empty(), code.is_empty());
            assert!(!seen.contains(&postal), "{code}");
            seen.push(postal);
        }
        assert_eq!(
            texts.get(TextId(1)),
            "123456789",
            "only what is not short digits is kept as a text"
        );
    }
}
