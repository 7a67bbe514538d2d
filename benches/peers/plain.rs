//! The comparison's program without an engine: what a good engineer writes in a day for these ten rules and no others.
//! Typed serde, a hash map of parcels, a heap of deadlines. `peers_plain SCANS NOTIFICATIONS`; README.md beside this file
//! defines what has to come out.

use hashbrown::HashMap;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::error::Error;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, BufWriter, Write};

const HOUR_MS: i64 = 3_600_000;
const LATENESS_MS: i64 = 6 * HOUR_MS;
const SILENT_MS: i64 = 48 * HOUR_MS;
const GAP_MS: i64 = 36 * HOUR_MS;

#[derive(Deserialize)]
struct Scan<'a> {
    #[serde(borrow)]
    event_id: Cow<'a, str>,
    #[serde(borrow)]
    tracking_number: Cow<'a, str>,
    status: Status,
    #[serde(borrow, default)]
    code: Cow<'a, str>,
    #[serde(borrow)]
    occurred_at: Cow<'a, str>,
    #[serde(borrow, default)]
    promised_at: Option<Cow<'a, str>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Accepted,
    InTransit,
    Customs,
    OutForDelivery,
    AttemptFailed,
    AvailableForPickup,
    Exception,
    Delivered,
}

#[derive(Clone, Copy)]
enum Rule {
    OutForDelivery,
    Delivered,
    Damaged,
    HeldAtCustoms,
    BadAddress,
    TwoAttempts,
    MovesAfterPromise,
    DeliveredLate,
    Gap,
    Silent,
}

impl Rule {
    const fn name(self) -> &'static str {
        match self {
            Self::OutForDelivery => "out_for_delivery",
            Self::Delivered => "delivered",
            Self::Damaged => "damaged",
            Self::HeldAtCustoms => "held_at_customs",
            Self::BadAddress => "bad_address",
            Self::TwoAttempts => "two_attempts",
            Self::MovesAfterPromise => "moves_after_promise",
            Self::DeliveredLate => "delivered_late",
            Self::Gap => "gap",
            Self::Silent => "silent",
        }
    }
}

struct Parcel {
    number: Box<str>,
    seen: Vec<u64>,
    status: Status,
    last_scan_ms: i64,
    promised_ms: Option<i64>,
    attempts: u32,
    fired: u16,
    has_deadline: bool,
}

/// Where notifications go.
struct Told<W: Write> {
    out: W,
    count: u64,
}

impl<W: Write> Told<W> {
    fn fire(&mut self, parcel: &mut Parcel, rule: Rule, at_ms: i64) -> Result<(), Box<dyn Error>> {
        let bit = 1 << rule as u16;
        if parcel.fired & bit == 0 {
            parcel.fired |= bit;
            self.count += 1;
            let (number, rule) = (&parcel.number, rule.name());
            let at = Timestamp::from_millisecond(at_ms)?;
            writeln!(
                self.out,
                r#"{{"tracking_number":"{number}","rule":"{rule}","at":"{at:.3}"}}"#
            )?;
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [scans, notifications] = arguments.as_slice() else {
        return Err("usage: peers_plain SCANS NOTIFICATIONS".into());
    };
    let mut input = BufReader::with_capacity(1 << 20, File::open(scans)?);
    let out = BufWriter::with_capacity(1 << 20, File::create(notifications)?);
    let mut told = Told { out, count: 0 };
    let mut parcels: Vec<Parcel> = Vec::new();
    let mut index: HashMap<Box<str>, usize> = HashMap::new();
    let mut deadlines: BinaryHeap<Reverse<(i64, usize)>> = BinaryHeap::new();
    let (mut line, mut lines, mut newest_ms) = (Vec::new(), 0_u64, i64::MIN);
    while input.read_until(b'\n', &mut line)? > 0 {
        let scan: Scan<'_> = serde_json::from_slice(&line)?;
        let at_ms = instant(&scan.occurred_at)?;
        let place = match index.get(scan.tracking_number.as_ref()) {
            Some(place) => *place,
            None => {
                let number: Box<str> = scan.tracking_number.as_ref().into();
                index.insert(number.clone(), parcels.len());
                parcels.push(Parcel::new(number));
                parcels.len() - 1
            }
        };
        if let Some(parcel) = parcels.get_mut(place) {
            take(&scan, at_ms, parcel, &mut told)?;
            if parcel.status == Status::InTransit && !parcel.has_deadline {
                parcel.has_deadline = true;
                deadlines.push(Reverse((parcel.last_scan_ms + SILENT_MS, place)));
            }
        }
        newest_ms = newest_ms.max(at_ms);
        pass(newest_ms - LATENESS_MS, &mut deadlines, &mut parcels, &mut told)?;
        lines += 1;
        line.clear();
    }
    told.out.flush()?;
    eprintln!(
        "{lines} scans of {} parcels, {} notifications",
        parcels.len(),
        told.count
    );
    Ok(())
}

/// One scan, in the order of arrival.
fn take<W: Write>(scan: &Scan<'_>, at_ms: i64, parcel: &mut Parcel, told: &mut Told<W>) -> Result<(), Box<dyn Error>> {
    let id = hash(&scan.event_id);
    if parcel.seen.contains(&id) {
        return Ok(());
    }
    let is_first = parcel.seen.is_empty();
    parcel.seen.push(id);
    let is_over = parcel.status == Status::Delivered && at_ms >= parcel.last_scan_ms;
    if scan.status == Status::AttemptFailed && (is_first || !is_over) {
        parcel.attempts += 1;
        if parcel.attempts >= 2 {
            told.fire(parcel, Rule::TwoAttempts, at_ms)?;
        }
    }
    if !is_first {
        if at_ms < parcel.last_scan_ms {
            return Ok(());
        }
        let silent_at_ms = parcel.last_scan_ms + SILENT_MS;
        if parcel.status == Status::InTransit && at_ms >= silent_at_ms {
            told.fire(parcel, Rule::Silent, silent_at_ms)?;
        }
        if at_ms - parcel.last_scan_ms > GAP_MS {
            told.fire(parcel, Rule::Gap, at_ms)?;
        }
    }
    if is_first || (parcel.status != Status::Delivered && scan.status != Status::Accepted) {
        parcel.status = scan.status;
    }
    parcel.last_scan_ms = at_ms;
    if let Some(promised_at) = &scan.promised_at {
        parcel.promised_ms = Some(promise(promised_at)?);
    }
    judge(scan, at_ms, parcel, told)
}

/// The rules that look at the parcel as it stands after a scan.
fn judge<W: Write>(scan: &Scan<'_>, at_ms: i64, parcel: &mut Parcel, told: &mut Told<W>) -> Result<(), Box<dyn Error>> {
    let is_late = parcel.promised_ms.is_some_and(|promised_ms| at_ms > promised_ms);
    match parcel.status {
        Status::OutForDelivery => told.fire(parcel, Rule::OutForDelivery, at_ms),
        Status::Delivered => {
            told.fire(parcel, Rule::Delivered, at_ms)?;
            if is_late {
                told.fire(parcel, Rule::DeliveredLate, at_ms)?;
            }
            Ok(())
        }
        Status::InTransit if is_late => told.fire(parcel, Rule::MovesAfterPromise, at_ms),
        Status::Customs if scan.code == "customs_held" => told.fire(parcel, Rule::HeldAtCustoms, at_ms),
        Status::Exception if scan.code == "damaged" => told.fire(parcel, Rule::Damaged, at_ms),
        Status::Exception if scan.code == "address_problem" => told.fire(parcel, Rule::BadAddress, at_ms),
        Status::Accepted
        | Status::InTransit
        | Status::Customs
        | Status::AttemptFailed
        | Status::AvailableForPickup
        | Status::Exception => Ok(()),
    }
}

/// Time passes: parcels that have been silent in transit for too long.
fn pass<W: Write>(
    now_ms: i64,
    deadlines: &mut BinaryHeap<Reverse<(i64, usize)>>,
    parcels: &mut [Parcel],
    told: &mut Told<W>,
) -> Result<(), Box<dyn Error>> {
    while let Some(Reverse((due_ms, place))) = deadlines.peek().copied()
        && due_ms <= now_ms
    {
        deadlines.pop();
        let Some(parcel) = parcels.get_mut(place) else { continue };
        parcel.has_deadline = false;
        if parcel.status != Status::InTransit {
            continue;
        }
        let silent_at_ms = parcel.last_scan_ms + SILENT_MS;
        if silent_at_ms <= now_ms {
            told.fire(parcel, Rule::Silent, silent_at_ms)?;
        } else {
            parcel.has_deadline = true;
            deadlines.push(Reverse((silent_at_ms, place)));
        }
    }
    Ok(())
}

impl Parcel {
    fn new(number: Box<str>) -> Self {
        Self {
            number,
            seen: Vec::new(),
            status: Status::Accepted,
            last_scan_ms: i64::MIN,
            promised_ms: None,
            attempts: 0,
            fired: 0,
            has_deadline: false,
        }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn instant(text: &str) -> Result<i64, jiff::Error> {
    Ok(text.parse::<Timestamp>()?.as_millisecond())
}

/// A promise of a day holds until its last millisecond, in UTC.
fn promise(text: &str) -> Result<i64, jiff::Error> {
    if text.len() > 10 {
        return instant(text);
    }
    let next = text.parse::<Date>()?.checked_add(1.day())?;
    Ok(next.to_zoned(TimeZone::UTC)?.timestamp().as_millisecond() - 1)
}
