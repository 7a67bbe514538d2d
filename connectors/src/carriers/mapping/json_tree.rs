//! JSON as a tree. Texts are borrowed from the payload, and numbers are kept as they were written: a tracking number of twenty
//! digits stays one.

use super::tree::Node;
use crate::carriers::json::{literal, plain, unescape};
use crate::carriers::refusal::Refusal;
use bumpalo::Bump;
use milepost_model::RejectReason;
use serde::de::IgnoredAny;

/// Members and items of one value at most: more is no payload of a carrier.
const MEMBERS_MAX: usize = 100_000;
/// Values within each other at most.
const DEPTH_MAX: usize = 128;
/// Room at first for what is open at once: most payloads have less.
const OPEN: usize = 64;

/// Reads a whole JSON text.
pub(crate) fn read<'a>(text: &'a str, memory: &'a Bump) -> Result<Node<'a>, Refusal> {
    let mut reader = Reader {
        text,
        at: 0,
        memory,
        items: Vec::with_capacity(OPEN),
        members: Vec::with_capacity(OPEN),
        fault: "",
    };
    reader.whole().ok_or_else(|| {
        let hint = format!("{}; send the whole payload as it came, as UTF-8", reader.told());
        Refusal::new(RejectReason::NotJson, hint)
    })
}

/// Whether the bytes are one value, and nothing else.
pub(crate) fn is_value(bytes: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
}

/// The first of the values that stand one behind the other, if it is whole.
pub(crate) fn first_value(bytes: &[u8]) -> Option<&[u8]> {
    let mut reader = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    reader.next()?.ok()?;
    bytes.get(..reader.byte_offset())
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

/// On the way through a text.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    memory: &'a Bump,
    /// Items of the lists, and members of the objects, that are open, those of the innermost last.
    items: Vec<Node<'a>>,
    members: Vec<(&'a str, Node<'a>)>,
    /// What is wrong at this place, once something is: results that say nothing of it are short, and are returned for each string.
    fault: &'static str,
}

impl<'a> Reader<'a> {
    fn whole(&mut self) -> Option<Node<'a>> {
        let node = self.value(0)?;
        match self.next() {
            None => Some(node),
            Some(_) => self.fail("something follows the value"),
        }
    }

    fn value(&mut self, depth: usize) -> Option<Node<'a>> {
        match self.next() {
            Some(b'"') => self.string().map(Node::Text),
            Some(b'{' | b'[') if depth == DEPTH_MAX => self.fail("values are nested deeper than 128 levels"),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.list(depth + 1),
            Some(_) | None => self.literal(),
        }
    }

    fn literal(&mut self) -> Option<Node<'a>> {
        let Some(end) = literal(self.text, self.at) else {
            return self.fail("a value is missing or misspelt");
        };
        let text = self.text.get(self.at..end).unwrap_or_default();
        self.at = end;
        Some(if text == "null" {
            Node::Nothing
        } else {
            Node::Text(text)
        })
    }

    fn object(&mut self, depth: usize) -> Option<Node<'a>> {
        let from = self.members.len();
        self.at += 1;
        if !self.take(b'}') {
            loop {
                if self.next() != Some(b'"') {
                    return self.fail("a name in double quotes is missing");
                }
                let name = self.string()?;
                if !self.take(b':') {
                    return self.fail("`:` is missing");
                }
                let value = self.value(depth)?;
                if self.members.len() - from == MEMBERS_MAX {
                    return self.fail("an object has more than 100000 members");
                }
                self.members.push((name, value));
                if self.take(b'}') {
                    break;
                }
                if !self.take(b',') {
                    return self.fail("`,` or `}` is missing");
                }
            }
        }
        let members = self.members.get(from..).unwrap_or_default();
        let members = self.memory.alloc_slice_copy(members);
        self.members.truncate(from);
        Some(Node::Map(members))
    }

    fn list(&mut self, depth: usize) -> Option<Node<'a>> {
        let from = self.items.len();
        self.at += 1;
        if !self.take(b']') {
            loop {
                let item = self.value(depth)?;
                if self.items.len() - from == MEMBERS_MAX {
                    return self.fail("a list has more than 100000 items");
                }
                self.items.push(item);
                if self.take(b']') {
                    break;
                }
                if !self.take(b',') {
                    return self.fail("`,` or `]` is missing");
                }
            }
        }
        let items = self.memory.alloc_slice_copy(self.items.get(from..).unwrap_or_default());
        self.items.truncate(from);
        Some(Node::List(items))
    }

    /// The string whose opening quote stands here.
    #[inline]
    fn string(&mut self) -> Option<&'a str> {
        let from = self.at + 1;
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        let run = plain(rest);
        if rest.get(run) == Some(&b'"') {
            self.at = from + run + 1;
            return self.text.get(from..from + run);
        }
        self.escaped(from)
    }

    #[cold]
    fn escaped(&mut self, from: usize) -> Option<&'a str> {
        match unescape(self.text, from, self.memory) {
            Ok((text, end)) => {
                self.at = end + 1;
                Some(text)
            }
            Err(fault) => {
                self.at = fault.at;
                self.fail(fault.what)
            }
        }
    }

    /// The next byte that is no white space.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    #[inline]
    fn take(&mut self, wanted: u8) -> bool {
        let found = self.next() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    #[cold]
    fn fail<T>(&mut self, what: &'static str) -> Option<T> {
        self.fault = what;
        None
    }

    #[cold]
    fn told(&self) -> String {
        if self.at >= self.text.len() {
            return "the payload ends in the middle of a value: it was cut off".to_owned();
        }
        format!("not JSON at byte {}: {}", self.at, self.fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_as_they_were_written() {
        let memory = Bump::new();
        let node = read(
            r#" {"n": 92001901755477000812345678, "a": [1.10, -0, 1e400, true, null, "\u00e9\n"]} "#,
            &memory,
        )
        .expect("it is JSON");
        assert_eq!(node.member("n").text(), "92001901755477000812345678");
        let texts: Vec<&str> = node.member("a").items().iter().map(|item| item.text()).collect();
        assert_eq!(texts, ["1.10", "-0", "1e400", "true", "", "\u{e9}"]);
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        let memory = Bump::new();
        let told = |text: &str| read(text, &memory).expect_err("it is no JSON").hint;
        let whole = "; send the whole payload as it came, as UTF-8";
        for (text, what) in [
            (r#"{"a": 01}"#, "not JSON at byte 6: a value is missing or misspelt"),
            (
                r#"{"a": 1"#,
                "the payload ends in the middle of a value: it was cut off",
            ),
            (r#"{"a" 1}"#, "not JSON at byte 5: `:` is missing"),
            (r#"{"a": 1,}"#, "not JSON at byte 8: a name in double quotes is missing"),
            ("[1 2]", "not JSON at byte 3: `,` or `]` is missing"),
            ("{} {}", "not JSON at byte 3: something follows the value"),
            (
                "[\"\u{1}\"]",
                "not JSON at byte 2: a control character in a string; write it as an escape",
            ),
        ] {
            assert_eq!(told(text), format!("{what}{whole}"), "{text}");
        }
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(read(&deep(DEPTH_MAX), &memory).is_ok());
        assert!(told(&deep(DEPTH_MAX + 1)).contains(&format!("nested deeper than {DEPTH_MAX} levels")));
        let many = format!("[{}1]", "1,".repeat(MEMBERS_MAX));
        assert!(told(&many).contains(&format!("a list has more than {MEMBERS_MAX} items")));
        let many = format!("{{{}\"a\":1}}", "\"a\":1,".repeat(MEMBERS_MAX));
        assert!(told(&many).contains(&format!("an object has more than {MEMBERS_MAX} members")));
    }

    #[test]
    fn json_is_what_serde_json_takes_for_it() {
        let memory = Bump::new();
        for text in [
            "",
            " ",
            "null",
            "nul",
            "\"a\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "[1,]",
            "[]",
            "{}",
            "-",
            "1.",
            "1e5",
            "{\"a\":{}}x",
            "\"\t\"",
        ] {
            let expected = serde_json::from_str::<serde_json::Value>(text).is_ok();
            assert_eq!(read(text, &memory).is_ok(), expected, "{text}");
        }
    }
}
