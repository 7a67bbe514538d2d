//! The engine alone: each stage on one thread, then all of them on all processors. No server, no disk.

use super::figures::median;
use super::traffic::Traffic;
use crate::clock::Stopwatch;
use crate::workers::Workers;
use anyhow::Result;
use milepost_connectors::carriers::Defaults;
use milepost_core::{Clock, Learning, Shard, Timeline};
use milepost_rules::RuleSet;
use milepost_runtime::format_texts::FormatSet;
use milepost_runtime::intake::{Input, Intake};
use milepost_runtime::learning::Exchange;
use milepost_runtime::outbox::{Outgo, Outlet};
use milepost_runtime::sequence::Sequencer;
use milepost_runtime::shards::Task;
use milepost_runtime::spares::Spares;
use std::sync::Arc;
use std::time::Duration;

/// Messages that a stage gets at once, as the engine reads them from a log.
const BATCH_MESSAGES: usize = 1024;

/// Nanoseconds per scan, and what follows from them.
pub(super) struct Stages {
    pub(super) decode_ns: f64,
    pub(super) route_ns: f64,
    pub(super) shard_ns: f64,
    /// Scans in a second with all stages on one thread.
    pub(super) one_thread: f64,
    /// The same on all processors.
    pub(super) all_threads: f64,
    pub(super) threads: usize,
    pub(super) jobs: u64,
    pub(super) shipments: usize,
    pub(super) bytes_per_shipment: f64,
}

/// One run on one thread.
struct Run {
    decode: Duration,
    route: Duration,
    shard: Duration,
    shipments: usize,
    bytes: usize,
}

/// Measures, by that clock, and with lanes that are learned or without; every figure is the median of so many runs.
pub(super) fn measure(
    traffic: &Traffic,
    rules: &Arc<RuleSet>,
    how: (Clock, bool),
    runs: usize,
    tell: &dyn Fn(&str),
) -> Result<Stages> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut single, mut parallel, mut jobs) = (Vec::new(), Vec::new(), 0);
    for run in 1..=runs {
        tell(&format!("stages, one thread: run {run} of {runs}"));
        single.push(one_thread(traffic, rules, how));
        tell(&format!("stages, {threads} threads: run {run} of {runs}"));
        let (seconds, counted) = all_threads(traffic, rules, how, threads)?;
        parallel.push(traffic.len() as f64 / seconds);
        jobs = counted;
    }
    let per_scan = |of: fn(&Run) -> Duration| {
        median(
            single
                .iter()
                .map(|run| of(run).as_secs_f64() * 1e9 / traffic.len() as f64),
        )
    };
    let (shipments, bytes) = single.last().map_or((0, 0), |run| (run.shipments, run.bytes));
    Ok(Stages {
        decode_ns: per_scan(|run| run.decode),
        route_ns: per_scan(|run| run.route),
        shard_ns: per_scan(|run| run.shard),
        one_thread: 1e9 / per_scan(|run| run.decode + run.route + run.shard),
        all_threads: median(parallel),
        threads,
        jobs,
        shipments,
        bytes_per_shipment: bytes as f64 / shipments.max(1) as f64,
    })
}

fn new_shard(rules: &Arc<RuleSet>, learns: bool) -> Shard {
    let shard = Shard::new(Arc::clone(rules), crate::seed::hash_seed());
    if learns { shard.learning() } else { shard }
}

fn one_thread(traffic: &Traffic, rules: &Arc<RuleSet>, (clock, learns): (Clock, bool)) -> Run {
    let mut intake = Intake::new(Arc::new(Defaults::default()), Spares::new(1), 1);
    let exchange = learns.then(|| Exchange::new(1, Learning::default()));
    let mut sequencer = Sequencer::new(Timeline::new(clock));
    if let Some(exchange) = &exchange {
        sequencer = sequencer.learning(Arc::clone(exchange));
    }
    let mut shard = new_shard(rules, learns);
    let formats = FormatSet::default().formats;
    let (mut decode, mut route, mut judge) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    for messages in traffic.batches(BATCH_MESSAGES) {
        let watch = Stopwatch::start();
        let decoded = intake.decode(Input::Messages(messages, Arc::clone(&formats)));
        let after_decode = watch.elapsed();
        let sequenced = sequencer.sequence(decoded);
        let after_route = watch.elapsed();
        for work in sequenced.work {
            let mut task = Task::new(work);
            // The only shard waits for no other.
            task.go_on(&mut shard, None, exchange.as_ref());
            std::hint::black_box(task.outcome().effects.len());
        }
        decode += after_decode;
        route += after_route - after_decode;
        judge += watch.elapsed() - after_route;
    }
    Run {
        decode,
        route,
        shard: judge,
        shipments: shard.len(),
        bytes: shard.memory_bytes(),
    }
}

/// Seconds and jobs.
fn all_threads(
    traffic: &Traffic,
    rules: &Arc<RuleSet>,
    (clock, learns): (Clock, bool),
    threads: usize,
) -> Result<(f64, u64)> {
    let workers = Workers {
        shards: (0..threads).map(|_| new_shard(rules, learns)).collect(),
        beside: Vec::new(),
        timeline: Timeline::new(clock),
        exchange: learns.then(|| Exchange::new(threads, Learning::default())),
        defaults: Arc::new(Defaults::default()),
        threads,
    };
    let mut counter = Counter { jobs: 0 };
    let formats = FormatSet::default().formats;
    let batches = traffic.batches(BATCH_MESSAGES);
    let input: Vec<Input> = batches
        .map(|batch| Input::Messages(batch, Arc::clone(&formats)))
        .collect();
    let watch = Stopwatch::start();
    workers.run(input.into_iter().map(Ok), &mut counter)?;
    Ok((watch.seconds(), counter.jobs))
}

/// Takes what comes out.
struct Counter {
    jobs: u64,
}

impl Outlet for Counter {
    fn take(&mut self, outgo: Outgo) -> Result<()> {
        self.jobs += outgo.jobs.len() as u64;
        Ok(())
    }
}
