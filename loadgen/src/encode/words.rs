//! How formats say what happened: the inverse of their tables of codes in `connectors/formats`. Most formats know fewer
//! things than we do; each row says what comes back. A code without a row is not told at all in that format.

mod easypost;
mod epcis;
mod ups;
mod x12;

pub(super) use easypost::easypost;
pub(super) use epcis::epcis;
use milepost_model::{Code, Reason};
pub(super) use ups::ups;
pub(super) use x12::x12;
pub use x12::x12_reason;

/// A raw code, and what it means to who reads it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Word {
    /// The raw code; its parts in the order of the format's table, with `/` between.
    pub raw: &'static str,
    /// What comes back.
    pub back: Code,
    /// The reason that comes back by the raw code alone.
    pub reason: Option<Reason>,
}

/// A raw code, what comes back, and the codes that are told by it.
type Row = (&'static str, Code, &'static [Code]);

impl Word {
    const fn new(raw: &'static str, back: Code, reason: Option<Reason>) -> Self {
        Self { raw, back, reason }
    }

    /// Of a form that has a word for everything.
    pub(super) const fn itself(code: Code, reason: Option<Reason>) -> Self {
        Self::new("", code, reason)
    }

    fn find(rows: &[Row], code: Code) -> Option<Self> {
        let (raw, back, _) = rows.iter().find(|(_, _, codes)| codes.contains(&code))?;
        Some(Self::new(raw, *back, None))
    }
}
