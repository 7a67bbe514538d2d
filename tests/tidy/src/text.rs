//! Rust text taken apart just far enough: which characters are code, which are comment, and the tokens of the code.

/// The same text twice, line for line: once with everything but code blanked, once with everything but comments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masked {
    /// Comments and literals are spaces.
    pub code: String,
    /// Code and literals are spaces.
    pub comments: String,
}

/// A word, a `::`, or one other character of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// The characters.
    pub text: &'a str,
    /// Line, from 1.
    pub line: usize,
}

impl Token<'_> {
    /// Whether this is an identifier or a keyword.
    pub fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

/// Blanks what is not code, and what is not comment.
pub fn mask(text: &str) -> Masked {
    let mut masked = Masked::default();
    let mut rest = text;
    while !rest.is_empty() {
        let (kind, len) = piece(rest);
        let (piece, after) = rest.split_at_checked(len.max(1)).unwrap_or((rest, ""));
        for c in piece.chars() {
            let blank = if c == '\n' { '\n' } else { ' ' };
            masked.code.push(if kind == Kind::Code { c } else { blank });
            masked.comments.push(if kind == Kind::Comment { c } else { blank });
        }
        rest = after;
    }
    masked
}

/// Kind and length in bytes of what `rest` begins with; `rest` is not empty and begins between two pieces.
fn piece(rest: &str) -> (Kind, usize) {
    if rest.starts_with("//") {
        return (Kind::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Kind::Comment, block_comment_len(rest));
    }
    if let Some(len) = literal_len(rest) {
        return (Kind::Literal, len);
    }
    let word = rest.find(|c: char| !is_word_char(c)).unwrap_or(rest.len());
    let one = rest.chars().next().map_or(1, char::len_utf8);
    (Kind::Code, word.max(one))
}

/// Block comments nest in Rust.
fn block_comment_len(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(tail) = rest.get(at..) {
        if tail.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if tail.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += tail.chars().next().map_or(usize::MAX - at, char::len_utf8);
        }
    }
    rest.len()
}

/// Length of the string or character that `rest` begins with; `None` where it begins with none (a lifetime is none).
fn literal_len(rest: &str) -> Option<usize> {
    for prefix in ["br", "cr", "r"] {
        let raw = rest.strip_prefix(prefix).and_then(raw_string_len);
        if let Some(len) = raw {
            return Some(prefix.len() + len);
        }
    }
    let prefix = usize::from(["b\"", "b'", "c\""].iter().any(|start| rest.starts_with(start)));
    let body = rest.get(prefix..)?;
    if body.starts_with('"') {
        return Some(prefix + quoted_len(body, '"'));
    }
    let mut chars = body.strip_prefix('\'')?.chars();
    match (chars.next()?, chars.next()) {
        ('\\', _) => Some(prefix + quoted_len(body, '\'')),
        (c, Some('\'')) => Some(prefix + 2 + c.len_utf8()),
        _ => None,
    }
}

/// Length of `#"…"#` with any number of `#`.
fn raw_string_len(rest: &str) -> Option<usize> {
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let body = rest.get(hashes..)?.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let closed = body.find(&end).map(|at| hashes + 1 + at + end.len());
    Some(closed.unwrap_or(rest.len()))
}

/// Length of a literal from its quote to the next one without a backslash.
fn quoted_len(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in body.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return at + 1;
        }
    }
    body.len()
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The tokens of masked code.
pub fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    for (line, text) in (1..).zip(code.lines()) {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let len = match rest.find(|c: char| !is_word_char(c)).unwrap_or(rest.len()) {
                0 if rest.starts_with("::") => 2,
                0 => first.len_utf8(),
                word => word,
            };
            let (token, after) = rest.split_at_checked(len).unwrap_or((rest, ""));
            found.push(Token { text: token, line });
            rest = after.trim_start();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_comments_and_literals_are_told_apart() {
        let rows = [
            ("let a = 1; // {", "let a = 1;"),
            ("/* a /* { */ b */ x", "x"),
            (r#"f("}\"{", '{', '\'', b'}', b"{")"#, "f(, , , , )"),
            ("r#\"a \" { b\"# + br\"{\" + cr##\"\"#\"## + c\"{\"", "+  +  +"),
            ("fn f<'a>(x: &'a str, y: r#type)", "fn f<'a>(x: &'a str, y: r#type)"),
            ("let bar = \"x\";\nlet c = 'é';", "let bar =    ;\nlet c =    ;"),
            ("\"unended {", ""),
            ("'label: loop { break 'label }", "'label: loop { break 'label }"),
        ];
        for (text, code) in rows {
            let squeezed = |text: &str| text.split(' ').filter(|word| !word.is_empty()).collect::<String>();
            assert_eq!(squeezed(&mask(text).code), squeezed(code), "{text}");
            assert_eq!(mask(text).code.lines().count(), text.lines().count(), "{text}");
        }
        assert_eq!(mask("x // why\ny").comments, "  // why\n ");
    }

    #[test]
    fn tokens_know_their_lines() {
        let found = tokens("std::env\n  .x_1()");
        let texts: Vec<(&str, usize)> = found.iter().map(|token| (token.text, token.line)).collect();
        assert_eq!(
            texts,
            [
                ("std", 1),
                ("::", 1),
                ("env", 1),
                (".", 2),
                ("x_1", 2),
                ("(", 2),
                (")", 2)
            ]
        );
    }
}
