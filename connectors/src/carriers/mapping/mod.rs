//! A feed as a file: where the records of a payload stand, which column each value is, how times are written, what codes
//! mean. `file` reads and checks it; a [`Mapping`] then turns payloads into canonical records, which mean what records
//! of every other feed mean.
//!
//! A payload becomes a tree (`tree`, from JSON, XML, CSV, X12 or EDIFACT), `path`s point into it, `value`s and `moment`s make
//! texts of what stands there, `codes` say what happened.

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
mod x12_tree;
mod xml_tree;
mod yaml;

pub use library::{FILES, Formats};
pub(super) use segments::interchange_text;
pub use yaml::Mistake;

use super::field::{Field, Record};
use super::refusal::Refusal;
use bumpalo::Bump;
use bumpalo::collections::{String as BumpString, Vec as BumpVec};
use codes::Codes;
use milepost_model::{RejectReason, TimeBasis};
use path::Path;
use segments::Loops;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;
use tree::Node;
use value::{Value, lower};

/// Records of one payload at most.
const RECORDS_MAX: u64 = 100_000;

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
    /// The place as it is written.
    place: Box<str>,
    path: Path,
    expected: Expected,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Expected {
    Anything,
    /// One of these texts, in lower case; `~` before a part.
    OneOf(Vec<String>),
    /// What stands at another place.
    SameAs(Path),
}

/// A record as a payload states it, or why it is refused.
pub(crate) type Read<'a> = Result<Record<'a>, Refusal>;

/// What happened on the way, besides records.
#[derive(Default, Debug)]
pub(crate) struct Passed {
    /// Records with a code that no row knows.
    pub(crate) unmapped: u64,
    /// Records that a row says are none.
    pub(crate) skipped: u64,
}

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

    /// Why a payload that gave no record is none of this format; `None` when it is one that has no scans yet.
    pub(crate) fn misfit(&self, payload: Node<'_>) -> Option<String> {
        let says_nothing = !self.empty.is_empty() && self.empty.iter().all(|condition| condition.holds(&[payload]));
        if says_nothing || self.fits(payload) {
            return None;
        }
        let missing = self.detect.iter().find(|condition| !condition.holds(&[payload]));
        Some(missing.map_or_else(
            || "it has no records where the file says".to_owned(),
            |condition| format!("what should stand at `{}` does not", condition.place),
        ))
    }

    /// Gives every record of a payload to `take`.
    pub(crate) fn records<'a>(&self, payload: Node<'a>, memory: &'a Bump, take: &mut dyn FnMut(Read<'a>)) -> Passed {
        let mut walk = Walk {
            memory,
            take,
            passed: Passed::default(),
            given: 0,
            within: HashMap::new(),
            at: BumpVec::new_in(memory),
        };
        for records in &self.records {
            walk.at.push(payload);
            let around = Around {
                of: None,
                begun: OnceCell::new(),
            };
            walk.level(records, 0, &around);
            walk.at.clear();
        }
        walk.passed
    }
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
            Expected::Anything | Expected::OneOf(_) => 0,
        };
        self.path.level().max(other)
    }

    fn holds(&self, at: &[Node<'_>]) -> bool {
        let found = self.path.find(at);
        match &self.expected {
            Expected::Anything => !found.items().is_empty(),
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

/// A record as far as the levels so far say, and what is known of the zone of its time.
type Begun<'a> = (Record<'a>, Option<TimeBasis>);

/// What a level and those around it say. It is put together when the first record asks: most sets of records have none in most
/// payloads.
struct Around<'p, 'a> {
    /// The level, and what is around it; `None` of the payload.
    of: Option<(&'p Known, &'p Self)>,
    begun: OnceCell<Begun<'a>>,
}

impl<'a> Around<'_, 'a> {
    fn begun(&self, walk: &Walk<'a, '_>) -> &Begun<'a> {
        self.begun.get_or_init(|| match self.of {
            None => {
                let mut record = Record::new();
                record.untyped = true;
                (record, None)
            }
            Some((known, around)) => walk.with(known, around.begun(walk)),
        })
    }
}

/// On the way through a payload.
struct Walk<'a, 't> {
    memory: &'a Bump,
    take: &'t mut dyn FnMut(Read<'a>),
    passed: Passed,
    given: u64,
    /// JSON that stands as a text in the payload, by where the text begins; `None` when it is no JSON, which was told.
    within: HashMap<*const u8, Option<Node<'a>>>,
    /// The payload, and the value of each level.
    at: BumpVec<'a, Node<'a>>,
}

impl<'a> Walk<'a, '_> {
    /// Goes on at a level with what the levels around it say.
    fn level(&mut self, records: &Records, level: usize, around: &Around<'_, 'a>) {
        let Some(known) = records.known.get(level) else {
            return;
        };
        let holds = |condition: &Condition| condition.holds(&self.at);
        if !known.when.iter().all(holds) || known.unless.iter().any(holds) {
            return;
        }
        let Some(Level { path, is_json }) = records.each.get(level) else {
            return self.record(records, known, around);
        };
        let items = path.each(&self.at, self.memory);
        let this = Around {
            of: Some((known, around)),
            begun: OnceCell::new(),
        };
        let around = if known.fields.is_empty() { around } else { &this };
        for item in items {
            if self.given > RECORDS_MAX {
                return;
            }
            let item = if *is_json { self.within(*item) } else { Some(*item) };
            let Some(item) = item else {
                continue;
            };
            self.at.push(item);
            self.level(records, level + 1, around);
            self.at.pop();
        }
    }

    /// What is said around, and what this level adds.
    fn with(&self, known: &Known, around: &Begun<'a>) -> Begun<'a> {
        let (mut record, mut basis) = around.clone();
        for (field, value) in &known.fields {
            let given = value.give(&self.at, self.memory);
            if *field == Field::CarrierCode {
                record.set(*field, super::texts::shown(given.text, CARRIER_CODE_MAX).0);
            } else if !given.text.is_empty() {
                record.set(*field, given.text);
            }
            if *field == Field::OccurredAt {
                basis = given.basis;
            }
        }
        (record, basis)
    }

    /// What a text says that is JSON again; what is no text is taken as it stands.
    fn within(&mut self, item: Node<'a>) -> Option<Node<'a>> {
        let Node::Text(text) = item else {
            return Some(item);
        };
        if let Some(known) = self.within.get(&text.as_ptr()) {
            return *known;
        }
        let read = match json_tree::read(text, self.memory) {
            Ok(node) => Some(node),
            Err(refusal) => {
                (self.take)(Err(refusal));
                None
            }
        };
        self.within.insert(text.as_ptr(), read);
        read
    }

    fn record(&mut self, records: &Records, known: &Known, around: &Around<'_, 'a>) {
        self.given += 1;
        if self.given > RECORDS_MAX {
            let hint = format!("the payload has more than {RECORDS_MAX} records; send fewer at once");
            return (self.take)(Err(Refusal::new(RejectReason::TooManyScans, hint)));
        }
        let (mut record, basis) = self.with(known, around.begun(self));
        if let Some(basis) = basis
            && record.text(Field::TimeBasis).is_empty()
        {
            record.set(Field::TimeBasis, basis.as_str());
        }
        if !records.tables.is_empty() && !self.code(records, &mut record) {
            return;
        }
        (self.take)(Ok(record));
    }

    /// Sets what the raw code means; false when a record with it is none.
    fn code(&mut self, records: &Records, record: &mut Record<'a>) -> bool {
        let mut raw = BumpVec::with_capacity_in(records.raw.len(), self.memory);
        raw.extend(records.raw.iter().map(|path| path.find(&self.at).text()));
        if record.text(Field::CarrierCode).is_empty() {
            let shown = parts(&raw, self.memory);
            record.set(Field::CarrierCode, super::texts::shown(shown, CARRIER_CODE_MAX).0);
        }
        raw.iter_mut().for_each(|part| *part = lower(part, self.memory));
        let mut asked = BumpVec::with_capacity_in(raw.len(), self.memory);
        let found = records.tables.iter().find_map(|table| {
            asked.clear();
            asked.extend(table.values.iter().filter_map(|at| raw.get(*at).copied()));
            table.codes.find(&asked).map(|row| row.meaning)
        });
        let Some(meaning) = found else {
            self.passed.unmapped += 1;
            record.set(Field::Kind, "notice");
            record.set(Field::Code, "unmapped");
            return true;
        };
        let Some(meaning) = meaning else {
            self.passed.skipped += 1;
            return false;
        };
        record.set(Field::Kind, meaning.kind.as_str());
        record.set(Field::Code, meaning.code.as_str());
        if let Some(status) = meaning.status {
            record.set(Field::Status, status.as_str());
        }
        if let Some(reason) = meaning.reason {
            record.set(Field::Reason, reason.as_str());
        }
        true
    }
}

/// A raw code as it is shown: its values with `/` between.
fn parts<'a>(raw: &[&'a str], memory: &'a Bump) -> &'a str {
    let mut stated = raw.iter().filter(|part| !part.is_empty());
    let first = stated.next().copied().unwrap_or_default();
    let Some(second) = stated.next() else {
        return first;
    };
    let mut shown = BumpString::with_capacity_in(raw.iter().map(|part| part.len() + 1).sum(), memory);
    shown.push_str(first);
    for part in std::iter::once(second).chain(stated) {
        shown.push('/');
        shown.push_str(part);
    }
    shown.into_bump_str()
}

/// As long as the column may be.
const CARRIER_CODE_MAX: usize = 64;

#[cfg(test)]
mod tests;
