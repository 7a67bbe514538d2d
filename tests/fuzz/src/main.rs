//! Many mutants of the payloads of every format, and what became of them, format by format.
//!
//! `cargo run --release -p milepost-test-fuzz -- 100000`, `-- 100000 easypost` for one format, `-- 1 easypost 4711` for one mutant.

#![expect(clippy::print_stdout, reason = "a program for people")]

use milepost_test_fuzz::{corpus, payload_of};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// The mutant that is tried.
static NUMBER: AtomicU64 = AtomicU64::new(0);

fn main() {
    // A fault ends the program; what it was is known by its number.
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        println!("mutant {} finds a fault", NUMBER.load(Ordering::Relaxed));
        told(panic);
    }));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse::<u64>().ok());
    let (count, from) = (numbers.next().unwrap_or(10_000), numbers.next().unwrap_or(0));
    let only = arguments.iter().find(|argument| argument.parse::<u64>().is_err());
    println!("| format | payloads | with scans | scans | rejects |");
    println!("|---|---|---|---|---|");
    for (format, mutator) in corpus::mutators().expect("the payloads can be read") {
        if only.is_some_and(|only| *only != format) {
            continue;
        }
        let (mut accepted, mut scans) = (0, 0);
        let mut rejects = BTreeMap::<&str, usize>::new();
        for number in from..from + count {
            let payload = mutator.mutant(number);
            NUMBER.store(number, Ordering::Relaxed);
            let became = payload_of(&format, &payload);
            accepted += usize::from(became.scans > 0);
            scans += became.scans;
            for (reason, count) in became.rejects {
                *rejects.entry(reason).or_default() += count;
            }
        }
        let rejects: Vec<String> = rejects
            .iter()
            .map(|(reason, count)| format!("{reason} {count}"))
            .collect();
        println!("| {format} | {count} | {accepted} | {scans} | {} |", rejects.join(", "));
    }
}
