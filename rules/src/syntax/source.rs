//! The texts of the files, and the list of what is wrong with them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::errors::{Diagnostic, Fault, Finding, Severity, Spot};
use crate::syntax::csv;

/// More mistakes than this are not listed: a reader starts at the top.
const DIAGNOSTICS_MAX: usize = 200;

/// A file with its lines.
pub(crate) struct Source<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
    lines: Vec<&'a str>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(name: &'a str, text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self {
            name,
            text,
            lines: lines(text),
        }
    }

    /// The number of the last line.
    pub(crate) fn last_line(&self) -> u32 {
        u32::try_from(self.lines.len()).unwrap_or(u32::MAX)
    }

    /// A place behind the last line, where a parser found the end, becomes the end of the last line.
    fn within(&self, spot: Spot) -> Spot {
        let last = self.last_line();
        if spot.line <= last {
            return spot;
        }
        let column = u32::try_from(self.line(last).chars().count()).unwrap_or(u32::MAX);
        Spot {
            line: last,
            column: column.saturating_add(1),
            length: 1,
        }
    }

    /// A line by its number from 1, without its end; empty when there is none.
    pub(crate) fn line(&self, number: u32) -> &'a str {
        let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        place
            .and_then(|place| self.lines.get(place))
            .copied()
            .unwrap_or_default()
    }
}

/// Lines as YAML divides them: at a line feed, a carriage return, or both together.
fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        lines.extend(line.strip_suffix('\r').unwrap_or(line).split('\r'));
    }
    lines
}

/// Collects what is wrong.
pub(crate) struct Reports<'s, 'a> {
    sources: &'s [Source<'a>],
    found: Vec<Diagnostic>,
    left_out: usize,
}

impl<'s, 'a> Reports<'s, 'a> {
    pub(crate) const fn new(sources: &'s [Source<'a>]) -> Self {
        Self {
            sources,
            found: Vec::new(),
            left_out: 0,
        }
    }

    /// The file of that number.
    pub(crate) fn source(&self, file: usize) -> Option<&'s Source<'a>> {
        self.sources.get(file)
    }

    /// The CSV file of that name beside a file of the set.
    pub(crate) fn csv_beside(&self, file: usize, name: &str) -> Option<&'s Source<'a>> {
        csv::beside(self.sources, self.source(file)?.name, name)
    }

    pub(crate) fn add(&mut self, file: usize, spot: Spot, finding: Finding) {
        if self.found.len() >= DIAGNOSTICS_MAX {
            self.left_out += 1;
            return;
        }
        let spot = self.source(file).map_or(spot, |source| source.within(spot));
        let (name, line) = self
            .source(file)
            .map_or(("", ""), |source| (source.name, source.line(spot.line)));
        self.found.push(Diagnostic::new(finding, name, spot, line));
    }

    /// Whether something is wrong that refuses the set.
    pub(crate) fn has_errors(&self) -> bool {
        self.found.iter().any(|found| found.severity == Severity::Error)
    }

    /// Everything, by file and place. The sort is stable, so that what was found first at a place stands first.
    pub(crate) fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.found
            .sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        if self.left_out > 0 {
            let message = format!("{} more mistakes are not listed", self.left_out);
            let finding = Finding::new(Fault::TooMuch, message).help("correct the listed ones first");
            let file = self.found.last().map(|last| last.file.clone()).unwrap_or_default();
            self.found.push(Diagnostic::new(finding, &file, Spot::default(), ""));
        }
        self.found
    }
}

/// Kept small where a text of a user enters a message.
pub(crate) fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 60;
    if text.chars().nth(CHARS_MAX).is_none() {
        return text.into();
    }
    let start: String = text.chars().take(CHARS_MAX).collect();
    format!("{start}…")
}
