//! EDIFACT as a tree: `interchanges`, each with its `UNB` and its `messages`, each with its segments by their names. Elements
//! and components are numbered: `RFF.1.2`. What separates is read from the `UNA`; the usual signs hold where none stands.

use super::segments::{Loops, Message, Place, Segment, list, map};
use super::tree::{Members, Node, OWN_TEXT};
use crate::carriers::refusal::{Quoted, Refusal};
use bumpalo::Bump;
use bumpalo::collections::String as BumpString;
use milepost_model::RejectReason;

/// The signs of an interchange.
#[derive(Clone, Copy)]
struct Signs {
    component: char,
    element: char,
    /// Takes the meaning from the sign behind it.
    release: Option<char>,
    repetition: Option<char>,
    end: char,
}

const USUAL: Signs = Signs {
    component: ':',
    element: '+',
    release: Some('?'),
    repetition: Some('*'),
    end: '\'',
};
/// The first version of the syntax that repeats elements.
const REPEATING_SYNTAX: &str = "4";

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
        signs: USUAL,
        place: Place::before_all(("EDIFACT", RejectReason::NotEdifact)),
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
        self.una()?;
        let repetition = self.signs.repetition.take();
        let unb = self.segment("UNB")?;
        if unb.name != "UNB" {
            return Err(self.place.unexpected(unb.name, "UNB"));
        }
        let syntax = unb.elements.first("1").member("2").text();
        self.signs.repetition = repetition.filter(|_| syntax >= REPEATING_SYNTAX);
        let (mut messages, mut groups) = (Vec::new(), 0);
        loop {
            let segment = self.segment("UNZ")?;
            match segment.name {
                "UNH" => messages.push(self.message(segment)?),
                "UNG" => {
                    groups += 1;
                    self.group(&segment, &mut messages)?;
                }
                "UNZ" => {
                    let count = match groups {
                        0 => (messages.len(), "messages"),
                        groups => (groups, "groups"),
                    };
                    self.place.ends(&segment, (&unb, 5), count)?;
                    break;
                }
                other => return Err(self.place.unexpected(other, "UNH or UNZ")),
            }
        }
        let messages = list(&messages, self.memory);
        Ok(map(
            [("UNB", unb.elements.into_node()), ("messages", messages)],
            self.memory,
        ))
    }

    /// The messages of a group stand with those of the interchange: a group says nothing about them.
    fn group(&mut self, ung: &Segment<'_>, messages: &mut Vec<Node<'a>>) -> Result<(), Refusal> {
        let before = messages.len();
        loop {
            let segment = self.segment("UNE")?;
            match segment.name {
                "UNH" => messages.push(self.message(segment)?),
                "UNE" => {
                    let count = (messages.len() - before, "messages");
                    return self.place.ends(&segment, (ung, 5), count);
                }
                other => return Err(self.place.unexpected(other, "UNH or UNE")),
            }
        }
    }

    fn message(&mut self, unh: Segment<'a>) -> Result<Node<'a>, Refusal> {
        let mut message = Message::new(self.loops, self.memory);
        loop {
            let segment = self.segment("UNT")?;
            match segment.name {
                "UNT" => {
                    let count = (segment.number - unh.number + 1, "segments");
                    self.place.ends(&segment, (&unh, 1), count)?;
                    break;
                }
                "UNA" | "UNB" | "UNG" | "UNH" | "UNE" | "UNZ" => {
                    return Err(self.place.unexpected(segment.name, "UNT"));
                }
                _other => message.add(segment, &self.place)?,
            }
        }
        message.add(unh, &self.place)?;
        Ok(message.into_node())
    }

    /// Reads the signs of an interchange, where they are told.
    fn una(&mut self) -> Result<(), Refusal> {
        self.signs = USUAL;
        let Some(told) = self.rest.strip_prefix("UNA") else {
            if self.rest.starts_with("UNB") {
                return Ok(());
            }
            self.place.advance()?;
            let begin = Quoted(self.rest);
            return Err(self
                .place
                .refusal(format_args!("an interchange begins with UNA or UNB, not {begin}")));
        };
        self.place.advance()?;
        let mut signs = told.chars();
        let mut next = || signs.next().unwrap_or('\0');
        let [component, element, _decimal, release, repetition, end] = [(); 6].map(|()| next());
        let used = [component, element, end, release];
        let is_twice = |sign: &char| used.iter().filter(|other| *other == sign).count() > 1;
        let is_none = |sign: &char| sign.is_alphanumeric() || matches!(sign, ' ' | '\0');
        if used.iter().any(is_twice) || [component, element, end].iter().any(is_none) {
            let what = "the UNA is cut off, or names a letter, a digit or one sign for two as what separates";
            return Err(self.place.refusal(what));
        }
        self.signs = Signs {
            component,
            element,
            release: Some(release).filter(|sign| *sign != ' '),
            repetition: Some(repetition).filter(|sign| *sign != ' ' && !used.contains(sign)),
            end,
        };
        self.rest = signs.as_str();
        Ok(())
    }

    /// The next segment; `until` ends what is being read, and must come.
    fn segment(&mut self, until: &str) -> Result<Segment<'a>, Refusal> {
        self.place.advance()?;
        let end = self.signs.end;
        self.rest = self
            .rest
            .trim_start_matches(|sign: char| sign.is_whitespace() || sign == end);
        let Some((text, rest)) = self.cut(self.rest, end) else {
            return Err(self.place.refusal(match self.rest {
                "" => format!("the payload ends before {until}"),
                cut => format!("{} is cut off", Quoted(cut)),
            }));
        };
        let (tag, values) = self.cut(text, self.signs.element).unwrap_or((text, ""));
        let name = self.cut(tag, self.signs.component).map_or(tag, |(name, _)| name);
        let name = self.place.name(name.trim_end())?;
        let mut elements = Members::new_in(self.memory);
        for (at, element) in self.divided(values, Some(self.signs.element)).enumerate() {
            for one in self.divided(element, self.signs.repetition) {
                self.element(&mut elements, at, one)?;
            }
        }
        self.rest = rest;
        Ok(Segment {
            name,
            number: self.place.number,
            elements,
        })
    }

    /// Adds an element: always with its components, because one alone is written like an element without any.
    fn element(&mut self, elements: &mut Members<'a>, at: usize, element: &'a str) -> Result<(), Refusal> {
        if element.is_empty() {
            return Ok(());
        }
        let mut components = Members::new_in(self.memory);
        for (at, component) in self.divided(element, Some(self.signs.component)).enumerate() {
            let text = self.released(component);
            if at == 0 && !text.is_empty() {
                components.add(OWN_TEXT, Node::Text(text));
            }
            self.place.add(&mut components, at, Node::Text(text))?;
        }
        if components.is_empty() {
            return Ok(());
        }
        self.place.add(elements, at, components.into_node())
    }

    /// What stands before and behind the first sign that separates.
    fn cut(&self, text: &'a str, sign: char) -> Option<(&'a str, &'a str)> {
        cut(text, sign, self.signs.release)
    }

    fn divided(&self, text: &'a str, sign: Option<char>) -> impl Iterator<Item = &'a str> + use<'a> {
        let (mut rest, release) = (Some(text), self.signs.release);
        std::iter::from_fn(move || {
            let text = rest?;
            let found = sign.and_then(|sign| cut(text, sign, release));
            rest = found.map(|(_, after)| after);
            Some(found.map_or(text, |(before, _)| before))
        })
    }

    /// A text without the signs that release others.
    fn released(&self, text: &'a str) -> &'a str {
        let Some(release) = self.signs.release.filter(|sign| text.contains(*sign)) else {
            return text;
        };
        let mut plain = BumpString::with_capacity_in(text.len(), self.memory);
        let mut signs = text.chars();
        while let Some(sign) = signs.next() {
            plain.extend(if sign == release { signs.next() } else { Some(sign) });
        }
        plain.into_bump_str()
    }
}

fn cut(text: &str, sign: char, release: Option<char>) -> Option<(&str, &str)> {
    let mut is_released = false;
    for (at, found) in text.char_indices() {
        if is_released {
            is_released = false;
        } else if Some(found) == release {
            is_released = true;
        } else if found == sign {
            return Some((text.get(..at)?, text.get(at + sign.len_utf8()..)?));
        }
    }
    None
}

#[cfg(test)]
#[path = "edifact_tests.rs"]
mod tests;
