//! Mappings with known keys: what stands under a key, and what is wrong when it does not.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::duration::parse_duration;
use crate::errors::{Fault, Finding, Spot, advice};
use crate::syntax::shapes::Shape;
use crate::syntax::source::{Reports, shortened};
use crate::syntax::yaml::{Body, Node, Scalar};

/// A mapping whose keys are known and stand once.
pub(crate) struct Keys<'n> {
    entries: &'n [(Scalar, Node)],
    pub(crate) spot: Spot,
    name: &'static str,
    file: usize,
}

impl<'n> Keys<'n> {
    /// Takes a mapping; unknown and repeated keys are reported.
    pub(crate) fn of(node: &'n Node, shape: &Shape, file: usize, reports: &mut Reports<'_, '_>) -> Option<Self> {
        let Body::Map(entries) = &node.body else {
            wrong_shape(
                node,
                shape.name,
                "a mapping with the keys",
                file,
                reports,
                &shape.names().collect::<Vec<_>>().join(", "),
            );
            return None;
        };
        for (place, (key, _)) in entries.iter().enumerate() {
            let is_repeated = entries.iter().take(place).any(|(other, _)| other.text == key.text);
            if !shape.names().any(|name| name == key.text) {
                let message = format!("{} has no key `{}`", shape.name, shortened(&key.text));
                let finding = Finding::new(Fault::UnknownKey, message).label("unknown key");
                reports.add(file, key.spot, finding.help(advice(&key.text, shape.names())));
            } else if is_repeated {
                let message = format!("the key `{}` stands twice", key.text);
                let finding = Finding::new(Fault::DuplicateKey, message).label("second time");
                reports.add(file, key.spot, finding.help("keep one of the two"));
            }
        }
        Some(Self {
            entries,
            spot: node.spot,
            name: shape.name,
            file,
        })
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|(_, node)| node)
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&'n (Scalar, Node)> {
        self.entries.iter().find(|(found, _)| found.text == key)
    }

    /// The text under a key, if the key is there.
    pub(crate) fn text(&self, key: &str, reports: &mut Reports<'_, '_>) -> Option<&'n Scalar> {
        let (key_scalar, node) = self.entry(key)?;
        match &node.body {
            Body::Text(scalar) if scalar.text.is_empty() => {
                let finding = Finding::new(Fault::MissingKey, format!("nothing stands under `{key}`"));
                reports.add(
                    self.file,
                    key_scalar.spot,
                    finding.help("write its value behind the colon, or remove it"),
                );
                None
            }
            Body::Text(scalar) => Some(scalar),
            Body::List(_) | Body::Map(_) => {
                wrong_shape(node, &format!("`{key}`"), "a text", self.file, reports, "");
                None
            }
        }
    }

    /// The text under a key that must be there.
    pub(crate) fn required(&self, key: &str, reports: &mut Reports<'_, '_>) -> Option<&'n Scalar> {
        if self.entry(key).is_none() {
            self.missing(key, reports);
        }
        self.text(key, reports)
    }

    pub(crate) fn missing(&self, key: &str, reports: &mut Reports<'_, '_>) {
        let finding = Finding::new(Fault::MissingKey, format!("{} needs the key `{key}`", self.name));
        reports.add(
            self.file,
            self.spot,
            finding.label("here").help(format!("add `{key}: ...`")),
        );
    }

    /// One of several words.
    pub(crate) fn word<T: Copy>(
        &self,
        key: &str,
        words: &[(&'static str, T)],
        reports: &mut Reports<'_, '_>,
    ) -> Option<T> {
        let scalar = self.text(key, reports)?;
        let found = words.iter().find(|(name, _)| *name == scalar.text);
        if found.is_none() {
            let message = format!("`{key}` cannot be `{}`", shortened(&scalar.text));
            let finding = Finding::new(Fault::UnknownWord, message).label("unknown");
            reports.add(
                self.file,
                scalar.spot,
                finding.help(advice(&scalar.text, words.iter().map(|(name, _)| *name))),
            );
        }
        found.map(|(_, value)| *value)
    }

    /// A length of time, in milliseconds.
    pub(crate) fn duration(&self, key: &str, reports: &mut Reports<'_, '_>) -> Option<i64> {
        let scalar = self.text(key, reports)?;
        duration_of(scalar, self.file, reports)
    }
}

/// A text as a length of time.
pub(crate) fn duration_of(scalar: &Scalar, file: usize, reports: &mut Reports<'_, '_>) -> Option<i64> {
    let millis = parse_duration(&scalar.text);
    if millis.is_none() {
        let message = format!("`{}` is not a length of time", shortened(&scalar.text));
        let finding = Finding::new(Fault::BadDuration, message).label("not a duration");
        reports.add(file, scalar.spot, finding.help("write 90m, 36h, 2d or \"1d 12h\""));
    }
    millis
}

/// Says what is expected in place of what stands there.
pub(crate) fn wrong_shape(
    node: &Node,
    name: &str,
    expected: &str,
    file: usize,
    reports: &mut Reports<'_, '_>,
    keys: &str,
) {
    let found = match node.body {
        Body::Text(_) => "a text",
        Body::List(_) => "a list",
        Body::Map(_) => "a mapping",
    };
    let message = format!(
        "{name} must be {expected}{}{keys}, not {found}",
        if keys.is_empty() { "" } else { " " }
    );
    let help = match node.body {
        Body::Map(_) if expected == "a text" => "a text with braces or `: ` in it needs quotes around it",
        Body::Text(_) | Body::List(_) | Body::Map(_) => "",
    };
    reports.add(
        file,
        node.spot,
        Finding::new(Fault::WrongShape, message).label(found).help(help),
    );
}

/// The items of a list.
pub(crate) fn items<'n>(node: &'n Node, name: &str, file: usize, reports: &mut Reports<'_, '_>) -> &'n [Node] {
    match &node.body {
        Body::List(items) => items,
        // `rules:` with nothing under it is an empty list.
        Body::Text(scalar) if scalar.text.is_empty() => &[],
        Body::Text(_) | Body::Map(_) => {
            wrong_shape(node, name, "a list", file, reports, "");
            &[]
        }
    }
}

/// The entries of a mapping with free keys, each key once.
pub(crate) fn entries<'n>(
    node: &'n Node,
    name: &str,
    file: usize,
    reports: &mut Reports<'_, '_>,
) -> Vec<&'n (Scalar, Node)> {
    match &node.body {
        Body::Map(entries) => entries.iter().collect(),
        Body::Text(scalar) if scalar.text.is_empty() => Vec::new(),
        Body::Text(_) | Body::List(_) => {
            wrong_shape(node, name, "a mapping from names", file, reports, "");
            Vec::new()
        }
    }
}

/// Names of rules, notices, expressions and lists.
pub(crate) fn name_of(scalar: &Scalar, what: &str, file: usize, reports: &mut Reports<'_, '_>) -> Option<String> {
    const LENGTH_MAX: usize = 64;
    let is_name = |text: &str| {
        let mut bytes = text.bytes();
        let is_word = bytes.all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-'));
        is_word && text.len() <= LENGTH_MAX && text.starts_with(|first: char| first.is_ascii_lowercase())
    };
    let text = scalar.text.as_str();
    if is_name(text) {
        return Some(text.to_string());
    }
    let message = format!("`{}` cannot be the name of {what}", shortened(text));
    let finding = Finding::new(Fault::BadName, message).label("name");
    let meant = text.trim().to_lowercase().replace(' ', "_");
    let help = if is_name(&meant) {
        format!("write `{meant}`: a name has only a-z, 0-9, `_`, `.` and `-`")
    } else {
        "a name begins with a letter and has at most 64 signs of a-z, 0-9, `_`, `.` and `-`".to_string()
    };
    reports.add(file, scalar.spot, finding.help(help));
    None
}
