//! X12 as a tree: `interchanges`, each with its `ISA` and its `groups`, each with its `GS` and its `transactions`, each with
//! its segments by their names. What separates is read from the `ISA`, whose places are fixed; nothing is assumed.

use super::segments::{Loops, Message, Place, Segment, list, map};
use super::tree::{Members, Node, OWN_TEXT};
use crate::carriers::refusal::{Quoted, Refusal};
use bumpalo::Bump;
use milepost_model::RejectReason;

/// Bytes of an `ISA` before the sign that ends it.
const ISA_BYTES: usize = 105;
/// Where its separators stand.
const ISA_SEPARATORS: [usize; 16] = [3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103];
/// The first version that repeats elements; before it the sign stands for something else.
const REPEATING_VERSION: &str = "00402";

/// The signs of an interchange.
#[derive(Clone, Copy)]
struct Signs {
    element: char,
    component: Option<char>,
    repetition: Option<char>,
    end: char,
}

struct Reader<'a, 'l> {
    rest: &'a str,
    signs: Signs,
    place: Place,
    loops: &'l Loops,
    memory: &'a Bump,
}

/// Reads a payload of one interchange or several.
pub(crate) fn read<'a>(text: &'a str, loops: &Loops, memory: &'a Bump) -> Result<Node<'a>, Refusal> {
    let mut reader = Reader {
        rest: text.trim_start(),
        signs: Signs {
            element: '*',
            component: None,
            repetition: None,
            end: '~',
        },
        place: Place::before_all(("X12", RejectReason::NotX12)),
        loops,
        memory,
    };
    let mut interchanges = Vec::new();
    loop {
        interchanges.push(reader.interchange()?);
        reader.rest = reader.rest.trim_start();
        if reader.rest.is_empty() {
            return Ok(map([("interchanges", list(&interchanges, memory))], memory));
        }
    }
}

impl<'a> Reader<'a, '_> {
    fn interchange(&mut self) -> Result<Node<'a>, Refusal> {
        let isa = self.isa()?;
        let mut groups = Vec::new();
        loop {
            let segment = self.segment("IEA")?;
            match segment.name {
                "GS" => groups.push(self.group(segment)?),
                // An answer to an interchange that went the other way.
                "TA1" => {}
                "IEA" => {
                    let count = (groups.len(), "groups");
                    self.place.ends(&segment, (&isa, 13), count)?;
                    break;
                }
                other => return Err(self.place.unexpected(other, "GS or IEA")),
            }
        }
        let groups = list(&groups, self.memory);
        Ok(map(
            [("ISA", isa.elements.into_node()), ("groups", groups)],
            self.memory,
        ))
    }

    fn group(&mut self, gs: Segment<'a>) -> Result<Node<'a>, Refusal> {
        let mut transactions = Vec::new();
        loop {
            let segment = self.segment("GE")?;
            match segment.name {
                "ST" => transactions.push(self.transaction(segment)?),
                "GE" => {
                    let count = (transactions.len(), "transactions");
                    self.place.ends(&segment, (&gs, 6), count)?;
                    break;
                }
                other => return Err(self.place.unexpected(other, "ST or GE")),
            }
        }
        let transactions = list(&transactions, self.memory);
        Ok(map(
            [("GS", gs.elements.into_node()), ("transactions", transactions)],
            self.memory,
        ))
    }

    fn transaction(&mut self, st: Segment<'a>) -> Result<Node<'a>, Refusal> {
        let mut message = Message::new(self.loops, self.memory);
        loop {
            let segment = self.segment("SE")?;
            match segment.name {
                "SE" => {
                    let count = (segment.number - st.number + 1, "segments");
                    self.place.ends(&segment, (&st, 2), count)?;
                    break;
                }
                "ISA" | "GS" | "ST" | "GE" | "IEA" => return Err(self.place.unexpected(segment.name, "SE")),
                _other => message.add(segment, &self.place)?,
            }
        }
        message.add(st, &self.place)?;
        Ok(message.into_node())
    }

    /// The segment that begins an interchange, and says how it is written.
    fn isa(&mut self) -> Result<Segment<'a>, Refusal> {
        self.place.advance()?;
        let refused = |what: &str| Err(self.place.refusal(what));
        let Some(after) = self.rest.strip_prefix("ISA") else {
            let begin = Quoted(self.rest);
            return Err(self
                .place
                .refusal(format_args!("an interchange begins with ISA, not {begin}")));
        };
        let element = after.chars().next().unwrap_or('\0');
        let isa = self.rest.get(..ISA_BYTES).filter(|isa| isa.is_ascii());
        let end = self.rest.get(ISA_BYTES..).and_then(|rest| rest.chars().next());
        let (Some(isa), Some(end)) = (isa, end) else {
            return refused("the ISA is cut off: it has 106 signs");
        };
        let stands = |at: &usize| isa.as_bytes().get(*at).copied().map(char::from) == Some(element);
        let places = isa.bytes().filter(|byte| char::from(*byte) == element).count();
        if !ISA_SEPARATORS.iter().all(stands) || places != ISA_SEPARATORS.len() {
            return refused("the elements of the ISA are not of their fixed lengths, 106 signs in all");
        }
        let is_sign = |sign: &char| !sign.is_alphanumeric() && *sign != ' ' && *sign != element;
        if element.is_alphanumeric() || element == ' ' || !is_sign(&end) {
            return refused("the ISA names a letter, a digit or one sign for two as what separates");
        }
        let mut elements = Members::new_in(self.memory);
        for (at, value) in isa.split(element).skip(1).enumerate() {
            self.place.add(&mut elements, at, Node::Text(value.trim()))?;
        }
        let segment = Segment {
            name: "ISA",
            number: self.place.number,
            elements,
        };
        let sign = |element: usize| segment.says(element).chars().next().filter(is_sign);
        let repeats = segment.says(12) >= REPEATING_VERSION;
        self.signs = Signs {
            element,
            component: sign(16).filter(|sign| *sign != end),
            repetition: sign(11).filter(|sign| repeats && *sign != end && Some(*sign) != sign_of(&segment, 16)),
            end,
        };
        self.rest = self.rest.get(ISA_BYTES + end.len_utf8()..).unwrap_or_default();
        Ok(segment)
    }

    /// The next segment; `until` ends what is being read, and must come.
    fn segment(&mut self, until: &str) -> Result<Segment<'a>, Refusal> {
        self.place.advance()?;
        let Signs { element, end, .. } = self.signs;
        self.rest = self
            .rest
            .trim_start_matches(|sign: char| sign.is_whitespace() || sign == end);
        let Some((text, rest)) = self.rest.split_once(end) else {
            return Err(self.place.refusal(match self.rest {
                "" => format!("the payload ends before {until}"),
                cut => format!("{} is cut off", Quoted(cut)),
            }));
        };
        let (name, values) = text.split_once(element).unwrap_or((text, ""));
        let name = self.place.name(name.trim_end())?;
        // Most segments repeat nothing and have no components: their elements are not searched for the signs.
        let stands = |sign: &char| values.contains(*sign);
        let (repetition, component) = (
            self.signs.repetition.filter(stands),
            self.signs.component.filter(stands),
        );
        let mut elements = Members::new_in(self.memory);
        for (at, value) in values.split(element).enumerate() {
            match repetition {
                None => self.element(&mut elements, at, value, component)?,
                Some(sign) => {
                    for value in value.split(sign) {
                        self.element(&mut elements, at, value, component)?;
                    }
                }
            }
        }
        self.rest = rest;
        Ok(Segment {
            name,
            number: self.place.number,
            elements,
        })
    }

    /// Adds an element: a text, and its components where it has several.
    fn element(
        &mut self,
        elements: &mut Members<'a>,
        at: usize,
        value: &'a str,
        component: Option<char>,
    ) -> Result<(), Refusal> {
        let value = value.trim();
        let Some(sign) = component.filter(|sign| value.contains(*sign)) else {
            return self.place.add(elements, at, Node::Text(value));
        };
        let mut components = Members::new_in(self.memory);
        components.add(OWN_TEXT, Node::Text(value));
        for (at, component) in value.split(sign).enumerate() {
            self.place.add(&mut components, at, Node::Text(component.trim()))?;
        }
        self.place.add(elements, at, components.into_node())
    }
}

fn sign_of(segment: &Segment<'_>, element: usize) -> Option<char> {
    segment.says(element).chars().next()
}

#[cfg(test)]
#[path = "x12_tests.rs"]
mod tests;
