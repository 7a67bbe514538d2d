//! Compiling: a checked expression becomes a program that decides as early and as cheaply as it can.

use alloc::boxed::Box;
use alloc::vec::Vec;
use milepost_model::{Column, ColumnKind, Facts, Status, Timestamp, Value};

use crate::calendar::{Field, Unit};
use crate::eval::Val;
use crate::horizon::{Motion, Timers};
use crate::program::{Arithmetic, Business, Constant, Measure, Op, Program, Term, Test, Told};
use crate::uses::Uses;

/// One bit for each of the fifteen statuses.
const ALL_STATUSES: u16 = (1 << Status::ALL.len()) - 1;

/// The program of a checked condition.
pub(crate) fn compile(test: Test) -> Program {
    let test = simplify(test);
    let uses = Uses::of(&test);
    let (statuses, _) = truths(&test);
    Program {
        uses,
        statuses,
        sweeps: test_sweeps(&test),
        timers: Timers::of(&test),
        test,
    }
}

/// A row of which nothing but the status is known.
struct OnlyStatus(Status);

impl Facts for OnlyStatus {
    fn now(&self) -> Timestamp {
        Timestamp::default()
    }

    fn status(&self) -> Status {
        self.0
    }

    fn value(&self, column: Column) -> Value<'_> {
        if column == Column::Status {
            Value::Text(self.0.as_str())
        } else {
            Value::Null
        }
    }
}

/// The same test, with what is known computed, conditions on the status as masks, and cheap conditions first.
fn simplify(test: Test) -> Test {
    if Uses::of(&test).is_status_only() {
        return over_statuses(test);
    }
    match test {
        Test::And(tests) => joined(tests, false),
        Test::Or(tests) => joined(tests, true),
        Test::Not(test) => negated(simplify(*test)),
        Test::Is { test, wanted, negated } => Test::Is {
            test: Box::new(simplify(*test)),
            wanted,
            negated,
        },
        Test::Flag(Term::Truth(test)) => simplify(*test),
        Test::Flag(Term::Coalesce(items)) => with_default(items),
        Test::Flag(term) => Test::Flag(plain(term)),
        Test::Compare { op, left, right } => compared(op, plain(left), plain(right)),
        Test::Distinct { left, right, negated } => Test::Distinct {
            left: plain(left),
            right: plain(right),
            negated,
        },
        Test::IsNull { term, negated } => Test::IsNull {
            term: plain(term),
            negated,
        },
        Test::In {
            term: Term::Column(column),
            items,
            negated,
        } => membership(column, items, negated),
        Test::In { term, items, negated } => Test::In {
            term: plain(term),
            items,
            negated,
        },
        Test::Known(_)
        | Test::Status(_)
        | Test::Number { .. }
        | Test::Pair { .. }
        | Test::TextIs { .. }
        | Test::TextIn { .. }
        | Test::Like { .. }
        | Test::StartsWith { .. } => test,
    }
}

/// The same term, with the conditions in it simplified.
fn plain(term: Term) -> Term {
    let boxed = |term: Box<Term>| Box::new(plain(*term));
    match term {
        Term::Truth(test) => Term::Truth(Box::new(simplify(*test))),
        Term::Arithmetic { op, left, right } => Term::Arithmetic {
            op,
            left: boxed(left),
            right: boxed(right),
        },
        Term::Case { arms, otherwise } => Term::Case {
            arms: arms
                .into_iter()
                .map(|(test, term)| (simplify(test), plain(term)))
                .collect(),
            otherwise: boxed(otherwise),
        },
        Term::Coalesce(items) => Term::Coalesce(items.into_iter().map(plain).collect()),
        Term::Extreme { wanted, items } => Term::Extreme {
            wanted,
            items: items.into_iter().map(plain).collect(),
        },
        Term::NullIf { term, other } => Term::NullIf {
            term: boxed(term),
            other: boxed(other),
        },
        Term::Negate(term) => Term::Negate(boxed(term)),
        Term::Abs(term) => Term::Abs(boxed(term)),
        Term::Column(_)
        | Term::Constant(_)
        | Term::Now
        | Term::Extract { .. }
        | Term::Truncate { .. }
        | Term::Letters { .. }
        | Term::LocalTime { .. }
        | Term::Business(_) => term,
    }
}

fn negated(test: Test) -> Test {
    if let Test::Known(value) = test {
        return Test::Known(value.map(|value| !value));
    }
    if let Test::Status(mask) = test {
        return Test::Status(!mask & ALL_STATUSES);
    }
    if let Test::Not(inner) = test {
        return *inner;
    }
    if let Test::Is { test, wanted, negated } = test {
        let negated = !negated;
        return Test::Is { test, wanted, negated };
    }
    Test::Not(Box::new(test))
}

/// A test of the status alone, tried on every status.
fn over_statuses(test: Test) -> Test {
    let mut mask = 0;
    let mut unknown = 0;
    for status in Status::ALL {
        match test.eval(&OnlyStatus(*status)) {
            Some(true) => mask |= status.bit(),
            Some(false) => {}
            None => unknown |= status.bit(),
        }
    }
    match (mask, unknown) {
        (0, ALL_STATUSES) => Test::Known(None),
        (0, 0) => Test::Known(Some(false)),
        (ALL_STATUSES, _) => Test::Known(Some(true)),
        (mask, 0) => Test::Status(mask),
        _ => test,
    }
}

/// AND (`decisive` is false) or OR (`decisive` is true) of several tests.
fn joined(tests: Box<[Test]>, decisive: bool) -> Test {
    let mut parts = Vec::with_capacity(tests.len());
    let mut mask = if decisive { 0 } else { ALL_STATUSES };
    for test in tests {
        match (simplify(test), decisive) {
            (Test::Known(Some(value)), _) if value == decisive => return Test::Known(Some(decisive)),
            (Test::Known(Some(_)), _) => {}
            (Test::Status(statuses), false) => mask &= statuses,
            (Test::Status(statuses), true) => mask |= statuses,
            (Test::And(inner), false) | (Test::Or(inner), true) => parts.extend(inner),
            (test, _) => parts.push(test),
        }
    }
    match (mask, decisive) {
        (ALL_STATUSES, true) => return Test::Known(Some(true)),
        (0, false) => return Test::Known(Some(false)),
        (0, true) | (ALL_STATUSES, false) => {}
        (mask, _) => parts.push(Test::Status(mask)),
    }
    parts.sort_by_key(cost);
    match (parts.len(), parts.pop()) {
        (_, None) => Test::Known(Some(!decisive)),
        (1, Some(test)) => test,
        (_, Some(last)) => {
            parts.push(last);
            let parts = parts.into_boxed_slice();
            if decisive { Test::Or(parts) } else { Test::And(parts) }
        }
    }
}

/// What a learned value that drifts costs, in nanoseconds: it is foretold anew.
const DRIFTING_COST: u32 = 2_000;

/// Roughly what one evaluation costs, in nanoseconds.
pub(crate) fn cost(test: &Test) -> u32 {
    let drifts = !test.is_joined() && Uses::of(test).drifts();
    cost_of_form(test).saturating_add(if drifts { DRIFTING_COST } else { 0 })
}

fn cost_of_form(test: &Test) -> u32 {
    match test {
        Test::Known(_) | Test::Status(_) => 1,
        Test::Number { .. } => 4,
        Test::Pair { .. } => 6,
        Test::TextIs { .. } => 5,
        Test::TextIn { texts, .. } => 4 + u32::try_from(texts.len()).unwrap_or(u32::MAX / 2),
        Test::Flag(_) | Test::IsNull { .. } => 6,
        Test::Compare { .. } | Test::Distinct { .. } => 15,
        Test::In { items, .. } => 10 + u32::try_from(items.len()).unwrap_or(u32::MAX / 2) * 3,
        Test::StartsWith { .. } => 20,
        Test::Like { .. } => 100,
        Test::Is { test, .. } | Test::Not(test) => cost(test).saturating_add(1),
        Test::And(tests) | Test::Or(tests) => tests.iter().map(cost).fold(1, u32::saturating_add),
    }
}

/// `coalesce(condition, false)` is `condition IS TRUE`, with `true` it is `condition IS NOT FALSE`.
fn with_default(items: Box<[Term]>) -> Test {
    if let [Term::Truth(test), Term::Constant(Constant::Bool(default))] = &*items {
        return Test::Is {
            test: Box::new(simplify((**test).clone())),
            wanted: Some(!default),
            negated: *default,
        };
    }
    Test::Flag(Term::Coalesce(items))
}

/// A comparison; one of a column with a constant has a form of its own.
fn compared(op: Op, left: Term, right: Term) -> Test {
    let (op, left, right) = match (left, right) {
        (left @ Term::Constant(_), right @ Term::Column(_)) => (op.flipped(), right, left),
        (left, right) => (op, left, right),
    };
    match (left, right) {
        (Term::Column(column), Term::Constant(constant)) => match (op, constant) {
            (_, Constant::Int(bound) | Constant::Time(bound) | Constant::Interval(bound)) if is_numeric(column) => {
                Test::Number { column, op, bound }
            }
            (Op::Eq | Op::Ne, Constant::Text(text)) => Test::TextIs {
                column,
                text,
                equal: op == Op::Eq,
            },
            (op, constant) => Test::Compare {
                op,
                left: Term::Column(column),
                right: Term::Constant(constant),
            },
        },
        (Term::Column(left), Term::Column(right)) if is_numeric(left) && left.kind() == right.kind() => {
            Test::Pair { left, op, right }
        }
        (left, right) => Test::Compare { op, left, right },
    }
}

/// Whether its values are whole numbers, of whatever they count.
const fn is_numeric(column: Column) -> bool {
    matches!(column.kind(), ColumnKind::Int | ColumnKind::Time | ColumnKind::Interval)
}

/// A column among constants; one among texts has a form of its own.
fn membership(column: Column, items: Box<[Constant]>, negated: bool) -> Test {
    let texts: Option<Vec<Box<str>>> = items
        .iter()
        .map(|item| match item {
            Constant::Text(text) => Some(text.clone()),
            Constant::Null
            | Constant::Bool(_)
            | Constant::Int(_)
            | Constant::Float(_)
            | Constant::Time(_)
            | Constant::Interval(_) => None,
        })
        .collect();
    match texts {
        // Sorted, so that a long list can be searched by halves.
        Some(mut texts) => {
            texts.sort();
            texts.dedup();
            Test::TextIn {
                column,
                texts: texts.into_boxed_slice(),
                negated,
            }
        }
        None => Test::In {
            term: Term::Column(column),
            items,
            negated,
        },
    }
}

/// The statuses in which a test can be true, and those in which it can be false.
fn truths(test: &Test) -> (u16, u16) {
    match test {
        Test::Known(Some(true)) => (ALL_STATUSES, 0),
        Test::Known(Some(false)) => (0, ALL_STATUSES),
        Test::Known(None) => (0, 0),
        Test::Status(mask) => (*mask, !mask & ALL_STATUSES),
        Test::Not(test) => {
            let (can_be_true, can_be_false) = truths(test);
            (can_be_false, can_be_true)
        }
        Test::Is {
            test,
            wanted: Some(wanted),
            negated: false,
        } => {
            let (can_be_true, can_be_false) = truths(test);
            (if *wanted { can_be_true } else { can_be_false }, ALL_STATUSES)
        }
        Test::And(tests) => tests
            .iter()
            .map(truths)
            .fold((ALL_STATUSES, 0), |all, one| (all.0 & one.0, all.1 | one.1)),
        Test::Or(tests) => tests
            .iter()
            .map(truths)
            .fold((0, ALL_STATUSES), |all, one| (all.0 | one.0, all.1 & one.1)),
        Test::Number { .. }
        | Test::Pair { .. }
        | Test::TextIs { .. }
        | Test::TextIn { .. }
        | Test::Flag(_)
        | Test::IsNull { .. }
        | Test::Compare { .. }
        | Test::Distinct { .. }
        | Test::In { .. }
        | Test::Like { .. }
        | Test::StartsWith { .. }
        | Test::Is { .. } => (ALL_STATUSES, ALL_STATUSES),
    }
}

/// Whether looking ahead may have to give up on a test, whatever the row.
fn test_sweeps(test: &Test) -> bool {
    match test {
        Test::Known(_)
        | Test::Status(_)
        | Test::Number { .. }
        | Test::Pair { .. }
        | Test::TextIs { .. }
        | Test::TextIn { .. } => false,
        Test::Flag(term) | Test::IsNull { term, .. } | Test::Like { term, .. } | Test::In { term, .. } => {
            motion(term) == Motion::Wild
        }
        Test::Compare { left, right, .. } | Test::Distinct { left, right, .. } => apart(left, right) == Motion::Wild,
        Test::StartsWith { term, prefix } => motion(term) == Motion::Wild || motion(prefix) == Motion::Wild,
        Test::Is { test, .. } | Test::Not(test) => test_sweeps(test),
        Test::And(tests) | Test::Or(tests) => tests.iter().any(test_sweeps),
    }
}

fn apart(left: &Term, right: &Term) -> Motion {
    match (motion(left), motion(right)) {
        (Motion::Wild, _) | (_, Motion::Wild) => Motion::Wild,
        (left, right) => left.plus(right.negated()),
    }
}

/// How a term moves with time, whatever the row.
fn motion(term: &Term) -> Motion {
    match term {
        Term::Constant(_) => Motion::Still,
        Term::Now => Motion::Linear(1),
        Term::Column(column) if column.grows() => Motion::Linear(1),
        Term::Column(_) => Motion::Still,
        Term::Truth(test) if test_sweeps(test) => Motion::Wild,
        Term::Truth(_) => Motion::Still,
        Term::Negate(term) => motion(term).negated(),
        Term::Abs(term) | Term::Letters { term, .. } => still_or_wild(motion(term)),
        Term::Extract {
            field: Field::Epoch,
            term,
        } => motion(term).direction(),
        Term::Extract { field, term } => calendar_motion(field.unit(), motion(term)),
        Term::Truncate { unit, term } => calendar_motion(Some(*unit), motion(term)),
        Term::Arithmetic { op, left, right } => match (op, motion(left), motion(right)) {
            (_, Motion::Still, Motion::Still) => Motion::Still,
            (Arithmetic::Plus, left, right) => left.plus(right),
            (Arithmetic::Minus, left, right) => left.plus(right.negated()),
            (Arithmetic::Times | Arithmetic::Divide, left, Motion::Still) => scaled(left, *op, right),
            (Arithmetic::Times, Motion::Still, right) => scaled(right, *op, left),
            _ => Motion::Wild,
        },
        Term::Case { arms, otherwise } => {
            let sweeps = arms
                .iter()
                .any(|(test, term)| test_sweeps(test) || motion(term) == Motion::Wild);
            let results = arms.iter().map(|(_, term)| motion(term));
            either(sweeps, results.chain(core::iter::once(motion(otherwise))))
        }
        Term::Coalesce(items) => either(false, items.iter().map(motion)),
        Term::NullIf { term, other } => either(apart(term, other) == Motion::Wild, core::iter::once(motion(term))),
        Term::Extreme { items, .. } => {
            let is_search = |item| !matches!(motion(item), Motion::Still | Motion::Linear(_));
            either(items.iter().any(is_search), items.iter().map(motion))
        }
        Term::LocalTime { term, zone } => match (motion(term), told_motion(zone)) {
            (motion @ (Motion::Still | Motion::Linear(_)), Motion::Still) => motion,
            _ => Motion::Wild,
        },
        Term::Business(business) => business_motion(business),
    }
}

/// Days change at midnights that are known; time runs as its ends do, or stands still.
fn business_motion(business: &Business) -> Motion {
    let ends = (motion(&business.from), motion(&business.to));
    match (ends, told_motion(&business.country), told_motion(&business.zone)) {
        (
            (from @ (Motion::Still | Motion::Linear(_)), to @ (Motion::Still | Motion::Linear(_))),
            Motion::Still,
            Motion::Still,
        ) => match business.measure {
            Measure::Days => Motion::Still,
            Measure::Time => to.plus(from.negated()),
        },
        _ => Motion::Wild,
    }
}

fn told_motion<T>(told: &Told<T>) -> Motion {
    match told {
        Told::Own | Told::Known(_) => Motion::Still,
        Told::Text(term) => motion(term),
    }
}

/// The motion of one of several terms, whichever it is: what they share.
fn either(is_wild: bool, motions: impl Iterator<Item = Motion>) -> Motion {
    let shared = motions.map(Some).reduce(|a, b| match (a, b) {
        (Some(a), Some(b)) if a == b => Some(a),
        // A choice between a moving and a resting value is bounded piece by piece; for sums with other moving values
        // the direction of the moving one is what counts.
        (Some(Motion::Still), other) | (other, Some(Motion::Still)) => other,
        (Some(a), Some(b)) if a.direction() == b.direction() => Some(a.direction()),
        _ => None,
    });
    match shared {
        _ if is_wild => Motion::Wild,
        Some(Some(motion)) => motion,
        Some(None) => Motion::Wild,
        None => Motion::Still,
    }
}

fn scaled(moving: Motion, op: Arithmetic, by: &Term) -> Motion {
    // A column's sign is known only with the row.
    if let Term::Constant(by) = by {
        moving.scaled(op, Val::from_constant(by))
    } else {
        Motion::Wild
    }
}

fn still_or_wild(motion: Motion) -> Motion {
    match motion {
        Motion::Still => Motion::Still,
        Motion::Linear(_) | Motion::Rising | Motion::Falling | Motion::Wild => Motion::Wild,
    }
}

fn calendar_motion(unit: Option<Unit>, motion: Motion) -> Motion {
    match (unit, motion) {
        (_, Motion::Still) => Motion::Still,
        // Seconds pass too often to be followed.
        (Some(Unit::Second) | None, _) => Motion::Wild,
        (Some(_), Motion::Linear(_)) => Motion::Still,
        (Some(_), Motion::Rising | Motion::Falling | Motion::Wild) => Motion::Wild,
    }
}
