//! Bytes of JSON, appended in the order in which they are read. What is constant goes in as it is; what the world wrote
//! is looked at eight bytes at a time, for nearly no text needs an escape.

use alloc::string::String;
use alloc::vec::Vec;
use milepost_model::Timestamp;

/// JSON being written.
pub(super) struct Json(Vec<u8>);

impl Json {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn into_string(self) -> String {
        String::from_utf8(self.0).expect("only texts and ASCII were written")
    }

    /// Appends what needs no escape.
    #[inline(always)]
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Appends a text with the escapes that JSON asks for.
    pub(super) fn text(&mut self, text: &str) {
        if has_special(text.as_bytes()) {
            self.escaped(text);
        } else {
            self.raw(text.as_bytes());
        }
    }

    fn escaped(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                b'"' => self.raw(b"\\\""),
                b'\\' => self.raw(b"\\\\"),
                b'\n' => self.raw(b"\\n"),
                b'\r' => self.raw(b"\\r"),
                b'\t' => self.raw(b"\\t"),
                0..0x20 => {
                    self.raw(b"\\u00");
                    self.raw(&hex_of(byte));
                }
                byte => self.0.push(byte),
            }
        }
    }

    /// Appends a whole number: most of a job's are small.
    pub(super) fn whole(&mut self, mut value: u64) {
        if value < 10 {
            return self.0.push(b'0' + value as u8);
        }
        let mut digits = [b'0'; 20];
        let mut from = digits.len();
        for (at, slot) in digits.iter_mut().enumerate().rev() {
            from = at;
            *slot = b'0' + (value % 10) as u8;
            value /= 10;
            if value == 0 {
                break;
            }
        }
        self.raw(digits.get(from..).unwrap_or_default());
    }

    /// Appends 32 hexadecimal digits.
    pub(super) fn hex(&mut self, value: u128) {
        let digits = value.to_be_bytes().map(hex_of);
        self.raw(digits.as_flattened());
    }

    /// Appends an instant without quotes; nothing when its year has not four digits.
    pub(super) fn time(&mut self, at: Timestamp) {
        if let Some(text) = at.rfc3339() {
            self.raw(&text);
        }
    }

    /// Appends an instant in quotes.
    pub(super) fn time_or_null(&mut self, at: Option<Timestamp>) {
        match at {
            Some(at) => {
                self.0.push(b'"');
                self.time(at);
                self.0.push(b'"');
            }
            None => self.raw(b"null"),
        }
    }
}

fn hex_of(byte: u8) -> [u8; 2] {
    HEX.get(usize::from(byte)).copied().unwrap_or_default()
}

/// Every byte as two hexadecimal digits.
const HEX: [[u8; 2]; 256] = {
    const fn digit(value: usize) -> u8 {
        if value < 10 {
            b'0' + value as u8
        } else {
            b'a' - 10 + value as u8
        }
    }
    let mut pairs = [*b"00"; 256];
    let mut rest: &mut [[u8; 2]] = &mut pairs;
    while let Some((last, before)) = rest.split_last_mut() {
        *last = [digit(before.len() / 16), digit(before.len() % 16)];
        rest = before;
    }
    pairs
};

/// Whether some byte needs an escape.
#[inline]
fn has_special(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let special = words
        .iter()
        .fold(0, |all, word| all | special_in(u64::from_le_bytes(*word)));
    // The last bytes are read as a word that overlaps what was read, or is filled up with letters.
    let last = match (
        bytes.last_chunk::<8>(),
        bytes.first_chunk::<4>(),
        bytes.last_chunk::<4>(),
    ) {
        _ if rest.is_empty() => LETTERS,
        (Some(last), ..) => u64::from_le_bytes(*last),
        (None, Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
        }
        (None, ..) => rest.iter().fold(LETTERS, |word, byte| word << 8 | u64::from(*byte)),
    };
    (special | special_in(last)) & HIGH != 0
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;
const LETTERS: u64 = 0x61 * ONES;

/// A word in which a highest bit is set if some byte of this one is a quote, a backslash or a control.
const fn special_in(word: u64) -> u64 {
    let quotes = word ^ (0x22 * ONES);
    let backslashes = word ^ (0x5C * ONES);
    (word.wrapping_sub(0x20 * ONES) & !word)
        | (quotes.wrapping_sub(ONES) & !quotes)
        | (backslashes.wrapping_sub(ONES) & !backslashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Json)) -> String {
        let mut json = Json::with_capacity(0);
        write(&mut json);
        json.into_string()
    }

    #[test]
    fn untrusted_text_stays_inside_its_quotes() {
        for (value, expected) in [
            ("plain", "plain"),
            ("Coeur d'Alene", "Coeur d'Alene"),
            ("a\"b\\c", "a\\\"b\\\\c"),
            ("line\nbreak\ttab\u{1}", "line\\nbreak\\ttab\\u0001"),
            ("Köln \u{1F4E6}\"", "Köln \u{1F4E6}\\\""),
        ] {
            assert_eq!(written(|json| json.text(value)), expected);
        }
    }

    #[test]
    fn one_special_byte_is_found_wherever_it_stands() {
        for length in 0..40 {
            let plain: String = "aé~ Z!#[]0".chars().cycle().take(length).collect();
            assert_eq!(written(|json| json.text(&plain)), plain);
            for at in (0..=plain.len()).filter(|at| plain.is_char_boundary(*at)) {
                for (special, escape) in [
                    ("\"", "\\\""),
                    ("\\", "\\\\"),
                    ("\u{1f}", "\\u001f"),
                    ("\u{0}", "\\u0000"),
                ] {
                    let (before, after) = plain.split_at(at);
                    let text = [before, special, after].concat();
                    assert_eq!(written(|json| json.text(&text)), [before, escape, after].concat());
                }
            }
        }
    }

    #[test]
    fn numbers_and_times_read_as_they_are_written_elsewhere() {
        for value in [0, 7, 10, 99, 100, 65_535, 1_234_567, u64::MAX] {
            assert_eq!(written(|json| json.whole(value)), alloc::format!("{value}"));
        }
        let value = 0x0123_4567_89AB_CDEF_0011_2233_4455_6677;
        assert_eq!(written(|json| json.hex(value)), alloc::format!("{value:032x}"));
        let at = Timestamp::from_millis(1_772_409_600_123);
        assert_eq!(written(|json| json.time(at)), alloc::format!("{at}"));
        assert_eq!(written(|json| json.time_or_null(Some(at))), alloc::format!("\"{at}\""));
        assert_eq!(written(|json| json.time_or_null(None)), "null");
    }
}
