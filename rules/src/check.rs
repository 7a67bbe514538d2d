//! Checking: names are known, types go together, and what is left can be computed for any row without failing.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "SQL is far larger than the language of rules: what is not named is refused"
)]

mod arithmetic;
mod compare;
mod functions;
mod literals;
mod local;
pub(crate) mod set;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use milepost_model::{Code, Column, ColumnKind, Health, Status};
use sqlparser::ast::{BinaryOperator, Expr, Ident};

use crate::errors::{Fault, Finding, advice};
use crate::program::{Arithmetic, Constant, Op, Term, Test};
use crate::syntax::sql::{DEPTH_MAX, Lines, Stretch, span};

/// Parts of one expression after named expressions were put in.
const PARTS_MAX: usize = 5_000;

/// The type of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Type {
    /// NULL: goes with every other.
    Null,
    Text,
    Bool,
    Int,
    Float,
    Time,
    Interval,
}

impl Type {
    /// In a message.
    const fn name(self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Text => "a text",
            Self::Bool => "true or false",
            Self::Int => "a whole number",
            Self::Float => "a number",
            Self::Time => "a time",
            Self::Interval => "an interval",
        }
    }

    const fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Float)
    }

    /// The type of a value that is one of two.
    fn with(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Null, other) | (other, Self::Null) => Some(other),
            (a, b) if a == b => Some(a),
            (a, b) if a.is_number() && b.is_number() => Some(Self::Float),
            _ => None,
        }
    }
}

impl From<ColumnKind> for Type {
    fn from(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Text => Self::Text,
            ColumnKind::Bool => Self::Bool,
            ColumnKind::Int => Self::Int,
            ColumnKind::Float => Self::Float,
            ColumnKind::Time => Self::Time,
            ColumnKind::Interval => Self::Interval,
        }
    }
}

/// A checked expression.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Typed {
    kind: Type,
    term: Term,
}

impl Typed {
    const fn new(kind: Type, term: Term) -> Self {
        Self { kind, term }
    }

    fn truth(test: Test) -> Self {
        Self::new(Type::Bool, Term::Truth(Box::new(test)))
    }

    const fn constant(&self) -> Option<&Constant> {
        if let Term::Constant(constant) = &self.term {
            Some(constant)
        } else {
            None
        }
    }

    /// As a condition; the caller knows that it is boolean or NULL.
    fn into_test(self) -> Test {
        let truth = match self.constant() {
            Some(Constant::Bool(value)) => Some(Some(*value)),
            Some(_) => Some(None),
            None => None,
        };
        match (truth, self.term) {
            (Some(truth), _) => Test::Known(truth),
            (None, Term::Truth(test)) => *test,
            (None, term) => Test::Flag(term),
        }
    }
}

/// A named expression after its own check.
pub(crate) struct Named {
    /// `None` when it is wrong: its uses then say nothing more about it.
    typed: Option<Typed>,
    parts: usize,
    depth: usize,
}

/// What an expression may name besides columns.
#[derive(Default)]
pub(crate) struct Names {
    lets: BTreeMap<String, Named>,
    lists: BTreeMap<String, Vec<Constant>>,
}

/// Checks one expression.
pub(crate) struct Checker<'c> {
    names: &'c Names,
    lines: &'c Lines,
    findings: Vec<(Stretch, Finding)>,
    used: Vec<String>,
    here: Stretch,
    parts: usize,
    depth: usize,
    deepest: usize,
}

impl<'c> Checker<'c> {
    pub(crate) const fn new(names: &'c Names, lines: &'c Lines) -> Self {
        Self {
            names,
            lines,
            findings: Vec::new(),
            used: Vec::new(),
            here: Stretch { start: 0, length: 1 },
            parts: 0,
            depth: 0,
            deepest: 0,
        }
    }

    /// An expression of any type.
    pub(crate) fn term(&mut self, expr: &Expr) -> Option<Typed> {
        let before = self.here;
        self.here = self.stretch(expr);
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        self.parts += 1;
        let typed = if self.is_within_limits() {
            self.checked(expr)
        } else {
            None
        };
        self.depth -= 1;
        self.here = before;
        typed
    }

    /// An expression that must be true or false.
    pub(crate) fn test(&mut self, expr: &Expr) -> Option<Test> {
        let typed = self.term(expr)?;
        if matches!(typed.kind, Type::Bool | Type::Null) {
            return Some(typed.into_test());
        }
        let message = format!("a condition is needed here, and this is {}", typed.kind.name());
        let finding = Finding::new(Fault::NotACondition, message).label("not true or false");
        self.report_at(expr, finding.help("compare it with something, or ask IS NOT NULL"));
        None
    }

    fn checked(&mut self, expr: &Expr) -> Option<Typed> {
        match expr {
            Expr::Identifier(ident) => self.name(ident),
            Expr::CompoundIdentifier(idents) => match idents.as_slice() {
                [table, column] if table.value.eq_ignore_ascii_case("shipments") => self.name(column),
                _ => self.refuse(
                    "a rule sees one table, `shipments`",
                    "write the name of the column alone",
                ),
            },
            Expr::Nested(inner) => self.term(inner),
            Expr::Value(value) => self.literal(&value.value),
            Expr::TypedString(typed) => self.typed_literal(typed),
            Expr::Interval(interval) => self.interval(interval),
            Expr::IsTrue(inner) => self.is(inner, Some(true), false),
            Expr::IsNotTrue(inner) => self.is(inner, Some(true), true),
            Expr::IsFalse(inner) => self.is(inner, Some(false), false),
            Expr::IsNotFalse(inner) => self.is(inner, Some(false), true),
            Expr::IsUnknown(inner) => self.is(inner, None, false),
            Expr::IsNotUnknown(inner) => self.is(inner, None, true),
            Expr::IsNull(inner) => self.is_null(inner, false),
            Expr::IsNotNull(inner) => self.is_null(inner, true),
            Expr::IsDistinctFrom(left, right) => self.distinct(left, right, false),
            Expr::IsNotDistinctFrom(left, right) => self.distinct(left, right, true),
            Expr::InList { expr, list, negated } => self.in_list(expr, list, *negated),
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => self.between(expr, low, high, *negated),
            Expr::Like {
                negated,
                any: false,
                expr,
                pattern,
                escape_char,
            } => self.like(expr, pattern, escape_char.as_ref(), *negated, false),
            Expr::ILike {
                negated,
                any: false,
                expr,
                pattern,
                escape_char,
            } => self.like(expr, pattern, escape_char.as_ref(), *negated, true),
            Expr::BinaryOp { left, op, right } => self.binary(expr, left, op, right),
            Expr::UnaryOp { op, expr } => self.unary(*op, expr),
            Expr::Extract { field, expr, .. } => self.extract(&field.to_string(), expr),
            Expr::Function(function) => self.function(function),
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => self.case(operand.as_deref(), conditions, else_result.as_deref()),
            _ => self.refuse_expression(expr),
        }
    }

    /// A column, `now`, or a named expression.
    fn name(&mut self, ident: &Ident) -> Option<Typed> {
        let name = match ident.quote_style {
            Some(_) => ident.value.clone(),
            None => ident.value.to_ascii_lowercase(),
        };
        if let Some(column) = Column::parse(&name) {
            return Some(Typed::new(column.kind().into(), Term::Column(column)));
        }
        if name == "now" || name == "current_timestamp" {
            return Some(Typed::new(Type::Time, Term::Now));
        }
        if let Some(named) = self.names.lets.get(&name) {
            self.parts += named.parts;
            self.deepest = self.deepest.max(self.depth + named.depth);
            self.used.push(name);
            return if self.is_within_limits() {
                named.typed.clone()
            } else {
                None
            };
        }
        let help = self.help_on_name(&name, ident.quote_style.is_some());
        let finding =
            Finding::new(Fault::UnknownColumn, format!("no column is called `{name}`")).label("unknown column");
        self.report(finding.help(help));
        None
    }

    fn help_on_name(&self, name: &str, is_quoted: bool) -> String {
        if is_quoted {
            return format!("a text stands in single quotes: '{name}'");
        }
        if self.names.lists.contains_key(name) {
            return format!("`{name}` is a list: write `column IN ({name})`");
        }
        match (Status::parse(name), Code::parse(name), Health::parse(name)) {
            (Some(_), _, _) => format!("did you mean `status = '{name}'`?"),
            (_, Some(_), _) => format!("did you mean `code = '{name}'`?"),
            (_, _, Some(_)) => format!("did you mean `health = '{name}'`?"),
            (None, None, None) => {
                let columns = Column::ALL.iter().map(|column| column.name());
                let names = columns.chain(self.names.lets.keys().map(String::as_str)).chain(["now"]);
                match crate::errors::nearest(name, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        "`milepost rules help columns` lists them; named expressions stand under `let:`".to_string()
                    }
                }
            }
        }
    }

    fn binary(&mut self, whole: &Expr, left: &Expr, op: &BinaryOperator, right: &Expr) -> Option<Typed> {
        match op {
            BinaryOperator::And => self.joined(whole, &BinaryOperator::And),
            BinaryOperator::Or => self.joined(whole, &BinaryOperator::Or),
            BinaryOperator::Eq => self.comparison(Op::Eq, left, right),
            BinaryOperator::NotEq => self.comparison(Op::Ne, left, right),
            BinaryOperator::Lt => self.comparison(Op::Lt, left, right),
            BinaryOperator::LtEq => self.comparison(Op::Le, left, right),
            BinaryOperator::Gt => self.comparison(Op::Gt, left, right),
            BinaryOperator::GtEq => self.comparison(Op::Ge, left, right),
            BinaryOperator::Plus => self.arithmetic(Arithmetic::Plus, left, right),
            BinaryOperator::Minus => self.arithmetic(Arithmetic::Minus, left, right),
            BinaryOperator::Multiply => self.arithmetic(Arithmetic::Times, left, right),
            BinaryOperator::Divide => self.arithmetic(Arithmetic::Divide, left, right),
            BinaryOperator::Modulo => self.arithmetic(Arithmetic::Modulo, left, right),
            BinaryOperator::StringConcat => {
                self.refuse("texts are not joined in conditions", "compare the columns one by one")
            }
            other => self.refuse(
                &format!("the operator `{other}` is not used in rules"),
                "use LIKE or IN",
            ),
        }
    }

    /// A chain of AND or OR, of any length, without recursion along the chain.
    fn joined(&mut self, whole: &Expr, wanted: &BinaryOperator) -> Option<Typed> {
        let mut operands = Vec::new();
        let mut rest = whole;
        while let Expr::BinaryOp { left, op, right } = rest {
            if op != wanted {
                break;
            }
            operands.push(&**right);
            rest = left;
        }
        operands.push(rest);
        let tests: Vec<Option<Test>> = operands.into_iter().rev().map(|operand| self.test(operand)).collect();
        let tests: Option<Box<[Test]>> = tests.into_iter().collect();
        let is_and = *wanted == BinaryOperator::And;
        tests.map(|tests| Typed::truth(if is_and { Test::And(tests) } else { Test::Or(tests) }))
    }

    fn refuse_expression(&mut self, expr: &Expr) -> Option<Typed> {
        let (message, help) = match expr {
            Expr::Subquery(_)
            | Expr::Exists { .. }
            | Expr::InSubquery { .. }
            | Expr::AnyOp { .. }
            | Expr::AllOp { .. } => (
                "a rule cannot ask another table",
                "a rule sees one row of `shipments`; name fixed values under `lists:` and write `column IN (name)`",
            ),
            Expr::Cast { .. } | Expr::Convert { .. } => (
                "values are not converted in rules",
                "write TIMESTAMP '2026-03-01T00:00:00Z', INTERVAL '36 hours' or the number itself",
            ),
            Expr::AtTimeZone { .. } => (
                "times are UTC in rules",
                "the wall clock at the parcel is `local_time(now)`, that of a zone `local_time(now, 'Europe/Berlin')`",
            ),
            Expr::Like { .. } | Expr::ILike { .. } => ("LIKE ANY is not used in rules", "join several LIKE with OR"),
            Expr::SimilarTo { .. } | Expr::RLike { .. } => ("regular expressions are not used in rules", "use LIKE"),
            Expr::Ceil { .. }
            | Expr::Floor { .. }
            | Expr::Substring { .. }
            | Expr::Trim { .. }
            | Expr::Position { .. } => ("this function is not used in rules", FUNCTIONS),
            _ => (
                "this part of SQL is not used in rules",
                "`milepost rules help` lists what is",
            ),
        };
        self.refuse(message, help)
    }

    fn refuse(&mut self, message: &str, help: &str) -> Option<Typed> {
        self.report(
            Finding::new(Fault::NotInRules, message)
                .label("not in rules")
                .help(help),
        );
        None
    }

    fn is_within_limits(&mut self) -> bool {
        let message = if self.deepest > DEPTH_MAX {
            format!("the expression is nested more than {DEPTH_MAX} levels deep")
        } else if self.parts > PARTS_MAX {
            format!("the expression has more than {PARTS_MAX} parts with its named expressions put in")
        } else {
            return true;
        };
        // Said once: every further part is over the limit too.
        if !self.findings.iter().any(|(_, finding)| finding.fault == Fault::TooMuch) {
            self.report(Finding::new(Fault::TooMuch, message).help("use named lists, or divide the rule"));
        }
        false
    }

    fn report(&mut self, finding: Finding) {
        self.findings.push((self.here, finding));
    }

    fn report_at(&mut self, expr: &Expr, finding: Finding) {
        self.findings.push((self.stretch(expr), finding));
    }

    /// Where a part stands; where the parser does not know, the part around it.
    fn stretch(&self, expr: &Expr) -> Stretch {
        self.lines.stretch(span(expr)).unwrap_or(self.here)
    }
}

/// What may be written as a function.
const FUNCTIONS: &str = "functions are: coalesce, nullif, greatest, least, abs, lower, upper, starts_with, date_trunc, date_part, extract, now, local_time, business_days_between, business_hours_between";

/// `advice` over pairs of a name and what it stands for.
fn advice_on_pairs<T>(wrong: &str, pairs: &'static [(&'static str, T)]) -> String {
    advice(wrong, pairs.iter().map(|(name, _)| *name))
}
