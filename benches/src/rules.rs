//! Sets of few and of many rules, as shops write them: what a judgement costs must hardly depend on how many there are.

use milepost_rules::{RuleSet, SourceFile};
use std::fmt::Write;
use std::sync::Arc;

const CARRIERS: [&str; 8] = [
    "ups",
    "fedex",
    "usps",
    "dpd",
    "gls",
    "royal_mail",
    "canada_post",
    "dhl_express",
];
const REGIONS: [&str; 12] = [
    "ENG", "MO", "OH", "ON", "MN", "TX", "IN", "NH", "IDF", "ARA", "WA", "MB",
];

/// A way of having many rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// One condition on silence, each rule with a threshold of its own; all wait for the same parcels.
    Silence,
    /// Silence by carrier and region, each with its own patience.
    Variants,
    /// Ten kinds of condition over many columns; more rules are these ten for one carrier or region each.
    Mixed,
}

impl Family {
    /// Each family with its name.
    pub const ALL: [(&'static str, Self); 3] = [
        ("silence", Self::Silence),
        ("variants", Self::Variants),
        ("mixed", Self::Mixed),
    ];

    /// So many rules as a rule file.
    #[must_use]
    pub fn text(self, count: usize) -> String {
        let mut text = String::from("rules:\n");
        for rule in 0..count {
            let (when, what) = match self {
                Self::Silence => (silence(rule), "health: stalled"),
                Self::Variants => (variant(rule), "health: stalled"),
                Self::Mixed => mixed(rule, count),
            };
            let kind = if what.is_empty() { "notice" } else { "delay" };
            let _ = writeln!(
                text,
                "  - {kind}: rule_{rule}\n    when: {when}\n    because: \"{{status}} at {{city}}\"\n    {what}"
            );
        }
        text
    }

    /// So many rules, compiled.
    ///
    /// # Panics
    /// When they do not compile.
    #[must_use]
    pub fn rules(self, count: usize) -> Arc<RuleSet> {
        let text = self.text(count);
        let file = SourceFile {
            name: "many.yaml",
            text: &text,
        };
        Arc::new(RuleSet::compile(&[file]).unwrap_or_else(|faults| panic!("the rules compile: {faults:?}\n{text}")))
    }
}

fn silence(rule: usize) -> String {
    format!(
        "status = 'in_transit' AND silence > INTERVAL '{} hours' AND attempts < {}",
        1_000 + rule,
        rule + 1
    )
}

fn variant(rule: usize) -> String {
    let (carrier, region) = (pick(&CARRIERS, rule), pick(&REGIONS, rule / CARRIERS.len()));
    let hours = 30 + draw(rule) % 90;
    format!(
        "status IN ('accepted', 'in_transit') AND carrier = '{carrier}' AND region = '{region}' AND silence > INTERVAL '{hours} hours'"
    )
}

/// One of ten kinds, for a carrier or a region unless there are only ten, and what the rule does to the health.
fn mixed(rule: usize, count: usize) -> (String, &'static str) {
    let (kind, version, random) = (rule % 10, rule / 10, draw(rule));
    let hours = 24 + random % 96;
    let (when, what) = match kind {
        0 => (
            format!("status IN ('accepted', 'in_transit') AND silence > INTERVAL '{hours} hours'"),
            "health: stalled",
        ),
        1 => (
            format!(
                "status <> 'available_for_pickup' AND overdue > INTERVAL '{} hours'",
                random % 48
            ),
            "health: late",
        ),
        2 => ("status = 'out_for_delivery'".to_owned(), ""),
        3 => (
            "status = 'exception' AND carrier_code IN ('WEATHER', 'CUSTOMS')".to_owned(),
            "",
        ),
        4 => (
            format!("status = 'attempt_failed' AND attempts >= {}", 1 + random % 3),
            "health: action_required",
        ),
        5 => ("status = 'in_transit' AND last_scan_at > promised_at".to_owned(), ""),
        6 => (
            format!("last_gap > INTERVAL '{hours} hours' AND scans >= {}", 2 + random % 3),
            "",
        ),
        7 => (
            format!("status = 'available_for_pickup' AND dwell > INTERVAL '{hours} hours'"),
            "health: action_required",
        ),
        8 => (
            "status IN ('in_transit', 'customs') AND promised_at IS NOT NULL AND estimated_until > promised_at"
                .to_owned(),
            "health: late_predicted",
        ),
        _ => (
            format!(
                "status = 'in_transit' AND dwell > INTERVAL '{hours} hours' AND exceptions > {}",
                random % 2
            ),
            "health: at_risk",
        ),
    };
    let scope = match (count > 10, version % 2) {
        (false, _) => String::new(),
        (true, 0) => format!(" AND carrier = '{}'", pick(&CARRIERS, version / 2)),
        (true, _) => format!(" AND region = '{}'", pick(&REGIONS, version / 2)),
    };
    (when + &scope, what)
}

fn pick(names: &[&'static str], at: usize) -> &'static str {
    names.get(at % names.len()).copied().unwrap_or_default()
}

/// A number that looks random, the same in every run.
fn draw(seed: usize) -> u64 {
    (seed as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33
}
