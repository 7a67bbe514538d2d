//! What is in a file, by its shape: the same for `milepost decode`, `milepost replay` and the watched folder.

use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::carriers::{Format, PAYLOAD_BYTES_MAX, Reading, Shapeless};
use std::fs::File;
use std::io::{Read, Result, Seek};

/// Bytes at which the shape is seen, where lines say it.
pub(crate) const BEGIN_BYTES: u64 = 1 << 20;

/// The first bytes; the file is then at its beginning again.
pub(crate) fn begin(file: &mut File, bytes_max: u64) -> Result<Vec<u8>> {
    let mut begin = Vec::new();
    Read::by_ref(file).take(bytes_max).read_to_end(&mut begin)?;
    file.rewind()?;
    Ok(begin)
}

/// How a file is read that begins so. It is read on where its first payload is longer than that.
pub(crate) fn of(
    file: &mut File,
    begin_read: &[u8],
    formats: &Formats,
) -> Result<std::result::Result<Reading, Shapeless>> {
    let first = begin_read.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_enough = (begin_read.len() as u64) < BEGIN_BYTES
        || Format::of_shape(begin_read) == Some(Format::Csv)
        || (first.len() < begin_read.len() && serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok());
    if is_enough {
        return Ok(Reading::of_shape(begin_read, formats));
    }
    Ok(Reading::of_shape(&begin(file, PAYLOAD_BYTES_MAX as u64)?, formats))
}
