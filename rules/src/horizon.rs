//! Looking ahead: when a condition can change if no scan comes. Absence needs no polling, because of this file.
//!
//! Each part of an expression tells its value now, how the value moves with time, and until when that description is
//! right. A comparison of two moving values knows the millisecond at which it turns; AND, OR and CASE combine what
//! their parts know.

use core::cmp::Ordering;
use milepost_model::{Column, DAY_MS, Facts, HOUR_MS, Status, Timestamp, Value};

use crate::calendar::{Field, Unit};
use crate::eval::{Val, calculate, is_distinct, is_in, number};
use crate::program::{Arithmetic, Constant, Op, Program, Term, Test};

/// How often what cannot be bounded is looked at again.
const SWEEP_MS: i64 = HOUR_MS;

/// Changes of parts that are followed before the whole is looked at anyway.
const STEPS_MAX: usize = 1000;

/// How far ahead a change that has to be searched for is of interest: 200 years.
const SEARCH_MS: i64 = 200 * 365 * DAY_MS;

/// A row as it will be after `by` milliseconds without a scan.
struct Later<'f, F: ?Sized> {
    facts: &'f F,
    by: i64,
}

impl<F: Facts + ?Sized> Later<'_, F> {
    fn later(&self, by: i64) -> Later<'_, F> {
        Later {
            facts: self.facts,
            by: self.by.saturating_add(by),
        }
    }
}

impl<F: Facts + ?Sized> Facts for Later<'_, F> {
    fn now(&self) -> Timestamp {
        self.facts.now().plus(self.by)
    }

    fn status(&self) -> Status {
        self.facts.status()
    }

    fn value(&self, column: Column) -> Value<'_> {
        match self.facts.value(column) {
            Value::Interval(value) if column.grows() => Value::Interval(value.saturating_add(self.by)),
            value => value,
        }
    }
}

/// For how long a description holds, in milliseconds from the row's instant: `[0, by)`.
#[derive(Clone, Copy)]
struct Until {
    by: i64,
    /// Not derived: only the time of the next sweep.
    is_sweep: bool,
}

const NEVER: Until = Until {
    by: i64::MAX,
    is_sweep: false,
};

const SWEEP: Until = Until {
    by: SWEEP_MS,
    is_sweep: true,
};

impl Until {
    fn at(by: i128) -> Self {
        i64::try_from(by).map_or(NEVER, |by| Self { by, is_sweep: false })
    }

    fn min(self, other: Self) -> Self {
        if other.by < self.by { other } else { self }
    }

    fn max(self, other: Self) -> Self {
        if other.by > self.by { other } else { self }
    }
}

/// A truth value, and until when it stays.
struct Outlook {
    truth: Option<bool>,
    until: Until,
}

/// A value, how it moves, and until when it moves so.
struct Course<'a> {
    value: Val<'a>,
    motion: Motion,
    until: Until,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    /// It stays.
    Still,
    /// It changes by this much each millisecond.
    Linear(i64),
    /// It never falls.
    Rising,
    /// It never rises.
    Falling,
    /// Nothing is known.
    Wild,
}

impl Motion {
    pub(crate) const fn negated(self) -> Self {
        match self {
            Self::Still => Self::Still,
            Self::Linear(slope) => match slope.checked_neg() {
                Some(slope) => Self::Linear(slope),
                None => Self::Wild,
            },
            Self::Rising => Self::Falling,
            Self::Falling => Self::Rising,
            Self::Wild => Self::Wild,
        }
    }

    /// Without the exact slope.
    pub(crate) const fn direction(self) -> Self {
        match self {
            Self::Linear(slope) if slope > 0 => Self::Rising,
            Self::Linear(slope) if slope < 0 => Self::Falling,
            Self::Linear(_) => Self::Still,
            Self::Still | Self::Rising | Self::Falling | Self::Wild => self,
        }
    }

    /// The motion of a sum.
    pub(crate) fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Still, motion) | (motion, Self::Still) => motion,
            (Self::Linear(a), Self::Linear(b)) => a.checked_add(b).map_or(Self::Wild, |slope| match slope {
                0 => Self::Still,
                slope => Self::Linear(slope),
            }),
            _ => match (self.direction(), other.direction()) {
                (Self::Rising, Self::Rising) => Self::Rising,
                (Self::Falling, Self::Falling) => Self::Falling,
                (Self::Still, motion) | (motion, Self::Still) => motion,
                _ => Self::Wild,
            },
        }
    }

    /// The motion of a product with, or a quotient by, a value that stays.
    pub(crate) fn scaled(self, op: Arithmetic, by: Val<'_>) -> Self {
        let exact = match (self, op, by) {
            (Self::Linear(slope), Arithmetic::Times, Val::Int(by)) => slope.checked_mul(by),
            _ => None,
        };
        match (exact, by.order(Val::Int(0)), self.direction()) {
            (Some(0), _, _) => Self::Still,
            (Some(slope), _, _) => Self::Linear(slope),
            (None, Some(Ordering::Greater), motion) => motion,
            (None, Some(Ordering::Less), motion) => motion.negated(),
            (None, _, Self::Still) => Self::Still,
            (None, Some(Ordering::Equal), _) if op == Arithmetic::Times => Self::Still,
            (None, _, _) => Self::Wild,
        }
    }
}

/// The first instant after the row's at which the program's truth can differ.
pub(crate) fn next_change<F: Facts + ?Sized>(program: &Program, facts: &F) -> Option<Timestamp> {
    let now = facts.now();
    let start = program.test.eval(facts) == Some(true);
    let mut by = 0_i64;
    for _ in 0..STEPS_MAX {
        let later = Later { facts, by };
        let until = program.test.outlook(&later).until;
        if until.by == NEVER.by {
            return None;
        }
        by = by.checked_add(until.by)?;
        if until.is_sweep || (program.sweeps && by >= SWEEP_MS) {
            by = by.min(SWEEP_MS);
            break;
        }
        let differs = (program.test.eval(&Later { facts, by }) == Some(true)) != start;
        if differs {
            break;
        }
    }
    let at = now.millis().checked_add(by)?;
    Some(Timestamp::from_millis(at))
}

impl Test {
    fn outlook<F: Facts + ?Sized>(&self, facts: &Later<'_, F>) -> Outlook {
        match self {
            Self::Known(_) | Self::Status(_) | Self::TextIs { .. } | Self::TextIn { .. } => Outlook {
                truth: self.eval(facts),
                until: NEVER,
            },
            Self::Number { column, op, bound } => threshold(facts, *column, *op, *bound),
            Self::And(tests) => self.combined(tests, facts, false),
            Self::Or(tests) => self.combined(tests, facts, true),
            Self::Not(test) => {
                let inner = test.outlook(facts);
                Outlook {
                    truth: inner.truth.map(|value| !value),
                    until: inner.until,
                }
            }
            Self::Is { test, .. } => self.as_of(facts, test.outlook(facts).until),
            Self::Flag(term) | Self::IsNull { term, .. } | Self::Like { term, .. } => {
                self.as_of(facts, term.course(facts).until)
            }
            Self::StartsWith { term, prefix } => {
                self.as_of(facts, term.course(facts).until.min(prefix.course(facts).until))
            }
            Self::Compare { op, left, right } => {
                let (until, a, b) = comparison(*op, left, right, facts);
                Outlook {
                    truth: a.order(b).map(|order| op.admits(order)),
                    until,
                }
            }
            Self::Distinct { left, right, negated } => {
                let (until, a, b) = comparison(Op::Eq, left, right, facts);
                Outlook {
                    truth: Some(is_distinct(a, b) != *negated),
                    until,
                }
            }
            Self::In { term, items, negated } => {
                let course = term.course(facts);
                let turns = items.iter().map(|item| {
                    let item = Course::of(item);
                    turn(Op::Eq, &course, &item, |by| {
                        term.eval(&facts.later(by)).order(item.value)
                    })
                });
                Outlook {
                    truth: is_in(course.value, items).map(|found| found != *negated),
                    until: turns.fold(course.until, Until::min),
                }
            }
        }
    }

    fn as_of<F: Facts + ?Sized>(&self, facts: &Later<'_, F>, until: Until) -> Outlook {
        Outlook {
            truth: self.eval(facts),
            until,
        }
    }

    /// AND (`decisive` is false) and OR (`decisive` is true): while one part has the decisive value, the others do not
    /// matter; else the first part to change can change the whole.
    fn combined<F: Facts + ?Sized>(&self, tests: &[Self], facts: &Later<'_, F>, decisive: bool) -> Outlook {
        let mut decided: Option<Until> = None;
        let mut first = NEVER;
        let mut truth = Some(!decisive);
        for test in tests {
            let part = test.outlook(facts);
            if part.truth == Some(decisive) {
                decided = Some(decided.map_or(part.until, |until| until.max(part.until)));
                if part.until.by == NEVER.by {
                    break;
                }
            } else if part.truth.is_none() {
                truth = None;
            }
            first = first.min(part.until);
        }
        match decided {
            Some(until) => Outlook {
                truth: Some(decisive),
                until,
            },
            None => Outlook { truth, until: first },
        }
    }
}

/// When a comparison of two terms turns, and what they are now.
fn comparison<'a, F: Facts + ?Sized>(
    op: Op,
    left: &'a Term,
    right: &'a Term,
    facts: &'a Later<'_, F>,
) -> (Until, Val<'a>, Val<'a>) {
    let (a, b) = (left.course(facts), right.course(facts));
    let order_after = |by| {
        let later = facts.later(by);
        left.eval(&later).order(right.eval(&later))
    };
    let until = turn(op, &a, &b, order_after).min(a.until).min(b.until);
    (until, a.value, b.value)
}

/// When a comparison of two courses turns, if both keep their motion.
fn turn(op: Op, left: &Course<'_>, right: &Course<'_>, order_after: impl Fn(i64) -> Option<Ordering>) -> Until {
    if left.value.is_null() || right.value.is_null() {
        return NEVER;
    }
    match (left.motion, right.motion) {
        (Motion::Still, Motion::Still) => NEVER,
        (Motion::Still | Motion::Linear(_), Motion::Still | Motion::Linear(_)) => {
            match (left.value.as_millis(), right.value.as_millis()) {
                (Some(a), Some(b)) => crossing(a - b, left.slope() - right.slope(), op),
                _ => SWEEP,
            }
        }
        _ if left.motion.plus(right.motion.negated()) == Motion::Wild => SWEEP,
        _ => searched(left.until.min(right.until), order_after),
    }
}

/// When the order of two values that only move apart, or only towards and past each other, first differs: by halving.
fn searched(until: Until, order_after: impl Fn(i64) -> Option<Ordering>) -> Until {
    let start = order_after(0);
    let (mut same, mut other) = (0, until.by.min(SEARCH_MS) - 1);
    if order_after(other) == start {
        return NEVER;
    }
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        if order_after(middle) == start {
            same = middle;
        } else {
            other = middle;
        }
    }
    Until::at(i128::from(other))
}

/// A column against a constant: the commonest condition on time.
fn threshold<F: Facts + ?Sized>(facts: &Later<'_, F>, column: Column, op: Op, bound: i64) -> Outlook {
    let Some(value) = number(facts.value(column)) else {
        return Outlook {
            truth: None,
            until: NEVER,
        };
    };
    Outlook {
        truth: Some(op.admits(value.cmp(&bound))),
        until: if column.grows() {
            crossing(i128::from(value) - i128::from(bound), 1, op)
        } else {
            NEVER
        },
    }
}

/// When `difference + slope * t` turns `op 0`.
fn crossing(difference: i128, slope: i128, op: Op) -> Until {
    let start = op.admits(difference.cmp(&0));
    let reach = match (difference.signum() * slope.signum()).cmp(&0) {
        Ordering::Less => difference.abs().div_ceil_of(slope.abs()),
        Ordering::Equal if slope != 0 => 1,
        Ordering::Equal | Ordering::Greater => return NEVER,
    };
    // A zero that is met exactly lasts one millisecond.
    let turns = |by: &i128| op.admits((difference + slope * by).cmp(&0)) != start;
    [reach, reach + 1].into_iter().find(turns).map_or(NEVER, Until::at)
}

trait DivCeil {
    fn div_ceil_of(self, by: Self) -> Self;
}

impl DivCeil for i128 {
    /// Of two positive numbers.
    fn div_ceil_of(self, by: Self) -> Self {
        (self + by - 1) / by
    }
}

impl Val<'_> {
    fn as_millis(self) -> Option<i128> {
        match self {
            Val::Int(value) | Val::Time(value) | Val::Interval(value) => Some(i128::from(value)),
            Val::Null | Val::Text(_) | Val::Bool(_) | Val::Float(_) => None,
        }
    }
}

impl<'a> Course<'a> {
    const fn still(value: Val<'a>, until: Until) -> Self {
        Self {
            value,
            motion: Motion::Still,
            until,
        }
    }

    const fn of(constant: &'a Constant) -> Self {
        Self::still(Val::from_constant(constant), NEVER)
    }

    fn slope(&self) -> i128 {
        match self.motion {
            Motion::Linear(slope) => i128::from(slope),
            Motion::Still | Motion::Rising | Motion::Falling | Motion::Wild => 0,
        }
    }

    /// A course whose motion is known, cut where the value would leave the range and become unknown.
    fn moving(value: Val<'a>, motion: Motion, until: Until) -> Self {
        let overflow = match (value.as_millis(), motion) {
            (Some(value), Motion::Linear(slope)) if slope > 0 => {
                Until::at((i128::from(i64::MAX) - value) / i128::from(slope) + 1)
            }
            (Some(value), Motion::Linear(slope)) if slope < 0 => {
                Until::at((value - i128::from(i64::MIN)) / -i128::from(slope) + 1)
            }
            _ => NEVER,
        };
        let motion = if value.is_null() && motion != Motion::Wild {
            Motion::Still
        } else {
            motion
        };
        let until = if motion == Motion::Wild {
            until.min(SWEEP)
        } else {
            until
        };
        Self {
            value,
            motion,
            until: until.min(overflow),
        }
    }
}

impl Term {
    fn course<'a, F: Facts + ?Sized>(&'a self, facts: &'a Later<'_, F>) -> Course<'a> {
        match self {
            Self::Constant(constant) => Course::of(constant),
            Self::Now => Course::moving(self.eval(facts), Motion::Linear(1), NEVER),
            Self::Column(column) if column.grows() => Course::moving(self.eval(facts), Motion::Linear(1), NEVER),
            Self::Column(_) => Course::still(self.eval(facts), NEVER),
            Self::Truth(test) => Course::still(self.eval(facts), test.outlook(facts).until),
            Self::Arithmetic { op, left, right } => sum(*op, &left.course(facts), &right.course(facts)),
            Self::Negate(term) => {
                let inner = term.course(facts);
                Course::moving(self.eval(facts), inner.motion.negated(), inner.until)
            }
            Self::Abs(term) | Self::Letters { term, .. } => {
                let inner = term.course(facts);
                let motion = match inner.motion {
                    Motion::Still => Motion::Still,
                    Motion::Linear(_) | Motion::Rising | Motion::Falling | Motion::Wild => Motion::Wild,
                };
                Course::moving(self.eval(facts), motion, inner.until)
            }
            Self::Extract { field, term } => self.calendar(*field, field.unit(), &term.course(facts), facts),
            Self::Truncate { unit, term } => self.calendar(Field::Day, Some(*unit), &term.course(facts), facts),
            Self::Case { arms, otherwise } => {
                let mut until = NEVER;
                for (test, term) in arms {
                    let outlook = test.outlook(facts);
                    until = until.min(outlook.until);
                    if outlook.truth == Some(true) {
                        return term.course(facts).limited(until);
                    }
                }
                otherwise.course(facts).limited(until)
            }
            Self::Coalesce(items) => {
                let mut until = NEVER;
                for item in items {
                    let course = item.course(facts);
                    if !course.value.is_null() {
                        return course.limited(until);
                    }
                    until = until.min(course.until);
                }
                Course::still(Val::Null, until)
            }
            Self::NullIf { term, other } => {
                let (until, _, _) = comparison(Op::Eq, term, other, facts);
                Course {
                    value: self.eval(facts),
                    ..term.course(facts).limited(until)
                }
            }
            Self::Extreme { items, .. } => self.extreme(items, facts),
        }
    }

    /// A part of the calendar: it stays until its argument leaves the hour, day or month that it is in.
    fn calendar<'a, F: Facts + ?Sized>(
        &'a self,
        field: Field,
        unit: Option<Unit>,
        inner: &Course<'a>,
        facts: &'a Later<'_, F>,
    ) -> Course<'a> {
        let value = self.eval(facts);
        match (inner.motion, unit, inner.value) {
            (Motion::Still, _, _) => Course::still(value, inner.until),
            (motion, None, _) if field == Field::Epoch => Course::moving(value, motion.direction(), inner.until),
            (Motion::Linear(slope), Some(unit), Val::Time(millis)) if unit != Unit::Second => {
                let (begin, end) = unit.around(millis);
                let (millis, slope) = (i128::from(millis), i128::from(slope));
                let leaves = if slope > 0 {
                    (i128::from(end) - millis).div_ceil_of(slope)
                } else {
                    (millis - i128::from(begin)) / -slope + 1
                };
                Course::still(value, inner.until.min(Until::at(leaves)))
            }
            _ => Course::moving(value, Motion::Wild, inner.until),
        }
    }

    /// GREATEST and LEAST: one of the items until another passes it. Those that stay need no search; among those that
    /// move only linear ones are followed.
    fn extreme<'a, F: Facts + ?Sized>(&'a self, items: &'a [Self], facts: &'a Later<'_, F>) -> Course<'a> {
        let value = self.eval(facts);
        let mut until = NEVER;
        let mut motion = Motion::Still;
        let mut fastest: Option<i128> = None;
        let rising = matches!(
            self,
            Self::Extreme {
                wanted: Ordering::Greater,
                ..
            }
        );
        for item in items {
            let course = item.course(facts);
            until = until.min(course.until);
            if course.value.is_null() {
                continue;
            }
            if !matches!(course.motion, Motion::Still | Motion::Linear(_)) {
                return Course::moving(value, Motion::Wild, until);
            }
            if course.value.order(value) == Some(Ordering::Equal) {
                let is_ahead =
                    fastest.is_none_or(|slope| (course.slope() > slope) == rising && course.slope() != slope);
                if is_ahead {
                    fastest = Some(course.slope());
                    motion = course.motion;
                }
            }
        }
        let leader = Course {
            value,
            motion,
            until: NEVER,
        };
        for item in items {
            let course = item.course(facts);
            if let (Some(a), Some(b)) = (course.value.as_millis(), value.as_millis()) {
                let op = if rising { Op::Gt } else { Op::Lt };
                until = until.min(crossing(a - b, course.slope() - leader.slope(), op));
            }
        }
        Course::moving(value, motion, until)
    }
}

impl Course<'_> {
    fn limited(self, until: Until) -> Self {
        Self {
            until: self.until.min(until),
            ..self
        }
    }
}

fn sum<'a>(op: Arithmetic, left: &Course<'a>, right: &Course<'a>) -> Course<'a> {
    let value = calculate(op, left.value, right.value);
    let is_overflow = value.is_null() && !left.value.is_null() && !right.value.is_null();
    let motion = match (op, left.motion, right.motion) {
        (_, Motion::Still, Motion::Still) => Motion::Still,
        // It may come back into the range.
        _ if is_overflow => Motion::Wild,
        (Arithmetic::Plus, a, b) => a.plus(b),
        (Arithmetic::Minus, a, b) => a.plus(b.negated()),
        (Arithmetic::Times | Arithmetic::Divide, a, Motion::Still) => a.scaled(op, right.value),
        (Arithmetic::Times, Motion::Still, b) => b.scaled(op, left.value),
        _ => Motion::Wild,
    };
    Course::moving(value, motion, left.until.min(right.until))
}
