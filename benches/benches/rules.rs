//! Ten rules and two hundred: a shard that takes the scans of a world, by family of rules. What the rules cost is the
//! difference to `none`.
//!
//! Instructions can be compared where time is noisy. `judge.rs` of the core is entered once for each scan and deadline:
//! `cargo bench -p milepost-benches --bench rules --no-run` names the program, then
//! `valgrind --tool=callgrind --toggle-collect='*judge::Judge::judge' PROGRAM mixed 200` counts what it executes there.

use criterion::{BenchmarkId, Criterion, Throughput};
use milepost_benches::{Family, Feed, lines, size};
use milepost_loadgen::Faults;
use milepost_rules::RuleSet;
use std::sync::Arc;

/// Rules of the sets that are compared.
const COUNTS: [usize; 2] = [10, 200];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named = |name: &String| Family::ALL.into_iter().find(|(known, _)| known == name);
    if let [name, count] = &*arguments
        && let (Some((_, family)), Ok(count)) = (named(name), count.parse())
    {
        let feed = Feed::new(&lines(2_000, Faults::REALISTIC));
        let jobs = feed.run(family.rules(count));
        return eprintln!("{name}, {count} rules: {} scans, {jobs} jobs", feed.scans());
    }
    let mut criterion = Criterion::default().configure_from_args();
    judge(&mut criterion);
    criterion.final_summary();
}

fn judge(criterion: &mut Criterion) {
    let feed = Feed::new(&lines(size(10_000, 50), Faults::REALISTIC));
    let mut group = criterion.benchmark_group("rules");
    group.throughput(Throughput::Elements(feed.scans()));
    group.sample_size(10);
    let none = Arc::new(RuleSet::empty());
    group.bench_function("none", |bencher| bencher.iter(|| feed.run(Arc::clone(&none))));
    for (name, family) in Family::ALL {
        for count in COUNTS {
            let rules = family.rules(count);
            group.bench_function(BenchmarkId::new(name, count), |bencher| {
                bencher.iter(|| feed.run(Arc::clone(&rules)))
            });
        }
    }
    group.finish();
}
