//! Tries many seeds: `cargo run --release -p milepost-test-sim -- 100000` tries so many, from 1 on or from the number that
//! follows. Every seed is an engine's whole life with all kinds of trouble; those that fail are told with what went before.

use milepost_test_sim::feed::Feed;
use milepost_test_sim::lives::{Ending, Troubles, run};
use milepost_test_sim::rule_sets::default_texts;
use milepost_test_sim::verdict;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Seeds between two lines that say how far it is.
const TOLD_EVERY: u64 = 1_000;

fn main() -> ExitCode {
    let numbers: Result<Vec<u64>, _> = std::env::args().skip(1).map(|text| text.parse()).collect();
    let (count, first) = match numbers.as_deref() {
        Ok([count]) => (*count, 1),
        Ok([count, first]) => (*count, *first),
        Ok(_) | Err(_) => {
            eprintln!(
                "usage: milepost-test-sim COUNT [FIRST]\n\nTries so many seeds, from FIRST (1) on, on all processors."
            );
            return ExitCode::from(2);
        }
    };
    let next = AtomicU64::new(first);
    let sum = Mutex::new((Ending::default(), 0_u64));
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        return;
                    }
                    match catch_unwind(AssertUnwindSafe(|| live(seed))) {
                        Ok(Ok(ending)) => add(&sum, &ending, first + count),
                        Ok(Err(why)) => fail(&failed, seed, &why),
                        Err(_) => fail(&failed, seed, "it panicked, see above"),
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_default();
    let (sum, seen) = sum.into_inner().unwrap_or_default();
    let _ = writeln!(
        std::io::stdout(),
        "{seen} seeds held, {} failed {failed:?}\n{} lives; {} stopped for a successor, {} stops and starts refused; {} snapshots \
         written, {} not; {} starts passed some over; {} jobs kept back; in {} the log was taken as it is",
        failed.len(),
        sum.lives,
        sum.superseded,
        sum.refused,
        sum.snapshots,
        sum.snapshots_failed,
        sum.passed_over,
        sum.covered,
        sum.rebases,
    );
    ExitCode::from(u8::from(!failed.is_empty()))
}

/// One seed, from its feed to the verdict.
fn live(seed: u64) -> Result<Ending, String> {
    let rules = default_texts();
    let feed = Feed::small(seed).with_formats();
    let ending = run(&feed, &rules, Troubles::of(seed))?;
    let verdict = verdict::check(&feed, &rules, &ending);
    verdict.map_err(|why| {
        format!(
            "{why}\n  {}\n  {}",
            ending.trace.join("\n  "),
            verdict::stream(&ending.jobs)
        )
    })?;
    Ok(ending)
}

fn add(sum: &Mutex<(Ending, u64)>, ending: &Ending, end: u64) {
    let Ok(mut sum) = sum.lock() else { return };
    sum.0.add(ending);
    sum.1 += 1;
    if sum.1.is_multiple_of(TOLD_EVERY) {
        eprintln!("{} seeds of {end}", sum.1);
    }
}

fn fail(failed: &Mutex<Vec<u64>>, seed: u64, why: &str) {
    eprintln!("seed {seed}: {why}");
    if let Ok(mut failed) = failed.lock() {
        failed.push(seed);
    }
}
