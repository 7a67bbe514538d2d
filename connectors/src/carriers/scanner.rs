//! The fast way through an ordinary line: flat, short, quotes found sixteen bytes at a time, columns expected in the
//! order of the line before. Whatever is unusual it leaves to the general reader, which gives equal records.

use super::field::{FIELDS, Field, Record};
use super::json;
use super::lexicon;
use super::scratch::Scratch;
use wide::u8x16;

/// Lines of more bytes go to the general reader.
const LINE_BYTES_MAX: usize = WORDS * 64;
const WORDS: usize = 64;

/// Columns whose order is remembered.
const REMEMBERED: usize = 48;

/// Reads ordinary lines; remembers the order of columns of the line before.
#[derive(Debug)]
pub(crate) struct Scanner {
    /// One bit per byte of the line: is it a quote or a backslash.
    marks: [u64; WORDS + 2],
    /// The columns of the line before, in order.
    order: [Option<Field>; REMEMBERED],
    /// How each column begins, for comparison in two words.
    leads: [Lead; FIELDS],
}

/// `"name":` as a long and a short word with their masks.
#[derive(Clone, Copy, Debug)]
struct Lead {
    long: u128,
    long_mask: u128,
    short: u64,
    short_mask: u64,
    length: usize,
}

impl Lead {
    const NONE: Self = Self {
        long: 0,
        long_mask: 0,
        short: 0,
        short_mask: 0,
        length: 0,
    };

    fn of(name: &str) -> Self {
        let text = format!("\"{name}\":");
        assert!(text.len() <= 24, "a column name fits both words");
        let (mut bytes, mut mask) = ([0; 24], [0; 24]);
        for (at, byte) in text.bytes().enumerate() {
            if let (Some(slot), Some(mask)) = (bytes.get_mut(at), mask.get_mut(at)) {
                (*slot, *mask) = (byte, 0xff);
            }
        }
        let ((long, short), (long_mask, short_mask)) = (words(&bytes), words(&mask));
        Self {
            long,
            long_mask,
            short,
            short_mask,
            length: text.len(),
        }
    }

    #[inline]
    fn begins(&self, text: &[u8]) -> bool {
        let Some(bytes) = text.first_chunk::<24>() else {
            return false;
        };
        let (long, short) = words(bytes);
        (long ^ self.long) & self.long_mask == 0 && (short ^ self.short) & self.short_mask == 0
    }
}

#[inline]
fn words(bytes: &[u8; 24]) -> (u128, u64) {
    let long = bytes.first_chunk().map_or(0, |bytes| u128::from_le_bytes(*bytes));
    let short = bytes.last_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    (long, short)
}

impl Scanner {
    pub(crate) fn new() -> Self {
        let mut leads = [Lead::NONE; FIELDS];
        for (lead, field) in leads.iter_mut().zip(Field::ALL) {
            *lead = Lead::of(field.name());
        }
        Self {
            marks: [0; WORDS + 2],
            order: [None; REMEMBERED],
            leads,
        }
    }

    /// Reads a line, or returns `None` when it is unusual: the general reader must see it.
    pub(crate) fn read<'a>(&mut self, line: &'a str, scratch: &'a Scratch, record: &mut Record<'a>) -> Option<()> {
        let bytes = line.as_bytes();
        if bytes.len() > LINE_BYTES_MAX || bytes.first() != Some(&b'{') || !self.mark(bytes) {
            return None;
        }
        let mut at = 1;
        let mut place = 0;
        loop {
            let (field, after_colon) = self.column(line, at, place)?;
            at = after_colon + usize::from(bytes.get(after_colon) == Some(&b' '));
            if bytes.get(at) == Some(&b'"') {
                let (text, end) = self.string(line, at + 1, scratch)?;
                match field {
                    Some(field) => record.set(field, text),
                    None => record.unknown += 1,
                }
                at = end + 1;
            } else {
                let end = json::literal(line, at)?;
                match field {
                    Some(field) => record.set_literal(field, line.get(at..end)?),
                    None => record.unknown += 1,
                }
                at = end;
            }
            match bytes.get(at) {
                Some(b',') => at += 1 + usize::from(bytes.get(at + 1) == Some(&b' ')),
                Some(b'}') if at + 1 == bytes.len() => return Some(()),
                _ => return None,
            }
            place += 1;
        }
    }

    /// The column that begins at `at`, and where its colon ends.
    fn column(&mut self, line: &str, at: usize, place: usize) -> Option<(Option<Field>, usize)> {
        let text = line.as_bytes().get(at..)?;
        if let Some(expected) = self.order.get(place).copied().flatten()
            && let Some(lead) = self.leads.get(expected as usize)
            && lead.begins(text)
        {
            return Some((Some(expected), at + lead.length));
        }
        if text.first() != Some(&b'"') {
            return None;
        }
        let end = self.next_mark(at + 1)?;
        let (Some(b'"'), Some(b':')) = (line.as_bytes().get(end), line.as_bytes().get(end + 1)) else {
            return None;
        };
        let field = lexicon::FIELDS.find(line.get(at + 1..end)?);
        if let Some(slot) = self.order.get_mut(place) {
            *slot = field;
        }
        Some((field, end + 2))
    }

    /// The string whose first byte is at `start`, and the place of its closing quote.
    fn string<'a>(&self, line: &'a str, start: usize, scratch: &'a Scratch) -> Option<(&'a str, usize)> {
        let end = self.next_mark(start)?;
        if line.as_bytes().get(end) == Some(&b'"') {
            return Some((line.get(start..end)?, end));
        }
        json::unescape(line, start, scratch).ok()
    }

    /// The first quote or backslash at `from` or after it.
    #[inline]
    fn next_mark(&self, from: usize) -> Option<usize> {
        let (word, shift) = (from / 64, from % 64);
        // The next 64 bytes at once, wherever they begin: most strings end in them, so the branch is foreseen.
        let bits = (self.marks.get(word)? >> shift) | (self.marks.get(word + 1)? << (63 - shift) << 1);
        if bits != 0 {
            return Some(from + bits.trailing_zeros() as usize);
        }
        self.far_mark(word + 1)
    }

    #[cold]
    fn far_mark(&self, mut word: usize) -> Option<usize> {
        loop {
            match *self.marks.get(word)? {
                0 => word += 1,
                bits => return Some(word * 64 + bits.trailing_zeros() as usize),
            }
        }
    }

    /// Marks the quotes and backslashes of a line; `false` if it holds control characters.
    fn mark(&mut self, bytes: &[u8]) -> bool {
        let mut controls = u8x16::splat(0);
        let (chunks, rest) = bytes.as_chunks::<64>();
        let mut last = [b'"'; 64];
        if let Some(begin) = last.get_mut(..rest.len()) {
            begin.copy_from_slice(rest);
        }
        for (mark, chunk) in self.marks.iter_mut().zip(chunks.iter().chain([&last])) {
            *mark = marks_of(chunk, &mut controls);
        }
        // After the line stand quotes, so that a search for the end of a cut string ends.
        controls.to_bitmask() == 0
    }
}

fn marks_of(chunk: &[u8; 64], controls: &mut u8x16) -> u64 {
    let (quarters, _) = chunk.as_chunks::<16>();
    let mut bits = 0;
    for (shift, quarter) in quarters.iter().enumerate() {
        let bytes = u8x16::from(*quarter);
        *controls |= bytes.min(u8x16::splat(0x1f)).simd_eq(bytes);
        let marked = bytes.simd_eq(u8x16::splat(b'"')) | bytes.simd_eq(u8x16::splat(b'\\'));
        bits |= u64::from(marked.to_bitmask()) << (16 * shift);
    }
    bits
}
