//! Comments: the parser of YAML throws them away, so they are found between the texts that it gives, and handed to the
//! entries that they speak of.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::layout::tree::{Place, Tree};
use crate::syntax::yaml::{Body, Scalar};
use saphyr_parser::ScalarStyle;

/// A comment, from its `#` to the end of the line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Comment {
    pub(crate) text: String,
    pub(crate) place: Place,
    /// Whether nothing but a dash stands before it on its line.
    pub(crate) is_alone: bool,
    pub(crate) is_blank_above: bool,
}

/// Goes through what stands between the texts.
struct Gaps<'t, 'n> {
    tree: &'t mut Tree<'n>,
    /// Opening brackets and the entries whose values they open.
    openings: BTreeMap<Place, usize>,
    open: Vec<Option<usize>>,
    at: Place,
    /// The last `|` or `>` since the last text.
    header: Option<Place>,
    found: Vec<Comment>,
}

/// All comments in the order in which they stand. Notes on the way where brackets close and blocks begin.
pub(crate) fn find(tree: &mut Tree<'_>) -> Vec<Comment> {
    let mut openings = BTreeMap::new();
    let mut texts: Vec<(usize, &Scalar)> = Vec::new();
    for (at, entry) in tree.entries.iter().enumerate() {
        openings.extend(entry.brackets.map(|(open, _)| (open, at)));
        texts.extend(entry.key.map(|key| (at, key)));
        if let Body::Text(scalar) = &entry.node.body {
            texts.push((at, scalar));
        }
    }
    let mut gaps = Gaps {
        tree,
        openings,
        open: Vec::new(),
        at: (1, 1),
        header: None,
        found: Vec::new(),
    };
    for (entry, scalar) in texts {
        gaps.text(entry, scalar);
    }
    gaps.forward((u32::MAX, 1));
    gaps.found
}

impl Gaps<'_, '_> {
    /// Goes to a text and over it.
    fn text(&mut self, entry: usize, scalar: &Scalar) {
        let start = (scalar.spot.line, scalar.spot.column);
        self.header = None;
        self.forward(start);
        match scalar.style {
            ScalarStyle::Literal | ScalarStyle::Folded => {
                // A block without content has the place of its `|`, and its line may have a comment.
                let is_empty = self.header.is_none();
                if let Some(entry) = self.tree.entries.get_mut(entry) {
                    entry.header = self.header.or(Some(start));
                }
                self.at = if is_empty { (start.0, start.1 + 1) } else { scalar.end };
            }
            // Nothing at all has no place of its own.
            ScalarStyle::Plain if scalar.text.is_empty() => {}
            ScalarStyle::Plain | ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => self.at = scalar.end,
        }
    }

    /// Goes to a place, or to the end of the file.
    fn forward(&mut self, to: Place) {
        while self.at < to {
            let (line, column) = self.at;
            match self.tree.sign(self.at) {
                None if usize::try_from(line).is_ok_and(|line| line >= self.tree.lines.len()) => return,
                None => {
                    self.at = (line + 1, 1);
                    continue;
                }
                Some('#') => {
                    self.comment();
                    self.at = (line + 1, 1);
                    continue;
                }
                Some('[' | '{') => self.open.push(self.openings.get(&self.at).copied()),
                Some(']' | '}') => {
                    let entry = self.open.pop().flatten();
                    let brackets = entry.and_then(|entry| self.tree.entries.get_mut(entry)?.brackets.as_mut());
                    if let Some(brackets) = brackets {
                        brackets.1 = self.at;
                    }
                }
                Some('|' | '>') => self.header = Some(self.at),
                Some(_) => {}
            }
            self.at = (line, column + 1);
        }
    }

    fn comment(&mut self) {
        let (line, column) = self.at;
        let text: String = self.tree.slice(line, column, u32::MAX).iter().collect();
        let before = self.tree.slice(line, 1, column);
        let is_alone = before.iter().all(|sign| matches!(sign, ' ' | '\t' | '-' | '?'));
        self.found.push(Comment {
            text: text.trim_end().into(),
            place: self.at,
            is_alone,
            is_blank_above: self.tree.is_blank_above(line),
        });
    }
}

/// Gives every comment to an entry.
pub(crate) fn attach(tree: &mut Tree<'_>, found: Vec<Comment>) {
    for comment in found {
        let role = role(tree, &comment);
        let owner = |tree: &Tree<'_>, at: usize| at.min(tree.entries.len().saturating_sub(1));
        match role {
            Role::Leading(at) => {
                let at = owner(tree, at);
                if let Some(entry) = tree.entries.get_mut(at) {
                    entry.leading.push(comment);
                }
            }
            Role::Closing(at) => {
                let at = owner(tree, at);
                if let Some(entry) = tree.entries.get_mut(at) {
                    entry.closing.push(comment);
                }
            }
            Role::Beside(at) => {
                let at = owner(tree, at);
                if let Some(entry) = tree.entries.get_mut(at) {
                    match entry.beside {
                        // One line has room for one comment.
                        Some(_) => entry.leading.push(comment),
                        None => entry.beside = Some(comment),
                    }
                }
            }
        }
    }
}

/// What a comment is to which entry.
enum Role {
    Leading(usize),
    Beside(usize),
    Closing(usize),
}

fn role(tree: &Tree<'_>, comment: &Comment) -> Role {
    // Entries stand in the order of their places; the first is the file, which begins before everything.
    let next = tree.entries.partition_point(|entry| entry.start < comment.place);
    let last = next.saturating_sub(1);
    let within = innermost_brackets(tree, last, comment.place);
    if !comment.is_alone {
        return match tree.entry(last) {
            _ if last == 0 => leading_or_closing(tree, next),
            Some(_) => Role::Beside(out_of_brackets(tree, last, within)),
            None => Role::Closing(0),
        };
    }
    if let Some(entry) = tree.entry(last)
        && last > 0
        && entry.value_start() > comment.place
        && (entry.key.is_none() || !entry.is_collection())
    {
        // Between a key and its text, or a dash and its item.
        return Role::Leading(last);
    }
    if let Some(bracketed) = within {
        return match tree.entry(next) {
            Some(_) if is_inside(tree, next, bracketed) => Role::Leading(next),
            Some(_) | None => Role::Closing(bracketed),
        };
    }
    match ended(tree, last, next, comment.place.1) {
        Some(collection) => Role::Closing(collection),
        None => leading_or_closing(tree, next),
    }
}

fn leading_or_closing(tree: &Tree<'_>, next: usize) -> Role {
    if tree.entry(next).is_some() {
        Role::Leading(next)
    } else {
        Role::Closing(0)
    }
}

/// The innermost value in brackets around a place, going up from the last entry before it.
fn innermost_brackets(tree: &Tree<'_>, last: usize, place: Place) -> Option<usize> {
    let mut at = Some(last);
    while let Some(entry) = at.and_then(|at| tree.entry(at)) {
        if entry
            .brackets
            .is_some_and(|(open, close)| open < place && place < close)
        {
            return at;
        }
        at = entry.parent;
    }
    None
}

/// Up from an entry until it stands directly within those brackets, or within none.
fn out_of_brackets(tree: &Tree<'_>, last: usize, within: Option<usize>) -> usize {
    let mut at = last;
    while let Some(parent) = tree.entry(at).and_then(|entry| entry.parent) {
        let is_bracketed = tree.entry(parent).is_some_and(|parent| parent.brackets.is_some());
        if Some(parent) == within || !is_bracketed || parent == 0 {
            break;
        }
        at = parent;
    }
    at
}

fn is_inside(tree: &Tree<'_>, entry: usize, of: usize) -> bool {
    let mut at = Some(entry);
    while let Some(entry) = at {
        if entry == of {
            return true;
        }
        at = tree.entry(entry).and_then(|entry| entry.parent);
    }
    false
}

/// The deepest collection that has ended before a comment and whose entries are not indented more than it. It must be
/// deeper than what comes next, or the comment speaks of that.
fn ended(tree: &Tree<'_>, last: usize, next: usize, column: u32) -> Option<usize> {
    // At the end of the file, what is not indented at all belongs to the file.
    let next_column = tree.entry(next).map_or(1, |entry| entry.start.1);
    let mut at = Some(last);
    while let Some(index) = at.filter(|index| *index > 0) {
        let entry = tree.entry(index)?;
        if tree.entry(next).is_some() && is_inside(tree, next, index) {
            return None;
        }
        let children_column = match entry.children.first().and_then(|child| tree.entry(*child)) {
            Some(child) if entry.brackets.is_none() => Some(child.start.1),
            // Nothing stands under `rules:` but a comment.
            None if is_empty(&entry.node.body) => Some(entry.start.1 + 1),
            Some(_) | None => None,
        };
        if children_column.is_some_and(|children| children <= column && children > next_column) {
            return Some(index);
        }
        at = entry.parent;
    }
    None
}

fn is_empty(body: &Body) -> bool {
    match body {
        Body::Text(scalar) => scalar.text.is_empty(),
        Body::List(items) => items.is_empty(),
        Body::Map(entries) => entries.is_empty(),
    }
}
