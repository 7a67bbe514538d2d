//! How each column of an ordinary line begins, so that it is known by its first bytes.

use super::field::{Column, FIELDS, Field};
use std::sync::LazyLock;
use wide::u8x16;

/// Bytes that are looked at to know a column.
pub(crate) const LEAD_BYTES: usize = 32;

/// How a column begins that holds a text: a brace or a comma, then `"name":"`, with or without spaces between.
#[derive(Debug)]
pub(crate) struct Lead {
    pub(crate) column: Column,
    bytes: [u8x16; 2],
    /// Ones where a byte belongs to it.
    masks: [u8x16; 2],
    /// Bytes up to the quote that opens the text.
    pub(crate) length: u8,
    /// No spaces are in it.
    pub(crate) is_tight: bool,
}

/// How the first column begins, and how any other does: as most programs write them, and as some do, with spaces.
#[derive(Debug)]
pub(crate) struct Leads {
    first: [Lead; FIELDS],
    other: [Lead; FIELDS],
    spaced_first: [Lead; FIELDS],
    spaced_other: [Lead; FIELDS],
    slots: [Slot; SLOTS],
}

/// The columns whose words fall into one slot; one of their bytes tells them apart.
#[derive(Clone, Copy, Default, Debug)]
struct Slot {
    at: u8,
    /// By three bits of that byte; where there is no such column stands any.
    fields: [u8; 8],
}

const SLOTS: usize = 256;

pub(crate) static LEADS: LazyLock<Leads> = LazyLock::new(Leads::new);

impl Leads {
    fn new() -> Self {
        let place = |field: &Field| slot_of(&start_of(&quoted(*field)));
        let places: Vec<usize> = Field::ALL.iter().map(place).collect();
        let mut slots = [Slot::default(); SLOTS];
        for (number, slot) in slots.iter_mut().enumerate() {
            let here = Field::ALL.iter().zip(&places).filter(|(_, place)| **place == number);
            *slot = Slot::of(&here.map(|(field, _)| *field).collect::<Vec<_>>());
        }
        Self {
            first: leads("{", ""),
            other: leads(",", ""),
            spaced_first: leads("{", " "),
            spaced_other: leads(", ", " "),
            slots,
        }
    }

    /// The column that begins so. A function of its own, so that the way of lines like the one before keeps its registers.
    #[inline(never)]
    pub(crate) fn find(&self, text: &[u8; LEAD_BYTES], is_first: bool) -> Option<&Lead> {
        if is_first {
            return self.find_first(text);
        }
        match text {
            [_, b' ', name @ ..] => self.find_among(&self.spaced_other, text, name),
            [_, name @ ..] => self.find_among(&self.other, text, name),
        }
    }

    #[cold]
    fn find_first(&self, text: &[u8; LEAD_BYTES]) -> Option<&Lead> {
        let [_, name @ ..] = text;
        let spaced = || self.find_among(&self.spaced_first, text, name);
        self.find_among(&self.first, text, name).or_else(spaced)
    }

    /// The lead, among one of each column, that begins a text in which the name's quote stands where `name` begins.
    #[inline(always)]
    fn find_among<'l>(&self, leads: &'l [Lead; FIELDS], text: &[u8; LEAD_BYTES], name: &[u8]) -> Option<&'l Lead> {
        let slot = self.slots.get(slot_of(name.first_chunk()?))?;
        let field = slot.fields.get(pick(*name.get(usize::from(slot.at))?))?;
        let lead = leads.get(usize::from(*field))?;
        lead.begins(text).then_some(lead)
    }

    /// A lead of a column that is not the first.
    pub(crate) const fn any(&self) -> &Lead {
        let [any, ..] = &self.other;
        any
    }
}

fn leads(before: &str, space: &str) -> [Lead; FIELDS] {
    let lead = |field: &Field| Lead::of(*field, before, space);
    let leads: Vec<Lead> = Field::ALL.iter().map(lead).collect();
    leads.try_into().expect("one lead for each column")
}

/// What all leads of a column share.
fn quoted(field: Field) -> String {
    format!("\"{}\":", field.name())
}

/// The first bytes of a quoted name, of which the last is not looked at: no name is shorter than four.
fn start_of(quoted: &str) -> [u8; 8] {
    let mut text = quoted.bytes().chain([b'"']);
    [(); 8].map(|()| text.next().expect("a column name fills the word by which it is found"))
}

impl Slot {
    fn of(fields: &[Field]) -> Self {
        (0..=u8::MAX)
            .find_map(|at| Self::apart_at(at, fields))
            .expect("a new column needs another factor in `slot_of`")
    }

    /// The slot if the byte at this place of the quoted name tells these columns apart.
    fn apart_at(at: u8, fields: &[Field]) -> Option<Self> {
        let mut found = [None; 8];
        for field in fields {
            let byte = *quoted(*field).as_bytes().get(usize::from(at))?;
            if found.get_mut(pick(byte))?.replace(*field as u8).is_some() {
                return None;
            }
        }
        let fields = found.map(Option::unwrap_or_default);
        Some(Self { at, fields })
    }
}

/// The three bits of a byte in which columns of one slot differ somewhere: two tell the carriers apart, and not the
/// destinations.
#[inline]
fn pick(byte: u8) -> usize {
    usize::from(byte >> 2 & 7)
}

/// A slot by the seven bytes from the name's quote on.
#[inline]
fn slot_of(name: &[u8; 8]) -> usize {
    // The upper bits of a product depend on all bits of its factors; but as the lowest byte of one is 0, not on the highest
    // byte of the other.
    (u64::from_le_bytes(*name).wrapping_mul(0xceb9_fe1a_85ec_5300) >> 56) as usize
}

impl Lead {
    fn of(field: Field, before: &str, space: &str) -> Self {
        let text = format!("{before}{}{space}\"", quoted(field));
        assert!(text.len() <= LEAD_BYTES, "a column name fits what is looked at");
        let (mut bytes, mut mask) = ([0; LEAD_BYTES], [0; LEAD_BYTES]);
        let mut length = 0;
        for ((byte, mask), written) in bytes.iter_mut().zip(&mut mask).zip(text.bytes()) {
            (*byte, *mask) = (written, 0xff);
            length += 1;
        }
        Self {
            column: Column::of(field),
            bytes: halves(&bytes),
            masks: halves(&mask),
            length: length - 1,
            is_tight: !text.contains(' '),
        }
    }

    #[inline]
    pub(crate) fn begins(&self, text: &[u8; LEAD_BYTES]) -> bool {
        let ([a, b], [x, y], [of_a, of_b]) = (halves(text), self.bytes, self.masks);
        let other = ((a ^ x) & of_a) | ((b ^ y) & of_b);
        other.simd_eq(u8x16::splat(0)).all()
    }
}

#[inline]
fn halves(bytes: &[u8; LEAD_BYTES]) -> [u8x16; 2] {
    let (halves, _) = bytes.as_chunks::<16>();
    std::array::from_fn(|at| halves.get(at).map_or(u8x16::splat(0), |half| u8x16::from(*half)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_known_in_each_way_of_writing_it_and_nothing_else_is() {
        for field in Field::ALL {
            for (before, space) in [("{", ""), ("{", " "), (",", ""), (", ", " ")] {
                let written = format!("{before}\"{}\":{space}\"", field.name());
                let mut text = [b'"'; LEAD_BYTES];
                let (begin, _) = text.split_at_mut(written.len());
                begin.copy_from_slice(written.as_bytes());
                let is_first = before == "{";
                let found = LEADS.find(&text, is_first).map(|lead| (lead.column.field, lead.length));
                assert_eq!(found, Some((*field, written.len() as u8 - 1)), "{written}");
                assert!(LEADS.find(&text, !is_first).is_none(), "{written}");
                for at in 0..written.len() {
                    let mut other = text;
                    if let Some(byte) = other.get_mut(at) {
                        *byte ^= 1;
                    }
                    assert!(LEADS.find(&other, is_first).is_none(), "{written} {at}");
                }
            }
        }
    }
}
