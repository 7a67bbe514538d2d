//! The read side: questions over the live rows of a shard. Needs the feature `query`, which compiles DataFusion.

use criterion::{Criterion, criterion_group, criterion_main};
use milepost_benches::{Traffic, library_rules, size};
use milepost_history::{Catalog, Collector, Limits, ShipmentRow, Table};

fn query(criterion: &mut Criterion) {
    let shipments = size(100_000, 100);
    let traffic = Traffic::new(library_rules(), shipments);
    let mut collector = Collector::new(Table::Shipments);
    let now = traffic.shard.now();
    traffic
        .shard
        .each_shipment(now, &mut |view| collector.push(&ShipmentRow(view)));
    let catalog = Catalog::live(now, vec![collector.finish()]);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime needs nothing");
    let mut group = criterion.benchmark_group("query");
    group.sample_size(20);
    for (name, sql) in [
        ("count", "SELECT count(*) FROM shipments WHERE status = 'in_transit'"),
        (
            "by_facility",
            "SELECT facility, count(*), max(silence) FROM shipments GROUP BY facility ORDER BY 2 DESC",
        ),
        (
            "one_shipment",
            "SELECT * FROM shipments WHERE tracking_number = '1Z0000000000000042'",
        ),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                runtime
                    .block_on(catalog.query(sql, &Limits::default()))
                    .expect("a good question")
                    .rows()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, query);
criterion_main!(benches);
