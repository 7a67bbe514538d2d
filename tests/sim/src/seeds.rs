//! Which seeds a run tries.
//!
//! `MILEPOST_SEED=17` tries that one; `MILEPOST_SEEDS=500` tries that many, from `MILEPOST_SEED_FIRST` (1) on.

use std::env;

/// Seeds that every run tries: one of each kind of feed.
const USUAL: u64 = 4;

/// Seeds of small feeds with troubles that every run tries.
const TROUBLED: u64 = 150;
/// Seeds that once found a fault in the engine, or in one that was broken on purpose; each is tried again by every run.
pub const FOUND: [u64; 35] = [
    68, 717, 1573, 1972, 2051, 3678, 3699, 3822, 3915, 3920, 4646, 8982, 19_504, 20_611, 22_770, 24_588, 27_037,
    29_287, 43_661, 49_770, 56_056, 353_937, 372_927, 511_543, 604_516, 708_825, 713_977, 802_899, 803_140, 806_898,
    904_477, 919_951, 1_008_898, 1_010_399, 1_101_179,
];

/// The seeds of this run.
#[must_use]
pub fn seeds() -> Vec<u64> {
    chosen(USUAL)
}

/// The seeds of this run where each is small: many, and those that once found a fault.
#[must_use]
pub fn small_seeds() -> Vec<u64> {
    let mut seeds = chosen(TROUBLED);
    if number("MILEPOST_SEED").is_none() {
        seeds.extend(FOUND);
    }
    seeds
}

fn chosen(usual: u64) -> Vec<u64> {
    if let Some(seed) = number("MILEPOST_SEED") {
        return vec![seed];
    }
    let first = number("MILEPOST_SEED_FIRST").unwrap_or(1);
    (first..)
        .take(usize::try_from(number("MILEPOST_SEEDS").unwrap_or(usual)).unwrap_or(usize::MAX))
        .collect()
}

/// Calls `check` with each seed, and says which one it was when it fails.
pub fn each_seed(check: impl FnMut(u64)) {
    each_of(seeds(), check);
}

/// The same with [`small_seeds`].
pub fn each_small_seed(check: impl FnMut(u64)) {
    each_of(small_seeds(), check);
}

fn each_of(seeds: Vec<u64>, mut check: impl FnMut(u64)) {
    for seed in seeds {
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
