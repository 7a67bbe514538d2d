//! Time as the log and the carriers state it: instants, written times, and how exact a written time is.

use core::fmt;

/// Milliseconds in a minute.
pub const MINUTE_MS: i64 = 60_000;
/// Milliseconds in an hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Milliseconds in a day of 24 hours.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// An instant: milliseconds since 1970-01-01T00:00:00Z. Finer digits of an input are cut off.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Before every time that a scan can carry.
    pub const MIN: Self = Self(i64::MIN);
    /// After every time that a scan can carry; as a deadline it means "never".
    pub const MAX: Self = Self(i64::MAX);

    /// From milliseconds since the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This instant moved by `millis`, held at the ends of the range.
    #[must_use]
    pub const fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this instant, negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339 with an offset; a date or a time without offset is refused.
    ///
    /// # Errors
    /// [`TimeError`] when the text is not such a time or lies outside 1970 to 2199.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let written = WrittenTime::parse(text.as_bytes())?;
        written.instant().ok_or(TimeError::NoOffset)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds, for example `2026-03-01T14:03:22.000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0u8; 24];
        let Some(text) = self.write_rfc3339(&mut text) else {
            return write!(f, "{}ms", self.0);
        };
        f.write_str(text)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Timestamp {
    /// Writes `YYYY-MM-DDTHH:MM:SS.mmmZ` into `text`; `None` for years outside 0 to 9999.
    pub fn write_rfc3339(self, text: &mut [u8; 24]) -> Option<&str> {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY_MS));
        if !(0..=9999).contains(&year) {
            return None;
        }
        let of_day = self.0.rem_euclid(DAY_MS);
        text.copy_from_slice(b"0000-00-00T00:00:00.000Z");
        put(text, 0, 4, year);
        put(text, 5, 2, month);
        put(text, 8, 2, day);
        put(text, 11, 2, of_day / HOUR_MS);
        put(text, 14, 2, of_day / MINUTE_MS % 60);
        put(text, 17, 2, of_day / 1000 % 60);
        put(text, 20, 3, of_day % 1000);
        core::str::from_utf8(text).ok()
    }
}

fn put(text: &mut [u8; 24], at: usize, width: usize, mut value: i64) {
    for slot in text.iter_mut().skip(at).take(width).rev() {
        *slot = b'0' + u8::try_from(value % 10).unwrap_or(0);
        value /= 10;
    }
}

/// How finely a time was written down.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Precision {
    /// To the second or finer.
    #[default]
    Exact,
    /// To the minute: the instant lies within 60 s.
    Minute,
    /// A date: the instant lies within that local day.
    Date,
}

/// Which step of the time ladder gave the zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum TimeBasis {
    /// The text carries an explicit offset.
    #[default]
    Offset,
    /// A paired GMT field.
    GmtPair,
    /// A zone code in the payload.
    TzCode,
    /// The zone of the place.
    Place,
    /// The zone of the carrier's home network.
    CarrierHome,
    /// An offset that the source is known to get wrong: both readings count.
    Claimed,
    /// No zone is known.
    None,
}

impl TimeBasis {
    /// Every basis, in the order of the ladder.
    pub const ALL: [Self; 7] = [
        Self::Offset,
        Self::GmtPair,
        Self::TzCode,
        Self::Place,
        Self::CarrierHome,
        Self::Claimed,
        Self::None,
    ];

    /// The name used in scans and columns.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offset => "offset",
            Self::GmtPair => "gmt_pair",
            Self::TzCode => "tz_code",
            Self::Place => "place",
            Self::CarrierHome => "carrier_home",
            Self::Claimed => "claimed",
            Self::None => "none",
        }
    }
}

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
        Some(Timestamp(self.wall_ms - offset * MINUTE_MS))
    }

    /// Reads a date, a date and minute, or RFC 3339 with or without offset. A space may stand for the `T`.
    ///
    /// # Errors
    /// [`TimeError`] says what is wrong with the text.
    pub fn parse(text: &[u8]) -> Result<Self, TimeError> {
        if let Some(written) = Self::parse_fixed(text) {
            return written;
        }
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

    /// The common form `YYYY-MM-DDTHH:MM:SS[.mmm]Z` at fixed places; `None` sends the text to the general reader.
    fn parse_fixed(text: &[u8]) -> Option<Result<Self, TimeError>> {
        let (head, fraction_ms) = match text {
            [head @ .., b'.', a, b, c, b'Z'] if head.len() == 19 => (head, three(*a, *b, *c)?),
            [head @ .., b'Z'] if head.len() == 19 => (head, 0),
            _ => return None,
        };
        let head: &[u8; 19] = head.try_into().ok()?;
        let [
            y1,
            y2,
            y3,
            y4,
            b'-',
            m1,
            m2,
            b'-',
            d1,
            d2,
            b'T',
            h1,
            h2,
            b':',
            n1,
            n2,
            b':',
            s1,
            s2,
        ] = *head
        else {
            return None;
        };
        let year = two(y1, y2)? * 100 + two(y3, y4)?;
        let (month, day) = (two(m1, m2)?, two(d1, d2)?);
        let (hour, minute, second) = (two(h1, h2)?, two(n1, n2)?, two(s1, s2)?);
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days = match checked_days(year, month, day) {
            Ok(days) => days,
            Err(error) => return Some(Err(error)),
        };
        let wall_ms = days * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + fraction_ms;
        Some(Ok(Self {
            wall_ms,
            precision: Precision::Exact,
            offset_minutes: Some(0),
        }))
    }
}

fn digit(byte: u8) -> Option<i64> {
    byte.is_ascii_digit().then(|| i64::from(byte - b'0'))
}

fn two(a: u8, b: u8) -> Option<i64> {
    Some(digit(a)? * 10 + digit(b)?)
}

fn three(a: u8, b: u8, c: u8) -> Option<i64> {
    Some(two(a, b)? * 10 + digit(c)?)
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

fn checked_days(year: i64, month: i64, day: i64) -> Result<i64, TimeError> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return Err(TimeError::NoSuchTime),
    };
    if !(1..=last).contains(&day) {
        return Err(TimeError::NoSuchTime);
    }
    if !(1970..=2199).contains(&year) {
        return Err(TimeError::YearOutOfRange);
    }
    Ok(days_from_civil(year, month, day))
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar (Howard Hinnant's `days_from_civil`).
#[must_use]
pub(crate) const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day of a number of days since 1970-01-01 (Howard Hinnant's `civil_from_days`).
#[must_use]
pub(crate) const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + (month <= 2) as i64;
    (year, month, day)
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

    #[test]
    fn every_day_from_1970_to_2199_survives_the_calendar() {
        let mut previous = (1969, 12, 31);
        for days in 0..days_from_civil(2200, 1, 1) {
            let date = civil_from_days(days);
            assert!(date > previous, "{date:?} after {previous:?}");
            assert_eq!(days_from_civil(date.0, date.1, date.2), days);
            previous = date;
        }
        assert_eq!(previous, (2199, 12, 31));
    }
}
