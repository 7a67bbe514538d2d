//! Places to IANA zones. A small table kept by hand: countries whole, and the regions and a few cities of countries with
//! several zones. It is no maintained source: postal codes and facilities are not in it yet.
//!
//! Where a place lies in one of several zones, all of them are named, first the one with most inhabitants: who reads a
//! written time takes the union, who needs one clock the first.

use alloc::boxed::Box;
use alloc::vec::Vec;
use milepost_model::Zone;
use once_cell::race::OnceBox;

use crate::countries::COUNTRIES;
use crate::zones;

/// The one zone to reckon with at a place: where several are possible, the one in which most people live. `None` when
/// nothing is known about the place.
#[must_use]
pub fn home_zone(country: &str, region: &str, city: &str) -> Option<Zone> {
    zones_of_place(country, region, city)?.first().copied()
}

/// The zones that a place may lie in; `None` when nothing is known about it.
#[must_use]
pub fn zones_of_place(country: &str, region: &str, city: &str) -> Option<&'static [Zone]> {
    let region = region
        .strip_prefix(country)
        .and_then(|rest| rest.strip_prefix('-'))
        .unwrap_or(region);
    let area = Area::find(country, region).or_else(|| Area::find(country, ""))?;
    let zones = area.of_city(city).unwrap_or(&area.zones);
    (!zones.is_empty()).then_some(zones)
}

/// A region, or a country whole.
struct Area {
    key: u64,
    zones: Box<[Zone]>,
    /// Where it lies in several, the cities that are known to lie in one.
    cities: Vec<(&'static str, Box<[Zone]>)>,
}

impl Area {
    fn find(country: &str, region: &str) -> Option<&'static Self> {
        let (all, key) = (areas(), key(country, region)?);
        let at = all.binary_search_by_key(&key, |area| area.key).ok()?;
        all.get(at)
    }

    fn of_city(&self, city: &str) -> Option<&[Zone]> {
        if self.cities.is_empty() {
            return None;
        }
        let lower = (!city.is_ascii()).then(|| city.to_lowercase());
        let city = lower.as_deref().unwrap_or(city);
        let found = self.cities.iter().find(|(name, _)| name.eq_ignore_ascii_case(city))?;
        Some(&found.1)
    }
}

/// A country and a region, in whatever case, as a number; `None` of what is longer than any. A country whole has no region.
fn key(country: &str, region: &str) -> Option<u64> {
    if country.len() != 2 || region.len() > 3 {
        return None;
    }
    let region = region.bytes().map(|byte| byte.to_ascii_uppercase());
    let signs = country.bytes().chain(region);
    // What stands before tells how many there are.
    Some(signs.fold(1, |key, sign| key << 8 | u64::from(sign)))
}

/// The tables below as they are asked, sorted by key.
fn areas() -> &'static [Area] {
    static AREAS: OnceBox<Vec<Area>> = OnceBox::new();
    AREAS.get_or_init(|| {
        let area = |country, region, zones| {
            Some(Area {
                key: key(country, region)?,
                zones: named(zones),
                cities: cities(country, region),
            })
        };
        let countries = COUNTRIES.iter().filter_map(|(country, zones)| area(country, "", zones));
        let mut areas: Vec<Area> = countries.collect();
        for (country, all) in REGIONS {
            for (zones, regions) in all {
                areas.extend(regions.split(' ').filter_map(|region| area(country, region, zones)));
            }
        }
        areas.sort_unstable_by_key(|area| area.key);
        Box::new(areas)
    })
}

fn cities(country: &str, region: &str) -> Vec<(&'static str, Box<[Zone]>)> {
    let of_region = CITIES
        .iter()
        .filter(|(in_country, in_region, ..)| (*in_country, *in_region) == (country, region));
    let cities = of_region.flat_map(|(_, _, cities, zones)| cities.split('|').map(|city| (city, named(zones))));
    cities.collect()
}

/// The zones of names with spaces between.
fn named(zones: &str) -> Box<[Zone]> {
    zones.split(' ').filter_map(zones::by_name).collect()
}

/// Cities of regions that lie in several zones, lower-case.
const CITIES: [(&str, &str, &str, &str); 22] = [
    (
        "CA",
        "BC",
        "vancouver|burnaby|richmond|surrey|delta|victoria|kelowna|abbotsford",
        "America/Vancouver",
    ),
    (
        "CA",
        "ON",
        "toronto|mississauga|brampton|ottawa|hamilton|london|markham|vaughan|windsor|kitchener|concord",
        "America/Toronto",
    ),
    (
        "CA",
        "QC",
        "montréal|montreal|québec|quebec|laval|longueuil|gatineau|mirabel|dorval",
        "America/Toronto",
    ),
    ("CA", "SK", "regina|saskatoon", "America/Regina"),
    ("CA", "NL", "st. john's|st john's|mount pearl", "America/St_Johns"),
    ("US", "AK", "anchorage|fairbanks|juneau", "America/Anchorage"),
    (
        "US",
        "AZ",
        "phoenix|tucson|mesa|chandler|tempe|scottsdale|glendale",
        "America/Phoenix",
    ),
    (
        "US",
        "FL",
        "miami|orlando|tampa|jacksonville|fort lauderdale|lakeland|opa locka",
        "America/New_York",
    ),
    ("US", "FL", "pensacola|panama city", "America/Chicago"),
    (
        "US",
        "ID",
        "boise|nampa|twin falls|idaho falls|pocatello",
        "America/Boise",
    ),
    ("US", "ID", "coeur d'alene|lewiston", "America/Los_Angeles"),
    (
        "US",
        "IN",
        "indianapolis|fort wayne|plainfield|whitestown|south bend",
        "America/Indiana/Indianapolis",
    ),
    ("US", "IN", "gary|hammond|evansville", "America/Chicago"),
    (
        "US",
        "KS",
        "wichita|topeka|kansas city|lenexa|olathe|overland park",
        "America/Chicago",
    ),
    (
        "US",
        "KY",
        "louisville|lexington|hebron|florence|erlanger",
        "America/New_York",
    ),
    ("US", "KY", "bowling green|paducah|owensboro", "America/Chicago"),
    (
        "US",
        "MI",
        "detroit|grand rapids|lansing|romulus|flint|livonia",
        "America/Detroit",
    ),
    ("US", "NE", "omaha|lincoln", "America/Chicago"),
    (
        "US",
        "OR",
        "portland|salem|eugene|hillsboro|troutdale",
        "America/Los_Angeles",
    ),
    ("US", "TN", "memphis|nashville", "America/Chicago"),
    ("US", "TN", "knoxville|chattanooga", "America/New_York"),
    (
        "US",
        "TX",
        "dallas|fort worth|houston|austin|san antonio|irving|coppell|stafford|arlington|plano",
        "America/Chicago",
    ),
];

type Regions = &'static [(&'static str, &'static str)];

/// Per country its zones, each with the regions that lie in it. Regions without a zone of their own (the addresses of
/// the United States' forces) are listed with none.
const REGIONS: [(&str, Regions); 8] = [
    (
        "US",
        &[
            ("", "AA AE AP"),
            (
                "America/New_York",
                "CT DE DC GA ME MD MA NH NJ NY NC OH PA RI SC VT VA WV",
            ),
            ("America/Chicago", "AL AR IL IA LA MN MS MO OK WI"),
            ("America/Denver", "CO MT NM UT WY"),
            ("America/Los_Angeles", "CA WA"),
            ("America/New_York America/Chicago", "FL KY"),
            ("America/Chicago America/New_York", "TN"),
            ("America/Indiana/Indianapolis America/Chicago", "IN"),
            ("America/Detroit America/Menominee", "MI"),
            ("America/Chicago America/Denver", "KS NE ND SD TX"),
            ("America/Boise America/Los_Angeles", "ID"),
            ("America/Los_Angeles America/Boise", "OR"),
            ("America/Los_Angeles America/Denver", "NV"),
            ("America/Phoenix America/Denver", "AZ"),
            ("America/Anchorage America/Adak", "AK"),
            ("Pacific/Honolulu", "HI"),
            ("America/Puerto_Rico", "PR VI"),
            ("Pacific/Guam", "GU MP"),
            ("Pacific/Pago_Pago", "AS"),
        ],
    ),
    (
        "CA",
        &[
            ("America/Edmonton", "AB NT"),
            (
                "America/Vancouver America/Edmonton America/Dawson_Creek America/Fort_Nelson America/Creston",
                "BC",
            ),
            ("America/Winnipeg", "MB"),
            ("America/Halifax", "NB NS PE"),
            ("America/St_Johns America/Goose_Bay", "NL"),
            (
                "America/Iqaluit America/Rankin_Inlet America/Edmonton America/Atikokan",
                "NU",
            ),
            ("America/Toronto America/Winnipeg America/Atikokan", "ON"),
            ("America/Toronto America/Blanc-Sablon America/Halifax", "QC"),
            ("America/Regina America/Edmonton", "SK"),
            ("America/Whitehorse", "YT"),
        ],
    ),
    (
        "AU",
        &[
            ("Australia/Sydney", "ACT"),
            ("Australia/Sydney Australia/Broken_Hill", "NSW"),
            ("Australia/Darwin", "NT"),
            ("Australia/Brisbane", "QLD"),
            ("Australia/Adelaide", "SA"),
            ("Australia/Hobart", "TAS"),
            ("Australia/Melbourne", "VIC"),
            ("Australia/Perth Australia/Eucla", "WA"),
        ],
    ),
    (
        "BR",
        &[
            ("America/Sao_Paulo", "DF ES GO MG PR RJ RS SC SP"),
            ("America/Bahia", "BA"),
            ("America/Fortaleza", "CE MA PB PI RN"),
            ("America/Maceio", "AL SE"),
            ("America/Belem", "AP PA"),
            ("America/Recife America/Noronha", "PE"),
            ("America/Araguaina", "TO"),
            ("America/Campo_Grande", "MS"),
            ("America/Cuiaba", "MT"),
            ("America/Porto_Velho", "RO"),
            ("America/Boa_Vista", "RR"),
            ("America/Manaus America/Eirunepe", "AM"),
            ("America/Rio_Branco", "AC"),
        ],
    ),
    (
        "MX",
        &[
            (
                "America/Mexico_City",
                "AGU CHP CMX COL GRO GUA HID JAL MEX MIC MOR OAX PUE QUE SLP TAB TLA VER ZAC",
            ),
            ("America/Monterrey", "DUR"),
            ("America/Monterrey America/Matamoros", "COA NLE TAM"),
            ("America/Merida", "CAM YUC"),
            ("America/Cancun", "ROO"),
            ("America/Mazatlan", "BCS SIN"),
            ("America/Mazatlan America/Bahia_Banderas", "NAY"),
            ("America/Hermosillo", "SON"),
            ("America/Chihuahua America/Ciudad_Juarez America/Ojinaga", "CHH"),
            ("America/Tijuana", "BCN"),
        ],
    ),
    (
        "ES",
        &[
            ("Atlantic/Canary", "CN GC TF"),
            (
                "Europe/Madrid",
                "AN AR AS CB CE CL CM CT EX GA IB MC MD ML NC PV RI VC M B V",
            ),
        ],
    ),
    (
        "ID",
        &[
            ("Asia/Jakarta", "AC BB BE BT JA JB JI JK JT KR LA RI SB SS SU YO"),
            ("Asia/Pontianak", "KB KT"),
            ("Asia/Makassar", "BA GO KI KS KU NB NT SA SG SN SR ST"),
            ("Asia/Jayapura", "MA MU PA PB PD PE PS PT"),
        ],
    ),
    (
        "NZ",
        &[
            (
                "Pacific/Auckland",
                "AUK BOP CAN GIS HKB MBH MWT NSN NTL OTA STL TAS TKI WGN WKO WTC",
            ),
            ("Pacific/Chatham", "CIT"),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_named_here_exists() {
        let in_regions = REGIONS
            .iter()
            .flat_map(|(_, zones)| zones.iter().map(|(zones, _)| *zones));
        let in_cities = CITIES.iter().map(|(_, _, _, zone)| *zone);
        let in_countries = COUNTRIES.iter().map(|(_, zones)| *zones);
        for zones in in_regions.chain(in_cities).chain(in_countries) {
            for zone in zones.split(' ').filter(|zone| !zone.is_empty()) {
                assert!(zones::by_name(zone).is_some(), "{zone}");
            }
        }
        assert!(COUNTRIES.is_sorted_by_key(|(country, _)| *country));
        assert!(areas().is_sorted_by(|a, b| a.key < b.key), "a region stands twice");
        let of_regions = REGIONS.iter().flat_map(|(_, zones)| zones.iter());
        let regions = of_regions.flat_map(|(_, regions)| regions.split(' ')).count();
        assert_eq!(areas().len(), COUNTRIES.len() + regions);
        let known = areas().iter().map(|area| area.cities.len()).sum::<usize>();
        let cities = CITIES.iter().flat_map(|(_, _, cities, _)| cities.split('|')).count();
        assert_eq!(known, cities, "a city of a region that is not listed");
    }

    #[test]
    fn a_place_names_its_zones_from_city_to_country() {
        for (country, region, city, expected) in [
            ("DE", "", "", "Europe/Berlin"),
            ("DE", "HE", "Frankfurt", "Europe/Berlin"),
            ("US", "KY", "LOUISVILLE", "America/New_York"),
            ("US", "US-KY", "", "America/New_York America/Chicago"),
            ("US", "ky", "Nowhere", "America/New_York America/Chicago"),
            ("US", "TX", "Dallas", "America/Chicago"),
            ("US", "fl", "Pensacola", "America/Chicago"),
            ("US", "AE", "APO", "unknown"),
            ("\0U", "SAL", "", "unknown"),
            ("CA", "QC", "MONTR\u{c9}AL", "America/Toronto"),
            ("CA", "QC", "Montr\u{e9}al", "America/Toronto"),
            ("PT", "", "", "Europe/Lisbon Atlantic/Azores"),
            ("ZZ", "", "", "unknown"),
            ("", "", "Paris", "unknown"),
        ] {
            let found = zones_of_place(country, region, city).map(|zones| zones.iter().map(|zone| zones::name(*zone)));
            let found = found.map_or("unknown".to_owned(), |names| names.collect::<Vec<_>>().join(" "));
            assert_eq!(found, expected, "{country} {region} {city}");
        }
    }

    #[test]
    fn the_home_zone_is_where_most_people_live() {
        for (country, region, city, expected) in [
            ("US", "", "", "America/New_York"),
            ("US", "TN", "", "America/Chicago"),
            ("US", "OR", "", "America/Los_Angeles"),
            ("US", "ID", "Coeur d'Alene", "America/Los_Angeles"),
            ("CA", "", "", "America/Toronto"),
            ("AU", "", "", "Australia/Sydney"),
            ("BR", "", "", "America/Sao_Paulo"),
            ("MX", "", "", "America/Mexico_City"),
            ("RU", "", "", "Europe/Moscow"),
            ("ID", "", "", "Asia/Jakarta"),
            ("IN", "", "", "Asia/Kolkata"),
            ("US", "AE", "APO", "unknown"),
            ("ZZ", "", "", "unknown"),
        ] {
            let found = home_zone(country, region, city).map_or("unknown", zones::name);
            assert_eq!(found, expected, "{country} {region} {city}");
        }
    }
}
