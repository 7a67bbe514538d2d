//! Mutants of payloads, by their structure: values of another type, numbers beyond all, dates that are none, names that are gone,
//! pieces twice or in another's place, values deep within others; segments dropped, repeated or swapped, other delimiters, counts
//! that are right again or not; and then bytes that are damaged.

use super::tree::Tree;
use crate::damage;
use milepost_connectors::carriers::mapping::Syntax;
use milepost_loadgen::rng::Rng;

/// Payloads of one format, of which mutants are made.
pub struct Mutator {
    syntax: Syntax,
    payloads: Vec<(String, Vec<u8>)>,
}

/// Texts that are seldom what they should be.
const ODD: [&str; 34] = [
    "",
    " ",
    "0",
    "-1",
    "null",
    "true",
    "NaN",
    "1e309",
    "-0",
    "07",
    "1.5",
    "99999999999999999999999999",
    "-9223372036854775808",
    "2026-02-30",
    "2026-13-01T25:61:61Z",
    "0000-00-00T00:00:00",
    "9999-12-31T23:59:59.999+14:00",
    "2026-03-01T10:00:00-99:99",
    "20260230",
    "2460",
    "-99999999999999",
    "253402300800000",
    "America/Nowhere",
    "US",
    "usa",
    "\u{202e}abc",
    "a\u{0}b",
    "\u{1f4e6}",
    "\u{feff}",
    "~",
    "=x",
    "' OR 1=1",
    "&amp;<",
    "\\u0000\"",
];
/// Mutations of one payload at most.
const MUTATIONS_MAX: u64 = 4;
/// Values within each other that a mutant puts in.
const DEPTHS: [usize; 4] = [3, 30, 90, 400];

impl Mutator {
    /// Of these payloads, each with its name.
    #[must_use]
    pub const fn new(syntax: Syntax, payloads: Vec<(String, Vec<u8>)>) -> Self {
        Self { syntax, payloads }
    }

    /// The mutant of a number: always the same.
    ///
    /// # Panics
    /// When the payloads are none of their syntax.
    #[must_use]
    pub fn mutant(&self, number: u64) -> Vec<u8> {
        let mut chance = Rng::new(number, 0, 0);
        let (_, payload) = chance.pick(&self.payloads);
        let mut bytes = payload.clone();
        if !chance.permille(150) {
            let text = String::from_utf8_lossy(payload);
            bytes = match self.syntax {
                Syntax::Json => json(&text, &mut chance),
                Syntax::Xml => xml(&text, &mut chance),
                Syntax::X12 => X12.mutant(&text, &mut chance),
                Syntax::Edifact => EDIFACT.mutant(&text, &mut chance),
                Syntax::Csv => payload.clone(),
            };
        }
        if chance.permille(350) {
            bytes = damage::damaged(&bytes, &self.payloads, &mut chance);
        }
        if chance.permille(20) {
            // As Latin-1, or in the middle of a character.
            bytes = bytes
                .iter()
                .map(|byte| if *byte == b'e' { 0xe9 } else { *byte })
                .collect();
        }
        bytes
    }
}

fn odd(chance: &mut Rng) -> String {
    if chance.permille(60) {
        return "x\u{fc}".repeat(place(3_000, chance));
    }
    (*chance.pick(&ODD)).to_owned()
}

fn place(bound: usize, chance: &mut Rng) -> usize {
    usize::try_from(chance.below(bound as u64)).unwrap_or(0)
}

fn json(text: &str, chance: &mut Rng) -> Vec<u8> {
    let Ok(mut tree) = Tree::of_json(text) else {
        panic!("the payloads are JSON: {text}");
    };
    for _ in 0..=chance.below(MUTATIONS_MAX) {
        let count = nodes(&tree);
        let other = nth(&tree, &mut place(count, chance)).cloned().unwrap_or(Tree::Nothing);
        if let Some(found) = nth_mut(&mut tree, &mut place(count, chance)) {
            mutate(found, other, chance);
        }
    }
    let mut written = String::new();
    write(&tree, &mut written, chance);
    if chance.permille(30) {
        written = written.repeat(2);
    }
    written.into_bytes()
}

fn mutate(found: &mut Tree, other: Tree, chance: &mut Rng) {
    match chance.below(9) {
        0 => *found = Tree::Nothing,
        1 => *found = Tree::Text(odd(chance)),
        2 => *found = other,
        3 => *found = Tree::List(vec![found.clone(); place(4, chance)]),
        4 => {
            let depth = *chance.pick(&DEPTHS);
            *found = (0..depth).fold(found.clone(), |within, _| Tree::List(vec![within]));
        }
        5 => *found = Tree::Map(vec![(odd(chance), found.clone())]),
        // What a list or an object has: gone, twice, or in another order.
        _ => match found {
            Tree::List(items) if !items.is_empty() => pieces(items, chance),
            Tree::Map(members) if !members.is_empty() => pieces(members, chance),
            Tree::Nothing | Tree::Text(_) | Tree::List(_) | Tree::Map(_) => *found = Tree::Text(odd(chance)),
        },
    }
}

fn pieces<T: Clone>(pieces: &mut Vec<T>, chance: &mut Rng) {
    let (at, other) = (place(pieces.len(), chance), place(pieces.len(), chance));
    match chance.below(4) {
        0 => drop(pieces.remove(at)),
        1 => pieces.swap(at, other),
        2 => {
            if let Some(piece) = pieces.get(at).cloned() {
                let times = *chance.pick(&[1, 2, 30]);
                pieces.splice(other..other, std::iter::repeat_n(piece, times));
            }
        }
        _ => pieces.truncate(at),
    }
}

fn nodes(tree: &Tree) -> usize {
    1 + match tree {
        Tree::List(items) => items.iter().map(nodes).sum(),
        Tree::Map(members) => members.iter().map(|(_, value)| nodes(value)).sum(),
        Tree::Nothing | Tree::Text(_) => 0,
    }
}

fn nth<'t>(tree: &'t Tree, left: &mut usize) -> Option<&'t Tree> {
    if *left == 0 {
        return Some(tree);
    }
    *left -= 1;
    match tree {
        Tree::List(items) => items.iter().find_map(|item| nth(item, left)),
        Tree::Map(members) => members.iter().find_map(|(_, value)| nth(value, left)),
        Tree::Nothing | Tree::Text(_) => None,
    }
}

fn nth_mut<'t>(tree: &'t mut Tree, left: &mut usize) -> Option<&'t mut Tree> {
    if *left == 0 {
        return Some(tree);
    }
    *left -= 1;
    match tree {
        Tree::List(items) => items.iter_mut().find_map(|item| nth_mut(item, left)),
        Tree::Map(members) => members.iter_mut().find_map(|(_, value)| nth_mut(value, left)),
        Tree::Nothing | Tree::Text(_) => None,
    }
}

/// Writes a tree as JSON: texts that may be numbers or truth values now and then as such.
fn write(tree: &Tree, written: &mut String, chance: &mut Rng) {
    match tree {
        Tree::Nothing => written.push_str("null"),
        Tree::Text(text) => {
            let is_literal = serde_json::from_str::<serde_json::Value>(text).is_ok_and(|value| !value.is_string());
            if is_literal && chance.permille(500) {
                written.push_str(text);
            } else {
                written.push_str(&serde_json::Value::from(text.as_str()).to_string());
            }
        }
        Tree::List(items) => {
            written.push('[');
            for (at, item) in items.iter().enumerate() {
                written.push_str(if at > 0 { "," } else { "" });
                write(item, written, chance);
            }
            written.push(']');
        }
        Tree::Map(members) => {
            written.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                written.push_str(if at > 0 { ", " } else { "" });
                written.push_str(&serde_json::Value::from(name.as_str()).to_string());
                written.push_str(": ");
                write(value, written, chance);
            }
            written.push('}');
        }
    }
}

/// Elements gone, twice or in the place of others; texts that are odd.
fn xml(text: &str, chance: &mut Rng) -> Vec<u8> {
    let mut text = text.to_owned();
    for _ in 0..=chance.below(MUTATIONS_MAX) {
        let Ok(document) = roxmltree::Document::parse(&text) else {
            break;
        };
        let ranges: Vec<(bool, std::ops::Range<usize>)> = document
            .descendants()
            .skip(1)
            .map(|node| (node.is_text(), node.range()))
            .collect();
        let (is_text, range) = chance.pick(&ranges).clone();
        let (_, other) = chance.pick(&ranges).clone();
        let piece = text.get(range.clone()).unwrap_or_default().to_owned();
        let other = text.get(other).unwrap_or_default().to_owned();
        let new = match chance.below(6) {
            0 => String::new(),
            1 => piece.repeat(*chance.pick(&[2, 3, 30])),
            2 => other,
            3 => {
                let depth = *chance.pick(&DEPTHS);
                format!("{}{piece}{}", "<a>".repeat(depth), "</a>".repeat(depth))
            }
            _ if is_text => odd(chance).replace(['&', '<', '\0'], " "),
            _ => piece + "<!-- -->" + &odd(chance).replace(['&', '<', '\0'], " "),
        };
        text.replace_range(range, &new);
    }
    text.into_bytes()
}

/// How interchanges end what they begin.
struct Interchanges {
    /// Segments that begin, and those that end with a count; what is counted, and where the begin has its reference.
    ends: &'static [(&'static str, &'static str)],
    /// The place of the sign that ends a segment, behind the begin of an interchange; else it is the usual one.
    signs: fn(&str) -> (char, char),
}

const X12: Interchanges = Interchanges {
    ends: &[("ST", "SE")],
    signs: |text| {
        let at = |place: usize| text.chars().nth(place);
        (at(105).unwrap_or('~'), at(3).unwrap_or('*'))
    },
};

const EDIFACT: Interchanges = Interchanges {
    ends: &[("UNH", "UNT")],
    signs: |text| {
        let told = text.strip_prefix("UNA").map(str::as_bytes);
        let at = |place: usize, usual: char| {
            told.and_then(|told| told.get(place))
                .map_or(usual, |byte| char::from(*byte))
        };
        (at(5, '\''), at(1, '+'))
    },
};

impl Interchanges {
    fn mutant(&self, text: &str, chance: &mut Rng) -> Vec<u8> {
        let (end, element) = (self.signs)(text);
        let mut segments: Vec<String> = text.split(end).map(str::to_owned).collect();
        for _ in 0..=chance.below(MUTATIONS_MAX) {
            if chance.permille(500) {
                // Mostly not the envelope, which says how many there are.
                let inner = segments.len().saturating_sub(5).max(1);
                let at = 3 + place(inner, chance);
                let mut few: Vec<String> = segments.drain(at.min(segments.len())..).collect();
                if !few.is_empty() {
                    let tail = few.split_off((few.len() / 2).max(1));
                    pieces(&mut few, chance);
                    few.extend(tail);
                }
                segments.extend(few);
            } else if !segments.is_empty() {
                let at = place(segments.len(), chance);
                if let Some(segment) = segments.get_mut(at) {
                    let mut values: Vec<String> = segment.split(element).map(str::to_owned).collect();
                    let value = place(values.len(), chance);
                    if chance.permille(600) {
                        if let Some(value) = values.get_mut(value) {
                            *value = odd(chance);
                        }
                    } else {
                        pieces(&mut values, chance);
                    }
                    *segment = values.join(&element.to_string());
                }
            }
        }
        if chance.permille(700) {
            self.count(&mut segments, element);
        }
        let mut text = segments.join(&end.to_string());
        if chance.permille(100) {
            // Other delimiters, everywhere or in the middle of it.
            let other = *chance.pick(&['|', '^', '\n', '!', '\u{1d}', '\u{e9}', 'A', ' ']);
            let sign = if chance.permille(500) { end } else { element };
            text = text.replace(sign, &other.to_string());
        }
        text.into_bytes()
    }

    /// Makes the counts of segments right again.
    fn count(&self, segments: &mut [String], element: char) {
        let mut begun = None;
        for at in 0..segments.len() {
            let Some(segment) = segments.get(at).map(|segment| segment.trim_start().to_owned()) else {
                return;
            };
            let name = segment.split(element).next().unwrap_or_default();
            if self.ends.iter().any(|(begin, _)| *begin == name) {
                begun = Some(at);
            }
            if let Some(from) = begun.filter(|_| self.ends.iter().any(|(_, end)| *end == name)) {
                let mut values: Vec<String> = segment.split(element).map(str::to_owned).collect();
                if let Some(count) = values.get_mut(1) {
                    let filled = segments
                        .get(from..=at)
                        .unwrap_or_default()
                        .iter()
                        .filter(|segment| !segment.trim().is_empty());
                    *count = filled.count().to_string();
                }
                if let Some(slot) = segments.get_mut(at) {
                    *slot = values.join(&element.to_string());
                }
            }
        }
    }
}
