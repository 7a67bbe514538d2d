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
pub(crate) struct AllLeads {
    first: Leads,
    other: Leads,
    spaced_first: Leads,
    spaced_other: Leads,
}

/// One lead of each column.
#[derive(Debug)]
struct Leads {
    leads: [Lead; FIELDS],
    slots: [Slot; SLOTS],
    /// Bytes before the name's quote.
    before: usize,
}

/// The columns whose words fall into one slot; one of their bytes tells them apart.
#[derive(Clone, Copy, Default, Debug)]
struct Slot {
    at: u8,
    /// By two bits of that byte; where there is no such column stands any.
    fields: [u8; 4],
}

const SLOTS: usize = 256;

pub(crate) static LEADS: LazyLock<AllLeads> = LazyLock::new(|| AllLeads {
    first: Leads::new("{", ":"),
    other: Leads::new(",", ":"),
    spaced_first: Leads::new("{", ": "),
    spaced_other: Leads::new(", ", ": "),
});

impl AllLeads {
    /// The column that begins so. A function of its own, so that the way of lines like the one before keeps its registers.
    #[inline(never)]
    pub(crate) fn find(&self, text: &[u8; LEAD_BYTES], is_first: bool) -> Option<&Lead> {
        let leads = match text {
            _ if is_first => return self.find_first(text),
            [_, b' ', ..] => &self.spaced_other,
            _ => &self.other,
        };
        leads.find(text)
    }

    #[cold]
    fn find_first(&self, text: &[u8; LEAD_BYTES]) -> Option<&Lead> {
        self.first.find(text).or_else(|| self.spaced_first.find(text))
    }

    /// A lead of a column that is not the first.
    pub(crate) const fn any(&self) -> &Lead {
        let [first, ..] = &self.other.leads;
        first
    }
}

impl Leads {
    fn new(before: &str, between: &str) -> Self {
        let lead = |field: &Field| Lead::of(*field, before, between);
        let leads: Vec<Lead> = Field::ALL.iter().map(lead).collect();
        let before = before.len();
        let mut slots = [Slot::default(); SLOTS];
        for (number, slot) in slots.iter_mut().enumerate() {
            let is_here = |lead: &&Lead| slot_of(&lead.text(), before) == number;
            *slot = Slot::of(&leads.iter().filter(is_here).collect::<Vec<_>>());
        }
        Self {
            leads: leads.try_into().expect("one lead for each column"),
            slots,
            before,
        }
    }

    /// The column that begins so.
    #[inline]
    fn find(&self, text: &[u8; LEAD_BYTES]) -> Option<&Lead> {
        let slot = self.slots.get(slot_of(text, self.before))?;
        let field = slot.fields.get(pick(*text.get(usize::from(slot.at))?))?;
        let lead = self.leads.get(usize::from(*field))?;
        lead.begins(text).then_some(lead)
    }
}

impl Slot {
    fn of(leads: &[&Lead]) -> Self {
        let shortest = leads.iter().map(|lead| lead.length).min().unwrap_or_default();
        (0..=shortest)
            .find_map(|at| Self::apart_at(at, leads))
            .expect("a new column needs another factor in `slot_of`")
    }

    /// The slot if the byte at this place tells these columns apart.
    fn apart_at(at: u8, leads: &[&Lead]) -> Option<Self> {
        let mut fields = [None; 4];
        for lead in leads {
            let byte = *lead.text().get(usize::from(at))?;
            let field = fields.get_mut(pick(byte))?;
            if field.replace(lead.column.field as u8).is_some() {
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

/// A slot by eight bytes from the name's quote on, all of which belong to every lead: no name is shorter than four bytes.
#[inline]
fn slot_of(text: &[u8; LEAD_BYTES], before: usize) -> usize {
    let word = text
        .get(before..)
        .and_then(|text| text.first_chunk())
        .map_or(0, |word| u64::from_le_bytes(*word));
    // The upper bits of a product depend on all bits of its factors.
    (word.wrapping_mul(0xff51_afd7_ed55_8ccd) >> 56) as usize
}

impl Lead {
    fn of(field: Field, before: &str, between: &str) -> Self {
        let text = format!("{before}\"{}\"{between}\"", field.name());
        assert!(
            (before.len() + 8..=LEAD_BYTES).contains(&text.len()),
            "a column name fills the word by which it is found and fits what is looked at"
        );
        let (mut bytes, mut mask) = ([0; LEAD_BYTES], [0; LEAD_BYTES]);
        let mut length = 0;
        for ((byte, mask), written) in bytes.iter_mut().zip(&mut mask).zip(text.bytes()) {
            (*byte, *mask) = (written, 0xff);
            length += 1;
        }
        Self {
            bytes: halves(&bytes),
            masks: halves(&mask),
            column: Column::of(field),
            length: length - 1,
            is_tight: !text.contains(' '),
        }
    }

    /// Its bytes, and zeros after them.
    fn text(&self) -> [u8; LEAD_BYTES] {
        let mut text = [0; LEAD_BYTES];
        let (halves, _) = text.as_chunks_mut::<16>();
        for (half, bytes) in halves.iter_mut().zip(self.bytes) {
            *half = bytes.to_array();
        }
        text
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
