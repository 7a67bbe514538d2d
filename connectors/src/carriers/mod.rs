//! Bytes into scans, or into refusals that say what to mend. Pure: no clock, no file, no socket; the same bytes always
//! give the same scans.
//!
//! A payload is split into lines ([`split`], or [`Blocks`] for files); a [`Decoder`] turns each line into a
//! [`Scan`] or a [`Refusal`]; [`Refusal::at`] makes the reject for the dead letters.

mod blocks;
mod canonical;
mod csv;
mod field;
mod home;
mod json;
mod ladder;
mod lead;
mod lexicon;
pub mod mapping;
pub mod meanings;
pub mod numbers;
mod outcome;
mod reading;
mod refusal;
mod scanner;
mod scratch;
pub mod signature;
mod texts;
mod unfit;
mod utc;
mod window;

pub use blocks::{BLOCK_BYTES, Block, Blocks, Chunk, LINE_BYTES_MAX, Line, Lines, split};
pub use reading::{Format, Reading, Shapeless};
pub use refusal::Refusal;
pub use scratch::Scratch;

use field::{Field, Record};
pub use mapping::Mapping;
use milepost_model::{RejectReason, Scan};

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
    /// Records met.
    pub records: u64,
    /// Records that were scans.
    pub scans: u64,
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

impl Counts {
    /// Records refused.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.records - self.scans
    }
}

/// Decodes lines. It remembers the order of columns of the line before, for speed only; and, of CSV, the columns that
/// the first line names.
#[derive(Debug)]
pub struct Decoder {
    format: Format,
    scanner: scanner::Scanner,
    rows: csv::Rows,
    counts: Counts,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder of canonical lines that has met nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            format: Format::Canonical,
            scanner: scanner::Scanner::new(),
            rows: csv::Rows::new(),
            counts: Counts::default(),
        }
    }

    /// Begins a message or file of that format: the next line is its first.
    pub fn begin(&mut self, format: Format) {
        self.format = format;
        self.rows.begin();
    }

    /// What it has met so far.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The scan that the next line of the message or file states; `None` for a line that only names columns. The scan
    /// borrows from the line, and from `scratch` and `defaults` where the line does not hold a text as it is meant.
    ///
    /// # Errors
    /// A refusal says what is wrong with the line and what to do.
    pub fn decode<'a>(
        &mut self,
        line: &'a [u8],
        scratch: &'a Scratch,
        defaults: &'a Defaults,
    ) -> Result<Option<Scan<'a>>, Refusal> {
        let mut found = None;
        self.decode_to(line, scratch, defaults, &mut |scan| found = Some(*scan))?;
        Ok(found)
    }

    /// Gives the scan that the next line states to `take`, which a line that only names columns does not call: as
    /// [`Decoder::decode`], without moving the scan.
    ///
    /// # Errors
    /// As for [`Decoder::decode`].
    pub fn decode_to<'a>(
        &mut self,
        line: &'a [u8],
        scratch: &'a Scratch,
        defaults: &'a Defaults,
        take: &mut dyn FnMut(&Scan<'a>),
    ) -> Result<(), Refusal> {
        match text(line) {
            Ok(line) => self.decode_text_to(line, scratch, defaults, take),
            Err(refusal) => {
                self.counts.records += 1;
                Err(refusal)
            }
        }
    }

    /// [`Decoder::decode_to`] for a line that is known to be text: see [`Lines::text_of`].
    ///
    /// # Errors
    /// As for [`Decoder::decode`].
    pub fn decode_text_to<'a>(
        &mut self,
        line: &'a str,
        scratch: &'a Scratch,
        defaults: &'a Defaults,
        take: &mut dyn FnMut(&Scan<'a>),
    ) -> Result<(), Refusal> {
        let mut record = Record::new();
        self.counts.records += 1;
        check_length(line.as_bytes())?;
        let is_record = match self.format {
            Format::Canonical => self.read(line, scratch, &mut record)?,
            Format::Csv => self.read_row(line, scratch, &mut record)?,
        };
        if !is_record {
            return Ok(());
        }
        self.counts.unknown_fields += u64::from(record.unknown);
        let counts = &mut self.counts;
        let context = &mut canonical::Context {
            scratch,
            defaults,
            counts,
        };
        canonical::scan(&record, context, take)
    }

    /// Gives the record that the next line is to `take`, with the scan that it states or why it is refused: for people, who
    /// want to see both. A line that only names columns does not call it.
    pub fn decode_shown<'a>(
        &mut self,
        line: &'a [u8],
        number: u64,
        (scratch, defaults): (&'a Scratch, &'a Defaults),
        take: &mut dyn FnMut(Given<'_, 'a>),
    ) {
        self.counts.records += 1;
        let mut record = Record::new();
        let read = text(line).and_then(|line| match self.format {
            Format::Canonical => self.read(line, scratch, &mut record),
            Format::Csv => self.read_row(line, scratch, &mut record),
        });
        match read {
            Ok(false) => {}
            Ok(true) => {
                let counts = &mut self.counts;
                let context = &mut canonical::Context {
                    scratch,
                    defaults,
                    counts,
                };
                give(number, &record, context, take);
            }
            Err(refusal) => take(Given {
                number,
                record: None,
                scan: Err(refusal),
            }),
        }
    }

    /// The scan that one canonical line states, whatever the format of the message is.
    ///
    /// # Errors
    /// As for [`Decoder::decode`].
    pub fn decode_line<'a>(
        &mut self,
        line: &'a [u8],
        scratch: &'a Scratch,
        defaults: &'a Defaults,
    ) -> Result<Scan<'a>, Refusal> {
        let format = std::mem::take(&mut self.format);
        let mut found = None;
        let result = self.decode_to(line, scratch, defaults, &mut |scan| found = Some(*scan));
        self.format = format;
        result.map(|()| found.expect("a canonical line is a scan or is refused"))
    }

    /// Gives every record of a whole payload of a mapped format to `take`.
    pub fn decode_payload<'a>(
        &mut self,
        mapping: &Mapping,
        payload: &'a [u8],
        (scratch, defaults): (&'a Scratch, &'a Defaults),
        take: &mut dyn FnMut(Given<'_, 'a>),
    ) {
        let counts = &mut self.counts;
        let tree = payload_text(payload, scratch.memory()).and_then(|text| mapping.tree(text, scratch.memory()));
        let tree = match tree {
            Ok(tree) => tree,
            Err(refusal) => {
                counts.records += 1;
                return take(Given {
                    number: 0,
                    record: None,
                    scan: Err(refusal),
                });
            }
        };
        let mut number = 0;
        let passed = mapping.records(tree, scratch.memory(), &mut |set, record| {
            number += 1;
            counts.records += 1;
            let mut record = match record {
                Ok(record) => record,
                Err(refusal) => {
                    return take(Given {
                        number,
                        record: None,
                        scan: Err(refusal),
                    });
                }
            };
            if record.text(Field::Source).is_empty() {
                record.set(Field::Source, scratch.keep(mapping.name()));
            }
            let context = &mut canonical::Context {
                scratch,
                defaults,
                counts,
            };
            let stated = &record;
            give(number, stated, context, &mut |given| {
                take(Given {
                    scan: given
                        .scan
                        .map_err(|refusal| unfit::looked_for(refusal, stated, mapping, set)),
                    ..given
                });
            });
        });
        self.counts.unmapped_codes += passed.unmapped;
        if number == 0
            && passed.skipped == 0
            && let Some(why) = mapping.misfit(tree, passed.missing())
        {
            self.counts.records += 1;
            take(Given {
                number: 0,
                record: None,
                scan: Err(unfit::misfit(mapping, &why, payload)),
            });
        }
    }

    /// Reads a canonical line, which is always a record.
    #[inline]
    fn read<'a>(&mut self, line: &'a str, scratch: &'a Scratch, record: &mut Record<'a>) -> Result<bool, Refusal> {
        if self.scanner.read(line, scratch, record).is_none() {
            self.read_unusual(line, scratch, record)?;
        }
        Ok(true)
    }

    #[cold]
    fn read_unusual<'a>(
        &mut self,
        line: &'a str,
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Result<(), Refusal> {
        self.counts.unusual += 1;
        *record = Record::new();
        json::read(line, scratch, record)
    }

    /// Reads a line of CSV; `false` if it only names columns.
    #[inline(never)]
    fn read_row<'a>(&mut self, line: &str, scratch: &'a Scratch, record: &mut Record<'a>) -> Result<bool, Refusal> {
        let is_record = self.rows.read(line, scratch, record)?;
        self.counts.records -= u64::from(!is_record);
        Ok(is_record)
    }
}

/// The carrier that is meant, as records name it: `DHL Express` is `dhl_express`. `None` if the text names none.
#[must_use]
pub fn carrier_named(text: &str) -> Option<String> {
    let scratch = Scratch::new();
    if texts::is_slug(text) {
        return Some(text.to_owned());
    }
    texts::normalized_slug(text, &scratch).map(str::to_owned)
}

/// Gives a record with the scan that it states, or with why there is none.
fn give<'a>(
    number: u64,
    record: &Record<'a>,
    context: &mut canonical::Context<'a, '_>,
    take: &mut dyn FnMut(Given<'_, 'a>),
) {
    let stated = Some(Stated(record));
    let scan = canonical::scan(record, context, &mut |scan| {
        take(Given {
            number,
            record: stated,
            scan: Ok(scan),
        });
    });
    if let Err(refusal) = scan {
        take(Given {
            number,
            record: stated,
            scan: Err(refusal),
        });
    }
}

/// A record of a payload, and the scan that it states.
#[derive(Debug)]
pub struct Given<'r, 'a> {
    /// Its number within the payload, from 1; 0 is the payload itself, when it could not be read at all.
    pub number: u64,
    /// What it states, where it could be read.
    pub record: Option<Stated<'r, 'a>>,
    /// The scan, or why it is refused.
    pub scan: Result<&'r Scan<'a>, Refusal>,
}

/// What a record states, column by column.
#[derive(Clone, Copy, Debug)]
pub struct Stated<'r, 'a>(&'r Record<'a>);

impl<'a> Stated<'_, 'a> {
    /// The columns that it states, with their texts, in the order of the canonical record.
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        let columns = Field::ALL.iter().map(|field| (field.name(), self.0.text(*field)));
        columns.filter(|(_, text)| !text.is_empty())
    }

    /// One line of canonical JSON that states the same.
    #[must_use]
    pub fn json(&self) -> String {
        let mut json = serde_json::Map::new();
        // A coordinate without the other is no place.
        let is_half = self.0.text(Field::Latitude).is_empty() != self.0.text(Field::Longitude).is_empty();
        for field in Field::ALL {
            let text = self.0.text(*field);
            let says_nothing = is_half && matches!(field, Field::Latitude | Field::Longitude);
            let number = field.is_number().then(|| number(text)).flatten();
            if !text.is_empty() && !says_nothing {
                json.insert(field.name().to_owned(), number.unwrap_or_else(|| text.into()));
            }
        }
        serde_json::Value::Object(json).to_string()
    }
}

/// A number as JSON writes it, of a text that reads as one: `07` and `+7` are 7.
fn number(text: &str) -> Option<serde_json::Value> {
    if let Ok(number) = text.parse() {
        return Some(serde_json::Value::Number(number));
    }
    let whole = text.parse::<u64>().ok().map(serde_json::Number::from);
    whole
        .or_else(|| serde_json::Number::from_f64(text.parse().ok()?))
        .map(serde_json::Value::Number)
}

/// The most bytes of a payload of a mapped format.
pub const PAYLOAD_BYTES_MAX: usize = 64 << 20;

/// A payload as text, if it is one and not too long.
fn payload_text<'a>(payload: &'a [u8], memory: &'a bumpalo::Bump) -> Result<&'a str, Refusal> {
    if payload.len() > PAYLOAD_BYTES_MAX {
        let hint = format!(
            "the payload has {} bytes; {PAYLOAD_BYTES_MAX} are read at most",
            payload.len()
        );
        return Err(Refusal::new(RejectReason::TooLong, hint));
    }
    let payload = payload.strip_prefix(b"\xef\xbb\xbf").unwrap_or(payload);
    simdutf8::compat::from_utf8(payload).or_else(|error| {
        mapping::interchange_text(payload, memory).ok_or_else(|| {
            let hint = format!(
                "byte {} of the payload is not UTF-8; send it as UTF-8",
                error.valid_up_to()
            );
            Refusal::new(RejectReason::NotUtf8, hint)
        })
    })
}

/// A line as text, if it is one and not too long.
fn text(line: &[u8]) -> Result<&str, Refusal> {
    check_length(line)?;
    if let Ok(line) = simdutf8::basic::from_utf8(line) {
        return Ok(line);
    }
    let at = std::str::from_utf8(line).map_or_else(|error| error.valid_up_to(), str::len);
    let hint = format!("byte {at} of the line is not UTF-8; write the file as UTF-8, not as Latin-1 or Windows-1252");
    Err(Refusal::new(RejectReason::NotUtf8, hint))
}

#[inline]
fn check_length(line: &[u8]) -> Result<(), Refusal> {
    if line.len() <= LINE_BYTES_MAX {
        return Ok(());
    }
    let hint = blocks::too_long_hint(line.len() as u64);
    Err(Refusal::new(RejectReason::TooLong, hint))
}

#[cfg(test)]
mod tests;
