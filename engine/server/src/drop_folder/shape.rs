//! What is in a file: by the folder in which it stands, else by its shape, as `milepost decode --format auto` finds it.

use crate::files::unpacker;
use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::carriers::{Format, PAYLOAD_BYTES_MAX, Reading};
use std::fs::File;
use std::io::{Read, Seek};
use std::sync::Arc;

/// Bytes at which the shape is seen, where lines say it.
const BEGIN_BYTES: u64 = 1 << 20;

/// How the file is read, or why it cannot be, and what to do.
pub(super) fn of(file: &mut File, folder: Option<&str>, formats: &Formats) -> Result<Reading, String> {
    let begin = begin(file, BEGIN_BYTES).map_err(|error| format!("It cannot be read: {error}."))?;
    if begin.trim_ascii().is_empty() {
        return Err("It is empty.".to_owned());
    }
    if let Some(tool) = unpacker(&begin) {
        return Err(format!("It is compressed. Unpack it ({tool}) and put that here."));
    }
    let Some(folder) = folder else {
        return by_shape(file, &begin, formats);
    };
    let reading = Reading::of_name(folder, formats).map_err(|_| {
        format!(
            "Its folder `{folder}` names no format: `milepost decode --list` names those there are. Put it into a folder that is \
             called as its format, or beside the folders, then its shape tells."
        )
    })?;
    Ok(divided(reading, &begin))
}

/// A payload a line, where the first line is a whole one.
fn divided(reading: Reading, begin: &[u8]) -> Reading {
    match reading {
        Reading::Payload(mapping) if mapping.is_whole_line(begin) => Reading::PayloadALine(mapping),
        Reading::Payload(_) | Reading::PayloadALine(_) | Reading::Lines(_) => reading,
    }
}

fn by_shape(file: &mut File, begin_read: &[u8], formats: &Formats) -> Result<Reading, String> {
    let first = begin_read.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let whole;
    let sample = if first.len() < begin_read.len() && serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok() {
        first
    } else if Format::of_shape(begin_read) == Some(Format::Csv) || (begin_read.len() as u64) < BEGIN_BYTES {
        begin_read
    } else {
        whole = begin(file, PAYLOAD_BYTES_MAX as u64).map_err(|error| format!("It cannot be read: {error}."))?;
        &whole
    };
    match formats.detect(sample).as_slice() {
        [one] => Ok(divided(Reading::Payload(Arc::clone(one)), begin_read)),
        [] => Format::of_shape(begin_read).map(Reading::Lines).ok_or_else(|| {
            "No format that is known looks like this. Put it into a folder that is called as its format \
             (`milepost decode --list` names them); `milepost decode FILE --format NAME` shows what it becomes."
                .to_owned()
        }),
        several => {
            let names: Vec<&str> = several.iter().map(|mapping| mapping.name()).collect();
            Err(format!(
                "It may be any of {}. Put it into a folder that is called as its format.",
                names.join(", ")
            ))
        }
    }
}

/// The first bytes; the file is then at its beginning again.
fn begin(file: &mut File, bytes_max: u64) -> std::io::Result<Vec<u8>> {
    let mut begin = Vec::new();
    Read::by_ref(file).take(bytes_max).read_to_end(&mut begin)?;
    file.rewind()?;
    Ok(begin)
}
