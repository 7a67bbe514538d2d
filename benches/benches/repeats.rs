//! What is known already costs little: scans that are sent again beside scans that are new, from bytes and from decoded scans to
//! the state of a shard. One shard, one thread, both in one run.
//!
//! `cargo bench -p milepost-benches --bench repeats`; `-- SHIPMENTS` for a world of another size; `-- SHIPMENTS NAME new` or
//! `again` for a profiler: the first pass alone, or with three that repeat it.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures")]

use milepost_benches::{Family, Payloads, Push, library_rules, lines, measures};
use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::carriers::{Decoder, Defaults, Mapping, Scratch};
use milepost_core::{Clock, Counts, Effect, ScanBatch, Shard, Timeline, Todo};
use milepost_loadgen::Faults;
use milepost_model::{DAY_MS, HOUR_MS, Position, Scan};
use milepost_rules::RuleSet;
use std::sync::Arc;
use std::time::Instant;

/// Shards that take all of it, one after the other; the medians count.
const ROUNDS: usize = 5;
/// Payloads that are decoded before the shard takes them.
const BATCH: usize = 1_000;
/// Events of a push at most.
const EVENTS_MAX: usize = 30;

/// What is sent.
struct Source {
    name: &'static str,
    payloads: Vec<Vec<u8>>,
    /// `None` for canonical lines.
    mapping: Option<Arc<Mapping>>,
}

/// What a pass took, in seconds.
#[derive(Clone, Copy, Default)]
struct Took {
    decode: f64,
    shard: f64,
    scans: u64,
}

/// Where scans go.
struct Station {
    decoder: Decoder,
    scratch: Scratch,
    defaults: Defaults,
    timeline: Timeline,
    shard: Shard,
    effects: Vec<Effect>,
    batch: ScanBatch,
    todos: Vec<Todo>,
    sent: u64,
}

impl Station {
    fn new(rules: Arc<RuleSet>) -> Self {
        Self {
            decoder: Decoder::new(),
            scratch: Scratch::new(),
            defaults: Defaults::default(),
            timeline: Timeline::new(Clock::Event {
                lateness_ms: 12 * HOUR_MS,
                jump_max_ms: 400 * DAY_MS,
            }),
            shard: Shard::new(rules, 1),
            effects: Vec::new(),
            batch: ScanBatch::default(),
            todos: Vec::new(),
            sent: 0,
        }
    }

    /// Takes everything, each payload so many times in a row.
    fn pass(&mut self, source: &Source, times: usize) -> Took {
        let mut took = Took::default();
        for payloads in source.payloads.chunks(BATCH) {
            let begun = Instant::now();
            self.batch.clear();
            self.todos.clear();
            for payload in payloads {
                (0..times).for_each(|_| self.decode(payload, source.mapping.as_deref()));
            }
            let decoded = Instant::now();
            self.shard.handle(&self.batch, &self.todos, &mut self.effects);
            self.effects.clear();
            took.decode += decoded.duration_since(begun).as_secs_f64();
            took.shard += decoded.elapsed().as_secs_f64();
            took.scans += self.batch.len() as u64;
        }
        took
    }

    fn decode(&mut self, payload: &[u8], mapping: Option<&Mapping>) {
        self.scratch.reset();
        let (timeline, batch, todos, sent) = (&mut self.timeline, &mut self.batch, &mut self.todos, &mut self.sent);
        let mut take = |scan: &Scan<'_>| {
            let Ok(tick) = timeline.pass_scan(&scan.time, scan.kind) else {
                return;
            };
            *sent += 1;
            let position = |partition| Position {
                partition,
                sequence: *sent,
            };
            let place = batch.len() as u32;
            batch.push(position(Some(scan.number.partition())), scan);
            todos.push(Todo::Scan {
                place,
                now: timeline.now(),
                reached: timeline.reached(),
            });
            todos.extend(tick.map(|now| Todo::Tick {
                now,
                position: position(None),
            }));
        };
        let texts = (&self.scratch, &self.defaults);
        match mapping {
            None => drop(self.decoder.decode_to(payload, texts.0, texts.1, &mut take)),
            Some(mapping) => self.decoder.decode_payload(mapping, payload, texts, &mut |given| {
                if let Ok(scan) = given.scan {
                    take(scan);
                }
            }),
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Of one sender, what is new: an event a push, each for the first time. Beside it the same again, when all came and at once; and
/// what a sender sends who repeats all that is known each time, when all of it is known.
fn compare(news: &Source, histories: Option<&Source>, rules: &Arc<RuleSet>, rounds: usize) {
    let (mut firsts, mut agains, mut thrice, mut known_all) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let mut station = Station::new(Arc::clone(rules));
        firsts.push(station.pass(news, 1));
        let before = station.shard.counts();
        agains.push(station.pass(news, 1));
        known(before, station.shard.counts(), news.name);
        thrice.push(Station::new(Arc::clone(rules)).pass(news, 3));
        if let Some(histories) = histories {
            let mut station = Station::new(Arc::clone(rules));
            station.pass(histories, 1);
            let before = station.shard.counts();
            known_all.push(station.pass(histories, 1));
            known(before, station.shard.counts(), histories.name);
        }
    }
    let (first, in_a_row) = (middle(&firsts), middle(&thrice));
    // Of each three one is new.
    let in_a_row = Took {
        decode: first.decode,
        shard: (in_a_row.shard - first.shard) / 2.0,
        scans: first.scans,
    };
    let each = |took: Took| {
        let scans = took.scans as f64;
        (took.shard / scans, (took.decode + took.shard) / scans)
    };
    let row = |name: &str, took: Took| {
        let ((state, bytes), of_new) = (each(took), each(first));
        eprintln!(
            "| {} | {name} | {:.0} k | {:.1} | {:.0} k | {:.1} |",
            news.name,
            1e-3 / state,
            of_new.0 / state,
            1e-3 / bytes,
            of_new.1 / bytes
        );
    };
    row("new", first);
    row("known, when all came", middle(&agains));
    row("known, at once", in_a_row);
    if histories.is_some() {
        row("known, in whole histories", middle(&known_all));
    }
}

/// Whoever is known changes nothing.
fn known(before: Counts, after: Counts, name: &str) {
    assert_eq!(after.applied, before.applied, "{name}");
    assert_eq!(after.jobs, before.jobs, "{name}");
    assert_eq!(
        after.repeats - before.repeats,
        before.applied + before.repeats,
        "{name}"
    );
    assert_eq!(after.refolded, before.refolded, "{name}");
}

fn middle(all: &[Took]) -> Took {
    Took {
        decode: median(all.iter().map(|took| took.decode)),
        shard: median(all.iter().map(|took| took.shard)),
        scans: all.first().map_or(0, |took| took.scans),
    }
}

fn sources(shipments: usize) -> Vec<Source> {
    let lines = lines(shipments, Faults::NONE);
    let pushes = |name, push: Push, most| {
        let found = Payloads::pushes(push, &lines, most);
        Source {
            name,
            payloads: found.payloads,
            mapping: Formats::built_in().get(push.format()).map(Arc::clone),
        }
    };
    vec![
        pushes("easypost", Push::EasyPost, 1),
        pushes("easypost, whole histories", Push::EasyPost, EVENTS_MAX),
        pushes("aftership", Push::AfterShip, 1),
        pushes("aftership, whole histories", Push::AfterShip, EVENTS_MAX),
        Source {
            name: "canonical",
            payloads: lines,
            mapping: None,
        },
    ]
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let shipments = arguments.iter().find_map(|argument| argument.parse().ok());
    let sources = sources(shipments.unwrap_or(if measures() { 20_000 } else { 50 }));
    if let Some(source) = sources
        .iter()
        .find(|source| arguments.contains(&source.name.to_owned()))
    {
        let mut station = Station::new(library_rules());
        let again = usize::from(arguments.contains(&"again".to_owned()));
        let scans = station.pass(source, 1).scans;
        for _ in 0..3 * again {
            station.pass(source, 1);
        }
        eprintln!("{}: {scans} scans, {:?}", source.name, station.shard.counts());
        return;
    }
    for (rules, set) in [
        ("the library", library_rules()),
        ("ten rules", Family::Silence.rules(10)),
    ] {
        eprintln!("\n{rules}\n");
        eprintln!("| what | | from decoded scans, scans/s | to new | from bytes, scans/s | to new |");
        eprintln!("|---|---|---|---|---|---|");
        for (news, histories) in [(0, Some(1)), (2, Some(3)), (4, None)] {
            let of = |at: usize| sources.get(at).expect("five sources");
            compare(of(news), histories.map(of), &set, if measures() { ROUNDS } else { 1 });
        }
    }
}
