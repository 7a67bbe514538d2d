//! The same scans in every other order: rotated, reversed, doubled, shuffled and repeated, with restarts in between. The
//! rows and the open delays must not tell the difference.

use crate::rng::Rng;
use crate::story::Heard;
use crate::world::{Outcome, World};
use milepost_core::Clock;
use milepost_model::Timestamp;
use milepost_rules::RuleSet;
use std::sync::Arc;

/// Shuffled orders that each story is told in.
const SHUFFLES: usize = 1000;

/// Tells the lines in other orders.
///
/// # Errors
/// The first order that comes to something else, and to what.
pub fn check(rules: &Arc<RuleSet>, heard: &[Heard], now: Timestamp, expected: &Outcome) -> Result<(), String> {
    let lines: Vec<&str> = heard.iter().map(|heard| heard.line.as_str()).collect();
    let forward: Vec<usize> = (0..lines.len()).collect();
    let mut orders: Vec<(String, Vec<usize>)> = vec![
        ("as written".to_owned(), forward.clone()),
        ("backwards".to_owned(), forward.iter().rev().copied().collect()),
        (
            "all twice".to_owned(),
            [forward.as_slice(), forward.as_slice()].concat(),
        ),
        (
            "each twice".to_owned(),
            forward.iter().flat_map(|at| [*at, *at]).collect(),
        ),
    ];
    for turn in 1..lines.len() {
        let mut rotated = forward.clone();
        rotated.rotate_left(turn);
        orders.push((format!("rotated by {turn}"), rotated));
    }
    for seed in 0..SHUFFLES {
        orders.push((format!("shuffled with seed {seed}"), shuffled(&forward, seed)));
    }
    for (number, (name, order)) in orders.iter().enumerate() {
        let found = tell(rules, &lines, order, now, number % 7 == 3);
        if let Some(difference) = difference(expected, &found) {
            let order: Vec<String> = order.iter().map(|at| (at + 1).to_string()).collect();
            return Err(format!("{name} ({}): {difference}", order.join(" ")));
        }
    }
    Ok(())
}

/// A random order in which some lines come several times.
#[must_use]
pub fn shuffled(forward: &[usize], seed: usize) -> Vec<usize> {
    let mut rng = Rng::new(u64::try_from(seed).unwrap_or(0));
    let mut order = forward.to_vec();
    for at in forward {
        while rng.chance(25) {
            order.push(*at);
        }
    }
    rng.shuffle(&mut order);
    order
}

/// What all lines in that order come to, heard late and all at once.
#[must_use]
pub fn tell(rules: &Arc<RuleSet>, lines: &[&str], order: &[usize], now: Timestamp, restarts: bool) -> Outcome {
    let mut world = World::new(Arc::clone(rules), Clock::Log);
    for (told, at) in order.iter().enumerate() {
        if let Some(line) = lines.get(*at) {
            world.hear(now, line);
        }
        if restarts && told % 5 == 2 {
            world.restart();
        }
    }
    world.tick(now);
    world.outcome(now)
}

/// The first thing in which two outcomes differ.
#[must_use]
pub fn difference(expected: &Outcome, found: &Outcome) -> Option<String> {
    if expected.rows.len() != found.rows.len() {
        return Some(format!("{} rows instead of {}", found.rows.len(), expected.rows.len()));
    }
    let mut differing = Vec::new();
    for (row, other) in expected.rows.iter().zip(&found.rows) {
        for ((column, cell), (_, found)) in row.cells.iter().zip(&other.cells) {
            if cell != found {
                differing.push(format!("{} is {found:?} instead of {cell:?}", column.name()));
            }
        }
    }
    if expected.open != found.open {
        differing.push(format!(
            "open delays are {:?} instead of {:?}",
            found.open, expected.open
        ));
    }
    (!differing.is_empty()).then(|| differing.join("; "))
}
