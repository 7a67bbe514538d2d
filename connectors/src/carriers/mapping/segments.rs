//! What X12 and EDIFACT have in common: segments of elements by their numbers, and the loops that a mapping names, in which
//! segments stand that belong together.

use super::tree::{Members, Node};
use crate::carriers::refusal::{Quoted, Refusal};
use bumpalo::Bump;
use bumpalo::collections::String as BumpString;
use milepost_model::RejectReason;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Elements of a segment, and components of an element, at most.
const ELEMENTS_MAX: usize = 99;
/// Segments, elements and components of a payload at most.
const VALUES_MAX: usize = 2_000_000;
/// Kinds of segments in one loop at most.
const KINDS_MAX: usize = 200;

/// The names of elements: `1` and so on.
static NUMBERS: LazyLock<Vec<String>> = LazyLock::new(|| (1..=ELEMENTS_MAX).map(|number| number.to_string()).collect());

/// An interchange that is not UTF-8, as text. They are older than it: EDIFACT says by `UNOC` that it is Latin-1, X12 leaves it
/// to those who exchange it, and they mean Latin-1. `None` of any other payload.
pub(crate) fn interchange_text<'a>(payload: &[u8], memory: &'a Bump) -> Option<&'a str> {
    let payload = payload.trim_ascii_start();
    let begin = payload.get(..UNB_BYTES).unwrap_or(payload);
    let is_edifact = begin.starts_with(b"UNA") || begin.starts_with(b"UNB");
    let says_latin = begin.windows(4).any(|four| four == b"UNOC");
    let is_latin = payload.starts_with(b"ISA") || (is_edifact && says_latin);
    is_latin.then(|| {
        let mut text = BumpString::with_capacity_in(payload.len() + payload.len() / 8, memory);
        text.extend(payload.iter().copied().map(char::from));
        text.into_bump_str()
    })
}

/// The `UNB` names its signs within these, behind a `UNA` and a line end.
const UNB_BYTES: usize = 24;

/// Segments that begin a loop, each with the segments that may stand in it. One that is itself a loop is a loop within.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Loops(pub(crate) BTreeMap<Box<str>, Vec<Box<str>>>);

impl Loops {
    fn holds(&self, name: &str, segment: &str) -> bool {
        let segments = self.0.get(name);
        segments.is_some_and(|segments| segments.iter().any(|held| **held == *segment))
    }
}

/// A segment, and where it stands.
pub(crate) struct Segment<'a> {
    pub(crate) name: &'a str,
    /// From 1, over the whole payload.
    pub(crate) number: usize,
    pub(crate) elements: Members<'a>,
}

impl Segment<'_> {
    /// What its element says.
    pub(crate) fn says(&self, element: usize) -> &str {
        let name = NUMBERS.get(element.wrapping_sub(1)).map_or("", String::as_str);
        self.elements.first(name).text()
    }
}

/// Reads on through the segments of a payload, and knows what to say when something is wrong.
pub(crate) struct Place {
    syntax: (&'static str, RejectReason),
    /// The segment that is being read, from 1.
    pub(crate) number: usize,
    values: usize,
}

impl Place {
    pub(crate) const fn before_all(syntax: (&'static str, RejectReason)) -> Self {
        Self {
            syntax,
            number: 0,
            values: 0,
        }
    }

    /// A refusal of the whole payload.
    pub(crate) fn refusal(&self, what: impl std::fmt::Display) -> Refusal {
        let (syntax, reason) = self.syntax;
        Refusal::new(
            reason,
            format!(
                "not {syntax}: segment {}: {what}; send the whole interchange as it came",
                self.number
            ),
        )
    }

    /// A segment that stands where none of its name may.
    pub(crate) fn unexpected(&self, found: &str, wanted: &str) -> Refusal {
        self.refusal(format_args!("{} stands where {wanted} is expected", Quoted(found)))
    }

    /// The name of a segment, if it is one.
    pub(crate) fn name<'t>(&self, name: &'t str) -> Result<&'t str, Refusal> {
        let mut letters = name.bytes();
        let is_one = (2..=3).contains(&name.len())
            && letters.next().is_some_and(|first| first.is_ascii_uppercase())
            && letters.all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
        if is_one {
            return Ok(name);
        }
        Err(self.refusal(format_args!("{} is no name of a segment", Quoted(name))))
    }

    /// Adds an element, or a component; one that is empty is none.
    pub(crate) fn add<'a>(&mut self, to: &mut Members<'a>, at: usize, value: Node<'a>) -> Result<(), Refusal> {
        let Some(name) = NUMBERS.get(at) else {
            return Err(self.refusal(format_args!("more than {ELEMENTS_MAX} elements")));
        };
        if !matches!(value, Node::Nothing | Node::Text("")) {
            self.count()?;
            to.add(name, value);
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), Refusal> {
        self.values += 1;
        if self.values > VALUES_MAX {
            let hint = format!("the payload has more than {VALUES_MAX} values; send fewer messages at once");
            return Err(Refusal::new(RejectReason::TooLong, hint));
        }
        Ok(())
    }

    /// Goes on to the next segment.
    pub(crate) fn advance(&mut self) -> Result<(), Refusal> {
        self.number += 1;
        self.count()
    }

    /// Checks the segment that ends something: how many it says there were, and whose end it is. Parts that were lost on
    /// the way are found so, and texts in which a separator stands that divides what it should not.
    pub(crate) fn ends(
        &self,
        end: &Segment<'_>,
        (begin, reference): (&Segment<'_>, usize),
        (count, what): (usize, &str),
    ) -> Result<(), Refusal> {
        let (stated, name) = (end.says(1), end.name);
        if stated.parse() != Ok(count) {
            let stated = Quoted(stated);
            return Err(self.refusal(format_args!("{name} counts {stated} {what}, and {count} stand there")));
        }
        let (of_end, of_begin) = (end.says(2), begin.says(reference));
        // One number is written with zeros before it or without.
        if of_end.trim_start_matches('0') == of_begin.trim_start_matches('0') {
            return Ok(());
        }
        let (of_end, of_begin) = (Quoted(of_end), Quoted(of_begin));
        let begin = format!("the {} of segment {}", begin.name, begin.number);
        Err(self.refusal(format_args!("{name} ends {of_end}, but {begin} begins {of_begin}")))
    }
}

/// The segments of one message, as they are gathered into loops.
pub(crate) struct Message<'a, 'l> {
    loops: &'l Loops,
    /// The message, and the loops that are open, the innermost last.
    open: Vec<(&'a str, Members<'a>)>,
}

impl<'a, 'l> Message<'a, 'l> {
    pub(crate) fn new(loops: &'l Loops, memory: &'a Bump) -> Self {
        Self {
            loops,
            open: vec![("", Members::new_in(memory))],
        }
    }

    /// Adds a segment to the innermost loop that may hold it, else to the message.
    pub(crate) fn add(&mut self, segment: Segment<'a>, place: &Place) -> Result<(), Refusal> {
        let held = |(name, _): &(&str, Members<'_>)| self.loops.holds(name, segment.name);
        let at = self.open.iter().rposition(held).unwrap_or(0);
        let is_loop = self.loops.0.contains_key(segment.name);
        // What belongs to an outer loop ends those within; what belongs to none ends none.
        if at > 0 || is_loop {
            self.close(at + 1);
        }
        if is_loop {
            self.open.push((segment.name, segment.elements));
            return Ok(());
        }
        let Some((_, members)) = self.open.get_mut(at) else {
            return Ok(());
        };
        members.add(segment.name, segment.elements.into_node());
        if members.len() > KINDS_MAX {
            return Err(place.refusal(format_args!("more than {KINDS_MAX} kinds of segments in one message")));
        }
        Ok(())
    }

    /// Ends the loops within the first so many.
    fn close(&mut self, rest: usize) {
        while self.open.len() > rest.max(1) {
            let Some((name, members)) = self.open.pop() else {
                return;
            };
            if let Some((_, outer)) = self.open.last_mut() {
                outer.add(name, members.into_node());
            }
        }
    }

    pub(crate) fn into_node(mut self) -> Node<'a> {
        self.close(1);
        self.open
            .pop()
            .map_or(Node::Nothing, |(_, members)| members.into_node())
    }
}

/// A map of these members.
pub(crate) fn map<'a, const N: usize>(members: [(&'a str, Node<'a>); N], memory: &'a Bump) -> Node<'a> {
    Node::Map(memory.alloc_slice_copy(&members))
}

/// A list of these.
pub(crate) fn list<'a>(items: &[Node<'a>], memory: &'a Bump) -> Node<'a> {
    Node::List(memory.alloc_slice_copy(items))
}
