//! Where parcels are to go: what a scan states of it, and what the statements of several scans come to.

use crate::batch::Incoming;
use crate::groups::{Town, Towns};
use crate::intern::{Postal, TextId, Texts};
use crate::places::{PlaceId, Places};
use crate::record::Spot;

/// Where a parcel is to go, as far as a scan states it.
pub(crate) fn destination(
    incoming: &Incoming<'_>,
    (texts, towns, places): (&mut Texts, &mut Towns, &mut Places),
) -> (Spot, PlaceId) {
    let place = incoming.destination();
    let [city, region, country] = [place.city, place.region, place.country].map(|text| texts.intern(text));
    let spot = Spot {
        town: towns.intern(Town { city, region, country }, texts),
        postal_code: Postal::new(place.postal_code, texts),
        facility: TextId::EMPTY,
    };
    (spot, places.number(spot))
}

impl Spot {
    /// What is known of a destination once it is stated so, after what was known `before`. What contradicts nothing adds to
    /// it, what contradicts a part takes its place. City, region and country go together, as told by whoever told more.
    pub(crate) fn added_to(self, before: Self, towns: &Towns) -> Self {
        let parts = |spot: Self| {
            let town = towns.get(spot.town);
            [town.city, town.region, town.country, TextId(spot.postal_code.0)]
        };
        let (said, known) = (parts(self), parts(before));
        let both = || said.iter().zip(&known);
        if both().any(|(said, known)| said != known && !said.is_empty() && !known.is_empty()) {
            return self;
        }
        let says_more = both().take(3).any(|(said, known)| known.is_empty() && !said.is_empty());
        Self {
            town: if says_more { self.town } else { before.town },
            postal_code: self.postal_code.or(before.postal_code),
            facility: TextId::EMPTY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_of_a_destination_add_up_until_one_contradicts() {
        let (mut towns, mut texts) = (Towns::new(1), Texts::new(1));
        let mut spot = |words: &str| {
            let mut parts = words.split(',').map(|part| texts.intern(part));
            let [city, region, country, code] = core::array::from_fn(|_| parts.next().unwrap_or_default());
            let (town, postal_code) = (towns.intern(Town { city, region, country }, &texts), Postal(code.0));
            Spot {
                town,
                postal_code,
                facility: TextId::EMPTY,
            }
        };
        let cases = [
            (",,,", "Anchorage,AK,US,K1", "Anchorage,AK,US,K1"),
            ("Anchorage,AK,US,K1", ",,,", "Anchorage,AK,US,K1"),
            ("Anchorage,AK,US,K1", ",,US,", "Anchorage,AK,US,K1"),
            (",,US,K1", "Anchorage,AK,US,", "Anchorage,AK,US,K1"),
            ("Anchorage,AK,US,", ",,US,K1", "Anchorage,AK,US,K1"),
            ("Anchorage,AK,US,K1", ",,CA,", ",,CA,"),
            ("Anchorage,AK,US,K1", ",,US,K2", ",,US,K2"),
            ("Anchorage,,US,", ",AK,US,", ",AK,US,"),
        ]
        .map(|case| <[&str; 3]>::from(case).map(&mut spot));
        for [before, later, expected] in cases {
            assert_eq!(later.added_to(before, &towns), expected);
        }
    }
}
