//! The rules of a set as tables, every figure as text and the shares with a small bar.

use super::super::measure::Tally;
use super::super::report::{SetReport, grouped, short};
use super::super::stats::{Share, Spread};
use super::summary::percent;
use maud::{Markup, html};
use milepost_rules::{Rule, RuleKind};

/// Both tables of a set; those of the live rules are folded away.
pub(super) fn section(set: &SetReport, is_open: bool) -> Markup {
    html! {
        section {
            details open[is_open] {
                summary { h2 { "Rules of " (set.name) } }
                div.scroll tabindex="0" role="region" aria-label={ "Delay rules of " (set.name) } { (delays(set)) }
                div.scroll tabindex="0" role="region" aria-label={ "Notice rules of " (set.name) } { (notices(set)) }
                @let idle: Vec<&str> = set.by_rule().filter(|(_, tally)| tally.episodes == 0).map(|(rule, _)| rule.name.as_str()).collect();
                @if !idle.is_empty() { p { "Opened nothing: " (idle.join(", ")) "." } }
                @if set.measure.forgotten > 0 {
                    p { (grouped(set.measure.forgotten)) " episodes were forgotten (a shipment keeps 64) and are missing here: does a rule flap?" }
                }
            }
        }
    }
}

/// The rules that opened anything.
fn active(set: &SetReport, kind: RuleKind) -> impl Iterator<Item = (&Rule, &Tally)> {
    set.by_rule()
        .filter(move |(rule, tally)| rule.kind == kind && tally.episodes > 0)
}

fn delays(set: &SetReport) -> Markup {
    let shipments = &set.measure.shipments;
    html! {
        table {
            caption { "Delay rules. Warned, right and late: shipments; the share of late shipments is of all truly late ones." }
            thead {
                tr {
                    th scope="col" { "Rule" }
                    th scope="col" { "Episodes" }
                    th scope="col" { "Still open" }
                    th scope="col" { "Median length" }
                    th scope="col" { "Jobs per 1,000" }
                    th scope="col" { "Warned" }
                    th scope="col" { "Right (precision)" }
                    th scope="col" { "Of the late (recall)" }
                    th scope="col" { "Told only after" }
                    th scope="col" { "Median before the promise passed" }
                    th scope="col" { "Median before the carrier" }
                }
            }
            tbody {
                @for (rule, tally) in active(set, RuleKind::Delay) {
                    tr {
                        (common(set, rule, tally))
                        td { (grouped(tally.precision().of)) }
                        td { (share(tally.precision())) }
                        td { (share(tally.recall(shipments))) }
                        td { (grouped(tally.told_after)) }
                        td { (median(&tally.leads)) }
                        td { (median(&tally.before_carrier)) }
                    }
                }
            }
        }
    }
}

fn notices(set: &SetReport) -> Markup {
    html! {
        table {
            caption { "Notice rules: they tell what happens and predict nothing." }
            thead {
                tr {
                    th scope="col" { "Rule" }
                    th scope="col" { "Episodes" }
                    th scope="col" { "Still open" }
                    th scope="col" { "Median length" }
                    th scope="col" { "Jobs per 1,000" }
                }
            }
            tbody {
                @for (rule, tally) in active(set, RuleKind::Notice) {
                    tr { (common(set, rule, tally)) }
                }
            }
        }
    }
}

fn common(set: &SetReport, rule: &Rule, tally: &Tally) -> Markup {
    let jobs: u64 = set.jobs.of_rule(&rule.name).map(|(_, count)| count).sum();
    html! {
        th scope="row" { (rule.name) }
        td { (grouped(tally.episodes)) }
        td { (grouped(tally.open)) }
        td { (median(&tally.lengths)) }
        td { (set.jobs_per_thousand(jobs).map_or("–".to_owned(), |rate| format!("{rate:.1}"))) }
    }
}

/// A share as text, with its interval and a bar.
fn share(share: Share) -> Markup {
    let Some((value, (low, high))) = share.value().zip(share.interval()) else {
        return html! { "–" };
    };
    html! {
        span.share {
            span { (percent(share)) " " small { (format!("{:.0}–{:.0}", low * 100.0, high * 100.0)) } }
            svg.bar viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" {
                rect.rail width="100" height="6" {}
                rect.s0 width=(format!("{:.1}", value * 100.0)) height="6" {}
            }
        }
    }
}

fn median(lengths: &[i64]) -> String {
    Spread::of(lengths).map_or("–".to_owned(), |spread| short(spread.median))
}
