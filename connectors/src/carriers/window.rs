//! Promises, estimates and pickup limits: a date or a time, with the latest reading that its written form allows.

use super::canonical::bad_time;
use super::field::{Field, Record};
use super::refusal::{Quoted, Refusal};
use super::utc;
use milepost_model::{DAY_MS, HOUR_MS, Precision, RejectReason, Timestamp, Window, WrittenTime};

/// A date or time without offset may end this much later: the offsets of the west reach to twelve hours.
const WEST_MS: i64 = 12 * HOUR_MS;

/// The window that one column states.
#[inline(never)]
pub(crate) fn of(record: &Record<'_>, field: Field) -> Result<Option<Window>, Refusal> {
    let text = record.text(field);
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(at) = utc::parse(text.as_bytes()) {
        return Ok(Some(instant(at)));
    }
    let written = WrittenTime::parse(text.as_bytes()).map_err(|error| bad_time(field, text, error))?;
    Ok(Some(stated(&written)))
}

/// The window between two columns; one of them alone states both ends.
pub(crate) fn between(record: &Record<'_>, from: Field, until: Field) -> Result<Option<Window>, Refusal> {
    Ok(match (of(record, from)?, of(record, until)?) {
        // Ends that were mixed up are still the two ends.
        (Some(a), Some(b)) => Some(Window {
            from: a.from.min(b.from),
            until: a.until.max(b.until),
            latest: a.latest.max(b.latest),
        }),
        (one, other) => one.or(other),
    })
}

/// An instant is a window without width.
pub(crate) const fn instant(at: Timestamp) -> Window {
    Window {
        from: at,
        until: at,
        latest: at,
    }
}

fn stated(written: &WrittenTime) -> Window {
    let wall = Timestamp::from_millis(written.wall_ms);
    match (written.instant(), written.precision) {
        (Some(at), _) => instant(at),
        (None, Precision::Date) => {
            let until = wall.plus(DAY_MS - 1);
            Window {
                from: wall,
                until,
                latest: until.plus(WEST_MS),
            }
        }
        (None, Precision::Exact | Precision::Minute) => Window {
            from: wall,
            until: wall,
            latest: wall.plus(WEST_MS),
        },
    }
}

/// A mere date, as days since 1970-01-01. Of a time its own day counts.
pub(crate) fn day(field: Field, text: &str) -> Result<Option<i32>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    let written = WrittenTime::parse(text.as_bytes()).map_err(|error| bad_time(field, text, error))?;
    match i32::try_from(written.wall_ms.div_euclid(DAY_MS)) {
        Ok(day) => Ok(Some(day)),
        Err(_) => Err(Refusal::new(
            RejectReason::BadTime,
            format!("{} {} is out of range", field.name(), Quoted(text)),
        )),
    }
}
