//! An evaluation as one page that can be sent on; what its plots show stands in its tables too.

use super::super::score::{Bin, calibration_error};
use super::{Ask, AskReport, Report};
use crate::cli::page;
use maud::{Markup, html};

/// Width of a plot with a line for each row, and where its number line begins and ends.
const WIDTH: f64 = 440.0;
const LINE: (f64, f64) = (130.0, 418.0);
/// Height of a row.
const ROW: f64 = 24.0;
/// The side of the square in which what was stated is held against what came true, and the room before it.
const SIDE: f64 = 240.0;
const BEFORE: f64 = 44.0;

impl Report {
    /// For people, with plots.
    pub(in super::super) fn page(&self) -> String {
        let title = "Which parcels will be late";
        let (begin, end) = self.span;
        let body = html! {
            header {
                h1 { (title) }
                p {
                    (self.parcels) " parcels, " (self.scans) " scans from " (begin) " to " (end)
                    "; asked from " (self.tested_from) " on; " (self.lanes) " lanes and wholes of lanes"
                }
                p.legend { (key("s0", "milepost")) (key("s1", "simpler methods; where a band should end")) }
            }
            main {
                div.figures {
                    (self.precision_plot())
                    @for ask in self.asks.iter().filter(|ask| matches!(ask.ask, Ask::Handover | Ask::Daily)) { (calibration_plot(ask)) }
                    (self.bands_plot())
                }
                (self.rankings_table())
                (self.bands_table())
                (self.warnings_table())
            }
            footer { "milepost " (env!("CARGO_PKG_VERSION")) }
        };
        page::page(title, &body)
    }

    fn precision_plot(&self) -> Markup {
        let rows = self.asks.iter().map(|ask| {
            let shares = ask
                .rankings
                .iter()
                .map(|(_, ranking)| ranking.map(|ranking| ranking.average_precision));
            (ask.ask.name(), shares.collect())
        });
        plot(
            "Late parcels told from others",
            "Average precision at each question: 1 is a perfect order, the share of late ones is chance.",
            &rows.collect::<Vec<_>>(),
        )
    }

    fn bands_plot(&self) -> Markup {
        let rows = self
            .bands
            .iter()
            .map(|band| (band.name.clone(), vec![Some(band.within), Some(0.8)]));
        plot(
            "Visits within the band from p10 to p90",
            "By the time since the hand-over; eight in ten should be.",
            &rows.collect::<Vec<_>>(),
        )
    }

    fn rankings_table(&self) -> Markup {
        let methods = self.asks.first().map(|ask| ask.rankings.as_slice()).unwrap_or_default();
        html! {
            div.scroll { table {
                caption { "Average precision, and precision and recall where so many percent are called late" }
                thead { tr {
                    th { "asked" } th { "questions" } th { "late" }
                    @for (name, _) in methods { th { (name) } }
                    th { "ROC of milepost" }
                    @for budget in self.asks.iter().take(1).flat_map(|ask| &ask.budgets) { th { (budget.percent) " %" } }
                } }
                tbody { @for ask in &self.asks { tr {
                    th { (ask.ask.name()) } td { (ask.count) } td { (three(ask.base_rate)) }
                    @for (_, ranking) in &ask.rankings { td { (ranking.map_or("–".to_owned(), |ranking| three(ranking.average_precision))) } }
                    td { (ask.rankings.first().and_then(|(_, ranking)| *ranking).map_or("–".to_owned(), |ranking| three(ranking.roc))) }
                    @for budget in &ask.budgets { td { (percent(budget.precision)) " / " (percent(budget.recall)) } }
                } } }
            } }
        }
    }

    fn bands_table(&self) -> Markup {
        html! {
            div.scroll { table {
                caption { "The band from p10 to p90, and p50, hours" }
                thead { tr { th { "time since hand-over" } th { "questions" } th { "within" } th { "before" } th { "after" } th { "visit after p50, median" } th { "error, median" } } }
                tbody { @for band in &self.bands { tr {
                    th { (band.name) } td { (band.count) } td { (percent(band.within)) } td { (percent(band.before)) } td { (percent(band.after)) }
                    td { (format!("{:.1}", band.bias_h)) } td { (format!("{:.1}", band.error_h)) }
                } } }
            } }
        }
    }

    fn warnings_table(&self) -> Markup {
        html! {
            div.scroll { table {
                caption { "Alarms at the first question at which p_late is so high" }
                thead { tr { th { "p_late from" } th { "parcels" } th { "precision" } th { "recall" } th { "recall 24 h before the promise" } th { "48 h" } } }
                tbody { @for warning in &self.warnings { tr {
                    th { (format!("{:.1}", warning.above)) } td { (warning.alarms) } td { (percent(warning.precision)) } td { (percent(warning.recall)) }
                    td { (percent(warning.by_day)) } td { (percent(warning.by_two_days)) }
                } } }
            } }
        }
    }
}

/// What a mark stands for.
fn key(mark: &str, words: &str) -> Markup {
    html! {
        span { svg.key viewBox="0 0 14 14" aria-hidden="true" { circle class={ "mark " (mark) } cx="7" cy="7" r="4" {} } (words) }
    }
}

/// Shares from nothing to one, a line for each row; the first is ours.
fn plot<N: AsRef<str>>(title: &str, words: &str, rows: &[(N, Vec<Option<f64>>)]) -> Markup {
    let at = |share: f64| LINE.0 + (LINE.1 - LINE.0) * share.clamp(0.0, 1.0);
    let bottom = tops().nth(rows.len()).unwrap_or_default();
    html! {
        figure {
            figcaption { h2 { (title) } p { (words) } }
            svg.plot viewBox={ "0 0 " (WIDTH) " " (bottom + 24.0) } role="img" aria-label=(title) {
                @for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
                    line.grid x1=(one(at(share))) x2=(one(at(share))) y1="4" y2=(one(bottom)) {}
                    text.tick x=(one(at(share))) y=(one(bottom + 15.0)) text-anchor="middle" { (share) }
                }
                @for ((name, shares), top) in rows.iter().zip(tops()) {
                    text x=(one(LINE.0 - 8.0)) y=(one(top + ROW / 2.0 + 4.0)) text-anchor="end" { (name.as_ref()) }
                    // Ours lies over the others.
                    @for (place, share) in shares.iter().enumerate().rev() {
                        @if let Some(share) = share {
                            circle class={ "mark s" (place.min(1)) } cx=(one(at(*share))) cy=(one(top + ROW / 2.0)) r="4" {}
                        }
                    }
                }
            }
        }
    }
}

/// The upper ends of rows.
fn tops() -> impl Iterator<Item = f64> {
    (0..u32::MAX).map(|row| 4.0 + ROW * f64::from(row))
}

fn calibration_plot(ask: &AskReport) -> Markup {
    let at = |share: f64| BEFORE + SIDE * share;
    let up = |share: f64| 8.0 + SIDE * (1.0 - share);
    let known = ask.bins.iter().filter(|bin| bin.count > 0);
    let known: Vec<&Bin> = known.collect();
    let title = format!("What is stated comes true: {}", ask.ask.name());
    html! {
        figure {
            figcaption {
                h2 { (title) }
                p { "Chances stated, left to right, and the share that came late, upwards: on the line they are equal. Mean difference " (three(calibration_error(&ask.bins))) "." }
            }
            svg.plot viewBox={ "0 0 " (WIDTH) " " (SIDE + 32.0) } role="img" aria-label=(title) {
                @for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
                    line.grid x1=(one(at(share))) x2=(one(at(share))) y1=(one(up(1.0))) y2=(one(up(0.0))) {}
                    line.grid x1=(one(at(0.0))) x2=(one(at(1.0))) y1=(one(up(share))) y2=(one(up(share))) {}
                    text.tick x=(one(at(share))) y=(one(up(0.0) + 15.0)) text-anchor="middle" { (share) }
                    text.tick x=(one(BEFORE - 6.0)) y=(one(up(share) + 4.0)) text-anchor="end" { (share) }
                }
                line class="line s1" x1=(one(at(0.0))) y1=(one(up(0.0))) x2=(one(at(1.0))) y2=(one(up(1.0))) {}
                @for (place, bin) in known.iter().enumerate() {
                    circle class="mark s0" cx=(one(at(bin.stated))) cy=(one(up(bin.observed))) r="4" {}
                    @if let Some(y) = tops().nth(place) {
                        text.tick x=(one(at(1.0) + 14.0)) y=(one(y + 14.0)) { (three(bin.stated)) " → " (three(bin.observed)) "  of " (bin.count) }
                    }
                }
            }
        }
    }
}

fn one(number: f64) -> String {
    format!("{number:.1}")
}

fn three(share: f64) -> String {
    format!("{share:.3}")
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
