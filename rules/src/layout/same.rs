//! Whether a file says the same after it was laid out: the same values under the same keys, and the same comments.

use alloc::vec::Vec;

use crate::layout::comments::Comment;
use crate::layout::tree::Tree;
use crate::layout::write::is_expression;
use crate::syntax::sql;
use crate::syntax::yaml::{Body, Node, Scalar};

/// Compares two files.
pub(crate) fn is_same(before: &Tree<'_>, after: &Tree<'_>) -> bool {
    let (Some(left), Some(right)) = (before.entry(0), after.entry(0)) else {
        return false;
    };
    are_same(left.node, right.node, &mut Vec::new()) && comments(before) == comments(after)
}

/// Their texts, whatever their order.
fn comments<'t>(tree: &'t Tree<'_>) -> Vec<&'t str> {
    let of_entries = tree.entries.iter().flat_map(|entry| {
        let around = entry.leading.iter().chain(&entry.closing).chain(&entry.beside);
        around.map(|comment: &Comment| comment.text.as_str())
    });
    let mut texts: Vec<&str> = of_entries.collect();
    texts.sort_unstable();
    texts
}

/// `path` has the keys that lead here. Keys may stand in any order, items may not.
fn are_same<'n>(left: &'n Node, right: &'n Node, path: &mut Vec<&'n str>) -> bool {
    match (&left.body, &right.body) {
        (Body::Text(left), Body::Text(right)) if is_expression(path) => {
            sql::canonical(&left.text) == sql::canonical(&right.text)
        }
        (Body::Text(left), Body::Text(right)) => left.text == right.text && is_same_kind(left, right),
        (Body::List(left), Body::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| are_same(left, right, path))
        }
        (Body::Map(left), Body::Map(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| {
                    let other = right.iter().find(|(other, _)| other.text == key.text);
                    path.push(&key.text);
                    let is_same = other.is_some_and(|(_, other)| are_same(value, other, path));
                    path.pop();
                    is_same
                })
        }
        (Body::Text(_) | Body::List(_) | Body::Map(_), _) => false,
    }
}

/// Digits in quotes are a text, digits without are a number.
fn is_same_kind(left: &Scalar, right: &Scalar) -> bool {
    left.constant() == right.constant()
}
