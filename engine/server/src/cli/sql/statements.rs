//! Where one SQL statement ends and the next begins, for a prompt and for standard input.

/// The statements of a text, without their semicolons; a last one may lack it.
pub(super) fn split(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((statement, after)) = cut(rest) {
        found.push(statement);
        rest = after;
    }
    found.push(rest);
    found
        .into_iter()
        .map(str::trim)
        .filter(|statement| has_words(statement))
        .collect()
}

/// The text up to the first semicolon that ends a statement, and what follows it.
pub(super) fn cut(text: &str) -> Option<(&str, &str)> {
    let mut rest = text;
    loop {
        let at = rest.find([';', '\'', '"', '-', '/'])?;
        let tail = rest.get(at..)?;
        if tail.starts_with(';') {
            let end = text.len() - tail.len();
            return Some((text.get(..end)?, tail.get(1..)?));
        }
        rest = skip(tail);
    }
}

/// What follows a quoted text, a comment, or a single sign.
fn skip(tail: &str) -> &str {
    let after = |opening: &str, closing: &str| {
        let inner = tail.strip_prefix(opening)?;
        // What is not closed goes on to the end.
        Some(inner.split_once(closing).map_or("", |(_, after)| after))
    };
    let skipped = after("--", "\n")
        .or_else(|| after("/*", "*/"))
        .or_else(|| after("'", "'"))
        .or_else(|| after("\"", "\""));
    skipped.unwrap_or_else(|| tail.get(1..).unwrap_or_default())
}

/// Whether anything but blanks and comments stands there.
fn has_words(statement: &str) -> bool {
    let mut rest = statement.trim_start();
    while rest.starts_with("--") || rest.starts_with("/*") {
        rest = skip(rest).trim_start();
    }
    !rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_semicolon_ends_a_statement_unless_it_is_quoted_or_in_a_comment() {
        for (text, expected) in [
            ("", &[][..]),
            (" ;; -- nothing\n", &[]),
            ("SELECT 1", &["SELECT 1"]),
            ("SELECT 1; SELECT 2;", &["SELECT 1", "SELECT 2"]),
            ("SELECT ';' ; SELECT \";\"", &["SELECT ';'", "SELECT \";\""]),
            ("SELECT 'it''s; fine'; x", &["SELECT 'it''s; fine'", "x"]),
            (
                "SELECT 1 -- one; only\n; SELECT 4/2-1",
                &["SELECT 1 -- one; only", "SELECT 4/2-1"],
            ),
            ("/* a; b */ SELECT 1; /* c */", &["/* a; b */ SELECT 1"]),
            ("SELECT 'open; x", &["SELECT 'open; x"]),
        ] {
            assert_eq!(split(text), expected, "{text}");
        }
    }
}
