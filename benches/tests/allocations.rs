//! How many times memory is asked for per ordinary scan: the hot path should not ask at all.

use milepost_benches::{Family, Traffic, library_rules, lines};
use milepost_connectors::carriers::{Decoder, Defaults, Scratch};
use milepost_loadgen::Faults;
use milepost_rules::RuleSet;
use std::sync::Arc;

const SCANS: u64 = 20_000;

/// Allocations per scan in order, over many scans of 1,000 shipments that have some scans already.
fn per_scan(rules: Arc<RuleSet>) -> f64 {
    let mut traffic = Traffic::new(rules, 1_000);
    for _ in 0..SCANS {
        traffic.scan();
    }
    let counted = allocation_counter::measure(|| (0..SCANS).for_each(|_| traffic.scan()));
    counted.count_total as f64 / SCANS as f64
}

#[test]
fn an_ordinary_line_is_decoded_without_memory() {
    let lines = lines(100, Faults::NONE);
    let (mut decoder, mut scratch, defaults) = (Decoder::new(), Scratch::new(), Defaults::default());
    let mut decode_all = || {
        for line in &lines {
            scratch.reset();
            assert!(
                decoder.decode_line(line, &scratch, &defaults).is_ok(),
                "the lines are good"
            );
        }
    };
    decode_all();
    let counted = allocation_counter::measure(decode_all);
    eprintln!("decode: {} allocations for {} lines", counted.count_total, lines.len());
    // Escaped texts are put together in memory that each reset gives back; about one line in twenty has some.
    assert!(
        counted.count_total * 20 < lines.len() as u64,
        "{} for {} lines",
        counted.count_total,
        lines.len()
    );
}

#[test]
fn an_ordinary_scan_is_applied_without_memory() {
    for (name, rules) in [
        ("no rules", Arc::new(RuleSet::empty())),
        ("ten rules", Family::Silence.rules(10)),
        ("the library", library_rules()),
    ] {
        let found = per_scan(rules);
        eprintln!("{name}: {found} allocations per scan in order");
        // Tables grow by a page for thousands of scans.
        assert!(found < 0.001, "{name}: {found} allocations per scan");
    }
}
