//! First stage: bytes of canonical lines into scans, and scans into batches and out again.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use milepost_benches::{lines, size};
use milepost_connectors::carriers::{Decoder, Defaults, Scratch};
use milepost_core::ScanBatch;
use milepost_loadgen::Faults;
use milepost_model::Position;
use std::hint::black_box;

fn decode(criterion: &mut Criterion) {
    let lines = lines(size(2_000, 20), Faults::NONE);
    let bytes: usize = lines.iter().map(Vec::len).sum();
    let (mut decoder, mut scratch, defaults) = (Decoder::new(), Scratch::new(), Defaults::default());
    let mut group = criterion.benchmark_group("decode");
    let mut decode_all = || {
        for line in &lines {
            scratch.reset();
            black_box(decoder.decode_line(line, &scratch, &defaults).is_ok());
        }
    };
    group.throughput(Throughput::Elements(lines.len() as u64));
    group.bench_function("lines", |bencher| bencher.iter(&mut decode_all));
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("bytes", |bencher| bencher.iter(&mut decode_all));
    group.finish();
}

fn batch(criterion: &mut Criterion) {
    let lines = lines(size(500, 20), Faults::NONE);
    let (mut decoder, scratch, defaults) = (Decoder::new(), Scratch::new(), Defaults::default());
    let scans: Vec<_> = lines
        .iter()
        .filter_map(|line| decoder.decode_line(line, &scratch, &defaults).ok())
        .collect();
    let mut batch = ScanBatch::default();
    let mut group = criterion.benchmark_group("batch");
    group.throughput(Throughput::Elements(scans.len() as u64));
    group.bench_function("push", |bencher| {
        bencher.iter(|| {
            batch.clear();
            for scan in &scans {
                batch.push(Position::default(), scan);
            }
        });
    });
    group.bench_function("get", |bencher| {
        bencher.iter(|| {
            for at in 0..batch.len() {
                black_box(batch.get(at));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, decode, batch);
criterion_main!(benches);
