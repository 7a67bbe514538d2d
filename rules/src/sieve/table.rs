//! The values of one column, and which rules each of them leaves.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use milepost_model::{Column, ColumnKind, Facts, Status, Timestamp, Value};

use super::{Mask, Shared};
use crate::horizon::HORIZON_MS;
use crate::program::{Op, Term, Test};

/// Rows of a table whose rules are summed up, to be passed by together.
const STRIDE: usize = 16;

/// What the rules of a sieve say about one column.
#[derive(Debug)]
pub(super) struct Table<const W: usize> {
    column: Column,
    /// Those that look at it.
    rules: Mask<W>,
    /// Those that an unknown value leaves.
    unknown: Mask<W>,
    values: Values<W>,
}

#[derive(Debug)]
enum Values<const W: usize> {
    /// A whole number lies in one of the intervals that begin with the `starts`, or before the first.
    Numbers {
        starts: Box<[i64]>,
        /// By interval; one more than there are starts.
        left: Box<[Mask<W>]>,
        /// By [`STRIDE`] intervals: what any of them leaves.
        summed: Box<[Mask<W>]>,
        /// What an interval leaves, all after it leave.
        rising: bool,
    },
    Texts {
        /// Marks of those that rules name, rising.
        marks: Box<[u64]>,
        /// The texts of these marks, each with the rules that it leaves.
        named: Box<[(Box<str>, Mask<W>)]>,
        /// What any other text leaves.
        other: Mask<W>,
    },
}

impl<const W: usize> Table<W> {
    /// Makes a table for every column that parts look at; gives back the parts that no table can hold.
    pub(super) fn tabulate(parts: Vec<Shared<W>>) -> (Vec<Self>, Vec<Shared<W>>) {
        let mut rest = Vec::new();
        let mut columns: Vec<(Column, Vec<Shared<W>>)> = Vec::new();
        for part in parts {
            match column_of(&part.test) {
                None => rest.push(part),
                Some(column) => match columns.iter_mut().find(|(known, _)| *known == column) {
                    Some((_, parts)) => parts.push(part),
                    None => columns.push((column, alloc::vec![part])),
                },
            }
        }
        let mut tables: Vec<Self> = columns
            .iter()
            .map(|(column, parts)| Self::new(*column, parts))
            .collect();
        // Those that most rules look at come first: what they rule out, no other has to.
        tables.sort_by_key(|table| core::cmp::Reverse(table.rules.len()));
        (tables, rest)
    }

    fn new(column: Column, parts: &[Shared<W>]) -> Self {
        let mut knots = Knots::default();
        parts.iter().for_each(|part| knots.add(&part.test));
        Self {
            column,
            rules: parts.iter().fold(Mask::NONE, |all, part| all.or(&part.rules)),
            unknown: left_by(parts, column, Value::Null),
            values: if column.kind() == ColumnKind::Text {
                knots.texts(parts, column)
            } else {
                knots.numbers(parts, column)
            },
        }
    }

    pub(super) const fn column(&self) -> Column {
        self.column
    }

    pub(super) const fn rules(&self) -> &Mask<W> {
        &self.rules
    }

    /// The rules that a value leaves.
    #[inline]
    pub(super) fn leaves(&self, value: Value<'_>) -> &Mask<W> {
        match &self.values {
            Values::Numbers { starts, left, .. } => {
                let found = whole(value).and_then(|value| left.get(interval(starts, value)));
                found.unwrap_or(&self.unknown)
            }
            Values::Texts { marks, named, other } => {
                let Value::Text(text) = value else {
                    return &self.unknown;
                };
                let mark = mark(text.as_bytes());
                let mut at = marks.partition_point(|known| *known < mark);
                while marks.get(at) == Some(&mark) {
                    match named.get(at) {
                        Some((known, left)) if **known == *text => return left,
                        Some(_) | None => at += 1,
                    }
                }
                other
            }
        }
    }

    /// After how many milliseconds a value that grows is one that leaves some of these rules, if it is not yet.
    pub(super) fn next(&self, value: Value<'_>, waiting: &Mask<W>) -> Option<i64> {
        let Values::Numbers {
            starts,
            left,
            summed,
            rising,
        } = &self.values
        else {
            return None;
        };
        let value = whole(value)?;
        let at = if *rising {
            left.partition_point(|rules| !rules.meets(waiting))
        } else {
            first_to_meet(waiting, (left, summed), interval(starts, value) + 1)
        };
        let by = starts.get(at.checked_sub(1)?)?.checked_sub(value)?;
        (by <= HORIZON_MS).then_some(by)
    }
}

/// The first row from `at` on that leaves some of these rules; as many as there are rows when none does.
fn first_to_meet<const W: usize>(waiting: &Mask<W>, (rows, summed): (&[Mask<W>], &[Mask<W>]), mut at: usize) -> usize {
    while let Some(rules) = rows.get(at) {
        if at.is_multiple_of(STRIDE) && summed.get(at / STRIDE).is_some_and(|rules| !rules.meets(waiting)) {
            at += STRIDE;
        } else if rules.meets(waiting) {
            return at;
        } else {
            at += 1;
        }
    }
    rows.len().max(at)
}

#[inline]
fn interval(starts: &[i64], value: i64) -> usize {
    starts.partition_point(|start| *start <= value)
}

/// Two texts with different marks are different.
#[inline]
fn mark(text: &[u8]) -> u64 {
    let (first, last) = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        (None, _) | (_, None) => match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
            (Some(first), Some(last)) => (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into()),
            (None, _) | (_, None) => (text.iter().fold(1, |mark, byte| mark << 8 | u64::from(*byte)), 0),
        },
    };
    first.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ last
}

/// Instants, lengths of time and truths as whole numbers.
#[inline]
fn whole(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Int(value) | Value::Interval(value) => Some(value),
        Value::Time(value) => Some(value.millis()),
        Value::Bool(value) => Some(i64::from(value)),
        Value::Null | Value::Text(_) | Value::Float(_) => None,
    }
}

/// The only column that a condition looks at, if all it does is to compare it with constants.
pub(super) fn column_of(test: &Test) -> Option<Column> {
    match test {
        Test::Number { column, .. } | Test::TextIs { column, .. } | Test::TextIn { column, .. } => Some(*column),
        Test::IsNull {
            term: Term::Column(column),
            ..
        }
        | Test::Flag(Term::Column(column)) => (column.kind() != ColumnKind::Float).then_some(*column),
        Test::Not(test) | Test::Is { test, .. } => column_of(test),
        Test::And(tests) | Test::Or(tests) => {
            let mut columns = tests.iter().map(column_of);
            let first = columns.next()??;
            columns.all(|column| column == Some(first)).then_some(first)
        }
        Test::Known(_)
        | Test::Status(_)
        | Test::Pair { .. }
        | Test::Flag(_)
        | Test::IsNull { .. }
        | Test::Compare { .. }
        | Test::Distinct { .. }
        | Test::In { .. }
        | Test::Like { .. }
        | Test::StartsWith { .. } => None,
    }
}

/// The values of a column at which some condition turns.
#[derive(Default)]
struct Knots<'t> {
    starts: Vec<i64>,
    texts: Vec<&'t str>,
}

impl<'t> Knots<'t> {
    fn add(&mut self, test: &'t Test) {
        match test {
            Test::Number { op, bound, .. } => {
                let after = bound.checked_add(1);
                let (at, after) = match op {
                    Op::Lt | Op::Ge => (Some(*bound), None),
                    Op::Le | Op::Gt => (None, after),
                    Op::Eq | Op::Ne => (Some(*bound), after),
                };
                self.starts.extend(at.into_iter().chain(after));
            }
            Test::TextIs { text, .. } => self.texts.push(text),
            Test::TextIn { texts, .. } => self.texts.extend(texts.iter().map(|text| &**text)),
            Test::Flag(_) => self.starts.push(1),
            Test::Not(test) | Test::Is { test, .. } => self.add(test),
            Test::And(tests) | Test::Or(tests) => tests.iter().for_each(|test| self.add(test)),
            Test::Known(_)
            | Test::Status(_)
            | Test::Pair { .. }
            | Test::IsNull { .. }
            | Test::Compare { .. }
            | Test::Distinct { .. }
            | Test::In { .. }
            | Test::Like { .. }
            | Test::StartsWith { .. } => {}
        }
    }

    fn numbers<const W: usize>(mut self, parts: &[Shared<W>], column: Column) -> Values<W> {
        self.starts.sort_unstable();
        self.starts.dedup();
        let firsts = core::iter::once(i64::MIN).chain(self.starts.iter().copied());
        let left: Vec<Mask<W>> = firsts
            .map(|first| left_by(parts, column, number(column, first)))
            .collect();
        let sum = |rows: &[Mask<W>]| rows.iter().fold(Mask::NONE, |all, row| all.or(row));
        Values::Numbers {
            starts: self.starts.into(),
            summed: left.chunks(STRIDE).map(sum).collect(),
            rising: left.is_sorted_by(|before, after| before.without(after).is_empty()),
            left: left.into(),
        }
    }

    fn texts<const W: usize>(mut self, parts: &[Shared<W>], column: Column) -> Values<W> {
        self.texts.sort_unstable_by_key(|text| (mark(text.as_bytes()), *text));
        self.texts.dedup();
        // Longer than each that is named, hence none of them.
        let longest = self.texts.iter().max_by_key(|text| text.len());
        let mut another = String::from(longest.copied().unwrap_or_default());
        another.push('x');
        let named = self.texts.iter().map(|text| {
            let left = left_by(parts, column, Value::Text(text));
            (Box::from(*text), left)
        });
        Values::Texts {
            marks: self.texts.iter().map(|text| mark(text.as_bytes())).collect(),
            named: named.collect(),
            other: left_by(parts, column, Value::Text(&another)),
        }
    }
}

/// A whole number as a value of a column.
fn number<'a>(column: Column, value: i64) -> Value<'a> {
    match column.kind() {
        // Tables hold texts and whole numbers only.
        ColumnKind::Text | ColumnKind::Float => Value::Null,
        ColumnKind::Bool => Value::Bool(value == 1),
        ColumnKind::Int => Value::Int(value),
        ColumnKind::Time => Value::Time(Timestamp::from_millis(value)),
        ColumnKind::Interval => Value::Interval(value),
    }
}

/// The rules that a value of the column does not make false or unknown.
fn left_by<const W: usize>(parts: &[Shared<W>], column: Column, value: Value<'_>) -> Mask<W> {
    let row = OnlyColumn { column, value };
    let failing = parts.iter().filter(|part| part.test.eval(&row) != Some(true));
    failing.fold(Mask::ALL, |left, part| left.without(&part.rules))
}

/// A row of which nothing but one column is known.
struct OnlyColumn<'a> {
    column: Column,
    value: Value<'a>,
}

impl Facts for OnlyColumn<'_> {
    fn now(&self) -> Timestamp {
        Timestamp::default()
    }

    fn status(&self) -> Status {
        Status::default()
    }

    fn value(&self, column: Column) -> Value<'_> {
        if column == self.column { self.value } else { Value::Null }
    }
}
