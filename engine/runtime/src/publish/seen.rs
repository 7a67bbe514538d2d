//! Up to where every message of a stream is known to its writer: it published it, or has seen what stands there. A gap between
//! the numbers that it is given is somebody else's doing.

use std::collections::BTreeSet;

/// Messages of a stream that are known.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// All up to this one.
    up_to: u64,
    /// And these after a gap. Answers to what is on its way may fill it.
    beyond: BTreeSet<u64>,
}

impl Seen {
    /// The stream was looked at, and ends with this message.
    pub(super) fn all_up_to(last: u64) -> Self {
        Self {
            up_to: last,
            beyond: BTreeSet::new(),
        }
    }

    /// The writer published these.
    pub(super) fn add(&mut self, sequences: &[u64]) {
        self.beyond.extend(sequences);
        while self.beyond.remove(&(self.up_to + 1)) {
            self.up_to += 1;
        }
    }

    /// How many messages stand behind a gap.
    pub(super) fn beyond(&self) -> usize {
        self.beyond.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_filled_by_answers_or_stays() {
        let mut seen = Seen::all_up_to(7);
        seen.add(&[9, 10]);
        seen.add(&[12]);
        assert_eq!(seen.beyond(), 3);
        seen.add(&[8]);
        assert_eq!((seen.up_to, seen.beyond()), (10, 1));
        seen.add(&[11]);
        assert_eq!((seen.up_to, seen.beyond()), (12, 0));
    }
}
