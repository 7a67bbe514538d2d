//! What is sent: the lines of a seeded world, as a file or as one message each, in the same order.

use bytes::Bytes;
use milepost_connectors::log::{AnyLog, Append, Destination, Log};
use milepost_loadgen::{Encoder, Faults, Malformed, Settings, Style, World};
use milepost_model::{DAY_MS, Timestamp, TrackingNumber};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Lines of a shipment in a usual world, a little fewer than there are.
const LINES_EACH: u64 = 11;

/// Messages that are appended at once.
const APPEND_MAX: usize = 512;

/// When an embedded log takes its messages; no result depends on it.
const NOW: Timestamp = Timestamp::from_millis(1_772_373_802_000);

/// Lines of a world, good and malformed.
pub struct Sent {
    lines: Vec<Line>,
}

struct Line {
    /// Whose it is; `None` for a malformed one, which nobody can route.
    number: Option<TrackingNumber>,
    bytes: Bytes,
}

/// How many scans a test sends: so many, or what `MILEPOST_E2E_SCANS` says for a long run.
#[must_use]
pub fn scans_wanted(usual: usize) -> usize {
    let wanted = std::env::var("MILEPOST_E2E_SCANS").ok();
    wanted.map_or(usual, |text| {
        text.parse().expect("MILEPOST_E2E_SCANS is a number of scans")
    })
}

impl Sent {
    /// The first lines of a world as usual, one of a hundred malformed in a way that a message can be.
    #[must_use]
    pub fn usual(seed: u64, lines: usize) -> Self {
        let mut malformed_weights = [1; 10];
        for (weight, kind) in malformed_weights.iter_mut().zip(Malformed::ALL) {
            // A message of 10 MB is more than a server takes.
            *weight = u32::from(kind != Malformed::Oversized);
        }
        Self::of(
            seed,
            lines,
            Faults {
                malformed: 0.01,
                malformed_weights,
                deep_max: 5,
                ..Faults::REALISTIC
            },
        )
    }

    /// The first lines of a world with these faults.
    #[must_use]
    pub fn of(seed: u64, lines: usize, faults: Faults) -> Self {
        let shipments = (lines as u64).div_ceil(LINES_EACH);
        Self::of_world(
            Settings {
                seed,
                shipments,
                faults,
                ..Settings::default()
            },
            lines,
        )
    }

    fn of_world(settings: Settings, lines: usize) -> Self {
        let mut encoder = Encoder::new(Style::default());
        let lines = World::new(settings).take(lines).map(|arrival| {
            let mut bytes = Vec::new();
            encoder.encode(&arrival, &mut bytes);
            bytes.pop();
            let number = arrival.malformed.is_none().then_some(arrival.scan.plan.number);
            Line {
                number,
                bytes: bytes.into(),
            }
        });
        Self { lines: lines.collect() }
    }

    /// The lines of a world whose last day was yesterday, by this clock; many a parcel is still on its way.
    #[must_use]
    pub fn until(now: Timestamp, seed: u64, shipments: u64) -> Self {
        let days = 20;
        let today = now.millis().div_euclid(DAY_MS) * DAY_MS;
        Self::of_world(
            Settings {
                seed,
                shipments,
                days,
                start_s: (today - i64::from(days) * DAY_MS) / 1_000,
                cut: true,
                faults: Faults {
                    malformed: 0.0,
                    ..Faults::REALISTIC
                },
                ..Settings::default()
            },
            usize::MAX,
        )
    }

    /// The same lines, each so long, with spaces at its end.
    #[must_use]
    pub fn padded(mut self, length: usize) -> Self {
        for line in &mut self.lines {
            let mut bytes = line.bytes.to_vec();
            bytes.resize(bytes.len().max(length), b' ');
            line.bytes = bytes.into();
        }
        self
    }

    /// How many lines there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.lines.len() as u64
    }

    /// Number, from 1, and byte offset of every malformed line in the file.
    #[must_use]
    pub fn malformed(&self) -> Vec<(u64, u64)> {
        let mut offset = 0;
        let mut found = Vec::new();
        for (number, line) in (1..).zip(&self.lines) {
            if line.number.is_none() {
                found.push((number, offset));
            }
            offset += line.bytes.len() as u64 + 1;
        }
        found
    }

    /// The lines that have a number, as a producer sends them: where to, and what.
    pub fn for_producer(&self) -> impl Iterator<Item = (String, Bytes)> {
        let numbered = self.lines.iter().filter_map(|line| Some((line.number?, &line.bytes)));
        numbered.map(|(number, bytes)| (format!("ingest.{number}"), bytes.clone()))
    }

    /// Writes all lines to a file.
    ///
    /// # Panics
    /// When the disk refuses.
    pub fn write(&self, path: &Path) {
        let mut all = Vec::new();
        for line in &self.lines {
            all.extend_from_slice(&line.bytes);
            all.push(b'\n');
        }
        std::fs::write(path, all).expect("the disk has room");
    }

    /// Appends all lines beside what else goes on, so many at once, with that time between them.
    ///
    /// # Panics
    /// When the log refuses.
    pub async fn append_in_parts(self: Arc<Self>, log: AnyLog, part: usize, every: Duration) {
        for from in (0..self.lines.len()).step_by(part) {
            self.append(&log, from..self.lines.len().min(from + part)).await;
            tokio::time::sleep(every).await;
        }
    }

    /// Appends a part of the lines to the log, one message each. Returns the sequence number of the last.
    ///
    /// # Panics
    /// When the log refuses.
    pub async fn append(&self, log: &AnyLog, part: Range<usize>) -> u64 {
        let mut last = 0;
        for lines in self.lines.get(part).expect("a part of the lines").chunks(APPEND_MAX) {
            let messages = lines.iter().map(|line| Append {
                to: line.number.map_or(Destination::Partition(0), Destination::Number),
                format: None,
                payload: line.bytes.clone(),
            });
            let sequences = log.append(NOW, messages.collect()).await.expect("the log takes scans");
            last = sequences.last().copied().unwrap_or(last);
        }
        last
    }
}
