//! What all plots have: a frame with words, an axis from numbers to places, ticks at round numbers.

use super::Figure;
use maud::{Markup, html};

/// Width of every plot in its own units; about as wide as a telephone, so that its letters stay large enough there.
pub(super) const WIDTH: f64 = 440.0;
/// About as many ticks on an axis.
const TICKS: f64 = 4.0;
/// Letters of a label beside a plot.
const LABEL_MAX: usize = 27;

/// A number line, laid along a plot.
pub(super) struct Axis {
    most: f64,
    step: f64,
    from: f64,
    to: f64,
}

impl Axis {
    /// From zero to the greatest number, between two places.
    pub(super) fn new(most: f64, (from, to): (f64, f64)) -> Self {
        let step = round_step(most);
        Self { most, step, from, to }
    }

    pub(super) fn at(&self, number: f64) -> f64 {
        self.from + (self.to - self.from) * number / self.most
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let (step, most) = (self.step, self.most);
        (0..100_u32)
            .map(move |tick| f64::from(tick) * step)
            .take_while(move |number| *number <= most * 1.000_001)
    }

    /// Upright lines with their numbers below.
    pub(super) fn grid_across(&self, (top, bottom): (f64, f64), words: impl Fn(f64) -> String) -> Markup {
        html! {
            @for number in self.ticks() {
                line.grid x1=(two(self.at(number))) x2=(two(self.at(number))) y1=(two(top)) y2=(two(bottom)) {}
                text.tick x=(two(self.at(number))) y=(two(bottom + 15.0)) text-anchor="middle" { (words(number)) }
            }
        }
    }

    /// Numbers below a plot, with no lines.
    pub(super) fn ticks_across(&self, bottom: f64, words: impl Fn(f64) -> String) -> Markup {
        html! {
            @for number in self.ticks().filter(|number| number.fract() == 0.0) {
                text.tick x=(two(self.at(number))) y=(two(bottom + 16.0)) text-anchor="middle" { (words(number)) }
            }
        }
    }

    /// Level lines with their numbers on the left.
    pub(super) fn grid_up(&self, (left, right): (f64, f64), words: impl Fn(f64) -> String) -> Markup {
        html! {
            @for number in self.ticks() {
                line.grid x1=(two(left)) x2=(two(right)) y1=(two(self.at(number))) y2=(two(self.at(number))) {}
                text.tick x=(two(left - 6.0)) y=(two(self.at(number) + 4.0)) text-anchor="end" { (words(number)) }
            }
        }
    }
}

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that makes few enough ticks.
fn round_step(most: f64) -> f64 {
    let wanted = most / TICKS;
    let power = 10_f64.powf(wanted.max(1e-9).log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|step| step * power);
    steps
        .into_iter()
        .find(|step| *step >= wanted * 0.999_999)
        .unwrap_or(power * 10.0)
}

/// A coordinate.
pub(super) fn two(number: f64) -> String {
    format!("{number:.1}")
}

/// A text cut to so many letters.
pub(super) fn cut(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(letters - 1).collect();
    short.push('…');
    short
}

/// The label of a line, ending before it; in full for whoever points at it.
pub(super) fn label(text: &str, right: f64, middle: f64) -> Markup {
    html! {
        text x=(two(right)) y=(two(middle + 4.0)) text-anchor="end" { title { (text) } (cut(text, LABEL_MAX)) }
    }
}

/// A plot with its words.
pub(super) fn frame(figure: &Figure, height: f64, lines: &Markup) -> Markup {
    let (title, words) = (format!("{}-title", figure.id), format!("{}-words", figure.id));
    html! {
        figure {
            figcaption { h2 { (figure.title) } p { (figure.words) } }
            svg.plot viewBox={ "0 0 " (WIDTH) " " (two(height)) } role="img" aria-labelledby={ (title) " " (words) } {
                title id=(title) { (figure.title) }
                desc id=(words) { (figure.words) }
                (lines)
            }
        }
    }
}

/// A plot of nothing.
pub(super) fn empty(figure: &Figure, why: &str) -> Markup {
    html! {
        figure { figcaption { h2 { (figure.title) } p { (figure.words) } } p.empty { (why) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        for (most, step, count) in [
            (100.0, 25.0, 5),
            (44.3, 20.0, 3),
            (7.0, 2.0, 4),
            (3.0, 1.0, 4),
            (0.8, 0.2, 5),
            (912.0, 250.0, 4),
        ] {
            let axis = Axis::new(most, (0.0, 10.0));
            assert!((axis.step - step).abs() < 1e-9, "{most}: {}", axis.step);
            assert_eq!(axis.ticks().count(), count, "{most}");
        }
    }

    #[test]
    fn labels_are_cut_and_escaped() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("ärgerlich", 4), "ärg…");
        let label = label("<script>", 1.0, 2.0).into_string();
        assert!(
            label.contains("&lt;script&gt;") && !label.contains("<script>"),
            "{label}"
        );
    }
}
