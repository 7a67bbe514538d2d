//! Latency from line to job, decode to emit on one thread, at a given rate.
//!
//! Open loop: line `n` is due `n / rate` after the start whether or not those before it are done, and its latency counts
//! from that instant. A stall is thus felt by every line that was due meanwhile (no coordinated omission).
//! `cargo bench -p milepost-benches --bench end_to_end -- 100000 200000` chooses rates in lines per second.

use hdrhistogram::Histogram;
use milepost_benches::{library_rules, lines, measures, size};
use milepost_connectors::carriers::{Decoder, Defaults, Scratch};
use milepost_core::{Clock, Effect, ScanBatch, Shard, Timeline, Todo};
use milepost_loadgen::Faults;
use milepost_model::{DAY_MS, HOUR_MS, Position};
use std::time::{Duration, Instant};

/// Lines taken at once, at most.
const BATCH_LINES_MAX: usize = 256;

fn main() {
    let lines = lines(size(200_000, 50), Faults::REALISTIC);
    let chosen: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let rates = match (chosen.is_empty(), measures()) {
        (false, _) => chosen,
        (true, true) => vec![50_000, 100_000, 200_000],
        (true, false) => vec![20_000],
    };
    for rate in rates {
        let (histogram, jobs, took) = run(&lines, rate);
        let at = |quantile| Duration::from_nanos(histogram.value_at_quantile(quantile));
        eprintln!(
            "end_to_end at {rate}/s: {} lines and {jobs} jobs in {took:.1?}; p50 {:?}, p99 {:?}, p99.9 {:?}, max {:?}",
            histogram.len(),
            at(0.5),
            at(0.99),
            at(0.999),
            Duration::from_nanos(histogram.max()),
        );
    }
}

/// Sends all lines at the rate; the latencies in nanoseconds, the number of jobs, and how long it took.
fn run(lines: &[Vec<u8>], rate: u64) -> (Histogram<u64>, usize, Duration) {
    let mut histogram = Histogram::new(3).expect("three digits are allowed");
    let (mut decoder, mut scratch, defaults) = (Decoder::new(), Scratch::new(), Defaults::default());
    let mut timeline = Timeline::new(Clock::Event {
        lateness_ms: HOUR_MS,
        jump_max_ms: 400 * DAY_MS,
    });
    let mut shard = Shard::new(library_rules(), 1);
    let (mut batch, mut steps) = (ScanBatch::default(), Vec::new());
    let (mut effects, mut jobs, mut next) = (Vec::new(), 0, 0);
    let due_ns = |line: usize| line as u64 * 1_000_000_000 / rate;
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
    let start = Instant::now();
    while next < lines.len() {
        let elapsed_ns = start.elapsed().as_nanos() as u64;
        let first = next;
        while next < lines.len() && next - first < BATCH_LINES_MAX && due_ns(next) <= elapsed_ns {
            next += 1;
        }
        batch.clear();
        steps.clear();
        for (sequence, line) in (first as u64 + 1..).zip(lines.get(first..next).unwrap_or_default()) {
            scratch.reset();
            let Ok(scan) = decoder.decode_line(line, &scratch, &defaults) else {
                continue;
            };
            let Ok(tick) = timeline.pass_scan(&scan.time, scan.kind) else {
                continue;
            };
            let position = |partition| Position { partition, sequence };
            steps.push(Todo::Scan {
                place: batch.len() as u32,
                now: timeline.now(),
                reached: timeline.reached(),
            });
            batch.push(position(Some(0)), &scan);
            if let Some(now) = tick {
                let position = position(None);
                steps.push(Todo::Tick { now, position });
            }
        }
        shard.handle(&batch, &steps, &mut effects);
        jobs += effects
            .drain(..)
            .filter(|effect| matches!(effect, Effect::Job(_)))
            .count();
        let done_ns = start.elapsed().as_nanos() as u64;
        for line in first..next {
            histogram
                .record(done_ns.saturating_sub(due_ns(line)).max(1))
                .expect("the histogram grows by itself");
        }
        if first == next {
            std::hint::spin_loop();
        }
    }
    (histogram, jobs, start.elapsed())
}
