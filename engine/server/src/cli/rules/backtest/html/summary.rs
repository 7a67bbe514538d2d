//! The page's first words: what a reader who reads nothing else should know.

use super::super::report::{Report, SetReport, grouped, short};
use super::super::stats::{Share, Spread, float};
use super::super::text::lead;
use super::plots;
use maud::{Markup, html};

pub(super) fn sentences(report: &Report) -> Markup {
    let shipments = &report.shipments;
    let Some(tried) = report.sets.first() else {
        return html! {};
    };
    let any = &tried.measure.any;
    let (told, warned) = (&tried.measure.told, any.precision());
    html! {
        section.summary {
            @if shipments.decided() == 0 {
                p { "No shipment has a promise that was kept or broken in this span: nothing can be said about how often a warning was right." }
            } @else {
                p {
                    "Of " (grouped(shipments.decided())) " shipments whose promise was kept or broken, "
                    strong { (grouped(shipments.late)) " (" (percent(shipments.base_rate())) ") were truly late" } ". "
                    "The rules in " (tried.name) " warned of " strong { (grouped(any.right)) " of them" } " before the promise passed ("
                    (percent(any.recall(shipments))) ")"
                    @if let Some(leads) = Spread::of(&any.leads) { ", half of these at least " (short(leads.median)) " ahead" }
                    ". Of " (grouped(warned.of)) " shipments that they warned of, " (grouped(any.wrong)) " ("
                    (percent(Share::new(any.wrong, warned.of))) ") came in time after all. Of delays of which somebody was told alone: "
                    (percent(told.recall(shipments))) " of the late shipments, and " (percent(told.precision())) " of the warnings right."
                }
            }
            @if let Some(live) = report.sets.get(1) { p { (compared(tried, live)) } }
        }
    }
}

/// What changes against the live rules.
fn compared(tried: &SetReport, live: &SetReport) -> String {
    let more = |new: u64, old: u64, what: &str| {
        let (difference, word) = if new >= old {
            (new - old, "more")
        } else {
            (old - new, "fewer")
        };
        if difference == 0 {
            format!("as many {what}")
        } else {
            format!("{} {word} {what}", grouped(difference))
        }
    };
    let (new, old) = (&tried.measure.any, &live.measure.any);
    let jobs = [tried, live].map(|set| set.jobs_per_thousand(set.jobs.total()).unwrap_or(0.0));
    let [new_jobs, old_jobs] = jobs;
    format!(
        "Compared with {}: {}, {}, and {:.1} instead of {old_jobs:.1} jobs per 1,000 shipments.",
        live.name,
        more(new.right, old.right, "late shipments warned of in time"),
        more(new.wrong, old.wrong, "false alarms"),
        new_jobs
    )
}

/// A figure of a set, and what it is called.
type Tile = (&'static str, fn(&SetReport) -> String);

/// The four figures, with those of the live rules below.
pub(super) fn tiles(report: &Report) -> Markup {
    let tiles: [Tile; 4] = [
        ("late shipments warned of in time", |set| {
            with_interval(set.measure.any.recall(&set.measure.shipments))
        }),
        ("warnings that were right", |set| {
            with_interval(set.measure.any.precision())
        }),
        ("median time before the promise passed (and 8 of 10)", |set| {
            lead(&set.measure.any.leads)
        }),
        ("jobs per 1,000 shipments", |set| {
            let rate = set.jobs_per_thousand(set.jobs.total());
            rate.map_or("–".to_owned(), |rate| format!("{rate:.0}"))
        }),
    ];
    html! {
        section.tiles aria-label="The four figures" {
            @for (name, figure) in tiles {
                div.tile {
                    h2 { (name) }
                    @for (place, set) in report.sets.iter().enumerate() {
                        @let text = figure(set);
                        @let (large, small) = text.split_once(" (").unwrap_or((&text, ""));
                        p.value {
                            (plots::key(place)) strong { (large) }
                            @if !small.is_empty() { " " small { (small.trim_end_matches(')')) } }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn percent(share: Share) -> String {
    share.value().map_or("–".to_owned(), |value| {
        let digits = usize::from(float(share.of) < 1e9 && value < 0.1);
        format!("{:.digits$} %", value * 100.0)
    })
}

/// `44 % (40–49 %)`.
pub(super) fn with_interval(share: Share) -> String {
    match share.interval() {
        Some((low, high)) => format!("{} ({:.0}–{:.0} %)", percent(share), low * 100.0, high * 100.0),
        None => "–".to_owned(),
    }
}
