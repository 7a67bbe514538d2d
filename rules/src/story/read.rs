//! Reading tests: each line of a story and of what is expected.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use milepost_model::{Code, Column, ColumnKind, EstimateSource, HOUR_MS, Kind, Reason, Status, WrittenTime};

use crate::duration::parse_duration;
use crate::errors::{Fault, Finding, advice};
use crate::rule::RuleKind;
use crate::story::{Expected, Field, FieldValue, Outcome, RuleTest, Step, StepKind};
use crate::syntax::file::RawRule;
use crate::syntax::keys::{Keys, entries, wrong_shape};
use crate::syntax::shapes::TEST;
use crate::syntax::source::{Reports, shortened};
use crate::syntax::yaml::{Body, Node, Scalar};
use crate::uses::is_learned;

/// Lines of one story.
const LINES_MAX: usize = 1_000;

pub(crate) const OUTCOMES: [(&str, Outcome); 3] = [
    ("opened", Outcome::Opened),
    ("closed", Outcome::Closed),
    ("notify", Outcome::Notify),
];

/// What kind of value a field takes.
#[derive(Clone, Copy)]
pub(crate) enum Takes {
    Text,
    Int,
    Time,
    Reason,
    Kind,
    Source,
}

pub(crate) const FIELDS: [(&str, Takes); 31] = [
    ("tracking_number", Takes::Text),
    ("carrier", Takes::Text),
    ("leg_carrier", Takes::Text),
    ("service", Takes::Text),
    ("order_id", Takes::Text),
    ("merchant", Takes::Text),
    ("event_id", Takes::Text),
    ("retracts", Takes::Text),
    ("kind", Takes::Kind),
    ("carrier_code", Takes::Text),
    ("reason", Takes::Reason),
    ("occurred_at", Takes::Time),
    ("recorded_at", Takes::Time),
    ("city", Takes::Text),
    ("region", Takes::Text),
    ("postal_code", Takes::Text),
    ("country", Takes::Text),
    ("facility", Takes::Text),
    ("destination_city", Takes::Text),
    ("destination_region", Takes::Text),
    ("destination_postal_code", Takes::Text),
    ("destination_country", Takes::Text),
    ("promised_at", Takes::Time),
    ("estimated_from", Takes::Time),
    ("estimated_until", Takes::Time),
    ("estimate_source", Takes::Source),
    ("pickup_until", Takes::Time),
    ("attempt", Takes::Int),
    ("message", Takes::Text),
    ("signed_by", Takes::Text),
    ("next_tracking_number", Takes::Text),
];

/// A mistake in a line: where in the line, and what.
type Mistake = (usize, usize, Finding);

/// Reads one test. Its expectations may only name rules and notices of the same file.
pub(crate) fn parse(node: &Node, file: usize, rules: &[RawRule], reports: &mut Reports<'_, '_>) -> Option<RuleTest> {
    let keys = Keys::of(node, &TEST, file, reports)?;
    let name = keys.required("name", reports);
    let shipment = keys
        .get("shipment")
        .map(|node| shipment(node, file, reports))
        .unwrap_or_default();
    let story = keys.required("story", reports);
    let story = story
        .map(|scalar| lines(scalar, file, reports, &step))
        .unwrap_or_default();
    if keys.entry("expect").is_none() {
        keys.missing("expect", reports);
    }
    // Nothing under `expect` means that nothing comes of it.
    let expect = match keys.get("expect").map(|node| &node.body) {
        Some(Body::Text(scalar)) if scalar.text.trim() == "nothing" => Vec::new(),
        Some(Body::Text(scalar)) => lines(scalar, file, reports, &|line| expected(line, rules)),
        Some(Body::List(_) | Body::Map(_)) => {
            wrong_shape(
                keys.get("expect")?,
                "`expect`",
                "a text with one outcome in each line",
                file,
                reports,
                "",
            );
            Vec::new()
        }
        None => Vec::new(),
    };
    let source = reports.source(file)?;
    Some(RuleTest {
        name: name?.text.clone(),
        file: source.name.to_string(),
        line: keys.spot.line,
        shipment,
        story: story
            .into_iter()
            .map(|(line, (at_ms, what))| Step { at_ms, line, what })
            .collect(),
        expect: expect
            .into_iter()
            .map(|(line, (at_ms, what, name))| Expected {
                at_ms,
                line,
                what,
                name,
            })
            .collect(),
    })
}

fn shipment(node: &Node, file: usize, reports: &mut Reports<'_, '_>) -> Vec<Field> {
    let mut fields = Vec::new();
    for (key, value) in entries(node, "`shipment`", file, reports) {
        let Body::Text(value) = &value.body else {
            wrong_shape(value, "a field of a shipment", "a text", file, reports, "");
            continue;
        };
        match field(&key.text, &value.text) {
            Ok(field) => fields.push(field),
            Err(finding) => {
                let spot = if finding.fault == Fault::UnknownKey {
                    key.spot
                } else {
                    value.spot
                };
                reports.add(file, spot, finding);
            }
        }
    }
    fields
}

/// Reads each line that is not empty and no comment, and keeps its number in the file.
fn lines<T>(
    scalar: &Scalar,
    file: usize,
    reports: &mut Reports<'_, '_>,
    read: &dyn Fn(&str) -> Result<T, Mistake>,
) -> Vec<(u32, T)> {
    let mut found = Vec::new();
    let Some(source) = reports.source(file) else {
        return found;
    };
    let mut start = 0;
    for (count, line) in scalar.text.split('\n').enumerate() {
        let indent = line.chars().take_while(|sign| sign.is_whitespace()).count();
        let content = line.trim();
        if count >= LINES_MAX {
            let finding = Finding::new(Fault::TooMuch, format!("more than {LINES_MAX} lines")).help("divide the test");
            reports.add(file, scalar.spot, finding);
            break;
        }
        if !content.is_empty() && !content.starts_with('#') {
            match read(content) {
                Ok(value) => found.push((scalar.locate(source, start + indent, 1).line, value)),
                Err((at, length, finding)) => {
                    reports.add(file, scalar.locate(source, start + indent + at, length), finding);
                }
            }
        }
        start += line.chars().count() + 1;
    }
    found
}

/// A word of a line with its place, in characters.
#[derive(Clone, Copy)]
struct Word<'t> {
    at: usize,
    text: &'t str,
}

impl Word<'_> {
    fn mistake(self, finding: Finding) -> Mistake {
        (self.at, self.text.chars().count(), finding)
    }
}

/// Words are divided by blanks; one in double quotes, also behind `=`, may hold blanks.
fn words(line: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut begin: Option<(usize, usize)> = None;
    let mut is_quoted = false;
    for (at, (byte, sign)) in line.char_indices().enumerate() {
        if sign == '"' {
            is_quoted = !is_quoted;
        }
        match begin {
            Some((start, from)) if sign.is_whitespace() && !is_quoted => {
                words.extend(line.get(from..byte).map(|text| Word { at: start, text }));
                begin = None;
            }
            None if !sign.is_whitespace() => begin = Some((at, byte)),
            _ => {}
        }
    }
    if let Some((start, from)) = begin {
        words.extend(line.get(from..).map(|text| Word { at: start, text }));
    }
    words
}

fn offset(word: Option<&Word<'_>>) -> Result<i64, Mistake> {
    let word = word.copied().unwrap_or(Word { at: 0, text: "" });
    parse_duration(word.text).ok_or_else(|| {
        let finding = Finding::new(
            Fault::BadTest,
            format!("`{}` is not a time after the story's zero", shortened(word.text)),
        );
        word.mistake(
            finding
                .label("not an offset")
                .help("a line begins with 0h, 36h, 90m or 2d; write 1d12h in one word"),
        )
    })
}

/// `36h in_transit/departed_facility Louisville KY country=US`, or `36h tick`.
fn step(line: &str) -> Result<(i64, StepKind), Mistake> {
    let words = words(line);
    let mut words = words.iter();
    let at_ms = offset(words.next())?;
    let Some(what) = words.next() else {
        let finding = Finding::new(Fault::BadTest, "what happens at that time is missing");
        return Err((
            0,
            line.chars().count(),
            finding.help("write a status, a code of a notice, `tick`, or `learned`"),
        ));
    };
    let rest: Vec<Word<'_>> = words.copied().collect();
    if what.text == "tick" {
        return match rest.first() {
            None => Ok((at_ms, StepKind::Tick)),
            Some(word) => Err(word.mistake(Finding::new(Fault::BadTest, "nothing follows `tick`").label("left over"))),
        };
    }
    if what.text == "learned" {
        return learned(*what, at_ms, &rest).map(|fields| (at_ms, StepKind::Learned(fields)));
    }
    let (status, code) = status_and_code(*what)?;
    let mut fields = Vec::new();
    let mut place: Vec<&str> = Vec::new();
    for word in rest {
        match word.text.split_once('=') {
            Some((name, value)) => {
                let value = value.trim_matches('"');
                fields.push(field(name, value).map_err(|finding| word.mistake(finding))?);
            }
            None => place.push(word.text),
        }
    }
    fields.extend(place_fields(&place));
    Ok((at_ms, StepKind::Scan { status, code, fields }))
}

/// `36h learned p_late=0.8 silence_p95=30h`.
fn learned(what: Word<'_>, at_ms: i64, rest: &[Word<'_>]) -> Result<Vec<Field>, Mistake> {
    let wrong = |word: &Word<'_>, text: String, help: String| {
        word.mistake(Finding::new(Fault::BadTest, text).label("not taken").help(help))
    };
    if at_ms % HOUR_MS != 0 || rest.is_empty() {
        let text = "what is learned changes at a full hour, and is named".to_string();
        return Err(wrong(&what, text, "write `36h learned p_late=0.8`".to_string()));
    }
    let mut fields = Vec::new();
    for word in rest {
        let (name, text) = word.text.split_once('=').unwrap_or((word.text, ""));
        let known = Column::parse(name).filter(|column| is_learned(*column));
        let Some(column) = known else {
            let names = Column::ALL.iter().filter(|column| is_learned(**column));
            let help = advice(name, names.map(|column| column.name()));
            return Err(wrong(word, format!("no column `{}` is learned", shortened(name)), help));
        };
        let share = || text.parse().ok().filter(|share| (0.0..=1.0).contains::<f64>(share));
        let (value, help) = match column.kind() {
            ColumnKind::Float => (
                share().map(|_| FieldValue::Text(text.to_string())),
                "write a share from 0 to 1",
            ),
            ColumnKind::Int => (text.parse().ok().map(FieldValue::Int), "write a whole number"),
            ColumnKind::Time | ColumnKind::Interval | ColumnKind::Text | ColumnKind::Bool => (
                parse_duration(text).map(FieldValue::Offset),
                "write 36h: a time after the story's zero, or how long",
            ),
        };
        let name = column.name();
        let cannot = || format!("`{name}` cannot be `{}`", shortened(text));
        let value = value.ok_or_else(|| wrong(word, cannot(), help.to_string()))?;
        fields.push(Field { name, value });
    }
    Ok(fields)
}

/// `Louisville KY`: a last word of two or three capitals is the region.
fn place_fields(words: &[&str]) -> Vec<Field> {
    let is_region = |word: &&str| matches!(word.len(), 2 | 3) && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let (city, region) = match words.split_last() {
        Some((last, before)) if is_region(last) => (before, Some(*last)),
        _ => (words, None),
    };
    let city = (!city.is_empty()).then(|| city.join(" "));
    let named = [("city", city), ("region", region.map(ToString::to_string))];
    named
        .into_iter()
        .filter_map(|(name, text)| {
            text.map(|text| Field {
                name,
                value: FieldValue::Text(text),
            })
        })
        .collect()
}

fn status_and_code(word: Word<'_>) -> Result<(Option<Status>, Option<Code>), Mistake> {
    let (name, code_name) = match word.text.split_once('/') {
        Some((name, code)) => (name, Some(code)),
        None => (word.text, None),
    };
    let code = match code_name {
        None => None,
        Some(name) => Some(Code::parse(name).ok_or_else(|| {
            let finding = Finding::new(Fault::BadTest, format!("no code is called `{}`", shortened(name)));
            word.mistake(
                finding
                    .label("unknown code")
                    .help(advice(name, Code::ALL.iter().map(|code| code.as_str()))),
            )
        })?),
    };
    let status = Status::parse(name);
    match (status, code, Code::parse(name)) {
        (Some(status), Some(code), _) if code.status().is_some_and(|of_code| of_code != status) => {
            let finding = Finding::new(
                Fault::BadTest,
                format!("the code `{code}` does not belong to `{status}`"),
            );
            let help = code
                .status()
                .map(|status| format!("write {status}/{code}"))
                .unwrap_or_default();
            Err(word.mistake(finding.label("do not go together").help(help)))
        }
        (Some(status), code, _) => Ok((Some(status), code)),
        (None, None, Some(code)) => Ok((code.status(), Some(code))),
        (None, _, _) => {
            let finding = Finding::new(
                Fault::BadTest,
                format!("no status and no code is called `{}`", shortened(name)),
            );
            let names = Status::ALL
                .iter()
                .map(|status| status.as_str())
                .chain(Code::ALL.iter().map(|code| code.as_str()));
            Err(word.mistake(
                finding
                    .label("unknown")
                    .help(advice(name, names.chain(["tick", "learned"]))),
            ))
        }
    }
}

/// `36h opened stalled_in_transit`.
fn expected(line: &str, rules: &[RawRule]) -> Result<(i64, Outcome, String), Mistake> {
    let words = words(line);
    let at_ms = offset(words.first())?;
    let [_, what, name] = words.as_slice() else {
        let finding = Finding::new(Fault::BadTest, "an outcome is a time, a word and a name").label("not three words");
        return Err((
            0,
            line.chars().count(),
            finding.help("write `36h opened name_of_the_rule`"),
        ));
    };
    let Some((_, outcome)) = OUTCOMES.iter().find(|(word, _)| *word == what.text) else {
        let finding = Finding::new(Fault::BadTest, format!("`{}` is not an outcome", shortened(what.text)));
        return Err(what.mistake(
            finding
                .label("unknown")
                .help(advice(what.text, OUTCOMES.iter().map(|(word, _)| *word))),
        ));
    };
    let known: Vec<&str> = match outcome {
        Outcome::Opened | Outcome::Closed => rules
            .iter()
            .filter(|rule| rule.kind == RuleKind::Delay)
            .map(|rule| rule.name.as_str())
            .collect(),
        Outcome::Notify => {
            let notifies = rules.iter().filter_map(|rule| rule.notify.as_ref());
            notifies
                .flat_map(|notify| [Some(notify.notice.as_str()), notify.recovered.as_deref()])
                .flatten()
                .collect()
        }
    };
    if known.contains(&name.text) {
        return Ok((at_ms, *outcome, name.text.to_string()));
    }
    let what = match outcome {
        Outcome::Opened | Outcome::Closed => "delay rule",
        Outcome::Notify => "notice",
    };
    let finding = Finding::new(
        Fault::BadTest,
        format!("this file has no {what} called `{}`", shortened(name.text)),
    );
    Err(name.mistake(finding.label("unknown").help(advice(name.text, known.iter().copied()))))
}

fn field(name: &str, text: &str) -> Result<Field, Finding> {
    let Some((name, takes)) = FIELDS.iter().find(|(known, _)| *known == name) else {
        let finding = Finding::new(Fault::UnknownKey, format!("a scan has no field `{}`", shortened(name)));
        return Err(finding
            .label("unknown field")
            .help(advice(name, FIELDS.iter().map(|(known, _)| *known))));
    };
    let as_text = FieldValue::Text(text.to_string());
    let value = match takes {
        Takes::Text => Some(as_text),
        Takes::Int => text.parse().ok().map(FieldValue::Int),
        Takes::Time => match parse_duration(text) {
            Some(millis) => Some(FieldValue::Offset(millis)),
            None => WrittenTime::parse(text.as_bytes()).ok().map(|_| as_text),
        },
        Takes::Reason => Reason::parse(text).map(|_| as_text),
        Takes::Kind => Kind::parse(text).map(|_| as_text),
        Takes::Source => EstimateSource::parse(text).map(|_| as_text),
    };
    value.map(|value| Field { name, value }).ok_or_else(|| {
        let help = match takes {
            Takes::Time => "write 5d after the story's zero, a date, or RFC 3339".to_string(),
            Takes::Int => "write a whole number".to_string(),
            Takes::Reason => advice(text, Reason::ALL.iter().map(|reason| reason.as_str())),
            Takes::Kind => advice(text, Kind::ALL.iter().map(|kind| kind.as_str())),
            Takes::Source => advice(text, EstimateSource::ALL.iter().map(|source| source.as_str())),
            Takes::Text => String::new(),
        };
        Finding::new(Fault::BadTest, format!("`{name}` cannot be `{}`", shortened(text)))
            .label("not taken")
            .help(help)
    })
}
