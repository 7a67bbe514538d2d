//! Looking ahead: when a condition can change if no scan comes. Absence needs no polling, because of this file.
//!
//! Each part of an expression tells its value now, how the value moves with time, and until when that description is
//! right. A comparison of two moving values knows the millisecond at which it turns; AND, OR and CASE combine what
//! their parts know.

mod course;
mod drift;
mod future;
mod local;
mod motion;
mod timer;

use core::cmp::Ordering;
use milepost_model::{Column, DAY_MS, Facts, HOUR_MS, Status, Timestamp, Value, Zone};

use crate::eval::{Val, is_distinct, is_in, number};
use crate::program::{Op, Program, Term, Test};
use course::Course;
use drift::Drift;
use future::Future;
pub(crate) use motion::Motion;
pub(crate) use timer::Timers;
use timer::rising;

/// How often what cannot be bounded is looked at again.
const SWEEP_MS: i64 = HOUR_MS;

/// Changes of parts that are followed before the whole is looked at anyway.
const STEPS_MAX: usize = 400;

/// A change later than this is never: 200 years.
pub(crate) const HORIZON_MS: i64 = 200 * 365 * DAY_MS;

/// A row as it will be after `by` milliseconds without a scan.
struct Later<'f, F: ?Sized> {
    facts: &'f F,
    by: i64,
    drift: Drift,
}

impl<F: Facts + ?Sized> Later<'_, F> {
    fn later(&self, by: i64) -> Later<'_, F> {
        Later {
            by: self.by.saturating_add(by),
            ..*self
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

    fn zone(&self) -> Option<Zone> {
        self.facts.zone()
    }

    fn value(&self, column: Column) -> Value<'_> {
        if column.drifts() {
            return self.drifted(column);
        }
        let value = self.facts.value(column);
        if let Value::Interval(length) = value
            && column.grows()
        {
            return Value::Interval(length.saturating_add(self.by));
        }
        value
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
        match i64::try_from(by) {
            Ok(by) if by <= HORIZON_MS => Self { by, is_sweep: false },
            _ => NEVER,
        }
    }

    /// The bounds of a value that moves so until then.
    fn future(self, value: Val<'_>, motion: Motion) -> Future {
        if self.by == NEVER.by {
            Future::of(value, motion)
        } else {
            Future::UNKNOWN
        }
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
    /// Values that drift decide: what it is, is not asked, and `until` is how long its other values stay.
    is_open: bool,
}

impl Outlook {
    const fn new(truth: Option<bool>, until: Until) -> Self {
        Self {
            truth,
            until,
            is_open: false,
        }
    }
}

/// Whether the program holds, and when that can differ, where a few subtractions tell it.
pub(crate) enum Steady {
    /// This is it.
    Turns(bool, Option<Timestamp>),
    /// It does not hold, and cannot until then. Parts that are not so easily asked decide whether it does then.
    NotBefore(Timestamp),
}

/// What subtractions tell of a program; `None` is nothing.
pub(crate) fn steady<F: Facts + ?Sized>(program: &Program, facts: &F) -> Option<Steady> {
    let timers = program.timers.as_ref()?;
    let turn = timer::turn(program.test.parts(), timers, facts)?;
    let at = turn.after.and_then(|after| facts.now().millis().checked_add(after));
    let at = at.map(Timestamp::from_millis);
    match (turn.holds, at) {
        (_, at) if !timers.has_others() => Some(Steady::Turns(turn.holds, at)),
        (true, _) => None,
        (false, None) => Some(Steady::Turns(false, None)),
        (false, Some(at)) => Some(Steady::NotBefore(at)),
    }
}

/// The first instant after the row's at which the program's truth can differ.
pub(crate) fn next_change<F: Facts + ?Sized>(program: &Program, facts: &F) -> Option<Timestamp> {
    match steady(program, facts) {
        Some(Steady::Turns(_, next_change)) => next_change,
        Some(Steady::NotBefore(_)) => derived(program, facts, false),
        None => derived(program, facts, program.test.holds(facts)),
    }
}

/// The same of a program that is known to hold now, or not to, where subtractions do not tell it.
pub(crate) fn derived<F: Facts + ?Sized>(program: &Program, facts: &F, holds: bool) -> Option<Timestamp> {
    let by = if program.drifts() {
        drift::next_look(program, facts, holds)?
    } else {
        let row = Later {
            facts,
            by: 0,
            drift: Drift::Follow,
        };
        next_turn(program, &row, holds)?
    };
    let at = facts.now().millis().checked_add(by)?;
    Some(Timestamp::from_millis(at))
}

/// After how many milliseconds the truth of a row, which is known, can differ.
fn next_turn<F: Facts + ?Sized>(program: &Program, row: &Later<'_, F>, start: bool) -> Option<i64> {
    let mut by = 0_i64;
    for _ in 0..STEPS_MAX {
        let later = row.later(by);
        let until = program.test.outlook(&later).until;
        if until.by == NEVER.by {
            return None;
        }
        by = by.checked_add(until.by).filter(|by| *by <= HORIZON_MS)?;
        if until.is_sweep || (program.sweeps && by >= SWEEP_MS) {
            by = by.min(SWEEP_MS);
            break;
        }
        if program.test.holds(&row.later(by)) != start {
            break;
        }
    }
    Some(by)
}

impl Test {
    fn outlook<F: Facts + ?Sized>(&self, facts: &Later<'_, F>) -> Outlook {
        if let Some(uses) = facts.decides(self) {
            return Outlook {
                truth: None,
                until: if uses.moves() { self.closed(facts).until } else { NEVER },
                is_open: true,
            };
        }
        self.closed(facts)
    }

    /// The outlook of parts that drift as little as the row says.
    fn closed<F: Facts + ?Sized>(&self, facts: &Later<'_, F>) -> Outlook {
        match self {
            Self::Known(_) | Self::Status(_) | Self::TextIs { .. } | Self::TextIn { .. } => self.as_of(facts, NEVER),
            Self::Number { column, op, bound } => threshold(facts, *column, *op, *bound),
            Self::Pair { left, op, right } => self.as_of(facts, pair(facts, (*left, *right), *op)),
            Self::And(tests) => self.combined(tests, facts, false),
            Self::Or(tests) => self.combined(tests, facts, true),
            Self::Not(test) => {
                let inner = test.outlook(facts);
                Outlook {
                    truth: inner.truth.map(|value| !value),
                    ..inner
                }
            }
            Self::Is { test, .. } => {
                let inner = test.outlook(facts);
                if inner.is_open {
                    inner
                } else {
                    self.as_of(facts, inner.until)
                }
            }
            Self::IsNull { term, .. } => {
                let course = term.course(facts);
                // What has a bound is known for ever.
                let lasts = course.future.least.or(course.future.most).is_some();
                self.as_of(facts, if lasts { NEVER } else { course.until })
            }
            Self::Flag(term) | Self::Like { term, .. } => self.as_of(facts, term.course(facts).until),
            Self::StartsWith { term, prefix } => {
                self.as_of(facts, term.course(facts).until.min(prefix.course(facts).until))
            }
            Self::Compare { op, left, right } => {
                let (until, a, b) = comparison(*op, left, right, facts);
                Outlook::new(a.order(b).map(|order| op.admits(order)), until)
            }
            Self::Distinct { left, right, negated } => {
                let (until, a, b) = comparison(Op::Eq, left, right, facts);
                Outlook::new(Some(is_distinct(a, b) != *negated), until)
            }
            Self::In { term, items, negated } => {
                let course = term.course(facts);
                let turns = items.iter().map(|item| {
                    let item = Course::of(item);
                    if course.future.is_apart(item.future) {
                        return NEVER;
                    }
                    let turn = turn(Op::Eq, &course, &item, |by| {
                        term.eval(&facts.later(by)).order(item.value)
                    });
                    turn.min(course.until)
                });
                let truth = is_in(course.value, items).map(|found| found != *negated);
                Outlook::new(truth, turns.fold(NEVER, Until::min))
            }
        }
    }

    fn as_of<F: Facts + ?Sized>(&self, facts: &Later<'_, F>, until: Until) -> Outlook {
        Outlook::new(self.eval(facts), until)
    }

    /// AND (`decisive` is false) and OR (`decisive` is true): while one part has the decisive value, the others do not
    /// matter; else the first part to change can change the whole. Parts that values decide which drift decide nothing.
    fn combined<F: Facts + ?Sized>(&self, tests: &[Self], facts: &Later<'_, F>, decisive: bool) -> Outlook {
        let mut decided: Option<Until> = None;
        let mut first = NEVER;
        let mut truth = Some(!decisive);
        let mut is_open = false;
        for test in tests {
            if decided.is_some() && facts.decides(test).is_some() {
                continue;
            }
            let part = test.outlook(facts);
            if part.is_open {
                is_open = true;
            } else if part.truth == Some(decisive) {
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
            Some(until) => Outlook::new(Some(decisive), until),
            None => Outlook {
                truth: truth.filter(|_| !is_open),
                until: first,
                is_open,
            },
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
    if a.future.is_apart(b.future) {
        return (NEVER, a.value, b.value);
    }
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
    let (mut same, mut other) = (0, until.by.min(HORIZON_MS) - 1);
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
        return Outlook::new(None, NEVER);
    };
    let until = if column.grows() {
        crossing(i128::from(value) - i128::from(bound), 1, op)
    } else {
        NEVER
    };
    Outlook::new(Some(op.admits(value.cmp(&bound))), until)
}

/// When the comparison of two columns turns.
fn pair<F: Facts + ?Sized>(facts: &Later<'_, F>, (left, right): (Column, Column), op: Op) -> Until {
    let values = number(facts.value(left)).zip(number(facts.value(right)));
    let slope = i128::from(left.grows()) - i128::from(right.grows());
    values.map_or(NEVER, |(a, b)| crossing(i128::from(a) - i128::from(b), slope, op))
}

/// When `difference + slope * t` turns `op 0`.
fn crossing(difference: i128, slope: i128, op: Op) -> Until {
    if let (Ok(difference), 1) = (i64::try_from(difference), slope) {
        return rising(difference, op);
    }
    let start = op.admits(difference.cmp(&0));
    let reach = match (difference.signum() * slope.signum()).cmp(&0) {
        Ordering::Less => div_ceil(difference.abs(), slope.abs()),
        Ordering::Equal if slope != 0 => 1,
        Ordering::Equal | Ordering::Greater => return NEVER,
    };
    // A zero that is met exactly lasts one millisecond.
    let turns = |by: &i128| op.admits((difference + slope * by).cmp(&0)) != start;
    [reach, reach + 1].into_iter().find(turns).map_or(NEVER, Until::at)
}

/// When what is at `at` now and moves by `slope` each millisecond leaves `[from, until)`; the ends of the range are no ends.
fn leaves(at: i64, slope: i64, (from, until): (i64, i64)) -> Until {
    let (at, slope) = (i128::from(at), i128::from(slope));
    match slope.cmp(&0) {
        Ordering::Greater if until < i64::MAX => Until::at(div_ceil(i128::from(until) - at, slope)),
        Ordering::Less if from > i64::MIN => Until::at((at - i128::from(from)) / -slope + 1),
        Ordering::Less | Ordering::Equal | Ordering::Greater => NEVER,
    }
}

/// A quotient of two positive numbers, rounded up.
const fn div_ceil(number: i128, by: i128) -> i128 {
    (number + by - 1) / by
}
