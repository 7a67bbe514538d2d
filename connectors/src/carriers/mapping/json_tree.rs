//! JSON as a tree.

use super::tree::Node;
use crate::carriers::refusal::Refusal;
use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;
use milepost_model::RejectReason;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Members and items of one value at most: more is no payload of a carrier.
const MEMBERS_MAX: usize = 100_000;

/// Reads a whole JSON text.
pub(crate) fn read<'a>(text: &'a str, memory: &'a Bump) -> Result<Node<'a>, Refusal> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let node = Seed(memory).deserialize(&mut reader);
    let node = node.and_then(|node| reader.end().map(|()| node));
    node.map_err(|error| {
        let hint = format!("{error}; send the whole payload as it came, as UTF-8");
        Refusal::new(RejectReason::NotJson, hint)
    })
}

/// Whether the bytes are one value, and nothing else.
pub(crate) fn is_value(bytes: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
}

/// The values that stand one behind the other. What is none is the last, so that whoever reads it tells what is wrong.
pub(crate) fn values(bytes: &[u8]) -> Vec<&[u8]> {
    let mut values = Vec::new();
    let mut reader = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    let mut from = 0;
    while let Some(value) = reader.next() {
        let until = if value.is_ok() {
            reader.byte_offset()
        } else {
            bytes.len()
        };
        values.push(bytes.get(from..until).unwrap_or_default());
        from = until;
        if value.is_err() {
            break;
        }
    }
    values
}

#[derive(Clone, Copy)]
struct Seed<'a>(&'a Bump);

impl<'de: 'a, 'a> DeserializeSeed<'de> for Seed<'a> {
    type Value = Node<'a>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<'a>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Seed<'a> {
    type Value = Node<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Node<'a>, E> {
        Ok(Node::Nothing)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node<'a>, E> {
        Ok(Node::Text(if value { "true" } else { "false" }))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node<'a>, E> {
        Ok(Node::Text(self.0.alloc_str(&value.to_string())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node<'a>, E> {
        Ok(Node::Text(self.0.alloc_str(&value.to_string())))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node<'a>, E> {
        Ok(Node::Text(self.0.alloc_str(&value.to_string())))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Node<'a>, E> {
        Ok(Node::Text(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node<'a>, E> {
        Ok(Node::Text(self.0.alloc_str(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node<'a>, A::Error> {
        let mut items = BumpVec::new_in(self.0);
        while let Some(item) = access.next_element_seed(self)? {
            if items.len() == MEMBERS_MAX {
                return Err(A::Error::custom(format!("a list has more than {MEMBERS_MAX} items")));
            }
            items.push(item);
        }
        Ok(Node::List(items.into_bump_slice()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node<'a>, A::Error> {
        let mut members = BumpVec::new_in(self.0);
        while let Some(name) = access.next_key_seed(Name(self.0))? {
            if members.len() == MEMBERS_MAX {
                return Err(A::Error::custom(format!(
                    "an object has more than {MEMBERS_MAX} members"
                )));
            }
            members.push((name, access.next_value_seed(self)?));
        }
        Ok(Node::Map(members.into_bump_slice()))
    }
}

/// The name of a member.
struct Name<'a>(&'a Bump);

impl<'de: 'a, 'a> DeserializeSeed<'de> for Name<'a> {
    type Value = &'a str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'a str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Name<'a> {
    type Value = &'a str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<&'a str, E> {
        Ok(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<&'a str, E> {
        Ok(self.0.alloc_str(value))
    }
}
