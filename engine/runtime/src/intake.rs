//! First stage: bytes of a file or messages of the log become scans, sorted by the shard that will hold them, and steps
//! that say in which order they stood.

use crate::format_texts::{self, FormatSet, FormatTexts};
use crate::rule_texts::{self, Rules};
use crate::saving::ToSave;
use crate::spares::{Lent, Spares};
use anyhow::Result;
use crossbeam_channel::Sender;
use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::carriers::{
    Block, Decoder, Defaults, Format, Line, Mapping, Reading, Refusal, Scratch, split,
};
use milepost_connectors::log::{Control, Message};
use milepost_core::{ScanBatch, shard_of};
use milepost_model::{Code, Kind, Position, Reject, RejectReason, Scan, ScanTime, Timestamp};
use std::sync::Arc;

/// Lines of one message that are refused one by one: each becomes a reject of several hundred bytes, and a message of a
/// megabyte can have half a million lines.
const REFUSED_LINES_MAX: usize = 1000;

/// What comes in, piece by piece, in order.
pub enum Input {
    /// Whole lines of a file.
    Lines(FileLines),
    /// A line of a file that was refused while reading.
    Refused(Refused),
    /// Messages of the log, and by which formats the first of them is read.
    Messages(Vec<Message>, Arc<Formats>),
    /// Save all shards as they are after everything before; the log continues at the cut, read by the formats of these files.
    Save(ToSave, Arc<FormatTexts>),
    /// Time passes up to here, as if a tick stood in the log.
    Until(Timestamp),
}

/// Whole lines of a file.
pub struct FileLines {
    /// Its name.
    pub file: Arc<str>,
    /// The lines.
    pub bytes: Lent<Vec<u8>>,
    /// Where they stand in the file.
    pub offset: u64,
    /// Number of the first line within the file.
    pub line: u64,
    /// Lines of the files before this one: positions count on across files.
    pub lines_before: u64,
    /// What the lines are; of one payload all of them.
    pub reading: Reading,
    /// The first line of the file where it names the columns and these are later lines.
    pub header: Option<Arc<[u8]>>,
}

/// A refused record and where it came from.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The file; empty for the log.
    pub file: Arc<str>,
    /// The message, or the line of all files.
    pub position: Position,
    /// What it was read as; empty for canonical scans, and where no format is known.
    pub format: Arc<str>,
    /// Why, and the record itself as far as it is kept.
    pub reject: Reject,
}

/// One step of the log, in order.
pub enum Step {
    /// A message that the log took at this time.
    Message(Timestamp),
    /// A tick.
    Tick(Position),
    /// Other rules.
    Rules(Rules, Position),
    /// The next scan of this shard's batch.
    Scan(ScanStep),
}

/// A scan among the steps, and where its bytes stand in case that it is refused.
pub struct ScanStep {
    /// Whose it is.
    pub shard: u16,
    /// Place of its message in the input; 0 for a file.
    pub message: u32,
    /// Its message.
    pub position: Position,
    /// When it happened.
    pub time: ScanTime,
    /// What it is.
    pub kind: Kind,
    /// Its line within the file or message.
    pub line: u64,
    /// Where that begins, in bytes.
    pub offset: u64,
}

/// What a piece of input says.
pub struct Decoded {
    /// The piece itself.
    pub input: Input,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// One batch per shard.
    pub batches: Vec<Lent<ScanBatch>>,
    /// What could not be read.
    pub refused: Vec<Refused>,
    /// Scans with a code of the carrier's that nobody knows.
    pub unmapped: u64,
}

/// Decodes pieces of input. Each decoding thread has its own.
pub struct Intake {
    decoder: Decoder,
    scratch: Scratch,
    defaults: Arc<Defaults>,
    batches: Spares<ScanBatch>,
    shards: usize,
}

impl Intake {
    /// For so many shards. Batches are taken from `batches` and come back to it.
    #[must_use]
    pub fn new(defaults: Arc<Defaults>, batches: Spares<ScanBatch>, shards: usize) -> Self {
        Self {
            decoder: Decoder::new(),
            scratch: Scratch::new(),
            defaults,
            batches,
            shards,
        }
    }

    /// Decodes a piece.
    pub fn decode(&mut self, input: Input) -> Decoded {
        let batches = (0..self.shards).map(|_| self.batches.lend()).collect();
        let mut decoded = Decoded {
            input,
            steps: Vec::new(),
            batches,
            refused: Vec::new(),
            unmapped: 0,
        };
        // The bytes stay with the piece: a later stage may refuse a scan and must say what it was.
        let input = std::mem::replace(&mut decoded.input, Input::Until(Timestamp::MIN));
        match &input {
            Input::Lines(lines) => self.file(lines, &mut decoded),
            Input::Messages(messages, formats) => {
                let mut formats = Arc::clone(formats);
                for (number, message) in (0u32..).zip(messages) {
                    decoded.steps.push(Step::Message(message.timestamp));
                    self.message(number, message, &mut formats, &mut decoded);
                }
            }
            Input::Refused(refused) => decoded.refused.push(refused.clone()),
            Input::Save(..) | Input::Until(_) => {}
        }
        decoded.input = input;
        decoded
    }

    fn file(&mut self, lines: &FileLines, decoded: &mut Decoded) {
        let block = Block {
            bytes: &lines.bytes,
            offset: lines.offset,
            line: lines.line,
        };
        let position = |line: u64| Position {
            partition: None,
            sequence: lines.lines_before + line,
        };
        match &lines.reading {
            Reading::Lines(format) => {
                self.decoder.begin(*format);
                if let Some(header) = &lines.header {
                    // What is wrong with it was told when its own block was read.
                    let _ = self.decoder.decode(header, &self.scratch, &self.defaults);
                }
                let mut of_block = block.lines();
                while let Some(line) = of_block.next() {
                    let position = position(line.number);
                    let text = of_block.text_of(&line);
                    if let Err(refusal) = self.line(&line, text, (0, position), decoded) {
                        decoded.refused.push(Refused {
                            file: Arc::clone(&lines.file),
                            position,
                            format: name_of(&lines.reading),
                            reject: refusal.at(&line),
                        });
                    }
                }
            }
            Reading::PayloadALine(mapping) => {
                for line in block.lines() {
                    self.payload(mapping, &line, (&lines.file, 0, position(line.number)), decoded);
                }
            }
            Reading::Payload(mapping) => {
                let whole = Line {
                    number: lines.line,
                    offset: lines.offset,
                    bytes: &lines.bytes,
                };
                self.payload(mapping, &whole, (&lines.file, 0, position(lines.line)), decoded);
            }
        }
    }

    /// Decodes a payload of a mapped format. What is refused of it is told with its beginning: a record may stand anywhere in it.
    fn payload(
        &mut self,
        mapping: &Mapping,
        payload: &Line<'_>,
        (file, message, at): (&Arc<str>, u32, Position),
        decoded: &mut Decoded,
    ) {
        self.scratch.reset();
        let (shards, texts) = (self.shards, (&self.scratch, &*self.defaults));
        let (mut refused, mut rest) = (0, 0_u64);
        self.decoder
            .decode_payload(mapping, payload.bytes, texts, &mut |given| match given.scan {
                Ok(scan) => decoded.take(scan, shards, (message, at), payload),
                Err(_) if refused == REFUSED_LINES_MAX => rest += 1,
                Err(mut refusal) => {
                    refused += 1;
                    if given.number > 0 {
                        refusal.hint = format!("record {}: {}", given.number, refusal.hint);
                    }
                    decoded.refused.push(Refused {
                        file: Arc::clone(file),
                        position: at,
                        format: mapping.name().into(),
                        reject: refusal.at(payload),
                    });
                }
            });
        if rest > 0 {
            let hint = format!(
                "{REFUSED_LINES_MAX} records of this payload were refused, and {rest} more; it stands whole where it came from: \
                 mend what writes it, or its mapping, and send it again"
            );
            let reason = RejectReason::TooManyRefused;
            decoded.refused.push(Refused {
                file: Arc::clone(file),
                position: at,
                format: mapping.name().into(),
                reject: Refusal { reason, hint }.at(payload),
            });
        }
    }

    fn message(&mut self, number: u32, message: &Message, formats: &mut Arc<Formats>, decoded: &mut Decoded) {
        if message.position.partition.is_none() {
            match control(&message.payload, message.position, formats) {
                Ok(step) => decoded.steps.extend(step),
                Err(refusal) => refuse_whole(message, refusal, decoded),
            }
            return;
        }
        let reading = match message.format.as_deref() {
            None => Ok((Reading::default(), None)),
            Some(header) => Reading::of_message(header, formats, &self.defaults),
        };
        let (reading, of_feed) = match reading {
            Ok(reading) => reading,
            Err(refusal) => return refuse_whole(message, refusal, decoded),
        };
        let usual = of_feed.map(|of_feed| std::mem::replace(&mut self.defaults, Arc::new(of_feed)));
        match reading {
            Reading::Lines(format) => self.lines(format, number, message, decoded),
            Reading::Payload(mapping) | Reading::PayloadALine(mapping) => {
                let whole = Line {
                    number: 1,
                    offset: 0,
                    bytes: &message.payload,
                };
                self.payload(&mapping, &whole, (&Arc::from(""), number, message.position), decoded);
            }
        }
        if let Some(usual) = usual {
            self.defaults = usual;
        }
    }

    fn lines(&mut self, format: Format, number: u32, message: &Message, decoded: &mut Decoded) {
        self.decoder.begin(format);
        let refused_before = decoded.refused.len();
        let mut lines = split(&message.payload);
        while let Some(line) = lines.next() {
            if decoded.refused.len() - refused_before >= REFUSED_LINES_MAX {
                refuse_rest(message, format, &line, decoded);
                break;
            }
            let text = lines.text_of(&line);
            if let Err(refusal) = self.line(&line, text, (number, message.position), decoded) {
                decoded.refused.push(Refused {
                    file: Arc::from(""),
                    position: message.position,
                    format: name_of(&Reading::Lines(format)),
                    reject: refusal.at(&line),
                });
            }
        }
    }

    /// Decodes a line, of which the text is known if all lines that came with it are text.
    fn line(
        &mut self,
        line: &Line<'_>,
        text: Option<&str>,
        (message, at): (u32, Position),
        decoded: &mut Decoded,
    ) -> Result<(), Refusal> {
        self.scratch.reset();
        let (shards, scratch, defaults) = (self.shards, &self.scratch, &self.defaults);
        let take = &mut |scan: &Scan<'_>| decoded.take(scan, shards, (message, at), line);
        match text {
            Some(text) => self.decoder.decode_text_to(text, scratch, defaults, take),
            None => self.decoder.decode_to(line.bytes, scratch, defaults, take),
        }
    }
}

impl Decoded {
    /// Takes a scan that stands in this line, or in the payload that begins there.
    #[inline]
    fn take(&mut self, scan: &Scan<'_>, shards: usize, (message, at): (u32, Position), line: &Line<'_>) {
        let share = scan.number.partition();
        let shard = shard_of(share, shards);
        let position = Position {
            partition: at.partition.or(Some(share)),
            ..at
        };
        self.unmapped += u64::from(scan.code == Code::Unmapped);
        if let Some(batch) = self.batches.get_mut(shard) {
            batch.push(position, scan);
        }
        self.steps.push(Step::Scan(ScanStep {
            shard: u16::try_from(shard).expect("at most 64 shards"),
            message,
            position,
            time: scan.time,
            kind: scan.kind,
            line: line.number,
            offset: line.offset,
        }));
    }

    /// The reject of a scan that decoded well and is refused for another reason.
    #[must_use]
    pub fn refuse(&self, scan: &ScanStep, reason: RejectReason, hint: String) -> Refused {
        let nowhere = || Arc::from("");
        let (file, format, bytes) = match &self.input {
            Input::Lines(lines) => {
                let from = usize::try_from(scan.offset - lines.offset).unwrap_or(usize::MAX);
                (
                    Arc::clone(&lines.file),
                    name_of(&lines.reading),
                    lines.bytes.get(from..),
                )
            }
            Input::Messages(messages, _) => {
                let message = messages.get(scan.message as usize);
                let from = usize::try_from(scan.offset).unwrap_or(usize::MAX);
                let bytes = message.and_then(|message| message.payload.get(from..));
                let header = message.and_then(|message| message.format.as_deref());
                (nowhere(), header.map_or_else(nowhere, name_in), bytes)
            }
            Input::Refused(_) | Input::Save(..) | Input::Until(_) => (nowhere(), nowhere(), None),
        };
        let bytes = bytes.unwrap_or_default();
        let bytes = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = Line {
            number: scan.line,
            offset: scan.offset,
            bytes,
        };
        Refused {
            file,
            position: scan.position,
            format,
            reject: Refusal { reason, hint }.at(&line),
        }
    }
}

/// What a reject is told to be of: nothing where that is what is usual.
#[must_use]
pub fn name_of(reading: &Reading) -> Arc<str> {
    match reading {
        Reading::Lines(Format::Canonical) => Arc::from(""),
        Reading::Lines(Format::Csv) => Format::Csv.name().into(),
        Reading::Payload(mapping) | Reading::PayloadALine(mapping) => mapping.name().into(),
    }
}

/// The same by the header of a message that could be read, of which parameters are no part.
fn name_in(header: &str) -> Arc<str> {
    let name = header.split(';').next().unwrap_or_default().trim();
    Arc::from(if name == Format::Canonical.name() { "" } else { name })
}

/// A message of which so many lines were refused is no scans in NDJSON.
fn refuse_rest(message: &Message, format: Format, line: &Line<'_>, decoded: &mut Decoded) {
    let refusal = Refusal {
        reason: RejectReason::TooManyRefused,
        hint: format!(
            "{REFUSED_LINES_MAX} lines of this message were refused, and from line {} on it was not read; it stands whole \
             in the log: mend what writes it, and send what was good in it again",
            line.number
        ),
    };
    decoded.refused.push(Refused {
        file: Arc::from(""),
        position: message.position,
        format: name_of(&Reading::Lines(format)),
        reject: refusal.at(line),
    });
}

fn refuse_whole(message: &Message, refusal: Refusal, decoded: &mut Decoded) {
    let line = Line {
        number: 1,
        offset: 0,
        bytes: &message.payload,
    };
    decoded.refused.push(Refused {
        file: Arc::from(""),
        position: message.position,
        format: Arc::from(""),
        reject: refusal.at(&line),
    });
}

/// Numbers the pieces and feeds them in, until the input ends or nobody takes them any more.
///
/// # Errors
/// Those of the input.
pub fn feed(input: impl Iterator<Item = Result<Input>>, pieces: &Sender<(u64, Input)>) -> Result<()> {
    for (number, piece) in (0..).zip(input) {
        if pieces.send((number, piece?)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// What a message on the control subject says; `None` when it concerns no shipment. Others than these `formats` may be in force
/// after it.
fn control(payload: &[u8], position: Position, formats: &mut Arc<Formats>) -> Result<Option<Step>, Refusal> {
    let bad = |what: String| Refusal {
        reason: RejectReason::BadControl,
        hint: format!(
            "a message on scan.control, or on a subject that is none of scan.0 to scan.63, {what}; publish scans to \
             ingest.<tracking number>, and a tick as {{\"tick\":\"2026-03-01T12:00:00.000Z\"}}"
        ),
    };
    match Control::parse(payload).map_err(bad)? {
        Control::Tick(_) => Ok(Some(Step::Tick(position))),
        Control::Rules(files) => {
            let rules = Rules::compile(files).map_err(|mistakes| Refusal {
                reason: RejectReason::BadControl,
                hint: format!("{}; the rules before them stay in force", rule_texts::told(&mistakes)),
            })?;
            Ok(Some(Step::Rules(rules, position)))
        }
        Control::Formats(files) => {
            let set = FormatSet::compile(files).map_err(|mistakes| Refusal {
                reason: RejectReason::BadControl,
                hint: format!(
                    "{}; the formats before them stay in force",
                    format_texts::told(&mistakes)
                ),
            })?;
            *formats = set.formats;
            Ok(None)
        }
        // The feed has told whom it concerns.
        Control::Engine { .. } => Ok(None),
    }
}

#[cfg(test)]
mod tests;
