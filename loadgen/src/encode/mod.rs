//! Canonical NDJSON: one arrival, one line; and the formats of carriers (`format`), which say the same in their words
//! (`words`), as far as they have them. Plain pushes of bytes: the load generator must outrun the engine.

mod easypost;
mod epcis;
mod format;
mod json;
mod losses;
mod malformed;
mod style;
mod ups_track_alert;
mod words;
mod write;
mod x12_214;

use crate::world::Arrival;
use crate::world::step::Scan;
pub use epcis::NAMES as EPCIS_NAMES;
pub use format::{Cut, Format, Payloads};
pub use losses::Losses;
pub use style::Style;
pub use words::{Word, x12_reason};

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
