//! Stories: scans go in as lines, pass decoder, timeline and shard, and what the engine decides comes out. The scripts in
//! `stories/` are written in the language of [`story`]; [`orders`] tells a story's scans in every other order;
//! [`generator`] makes up shipments that nobody thought of.

pub mod generator;
pub mod orders;
pub mod rng;
pub mod scan_line;
pub mod story;
pub mod times;
pub mod words;
pub mod world;
