//! The same scans in every other order: rotated, reversed, doubled, shuffled and repeated, with restarts in between. The
//! rows and the open delays must not tell the difference.

use crate::rng::Rng;
use crate::world::{Message, Outcome, Told, World};
use milepost_model::Timestamp;

/// Tells the messages in other orders, so many of them shuffled, each to a new world.
///
/// # Errors
/// The first order that comes to something else, and to what.
pub fn check(
    world: &dyn Fn() -> World,
    (messages, shuffles): (&[Told], usize),
    now: Timestamp,
    expected: &Outcome,
) -> Result<(), String> {
    let forward: Vec<usize> = (0..messages.len()).collect();
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
    for turn in 1..messages.len() {
        let mut rotated = forward.clone();
        rotated.rotate_left(turn);
        orders.push((format!("rotated by {turn}"), rotated));
    }
    for seed in 0..shuffles {
        orders.push((format!("shuffled with seed {seed}"), shuffled(&forward, seed)));
    }
    for (number, (name, order)) in orders.iter().enumerate() {
        let found = tell(world(), messages, order, now, number % 7 == 3);
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

/// What all messages in that order come to, heard late and all at once by an engine that has heard nothing yet.
#[must_use]
pub fn tell(mut world: World, messages: &[impl Message], order: &[usize], now: Timestamp, restarts: bool) -> Outcome {
    for (told, at) in order.iter().enumerate() {
        if let Some(message) = messages.get(*at) {
            message.heard_by(&mut world, now);
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
