//! Bytes into lines: of a message in hand, or of a file of any size in blocks of whole lines.

use super::refusal::EXCERPT_BYTES_MAX;
use milepost_model::{Reject, RejectReason};
use std::io::{self, Read};

/// The longest line that is read; a longer one is refused with its beginning.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// The usual size of a block of lines.
pub const BLOCK_BYTES: usize = 512 << 10;

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
    buffer: Vec<u8>,
    /// Bytes at the start of `buffer` that the last block has given out.
    given: usize,
    /// Bytes of `buffer` that hold data.
    filled: usize,
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

    /// Blocks of at most `block_bytes`, which is held to at least the longest line.
    pub fn with_block_bytes(source: R, block_bytes: usize) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            given: 0,
            filled: 0,
            block_bytes: block_bytes.max(LINE_BYTES_MAX + 2),
            offset: 0,
            line: 1,
            ended: false,
        }
    }

    /// The next block, or `None` at the end of the file.
    ///
    /// # Errors
    /// What reading the file gave.
    pub fn next_chunk(&mut self) -> io::Result<Option<Chunk<'_>>> {
        self.give_back();
        self.fill()?;
        if self.filled == 0 {
            return Ok(None);
        }
        let held = self.buffer.get(..self.filled).unwrap_or_default();
        let last_end = memchr::memrchr(b'\n', held).map(|at| at + 1);
        let is_last_line = self.ended && held.len() <= LINE_BYTES_MAX + 1;
        let Some(end) = last_end.or(is_last_line.then_some(self.filled)) else {
            return self.skip_long_line().map(|reject| Some(Chunk::TooLong(reject)));
        };
        self.given = end;
        let bytes = self.buffer.get(..end).unwrap_or_default();
        Ok(Some(Chunk::Lines(Block {
            bytes,
            offset: self.offset,
            line: self.line,
        })))
    }

    /// The number that the line after all that were given out has, or would have.
    pub fn next_line(&self) -> u64 {
        self.line
    }

    /// Forgets what the last block held, and moves the begun line after it to the front.
    fn give_back(&mut self) {
        let given = self.buffer.get(..self.given).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', given).count() as u64;
        self.offset += self.given as u64;
        self.buffer.copy_within(self.given..self.filled, 0);
        self.filled -= self.given;
        self.given = 0;
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.resize(self.block_bytes, 0);
        while !self.ended {
            let Some(free) = self.buffer.get_mut(self.filled..).filter(|free| !free.is_empty()) else {
                return Ok(());
            };
            match self.source.read(free) {
                Ok(0) => self.ended = true,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Drops the bytes of the line that fills the whole buffer, up to its end, and keeps its beginning.
    fn skip_long_line(&mut self) -> io::Result<Reject> {
        let held = self.buffer.get(..self.filled).unwrap_or_default();
        let excerpt = held.get(..EXCERPT_BYTES_MAX).unwrap_or(held).to_vec();
        let (line, offset) = (self.line, self.offset);
        let mut length = 0;
        loop {
            let held = self.buffer.get(..self.filled).unwrap_or_default();
            let end = memchr::memchr(b'\n', held);
            length += end.unwrap_or(held.len()) as u64;
            self.given = end.map_or(held.len(), |end| end + 1);
            self.give_back();
            if end.is_some() || self.ended {
                break;
            }
            self.fill()?;
        }
        // The end of the last line of a file is no line end.
        self.line = line + 1;
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
