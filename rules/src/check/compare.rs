//! Comparisons: `=`, `<`, IN, BETWEEN, LIKE, IS NULL and their kin, and the values of closed lists.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use milepost_model::{Code, Column, EstimateSource, Health, Reason, Status};
use sqlparser::ast::{BinaryOperator, Expr, ValueWithSpan};

use super::literals::like_pattern;
use super::{Checker, Type, Typed};
use crate::errors::{Fault, Finding, nearest};
use crate::eval::Val;
use crate::program::{Constant, Op, Term, Test};
use crate::syntax::source::shortened;

/// Items of one IN, with those of its lists.
const ITEMS_MAX: usize = 10_000;

impl Checker<'_> {
    pub(super) fn comparison(&mut self, op: Op, left: &Expr, right: &Expr) -> Option<Typed> {
        let (left, right) = self.both(left, right)?;
        self.share(op, &left, &right);
        if is_null(&left) || is_null(&right) {
            let finding =
                Finding::new(Fault::ComparedWithNull, "a comparison with NULL is never true").label("never true");
            self.report(finding.help("write IS NULL or IS NOT NULL"));
            return Some(Typed::truth(Test::Known(None)));
        }
        Some(Typed::truth(Test::Compare {
            op,
            left: left.term,
            right: right.term,
        }))
    }

    /// Warns of a share that is compared with what no share is, such as a number of per cent.
    fn share(&mut self, op: Op, left: &Typed, right: &Typed) {
        let (op, column, bound) = match (&left.term, &right.term) {
            (Term::Column(column), Term::Constant(bound)) => (op, *column, bound),
            (Term::Constant(bound), Term::Column(column)) => (op.flipped(), *column, bound),
            _ => return,
        };
        if !matches!(column, Column::PLate | Column::LaneReliability) {
            return;
        }
        let bound = Val::from_constant(bound);
        let orders = [Val::Int(0), Val::Int(1)].map(|end| end.order(bound));
        let [Some(least), Some(most)] = orders else {
            return;
        };
        // Between its ends a share may be either side of the bound.
        let may_hold = op.admits(least) || op.admits(most) || (least != most && op == Op::Eq);
        let may_fail = !op.admits(least) || !op.admits(most) || (least != most && op == Op::Ne);
        let (fault, message) = match (may_hold, may_fail) {
            (false, _) => (Fault::NeverTrue, "never"),
            // `p_late BETWEEN 0.5 AND 1` is as good as any.
            (true, false) if least == most => (Fault::AlwaysTrue, "always"),
            (true, _) => return,
        };
        let message = format!("`{}` lies between 0 and 1: this is {message} true", column.name());
        self.report(
            Finding::new(fault, message)
                .label("no share")
                .help("60 per cent are written 0.6"),
        );
    }

    pub(super) fn distinct(&mut self, left: &Expr, right: &Expr, negated: bool) -> Option<Typed> {
        if let Expr::BinaryOp {
            op: BinaryOperator::And | BinaryOperator::Or,
            ..
        } = right
        {
            let message = "IS DISTINCT FROM takes all that follows as its right side";
            let finding = Finding::new(Fault::TypeMismatch, message).label("AND and OR too");
            self.report_at(
                right,
                finding.help("put brackets around the comparison: `(a IS DISTINCT FROM b) AND ...`"),
            );
            return None;
        }
        let (left, right) = self.both(left, right)?;
        Some(Typed::truth(Test::Distinct {
            left: left.term,
            right: right.term,
            negated,
        }))
    }

    /// Both sides of a comparison, of types that go together, and of one closed list if one of them has one.
    pub(super) fn both(&mut self, left_expr: &Expr, right_expr: &Expr) -> Option<(Typed, Typed)> {
        let (left, right) = (self.term(left_expr), self.term(right_expr));
        let (left, right) = (left?, right?);
        if left.kind.with(right.kind).is_none() {
            let message = format!("{} cannot be compared with {}", left.kind.name(), right.kind.name());
            let help = help_on_types(&left, &right);
            self.report(
                Finding::new(Fault::TypeMismatch, message)
                    .label("types do not go together")
                    .help(help),
            );
            return None;
        }
        let is_left_known = self.is_listed(&left, &right, right_expr);
        let is_right_known = self.is_listed(&right, &left, left_expr);
        (is_left_known && is_right_known).then_some((left, right))
    }

    /// Whether a literal is one of the values that the column can have.
    fn is_listed(&mut self, column: &Typed, literal: &Typed, literal_expr: &Expr) -> bool {
        let (Term::Column(column), Some(Constant::Text(text))) = (&column.term, literal.constant()) else {
            return true;
        };
        let finding = unlisted(*column, text);
        match finding {
            Some(finding) => {
                self.report_at(literal_expr, finding);
                false
            }
            None => true,
        }
    }

    pub(super) fn between(&mut self, expr: &Expr, low: &Expr, high: &Expr, negated: bool) -> Option<Typed> {
        let above = self.comparison(Op::Ge, expr, low);
        let below = self.comparison(Op::Le, expr, high);
        let test = Test::And(Box::new([above?.into_test(), below?.into_test()]));
        Some(Typed::truth(if negated { Test::Not(Box::new(test)) } else { test }))
    }

    pub(super) fn is(&mut self, inner: &Expr, wanted: Option<bool>, negated: bool) -> Option<Typed> {
        let test = Box::new(self.test(inner)?);
        Some(Typed::truth(Test::Is { test, wanted, negated }))
    }

    pub(super) fn is_null(&mut self, inner: &Expr, negated: bool) -> Option<Typed> {
        let typed = self.term(inner)?;
        let term = typed.term;
        Some(Typed::truth(if let Term::Truth(test) = term {
            Test::Is {
                test,
                wanted: None,
                negated,
            }
        } else {
            Test::IsNull { term, negated }
        }))
    }

    /// IN: literals and the names of lists, in any mixture.
    pub(super) fn in_list(&mut self, expr: &Expr, list: &[Expr], negated: bool) -> Option<Typed> {
        let value = self.term(expr);
        let mut items = Vec::new();
        let mut is_whole = true;
        for item in list {
            match self.item(item, value.as_ref()) {
                Some(found) => items.extend(found),
                None => is_whole = false,
            }
        }
        if items.len() > ITEMS_MAX {
            let message = format!("IN has {} items; the limit is {ITEMS_MAX}", items.len());
            self.report(Finding::new(Fault::TooMuch, message).help("divide the list"));
            return None;
        }
        let value = value.filter(|_| is_whole)?;
        Some(Typed::truth(Test::In {
            term: value.term,
            items: items.into(),
            negated,
        }))
    }

    /// The values that one item of IN stands for.
    fn item(&mut self, item: &Expr, value: Option<&Typed>) -> Option<Vec<Constant>> {
        if let Expr::Identifier(ident) = item
            && ident.quote_style.is_none()
        {
            let name = ident.value.to_ascii_lowercase();
            if let Some(listed) = self.names.lists.get(&name) {
                let listed = listed.clone();
                self.used.push(name);
                return self.listed(item, listed, value);
            }
            if Column::parse(&name).is_none() && !self.names.lets.contains_key(&name) && name != "now" {
                self.report_at(item, self.unknown_list(&name));
                return None;
            }
        }
        let typed = self.term(item)?;
        let Some(constant) = typed.constant().cloned() else {
            let finding =
                Finding::new(Fault::NotInRules, "IN takes literals and the names of lists").label("not a literal");
            self.report_at(item, finding.help("compare with `=` and join with OR"));
            return None;
        };
        self.listed(item, alloc::vec![constant], value)
    }

    /// Checks values of IN against what they are compared with.
    fn listed(&mut self, item: &Expr, constants: Vec<Constant>, value: Option<&Typed>) -> Option<Vec<Constant>> {
        let value = value?;
        for constant in &constants {
            let kind = type_of(constant);
            if value.kind.with(kind).is_none() {
                let message = format!("{} cannot be compared with {}", value.kind.name(), kind.name());
                let help = help_on_types(value, &Typed::new(kind, Term::Constant(constant.clone())));
                let finding = Finding::new(Fault::TypeMismatch, message).label("types do not go together");
                self.report_at(item, finding.help(help));
                return None;
            }
            if let (Term::Column(column), Constant::Text(text)) = (&value.term, constant)
                && let Some(finding) = unlisted(*column, text)
            {
                self.report_at(item, finding);
                return None;
            }
        }
        Some(constants)
    }

    fn unknown_list(&self, name: &str) -> Finding {
        let lists = self.names.lists.keys().map(String::as_str);
        let help = match nearest(name, lists) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("a text stands in single quotes: '{name}'; a list stands under `lists:`"),
        };
        Finding::new(Fault::UnknownList, format!("no list is called `{name}`"))
            .label("unknown list")
            .help(help)
    }

    pub(super) fn like(
        &mut self,
        expr: &Expr,
        pattern: &Expr,
        escape: Option<&ValueWithSpan>,
        negated: bool,
        ignore_case: bool,
    ) -> Option<Typed> {
        let (value, pattern_typed) = (self.term(expr), self.term(pattern));
        let (value, pattern_typed) = (value?, pattern_typed?);
        if !matches!(value.kind, Type::Text | Type::Null) {
            let message = format!("LIKE looks at texts, and this is {}", value.kind.name());
            self.report_at(expr, Finding::new(Fault::TypeMismatch, message).label("not a text"));
            return None;
        }
        if let Some(escape) = escape
            && escape.value.clone().into_string().as_deref() != Some("\\")
        {
            self.refuse(
                "the escape sign of LIKE is `\\`",
                "write `\\%` for a percent sign and leave ESCAPE out",
            );
            return None;
        }
        let Some(Constant::Text(text)) = pattern_typed.constant() else {
            let finding =
                Finding::new(Fault::TypeMismatch, "the pattern of LIKE is a text in quotes").label("not a literal");
            self.report_at(pattern, finding.help("`%` stands for any letters, `_` for one"));
            return None;
        };
        Some(Typed::truth(Test::Like {
            pattern: like_pattern(text, ignore_case),
            term: value.term,
            negated,
        }))
    }
}

const fn is_null(typed: &Typed) -> bool {
    matches!(typed.constant(), Some(Constant::Null))
}

const fn type_of(constant: &Constant) -> Type {
    match constant {
        Constant::Null => Type::Null,
        Constant::Text(_) => Type::Text,
        Constant::Bool(_) => Type::Bool,
        Constant::Int(_) => Type::Int,
        Constant::Float(_) => Type::Float,
        Constant::Time(_) => Type::Time,
        Constant::Interval(_) => Type::Interval,
    }
}

/// What was probably meant by a comparison of two types.
fn help_on_types(left: &Typed, right: &Typed) -> String {
    let text = [left, right].into_iter().find_map(|side| match side.constant() {
        Some(Constant::Text(text)) => Some(shortened(text)),
        _ => None,
    });
    let is_either = |kind: Type| left.kind == kind || right.kind == kind;
    match text {
        Some(text) if is_either(Type::Interval) => format!("write INTERVAL '{text}'"),
        Some(text) if is_either(Type::Time) => format!("write TIMESTAMP '{text}'"),
        Some(_) if is_either(Type::Int) || is_either(Type::Float) => "a number stands without quotes".to_string(),
        Some(_) if is_either(Type::Bool) => "write true or false without quotes".to_string(),
        _ if is_either(Type::Interval) && (is_either(Type::Int) || is_either(Type::Float)) => {
            "an interval has a unit: INTERVAL '36 hours'".to_string()
        }
        _ if is_either(Type::Interval) && is_either(Type::Time) => {
            "a time minus a time is an interval: `now - last_scan_at > INTERVAL '1 day'`".to_string()
        }
        _ if is_either(Type::Text) && is_either(Type::Int) => {
            "a text stands in single quotes, also one of digits".to_string()
        }
        _ => "both sides must be of one type".to_string(),
    }
}

/// The values of a column that has a closed list.
fn closed_list(column: Column) -> Option<(&'static str, Vec<&'static str>)> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "few of the columns have a closed list; a test names them"
    )]
    Some(match column {
        Column::Status => ("status", Status::ALL.iter().map(|value| value.as_str()).collect()),
        Column::Health => ("health", Health::ALL.iter().map(|value| value.as_str()).collect()),
        Column::Code => ("code", Code::ALL.iter().map(|value| value.as_str()).collect()),
        Column::Reason => ("reason", Reason::ALL.iter().map(|value| value.as_str()).collect()),
        Column::EstimateSource => (
            "estimate_source",
            EstimateSource::ALL.iter().map(|value| value.as_str()).collect(),
        ),
        _ => return None,
    })
}

/// What to say about a text that is not among the values of a column.
fn unlisted(column: Column, text: &str) -> Option<Finding> {
    let (name, values) = closed_list(column)?;
    if values.contains(&text) {
        return None;
    }
    let elsewhere = [Column::Status, Column::Code, Column::Health, Column::Reason]
        .into_iter()
        .find(|other| *other != column && closed_list(*other).is_some_and(|(_, values)| values.contains(&text)));
    let help = match (nearest(text, values.iter().copied()), elsewhere) {
        (_, Some(other)) => format!("`{text}` is a {0}: write `{0} = '{text}'`", other.name()),
        (Some(near), None) => format!("did you mean '{near}'?"),
        (None, None) if values.len() <= 16 => format!("known are: {}", values.join(", ")),
        (None, None) => format!("`milepost rules help` lists every {name}"),
    };
    let message = format!("no {name} is called '{}'", shortened(text));
    Some(
        Finding::new(Fault::UnknownValue, message)
            .label(format!("unknown {name}"))
            .help(help),
    )
}
