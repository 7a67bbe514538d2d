//! Lists from CSV files: the values of one column, as texts. The files belong to the set like its rule files.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use csv_core::{ReadRecordResult, Reader};

use crate::errors::{Fault, Finding, advice};
use crate::program::Constant;
use crate::syntax::file::LIST_ITEMS_MAX;
use crate::syntax::source::{Source, shortened};
use crate::syntax::yaml::FILE_BYTES_MAX;

/// Columns of a file.
const COLUMNS_MAX: usize = 256;

/// The label of a mistake that lies in the name of the column.
pub(crate) const NO_SUCH_COLUMN: &str = "no such column";

/// Whether a file of a set holds values and not rules.
pub(crate) fn is_csv(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("csv"))
}

/// The file of that name beside another one.
pub(crate) fn beside<'s, 'a>(sources: &'s [Source<'a>], rule_file: &str, name: &str) -> Option<&'s Source<'a>> {
    let dir = rule_file
        .rfind('/')
        .map_or("", |end| rule_file.get(..=end).unwrap_or_default());
    sources
        .iter()
        .find(|source| is_csv(source.name) && source.name.strip_prefix(dir) == Some(name))
}

/// The values of a column that are not empty, in the order of the file, each once.
pub(crate) fn column(source: &Source<'_>, wanted: &str) -> Result<Vec<Constant>, Finding> {
    if source.text.len() > FILE_BYTES_MAX {
        let message = format!(
            "{} has {} bytes; the limit is {FILE_BYTES_MAX}",
            source.name,
            source.text.len()
        );
        return Err(Finding::new(Fault::TooMuch, message).label("this file"));
    }
    let mut records = Records {
        reader: Reader::new(),
        rest: source.text.as_bytes(),
        // No field is longer than the file.
        bytes: alloc::vec![0; source.text.len()],
    };
    let header = records.next().map(|(_, header)| header).unwrap_or_default();
    let Some(place) = header.iter().position(|name| name.trim() == wanted) else {
        let message = format!("{} has no column `{}`", source.name, shortened(wanted));
        let names = header.iter().map(|name| name.trim());
        return Err(Finding::new(Fault::BadCsv, message)
            .label(NO_SUCH_COLUMN)
            .help(advice(wanted, names)));
    };
    let mut values: Vec<Constant> = Vec::new();
    let mut seen = alloc::collections::BTreeSet::new();
    while let Some((line, record)) = records.next() {
        let Some(value) = record.get(place) else {
            let message = format!(
                "line {line} of {} ends before the column `{}`",
                source.name,
                shortened(wanted),
            );
            let help = "a value with a comma in it stands in double quotes";
            return Err(Finding::new(Fault::BadCsv, message).label("this file").help(help));
        };
        let value = value.trim();
        if !value.is_empty() && seen.insert(value.to_string()) {
            values.push(Constant::Text(value.into()));
        }
        if values.len() > LIST_ITEMS_MAX {
            let message = format!("{} has more than {LIST_ITEMS_MAX} values in that column", source.name);
            return Err(Finding::new(Fault::TooMuch, message)
                .label("this file")
                .help("divide it"));
        }
    }
    Ok(values)
}

/// The records of a file, with the line on which each begins; empty lines are passed over.
struct Records<'t> {
    reader: Reader,
    rest: &'t [u8],
    bytes: Vec<u8>,
}

impl Records<'_> {
    fn next(&mut self) -> Option<(u64, Vec<String>)> {
        let mut ends = [0; COLUMNS_MAX];
        let line = self.reader.line();
        let (mut filled, mut fields) = (0, 0);
        loop {
            let (result, read, written, ended) = self.reader.read_record(
                self.rest,
                self.bytes.get_mut(filled..).unwrap_or_default(),
                ends.get_mut(fields..).unwrap_or_default(),
            );
            self.rest = self.rest.get(read..).unwrap_or_default();
            filled += written;
            fields += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                // Columns beyond the limit are not looked at.
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    fields = fields.min(COLUMNS_MAX - 1);
                }
                ReadRecordResult::Record => break,
                ReadRecordResult::End if fields == 0 => return None,
                ReadRecordResult::End => break,
            }
        }
        let mut start = 0;
        let fields = ends.get(..fields).unwrap_or_default().iter().map(|end| {
            let field = self.bytes.get(start..*end).unwrap_or_default();
            start = *end;
            String::from_utf8_lossy(field).into_owned()
        });
        Some((line, fields.collect()))
    }
}
