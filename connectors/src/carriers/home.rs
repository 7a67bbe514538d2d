//! Carriers and the zone of their home network: the last step of the time ladder that knows anything.

/// The zone of a carrier's home network, if all of it lies in one.
pub(crate) fn home_of(carrier: &str) -> Option<&'static str> {
    CARRIERS
        .iter()
        .find(|(_, names)| names.contains(&carrier))
        .map(|(zone, _)| *zone)
}

const CARRIERS: [(&str, &[&str]); 17] = [
    (
        "Europe/London",
        &[
            "royal_mail",
            "parcelforce",
            "evri",
            "yodel",
            "dpd_uk",
            "dx",
            "tuffnells",
        ],
    ),
    ("Europe/Berlin", &["dhl_paket", "deutsche_post", "hermes", "dpd_de"]),
    (
        "Europe/Paris",
        &["colissimo", "chronopost", "colis_prive", "mondial_relay"],
    ),
    ("Europe/Amsterdam", &["postnl"]),
    ("Europe/Brussels", &["bpost"]),
    ("Europe/Vienna", &["austrian_post"]),
    ("Europe/Zurich", &["swiss_post"]),
    ("Europe/Rome", &["poste_italiane", "brt"]),
    ("Europe/Warsaw", &["inpost", "poczta_polska"]),
    ("Europe/Oslo", &["posten", "bring"]),
    ("Europe/Helsinki", &["posti"]),
    ("Europe/Dublin", &["an_post"]),
    ("Asia/Tokyo", &["japan_post", "yamato", "sagawa"]),
    ("Asia/Seoul", &["korea_post", "cj_logistics"]),
    (
        "Asia/Shanghai",
        &["china_post", "sf_express", "yunexpress", "yanwen", "4px", "cainiao"],
    ),
    ("Asia/Kolkata", &["india_post", "delhivery", "blue_dart", "ekart"]),
    ("Asia/Singapore", &["singpost"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_named_here_exists() {
        for (zone, _) in CARRIERS {
            assert!(milepost_calendar::zone_named(zone).is_some(), "{zone}");
        }
    }
}
