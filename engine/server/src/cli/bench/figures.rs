//! Figures: medians of runs, percentiles of latencies, and how they are written for people and for programs.

use hdrhistogram::Histogram;
use serde_json::{Value, json};

/// The middle one; of an even number the upper of the two in the middle.
pub(super) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}

/// `1 234 567`, of a figure that is rounded to four digits that count.
pub(super) fn grouped(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Latencies in microseconds.
pub(super) struct Latencies(Histogram<u64>);

const QUANTILES: [(&str, f64); 5] = [
    ("p50", 0.5),
    ("p90", 0.9),
    ("p99", 0.99),
    ("p99.9", 0.999),
    ("max", 1.0),
];

impl Latencies {
    /// None yet.
    pub(super) fn new() -> Self {
        // Up to ten minutes, three digits.
        Self(Histogram::new_with_bounds(1, 600_000_000, 3).expect("bounds and digits are valid"))
    }

    pub(super) fn add(&mut self, us: u64) {
        self.0.saturating_record(us.max(1));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub(super) fn ms(&self, quantile: f64) -> f64 {
        self.0.value_at_quantile(quantile) as f64 / 1000.0
    }

    /// The names of the columns of [`Self::row`].
    pub(super) fn header() -> String {
        QUANTILES.iter().map(|(name, _)| format!("{name:>9}")).collect()
    }

    /// Milliseconds.
    pub(super) fn row(&self) -> String {
        QUANTILES
            .iter()
            .map(|(_, quantile)| format!("{:>9.2}", self.ms(*quantile)))
            .collect()
    }

    pub(super) fn json(&self) -> Value {
        let quantiles = QUANTILES
            .iter()
            .map(|(name, quantile)| ((*name).to_owned(), json!(self.ms(*quantile))));
        Value::Object(quantiles.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_people_read_them() {
        for (figure, text) in [
            (0.0, "0"),
            (999.4, "999"),
            (1000.0, "1 000"),
            (1_234_567.0, "1 234 567"),
        ] {
            assert_eq!(grouped(figure), text);
        }
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([]), 0.0);
        let mut latencies = Latencies::new();
        (1..=1000).for_each(|ms| latencies.add(ms * 1000));
        assert!((latencies.ms(0.5) - 500.0).abs() < 1.0 && (latencies.ms(0.999) - 999.0).abs() < 1.0);
    }
}
