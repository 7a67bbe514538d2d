//! Evaluation: the value of an expression for one row. No allocation, no loop but over what the rule wrote down.

mod local;
mod text;

use alloc::boxed::Box;
use core::cmp::Ordering;
use milepost_model::{Column, Facts, Value};

use crate::calendar::Field;
use crate::program::{Arithmetic, Constant, Letters, Term, Test};

pub(crate) use local::{place, zone};
pub(crate) use text::Text;

/// A value while it is being computed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Val<'a> {
    Null,
    Text(Text<'a>),
    Bool(bool),
    Int(i64),
    Float(f64),
    Time(i64),
    Interval(i64),
}

impl<'a> From<Value<'a>> for Val<'a> {
    #[inline]
    fn from(value: Value<'a>) -> Self {
        match value {
            Value::Null => Val::Null,
            Value::Text(text) => Val::text(text),
            Value::Bool(value) => Val::Bool(value),
            Value::Int(value) => Val::Int(value),
            Value::Float(value) => Val::Float(value),
            Value::Time(value) => Val::Time(value.millis()),
            Value::Interval(value) => Val::Interval(value),
        }
    }
}

impl<'a> Val<'a> {
    const fn text(text: &'a str) -> Self {
        Val::Text(Text {
            text,
            letters: Letters::AsWritten,
        })
    }

    pub(crate) const fn from_constant(constant: &'a Constant) -> Self {
        match constant {
            Constant::Null => Val::Null,
            Constant::Text(text) => Val::text(text),
            Constant::Bool(value) => Val::Bool(*value),
            Constant::Int(value) => Val::Int(*value),
            Constant::Float(value) => Val::Float(*value),
            Constant::Time(value) => Val::Time(*value),
            Constant::Interval(value) => Val::Interval(*value),
        }
    }

    pub(crate) const fn is_null(&self) -> bool {
        matches!(self, Val::Null)
    }

    pub(crate) const fn as_text(self) -> Option<Text<'a>> {
        match self {
            Val::Text(text) => Some(text),
            Val::Null | Val::Bool(_) | Val::Int(_) | Val::Float(_) | Val::Time(_) | Val::Interval(_) => None,
        }
    }

    pub(crate) const fn truth(self) -> Option<bool> {
        match self {
            Val::Bool(value) => Some(value),
            Val::Null | Val::Text(_) | Val::Int(_) | Val::Float(_) | Val::Time(_) | Val::Interval(_) => None,
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "SQL compares and mixes whole numbers with floats as floats"
    )]
    pub(crate) const fn as_float(self) -> Option<f64> {
        match self {
            Val::Int(value) => Some(value as f64),
            Val::Float(value) => Some(value),
            Val::Null | Val::Text(_) | Val::Bool(_) | Val::Time(_) | Val::Interval(_) => None,
        }
    }

    /// The order of two values of one type, or of two numbers; `None` if one is unknown. Floats are ordered totally,
    /// as Arrow does it: NaN is equal to itself and above every number.
    pub(crate) fn order(self, other: Val<'_>) -> Option<Ordering> {
        match (self, other) {
            (Val::Text(a), Val::Text(b)) => Some(a.order(b)),
            (Val::Bool(a), Val::Bool(b)) => Some(a.cmp(&b)),
            (Val::Int(a), Val::Int(b)) | (Val::Time(a), Val::Time(b)) | (Val::Interval(a), Val::Interval(b)) => {
                Some(a.cmp(&b))
            }
            // Zero has one sign here, as in SQL.
            _ => Some((self.as_float()? + 0.0).total_cmp(&(other.as_float()? + 0.0))),
        }
    }
}

impl Test {
    /// What must be true together for it to be true.
    pub(crate) fn parts(&self) -> &[Self] {
        if let Self::And(tests) = self {
            tests
        } else {
            core::slice::from_ref(self)
        }
    }

    /// Whether it is made of other tests alone.
    pub(crate) const fn is_joined(&self) -> bool {
        matches!(self, Self::And(_) | Self::Or(_) | Self::Not(_) | Self::Is { .. })
    }

    /// Whether the value is true: unknown decides as soon as false does.
    #[inline]
    pub(crate) fn holds<F: Facts + ?Sized>(&self, facts: &F) -> bool {
        match self {
            Self::And(tests) => tests.iter().all(|test| test.holds(facts)),
            Self::Or(tests) => tests.iter().any(|test| test.holds(facts)),
            Self::Is {
                test,
                wanted: Some(true),
                negated,
            } => test.holds(facts) != *negated,
            Self::Known(_)
            | Self::Status(_)
            | Self::Number { .. }
            | Self::Pair { .. }
            | Self::TextIs { .. }
            | Self::TextIn { .. }
            | Self::Flag(_)
            | Self::IsNull { .. }
            | Self::Compare { .. }
            | Self::Distinct { .. }
            | Self::In { .. }
            | Self::Like { .. }
            | Self::StartsWith { .. }
            | Self::Is { .. }
            | Self::Not(_) => self.eval(facts) == Some(true),
        }
    }

    /// The value by three-valued logic.
    #[inline]
    pub(crate) fn eval<F: Facts + ?Sized>(&self, facts: &F) -> Option<bool> {
        match self {
            Self::Status(mask) => Some(mask & facts.status().bit() != 0),
            Self::Number { column, op, bound } => number(facts.value(*column)).map(|value| op.admits(value.cmp(bound))),
            Self::Pair { left, op, right } => {
                let (left, right) = (number(facts.value(*left))?, number(facts.value(*right))?);
                Some(op.admits(left.cmp(&right)))
            }
            Self::TextIs { column, text, equal } => {
                column_text(facts, *column).map(|found| (found == &**text) == *equal)
            }
            Self::And(tests) => all(tests, facts),
            Self::Known(value) => *value,
            Self::TextIn { .. }
            | Self::Flag(_)
            | Self::IsNull { .. }
            | Self::Compare { .. }
            | Self::Distinct { .. }
            | Self::In { .. }
            | Self::Like { .. }
            | Self::StartsWith { .. }
            | Self::Is { .. }
            | Self::Not(_)
            | Self::Or(_) => self.eval_rest(facts),
        }
    }

    /// The less frequent kinds, kept apart so that the frequent ones stay small enough to be inlined.
    fn eval_rest<F: Facts + ?Sized>(&self, facts: &F) -> Option<bool> {
        match self {
            Self::Known(_)
            | Self::Status(_)
            | Self::Number { .. }
            | Self::Pair { .. }
            | Self::TextIs { .. }
            | Self::And(_) => self.eval(facts),
            Self::TextIn { column, texts, negated } => {
                column_text(facts, *column).map(|found| contains(texts, found) != *negated)
            }
            Self::Flag(term) => term.eval(facts).truth(),
            Self::IsNull { term, negated } => Some(term.eval(facts).is_null() != *negated),
            Self::Compare { op, left, right } => {
                left.eval(facts).order(right.eval(facts)).map(|order| op.admits(order))
            }
            Self::Distinct { left, right, negated } => {
                Some(is_distinct(left.eval(facts), right.eval(facts)) != *negated)
            }
            Self::In { term, items, negated } => is_in(term.eval(facts), items).map(|found| found != *negated),
            Self::Like { term, pattern, negated } => {
                term.eval(facts).as_text().map(|text| pattern.matches(text) != *negated)
            }
            Self::StartsWith { term, prefix } => {
                let (text, prefix) = (term.eval(facts).as_text()?, prefix.eval(facts).as_text()?);
                Some(text.starts_with(prefix))
            }
            Self::Is { wanted: Some(true), .. } => Some(self.holds(facts)),
            Self::Is { test, wanted, negated } => Some((test.eval(facts) == *wanted) != *negated),
            Self::Not(test) => test.eval(facts).map(|value| !value),
            Self::Or(tests) => any(tests, facts),
        }
    }
}

/// The texts are sorted: a long list is searched by halves.
fn contains(texts: &[Box<str>], wanted: &str) -> bool {
    if texts.len() > 8 {
        texts.binary_search_by(|text| (**text).cmp(wanted)).is_ok()
    } else {
        texts.iter().any(|text| &**text == wanted)
    }
}

fn all<F: Facts + ?Sized>(tests: &[Test], facts: &F) -> Option<bool> {
    let mut result = Some(true);
    for test in tests {
        match test.eval(facts) {
            Some(false) => return Some(false),
            Some(true) => {}
            None => result = None,
        }
    }
    result
}

fn any<F: Facts + ?Sized>(tests: &[Test], facts: &F) -> Option<bool> {
    let mut result = Some(false);
    for test in tests {
        match test.eval(facts) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => result = None,
        }
    }
    result
}

pub(crate) fn is_distinct(left: Val<'_>, right: Val<'_>) -> bool {
    match left.order(right) {
        Some(order) => order.is_ne(),
        None => !(left.is_null() && right.is_null()),
    }
}

pub(crate) fn is_in(value: Val<'_>, items: &[Constant]) -> Option<bool> {
    let mut result = if value.is_null() { None } else { Some(false) };
    for item in items {
        match value.order(Val::from_constant(item)) {
            Some(Ordering::Equal) => return Some(true),
            Some(_) => {}
            None => result = None,
        }
    }
    result
}

/// Numbers, instants and intervals are all 64-bit integers: one comparison serves them.
#[inline]
pub(crate) const fn number(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Int(value) | Value::Interval(value) => Some(value),
        Value::Time(value) => Some(value.millis()),
        Value::Null | Value::Text(_) | Value::Bool(_) | Value::Float(_) => None,
    }
}

#[inline]
pub(super) fn column_text<F: Facts + ?Sized>(facts: &F, column: Column) -> Option<&str> {
    match facts.value(column) {
        Value::Text(text) => Some(text),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Time(_) | Value::Interval(_) => None,
    }
}

impl Term {
    /// The value for this row.
    pub(crate) fn eval<'a, F: Facts + ?Sized>(&'a self, facts: &'a F) -> Val<'a> {
        match self {
            Self::Column(column) => facts.value(*column).into(),
            Self::Constant(constant) => Val::from_constant(constant),
            Self::Now => Val::Time(facts.now().millis()),
            Self::Truth(test) => test.eval(facts).map_or(Val::Null, Val::Bool),
            Self::Arithmetic { op, left, right } => calculate(*op, left.eval(facts), right.eval(facts)),
            Self::Negate(term) => negate(term.eval(facts)),
            Self::Abs(term) => abs(term.eval(facts)),
            Self::Extract { field, term } => extract(*field, term.eval(facts)),
            Self::Truncate { unit, term } => match term.eval(facts) {
                Val::Time(millis) => Val::Time(unit.around(millis).0),
                Val::Null | Val::Text(_) | Val::Bool(_) | Val::Int(_) | Val::Float(_) | Val::Interval(_) => Val::Null,
            },
            Self::Letters { case, term } => recase(*case, term.eval(facts)),
            Self::Case { arms, otherwise } => {
                let arm = arms.iter().find(|(test, _)| test.eval(facts) == Some(true));
                arm.map_or(&**otherwise, |(_, term)| term).eval(facts)
            }
            Self::Coalesce(items) => {
                let mut values = items.iter().map(|item| item.eval(facts));
                values.find(|value| !value.is_null()).unwrap_or(Val::Null)
            }
            Self::NullIf { term, other } => {
                let value = term.eval(facts);
                match value.order(other.eval(facts)) {
                    Some(Ordering::Equal) => Val::Null,
                    _ => value,
                }
            }
            Self::Extreme { wanted, items } => {
                let values = items.iter().map(|item| item.eval(facts));
                values.fold(Val::Null, |best, value| further(*wanted, best, value))
            }
            Self::LocalTime { term, zone } => local::local_time(term.eval(facts), zone, facts),
            Self::Business(business) => local::between(business, facts),
        }
    }
}

/// The greater or lesser of two values; an unknown one does not count.
fn further<'a>(wanted: Ordering, best: Val<'a>, value: Val<'a>) -> Val<'a> {
    match value.order(best) {
        Some(order) if order == wanted => value,
        Some(_) => best,
        None if best.is_null() => value,
        None => best,
    }
}

/// Arithmetic never fails: what overflows, and what is divided by the whole number zero, is unknown.
pub(crate) fn calculate<'a>(op: Arithmetic, left: Val<'a>, right: Val<'a>) -> Val<'a> {
    match (op, left, right) {
        (_, Val::Int(a), Val::Int(b)) => whole(op, a, b).map_or(Val::Null, Val::Int),
        (Arithmetic::Plus, Val::Time(a), Val::Interval(b)) | (Arithmetic::Plus, Val::Interval(a), Val::Time(b)) => {
            a.checked_add(b).map_or(Val::Null, Val::Time)
        }
        (Arithmetic::Minus, Val::Time(a), Val::Interval(b)) => a.checked_sub(b).map_or(Val::Null, Val::Time),
        (Arithmetic::Minus, Val::Time(a), Val::Time(b)) => a.checked_sub(b).map_or(Val::Null, Val::Interval),
        (Arithmetic::Plus | Arithmetic::Minus, Val::Interval(a), Val::Interval(b)) => {
            whole(op, a, b).map_or(Val::Null, Val::Interval)
        }
        (Arithmetic::Times | Arithmetic::Divide, Val::Interval(a), Val::Int(b))
        | (Arithmetic::Times, Val::Int(b), Val::Interval(a)) => whole(op, a, b).map_or(Val::Null, Val::Interval),
        (Arithmetic::Times | Arithmetic::Divide, Val::Interval(a), Val::Float(b))
        | (Arithmetic::Times, Val::Float(b), Val::Interval(a)) => scaled(op, a, b).map_or(Val::Null, Val::Interval),
        _ => match (left.as_float(), right.as_float()) {
            (Some(a), Some(b)) => Val::Float(fractional(op, a, b)),
            _ => Val::Null,
        },
    }
}

fn whole(op: Arithmetic, a: i64, b: i64) -> Option<i64> {
    match op {
        Arithmetic::Plus => a.checked_add(b),
        Arithmetic::Minus => a.checked_sub(b),
        Arithmetic::Times => a.checked_mul(b),
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Modulo => a.checked_rem(b),
    }
}

fn fractional(op: Arithmetic, a: f64, b: f64) -> f64 {
    match op {
        Arithmetic::Plus => a + b,
        Arithmetic::Minus => a - b,
        Arithmetic::Times => a * b,
        Arithmetic::Divide => a / b,
        Arithmetic::Modulo => a % b,
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "milliseconds of any journey are exact in a float, and the range is checked before the way back"
)]
fn scaled(op: Arithmetic, millis: i64, by: f64) -> Option<i64> {
    let result = fractional(op, millis as f64, by);
    (result.abs() < 9.0e18).then_some(result as i64)
}

pub(crate) fn negate(value: Val<'_>) -> Val<'_> {
    match value {
        Val::Int(value) => value.checked_neg().map_or(Val::Null, Val::Int),
        Val::Interval(value) => value.checked_neg().map_or(Val::Null, Val::Interval),
        Val::Float(value) => Val::Float(-value),
        Val::Null | Val::Text(_) | Val::Bool(_) | Val::Time(_) => Val::Null,
    }
}

fn abs(value: Val<'_>) -> Val<'_> {
    match value {
        Val::Int(value) => value.checked_abs().map_or(Val::Null, Val::Int),
        Val::Float(value) => Val::Float(value.abs()),
        Val::Null | Val::Text(_) | Val::Bool(_) | Val::Time(_) | Val::Interval(_) => Val::Null,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of any journey are exact in a float"
)]
fn extract(field: Field, value: Val<'_>) -> Val<'_> {
    match (field, value) {
        (Field::Epoch, Val::Time(millis) | Val::Interval(millis)) => Val::Float(millis as f64 / 1000.0),
        (_, Val::Time(millis)) => Val::Int(field.of(millis)),
        _ => Val::Null,
    }
}

fn recase(letters: Letters, value: Val<'_>) -> Val<'_> {
    match value {
        Val::Text(text) => Val::Text(Text { letters, ..text }),
        Val::Null | Val::Bool(_) | Val::Int(_) | Val::Float(_) | Val::Time(_) | Val::Interval(_) => Val::Null,
    }
}
