//! Chance for hash tables, so that nobody can send numbers that collide. It shows in no output.

use std::hash::{BuildHasher, RandomState};

/// A seed of this run.
pub(crate) fn hash_seed() -> u64 {
    RandomState::new().hash_one(0)
}
