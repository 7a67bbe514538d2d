//! Key words of SQL, told apart from names: their case is layout.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "SQL is far larger than the language of rules: what is not named is no key word here"
)]

use alloc::string::{String, ToString};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

/// Units that may follow `INTERVAL '36'`.
const UNITS: [&str; 14] = [
    "MILLISECOND",
    "MILLISECONDS",
    "SECOND",
    "SECONDS",
    "MINUTE",
    "MINUTES",
    "HOUR",
    "HOURS",
    "DAY",
    "DAYS",
    "WEEK",
    "WEEKS",
    "MONTH",
    "YEAR",
];

/// A word or sign as a set of rules compares it: key words in capitals, all else as written.
pub(crate) fn spelled(tokens: &[&Token], at: usize) -> String {
    match tokens.get(at) {
        Some(Token::Word(word)) if is_keyword(tokens, at) => word.value.to_ascii_uppercase(),
        Some(token) => token.to_string(),
        None => String::new(),
    }
}

/// Whether the word at that place is a key word of the language of conditions. `true`, `false` and `date` are only
/// where SQL has them as a part of something: `IS TRUE`, `DATE '2026-03-01'`.
pub(crate) fn is_keyword(tokens: &[&Token], at: usize) -> bool {
    let Some(found) = keyword(tokens.get(at)) else {
        return false;
    };
    let before = |steps: usize| at.checked_sub(steps).and_then(|place| tokens.get(place));
    match found {
        Keyword::AND
        | Keyword::OR
        | Keyword::NOT
        | Keyword::IN
        | Keyword::BETWEEN
        | Keyword::LIKE
        | Keyword::ILIKE
        | Keyword::ESCAPE
        | Keyword::IS
        | Keyword::NULL
        | Keyword::CASE
        | Keyword::WHEN
        | Keyword::THEN
        | Keyword::ELSE
        | Keyword::END
        | Keyword::DISTINCT
        | Keyword::FROM => true,
        Keyword::TRUE | Keyword::FALSE | Keyword::UNKNOWN => match keyword(before(1)) {
            Some(Keyword::IS) => true,
            Some(Keyword::NOT) => keyword(before(2)) == Some(Keyword::IS),
            _ => false,
        },
        Keyword::INTERVAL | Keyword::DATE | Keyword::TIMESTAMP => {
            matches!(tokens.get(at + 1), Some(Token::SingleQuotedString(_)))
        }
        _ => {
            let is_unit = |word: &str| UNITS.iter().any(|unit| unit.eq_ignore_ascii_case(word));
            matches!(before(1), Some(Token::SingleQuotedString(_)))
                && keyword(before(2)) == Some(Keyword::INTERVAL)
                && matches!(tokens.get(at), Some(Token::Word(word)) if is_unit(&word.value))
        }
    }
}

/// The key word that a word without quotes would be.
fn keyword(token: Option<&&Token>) -> Option<Keyword> {
    match token {
        Some(Token::Word(word)) if word.quote_style.is_none() => Some(word.keyword),
        _ => None,
    }
}
