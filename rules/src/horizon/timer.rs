//! Conditions on time as nearly all are: a conjunction of which time changes some parts, each a comparison whose sides move
//! apart steadily, whatever the row. When they turn follows from subtractions. Parts that move otherwise, such as those on
//! business days, wait behind the others: while one of these is false, nobody asks them.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{HORIZON_MS, NEVER, STEPS_MAX, Until, crossing};
use crate::eval::{Val, number};
use crate::program::{Arithmetic, Op, Term, Test};
use crate::uses::{Uses, depends_on_now};
use milepost_model::{Column, Facts};

/// Parts of one conjunction that are followed so; with more of them the general way is as good.
const TIMERS_MAX: usize = 4;

/// Values beyond could leave their range within the horizon: the general way minds that.
const VALUE_MAX: u64 = 1 << 60;

/// A part of a conjunction that time can change.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Timer {
    /// Its place in [`Test::parts`].
    part: usize,
    op: Op,
    /// How much its left side gains on its right one in a millisecond.
    slope: i64,
}

/// The parts of a conjunction that time can change.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Timers {
    /// Those that move steadily.
    each: Box<[Timer]>,
    /// Places of those that move in another way.
    others: Box<[usize]>,
}

impl Timers {
    /// Of a condition; `None` if time changes none of its parts, or too many to be followed so.
    pub(crate) fn of(test: &Test) -> Option<Self> {
        let (mut each, mut others) = (Vec::new(), Vec::new());
        for (at, part) in test.parts().iter().enumerate().filter(|(_, part)| depends_on_now(part)) {
            match timer(at, part) {
                Some(timer) => each.push(timer),
                None => others.push(at),
            }
        }
        let moves = !each.is_empty() || !others.is_empty();
        (moves && each.len() <= TIMERS_MAX).then(|| Self {
            each: each.into(),
            others: others.into(),
        })
    }

    /// Whether there are parts that move in another way.
    pub(crate) fn has_others(&self) -> bool {
        !self.others.is_empty()
    }
}

/// What a comparison compares.
enum Sides<'t> {
    Bound(Column, i64),
    Columns(Column, Column),
    Terms(&'t Term, &'t Term),
}

/// The comparison that a part is, if it is one that can be followed.
fn comparison(part: &Test) -> Option<(Op, Sides<'_>)> {
    match part {
        Test::Number { column, op, bound } => Some((*op, Sides::Bound(*column, *bound))),
        Test::Pair { left, op, right } => Some((*op, Sides::Columns(*left, *right))),
        Test::Compare { op, left, right } => Some((*op, Sides::Terms(left, right))),
        Test::Known(_)
        | Test::Status(_)
        | Test::TextIs { .. }
        | Test::TextIn { .. }
        | Test::Flag(_)
        | Test::IsNull { .. }
        | Test::Distinct { .. }
        | Test::In { .. }
        | Test::Like { .. }
        | Test::StartsWith { .. }
        | Test::Is { .. }
        | Test::Not(_)
        | Test::And(_)
        | Test::Or(_) => None,
    }
}

fn timer(part: usize, test: &Test) -> Option<Timer> {
    if Uses::of(test).drifts() {
        return None;
    }
    let (op, sides) = comparison(test)?;
    let slope = match sides {
        Sides::Bound(..) => 1,
        Sides::Columns(left, right) => i64::from(left.grows()) - i64::from(right.grows()),
        Sides::Terms(left, right) => slope(left)?.checked_sub(slope(right)?)?,
    };
    Some(Timer { part, op, slope })
}

/// How much a term gains in a millisecond, if that is the same for every row in which it has a value.
fn slope(term: &Term) -> Option<i64> {
    match term {
        _ if !Uses::of_term(term).depends_on_now() => Some(0),
        Term::Now | Term::Column(_) => Some(1),
        Term::Negate(term) => slope(term)?.checked_neg(),
        Term::Arithmetic {
            op: Arithmetic::Plus,
            left,
            right,
        } => slope(left)?.checked_add(slope(right)?),
        Term::Arithmetic {
            op: Arithmetic::Minus,
            left,
            right,
        } => slope(left)?.checked_sub(slope(right)?),
        Term::Constant(_)
        | Term::Truth(_)
        | Term::Arithmetic { .. }
        | Term::Abs(_)
        | Term::Extract { .. }
        | Term::Truncate { .. }
        | Term::Letters { .. }
        | Term::Case { .. }
        | Term::Coalesce(_)
        | Term::NullIf { .. }
        | Term::Extreme { .. }
        | Term::LocalTime { .. }
        | Term::Business(_) => None,
    }
}

/// What a conjunction says now, and when it says something else.
pub(crate) struct Turn {
    pub(crate) holds: bool,
    /// Milliseconds until then; `None` is never.
    pub(crate) after: Option<i64>,
}

impl Turn {
    /// A part that time does not change keeps it from being true.
    const NEVER_TRUE: Self = Self {
        holds: false,
        after: None,
    };
}

/// How a conjunction turns that has such timers, as if its other parts were true; `None` if a value is too large to be
/// followed so.
pub(crate) fn turn<F: Facts + ?Sized>(parts: &[Test], timers: &Timers, facts: &F) -> Option<Turn> {
    let mut apart = [0; TIMERS_MAX];
    let mut others = timers.others.iter().copied().peekable();
    let timers = &*timers.each;
    let mut next = timers.iter();
    let mut timer = next.next();
    // In the order of the parts: the first are the cheapest.
    for (at, part) in parts.iter().enumerate() {
        if let Some(this) = timer.filter(|timer| timer.part == at) {
            let slot = apart.get_mut(timers.len() - next.len() - 1)?;
            match difference(part, facts) {
                Difference::Unknown => return Some(Turn::NEVER_TRUE),
                Difference::Large => return None,
                Difference::Is(apart) => *slot = apart,
            }
            if this.slope == 0 && !this.op.admits((*slot).cmp(&0)) {
                return Some(Turn::NEVER_TRUE);
            }
            timer = next.next();
        } else if others.next_if_eq(&at).is_none() && !part.holds(facts) {
            return Some(Turn::NEVER_TRUE);
        }
    }
    let holds = timers.iter().zip(apart).all(|(timer, apart)| timer.is_true(apart, 0));
    let after = if holds {
        let turns = timers.iter().zip(apart).map(|(timer, apart)| timer.turns(apart, 0).by);
        turns.min().filter(|by| *by != NEVER.by)
    } else {
        all_true(timers, &apart)
    };
    Some(Turn { holds, after })
}

/// After how many milliseconds all are true for the first time.
fn all_true(timers: &[Timer], apart: &[i64; TIMERS_MAX]) -> Option<i64> {
    let mut by = 0_i64;
    for _ in 0..STEPS_MAX {
        let waits = timers.iter().zip(apart).filter_map(|(timer, apart)| {
            let is_false = !timer.is_true(*apart, by);
            is_false.then(|| timer.turns(*apart, by).by)
        });
        let Some(longest) = waits.max() else {
            return Some(by);
        };
        if longest == NEVER.by {
            return None;
        }
        by = by.checked_add(longest).filter(|by| *by <= HORIZON_MS)?;
    }
    Some(by)
}

impl Timer {
    fn is_true(&self, apart: i64, by: i64) -> bool {
        let apart = i128::from(apart) + i128::from(self.slope) * i128::from(by);
        self.op.admits(apart.cmp(&0))
    }

    /// When it turns, from `by` on.
    fn turns(&self, apart: i64, by: i64) -> Until {
        let apart = i128::from(apart) + i128::from(self.slope) * i128::from(by);
        crossing(apart, i128::from(self.slope), self.op)
    }
}

/// How far apart the sides of a comparison are.
enum Difference {
    /// One of them is not known, and time does not tell it.
    Unknown,
    Large,
    Is(i64),
}

fn difference<F: Facts + ?Sized>(part: &Test, facts: &F) -> Difference {
    let of_column = |column| match number(facts.value(column)) {
        Some(value) => bounded(value),
        None => Difference::Unknown,
    };
    match comparison(part) {
        Some((_, Sides::Bound(column, bound))) => of_column(column).less(|| bounded(bound)),
        Some((_, Sides::Columns(left, right))) => of_column(left).less(|| of_column(right)),
        Some((_, Sides::Terms(left, right))) => value(left, facts).less(|| value(right, facts)),
        None => Difference::Large,
    }
}

/// The value of a side, every step of it in bounds.
fn value<F: Facts + ?Sized>(term: &Term, facts: &F) -> Difference {
    match term {
        Term::Arithmetic {
            op: Arithmetic::Plus,
            left,
            right,
        } => value(left, facts).less(|| value(right, facts).negated()),
        Term::Arithmetic {
            op: Arithmetic::Minus,
            left,
            right,
        } => value(left, facts).less(|| value(right, facts)),
        Term::Negate(term) => value(term, facts).negated(),
        Term::Column(_)
        | Term::Constant(_)
        | Term::Now
        | Term::Truth(_)
        | Term::Arithmetic { .. }
        | Term::Abs(_)
        | Term::Extract { .. }
        | Term::Truncate { .. }
        | Term::Letters { .. }
        | Term::Case { .. }
        | Term::Coalesce(_)
        | Term::NullIf { .. }
        | Term::Extreme { .. }
        | Term::LocalTime { .. }
        | Term::Business(_) => match term.eval(facts) {
            Val::Null => Difference::Unknown,
            Val::Int(value) | Val::Time(value) | Val::Interval(value) => bounded(value),
            Val::Text(_) | Val::Bool(_) | Val::Float(_) => Difference::Large,
        },
    }
}

const fn bounded(value: i64) -> Difference {
    if value.unsigned_abs() < VALUE_MAX {
        Difference::Is(value)
    } else {
        Difference::Large
    }
}

impl Difference {
    fn less(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Is(value) => match other() {
                Self::Is(other) => bounded(value - other),
                rest @ (Self::Unknown | Self::Large) => rest,
            },
            // Unknown is unknown whatever the other is; a float beside it is none of ours either way.
            Self::Unknown | Self::Large => self,
        }
    }

    const fn negated(self) -> Self {
        match self {
            Self::Is(value) => Self::Is(-value),
            Self::Unknown | Self::Large => self,
        }
    }
}

/// When `difference + t` turns `op 0`: as [`crossing`] says, for the motion that nearly everything has.
pub(super) fn rising(difference: i64, op: Op) -> Until {
    let start = op.admits(difference.cmp(&0));
    let Some(reach) = difference.checked_neg().filter(|reach| *reach >= 0) else {
        return NEVER;
    };
    // Below zero it turns when it reaches zero, or one later; at zero it can turn with the next millisecond only.
    let first = reach.max(1);
    let turns = |by: i64| op.admits((difference + by).cmp(&0)) != start;
    let turn = [first, reach + 1].into_iter().find(|by| turns(*by));
    turn.map_or(NEVER, |by| Until::at(i128::from(by)))
}
