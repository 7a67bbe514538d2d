//! The carriers: where they deliver, what they sell, how their numbers look, and the habits of their feeds.

mod table;

use super::numbers::NumberForm;
use milepost_model::Code;
pub use table::CARRIERS;

/// A product sold.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// Slug.
    pub slug: &'static str,
    /// Kilometres that a parcel advances in an hour of line haul.
    pub km_per_hour: i64,
    /// Typical hours that a hub holds it.
    pub hub_hours: i64,
    /// Days that the carrier names for the nearest lane.
    pub days_min: i64,
    /// Kilometres per further day that the carrier names.
    pub km_per_day: i64,
    /// Crosses borders.
    pub abroad: bool,
    /// Stays within a country.
    pub domestic: bool,
    /// How often it is sold, relative to the carrier's others.
    pub weight: u32,
}

/// How a feed writes times.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimeForm {
    /// `2026-03-01T14:03:22-05:00`
    Offset,
    /// `2026-03-01T19:03:22Z`
    Zulu,
    /// `2026-03-01T19:03:22.000Z`
    ZuluMillis,
    /// `2026-03-01T14:03-05:00`
    Minute,
    /// `2026-03-01T14:03:22`, with `occurred_zone`
    Local,
    /// `2026-03-01T14:03`, with `occurred_zone`
    LocalMinute,
    /// `2026-03-01T14:03:22`, and only the place tells the zone
    Bare,
    /// `2026-03-01`, with `occurred_zone`
    Date,
}

/// A carrier of the world.
#[derive(Clone, Copy, Debug)]
pub struct Carrier {
    /// Slug.
    pub slug: &'static str,
    /// Number format.
    pub form: NumberForm,
    /// Countries where it collects and delivers.
    pub countries: &'static [&'static str],
    /// City codes of its hubs.
    pub hubs: &'static [&'static str],
    /// What it sells.
    pub services: &'static [Service],
    /// Delivers on Saturdays.
    pub saturday: bool,
    /// Delivers on Sundays.
    pub sunday: bool,
    /// Names a delivery date without being asked.
    pub estimates: bool,
    /// Permille of parcels that go to a shop or locker from the start.
    pub shops_permille: u64,
    /// Minutes between polls of its feed; 0 for one that pushes.
    pub poll_minutes: i64,
    /// Time forms of its feed, with weights.
    pub times: &'static [(TimeForm, u32)],
    /// Raw codes.
    pub codes: &'static [(Code, &'static str)],
    /// Market share where it delivers, relative.
    pub weight: u32,
}

impl Carrier {
    /// The raw code that this carrier sends for a code, empty where it sends none.
    #[must_use]
    pub fn raw_code(&self, code: Code) -> &'static str {
        self.codes
            .iter()
            .find(|(known, _)| *known == code)
            .map_or("", |(_, raw)| raw)
    }

    /// Whether it delivers in that country.
    #[must_use]
    pub fn serves(&self, country: &str) -> bool {
        self.countries.contains(&country)
    }
}

/// The carrier of that slug, and its place in [`CARRIERS`].
#[must_use]
pub fn find(slug: &str) -> Option<(usize, &'static Carrier)> {
    CARRIERS.iter().enumerate().find(|(_, carrier)| carrier.slug == slug)
}

/// Who delivers what China Post hands over, by country.
#[must_use]
pub fn partner(country: &str) -> Option<usize> {
    let slug = match country {
        "US" => "usps",
        "GB" => "royal_mail",
        "CA" => "canada_post",
        "DE" | "NL" | "BE" | "PL" | "AT" => "dhl",
        "FR" | "ES" | "IT" => "gls",
        _ => return None,
    };
    find(slug).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::table::EVERYWHERE;
    use super::*;
    use crate::world::places::CityId;

    #[test]
    fn every_country_that_a_carrier_serves_has_a_hub_it_can_reach() {
        for carrier in CARRIERS {
            for hub in carrier.hubs {
                let city = CityId::find(hub).expect("hubs are cities").city();
                assert!(
                    carrier.serves(city.country),
                    "{} hub {hub} in {}",
                    carrier.slug,
                    city.country
                );
            }
            assert!(
                carrier.services.iter().any(|service| service.weight > 0),
                "{}",
                carrier.slug
            );
        }
        for country in EVERYWHERE.iter().filter(|country| **country != "CN") {
            let at = partner(country).expect("china post delivers everywhere");
            assert!(
                CARRIERS.get(at).is_some_and(|carrier| carrier.serves(country)),
                "{country}"
            );
        }
    }
}
