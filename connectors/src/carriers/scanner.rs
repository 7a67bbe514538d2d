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

/// Lines of more columns go to the general reader.
const COLUMNS_MAX: usize = 64;

/// Reads ordinary lines; remembers the order of columns of the line before.
#[derive(Debug)]
pub(crate) struct Scanner {
    marks: Marks,
    /// How the columns of the line before began, in order.
    order: [Lead; COLUMNS_MAX],
    leads: Leads,
}

impl Scanner {
    pub(crate) fn new() -> Self {
        Self {
            marks: Marks { bits: [0; MARK_BYTES] },
            order: [Lead::of(Field::EventId); COLUMNS_MAX],
            leads: Leads::new(),
        }
    }

    /// Reads a line, or returns `None` when it is unusual: the general reader must see it.
    #[inline]
    pub(crate) fn read<'a>(&mut self, line: &'a str, scratch: &'a Scratch, record: &mut Record<'a>) -> Option<()> {
        let Self { marks, order, leads } = self;
        if !line.starts_with('{') || !marks.set(line.as_bytes()) {
            return None;
        }
        let mut at = 1;
        for expected in order {
            at = match marks.column(line, at, expected, leads) {
                Some((field, text, next)) => {
                    record.set(field, text);
                    next
                }
                None if at > line.len() => return Some(()),
                None => marks.member(line, at, scratch, record)?,
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
    /// The column that begins at `at`, its text, and where the next one begins: if it is one of ours, holds a text
    /// without escapes, and nothing stands between.
    #[inline]
    fn column<'a>(
        &self,
        line: &'a str,
        at: usize,
        expected: &mut Lead,
        leads: &Leads,
    ) -> Option<(Field, &'a str, usize)> {
        let bytes = line.as_bytes();
        let begin = bytes.get(at..)?.first_chunk()?;
        let start = if expected.begins(begin) {
            at + usize::from(expected.length)
        } else {
            *expected = *leads.find(begin)?;
            // The same place, but known before the column is.
            self.next(at + 1)? + 3
        };
        let end = self.next(start)?;
        let next = match *bytes.get(end..)?.first_chunk()? {
            close if u16::from_le_bytes(close) == u16::from_le_bytes(*b"\",") => end + 2,
            close if close == *b"\"}" && end + 2 == line.len() => AFTER_LINE,
            _ => return None,
        };
        Some((expected.field, line.get(start..)?.get(..end - start)?, next))
    }

    /// Reads any column, and returns where the next one begins.
    fn member<'a>(&self, line: &'a str, at: usize, scratch: &'a Scratch, record: &mut Record<'a>) -> Option<usize> {
        let bytes = line.as_bytes();
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
        match bytes.get(end..)? {
            [b',', b' ', ..] => Some(end + 2),
            [b',', ..] => Some(end + 1),
            [b'}'] => Some(AFTER_LINE),
            _ => None,
        }
    }

    /// The string whose first byte is at `start`, and the place of its closing quote.
    fn string<'a>(&self, line: &'a str, start: usize, scratch: &'a Scratch) -> Option<(&'a str, usize)> {
        let end = self.next(start)?;
        if line.as_bytes().get(end) == Some(&b'"') {
            return Some((line.get(start..end)?, end));
        }
        json::unescape(line, start, scratch).ok()
    }

    /// The first quote or backslash at `from` or after it.
    #[inline]
    fn next(&self, from: usize) -> Option<usize> {
        // At least 57 bytes are seen at once, wherever they begin: most strings end in them, so the branch is foreseen.
        let bits = u64::from_le_bytes(*self.bits.get(from / 8..)?.first_chunk()?) >> (from % 8);
        if bits != 0 {
            return Some(from + bits.trailing_zeros() as usize);
        }
        self.far(from / 8 + 8)
    }

    #[cold]
    fn far(&self, from: usize) -> Option<usize> {
        let far = self.bits.get(from..)?.iter().position(|byte| *byte != 0)?;
        let byte = self.bits.get(from + far)?;
        Some((from + far) * 8 + byte.trailing_zeros() as usize)
    }

    /// Marks the quotes and backslashes of a line; `false` if it holds control characters, or is shorter or longer than
    /// is read here.
    #[inline]
    fn set(&mut self, line: &[u8]) -> bool {
        let (chunks, rest) = line.as_chunks();
        let Some(last) = line.last_chunk().filter(|_| line.len() <= LINE_BYTES_MAX) else {
            return false;
        };
        let mut least = u8x16::splat(0xff);
        let (marks, _) = self.bits.as_chunks_mut();
        for (mark, chunk) in marks.iter_mut().zip(chunks) {
            *mark = marks_of(chunk, &mut least).to_le_bytes();
        }
        // After the line stand quotes, so that a search for the end of a cut string ends.
        let of_rest = marks_of(last, &mut least).unbounded_shr(64 - rest.len() as u32) | (!0 << rest.len());
        if let Some(mark) = marks.get_mut(chunks.len()) {
            *mark = of_rest.to_le_bytes();
        }
        least.min(u8x16::splat(b' ')).simd_eq(u8x16::splat(b' ')).all()
    }
}

/// The place of the next column when there is none.
const AFTER_LINE: usize = LINE_BYTES_MAX + 1;

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

/// How each column begins.
#[derive(Debug)]
struct Leads {
    leads: [Lead; FIELDS],
    slots: [Slot; SLOTS],
}

/// The columns whose first words fall into one slot; one of their bytes tells them apart.
#[derive(Clone, Copy, Default, Debug)]
struct Slot {
    at: u8,
    /// By two bits of that byte; where there is no such column stands any.
    fields: [u8; 4],
}

/// How a column begins that holds a text: `"name":"`, as three words.
#[derive(Clone, Copy, Debug)]
struct Lead {
    words: [u64; 3],
    /// The bits of the second and the third word that belong to it. The first does in whole: no name is shorter than
    /// four bytes.
    masks: [u64; 2],
    field: Field,
    length: u8,
}

const SLOTS: usize = 256;

impl Leads {
    fn new() -> Self {
        let leads: Vec<Lead> = Field::ALL.iter().map(|field| Lead::of(*field)).collect();
        let mut slots = [Slot::default(); SLOTS];
        for (number, slot) in slots.iter_mut().enumerate() {
            let is_here = |lead: &&Lead| slot_of(lead.words[0]) == number;
            *slot = Slot::of(&leads.iter().filter(is_here).collect::<Vec<_>>());
        }
        Self {
            leads: leads.try_into().expect("one lead for each column"),
            slots,
        }
    }

    /// The column that begins so.
    #[inline]
    fn find(&self, text: &[u8; 24]) -> Option<&Lead> {
        let [first, ..] = words(text);
        let slot = self.slots.get(slot_of(first))?;
        let field = slot.fields.get(pick(*text.get(usize::from(slot.at))?))?;
        self.leads.get(usize::from(*field)).filter(|lead| lead.begins(text))
    }
}

impl Slot {
    fn of(leads: &[&Lead]) -> Self {
        let shortest = leads.iter().map(|lead| lead.length).min().unwrap_or(1);
        (0..shortest)
            .find_map(|at| Self::apart_at(at, leads))
            .expect("a new column needs another factor in `slot_of`")
    }

    /// The slot if the byte at this place tells these columns apart.
    fn apart_at(at: u8, leads: &[&Lead]) -> Option<Self> {
        let mut fields = [None; 4];
        for lead in leads {
            let byte = lead
                .words
                .iter()
                .flat_map(|word| word.to_le_bytes())
                .nth(usize::from(at))?;
            let field = fields.get_mut(pick(byte))?;
            if field.replace(lead.field as u8).is_some() {
                return None;
            }
        }
        let fields = fields.map(Option::unwrap_or_default);
        Some(Self { at, fields })
    }
}

/// The two bits of a byte in which columns of one slot differ somewhere.
#[inline]
fn pick(byte: u8) -> usize {
    usize::from(byte % 4)
}

/// The upper bits of a product depend on all bits of its factors.
#[inline]
fn slot_of(word: u64) -> usize {
    (word.wrapping_mul(0xff51_afd7_ed55_8ccd) >> 56) as usize
}

impl Lead {
    fn of(field: Field) -> Self {
        let text = format!("\"{}\":\"", field.name());
        assert!(
            (8..=24).contains(&text.len()),
            "a column name fills the first word and fits all three"
        );
        let (mut bytes, mut mask) = ([0; 24], [0; 24]);
        let mut length = 0;
        for ((byte, mask), written) in bytes.iter_mut().zip(&mut mask).zip(text.bytes()) {
            (*byte, *mask) = (written, 0xff);
            length += 1;
        }
        let [_, second, third] = words(&mask);
        Self {
            words: words(&bytes),
            masks: [second, third],
            field,
            length,
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
