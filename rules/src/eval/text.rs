//! Texts while they are compared: letters read as lower or upper case without a copy, and the patterns of LIKE.

use core::cmp::Ordering;

use crate::program::{Letters, Pattern, Piece};

/// A text, and how its letters are to be read: `lower(city)` is `city` with a mark, so that nothing is copied.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Text<'a> {
    pub(super) text: &'a str,
    pub(super) letters: Letters,
}

impl<'a> Text<'a> {
    /// The text as it stands, and how to read its letters.
    pub(crate) fn chars(self) -> impl Iterator<Item = char> + Clone + 'a {
        let letters = self.letters;
        self.text.chars().flat_map(move |sign| Recased::of(sign, letters))
    }

    pub(super) fn order(self, other: Text<'_>) -> Ordering {
        match (self.letters, other.letters) {
            (Letters::AsWritten, Letters::AsWritten) => self.text.cmp(other.text),
            _ => self.chars().cmp(other.chars()),
        }
    }

    pub(super) fn starts_with(self, prefix: Text<'_>) -> bool {
        match (self.letters, prefix.letters) {
            (Letters::AsWritten, Letters::AsWritten) => self.text.starts_with(prefix.text),
            _ => {
                let mut signs = self.chars();
                prefix.chars().all(|wanted| signs.next() == Some(wanted))
            }
        }
    }
}

/// One letter after a change of case: one to three letters.
#[derive(Clone)]
enum Recased {
    Same(Option<char>),
    Lower(core::char::ToLowercase),
    Upper(core::char::ToUppercase),
}

impl Recased {
    fn of(sign: char, letters: Letters) -> Self {
        match letters {
            Letters::AsWritten => Self::Same(Some(sign)),
            Letters::Lower => Self::Lower(sign.to_lowercase()),
            Letters::Upper => Self::Upper(sign.to_uppercase()),
        }
    }
}

impl Iterator for Recased {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Self::Same(sign) => sign.take(),
            Self::Lower(signs) => signs.next(),
            Self::Upper(signs) => signs.next(),
        }
    }
}

impl Pattern {
    /// Goes back to the last `%` only, so the cost is at most text times pattern.
    pub(super) fn matches(&self, text: Text<'_>) -> bool {
        let mut signs = text.chars();
        let mut pieces = self.pieces.iter();
        let mut last_percent = None;
        loop {
            let fits = match pieces.next() {
                Some(Piece::AnyMany) => {
                    last_percent = Some((pieces.clone(), signs.clone()));
                    true
                }
                Some(piece) => match signs.next() {
                    Some(sign) => self.fits(*piece, sign),
                    None => return false,
                },
                None => match signs.next() {
                    Some(_) => false,
                    None => return true,
                },
            };
            if !fits {
                // The `%` takes one sign more, and what follows it is tried again.
                let Some((after, from)) = &mut last_percent else {
                    return false;
                };
                if from.next().is_none() {
                    return false;
                }
                pieces = after.clone();
                signs = from.clone();
            }
        }
    }

    fn fits(&self, piece: Piece, sign: char) -> bool {
        match piece {
            Piece::AnyOne | Piece::AnyMany => true,
            Piece::Char(wanted) => {
                wanted == sign || (self.ignore_case && wanted.to_lowercase().eq(sign.to_lowercase()))
            }
        }
    }
}
