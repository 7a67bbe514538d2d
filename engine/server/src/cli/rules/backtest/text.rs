//! The outcome of a backtest for people at a terminal.

use super::fate::DEFINITIONS;
use super::measure::{Shipments, Tally};
use super::report::{Report, SetReport, grouped, short};
use super::stats::{Share, Spread};
use crate::cli::rules::counted;
use milepost_model::Timestamp;
use milepost_rules::{Rule, RuleKind};
use std::fmt::Write;

pub(super) fn text(report: &Report) -> String {
    let mut text = String::new();
    head(report, &mut text);
    sums(report, &mut text);
    if let Some(tried) = report.sets.first() {
        for live in report.sets.iter().skip(1) {
            for (set, other) in [(tried, live), (live, tried)] {
                let title = format!("{}, where it differs from {}", set.name, other.name);
                by_rule(&title, set, &|rule, tally| differs(set, other, rule, tally), &mut text);
            }
        }
        let title = format!("{}, by rule", tried.name);
        by_rule(&title, tried, &|_, _| true, &mut text);
        text.push_str(LEGEND);
    }
    let _ = writeln!(text, "\n{}", DEFINITIONS.join("\n"));
    if report.span.from > Timestamp::MIN || report.span.to < Timestamp::MAX {
        text.push_str(
            "Episodes and jobs: those that open in the span. Shipments: those whose promise passes in it, whenever warned of.\n",
        );
    }
    if report.is_tables {
        text.push_str(
            "Tables hold scans in their final form: late, withdrawn and doubled ones are not seen as they came.\n",
        );
    }
    text
}

fn head(report: &Report, text: &mut String) {
    let shipments = &report.shipments;
    for (number, set) in report.sets.iter().enumerate() {
        let before = if number == 0 { "" } else { "against " };
        let rules = counted(set.rules.rules().len(), "rule");
        let hash = set.rules.hash_text();
        let _ = writeln!(
            text,
            "{before}{}: {rules}, set {}",
            set.name,
            hash.get(..12).unwrap_or(&hash)
        );
    }
    if report.sets.len() == 1 {
        text.push_str("the live rules are the same: there is nothing to compare\n");
    }
    let (from, to) = report.counted();
    let _ = writeln!(
        text,
        "{}: {} scans ({} came late), {} refused; {} shipments heard of from {from} to {to}\n",
        report.history,
        grouped(report.scans),
        grouped(report.refolded),
        grouped(report.rejects),
        grouped(shipments.heard),
    );
    let _ = writeln!(
        text,
        "truly late: {} of {} shipments whose promise was kept or broken: {}",
        grouped(shipments.late),
        grouped(shipments.decided()),
        percent(shipments.base_rate()),
    );
    let _ = writeln!(
        text,
        "  {} of them although somebody stood at the door in time",
        grouped(shipments.attempted_in_time)
    );
    let _ = writeln!(
        text,
        "  not counted: {} without a promise, {} whose promise lies ahead, {} cancelled, {} that go on under another number",
        grouped(shipments.no_promise),
        grouped(shipments.ahead),
        grouped(shipments.cancelled),
        grouped(shipments.continued),
    );
    for set in report.sets.iter().filter(|set| set.measure.forgotten > 0) {
        let _ = writeln!(
            text,
            "  {} of {} were forgotten (a shipment keeps 64) and are missing below: does a rule flap?",
            counted(usize::try_from(set.measure.forgotten).unwrap_or(usize::MAX), "episode"),
            set.name
        );
    }
}

/// A figure of a set, as a line of the comparison.
type Figure = (&'static str, fn(&SetReport) -> String);

const FIGURES: [Figure; 16] = [
    ("late shipments, any delay:", |_| String::new()),
    ("  warned of before the promise passed", |set| {
        recall(&set.measure.any, &set.measure.shipments)
    }),
    ("  told only after", |set| late(set.measure.any.told_after, set)),
    ("  never told", |set| {
        late(set.measure.any.never_told(&set.measure.shipments), set)
    }),
    ("warnings, any delay:", |_| String::new()),
    ("  shipments warned of", |set| grouped(set.measure.any.precision().of)),
    ("  truly late (precision)", |set| percent(set.measure.any.precision())),
    ("  on time (false alarms)", |set| grouped(set.measure.any.wrong)),
    ("  before the promise passed: median", |set| {
        lead(&set.measure.any.leads)
    }),
    ("  before the carrier said so: median", |set| {
        lead(&set.measure.any.before_carrier)
    }),
    ("  the carrier never said so", |set| {
        grouped(set.measure.any.carrier_silent)
    }),
    ("delays of which somebody was told:", |_| String::new()),
    ("  precision", |set| percent(set.measure.told.precision())),
    ("  recall", |set| recall(&set.measure.told, &set.measure.shipments)),
    ("  before the promise passed: median", |set| {
        lead(&set.measure.told.leads)
    }),
    ("jobs per 1,000 shipments", |set| rate(set, set.jobs.total())),
];

/// The most of a set's name that fits over its figures.
const NAME_CHARS: usize = 25;

fn sums(report: &Report, text: &mut String) {
    // A path may be long; its end says which it is.
    let name = |set: &SetReport| {
        let from = set
            .name
            .char_indices()
            .rev()
            .nth(NAME_CHARS - 1)
            .map_or(0, |(at, _)| at);
        set.name.get(from..).unwrap_or_default().to_owned()
    };
    let mut lines = vec![(String::new(), report.sets.iter().map(name).collect::<Vec<_>>())];
    for (name, figure) in FIGURES {
        lines.push((name.to_owned(), report.sets.iter().map(figure).collect()));
    }
    for notice in report.notices() {
        let of = |set: &SetReport| rate(set, set.jobs.by_notice().get(notice).copied().unwrap_or(0));
        lines.push((format!("  {notice}"), report.sets.iter().map(of).collect()));
    }
    text.push('\n');
    for (name, values) in lines {
        let values: String = values.iter().map(|value| format!("{value:>27}")).collect();
        let _ = writeln!(text, "{}", format!("{name:<38}{values}").trim_end());
    }
}

/// Whether a rule of a set is not in the other, or did something else there.
fn differs(set: &SetReport, other: &SetReport, rule: &Rule, tally: &Tally) -> bool {
    let same = other.by_rule().find(|(other, _)| other.name == rule.name);
    same.is_none_or(|(_, other)| other != tally) || !set.jobs.of_rule(&rule.name).eq(other.jobs.of_rule(&rule.name))
}

fn by_rule(title: &str, set: &SetReport, is_shown: &dyn Fn(&Rule, &Tally) -> bool, text: &mut String) {
    let shown = |kind| {
        let of_kind = set.by_rule().filter(move |(rule, _)| rule.kind == kind);
        of_kind.filter(|(rule, tally)| is_shown(rule, tally))
    };
    let _ = writeln!(text, "\n{title}");
    if shown(RuleKind::Delay).chain(shown(RuleKind::Notice)).next().is_none() {
        text.push_str("by no rule\n");
    }
    for (place, (rule, tally)) in shown(RuleKind::Delay).enumerate() {
        if place == 0 {
            text.push_str(HEAD_OF_DELAYS);
        }
        delay(set, rule, tally, text);
    }
    for (place, (rule, tally)) in shown(RuleKind::Notice).enumerate() {
        if place == 0 {
            let _ = writeln!(
                text,
                "{:<28}{:>9}{:>7}{:>9}{:>9}",
                "notice", "episodes", "open", "length", "jobs/1k"
            );
        }
        let _ = writeln!(
            text,
            "{:<28}{:>9}{:>7}{:>9}{:>9}",
            rule.name,
            tally.episodes,
            tally.open,
            median(&tally.lengths),
            jobs(set, rule),
        );
    }
}

/// What the columns mean.
const LEGEND: &str = "
jobs/1k: messages per 1,000 shipments. warned: shipments of which the rule warned before the promise passed; after: late
ones of which it told only then. lead: days until the promise passed, the median between where eight of ten lie. carrier:
how long before the carrier said so, the median; negative: after it. A length is that of episodes that have closed.
";

const HEAD_OF_DELAYS: &str = "\
delay                        episodes   open   length  jobs/1k warned  precision              recall                  after  \
lead p10/50/90   carrier
";

fn delay(set: &SetReport, rule: &Rule, tally: &Tally, text: &mut String) {
    let leads = Spread::of(&tally.leads).map_or("-".to_owned(), |leads| {
        let [low, middle, high] = [leads.p10, leads.median, leads.p90].map(days);
        format!("{low}/{middle}/{high}d")
    });
    let _ = writeln!(
        text,
        "{:<28}{:>9}{:>7}{:>9}{:>9}{:>7}  {:<23}{:<23}{:>6}  {:<15}{:>9}",
        rule.name,
        tally.episodes,
        tally.open,
        median(&tally.lengths),
        jobs(set, rule),
        tally.precision().of,
        percent(tally.precision()),
        recall(tally, &set.measure.shipments),
        tally.told_after,
        leads,
        median(&tally.before_carrier),
    );
}

fn jobs(set: &SetReport, rule: &Rule) -> String {
    rate(set, set.jobs.of_rule(&rule.name).map(|(_, count)| count).sum())
}

/// `71.2 % (68.0-74.1)`: the share and its interval.
pub(super) fn percent(share: Share) -> String {
    let Some((value, (low, high))) = share.value().zip(share.interval()) else {
        return "-".to_owned();
    };
    format!("{:.1} % ({:.1}-{:.1})", value * 100.0, low * 100.0, high * 100.0)
}

fn recall(tally: &Tally, shipments: &Shipments) -> String {
    percent(tally.recall(shipments))
}

fn late(count: u64, set: &SetReport) -> String {
    percent(Share::new(count, set.measure.shipments.late))
}

/// `1d 3h (2h to 4d)`: the median, and where eight of ten lie.
pub(super) fn lead(lengths: &[i64]) -> String {
    Spread::of(lengths).map_or("-".to_owned(), |spread| {
        format!(
            "{} ({} to {})",
            short(spread.median),
            short(spread.p10),
            short(spread.p90)
        )
    })
}

fn median(lengths: &[i64]) -> String {
    Spread::of(lengths).map_or("-".to_owned(), |spread| short(spread.median))
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn days(millis: i64) -> String {
    format!("{:.1}", millis as f64 / 86_400_000.0)
}

fn rate(set: &SetReport, jobs: u64) -> String {
    set.jobs_per_thousand(jobs)
        .map_or("-".to_owned(), |rate| format!("{rate:.1}"))
}
