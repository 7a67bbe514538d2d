//! The map, worked out once: every carrier's hub for every city, every shop's city.

use super::carriers::{CARRIERS, Carrier};
use super::merchants::MERCHANTS;
use super::places::CityId;

/// What would be searched for again and again.
#[derive(Clone, Debug)]
pub(super) struct Atlas {
    /// By carrier, then by city.
    nearest_hubs: Vec<Vec<CityId>>,
    /// By shop.
    shops: Vec<CityId>,
}

impl Atlas {
    pub(super) fn new() -> Self {
        let shop = |city: &str| CityId::find(city).expect("shops stand in cities");
        Self {
            nearest_hubs: CARRIERS
                .iter()
                .map(|carrier| CityId::all().map(|city| nearest(carrier, city)).collect())
                .collect(),
            shops: MERCHANTS.iter().map(|merchant| shop(merchant.city)).collect(),
        }
    }

    /// The hub of a carrier that is nearest to a city, of the same country if there is one.
    pub(super) fn nearest_hub(&self, carrier: u8, city: CityId) -> CityId {
        let hubs = self
            .nearest_hubs
            .get(usize::from(carrier))
            .expect("plans name carriers of the table");
        *hubs.get(usize::from(city.0)).expect("the map holds every city")
    }

    /// Where a shop stands.
    pub(super) fn shop(&self, merchant: usize) -> CityId {
        *self.shops.get(merchant).expect("the map holds every shop")
    }
}

fn nearest(carrier: &Carrier, city: CityId) -> CityId {
    let country = city.city().country;
    carrier
        .hubs
        .iter()
        .filter_map(|code| CityId::find(code))
        .min_by_key(|hub| (hub.city().country != country, hub.km_to(city), *hub))
        .expect("every carrier has a hub")
}
