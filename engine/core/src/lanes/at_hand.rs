//! What is known of parcels at each moment, put together once and shared by all forecasts that follow one another: that of all
//! parcels that go from country to country by many lanes, that of a lane by all of its parcels that are asked about in a row.
//! It is a memory only, of one table: whatever is forgotten is put together again.

use super::node::{Moment, Spells};
use super::table::{Known, Path};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// What was asked of one table.
#[derive(Debug, Default)]
pub(super) struct AtHand {
    places: BTreeMap<([Option<u32>; 3], Moment), usize>,
    spells: Vec<Spells>,
    lane: OfLane,
}

/// What is known of the lane that was asked about last.
#[derive(Debug)]
struct OfLane {
    path: Option<Path>,
    /// By moment: where among `spells`.
    places: [Option<u8>; Moment::COUNT],
    spells: Vec<Spells>,
}

const _: () = assert!(Moment::COUNT <= u8::MAX as usize, "a place fits eight bits");

impl Default for OfLane {
    fn default() -> Self {
        Self {
            path: None,
            places: [None; Moment::COUNT],
            spells: Vec::new(),
        }
    }
}

impl OfLane {
    /// Forgets any other lane.
    fn turn_to(&mut self, path: Path) {
        if self.path != Some(path) {
            (self.path, self.places) = (Some(path), [None; Moment::COUNT]);
            self.spells.clear();
        }
    }

    fn get(&self, moment: Moment) -> Option<&Spells> {
        let place = self.places.get(moment.place()).copied().flatten()?;
        self.spells.get(usize::from(place))
    }

    fn keep(&mut self, moment: Moment, spells: Spells) {
        if let Some(place) = self.places.get_mut(moment.place()) {
            *place = u8::try_from(self.spells.len()).ok();
            self.spells.push(spells);
        }
    }
}

/// So many moments are kept: 24 MB.
const WIDE_MAX: usize = 1 << 14;

impl AtHand {
    /// All spells of a moment of a lane.
    pub(super) fn spells(&mut self, known: &Known<'_>, moment: Moment) -> &Spells {
        self.lane.turn_to(known.path);
        if self.lane.get(moment).is_none() {
            let mut spells = self.of_countries(known, moment);
            known.narrow_down(moment, &mut spells);
            self.lane.keep(moment, spells);
        }
        self.lane.get(moment).unwrap_or(&Spells::NOTHING_KNOWN)
    }

    /// The same of all that go from country to country.
    fn of_countries(&mut self, known: &Known<'_>, moment: Moment) -> Spells {
        if self.spells.len() >= WIDE_MAX {
            (self.places, self.spells) = (BTreeMap::new(), Vec::new());
        }
        let key = (known.path.of_countries(), moment);
        let place = *self.places.entry(key).or_insert_with(|| {
            self.spells.push(known.spells_of_countries(moment));
            self.spells.len() - 1
        });
        self.spells.get(place).cloned().unwrap_or(Spells::NOTHING_KNOWN)
    }

    /// Bytes that it holds.
    pub(super) fn memory_bytes(&self) -> usize {
        (self.spells.len() + self.lane.spells.len()) * size_of::<Spells>()
    }
}
