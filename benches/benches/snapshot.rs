//! A shard into bytes, and back.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use milepost_benches::{Traffic, library_rules, size};
use milepost_core::Shard;
use std::hint::black_box;

fn snapshot(criterion: &mut Criterion) {
    let shipments = size(100_000, 100);
    let mut traffic = Traffic::new(library_rules(), shipments);
    // Eight scans each, as a parcel has halfway.
    for _ in 0..shipments * 6 {
        traffic.scan();
    }
    let (rules, mut saved) = (library_rules(), Vec::new());
    traffic.shard.save(&mut saved);
    let mut group = criterion.benchmark_group("snapshot");
    group.sample_size(10).throughput(Throughput::Elements(shipments as u64));
    group.bench_function("save", |bencher| {
        bencher.iter(|| {
            saved.clear();
            traffic.shard.save(&mut saved);
        });
    });
    group.bench_function("restore", |bencher| {
        bencher.iter(|| {
            black_box(
                Shard::restore(&saved, rules.clone(), 1)
                    .expect("bytes of a shard")
                    .len(),
            )
        });
    });
    group.finish();
}

criterion_group!(benches, snapshot);
criterion_main!(benches);
