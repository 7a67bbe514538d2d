//! The general reader of one JSON object: any order, any white space, escapes, nested values in unknown columns. The
//! fast scanner sends it what is unusual; what it refuses is refused.

use super::field::Record;
use super::lexicon::FIELDS;
use super::refusal::Refusal;
use super::scratch::Scratch;
use bumpalo::Bump;
use bumpalo::collections::String as BumpString;
use milepost_model::RejectReason;

/// Objects and arrays within each other, the record itself counted.
const DEPTH_MAX: usize = 128;

/// Reads one object.
pub(crate) fn read<'a>(line: &'a str, scratch: &'a Scratch, record: &mut Record<'a>) -> Result<(), Refusal> {
    let mut reader = Reader { line, at: 0, scratch };
    reader.begin()?;
    if !reader.take(b'}') {
        loop {
            reader.member(record)?;
            if reader.take(b'}') {
                break;
            }
            reader.expect(b',', "`,` or `}`")?;
        }
    }
    reader.space();
    match reader.peek() {
        None => Ok(()),
        Some(_) => Err(reader.not_json("something follows the object; send one object per line")),
    }
}

struct Reader<'a> {
    line: &'a str,
    at: usize,
    scratch: &'a Scratch,
}

impl<'a> Reader<'a> {
    fn begin(&mut self) -> Result<(), Refusal> {
        self.space();
        let what = match self.peek() {
            Some(b'{') => {
                self.at += 1;
                return Ok(());
            }
            Some(b'[') => "an array; send its objects one per line",
            Some(b'"') => "a string; send the object itself, not a string that holds it",
            Some(b'0'..=b'9' | b'-') => "a number",
            Some(b't' | b'f' | b'n') if literal(self.line, self.at).is_some() => "a literal",
            _ => return Err(self.not_json("the line does not begin with `{`; send one JSON object per line")),
        };
        Err(Refusal::new(
            RejectReason::NotAnObject,
            format!("a scan is one JSON object, but the line holds {what}"),
        ))
    }

    fn member(&mut self, record: &mut Record<'a>) -> Result<(), Refusal> {
        self.expect(b'"', "a column name in double quotes")?;
        let key = self.string()?;
        self.expect(b':', "`:`")?;
        self.space();
        let field = FIELDS.find(key);
        let start = self.at;
        if self.take(b'"') {
            let text = self.string()?;
            match field {
                Some(field) => record.set(field, text),
                None => record.unknown += 1,
            }
            return Ok(());
        }
        self.value(1)?;
        match field {
            Some(field) => record.set_literal(field, self.literal_since(start)),
            None => record.unknown += 1,
        }
        Ok(())
    }

    /// What stood there, or only its first byte if it was nested.
    fn literal_since(&self, start: usize) -> &'a str {
        let text = self.line.get(start..self.at).unwrap_or_default();
        if text.starts_with(['{', '[']) {
            text.get(..1).unwrap_or_default()
        } else {
            text
        }
    }

    /// Skips any value; `depth` objects and arrays are open around it.
    fn value(&mut self, depth: usize) -> Result<(), Refusal> {
        self.space();
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                self.string().map(|_| ())
            }
            Some(open @ (b'{' | b'[')) => self.nested(open, depth),
            _ => {
                let end = literal(self.line, self.at).ok_or_else(|| self.not_json("a value is missing or misspelt"))?;
                self.at = end;
                Ok(())
            }
        }
    }

    fn nested(&mut self, open: u8, depth: usize) -> Result<(), Refusal> {
        if depth == DEPTH_MAX {
            let hint = format!("values are nested deeper than {DEPTH_MAX} levels; a scan is one flat object");
            return Err(Refusal::new(RejectReason::TooDeep, hint));
        }
        let (close, wanted) = if open == b'{' {
            (b'}', "`,` or `}`")
        } else {
            (b']', "`,` or `]`")
        };
        self.at += 1;
        if self.take(close) {
            return Ok(());
        }
        loop {
            if open == b'{' {
                self.expect(b'"', "a name in double quotes")?;
                self.string()?;
                self.expect(b':', "`:`")?;
            }
            self.value(depth + 1)?;
            if self.take(close) {
                return Ok(());
            }
            self.expect(b',', wanted)?;
        }
    }

    /// The string whose opening quote was taken; afterwards its closing quote is taken too.
    fn string(&mut self) -> Result<&'a str, Refusal> {
        let rest = self.line.as_bytes().get(self.at..).unwrap_or_default();
        let run = plain(rest);
        if rest.get(run) == Some(&b'"') {
            let text = self.line.get(self.at..self.at + run).unwrap_or_default();
            self.at += run + 1;
            return Ok(text);
        }
        let (text, end) =
            unescape(self.line, self.at, self.scratch.memory()).map_err(|fault| self.bad_string(fault))?;
        self.at = end + 1;
        Ok(text)
    }

    fn bad_string(&self, fault: Fault) -> Refusal {
        let at = Reader {
            line: self.line,
            at: fault.at,
            scratch: self.scratch,
        };
        at.not_json(fault.what)
    }

    fn peek(&self) -> Option<u8> {
        self.line.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: u8) -> bool {
        self.space();
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: u8, name: &str) -> Result<(), Refusal> {
        if self.take(wanted) {
            Ok(())
        } else {
            Err(self.not_json(&format!("{name} is missing")))
        }
    }

    fn not_json(&self, what: &str) -> Refusal {
        let hint = match self.line.as_bytes().get(self.at..) {
            None | Some([]) => {
                "the line ends in the middle of the object; it was cut: send it again in full".to_owned()
            }
            Some([0, ..]) => format!("not JSON at byte {}: a NUL byte; remove it", self.at),
            Some(_) => format!("not JSON at byte {}: {what}", self.at),
        };
        Refusal::new(RejectReason::NotJson, hint)
    }
}

/// What is wrong inside a string, and where.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) what: &'static str,
}

/// How many bytes stand before a quote, an escape or a control character.
#[inline]
pub(crate) fn plain(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let found = not_plain(u64::from_le_bytes(*word));
        if found != 0 {
            return at * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let is_plain = |byte: &&u8| !matches!(**byte, b'"' | b'\\' | ..0x20);
    words.len() * 8 + rest.iter().take_while(is_plain).count()
}

/// The lowest bit that is set, if any, is the highest of the first byte that is a quote, an escape or a control character.
#[inline]
const fn not_plain(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGHEST: u64 = EACH << 7;
    let (quotes, escapes) = (word ^ (EACH * b'"' as u64), word ^ (EACH * b'\\' as u64));
    let zeros = quotes.wrapping_sub(EACH) & !quotes | escapes.wrapping_sub(EACH) & !escapes;
    (zeros | word.wrapping_sub(EACH * 0x20) & !word) & HIGHEST
}

/// The string that begins at `start`, its escapes resolved, and the place of its closing quote.
pub(crate) fn unescape<'a>(line: &str, start: usize, memory: &'a Bump) -> Result<(&'a str, usize), Fault> {
    let mut text = BumpString::with_capacity_in(32, memory);
    let mut at = start;
    loop {
        let rest = line.get(at..).unwrap_or_default();
        let run = plain(rest.as_bytes());
        text.push_str(rest.get(..run).unwrap_or_default());
        at += run;
        match line.as_bytes().get(at) {
            Some(b'"') => return Ok((text.into_bump_str(), at)),
            Some(b'\\') => at = escape(line, at, &mut text)?,
            Some(_) => {
                return Err(Fault {
                    at,
                    what: "a control character in a string; write it as an escape",
                });
            }
            None => {
                return Err(Fault {
                    at,
                    what: "the string does not end",
                });
            }
        }
    }
}

/// Resolves the escape at `at`; returns where it ends.
fn escape(line: &str, at: usize, text: &mut BumpString<'_>) -> Result<usize, Fault> {
    let bytes = line.as_bytes();
    let plain = match bytes.get(at + 1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(bytes, at, text),
        Some(_) => {
            return Err(Fault {
                at,
                what: "an escape that JSON does not know",
            });
        }
        None => {
            return Err(Fault {
                at: bytes.len(),
                what: "the string does not end",
            });
        }
    };
    text.push(plain);
    Ok(at + 2)
}

fn unicode_escape(bytes: &[u8], at: usize, text: &mut BumpString<'_>) -> Result<usize, Fault> {
    let cut = bytes.len() < at + 6;
    let bad = |what| Fault {
        at: if cut { bytes.len() } else { at },
        what,
    };
    let first = hex4(bytes, at + 2).ok_or_else(|| bad("`\\u` needs four hexadecimal digits"))?;
    if let Some(c) = char::from_u32(first) {
        text.push(c);
        return Ok(at + 6);
    }
    let second = match bytes.get(at + 6..at + 8) {
        Some(b"\\u") => hex4(bytes, at + 8).filter(|second| (0xdc00..0xe000).contains(second)),
        _ => None,
    };
    let half = || bad("half of a surrogate pair; write both halves, or the character itself");
    let second = second.filter(|_| first < 0xdc00).ok_or_else(half)?;
    let c = char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or_else(half)?;
    text.push(c);
    Ok(at + 12)
}

fn hex4(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 4)?;
    digits
        .iter()
        .try_fold(0, |sum, byte| Some(sum * 16 + char::from(*byte).to_digit(16)?))
}

/// Where the number, `true`, `false` or `null` at `at` ends.
pub(crate) fn literal(line: &str, at: usize) -> Option<usize> {
    let rest = line.as_bytes().get(at..)?;
    let length = match rest {
        [b't', b'r', b'u', b'e', ..] | [b'n', b'u', b'l', b'l', ..] => 4,
        [b'f', b'a', b'l', b's', b'e', ..] => 5,
        _ => number(rest)?,
    };
    // `nullx` and `01` are no literals.
    match rest.get(length) {
        None | Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n') => Some(at + length),
        Some(_) => None,
    }
}

/// The length of the JSON number at the start.
fn number(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let some = |count: usize| (count > 0).then_some(count);
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    at += if bytes.get(at) == Some(&b'0') {
        1
    } else {
        some(digits(at))?
    };
    if bytes.get(at) == Some(&b'.') {
        at += 1 + some(digits(at + 1))?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at += some(digits(at))?;
    }
    Some(at)
}
