//! The outcome of a backtest as one page that can be sent on; it says in words what its plots show.

mod plots;
mod summary;
mod tables;

use super::fate::DEFINITIONS;
use super::report::{Report, SetReport, grouped, short};
use crate::cli::page;
use maud::{Markup, html};
use milepost_model::{DAY_MS, Timestamp};
use milepost_rules::RuleKind;
use plots::{Figure, Row};

/// Rules in a plot; the tables have all of them.
const RULES_MAX: usize = 24;
/// Notices in a plot.
const NOTICES_MAX: usize = 20;

/// The whole page.
pub(super) fn page(report: &Report) -> String {
    let title = title(report);
    let body = html! {
        (header(&title, report))
        main {
            (summary::sentences(report))
            (summary::tiles(report))
            (figures(report))
            @for (place, set) in report.sets.iter().enumerate() {
                (tables::section(set, place == 0))
            }
            (definitions(report))
        }
        footer { "milepost " (env!("CARGO_PKG_VERSION")) @for set in &report.sets { " · " (set.name) " is set " (hash(set)) } }
    };
    page::page(&title, &body)
}

fn title(report: &Report) -> String {
    let names: Vec<&str> = report.sets.iter().map(|set| set.name.as_str()).collect();
    match names.as_slice() {
        [tried, live, ..] => format!("Backtest of {tried} against {live}"),
        [tried] => format!("Backtest of {tried}"),
        [] => "Backtest".to_owned(),
    }
}

fn hash(set: &SetReport) -> String {
    set.rules.hash_text().chars().take(12).collect()
}

fn header(title: &str, report: &Report) -> Markup {
    let (from, to) = report.counted();
    html! {
        header {
            h1 { (title) }
            p {
                (day(from)) " to " (day(to)) " · " (grouped(report.shipments.heard)) " shipments · "
                (grouped(report.scans)) " scans from " (report.history)
                @if report.rejects > 0 { " · " (grouped(report.rejects)) " lines refused" }
            }
            @if report.sets.len() == 1 { p { "The live rules are the same: there is nothing to compare." } }
            @else {
                p.legend {
                    @for (place, set) in report.sets.iter().enumerate() {
                        span { (plots::key(place)) (if place == 0 { "tried: " } else { "live: " }) (set.name) }
                    }
                }
            }
        }
    }
}

/// The day of an instant.
fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

fn figures(report: &Report) -> Markup {
    html! {
        section.figures aria-label="Plots" {
            (late_shipments(report))
            (how_early(report))
            (by_rule(report, "precision", "Warnings that were right, by rule",
                "Of the shipments that a rule warned of, the share that came truly late. Bars are 95 % intervals.",
                |set, place| set.measure.rules.get(place).map(|tally| tally.precision())))
            (by_rule(report, "recall", "Late shipments warned of, by rule",
                "Of all truly late shipments, the share that a rule warned of before the promise passed.",
                |set, place| set.measure.rules.get(place).map(|tally| tally.recall(&set.measure.shipments))))
            (per_day(report))
            (jobs(report))
        }
    }
}

fn late_shipments(report: &Report) -> Markup {
    let rows: Vec<(&str, [u64; 3])> = report
        .sets
        .iter()
        .map(|set| {
            let (any, shipments) = (&set.measure.any, &set.measure.shipments);
            (
                set.name.as_str(),
                [any.right, any.told_after, any.never_told(shipments)],
            )
        })
        .collect();
    let figure = Figure {
        id: "late",
        title: "What the truly late shipments heard",
        words: "Warned of before the promise passed, told only after, or never told.",
    };
    plots::stacks(&figure, &["warned before", "told only after", "never told"], &rows)
}

/// For each length, the share of the late shipments that were warned of at least so long before.
fn how_early(report: &Report) -> Markup {
    let figure = Figure {
        id: "early",
        title: "How early the warnings came",
        words: "Share of the truly late shipments that were warned of at least so many days before the promise passed.",
    };
    let leads: Vec<(Vec<i64>, u64)> = report
        .sets
        .iter()
        .map(|set| {
            let mut leads = set.measure.any.leads.clone();
            leads.sort_unstable();
            (leads, set.measure.shipments.late)
        })
        .collect();
    let longest = leads
        .iter()
        .filter_map(|(leads, _)| leads.get(leads.len() * 95 / 100))
        .max()
        .copied();
    let days = longest.unwrap_or(0).div_euclid(DAY_MS).clamp(2, 30) + 1;
    plots::curves(&figure, &leads, days)
}

fn by_rule(
    report: &Report,
    id: &'static str,
    title: &'static str,
    words: &'static str,
    share: fn(&SetReport, usize) -> Option<super::stats::Share>,
) -> Markup {
    let mut rows: Vec<(u64, Row<super::stats::Share>)> = Vec::new();
    for name in delays_that_warned(report) {
        let of = |set: &SetReport| {
            let place = set.rules.rules().iter().position(|rule| rule.name == name)?;
            share(set, place).filter(|share| share.of > 0)
        };
        let values: Vec<_> = report.sets.iter().map(of).collect();
        let weight = values.iter().flatten().map(|share| share.count).max().unwrap_or(0);
        rows.push((
            weight,
            Row {
                label: name.to_owned(),
                values,
            },
        ));
    }
    rows.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let rows: Vec<_> = rows.into_iter().map(|(_, row)| row).take(RULES_MAX).collect();
    plots::shares(&Figure { id, title, words }, &rows)
}

/// Names of the rules of either set that warned of a shipment in time.
fn delays_that_warned(report: &Report) -> Vec<&str> {
    let warned = report
        .sets
        .iter()
        .flat_map(SetReport::by_rule)
        .filter(|(rule, tally)| rule.kind == RuleKind::Delay && tally.precision().of > 0);
    let mut names: Vec<&str> = warned.map(|(rule, _)| rule.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn per_day(report: &Report) -> Markup {
    let figure = Figure {
        id: "days",
        title: "Delays that opened, by day",
        words: "Episodes of all delay rules, by the day in UTC on which they opened; without the first and the last hundredth.",
    };
    let days: Vec<_> = report.sets.iter().map(|set| &set.measure.days).collect();
    plots::days(&figure, &days)
}

fn jobs(report: &Report) -> Markup {
    let figure = Figure {
        id: "jobs",
        title: "Jobs per 1,000 shipments, by notice",
        words: "Messages that would have been decided, recoveries and escalations included.",
    };
    let mut rows: Vec<Row<f64>> = report
        .notices()
        .into_iter()
        .map(|notice| {
            let of = |set: &SetReport| set.jobs_per_thousand(set.jobs.by_notice().get(notice).copied().unwrap_or(0));
            Row {
                label: notice.to_owned(),
                values: report.sets.iter().map(of).collect(),
            }
        })
        .collect();
    let most = |row: &Row<f64>| row.values.iter().flatten().copied().fold(0.0, f64::max);
    rows.sort_by(|a, b| most(b).total_cmp(&most(a)));
    rows.truncate(NOTICES_MAX);
    plots::bars(&figure, &rows)
}

fn definitions(report: &Report) -> Markup {
    let shipments = &report.shipments;
    html! {
        section {
            h2 { "What the figures mean" }
            @for paragraph in DEFINITIONS { p { (paragraph) } }
            p {
                "Not counted: " (grouped(shipments.no_promise)) " shipments without a promise, "
                (grouped(shipments.ahead)) " whose promise lies behind the end of the history, "
                (grouped(shipments.cancelled)) " cancelled, " (grouped(shipments.continued))
                " that go on under another number. Of the truly late, " (grouped(shipments.attempted_in_time))
                " had somebody at the door in time."
            }
            p {
                (grouped(report.refolded)) " of " (grouped(report.scans)) " scans came late. Rules were judged up to "
                (report.end) ", the last scan less " (short(report.lateness_ms)) " in which others may still come."
                @if report.span.from > Timestamp::MIN || report.span.to < Timestamp::MAX {
                    " Episodes and jobs are those that open in the span; judged are shipments whose promise passes in it, \
                      whenever they were warned of."
                }
                @if report.is_tables {
                    " The history is a table: scans stand in it in their final form, so that late, withdrawn and doubled ones \
                      are not seen as they came."
                }
            }
        }
    }
}
