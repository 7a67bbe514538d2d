//! The fast way through an ordinary line: flat, short, quotes found sixteen bytes at a time, columns known by their first
//! bytes. Whatever is unusual it leaves to the general reader, which gives equal records.

use super::field::{FIELDS, Field, Record};
use super::json;
use super::lexicon;
use super::scratch::Scratch;
use wide::u8x16;

/// Lines of more bytes go to the general reader.
const LINE_BYTES_MAX: usize = 4096;

/// Bytes of marks: one bit per byte of the line, and as many after it as one look may reach.
const MARK_BYTES: usize = LINE_BYTES_MAX / 8 + 16;

/// Columns whose order is remembered.
const REMEMBERED: usize = 64;

/// Reads ordinary lines; remembers the order of columns of the line before.
#[derive(Debug)]
pub(crate) struct Scanner {
    /// One bit per byte of the line: is it a quote or a backslash.
    marks: [u8; MARK_BYTES],
    /// The columns of the line before, in order.
    order: [Field; REMEMBERED],
    leads: Leads,
}

impl Scanner {
    pub(crate) fn new() -> Self {
        Self {
            marks: [0; MARK_BYTES],
            order: [Field::EventId; REMEMBERED],
            leads: Leads::new(),
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
            let end = match self.begin(bytes, at, place) {
                Some((field, start)) => {
                    let (text, end) = self.string(line, start, scratch)?;
                    record.set(field, text);
                    end + 1
                }
                None => self.member(line, at, scratch, record)?,
            };
            // Most often a column follows at once.
            at = match bytes.get(end..)? {
                [b',', b' ', ..] => end + 2,
                [b',', ..] => end + 1,
                [b'}'] => return Some(()),
                _ => return None,
            };
            place += 1;
        }
    }

    /// The column that begins at `at` and where its text begins, if it is one of ours, holds a text, and no space stands
    /// between.
    #[inline]
    fn begin(&mut self, bytes: &[u8], at: usize, place: usize) -> Option<(Field, usize)> {
        let text = bytes.get(at..)?.first_chunk()?;
        let slot = self.order.get_mut(place % REMEMBERED)?;
        let field = match self.leads.begins(*slot, text) {
            true => *slot,
            false => self.leads.find(text)?,
        };
        *slot = field;
        Some((field, at + self.leads.length(field)))
    }

    /// Reads any column, and returns where its value ends.
    fn member<'a>(&self, line: &'a str, at: usize, scratch: &'a Scratch, record: &mut Record<'a>) -> Option<usize> {
        let bytes = line.as_bytes();
        if bytes.get(at) != Some(&b'"') {
            return None;
        }
        let end = self.next_mark(at + 1)?;
        let (Some(b'"'), Some(b':')) = (bytes.get(end), bytes.get(end + 1)) else {
            return None;
        };
        let field = lexicon::FIELDS.find(line.get(at + 1..end)?);
        let start = end + 2 + usize::from(bytes.get(end + 2) == Some(&b' '));
        let is_text = bytes.get(start) == Some(&b'"');
        let (value, end) = if is_text {
            let (text, end) = self.string(line, start + 1, scratch)?;
            (text, end + 1)
        } else {
            let end = json::literal(line, start)?;
            (line.get(start..end)?, end)
        };
        match field {
            Some(field) if is_text => record.set(field, value),
            Some(field) => record.set_literal(field, value),
            None => record.unknown += 1,
        }
        Some(end)
    }

    /// The string whose first byte is at `start`, and the place of its closing quote.
    #[inline]
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
        // At least 57 bytes are seen at once, wherever they begin: most strings end in them, so the branch is foreseen.
        let bits = u64::from_le_bytes(*self.marks.get(from / 8..)?.first_chunk()?) >> (from % 8);
        if bits != 0 {
            return Some(from + bits.trailing_zeros() as usize);
        }
        self.far_mark(from / 8 + 8)
    }

    #[cold]
    fn far_mark(&self, from: usize) -> Option<usize> {
        let far = self.marks.get(from..)?.iter().position(|byte| *byte != 0)?;
        let byte = self.marks.get(from + far)?;
        Some((from + far) * 8 + byte.trailing_zeros() as usize)
    }

    /// Marks the quotes and backslashes of a line; `false` if it holds control characters.
    #[inline]
    fn mark(&mut self, bytes: &[u8]) -> bool {
        let mut least = u8x16::splat(0xff);
        let (chunks, rest) = bytes.as_chunks::<64>();
        // After the line stand quotes, so that a search for the end of a cut string ends.
        let mut last = [b'"'; 64];
        if let Some(begin) = last.get_mut(..rest.len()) {
            begin.copy_from_slice(rest);
        }
        let (marks, _) = self.marks.as_chunks_mut::<8>();
        for (mark, chunk) in marks.iter_mut().zip(chunks.iter().chain([&last])) {
            *mark = marks_of(chunk, &mut least).to_le_bytes();
        }
        least.min(u8x16::splat(b' ')).simd_eq(u8x16::splat(b' ')).all()
    }
}

#[inline]
fn marks_of(chunk: &[u8; 64], least: &mut u8x16) -> u64 {
    let (quarters, _) = chunk.as_chunks::<16>();
    let mut bits = 0;
    for (shift, quarter) in quarters.iter().enumerate() {
        let bytes = u8x16::from(*quarter);
        *least = least.min(bytes);
        let marked = bytes.simd_eq(u8x16::splat(b'"')) | bytes.simd_eq(u8x16::splat(b'\\'));
        bits |= u64::from(marked.to_bitmask()) << (16 * shift);
    }
    bits
}

/// How each column begins when it holds a text: `"name":"`, as three words.
#[derive(Debug)]
struct Leads {
    leads: [Lead; FIELDS],
    /// A column whose first word falls into the slot.
    first: [Option<Field>; SLOTS],
    /// The next column of which the same is true.
    next: [Option<Field>; FIELDS],
}

#[derive(Clone, Copy, Debug, Default)]
struct Lead {
    words: [u64; 3],
    /// The bits of the second and the third word that belong to it. The first does in whole: no name is shorter than
    /// four bytes.
    masks: [u64; 2],
    length: usize,
}

const SLOTS: usize = 256;

impl Leads {
    fn new() -> Self {
        let mut leads = Self {
            leads: [Lead::default(); FIELDS],
            first: [None; SLOTS],
            next: [None; FIELDS],
        };
        for ((field, lead), next) in Field::ALL.iter().zip(&mut leads.leads).zip(&mut leads.next) {
            *lead = Lead::of(field.name());
            if let Some(first) = leads.first.get_mut(slot(lead.words[0])) {
                *next = first.replace(*field);
            }
        }
        leads
    }

    #[inline]
    fn begins(&self, field: Field, text: &[u8; 24]) -> bool {
        self.leads.get(field as usize).is_some_and(|lead| lead.begins(text))
    }

    #[inline]
    fn length(&self, field: Field) -> usize {
        self.leads.get(field as usize).map_or(0, |lead| lead.length)
    }

    /// The column that begins so.
    #[inline]
    fn find(&self, text: &[u8; 24]) -> Option<Field> {
        let [first, ..] = words(text);
        let mut candidate = *self.first.get(slot(first))?;
        while let Some(field) = candidate {
            if self.begins(field, text) {
                return Some(field);
            }
            candidate = *self.next.get(field as usize)?;
        }
        None
    }
}

impl Lead {
    fn of(name: &str) -> Self {
        let text = format!("\"{name}\":\"");
        assert!(
            (8..=24).contains(&text.len()),
            "a column name fills the first word and fits all three"
        );
        let (mut bytes, mut mask) = ([0; 24], [0; 24]);
        for ((byte, mask), written) in bytes.iter_mut().zip(&mut mask).zip(text.bytes()) {
            (*byte, *mask) = (written, 0xff);
        }
        let [_, second, third] = words(&mask);
        Self {
            words: words(&bytes),
            masks: [second, third],
            length: text.len(),
        }
    }

    #[inline]
    fn begins(&self, text: &[u8; 24]) -> bool {
        let ([a, b, c], [x, y, z]) = (words(text), self.words);
        a == x && ((b ^ y) & self.masks[0]) | ((c ^ z) & self.masks[1]) == 0
    }
}

#[inline]
fn words(bytes: &[u8; 24]) -> [u64; 3] {
    let (words, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|at| words.get(at).map_or(0, |word| u64::from_le_bytes(*word)))
}

/// The upper bits of a product depend on all bits of its factors.
#[inline]
fn slot(word: u64) -> usize {
    (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as usize
}
