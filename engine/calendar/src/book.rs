//! The book of countries: which there are, and where their days stand.

use alloc::boxed::Box;
use alloc::vec::Vec;
use once_cell::race::OnceBox;

use crate::countries::COUNTRIES;
use crate::days::Days;

/// Weekends and holidays, a country a line. `make.py` beside it writes it.
const BOOK: &str = include_str!("../holidays/business-days.txt");

/// Where nothing is known, Saturday and Sunday are off.
const USUAL: &str = "67";

/// Room for more countries than there are.
const COUNTRIES_MAX: usize = 512;

static DAYS: [OnceBox<Days>; COUNTRIES_MAX] = [const { OnceBox::new() }; COUNTRIES_MAX];

/// A country by its number in the book; 0 is one of which nothing is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Country(u16);

/// The book, opened.
struct Book {
    /// Codes of countries and their lines without the code, sorted by code: those that have holidays, and all others that
    /// have a zone.
    lines: Vec<(&'static str, &'static str)>,
    /// By the letters of a code: the number of the country.
    numbers: Box<[u16]>,
}

const LETTERS: usize = 26;

fn book() -> &'static Book {
    static OPENED: OnceBox<Book> = OnceBox::new();
    OPENED.get_or_init(|| {
        let written = BOOK.lines().filter(|line| !line.starts_with('#'));
        let mut lines: Vec<(&str, &str)> = written.filter_map(|line| line.split_once(' ')).collect();
        lines.extend(COUNTRIES.iter().map(|(code, _)| (*code, USUAL)));
        // Sorted by the code alone, and stable: what is written comes before what is usual.
        lines.sort_by_key(|(code, _)| *code);
        lines.dedup_by_key(|(code, _)| *code);
        let mut numbers: Box<[u16]> = core::iter::repeat_n(0, LETTERS * LETTERS).collect();
        for (number, (code, _)) in (1..).zip(&lines) {
            if let Some(slot) = place(code).and_then(|place| numbers.get_mut(place)) {
                *slot = number;
            }
        }
        Box::new(Book { lines, numbers })
    })
}

/// The place of a code of two capitals among all of them.
fn place(code: &str) -> Option<usize> {
    let [first, second] = *code.as_bytes() else {
        return None;
    };
    let letter = |byte: u8| {
        let letter = usize::from(byte.checked_sub(b'A')?);
        (letter < LETTERS).then_some(letter)
    };
    Some(letter(first)? * LETTERS + letter(second)?)
}

impl Country {
    /// The country of an ISO 3166-1 alpha-2 code; the unknown one if it is none.
    #[must_use]
    pub fn of(code: &str) -> Self {
        Self::known(code).unwrap_or_default()
    }

    /// The country of an ISO 3166-1 alpha-2 code.
    #[must_use]
    pub fn known(code: &str) -> Option<Self> {
        let number = book().numbers.get(place(code)?).copied();
        number.filter(|number| *number != 0).map(Self)
    }

    /// The codes of all countries.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        book().lines.iter().map(|(code, _)| *code)
    }

    /// Its business days.
    #[must_use]
    pub fn days(self) -> &'static Days {
        let Some(slot) = DAYS.get(usize::from(self.0)) else {
            return Self::default().days();
        };
        slot.get_or_init(|| {
            let line = usize::from(self.0).checked_sub(1).and_then(|at| book().lines.get(at));
            Box::new(Days::read(line.map_or(USUAL, |(_, line)| line)))
        })
    }

    #[cfg(test)]
    pub(crate) const CODES_OF_TESTS: &'static [&'static str] =
        &["US", "DE", "SA", "AE", "CN", "IR", "NP", "IL", "BN", "IN", "ZZ", ""];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::days::{FIRST_YEAR, LAST_YEAR};

    #[test]
    fn every_line_is_read() {
        assert!(Country::codes().count() < COUNTRIES_MAX);
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        for (code, line) in &book().lines {
            assert!(
                code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()),
                "{code}"
            );
            let (weekend, rest) = line.split_once(' ').unwrap_or((line, ""));
            assert!(
                (1..=3).contains(&weekend.len()) && is_number(weekend),
                "{code} {weekend}"
            );
            for word in rest.split(' ').filter(|word| !word.is_empty()) {
                let is_year = word
                    .strip_suffix(':')
                    .is_some_and(|year| year.parse().is_ok_and(|year| (FIRST_YEAR..=LAST_YEAR).contains(&year)));
                let date = word.strip_prefix('+').unwrap_or(word);
                assert!(is_year || date.len() == 4 && is_number(date), "{code} {word}");
            }
        }
    }

    #[test]
    fn countries_without_a_line_are_known_too() {
        assert!(Country::codes().is_sorted());
        for (code, _) in COUNTRIES {
            assert_eq!(Country::known(code), Some(Country::of(code)), "{code}");
        }
        assert_eq!(Country::known("USA"), None);
        assert_eq!(Country::of("us"), Country::default());
    }
}
