//! What all benchmarks start from: lines of a seeded world, and shards full of shipments that are under way.
//!
//! Measured is with `cargo bench -p milepost-benches`; under `cargo test` the same code runs once, on small inputs. What the
//! whole program did on one machine stands in `baseline.toml`.

mod feed;
mod payloads;
mod rules;

pub use feed::Feed;
pub use payloads::{Payloads, Push};
pub use rules::Family;

use milepost_core::{Effect, Shard};
use milepost_loadgen::{Encoder, Faults, Settings, Style, World};
use milepost_model::{HOUR_MS, Place, Position, Scan, Status, Timestamp, TrackingNumber};
use milepost_rules::{RuleSet, SourceFile, library};
use std::sync::Arc;

/// When the shards of benchmarks begin, milliseconds: 2026-03-02T00:00:00Z.
const START_MS: i64 = 1_772_409_600_000;
/// Places that scans name in turn.
const FACILITIES: [&str; 8] = [
    "hub-1", "hub-2", "hub-3", "hub-4", "depot-1", "depot-2", "depot-3", "depot-4",
];

/// Whether this run measures (`cargo bench`) or only tries (`cargo test`).
#[must_use]
pub fn measures() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// `full` when measuring, `small` when trying.
#[must_use]
pub fn size(full: usize, small: usize) -> usize {
    if measures() { full } else { small }
}

/// Canonical lines of a world of so many shipments, in order of arrival.
#[must_use]
pub fn lines(shipments: usize, faults: Faults) -> Vec<Vec<u8>> {
    let settings = Settings {
        seed: 7,
        shipments: shipments as u64,
        days: 30,
        faults,
        ..Settings::default()
    };
    let mut encoder = Encoder::new(Style::default());
    let line = |arrival| {
        let mut line = Vec::new();
        encoder.encode(&arrival, &mut line);
        line.pop();
        line
    };
    World::new(settings).map(line).collect()
}

/// The rules that come with the program.
///
/// # Panics
/// When they do not compile.
#[must_use]
pub fn library_rules() -> Arc<RuleSet> {
    let files: Vec<SourceFile<'_>> = library().iter().map(|(name, text)| SourceFile { name, text }).collect();
    Arc::new(RuleSet::compile(&files).expect("the library compiles"))
}

/// A shard in which scans arrive one after the other, each later than all before it.
#[derive(Debug)]
pub struct Traffic {
    /// The shard.
    pub shard: Shard,
    /// What it asked for; emptied now and then.
    pub effects: Vec<Effect>,
    numbers: Vec<TrackingNumber>,
    shipments: u64,
    sent: u64,
}

impl Traffic {
    /// A shard with so many shipments, each accepted and once in transit.
    #[must_use]
    pub fn new(rules: Arc<RuleSet>, shipments: usize) -> Self {
        let shard = Shard::new(rules, 1);
        let numbers = (0..shipments as u64).map(number).collect();
        let mut traffic = Self {
            shard,
            effects: Vec::new(),
            numbers,
            shipments: shipments as u64,
            sent: 0,
        };
        for _ in 0..shipments * 2 {
            traffic.scan();
        }
        traffic
    }

    /// Goes on with a shard as it was saved by another of as many shipments.
    #[must_use]
    pub fn resume(self, shard: Shard) -> Self {
        Self { shard, ..self }
    }

    /// The next scan: every shipment in turn, in an order that no cache guesses.
    pub fn scan(&mut self) {
        let shipment = self.sent.wrapping_mul(0x9E37_79B1) % self.shipments;
        let round = self.sent / self.shipments;
        let number = *self.numbers.get(shipment as usize).expect("a number for each shipment");
        let status = if round == 0 {
            Status::Accepted
        } else {
            Status::InTransit
        };
        let at = self.now();
        let facility = FACILITIES
            .get((shipment + round) as usize % FACILITIES.len())
            .copied()
            .unwrap_or("hub-1");
        let place = Place {
            city: "Louisville",
            region: "KY",
            country: "US",
            facility,
            ..Place::default()
        };
        let scan = Scan {
            place,
            service: "ground",
            merchant: "acme",
            ..Scan::new(number, "ups", status, at)
        };
        self.sent += 1;
        let position = Position {
            partition: Some(0),
            sequence: self.sent,
        };
        self.shard.handle_scan((at, at), position, &scan, &mut self.effects);
        if self.effects.len() > 4_096 {
            self.effects.clear();
        }
    }

    /// Lets time pass without a scan.
    pub fn tick(&mut self, after_ms: i64) {
        let position = Position {
            partition: None,
            sequence: self.sent + 1,
        };
        self.shard
            .handle_tick(self.now().plus(after_ms), position, &mut self.effects);
    }

    /// The time of the next scan: each shipment is scanned about every six hours.
    fn now(&self) -> Timestamp {
        let step_ms = 6 * HOUR_MS as u64 * self.sent / self.shipments;
        Timestamp::from_millis(START_MS + step_ms as i64)
    }
}

fn number(shipment: u64) -> TrackingNumber {
    TrackingNumber::parse(format!("1Z{shipment:016}").as_bytes()).expect("letters and digits, eighteen of them")
}
