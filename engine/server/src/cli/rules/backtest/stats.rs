//! Shares with their intervals, and quantiles: the arithmetic of a backtest, over nothing but numbers.

use serde_json::{Value, json};

/// So many of so many.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Share {
    pub(super) count: u64,
    pub(super) of: u64,
}

/// The 97.5th percentile of the normal distribution: an interval that leaves out 2.5 % at each end.
const Z_95: f64 = 1.959_963_984_540_054;

impl Share {
    pub(super) const fn new(count: u64, of: u64) -> Self {
        Self { count, of }
    }

    /// Between 0 and 1; nothing of nothing is no share.
    pub(super) fn value(self) -> Option<f64> {
        (self.of > 0).then(|| float(self.count) / float(self.of))
    }

    /// Wilson's 95 % interval: it stays within 0 and 1 and is honest about small counts, where the usual one is not.
    pub(super) fn interval(self) -> Option<(f64, f64)> {
        let (share, of) = (self.value()?, float(self.of));
        let square = Z_95 * Z_95;
        let middle = share + square / (2.0 * of);
        let half = Z_95 * (share * (1.0 - share) / of + square / (4.0 * of * of)).sqrt();
        let scale = 1.0 + square / of;
        Some((((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0)))
    }

    pub(super) fn json(self) -> Value {
        let (low, high) = self.interval().unzip();
        json!({ "count": self.count, "of": self.of, "share": self.value(), "low": low, "high": high })
    }
}

/// How lengths of time lie, milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Spread {
    pub(super) count: usize,
    pub(super) p10: i64,
    pub(super) median: i64,
    pub(super) p90: i64,
}

impl Spread {
    /// `None` for no lengths at all. Each quantile is one of the lengths: the smallest that so many do not exceed.
    pub(super) fn of(lengths: &[i64]) -> Option<Self> {
        let mut sorted = lengths.to_vec();
        sorted.sort_unstable();
        let at = |percent: usize| {
            let rank = (sorted.len() * percent).div_ceil(100).max(1);
            sorted.get(rank - 1).copied()
        };
        Some(Self {
            count: sorted.len(),
            p10: at(10)?,
            median: at(50)?,
            p90: at(90)?,
        })
    }

    pub(super) fn json(self) -> Value {
        json!({ "count": self.count, "p10_ms": self.p10, "median_ms": self.median, "p90_ms": self.p90 })
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub(super) const fn float(count: u64) -> f64 {
    count as f64
}

/// So many for each thousand.
pub(super) fn per_thousand(count: u64, of: u64) -> Option<f64> {
    Share::new(count, of).value().map(|share| share * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_agrees_with_published_figures() {
        // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (count, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let (found_low, found_high) = Share::new(count, of).interval().expect("there are some");
            assert!((found_low - low).abs() < 5e-5, "{count} of {of}: {found_low}");
            assert!((found_high - high).abs() < 5e-5, "{count} of {of}: {found_high}");
        }
        assert_eq!(Share::new(0, 0).interval(), None);
        assert_eq!(Share::new(0, 0).value(), None);
    }

    #[test]
    fn quantiles_are_lengths_that_were_there() {
        assert_eq!(Spread::of(&[]), None);
        let one = Spread::of(&[7]).expect("one");
        assert_eq!((one.p10, one.median, one.p90), (7, 7, 7));
        let hundred: Vec<i64> = (1..=100).rev().collect();
        let spread = Spread::of(&hundred).expect("a hundred");
        assert_eq!((spread.count, spread.p10, spread.median, spread.p90), (100, 10, 50, 90));
    }
}
