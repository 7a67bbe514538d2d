//! The id of an order as a number: most are a prefix that the orders of a shop share, and digits. Nothing is kept of such an
//! id beside its number; any other is a text.

use crate::groups::Group;
use crate::intern::{TextId, Texts};
use core::cell::OnceCell;

/// The id of an order of one shard. Of two that differ the texts may still be equal, where they are kept as texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct OrderId {
    /// 1 + the number of the prefix; 0 for an id that is kept as a text.
    pub(crate) prefix: u16,
    /// Digits, and how many; or the text.
    pub(crate) number: u32,
}

/// What stands before the digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Prefix(pub(crate) TextId);

/// The number of a prefix; 0 is that of ids which are digits alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct PrefixId(pub(crate) u32);

impl Group for Prefix {
    type Id = PrefixId;

    fn id(number: u32) -> PrefixId {
        PrefixId(number)
    }

    fn number(id: PrefixId) -> u32 {
        id.0
    }
}

/// Most prefixes of a shard: where nearly every order has its own, they save nothing.
const PREFIXES_MAX: usize = 4_096;
const PREFIX_BYTES_MAX: usize = 24;
/// A prefix with more digits than a year and a month is hardly shared.
const PREFIX_DIGITS_MAX: usize = 6;
/// Digits that are taken as a number: fewer are not worth a prefix, more do not fit beside their count.
const DIGITS: core::ops::RangeInclusive<usize> = 4..=DIGITS_MAX;
const DIGITS_MAX: usize = 8;

/// An id as text, where it is not kept as one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OrderText {
    bytes: [u8; PREFIX_BYTES_MAX + DIGITS_MAX],
    length: u8,
}

impl OrderText {
    fn new() -> Self {
        Self {
            bytes: [0; PREFIX_BYTES_MAX + DIGITS_MAX],
            length: 0,
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        let from = usize::from(self.length);
        if let Some(room) = self.bytes.get_mut(from..from + bytes.len()) {
            room.copy_from_slice(bytes);
            self.length = u8::try_from(from + bytes.len()).unwrap_or(0);
        }
    }

    fn as_str(&self) -> &str {
        let written = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        core::str::from_utf8(written).unwrap_or_default()
    }
}

impl OrderId {
    pub(crate) const NONE: Self = Self { prefix: 0, number: 0 };

    pub(crate) const fn is_empty(self) -> bool {
        self.prefix == 0 && self.number == 0
    }

    /// This order, or `other` when this is none.
    pub(crate) const fn or(self, other: Self) -> Self {
        if self.is_empty() { other } else { self }
    }

    /// The text that it is kept as, if it is.
    pub(crate) const fn kept_text(self) -> TextId {
        TextId(if self.prefix == 0 { self.number } else { 0 })
    }

    /// Its digits.
    fn digits(self) -> ([u8; DIGITS_MAX], usize) {
        let (mut number, count) = (self.number / 8, (self.number % 8) as usize + 1);
        let mut digits = [b'0'; DIGITS_MAX];
        for slot in digits.iter_mut().rev() {
            *slot = b'0' + (number % 10) as u8;
            number /= 10;
        }
        (digits, count)
    }

    /// The id as text; one that is not kept as such is written into `room`.
    pub(crate) fn text<'a>(self, texts: &'a Texts, room: &'a OnceCell<OrderText>) -> &'a str {
        let Some(prefix) = self.prefix.checked_sub(1) else {
            return texts.get(TextId(self.number));
        };
        let written = || {
            let mut text = OrderText::new();
            text.push(texts.get(texts.prefixes.get(PrefixId(prefix.into())).0).as_bytes());
            let (digits, count) = self.digits();
            text.push(digits.get(DIGITS_MAX - count..).unwrap_or_default());
            text
        };
        room.get_or_init(written).as_str()
    }

    /// Whether this is its text.
    #[inline]
    fn is(self, text: &str, texts: &Texts) -> bool {
        let Some(prefix) = self.prefix.checked_sub(1) else {
            return texts.get(TextId(self.number)) == text;
        };
        let count = (self.number % 8) as usize + 1;
        let Some((before, digits)) = text.len().checked_sub(count).and_then(|at| text.split_at_checked(at)) else {
            return false;
        };
        number_of(digits) == Some(self.number / 8) && texts.get(texts.prefixes.get(PrefixId(prefix.into())).0) == before
    }
}

/// The number that digits are.
#[inline]
fn number_of(digits: &str) -> Option<u32> {
    digits.bytes().try_fold(0, |sum: u32, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| sum * 10 + u32::from(digit))
    })
}

/// The prefix and the digits of an id that is worth to be kept as a number.
fn split(text: &str) -> Option<(&str, &str)> {
    let count = text
        .bytes()
        .rev()
        .take(DIGITS_MAX)
        .take_while(u8::is_ascii_digit)
        .count();
    let (prefix, digits) = text.split_at_checked(text.len() - count)?;
    let is_shared =
        prefix.len() <= PREFIX_BYTES_MAX && prefix.bytes().filter(u8::is_ascii_digit).count() <= PREFIX_DIGITS_MAX;
    (DIGITS.contains(&count) && is_shared).then_some((prefix, digits))
}

impl Texts {
    /// The id of an order that a scan states, given that of its shipment so far.
    #[inline]
    pub(crate) fn order(&mut self, text: &str, so_far: OrderId) -> OrderId {
        if text.is_empty() {
            OrderId::NONE
        } else if so_far.is(text, self) {
            so_far
        } else {
            self.keep_order(text, so_far)
        }
    }

    #[cold]
    fn keep_order(&mut self, text: &str, so_far: OrderId) -> OrderId {
        if let Some((prefix, digits)) = split(text)
            && let Some(number) = number_of(digits)
            && let Some(prefix) = self.prefix(prefix)
        {
            // As many as eight digits, beside their count less one: less than 2^30.
            let count = digits.len() as u32 - 1;
            return OrderId {
                prefix,
                number: number * 8 + count,
            };
        }
        let text = if so_far.is_empty() {
            self.keep_own(text)
        } else {
            self.intern(text)
        };
        OrderId {
            prefix: 0,
            number: text.0,
        }
    }

    /// 1 + the number of a prefix, if there are not too many.
    fn prefix(&mut self, text: &str) -> Option<u16> {
        let is_full = self.prefixes.each().len() >= PREFIXES_MAX;
        let PrefixId(number) = if is_full {
            let known = self.find(text)?;
            self.prefixes.find(Prefix(known))?
        } else {
            let prefix = Prefix(self.intern(text));
            self.prefixes.intern(prefix)
        };
        u16::try_from(number + 1).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn text(id: OrderId, texts: &Texts) -> alloc::string::String {
        id.text(texts, &OnceCell::new()).to_string()
    }

    #[test]
    fn an_order_comes_back_as_it_was_written() {
        let mut texts = Texts::new(7);
        let ids = [
            ("SO-2026-78568940", true),
            ("SO-2026-07856894", true),
            ("SO-2026-0785689", true),
            ("SO-2026-00000000", true),
            ("12345678", true),
            ("00001234", true),
            ("1234567890", true),
            ("#1001", true),
            ("K\u{f6}ln-20260001", true),
            ("123", false),
            ("SO-1", false),
            ("112-3456789-1234567", false),
            ("\u{0662}\u{0660}\u{0662}\u{0666}", false),
            ("a-prefix-that-is-longer-than-any-shop-has-12345", false),
            ("SO-2026-78568940B", false),
        ];
        let kept: Vec<OrderId> = ids.iter().map(|(id, _)| texts.order(id, OrderId::NONE)).collect();
        for ((id, is_number), kept) in ids.iter().zip(kept) {
            assert_eq!(text(kept, &texts), *id);
            assert_eq!(kept.prefix > 0, *is_number, "{id}");
            assert_eq!(texts.order(id, kept), kept, "{id}");
            assert_eq!(texts.order(id, OrderId::NONE) == kept, *is_number, "{id}");
        }
        assert!(texts.order("", OrderId::NONE).is_empty());
    }

    #[test]
    fn where_every_order_has_a_prefix_of_its_own_they_are_texts() {
        let mut texts = Texts::new(7);
        let orders = || (0..3 * PREFIXES_MAX).map(|shop| alloc::format!("shop{shop:05}-{:06}", shop * 7));
        let ids: Vec<OrderId> = orders().map(|order| texts.order(&order, OrderId::NONE)).collect();
        assert_eq!(texts.prefixes.each().len(), PREFIXES_MAX);
        for (order, id) in orders().zip(ids) {
            assert_eq!(text(id, &texts), order);
        }
        let known = texts.order("shop00007-12345678", OrderId::NONE);
        assert!(known.prefix > 0, "a known prefix still serves");
    }

    proptest! {
        #[test]
        fn any_two_orders_are_told_apart(one in "[A-Z0-9-]{0,12}[0-9]{0,10}", other in "[A-Z0-9-]{0,12}[0-9]{0,10}") {
            let mut texts = Texts::new(7);
            let first = texts.order(&one, OrderId::NONE);
            let second = texts.order(&other, first);
            prop_assert_eq!(text(first, &texts), one.as_str());
            prop_assert_eq!(text(second, &texts), other.as_str());
            if one != other {
                prop_assert_ne!(first, second);
            }
        }
    }
}
