//! How shards learn together. When an hour of the log's time begins, each gives what it counted, and takes the table that was
//! made of what all had given an hour before: so none waits for the others, and all take the same at the same place in the log.

use super::counting::Counting;
use super::table::Lanes;
use super::tally::Counted;
use alloc::sync::Arc;
use milepost_model::Timestamp;

/// What was learned up to the last full hour.
#[derive(Clone, Debug)]
pub struct Learning {
    /// The table that shards go by.
    pub(super) in_force: Arc<Lanes>,
    /// The table that shards go by from the next hour on.
    pub(super) next: Arc<Lanes>,
    /// What was counted and is not in that one yet.
    pub(super) counting: Arc<Counting>,
}

impl Default for Learning {
    fn default() -> Self {
        let nothing = Arc::new(Lanes::new());
        Self {
            in_force: Arc::clone(&nothing),
            next: nothing,
            counting: Arc::default(),
        }
    }
}

impl Learning {
    /// The table that shards go by.
    #[must_use]
    pub fn in_force(&self) -> &Arc<Lanes> {
        &self.in_force
    }

    /// The table that shards go by from the next hour on.
    #[must_use]
    pub fn next(&self) -> &Arc<Lanes> {
        &self.next
    }

    /// An hour began, and this is what all shards counted until then. What nobody else keeps is changed in place.
    #[must_use]
    pub fn pass_hour(self, at: Timestamp, counted: &[Counted]) -> Self {
        let Self { next, mut counting, .. } = self;
        let in_force = Arc::clone(&next);
        let mut next = next;
        Arc::make_mut(&mut counting).learn(&mut next, at, counted);
        Self {
            in_force,
            next,
            counting,
        }
    }
}
