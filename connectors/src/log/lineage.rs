//! Which log a position is of, and which engine has published.

use milepost_model::Timestamp;
use std::fmt;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The log that positions are of. A stream that was made anew numbers from 1 again, and so does one that was taken as it is
/// after it had lost its end: the same number then names another message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Lineage {
    /// When the stream was created: [`super::StreamState::created`].
    pub created: Timestamp,
    /// Who took it as it is last, though it did not continue what had been read of it (`--rebase`); 0.0.0 when nobody has. A
    /// count would not do: two machines may each take it as it is, and know nothing of each other.
    pub taken_by: Term,
}

impl fmt::Display for Lineage {
    /// `1772373802000.0.0.0`, as it stands in a header.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created.millis(), self.taken_by)
    }
}

impl Lineage {
    /// Reads what was written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (created, taken_by) = text.split_once('.')?;
        Some(Self {
            created: Timestamp::from_millis(created.parse().ok()?),
            taken_by: Term::parse(taken_by)?,
        })
    }
}

/// Which engine: one that took over later has a greater term.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Term {
    /// Greater than all that were known when it took over, also where the log lost its end and counts from there again.
    pub number: u64,
    /// The message with which it took over: of two that knew the same, the later one.
    pub message: u64,
    /// Tells apart two that took over with the same message, because the log lost that of the first: see [`Term::who`].
    pub who: u64,
}

impl fmt::Display for Term {
    /// `4711.4705.9f86d081884c7d65`, as it stands in a header.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{:x}", self.number, self.message, self.who)
    }
}

impl Term {
    /// A number for an engine of this name that begins at this time.
    #[must_use]
    pub fn who(name: &str, begins: Timestamp) -> u64 {
        xxh3_64_with_seed(name.as_bytes(), begins.millis().cast_unsigned())
    }

    /// Reads what was written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (number, rest) = text.split_once('.')?;
        let (message, who) = rest.split_once('.')?;
        Some(Self {
            number: number.parse().ok()?,
            message: message.parse().ok()?,
            who: u64::from_str_radix(who, 16).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lineage_reads_as_it_prints() {
        for (created, number, message) in [(0, 0, 0), (1_772_373_802_000, 4711, 4705), (-5, u64::MAX, 1)] {
            let lineage = Lineage {
                created: Timestamp::from_millis(created),
                taken_by: Term {
                    number,
                    message,
                    who: number ^ message,
                },
            };
            assert_eq!(Lineage::parse(&lineage.to_string()), Some(lineage));
        }
        assert_eq!(Lineage::parse("1772373802000"), None);
        let term = Term {
            number: 4711,
            message: 4705,
            who: u64::MAX,
        };
        assert_eq!(Term::parse(&term.to_string()), Some(term));
        assert_eq!(Term::parse("4711"), None);
    }
}
