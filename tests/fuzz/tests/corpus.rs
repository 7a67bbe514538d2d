//! Every target on every input that is kept, and on damaged copies of them. `UPDATE_SEEDS=1` writes the seeds of shards
//! and manifests anew, which is needed when their version changes.

use milepost_loadgen::rng::Rng;
use milepost_test_fuzz::{TARGETS, Target, corpus, damage, seeds};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{env, fs};

/// Files larger than this are no seeds.
const INPUT_BYTES_MAX: usize = 4096;

fn check(name: &str) {
    let target = TARGETS
        .iter()
        .find(|target| target.name == name)
        .expect("a target of that name");
    let inputs = corpus::inputs(target).expect("the corpus can be read");
    assert!(inputs.len() >= 10, "{name}: {} inputs are few", inputs.len());
    for (input, bytes) in &inputs {
        assert!(bytes.len() <= INPUT_BYTES_MAX, "{name}/{input}: minimise it");
        attempt(target, bytes, input);
    }
    for (at, (input, bytes)) in (0..).zip(&inputs) {
        for copy in 0..target.copies {
            let damaged = damage::damaged(bytes, &inputs, &mut Rng::new(copy, 0, at));
            attempt(target, &damaged, &format!("{input}, copy {copy}"));
        }
    }
}

fn attempt(target: &Target, bytes: &[u8], which: &str) {
    if catch_unwind(AssertUnwindSafe(|| (target.attempt)(bytes))).is_err() {
        panic!("{} fails on {which}: {}", target.name, bytes.escape_ascii());
    }
}

#[test]
fn scans_are_read_or_refused() {
    check("scans");
}

#[test]
fn payloads_are_read_or_refused() {
    check("payloads");
}

#[test]
fn scans_never_stop_a_shard() {
    check("fold");
}

#[test]
fn rules_are_taken_or_refused() {
    check("rules");
}

#[test]
fn lists_from_files_are_taken_or_refused() {
    check("tables");
}

#[test]
fn snapshots_are_restored_or_refused() {
    check("shard");
}

#[test]
fn other_messages_are_read_or_refused() {
    check("control");
}

#[test]
fn what_was_learned_is_restored_or_refused() {
    check("learned");
}

#[test]
fn manifests_are_read_or_refused() {
    check("manifest");
}

#[test]
fn seeds_of_what_was_learned_are_of_this_version() {
    // Magic and version.
    compare("learned", seeds::learned(), |seed| seed.get(..12));
}

#[test]
fn seeds_of_shards_are_of_this_version() {
    // Magic and version.
    compare("shard", seeds::shards(), |seed| seed.get(..12));
}

#[test]
fn seeds_of_manifests_are_of_this_version() {
    compare("manifest", seeds::manifests(), |seed| {
        seed.windows(14).find(|window| window.starts_with(b"\"version\": "))
    });
}

/// The seeds that are kept against those that the program writes now, in what tells their version.
fn compare(name: &str, seeds: Vec<(String, Vec<u8>)>, version: fn(&[u8]) -> Option<&[u8]>) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target");
    let folder = corpus::folder(target);
    for (name, bytes) in seeds {
        let path = folder.join(&name);
        if env::var_os("UPDATE_SEEDS").is_some() {
            fs::write(&path, &bytes).expect("the corpus can be written");
        }
        let kept = fs::read(&path).expect("the seed is kept");
        assert_eq!(
            version(&kept),
            version(&bytes),
            "{name}: write the seeds anew with UPDATE_SEEDS=1"
        );
    }
}
