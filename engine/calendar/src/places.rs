//! Places to IANA zones. A small table kept by hand: countries whole, and the regions and a few cities of countries with
//! several zones. It is no maintained source: postal codes and facilities are not in it yet.
//!
//! Where a place lies in one of several zones, all of them are named, first the one with most inhabitants: who reads a
//! written time takes the union, who needs one clock the first.

use milepost_model::Zone;

use crate::countries::COUNTRIES;
use crate::zones;

/// The one zone to reckon with at a place: where several are possible, the one in which most people live. `None` when
/// nothing is known about the place.
#[must_use]
pub fn home_zone(country: &str, region: &str, city: &str) -> Option<Zone> {
    zones_of_place(country, region, city)?
        .split(' ')
        .next()
        .and_then(zones::by_name)
}

/// The zones that a place may lie in, separated by spaces; `None` when nothing is known about it.
#[must_use]
pub fn zones_of_place(country: &str, region: &str, city: &str) -> Option<&'static str> {
    let region = region
        .strip_prefix(country)
        .and_then(|rest| rest.strip_prefix('-'))
        .unwrap_or(region);
    if let Some((_, zones)) = REGIONS.iter().find(|(name, _)| *name == country) {
        let of_region = zones.iter().find(|(_, regions)| is_one_of(region, b' ', regions));
        if let Some((zones, _)) = of_region {
            return of_city(country, region, city)
                .or(Some(*zones))
                .filter(|zones| !zones.is_empty());
        }
    }
    let at = COUNTRIES.binary_search_by(|(name, _)| (*name).cmp(country)).ok()?;
    COUNTRIES.get(at).map(|(_, zones)| *zones)
}

fn of_city(country: &str, region: &str, city: &str) -> Option<&'static str> {
    let lower = (!city.is_ascii()).then(|| city.to_lowercase());
    let city = lower.as_deref().unwrap_or(city);
    let found = CITIES.iter().find(|(in_country, in_region, cities, _)| {
        *in_country == country && in_region.eq_ignore_ascii_case(region) && is_one_of(city, b'|', cities)
    })?;
    Some(found.3)
}

/// Whether a name is one of several, whatever its case.
fn is_one_of(name: &str, between: u8, names: &str) -> bool {
    let mut names = names.as_bytes().split(|byte| *byte == between);
    names.any(|one| one.eq_ignore_ascii_case(name.as_bytes()))
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
            ("US", "AE", "APO", "unknown"),
            ("CA", "QC", "Montr\u{e9}al", "America/Toronto"),
            ("PT", "", "", "Europe/Lisbon Atlantic/Azores"),
            ("ZZ", "", "", "unknown"),
            ("", "", "Paris", "unknown"),
        ] {
            let found = zones_of_place(country, region, city).unwrap_or("unknown");
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
