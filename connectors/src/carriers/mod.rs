//! Bytes into scans, or into refusals that say what to mend. Pure: no clock, no file, no socket; the same bytes always
//! give the same scans.
//!
//! A payload is split into lines ([`split`], or [`Blocks`] for files); a [`Decoder`] turns each line into a
//! [`Scan`] or a [`Refusal`]; [`Refusal::at`] makes the reject for the dead letters.

mod blocks;
mod canonical;
mod detect;
mod field;
mod json;
mod ladder;
mod lexicon;
mod outcome;
mod refusal;
mod scanner;
mod scratch;
mod texts;
mod window;

pub use blocks::{BLOCK_BYTES, Block, Blocks, Chunk, LINE_BYTES_MAX, Line, Lines, split};
pub use refusal::Refusal;
pub use scratch::Scratch;

use milepost_model::{RejectReason, Scan};

/// How a payload is written. The header `Milepost-Format` names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    /// One flat JSON object per line.
    #[default]
    Canonical,
    /// Lines of comma-separated values; the first names the columns.
    Csv,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 2] = [Self::Canonical, Self::Csv];

    /// The name in the header `Milepost-Format`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Canonical => "canonical",
            Self::Csv => "csv",
        }
    }

    /// The format of that name.
    ///
    /// # Errors
    /// A refusal of the whole payload that names the formats we know.
    pub fn parse(name: &str) -> Result<Self, Refusal> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| {
                let known: Vec<&str> = Self::ALL.iter().map(|format| format.name()).collect();
                let hint = format!(
                    "format {} is unknown; send Milepost-Format: {}",
                    refusal::Quoted(name),
                    known.join(" or ")
                );
                Refusal::new(RejectReason::UnknownFormat, hint)
            })
    }
}

/// What the feed that a payload came by adds to records that do not say it themselves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Defaults {
    /// The feed.
    pub source: String,
    /// The tenant; empty when there is only one.
    pub merchant: String,
    /// The carrier, when the feed is one carrier's own; empty otherwise.
    pub carrier: String,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            source: "canonical".to_owned(),
            merchant: String::new(),
            carrier: String::new(),
        }
    }
}

/// What decoding met on its way; sums since the decoder was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Records decoded.
    pub scans: u64,
    /// Records refused.
    pub refused: u64,
    /// Records that the general reader had to read.
    pub unusual: u64,
    /// Columns that are none of ours.
    pub unknown_fields: u64,
    /// Codes that are unknown, or belong to another status than the one stated.
    pub unmapped_codes: u64,
    /// Countries that are unknown.
    pub unknown_countries: u64,
    /// Zone names that are unknown.
    pub unknown_zones: u64,
    /// Shown texts that were cut to their limit.
    pub cut_texts: u64,
    /// Carriers derived from the number.
    pub detected_carriers: u64,
}

/// Decodes lines of one feed. It remembers the order of columns of the line before, for speed only: no result depends
/// on the lines before.
#[derive(Debug)]
pub struct Decoder {
    scanner: scanner::Scanner,
    counts: Counts,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder that has met nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            scanner: scanner::Scanner::new(),
            counts: Counts::default(),
        }
    }

    /// What it has met so far.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The scan that one canonical line states. It borrows from the line, and from `scratch` and `defaults` where the
    /// line does not hold a text as it is meant.
    ///
    /// # Errors
    /// A refusal says what is wrong with the line and what to do.
    pub fn decode_line<'a>(
        &mut self,
        line: &'a [u8],
        scratch: &'a Scratch,
        defaults: &'a Defaults,
    ) -> Result<Scan<'a>, Refusal> {
        let decoded = self.read(line, scratch).and_then(|record| {
            self.counts.unknown_fields += u64::from(record.unknown);
            canonical::scan(
                &record,
                &mut canonical::Context {
                    scratch,
                    defaults,
                    counts: &mut self.counts,
                },
            )
        });
        match decoded {
            Ok(_) => self.counts.scans += 1,
            Err(_) => self.counts.refused += 1,
        }
        decoded
    }

    fn read<'a>(&mut self, line: &'a [u8], scratch: &'a Scratch) -> Result<field::Record<'a>, Refusal> {
        let line = text(line)?;
        if let Some(record) = self.scanner.read(line, scratch) {
            return Ok(record);
        }
        self.counts.unusual += 1;
        json::read(line, scratch)
    }
}

/// A line as text, if it is one and not too long.
fn text(line: &[u8]) -> Result<&str, Refusal> {
    if line.len() > LINE_BYTES_MAX {
        return Err(Refusal::new(
            RejectReason::TooLong,
            blocks::too_long_hint(line.len() as u64),
        ));
    }
    if let Ok(line) = simdutf8::basic::from_utf8(line) {
        return Ok(line);
    }
    let at = std::str::from_utf8(line).map_or_else(|error| error.valid_up_to(), str::len);
    let hint = format!("byte {at} of the line is not UTF-8; write the file as UTF-8, not as Latin-1 or Windows-1252");
    Err(Refusal::new(RejectReason::NotUtf8, hint))
}
