//! How many records a payload has, counted from the file of its format as `connectors/formats/README.md` describes it, without a
//! line of the program's own reading of it.

use super::tree::{NoTree, Tree};
use milepost_model::RejectReason;
use saphyr_parser::{Event, Parser};
use std::collections::BTreeSet;

/// What of a format's file decides how many records there are.
pub(super) struct Format {
    payload: String,
    records: Vec<Records>,
}

struct Records {
    /// The name of each level, where it stands, and whether it is a text that is JSON again.
    each: Vec<(String, String, bool)>,
    when: Vec<(String, Expected)>,
    unless: Vec<(String, Expected)>,
}

enum Expected {
    Anything,
    OneOf(Vec<String>),
    SameAs(String),
}

/// A value in YAML.
enum Yaml {
    Text(String),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            Self::Text(_) | Self::List(_) => None,
        }
    }

    fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            Self::Text(_) | Self::Map(_) => std::slice::from_ref(self),
        }
    }

    fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Map(entries) => entries,
            Self::Text(_) | Self::List(_) => &[],
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::List(_) | Self::Map(_) => "",
        }
    }
}

fn yaml<'t>(events: &mut impl Iterator<Item = Event<'t>>) -> Option<Yaml> {
    loop {
        match events.next()? {
            Event::Scalar(text, ..) => return Some(Yaml::Text(text.to_string())),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                while let Some(item) = yaml(events) {
                    items.push(item);
                }
                return Some(Yaml::List(items));
            }
            Event::MappingStart(..) => {
                let mut entries = Vec::new();
                while let Some(key) = yaml(events) {
                    entries.push((key.text().to_owned(), yaml(events)?));
                }
                return Some(Yaml::Map(entries));
            }
            Event::SequenceEnd | Event::MappingEnd => return None,
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::Alias(_) => {}
        }
    }
}

impl Format {
    pub(super) fn parse(text: &str) -> Self {
        let mut events = Parser::new_from_str(text).map(|event| event.expect("files of formats are YAML").0);
        let file = yaml(&mut events).expect("it has a document");
        Self {
            payload: file.get("payload").map_or("", Yaml::text).to_owned(),
            records: file
                .get("records")
                .map_or(&[][..], Yaml::items)
                .iter()
                .map(records)
                .collect(),
        }
    }

    /// How many records there are, with what inside is no JSON and is refused; `None` when that is not counted here.
    pub(super) fn records_of(&self, payload: &str) -> Result<Option<usize>, RejectReason> {
        let payload = payload.strip_prefix('\u{feff}').unwrap_or(payload);
        let (tree, reason) = match self.payload.as_str() {
            "json" => (Tree::of_json(payload), RejectReason::NotJson),
            "xml" => (Tree::of_xml(payload), RejectReason::NotXml),
            _other => return Ok(None),
        };
        let tree = match tree {
            Ok(tree) => tree,
            Err(NoTree::Unknown) => return Ok(None),
            Err(NoTree::Malformed) => return Err(reason),
        };
        let mut count = Count::default();
        for records in &self.records {
            count.level(records, 0, &mut vec![("document", &tree)]);
        }
        Ok(count.is_known.then_some(count.records + count.refused.len()))
    }
}

fn records(yaml: &Yaml) -> Records {
    let levels = yaml.get("each").map_or(&[][..], Yaml::items).iter();
    let levels = levels
        .flat_map(Yaml::entries)
        .map(|(name, place)| match place.get("json") {
            Some(place) => (name.clone(), place.text().to_owned(), true),
            None => (name.clone(), place.text().to_owned(), false),
        });
    Records {
        each: levels.collect(),
        when: conditions(yaml.get("when")),
        unless: conditions(yaml.get("unless")),
    }
}

fn conditions(yaml: Option<&Yaml>) -> Vec<(String, Expected)> {
    let entries = yaml.map_or(&[][..], Yaml::entries).iter();
    let conditions = entries.map(|(path, expected)| {
        let texts: Vec<String> = expected.items().iter().map(|text| text.text().to_lowercase()).collect();
        let expected = match expected.get("same_as") {
            Some(other) => Expected::SameAs(other.text().to_owned()),
            None if texts == ["*"] => Expected::Anything,
            None => Expected::OneOf(texts),
        };
        (path.clone(), expected)
    });
    conditions.collect()
}

/// What was counted so far.
struct Count {
    records: usize,
    /// Texts within that are no JSON, by where they stand.
    refused: BTreeSet<usize>,
    is_known: bool,
}

impl Default for Count {
    fn default() -> Self {
        Self {
            records: 0,
            refused: BTreeSet::new(),
            is_known: true,
        }
    }
}

type Levels<'r, 't> = Vec<(&'r str, &'t Tree)>;

impl Count {
    fn level<'r>(&mut self, records: &'r Records, level: usize, at: &mut Levels<'r, '_>) {
        let holds = |condition: &&(String, Expected)| holds(condition, at);
        // What is said of a level outside of another is asked before that is gone through: a text there may be no JSON.
        let is_outside = |(path, expected): &&(String, Expected)| {
            let other = match expected {
                Expected::SameAs(other) => other,
                Expected::Anything | Expected::OneOf(_) => path,
            };
            [path, other].iter().all(|path| is_known(path, at))
        };
        let when = records
            .when
            .iter()
            .filter(is_outside)
            .all(|condition| holds(&condition));
        let unless = records
            .unless
            .iter()
            .filter(is_outside)
            .any(|condition| holds(&condition));
        if !when || unless {
            return;
        }
        let Some((name, place, is_json)) = records.each.get(level) else {
            self.records += 1;
            return;
        };
        for item in each(place, at) {
            let read = match item {
                Tree::Text(text) if *is_json => match Tree::of_json(text) {
                    Ok(read) => Some(read),
                    Err(NoTree::Malformed) => {
                        self.refused.insert(std::ptr::from_ref(item).addr());
                        continue;
                    }
                    Err(NoTree::Unknown) => {
                        self.is_known = false;
                        continue;
                    }
                },
                Tree::Nothing | Tree::Text(_) | Tree::List(_) | Tree::Map(_) => None,
            };
            let mut below: Levels<'_, '_> = at.clone();
            below.push((name, read.as_ref().unwrap_or(item)));
            self.level(records, level + 1, &mut below);
        }
    }
}

fn holds((path, expected): &(String, Expected), at: &Levels<'_, '_>) -> bool {
    let found = find(path, at);
    let text = found.as_ref().map_or("", |found| found.text());
    match expected {
        Expected::Anything => found.is_some(),
        Expected::SameAs(other) => {
            let other = find(other, at);
            !text.is_empty() && other.is_some_and(|other| other.text() == text)
        }
        Expected::OneOf(texts) => {
            let text = text.to_lowercase();
            texts.iter().any(|one| match one.strip_prefix('~') {
                Some(part) => text.contains(part),
                None => *one == text,
            })
        }
    }
}

/// Whether all that a path begins with is gone through already.
fn is_known(path: &str, at: &Levels<'_, '_>) -> bool {
    path.split(['|', '&']).all(|place| {
        let name = place.trim().split(['.', '[']).next().unwrap_or_default();
        at.iter().any(|(known, _)| *known == name)
    })
}

fn each<'t>(path: &str, at: &Levels<'_, 't>) -> Vec<&'t Tree> {
    let items = |found: Found<'t>| match found {
        Found::There(tree) => tree.items().iter().collect(),
        Found::Word(_) => Vec::new(),
    };
    if path.contains('&') {
        return path
            .split('&')
            .filter_map(|place| stands(place.trim(), at))
            .flat_map(items)
            .collect();
    }
    find(path, at).map_or(Vec::new(), items)
}

/// What stands at a place; a word is a part of what stands there.
enum Found<'t> {
    There(&'t Tree),
    Word(String),
}

impl Found<'_> {
    fn text(&self) -> &str {
        match self {
            Self::There(tree) => tree.text(),
            Self::Word(word) => word,
        }
    }

    fn is_there(&self) -> bool {
        match self {
            Self::There(tree) => tree.is_there(),
            Self::Word(word) => !word.is_empty(),
        }
    }
}

/// The first of several places at which something stands.
fn find<'t>(path: &str, at: &Levels<'_, 't>) -> Option<Found<'t>> {
    let mut found = path.split('|').filter_map(|place| stands(place.trim(), at));
    found.find(Found::is_there)
}

fn stands<'t>(place: &str, at: &Levels<'_, 't>) -> Option<Found<'t>> {
    let mut found: Option<&Tree> = None;
    let mut is_first = true;
    let mut rest = place;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (inner, after) = inner.split_once(']')?;
            rest = after;
            if inner == "word" {
                return Some(Found::Word(word(found?.text()).to_owned()));
            }
            found = Some(chosen(found?, inner)?);
            continue;
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        rest = after;
        found = if is_first {
            at.iter().rev().find(|(level, _)| *level == name).map(|(_, tree)| *tree)
        } else {
            Some(found?.member(name)?)
        };
        is_first = false;
    }
    found.map(Found::There)
}

/// `[0]`, `[-1]`, `[type=x]`, `[type~x]`.
fn chosen<'t>(found: &'t Tree, inner: &str) -> Option<&'t Tree> {
    let own = |item: &'t Tree, name: &str| match item {
        Tree::Map(_) => item.member(name).map_or("", Tree::text),
        Tree::Nothing | Tree::Text(_) | Tree::List(_) => "",
    };
    if let Ok(place) = inner.parse::<i32>() {
        let items = found.items();
        let at = if place < 0 {
            items.len().checked_sub(place.unsigned_abs() as usize)?
        } else {
            usize::try_from(place).ok()?
        };
        return items.get(at);
    }
    if let Some((name, text)) = inner.split_once('=') {
        return found.items().iter().find(|item| own(item, name.trim()) == text.trim());
    }
    let (name, text) = inner.split_once('~')?;
    found
        .items()
        .iter()
        .find(|item| word(own(item, name.trim())) == text.trim())
}

fn word(text: &str) -> &str {
    let end = text.rfind(|sign: char| !sign.is_alphanumeric() && sign != '_');
    match end {
        Some(at) => {
            let sign = text
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .map_or(1, char::len_utf8);
            text.get(at + sign..).unwrap_or_default()
        }
        None => text,
    }
}
