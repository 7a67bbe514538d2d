//! What was learned of lanes, as metrics: whether `p_late` came true lately. Where what was told and what came part for days, lanes
//! have changed faster than was learned.

use milepost_core::Lanes;
use std::fmt::Write as _;

/// Days of answers that are looked at: a carrier's week has quiet days and busy ones.
const DAYS: usize = 7;

/// The Prometheus text format. The gauges of answers are missing before anything came of one.
pub(super) fn render(lanes: &Lanes) -> String {
    let mut days = Vec::new();
    lanes.each_day_told(&mut |day| days.push(*day));
    let last = days.last().map_or(0, |last| last.day);
    days.retain(|day| last.saturating_sub(day.day) < DAYS as i32);
    let mut text = String::new();
    gauge(
        &mut text,
        "milepost_lanes",
        "Lanes of which something was learned, with the wholes of which they are parts.",
        lanes.len() as f64,
    );
    let answers: f64 = days.iter().map(|day| day.answers as f64).sum();
    if answers > 0.0 {
        let mean = |of: fn(&milepost_core::ToldThatDay) -> f64| {
            days.iter().map(|day| of(day) * day.answers as f64).sum::<f64>() / answers
        };
        gauge(
            &mut text,
            "milepost_p_late_answers",
            "Answers of p_late, asked at the hand-over and each midnight, of which the newest 7 days told what came true.",
            answers,
        );
        gauge(
            &mut text,
            "milepost_p_late_told",
            "Mean of those answers.",
            mean(|day| day.told),
        );
        gauge(
            &mut text,
            "milepost_p_late_came_true",
            "Share of those answers whose parcel came late.",
            mean(|day| day.late),
        );
    }
    text
}

fn gauge(text: &mut String, name: &str, help: &str, value: f64) {
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");
}
