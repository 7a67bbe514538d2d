//! The file written again, entry by entry.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::layout::WIDTH;
use crate::layout::comments::Comment;
use crate::layout::condition::Condition;
use crate::layout::tree::{Entry, Tree};
use crate::syntax::shapes::{CSV_LIST, DELAY, FILE, NOTICE, NOTIFY, Shape, TEST, Takes};
use crate::syntax::source::Source;
use crate::syntax::yaml::{Body, Scalar};
use saphyr_parser::ScalarStyle;

/// The file in its canonical layout.
pub(crate) fn written(tree: &Tree<'_>, source: &Source<'_>) -> String {
    let mut writer = Writer {
        tree,
        source,
        lines: Vec::new(),
        group: 0,
        is_kept_open: false,
    };
    if let Some(file) = tree.entry(0) {
        writer.file(file);
    }
    let mut text = String::new();
    for line in writer.aligned() {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// What is written where: decides on style, order of keys and empty lines.
#[derive(Clone, Copy)]
enum Kind {
    File,
    Rules,
    Rule,
    Lets,
    Lists,
    Tests,
    Test,
    /// A list or mapping that stands in brackets when it fits into its line.
    Brackets,
    /// A list that stays in brackets, or without, as its author likes.
    List,
    Expression,
    Text,
}

impl Kind {
    fn of_child(self, key: &str) -> Self {
        let named = |shape: &Shape| {
            let found = shape.keys.iter().find(|known| known.name == key);
            found.map_or(Self::Text, |key| Self::under(key.takes))
        };
        match self {
            Self::File => named(&FILE),
            Self::Rules => Self::Rule,
            Self::Rule if matches!(named(&DELAY), Self::Text) => named(&NOTICE),
            Self::Rule => named(&DELAY),
            Self::Lets => Self::Expression,
            Self::Lists => Self::List,
            Self::Tests => Self::Test,
            Self::Test => named(&TEST),
            Self::Brackets => named(&NOTIFY),
            Self::List | Self::Expression | Self::Text => Self::Text,
        }
    }

    const fn under(takes: Takes) -> Self {
        match takes {
            Takes::Rules => Self::Rules,
            Takes::Lets => Self::Lets,
            Takes::Lists => Self::Lists,
            Takes::Tests => Self::Tests,
            Takes::Condition => Self::Expression,
            Takes::Notify | Takes::Shipment | Takes::Durations => Self::Brackets,
            Takes::Name
            | Takes::Duration
            | Takes::Health
            | Takes::Limit
            | Takes::Backfill
            | Takes::Sentence
            | Takes::Text
            | Takes::Story
            | Takes::Expect => Self::Text,
        }
    }

    /// Empty lines between its entries: always one, none, or as they are but never two.
    const fn gap(self) -> Gap {
        match self {
            Self::File | Self::Rules | Self::Tests => Gap::One,
            Self::Lets | Self::Lists | Self::List => Gap::Kept,
            Self::Rule | Self::Test | Self::Brackets | Self::Expression | Self::Text => Gap::None,
        }
    }
}

/// Whether an SQL expression stands under these keys.
pub(crate) fn is_expression(path: &[&str]) -> bool {
    matches!(path, ["rules", "when" | "until"] | ["let", _])
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    One,
    None,
    Kept,
}

/// A line, and the comment beside it.
struct Line {
    text: String,
    beside: Option<(String, Group)>,
}

/// Comments of one rule that stood in one column are written in one column again.
type Group = (usize, u32);

struct Writer<'t, 'n, 's> {
    tree: &'t Tree<'n>,
    source: &'t Source<'s>,
    lines: Vec<Line>,
    group: usize,
    /// The last line belongs to a block that keeps the empty lines behind it.
    is_kept_open: bool,
}

impl<'t, 'n> Writer<'t, 'n, '_> {
    fn file(&mut self, file: &'t Entry<'n>) {
        self.comments(&file.leading, 0, Gap::Kept);
        if matches!(file.node.body, Body::Text(_)) {
            return self.comments(&file.closing, 0, Gap::Kept);
        }
        self.children(file, 0, Kind::File, None);
    }

    /// The entries of a collection, each in lines of its own. `first` is what stands before the first of them already: a
    /// dash.
    fn children(&mut self, entry: &'t Entry<'n>, indent: usize, kind: Kind, first: Option<&str>) {
        let children = self.in_order(entry, kind);
        for (place, (at, child)) in children.iter().enumerate() {
            if matches!(kind, Kind::File | Kind::Rules | Kind::Tests) {
                self.group = *at;
            }
            let gap = kind.gap();
            let is_blank = child.leading.first().map_or_else(
                || self.tree.is_blank_above(child.start.0),
                |comment| comment.is_blank_above,
            );
            if place > 0 && (gap == Gap::One || gap == Gap::Kept && is_blank) {
                self.blank();
            }
            let prefix = first.filter(|_| place == 0);
            let key = child.key.map_or("", |key| key.text.as_str());
            let kind_of_child = kind.of_child(key);
            if prefix.is_none() {
                self.leading(child, indent, gap, kind_of_child);
            }
            let margin = " ".repeat(indent);
            let head = match (child.key, prefix) {
                (Some(_), Some(prefix)) => format!("{prefix}{key}:"),
                (Some(_), None) => format!("{margin}{key}:"),
                (None, _) => format!("{margin}-"),
            };
            self.value(child, head, indent, kind_of_child);
        }
        self.comments(&entry.closing, indent, kind.gap());
    }

    /// Keys in the order of the reference, where it has one.
    fn in_order(&self, entry: &'t Entry<'n>, kind: Kind) -> Vec<(usize, &'t Entry<'n>)> {
        let children = entry.children.iter();
        let mut children: Vec<(usize, &Entry<'n>)> = children
            .filter_map(|at| self.tree.entry(*at).map(|child| (*at, child)))
            .collect();
        let has_key = |name: &str| {
            let mut keys = children.iter().filter_map(|(_, child)| child.key);
            keys.any(|key| key.text == name)
        };
        let shape = match kind {
            Kind::Rule if has_key("delay") => &DELAY,
            Kind::Rule => &NOTICE,
            Kind::Test => &TEST,
            Kind::Brackets if has_key("notice") => &NOTIFY,
            Kind::List if has_key("csv") => &CSV_LIST,
            Kind::File
            | Kind::Rules
            | Kind::Lets
            | Kind::Lists
            | Kind::Tests
            | Kind::Brackets
            | Kind::List
            | Kind::Expression
            | Kind::Text => return children,
        };
        let place = |child: &Entry<'_>| {
            child
                .key
                .and_then(|key| shape.names().position(|name| name == key.text))
        };
        children.sort_by_key(|(_, child)| place(child));
        children
    }

    /// What stands under a key or behind a dash. `head` ends in a colon or a dash.
    fn value(&mut self, entry: &'t Entry<'n>, head: String, indent: usize, kind: Kind) {
        let Body::Text(scalar) = &entry.node.body else {
            return self.collection(entry, head, indent, kind);
        };
        if scalar.text.is_empty() && scalar.style == ScalarStyle::Plain {
            self.push_beside(head, entry);
        } else if matches!(kind, Kind::Expression) && self.expression(entry, scalar, &head, indent) {
            return;
        } else {
            self.as_written(entry, scalar, &head, indent);
        }
        self.comments(&entry.closing, indent + 2, Gap::None);
    }

    fn collection(&mut self, entry: &'t Entry<'n>, head: String, indent: usize, kind: Kind) {
        if entry.children.is_empty() {
            let empty = if matches!(entry.node.body, Body::Map(_)) {
                "{}"
            } else {
                "[]"
            };
            self.push_beside(format!("{head} {empty}"), entry);
            return self.comments(&entry.closing, indent + 2, Gap::None);
        }
        let is_in_brackets = match kind {
            Kind::Brackets => true,
            // One from a file fits as `{ csv: file.csv, column: name }`.
            Kind::List => entry.brackets.is_some() || matches!(entry.node.body, Body::Map(_)),
            Kind::File
            | Kind::Rules
            | Kind::Rule
            | Kind::Lets
            | Kind::Lists
            | Kind::Tests
            | Kind::Test
            | Kind::Expression
            | Kind::Text => false,
        };
        if let Some(flat) = self.flat(entry, kind).filter(|_| is_in_brackets) {
            let line = format!("{head} {flat}");
            if line.chars().count() + room_beside(entry) <= WIDTH {
                return self.push_beside(line, entry);
            }
        }
        if head.ends_with('-') && matches!(entry.node.body, Body::Map(_)) {
            return self.children(entry, indent + 2, kind, Some(&format!("{head} ")));
        }
        self.push_beside(head, entry);
        self.children(entry, indent + 2, kind, None);
    }

    /// A collection in brackets; not one with comments in it, or with a text of several lines.
    fn flat(&self, entry: &'t Entry<'n>, kind: Kind) -> Option<String> {
        let mut parts = Vec::new();
        for (_, child) in self.in_order(entry, kind) {
            let has_comments = child.beside.is_some() || !child.leading.is_empty() || !child.closing.is_empty();
            let value = match &child.node.body {
                _ if has_comments => return None,
                Body::Text(scalar) => self.in_brackets(scalar)?,
                Body::List(_) | Body::Map(_) => self.flat(child, Kind::Brackets)?,
            };
            parts.push(match child.key {
                Some(key) => format!("{}: {value}", key.text),
                None => value,
            });
        }
        let parts = parts.join(", ");
        match &entry.node.body {
            _ if !entry.closing.is_empty() => None,
            Body::Map(_) => Some(format!("{{ {parts} }}")),
            Body::List(_) => Some(format!("[{parts}]")),
            Body::Text(_) => None,
        }
    }

    fn in_brackets(&self, scalar: &Scalar) -> Option<String> {
        let text = self.one_line(scalar)?;
        let is_plain = scalar.style == ScalarStyle::Plain;
        let is_safe = !is_plain || !text.contains(['[', ']', '{', '}', ',']);
        (is_safe && !text.is_empty()).then_some(text)
    }

    /// A text as it is written, if it is in one line.
    fn one_line(&self, scalar: &Scalar) -> Option<String> {
        let is_block = matches!(scalar.style, ScalarStyle::Literal | ScalarStyle::Folded);
        let (line, column) = scalar.end;
        (!is_block && line == scalar.spot.line)
            .then(|| self.tree.slice(line, scalar.spot.column, column).iter().collect())
    }

    /// An SQL expression. Gives `false` for one that is left as it is written.
    fn expression(&mut self, entry: &'t Entry<'n>, scalar: &Scalar, head: &str, indent: usize) -> bool {
        let is_one_line = scalar.spot.line == scalar.end.0;
        let places = if is_one_line {
            Vec::new()
        } else {
            scalar.places(self.source)
        };
        let line_of = |at: usize| places.get(at).map_or(0, |(line, _)| *line);
        let Some(condition) = Condition::of(&scalar.text, &line_of) else {
            return false;
        };
        let flat = condition.flat();
        let line = format!("{head} {flat}");
        if is_plain(&flat) && line.chars().count() + room_beside(entry) <= WIDTH {
            self.push_beside(line, entry);
            return true;
        }
        self.push_beside(format!("{head} >"), entry);
        let margin = " ".repeat(indent + 2);
        for line in condition.lines(indent + 2) {
            self.push(format!("{margin}{line}"));
        }
        true
    }

    /// A text in the style in which it is written.
    fn as_written(&mut self, entry: &'t Entry<'n>, scalar: &Scalar, head: &str, indent: usize) {
        if let Some(text) = self.one_line(scalar) {
            return self.push_beside(format!("{head} {text}"), entry);
        }
        if let Some((line, column)) = entry.header {
            return self.block(entry, scalar, head, indent, (line, column));
        }
        // A text of several lines in quotes or without: blanks around its lines do not count.
        let margin = " ".repeat(indent + 2);
        let (last, end) = scalar.end;
        for number in scalar.spot.line..=last {
            let from = if number == scalar.spot.line {
                scalar.spot.column
            } else {
                1
            };
            let to = if number == last { end } else { u32::MAX };
            let text: String = self.tree.slice(number, from, to).iter().collect();
            let text = text.trim_start_matches([' ', '\t']);
            let line = if number == scalar.spot.line {
                format!("{head} {text}")
            } else {
                format!("{margin}{text}")
            };
            if number == last {
                self.push_beside(line, entry);
            } else {
                self.push(line);
            }
        }
    }

    /// A block, moved to its indentation.
    fn block(&mut self, entry: &'t Entry<'n>, scalar: &Scalar, head: &str, indent: usize, header: (u32, u32)) {
        let (first, (last, end)) = (header.0 + 1, scalar.end);
        let is_empty = scalar.text.trim_matches('\n').is_empty();
        let breaks = scalar.text.len() - scalar.text.trim_end_matches('\n').len();
        let chomping = match breaks {
            0 => "-",
            1 if !is_empty => "",
            _ => "+",
        };
        let cut = scalar.spot.column;
        // The text ends where less is indented, or with the file.
        let last = if end > cut && !is_empty { last + 1 } else { last };
        let mut lines: Vec<String> = (first..last)
            .map(|number| self.tree.slice(number, cut, u32::MAX).iter().collect())
            .collect();
        if chomping != "+" {
            while lines.last().is_some_and(|line| line.trim_matches(' ').is_empty()) {
                lines.pop();
            }
        }
        // Where the first line is indented more than the others, the indentation must be said.
        let is_said = lines
            .iter()
            .find(|line| !line.is_empty())
            .is_some_and(|line| line.starts_with(' '));
        let style = if scalar.style == ScalarStyle::Literal { '|' } else { '>' };
        let said = if is_said { "2" } else { "" };
        self.push_beside(format!("{head} {style}{said}{chomping}"), entry);
        let margin = " ".repeat(indent + 2);
        for line in lines {
            self.push(if line.is_empty() {
                line
            } else {
                format!("{margin}{line}")
            });
        }
        self.is_kept_open = chomping == "+";
    }

    /// The comments before an entry. Those of its first key stand before the dash, too.
    fn leading(&mut self, entry: &'t Entry<'n>, indent: usize, gap: Gap, kind: Kind) {
        let mut comments: Vec<&Comment> = entry.leading.iter().collect();
        let mut is_blank_above = self.tree.is_blank_above(entry.start.0);
        if is_item_with_keys(entry) {
            comments.extend(&entry.beside);
            if let Some((_, first)) = self.in_order(entry, kind).first() {
                comments.extend(&first.leading);
                is_blank_above &= first.leading.is_empty();
            }
        }
        let margin = " ".repeat(indent);
        for (place, comment) in comments.iter().enumerate() {
            if place > 0 && gap != Gap::None && comment.is_blank_above {
                self.blank();
            }
            self.push(format!("{margin}{}", comment.text));
        }
        if !comments.is_empty() && gap != Gap::None && is_blank_above {
            self.blank();
        }
    }

    fn comments(&mut self, comments: &[Comment], indent: usize, gap: Gap) {
        let margin = " ".repeat(indent);
        for comment in comments {
            if gap != Gap::None && comment.is_blank_above && !self.lines.is_empty() {
                self.blank();
            }
            self.push(format!("{margin}{}", comment.text));
        }
    }

    /// An empty line, but not where it would become part of the text above.
    fn blank(&mut self) {
        if !self.is_kept_open {
            self.push(String::new());
        }
    }

    fn push(&mut self, text: String) {
        self.is_kept_open = false;
        self.lines.push(Line { text, beside: None });
    }

    fn push_beside(&mut self, text: String, entry: &Entry<'_>) {
        let comment = entry.beside.as_ref().filter(|_| !is_item_with_keys(entry));
        let beside = comment.map(|comment| (comment.text.clone(), (self.group, comment.place.1)));
        self.is_kept_open = false;
        self.lines.push(Line { text, beside });
    }

    /// The lines with their comments, in one column for each group.
    fn aligned(self) -> impl Iterator<Item = String> {
        let mut widths: alloc::collections::BTreeMap<Group, usize> = alloc::collections::BTreeMap::new();
        for line in &self.lines {
            if let Some((_, group)) = &line.beside {
                let width = widths.entry(*group).or_default();
                *width = (*width).max(line.text.chars().count() + 2);
            }
        }
        self.lines.into_iter().map(move |line| match line.beside {
            None => line.text,
            Some((comment, group)) => {
                let width = widths.get(&group).copied().unwrap_or_default();
                let room = width.saturating_sub(line.text.chars().count());
                format!("{}{}{comment}", line.text, " ".repeat(room))
            }
        })
    }
}

/// Columns that the comment beside an entry takes.
fn room_beside(entry: &Entry<'_>) -> usize {
    let comment = entry.beside.as_ref();
    comment.map_or(0, |comment| comment.text.chars().count() + 2)
}

/// A comment beside the dash of such an item is written before it.
fn is_item_with_keys(entry: &Entry<'_>) -> bool {
    entry.key.is_none() && matches!(entry.node.body, Body::Map(_))
}

/// Whether an expression can stand behind its key without quotes.
fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|first: char| first.is_ascii_alphanumeric() || matches!(first, '(' | '_'));
    begins && !text.contains(": ") && !text.contains(" #") && !text.ends_with(':')
}
