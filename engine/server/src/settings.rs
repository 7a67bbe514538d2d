//! What the user wrote: a file over the reference, the environment over both. Names and types are checked here, meanings
//! in `config`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// Every setting with its usual value and what it means.
pub(crate) const REFERENCE: &str = include_str!("../config.default.toml");

/// The file that is read when no other is named.
pub(crate) const FILE: &str = "milepost.toml";

/// The section of the reference that shows what each section of its kind may hold: a real one has a name in lower case.
pub(crate) const PATTERN: &str = "webhooks.NAME";

/// How the sections begin of which there are as many as the user wants.
pub(crate) const PATTERNED: &str = "webhooks.";

/// How the names of settings begin in the environment: `MILEPOST__HTTP__LISTEN`.
const PREFIX: &str = "MILEPOST__";

/// All that is wrong with the configuration.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the configuration is refused:\n{}", lines(.0))]
pub(crate) struct ConfigError(pub(crate) Vec<Problem>);

/// One thing that is wrong with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Problem {
    /// Where it was written.
    pub(crate) origin: Origin,
    /// What is wrong, and what to do.
    pub(crate) what: String,
}

fn lines(problems: &[Problem]) -> String {
    let lines = problems
        .iter()
        .map(|problem| format!("  {}: {}", problem.origin, problem.what));
    lines.collect::<Vec<_>>().join("\n")
}

/// Where a setting was written; sorts as a person would look.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Origin {
    /// Nowhere: it is as in the reference.
    Reference,
    /// In a file, on that line; line 0 is the file as a whole.
    File { path: PathBuf, line: usize },
    /// In the environment, under that name.
    Environment(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reference => f.write_str("usual value"),
            Self::File { path, line: 0 } => write!(f, "{}", path.display()),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
        }
    }
}

/// The value of a setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Value {
    /// Text, in quotes.
    Text(String),
    /// A whole number.
    Number(i64),
    /// `true` or `false`.
    Switch(bool),
    /// Texts, in brackets.
    Texts(Vec<String>),
}

impl Value {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text in quotes",
            Self::Number(_) => "a whole number",
            Self::Switch(_) => "true or false",
            Self::Texts(_) => "a list of texts: [\"one\", \"two\"]",
        }
    }
}

/// A setting, and where it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Setting {
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

/// Every setting of the reference, as the user wants it.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// By section and key.
    by_name: BTreeMap<(String, String), Setting>,
    problems: Vec<Problem>,
}

impl Settings {
    /// The settings of a file, or of [`FILE`] if it is there, and of this program's environment.
    pub(crate) fn load(file: Option<&Path>) -> Self {
        let environment = std::env::vars_os();
        let texts = environment.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self::read(file, texts)
    }

    /// The settings of a file, or of [`FILE`] if it is there; then those of the environment. What is wrong with names
    /// and types is kept in [`Self::problems`], so that it can be told together with what is wrong with the values.
    pub(crate) fn read(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Self {
        let mut settings = Self::usual();
        let path = file.unwrap_or(Path::new(FILE));
        match std::fs::read_to_string(path) {
            Ok(text) => settings.take_file(path, &text),
            Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let origin = Origin::File {
                    path: path.to_owned(),
                    line: 0,
                };
                settings.refuse(origin, format!("cannot be read: {error}"));
            }
        }
        let mut environment: Vec<_> = environment.filter(|(name, _)| name.starts_with(PREFIX)).collect();
        environment.sort();
        for (name, text) in environment {
            settings.take_variable(name, &text);
        }
        settings
    }

    /// The settings of the reference.
    pub(crate) fn usual() -> Self {
        let table = DeTable::parse(REFERENCE).expect("the reference is TOML: a test reads it");
        let mut by_name = BTreeMap::new();
        let mut add = |section: &str, key: &str, value: &DeValue<'_>| {
            let value = value_of(value).expect("the reference has texts, numbers, switches and lists of texts only");
            let origin = Origin::Reference;
            by_name.insert((section.to_owned(), key.to_owned()), Setting { value, origin });
        };
        for (section, keys) in table.get_ref() {
            for (key, value) in keys.get_ref().as_table().into_iter().flatten() {
                match value.get_ref().as_table() {
                    Some(within) => {
                        let section = format!("{}.{}", section.get_ref(), key.get_ref());
                        for (key, value) in within {
                            add(&section, key.get_ref(), value.get_ref());
                        }
                    }
                    None => add(section.get_ref(), key.get_ref(), value.get_ref()),
                }
            }
        }
        Self {
            by_name,
            problems: Vec::new(),
        }
    }

    /// The setting of that section and key.
    pub(crate) fn get(&self, section: &str, key: &str) -> &Setting {
        self.by_name
            .get(&(section.to_owned(), key.to_owned()))
            .expect("the program asks for settings of the reference only: a test reads them all")
    }

    /// Every setting that is in force: section, key, value and origin.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&str, &str, &Setting)> {
        let all = self.by_name.iter();
        all.map(|((section, key), setting)| (section.as_str(), key.as_str(), setting))
            .filter(|(section, _, _)| *section != PATTERN)
    }

    /// The names of the sections `[webhooks.…]` that the user wrote.
    pub(crate) fn webhooks(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .each()
            .filter_map(|(section, _, _)| section.strip_prefix(PATTERNED))
            .collect();
        names.dedup();
        names
    }

    /// Makes a section after the pattern, with usual values, unless it is there.
    fn begin(&mut self, section: &str) {
        if self.by_name.keys().any(|(known, _)| known == section) {
            return;
        }
        let of_pattern = self.by_name.iter().filter(|((known, _), _)| known == PATTERN);
        let usual: Vec<_> = of_pattern
            .map(|((_, key), setting)| ((section.to_owned(), key.clone()), setting.clone()))
            .collect();
        self.by_name.extend(usual);
    }

    /// What is wrong with names and types.
    pub(crate) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    fn refuse(&mut self, origin: Origin, what: String) {
        self.problems.push(Problem { origin, what });
    }

    fn take_file(&mut self, path: &Path, text: &str) {
        let at = |offset: usize| Origin::File {
            path: path.to_owned(),
            line: line_of(text, offset),
        };
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                let offset = error.span().map_or(0, |span| span.start);
                return self.refuse(at(offset), format!("is not TOML: {}", error.message()));
            }
        };
        for (section, keys) in table.get_ref() {
            let origin = at(section.span().start);
            let name = section.get_ref();
            let Some(keys) = keys.get_ref().as_table() else {
                self.refuse_outside(origin, name);
                continue;
            };
            if PATTERNED.strip_suffix('.') == Some(name) {
                self.take_patterned(keys, &at);
                continue;
            }
            if !self.by_name.keys().any(|(known, _)| known == name) {
                self.refuse_section(origin, name);
                continue;
            }
            for (key, value) in keys {
                self.take(name, key.get_ref(), at(key.span().start), value_of(value.get_ref()));
            }
        }
    }

    /// Takes what stands in `[webhooks.one]`, `[webhooks.two]` …
    fn take_patterned(&mut self, sections: &DeTable<'_>, at: &dyn Fn(usize) -> Origin) {
        for (name, keys) in sections {
            let origin = at(name.span().start);
            let section = format!("{PATTERNED}{}", name.get_ref());
            let Some(keys) = keys.get_ref().as_table() else {
                let what = format!(
                    "`{}` stands in [webhooks]; write it under [{PATTERNED}<name>]",
                    name.get_ref()
                );
                self.refuse(origin, what);
                continue;
            };
            // What is shown of the pattern, as `milepost config` does, is no endpoint.
            if section == PATTERN {
                continue;
            }
            if !is_endpoint(name.get_ref()) {
                self.refuse(origin, not_an_endpoint(name.get_ref()));
                continue;
            }
            self.begin(&section);
            for (key, value) in keys {
                self.take(&section, key.get_ref(), at(key.span().start), value_of(value.get_ref()));
            }
        }
    }

    fn take_variable(&mut self, variable: String, text: &str) {
        let name = variable.strip_prefix(PREFIX).unwrap_or_default().to_ascii_lowercase();
        let origin = Origin::Environment(variable);
        let Some((section, key)) = name.split_once("__") else {
            return self.refuse(origin, format!("names no setting; write {PREFIX}SECTION__KEY"));
        };
        // MILEPOST__WEBHOOKS__SHOP__FORMAT
        let patterned = key
            .split_once("__")
            .filter(|_| PATTERNED.strip_suffix('.') == Some(section));
        let (section, key) = match patterned {
            Some((name, key)) if is_endpoint(name) => (format!("{PATTERNED}{name}"), key),
            Some((name, _)) => return self.refuse(origin, not_an_endpoint(name)),
            None => (section.to_owned(), key),
        };
        if patterned.is_some() {
            self.begin(&section);
        }
        let section = section.as_str();
        if !self.by_name.keys().any(|(known, _)| known == section) {
            return self.refuse_section(origin, section);
        }
        let known = self.by_name.get(&(section.to_owned(), key.to_owned()));
        // The type is that of the reference: the environment knows texts only.
        let value = match known.map(|known| &known.value) {
            Some(Value::Number(_)) => text.trim().parse().ok().map(Value::Number),
            Some(Value::Switch(_)) => text.trim().parse().ok().map(Value::Switch),
            Some(Value::Texts(_)) => {
                let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
                Some(Value::Texts(texts.map(str::to_owned).collect()))
            }
            Some(Value::Text(_)) | None => Some(Value::Text(text.to_owned())),
        };
        self.take(section, key, origin, value);
    }

    /// Takes a value, if there is such a setting and the value is of its type.
    fn take(&mut self, section: &str, key: &str, origin: Origin, value: Option<Value>) {
        let Some(known) = self.by_name.get_mut(&(section.to_owned(), key.to_owned())) else {
            return self.refuse_key(origin, section, key);
        };
        match value {
            Some(value) if value.kind() == known.value.kind() => *known = Setting { value, origin },
            Some(_) | None => {
                let kind = known.value.kind();
                self.refuse(origin, format!("`{key}` in [{section}] must be {kind}"));
            }
        }
    }

    fn refuse_key(&mut self, origin: Origin, section: &str, key: &str) {
        let here = self
            .by_name
            .keys()
            .filter(|(known, _)| known == section)
            .map(|(_, key)| key.as_str());
        let elsewhere = self
            .by_name
            .keys()
            .find(|(_, known)| known == key)
            .map(|(section, _)| section);
        let advice = match (nearest(key, here.clone()), elsewhere) {
            (Some(name), _) => format!("did you mean `{name}`?"),
            (None, Some(home)) => format!("`{key}` stands in [{home}]"),
            (None, None) => format!("there are: {}", here.collect::<Vec<_>>().join(", ")),
        };
        self.refuse(origin, format!("`{key}` in [{section}] is unknown; {advice}"));
    }

    fn refuse_section(&mut self, origin: Origin, section: &str) {
        let mut known: Vec<&str> = self.by_name.keys().map(|(section, _)| section.as_str()).collect();
        known.dedup();
        let advice = match nearest(section, known.iter().copied()) {
            Some(name) => format!("did you mean [{name}]?"),
            None => format!("there are: {}", known.join(", ")),
        };
        self.refuse(origin, format!("section [{section}] is unknown; {advice}"));
    }

    fn refuse_outside(&mut self, origin: Origin, key: &str) {
        let homes = self.by_name.keys().filter(|(_, known)| known == key);
        let homes: Vec<String> = homes.map(|(section, _)| format!("[{section}]")).collect();
        let advice = match homes.as_slice() {
            [] => "write it under its [section]".to_owned(),
            homes => format!("write it under {}", homes.join(" or ")),
        };
        self.refuse(origin, format!("`{key}` stands outside of a section; {advice}"));
    }
}

fn value_of(value: &DeValue<'_>) -> Option<Value> {
    if let Some(text) = value.as_str() {
        return Some(Value::Text(text.to_owned()));
    }
    if let Some(number) = value.as_integer() {
        return i64::from_str_radix(number.as_str(), number.radix())
            .ok()
            .map(Value::Number);
    }
    if let Some(items) = value.as_array() {
        let texts = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned));
        return texts.collect::<Option<_>>().map(Value::Texts);
    }
    value.as_bool().map(Value::Switch)
}

/// Whether an endpoint may be called so: it stands in an address, and in lower case in the environment.
fn is_endpoint(name: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    (1..=64).contains(&name.len()) && name.bytes().all(is_known)
}

fn not_an_endpoint(name: &str) -> String {
    format!("[{PATTERNED}{name}]: the name of an endpoint is 1 to 64 lower case letters, digits, - and _")
}

/// Line of a byte, from 1.
fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// The known name nearest to a mistaken one, if one is near: at most a third of its letters differ.
pub(crate) fn nearest<'n>(wrong: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let limit = (wrong.chars().count() / 3).max(1);
    let near = known.map(|name| (strsim::damerau_levenshtein(wrong, name), name));
    near.filter(|(steps, _)| *steps <= limit).min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests;
