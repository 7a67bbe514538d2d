//! Texts of a record brought into form: slugs, limits, countries.

use super::field::Field;
use super::refusal::{Quoted, Refusal};
use super::scratch::Scratch;
use milepost_model::RejectReason;

const SLUG_BYTES_MAX: usize = 32;

/// Whether a text is empty or a slug `[a-z0-9_]{1,32}` as it stands.
#[inline]
pub(crate) fn is_slug(text: &str) -> bool {
    let is_other = |byte: u8| OTHER_THAN_SLUG.get(usize::from(byte)).copied().unwrap_or(1);
    text.len() <= SLUG_BYTES_MAX && text.bytes().fold(0, |others, byte| others | is_other(byte)) == 0
}

/// Of each byte 1 when no slug holds it.
const OTHER_THAN_SLUG: [u8; 256] = {
    let mut others = [0; 256];
    let (mut rest, mut byte): (&mut [u8], usize) = (&mut others, 0);
    while let [first, later @ ..] = rest {
        *first = !matches!(byte as u8, b'a'..=b'z' | b'0'..=b'9' | b'_') as u8;
        byte += 1;
        rest = later;
    }
    others
};

/// The slug that is meant: letters become lower-case, a run of other ASCII characters one `_`. `None` if the text
/// cannot become one.
#[cold]
pub(crate) fn normalized_slug<'a>(text: &str, scratch: &'a Scratch) -> Option<&'a str> {
    if !text.is_ascii() || text.len() > 4 * SLUG_BYTES_MAX {
        return None;
    }
    let mut slug = scratch.text(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    let slug = slug.into_bump_str().trim_end_matches('_');
    (!slug.is_empty() && slug.len() <= SLUG_BYTES_MAX).then_some(slug)
}

/// A text that is only shown, cut to `max` characters; tells whether it was cut.
#[inline]
pub(crate) fn shown(text: &str, max: usize) -> (&str, bool) {
    if text.len() <= max {
        return (text, false);
    }
    match text.char_indices().nth(max) {
        Some((end, _)) => (text.get(..end).unwrap_or_default(), true),
        None => (text, false),
    }
}

/// A text that names something: refused when longer than `max` characters, because a cut name names something else.
#[inline]
pub(crate) fn id(field: Field, text: &str, max: usize) -> Result<&str, Refusal> {
    match shown(text, max) {
        (text, false) => Ok(text),
        (_, true) => Err(too_long(field, text, max)),
    }
}

#[cold]
fn too_long(field: Field, text: &str, max: usize) -> Refusal {
    let (name, text) = (field.name(), Quoted(text));
    let hint = format!("{name} {text} has more than {max} characters; send the id itself");
    Refusal::new(RejectReason::TooLong, hint)
}

/// ISO 3166-1 alpha-2, or empty when the text names no country that is known here.
#[inline]
pub(crate) fn country<'a>(text: &'a str, scratch: &'a Scratch) -> &'a str {
    match text.as_bytes() {
        b"UK" => "GB",
        [b'A'..=b'Z', b'A'..=b'Z'] | [] => text,
        _ => named_country(text, scratch),
    }
}

fn named_country<'a>(text: &'a str, scratch: &'a Scratch) -> &'a str {
    if let [a, b] = text.as_bytes()
        && a.is_ascii_alphabetic()
        && b.is_ascii_alphabetic()
    {
        return country(scratch.keep(&text.to_ascii_uppercase()), scratch);
    }
    let named = |names: &&[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(text.trim()));
    COUNTRIES
        .iter()
        .find(|(_, names)| named(names))
        .map_or("", |(code, _)| code)
}

/// The countries that carriers write out most often, by English name, own name and alpha-3 code.
const COUNTRIES: [(&str, &[&str]); 46] = [
    (
        "US",
        &["USA", "United States", "United States of America", "U.S.A.", "U.S."],
    ),
    (
        "GB",
        &[
            "GBR",
            "United Kingdom",
            "Great Britain",
            "England",
            "Scotland",
            "Wales",
            "Northern Ireland",
        ],
    ),
    ("DE", &["DEU", "Germany", "Deutschland"]),
    ("FR", &["FRA", "France"]),
    ("CA", &["CAN", "Canada"]),
    ("AU", &["AUS", "Australia"]),
    ("CN", &["CHN", "China", "People's Republic of China"]),
    ("JP", &["JPN", "Japan"]),
    ("NL", &["NLD", "Netherlands", "The Netherlands", "Nederland"]),
    ("BE", &["BEL", "Belgium", "Belgique", "Belgie", "België"]),
    ("ES", &["ESP", "Spain", "Espana", "España"]),
    ("IT", &["ITA", "Italy", "Italia"]),
    ("PL", &["POL", "Poland", "Polska"]),
    ("AT", &["AUT", "Austria", "Österreich", "Oesterreich"]),
    ("CH", &["CHE", "Switzerland", "Schweiz", "Suisse"]),
    ("SE", &["SWE", "Sweden", "Sverige"]),
    ("DK", &["DNK", "Denmark", "Danmark"]),
    ("NO", &["NOR", "Norway", "Norge"]),
    ("FI", &["FIN", "Finland", "Suomi"]),
    ("IE", &["IRL", "Ireland"]),
    ("PT", &["PRT", "Portugal"]),
    ("CZ", &["CZE", "Czech Republic", "Czechia"]),
    ("SK", &["SVK", "Slovakia"]),
    ("HU", &["HUN", "Hungary"]),
    ("RO", &["ROU", "Romania"]),
    ("BG", &["BGR", "Bulgaria"]),
    ("GR", &["GRC", "Greece"]),
    ("HR", &["HRV", "Croatia"]),
    ("SI", &["SVN", "Slovenia"]),
    ("LU", &["LUX", "Luxembourg"]),
    ("UA", &["UKR", "Ukraine"]),
    ("TR", &["TUR", "Turkey", "Türkiye"]),
    ("RU", &["RUS", "Russia", "Russian Federation"]),
    ("IN", &["IND", "India"]),
    ("KR", &["KOR", "South Korea", "Korea", "Republic of Korea"]),
    ("HK", &["HKG", "Hong Kong"]),
    ("TW", &["TWN", "Taiwan"]),
    ("SG", &["SGP", "Singapore"]),
    ("MY", &["MYS", "Malaysia"]),
    ("TH", &["THA", "Thailand"]),
    ("VN", &["VNM", "Vietnam", "Viet Nam"]),
    ("ID", &["IDN", "Indonesia"]),
    ("MX", &["MEX", "Mexico", "México"]),
    ("BR", &["BRA", "Brazil", "Brasil"]),
    ("NZ", &["NZL", "New Zealand"]),
    ("AE", &["ARE", "United Arab Emirates", "UAE"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_countries_and_limits() {
        let scratch = Scratch::new();
        for (text, expected) in [
            ("ups", Some("ups")),
            ("DHL Express", Some("dhl_express")),
            ("  royal-mail ", Some("royal_mail")),
            ("4PX", Some("4px")),
            ("--", None),
            ("Österreichische Post", None),
            ("a_very_long_name_of_a_carrier_that_nobody_has", None),
        ] {
            assert_eq!(is_slug(text), expected == Some(text), "{text}");
            assert_eq!(normalized_slug(text, &scratch), expected, "{text}");
        }
        for (text, expected) in [
            ("US", "US"),
            ("us", "US"),
            ("USA", "US"),
            ("United States", "US"),
            ("uk", "GB"),
            ("germany", "DE"),
            ("Atlantis", ""),
            ("", ""),
            ("ZZ", "ZZ"),
        ] {
            assert_eq!(country(text, &scratch), expected, "{text}");
        }
        assert_eq!(shown("Köln", 2), ("Kö", true));
        assert_eq!(shown("Köln", 4), ("Köln", false));
    }
}
