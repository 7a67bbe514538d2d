//! Which seeds a run tries.
//!
//! `MILEPOST_SEED=17` tries that one; `MILEPOST_SEEDS=500` tries that many, from `MILEPOST_SEED_FIRST` (1) on.

use std::env;

/// Seeds that every run tries: one of each kind of feed.
const USUAL: u64 = 4;

/// The seeds of this run.
#[must_use]
pub fn seeds() -> Vec<u64> {
    if let Some(seed) = number("MILEPOST_SEED") {
        return vec![seed];
    }
    let first = number("MILEPOST_SEED_FIRST").unwrap_or(1);
    (first..)
        .take(usize::try_from(number("MILEPOST_SEEDS").unwrap_or(USUAL)).unwrap_or(usize::MAX))
        .collect()
}

/// Calls `check` with each seed, and says which one it was when it fails.
pub fn each_seed(mut check: impl FnMut(u64)) {
    for seed in seeds() {
        eprintln!("seed {seed}; again with: MILEPOST_SEED={seed} cargo test -p milepost-test-sim");
        check(seed);
    }
}

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is `{text}`, not a whole number")),
    )
}
