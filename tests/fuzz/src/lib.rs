//! What comes from outside, as any bytes. Each target is a function of bytes that panics where something does not hold; an
//! ordinary test tries it on the inputs of its corpus and on damaged copies of them, libFuzzer (`tests/fuzz/libfuzzer`)
//! looks for new ones.

pub mod corpus;
pub mod damage;
pub mod seeds;

mod control;
mod fold;
mod learned;
mod manifest;
mod payloads;
mod row;
mod rules;
mod scans;
mod shard;

pub use control::control;
pub use fold::fold;
pub use learned::learned;
pub use manifest::manifest;
pub use payloads::{Became, Mutator, payload_of, payloads};
pub use rules::{rules, tables};
pub use scans::scans;
pub use shard::shard;

/// A target: what is tried with bytes.
#[derive(Clone, Copy)]
pub struct Target {
    /// The name of its folder in the corpus, and of its program for libFuzzer.
    pub name: &'static str,
    /// Panics where these bytes find a fault.
    pub attempt: fn(&[u8]),
    /// Damaged copies of each input of its corpus that the ordinary test tries: some seconds' worth.
    pub copies: u64,
}

/// Every target.
pub const TARGETS: [Target; 9] = [
    Target {
        name: "scans",
        attempt: scans,
        copies: 300,
    },
    Target {
        name: "payloads",
        attempt: payloads,
        copies: 30,
    },
    Target {
        name: "fold",
        attempt: fold,
        copies: 30,
    },
    Target {
        name: "rules",
        attempt: rules,
        copies: 100,
    },
    Target {
        name: "tables",
        attempt: tables,
        copies: 300,
    },
    Target {
        name: "shard",
        attempt: shard,
        copies: 300,
    },
    Target {
        name: "learned",
        attempt: learned,
        copies: 300,
    },
    Target {
        name: "manifest",
        attempt: manifest,
        copies: 300,
    },
    Target {
        name: "control",
        attempt: control,
        copies: 300,
    },
];
