//! The tests that a rule file carries: a shipment, a story of scans and ticks, and what the rules of the same file must
//! make of it. Here they are read; the engine plays them.

mod read;

use alloc::string::String;
use alloc::vec::Vec;
use milepost_model::{Code, Status};

pub(crate) use read::{FIELDS, OUTCOMES, Takes as FieldTakes, parse};

/// A test of the rules of one file. Times count from the story's zero.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleTest {
    /// What it shows.
    pub name: String,
    /// File that it stands in. Only the rules of that file take part.
    pub file: String,
    /// Line in the file, from 1.
    pub line: u32,
    /// Fields of every scan of the story that does not state them itself.
    pub shipment: Vec<Field>,
    /// What happens, in the order of arrival.
    pub story: Vec<Step>,
    /// What must come of it: all of it, in the order of time.
    pub expect: Vec<Expected>,
}

/// A field of a canonical scan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Name in the canonical scan.
    pub name: &'static str,
    /// Value.
    pub value: FieldValue,
}

/// The value of a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FieldValue {
    /// As written.
    Text(String),
    /// A whole number.
    Int(i64),
    /// Milliseconds after the story's zero.
    Offset(i64),
}

/// One line of a story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Milliseconds after the story's zero.
    pub at_ms: i64,
    /// Line in the file, from 1.
    pub line: u32,
    /// What happens.
    pub what: StepKind,
}

/// What a line of a story lets happen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StepKind {
    /// Time has passed, and no scan came.
    Tick,
    /// From then on these columns, which are learned of lanes, have these values. Shares are texts.
    Learned(Vec<Field>),
    /// A scan that happened and arrived at that time.
    Scan {
        /// Status, unless the code is that of a notice or an estimate.
        status: Option<Status>,
        /// Code, if one is given.
        code: Option<Code>,
        /// Further fields, the place among them.
        fields: Vec<Field>,
    },
}

/// One line of what is expected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expected {
    /// Milliseconds after the story's zero.
    pub at_ms: i64,
    /// Line in the file, from 1.
    pub line: u32,
    /// What happens.
    pub what: Outcome,
    /// Name of the delay rule, or of the notice.
    pub name: String,
}

/// What comes of a story.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Outcome {
    /// An episode of a delay rule opens.
    Opened,
    /// It closes.
    Closed,
    /// A job is made.
    Notify,
}
