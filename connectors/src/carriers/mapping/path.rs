//! Paths into a payload: `package.activity`, `dates[type=delivery].date`, `name | other.name`.

use super::tree::Node;
use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;
use std::fmt;

/// Where a value stands: the first of several places at which there is one, or all of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Path {
    /// As the file writes it.
    text: Box<str>,
    places: Vec<Place>,
    is_all: bool,
}

/// A place, from a level of the records on.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Place {
    /// The number of the level: 0 is the payload.
    level: usize,
    steps: Vec<Step>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Step {
    Member(Box<str>),
    /// The item at that place of a list, from 0.
    At(usize),
    /// The item at that place from the end, from 1.
    FromEnd(usize),
    /// The first item of which the member has that text.
    Where(Box<str>, Box<str>),
    /// The first item of which the member is a URI with that last word, or the word alone.
    WhereWord(Box<str>, Box<str>),
    /// The last word of a URI.
    Word,
}

/// The levels that a path may begin at: the payload, and what is gone through for the records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Levels<'n>(pub(crate) &'n [Box<str>]);

impl Levels<'_> {
    fn find(&self, name: &str) -> Option<usize> {
        self.0.iter().rposition(|level| &**level == name)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Levels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub(crate) fn parse(text: &str, levels: Levels<'_>) -> Result<Self, String> {
        let is_all = text.contains('&');
        let places = text.split(if is_all { '&' } else { '|' });
        let places = places.map(|place| Place::parse(place.trim(), levels));
        Ok(Self {
            text: text.into(),
            places: places.collect::<Result<_, _>>()?,
            is_all,
        })
    }

    /// Whether the payload has that place, though nothing may stand there: a list without items, `null`, an empty element.
    #[cold]
    pub(crate) fn is_stated(&self, at: &[Node<'_>]) -> bool {
        self.places.iter().any(|place| place.is_stated(at))
    }

    /// The innermost level that it begins at.
    pub(crate) fn level(&self) -> usize {
        self.places.iter().map(|place| place.level).max().unwrap_or(0)
    }

    /// What is to be gone through: the items of the first place, or of all.
    pub(crate) fn each<'a>(&self, at: &[Node<'a>], memory: &'a Bump) -> &'a [Node<'a>] {
        if !self.is_all {
            return match self.find(at) {
                Node::Nothing => &[],
                Node::List(items) => items,
                one @ (Node::Text(_) | Node::Map(_)) => std::slice::from_ref(memory.alloc(one)),
            };
        }
        let mut all = BumpVec::new_in(memory);
        for place in &self.places {
            all.extend_from_slice(place.find(at).items());
        }
        all.into_bump_slice()
    }

    /// What stands there; nothing when nothing does. `at` is the payload and the value of each level below.
    #[inline]
    pub(crate) fn find<'a>(&self, at: &[Node<'a>]) -> Node<'a> {
        let mut found = self.places.iter().map(|place| place.find(at));
        let is_there = |node: &Node<'a>| match node {
            Node::Nothing => false,
            Node::Text(text) => !text.is_empty(),
            Node::List(items) => !items.is_empty(),
            Node::Map(_) => true,
        };
        found.find(is_there).unwrap_or(Node::Nothing)
    }
}

impl Place {
    fn parse(text: &str, levels: Levels<'_>) -> Result<Self, String> {
        let mut parts = split(text)?.into_iter();
        let first = parts.next().unwrap_or_default();
        let (name, within) = first.split_once('[').map_or((first, ""), |(name, _)| {
            (name, first.get(name.len()..).unwrap_or_default())
        });
        let Some(level) = levels.find(name) else {
            return Err(format!("`{text}` begins with `{name}`, which is none of: {levels}"));
        };
        let mut steps = Vec::new();
        indices(within, &mut steps)?;
        for part in parts {
            let (name, within) = part.find('[').map_or((part, ""), |at| part.split_at(at));
            if name.is_empty() {
                return Err(format!("`{text}` has an empty name; write a.b.c"));
            }
            steps.push(Step::Member(name.into()));
            indices(within, &mut steps)?;
        }
        Ok(Self { level, steps })
    }

    fn find<'a>(&self, at: &[Node<'a>]) -> Node<'a> {
        let from = at.get(self.level).copied().unwrap_or(Node::Nothing);
        self.steps.iter().fold(from, |node, step| step.find(node))
    }

    /// Whether every name on the way is there, up to where nothing or an empty list stands.
    fn is_stated(&self, at: &[Node<'_>]) -> bool {
        let mut node = at.get(self.level).copied().unwrap_or(Node::Nothing);
        for step in &self.steps {
            if let Step::Member(name) = step
                && !node.item(0).names(name)
            {
                return false;
            }
            node = step.find(node);
            if node.items().is_empty() {
                return true;
            }
        }
        !matches!(node, Node::Nothing)
    }
}

impl Step {
    fn find<'a>(&self, node: Node<'a>) -> Node<'a> {
        match self {
            // A list with one item is often written for the item, and the other way round.
            Self::Member(name) => match node {
                Node::List(items) => items.first().map_or(Node::Nothing, |first| first.member(name)),
                Node::Map(_) | Node::Text(_) | Node::Nothing => node.member(name),
            },
            Self::At(place) => node.item(*place),
            Self::FromEnd(place) => {
                let at = node.items().len().checked_sub(*place);
                at.map_or(Node::Nothing, |at| node.item(at))
            }
            Self::Where(name, text) => {
                let mut items = node.items().iter();
                let found = items.find(|item| item.member(name).text() == &**text);
                found.copied().unwrap_or(Node::Nothing)
            }
            Self::WhereWord(name, text) => {
                let mut items = node.items().iter();
                let found = items.find(|item| word(item.member(name).text()) == &**text);
                found.copied().unwrap_or(Node::Nothing)
            }
            Self::Word => Node::Text(word(node.text())),
        }
    }
}

/// The names of a path: divided at dots that stand outside of brackets.
fn split(text: &str) -> Result<Vec<&str>, String> {
    let mut parts = Vec::new();
    let (mut from, mut depth) = (0, 0_i32);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => depth -= 1,
            b'.' if depth == 0 => {
                parts.push(text.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            _other => {}
        }
    }
    if depth != 0 {
        return Err(format!("`{text}` has a bracket without its other"));
    }
    parts.push(text.get(from..).unwrap_or_default());
    Ok(parts)
}

/// `receiving` of `urn:epcglobal:cbv:bizstep:receiving` and of `https://ref.gs1.org/cbv/BizStep-receiving`.
fn word(text: &str) -> &str {
    let is_of_word = |sign: char| sign.is_alphanumeric() || sign == '_';
    text.rsplit(|sign: char| !is_of_word(sign)).next().unwrap_or_default()
}

/// The brackets behind a name: `[0]`, `[type=delivery]`, `[word]`.
fn indices(mut text: &str, steps: &mut Vec<Step>) -> Result<(), String> {
    while let Some(rest) = text.strip_prefix('[') {
        let (inner, after) = rest.split_once(']').ok_or_else(|| format!("`{text}` has no ]"))?;
        steps.push(match (inner.parse::<i32>(), inner.split_once('=')) {
            (Ok(place), _) if place < 0 => Step::FromEnd(place.unsigned_abs() as usize),
            (Ok(place), _) => Step::At(place.unsigned_abs() as usize),
            (Err(_), None) if inner == "word" => Step::Word,
            (Err(_), None) if inner.contains('~') => {
                let (name, value) = inner.split_once('~').unwrap_or_default();
                Step::WhereWord(name.trim().into(), value.trim().into())
            }
            (Err(_), Some((name, value))) => Step::Where(name.trim().into(), value.trim().into()),
            (Err(_), None) => {
                return Err(format!(
                    "`[{inner}]` is neither a place like [0] or [-1] nor a choice like [type=x] nor [word]"
                ));
            }
        });
        text = after;
    }
    if text.is_empty() {
        Ok(())
    } else {
        Err(format!("`{text}` stands behind a bracket"))
    }
}
