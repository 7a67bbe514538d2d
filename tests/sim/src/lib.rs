//! A seeded world with faults, told to the engine on one thread: decode, timeline, shards, effects. What comes out is
//! compared with itself, with a naive fold written from the rules of the field, and with runs that were cut off.
//!
//! Everything follows from a seed: [`seeds`] chooses them, [`feed`] makes the messages of one, [`rule_sets`] the rules that
//! come with some of them, [`formats`] the mapping files, [`engine`] runs the stages, [`rows`] shows what they hold, [`oracle`] says what they should hold. [`life`] is one engine, all of it, with a [`disk`]; [`lives`]
//! lets many of them meet every trouble, and [`verdict`] says whether anything was lost or doubled.
//!
//! That all this finds a broken engine is tested as well: `tests/sim/tests/plants` breaks one in many ways.

pub mod disk;
pub mod engine;
pub mod feed;
pub mod formats;
pub mod life;
pub mod lives;
pub mod oracle;
pub mod rows;
pub mod rule_sets;
pub mod seeds;
pub mod verdict;
