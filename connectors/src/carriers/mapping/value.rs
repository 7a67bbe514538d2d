//! How a column of a record gets its text: from a place in the payload, as it stands or by a table; as a constant; joined;
//! as a time.

use super::Condition;
use super::gs1;
use super::moment::Moment;
use super::path::Path;
use super::tree::Node;
use crate::carriers::texts::{self, SLUG_BYTES_MAX};
use bumpalo::Bump;
use bumpalo::collections::String as BumpString;
use milepost_model::TimeBasis;
use std::collections::HashMap;
use std::sync::Arc;

/// A table from texts in lower case to others.
pub(crate) type Texts = HashMap<Box<str>, Box<str>>;

/// Where a column comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Value {
    /// Always this.
    Constant(Box<str>),
    /// What stands there.
    Plain(Path),
    /// What stands there, changed.
    Changed(Path, Vec<Change>),
    /// What stands there, one behind the other.
    Joined(Vec<Path>, Box<str>),
    /// A time.
    Time(Box<Moment>),
    /// Another value, where all of these hold.
    When(Vec<Condition>, Box<Self>),
    /// The first of these that gives something.
    First(Vec<Self>),
}

/// What is done with a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    /// Lower case, with `_` for all that is neither a letter nor a digit.
    Slug,
    Upper,
    Lower,
    /// An EPC or a GS1 Digital Link as the key on the label.
    Gs1,
    /// The country of a UN/LOCODE; nothing of any other text.
    LocodeCountry,
    /// What follows the last of these signs.
    AfterLast(Box<str>),
    /// What follows the first of these signs.
    AfterFirst(Box<str>),
    /// What stands before the first of these signs.
    BeforeFirst(Box<str>),
    /// What stands before the last of these signs.
    BeforeLast(Box<str>),
    /// What a table says of it; what the table does not know stays or goes.
    Table(Arc<Texts>, Unknown),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unknown {
    Stays,
    Goes,
}

/// A text for a column, and what is known of its zone if it is a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    pub(crate) text: &'a str,
    pub(crate) basis: Option<TimeBasis>,
}

impl Value {
    /// The innermost level that it looks at: below that it is the same everywhere.
    pub(crate) fn level(&self) -> usize {
        match self {
            Self::Constant(_) => 0,
            Self::Plain(path) | Self::Changed(path, _) => path.level(),
            Self::Joined(paths, _) => paths.iter().map(Path::level).max().unwrap_or(0),
            Self::Time(moment) => moment.level(),
            Self::When(when, value) => when.iter().map(Condition::level).fold(value.level(), usize::max),
            Self::First(values) => values.iter().map(Self::level).max().unwrap_or(0),
        }
    }

    /// The places at which it looks for its text.
    pub(crate) fn places(&self) -> Vec<&Path> {
        match self {
            Self::Constant(_) => Vec::new(),
            Self::Plain(path) | Self::Changed(path, _) => vec![path],
            Self::Joined(paths, _) => paths.iter().collect(),
            Self::Time(moment) => vec![&moment.date],
            Self::When(_, value) => value.places(),
            Self::First(values) => values.iter().flat_map(Self::places).collect(),
        }
    }

    /// The text that this payload gives; empty when it gives none.
    pub(crate) fn give<'a>(&self, at: &[Node<'a>], memory: &'a Bump) -> Given<'a> {
        let plain = |text| Given { text, basis: None };
        match self {
            Self::Constant(text) => plain(memory.alloc_str(text)),
            Self::Plain(path) => plain(path.find(at).text()),
            Self::Changed(path, changes) => {
                let text = path.find(at).text();
                plain(changes.iter().fold(text, |text, change| change.of(text, memory)))
            }
            Self::Joined(paths, between) => {
                let mut text = BumpString::new_in(memory);
                for part in paths
                    .iter()
                    .map(|path| path.find(at).text())
                    .filter(|part| !part.is_empty())
                {
                    if !text.is_empty() {
                        text.push_str(between);
                    }
                    text.push_str(part);
                }
                plain(text.into_bump_str())
            }
            Self::Time(moment) => moment.find(at, memory).map_or(plain(""), |found| Given {
                text: found.text,
                basis: found.basis,
            }),
            Self::When(when, value) if when.iter().all(|condition| condition.holds(at)) => value.give(at, memory),
            Self::When(..) => plain(""),
            Self::First(values) => {
                let mut given = values.iter().map(|value| value.give(at, memory));
                given.find(|given| !given.text.is_empty()).unwrap_or(plain(""))
            }
        }
    }
}

impl Change {
    fn of<'a>(&self, text: &'a str, memory: &'a Bump) -> &'a str {
        match self {
            _nothing if text.is_empty() => text,
            Self::Slug => slug(text, memory),
            Self::Upper => memory.alloc_str(&text.to_uppercase()),
            Self::Lower => lower(text, memory),
            Self::Gs1 => gs1::key(text, memory),
            Self::LocodeCountry => locode_country(text),
            Self::AfterLast(sign) => text.rsplit_once(&**sign).map_or(text, |(_, after)| after.trim_start()),
            Self::AfterFirst(sign) => text.split_once(&**sign).map_or(text, |(_, after)| after.trim_start()),
            Self::BeforeFirst(sign) => text.split_once(&**sign).map_or(text, |(before, _)| before.trim_end()),
            Self::BeforeLast(sign) => text.rsplit_once(&**sign).map_or(text, |(before, _)| before.trim_end()),
            Self::Table(table, unknown) => match (table.get(lower(text, memory)), unknown) {
                (Some(found), _) => memory.alloc_str(found),
                (None, Unknown::Stays) => text,
                (None, Unknown::Goes) => "",
            },
        }
    }
}

/// The text in lower case: itself, where it is.
pub(crate) fn lower<'a>(text: &'a str, memory: &'a Bump) -> &'a str {
    if !text.is_ascii() {
        return memory.alloc_str(&text.to_lowercase());
    }
    if !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return text;
    }
    let lower = memory.alloc_str(text);
    lower.make_ascii_lowercase();
    lower
}

/// `DEHAM` as `DE`: two letters of a country, three of letters and digits from 2.
fn locode_country(text: &str) -> &str {
    let (country, town) = text.split_at_checked(2).unwrap_or_default();
    let is_town = |byte: u8| byte.is_ascii_uppercase() || (b'2'..=b'9').contains(&byte);
    let is_locode =
        country.bytes().all(|byte| byte.is_ascii_uppercase()) && town.len() == 3 && town.bytes().all(is_town);
    if is_locode { country } else { "" }
}

/// `Canada Post` as `canada_post`, as long as a slug may be.
fn slug<'a>(text: &'a str, memory: &'a Bump) -> &'a str {
    if texts::is_slug(text) && !text.starts_with('_') && !text.ends_with('_') && !text.contains("__") {
        return text;
    }
    let mut slug = BumpString::with_capacity_in(text.len(), memory);
    for sign in text.chars() {
        if sign.is_ascii_alphanumeric() {
            slug.push(sign.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    slug.truncate(SLUG_BYTES_MAX);
    while slug.ends_with('_') {
        slug.pop();
    }
    slug.into_bump_str()
}
