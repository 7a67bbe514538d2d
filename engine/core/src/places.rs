//! Places as numbers: what a row and a packed record hold of a place. A town with a short postal code is written in the
//! number itself, for there are nearly as many of those as consignees; any other place, such as a facility or a town alone, is
//! kept once.

use crate::groups::{Group, Groups, TownId};
use crate::intern::{Postal, TextId};
use crate::record::Spot;

/// The number of a place; 0 is the unknown one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct PlaceId(pub(crate) u32);

/// Marks a number that is town and postal code.
const WRITTEN: u32 = 1 << 31;
const POSTAL_BITS: u32 = 17;
const TOWN_BITS: u32 = 31 - POSTAL_BITS;

impl PlaceId {
    pub(crate) const UNKNOWN: Self = Self(0);

    #[inline]
    pub(crate) fn or(self, other: Self) -> Self {
        if self == Self::UNKNOWN { other } else { self }
    }

    /// The number of a place that is written in its number.
    #[inline]
    fn written(spot: Spot) -> Option<Self> {
        let postal_code = spot.postal_code.digits()?;
        let fits = spot.facility.is_empty() && spot.town.0 >> TOWN_BITS == 0 && postal_code >> POSTAL_BITS == 0;
        fits.then_some(Self(WRITTEN | spot.town.0 << POSTAL_BITS | postal_code))
    }

    /// What is written in it, less than 2^31, if anything is.
    #[inline]
    pub(crate) fn as_written(self) -> Option<u32> {
        let parts = self.0 & !WRITTEN;
        (self.0 != parts).then_some(parts)
    }

    /// The number of [`Self::as_written`].
    pub(crate) fn from_written(parts: u32) -> Self {
        Self(WRITTEN | parts)
    }
}

impl Group for Spot {
    type Id = PlaceId;

    fn id(number: u32) -> PlaceId {
        PlaceId(number)
    }

    fn number(id: PlaceId) -> u32 {
        id.0
    }
}

/// All places of a shard that are not written in their numbers.
#[derive(Debug)]
pub(crate) struct Places(Groups<Spot>);

impl Places {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Groups::new(seed))
    }

    /// The number of a place, made if it is new.
    #[inline]
    pub(crate) fn number(&mut self, spot: Spot) -> PlaceId {
        PlaceId::written(spot).unwrap_or_else(|| self.0.intern(spot))
    }

    #[inline]
    pub(crate) fn get(&self, place: PlaceId) -> Spot {
        place.as_written().map_or_else(
            || self.0.get(place),
            |parts| Spot {
                town: TownId(parts >> POSTAL_BITS),
                postal_code: Postal::of_digits(parts & ((1 << POSTAL_BITS) - 1)),
                facility: TextId::EMPTY,
            },
        )
    }

    /// The places that are kept.
    pub(crate) fn kept(&self) -> &Groups<Spot> {
        &self.0
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.0.memory_bytes()
    }

    /// Keeps a place under the next number, as it was kept before.
    pub(crate) fn keep(&mut self, spot: Spot) {
        self.0.intern(spot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intern::Texts;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_place_comes_back_and_has_one_number(
            town in prop_oneof![0u32..5, any::<u32>()], code in "|[0-9]{1,8}|[A-Z]{2}", facility in 0u32..3
        ) {
            let (mut texts, mut places) = (Texts::new(1), Places::new(2));
            let spot = Spot { town: TownId(town), postal_code: Postal::new(&code, &mut texts), facility: TextId(facility) };
            let number = places.number(spot);
            prop_assert_eq!(places.get(number), spot);
            prop_assert_eq!(places.number(spot), number);
            prop_assert_eq!(number == PlaceId::UNKNOWN, spot.is_unknown());
            if let Some(parts) = number.as_written() {
                prop_assert_eq!(PlaceId::from_written(parts), number);
                prop_assert!(places.kept().each().is_empty(), "nothing is kept of it");
            }
            let other = places.number(Spot { town: TownId(town ^ 1), ..spot });
            prop_assert_ne!(other, number);
        }
    }
}
