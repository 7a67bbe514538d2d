//! How a column of a record gets its text: from a place in the payload, as it stands or by a table; as a constant; joined;
//! as a time.

use super::Condition;
use super::moment::Moment;
use super::path::Path;
use super::tree::Node;
use crate::carriers::texts::SLUG_BYTES_MAX;
use bumpalo::Bump;
use bumpalo::collections::String as BumpString;
use milepost_model::TimeBasis;
use std::collections::HashMap;
use std::sync::Arc;

/// A table from texts in lower case to others.
pub(crate) type Texts = HashMap<Box<str>, Box<str>>;

/// Where a column comes from.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// Always this.
    Constant(Box<str>),
    /// What stands there.
    Plain(Path),
    /// What stands there, changed.
    Changed(Path, Vec<Change>),
    /// What stands there, one behind the other.
    Joined(Vec<Path>, Box<str>),
    /// Another value, where all of these hold.
    When(Vec<Condition>, Box<Self>),
    /// A time; of several ways the first for which something stands there.
    Time(Vec<Moment>),
}

/// What is done with a text.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// Lower case, with `_` for all that is neither a letter nor a digit.
    Slug,
    Upper,
    Lower,
    /// What follows the last of these signs.
    AfterLast(Box<str>),
    /// What stands before the first of these signs.
    BeforeFirst(Box<str>),
    /// What stands before the last of these signs.
    BeforeLast(Box<str>),
    /// Stands in for nothing.
    Or(Box<str>),
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
            Self::When(when, value) if when.iter().all(|condition| condition.holds(at)) => value.give(at, memory),
            Self::When(..) => plain(""),
            Self::Time(moments) => {
                let found = moments.iter().find_map(|moment| moment.find(at, memory));
                found.map_or(plain(""), |found| Given {
                    text: found.text,
                    basis: found.basis,
                })
            }
        }
    }
}

impl Change {
    fn of<'a>(&self, text: &'a str, memory: &'a Bump) -> &'a str {
        match self {
            Self::Or(other) if text.is_empty() => memory.alloc_str(other),
            _nothing if text.is_empty() => text,
            Self::Or(_) => text,
            Self::Slug => slug(text, memory),
            Self::Upper => memory.alloc_str(&text.to_uppercase()),
            Self::Lower => memory.alloc_str(&text.to_lowercase()),
            Self::AfterLast(sign) => text.rsplit_once(&**sign).map_or(text, |(_, after)| after.trim_start()),
            Self::BeforeFirst(sign) => text.split_once(&**sign).map_or(text, |(before, _)| before.trim_end()),
            Self::BeforeLast(sign) => text.rsplit_once(&**sign).map_or(text, |(before, _)| before.trim_end()),
            Self::Table(table, unknown) => match (table.get(&*text.to_lowercase()), unknown) {
                (Some(found), _) => memory.alloc_str(found),
                (None, Unknown::Stays) => text,
                (None, Unknown::Goes) => "",
            },
        }
    }
}

/// `Canada Post` as `canada_post`, as long as a slug may be.
fn slug<'a>(text: &str, memory: &'a Bump) -> &'a str {
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
