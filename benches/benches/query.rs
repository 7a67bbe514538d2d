//! The read side: questions over the live rows of a shard, and the analysts' questions of `queries/` over the files that a
//! replay writes. Needs the feature `query`, which compiles DataFusion.

use criterion::{Criterion, criterion_group, criterion_main};
use milepost_benches::{Traffic, library_rules, lines, size};
use milepost_connectors::carriers::{Decoder, Defaults, Scratch};
use milepost_core::{Clock, Shard, Timeline};
use milepost_history::{Catalog, Collector, DelayRow, Generation, Limits, ParquetWriter, ShipmentRow, Table};
use milepost_loadgen::Faults;
use milepost_model::{Column, DAY_MS, Facts, HOUR_MS, Position, Timestamp, Value};
use std::path::PathBuf;

/// The questions whose time is compared with DuckDB's.
const ANALYST: [(&str, &str); 5] = [
    ("daily_trend", include_str!("../queries/daily_trend.sql")),
    ("late_by_status", include_str!("../queries/late_by_status.sql")),
    ("on_time_by_carrier", include_str!("../queries/on_time_by_carrier.sql")),
    ("stalled_facilities", include_str!("../queries/stalled_facilities.sql")),
    (
        "transit_p90_by_lane",
        include_str!("../queries/transit_p90_by_lane.sql"),
    ),
];

fn query(criterion: &mut Criterion) {
    let live = live(size(100_000, 100));
    let questions = [
        ("count", "SELECT count(*) FROM shipments WHERE status = 'in_transit'"),
        (
            "by_facility",
            "SELECT facility, count(*), max(silence) FROM shipments GROUP BY facility ORDER BY 2 DESC",
        ),
        (
            "one_shipment",
            "SELECT * FROM shipments WHERE tracking_number = '1Z0000000000000042'",
        ),
    ];
    ask(criterion, "query", &live, &questions);
    let dir = files(size(100_000, 100));
    let stored = Catalog::open(&dir).expect("the tables just written");
    ask(criterion, "analyst", &stored, &ANALYST);
    std::fs::remove_dir_all(&dir).expect("the tables can go");
}

fn ask(criterion: &mut Criterion, name: &str, catalog: &Catalog, questions: &[(&str, &str)]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime needs nothing");
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20);
    for (name, sql) in questions {
        group.bench_function(*name, |bencher| {
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

/// Parcels under way, in memory.
fn live(shipments: usize) -> Catalog {
    let traffic = Traffic::new(library_rules(), shipments);
    let mut collector = Collector::new(Table::Shipments);
    let now = traffic.shard.now();
    traffic
        .shard
        .each_shipment(now, &mut |view| collector.push(&ShipmentRow(view)));
    Catalog::live(now, vec![collector.finish()])
}

/// The shipments and delays of a world that has run to its end, in Parquet.
fn files(shipments: usize) -> PathBuf {
    let (shard, as_of) = replayed(shipments);
    let dir = std::env::temp_dir().join(format!("milepost-bench-query-{}", std::process::id()));
    let generation = Generation::in_place(&dir, as_of).expect("a directory");
    let writer = |table| generation.writer(table).expect("a file");
    let (mut rows, mut delays) = (writer(Table::Shipments), writer(Table::Delays));
    shard.each_shipment(as_of, &mut |view| {
        rows.push(&ShipmentRow(view)).expect("room on the disk")
    });
    shard.each_delay(&mut |view, epoch, delay| {
        let text = |column| match view.value(column) {
            Value::Text(text) => text,
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Time(_) | Value::Interval(_) => "",
        };
        let row = DelayRow {
            carrier: text(Column::Carrier),
            tracking_number: view.tracking_number(),
            epoch: u32::from(epoch),
            order_id: text(Column::OrderId),
            merchant: text(Column::Merchant),
            rule: &delay.rule,
            episode: delay.episode,
            opened_at: delay.opened_at,
            closed: delay.closed,
            health: delay.health,
            because: &delay.because,
        };
        delays.push(&row).expect("room on the disk");
    });
    let written = [rows, delays].map(ParquetWriter::finish);
    let written = written.into_iter().collect::<Result<_, _>>().expect("whole files");
    generation.commit(written).expect("a manifest")
}

fn replayed(shipments: usize) -> (Shard, Timestamp) {
    let (mut decoder, mut scratch, defaults) = (Decoder::new(), Scratch::new(), Defaults::default());
    let mut timeline = Timeline::new(Clock::Event {
        lateness_ms: 6 * HOUR_MS,
        jump_max_ms: 400 * DAY_MS,
    });
    let mut shard = Shard::new(library_rules(), 1);
    let mut effects = Vec::new();
    for (sequence, line) in (1..).zip(&lines(shipments, Faults::NONE)) {
        scratch.reset();
        let scan = decoder.decode_line(line, &scratch, &defaults).expect("a good line");
        let tick = timeline.pass_scan(&scan.time, scan.kind).expect("a time of this year");
        let position = |partition| Position { partition, sequence };
        let times = (timeline.now(), timeline.reached());
        shard.handle_scan(times, position(Some(0)), &scan, &mut effects);
        if let Some(now) = tick {
            shard.handle_tick(now, position(None), &mut effects);
        }
        effects.clear();
    }
    let as_of = timeline.now().plus(6 * HOUR_MS);
    (shard, as_of)
}

criterion_group!(benches, query);
criterion_main!(benches);
