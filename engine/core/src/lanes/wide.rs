//! What is known of all parcels that go from country to country, at each moment: many lanes share it, and forecasts of each of
//! their parcels begin with it. It is a memory only, of one table: whatever is forgotten is put together again.

use super::node::{Moment, Spells};
use super::table::Known;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// What was asked of one table.
#[derive(Debug, Default)]
pub(super) struct Wide {
    places: BTreeMap<([Option<u32>; 3], Moment), usize>,
    spells: Vec<Spells>,
}

/// So many moments are kept: 24 MB.
const WIDE_MAX: usize = 1 << 14;

impl Wide {
    /// All spells of a moment of a lane.
    pub(super) fn spells(&mut self, known: &Known<'_>, moment: Moment) -> Spells {
        if self.spells.len() >= WIDE_MAX {
            *self = Self::default();
        }
        let place = *self
            .places
            .entry((known.path.of_countries(), moment))
            .or_insert_with(|| {
                self.spells.push(known.spells_of_countries(moment));
                self.spells.len() - 1
            });
        let mut spells = self.spells.get(place).cloned().unwrap_or(Spells::NOTHING_KNOWN);
        known.narrow_down(moment, &mut spells);
        spells
    }
    /// Bytes that it holds.
    pub(super) fn memory_bytes(&self) -> usize {
        self.spells.len() * size_of::<Spells>()
    }
}
