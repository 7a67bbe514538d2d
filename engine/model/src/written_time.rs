//! Times as payloads write them: read without losing how fine they are written, and whether a zone is claimed.

use crate::time::{civil_from_days, days_from_civil};
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
    pub fn parse(text: &[u8]) -> Result<Self, TimeError> {
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

/// Days since 1970-01-01 of a date.
fn checked_days(year: i64, month: i64, day: i64) -> Result<i64, TimeError> {
    let days = days_from_civil(year, month, day);
    // A day that does not exist is counted as another one.
    if civil_from_days(days) != (year, month, day) {
        return Err(TimeError::NoSuchTime);
    }
    if !(1970..2200).contains(&year) {
        return Err(TimeError::YearOutOfRange);
    }
    Ok(days)
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
}
