//! A seeded world of parcels, with faults.
//!
//! `world` writes journeys, `faults` spoils them, `encode` turns them into lines, `manifest` says what was sent. All of
//! it is pure and deterministic: tests and benches use it as a library, the program `loadgen` only sends.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

pub mod encode;
pub mod faults;
pub mod manifest;
pub mod rng;
pub mod world;

pub use encode::{Cut, Encoder, Format, Losses, Payloads, Style};
pub use faults::{Faults, Malformed, Tally};
pub use manifest::Manifest;
pub use world::settings::Settings;
pub use world::step::Scan;
pub use world::truth::Truth;
pub use world::{Arrival, World};
