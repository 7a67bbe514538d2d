//! A payload as a tree, read by other readers than those of the program: serde_json's, and roxmltree's document walked here.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A value of a payload.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Tree {
    Nothing,
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

/// Why a payload is no tree.
pub(super) enum NoTree {
    /// It is no JSON or XML.
    Malformed,
    /// It may be, but these readers have other limits.
    Unknown,
}

impl Tree {
    pub(super) fn of_json(text: &str) -> Result<Self, NoTree> {
        serde_json::from_str(text).map_err(|error| {
            let told = error.to_string();
            if told.contains("number out of range") || told.contains("recursion limit") {
                NoTree::Unknown
            } else {
                NoTree::Malformed
            }
        })
    }

    pub(super) fn of_xml(text: &str) -> Result<Self, NoTree> {
        let document = roxmltree::Document::parse(text).map_err(|error| {
            if matches!(error, roxmltree::Error::DtdDetected) {
                NoTree::Unknown
            } else {
                NoTree::Malformed
            }
        })?;
        let root = document.root_element();
        let deepest = document.descendants().map(|node| node.ancestors().count()).max();
        if deepest.is_none_or(|deepest| deepest > 60) || document.descendants().count() > 900 {
            return Err(NoTree::Unknown);
        }
        Ok(Self::Map(vec![(root.tag_name().name().to_owned(), element(root))]))
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text.trim(),
            Self::Map(_) => match self.member("#text") {
                Some(Self::Text(text)) => text.trim(),
                Some(Self::Nothing | Self::List(_) | Self::Map(_)) | None => "",
            },
            Self::List(items) => items.first().map_or("", Self::text),
            Self::Nothing => "",
        }
    }

    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(members) => members.iter().find(|(found, _)| found == name).map(|(_, value)| value),
            Self::List(items) => items.first().and_then(|first| match first {
                Self::Map(_) => first.member(name),
                Self::Nothing | Self::Text(_) | Self::List(_) => None,
            }),
            Self::Nothing | Self::Text(_) => None,
        }
    }

    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::Nothing => &[],
            Self::List(items) => items,
            Self::Text(_) | Self::Map(_) => std::slice::from_ref(self),
        }
    }

    pub(super) fn is_there(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Map(_) => true,
        }
    }
}

fn element(found: roxmltree::Node<'_, '_>) -> Tree {
    let mut members: Vec<(String, Vec<Tree>)> = Vec::new();
    let mut add = |name: String, value: Tree| match members.iter_mut().find(|(other, _)| *other == name) {
        Some((_, values)) => values.push(value),
        None => members.push((name, vec![value])),
    };
    for attribute in found.attributes() {
        add(
            format!("@{}", attribute.name()),
            Tree::Text(attribute.value().to_owned()),
        );
    }
    let mut own = String::new();
    for child in found.children() {
        if child.is_element() {
            add(child.tag_name().name().to_owned(), element(child));
        } else if child.is_text() {
            own.push_str(child.text().unwrap_or_default());
        }
    }
    let own = own.trim();
    if members.is_empty() {
        return if own.is_empty() {
            Tree::Nothing
        } else {
            Tree::Text(own.to_owned())
        };
    }
    if !own.is_empty() {
        members.push(("#text".to_owned(), vec![Tree::Text(own.to_owned())]));
    }
    let value = |mut values: Vec<Tree>| match values.len() {
        1 => values.remove(0),
        _ => Tree::List(values),
    };
    Tree::Map(
        members
            .into_iter()
            .map(|(name, values)| (name, value(values)))
            .collect(),
    )
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Text(format!("{value:?}")))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Tree::Map(members))
    }
}
