//! A file as messages, a few at a time: lines are never read as a whole.

use super::look::{Found, Stamp};
use super::{Fate, shape};
use crate::ingress::Packer;
use bytes::Bytes;
use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::carriers::{Block, Blocks, Chunk, Format, Mapping, PAYLOAD_BYTES_MAX, Reading};
use milepost_connectors::log::{Append, Destination};
use milepost_model::partition;
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::{self, Read};

/// Parts that could not be sent, and are named.
const NAMED_MAX: usize = 20;

/// A file being sent.
pub(super) struct Source {
    to: Destination,
    format: Option<Box<str>>,
    rest: Rest,
    bytes_max: usize,
    /// What does not fit into a message: where, and how long it is.
    unsent: Vec<String>,
    unsent_count: usize,
}

enum Rest {
    /// Records, many in a message. CSV has its columns in each.
    Records(Blocks<File>, Format, Packer),
    /// Payloads, each a message.
    PayloadALine(Blocks<File>),
    Payloads(Numbered),
}

type Numbered = std::iter::Zip<std::ops::RangeFrom<usize>, std::vec::IntoIter<Vec<u8>>>;

impl Source {
    /// Opens the file that was found, and no other.
    ///
    /// # Errors
    /// What becomes of it when nothing of it can be sent.
    pub(super) fn open(found: &Found, bytes_max: usize, formats: &Formats) -> Result<Self, Fate> {
        let refused = |error| Fate::Refused(format!("It cannot be read: {error}. See its rights."));
        let mut file = open(found).map_err(refused)?;
        if !found.is_unchanged() {
            return Err(Fate::Later("it changed while it was opened".to_owned()));
        }
        let reading = shape::of(&mut file, found.folder.as_deref(), formats).map_err(Fate::Refused)?;
        let (format, rest) = match reading {
            Reading::Lines(format) => {
                let name = (format != Format::Canonical).then(|| format.name().into());
                (name, Rest::Records(Blocks::new(file), format, Packer::new(bytes_max)))
            }
            Reading::PayloadALine(mapping) => (Some(mapping.name().into()), Rest::PayloadALine(Blocks::new(file))),
            Reading::Payload(mapping) => {
                let payloads = payloads(&mapping, file).map_err(Fate::Refused)?;
                (Some(mapping.name().into()), Rest::Payloads((1..).zip(payloads)))
            }
        };
        Ok(Self {
            // All of a file, in its order, in one share.
            to: Destination::Partition(partition(&found.name())),
            format,
            rest,
            bytes_max,
            unsent: Vec::new(),
            unsent_count: 0,
        })
    }

    /// The next messages; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Vec<Append>>> {
        let mut bytes = Vec::new();
        let (mut payloads, mut too_long) = (Vec::new(), Vec::new());
        let chunk = match &mut self.rest {
            Rest::Records(blocks, _, _) | Rest::PayloadALine(blocks) => blocks.next_chunk(&mut bytes)?,
            Rest::Payloads(rest) => {
                let Some((number, payload)) = rest.next() else {
                    return Ok(None);
                };
                if payload.len() > self.bytes_max {
                    too_long.push(format!("payload {number} ({} bytes)", payload.len()));
                } else {
                    payloads.push(Bytes::from(payload));
                }
                None
            }
        };
        match (&mut self.rest, chunk) {
            (Rest::Payloads(_), _) => {}
            (_, None) => return Ok(None),
            (_, Some(Chunk::TooLong(reject))) => too_long.push(line(reject.line, reject.length)),
            (Rest::Records(_, format, packer), Some(Chunk::Lines(block))) => {
                pack(packer, *format, &block, &mut too_long);
                payloads = packer.take();
            }
            (Rest::PayloadALine(_), Some(Chunk::Lines(block))) => {
                for payload in block.lines() {
                    if payload.bytes.len() > self.bytes_max {
                        too_long.push(line(payload.number, payload.bytes.len() as u64));
                    } else {
                        payloads.push(Bytes::copy_from_slice(payload.bytes));
                    }
                }
            }
        }
        self.unsent_count += too_long.len();
        let room = NAMED_MAX.saturating_sub(self.unsent.len());
        self.unsent.extend(too_long.into_iter().take(room));
        Ok(Some(
            payloads.into_iter().map(|payload| self.message(payload)).collect(),
        ))
    }

    fn message(&self, payload: Bytes) -> Append {
        Append {
            to: self.to.clone(),
            format: self.format.clone(),
            payload,
        }
    }

    /// What of it was not sent, and what to do; `None` when all was.
    pub(super) fn unsent(&self) -> Option<String> {
        if self.unsent_count == 0 {
            return None;
        }
        let more = self.unsent_count - self.unsent.len();
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        Some(format!(
            "{} of its parts are longer than a message of the log, which has {} bytes at most, and were not stored: {}{more}. All \
             the rest was stored.\nDivide them, or raise max_payload of the NATS server, and put the file here again: what was \
             stored then changes nothing.",
            self.unsent_count,
            self.bytes_max,
            self.unsent.join(", ")
        ))
    }
}

fn line(number: u64, length: u64) -> String {
    format!("line {number} ({length} bytes)")
}

fn pack(packer: &mut Packer, format: Format, block: &Block<'_>, too_long: &mut Vec<String>) {
    for record in block.lines() {
        if format == Format::Csv && !packer.has_head() {
            packer.set_head(record.bytes);
        } else if packer.is_too_long(record.bytes.len()) {
            too_long.push(line(record.number, record.bytes.len() as u64));
        } else {
            packer.push(record.bytes);
        }
    }
}

/// The payloads of a file that has to be read as a whole.
fn payloads(mapping: &Mapping, file: File) -> Result<Vec<Vec<u8>>, String> {
    let mut whole = Vec::new();
    let read = file.take(PAYLOAD_BYTES_MAX as u64 + 1).read_to_end(&mut whole);
    read.map_err(|error| format!("It cannot be read: {error}."))?;
    if whole.len() > PAYLOAD_BYTES_MAX {
        return Err(format!(
            "It is larger than {PAYLOAD_BYTES_MAX} bytes. Divide it, with a payload a line where it is JSON."
        ));
    }
    let payloads = mapping.payloads(&whole);
    Ok(payloads.into_iter().map(<[u8]>::to_vec).collect())
}

/// Opens a regular file, and nothing that has taken its place: no link is followed, no pipe waited for.
fn open(found: &Found) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(&found.path, flags, Mode::empty())?);
    if Stamp::of(&file.metadata()?).is_same_file(found.stamp) {
        return Ok(file);
    }
    Err(io::Error::other("another file has taken its place"))
}
