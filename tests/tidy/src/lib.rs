//! The rules of the house that neither the compiler nor clippy can hold, as tests over the text of the tree.
//!
//! Each check is a function from a [`Tree`] to the offences in it. `tests/tree.rs` runs the checks on the repository,
//! `tests/samples.rs` runs each on small bad trees, so that no check can fall asleep.

pub mod documents;
pub mod headers;
pub mod levels;
pub mod manifest;
mod offence;
pub mod places;
pub mod sizes;
mod text;
mod tree;
pub mod words;

pub use offence::{Offence, report};
pub use text::{Masked, Token, mask, tokens};
pub use tree::{File, Tree};
