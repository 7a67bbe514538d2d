//! The messages of a seed: a world's lines, one or several to a message, with ticks between them.

use crate::rule_sets;
use bytes::Bytes;
use milepost_connectors::log::{Append, Control, Destination, Message};
use milepost_core::Clock;
use milepost_loadgen::rng::Rng;
use milepost_loadgen::{Arrival, Encoder, Faults, Malformed, Settings, Style, World};
use milepost_model::{DAY_MS, HOUR_MS, MINUTE_MS, Position, Timestamp, partition};
use std::collections::BTreeMap;

/// The stream of chance that decides how a seed is told.
const TELLING: u64 = 0x7465_6C6C;
/// The stream of chance that changes the rules.
const SWITCHING: u64 = 0x7377_6974;
/// The stream of chance that amends scans.
const AMENDING: u64 = 0x616D_656E;

/// One message before the log has it.
#[derive(Clone, Debug)]
pub struct Sending {
    /// When it is sent.
    pub at: Timestamp,
    /// The message.
    pub append: Append,
    /// What is wrong with each of its lines; empty for a tick.
    pub lines: Vec<Option<Malformed>>,
}

/// What a seed sends.
#[derive(Clone, Debug)]
pub struct Feed {
    /// The seed.
    pub seed: u64,
    /// Whose time counts.
    pub clock: Clock,
    /// Messages in order.
    pub sendings: Vec<Sending>,
}

/// How a seed is told, apart from what its world is.
struct Telling {
    lines_max: u64,
    tick_every_ms: i64,
    amended: f64,
    copies: bool,
    /// Of a thousand messages, how many are followed by other rules.
    switched_permille: u64,
}

impl Feed {
    /// The feed of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::told(seed, None, Size::Usual)
    }

    /// A feed of a few shipments, for whoever tries very many seeds.
    #[must_use]
    pub fn small(seed: u64) -> Self {
        Self::told(seed, None, Size::Small)
    }

    /// The same feed, each line in a message of its own, with or without the lines that repeat one sent before.
    #[must_use]
    pub fn line_by_line(seed: u64, copies: bool) -> Self {
        Self::told(seed, Some(copies), Size::Usual)
    }

    fn told(seed: u64, line_by_line: Option<bool>, size: Size) -> Self {
        let mut rng = Rng::new(seed, TELLING, 0);
        let settings = settings(seed, size, &mut rng);
        let clock = if rng.permille(650) {
            Clock::Log
        } else {
            let lateness_ms = rng.between(0, 180) * MINUTE_MS;
            // The earlier life of a recycled number comes from months ago, and may come first.
            Clock::Event {
                lateness_ms,
                jump_max_ms: 400 * DAY_MS,
            }
        };
        let telling = Telling {
            lines_max: if rng.permille(500) || line_by_line.is_some() {
                1
            } else {
                rng.below(7) + 2
            },
            tick_every_ms: *rng.pick(&[10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS]),
            amended: if rng.permille(600) { 0.03 } else { 0.0 },
            copies: line_by_line != Some(false),
            switched_permille: *rng.pick(&[0, 2, 2, 10]),
        };
        Self {
            seed,
            clock,
            sendings: telling.sendings(seed, settings),
        }
    }

    /// The messages as a log without faults would number them.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        let numbered = (1..).zip(&self.sendings);
        numbered
            .map(|(sequence, sending)| Message {
                position: Position {
                    partition: sending.append.to.partition(),
                    sequence,
                },
                timestamp: sending.at,
                format: sending.append.format.clone(),
                payload: sending.append.payload.clone(),
            })
            .collect()
    }

    /// Lines sent.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.sendings.iter().map(|sending| sending.lines.len()).sum()
    }
}

/// How many shipments a feed is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Size {
    /// A hundred or two.
    Usual,
    /// A few.
    Small,
}

fn settings(seed: u64, size: Size, rng: &mut Rng) -> Settings {
    let faults = match seed % 4 {
        0 => Faults::NONE,
        1 | 2 => Faults::HARSH,
        _ => Faults {
            malformed: 0.01,
            ..Faults::REALISTIC
        },
    };
    Settings {
        seed,
        shipments: match size {
            Size::Usual => 60 + rng.below(140),
            Size::Small => 4 + rng.below(26),
        },
        days: u32::try_from(5 + rng.below(30)).unwrap_or(30),
        cut: rng.permille(400),
        recycled_permille: 25,
        retracted_permille: 25,
        faults: Faults {
            oversized_max: 1,
            deep_max: 2,
            ..faults
        },
        ..Settings::default()
    }
}

/// Lines of one share that wait for their message.
#[derive(Default)]
struct Gathered {
    payload: Vec<u8>,
    lines: Vec<Option<Malformed>>,
}

impl Telling {
    fn sendings(&self, seed: u64, settings: Settings) -> Vec<Sending> {
        let mut amending = Rng::new(seed, AMENDING, 0);
        let mut encoder = Encoder::new(Style::default());
        let mut gathered: BTreeMap<u8, Gathered> = BTreeMap::new();
        let mut sendings = Vec::new();
        let (mut switching, mut version) = (Rng::new(seed, SWITCHING, 0), 0);
        let (mut next_tick, mut end) = (i64::MIN, i64::MIN);
        for arrival in World::new(settings) {
            let amends = amending.chance(self.amended);
            let switches = !arrival.is_copy && switching.permille(self.switched_permille);
            end = arrival.arrives_at;
            if arrival.is_copy && !self.copies {
                continue;
            }
            if next_tick == i64::MIN {
                next_tick = arrival.arrives_at + self.tick_every_ms;
            }
            while arrival.arrives_at >= next_tick {
                sendings.push(tick(Timestamp::from_millis(next_tick)));
                next_tick += self.tick_every_ms;
            }
            if switches {
                version += 1;
                switch(seed, version, arrival.arrives_at, &mut sendings);
            }
            let share = partition(arrival.scan.plan.number.as_str());
            let waiting = gathered.entry(share).or_default();
            add_line(&arrival, &mut encoder, waiting, amends);
            if waiting.lines.len() as u64 >= self.lines_max {
                let full = std::mem::take(waiting);
                sendings.push(message(Timestamp::from_millis(arrival.arrives_at), share, full));
            }
        }
        let end = Timestamp::from_millis(end);
        gathered.retain(|_, waiting| !waiting.lines.is_empty());
        sendings.extend(
            gathered
                .into_iter()
                .map(|(share, waiting)| message(end, share, waiting)),
        );
        sendings.push(tick(end.plus(3 * DAY_MS)));
        sendings
    }
}

fn add_line(arrival: &Arrival, encoder: &mut Encoder, waiting: &mut Gathered, amends: bool) {
    let from = waiting.payload.len();
    encoder.encode(arrival, &mut waiting.payload);
    waiting.lines.push(arrival.malformed);
    let line = waiting.payload.get(from..).unwrap_or_default().to_vec();
    if amends
        && !arrival.is_copy
        && arrival.malformed.is_none()
        && let Some(amended) = amended(&line, arrival)
    {
        waiting.payload.extend_from_slice(&amended);
        waiting.lines.push(None);
    }
}

/// A later version of a scan: written down anew, with a promise and perhaps a destination, where the first version has neither.
fn amended(line: &[u8], arrival: &Arrival) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(line).ok()?;
    if text.contains("\"recorded_at\"") || text.contains("\"promised_at\"") {
        return None;
    }
    let open = text.trim_end().strip_suffix('}')?;
    let known = Timestamp::from_millis(arrival.arrives_at);
    // Some know the destination better, some less, some say another.
    let destination = ["", "region\":\"AK", "country\":\"US", "city\":\"Anchorage"];
    let destination = match destination.get((arrival.arrives_at % 4) as usize) {
        Some(part) if !part.is_empty() => format!(",\"destination_{part}\""),
        _ => String::new(),
    };
    Some(
        format!(
            "{open},\"recorded_at\":\"{known}\",\"promised_at\":\"{}\"{destination}}}\n",
            known.plus(DAY_MS)
        )
        .into_bytes(),
    )
}

fn message(at: Timestamp, share: u8, gathered: Gathered) -> Sending {
    let payload = Bytes::from(gathered.payload);
    Sending {
        at,
        append: Append {
            to: Destination::Partition(share),
            format: None,
            payload,
        },
        lines: gathered.lines,
    }
}

/// Other rules, or once in a while those that came with the program; and ticks, one of them soon after.
fn switch(seed: u64, version: u64, at_ms: i64, sendings: &mut Vec<Sending>) {
    let files = if version.is_multiple_of(4) {
        rule_sets::default_files()
    } else {
        rule_sets::changed(seed, version)
    };
    sendings.push(control(Timestamp::from_millis(at_ms), &Control::Rules(files)));
    if version.is_multiple_of(2) {
        sendings.extend([3_000, 11_000].map(|after_ms| tick(Timestamp::from_millis(at_ms + after_ms))));
    }
}

fn tick(at: Timestamp) -> Sending {
    control(at, &Control::Tick(at))
}

fn control(at: Timestamp, control: &Control) -> Sending {
    Sending {
        at,
        append: control.append(),
        lines: Vec::new(),
    }
}
