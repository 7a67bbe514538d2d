//! Mutants of the payloads of every format: each record is told, see `payloads`. `MUTANTS=100000 cargo test -p milepost-test-fuzz
//! --test payloads` tries more of each; the program of this crate does so sooner, and tells what became of them.

use milepost_test_fuzz::{corpus, payload_of};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Mutants of each format.
const MUTANTS: u64 = 1_000;

#[test]
fn mutants_are_read_or_refused_and_nothing_of_them_is_lost() {
    let count = std::env::var("MUTANTS").map_or(MUTANTS, |count| count.parse().expect("a number"));
    for (format, mutator) in corpus::mutators().expect("the payloads can be read") {
        let (mut accepted, mut refused) = (0, 0);
        for number in 0..count {
            let payload = mutator.mutant(number);
            let Ok(became) = catch_unwind(AssertUnwindSafe(|| payload_of(&format, &payload))) else {
                panic!("{format}, mutant {number}: {}", payload.escape_ascii());
            };
            accepted += u64::from(became.scans > 0);
            refused += u64::from(!became.rejects.is_empty());
        }
        // Mutants that are all refused at the door would try nothing behind it.
        assert!(accepted * 10 > count, "{format}: {accepted} of {count} have scans");
        assert!(refused * 20 > count, "{format}: {refused} of {count} have rejects");
    }
}

#[test]
fn payloads_as_they_are_lose_nothing() {
    let mut scans = BTreeMap::<String, usize>::new();
    for (format, payload) in corpus::payloads().expect("the payloads can be read") {
        let became = payload_of(&format, &payload);
        *scans.entry(format).or_default() += became.scans;
    }
    for (format, scans) in scans {
        assert!(scans > 0, "{format}");
    }
}
