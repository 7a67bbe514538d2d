//! A feed as a file: where the records of a payload stand, which column each value is, how times are written, what codes
//! mean. `file` reads and checks it; a [`Mapping`] then turns payloads into canonical records, which mean what records
//! of every other feed mean.
//!
//! A payload becomes a tree (`tree`, from JSON, XML, CSV, X12 or EDIFACT), through which a `walk` goes for its records: `path`s
//! point into it, `value`s and `moment`s make texts of what stands there, `codes` say what happened.

mod codes;
mod csv_tree;
mod edifact_tree;
mod file;
mod gs1;
mod json_tree;
mod library;
mod moment;
mod path;
mod segments;
mod tree;
mod value;
mod walk;
mod x12_tree;
mod xml_tree;
mod yaml;

pub(super) use json_tree::first_value;
pub use library::{FILES, Formats};
pub(super) use segments::interchange_text;
pub use yaml::Mistake;

use super::field::{Field, Record};
use super::refusal::Refusal;
use bumpalo::Bump;
use codes::Codes;
use path::Path;
use segments::Loops;
use std::sync::Arc;
use tree::Node;
use value::Value;
use walk::{Passed, Walk};

/// How a payload is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Syntax {
    /// One JSON value.
    Json,
    /// One XML document.
    Xml,
    /// Lines of comma-separated values; the first names the columns.
    Csv,
    /// Interchanges of ASC X12.
    X12,
    /// Interchanges of UN/EDIFACT.
    Edifact,
}

/// A feed's format, understood and checked.
#[derive(Clone, Debug)]
pub struct Mapping {
    name: String,
    title: String,
    syntax: Syntax,
    /// Which segments begin what, in X12 and EDIFACT.
    loops: Loops,
    /// What holds for payloads of this format, and for few others.
    detect: Vec<Condition>,
    /// What holds for those that have no scans yet, where `detect` looks at scans.
    empty: Vec<Condition>,
    records: Vec<Records>,
}

/// Records that stand in one place.
#[derive(Clone, Debug)]
struct Records {
    /// What is gone through, the outermost first.
    each: Vec<Level>,
    /// What is known at the payload, and at each level: no record below has to ask again.
    known: Vec<Known>,
    /// The values of the raw code, in the order in which they are shown.
    raw: Vec<Path>,
    /// Asked in turn, until one knows the code.
    tables: Vec<Table>,
}

/// Of records, what looks no further in than one level.
#[derive(Clone, Default, Debug)]
struct Known {
    when: Vec<Condition>,
    unless: Vec<Condition>,
    fields: Vec<(Field, Value)>,
}

/// What is gone through on the way to a record.
#[derive(Clone, Debug)]
struct Level {
    path: Path,
    /// Whether it is a text that is JSON again.
    is_json: bool,
}

/// What the raw codes mean that some of the values make.
#[derive(Clone, Debug)]
struct Table {
    /// Which of the values.
    values: Vec<usize>,
    codes: Arc<Codes>,
}

/// Whether what stands at a place is what should stand there.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Condition {
    path: Path,
    expected: Expected,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Expected {
    Anything,
    Nothing,
    /// One of these texts, in lower case; `~` before a part.
    OneOf(Vec<String>),
    /// What stands at another place.
    SameAs(Path),
}

/// A record as a payload states it, or why it is refused.
pub(crate) type Read<'a> = Result<Record<'a>, Refusal>;

impl Mapping {
    /// Reads the file of a format.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        file::read(text)
    }

    /// Its name, as `Milepost-Format` has it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is, for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How its payloads are written.
    #[must_use]
    pub const fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// The payloads that stand one behind the other in a file: values of JSON; of everything else the file is one.
    #[must_use]
    pub fn payloads<'p>(&self, file: &'p [u8]) -> Vec<&'p [u8]> {
        match self.syntax {
            Syntax::Json => json_tree::values(file),
            Syntax::Xml | Syntax::Csv | Syntax::X12 | Syntax::Edifact => vec![file],
        }
    }

    /// Whether a file that begins so has a payload on each line.
    #[must_use]
    pub fn is_whole_line(&self, begin: &[u8]) -> bool {
        let first = begin.split(|byte| *byte == b'\n').next().unwrap_or_default();
        self.syntax == Syntax::Json && first.len() < begin.len() && json_tree::is_value(first)
    }

    /// Reads a payload as a tree, whatever it says.
    pub(crate) fn tree<'a>(&self, payload: &'a str, memory: &'a Bump) -> Result<Node<'a>, Refusal> {
        match self.syntax {
            Syntax::Json => json_tree::read(payload, memory),
            Syntax::Xml => xml_tree::read(payload, memory),
            Syntax::Csv => csv_tree::read(payload, memory),
            Syntax::X12 => x12_tree::read(payload, &self.loops, memory),
            Syntax::Edifact => edifact_tree::read(payload, &self.loops, memory),
        }
    }

    /// Whether a payload, read as a tree, looks like one of this format.
    pub(crate) fn fits(&self, payload: Node<'_>) -> bool {
        !self.detect.is_empty() && self.detect.iter().all(|condition| condition.holds(&[payload]))
    }

    /// Whether a payload, read as a tree, looks like one of this format that has no scans yet.
    pub(crate) fn is_empty(&self, payload: Node<'_>) -> bool {
        !self.empty.is_empty() && self.empty.iter().all(|condition| condition.holds(&[payload]))
    }

    /// Why a payload that gave no record is none of this format; `None` when it is one that has no scans yet. `missing` is the
    /// place in `each` that it does not have.
    pub(crate) fn misfit(&self, payload: Node<'_>, missing: Option<&Path>) -> Option<String> {
        let says_what_is_missing = self.empty.iter().any(|empty| empty.expected == Expected::Nothing);
        let nothing_there = |missing: &Path| {
            format!(
                "nothing stands at `{missing}`, where its records should; where a payload without scans has no such place, \
                 `empty` in the mapping file says so"
            )
        };
        if self.fits(payload) {
            let is_excused = says_what_is_missing && self.is_empty(payload);
            return missing.filter(|_| !is_excused).map(nothing_there);
        }
        if self.is_empty(payload) {
            return None;
        }
        let failing = self.detect.iter().find(|condition| !condition.holds(&[payload]));
        Some(match (failing, missing) {
            (Some(condition), _) => format!("what should stand at `{}` does not", condition.path),
            (None, Some(missing)) => nothing_there(missing),
            (None, None) => {
                "it has no records where the file says, and the file does not say with `empty` that it may".to_owned()
            }
        })
    }

    /// Of a record without that column, where it was looked for.
    pub(crate) fn places(&self, set: usize, field: Field) -> Vec<&Path> {
        let known = self.records.get(set).map_or(&[][..], |records| &records.known);
        let values = known.iter().flat_map(|known| &known.fields);
        let of_field = values.filter(|(found, _)| *found == field);
        of_field.flat_map(|(_, value)| value.places()).collect()
    }

    /// Gives every record of a payload to `take`, with the number of the set that it is of.
    pub(crate) fn records<'a>(
        &self,
        payload: Node<'a>,
        memory: &'a Bump,
        take: &mut dyn FnMut(usize, Read<'a>),
    ) -> Passed<'_> {
        let mut walk = Walk::new(memory, take);
        walk.through(&self.records, payload);
        walk.passed
    }

    /// What of a payload is no record because the mapping says so. For people: it reads the payload once more.
    #[must_use]
    pub fn passed_over(&self, payload: &[u8]) -> PassedOver {
        let memory = Bump::new();
        let text = super::payload_text(payload, &memory).ok();
        let Some(tree) = text.and_then(|text| self.tree(text, &memory).ok()) else {
            return PassedOver::default();
        };
        let mut nobody = |_, _: Read<'_>| {};
        let mut walk = Walk::new(&memory, &mut nobody);
        walk.watch(self.records.iter().map(|records| records.each.len()).max());
        walk.through(&self.records, tree);
        PassedOver {
            by_code: walk.passed.skipped,
            by_condition: walk.never_taken(),
        }
    }
}

/// What of a payload is no record because a mapping says so.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct PassedOver {
    /// By a row that says `skip`.
    pub by_code: u64,
    /// By `when` or `unless`, of every set of records.
    pub by_condition: u64,
}

impl Records {
    fn new(
        each: Vec<Level>,
        (when, unless): (Vec<Condition>, Vec<Condition>),
        fields: Vec<(Field, Value)>,
        (raw, tables): (Vec<Path>, Vec<Table>),
    ) -> Self {
        let mut known = vec![Known::default(); each.len() + 1];
        let mut at = |level: usize, add: &mut dyn FnMut(&mut Known)| known.get_mut(level).into_iter().for_each(add);
        for condition in when {
            at(condition.level(), &mut |known| known.when.push(condition.clone()));
        }
        for condition in unless {
            at(condition.level(), &mut |known| known.unless.push(condition.clone()));
        }
        for field in fields {
            at(field.1.level(), &mut |known| known.fields.push(field.clone()));
        }
        Self {
            each,
            known,
            raw,
            tables,
        }
    }
}

impl Condition {
    /// The innermost level that it looks at.
    fn level(&self) -> usize {
        let other = match &self.expected {
            Expected::SameAs(other) => other.level(),
            Expected::Anything | Expected::Nothing | Expected::OneOf(_) => 0,
        };
        self.path.level().max(other)
    }

    fn holds(&self, at: &[Node<'_>]) -> bool {
        let found = self.path.find(at);
        match &self.expected {
            Expected::Anything => !found.items().is_empty(),
            Expected::Nothing => found.items().is_empty(),
            Expected::SameAs(other) => !found.text().is_empty() && found.text() == other.find(at).text(),
            Expected::OneOf(texts) => {
                let found = found.text();
                let lower = found.bytes().any(|byte| !byte.is_ascii() || byte.is_ascii_uppercase());
                let lower = lower.then(|| found.to_lowercase());
                let found = lower.as_deref().unwrap_or(found);
                texts.iter().any(|text| match text.strip_prefix('~') {
                    Some(part) => found.contains(part),
                    None => *text == *found,
                })
            }
        }
    }
}

#[cfg(test)]
mod nothing_tests;
#[cfg(test)]
mod tests;
