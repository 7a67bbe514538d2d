//! Where parcels live: cities with zone, postal codes and weight, and how far apart they are.

use super::zone::{self, Zone};

/// A city that ships and receives.
#[derive(Clone, Copy, Debug)]
pub struct City {
    /// Short code, used in facility ids.
    pub code: &'static str,
    /// Name as carriers write it.
    pub name: &'static str,
    /// State, province or region; may be empty.
    pub region: &'static str,
    /// ISO 3166-1 alpha-2.
    pub country: &'static str,
    /// Postal code: `#` is any digit, `@` any letter.
    pub postal: &'static str,
    /// Zone.
    pub zone: &'static Zone,
    /// Hundredths of a degree north.
    pub north: i16,
    /// Hundredths of a degree east.
    pub east: i16,
    /// How many parcels it takes, relative to the others.
    pub weight: u16,
}

macro_rules! cities {
    ($($code:literal $name:literal $region:literal $country:literal $postal:literal $zone:ident $north:literal $east:literal $weight:literal;)+) => {
        /// All cities. New ones go to the end: the place in this table is part of every seed.
        pub static CITIES: &[City] = &[$(City {
            code: $code, name: $name, region: $region, country: $country, postal: $postal,
            zone: &zone::$zone, north: $north, east: $east, weight: $weight,
        }),+];
    };
}
cities! {
    "NYC" "New York" "NY" "US" "100##" NEW_YORK 4071 -7401 95;
    "EWR" "Newark" "NJ" "US" "071##" NEW_YORK 4074 -7417 40;
    "BOS" "Boston" "MA" "US" "021##" NEW_YORK 4236 -7106 38;
    "PHL" "Philadelphia" "PA" "US" "191##" NEW_YORK 3995 -7517 40;
    "SDF" "Louisville" "KY" "US" "402##" NEW_YORK 3825 -8576 15;
    "MEM" "Memphis" "TN" "US" "381##" CHICAGO 3515 -9005 14;
    "IND" "Indianapolis" "IN" "US" "462##" NEW_YORK 3977 -8616 18;
    "ATL" "Atlanta" "GA" "US" "303##" NEW_YORK 3375 -8439 45;
    "MIA" "Miami" "FL" "US" "331##" NEW_YORK 2576 -8019 42;
    "ORD" "Chicago" "IL" "US" "606##" CHICAGO 4188 -8763 60;
    "MSP" "Minneapolis" "MN" "US" "554##" CHICAGO 4498 -9327 24;
    "DFW" "Dallas" "TX" "US" "752##" CHICAGO 3278 -9680 48;
    "HOU" "Houston" "TX" "US" "770##" CHICAGO 2976 -9537 44;
    "DEN" "Denver" "CO" "US" "802##" DENVER 3974 -10499 28;
    "SLC" "Salt Lake City" "UT" "US" "841##" DENVER 4076 -11189 15;
    "PHX" "Phoenix" "AZ" "US" "850##" PHOENIX 3345 -11207 32;
    "ONT" "Ontario" "CA" "US" "917##" LOS_ANGELES 3406 -11765 30;
    "LAX" "Los Angeles" "CA" "US" "900##" LOS_ANGELES 3405 -11824 80;
    "OAK" "Oakland" "CA" "US" "946##" LOS_ANGELES 3780 -12227 34;
    "SEA" "Seattle" "WA" "US" "981##" LOS_ANGELES 4761 -12233 30;
    "YYZ" "Toronto" "ON" "CA" "M5V #@#" TORONTO 4365 -7938 40;
    "YUL" "Montr\u{e9}al" "QC" "CA" "H2X #@#" TORONTO 4550 -7357 26;
    "YOW" "Ottawa" "ON" "CA" "K1P #@#" TORONTO 4542 -7570 12;
    "YHZ" "Halifax" "NS" "CA" "B3J #@#" HALIFAX 4465 -6357 6;
    "YWG" "Winnipeg" "MB" "CA" "R3C #@#" WINNIPEG 4990 -9714 9;
    "YYC" "Calgary" "AB" "CA" "T2P #@#" EDMONTON 5105 -11407 14;
    "YVR" "Vancouver" "BC" "CA" "V6B #@#" VANCOUVER 4928 -12312 20;
    "LON" "London" "" "GB" "E1 #@@" LONDON 5151 -13 60;
    "BHX" "Birmingham" "" "GB" "B2 #@@" LONDON 5249 -189 26;
    "MAN" "Manchester" "" "GB" "M4 #@@" LONDON 5348 -224 26;
    "LDS" "Leeds" "" "GB" "LS1 #@@" LONDON 5380 -155 16;
    "GLA" "Glasgow" "" "GB" "G2 #@@" LONDON 5586 -425 14;
    "BRS" "Bristol" "" "GB" "BS1 #@@" LONDON 5145 -259 12;
    "BER" "Berlin" "BE" "DE" "10###" BERLIN 5252 1341 36;
    "HAM" "Hamburg" "HH" "DE" "20###" BERLIN 5355 999 24;
    "MUC" "M\u{fc}nchen" "BY" "DE" "80###" BERLIN 4814 1158 26;
    "CGN" "K\u{f6}ln" "NW" "DE" "50###" BERLIN 5094 696 22;
    "FRA" "Frankfurt am Main" "HE" "DE" "60###" BERLIN 5011 868 20;
    "LEJ" "Leipzig" "SN" "DE" "04###" BERLIN 5134 1237 12;
    "STR" "Stuttgart" "BW" "DE" "70###" BERLIN 4878 918 14;
    "PAR" "Paris" "IDF" "FR" "750##" PARIS 4886 235 44;
    "LYS" "Lyon" "ARA" "FR" "690##" PARIS 4576 484 18;
    "MRS" "Marseille" "PAC" "FR" "130##" PARIS 4330 537 16;
    "LIL" "Lille" "HDF" "FR" "590##" PARIS 5063 306 12;
    "AMS" "Amsterdam" "NH" "NL" "10## @@" AMSTERDAM 5237 490 22;
    "RTM" "Rotterdam" "ZH" "NL" "30## @@" AMSTERDAM 5192 448 16;
    "BRU" "Bruxelles/Brussel" "" "BE" "10##" BRUSSELS 5085 435 14;
    "WAW" "Warszawa" "MZ" "PL" "00-###" WARSAW 5223 2101 22;
    "KRK" "Krak\u{f3}w" "MA" "PL" "30-###" WARSAW 5006 1994 12;
    "MAD" "Madrid" "MD" "ES" "280##" MADRID 4042 -370 24;
    "BCN" "Barcelona" "CT" "ES" "080##" MADRID 4139 217 20;
    "MIL" "Milano" "MI" "IT" "201##" ROME 4546 919 20;
    "ROM" "Roma" "RM" "IT" "001##" ROME 4190 1250 18;
    "VIE" "Wien" "" "AT" "10#0" VIENNA 4821 1637 12;
    "SZX" "Shenzhen" "GD" "CN" "5180##" SHANGHAI 2254 11406 30;
    "YIW" "Yiwu" "ZJ" "CN" "3220##" SHANGHAI 2931 12008 22;
    "PVG" "Shanghai" "SH" "CN" "2000##" SHANGHAI 3123 12147 14;
}

/// A place in [`CITIES`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CityId(pub u8);

impl CityId {
    /// The city itself.
    #[must_use]
    pub fn city(self) -> &'static City {
        CITIES.get(usize::from(self.0)).expect("city ids come from the table")
    }

    /// The city of that code.
    #[must_use]
    pub fn find(code: &str) -> Option<Self> {
        Self::all().find(|id| id.city().code == code)
    }

    /// Every city.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..CITIES.len() as u8).map(Self)
    }

    /// Road-less distance in kilometres. Plain arithmetic only, so that every platform gets the same number.
    #[must_use]
    pub fn km_to(self, other: Self) -> i64 {
        let (a, b) = (self.city(), other.city());
        let degrees = |hundredths: i16| f64::from(hundredths) / 100.0;
        let mean = (degrees(a.north) + degrees(b.north)) / 2.0 * 0.017_453_292_519_943_295;
        let squared = mean * mean;
        let cosine = 1.0 - squared / 2.0 + squared * squared / 24.0 - squared * squared * squared / 720.0;
        let mut east = (degrees(a.east) - degrees(b.east)).abs();
        if east > 180.0 {
            east = 360.0 - east;
        }
        let (x, y) = (east * cosine * 111.2, (degrees(a.north) - degrees(b.north)) * 111.2);
        (x * x + y * y).sqrt() as i64
    }
}

/// What stands at a place of a journey.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Site {
    /// No place is known.
    Nowhere,
    /// The merchant's warehouse.
    Warehouse,
    /// The carrier's depot, where vans start.
    Depot,
    /// A sorting hub.
    Hub,
    /// A customs gateway at a border or airport.
    Gateway,
    /// A parcel shop.
    Shop,
    /// A parcel locker.
    Locker,
    /// The consignee's door; has no facility id.
    Door,
}

/// A place of a journey: a site in a city, and which one of its kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Spot {
    /// City.
    pub city: CityId,
    /// What stands there.
    pub site: Site,
    /// Which one of its kind in that city.
    pub number: u16,
}

impl Spot {
    /// A site of a city.
    #[must_use]
    pub const fn new(city: CityId, site: Site, number: u16) -> Self {
        Self { city, site, number }
    }

    /// The carrier's id of the place, `None` where it has none.
    #[must_use]
    pub const fn facility_prefix(self) -> Option<&'static str> {
        match self.site {
            Site::Nowhere | Site::Door => None,
            Site::Warehouse => Some("shipper:"),
            Site::Depot => Some("depot:"),
            Site::Hub => Some("hub:"),
            Site::Gateway => Some("gateway:"),
            Site::Shop => Some("shop:"),
            Site::Locker => Some("locker:"),
        }
    }

    /// Writes the postal code: the city's pattern filled in by the number of the place.
    pub fn write_postal(self, out: &mut Vec<u8>) {
        let mut left = crate::rng::mix(u64::from(self.number) << 8 | u64::from(self.site as u8));
        for byte in self.city.city().postal.bytes() {
            out.push(match byte {
                b'#' => b'0' + (left % 10) as u8,
                // Letters that every postal service uses.
                b'@' => *b"ABEGHJLNPRSTWXYZ".get((left % 16) as usize).unwrap_or(&b'A'),
                other => other,
            });
            left /= 7;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_about_right() {
        for (from, until, km) in [
            ("NYC", "LAX", 3_940),
            ("BER", "MUC", 504),
            ("LON", "PAR", 344),
            ("SDF", "SDF", 0),
        ] {
            let (from, until) = (CityId::find(from).expect("known"), CityId::find(until).expect("known"));
            let found = from.km_to(until);
            assert!((found - km).abs() * 100 <= km * 5, "{found} km, about {km} expected");
            assert_eq!(found, until.km_to(from));
        }
    }

    #[test]
    fn codes_are_unique_and_the_first_cities_stay_where_they_are() {
        let mut codes: Vec<_> = CITIES.iter().map(|city| city.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), CITIES.len());
        assert_eq!(CityId::find("SZX"), Some(CityId(54)));
    }
}
