//! The id of an order as a number: most are a prefix that the orders of a shop share, and digits. Nothing is kept of such an
//! id beside its number; any other is a text.

use crate::groups::Group;
use crate::intern::{TextId, Texts};
use core::cell::OnceCell;

/// The id of an order of one shard. Of two that differ the texts may still be equal, where they are kept as texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct OrderId(u64);

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

/// An id as it is written: a text and digits after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'t> {
    pub(crate) text: &'t str,
    digits: [u8; DIGITS_MAX],
    count: usize,
}

impl Written<'_> {
    pub(crate) fn digits(&self) -> &[u8] {
        self.digits.get(DIGITS_MAX - self.count..).unwrap_or_default()
    }
}

/// Room for an id as one text, where it is not kept as one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OrderText {
    bytes: [u8; PREFIX_BYTES_MAX + DIGITS_MAX],
    length: usize,
}

impl OrderText {
    fn new(written: &Written<'_>) -> Self {
        let mut text = Self {
            bytes: [0; PREFIX_BYTES_MAX + DIGITS_MAX],
            length: 0,
        };
        for bytes in [written.text.as_bytes(), written.digits()] {
            let (from, to) = (text.length, text.length + bytes.len());
            if let Some(room) = text.bytes.get_mut(from..to) {
                room.copy_from_slice(bytes);
                text.length = to;
            }
        }
        text
    }

    fn as_str(&self) -> &str {
        let written = self.bytes.get(..self.length).unwrap_or_default();
        core::str::from_utf8(written).unwrap_or_default()
    }
}

impl OrderId {
    pub(crate) const NONE: Self = Self(0);

    #[inline]
    pub(crate) const fn new(prefix: u16, number: u32) -> Self {
        Self((prefix as u64) << 32 | number as u64)
    }

    /// 1 + the number of the prefix; 0 for an id that is kept as a text.
    #[inline]
    pub(crate) const fn prefix(self) -> u16 {
        (self.0 >> 32) as u16
    }

    /// Digits, and how many; or the text.
    #[inline]
    pub(crate) const fn number(self) -> u32 {
        self.0 as u32
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// This order, or `other` when this is none.
    pub(crate) const fn or(self, other: Self) -> Self {
        if self.is_empty() { other } else { self }
    }

    /// The text that it is kept as, if it is.
    pub(crate) const fn kept_text(self) -> TextId {
        TextId(if self.prefix() == 0 { self.number() } else { 0 })
    }

    /// The id as it is written.
    pub(crate) fn written(self, texts: &Texts) -> Written<'_> {
        let mut written = Written {
            text: "",
            digits: [b'0'; DIGITS_MAX],
            count: 0,
        };
        let Some(prefix) = self.prefix().checked_sub(1) else {
            written.text = texts.get(TextId(self.number()));
            return written;
        };
        written.text = texts.get(texts.prefixes.get(PrefixId(prefix.into())).0);
        let mut number = self.number() / 8;
        for pair in written.digits.as_chunks_mut::<2>().0.iter_mut().rev() {
            let two = (number % 100) as u8;
            *pair = [b'0' + two / 10, b'0' + two % 10];
            number /= 100;
        }
        written.count = (self.number() % 8) as usize + 1;
        written
    }

    /// The id as one text; one that is not kept as such is written into `room`.
    pub(crate) fn text<'a>(self, texts: &'a Texts, room: &'a OnceCell<OrderText>) -> &'a str {
        if self.prefix() == 0 {
            return texts.get(TextId(self.number()));
        }
        room.get_or_init(|| OrderText::new(&self.written(texts))).as_str()
    }

    /// The id of a text that is written like this one: the same prefix and as many digits, or the same text.
    #[inline]
    fn alike(self, text: &str, texts: &Texts) -> Option<Self> {
        let Some(prefix) = self.prefix().checked_sub(1) else {
            return (texts.get(TextId(self.number())) == text).then_some(self);
        };
        let (text, count) = (text.as_bytes(), (self.number() % 8) as usize + 1);
        let (before, digits) = text.split_at_checked(text.len().checked_sub(count)?)?;
        let number = match text.last_chunk() {
            Some(last) => number_of_last(*last, count),
            None => number_of(digits),
        };
        let number = number?;
        let known = texts.bytes(texts.prefixes.get(PrefixId(prefix.into())).0);
        (known == before).then(|| Self::of_number(self.prefix(), number, count))
    }

    /// As many as eight digits, beside their count less one: less than 2^30.
    fn of_number(prefix: u16, number: u32, count: usize) -> Self {
        Self::new(prefix, number * 8 + (count as u32 - 1))
    }
}

/// The number that digits are.
fn number_of(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |sum: u32, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| sum * 10 + u32::from(digit))
    })
}

/// The number that the last so many of eight characters are, all digits at once: neighbours are joined three times.
#[inline]
fn number_of_last(last: [u8; DIGITS_MAX], count: usize) -> Option<u32> {
    const ZEROS: u64 = u64::from_le_bytes([b'0'; DIGITS_MAX]);
    // What stands before them counts as zeros.
    let before = u64::MAX.checked_shr(8 * count as u32).unwrap_or(0);
    let digits = (u64::from_le_bytes(last) ^ ZEROS) & !before;
    // A byte is a digit where neither it nor six more than it has anything in its upper half.
    if (digits | digits.wrapping_add(0x0606_0606_0606_0606)) & 0xf0f0_f0f0_f0f0_f0f0 != 0 {
        return None;
    }
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    u32::try_from((fours & 0xffff) * 10_000 + (fours >> 32)).ok()
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
            return OrderId::NONE;
        }
        let known = if so_far.is_empty() { self.lately } else { so_far };
        match known.alike(text, self) {
            Some(order) => order,
            None => self.keep_order(text, so_far),
        }
    }

    #[cold]
    fn keep_order(&mut self, text: &str, so_far: OrderId) -> OrderId {
        if let Some((prefix, digits)) = split(text)
            && let Some(number) = number_of(digits.as_bytes())
            && let Some(prefix) = self.prefix(prefix)
        {
            self.lately = OrderId::of_number(prefix, number, digits.len());
            return self.lately;
        }
        let text = if so_far.is_empty() {
            self.keep_own(text)
        } else {
            self.intern(text)
        };
        OrderId::new(0, text.0)
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
            assert_eq!(kept.prefix() > 0, *is_number, "{id}");
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
        assert!(known.prefix() > 0, "a known prefix still serves");
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
