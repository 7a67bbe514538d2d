//! Times as feeds write them, in one part or two, with their zone beside them: read by a pattern, written anew as the
//! canonical record has them. What cannot be read is left as it is, for the record to be refused with it.

use super::path::Path;
use super::tree::Node;
use super::value::Value;
use crate::carriers::ladder;
use bumpalo::Bump;
use bumpalo::collections::{String as BumpString, Vec as BumpVec};
use milepost_model::{DAY_MS, MINUTE_MS, TimeBasis, days_from_civil};

/// Where a time stands and how it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Moment {
    /// Date, or date and time.
    pub(crate) date: Path,
    /// The time of day, where it stands apart.
    pub(crate) time: Option<Path>,
    /// How both are written, with a blank between; ISO 8601 where nothing is said.
    pub(crate) written: Vec<Pattern>,
    /// The offset from UTC, where it stands apart.
    pub(crate) offset: Option<Value>,
    /// The IANA name of its zone, where it stands apart.
    pub(crate) zone: Option<Value>,
    /// Date and time at Greenwich, of which the offset is the difference.
    pub(crate) gmt: Option<(Path, Option<Path>)>,
    /// What is known of the zone when this stands there.
    pub(crate) basis: Option<TimeBasis>,
    /// Whether midnight is written where only the day is known.
    pub(crate) midnight_is_day: bool,
}

/// A time that was found: as the canonical record writes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Found<'a> {
    pub(crate) text: &'a str,
    pub(crate) basis: Option<TimeBasis>,
}

/// How a time is written: `YYYYMMDD hhmmss`, `DD/MM/YYYY hh:mm`, `MMM D, YYYY h:mm AP`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Pattern(Vec<Sign>);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sign {
    Year,
    Month(Digits),
    MonthName,
    Day(Digits),
    Hour(Digits),
    Minute,
    Second,
    /// A second, and its fraction if there is one.
    SecondAndFraction,
    /// A digit that says nothing we keep.
    Fraction,
    Noon,
    Offset,
    Seconds1970,
    Millis1970,
    Literal(char),
}

/// Two digits, or one or two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Digits {
    Two,
    OneOrTwo,
}

const SIGNS: [(&str, Sign); 16] = [
    ("seconds_since_1970", Sign::Seconds1970),
    ("millis_since_1970", Sign::Millis1970),
    ("YYYY", Sign::Year),
    ("MMM", Sign::MonthName),
    ("MM", Sign::Month(Digits::Two)),
    ("M", Sign::Month(Digits::OneOrTwo)),
    ("DD", Sign::Day(Digits::Two)),
    ("D", Sign::Day(Digits::OneOrTwo)),
    ("hh", Sign::Hour(Digits::Two)),
    ("h", Sign::Hour(Digits::OneOrTwo)),
    ("mm", Sign::Minute),
    ("ss*", Sign::SecondAndFraction),
    ("ss", Sign::Second),
    ("f", Sign::Fraction),
    ("AP", Sign::Noon),
    ("ZZ", Sign::Offset),
];

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// A wall clock.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Wall {
    year: i64,
    month: i64,
    day: i64,
    /// Hour, minute, second; `None` of a day.
    time: Option<(i64, i64, Option<i64>)>,
    /// Of the second.
    millis: i64,
    /// Minutes.
    offset: Option<i64>,
}

impl Pattern {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut signs = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some((written, sign)) = SIGNS.iter().find(|(written, _)| rest.starts_with(written)) {
                signs.push(*sign);
                rest = rest.get(written.len()..).unwrap_or_default();
            } else if first.is_ascii_alphabetic() && first != 'T' {
                let known: Vec<&str> = SIGNS.iter().map(|(written, _)| *written).collect();
                return Err(format!(
                    "`{first}` in `{text}` means nothing; there are {}",
                    known.join(" ")
                ));
            } else {
                signs.push(Sign::Literal(first));
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
        Ok(Self(signs))
    }

    /// Reads a text that is written so, all of it.
    fn read(&self, text: &str) -> Option<Wall> {
        let mut rest = text;
        let (mut wall, mut hour, mut minute, mut second, mut noon) = (Wall::default(), None, None, None, None);
        for sign in &self.0 {
            match sign {
                Sign::Year => wall.year = number(&mut rest, 4, 4)?,
                Sign::Month(digits) => wall.month = number(&mut rest, digits.least(), 2)?,
                Sign::MonthName => wall.month = month(&mut rest)?,
                Sign::Day(digits) => wall.day = number(&mut rest, digits.least(), 2)?,
                Sign::Hour(digits) => hour = Some(number(&mut rest, digits.least(), 2)?),
                Sign::Minute => minute = Some(number(&mut rest, 2, 2)?),
                Sign::Second => second = Some(number(&mut rest, 2, 2)?),
                Sign::SecondAndFraction => {
                    second = Some(number(&mut rest, 2, 2)?);
                    wall.millis = millis(&mut rest)?;
                }
                Sign::Fraction => drop(number(&mut rest, 1, 1)?),
                Sign::Noon => {
                    let (half, after) = rest.split_at_checked(2)?;
                    noon = Some(half.eq_ignore_ascii_case("pm"));
                    if !half.eq_ignore_ascii_case("pm") && !half.eq_ignore_ascii_case("am") {
                        return None;
                    }
                    rest = after;
                }
                Sign::Offset => {
                    wall.offset = Some(offset(rest)?);
                    rest = "";
                }
                Sign::Seconds1970 => return since_1970(rest.parse::<i64>().ok()?.checked_mul(1_000)?),
                Sign::Millis1970 => return since_1970(rest.parse().ok()?),
                Sign::Literal(' ') => {
                    let after = rest.trim_start();
                    if after.len() == rest.len() {
                        return None;
                    }
                    rest = after;
                }
                Sign::Literal(sign) => rest = rest.strip_prefix(*sign)?,
            }
        }
        if let (Some(hour), Some(is_pm)) = (&mut hour, noon) {
            *hour = *hour % 12 + if is_pm { 12 } else { 0 };
        }
        wall.time = hour.map(|hour| (hour, minute.unwrap_or(0), second));
        (rest.is_empty() && wall.is_one()).then_some(wall)
    }
}

impl Digits {
    const fn least(self) -> usize {
        match self {
            Self::Two => 2,
            Self::OneOrTwo => 1,
        }
    }
}

impl Wall {
    /// Reads a text that is written in one of the usual ways of ISO 8601, all of it: a day, or behind `T` a time with an offset or
    /// without one, or behind a blank one without.
    fn read_iso(text: &str) -> Option<Self> {
        let (day, _) = text.as_bytes().split_first_chunk()?;
        let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = *day else {
            return None;
        };
        let mut wall = Self {
            year: two(y0, y1)? * 100 + two(y2, y3)?,
            month: two(m0, m1)?,
            day: two(d0, d1)?,
            ..Self::default()
        };
        let rest = text.get(day.len()..)?;
        if !rest.is_empty() {
            wall.read_iso_time(rest)?;
        }
        wall.is_one().then_some(wall)
    }

    fn read_iso_time(&mut self, text: &str) -> Option<()> {
        let behind_t = text.strip_prefix('T');
        let clock = behind_t.unwrap_or_else(|| text.trim_start());
        if clock.len() == text.len() {
            return None;
        }
        let (minute, _) = clock.as_bytes().split_first_chunk()?;
        let [h0, h1, b':', m0, m1] = *minute else {
            return None;
        };
        let mut rest = clock.get(minute.len()..)?;
        let mut second = None;
        if let Some(behind) = rest.strip_prefix(':') {
            let (digits, _) = behind.as_bytes().split_first_chunk()?;
            let [s0, s1] = *digits;
            second = Some(two(s0, s1)?);
            rest = behind.get(digits.len()..)?;
            self.millis = millis(&mut rest)?;
        }
        self.time = Some((two(h0, h1)?, two(m0, m1)?, second));
        if !rest.is_empty() {
            behind_t?;
            self.offset = Some(offset(rest)?);
        }
        Some(())
    }

    /// Whether it is on the clock and in the calendar.
    fn is_one(&self) -> bool {
        let (Ok(year), Ok(month), Ok(day)) = (self.year.try_into(), self.month.try_into(), self.day.try_into()) else {
            return false;
        };
        let (hour, minute, second) = self.time.map_or((0, 0, 0), |(h, m, s)| (h, m, s.unwrap_or(0)));
        jiff::civil::Date::new(year, month, day).is_ok()
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..=60).contains(&second)
    }

    /// Minutes that the clock shows since its 1970; `None` of a day.
    fn minutes(&self) -> Option<i64> {
        let (hour, minute, _) = self.time?;
        let days = days_from_civil(self.year, self.month, self.day);
        Some(days * (DAY_MS / MINUTE_MS) + hour * 60 + minute)
    }

    fn write<'a>(&self, memory: &'a Bump) -> &'a str {
        let mut text = BumpVec::with_capacity_in(32, memory);
        let ([y0, y1], [y2, y3]) = (digits(self.year / 100), digits(self.year));
        let ([m0, m1], [d0, d1]) = (digits(self.month), digits(self.day));
        text.extend_from_slice_copy(&[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1]);
        if let Some((hour, minute, second)) = self.time {
            let ([h0, h1], [m0, m1]) = (digits(hour), digits(minute));
            text.extend_from_slice_copy(&[b'T', h0, h1, b':', m0, m1]);
            if let Some([s0, s1]) = second.map(digits) {
                text.extend_from_slice_copy(&[b':', s0, s1]);
            }
            if self.millis != 0 {
                let ([_, f0], [f1, f2]) = (digits(self.millis / 100), digits(self.millis));
                text.extend_from_slice_copy(&[b'.', f0, f1, f2]);
            }
            if let Some(offset) = self.offset {
                let ([h0, h1], [m0, m1]) = (digits(offset.abs() / 60), digits(offset.abs() % 60));
                text.extend_from_slice_copy(&[if offset < 0 { b'-' } else { b'+' }, h0, h1, b':', m0, m1]);
            }
        }
        std::str::from_utf8(text.into_bump_slice()).unwrap_or_default()
    }
}

impl Moment {
    /// The innermost level that it looks at.
    pub(crate) fn level(&self) -> usize {
        let paths = [Some(&self.date), self.time.as_ref()];
        let gmt = self.gmt.iter().flat_map(|(date, time)| [Some(date), time.as_ref()]);
        let paths = paths.into_iter().chain(gmt).flatten().map(Path::level);
        let values = [&self.offset, &self.zone].into_iter().flatten().map(Value::level);
        paths.chain(values).max().unwrap_or(0)
    }

    /// The time that stands there; `None` when nothing does.
    pub(crate) fn find<'a>(&self, at: &[Node<'a>], memory: &'a Bump) -> Option<Found<'a>> {
        let text = joined(&self.date, self.time.as_ref(), at, memory)?;
        let Some(mut wall) = self.read(text) else {
            // Years with signs, and what is no time at all: the record knows them or is refused.
            let basis = self.basis.filter(|_| !self.needs_zone());
            return Some(Found { text, basis });
        };
        let pair = self
            .gmt
            .as_ref()
            .and_then(|(date, time)| self.difference(&wall, joined(date, time.as_ref(), at, memory)));
        wall.offset = pair.or_else(|| self.offset_of(&wall, at, memory));
        if self.midnight_is_day && matches!((wall.time, wall.millis), (Some((0, 0, None | Some(0))), 0)) {
            (wall.time, wall.offset) = (None, None);
        }
        // The basis speaks of a zone that is there.
        let is_there = wall.offset.is_some() && (self.gmt.is_none() || pair.is_some());
        let basis = self.basis.filter(|_| is_there || !self.needs_zone());
        Some(Found {
            text: wall.write(memory),
            basis,
        })
    }

    fn read(&self, text: &str) -> Option<Wall> {
        if self.written.is_empty() {
            return Wall::read_iso(text);
        }
        self.written.iter().find_map(|pattern| pattern.read(text))
    }

    /// Whether a zone is to stand beside it.
    const fn needs_zone(&self) -> bool {
        self.offset.is_some() || self.zone.is_some() || self.gmt.is_some()
    }

    /// The offset of a wall clock that is stated beside it, or with it.
    fn offset_of<'a>(&self, wall: &Wall, at: &[Node<'a>], memory: &'a Bump) -> Option<i64> {
        let beside = self.offset.as_ref();
        let beside = beside.and_then(|beside| offset(beside.give(at, memory).text));
        // What is written with a time that has another beside it is not its offset.
        let with = wall.offset.filter(|_| self.gmt.is_none());
        beside.or(with).or_else(|| {
            let zone = self.zone.as_ref()?.give(at, memory).text;
            ladder::offset_minutes(zone, wall.minutes()? * MINUTE_MS)
        })
    }

    /// The offset that a wall clock has from another at Greenwich, to the quarter of an hour.
    fn difference(&self, wall: &Wall, gmt: Option<&str>) -> Option<i64> {
        let gmt = self.read(gmt?)?;
        let minutes = wall.minutes()? - gmt.minutes()?;
        let quarters = (minutes + 7).div_euclid(15) * 15;
        ((quarters - minutes).abs() <= 7 && quarters.abs() <= 14 * 60).then_some(quarters)
    }
}

/// The last two digits of a number, which is not negative.
const fn digits(number: i64) -> [u8; 2] {
    [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]
}

/// The number that two digits are.
const fn two(tens: u8, ones: u8) -> Option<i64> {
    if tens.is_ascii_digit() && ones.is_ascii_digit() {
        Some((tens - b'0') as i64 * 10 + (ones - b'0') as i64)
    } else {
        None
    }
}

fn joined<'a>(date: &Path, time: Option<&Path>, at: &[Node<'a>], memory: &'a Bump) -> Option<&'a str> {
    let date = date.find(at).text();
    if date.is_empty() {
        return None;
    }
    let time = time.map_or("", |time| time.find(at).text());
    if time.is_empty() {
        return Some(date);
    }
    let mut text = BumpString::with_capacity_in(date.len() + time.len() + 1, memory);
    text.push_str(date);
    text.push(' ');
    text.push_str(time);
    Some(text.into_bump_str())
}

/// Takes a number of so many digits.
fn number(rest: &mut &str, least: usize, most: usize) -> Option<i64> {
    let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if digits < least {
        return None;
    }
    let (taken, after) = rest.split_at_checked(digits)?;
    *rest = after;
    taken.parse().ok()
}

/// Takes the fraction of a second, if there is one, to the millisecond.
fn millis(rest: &mut &str) -> Option<i64> {
    let Some(mut digits) = rest.strip_prefix(['.', ',']) else {
        return Some(0);
    };
    let mut millis = number(&mut digits, 1, 1)? * 100;
    for weight in [10, 1] {
        millis += number(&mut digits, 1, 1).unwrap_or(0) * weight;
    }
    *rest = digits.trim_start_matches(|sign: char| sign.is_ascii_digit());
    Some(millis)
}

/// Takes the name of a month, or its first three letters, in English.
fn month(rest: &mut &str) -> Option<i64> {
    let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (name, after) = rest.split_at_checked(letters)?;
    let begin = name.get(..3)?;
    *rest = after.trim_start_matches('.');
    (1..)
        .zip(MONTHS)
        .find(|(_, month)| month.eq_ignore_ascii_case(begin))
        .map(|(number, _)| number)
}

/// Minutes of `Z`, `-05:00`, `-0500`, `-5`, `+05`, `GMT`, `GMT-04:00`.
fn offset(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") || text.eq_ignore_ascii_case("utc") || text.eq_ignore_ascii_case("gmt") {
        return Some(0);
    }
    let text = text
        .strip_prefix("GMT")
        .or_else(|| text.strip_prefix("UTC"))
        .unwrap_or(text);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours, minutes.get(..2)?),
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let minutes = hours.parse::<i64>().ok()?.checked_mul(60)? + minutes.parse::<i64>().ok()?;
    (0..=14 * 60).contains(&minutes).then_some(sign * minutes)
}

fn since_1970(millis: i64) -> Option<Wall> {
    let at = jiff::Timestamp::from_millisecond(millis).ok()?;
    let at = jiff::tz::Offset::UTC.to_datetime(at);
    (at.year() >= 0).then(|| Wall {
        year: at.year().into(),
        month: at.month().into(),
        day: at.day().into(),
        time: Some((at.hour().into(), at.minute().into(), Some(at.second().into()))),
        millis: at.millisecond().into(),
        offset: Some(0),
    })
}

#[cfg(test)]
#[path = "moment_tests.rs"]
mod tests;
