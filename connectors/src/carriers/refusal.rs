//! Why a record is refused, said so that its sender can mend it.

use super::blocks::Line;
use milepost_model::{Reject, RejectReason};
use std::fmt;

/// How much of a refused record is kept.
pub(crate) const EXCERPT_BYTES_MAX: usize = 4096;

/// How much of a bad value a hint repeats.
const QUOTED_CHARS_MAX: usize = 40;

/// Why a record is refused: the reason, and a hint that says what is wrong and what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{reason}: {hint}")]
pub struct Refusal {
    /// Why.
    pub reason: RejectReason,
    /// What exactly is wrong, and what to do.
    pub hint: String,
}

impl Refusal {
    pub(crate) fn new(reason: RejectReason, hint: impl Into<String>) -> Self {
        Self {
            reason,
            hint: hint.into(),
        }
    }

    /// The reject for the dead letters: this refusal with the line that it is about.
    #[must_use]
    pub fn at(self, line: &Line<'_>) -> Reject {
        let excerpt = line.bytes.get(..EXCERPT_BYTES_MAX).unwrap_or(line.bytes).to_vec();
        Reject {
            reason: self.reason,
            hint: self.hint,
            line: line.number,
            offset: line.offset,
            excerpt,
            length: line.bytes.len() as u64,
        }
    }
}

/// A value as a hint shows it: in backticks, without control characters, cut when long.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`")?;
        for (at, c) in self.0.chars().enumerate() {
            if at == QUOTED_CHARS_MAX {
                f.write_str("…")?;
                break;
            }
            if c.is_control() {
                write!(f, "{}", c.escape_default())?;
            } else {
                write!(f, "{c}")?;
            }
        }
        f.write_str("`")
    }
}

/// The name nearest to a misspelt one, if one is near.
pub(crate) fn nearest<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let wrong: String = wrong
        .chars()
        .take(QUOTED_CHARS_MAX)
        .collect::<String>()
        .to_lowercase()
        .replace(['-', ' '], "_");
    let distance = |name: &str| {
        let is_begun = wrong.len() >= 3 && name.starts_with(&wrong);
        if is_begun { 0 } else { edits(&wrong, name) }
    };
    let (edits, name) = names.map(|name| (distance(name), name)).min()?;
    (edits <= 1 + name.len() / 6).then_some(name)
}

/// Levenshtein distance in bytes.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (slot, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let cost = (diagonal + usize::from(x != y)).min(left + 1).min(*slot + 1);
            diagonal = *slot;
            *slot = cost;
            left = cost;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::Status;

    #[test]
    fn a_misspelt_status_finds_its_name() {
        for (wrong, expected) in [
            ("in-transit", Some("in_transit")),
            ("IN TRANSIT", Some("in_transit")),
            ("deliverd", Some("delivered")),
            ("out_for_delivry", Some("out_for_delivery")),
            ("transit_in", None),
            ("pre_transit", None),
            ("out_for", Some("out_for_delivery")),
            ("blue", None),
        ] {
            let found = nearest(wrong, Status::ALL.iter().map(|status| status.as_str()));
            assert_eq!(found, expected, "{wrong}");
        }
    }
}
