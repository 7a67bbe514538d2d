//! Headers: a file says its place in the story before anything else.

use crate::{Offence, Tree};

/// Every Rust file opens with a `//!` line that says something.
pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for file in tree.rust() {
        let first = file.text.lines().next().unwrap_or_default();
        let says = first.strip_prefix("//!").unwrap_or_default().trim();
        if says.len() < 10 {
            let todo = "open the file with `//! ` and a sentence that tells its place in the story";
            offences.push(Offence::at(&file.path, 1, "has no header", todo));
        }
    }
    offences
}
