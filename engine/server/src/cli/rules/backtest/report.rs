//! Everything a backtest found, before it is written for people or programs.

use super::measure::{Measure, Shipments, Span, Tally};
use super::stats::{float, per_thousand};
use super::told::Jobs;
use milepost_model::Timestamp;
use milepost_rules::{Rule, RuleSet};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a backtest found.
pub(super) struct Report {
    /// Where the scans came from.
    pub(super) history: String,
    pub(super) is_tables: bool,
    pub(super) span: Span,
    /// When the first shipment was heard of.
    pub(super) begin: Timestamp,
    /// How far the rules were judged: the last scan less the lateness.
    pub(super) end: Timestamp,
    pub(super) lateness_ms: i64,
    pub(super) scans: u64,
    pub(super) rejects: u64,
    /// Scans that came late and made their shipment fold again.
    pub(super) refolded: u64,
    pub(super) shipments: Shipments,
    /// The rules that are tried, and those that they are compared with, unless they are the same.
    pub(super) sets: Vec<SetReport>,
}

/// What the rules of one set did.
pub(super) struct SetReport {
    pub(super) name: String,
    pub(super) rules: Arc<RuleSet>,
    pub(super) measure: Measure,
    pub(super) jobs: Jobs,
}

impl SetReport {
    pub(super) fn new(name: String, rules: Arc<RuleSet>, measure: Measure, jobs: Jobs) -> Self {
        Self {
            name,
            rules,
            measure,
            jobs,
        }
    }

    /// Each rule with what it did, in the order of the set.
    pub(super) fn by_rule(&self) -> impl Iterator<Item = (&Rule, &Tally)> {
        self.rules.rules().iter().zip(&self.measure.rules)
    }

    /// Jobs for each thousand shipments.
    pub(super) fn jobs_per_thousand(&self, jobs: u64) -> Option<f64> {
        per_thousand(jobs, self.measure.shipments.heard)
    }
}

impl Report {
    /// The notices of all sets, in the order of names.
    pub(super) fn notices(&self) -> BTreeSet<&str> {
        let notices = self.sets.iter().flat_map(|set| set.jobs.by_notice().into_keys());
        notices.collect()
    }

    /// How fast it went.
    pub(super) fn pace(&self, seconds: f64) -> String {
        let sets = if self.sets.len() == 2 {
            "two rule sets"
        } else {
            "one rule set"
        };
        let rate = float(self.scans) / seconds.max(1e-9);
        format!("{} scans with {sets} in {seconds:.1} s, {rate:.0} a second", self.scans)
    }

    /// The span that counts, within the history.
    pub(super) fn counted(&self) -> (Timestamp, Timestamp) {
        (self.span.from.max(self.begin), self.span.to.min(self.end))
    }
}

/// A length of time in two units at most: `2d 3h`, `45m`, `-6h`.
pub(super) fn short(millis: i64) -> String {
    let minutes = (millis.unsigned_abs() + 30_000) / 60_000;
    let sign = if millis < 0 && minutes > 0 { "-" } else { "" };
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours, rest) {
        (0, 0, rest) => format!("{sign}{rest}m"),
        (0, hours, 0) => format!("{sign}{hours}h"),
        (0, hours, rest) => format!("{sign}{hours}h {rest}m"),
        (days, 0, _) => format!("{sign}{days}d"),
        (days, hours, _) => format!("{sign}{days}d {hours}h"),
    }
}

/// `12,345`.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_counts_are_short_enough_to_be_compared() {
        for (millis, text) in [
            (0, "0m"),
            (29_999, "0m"),
            (-29_999, "0m"),
            (1_800_000, "30m"),
            (3_600_000, "1h"),
            (5_400_000, "1h 30m"),
            (-7_200_000, "-2h"),
            (86_400_000, "1d"),
            (97_200_000, "1d 3h"),
        ] {
            assert_eq!(short(millis), text);
        }
        for (count, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(count), text);
        }
    }
}
