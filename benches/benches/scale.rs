//! What a shard costs as it grows: nanoseconds and bytes for open shipments with ten scans each, saving beside the work,
//! and recovery. One shard, one thread, scans in an order that no cache guesses.
//!
//! `cargo bench -p milepost-benches --bench scale -- 10000000`; without a number, 1,000,000 shipments.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures")]

use milepost_benches::{Family, measures};
use milepost_core::{Extent, ScanBatch, Shard, Todo};
use milepost_model::{DAY_MS, HOUR_MS, Place, Position, Scan, Status, Timestamp, TrackingNumber, Window};
use std::time::Instant;

const START_MS: i64 = 1_772_000_000_000;
/// Scans of each shipment.
const ROUNDS: u64 = 10;
const ROUND_MS: i64 = 10 * HOUR_MS;
const BATCH: u64 = 4_096;
const CARRIERS: [&str; 4] = ["ups", "fedex", "usps", "dhl"];
/// Rows that are saved between two pieces of work.
const ROWS_AT_ONCE: usize = 1_000;

/// Scans of so many shipments, a batch at a time.
struct Feed {
    shipments: u64,
    sent: u64,
    batch: ScanBatch,
    todos: Vec<Todo>,
    facilities: Vec<(String, String)>,
}

impl Feed {
    fn new(shipments: u64) -> Self {
        let facilities = (0..2_000).map(|number| (format!("FAC-{number:04}"), format!("Town {}", number % 1_500)));
        Self {
            shipments,
            sent: 0,
            batch: ScanBatch::default(),
            todos: Vec::new(),
            facilities: facilities.collect(),
        }
    }

    /// Gives a shard scans of so many shipments; nanoseconds that it took for one.
    fn round(&mut self, shard: &mut Shard, round: u64, count: u64) -> f64 {
        let (mut seconds, mut effects) = (0.0, Vec::new());
        let mut from = 0;
        while from < count {
            let to = (from + BATCH).min(count);
            self.batch.clear();
            self.todos.clear();
            (from..to).for_each(|step| self.scan(round, step));
            let begun = Instant::now();
            shard.handle(&self.batch, &self.todos, &mut effects);
            seconds += begun.elapsed().as_secs_f64();
            effects.clear();
            from = to;
        }
        seconds * 1e9 / count as f64
    }

    fn scan(&mut self, round: u64, step: u64) {
        // The shipments of a round come in an order of their own.
        let mixed = step.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11;
        let shipment = if round == 0 {
            step
        } else {
            (mixed + round * 7_919) % self.shipments
        };
        let number = TrackingNumber::parse(format!("1Z999AA1{shipment:010}").as_bytes()).expect("eighteen characters");
        let in_round = (step as f64 / self.shipments as f64 * ROUND_MS as f64) as i64;
        let at = Timestamp::from_millis(START_MS + round as i64 * ROUND_MS + in_round);
        let until = Timestamp::from_millis(START_MS + (9 + (shipment % 3) as i64) * DAY_MS);
        let (order, event) = (format!("SO-2026-{shipment:08}"), format!("01KJ{:022}", self.sent));
        let place = ((shipment * 31 + round * 17) % 2_000) as usize;
        let (facility, city) = self.facilities.get(place).expect("2,000 facilities");
        let carrier = CARRIERS.get((shipment % 4) as usize).expect("four carriers");
        let status = if round == 0 {
            Status::Accepted
        } else {
            Status::InTransit
        };
        let scan = Scan {
            event_id: &event,
            service: if shipment.is_multiple_of(3) {
                "express"
            } else {
                "ground"
            },
            order_id: &order,
            merchant: "acme",
            source: "canonical",
            place: Place {
                city,
                region: "KY",
                postal_code: "40213",
                country: "US",
                facility,
            },
            promised: Some(Window {
                from: until,
                until,
                latest: until,
            }),
            ..Scan::new(number, carrier, status, at)
        };
        self.sent += 1;
        let position = Position {
            partition: Some(0),
            sequence: self.sent,
        };
        self.todos.push(Todo::Scan {
            place: self.batch.len() as u32,
            now: at,
            reached: at,
        });
        self.batch.push(position, &scan);
    }
}

/// Bytes of memory that the process holds; 0 where the system does not tell.
fn resident() -> u64 {
    let told = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = told.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4_096
}

/// Saves to the end: the bytes, all seconds, and the longest that the shard was kept, milliseconds.
fn save(shard: &mut Shard, extent: Extent) -> (Vec<u8>, f64, f64) {
    let (mut bytes, begun) = (Vec::new(), Instant::now());
    shard.begin_saving(extent);
    let mut longest = begun.elapsed();
    loop {
        let (step, mut piece) = (Instant::now(), Vec::new());
        let more = shard.save_some(ROWS_AT_ONCE, &mut piece);
        longest = longest.max(step.elapsed());
        bytes.append(&mut piece);
        if !more {
            return (bytes, begun.elapsed().as_secs_f64(), longest.as_secs_f64() * 1e3);
        }
    }
}

fn main() {
    let named = std::env::args().find_map(|argument| argument.parse::<u64>().ok());
    let shipments = named.unwrap_or(if measures() { 1_000_000 } else { 2_000 });
    let (rules, empty) = (Family::Silence.rules(10), resident());
    let (mut shard, mut feed) = (Shard::new(rules.clone(), 1), Feed::new(shipments));
    let rounds: Vec<f64> = (0..ROUNDS)
        .map(|round| feed.round(&mut shard, round, shipments))
        .collect();
    let held = resident().saturating_sub(empty);
    let later = (0..3).map(|round| feed.round(&mut shard, ROUNDS + round, shipments.min(2_000_000)));
    let best = later.fold(f64::MAX, f64::min);
    assert_eq!(shard.len() as u64, shipments);
    eprintln!("{shipments} open shipments with {ROUNDS} scans, one shard, one thread, ten rules");
    eprintln!(
        "  a scan: {:.0} ns while they came in, {best:.0} ns then",
        rounds.iter().sum::<f64>() / ROUNDS as f64
    );
    eprintln!("  a shipment: {} bytes of memory", held / shipments);
    let (whole, seconds, longest) = save(&mut shard, Extent::Whole);
    let each = whole.len() as u64 / shipments;
    eprintln!("  whole snapshot: {seconds:.2} s, {each} bytes a shipment, the shard kept for {longest:.2} ms at most");
    feed.round(&mut shard, ROUNDS + 4, (shipments / 100).max(1));
    let (changes, seconds, longest) = save(&mut shard, Extent::Changes);
    let share = changes.len() as f64 * 100.0 / whole.len() as f64;
    eprintln!("  changes of 1 %: {seconds:.3} s, {share:.1} % of the whole, {longest:.2} ms at most");
    let before = shard.counts();
    drop(shard);
    let begun = Instant::now();
    let mut shard = Shard::restore(&whole, rules, 2).expect("bytes of a shard");
    shard.restore_changes(&changes).expect("its changes");
    eprintln!("  recovery: {:.2} s", begun.elapsed().as_secs_f64());
    assert_eq!((shard.len() as u64, shard.counts()), (shipments, before));
}
