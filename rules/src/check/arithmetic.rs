//! Signs, sums and products: which types they take, and arithmetic on literals, which is done once.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "SQL has far more operators than rules: what is not named is refused"
)]

use alloc::boxed::Box;
use alloc::format;
use sqlparser::ast::{Expr, UnaryOperator};

use super::{Checker, Type, Typed};
use crate::errors::{Fault, Finding};
use crate::eval::{Val, calculate, negate};
use crate::program::{Arithmetic, Constant, Term, Test};

impl Checker<'_> {
    pub(super) fn unary(&mut self, op: UnaryOperator, inner: &Expr) -> Option<Typed> {
        match op {
            UnaryOperator::Not => self.test(inner).map(|test| Typed::truth(Test::Not(Box::new(test)))),
            UnaryOperator::Plus | UnaryOperator::Minus => {
                let typed = self.term(inner)?;
                if !typed.kind.is_number() && !matches!(typed.kind, Type::Interval | Type::Null) {
                    let message = format!("{} has no sign", typed.kind.name());
                    self.report(Finding::new(Fault::TypeMismatch, message).label("not a number or an interval"));
                    return None;
                }
                if op == UnaryOperator::Plus {
                    return Some(typed);
                }
                Some(folded(Typed::new(typed.kind, Term::Negate(Box::new(typed.term)))))
            }
            other => self.refuse(
                &format!("the operator `{other}` is not used in rules"),
                "use NOT, + or -",
            ),
        }
    }

    pub(super) fn arithmetic(&mut self, op: Arithmetic, left: &Expr, right: &Expr) -> Option<Typed> {
        let (left, right) = (self.term(left), self.term(right));
        let (left, right) = (left?, right?);
        let Some(kind) = arithmetic_type(op, left.kind, right.kind) else {
            let (verb, between) = match op {
                Arithmetic::Plus => ("added to", "times and intervals, intervals, and numbers are added"),
                Arithmetic::Minus => (
                    "subtracted from",
                    "times, intervals and numbers are subtracted from their like",
                ),
                Arithmetic::Times => ("multiplied with", "numbers are multiplied, and intervals with numbers"),
                Arithmetic::Divide => ("divided by", "numbers are divided, and intervals by numbers"),
                Arithmetic::Modulo => ("divided by", "only numbers have a remainder"),
            };
            let (a, b) = if op == Arithmetic::Minus {
                (right.kind, left.kind)
            } else {
                (left.kind, right.kind)
            };
            let message = format!("{} cannot be {verb} {}", a.name(), b.name());
            self.report(
                Finding::new(Fault::TypeMismatch, message)
                    .label("types do not go together")
                    .help(between),
            );
            return None;
        };
        Some(folded(Typed::new(
            kind,
            Term::Arithmetic {
                op,
                left: Box::new(left.term),
                right: Box::new(right.term),
            },
        )))
    }
}

fn arithmetic_type(op: Arithmetic, left: Type, right: Type) -> Option<Type> {
    match (op, left, right) {
        (_, Type::Int, Type::Int) => Some(Type::Int),
        (_, a, b) if a.is_number() && b.is_number() => Some(Type::Float),
        (_, Type::Null, Type::Null) => Some(Type::Null),
        (Arithmetic::Plus, Type::Time, Type::Interval | Type::Null)
        | (Arithmetic::Plus, Type::Interval | Type::Null, Type::Time)
        | (Arithmetic::Minus, Type::Time, Type::Interval) => Some(Type::Time),
        (Arithmetic::Minus, Type::Time, Type::Time) => Some(Type::Interval),
        (Arithmetic::Plus | Arithmetic::Minus, Type::Interval, Type::Interval) => Some(Type::Interval),
        (Arithmetic::Times | Arithmetic::Divide, Type::Interval, b) if b.is_number() => Some(Type::Interval),
        (Arithmetic::Times, a, Type::Interval) if a.is_number() => Some(Type::Interval),
        (_, Type::Null, other) | (_, other, Type::Null) if other.is_number() => Some(other),
        _ => None,
    }
}

/// Arithmetic on literals is done once.
fn folded(typed: Typed) -> Typed {
    let value = if let Term::Arithmetic { op, left, right } = &typed.term
        && let (Term::Constant(left), Term::Constant(right)) = (&**left, &**right)
    {
        calculate(*op, Val::from_constant(left), Val::from_constant(right))
    } else if let Term::Negate(inner) = &typed.term
        && let Term::Constant(inner) = &**inner
    {
        negate(Val::from_constant(inner))
    } else {
        return typed;
    };
    let constant = match value {
        Val::Int(value) => Constant::Int(value),
        Val::Float(value) => Constant::Float(value),
        Val::Time(value) => Constant::Time(value),
        Val::Interval(value) => Constant::Interval(value),
        Val::Null | Val::Text(_) | Val::Bool(_) => Constant::Null,
    };
    Typed::new(typed.kind, Term::Constant(constant))
}
