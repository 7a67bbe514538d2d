//! Conditions: one space between words, key words in capitals, and lines that break before AND and OR.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "SQL is far larger than the language of rules: what is not named is left as its author wrote it"
)]

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use sqlparser::dialect::GenericDialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Whitespace};

use crate::layout::WIDTH;
use crate::syntax::sql;
use crate::syntax::words;

/// Words in a row, with what stands in brackets as one part.
#[derive(Default, Debug)]
struct Row {
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    what: What,
    /// Whether it stands directly behind the part before.
    is_glued: bool,
    /// Whether its author began a line with it.
    begins_line: bool,
}

#[derive(Debug)]
enum What {
    Word(String),
    /// AND or OR that joins conditions.
    Joint(String),
    /// Items in brackets, divided by commas.
    Brackets(Vec<Row>),
    /// What is compared, and the branches.
    Case(Row, Vec<Row>),
}

/// A condition that can be laid out.
pub(crate) struct Condition {
    row: Row,
}

impl Condition {
    /// Takes an expression apart. `line_of` tells the line on which a character of the text stands. `None` for one with
    /// comments, or with signs that conditions do not have: that one stays as it is.
    pub(crate) fn of(text: &str, line_of: &dyn Fn(usize) -> u32) -> Option<Self> {
        let is_simple = |sign: char| sign == '\n' || !(sign.is_control() || matches!(sign, '\u{2028}' | '\u{2029}'));
        if !text.chars().all(is_simple) {
            return None;
        }
        let located = Tokenizer::new(&GenericDialect {}, text).tokenize_with_location().ok()?;
        let words = Words::of(text, &located, line_of)?;
        let mut reader = Reader { words, at: 0 };
        let row = reader.row();
        let condition = Self { row };
        // Whatever the parts are: together they must still be the same expression.
        let is_same =
            reader.at == reader.words.texts.len() && sql::canonical(&condition.flat()) == sql::canonical(text);
        is_same.then_some(condition)
    }

    /// In one line.
    pub(crate) fn flat(&self) -> String {
        flat(&self.row.parts)
    }

    /// In lines that begin in that column. Where the author has begun lines with AND or OR, they stay.
    pub(crate) fn lines(&self, column: usize) -> Vec<String> {
        let parts = self.row.parts.as_slice();
        let is_break = |part: &Part| part.begins_line && matches!(part.what, What::Joint(_));
        let mut lines = Vec::new();
        for piece in divided(parts, &is_break) {
            lines.extend(broken(piece, column));
        }
        lines.iter().map(|line| line.chars().skip(column).collect()).collect()
    }
}

/// The words of an expression without its blanks.
struct Words {
    texts: Vec<String>,
    kinds: Vec<Kind>,
    lines: Vec<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Keyword(Keyword),
    Name,
    Literal,
    Open,
    Close,
    Comma,
    Sign,
    PlusMinus,
}

impl Words {
    fn of(text: &str, located: &[TokenWithSpan], line_of: &dyn Fn(usize) -> u32) -> Option<Self> {
        let is_comment = |token: &TokenWithSpan| {
            matches!(
                token.token,
                Token::Whitespace(Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_))
            )
        };
        if located.iter().any(is_comment) {
            return None;
        }
        let signs: Vec<char> = text.chars().collect();
        let places = sql::Lines::of(text);
        let kept: Vec<&TokenWithSpan> = located
            .iter()
            .filter(|token| !matches!(token.token, Token::Whitespace(_)))
            .collect();
        let tokens: Vec<&Token> = kept.iter().map(|token| &token.token).collect();
        let mut words = Self {
            texts: Vec::new(),
            kinds: Vec::new(),
            lines: Vec::new(),
        };
        for (at, token) in kept.iter().enumerate() {
            let stretch = places.stretch(token.span)?;
            let written = signs.get(stretch.start..stretch.start + stretch.length)?;
            let kind = kind(&tokens, at)?;
            // Texts and names as they are written; only key words and signs have one form.
            let text: String = match kind {
                Kind::Name | Kind::Literal => written.iter().collect(),
                _ => words::spelled(&tokens, at),
            };
            if text.contains('\n') {
                return None;
            }
            words.texts.push(text);
            words.kinds.push(kind);
            words.lines.push(line_of(stretch.start));
        }
        Some(words)
    }
}

fn kind(tokens: &[&Token], at: usize) -> Option<Kind> {
    Some(match tokens.get(at)? {
        Token::Word(word) if words::is_keyword(tokens, at) => Kind::Keyword(word.keyword),
        Token::Word(word) if word.quote_style.is_none() => Kind::Name,
        Token::Number(..) | Token::SingleQuotedString(_) => Kind::Literal,
        Token::LParen => Kind::Open,
        Token::RParen => Kind::Close,
        Token::Comma => Kind::Comma,
        Token::Plus | Token::Minus => Kind::PlusMinus,
        Token::Eq
        | Token::Neq
        | Token::Lt
        | Token::LtEq
        | Token::Gt
        | Token::GtEq
        | Token::Mul
        | Token::Div
        | Token::Mod => Kind::Sign,
        _ => return None,
    })
}

/// Makes rows of words. Brackets within brackets are as deep as the parser of SQL allows.
struct Reader {
    words: Words,
    at: usize,
}

impl Reader {
    /// Up to a comma, a closing bracket, or a word of the CASE around it.
    fn row(&mut self) -> Row {
        let mut row = Row::default();
        let mut betweens = 0_usize;
        let mut is_first_of_arm = true;
        while let Some(kind) = self.words.kinds.get(self.at).copied() {
            let begins_line = self.begins_line();
            let is_glued = !row.parts.is_empty() && self.is_glued();
            let what = match kind {
                Kind::Comma | Kind::Close | Kind::Keyword(Keyword::END) => break,
                Kind::Keyword(Keyword::WHEN | Keyword::ELSE) if !is_first_of_arm => break,
                Kind::Keyword(Keyword::CASE) => self.case(),
                Kind::Open => self.brackets(),
                Kind::Keyword(Keyword::AND) if betweens > 0 => {
                    betweens -= 1;
                    What::Word(self.take())
                }
                Kind::Keyword(Keyword::AND | Keyword::OR) => What::Joint(self.take()),
                Kind::Keyword(word) => {
                    betweens += usize::from(word == Keyword::BETWEEN);
                    What::Word(self.take())
                }
                Kind::Name | Kind::Literal | Kind::Sign | Kind::PlusMinus => What::Word(self.take()),
            };
            is_first_of_arm = false;
            row.parts.push(Part {
                what,
                is_glued,
                begins_line,
            });
        }
        row
    }

    fn take(&mut self) -> String {
        let text = self.words.texts.get(self.at).cloned().unwrap_or_default();
        self.at += 1;
        text
    }

    fn is(&self, wanted: Kind) -> bool {
        self.words.kinds.get(self.at) == Some(&wanted)
    }

    fn brackets(&mut self) -> What {
        self.at += 1;
        let mut items = alloc::vec![self.row()];
        while self.is(Kind::Comma) {
            self.at += 1;
            items.push(self.row());
        }
        // What is not closed here is not the same expression, and is found out by that.
        self.at += usize::from(self.is(Kind::Close));
        What::Brackets(items)
    }

    fn case(&mut self) -> What {
        self.at += 1;
        let compared = if self.is(Kind::Keyword(Keyword::WHEN)) {
            Row::default()
        } else {
            self.row()
        };
        let mut arms = Vec::new();
        while self.is(Kind::Keyword(Keyword::WHEN)) || self.is(Kind::Keyword(Keyword::ELSE)) {
            arms.push(self.row());
        }
        self.at += usize::from(self.is(Kind::Keyword(Keyword::END)));
        What::Case(compared, arms)
    }

    /// Whether the author began a line here, or ended one behind the AND or OR here.
    fn begins_line(&self) -> bool {
        let line = |at: Option<usize>| at.and_then(|at| self.words.lines.get(at)).copied();
        let here = line(Some(self.at));
        let before = line(self.at.checked_sub(1));
        let after = line(Some(self.at + 1));
        self.at > 0 && (here > before || after.is_some_and(|after| Some(after) > here))
    }

    /// The bracket of a function, and what follows a sign of its own: `abs(-1)`.
    fn is_glued(&self) -> bool {
        let kind_before = |steps: usize| self.at.checked_sub(steps).and_then(|at| self.words.kinds.get(at));
        match (kind_before(1), self.words.kinds.get(self.at)) {
            (Some(Kind::Name), Some(Kind::Open)) => true,
            // Two of them side by side would be a comment.
            (Some(Kind::PlusMinus), Some(here)) if *here != Kind::PlusMinus => match kind_before(2) {
                None | Some(Kind::Open | Kind::Comma | Kind::Sign | Kind::PlusMinus) => true,
                Some(Kind::Keyword(word)) => !matches!(word, Keyword::END | Keyword::NULL),
                Some(Kind::Name | Kind::Literal | Kind::Close) => false,
            },
            _ => false,
        }
    }
}

/// Parts in one line.
fn flat(parts: &[Part]) -> String {
    let mut line = String::new();
    for part in parts {
        if !line.is_empty() && !part.is_glued {
            line.push(' ');
        }
        line.push_str(&flat_part(&part.what));
    }
    line
}

fn flat_part(what: &What) -> String {
    match what {
        What::Word(text) | What::Joint(text) => text.clone(),
        What::Brackets(items) => {
            let items: Vec<String> = items.iter().map(|item| flat(&item.parts)).collect();
            format!("({})", items.join(", "))
        }
        What::Case(compared, arms) => {
            let rows = [compared].into_iter().chain(arms).map(|row| flat(&row.parts));
            let rows: Vec<String> = rows.filter(|row| !row.is_empty()).collect();
            format!("CASE {} END", rows.join(" "))
        }
    }
}

/// Parts divided before those that begin a line.
fn divided<'p>(parts: &'p [Part], begins: &dyn Fn(&Part) -> bool) -> Vec<&'p [Part]> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for (at, part) in parts.iter().enumerate() {
        if at > from && begins(part) {
            pieces.extend(parts.get(from..at));
            from = at;
        }
    }
    pieces.extend(parts.get(from..));
    pieces
}

/// Lines that begin in a column, that column included: before each OR, or if there is none before each AND, or else
/// within brackets.
fn broken(parts: &[Part], column: usize) -> Vec<String> {
    let line = flat(parts);
    if column + line.chars().count() <= WIDTH {
        return alloc::vec![format!("{}{line}", " ".repeat(column))];
    }
    for joint in ["OR", "AND"] {
        let is_joint = |part: &Part| matches!(&part.what, What::Joint(word) if word == joint);
        let pieces = divided(parts, &is_joint);
        if pieces.len() > 1 {
            return pieces.into_iter().flat_map(|piece| broken(piece, column)).collect();
        }
    }
    within_brackets(parts, column)
}

fn within_brackets(parts: &[Part], column: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = " ".repeat(column);
    for part in parts {
        if line.chars().count() > column && !part.is_glued {
            line.push(' ');
        }
        let whole = flat_part(&part.what);
        let width = line.chars().count();
        match &part.what {
            What::Brackets(items) if width + whole.chars().count() > WIDTH => {
                line.push('(');
                filled(items, &mut line, &mut lines);
                line.push(')');
            }
            What::Case(compared, arms) if width + whole.chars().count() > WIDTH => {
                line.push_str("CASE ");
                if !compared.parts.is_empty() {
                    line.push_str(&format!("{} ", flat(&compared.parts)));
                }
                in_column(arms, &mut line, &mut lines);
                line.push_str(" END");
            }
            What::Brackets(_) | What::Case(..) | What::Word(_) | What::Joint(_) => line.push_str(&whole),
        }
    }
    lines.push(line);
    lines
}

/// As many items in a line as it holds; the next line begins under the first item.
fn filled(items: &[Row], line: &mut String, lines: &mut Vec<String>) {
    let column = line.chars().count();
    for (at, item) in items.iter().enumerate() {
        let comma = usize::from(at + 1 < items.len());
        let whole = flat(&item.parts);
        let is_begin = line.chars().count() == column;
        let needed = whole.chars().count() + comma + usize::from(!is_begin);
        if !is_begin && line.chars().count() + needed > WIDTH {
            lines.push(core::mem::replace(line, " ".repeat(column)));
        } else if !is_begin {
            line.push(' ');
        }
        if line.chars().count() + whole.chars().count() > WIDTH {
            append(broken(&item.parts, line.chars().count()), line, lines);
        } else {
            line.push_str(&whole);
        }
        if comma > 0 {
            line.push(',');
        }
    }
}

/// Each row in a line of its own, under the first.
fn in_column(rows: &[Row], line: &mut String, lines: &mut Vec<String>) {
    let column = line.chars().count();
    for (at, row) in rows.iter().enumerate() {
        if at > 0 {
            lines.push(core::mem::replace(line, " ".repeat(column)));
        }
        append(broken(&row.parts, column), line, lines);
    }
}

/// Adds lines of which the first goes on in the present one.
fn append(more: Vec<String>, line: &mut String, lines: &mut Vec<String>) {
    let column = line.chars().count();
    for (at, next) in more.into_iter().enumerate() {
        if at == 0 {
            let rest: String = next.chars().skip(column).collect();
            line.push_str(&rest);
        } else {
            lines.push(core::mem::replace(line, next));
        }
    }
}
