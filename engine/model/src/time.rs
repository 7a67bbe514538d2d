//! Time: instants, how exact a written time is, and the calendar.

use crate::status::closed_list;
use crate::{TimeError, WrittenTime};
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
        match self.rfc3339() {
            Some(text) => f.write_str(str::from_utf8(&text).unwrap_or_default()),
            None => write!(f, "{}ms", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Timestamp {
    /// `YYYY-MM-DDTHH:MM:SS.mmmZ`; `None` for years outside 0 to 9999.
    #[must_use]
    pub fn rfc3339(self) -> Option<[u8; 24]> {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY_MS));
        let year = u32::try_from(year).ok().filter(|year| *year <= 9999)?;
        let of_day = self.0.rem_euclid(DAY_MS) as u32;
        let (minutes, millis) = (of_day / 60_000, of_day % 60_000);
        let [century, decade] = [year / 100, year % 100].map(two_digits);
        let [month, day] = [month as u32, day as u32].map(two_digits);
        let [hour, minute] = [minutes / 60, minutes % 60].map(two_digits);
        let [second, tenths] = [millis / 1000, millis % 1000 / 10].map(two_digits);
        let mut text = *b"0000-00-00T00:00:00.000Z";
        text[0..2].copy_from_slice(&century);
        text[2..4].copy_from_slice(&decade);
        text[5..7].copy_from_slice(&month);
        text[8..10].copy_from_slice(&day);
        text[11..13].copy_from_slice(&hour);
        text[14..16].copy_from_slice(&minute);
        text[17..19].copy_from_slice(&second);
        text[20..22].copy_from_slice(&tenths);
        text[22] = b'0' + (millis % 10) as u8;
        Some(text)
    }
}

/// A number below 100.
fn two_digits(value: u32) -> [u8; 2] {
    PAIRS.get(value as usize).copied().unwrap_or_default()
}

/// The numbers below 100, as two digits each.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [*b"00"; 100];
    let mut rest: &mut [[u8; 2]] = &mut pairs;
    while let Some((last, before)) = rest.split_last_mut() {
        *last = [b'0' + (before.len() / 10) as u8, b'0' + (before.len() % 10) as u8];
        rest = before;
    }
    pairs
};

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

/// A time zone: its place among the names that `milepost-calendar` knows. The number is good within one build of the program
/// and is never stored. It begins with UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Zone(pub u16);

closed_list! {
    #[derive(Default)]
    /// Which step of the time ladder gave the zone, in its order.
    TimeBasis {
        /// The text carries an explicit offset.
        #[default]
        Offset = "offset",
        /// A paired GMT field.
        GmtPair = "gmt_pair",
        /// A zone code in the payload.
        TzCode = "tz_code",
        /// The zone of the place.
        Place = "place",
        /// The zone of the carrier's home network.
        CarrierHome = "carrier_home",
        /// An offset that the source is known to get wrong: both readings count.
        Claimed = "claimed",
        /// No zone is known.
        None = "none",
    }
}

/// Year, month and day of a number of days since 1970-01-01 (Howard Hinnant's `civil_from_days`).
#[must_use]
pub const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097) as u32;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era as i64 + era * 400 + (month <= 2) as i64;
    (year, month as i64, day as i64)
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar (Howard Hinnant's `days_from_civil`).
#[must_use]
pub const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_from_1970_to_2199_survives_the_calendar() {
        let mut previous = (1969, 12, 31);
        for days in 0..days_from_civil(2200, 1, 1) {
            let date = civil_from_days(days);
            assert!(date > previous, "{date:?} after {previous:?}");
            assert_eq!(days_from_civil(date.0, date.1, date.2), days);
            let text = alloc::format!("{:04}-{:02}-{:02}", date.0, date.1, date.2);
            let wall_ms = WrittenTime::parse(text.as_bytes()).map(|written| written.wall_ms);
            assert_eq!(wall_ms, Ok(days * DAY_MS), "{text}");
            previous = date;
        }
        assert_eq!(previous, (2199, 12, 31));
    }
}
