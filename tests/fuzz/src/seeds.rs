//! Seeds that our own program writes: shards of a few shipments of the simulation, whole and followed by changes, what they
//! learned of lanes, and the manifests of their snapshots.

use crate::fold::RULES;
use milepost_core::{Extent, Shard};
use milepost_test_sim::engine::{Engine, Outcome};
use milepost_test_sim::feed::Feed;
use std::sync::Arc;

/// Seeds of the simulation that are taken.
const SEEDS: u64 = 24;

/// No seed is larger: small inputs are tried faster.
const BYTES_MAX: usize = 2048;

/// What shards save, each with a name.
#[must_use]
pub fn shards() -> Vec<(String, Vec<u8>)> {
    (0..SEEDS)
        .map(|seed| (format!("seed-{seed:02}"), shard(seed)))
        .collect()
}

/// What is saved of lanes after a few hours, each with a name.
#[must_use]
pub fn learned() -> Vec<(String, Vec<u8>)> {
    (0..SEEDS)
        .map(|seed| (format!("seed-{seed:02}"), lanes(seed)))
        .collect()
}

/// What is learned of the first messages of a seed: as many of them as fit.
fn lanes(seed: u64) -> Vec<u8> {
    let feed = Feed::small(seed);
    let mut engine = Engine::new(&Arc::clone(&RULES), feed.clock, 2, 1);
    let mut outcome = Outcome::default();
    let mut kept = engine.save().learning;
    for message in &feed.messages() {
        engine.handle(std::slice::from_ref(message), &mut outcome);
        let saved = engine.save().learning;
        if saved.len() > kept.len() && saved.len() <= 2 * BYTES_MAX {
            kept = saved;
        }
    }
    kept
}

/// What manifests say, each with a name.
#[must_use]
pub fn manifests() -> Vec<(String, Vec<u8>)> {
    crate::manifest::seeds()
}

/// What a shard saves of the first messages of a seed: as many of them as fit.
fn shard(seed: u64) -> Vec<u8> {
    let feed = Feed::new(seed);
    let messages = feed.messages();
    // Shards of some shares have only a few of the shipments.
    let mut engine = Engine::new(&Arc::clone(&RULES), feed.clock, 64, 1);
    let mut outcome = Outcome::default();
    let mut kept = Vec::new();
    for few in messages.chunks(messages.len().div_ceil(40).max(1)) {
        engine.handle(few, &mut outcome);
        for shard in engine.shards.iter_mut().filter(|shard| !shard.is_empty()) {
            let saved = saved(shard, seed.is_multiple_of(3));
            if saved.len() > kept.len() && saved.len() <= BYTES_MAX {
                kept = saved;
            }
        }
    }
    kept
}

/// The shard whole; and with nothing changed since, or with a row changed by a tick.
fn saved(shard: &mut Shard, with_changes: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    shard.begin_saving(Extent::Whole);
    while shard.save_some(8, &mut bytes) {}
    if with_changes {
        shard.begin_saving(Extent::Changes);
        while shard.save_some(8, &mut bytes) {}
    }
    bytes
}
