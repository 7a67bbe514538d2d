//! What a snapshot is worth on a disk that loses its power at any call, runs full at any byte, and turns any bit.

use milepost_connectors::log::{Control, Term};
use milepost_core::{Extent, Learning, Shard};
use milepost_loadgen::rng::Rng;
use milepost_runtime::rule_texts::Rules;
use milepost_runtime::snapshots::{Manifest, Snapshots};
use milepost_test_sim::disk::{DiskFaults, SimulatedDisk};
use milepost_test_sim::engine::{Engine, Outcome, SavedEngine};
use milepost_test_sim::feed::Feed;
use std::path::Path;
use std::sync::Arc;

/// Losses of power at each call, of which each keeps and loses something else.
const LOSSES: u64 = 40;
/// Of so many bytes at which a disk can be full one is tried; `MILEPOST_STEP=1` tries them all.
const STEP: usize = 97;
/// Bits that are turned in the files beside the manifest.
const FLIPS: u64 = 10_000;

/// A disk with one snapshot on it, and an engine that has read on since.
struct Bench {
    disk: SimulatedDisk,
    snapshots: Snapshots,
    engine: Engine,
    first: Manifest,
    /// The engine at the first snapshot.
    then: SavedEngine,
    /// Those of now.
    now: SavedEngine,
}

impl Bench {
    fn new(seed: u64) -> Self {
        let feed = Feed::small(7);
        let mut messages = feed.messages();
        // Rules of one kind are enough here, and none are quickest.
        messages.retain(|message| !matches!(Control::parse(&message.payload), Ok(Control::Rules(_))));
        let (before, after) = messages.split_at(messages.len() / 2);
        let disk = SimulatedDisk::new(seed, 0);
        let snapshots = Snapshots::new(Arc::new(disk.clone()), Path::new("data/snapshots"), 1, 1);
        let mut engine = Engine::new(&no_rules().set, feed.clock, 3, 1);
        engine.handle(before, &mut Outcome::default());
        let then = engine.save();
        let saved = engine.saved(Extent::Whole, 1, &no_rules());
        let first = snapshots
            .commit(&saved, Term::default(), None)
            .expect("the disk has no faults");
        disk.sync_all();
        engine.handle(after, &mut Outcome::default());
        let now = engine.save();
        Self {
            disk,
            snapshots,
            engine,
            first,
            then,
            now,
        }
    }

    /// Commits what changed, and removes what nothing needs any more.
    fn commit(&mut self) -> anyhow::Result<Manifest> {
        let saved = self.engine.saved(Extent::Changes, 2, &no_rules());
        let written = self.snapshots.commit(&saved, Term::default(), Some(&self.first))?;
        self.snapshots.prune()?;
        Ok(written)
    }

    /// All of the engine's bytes as the newest good snapshot restores them.
    fn restored(&self) -> SavedEngine {
        let dirs = self.snapshots.list().expect("the disk is there");
        let mut wrong = Vec::new();
        let state = dirs.iter().rev().find_map(|dir| {
            let read = self.read(dir);
            read.map_err(|error| wrong.push(format!("{error:#}"))).ok()
        });
        let bytes = |shard: &Shard| {
            let mut bytes = Vec::new();
            shard.save(&mut bytes);
            bytes
        };
        let (shards, learned) = state.unwrap_or_else(|| panic!("none is whole: {wrong:?}"));
        let mut learning = Vec::new();
        learned.save(&mut learning);
        SavedEngine {
            shards: shards.iter().map(bytes).collect(),
            learning,
        }
    }

    fn read(&self, dir: &Path) -> anyhow::Result<(Vec<Shard>, Learning)> {
        let chain = self.snapshots.chain(dir)?;
        let newest = chain.last().expect("a chain has a last");
        let rules = self.snapshots.rules(newest)?;
        self.snapshots.shards(&chain, &rules.set, 5)
    }
}

fn no_rules() -> Rules {
    Rules::compile(Vec::new()).expect("nothing has no mistakes")
}

#[test]
fn a_loss_of_power_at_any_call_leaves_a_whole_snapshot() {
    let calls = {
        let mut bench = Bench::new(0);
        let before = bench.disk.calls();
        bench.commit().expect("the disk has no faults");
        assert!(bench.restored() == bench.now);
        bench.disk.calls() - before
    };
    let (mut older, mut newer) = (0, 0);
    for call in 1..=calls {
        for seed in 0..LOSSES {
            let mut bench = Bench::new(seed * calls + call);
            bench.disk.lose_power_after(call);
            let committed = bench.commit().is_ok();
            assert!(!committed, "call {call} was one of them");
            bench.disk.restart();
            let restored = bench.restored();
            assert!(
                restored == bench.then || restored == bench.now,
                "call {call}, seed {seed}: neither the one nor the other"
            );
            older += u32::from(restored == bench.then);
            newer += u32::from(restored == bench.now);
            // And it goes on from there.
            bench.first = bench.snapshots.manifest(&bench.first.dir).expect("it was synced");
            let saved = bench.engine.saved(Extent::Whole, 3, &no_rules());
            bench
                .snapshots
                .commit(&saved, Term::default(), None)
                .expect("the disk is well again");
            bench.disk.restart();
            assert!(bench.restored() == bench.now, "what was committed is there");
        }
    }
    eprintln!("{calls} calls, {LOSSES} losses at each: {older} times the state before, {newer} times the new one");
    assert!(older > 0 && newer > 0);
}

#[test]
fn a_disk_that_is_full_at_any_byte_costs_this_snapshot_and_no_other() {
    let (before, after) = {
        let mut bench = Bench::new(0);
        let before = bench.disk.used();
        bench.commit().expect("the disk has no faults");
        (before, bench.disk.used())
    };
    let step = std::env::var("MILEPOST_STEP").map_or(STEP, |text| text.parse().expect("a whole number"));
    for capacity in (before..after).step_by(step) {
        let mut bench = Bench::new(1);
        bench.disk.set_faults(DiskFaults {
            failing_permille: 0,
            capacity: Some(capacity),
        });
        let error = bench.commit().expect_err("there is no room");
        let told = format!("{error:#}");
        assert!(told.contains("cannot write data/snapshots/"), "{told}");
        assert_eq!(bench.disk.used(), before, "the room is given back");
        assert!(bench.restored() == bench.then);
        bench.disk.set_faults(DiskFaults::default());
        // The next is a whole one: nothing may rest on what was given up.
        let saved = bench.engine.saved(Extent::Whole, 3, &no_rules());
        bench
            .snapshots
            .commit(&saved, Term::default(), None)
            .expect("there is room again");
        assert!(bench.restored() == bench.now);
    }
    eprintln!("full at each {step}th of {} bytes", after - before);
}

#[test]
fn any_bit_that_turns_is_found() {
    let bench = Bench::new(0);
    let (dir, mut flips) = (&bench.first.dir, 0);
    let (manifests, others): (Vec<_>, Vec<_>) = bench
        .disk
        .files()
        .into_iter()
        .partition(|(path, _)| path.ends_with("manifest.json"));
    for (path, bytes) in &manifests {
        for place in 0..bytes.len() * 8 {
            turn(&bench.disk, path, bytes, place);
            let read = bench.snapshots.manifest(dir);
            assert!(read.is_err(), "bit {place} of {path} is not missed");
            flips += 1;
        }
        bench.disk.set_bytes(path, bytes.clone());
    }
    bench.snapshots.verify(dir).expect("all is as it was");
    let mut chance = Rng::new(11, 0, 0);
    for _ in 0..FLIPS {
        let (path, bytes) = chance.pick(&others);
        let place = chance.below(bytes.len() as u64 * 8);
        turn(&bench.disk, path, bytes, usize::try_from(place).expect("a small file"));
        assert!(
            bench.snapshots.verify(dir).is_err(),
            "bit {place} of {path} is not missed"
        );
        bench.disk.set_bytes(path, bytes.clone());
    }
    bench.snapshots.verify(dir).expect("all is as it was");
    eprintln!("{flips} bits of the manifest, {FLIPS} of {} other files", others.len());
}

/// Puts the bytes into a file, but for one bit.
fn turn(disk: &SimulatedDisk, path: &str, bytes: &[u8], place: usize) {
    let mut bytes = bytes.to_vec();
    if let Some(byte) = bytes.get_mut(place / 8) {
        *byte ^= 1 << (place % 8);
    }
    disk.set_bytes(path, bytes);
}
