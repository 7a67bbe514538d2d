//! A rule file as its author sees it: entries in the order in which they stand, with their places, and the comments
//! that belong to each.

use alloc::vec::Vec;

use crate::layout::comments::{self, Comment};
use crate::syntax::yaml::{Body, Node, Scalar};

/// Line and column, from 1.
pub(crate) type Place = (u32, u32);

/// The whole file: one entry for the file itself, then every key and every item.
pub(crate) struct Tree<'n> {
    pub(crate) entries: Vec<Entry<'n>>,
    pub(crate) lines: Vec<Vec<char>>,
}

/// A key with its value, or an item of a list.
pub(crate) struct Entry<'n> {
    /// The key, unless it is an item or the file.
    pub(crate) key: Option<&'n Scalar>,
    pub(crate) node: &'n Node,
    /// The entry whose value it stands in.
    pub(crate) parent: Option<usize>,
    /// Where the key or the dash stands.
    pub(crate) start: Place,
    pub(crate) children: Vec<usize>,
    /// The brackets of a value that is written in brackets.
    pub(crate) brackets: Option<(Place, Place)>,
    /// The `|` or `>` of a block.
    pub(crate) header: Option<Place>,
    /// Comments on lines of their own before it.
    pub(crate) leading: Vec<Comment>,
    /// The comment on its line.
    pub(crate) beside: Option<Comment>,
    /// Comments behind the last of its children.
    pub(crate) closing: Vec<Comment>,
}

impl<'n> Tree<'n> {
    /// `text` has line feeds only.
    pub(crate) fn of(root: &'n Node, text: &str) -> Self {
        let lines = text.split('\n').map(|line| line.chars().collect()).collect();
        let mut tree = Self {
            entries: Vec::new(),
            lines,
        };
        tree.add(None, root, None, (0, 0));
        let found = comments::find(&mut tree);
        comments::attach(&mut tree, found);
        tree
    }

    fn add(&mut self, key: Option<&'n Scalar>, node: &'n Node, parent: Option<usize>, start: Place) -> usize {
        let at = self.entries.len();
        let place = (node.spot.line, node.spot.column);
        // Where the bracket closes is found with the comments.
        let is_bracket = matches!(self.sign(place), Some('[' | '{')) && !matches!(node.body, Body::Text(_));
        self.entries.push(Entry {
            key,
            node,
            parent,
            start,
            children: Vec::new(),
            brackets: is_bracket.then_some((place, place)),
            header: None,
            leading: Vec::new(),
            beside: None,
            closing: Vec::new(),
        });
        let mut children = Vec::new();
        match &node.body {
            Body::Text(_) => {}
            Body::Map(entries) => {
                for (key, value) in entries {
                    children.push(self.add(Some(key), value, Some(at), (key.spot.line, key.spot.column)));
                }
            }
            Body::List(items) => {
                let column = self.dash_column(key, place);
                for item in items {
                    let start = if is_bracket {
                        (item.spot.line, item.spot.column)
                    } else {
                        self.dash(item, column)
                    };
                    children.push(self.add(None, item, Some(at), start));
                }
            }
        }
        if let Some(entry) = self.entries.get_mut(at) {
            entry.children = children;
        }
        at
    }

    /// The parser tells the place of the first dash, but where dashes stand under their key: then it tells what follows.
    fn dash_column(&self, key: Option<&Scalar>, (line, column): Place) -> u32 {
        let next = self.sign((line, column + 1));
        let is_dash = self.sign((line, column)) == Some('-') && next.is_none_or(char::is_whitespace);
        match key {
            Some(key) if !is_dash => key.spot.column,
            Some(_) | None => column,
        }
    }

    /// The dash of an item: in the column of the list, on the line of the item or above it.
    fn dash(&self, item: &Node, column: u32) -> Place {
        let is_dash = |line: &u32| {
            let mut before = self.line(*line).iter().take(place(column));
            self.sign((*line, column)) == Some('-') && before.all(|sign| matches!(sign, ' ' | '-' | '?' | ':'))
        };
        let line = (1..=item.spot.line).rev().find(is_dash).unwrap_or(item.spot.line);
        (line, column)
    }

    /// A line without its end; empty when there is none.
    pub(crate) fn line(&self, number: u32) -> &[char] {
        let line = place(number).checked_sub(1).and_then(|at| self.lines.get(at));
        line.map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn sign(&self, (line, column): Place) -> Option<char> {
        place(column)
            .checked_sub(1)
            .and_then(|at| self.line(line).get(at))
            .copied()
    }

    /// Whether the line above is empty.
    pub(crate) fn is_blank_above(&self, line: u32) -> bool {
        line > 1 && self.line(line - 1).iter().all(|sign| sign.is_whitespace())
    }

    pub(crate) fn entry(&self, at: usize) -> Option<&Entry<'n>> {
        self.entries.get(at)
    }

    /// What is written between two places of one line.
    pub(crate) fn slice(&self, line: u32, from: u32, to: u32) -> &[char] {
        let signs = self.line(line);
        let to = place(to).saturating_sub(1).min(signs.len());
        signs.get(place(from).saturating_sub(1)..to).unwrap_or_default()
    }
}

impl Entry<'_> {
    /// The place where its value begins.
    pub(crate) fn value_start(&self) -> Place {
        (self.node.spot.line, self.node.spot.column)
    }

    pub(crate) fn is_collection(&self) -> bool {
        !matches!(self.node.body, Body::Text(_))
    }
}

/// A number of a line or column as a place in memory.
fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
