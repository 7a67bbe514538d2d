//! Functions and CASE.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::cmp::Ordering;
use sqlparser::ast::{CaseWhen, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments};

use super::{Checker, FUNCTIONS, Type, Typed, advice_on_pairs};
use crate::calendar::{Field, Unit};
use crate::errors::{Fault, Finding, nearest};
use crate::program::{Constant, Letters, Measure, Op, Term, Test};

/// The functions of rules.
const NAMES: [&str; 15] = [
    "coalesce",
    "nullif",
    "greatest",
    "least",
    "abs",
    "lower",
    "upper",
    "starts_with",
    "date_trunc",
    "date_part",
    "extract",
    "now",
    "local_time",
    "business_days_between",
    "business_hours_between",
];

/// What looks at many rows.
const AGGREGATES: [&str; 9] = [
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "median",
    "stddev",
    "array_agg",
    "string_agg",
];

/// What the language will have.
const PLANNED: [&str; 1] = ["lane_quantile"];

impl Checker<'_> {
    pub(super) fn function(&mut self, function: &Function) -> Option<Typed> {
        let name = function.name.to_string().to_ascii_lowercase();
        if function.over.is_some() || AGGREGATES.contains(&name.as_str()) {
            let help = match name.as_str() {
                "min" => "the least of several values of one row is LEAST(a, b)",
                "max" => "the greatest of several values of one row is GREATEST(a, b)",
                "count" => "`scans`, `records`, `attempts` and `exceptions` are columns",
                _ => "a rule sees one row of `shipments`",
            };
            let finding = Finding::new(Fault::NotInRules, format!("`{name}` looks at many rows")).label("not in rules");
            self.report(finding.help(help));
            return None;
        }
        let arguments = self.arguments(function, &name)?;
        match (name.as_str(), arguments.as_slice()) {
            ("now" | "current_timestamp", []) => Some(Typed::new(Type::Time, Term::Now)),
            ("coalesce", [_, ..]) => self.one_of_several(&arguments, Term::Coalesce),
            ("greatest", [_, ..]) => self.extreme(&arguments, Ordering::Greater),
            ("least", [_, ..]) => self.extreme(&arguments, Ordering::Less),
            ("nullif", [term, other]) => {
                let (term, other) = self.both(term, other)?;
                let kind = term.kind;
                Some(Typed::new(
                    kind,
                    Term::NullIf {
                        term: Box::new(term.term),
                        other: Box::new(other.term),
                    },
                ))
            }
            ("abs", [term]) => self.abs(term),
            ("lower", [term]) => self.letters(term, Letters::Lower),
            ("upper", [term]) => self.letters(term, Letters::Upper),
            ("starts_with", [term, prefix]) => {
                let (term, prefix) = (self.text(term), self.text(prefix));
                Some(Typed::truth(Test::StartsWith {
                    term: term?,
                    prefix: prefix?,
                }))
            }
            ("date_trunc", [unit, term]) => self.truncate(unit, term),
            ("date_part" | "datepart", [field, term]) => {
                let field = self.word(field)?;
                self.extract(&field, term)
            }
            ("local_time", [term, zone @ ..]) if zone.len() < 2 => self.local_time(term, zone.first().copied()),
            ("business_days_between", [from, to, place @ ..]) if place.len() < 3 => {
                self.business(Measure::Days, (from, to), place)
            }
            ("business_hours_between", [from, to, place @ ..]) if place.len() < 3 => {
                self.business(Measure::Time, (from, to), place)
            }
            _ => self.unknown_function(&name, arguments.len()),
        }
    }

    /// Plain arguments.
    fn arguments<'e>(&mut self, function: &'e Function, name: &str) -> Option<Vec<&'e Expr>> {
        let list = match &function.args {
            FunctionArguments::None => return Some(Vec::new()),
            FunctionArguments::List(list) => list,
            FunctionArguments::Subquery(_) => {
                self.refuse("a rule cannot ask another table", "a rule sees one row of `shipments`");
                return None;
            }
        };
        let plain: Option<Vec<&Expr>> = list
            .args
            .iter()
            .map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
                FunctionArg::Unnamed(_) | FunctionArg::Named { .. } | FunctionArg::ExprNamed { .. } => None,
            })
            .collect();
        let is_plain = list.duplicate_treatment.is_none()
            && list.clauses.is_empty()
            && function.filter.is_none()
            && function.within_group.is_empty()
            && function.null_treatment.is_none();
        if plain.is_none() || !is_plain {
            self.refuse(&format!("`{name}` takes plain arguments in rules"), FUNCTIONS);
            return None;
        }
        plain
    }

    fn unknown_function(&mut self, name: &str, count: usize) -> Option<Typed> {
        let (message, help) = if PLANNED.contains(&name) {
            (format!("the function `{name}` is not there yet"), FUNCTIONS.to_string())
        } else if NAMES.contains(&name) {
            let help = match name {
                "nullif" | "starts_with" => "it takes two",
                "date_trunc" => "write date_trunc('day', status_since)",
                "date_part" => "write date_part('hour', now)",
                "abs" | "lower" | "upper" => "it takes one",
                "now" => "it takes none",
                "local_time" => "it takes a time, and if you like a zone: local_time(now, 'Europe/Berlin')",
                "business_days_between" | "business_hours_between" => {
                    "it takes two times, and if you like a country and a zone: business_days_between(a, b, 'US')"
                }
                _ => "it takes one or more",
            };
            (format!("`{name}` does not take {count} arguments"), help.to_string())
        } else {
            let help = match nearest(name, NAMES) {
                Some(near) => format!("did you mean `{near}`?"),
                None => FUNCTIONS.to_string(),
            };
            (format!("no function is called `{name}`"), help)
        };
        self.report(
            Finding::new(Fault::UnknownFunction, message)
                .label("unknown function")
                .help(help),
        );
        None
    }

    /// Several values of one type, of which one is taken.
    fn one_of_several(&mut self, arguments: &[&Expr], build: impl Fn(Box<[Term]>) -> Term) -> Option<Typed> {
        let items: Vec<Option<Typed>> = arguments.iter().map(|argument| self.term(argument)).collect();
        let items: Vec<Typed> = items.into_iter().collect::<Option<_>>()?;
        let kind = self.shared_type(&items)?;
        Some(Typed::new(
            kind,
            build(items.into_iter().map(|item| item.term).collect()),
        ))
    }

    fn extreme(&mut self, arguments: &[&Expr], wanted: Ordering) -> Option<Typed> {
        self.one_of_several(arguments, |items| Term::Extreme { wanted, items })
    }

    fn shared_type(&mut self, items: &[Typed]) -> Option<Type> {
        let mut kind = Type::Null;
        for item in items {
            match kind.with(item.kind) {
                Some(shared) => kind = shared,
                None => {
                    let message = format!("{} and {} cannot be the same value", kind.name(), item.kind.name());
                    let finding = Finding::new(Fault::TypeMismatch, message).label("types do not go together");
                    self.report(finding.help("all the values must be of one type"));
                    return None;
                }
            }
        }
        Some(kind)
    }

    fn abs(&mut self, expr: &Expr) -> Option<Typed> {
        let typed = self.term(expr)?;
        if !typed.kind.is_number() && typed.kind != Type::Null {
            let message = format!("abs takes a number, and this is {}", typed.kind.name());
            self.report_at(expr, Finding::new(Fault::TypeMismatch, message).label("not a number"));
            return None;
        }
        Some(Typed::new(typed.kind, Term::Abs(Box::new(typed.term))))
    }

    fn letters(&mut self, expr: &Expr, case: Letters) -> Option<Typed> {
        let term = Box::new(self.text(expr)?);
        Some(Typed::new(Type::Text, Term::Letters { case, term }))
    }

    /// An argument that must be a text.
    pub(super) fn text(&mut self, expr: &Expr) -> Option<Term> {
        let typed = self.term(expr)?;
        if matches!(typed.kind, Type::Text | Type::Null) {
            return Some(typed.term);
        }
        let message = format!("a text is needed here, and this is {}", typed.kind.name());
        self.report_at(expr, Finding::new(Fault::TypeMismatch, message).label("not a text"));
        None
    }

    /// An argument that must be a word in quotes.
    fn word(&mut self, expr: &Expr) -> Option<alloc::string::String> {
        match self.term(expr)?.constant() {
            Some(Constant::Text(text)) => Some(text.to_ascii_lowercase()),
            _ => {
                let finding =
                    Finding::new(Fault::TypeMismatch, "a part of the calendar is needed here").label("not a word");
                self.report_at(expr, finding.help("write it in quotes: 'day'"));
                None
            }
        }
    }

    fn truncate(&mut self, unit: &Expr, term: &Expr) -> Option<Typed> {
        let word = self.word(unit);
        let typed = self.time(term, false);
        let word = word?;
        let Some((_, unit)) = Unit::NAMES.iter().find(|(name, _)| *name == word) else {
            let message = format!("a time cannot be cut down to `{word}`");
            let finding = Finding::new(Fault::UnknownWord, message).label("unknown unit");
            self.report_at(unit, finding.help(advice_on_pairs(&word, Unit::NAMES)));
            return None;
        };
        let term = Box::new(typed?.term);
        Some(Typed::new(Type::Time, Term::Truncate { unit: *unit, term }))
    }

    pub(super) fn extract(&mut self, field: &str, term: &Expr) -> Option<Typed> {
        let word = field.to_ascii_lowercase();
        let Some((_, field)) = Field::NAMES.iter().find(|(name, _)| *name == word) else {
            let message = format!("`{word}` cannot be taken out of a time");
            let finding = Finding::new(Fault::UnknownWord, message).label("unknown part");
            self.report(finding.help(advice_on_pairs(&word, Field::NAMES)));
            return None;
        };
        let typed = self.time(term, *field == Field::Epoch)?;
        let kind = if *field == Field::Epoch { Type::Float } else { Type::Int };
        Some(Typed::new(
            kind,
            Term::Extract {
                field: *field,
                term: Box::new(typed.term),
            },
        ))
    }

    /// An argument that must be a time, or also an interval.
    pub(super) fn time(&mut self, expr: &Expr, or_interval: bool) -> Option<Typed> {
        let typed = self.term(expr)?;
        match typed.kind {
            Type::Time | Type::Null => return Some(typed),
            Type::Interval if or_interval => return Some(typed),
            Type::Interval | Type::Text | Type::Bool | Type::Int | Type::Float => {}
        }
        let message = format!("a time is needed here, and this is {}", typed.kind.name());
        let help = if typed.kind == Type::Interval {
            "compare an interval as a whole: `silence > INTERVAL '36 hours'`, or take its `epoch`, in seconds"
        } else {
            ""
        };
        self.report_at(
            expr,
            Finding::new(Fault::TypeMismatch, message)
                .label("not a time")
                .help(help),
        );
        None
    }

    pub(super) fn case(
        &mut self,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        otherwise: Option<&Expr>,
    ) -> Option<Typed> {
        let mut arms = Vec::with_capacity(conditions.len());
        let mut results = Vec::with_capacity(conditions.len() + 1);
        let mut is_whole = true;
        for when in conditions {
            let test = match operand {
                None => self.test(&when.condition),
                Some(operand) => self.comparison(Op::Eq, operand, &when.condition).map(Typed::into_test),
            };
            match (test, self.term(&when.result)) {
                (Some(test), Some(result)) => {
                    arms.push(test);
                    results.push(result);
                }
                _ => is_whole = false,
            }
        }
        match otherwise {
            Some(otherwise) => match self.term(otherwise) {
                Some(result) => results.push(result),
                None => is_whole = false,
            },
            None => {
                let finding =
                    Finding::new(Fault::CaseWithoutElse, "CASE has no ELSE").label("unknown when no WHEN is true");
                self.report(finding.help("write what it is then: ELSE false, ELSE INTERVAL '3 days', or ELSE NULL"));
                results.push(Typed::new(Type::Null, Term::Constant(Constant::Null)));
            }
        }
        if !is_whole {
            return None;
        }
        let kind = self.shared_type(&results)?;
        let otherwise = Box::new(results.pop()?.term);
        let arms = arms
            .into_iter()
            .zip(results.into_iter().map(|result| result.term))
            .collect();
        Some(Typed::new(kind, Term::Case { arms, otherwise }))
    }
}
