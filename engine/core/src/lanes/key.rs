//! The name of a lane, and of what it is a part of.

use alloc::string::String;
use alloc::vec::Vec;

/// A lane in words, the same in every shard.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct LaneName {
    /// Carrier.
    pub carrier: String,
    /// Its product; empty when no scan names it.
    pub service: String,
    /// Country and region where it was handed over; where no region is named, the city; empty when unknown.
    pub origin: [String; 2],
    /// The same of where it goes, as stated; empty when nobody stated it.
    pub destination: [String; 2],
}

/// Names are joined by what no text of a scan holds.
const JOINT: char = '\u{1f}';

impl LaneName {
    /// The names of the wholes of which it is a part, and of itself, from the widest to the narrowest: all parcels of the
    /// service, those from country to country, those from its origin to the country, those of the lane.
    pub(super) fn wholes(&self) -> [String; 4] {
        let [from, from_region] = &self.origin;
        let [to, to_region] = &self.destination;
        let name = |parts: &[&str]| {
            let mut name = String::new();
            for part in [&[self.carrier.as_str(), &self.service], parts].concat() {
                name.push_str(part);
                name.push(JOINT);
            }
            name
        };
        [
            name(&[]),
            name(&[from, to]),
            name(&[from, to, from_region]),
            name(&[from, to, from_region, to_region]),
        ]
    }

    /// The place by whose clock its parcels are delivered: the destination, or the origin while that is unknown.
    pub(super) fn place(&self) -> &[String; 2] {
        if self.destination.iter().all(String::is_empty) {
            &self.origin
        } else {
            &self.destination
        }
    }
}

/// The lanes themselves among the names of wholes.
pub(super) fn lanes<'n>(names: impl Iterator<Item = &'n String>) -> impl Iterator<Item = LaneName> {
    names.filter_map(|name| {
        let parts: Vec<&str> = name.strip_suffix(JOINT)?.split(JOINT).collect();
        let [carrier, service, from, to, from_region, to_region] = parts.try_into().ok()?;
        let text = String::from;
        Some(LaneName {
            carrier: text(carrier),
            service: text(service),
            origin: [text(from), text(from_region)],
            destination: [text(to), text(to_region)],
        })
    })
}

/// Carriers and services among the names of wholes.
pub(super) fn services<'n>(names: impl Iterator<Item = &'n String>) -> impl Iterator<Item = (&'n str, &'n str)> {
    names.filter_map(|name| {
        let mut parts = name.strip_suffix(JOINT)?.split(JOINT);
        let service = (parts.next()?, parts.next()?);
        parts.next().is_none().then_some(service)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wholes_are_told_apart() {
        let text = |texts: [&str; 2]| texts.map(String::from);
        let lane = LaneName {
            carrier: "ups".into(),
            service: "ground".into(),
            origin: text(["US", "KY"]),
            destination: text(["US", ""]),
        };
        let wholes = lane.wholes();
        assert_eq!(wholes[0], "ups\u{1f}ground\u{1f}");
        assert_eq!(wholes[3], "ups\u{1f}ground\u{1f}US\u{1f}US\u{1f}KY\u{1f}\u{1f}");
        assert_eq!(wholes.iter().collect::<alloc::collections::BTreeSet<_>>().len(), 4);
        assert_eq!(lane.place(), &lane.destination);
        let unknown = LaneName {
            destination: text(["", ""]),
            ..lane
        };
        assert_eq!(unknown.place(), &unknown.origin);
    }
}
