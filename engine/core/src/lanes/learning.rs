//! How shards learn together. When an hour of the log's time begins, each gives what it counted, and takes the table that was
//! made of what all had given an hour before: so none waits for the others, and all take the same at the same place in the log.

use super::table::Lanes;
use super::tally::Counted;
use crate::bytes::{Reader, Writer};
use crate::snapshot::RestoreError;
use crate::units::is_near;
use alloc::sync::Arc;
use alloc::vec::Vec;
use milepost_model::Timestamp;

/// What was learned up to the last full hour.
#[derive(Clone, Debug)]
pub struct Learning {
    /// The table that shards go by.
    in_force: Arc<Lanes>,
    /// The last full hour, and what was counted until then; before the first there is none.
    last: Option<(Timestamp, Arc<[Counted]>)>,
    /// The table that shards go by from the next hour on.
    next: Arc<Lanes>,
}

impl Default for Learning {
    fn default() -> Self {
        let nothing = Arc::new(Lanes::new());
        Self {
            in_force: Arc::clone(&nothing),
            last: None,
            next: nothing,
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

    /// An hour began, and this is what all shards counted until then.
    #[must_use]
    pub fn pass_hour(&self, at: Timestamp, counted: Vec<Counted>) -> Self {
        let mut lanes = Lanes::clone(&self.next);
        let counted = Counted::summed(counted);
        lanes.learn(at, &counted);
        Self {
            in_force: Arc::clone(&self.next),
            last: Some((at, counted.into())),
            next: Arc::new(lanes),
        }
    }

    /// Appends all of it to `out`.
    pub fn save(&self, out: &mut Vec<u8>) {
        let (at, counted) = match &self.last {
            Some((at, counted)) => (*at, &**counted),
            None => (Timestamp::MIN, [].as_slice()),
        };
        let (mut tables, mut counts) = (Vec::new(), Vec::new());
        self.in_force.save(&mut tables);
        Counted::save(counted, &mut counts);
        let mut out = Writer { out };
        out.i64(at.millis());
        for part in [&tables, &counts] {
            out.u64(part.len() as u64);
            out.bytes(part);
        }
    }

    /// What [`Self::save`] wrote.
    ///
    /// # Errors
    /// When the bytes are not that, or of another version, or damaged.
    pub fn restore(bytes: &[u8]) -> Result<Self, RestoreError> {
        let mut input = Reader::new(bytes);
        let at = Timestamp::from_millis(input.i64()?);
        let [tables, counts] = [input.long_slice()?, input.long_slice()?];
        if !input.is_empty() || !(is_near(at) || at == Timestamp::MIN) {
            return Err(RestoreError::Damaged);
        }
        let (in_force, counted) = (Arc::new(Lanes::restore(tables)?), Counted::restore(counts)?);
        let before = Self {
            in_force: Arc::clone(&in_force),
            last: None,
            next: in_force,
        };
        Ok(if at == Timestamp::MIN {
            before
        } else {
            before.pass_hour(at, counted)
        })
    }
}
