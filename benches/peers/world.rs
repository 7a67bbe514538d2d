//! Writes the input of the comparison with other tools: a seeded world of loadgen's, of which only what README.md beside
//! this file defines is kept. `peers_world SHIPMENTS FILE PARTS`: the same lines also in so many files FILE.<n>, each parcel
//! in one of them, for tools that read partitions.
//!
//! Kept are physical scans of the eight plain statuses, each with a time that is proven to the second. Nothing is later
//! than the lateness that every engine of the comparison waits for, and what was overtaken states no promise. A last
//! parcel closes the file: its delivery lies so far ahead that the deadlines of all others have passed.

use milepost_loadgen::world::carriers::TimeForm;
use milepost_loadgen::world::step::Promise;
use milepost_loadgen::{Arrival, Encoder, Faults, Settings, Style, World};
use milepost_model::{HOUR_MS, Kind, Status, Timestamp};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufWriter, Write};

/// How far behind the newest time so far a scan may be.
const LATENESS_MS: i64 = 6 * HOUR_MS;
/// How far ahead of everything the closing parcel is delivered.
const CLOSES_AFTER_MS: i64 = 100 * HOUR_MS;

const WORLD: Faults = Faults {
    lost: 0.004,
    doubled: 0.03,
    out_of_order: 0.01,
    ..Faults::NONE
};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [shipments, path, parts] = arguments.as_slice() else {
        eprintln!("usage: peers_world SHIPMENTS FILE PARTS");
        std::process::exit(2);
    };
    let shipments = shipments.parse().expect("SHIPMENTS is a whole number");
    let parts = parts.parse().expect("PARTS is a whole number");
    let paths = (0..parts).map(|part: usize| format!("{path}.{part}"));
    let mut out = Out {
        whole: create(path),
        parts: paths.map(|path| create(&path)).collect(),
        lines: 0,
    };
    write(shipments, &mut out);
    out.whole.flush().expect("FILE can be written");
    out.parts
        .iter_mut()
        .for_each(|part| part.flush().expect("a part can be written"));
    eprintln!("{} scans of {shipments} shipments", out.lines);
}

/// The file, and its parts.
struct Out {
    whole: BufWriter<File>,
    parts: Vec<BufWriter<File>>,
    lines: u64,
}

impl Out {
    fn line(&mut self, parcel: u64, line: &[u8]) {
        self.lines += 1;
        self.whole.write_all(line).expect("FILE can be written");
        let part = parcel as usize % self.parts.len().max(1);
        if let Some(part) = self.parts.get_mut(part) {
            part.write_all(line).expect("a part can be written");
        }
    }
}

fn create(path: &str) -> BufWriter<File> {
    BufWriter::with_capacity(1 << 20, File::create(path).expect("FILE can be written"))
}

fn write(shipments: u64, out: &mut Out) {
    let world = World::new(Settings {
        seed: 42,
        shipments,
        recycled_permille: 0,
        retracted_permille: 0,
        faults: WORLD,
        ..Settings::default()
    });
    let mut encoder = Encoder::new(Style::default());
    let (mut line, mut feed) = (Vec::new(), Feed::default());
    for mut arrival in world {
        if feed.keeps(&mut arrival) {
            line.clear();
            encoder.encode(&arrival, &mut line);
            out.line(arrival.scan.plan.index, &line);
        }
    }
    let closes_at = Timestamp::from_millis(feed.newest_ms.unwrap_or_default()).plus(CLOSES_AFTER_MS);
    let closing = format!(
        r#"{{"event_id":"closing","tracking_number":"CLOSING000001","carrier":"ups","status":"delivered","occurred_at":"{closes_at}"}}"#
    );
    out.line(shipments, format!("{closing}\n").as_bytes());
}

/// What was written so far.
#[derive(Default)]
struct Feed {
    newest_ms: Option<i64>,
    /// The newest time of each parcel.
    reached_ms: HashMap<u64, i64>,
    /// Scans that were left out for their lateness, by parcel and place in its journey.
    too_late: HashSet<(u64, u8)>,
    /// Scans that do not state the promise because they were overtaken.
    unpromising: HashSet<(u64, u8)>,
}

impl Feed {
    /// Whether the arrival is written; bends it into what is comparable.
    fn keeps(&mut self, arrival: &mut Arrival) -> bool {
        let (parcel, step) = (arrival.scan.plan.index, &mut arrival.scan.step);
        if step.kind() != Kind::Scan || !step.status().is_some_and(is_plain) {
            return false;
        }
        let (scan, at_ms) = ((parcel, step.ordinal), step.written_s() * 1_000);
        let reached_ms = self.reached_ms.entry(parcel).or_insert(at_ms);
        if !arrival.is_copy {
            if self.newest_ms.is_some_and(|newest_ms| newest_ms - at_ms > LATENESS_MS) {
                self.too_late.insert(scan);
            } else if at_ms < *reached_ms {
                self.unpromising.insert(scan);
            }
        }
        if self.too_late.contains(&scan) {
            return false;
        }
        // A copy is the same bytes as the first.
        if self.unpromising.contains(&scan) {
            arrival.scan.plan.promise = Promise::None;
        }
        if !matches!(step.form, TimeForm::Zulu | TimeForm::ZuluMillis) {
            step.form = TimeForm::Offset;
        }
        *reached_ms = at_ms.max(*reached_ms);
        self.newest_ms = self.newest_ms.max(Some(at_ms));
        true
    }
}

/// The statuses that a parcel passes on its way to the door.
const fn is_plain(status: Status) -> bool {
    match status {
        Status::Accepted
        | Status::InTransit
        | Status::Customs
        | Status::OutForDelivery
        | Status::AttemptFailed
        | Status::AvailableForPickup
        | Status::Exception
        | Status::Delivered => true,
        Status::Created
        | Status::Announced
        | Status::Returning
        | Status::Returned
        | Status::Failed
        | Status::Cancelled
        | Status::Expired => false,
    }
}
