//! The fast way through an ordinary line: flat, short, quotes found sixteen bytes at a time, columns known by their first
//! bytes. Whatever is unusual it leaves to the general reader, which gives equal records.

use super::field::Record;
use super::lead::{LEAD_BYTES, LEADS, Lead};
use super::scratch::Scratch;
use super::{json, lexicon};
use wide::u8x16;

/// Lines of more bytes go to the general reader.
const LINE_BYTES_MAX: usize = 4096;

/// Bytes of marks: one bit per byte of the line, and as many after it as one look may reach.
const MARK_BYTES: usize = LINE_BYTES_MAX / 8 + 16;

/// Lines of more columns go to the general reader.
const COLUMNS_MAX: usize = 64;

/// Reads ordinary lines; remembers the order of columns of the line before.
#[derive(Debug)]
pub(crate) struct Scanner {
    marks: Marks,
    /// How the columns of the line before began, in order.
    order: [&'static Lead; COLUMNS_MAX],
}

impl Scanner {
    pub(crate) fn new() -> Self {
        Self {
            marks: Marks { bits: [0; MARK_BYTES] },
            order: [LEADS.any(); COLUMNS_MAX],
        }
    }

    /// Reads a line, or returns `None` when it is unusual: the general reader must see it.
    #[inline]
    pub(crate) fn read<'a>(&mut self, line: &'a str, scratch: &'a Scratch, record: &mut Record<'a>) -> Option<()> {
        let Self { marks, order } = self;
        let bytes = line.as_bytes();
        if bytes.first() != Some(&b'{') || !marks.set(bytes) {
            return None;
        }
        let mut at = 0;
        for expected in order {
            let begin = bytes.get(at as usize..at as usize + LEAD_BYTES);
            let found = begin.and_then(|begin| marks.column(line, at, begin.first_chunk()?, expected));
            at = if let Some((text, end)) = found {
                record.put(expected.column, text);
                end
            } else if bytes.get(at as usize..) == Some(b"}") {
                return record.is_plain().then_some(());
            } else {
                marks.other_column(line, at, expected, scratch, record)?
            };
        }
        None
    }
}

/// Where quotes and backslashes stand in a line: one bit per byte.
#[derive(Debug)]
struct Marks {
    bits: [u8; MARK_BYTES],
}

impl Marks {
    /// The text of the column that begins at `at` with a brace or a comma, and where it ends: if it is one of ours, holds
    /// a text without escapes, and nothing stands between. Notes in `expected` which column it is.
    // Places are of 32 bits, so that no sum of them needs to be checked.
    #[inline(always)]
    fn column<'a>(
        &self,
        line: &'a str,
        at: u32,
        begin: &[u8; LEAD_BYTES],
        expected: &mut &'static Lead,
    ) -> Option<(&'a str, u32)> {
        let name_end = if expected.begins(begin) {
            at + u32::from(expected.length)
        } else {
            self.unexpected(at, begin, expected)?
        };
        let start = name_end as usize + 1;
        let end = self.next(start)?;
        if line.as_bytes().get(end) != Some(&b'"') {
            return None;
        }
        Some((line.get(start..end)?, end as u32 + 1))
    }

    /// Notes which column it is, and returns where the quote stands that opens its text.
    #[inline(always)]
    fn unexpected(&self, at: u32, begin: &[u8; LEAD_BYTES], expected: &mut &'static Lead) -> Option<u32> {
        *expected = LEADS.find(begin, at == 0)?;
        if expected.is_tight {
            // The same place, but known before the column is.
            return Some(self.next(at as usize + 2)? as u32 + 2);
        }
        Some(at + u32::from(expected.length))
    }

    /// Reads any column, and returns where it ends.
    #[inline(never)]
    fn other_column<'a>(
        &self,
        line: &'a str,
        at: u32,
        expected: &mut &'static Lead,
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Option<u32> {
        let rest = line.as_bytes().get(at as usize..)?;
        if rest.len() < LEAD_BYTES {
            // Too near to the end of the line to be looked at where it stands.
            let mut begin = [0; LEAD_BYTES];
            begin.get_mut(..rest.len())?.copy_from_slice(rest);
            if let Some((text, end)) = self.column(line, at, &begin, expected) {
                record.put(expected.column, text);
                return Some(end);
            }
        }
        self.member(line, at as usize, scratch, record).map(|end| end as u32)
    }

    /// A column that is none of ours, holds no text or one with escapes, or has spaces in it.
    fn member<'a>(&self, line: &'a str, at: usize, scratch: &'a Scratch, record: &mut Record<'a>) -> Option<usize> {
        let bytes = line.as_bytes();
        if bytes.get(at) != Some(if at == 0 { &b'{' } else { &b',' }) {
            return None;
        }
        let at = at + 1 + usize::from(bytes.get(at + 1) == Some(&b' '));
        if bytes.get(at) != Some(&b'"') {
            return None;
        }
        let end = self.next(at + 1)?;
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
    fn string<'a>(&self, line: &'a str, start: usize, scratch: &'a Scratch) -> Option<(&'a str, usize)> {
        let end = self.next(start)?;
        if line.as_bytes().get(end) == Some(&b'"') {
            return Some((line.get(start..end)?, end));
        }
        json::unescape(line, start, scratch.memory()).ok()
    }

    /// The first quote or backslash at `from` or after it.
    #[inline]
    fn next(&self, from: usize) -> Option<usize> {
        // At least 57 bytes are seen at once, wherever they begin: most strings end in them, so the branch is foreseen.
        let bits = u64::from_le_bytes(*self.bits.get(from / 8..)?.first_chunk()?) >> (from % 8);
        let distance = if bits != 0 {
            bits.trailing_zeros()
        } else {
            self.far(from)?
        };
        Some(from + distance as usize)
    }

    /// How far from `from` the next mark is, if it is farther than one look reaches.
    #[cold]
    fn far(&self, from: usize) -> Option<u32> {
        let bytes = self.bits.get(from / 8 + 8..)?;
        let (far, byte) = bytes.iter().enumerate().find(|(_, byte)| **byte != 0)?;
        Some((64 + 8 * far) as u32 + byte.trailing_zeros() - (from % 8) as u32)
    }

    /// Marks the quotes and backslashes of a line; `false` if it holds control characters, or is shorter or longer than
    /// is read here.
    #[inline]
    fn set(&mut self, line: &[u8]) -> bool {
        let (chunks, rest) = line.as_chunks();
        let Some(last) = line.last_chunk() else { return false };
        if line.len() > LINE_BYTES_MAX {
            return false;
        }
        let mut least = u8x16::splat(0xff);
        let (marks, _) = self.bits.as_chunks_mut();
        for (mark, chunk) in marks.iter_mut().zip(chunks) {
            *mark = marks_of(chunk, &mut least).to_le_bytes();
        }
        // After the line stand quotes, so that a search for the end of a cut string ends.
        let of_rest = marks_of(last, &mut least).unbounded_shr(32 - rest.len() as u32) | (!0 << rest.len());
        if let Some(mark) = marks.get_mut(chunks.len()) {
            *mark = of_rest.to_le_bytes();
        }
        least.min(u8x16::splat(b' ')).simd_eq(u8x16::splat(b' ')).all()
    }
}

#[inline]
fn marks_of(chunk: &[u8; 32], least: &mut u8x16) -> u32 {
    let (halves, _) = chunk.as_chunks::<16>();
    let mut bits = 0;
    for (shift, half) in halves.iter().enumerate() {
        let bytes = u8x16::from(*half);
        *least = least.min(bytes);
        let marked = bytes.simd_eq(u8x16::splat(b'"')) | bytes.simd_eq(u8x16::splat(b'\\'));
        bits |= marked.to_bitmask() << (16 * shift);
    }
    bits
}
