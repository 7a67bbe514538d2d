//! XML as a tree: elements by their names without namespace, attributes as `@name`, several of one name as a list.

use super::tree::{Members, Node, OWN_TEXT};
use crate::carriers::refusal::Refusal;
use bumpalo::Bump;
use milepost_model::RejectReason;
use roxmltree::{Document, ParsingOptions};

/// Elements within elements at most.
const DEPTH_MAX: usize = 64;
/// Names within one element at most, and attributes: each new one is compared with those before it.
const NAMES_MAX: usize = 1_000;
/// Elements, texts and attributes of a document at most.
const NODES_MAX: u32 = 1_000_000;

/// Reads a whole XML document; the root element is the only member of the tree.
pub(crate) fn read<'a>(text: &str, memory: &'a Bump) -> Result<Node<'a>, Refusal> {
    let refused = |why: String| {
        // The sign that is wrong is named, and may be the end of a line.
        let why: String = why
            .chars()
            .map(|sign| if sign.is_control() { ' ' } else { sign })
            .collect();
        let hint = format!("{why}; send the whole document as it came, as UTF-8");
        Refusal::new(RejectReason::NotXml, hint)
    };
    // Without document types nothing is read from elsewhere, and nothing grows.
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: NODES_MAX,
        ..ParsingOptions::default()
    };
    if let Some(longest) = text
        .split('<')
        .map(|tag| tag.bytes().filter(|byte| *byte == b'=').count())
        .max()
        && longest > NAMES_MAX
    {
        return Err(refused(format!("more than {NAMES_MAX} attributes of one element")));
    }
    let document = Document::parse_with_options(text, options).map_err(|error| refused(error.to_string()))?;
    let root = document.root_element();
    let value = element(root, memory, DEPTH_MAX).map_err(refused)?;
    let members = memory.alloc_slice_copy(&[(&*memory.alloc_str(root.tag_name().name()), value)]);
    Ok(Node::Map(members))
}

fn element<'a>(found: roxmltree::Node<'_, '_>, memory: &'a Bump, depth: usize) -> Result<Node<'a>, String> {
    let depth = depth
        .checked_sub(1)
        .ok_or_else(|| format!("more than {DEPTH_MAX} levels"))?;
    let mut members = Members::new_in(memory);
    for attribute in found.attributes() {
        let name = memory.alloc_str(&format!("@{}", attribute.name()));
        members.add(name, Node::Text(memory.alloc_str(attribute.value())));
    }
    let mut own = String::new();
    for child in found.children() {
        if child.is_element() {
            let name = memory.alloc_str(child.tag_name().name());
            members.add(name, element(child, memory, depth)?);
            if members.len() > NAMES_MAX {
                return Err(format!("more than {NAMES_MAX} names within one element"));
            }
        } else if let Some(text) = child.text().filter(|_| child.is_text()) {
            own.push_str(text);
        }
    }
    let own = own.trim();
    Ok(match (members.is_empty(), own.is_empty()) {
        (true, true) => Node::Nothing,
        (true, false) => Node::Text(memory.alloc_str(own)),
        (false, true) => members.into_node(),
        (false, false) => {
            members.add(OWN_TEXT, Node::Text(memory.alloc_str(own)));
            members.into_node()
        }
    })
}
