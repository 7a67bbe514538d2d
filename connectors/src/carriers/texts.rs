//! Texts of a record brought into form: slugs, limits, countries.

use super::field::Field;
use super::refusal::{Quoted, Refusal};
use super::scratch::Scratch;
use milepost_model::RejectReason;

/// No slug is longer.
pub(crate) const SLUG_BYTES_MAX: usize = 32;

/// Whether a text is empty or a slug `[a-z0-9_]{1,32}` as it stands, eight bytes at a time.
#[inline(always)]
pub(crate) fn is_slug(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) else {
        return is_short_slug(bytes);
    };
    let others = not_of_a_slug(u64::from_le_bytes(*first)) | not_of_a_slug(u64::from_le_bytes(*last));
    if bytes.len() > 16 {
        return is_long_slug(bytes);
    }
    others == 0
}

/// As [`is_slug`] of more than sixteen bytes.
#[cold]
fn is_long_slug(bytes: &[u8]) -> bool {
    bytes.len() <= SLUG_BYTES_MAX
        && bytes
            .iter()
            .all(|byte| not_of_a_slug(u64::from_le_bytes([*byte; 8])) == 0)
}

/// As [`is_slug`] of less than eight bytes.
#[inline(always)]
fn is_short_slug(bytes: &[u8]) -> bool {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let [first, last] = [first, last].map(|half| u64::from(u32::from_le_bytes(*half)));
        return not_of_a_slug(first | last << 32) == 0;
    }
    // Up to three: the first, the middle and the last are all.
    let (Some(first), Some(middle), Some(last)) = (bytes.first(), bytes.get(bytes.len() / 2), bytes.last()) else {
        return true;
    };
    not_of_a_slug(u64::from_le_bytes([
        *first, *middle, *last, b'0', b'0', b'0', b'0', b'0',
    ])) == 0
}

/// Not 0 when one of eight bytes is none of `a-z0-9_`.
#[inline]
fn not_of_a_slug(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // The upper bit of each byte says whether it is at least a bound; bytes above 0x7f are refused before.
    let at_least = |bound: u8| (word & (EACH * 0x7f)) + EACH * u64::from(0x80 - bound);
    let digits = at_least(b'0') & !at_least(b'9' + 1);
    let letters = at_least(b'_') & !at_least(b'z' + 1);
    // Between `_` and `a` stands the back-tick alone: no other byte differs from it by nothing.
    let other_than_tick = ((word ^ (EACH * u64::from(b'`'))) & (EACH * 0x7f)) + EACH * 0x7f;
    (!((digits | letters) & other_than_tick) | word) & (EACH * 0x80)
}

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
#[inline(always)]
pub(crate) fn id(field: Field, text: &str, max: usize) -> Result<&str, Refusal> {
    if text.len() <= max {
        return Ok(text);
    }
    long_id(field, text, max)
}

#[cold]
fn long_id(field: Field, text: &str, max: usize) -> Result<&str, Refusal> {
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

/// Whether a text is empty or a country as it stands: ISO 3166-1 alpha-2.
#[inline(always)]
pub(crate) fn is_country(text: &str) -> bool {
    match text.as_bytes() {
        [] => true,
        [a, b] => a.is_ascii_uppercase() & b.is_ascii_uppercase() & (text != "UK"),
        _ => false,
    }
}

/// ISO 3166-1 alpha-2, or empty when the text names no country that is known here.
pub(crate) fn country<'a>(text: &'a str, scratch: &'a Scratch) -> &'a str {
    match text {
        "UK" => "GB",
        _ if is_country(text) => text,
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
    fn a_slug_is_known_by_each_of_its_bytes() {
        let is_slug_byte = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        let base = "az09_az09_by18cx27dw36ev45fu5gt4h3";
        for length in 0..=base.len() {
            let text = base.get(..length).unwrap_or_default();
            assert_eq!(is_slug(text), length <= 32, "{text}");
            for at in 0..length {
                // Any character of one byte or two; one of two takes the place of two.
                for c in (0..=0x7ff).filter_map(char::from_u32) {
                    let after = at + c.len_utf8();
                    let (Some(before), Some(after)) = (text.get(..at), text.get(after..)) else {
                        continue;
                    };
                    let other = format!("{before}{c}{after}");
                    let expected = length <= 32 && other.bytes().all(is_slug_byte);
                    assert_eq!(is_slug(&other), expected, "{other}");
                }
            }
        }
    }

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
