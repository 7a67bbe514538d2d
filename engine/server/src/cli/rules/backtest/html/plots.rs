//! Plots as inline SVG: drawn from numbers, coloured by the page's style sheet, with a title and a sentence for those who do
//! not see them. The first set is a filled circle and a full line, the second a ring and a dashed one: colour is never all.

mod axes;

use super::super::report::short;
use super::super::stats::{Share, float};
use axes::{Axis, WIDTH, empty, frame, label, two};
use maud::{Markup, html};
use milepost_model::{DAY_MS, Timestamp};
use std::collections::BTreeMap;

/// What a plot is called, and what it shows.
pub(super) struct Figure {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) words: &'static str,
}

/// A line of a plot: a value for each set that has one.
pub(super) struct Row<T> {
    pub(super) label: String,
    pub(super) values: Vec<Option<T>>,
}

/// Where labels end and lines begin.
const LEFT: f64 = 178.0;
const RIGHT: f64 = WIDTH - 22.0;
/// Height of a row; two sets need more.
const ROWS: [f64; 2] = [20.0, 28.0];

/// The mark of a set, for legends.
pub(super) fn key(place: usize) -> Markup {
    html! { svg.key viewBox="0 0 14 14" aria-hidden="true" { (mark(place, 7.0, 7.0)) } }
}

fn mark(place: usize, x: f64, y: f64) -> Markup {
    html! { circle class={ "mark s" (place) } cx=(two(x)) cy=(two(y)) r="4" {} }
}

/// Shares with their intervals, one line for each row.
pub(super) fn shares(figure: &Figure, rows: &[Row<Share>]) -> Markup {
    if rows.is_empty() {
        return empty(figure, "No rule warned of a shipment.");
    }
    let highs = rows
        .iter()
        .flat_map(|row| &row.values)
        .flatten()
        .filter_map(|share| share.interval());
    let most = highs.map(|(_, high)| high * 100.0).fold(0.0, f64::max);
    let axis = Axis::new(most, (LEFT, RIGHT));
    let (line, bottom) = height(rows);
    let lines = html! {
        (axis.grid_across((4.0, bottom), |percent| format!("{percent:.0} %")))
        @for (row, top) in rows.iter().zip(tops(line)) {
            (label(&row.label, LEFT - 8.0, top + line / 2.0))
            @for (place, share) in row.values.iter().enumerate() {
                @if let Some((value, (low, high))) = share.and_then(|share| share.value().zip(share.interval())) {
                    @let y = top + line / 2.0 + offset(place, row.values.len());
                    line class={ "whisker s" (place) } x1=(two(axis.at(low * 100.0))) x2=(two(axis.at(high * 100.0))) y1=(two(y)) y2=(two(y)) {}
                    (mark(place, axis.at(value * 100.0), y))
                }
            }
        }
    };
    frame(figure, bottom + 22.0, &lines)
}

/// Height of a row, and where the last ends.
fn height<T>(rows: &[Row<T>]) -> (f64, f64) {
    let sets = rows.first().map_or(1, |row| row.values.len());
    let line = ROWS.get(sets.saturating_sub(1)).copied().unwrap_or(28.0);
    (line, 8.0 + line * float(rows.len() as u64))
}

/// The upper ends of rows.
fn tops(line: f64) -> impl Iterator<Item = f64> {
    (0..u64::MAX).map(move |row| 8.0 + line * float(row))
}

/// Two sets share a row.
fn offset(place: usize, of: usize) -> f64 {
    match (of, place) {
        (2, 0) => -6.0,
        (2, _) => 6.0,
        _ => 0.0,
    }
}

/// Values as bars from zero, with the values beside them.
pub(super) fn bars(figure: &Figure, rows: &[Row<f64>]) -> Markup {
    let most = rows
        .iter()
        .flat_map(|row| &row.values)
        .flatten()
        .copied()
        .fold(0.0, f64::max);
    if most <= 0.0 {
        return empty(figure, "No rule told anybody anything.");
    }
    let axis = Axis::new(most, (LEFT, RIGHT - 38.0));
    let (line, bottom) = height(rows);
    let lines = html! {
        @for (row, top) in rows.iter().zip(tops(line)) {
            (label(&row.label, LEFT - 8.0, top + line / 2.0))
            @for (place, value) in row.values.iter().enumerate() {
                @if let Some(value) = value {
                    @let y = top + line / 2.0 + offset(place, row.values.len());
                    rect class={ "bar s" (place) } x=(two(LEFT)) y=(two(y - 4.5)) width=(two((axis.at(*value) - LEFT).max(0.8))) height="9" {}
                    text.value x=(two(axis.at(*value) + 5.0)) y=(two(y + 3.5)) { (rate(*value)) }
                }
            }
        }
    };
    frame(figure, bottom + 6.0, &lines)
}

fn rate(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    }
}

/// A whole for each set, parted in three.
pub(super) fn stacks(figure: &Figure, parts: &[&str; 3], rows: &[(&str, [u64; 3])]) -> Markup {
    if rows.iter().all(|(_, counts)| counts.iter().sum::<u64>() == 0) {
        return empty(figure, "No shipment was truly late.");
    }
    let axis = Axis::new(1.0, (12.0, RIGHT));
    let lines = html! {
        @for (number, part) in parts.iter().enumerate() {
            @let x = 12.0 + 138.0 * float(number as u64);
            rect class={ "part p" (number) } x=(two(x)) y="4" width="12" height="12" {}
            text x=(two(x + 18.0)) y="14.5" { (part) }
        }
        @for ((name, counts), top) in rows.iter().zip((0..u64::MAX).map(|row| 34.0 + 62.0 * float(row))) {
            @let all = float(counts.iter().sum::<u64>()).max(1.0);
            text x="12" y=(two(top + 6.0)) { (axes::cut(name, 60)) }
            @for (part, (count, before)) in counts.iter().zip([0, counts[0], counts[0] + counts[1]]).enumerate() {
                @let (from, to) = (axis.at(float(before) / all), axis.at(float(before + count) / all));
                rect class={ "part p" (part) } x=(two(from)) y=(two(top + 14.0)) width=(two(to - from)) height="24" {
                    title { (parts[part]) ": " (count) }
                }
                @if to - from > 44.0 {
                    text class={ "inside p" (part) } x=(two(f64::midpoint(from, to))) y=(two(top + 30.5)) {
                        (format!("{:.0} %", float(*count) * 100.0 / all))
                    }
                }
            }
        }
    };
    frame(figure, 34.0 + 62.0 * float(rows.len() as u64), &lines)
}

/// Where curves are drawn.
const CURVES: (f64, f64) = (46.0, RIGHT);
const HIGH: f64 = 12.0;
const LOW: f64 = 190.0;

/// For each set, the share of so many that have at least such a length, over days.
pub(super) fn curves(figure: &Figure, sets: &[(Vec<i64>, u64)], days: i64) -> Markup {
    let share = |leads: &[i64], of: u64, at: i64| {
        let longer = leads.len() - leads.partition_point(|lead| *lead < at);
        float(longer as u64) * 100.0 / float(of).max(1.0)
    };
    let most = sets.iter().map(|(leads, of)| share(leads, *of, 0)).fold(0.0, f64::max);
    if most <= 0.0 {
        return empty(figure, "No late shipment was warned of before the promise passed.");
    }
    let across = Axis::new(float(days.unsigned_abs()), CURVES);
    let up = Axis::new(most, (LOW, HIGH));
    let steps = 120;
    let lines = html! {
        (up.grid_up(CURVES, |percent| format!("{percent:.0} %")))
        (across.ticks_across(LOW, |days| format!("{days:.0} d")))
        @for (place, (leads, of)) in sets.iter().enumerate() {
            @let points: Vec<String> = (0..=steps).map(|step| {
                let at = days * DAY_MS * step / steps;
                let x = across.at(float(days.unsigned_abs()) * float(step.unsigned_abs()) / float(steps.unsigned_abs()));
                format!("{},{}", two(x), two(up.at(share(leads, *of, at))))
            }).collect();
            polyline class={ "line s" (place) } points=(points.join(" ")) {}
            @if let Some(median) = leads.get(leads.len() / 2) {
                @let x = across.at(float(days.unsigned_abs()).min(float(median.unsigned_abs()) / float(DAY_MS.unsigned_abs())));
                g { title { "half of the warnings: " (short(*median)) } (mark(place, x, up.at(share(leads, *of, *median)))) }
            }
        }
    };
    frame(figure, LOW + 22.0, &lines)
}

/// The days between which all but the first and the last hundredth lie: one old parcel must not stretch the plot over a year.
fn most_of(sets: &[&BTreeMap<i64, u64>]) -> Option<(i64, i64)> {
    let mut all: BTreeMap<i64, u64> = BTreeMap::new();
    for (day, count) in sets.iter().flat_map(|days| days.iter()) {
        *all.entry(*day).or_default() += count;
    }
    let few = all.values().sum::<u64>() / 100;
    let bound = |mut days: &mut dyn Iterator<Item = (&i64, &u64)>| {
        let mut seen = 0;
        Iterator::find(&mut days, |(_, count)| {
            seen += **count;
            seen > few
        })
        .map(|(day, _)| *day)
    };
    bound(&mut all.iter()).zip(bound(&mut all.iter().rev()))
}

/// Counts by day, one line for each set.
pub(super) fn days(figure: &Figure, sets: &[&BTreeMap<i64, u64>]) -> Markup {
    let Some((first, last)) = most_of(sets) else {
        return empty(figure, "No delay opened.");
    };
    let most = sets.iter().flat_map(|days| days.values()).copied().max().unwrap_or(0);
    let length = (last - first).max(1);
    let across = Axis::new(float(length.unsigned_abs()), CURVES);
    let up = Axis::new(float(most), (LOW, HIGH));
    let date = |day: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "a tick of an axis of days")]
        let day = first + day.round() as i64;
        Timestamp::from_millis(day * DAY_MS)
            .to_string()
            .get(5..10)
            .unwrap_or_default()
            .to_owned()
    };
    let lines = html! {
        (up.grid_up(CURVES, |count| format!("{count:.0}")))
        (across.ticks_across(LOW, date))
        @for (place, days) in sets.iter().enumerate() {
            @let points: Vec<String> = (first..=last).map(|day| {
                let count = days.get(&day).copied().unwrap_or(0);
                format!("{},{}", two(across.at(float((day - first).unsigned_abs()))), two(up.at(float(count))))
            }).collect();
            polyline class={ "line s" (place) } points=(points.join(" ")) {}
        }
    };
    frame(figure, LOW + 22.0, &lines)
}
