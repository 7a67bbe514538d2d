//! Whether something is being saved, and what the next may rest on: the feed asks and orders, whoever has the order last says
//! how it ended. `tests/fuzz/tests/save_state.rs` tries every order in which their steps can be seen.

use super::sync::{AtomicBool, Ordering};
use milepost_connectors::log::Cut;
use milepost_core::Extent;
use std::sync::Arc;

/// What the feed and the keeper know of each other.
#[derive(Debug, Default)]
pub struct SaveState {
    underway: AtomicBool,
    changes_suffice: AtomicBool,
}

impl SaveState {
    /// Before the first order; whether that may be for changes only.
    pub fn new(changes_suffice: bool) -> Self {
        Self {
            underway: AtomicBool::new(false),
            changes_suffice: AtomicBool::new(changes_suffice),
        }
    }

    /// Whether what was ordered last is still being written.
    pub fn is_underway(&self) -> bool {
        self.underway.load(Ordering::Acquire)
    }

    /// Begins to save at a cut of the log; from here on it is under way.
    pub fn begin(self: &Arc<Self>, cut: Cut) -> ToSave {
        self.underway.store(true, Ordering::Release);
        let extent = if self.changes_suffice.load(Ordering::Acquire) {
            Extent::Changes
        } else {
            Extent::Whole
        };
        ToSave {
            cut,
            extent,
            changes_suffice: false,
            state: Arc::clone(self),
        }
    }
}

/// What is to be saved. Dropped before it is written, it has failed, and the next does not rest on it.
#[derive(Debug)]
pub struct ToSave {
    /// Where the log goes on after it.
    pub cut: Cut,
    /// All, or what changed.
    pub extent: Extent,
    /// Whether the next may rest on it.
    changes_suffice: bool,
    state: Arc<SaveState>,
}

impl ToSave {
    /// It is written, or it failed; whether the next may hold changes only.
    pub fn end(mut self, changes_suffice: bool) {
        self.changes_suffice = changes_suffice;
    }
}

impl Drop for ToSave {
    fn drop(&mut self) {
        self.state
            .changes_suffice
            .store(self.changes_suffice, Ordering::Release);
        self.state.underway.store(false, Ordering::Release);
    }
}
