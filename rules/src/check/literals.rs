//! Literals: numbers, texts, timestamps, intervals and the patterns of LIKE.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "SQL has more literals than rules: what is not named is refused"
)]

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use milepost_model::{MINUTE_MS, WrittenTime};
use sqlparser::ast::{DataType, Expr, Interval, TypedString, Value};

use super::{Checker, Type, Typed};
use crate::duration::{IntervalError, parse_interval};
use crate::errors::{Fault, Finding};
use crate::program::{Constant, Pattern, Piece, Term};
use crate::syntax::source::shortened;

impl Checker<'_> {
    pub(super) fn literal(&mut self, value: &Value) -> Option<Typed> {
        let (kind, constant) = match value {
            Value::SingleQuotedString(text) => (Type::Text, Constant::Text(text.as_str().into())),
            Value::Boolean(value) => (Type::Bool, Constant::Bool(*value)),
            Value::Null => (Type::Null, Constant::Null),
            Value::Number(digits, _) => return self.number(&digits.to_string()),
            other => {
                let message = format!("`{}` is not a literal of rules", shortened(&other.to_string()));
                let help = "write 'text', 12, 1.5, true, NULL, TIMESTAMP '...' or INTERVAL '...'";
                self.report(
                    Finding::new(Fault::BadLiteral, message)
                        .label("not understood")
                        .help(help),
                );
                return None;
            }
        };
        Some(Typed::new(kind, Term::Constant(constant)))
    }

    fn number(&mut self, digits: &str) -> Option<Typed> {
        if let Ok(value) = digits.parse::<i64>() {
            return Some(Typed::new(Type::Int, Term::Constant(Constant::Int(value))));
        }
        let is_decimal = digits.contains(['.', 'e', 'E']);
        match digits.parse::<f64>() {
            Ok(value) if is_decimal && value.is_finite() => {
                Some(Typed::new(Type::Float, Term::Constant(Constant::Float(value))))
            }
            _ => {
                let message = format!("the number {} is too large", shortened(digits));
                self.report(Finding::new(Fault::BadLiteral, message).label("too large"));
                None
            }
        }
    }

    /// `TIMESTAMP '...'` and `DATE '...'`; without an offset they are UTC.
    pub(super) fn typed_literal(&mut self, typed: &TypedString) -> Option<Typed> {
        if !matches!(typed.data_type, DataType::Timestamp(..) | DataType::Date) {
            let message = format!("literals of type {} are not used in rules", typed.data_type);
            let finding = Finding::new(Fault::BadLiteral, message).label("not in rules");
            self.report(finding.help("write TIMESTAMP '2026-03-01T00:00:00Z' or INTERVAL '36 hours'"));
            return None;
        }
        let text = typed.value.value.clone().into_string().unwrap_or_default();
        match WrittenTime::parse(text.as_bytes()) {
            Ok(written) => {
                let offset = i64::from(written.offset_minutes.unwrap_or(0)) * MINUTE_MS;
                Some(Typed::new(
                    Type::Time,
                    Term::Constant(Constant::Time(written.wall_ms - offset)),
                ))
            }
            Err(error) => {
                let message = format!("`{}` {error}", shortened(&text));
                self.report(Finding::new(Fault::BadLiteral, message).label("not a time"));
                None
            }
        }
    }

    pub(super) fn interval(&mut self, interval: &Interval) -> Option<Typed> {
        let unit = interval.leading_field.as_ref().map(ToString::to_string);
        let text = interval_text(&interval.value).filter(|_| interval.last_field.is_none());
        let parsed = text.as_deref().map_or(Err(IntervalError::Unreadable), |text| {
            parse_interval(text, unit.as_deref())
        });
        let shown = shortened(text.as_deref().unwrap_or_default());
        let (message, help) = match parsed {
            Ok(millis) => return Some(Typed::new(Type::Interval, Term::Constant(Constant::Interval(millis)))),
            Err(IntervalError::Unreadable) if shown.contains("business") => (
                format!("`{shown}` is not an interval"),
                "three business days have passed when business_hours_between(last_scan_at, now) > INTERVAL '72 hours'",
            ),
            Err(IntervalError::Unreadable) => (
                format!("`{shown}` is not an interval"),
                "write INTERVAL '36 hours', INTERVAL '2 days 3 hours' or INTERVAL '1' DAY",
            ),
            Err(IntervalError::NoFixedLength) => (
                "months and years have no fixed length".to_string(),
                "write days or weeks",
            ),
            Err(IntervalError::TooLong) => (
                format!("`{shown}` is longer than a hundred years"),
                "write a shorter interval",
            ),
        };
        self.report(
            Finding::new(Fault::BadLiteral, message)
                .label("not an interval")
                .help(help),
        );
        None
    }
}

fn interval_text(value: &Expr) -> Option<String> {
    match value {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            Value::Number(digits, _) => Some(digits.to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// `%` is any number of letters, `_` is one, and `\` takes both their meaning.
pub(super) fn like_pattern(text: &str, ignore_case: bool) -> Pattern {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        let piece = match sign {
            '%' if pieces.last() == Some(&Piece::AnyMany) => continue,
            '%' => Piece::AnyMany,
            '_' => Piece::AnyOne,
            '\\' => Piece::Char(signs.next_if(|next| matches!(next, '%' | '_' | '\\')).unwrap_or('\\')),
            sign => Piece::Char(sign),
        };
        pieces.push(piece);
    }
    Pattern {
        pieces: pieces.into(),
        ignore_case,
    }
}
