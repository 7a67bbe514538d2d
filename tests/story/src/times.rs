//! Times as stories write them: `36h` and `+1h` from the start and from the line before, `04-17 10:12` by a calendar.

use milepost_model::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp, WrittenTime};
use std::fmt::Write;

/// How a story tells time.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// What `0h` is.
    pub start: Timestamp,
    /// The year of dates that name none.
    pub year: String,
    /// The offset written behind times: `Z`, `-05:00`, or nothing.
    pub zone: String,
    /// Whether times are shown by the calendar or from the start.
    pub by_date: bool,
}

impl Default for Calendar {
    fn default() -> Self {
        Self {
            start: Timestamp::parse("2026-03-02T00:00:00Z").expect("a Monday"),
            year: "2026".to_owned(),
            zone: "Z".to_owned(),
            by_date: false,
        }
    }
}

/// A time in a story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct When {
    /// The instant, as far as the log is concerned; of a date, its noon.
    pub at: Timestamp,
    /// As a record writes it.
    pub written: String,
}

impl Calendar {
    /// Reads a time from the front of `words`; returns it and how many words it took.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn read(&self, words: &[String], now: Timestamp) -> Result<(When, usize), String> {
        let first = words
            .first()
            .ok_or("a time is missing; write 36h, +1h or 04-17 10:12")?;
        if let Some(after) = first.strip_prefix('+') {
            return Ok((self.exact(now.plus(duration(after)?)), 1));
        }
        if first.ends_with(|sign: char| sign.is_ascii_alphabetic()) && !first.contains('T') {
            return Ok((self.exact(self.start.plus(duration(first)?)), 1));
        }
        let mut written = match first.matches('-').count() {
            1 => format!("{}-{first}", self.year),
            _ => first.clone(),
        };
        let clock = words.get(1).filter(|word| word.contains(':') && !word.contains('='));
        if let Some(clock) = clock {
            write!(
                written,
                "T{clock}{}",
                if clock.ends_with('Z') { "" } else { &self.zone }
            )
            .map_err(|e| e.to_string())?;
        }
        let read = WrittenTime::parse(written.as_bytes()).map_err(|error| format!("`{written}` {error}"))?;
        let noon = if clock.is_none() && !written.contains('T') {
            DAY_MS / 2
        } else {
            0
        };
        let at = read
            .instant()
            .unwrap_or(Timestamp::from_millis(read.wall_ms).plus(noon));
        Ok((When { at, written }, 1 + usize::from(clock.is_some())))
    }

    fn exact(&self, at: Timestamp) -> When {
        let wall = at.plus(self.offset_ms()).to_string();
        let wall = wall.trim_end_matches(".000Z").trim_end_matches('Z');
        When {
            at,
            written: format!("{wall}{}", self.zone),
        }
    }

    fn offset_ms(&self) -> i64 {
        let probe = format!("2000-01-01T00:00{}", self.zone);
        let written = WrittenTime::parse(probe.as_bytes()).ok();
        written
            .and_then(|time| time.offset_minutes)
            .map_or(0, |minutes| i64::from(minutes) * MINUTE_MS)
    }

    /// An instant as this story writes it.
    #[must_use]
    pub fn show(&self, at: Timestamp) -> String {
        if !self.by_date {
            return show_duration(at.since(self.start));
        }
        let wall = at.plus(self.offset_ms()).to_string();
        let wall = wall.trim_end_matches('Z').trim_end_matches(".000").replace('T', " ");
        let wall = wall.strip_suffix(":00").unwrap_or(&wall);
        let this_year = wall.strip_prefix(&self.year).and_then(|rest| rest.strip_prefix('-'));
        this_year.unwrap_or(wall).to_owned()
    }
}

/// Reads `1d6h30m`.
///
/// # Errors
/// Says that it is no duration.
pub fn duration(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no duration; write 90m, 36h or 1d6h");
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (mut sum, mut number) = (0, String::new());
    for sign in digits.chars() {
        if sign.is_ascii_digit() {
            number.push(sign);
            continue;
        }
        let unit = match sign {
            'd' => DAY_MS,
            'h' => HOUR_MS,
            'm' => MINUTE_MS,
            's' => 1000,
            _ => return Err(wrong()),
        };
        sum += number.parse::<i64>().map_err(|_| wrong())? * unit;
        number.clear();
    }
    if digits.is_empty() || !number.is_empty() {
        return Err(wrong());
    }
    Ok(sign * sum)
}

/// A length of time as stories write it: hours, minutes, seconds.
#[must_use]
pub fn show_duration(millis: i64) -> String {
    let mut text = String::new();
    let mut rest = millis.unsigned_abs();
    for (unit, name) in [
        (HOUR_MS.unsigned_abs(), "h"),
        (MINUTE_MS.unsigned_abs(), "m"),
        (1000, "s"),
        (1, "ms"),
    ] {
        if rest >= unit {
            let _ = write!(text, "{}{name}", rest / unit);
            rest %= unit;
        }
    }
    match text.is_empty() {
        true => "0h".to_owned(),
        false if millis < 0 => format!("-{text}"),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_shown_alike() {
        let west = Calendar {
            zone: "-05:00".to_owned(),
            by_date: true,
            ..Calendar::default()
        };
        let unzoned = Calendar {
            zone: String::new(),
            by_date: true,
            ..Calendar::default()
        };
        for (calendar, text, written, shown) in [
            (&Calendar::default(), "36h", "2026-03-03T12:00:00Z", "36h"),
            (&Calendar::default(), "1d6h30m", "2026-03-03T06:30:00Z", "30h30m"),
            (&Calendar::default(), "+1h", "2026-03-02T01:00:00Z", "1h"),
            (&west, "04-17 10:12", "2026-04-17T10:12-05:00", "04-17 10:12"),
            (
                &west,
                "2025-11-03 10:12:30",
                "2025-11-03T10:12:30-05:00",
                "2025-11-03 10:12:30",
            ),
            (&west, "36h", "2026-03-03T07:00:00-05:00", "03-03 07:00"),
            (&unzoned, "06-03", "2026-06-03", "06-03 12:00"),
            (&unzoned, "06-03 04:00", "2026-06-03T04:00", "06-03 04:00"),
        ] {
            let words = crate::words::split(text);
            let (when, taken) = calendar.read(&words, calendar.start).expect(text);
            assert_eq!((when.written.as_str(), taken), (written, words.len()), "{text}");
            assert_eq!(calendar.show(when.at), shown, "{text}");
        }
        assert!(Calendar::default().read(&["soon".to_owned()], Timestamp::MIN).is_err());
    }
}
