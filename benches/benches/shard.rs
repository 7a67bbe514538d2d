//! Inside a shard: a scan applied, a scan judged, time that passes.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use milepost_benches::{Family, Traffic, library_rules, size};
use milepost_core::Shard;
use milepost_model::HOUR_MS;
use milepost_rules::RuleSet;
use std::sync::Arc;

/// A scan in order, with no rule to judge it.
fn apply(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("apply");
    group.throughput(Throughput::Elements(1));
    for shipments in [size(100_000, 100), size(1_000_000, 200)] {
        let mut traffic = Traffic::new(Arc::new(RuleSet::empty()), shipments);
        group.bench_function(BenchmarkId::new("in_order", shipments), |bencher| {
            bencher.iter(|| traffic.scan())
        });
    }
    group.finish();
}

/// The same scan, judged.
fn judge(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("judge");
    group.throughput(Throughput::Elements(1));
    for (name, rules) in [("10_rules", Family::Silence.rules(10)), ("library", library_rules())] {
        let mut traffic = Traffic::new(rules, size(100_000, 100));
        group.bench_function(name, |bencher| bencher.iter(|| traffic.scan()));
    }
    group.finish();
}

fn tick(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tick");
    let shipments = size(100_000, 100);
    let mut traffic = Traffic::new(library_rules(), shipments);
    traffic.tick(0);
    group.bench_function(BenchmarkId::new("nothing_due", shipments), |bencher| {
        bencher.iter(|| traffic.tick(0))
    });
    let shipments = size(10_000, 100);
    let traffic = Traffic::new(library_rules(), shipments);
    let mut saved = Vec::new();
    traffic.shard.save(&mut saved);
    let mut traffic = Some(traffic);
    let mut fresh = || {
        let shard = Shard::restore(&saved, library_rules(), 1).expect("bytes of a shard");
        let fresh = traffic.take().unwrap_or_else(|| Traffic::new(library_rules(), 1));
        fresh.resume(shard)
    };
    group.throughput(Throughput::Elements(shipments as u64));
    group.bench_function(BenchmarkId::new("all_fall_silent", shipments), |bencher| {
        bencher.iter_batched_ref(
            &mut fresh,
            |traffic| traffic.tick(500 * HOUR_MS),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, apply, judge, tick);
criterion_main!(benches);
