//! Files as input, block by block; and what the engine decides written to files.

use anyhow::{Context, Result, bail};
use milepost_connectors::carriers::{Blocks, Chunk, Format, Mapping, PAYLOAD_BYTES_MAX, Reading};
use milepost_model::{Position, Timestamp};
use milepost_runtime::intake::{FileLines, Input, Refused};
use milepost_runtime::outbox::{Outgo, Outlet, reject_json};
use milepost_runtime::spares::Spares;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Blocks that wait to be filled again.
const SPARES_MAX: usize = 32;

/// A file being read, and its name.
type Open = (Arc<str>, Blocks<Box<dyn Read + Send>>);

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
        let source: Box<dyn Read + Send> = if path.as_os_str() == "-" {
            Box::new(std::io::stdin())
        } else {
            let mut file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
            refuse_compressed(&mut file, path)?;
            Box::new(file)
        };
        self.lines_before += self.lines;
        self.lines = 0;
        self.header = None;
        self.current = Some((Arc::from(path.to_string_lossy()), Blocks::new(source)));
        Ok(())
    }

    fn read(&mut self) -> Result<Option<Input>> {
        loop {
            let Some((file, blocks)) = &mut self.current else {
                let Some(path) = self.waiting.next() else {
                    return Ok(self.until.take().map(Input::Until));
                };
                self.open(&path)?;
                continue;
            };
            let mut bytes = self.spares.lend();
            let chunk = blocks.next_chunk(&mut bytes);
            let chunk = chunk.with_context(|| format!("cannot read {file}"))?;
            let (file, lines_before) = (Arc::clone(file), self.lines_before);
            match chunk {
                Some(Chunk::Lines(block)) => {
                    (self.progress)(block.bytes.len() as u64);
                    let (offset, line) = (block.offset, block.line);
                    let header = self.header.clone();
                    if matches!(self.reading, Reading::Lines(Format::Csv)) && header.is_none() {
                        self.header = block.lines().next().map(|line| Arc::from(line.bytes));
                    }
                    return Ok(Some(Input::Lines(FileLines {
                        file,
                        bytes,
                        offset,
                        line,
                        lines_before,
                        reading: self.reading.clone(),
                        header,
                    })));
                }
                Some(Chunk::TooLong(reject)) => {
                    (self.progress)(reject.length);
                    let position = Position {
                        partition: None,
                        sequence: lines_before + reject.line,
                    };
                    return Ok(Some(Input::Refused(Refused { file, position, reject })));
                }
                None => {
                    self.lines = blocks.next_line();
                    self.current = None;
                }
            }
        }
    }
}

/// Bytes that compressed files begin with, and what turns them into lines.
const COMPRESSED: [(&[u8], &str); 4] = [
    (b"\x1f\x8b", "gzip -dc"),
    (b"\x28\xb5\x2f\xfd", "zstd -dc"),
    (b"BZh", "bzip2 -dc"),
    (b"\xfd7zXZ", "xz -dc"),
];

/// A compressed file is no lines: each of its bytes would be refused.
fn refuse_compressed(file: &mut File, path: &Path) -> Result<()> {
    let mut begin = Vec::new();
    // A pipe cannot be read twice.
    if file.metadata().is_ok_and(|about| about.is_file()) {
        let read = Read::by_ref(file).take(8).read_to_end(&mut begin);
        read.and_then(|_| file.rewind())
            .with_context(|| format!("cannot read {}", path.display()))?;
    }
    match COMPRESSED.iter().find(|(magic, _)| begin.starts_with(magic)) {
        Some((_, tool)) => bail!(
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
