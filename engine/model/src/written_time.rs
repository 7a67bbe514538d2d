//! Times as payloads write them: read without losing how fine they are written, and whether a zone is claimed.

use crate::{DAY_MS, HOUR_MS, MINUTE_MS, Precision, Timestamp};
use core::fmt;

/// A time exactly as a payload states it: the wall clock, how fine, and the offset if one is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WrittenTime {
    /// The wall clock read as if it were UTC, milliseconds.
    pub wall_ms: i64,
    /// How finely it is written.
    pub precision: Precision,
    /// Minutes east of UTC, when written.
    pub offset_minutes: Option<i16>,
}

/// Why a text is not a time that Milepost takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimeError {
    /// Not `YYYY-MM-DD`, `YYYY-MM-DDTHH:MM`, or RFC 3339.
    Unreadable,
    /// A month, day, hour, minute or second that does not exist.
    NoSuchTime,
    /// A year before 1970 or after 2199.
    YearOutOfRange,
    /// An offset is needed here and none is written.
    NoOffset,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "is not a date or RFC 3339 time; write 2026-03-01T14:03:22Z",
            Self::NoSuchTime => "names a day or time of day that does not exist",
            Self::YearOutOfRange => "lies outside the years 1970 to 2199",
            Self::NoOffset => "has no offset from UTC; end it with Z or +hh:mm",
        })
    }
}

impl core::error::Error for TimeError {}

impl WrittenTime {
    /// The instant, if an offset is written and the time is not a mere date.
    #[must_use]
    pub fn instant(&self) -> Option<Timestamp> {
        let offset = i64::from(self.offset_minutes?);
        Some(Timestamp::from_millis(self.wall_ms - offset * MINUTE_MS))
    }

    /// Reads a date, a date and minute, or RFC 3339 with or without offset. A space may stand for the `T`.
    ///
    /// # Errors
    /// [`TimeError`] says what is wrong with the text.
    #[inline]
    pub fn parse(text: &[u8]) -> Result<Self, TimeError> {
        match Self::parse_usual(text) {
            Some(at) => Ok(Self {
                wall_ms: at.millis(),
                precision: Precision::Exact,
                offset_minutes: Some(0),
            }),
            None => Self::parse_any(text),
        }
    }

    #[cold]
    fn parse_any(text: &[u8]) -> Result<Self, TimeError> {
        let mut rest = Reader { text };
        let days = rest.date()?;
        if rest.text.is_empty() {
            return Ok(Self {
                wall_ms: days * DAY_MS,
                precision: Precision::Date,
                offset_minutes: None,
            });
        }
        rest.one_of(b"Tt ")?;
        let hour = rest.number(2)?;
        rest.one_of(b":")?;
        let minute = rest.number(2)?;
        let mut precision = Precision::Minute;
        let mut seconds_ms = 0;
        if rest.text.first() == Some(&b':') {
            rest.one_of(b":")?;
            precision = Precision::Exact;
            seconds_ms = rest.number(2)? * 1000;
            if matches!(rest.text.first(), Some(b'.' | b',')) {
                rest.one_of(b".,")?;
                seconds_ms += rest.fraction_ms()?;
            }
        }
        // 24:00 is ISO 8601's end of the day; a leap second is read as the last second before it.
        if hour > 24 || (hour == 24 && (minute, seconds_ms) != (0, 0)) || minute > 59 || seconds_ms > 60_999 {
            return Err(TimeError::NoSuchTime);
        }
        let offset_minutes = rest.offset()?;
        let wall_ms = days * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + seconds_ms.min(59_999);
        Ok(Self {
            wall_ms,
            precision,
            offset_minutes,
        })
    }

    /// The instant of the usual form `YYYY-MM-DDTHH:MM:SS[.mmm]Z`, eight characters at a time; `None` sends the text to
    /// [`Self::parse`], which reads any other form too, or says what is wrong with it. Always inlined: what it gives then
    /// stays in registers.
    #[must_use]
    #[inline(always)]
    pub fn parse_usual(text: &[u8]) -> Option<Timestamp> {
        match <&[u8; 24]>::try_from(text) {
            Ok(text) => Self::parse_millis(text),
            Err(_) => Self::parse_seconds(text),
        }
    }

    /// The usual form without milliseconds.
    fn parse_seconds(text: &[u8]) -> Option<Timestamp> {
        let seconds = <&[u8; 20]>::try_from(text).ok()?.strip_suffix(b"Z")?;
        let mut text = *b"0000-00-00T00:00:00.000Z";
        *text.first_chunk_mut::<19>()? = *seconds.first_chunk()?;
        Self::parse_millis(&text)
    }

    #[inline(always)]
    fn parse_millis(text: &[u8; 24]) -> Option<Timestamp> {
        let (words, _) = text.as_chunks::<8>();
        let [date, middle, end] = words else { return None };
        let (date, bad_date) = pairs(*date, b"0000-00-");
        let (middle, bad_middle) = pairs(*middle, b"00T00:00");
        let (end, bad_end) = pairs(*end, b":00.000Z");
        if bad_date | bad_middle | bad_end != 0 {
            return None;
        }
        let (month, day) = (pair(date, 5), pair(middle, 0));
        let (hour, minute, second) = (pair(middle, 3), pair(middle, 6), pair(end, 1));
        // The last digit of the milliseconds stands beside the `Z`, whose difference is 0: a pair of ten times it.
        let millis = 10 * pair(end, 4) + pair(end, 6) / 10;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days = days_within_table(100 * pair(date, 0) + pair(date, 2), month, day)?;
        let seconds = (24 * days + hour) * 3600 + 60 * minute + second;
        Some(Timestamp::from_millis(1000 * seconds + millis))
    }
}

/// Eight characters against a pattern, in which `0` stands for any digit: in byte n stands then the number that the
/// characters n and n + 1 make. The second word is not 0 when something else stands there.
#[inline]
fn pairs(text: [u8; 8], pattern: &'static [u8; 8]) -> (u64, u64) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // Zeros and signs both differ from `0` by a few bits only, and this is known before the program runs.
    let signs = pattern.map(|byte| if byte == b'0' { 0x80 } else { 0xff });
    let digits = u64::from_le_bytes(text) ^ u64::from_le_bytes(*pattern);
    // A digit differs from `0` by 0 to 9, anything else of the pattern by nothing.
    let too_large = digits.wrapping_add(EACH * (0x80 - 10)) | digits;
    let bad = (too_large & (EACH * 0x80)) | (digits & u64::from_le_bytes(signs));
    (digits.wrapping_mul(10).wrapping_add(digits >> 8), bad)
}

/// The number of two digits that begins at a place.
#[inline]
fn pair(pairs: u64, at: u32) -> i64 {
    i64::from((pairs >> (8 * at)).to_le_bytes()[0])
}

/// Of each year from 1970 twice the days before it, and one more when it is a leap year.
const YEARS: [u32; 230] = {
    let mut years = [0; 230];
    let (mut rest, mut year, mut days): (&mut [u32], _, _) = (&mut years, 1970, 0);
    while let [first, others @ ..] = rest {
        let leap = is_leap(year) as u32;
        *first = 2 * days + leap;
        days += 365 + leap;
        year += 1;
        rest = others;
    }
    years
};

/// Of each month, from 1, the days of the year before it and its last day: in a common year, and in a leap year.
const MONTHS: [[(u16, u8); 13]; 2] = [months(28), months(29)];

const fn months(february: u8) -> [(u16, u8); 13] {
    let mut months = [(0, 0); 13];
    let (mut rest, mut days): (&mut [(u16, u8)], _) = (&mut months, 0);
    let mut lasts: &[u8] = &[0, 31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    while let ([month, others @ ..], [last, later @ ..]) = (rest, lasts) {
        *month = (days, *last);
        days += *last as u16;
        (rest, lasts) = (others, later);
    }
    months
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn digit(byte: u8) -> Option<i64> {
    byte.is_ascii_digit().then(|| i64::from(byte - b'0'))
}

struct Reader<'a> {
    text: &'a [u8],
}

impl Reader<'_> {
    fn number(&mut self, width: usize) -> Result<i64, TimeError> {
        let (digits, rest) = self.text.split_at_checked(width).ok_or(TimeError::Unreadable)?;
        self.text = rest;
        digits
            .iter()
            .try_fold(0, |sum, byte| Ok(sum * 10 + digit(*byte).ok_or(TimeError::Unreadable)?))
    }

    fn one_of(&mut self, wanted: &[u8]) -> Result<u8, TimeError> {
        let (first, rest) = self.text.split_first().ok_or(TimeError::Unreadable)?;
        self.text = rest;
        if wanted.contains(first) {
            Ok(*first)
        } else {
            Err(TimeError::Unreadable)
        }
    }

    fn date(&mut self) -> Result<i64, TimeError> {
        let year = self.number(4)?;
        self.one_of(b"-")?;
        let month = self.number(2)?;
        self.one_of(b"-")?;
        let day = self.number(2)?;
        checked_days(year, month, day)
    }

    fn fraction_ms(&mut self) -> Result<i64, TimeError> {
        let mut millis = 0;
        let mut digits = 0;
        while let Some(value) = self.text.first().copied().and_then(digit) {
            if digits < 3 {
                millis = millis * 10 + value;
            }
            digits += 1;
            self.one_of(b"0123456789")?;
        }
        match digits {
            0 => Err(TimeError::Unreadable),
            1 => Ok(millis * 100),
            2 => Ok(millis * 10),
            _ => Ok(millis),
        }
    }

    fn offset(&mut self) -> Result<Option<i16>, TimeError> {
        if self.text.is_empty() {
            return Ok(None);
        }
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => {
                return if self.text.is_empty() {
                    Ok(Some(0))
                } else {
                    Err(TimeError::Unreadable)
                };
            }
        };
        let hours = self.number(2)?;
        if self.text.first() == Some(&b':') {
            self.one_of(b":")?;
        }
        let minutes = if self.text.is_empty() { 0 } else { self.number(2)? };
        if !self.text.is_empty() {
            return Err(TimeError::Unreadable);
        }
        if hours > 14 || minutes > 59 {
            return Err(TimeError::NoSuchTime);
        }
        Ok(i16::try_from(sign * (hours * 60 + minutes)).ok())
    }
}

/// Days since 1970-01-01 of a date, by table; `None` if there is no such day in the years of the table.
#[inline(always)]
fn days_within_table(year: i64, month: i64, day: i64) -> Option<i64> {
    let of_year = *YEARS.get(usize::try_from(year - 1970).ok()?)?;
    let [common, leap] = &MONTHS;
    let months = if of_year % 2 == 1 { leap } else { common };
    let (before, last) = *months.get(usize::try_from(month).ok()?)?;
    let is_in_month = (day - 1).cast_unsigned() < u64::from(last);
    is_in_month.then_some(i64::from(of_year / 2) + i64::from(before) + day - 1)
}

/// As [`days_within_table`], or what is wrong with the date.
fn checked_days(year: i64, month: i64, day: i64) -> Result<i64, TimeError> {
    let of_year = usize::try_from(year - 1970).ok().and_then(|at| YEARS.get(at));
    let leap = of_year.map_or_else(|| is_leap(year), |of_year| of_year % 2 == 1);
    let months = if leap { &MONTHS[1] } else { &MONTHS[0] };
    let of_month = usize::try_from(month).ok().and_then(|month| months.get(month));
    let (before, last) = *of_month.ok_or(TimeError::NoSuchTime)?;
    if !(1..=i64::from(last)).contains(&day) {
        return Err(TimeError::NoSuchTime);
    }
    let of_year = i64::from(*of_year.ok_or(TimeError::YearOutOfRange)?);
    Ok(of_year / 2 + i64::from(before) + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn written_times_keep_their_precision_and_offset() {
        for (text, expected) in [
            ("2026-03-01T14:03:22.000Z", "2026-03-01T14:03:22.000Z Exact Some(0)"),
            ("2026-03-01T14:03:22Z", "2026-03-01T14:03:22.000Z Exact Some(0)"),
            (
                "2026-03-01T14:03:22.5-05:00",
                "2026-03-01T14:03:22.500Z Exact Some(-300)",
            ),
            (
                "2026-03-01t14:03:22.123456+0530",
                "2026-03-01T14:03:22.123Z Exact Some(330)",
            ),
            ("2026-03-01 14:03", "2026-03-01T14:03:00.000Z Minute None"),
            ("2026-03-01", "2026-03-01T00:00:00.000Z Date None"),
            ("2026-12-31T24:00Z", "2027-01-01T00:00:00.000Z Minute Some(0)"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z Exact Some(0)"),
            ("2026-02-29", "names a day or time of day that does not exist"),
            ("0000-01-01", "lies outside the years 1970 to 2199"),
            ("2999-01-01T00:00:00Z", "lies outside the years 1970 to 2199"),
            (
                "2026-03-01T14:03:22Zjunk",
                "is not a date or RFC 3339 time; write 2026-03-01T14:03:22Z",
            ),
            (
                "yesterday",
                "is not a date or RFC 3339 time; write 2026-03-01T14:03:22Z",
            ),
            ("", "is not a date or RFC 3339 time; write 2026-03-01T14:03:22Z"),
        ] {
            let found = match WrittenTime::parse(text.as_bytes()) {
                Ok(w) => {
                    let wall = Timestamp::from_millis(w.wall_ms);
                    alloc::format!("{wall} {:?} {:?}", w.precision, w.offset_minutes)
                }
                Err(error) => error.to_string(),
            };
            assert_eq!(found, expected, "{text}");
        }
    }

    /// The general reader alone.
    fn slowly(text: &[u8]) -> Result<WrittenTime, TimeError> {
        WrittenTime::parse_any(text)
    }

    #[test]
    fn the_usual_form_is_read_as_the_general_reader_reads_it() {
        let base = *b"2026-03-01T14:03:22.123Z";
        for text in [&base[..], b"2026-03-01T14:03:22Z"] {
            assert_eq!(WrittenTime::parse(text), slowly(text));
            assert!(WrittenTime::parse_usual(text).is_some());
            for at in 0..text.len() {
                for byte in 0..=255u8 {
                    let mut other = text.to_vec();
                    if let Some(slot) = other.get_mut(at) {
                        *slot = byte;
                    }
                    assert_eq!(WrittenTime::parse(&other), slowly(&other), "{other:?}");
                }
            }
        }
        for day in 1..=31 {
            for month in 1..=12 {
                for year in [1969, 1970, 2000, 2023, 2024, 2100, 2199, 2200] {
                    let text = alloc::format!("{year:04}-{month:02}-{day:02}T23:59:59.009Z");
                    assert_eq!(WrittenTime::parse(text.as_bytes()), slowly(text.as_bytes()), "{text}");
                }
            }
        }
    }
}
