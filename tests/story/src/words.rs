//! A line of a story as words: split at blanks, with quotes around what holds blanks.

/// The words of a line; what stands in double quotes belongs together, and `#` begins a remark.
#[must_use]
pub fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted, mut begun) = (String::new(), false, false);
    for sign in line.chars() {
        match sign {
            '"' => (quoted, begun) = (!quoted, true),
            '#' if !quoted && !begun => break,
            _ if sign.is_whitespace() && !quoted => {
                if begun {
                    words.push(core::mem::take(&mut word));
                }
                begun = false;
            }
            _ => {
                word.push(sign);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

/// A word as a story writes it: in quotes when it holds blanks, or nothing at all.
#[must_use]
pub fn quote(word: &str) -> String {
    if word.is_empty() || word.contains(char::is_whitespace) {
        format!("\"{word}\"")
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_words_together() {
        for (line, expected) in [
            ("at 0h  scan x", vec!["at", "0h", "scan", "x"]),
            ("a=\"b c\" d # said in passing", vec!["a=b c", "d"]),
            ("a=\"\" b#c", vec!["a=", "b#c"]),
            ("  # nothing", vec![]),
        ] {
            assert_eq!(split(line), expected, "{line}");
        }
        assert_eq!([quote("a"), quote("a b"), quote("")], ["a", "\"a b\"", "\"\""]);
    }
}
