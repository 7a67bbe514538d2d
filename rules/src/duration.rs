//! Lengths of time as people write and read them.

use core::fmt;
use milepost_model::{DAY_MS, HOUR_MS, MINUTE_MS};

/// No length of time in a rule file is longer: a hundred years.
const MAX_MS: i64 = 36_500 * DAY_MS;

/// Reads `36h`, `90m`, `2d`, `1d 12h`, `0`; units are d, h, m, s and ms.
pub(crate) fn parse_duration(text: &str) -> Option<i64> {
    let mut total = 0_i64;
    let mut rest = text.trim();
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at_checked(digits)?;
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, after) = after.split_at_checked(letters)?;
        let unit_ms = match unit {
            "d" => DAY_MS,
            "h" => HOUR_MS,
            "m" => MINUTE_MS,
            "s" => 1000,
            "ms" => 1,
            _ => return None,
        };
        total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(unit_ms)?)?;
        rest = after.trim_start();
    }
    (total <= MAX_MS).then_some(total)
}

/// Why a text is not an interval that rules take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum IntervalError {
    Unreadable,
    NoFixedLength,
    TooLong,
}

/// Reads the text of an SQL interval: `36 hours`, `2 days 3 hours`, `1.5 h`, `-1 day`, `12:30:00`. `unit` is what
/// follows the text in the form `INTERVAL '36' HOUR`.
pub(crate) fn parse_interval(text: &str, unit: Option<&str>) -> Result<i64, IntervalError> {
    let mut total = 0_i128;
    let mut words = text.split_whitespace().peekable();
    if words.peek().is_none() {
        return Err(IntervalError::Unreadable);
    }
    while let Some(word) = words.next() {
        if word.contains(':') {
            total += clock(word)?;
            continue;
        }
        let split = word.find(|sign: char| sign.is_ascii_alphabetic()).unwrap_or(word.len());
        let (number, attached) = word.split_at_checked(split).ok_or(IntervalError::Unreadable)?;
        let unit = match (attached, unit) {
            ("", Some(unit)) => unit,
            ("", None) => words.next().ok_or(IntervalError::Unreadable)?,
            (attached, _) => attached,
        };
        total += scaled(number, unit_ms(unit)?)?;
    }
    i64::try_from(total)
        .ok()
        .filter(|total| total.abs() <= MAX_MS)
        .ok_or(IntervalError::TooLong)
}

fn unit_ms(unit: &str) -> Result<i128, IntervalError> {
    let unit = unit.to_ascii_lowercase();
    Ok(i128::from(match unit.as_str() {
        "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 1,
        "s" | "sec" | "secs" | "second" | "seconds" => 1000,
        "m" | "min" | "mins" | "minute" | "minutes" => MINUTE_MS,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOUR_MS,
        "d" | "day" | "days" => DAY_MS,
        "w" | "week" | "weeks" => 7 * DAY_MS,
        "mon" | "mons" | "month" | "months" | "y" | "year" | "years" => return Err(IntervalError::NoFixedLength),
        _ => return Err(IntervalError::Unreadable),
    }))
}

/// A decimal number times a unit; digits below a millisecond are cut off.
fn scaled(number: &str, unit: i128) -> Result<i128, IntervalError> {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return Err(IntervalError::Unreadable);
    }
    let read = |text: &str| text.parse::<i128>().unwrap_or(0);
    let places = fraction.bytes().fold(1_i128, |places, _| places * 10);
    Ok(sign * (read(whole) * unit + read(fraction) * unit / places))
}

/// `hh:mm` or `hh:mm:ss`.
fn clock(word: &str) -> Result<i128, IntervalError> {
    let (sign, word) = match word.strip_prefix('-') {
        Some(word) => (-1, word),
        None => (1, word),
    };
    let mut total = 0;
    let mut unit = i128::from(HOUR_MS);
    for part in word.split(':') {
        if unit < 1000 || part.starts_with(['-', '+']) {
            return Err(IntervalError::Unreadable);
        }
        total += scaled(part, unit)?;
        unit /= 60;
    }
    Ok(sign * total)
}

/// A length of time in words: `45 minutes`, `36 hours`, `2 days 3 hours`.
pub(crate) struct Words(pub(crate) i64);

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("minus ")?;
        }
        let minutes = millis / MINUTE_MS.unsigned_abs();
        let hours = minutes / 60;
        match (hours, minutes) {
            (0, 0) => count(f, millis / 1000, "second"),
            (0, minutes) => count(f, minutes, "minute"),
            (1..6, minutes) => pair(f, (hours, "hour"), (minutes % 60, "minute")),
            (6..48, _) => count(f, hours, "hour"),
            (hours, _) => pair(f, (hours / 24, "day"), (hours % 24, "hour")),
        }
    }
}

fn pair(f: &mut fmt::Formatter<'_>, large: (u64, &str), small: (u64, &str)) -> fmt::Result {
    count(f, large.0, large.1)?;
    if small.0 == 0 {
        return Ok(());
    }
    f.write_str(" ")?;
    count(f, small.0, small.1)
}

fn count(f: &mut fmt::Formatter<'_>, number: u64, unit: &str) -> fmt::Result {
    let plural = if number == 1 { "" } else { "s" };
    write!(f, "{number} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn durations_of_rule_files() {
        for (text, expected) in [
            ("0", Some(0)),
            ("0h", Some(0)),
            ("90m", Some(90 * MINUTE_MS)),
            ("36h", Some(36 * HOUR_MS)),
            ("2d", Some(2 * DAY_MS)),
            ("1d 12h", Some(36 * HOUR_MS)),
            ("1d12h", Some(36 * HOUR_MS)),
            ("250ms", Some(250)),
            ("", None),
            ("36", None),
            ("h", None),
            ("-1h", None),
            ("1.5h", None),
            ("3 hours", None),
            ("99999999999999999999d", None),
            ("40000d", None),
        ] {
            assert_eq!(parse_duration(text), expected, "{text}");
        }
    }

    #[test]
    fn intervals_of_sql() {
        for (text, unit, expected) in [
            ("36 hours", None, Ok(36 * HOUR_MS)),
            ("2 days 3 hours", None, Ok(51 * HOUR_MS)),
            ("1", Some("DAY"), Ok(DAY_MS)),
            ("1.5 h", None, Ok(90 * MINUTE_MS)),
            ("-1 day", None, Ok(-DAY_MS)),
            ("1 day -2 hours", None, Ok(22 * HOUR_MS)),
            ("12:30:15.5", None, Ok(12 * HOUR_MS + 30 * MINUTE_MS + 15_500)),
            ("3 days 12:30", None, Ok(84 * HOUR_MS + 30 * MINUTE_MS)),
            ("36hours", None, Ok(36 * HOUR_MS)),
            ("2 weeks", None, Ok(14 * DAY_MS)),
            ("1 month", None, Err(IntervalError::NoFixedLength)),
            ("36", None, Err(IntervalError::Unreadable)),
            ("", None, Err(IntervalError::Unreadable)),
            ("a while", None, Err(IntervalError::Unreadable)),
            ("1:2:3:4:5", None, Err(IntervalError::Unreadable)),
            ("9999999 days", None, Err(IntervalError::TooLong)),
        ] {
            assert_eq!(parse_interval(text, unit), expected, "{text}");
        }
    }

    #[test]
    fn durations_in_words() {
        for (millis, expected) in [
            (0, "0 seconds"),
            (1000, "1 second"),
            (45 * MINUTE_MS, "45 minutes"),
            (HOUR_MS, "1 hour"),
            (2 * HOUR_MS + 20 * MINUTE_MS, "2 hours 20 minutes"),
            (36 * HOUR_MS + 1, "36 hours"),
            (48 * HOUR_MS, "2 days"),
            (51 * HOUR_MS, "2 days 3 hours"),
            (-26 * HOUR_MS, "minus 26 hours"),
            (i64::MIN, "minus 106751991167 days 7 hours"),
        ] {
            assert_eq!(Words(millis).to_string(), expected);
        }
    }
}
