//! Bytes of snapshots, damaged in any way: refused, or a shard that can be shown, told more, saved and restored again.

use crate::fold::RULES;
use milepost_core::{RestoreError, Shard};
use milepost_model::{DAY_MS, Position};
use milepost_test_sim::rows::rows;
use std::sync::Arc;

/// How the bytes of a shard begin, whole or changes.
const BEGIN: &[u8] = b"MPSHARD\0";

/// Restores a shard, and brings it on to all changes that follow in the same bytes.
pub fn shard(bytes: &[u8]) {
    let Ok(mut shard) = restored(bytes) else {
        return;
    };
    same_when_restored(&shard);
    let shown = rows(std::slice::from_ref(&shard), shard.now());
    assert!(shown.len() >= shard.len(), "every shipment has a row");
    shard.handle_tick(shard.now().plus(DAY_MS), Position::default(), &mut Vec::new());
    shard.switch_some(usize::MAX);
    same_when_restored(&shard);
}

fn restored(bytes: &[u8]) -> Result<Shard, RestoreError> {
    let mut parts = parts(bytes).into_iter();
    let mut shard = Shard::restore(parts.next().unwrap_or_default(), Arc::clone(&RULES), 1)?;
    for changes in parts {
        shard.restore_changes(changes)?;
    }
    Ok(shard)
}

/// The bytes, divided before each that begins as a shard's do.
fn parts(bytes: &[u8]) -> Vec<&[u8]> {
    let begins = bytes.windows(BEGIN.len()).enumerate();
    let begins = begins.filter(|(_, window)| *window == BEGIN).map(|(at, _)| at);
    let mut parts = Vec::new();
    let mut from = 0;
    for at in begins.skip(1).chain([bytes.len()]) {
        parts.push(bytes.get(from..at).unwrap_or_default());
        from = at;
    }
    parts
}

/// A shard saves bytes that restore to one that saves the same.
pub(crate) fn same_when_restored(shard: &Shard) {
    let (mut saved, mut again) = (Vec::new(), Vec::new());
    shard.save(&mut saved);
    let restored = Shard::restore(&saved, Arc::clone(&RULES), 2);
    restored.expect("what a shard saved is a shard").save(&mut again);
    assert!(saved == again, "a restored shard saves other bytes");
}
