//! What shipments should be: the rules of the field applied to each shipment's set of records in the plainest way. It
//! shares the nouns with the engine and none of its verbs.

mod journey;
mod table;

use journey::{Journey, Told, joined, point, rank};
use milepost_core::{ScanBatch, Shard};
use milepost_model::{Code, Column, DAY_MS, Facts, Kind, Place, Scan, Status, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// What a comparison found.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Tracking numbers.
    pub shipments: usize,
    /// Those that the oracle can tell: all but shipments with two versions of a record of which nothing says which is
    /// the later.
    pub covered: usize,
    /// Rows that differ, in words.
    pub differences: Vec<String>,
    /// How many journeys end in each status, so that a run can show what it has seen.
    pub statuses: BTreeMap<&'static str, usize>,
}

type Key = (String, String, u64);
type Row = Vec<(Column, String)>;

/// Compares the rows of shards with what the accepted scans say.
#[must_use]
pub fn compare(accepted: &ScanBatch, shards: &[Shard], now: Timestamp) -> Comparison {
    let mut sets: BTreeMap<(&str, String), Vec<Scan<'_>>> = BTreeMap::new();
    for (_, scan) in (0..accepted.len()).filter_map(|at| accepted.get(at)) {
        sets.entry((scan.carrier, scan.number.as_str().to_owned()))
            .or_default()
            .push(scan);
    }
    let mut comparison = Comparison {
        shipments: sets.len(),
        ..Comparison::default()
    };
    let mut expected: BTreeMap<Key, Row> = BTreeMap::new();
    let mut unclear: BTreeSet<(String, String)> = BTreeSet::new();
    for ((carrier, number), set) in &sets {
        let key = ((*carrier).to_owned(), number.clone());
        let Some(journeys) = journeys(set) else {
            unclear.insert(key);
            continue;
        };
        comparison.covered += 1;
        for (epoch, journey) in (0..).zip(&journeys) {
            *comparison.statuses.entry(journey.status.as_str()).or_default() += 1;
            expected.insert((key.0.clone(), key.1.clone(), epoch), journey.row(now));
        }
    }
    for shard in shards {
        shard.each_shipment(now, &mut |view| {
            let key = (
                crate::rows::show(&view.value(Column::Carrier)),
                view.tracking_number().to_owned(),
            );
            if unclear.contains(&key) {
                return;
            }
            let key = (key.0, key.1, u64::from(view.epoch()));
            let Some(row) = expected.remove(&key) else {
                return comparison.differences.push(format!("{key:?} should not be there"));
            };
            for (column, text) in row {
                let found = crate::rows::show(&view.value(column));
                if found != text {
                    comparison
                        .differences
                        .push(format!("{key:?} {}: `{found}`, should be `{text}`", column.name()));
                }
            }
        });
    }
    comparison
        .differences
        .extend(expected.keys().map(|key| format!("{key:?} is not there")));
    comparison
}

/// The journeys of one number from its set of records; `None` when two versions of a record cannot be put in order.
fn journeys<'a>(set: &[Scan<'a>]) -> Option<Vec<Journey<'a>>> {
    let named: Vec<&str> = set
        .iter()
        .map(|scan| scan.retracts)
        .filter(|id| !id.is_empty())
        .collect();
    let is_withdrawn = |scan: &Scan<'_>| !scan.event_id.is_empty() && named.contains(&scan.event_id);
    let withdrawn: Vec<&str> = set
        .iter()
        .filter(|scan| is_withdrawn(scan))
        .map(|scan| scan.event_id)
        .collect();
    let kept: Vec<Scan<'a>> = set.iter().filter(|scan| !is_withdrawn(scan)).copied().collect();
    let mut records = merged(&kept)?;
    records.sort_by_key(sort_key);
    let mut parts: Vec<Vec<Scan<'a>>> = Vec::new();
    for record in records {
        match parts.last_mut() {
            Some(part) if !begins_anew(part, &record) => part.push(record),
            _ => parts.push(vec![record]),
        }
    }
    let told = |part: &Vec<Scan<'a>>| {
        let mut journey = tell(part);
        journey.retracted = part.iter().any(|scan| withdrawn.contains(&scan.retracts));
        journey
    };
    Some(parts.iter().map(told).collect())
}

/// Versions of one record become one: per field the value of the latest version that has it.
fn merged<'a>(set: &[Scan<'a>]) -> Option<Vec<Scan<'a>>> {
    let mut versions: BTreeMap<(Kind, i64, String, String), Vec<Scan<'a>>> = BTreeMap::new();
    for scan in set {
        let same = versions.entry(identity(scan)).or_default();
        if !same.contains(scan) {
            same.push(*scan);
        }
    }
    let mut records = Vec::new();
    for mut same in versions.into_values() {
        same.sort_by_key(|scan| scan.recorded_at);
        if same
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a.recorded_at == b.recorded_at))
        {
            return None;
        }
        records.extend(same.into_iter().reduce(|earlier, later| over(&later, &earlier)));
    }
    Some(records)
}

fn over<'a>(later: &Scan<'a>, earlier: &Scan<'a>) -> Scan<'a> {
    let text = |later: &'a str, earlier: &'a str| if later.is_empty() { earlier } else { later };
    Scan {
        status: later.status.or(earlier.status),
        promised: later.promised.or(earlier.promised),
        attempt: if later.attempt == 0 {
            earlier.attempt
        } else {
            later.attempt
        },
        retracts: text(later.retracts, earlier.retracts),
        leg_carrier: text(later.leg_carrier, earlier.leg_carrier),
        place: Place {
            city: text(later.place.city, earlier.place.city),
            region: text(later.place.region, earlier.place.region),
            postal_code: text(later.place.postal_code, earlier.place.postal_code),
            country: text(later.place.country, earlier.place.country),
            facility: later.place.facility,
        },
        destination: match (later.destination, earlier.destination) {
            (Some(later), Some(earlier)) => Some(joined(&later, &earlier)),
            (later, earlier) => later.or(earlier),
        },
        ..*later
    }
}

/// What makes two records one: kind, raw code, local time to the second, facility.
fn identity(scan: &Scan<'_>) -> (Kind, i64, String, String) {
    let code = if scan.carrier_code.is_empty() {
        format!("of ours: {}", scan.code.as_str())
    } else {
        format!("carrier: {}", scan.carrier_code)
    };
    (
        scan.kind,
        scan.time.wall_ms.div_euclid(1000),
        code,
        scan.place.facility.to_owned(),
    )
}

fn sort_key(scan: &Scan<'_>) -> (Timestamp, u8, (Kind, i64, String, String)) {
    (point(scan), rank(scan), identity(scan))
}

/// Whether a number begins a new journey with this record.
fn begins_anew(part: &[Scan<'_>], record: &Scan<'_>) -> bool {
    if !matches!(
        record.status,
        Some(Status::Created | Status::Announced | Status::Accepted)
    ) {
        return false;
    }
    let Some(last) = part.iter().rfind(|scan| scan.status.is_some()) else {
        return false;
    };
    let days = point(record).since(point(last)) / DAY_MS;
    let was_scanned = part.iter().any(is_physical);
    (days >= 180 && was_scanned) || (days >= 60 && tell(part).status.is_terminal())
}

fn is_physical(scan: &Scan<'_>) -> bool {
    matches!(scan.kind, Kind::Scan | Kind::Proof)
}

fn leg<'a>(scan: &Scan<'a>) -> &'a str {
    if scan.leg_carrier.is_empty() {
        scan.carrier
    } else {
        scan.leg_carrier
    }
}

/// A journey from its records: the legs put in order, what earlier legs call a delivery read as a hand-over, all of it
/// sorted and folded.
fn tell<'a>(part: &[Scan<'a>]) -> Journey<'a> {
    let mut begins: BTreeMap<&str, (Timestamp, bool)> = BTreeMap::new();
    for scan in part.iter().filter(|scan| is_physical(scan)) {
        let begin = (scan.time.earliest, scan.status == Some(Status::Returning));
        let known = begins.entry(leg(scan)).or_insert(begin);
        if begin.0 < known.0 {
            *known = begin;
        }
    }
    let mut legs: Vec<(Timestamp, bool, &str)> = begins.iter().map(|(leg, (at, back))| (*at, *back, *leg)).collect();
    legs.sort_by_key(|(at, ..)| *at);
    let next_of = |scan: &Scan<'_>| {
        let at = legs.iter().position(|(.., carrier)| *carrier == leg(scan));
        at.and_then(|at| legs.get(at + 1))
    };
    let mut records: Vec<Told<'a>> = Vec::new();
    for scan in part {
        let (mut scan, next) = (*scan, next_of(scan));
        if scan.status == Some(Status::Delivered) && next.is_some_and(|(_, begins_returning, _)| !begins_returning) {
            (scan.kind, scan.status, scan.code) = (Kind::Scan, Some(Status::InTransit), Code::HandedToPartner);
        }
        records.push(Told {
            scan,
            last_leg: next.is_none(),
        });
    }
    records.sort_by_key(|told| sort_key(&told.scan));
    let mut journey = Journey::new();
    journey.legs = legs.len().max(1);
    records.iter().for_each(|told| journey.add(told));
    journey
}
