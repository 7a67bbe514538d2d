//! SQL expressions: the parser that DataFusion uses, in the dialect that DataFusion uses, with our limits.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "SQL is far larger than the language of rules: what is not named has no place of its own"
)]

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use sqlparser::ast::{BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments};
use sqlparser::dialect::GenericDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer};

use crate::errors::{Fault, Finding};
use crate::syntax::words;

/// Characters of one expression.
const CHARS_MAX: usize = 32_768;

/// Words and signs of one expression. It also bounds the depth of the syntax tree, which chains of operators make deep.
const TOKENS_MAX: usize = 2_000;

/// Brackets within brackets.
pub(crate) const DEPTH_MAX: usize = 64;

/// A stretch of an expression's text, in characters from its begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Stretch {
    pub(crate) start: usize,
    pub(crate) length: usize,
}

/// An expression with the means to say where its parts stand.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) expr: Expr,
    pub(crate) lines: Lines,
    /// The text without layout and comments.
    pub(crate) canonical: String,
    /// The bare words, in lower case: among them are the names that it needs.
    pub(crate) words: Vec<String>,
}

/// Where the lines of a text begin, in characters.
#[derive(Debug)]
pub(crate) struct Lines {
    starts: Vec<usize>,
    length: usize,
}

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let mut starts = alloc::vec![0];
        let mut length = 0;
        for sign in text.chars() {
            length += 1;
            if sign == '\n' {
                starts.push(length);
            }
        }
        Self { starts, length }
    }

    fn offset(&self, location: Location) -> usize {
        let line = usize::try_from(location.line).unwrap_or(1).saturating_sub(1);
        let column = usize::try_from(location.column).unwrap_or(1).saturating_sub(1);
        (self.starts.get(line).copied().unwrap_or(self.length) + column).min(self.length)
    }

    /// The stretch of a span of the parser; `None` for a part whose place the parser does not keep.
    pub(crate) fn stretch(&self, span: Span) -> Option<Stretch> {
        if span.start.line == 0 {
            return None;
        }
        let start = self.offset(span.start);
        Some(Stretch {
            start,
            length: self.offset(span.end).saturating_sub(start).max(1),
        })
    }
}

/// Reads an expression, or says what is wrong at which place.
pub(crate) fn parse(text: &str) -> Result<Parsed, (Stretch, Finding)> {
    let lines = Lines::of(text);
    let whole = Stretch {
        start: 0,
        length: lines.length,
    };
    if lines.length > CHARS_MAX {
        let message = format!(
            "the expression has {} characters; the limit is {CHARS_MAX}",
            lines.length
        );
        return Err((whole, Finding::new(Fault::TooMuch, message).help(SHORTER)));
    }
    let tokens = Tokenizer::new(&GenericDialect {}, text)
        .tokenize_with_location()
        .map_err(|error| {
            let start = lines.offset(error.location);
            let finding = Finding::new(Fault::BadSyntax, lower_first(&error.message))
                .label("here")
                .help("is a quote not closed?");
            (Stretch { start, length: 1 }, finding)
        })?;
    let count = without_blanks(&tokens).count();
    if count > TOKENS_MAX {
        let message = format!("the expression has {count} words and signs; the limit is {TOKENS_MAX}");
        return Err((whole, Finding::new(Fault::TooMuch, message).help(SHORTER)));
    }
    if count == 0 {
        let finding = Finding::new(Fault::BadSyntax, "the expression is empty").help("write `true` for always");
        return Err((whole, finding));
    }
    let canonical = joined(&tokens);
    let words = without_blanks(&tokens).filter_map(|token| match token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_ascii_lowercase()),
        _ => None,
    });
    let words = words.collect();
    let openings = openings(&tokens);
    let joints = joints_in_excess(&tokens);
    let mut parser = Parser::new(&GenericDialect {})
        .with_recursion_limit(DEPTH_MAX)
        .with_tokens_with_locations(tokens);
    let expr = parser.parse_expr().map_err(|error| refused(error, &parser, &lines))?;
    let next = parser.peek_token();
    if next.token == Token::EOF {
        Ok(Parsed {
            expr,
            lines,
            canonical,
            words,
        })
    } else if openings > DEPTH_MAX {
        // The parser gave up at the limit, without saying so.
        Err((token_stretch(&next, &lines), too_deep()))
    } else if let Some(joint) = joints.iter().rfind(|joint| joint.span.end <= next.span.start) {
        // Where a value is expected, the parser takes such a word for a name.
        let message = format!("`{}` stands where a condition is expected", joint.token);
        let finding = Finding::new(Fault::BadSyntax, message).label("one too many?");
        let help = "a condition stands on each side of AND and OR, and behind NOT";
        Err((token_stretch(joint, &lines), finding.help(help)))
    } else {
        Err((token_stretch(&next, &lines), left_over(&next.token)))
    }
}

/// ANDs and ORs with another one, or a bracket, before them.
fn joints_in_excess(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let is_joint =
        |token: &Token| matches!(token, Token::Word(word) if matches!(word.keyword, Keyword::AND | Keyword::OR));
    let mut found = Vec::new();
    let mut expects_condition = true;
    for token in tokens
        .iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)))
    {
        if is_joint(&token.token) && expects_condition {
            found.push(token.clone());
        }
        expects_condition = is_joint(&token.token) || token.token == Token::LParen;
    }
    found
}

/// How many words and signs begin something nested.
fn openings(tokens: &[TokenWithSpan]) -> usize {
    let opens = |token: &&Token| match token {
        Token::LParen => true,
        Token::Word(word) => matches!(word.keyword, Keyword::NOT | Keyword::CASE),
        _ => false,
    };
    without_blanks(tokens).filter(opens).count()
}

fn too_deep() -> Finding {
    let message = format!("the expression is nested more than {DEPTH_MAX} levels deep");
    Finding::new(Fault::TooMuch, message).help("move parts of it to `let:`")
}

/// An expression without layout and comments; as it is when it cannot be read.
pub(crate) fn canonical(text: &str) -> String {
    match Tokenizer::new(&GenericDialect {}, text).tokenize_with_location() {
        Ok(tokens) => joined(&tokens),
        Err(_) => text.to_string(),
    }
}

fn without_blanks(tokens: &[TokenWithSpan]) -> impl Iterator<Item = &Token> {
    tokens
        .iter()
        .map(|token| &token.token)
        .filter(|token| !matches!(token, Token::Whitespace(_)))
}

/// Key words are written in capitals, so that their case is layout, too.
fn joined(tokens: &[TokenWithSpan]) -> String {
    let tokens: Vec<&Token> = without_blanks(tokens).collect();
    let words: Vec<String> = (0..tokens.len()).map(|at| words::spelled(&tokens, at)).collect();
    words.join(" ")
}

const SHORTER: &str = "move parts of it to `let:`, and long IN lists to `lists:`";

fn token_stretch(token: &TokenWithSpan, lines: &Lines) -> Stretch {
    lines.stretch(token.span).unwrap_or(Stretch {
        start: lines.length,
        length: 1,
    })
}

fn left_over(token: &Token) -> Finding {
    let finding =
        Finding::new(Fault::BadSyntax, format!("the expression is complete before `{token}`")).label("left over");
    finding.help(match token {
        Token::SemiColon => "an expression has no semicolon",
        Token::DoubleEq | Token::Eq => "compare with a single `=`",
        Token::RParen => "a closing bracket without its opening one",
        Token::Word(_) | Token::SingleQuotedString(_) => "is AND or OR missing before it? texts stand in single quotes",
        _ => "join conditions with AND or OR",
    })
}

fn refused(error: ParserError, parser: &Parser<'_>, lines: &Lines) -> (Stretch, Finding) {
    let next = parser.peek_token();
    let here = token_stretch(&next, lines);
    match error {
        ParserError::RecursionLimitExceeded => (here, too_deep()),
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => {
            let (message, place) = split_place(&message);
            let start = place.map_or(here.start, |location| lines.offset(location));
            let stretch = if place.is_some() {
                Stretch { start, length: 1 }
            } else {
                here
            };
            let message = message
                .trim_start_matches("sql parser error: ")
                .replace("EOF", "the end");
            let finding = Finding::new(Fault::BadSyntax, lower_first(&message)).label("here");
            let is_curly = |sign: char| matches!(sign, '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{b4}' | '`');
            let help = if message.ends_with(is_curly) {
                "texts stand in straight single quotes: 'in_transit'; names of columns stand in none"
            } else if message.ends_with("expression, found: the end") {
                "the expression stops too early: something is missing behind its last word"
            } else if message.starts_with("Expected: )") {
                "a bracket is not closed, or an operator is missing here"
            } else {
                "an expression is what stands after WHERE: `status = 'in_transit' AND silence > INTERVAL '36 hours'`"
            };
            (stretch, finding.help(help))
        }
    }
}

fn lower_first(message: &str) -> String {
    let mut signs = message.chars();
    let first = signs.next().map(|sign| sign.to_ascii_lowercase());
    first.into_iter().chain(signs).collect()
}

/// The parser writes the place at the end of its message.
fn split_place(message: &str) -> (String, Option<Location>) {
    let Some((text, place)) = message.rsplit_once(" at Line: ") else {
        return (message.to_string(), None);
    };
    let numbers = place.split_once(", Column: ");
    let location = numbers.and_then(|(line, column)| {
        let (line, column) = (line.trim().parse().ok()?, column.trim().parse().ok()?);
        (line > 0).then_some(Location { line, column })
    });
    (text.to_string(), location)
}

/// What an expression joins by AND at its outermost level, as it is written. Without recursion, like [`span`].
pub(crate) fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    let (mut parts, mut waiting) = (Vec::new(), alloc::vec![expr]);
    while let Some(expr) = waiting.pop() {
        match expr {
            Expr::Nested(inner) => waiting.push(inner),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::And,
                right,
            } => waiting.extend([&**right, &**left]),
            part => parts.push(part),
        }
    }
    parts
}

/// The span of an expression from its outermost leaves. It goes down without recursion, because a chain of operators
/// is as deep as it is long.
pub(crate) fn span(expr: &Expr) -> Span {
    let (mut first, mut last) = (expr, expr);
    loop {
        first = match first {
            Expr::BinaryOp { left: inner, .. }
            | Expr::IsDistinctFrom(inner, _)
            | Expr::IsNotDistinctFrom(inner, _)
            | Expr::Nested(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::InList { expr: inner, .. }
            | Expr::InSubquery { expr: inner, .. }
            | Expr::Between { expr: inner, .. }
            | Expr::Like { expr: inner, .. }
            | Expr::ILike { expr: inner, .. }
            | Expr::Cast { expr: inner, .. }
            | Expr::UnaryOp { expr: inner, .. }
            | Expr::AtTimeZone { timestamp: inner, .. } => inner,
            _ => break,
        };
    }
    loop {
        last = match last {
            Expr::BinaryOp { right: inner, .. }
            | Expr::IsDistinctFrom(_, inner)
            | Expr::IsNotDistinctFrom(_, inner)
            | Expr::Nested(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::InSubquery { expr: inner, .. }
            | Expr::Between { high: inner, .. }
            | Expr::Like { pattern: inner, .. }
            | Expr::ILike { pattern: inner, .. }
            | Expr::Cast { expr: inner, .. }
            | Expr::UnaryOp { expr: inner, .. }
            | Expr::AtTimeZone { time_zone: inner, .. } => inner,
            Expr::InList { list, expr, .. } => list.last().unwrap_or(expr),
            _ => break,
        };
    }
    leaf(first).union(&leaf(last))
}

fn leaf(expr: &Expr) -> Span {
    match expr {
        Expr::Identifier(ident) => ident.span,
        Expr::CompoundIdentifier(idents) => Span::union_iter(idents.iter().map(|ident| ident.span)),
        Expr::Value(value) => value.span,
        Expr::TypedString(typed) => typed.value.span,
        Expr::Interval(interval) => match &*interval.value {
            Expr::Value(value) => value.span,
            _ => Span::empty(),
        },
        Expr::Function(function) => {
            let name = function
                .name
                .0
                .iter()
                .filter_map(|part| part.as_ident())
                .map(|ident| ident.span);
            let last = match &function.args {
                FunctionArguments::List(list) => list.args.last(),
                FunctionArguments::None | FunctionArguments::Subquery(_) => None,
            };
            let last = match last {
                Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(ident)))) => ident.span,
                Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value)))) => value.span,
                _ => Span::empty(),
            };
            Span::union_iter(name).union(&last)
        }
        Expr::Case {
            case_token, end_token, ..
        } => case_token.0.span.union(&end_token.0.span),
        Expr::Extract { expr, .. } => match &**expr {
            Expr::Identifier(ident) => ident.span,
            _ => Span::empty(),
        },
        _ => Span::empty(),
    }
}
