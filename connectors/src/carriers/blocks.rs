//! Bytes into lines: of a message in hand, or of a file of any size in blocks of whole lines.

use super::refusal::EXCERPT_BYTES_MAX;
use milepost_model::{Reject, RejectReason};
use std::io::{self, Read};

/// The longest line that is read; a longer one is refused with its beginning.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// The usual size of a block of lines: with what is made of it, it stays in a core's own cache.
pub const BLOCK_BYTES: usize = 256 << 10;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A line and where it stood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line<'a> {
    /// Line within the file or message, from 1.
    pub number: u64,
    /// Byte offset of its first byte within the file or message.
    pub offset: u64,
    /// Its bytes without the line end.
    pub bytes: &'a [u8],
}

/// The lines of a message. Blank lines are skipped but counted; `\r\n` ends a line like `\n`; a byte order mark at the
/// start is skipped.
#[must_use]
pub fn split(bytes: &[u8]) -> Lines<'_> {
    Block {
        bytes,
        offset: 0,
        line: 1,
    }
    .lines()
}

/// A run of whole lines and where it stood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Block<'a> {
    /// The lines with their ends; only the last line of a file may lack its end.
    pub bytes: &'a [u8],
    /// Byte offset of the first byte within the file.
    pub offset: u64,
    /// Number of the first line, from 1.
    pub line: u64,
}

impl<'a> Block<'a> {
    /// The lines of this block, without blank ones.
    #[must_use]
    pub fn lines(&self) -> Lines<'a> {
        let mut lines = Lines {
            rest: self.bytes,
            number: self.line,
            offset: self.offset,
            text: simdutf8::basic::from_utf8(self.bytes).ok(),
            begin: self.offset,
        };
        if self.offset == 0 && self.bytes.starts_with(BOM) {
            lines.rest = lines.rest.get(BOM.len()..).unwrap_or_default();
            lines.offset = BOM.len() as u64;
        }
        lines
    }
}

/// Iterator over lines; see [`split`].
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    rest: &'a [u8],
    number: u64,
    offset: u64,
    /// All the lines, if they are UTF-8 throughout: looked at as one piece, which costs a fraction of a look at each.
    text: Option<&'a str>,
    /// The offset of the first byte.
    begin: u64,
}

impl<'a> Lines<'a> {
    /// The text of one of these lines; `None` if any of them is not UTF-8.
    #[inline]
    #[must_use]
    pub fn text_of(&self, line: &Line<'a>) -> Option<&'a str> {
        let start = usize::try_from(line.offset.checked_sub(self.begin)?).ok()?;
        self.text?.get(start..)?.get(..line.bytes.len())
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        while !self.rest.is_empty() {
            let end = memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len());
            let (bytes, rest) = self.rest.split_at_checked(end)?;
            let line = Line {
                number: self.number,
                offset: self.offset,
                bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes),
            };
            self.rest = rest.get(1..).unwrap_or_default();
            self.number += 1;
            self.offset += end as u64 + 1;
            if !line.bytes.trim_ascii().is_empty() {
                return Some(line);
            }
        }
        None
    }
}

/// What a file yields: blocks of whole lines, and between them lines that are too long to be kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Chunk<'a> {
    /// Whole lines.
    Lines(Block<'a>),
    /// A line of more than [`LINE_BYTES_MAX`] bytes, already refused.
    TooLong(Reject),
}

/// Reads a file in blocks of whole lines. Memory is bounded by the block and one line, however long the lines are.
pub struct Blocks<R> {
    source: R,
    /// The line that begins after the last block, as far as it is read.
    begun: Vec<u8>,
    block_bytes: usize,
    offset: u64,
    line: u64,
    ended: bool,
}

impl<R: Read> Blocks<R> {
    /// Blocks of [`BLOCK_BYTES`].
    pub fn new(source: R) -> Self {
        Self::with_block_bytes(source, BLOCK_BYTES)
    }

    /// Blocks of at most `block_bytes`; where that holds no whole line, of as many as the longest line has.
    pub fn with_block_bytes(source: R, block_bytes: usize) -> Self {
        Self {
            source,
            begun: Vec::new(),
            block_bytes,
            offset: 0,
            line: 1,
            ended: false,
        }
    }

    /// Reads the next block into `bytes`, which are emptied first; `None` at the end of the file.
    ///
    /// # Errors
    /// What reading the file gave.
    pub fn next_chunk<'b>(&mut self, bytes: &'b mut Vec<u8>) -> io::Result<Option<Chunk<'b>>> {
        bytes.clear();
        bytes.append(&mut self.begun);
        self.read_up_to(self.block_bytes, bytes)?;
        if memchr::memrchr(b'\n', bytes).is_none() {
            self.read_up_to(LINE_BYTES_MAX + 2, bytes)?;
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        match memchr::memrchr(b'\n', bytes) {
            Some(last) => self.begun.extend(bytes.drain(last + 1..)),
            None if bytes.len() <= LINE_BYTES_MAX + 1 => {}
            None => return self.skip_long_line(bytes).map(|reject| Some(Chunk::TooLong(reject))),
        }
        let (offset, line) = (self.offset, self.line);
        self.offset += bytes.len() as u64;
        self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
        Ok(Some(Chunk::Lines(Block { bytes, offset, line })))
    }

    /// The number that the line after all that were given out has, or would have.
    pub fn next_line(&self) -> u64 {
        self.line
    }

    /// Reads until there are so many bytes or the file ends.
    fn read_up_to(&mut self, length: usize, bytes: &mut Vec<u8>) -> io::Result<()> {
        let wanted = length.saturating_sub(bytes.len());
        if wanted > 0 && !self.ended {
            bytes.reserve(wanted);
            let count = self.source.by_ref().take(wanted as u64).read_to_end(bytes)?;
            self.ended = count < wanted;
        }
        Ok(())
    }

    /// Drops the line whose beginning `bytes` are, up to its end, and keeps its beginning.
    fn skip_long_line(&mut self, bytes: &mut Vec<u8>) -> io::Result<Reject> {
        let excerpt = bytes.get(..EXCERPT_BYTES_MAX).unwrap_or(bytes).to_vec();
        let (line, offset) = (self.line, self.offset);
        let mut length = 0;
        let end = loop {
            if let Some(end) = memchr::memchr(b'\n', bytes) {
                break Some(end);
            }
            length += bytes.len() as u64;
            bytes.clear();
            self.read_up_to(LINE_BYTES_MAX, bytes)?;
            if bytes.is_empty() {
                break None;
            }
        };
        if let Some(end) = end {
            length += end as u64;
            self.offset += 1;
            self.begun.extend(bytes.drain(end + 1..));
        }
        self.offset += length;
        self.line += 1;
        Ok(Reject {
            reason: RejectReason::TooLong,
            hint: too_long_hint(length),
            line,
            offset,
            excerpt,
            length,
        })
    }
}

pub(crate) fn too_long_hint(length: u64) -> String {
    format!(
        "the line has {length} bytes, at most {LINE_BYTES_MAX} are read; send one scan per line, and end each line with a newline"
    )
}
