//! The course of a value: what it is now, how it moves, and until when that is right.

use core::cmp::Ordering;
use milepost_model::Facts;

use super::future::Future;
use super::{Later, NEVER, SWEEP, Until, comparison, crossing, leaves};
use crate::calendar::{Field, Unit};
use crate::eval::{Val, calculate};
use crate::horizon::Motion;
use crate::program::{Arithmetic, Constant, Op, Term};

/// A value, how it moves, and until when it moves so.
pub(super) struct Course<'a> {
    pub(super) value: Val<'a>,
    pub(super) motion: Motion,
    pub(super) until: Until,
    pub(super) future: Future,
}

impl<'a> Course<'a> {
    pub(super) fn still(value: Val<'a>, until: Until) -> Self {
        Self {
            value,
            motion: Motion::Still,
            until,
            future: until.future(value, Motion::Still),
        }
    }

    pub(super) fn of(constant: &'a Constant) -> Self {
        Self::still(Val::from_constant(constant), NEVER)
    }

    pub(super) fn slope(&self) -> i128 {
        match self.motion {
            Motion::Linear(slope) => i128::from(slope),
            Motion::Still | Motion::Rising | Motion::Falling | Motion::Wild => 0,
        }
    }

    /// A course whose motion is known, cut where the value would leave the range and become unknown.
    pub(super) fn moving(value: Val<'a>, motion: Motion, until: Until) -> Self {
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
            future: until.future(value, motion),
        }
    }

    /// With bounds that are known beside its motion.
    pub(super) fn bounded(self, future: Future) -> Self {
        Self {
            future: self.future.or(future),
            ..self
        }
    }
}

impl Term {
    pub(super) fn course<'a, F: Facts + ?Sized>(&'a self, facts: &'a Later<'_, F>) -> Course<'a> {
        match self {
            Self::Constant(constant) => Course::of(constant),
            Self::Now => Course::moving(self.eval(facts), Motion::Linear(1), NEVER),
            Self::Column(column) if column.grows() => Course::moving(self.eval(facts), Motion::Linear(1), NEVER),
            Self::Column(_) => Course::still(self.eval(facts), NEVER),
            Self::Truth(test) => Course::still(self.eval(facts), test.outlook(facts).until),
            Self::Arithmetic { op, left, right } => sum(*op, &left.course(facts), &right.course(facts)),
            Self::Negate(term) => {
                let inner = term.course(facts);
                Course::moving(self.eval(facts), inner.motion.negated(), inner.until).bounded(inner.future.negated())
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
            Self::Truncate { unit, term } => {
                let inner = term.course(facts);
                let future = inner.future.mapped(|at| Some(unit.around(at).0));
                self.calendar(Field::Day, Some(*unit), &inner, facts).bounded(future)
            }
            Self::Case { arms, otherwise } => {
                let mut until = NEVER;
                for (test, term) in arms {
                    let outlook = test.outlook(facts);
                    until = until.min(outlook.until);
                    let holds = if outlook.is_open {
                        test.eval(facts) == Some(true)
                    } else {
                        outlook.truth == Some(true)
                    };
                    if holds {
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
            Self::LocalTime { term, zone } => self.local_course(term, zone, facts),
            Self::Business(business) => self.business_course(business, facts),
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
                Course::still(value, inner.until.min(leaves(millis, slope, unit.around(millis))))
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
            future: Future::UNKNOWN,
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
        let lasts = until.by == NEVER.by;
        Self {
            until: self.until.min(until),
            future: if lasts { self.future } else { Future::UNKNOWN },
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
    let future = match op {
        Arithmetic::Plus => left.future.plus(right.future),
        Arithmetic::Minus => left.future.plus(right.future.negated()),
        Arithmetic::Times | Arithmetic::Divide => scaled(op, left, right),
        Arithmetic::Modulo => Future::UNKNOWN,
    };
    Course::moving(value, motion, left.until.min(right.until)).bounded(future)
}

/// The bounds of a product with, or a quotient by, a whole number above zero that stays.
fn scaled(op: Arithmetic, left: &Course<'_>, right: &Course<'_>) -> Future {
    match (left.future, right.value) {
        (future, Val::Int(by)) if by > 0 && right.future.least == right.future.most && right.future.least.is_some() => {
            future.mapped(|value| match op {
                Arithmetic::Times => value.checked_mul(by),
                Arithmetic::Divide => value.checked_div(by),
                Arithmetic::Plus | Arithmetic::Minus | Arithmetic::Modulo => None,
            })
        }
        _ => Future::UNKNOWN,
    }
}
impl Val<'_> {
    pub(super) fn as_millis(self) -> Option<i128> {
        match self {
            Val::Int(value) | Val::Time(value) | Val::Interval(value) => Some(i128::from(value)),
            Val::Null | Val::Text(_) | Val::Bool(_) | Val::Float(_) => None,
        }
    }
}
