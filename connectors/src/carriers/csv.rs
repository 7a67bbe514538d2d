//! Records as comma-separated values: the first line names the columns, each further line is one record. A quoted
//! value may hold commas and doubled quotes, but no line end.

use super::field::{Field, Record};
use super::lexicon::FIELDS;
use super::refusal::{Quoted, Refusal, nearest};
use super::scratch::Scratch;
use csv_core::{ReadRecordResult, Reader};
use milepost_model::RejectReason;

/// Reads lines under the columns that the first line named.
pub(crate) struct Rows {
    reader: Reader,
    /// The columns in order, `None` for one that is none of ours; no columns until the first line has come.
    columns: Vec<Option<Field>>,
    begun: bool,
    unknown: u32,
    output: Vec<u8>,
    ends: Vec<usize>,
}

impl Rows {
    pub(crate) fn new() -> Self {
        Self {
            reader: Reader::new(),
            columns: Vec::new(),
            begun: false,
            unknown: 0,
            output: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Forgets the columns: the next line names them.
    pub(crate) fn begin(&mut self) {
        self.begun = false;
        self.columns.clear();
    }

    /// Reads a line into `record`; `false` if it was the line that names the columns.
    pub(crate) fn read<'a>(
        &mut self,
        line: &str,
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Result<bool, Refusal> {
        let values = self.split(line)?;
        let output = self.output.get(..values).unwrap_or_default();
        // Values are the line without some ASCII quotes, so they stay text.
        let text = simdutf8::basic::from_utf8(output).map_err(|_| not_csv("a value is not UTF-8"))?;
        if !self.begun {
            self.begun = true;
            let names = texts(text, &self.ends);
            self.columns = columns(names)?;
            self.unknown = u32::try_from(self.columns.iter().filter(|column| column.is_none()).count()).unwrap_or(0);
            return Ok(false);
        }
        if self.columns.is_empty() {
            return Err(not_csv(
                "its first line names no columns that are of use; mend that line",
            ));
        }
        if self.ends.len() != self.columns.len() {
            let (found, wanted) = (self.ends.len(), self.columns.len());
            return Err(not_csv(&format!(
                "the line has {found} values and the first line names {wanted} columns; quote values that hold commas"
            )));
        }
        record.untyped = true;
        record.unknown = self.unknown;
        for (column, value) in self.columns.iter().zip(texts(scratch.keep(text), &self.ends)) {
            if let Some(field) = column {
                record.set(*field, value);
            }
        }
        Ok(true)
    }

    /// Splits a line into values: their bytes are in `output`, their ends in `ends`. Returns the number of bytes.
    fn split(&mut self, line: &str) -> Result<usize, Refusal> {
        if memchr::memchr_iter(b'"', line.as_bytes()).count() % 2 == 1 {
            return Err(not_csv(
                "a quoted value does not end on its line; a value holds no line end, and a quote in it is doubled",
            ));
        }
        self.output.resize(line.len() + 1, 0);
        self.ends.resize(line.len() + 2, 0);
        self.reader.reset();
        let (mut read, mut written, mut fields) = (0, 0, 0);
        loop {
            // Empty input after the line tells that it has ended.
            let input = line.as_bytes().get(read..).unwrap_or_default();
            let output = self.output.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(fields..).unwrap_or_default();
            let (result, used, gained, ended) = self.reader.read_record(input, output, ends);
            read += used;
            written += gained;
            fields += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record | ReadRecordResult::End => break,
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err(not_csv("the line has more values than bytes"));
                }
            }
        }
        self.ends.truncate(fields);
        Ok(written)
    }
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows")
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

fn texts<'t>(text: &'t str, ends: &[usize]) -> impl Iterator<Item = &'t str> {
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts
        .zip(ends)
        .map(move |(start, end)| text.get(start..*end).unwrap_or_default())
}

/// The columns that a first line names.
fn columns<'t>(names: impl Iterator<Item = &'t str>) -> Result<Vec<Option<Field>>, Refusal> {
    let mut columns = Vec::new();
    let mut strangers = Vec::new();
    for name in names {
        let name = name.trim().to_ascii_lowercase();
        let field = FIELDS.find(&name);
        if field.is_some() && columns.contains(&field) {
            return Err(not_csv(&format!(
                "the first line names the column {} twice",
                Quoted(&name)
            )));
        }
        columns.push(field);
        if field.is_none() {
            strangers.push(name);
        }
    }
    if columns.contains(&Some(Field::TrackingNumber)) {
        return Ok(columns);
    }
    let meant = strangers
        .iter()
        .find(|name| nearest(name, std::iter::once(Field::TrackingNumber.name())).is_some());
    let advice = match meant {
        Some(name) => format!("rename {} to `tracking_number`", Quoted(name)),
        None => "the first line must name the columns, as in tracking_number,carrier,status,occurred_at".to_owned(),
    };
    Err(not_csv(&format!("no column is named `tracking_number`; {advice}")))
}

#[cold]
fn not_csv(what: &str) -> Refusal {
    Refusal::new(RejectReason::NotCsv, format!("not CSV as it is read here: {what}"))
}
