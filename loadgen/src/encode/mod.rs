//! Canonical NDJSON: one arrival, one line. Plain pushes of bytes: the load generator must outrun the engine.

mod malformed;
mod style;
mod write;

use crate::world::Arrival;
use crate::world::step::Scan;
pub use style::Style;

/// Turns arrivals into lines.
pub struct Encoder {
    style: Style,
    line: Vec<u8>,
    lines: u64,
}

impl Encoder {
    /// An encoder that writes in that style.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self {
            style,
            line: Vec::with_capacity(1_024),
            lines: 0,
        }
    }

    /// Appends the line of an arrival, with its newline.
    pub fn encode(&mut self, arrival: &Arrival, out: &mut Vec<u8>) {
        match arrival.malformed {
            Some(kind) => malformed::write(kind, &arrival.scan, out),
            None if self.style.is_plain() => write::scan(&arrival.scan, out),
            None => {
                self.line.clear();
                write::scan(&arrival.scan, &mut self.line);
                style::restyle(&self.line, self.style, self.lines, out);
            }
        }
        self.lines += 1;
        out.push(b'\n');
    }
}

/// The event id of a scan, as bytes.
pub fn event_id(scan: &Scan, out: &mut Vec<u8>) {
    write::event_id(scan, scan.step.ordinal, out);
}
