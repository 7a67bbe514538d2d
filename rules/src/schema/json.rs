//! JSON as it is written: members stand in the order in which they were added.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A value.
pub(crate) enum Json {
    Text(String),
    Number(usize),
    Bool(bool),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Json {
    fn from(number: usize) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl Json {
    /// An object without members.
    pub(crate) const fn map() -> Self {
        Self::Map(Vec::new())
    }

    /// An object with one member more.
    pub(crate) fn with(self, name: &str, value: impl Into<Self>) -> Self {
        self.and(Self::Map(alloc::vec![(name.into(), value.into())]))
    }

    /// The members of both objects.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Map(mut members), Self::Map(more)) => {
                members.extend(more);
                Self::Map(members)
            }
            (this, _) => this,
        }
    }

    /// Writes it in lines; lists of texts in one.
    pub(crate) fn write(&self, out: &mut String, indent: usize) {
        match self {
            Self::Text(text) => quoted(text, out),
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::Bool(value) => out.push_str(&value.to_string()),
            Self::List(items) => {
                let is_flat = items.iter().all(|item| matches!(item, Self::Text(_)));
                between(out, ('[', ']'), items.len(), indent, is_flat, |out, at| {
                    if let Some(item) = items.get(at) {
                        item.write(out, indent + 2);
                    }
                });
            }
            Self::Map(members) => between(out, ('{', '}'), members.len(), indent, false, |out, at| {
                if let Some((name, value)) = members.get(at) {
                    quoted(name, out);
                    out.push_str(": ");
                    value.write(out, indent + 2);
                }
            }),
        }
    }
}

fn between(
    out: &mut String,
    (open, close): (char, char),
    count: usize,
    indent: usize,
    is_flat: bool,
    write: impl Fn(&mut String, usize),
) {
    let line = |indent: usize| {
        if is_flat {
            String::new()
        } else {
            format!("\n{}", " ".repeat(indent))
        }
    };
    out.push(open);
    for at in 0..count {
        match (at, is_flat) {
            (0, _) => {}
            (_, true) => out.push_str(", "),
            (_, false) => out.push(','),
        }
        out.push_str(&line(indent + 2));
        write(out, at);
    }
    out.push_str(&line(indent));
    out.push(close);
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for sign in text.chars() {
        match sign {
            '"' | '\\' => out.extend(['\\', sign]),
            '\n' => out.push_str("\\n"),
            sign if sign.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(sign))),
            sign => out.push(sign),
        }
    }
    out.push('"');
}
