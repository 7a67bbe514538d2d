//! The table of a feed's codes: raw values to what they mean here. One raw code has one row: of several that fit the one
//! that says most wins, and two that say as much are a mistake.

use crate::carriers::lexicon;
use crate::carriers::refusal::nearest;
use milepost_model::{Code, Kind, Reason, Status};
use std::collections::HashMap;

/// What a raw code means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Meaning {
    pub(crate) kind: Kind,
    pub(crate) status: Option<Status>,
    pub(crate) code: Code,
    pub(crate) reason: Option<Reason>,
}

/// A row: what stands at each place of the raw code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    pub(crate) parts: Vec<Part>,
    /// `None`: records with this code are none at all, and are passed over.
    pub(crate) meaning: Option<Meaning>,
    /// The line in the file.
    pub(crate) line: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    Any,
    /// One of these, in lower case.
    Is(Vec<Box<str>>),
    /// What holds one of these, in lower case.
    Contains(Vec<Box<str>>),
}

/// Rows, found by their first part where that is plain, and then by their second.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Codes {
    rows: Vec<Row>,
    by_first: HashMap<Box<str>, Second>,
    /// Rows that begin otherwise.
    others: Vec<usize>,
}

/// Rows of one first part.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Second {
    by_second: HashMap<Box<str>, Vec<usize>>,
    /// Rows of which the second part is not plain.
    others: Vec<usize>,
}

impl Part {
    fn parse(text: &str) -> Result<Self, String> {
        let one_of = |text: &str| text.split('|').map(|one| one.trim().to_lowercase().into()).collect();
        match (text, text.strip_prefix('~')) {
            ("*", _) => Ok(Self::Any),
            _ if text.contains('*') => {
                let part = text.trim_start_matches('~').replace('*', "");
                Err(format!(
                    "`*` stands alone, for any value; for every value that contains `{part}` write `~{part}`"
                ))
            }
            (_, Some(parts)) => Ok(Self::Contains(one_of(parts))),
            (_, None) => Ok(Self::Is(one_of(text))),
        }
    }

    fn fits(&self, raw: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Is(texts) => texts.iter().any(|text| **text == *raw),
            Self::Contains(texts) => texts.iter().any(|text| raw.contains(&**text)),
        }
    }

    const fn weight(&self) -> u32 {
        match self {
            Self::Any => 0,
            Self::Contains(_) => 1,
            Self::Is(_) => 16,
        }
    }

    /// Whether some raw value may fit both.
    fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Is(a), Self::Is(b)) => a.iter().any(|text| b.contains(text)),
            (Self::Is(texts), Self::Contains(_)) => texts.iter().any(|text| other.fits(text)),
            (Self::Contains(_), Self::Is(texts)) => texts.iter().any(|text| self.fits(text)),
            (Self::Any, _) | (_, Self::Any) | (Self::Contains(_), Self::Contains(_)) => true,
        }
    }
}

impl Row {
    /// Reads `raw/detail: meaning`: each part a value, several with `|` between, `~text` for one that contains it or one of several, `*` for any.
    pub(crate) fn parse(key: &str, meaning: &str, line: usize) -> Result<Self, String> {
        let parts = divided(key);
        let parts = parts.iter().map(|part| Part::parse(part));
        if meaning.trim().is_empty() {
            return Err(format!(
                "nothing stands behind `{key}:`; write what it means, or `skip` to pass such records over"
            ));
        }
        Ok(Self {
            parts: parts.collect::<Result<_, _>>()?,
            meaning: meaning_of(meaning)?,
            line,
        })
    }

    fn weight(&self) -> u32 {
        self.parts.iter().map(Part::weight).sum()
    }

    fn fits(&self, raw: &[&str]) -> bool {
        // What it does not speak of may be anything.
        let mut parts = self.parts.iter().enumerate();
        parts.all(|(at, part)| part.fits(raw.get(at).copied().unwrap_or_default()))
    }

    fn meets(&self, other: &Self) -> bool {
        (0..self.parts.len().max(other.parts.len())).all(|at| {
            let (a, b) = (self.parts.get(at), other.parts.get(at));
            a.zip(b).is_none_or(|(a, b)| a.meets(b))
        })
    }
}

impl Second {
    fn add(&mut self, row: usize, part: Option<&Part>) {
        match part {
            Some(Part::Is(seconds)) => {
                for second in seconds {
                    self.by_second.entry(second.clone()).or_default().push(row);
                }
            }
            Some(Part::Any | Part::Contains(_)) | None => self.others.push(row),
        }
    }

    /// The rows that may fit.
    fn find(&self, second: &str) -> impl Iterator<Item = &usize> {
        let plain = self.by_second.get(second);
        plain.into_iter().flatten().chain(&self.others)
    }
}

impl Codes {
    /// A table of these rows, which say how many values a raw code has.
    ///
    /// # Errors
    /// A line and a sentence for each pair of rows of which neither says more than the other.
    pub(crate) fn new(rows: Vec<Row>, values: usize) -> Result<Self, Vec<(usize, String)>> {
        let mut mistakes = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            if row.parts.len() > values {
                mistakes.push((
                    row.line,
                    format!("the row has {} values, and a code has {values}", row.parts.len()),
                ));
            }
            for other in rows.iter().take(at) {
                if row.weight() == other.weight() && row.meets(other) {
                    let what = format!(
                        "a code may fit this row and that on line {}, and neither says more; write a row for both",
                        other.line
                    );
                    mistakes.push((row.line, what));
                }
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let mut codes = Self::default();
        for (at, row) in rows.iter().enumerate() {
            match row.parts.first() {
                Some(Part::Is(firsts)) => {
                    for first in firsts {
                        let second = codes.by_first.entry(first.clone()).or_default();
                        second.add(at, row.parts.get(1));
                    }
                }
                Some(Part::Any | Part::Contains(_)) | None => codes.others.push(at),
            }
        }
        codes.rows = rows;
        Ok(codes)
    }

    /// The row of a raw code, its values in lower case.
    pub(crate) fn find(&self, raw: &[&str]) -> Option<&Row> {
        let first = raw.first().copied().unwrap_or_default();
        let second = self.by_first.get(first);
        let plain = second
            .into_iter()
            .flat_map(|second| second.find(raw.get(1).copied().unwrap_or_default()));
        let rows = plain.chain(&self.others).filter_map(|at| self.rows.get(*at));
        rows.filter(|row| row.fits(raw)).max_by_key(|row| row.weight())
    }
}

/// The parts of a key, divided at `/`; `\/` is one that divides nothing.
fn divided(key: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut signs = key.chars().peekable();
    while let Some(sign) = signs.next() {
        match (sign, signs.peek()) {
            ('\\', Some('/')) => {
                signs.next();
                parts.last_mut().into_iter().for_each(|part| part.push('/'));
            }
            ('/', _) => parts.push(String::new()),
            _other => parts.last_mut().into_iter().for_each(|part| part.push(sign)),
        }
    }
    parts
}

/// Reads `[scan | notice | estimate | admin | proof] STATUS | CODE | STATUS/CODE [(REASON)]`, or `skip`.
fn meaning_of(text: &str) -> Result<Option<Meaning>, String> {
    if text == "skip" {
        return Ok(None);
    }
    let (rest, reason) = match text.split_once('(') {
        None => (text, None),
        Some((rest, reason)) => {
            let Some(reason) = reason.trim_end().strip_suffix(')').map(str::trim) else {
                return Err(format!("`({reason}` has no closing bracket"));
            };
            let no_reason = || {
                let names = Reason::ALL.iter().map(|reason| reason.as_str());
                unknown(&format!("`{reason}` is no reason"), reason, names)
            };
            (rest, Some(lexicon::REASONS.find(reason).ok_or_else(no_reason)?))
        }
    };
    let mut words = rest.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    if let Some(more) = words.next() {
        return Err(format!(
            "`{more}` is one word too many; write for example `notice delayed (nature.weather)`"
        ));
    }
    let (kind, name) = match second {
        None => (None, first),
        Some(name) => {
            let kind = Kind::ALL.iter().find(|kind| kind.as_str() == first);
            (
                Some(*kind.ok_or_else(|| {
                    let names = Kind::ALL.iter().map(|kind| kind.as_str());
                    unknown(&format!("`{first}` is no kind of record"), first, names)
                })?),
                name,
            )
        }
    };
    let (status, code) = named(name)?;
    let code_status = code.status();
    if let (Some(status), Some(of_code)) = (status, code_status)
        && status != of_code
    {
        return Err(format!(
            "{} is a code of {}, not of {}",
            code.as_str(),
            of_code.as_str(),
            status.as_str()
        ));
    }
    let kind = kind.unwrap_or_else(|| code.kind());
    let status = status.or(code_status);
    let may_be = match (kind, status) {
        (Kind::Notice | Kind::Estimate, status) => status.is_none(),
        (Kind::Scan | Kind::Proof | Kind::Admin, status) => status.is_some_and(|status| kind.may_set(status)),
    };
    if !may_be {
        return Err(format!(
            "{name} is nothing that a record of kind {} can say",
            kind.as_str()
        ));
    }
    Ok(Some(Meaning {
        kind,
        status,
        code,
        reason,
    }))
}

/// What is wrong with a word, with the word that may be meant, or where all of them are.
fn unknown<'n>(what: &str, word: &str, names: impl Iterator<Item = &'n str>) -> String {
    match nearest(word, names) {
        Some(near) => format!("{what}; did you mean {near}?"),
        None => format!("{what}; `milepost decode --codes` tells all there are"),
    }
}

/// A status, a code, or both.
fn named(name: &str) -> Result<(Option<Status>, Code), String> {
    let statuses = || Status::ALL.iter().map(|status| status.as_str());
    let codes = || Code::ALL.iter().map(|code| code.as_str());
    if let Some((status, code)) = name.split_once('/') {
        let no_status = || unknown(&format!("`{status}` is no status"), status, statuses());
        let found = lexicon::STATUSES.find(status).ok_or_else(no_status)?;
        let no_code = || unknown(&format!("`{code}` is no code"), code, codes());
        return Ok((Some(found), lexicon::CODES.find(code).ok_or_else(no_code)?));
    }
    if let Some(status) = lexicon::STATUSES.find(name) {
        return Ok((Some(status), Code::generic(status)));
    }
    let code = lexicon::CODES.find(name);
    code.map(|code| (None, code)).ok_or_else(|| {
        let what = format!("`{name}` is neither a status nor a code");
        unknown(&what, name, statuses().chain(codes()))
    })
}
