//! How some parcels are unlike all: late more or less often, and by how much less one is to be sure of it. A bin of a group sees
//! few parcels, all of its bins together see many.

use alloc::vec::Vec;

/// What becomes of a chance that holds for all, in logarithms of odds: a line, the slope of which is 1 where one can be as sure of
/// the group as of all.
pub(super) struct Unlike {
    shift: f64,
    slope: f64,
}

/// So much is known before of a group: that it is like all. In answers, weighed by how uncertain each is.
const LIKE_ALL_SHIFT: f64 = 2.0;
/// The same of how sure one is.
const LIKE_ALL_SLOPE: f64 = 5.0;
/// Steps of Newton's method in which the line is found; a few suffice.
const STEPS: usize = 12;

impl Unlike {
    /// The likeliest line, given of each bin of the group how many answers there were, the chance of all, and how many came late.
    pub(super) fn new(seen: impl Iterator<Item = (f64, f64, f64)>) -> Self {
        let seen: Vec<[f64; 3]> = seen
            .map(|(count, chance, late)| [count, log_odds(chance), late])
            .collect();
        let mut line = Self { shift: 0.0, slope: 1.0 };
        for _ in 0..STEPS {
            let mut missing = (-line.shift * LIKE_ALL_SHIFT, (1.0 - line.slope) * LIKE_ALL_SLOPE);
            let (mut shifts, mut both, mut slopes) = (LIKE_ALL_SHIFT, 0.0, LIKE_ALL_SLOPE);
            for [count, odds, late] in &seen {
                let chance = line.chance(*odds);
                let (more, weight) = (late - count * chance, count * chance * (1.0 - chance));
                missing = (missing.0 + more, missing.1 + more * odds);
                shifts += weight;
                both += weight * odds;
                slopes += weight * odds * odds;
            }
            let whole = (shifts * slopes - both * both).max(f64::MIN_POSITIVE);
            let shift = (slopes * missing.0 - both * missing.1) / whole;
            let slope = (shifts * missing.1 - both * missing.0) / whole;
            line.shift += shift.clamp(-1.0, 1.0);
            line.slope = (line.slope + slope.clamp(-0.3, 0.3)).clamp(0.2, 2.0);
        }
        line
    }

    /// What a chance of all comes to in the group.
    pub(super) fn corrected(&self, chance: f64) -> f64 {
        self.chance(log_odds(chance))
    }

    fn chance(&self, log_odds: f64) -> f64 {
        1.0 / (1.0 + libm::exp(-(self.shift + self.slope * log_odds)))
    }
}

fn log_odds(chance: f64) -> f64 {
    let chance = chance.clamp(1e-5, 1.0 - 1e-5);
    libm::log(chance / (1.0 - chance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_found_from_what_came() {
        // Where all have odds of one to nine, of the group a quarter come; where nine to one, three quarters: half as sure.
        let line = Unlike::new([(10_000.0, 0.1, 2_500.0), (10_000.0, 0.9, 7_500.0)].into_iter());
        assert!((line.corrected(0.1) - 0.25).abs() < 0.001 && (line.corrected(0.5) - 0.5).abs() < 0.001);
        assert!((line.slope - 0.5).abs() < 0.001, "{}", line.slope);
        let nothing = Unlike::new(core::iter::empty());
        assert!((nothing.corrected(0.3) - 0.3).abs() < 1e-9);
        // However little or much is seen, it is a chance, and rises.
        for (count, late) in [(1.0, 0.0), (1.0, 1.0), (1e9, 0.0), (1e9, 1e9), (1e9, 5e8)] {
            let line = Unlike::new([(count, 0.001, late), (count, 0.999, late)].into_iter());
            let chances = [0.0, 0.01, 0.5, 0.99, 1.0].map(|chance| line.corrected(chance));
            assert!(chances.is_sorted() && chances.iter().all(|chance| (0.0..=1.0).contains(chance)));
        }
    }
}
