//! Does the simulation find what it is there to find? Each plant breaks the exactly-once protocol in one way, in a copy of this
//! workspace, and must be caught: by a seed of the simulation, by what `tests/sim/tests/disk.rs` asks of snapshots, or by the
//! publisher's own tests. The copy without plants must hold under the same.
//!
//! `cargo test -p milepost-test-sim --test plants -- --ignored --nocapture` tries all of them, some minutes; with
//! `MILEPOST_PLANT=fence,rules` those whose names hold one of these. What is built is kept in the target directory for the next
//! time. That every plant still finds its place is looked at by each run of the tests.

mod nursery;
mod order;
mod snapshots;
mod streams;
mod table;

use nursery::{Nursery, root};
use std::collections::BTreeSet;
use table::{Check, Edit, Plant, plants};

/// Seeds that a plant has to be caught in, beside those that once found a fault of the engine.
const SEEDS: u64 = 1_000;

#[test]
fn every_plant_finds_its_place() {
    let mut names = BTreeSet::new();
    for plant in plants() {
        let name = plant.name;
        assert!(names.insert(name), "two plants are called {name}");
        assert!(!plant.edits.is_empty(), "{name} breaks nothing");
        for edit in plant.edits {
            let text = std::fs::read_to_string(root().join(edit.file));
            let text = text.unwrap_or_else(|error| panic!("{name}: {}: {error}", edit.file));
            let places = text.matches(edit.from).count();
            assert!(
                places == 1,
                "{name}: {} has moved on, {places} places are like this; say in tests/sim/tests/plants how to break \
                 it now:\n{}",
                edit.file,
                edit.from
            );
            assert_ne!(edit.from, edit.to, "{name} changes nothing");
        }
    }
}

#[test]
#[ignore = "builds the engine once for each plant and runs it under many seeds: some minutes"]
fn every_plant_is_caught() {
    let wanted = std::env::var("MILEPOST_PLANT").unwrap_or_default();
    let chosen: Vec<&Plant> = plants()
        .filter(|plant| wanted.split(',').any(|part| plant.name.contains(part)))
        .collect();
    assert!(!chosen.is_empty(), "no plant is called {wanted}");
    let mut nursery = Nursery::of_this_workspace();
    for check in [Check::Seeds, Check::Disk, Check::Publisher] {
        assert_eq!(tried(&mut nursery, &[], check), None, "without a plant all must hold");
        eprintln!("nothing planted: {check:?} holds");
    }
    let mut missed = Vec::new();
    for plant in &chosen {
        match tried(&mut nursery, plant.edits, plant.caught_by) {
            Some(found) => eprintln!("{}: caught by {:?}: {found}", plant.name, plant.caught_by),
            None => {
                eprintln!("{}: NOT CAUGHT by {:?}: {}", plant.name, plant.caught_by, plant.breaks);
                missed.push(plant.name);
            }
        }
    }
    eprintln!("{} of {} plants were caught", chosen.len() - missed.len(), chosen.len());
    assert!(missed.is_empty(), "not caught: {missed:?}");
}

/// What a check finds in an engine with these edits.
fn tried(nursery: &mut Nursery, edits: &[Edit], check: Check) -> Option<String> {
    nursery.plant(edits);
    nursery.build(check);
    match check.tests() {
        None => nursery.live(SEEDS),
        Some(tests) => nursery.ask(tests),
    }
}
