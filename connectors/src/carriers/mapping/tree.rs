//! A payload as a tree, whatever it was written in: what mappings point into. It borrows from the payload, and from scratch
//! memory where the payload does not hold a text as it is meant.

use bumpalo::Bump;

/// A value of a payload.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Node<'a> {
    /// Nothing: absent, `null`, an element without content.
    Nothing,
    /// A text, or a number or a truth value as it was written.
    Text(&'a str),
    /// Several of one name.
    List(&'a [Self]),
    /// Values by name, in the order of the payload.
    Map(&'a [(&'a str, Self)]),
}

/// The name under which a value stands that has a name and members as well: the text of an XML element with attributes.
pub(crate) const OWN_TEXT: &str = "#text";

impl<'a> Node<'a> {
    /// The member of that name; of several the first.
    pub(crate) fn member(self, name: &str) -> Self {
        match self {
            Self::Map(members) => {
                let found = members.iter().find(|(found, _)| is_name(found, name));
                found.map_or(Self::Nothing, |(_, value)| *value)
            }
            Self::Nothing | Self::Text(_) | Self::List(_) => Self::Nothing,
        }
    }

    /// Whether it has a member of that name, though nothing may stand there.
    pub(crate) fn names(self, name: &str) -> bool {
        matches!(self, Self::Map(members) if members.iter().any(|(found, _)| *found == name))
    }

    /// One item of a list; a value that is no list counts as a list of itself.
    pub(crate) fn item(self, at: usize) -> Self {
        self.items().get(at).copied().unwrap_or(Self::Nothing)
    }

    /// The items of a list; a value that is no list is the only item, and nothing has none.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::Nothing => &[],
            Self::List(items) => items,
            Self::Text(_) | Self::Map(_) => std::slice::from_ref(self),
        }
    }

    /// Its text, without blanks around it; empty when it is none.
    #[inline]
    pub(crate) fn text(self) -> &'a str {
        match self {
            Self::Text(text) => trimmed(text),
            Self::Map(_) => match self.member(OWN_TEXT) {
                Self::Text(text) => trimmed(text),
                Self::Nothing | Self::List(_) | Self::Map(_) => "",
            },
            Self::List(items) => items.first().map_or("", |first| first.text()),
            Self::Nothing => "",
        }
    }
}

/// Whether two names are one. Most differ in length or in one of their ends: few are compared whole.
#[inline]
fn is_name(found: &str, name: &str) -> bool {
    let (of_found, of_name) = (found.as_bytes(), name.as_bytes());
    of_found.len() == of_name.len()
        && of_found.first() == of_name.first()
        && of_found.last() == of_name.last()
        && found == name
}

/// A text without the blanks around it: most have none.
#[inline]
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [] | [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

/// Members as they are gathered: those of one name become a list. Only what comes of them stands in scratch memory.
pub(crate) struct Members<'a> {
    memory: &'a Bump,
    named: Vec<Named<'a>>,
}

/// As many names have most segments and elements.
const USUAL: usize = 8;

struct Named<'a> {
    name: &'a str,
    /// Most names have one value, for which nothing more is taken.
    first: Node<'a>,
    others: Vec<Node<'a>>,
}

impl<'a> Members<'a> {
    pub(crate) const fn new_in(memory: &'a Bump) -> Self {
        Self {
            memory,
            named: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, name: &'a str, value: Node<'a>) {
        if let Some(named) = self.named.iter_mut().find(|named| is_name(named.name, name)) {
            named.others.push(value);
            return;
        }
        if self.named.is_empty() {
            self.named.reserve(USUAL);
        }
        self.named.push(Named {
            name,
            first: value,
            others: Vec::new(),
        });
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// How many names there are.
    pub(crate) const fn len(&self) -> usize {
        self.named.len()
    }

    /// The first member of that name.
    pub(crate) fn first(&self, name: &str) -> Node<'a> {
        let found = self.named.iter().find(|named| is_name(named.name, name));
        found.map_or(Node::Nothing, |named| named.first)
    }

    pub(crate) fn into_node(self) -> Node<'a> {
        let value = |named: &Named<'a>| {
            if named.others.is_empty() {
                return named.first;
            }
            let value = |at: usize| named.others.get(at.wrapping_sub(1)).copied().unwrap_or(named.first);
            Node::List(self.memory.alloc_slice_fill_with(named.others.len() + 1, value))
        };
        let members = self.named.iter().map(|named| (named.name, value(named)));
        Node::Map(self.memory.alloc_slice_fill_iter(members))
    }
}
