//! Files as input, block by block; and what the engine decides written to files.

use anyhow::{Context, Result, bail};
use milepost_connectors::carriers::{Blocks, Chunk, Format, Mapping, PAYLOAD_BYTES_MAX, Reading};
use milepost_model::{Position, Reject, Timestamp};
use milepost_runtime::intake::{FileLines, Input, Refused, name_of};
use milepost_runtime::outbox::{Outgo, Outlet, reject_json};
use milepost_runtime::spares::Spares;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Blocks that wait to be filled again.
const SPARES_MAX: usize = 32;

/// Bytes at which it is seen how a file of JSON payloads is divided.
const PEEKED_BYTES: usize = 1 << 20;

type Source = Box<dyn Read + Send>;

/// A file being read.
struct Open {
    file: Arc<str>,
    rest: Rest,
}

/// What of a file is still to be read.
enum Rest {
    /// Lines: records, or payloads of JSON.
    Lines(Reading, Blocks<Source>),
    /// Payloads over many lines, which were read at once: offset and bytes of each.
    Payloads(Arc<Mapping>, std::vec::IntoIter<(u64, Vec<u8>)>),
}

/// Reads files one after the other, or standard input for `-`.
pub(crate) struct Files<'a> {
    waiting: std::vec::IntoIter<PathBuf>,
    reading: Reading,
    current: Option<Open>,
    lines_before: u64,
    /// Lines of the file before the present one.
    lines: u64,
    /// First line of the present file, where it names columns.
    header: Option<Arc<[u8]>>,
    until: Option<Timestamp>,
    /// Told the bytes of each block read.
    progress: Box<dyn FnMut(u64) + Send + 'a>,
    spares: Spares<Vec<u8>>,
}

impl<'a> Files<'a> {
    pub(crate) fn new(
        files: Vec<PathBuf>,
        reading: Reading,
        until: Option<Timestamp>,
        progress: Box<dyn FnMut(u64) + Send + 'a>,
    ) -> Self {
        Self {
            waiting: files.into_iter(),
            reading,
            current: None,
            lines_before: 0,
            lines: 0,
            header: None,
            until,
            progress,
            spares: Spares::new(SPARES_MAX),
        }
    }

    fn open(&mut self, path: &Path) -> Result<()> {
        let source: Source = if path.as_os_str() == "-" {
            Box::new(std::io::stdin())
        } else {
            let mut file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
            refuse_compressed(&mut file, path)?;
            Box::new(file)
        };
        self.lines_before += self.lines;
        self.lines = 0;
        self.header = None;
        let rest = match &self.reading {
            Reading::Lines(_) | Reading::PayloadALine(_) => Rest::Lines(self.reading.clone(), Blocks::new(source)),
            Reading::Payload(mapping) => {
                divide(mapping, source).with_context(|| format!("cannot read {}", path.display()))?
            }
        };
        let file = Arc::from(path.to_string_lossy());
        self.current = Some(Open { file, rest });
        Ok(())
    }

    fn read(&mut self) -> Result<Option<Input>> {
        loop {
            let Some(Open { file, rest }) = &mut self.current else {
                let Some(path) = self.waiting.next() else {
                    return Ok(self.until.take().map(Input::Until));
                };
                self.open(&path)?;
                continue;
            };
            let (file, lines_before) = (Arc::clone(file), self.lines_before);
            let mut bytes = self.spares.lend();
            let (reading, blocks) = match rest {
                Rest::Lines(reading, blocks) => (reading, blocks),
                Rest::Payloads(mapping, payloads) => {
                    let Some((offset, payload)) = payloads.next() else {
                        self.current = None;
                        continue;
                    };
                    (self.progress)(payload.len() as u64);
                    self.lines += 1;
                    bytes.clear();
                    bytes.extend_from_slice(&payload);
                    return Ok(Some(Input::Lines(FileLines {
                        file,
                        bytes,
                        offset,
                        line: self.lines,
                        lines_before,
                        reading: Reading::Payload(Arc::clone(mapping)),
                        header: None,
                    })));
                }
            };
            let chunk = blocks.next_chunk(&mut bytes);
            match chunk.with_context(|| format!("cannot read {file}"))? {
                Some(Chunk::Lines(block)) => {
                    (self.progress)(block.bytes.len() as u64);
                    let (offset, line) = (block.offset, block.line);
                    let header = self.header.clone();
                    if matches!(reading, Reading::Lines(Format::Csv)) && header.is_none() {
                        self.header = block.lines().next().map(|line| Arc::from(line.bytes));
                    }
                    return Ok(Some(Input::Lines(FileLines {
                        file,
                        bytes,
                        offset,
                        line,
                        lines_before,
                        reading: reading.clone(),
                        header,
                    })));
                }
                Some(Chunk::TooLong(reject)) => {
                    (self.progress)(reject.length);
                    return Ok(Some(refused(file, lines_before, reading, reject)));
                }
                None => {
                    self.lines = blocks.next_line();
                    self.current = None;
                }
            }
        }
    }
}

/// A line of a file that is too long to be read.
fn refused(file: Arc<str>, lines_before: u64, reading: &Reading, reject: Reject) -> Input {
    let position = Position {
        partition: None,
        sequence: lines_before + reject.line,
    };
    Input::Refused(Refused {
        file,
        position,
        format: name_of(reading),
        reject,
    })
}

/// A file of payloads: a line each where the first line is a whole one, else as they stand.
fn divide(mapping: &Arc<Mapping>, source: Source) -> Result<Rest> {
    let mut source = BufReader::with_capacity(PEEKED_BYTES, source);
    let peeked = source.fill_buf()?;
    if mapping.is_whole_line(peeked) {
        return Ok(Rest::Lines(
            Reading::PayloadALine(Arc::clone(mapping)),
            Blocks::new(Box::new(source)),
        ));
    }
    let mut whole = Vec::new();
    source.take(PAYLOAD_BYTES_MAX as u64 + 1).read_to_end(&mut whole)?;
    if whole.len() > PAYLOAD_BYTES_MAX {
        bail!("it is larger than {PAYLOAD_BYTES_MAX} bytes; divide it, with a payload a line where it is JSON");
    }
    let mut offset = 0;
    let mut payloads = Vec::new();
    for payload in mapping.payloads(&whole) {
        payloads.push((offset, payload.to_vec()));
        offset += payload.len() as u64;
    }
    Ok(Rest::Payloads(Arc::clone(mapping), payloads.into_iter()))
}

/// Bytes that compressed files begin with, and what turns them into lines.
const COMPRESSED: [(&[u8], &str); 4] = [
    (b"\x1f\x8b", "gzip -dc"),
    (b"\x28\xb5\x2f\xfd", "zstd -dc"),
    (b"BZh", "bzip2 -dc"),
    (b"\xfd7zXZ", "xz -dc"),
];

/// What unpacks a file that begins so, if it is compressed.
pub(crate) fn unpacker(begin: &[u8]) -> Option<&'static str> {
    let known = COMPRESSED.iter().find(|(magic, _)| begin.starts_with(magic));
    known.map(|(_, tool)| *tool)
}

/// A compressed file is no lines: each of its bytes would be refused.
fn refuse_compressed(file: &mut File, path: &Path) -> Result<()> {
    let mut begin = Vec::new();
    // A pipe cannot be read twice.
    if file.metadata().is_ok_and(|about| about.is_file()) {
        let read = Read::by_ref(file).take(8).read_to_end(&mut begin);
        read.and_then(|_| file.rewind())
            .with_context(|| format!("cannot read {}", path.display()))?;
    }
    match unpacker(&begin) {
        Some(tool) => bail!(
            "{path} is compressed; unpack it on the way and give `-` in its place, as in: {tool} {path} | milepost replay -",
            path = path.display()
        ),
        None => Ok(()),
    }
}

impl Iterator for Files<'_> {
    type Item = Result<Input>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// Writes `jobs.ndjson` and `rejects.ndjson`.
pub(crate) struct FileOutlet {
    jobs: BufWriter<File>,
    rejects: BufWriter<File>,
    pub(crate) totals: Totals,
}

/// What went out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) scans: u64,
    pub(crate) jobs: u64,
    pub(crate) rejects: u64,
    pub(crate) rejects_by_reason: BTreeMap<&'static str, u64>,
    pub(crate) now: Option<Timestamp>,
}

impl FileOutlet {
    pub(crate) fn create(dir: &Path) -> Result<Self> {
        let create = |name: &str| {
            let path = dir.join(name);
            let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
            Ok::<_, anyhow::Error>(BufWriter::with_capacity(1 << 20, file))
        };
        Ok(Self {
            jobs: create("jobs.ndjson")?,
            rejects: create("rejects.ndjson")?,
            totals: Totals::default(),
        })
    }

    /// Writes what is left.
    pub(crate) fn finish(mut self) -> Result<Totals> {
        self.jobs
            .flush()
            .context("cannot write jobs.ndjson; is the disk full?")?;
        self.rejects
            .flush()
            .context("cannot write rejects.ndjson; is the disk full?")?;
        Ok(self.totals)
    }
}

impl Outlet for FileOutlet {
    fn take(&mut self, outgo: Outgo) -> Result<()> {
        for job in &outgo.jobs {
            let written = self
                .jobs
                .write_all(job.json.as_bytes())
                .and_then(|()| self.jobs.write_all(b"\n"));
            written.context("cannot write jobs.ndjson; is the disk full?")?;
        }
        for refused in &outgo.refused {
            writeln!(self.rejects, "{}", reject_json(refused))
                .context("cannot write rejects.ndjson; is the disk full?")?;
            *self
                .totals
                .rejects_by_reason
                .entry(refused.reject.reason.as_str())
                .or_default() += 1;
        }
        self.totals.scans += outgo.scans;
        self.totals.jobs += outgo.jobs.len() as u64;
        self.totals.rejects += outgo.refused.len() as u64;
        self.totals.now = Some(outgo.now).filter(|now| *now != Timestamp::MIN);
        Ok(())
    }
}
