//! Who a shipment is: the tracking number, normalised, and the share of the log that it belongs to.

use core::fmt;
use core::num::NonZeroUsize;

/// Shares of the log. Sixty-four for ever: a producer, a stream and a snapshot all count on it.
pub const PARTITIONS: u8 = 64;

/// A carrier's number for a parcel: 5 to 40 of `A-Z0-9`, upper-case, without spaces, dots and hyphens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
// In whole words and without gaps, so that a copy is a few moves.
#[repr(C, align(8))]
pub struct TrackingNumber {
    length: NonZeroUsize,
    bytes: [u8; 40],
}

/// Why a text is not a tracking number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TrackingNumberError {
    /// Nothing is left after removing spaces, dots and hyphens.
    Empty,
    /// Fewer than 5 characters.
    TooShort,
    /// More than 40 characters.
    TooLong,
    /// A character other than a letter, a digit, space, dot or hyphen.
    BadCharacter,
}

impl fmt::Display for TrackingNumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "is empty",
            Self::TooShort => "has fewer than 5 characters",
            Self::TooLong => "has more than 40 characters",
            Self::BadCharacter => "has a character other than A-Z, 0-9, space, dot or hyphen",
        })
    }
}

impl core::error::Error for TrackingNumberError {}

impl TrackingNumber {
    /// Normalises and checks a number.
    ///
    /// # Errors
    /// [`TrackingNumberError`] says what is wrong with it.
    #[inline]
    pub fn parse(text: &[u8]) -> Result<Self, TrackingNumberError> {
        match Self::parse_usual(text) {
            Some(number) => Ok(number),
            None => Self::parse_any(text),
        }
    }

    /// A number of 8 to 40 characters that is written as we keep it, eight characters at a time. Always inlined: its
    /// words then stay in registers.
    #[must_use]
    #[inline(always)]
    pub fn parse_usual(text: &[u8]) -> Option<Self> {
        let last = u64::from_le_bytes(*text.last_chunk()?);
        let length = NonZeroUsize::new(text.len()).filter(|length| length.get() <= 40)?;
        let mut bad = not_of_a_number(last);
        let mut bytes = [0; 40];
        for (at, slot) in (0..).step_by(8).zip(bytes.as_chunks_mut::<8>().0) {
            let word = match text.get(at..).and_then(|rest| rest.first_chunk()) {
                Some(word) => u64::from_le_bytes(*word),
                // What is left is the end of the last eight.
                None if at < text.len() => last >> (8 * (at + 8 - text.len())),
                None => break,
            };
            if at + 8 <= text.len() {
                bad |= not_of_a_number(word);
            }
            *slot = word.to_le_bytes();
        }
        (bad == 0).then_some(Self { bytes, length })
    }

    #[cold]
    fn parse_any(text: &[u8]) -> Result<Self, TrackingNumberError> {
        let mut bytes = [0u8; 40];
        let mut length = 0;
        for byte in text {
            let byte = match byte {
                b'0'..=b'9' | b'A'..=b'Z' => *byte,
                b'a'..=b'z' => byte.to_ascii_uppercase(),
                b' ' | b'.' | b'-' => continue,
                _ => return Err(TrackingNumberError::BadCharacter),
            };
            *bytes.get_mut(length).ok_or(TrackingNumberError::TooLong)? = byte;
            length += 1;
        }
        match NonZeroUsize::new(length) {
            None => Err(TrackingNumberError::Empty),
            Some(length) if length.get() < 5 => Err(TrackingNumberError::TooShort),
            Some(length) => Ok(Self { bytes, length }),
        }
    }

    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The share of the log that it belongs to: [`partition`] of its text.
    #[must_use]
    pub fn partition(&self) -> u8 {
        partition_of(self.as_bytes())
    }

    /// A number that spreads evenly over each partition: to pick one of so many.
    #[must_use]
    pub fn spread(&self) -> u32 {
        fnv_1a(self.as_bytes()) / u32::from(PARTITIONS)
    }

    /// The number as ASCII bytes with zeros behind it; `None` when it is longer.
    #[must_use]
    #[inline]
    pub fn padded<const N: usize>(&self) -> Option<&[u8; N]> {
        if usize::from(self.length) > N {
            return None;
        }
        self.bytes.first_chunk()
    }

    /// The number as ASCII bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length.get()).unwrap_or_default()
    }
}

impl fmt::Display for TrackingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for TrackingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The share of the log of a normalised number: FNV-1a (32 bits) modulo 64, what a NATS server's own
/// `partition(64,1)` computes from the token `ingest.<number>`.
#[must_use]
pub fn partition(number: &str) -> u8 {
    partition_of(number.as_bytes())
}

/// Not 0 when one of eight characters is none of `0-9A-Z`.
#[inline]
fn not_of_a_number(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // The upper bit of each byte says whether it is at least a bound; bytes above 0x7f are refused before.
    let at_least = |bound: u8| (word & (EACH * 0x7f)) + EACH * u64::from(0x80 - bound);
    let digits = at_least(b'0') & !at_least(b'9' + 1);
    let letters = at_least(b'A') & !at_least(b'Z' + 1);
    (!(digits | letters) | word) & (EACH * 0x80)
}

fn partition_of(number: &[u8]) -> u8 {
    u8::try_from(fnv_1a(number) % u32::from(PARTITIONS)).unwrap_or(0)
}

fn fnv_1a(number: &[u8]) -> u32 {
    number.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn numbers_are_normalised_or_refused() {
        for (text, expected) in [
            ("1Z999AA10123456784", "1Z999AA10123456784"),
            ("1z 999 aa1 01 2345 6784", "1Z999AA10123456784"),
            ("94-00.1118 9922", "940011189922"),
            ("", "is empty"),
            (" - ", "is empty"),
            ("1234", "has fewer than 5 characters"),
            (
                "12345678901234567890123456789012345678901",
                "has more than 40 characters",
            ),
            (
                "1Z999\u{e9}",
                "has a character other than A-Z, 0-9, space, dot or hyphen",
            ),
        ] {
            let found = TrackingNumber::parse(text.as_bytes())
                .map_or_else(|error| error.to_string(), |number| number.to_string());
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_number_written_as_we_keep_it_is_read_as_any_other() {
        let base = *b"AZ09AZ09BY18CX27DW36EV45FU55GT00HS0000ZZ";
        for length in 5..=base.len() {
            let text = base.get(..length).unwrap_or_default();
            assert_eq!(TrackingNumber::parse(text), TrackingNumber::parse_any(text));
            for at in 0..length {
                for byte in 0..=255u8 {
                    let mut other = text.to_vec();
                    if let Some(slot) = other.get_mut(at) {
                        *slot = byte;
                    }
                    let any = TrackingNumber::parse_any(&other);
                    assert_eq!(TrackingNumber::parse(&other), any, "{other:?}");
                    let usual = TrackingNumber::parse_usual(&other);
                    let expected = any.ok().filter(|number| length >= 8 && number.as_bytes() == other);
                    assert_eq!(usual, expected, "{other:?}");
                }
            }
        }
    }

    #[test]
    fn partitions_are_those_of_fnv_1a() {
        // FNV-1a 32 of "foobar" is 0xbf9cf968, of "a" 0xe40c292c (the hash's published test vectors).
        assert_eq!(partition("foobar"), 0xbf9c_f968_u32.rem_euclid(64) as u8);
        assert_eq!(partition("a"), 0xe40c_292c_u32.rem_euclid(64) as u8);
    }
}
