//! The same object in another dress: fields shuffled, characters escaped. Readers must not care.

use crate::rng::Rng;

/// How lines are dressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Style {
    /// Fields in another order in every line.
    pub shuffle: bool,
    /// Some characters of names and texts as JSON escapes.
    pub escapes: bool,
}

impl Style {
    /// Whether lines stay as they are written.
    #[must_use]
    pub const fn is_plain(self) -> bool {
        !self.shuffle && !self.escapes
    }
}

/// Appends the flat object `line` in that style. A line's dress depends on its place and its bytes, nothing else.
pub(super) fn restyle(line: &[u8], style: Style, lines: u64, out: &mut Vec<u8>) {
    let mut rng = Rng::new(line.len() as u64, 0x7374_796C, lines);
    let mut fields = split(line);
    if style.shuffle {
        for at in (1..fields.len()).rev() {
            fields.swap(at, rng.below(at as u64 + 1) as usize);
        }
    }
    out.push(b'{');
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        if style.escapes {
            escape(field, &mut rng, out);
        } else {
            out.extend_from_slice(field);
        }
    }
    out.push(b'}');
}

/// The `"name":value` parts of a flat object that we wrote ourselves.
fn split(line: &[u8]) -> Vec<&[u8]> {
    let inside = line.get(1..line.len() - 1).unwrap_or_default();
    let (mut fields, mut from, mut in_text, mut is_escaped) = (Vec::with_capacity(24), 0, false, false);
    for (at, byte) in inside.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => in_text = !in_text,
            b',' if !in_text => {
                fields.extend(inside.get(from..at));
                from = at + 1;
            }
            _ => {}
        }
    }
    fields.extend(inside.get(from..));
    fields
}

/// Turns one ASCII character in nine into its `\u` form, within texts only.
fn escape(field: &[u8], rng: &mut Rng, out: &mut Vec<u8>) {
    let (mut in_text, mut is_after_backslash, mut verbatim) = (false, false, 0);
    for byte in field {
        let is_free = in_text && !is_after_backslash && verbatim == 0;
        if is_after_backslash {
            // Escapes that are there already stay: `\/` one character, `\u2014` five.
            is_after_backslash = false;
            verbatim = if *byte == b'u' { 4 } else { 0 };
        } else if verbatim > 0 {
            verbatim -= 1;
        } else if *byte == b'\\' {
            is_after_backslash = true;
        } else if *byte == b'"' {
            in_text = !in_text;
        }
        let may_escape = is_free && (byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b' '));
        if !may_escape || rng.below(9) != 0 {
            out.push(*byte);
        } else if *byte == b'/' {
            out.extend_from_slice(b"\\/");
        } else {
            out.extend_from_slice(format!("\\u{byte:04X}").as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_or_quote_inside_a_text_does_not_split_it() {
        let line = br#"{"a":"x,\"y","n":2,"m":"\\"}"#;
        let fields: Vec<_> = split(line).into_iter().map(String::from_utf8_lossy).collect();
        assert_eq!(fields, [r#""a":"x,\"y""#, r#""n":2"#, r#""m":"\\""#]);
    }
}
