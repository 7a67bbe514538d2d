//! Sentences with placeholders: `no scan for {silence} since {city}`.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use milepost_model::{Column, Facts, Timestamp, Value};

use crate::duration::Words;
use crate::errors::{Fault, Finding, advice};

/// A text with columns in it, checked when the rule was loaded.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Template {
    parts: Box<[Part]>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Text(Box<str>),
    Column(Column),
    Now,
}

impl Template {
    /// Adds the text, filled from the row, to `out`. Durations are written as `36 hours` or `2 days 3 hours`, times as
    /// RFC 3339 in UTC, fractions with two digits at most, and what is not known as `unknown`.
    pub fn render<F: Facts + ?Sized>(&self, facts: &F, out: &mut String) {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Column(column) => {
                    let value = facts.value(*column);
                    if let Value::Float(value) = value {
                        write_short(value, out);
                    } else {
                        write_value(value, out);
                    }
                }
                Part::Now => write_time(facts.now(), out),
            }
        }
    }

    /// The columns that stand in it.
    pub fn columns(&self) -> impl Iterator<Item = Column> + '_ {
        self.parts.iter().filter_map(|part| match part {
            Part::Column(column) => Some(*column),
            Part::Text(_) | Part::Now => None,
        })
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Reads a template. A mistake comes with its place: characters from the begin, and how many.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<(usize, usize, Finding)>> {
        let mut parts = Vec::new();
        let mut mistakes = Vec::new();
        let mut plain = String::new();
        let mut signs = text.chars().enumerate().peekable();
        while let Some((at, sign)) = signs.next() {
            match sign {
                '{' | '}' if signs.next_if(|(_, next)| *next == sign).is_some() => plain.push(sign),
                '{' => {
                    let mut name = String::new();
                    let mut is_closed = false;
                    for (_, next) in signs.by_ref() {
                        if next == '}' {
                            is_closed = true;
                            break;
                        }
                        name.push(next);
                    }
                    if !plain.is_empty() {
                        parts.push(Part::Text(core::mem::take(&mut plain).into()));
                    }
                    match placeholder(&name, is_closed) {
                        Ok(part) => parts.push(part),
                        Err(finding) => mistakes.push((at, name.chars().count() + 1 + usize::from(is_closed), finding)),
                    }
                }
                '}' => mistakes.push((
                    at,
                    1,
                    Finding::new(Fault::BadTemplate, "a `}` without its `{`")
                        .help("write `}}` for a brace in the text"),
                )),
                sign => plain.push(sign),
            }
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain.into()));
        }
        if mistakes.is_empty() {
            Ok(Self { parts: parts.into() })
        } else {
            Err(mistakes)
        }
    }
}

fn placeholder(name: &str, is_closed: bool) -> Result<Part, Finding> {
    if !is_closed {
        return Err(Finding::new(Fault::BadTemplate, "a `{` without its `}`")
            .label("opened here")
            .help("close the placeholder, or write `{{` for a brace in the text"));
    }
    let name = name.trim();
    if name == "now" {
        return Ok(Part::Now);
    }
    Column::parse(name).map(Part::Column).ok_or_else(|| {
        Finding::new(Fault::BadTemplate, format!("no column is called `{name}`"))
            .label("unknown column")
            .help(advice(name, Column::ALL.iter().map(|column| column.name())))
    })
}

/// A value as sentences of rules write it, fractions with all their digits.
#[must_use]
pub fn value_text(value: Value<'_>) -> String {
    let mut text = String::new();
    write_value(value, &mut text);
    text
}

fn write_value(value: Value<'_>, out: &mut String) {
    let written = match value {
        Value::Null => write!(out, "unknown"),
        Value::Text(text) => write!(out, "{text}"),
        Value::Bool(true) => write!(out, "yes"),
        Value::Bool(false) => write!(out, "no"),
        Value::Int(value) => write!(out, "{value}"),
        Value::Float(value) => write!(out, "{value}"),
        Value::Interval(value) => write!(out, "{}", Words(value)),
        Value::Time(value) => return write_time(value, out),
    };
    written.expect("writing into a String cannot fail");
}

/// `0.8` and `0.83`, never `0.8299`: what a sentence says of a share.
fn write_short(value: f64, out: &mut String) {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    out.push_str(if text == "-0" { "0" } else { text });
}

fn write_time(at: Timestamp, out: &mut String) {
    let text = at.rfc3339();
    let text = text.as_ref().and_then(|text| core::str::from_utf8(text).ok());
    out.push_str(text.unwrap_or("unknown"));
}
