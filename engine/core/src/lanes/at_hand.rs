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
    /// By the part of a path that all lanes from country to country share: where among `wide`.
    places: BTreeMap<[Option<u32>; 3], usize>,
    wide: Vec<AtMoments>,
    /// Spells that `wide` holds.
    held: usize,
    /// The lane that was asked about last, where its countries stand among `wide`, and what is known of it.
    path: Option<Path>,
    countries: usize,
    lane: AtMoments,
}

/// Spells of moments that were asked about.
#[derive(Debug)]
struct AtMoments {
    /// By moment: where among `spells`.
    places: [Option<u8>; Moment::COUNT],
    spells: Vec<Spells>,
}

const _: () = assert!(Moment::COUNT <= u8::MAX as usize, "a place fits eight bits");

impl Default for AtMoments {
    fn default() -> Self {
        Self {
            places: [None; Moment::COUNT],
            spells: Vec::new(),
        }
    }
}

impl AtMoments {
    fn clear(&mut self) {
        self.places = [None; Moment::COUNT];
        self.spells.clear();
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

/// So many spells of all that go from country to country are kept: 24 MB.
const WIDE_MAX: usize = 1 << 14;

impl AtHand {
    /// All spells of a moment of a lane.
    pub(super) fn spells(&mut self, known: &Known<'_>, moment: Moment) -> &Spells {
        self.turn_to(known.path);
        if self.lane.get(moment).is_none() {
            let mut spells = self.of_countries(known, moment).clone();
            known.narrow_down(moment, &mut spells);
            self.lane.keep(moment, spells);
        }
        self.lane.get(moment).unwrap_or(&Spells::NOTHING_KNOWN)
    }

    /// Forgets any other lane.
    fn turn_to(&mut self, path: Path) {
        if self.path == Some(path) {
            return;
        }
        if self.held >= WIDE_MAX {
            *self = Self::default();
        }
        self.path = Some(path);
        self.lane.clear();
        let next = self.wide.len();
        self.countries = *self.places.entry(path.of_countries()).or_insert(next);
        if self.countries == next {
            self.wide.push(AtMoments::default());
        }
    }

    /// The same of all that go from country to country.
    fn of_countries(&mut self, known: &Known<'_>, moment: Moment) -> &Spells {
        let Some(wide) = self.wide.get_mut(self.countries) else {
            return &Spells::NOTHING_KNOWN;
        };
        if wide.get(moment).is_none() {
            wide.keep(moment, known.spells_of_countries(moment));
            self.held += 1;
        }
        wide.get(moment).unwrap_or(&Spells::NOTHING_KNOWN)
    }

    /// Bytes that it holds.
    pub(super) fn memory_bytes(&self) -> usize {
        (self.held + self.lane.spells.len()) * size_of::<Spells>() + self.wide.len() * size_of::<AtMoments>()
    }
}
