//! The way through a payload for its records: level by level, each with what the levels around it say. What is on the way and is
//! no record is counted, and the first place that is not there at all is kept: a misspelt one gives nothing, which nobody would see.

use super::tree::Node;
use super::value::lower;
use super::{Condition, Known, Level, Path, Read, Records, json_tree};
use crate::carriers::field::{Field, Record};
use crate::carriers::refusal::Refusal;
use crate::carriers::texts;
use bumpalo::Bump;
use bumpalo::collections::{String as BumpString, Vec as BumpVec};
use milepost_model::{RejectReason, TimeBasis};
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

/// Records of one payload at most.
const RECORDS_MAX: u64 = 100_000;

/// As long as the column may be.
const CARRIER_CODE_MAX: usize = 64;

/// What happened on the way, besides records.
#[derive(Default, Debug)]
pub(crate) struct Passed<'m> {
    /// Records with a code that no row knows.
    pub(crate) unmapped: u64,
    /// Records that a row says are none.
    pub(crate) skipped: u64,
    /// The first place in `each` that the payload does not have, before any record was met.
    missing: Option<&'m Path>,
    /// Whether a place in `each` is there and has no items.
    is_empty_met: bool,
}

impl<'m> Passed<'m> {
    /// The place that is not there, of a payload that gave no record.
    pub(crate) fn missing(&self) -> Option<&'m Path> {
        self.missing.filter(|_| !self.is_empty_met)
    }
}

/// What conditions passed over, and what became a record: nodes by where they stand.
struct Watch {
    /// Levels of the sets that count: those of single scans, not of what stands beside them.
    levels: usize,
    passed: HashSet<usize>,
    taken: HashSet<usize>,
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
    fn begun(&self, walk: &Walk<'a, '_, '_>) -> &Begun<'a> {
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
pub(crate) struct Walk<'a, 't, 'm> {
    memory: &'a Bump,
    take: &'t mut dyn FnMut(usize, Read<'a>),
    pub(crate) passed: Passed<'m>,
    /// Which set of records it goes for.
    set: usize,
    given: u64,
    /// JSON that stands as a text in the payload, by where the text begins; `None` when it is no JSON, which was told.
    within: HashMap<*const u8, Option<Node<'a>>>,
    /// The payload, and the value of each level.
    at: BumpVec<'a, Node<'a>>,
    watch: Option<Watch>,
}

impl<'a, 't, 'm> Walk<'a, 't, 'm> {
    pub(crate) fn new(memory: &'a Bump, take: &'t mut dyn FnMut(usize, Read<'a>)) -> Self {
        Self {
            memory,
            take,
            passed: Passed::default(),
            set: 0,
            given: 0,
            within: HashMap::new(),
            at: BumpVec::new_in(memory),
            watch: None,
        }
    }

    /// Looks at what conditions pass over, in sets with so many levels.
    pub(crate) fn watch(&mut self, levels: Option<usize>) {
        self.watch = Some(Watch {
            levels: levels.unwrap_or(0),
            passed: HashSet::new(),
            taken: HashSet::new(),
        });
    }

    /// How many were passed over by one set of records and taken by none.
    pub(crate) fn never_taken(&self) -> u64 {
        let watch = self.watch.as_ref();
        watch.map_or(0, |watch| watch.passed.difference(&watch.taken).count() as u64)
    }

    /// Goes through the payload for every set of records.
    pub(crate) fn through(&mut self, sets: &'m [Records], payload: Node<'a>) {
        for (set, records) in sets.iter().enumerate() {
            self.set = set;
            self.at.push(payload);
            let around = Around {
                of: None,
                begun: OnceCell::new(),
            };
            self.level(records, 0, &around);
            self.at.clear();
        }
    }

    /// Goes on at a level with what the levels around it say.
    fn level(&mut self, records: &'m Records, level: usize, around: &Around<'_, 'a>) {
        let Some(known) = records.known.get(level) else {
            return;
        };
        let holds = |condition: &Condition| condition.holds(&self.at);
        if !known.when.iter().all(holds) || known.unless.iter().any(holds) {
            let here = self.at.last().map(address);
            let watch = self.watch.as_mut().filter(|watch| watch.levels == records.each.len());
            watch.into_iter().for_each(|watch| watch.passed.extend(here));
            return;
        }
        let Some(Level { path, is_json }) = records.each.get(level) else {
            return self.record(records, known, around);
        };
        let items = path.each(&self.at, self.memory);
        if items.is_empty() && self.given == 0 {
            self.nothing_at(path);
        }
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

    /// Keeps whether the place is there without items, or not at all.
    #[cold]
    fn nothing_at(&mut self, path: &'m Path) {
        if path.is_stated(&self.at) {
            self.passed.is_empty_met = true;
        } else if self.passed.missing.is_none() {
            self.passed.missing = Some(path);
        }
    }

    /// What is said around, and what this level adds.
    fn with(&self, known: &Known, around: &Begun<'a>) -> Begun<'a> {
        let (mut record, mut basis) = around.clone();
        for (field, value) in &known.fields {
            let given = value.give(&self.at, self.memory);
            if *field == Field::CarrierCode {
                record.set(*field, texts::shown(given.text, CARRIER_CODE_MAX).0);
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
                (self.take)(self.set, Err(refusal));
                None
            }
        };
        self.within.insert(text.as_ptr(), read);
        read
    }

    fn record(&mut self, records: &Records, known: &Known, around: &Around<'_, 'a>) {
        self.given += 1;
        if let Some(watch) = &mut self.watch {
            watch.taken.extend(self.at.iter().map(address));
        }
        if self.given > RECORDS_MAX {
            let hint = format!("the payload has more than {RECORDS_MAX} records; send fewer at once");
            return (self.take)(self.set, Err(Refusal::new(RejectReason::TooManyScans, hint)));
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
        (self.take)(self.set, Ok(record));
    }

    /// Sets what the raw code means; false when a record with it is none.
    fn code(&mut self, records: &Records, record: &mut Record<'a>) -> bool {
        let mut raw = BumpVec::with_capacity_in(records.raw.len(), self.memory);
        raw.extend(records.raw.iter().map(|path| path.find(&self.at).text()));
        if record.text(Field::CarrierCode).is_empty() {
            let shown = parts(&raw, self.memory);
            record.set(Field::CarrierCode, texts::shown(shown, CARRIER_CODE_MAX).0);
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

/// Where a value of the payload stands in memory: one value is gone through for several sets of records.
fn address(node: &Node<'_>) -> usize {
    match node {
        Node::Nothing => 0,
        Node::Text(text) => text.as_ptr() as usize,
        Node::List(items) => items.as_ptr() as usize,
        Node::Map(members) => members.as_ptr() as usize,
    }
}
