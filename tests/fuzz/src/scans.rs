//! Lines of any bytes: none stops the decoder, and both ways through a line read the same.

use milepost_connectors::carriers::{
    Blocks, Chunk, Decoder, Defaults, Format, LINE_BYTES_MAX, Line, Refusal, Scratch, split,
};
use milepost_model::Scan;

/// Decodes the lines as a message of each format, and as a file in small blocks.
pub fn scans(bytes: &[u8]) {
    for format in Format::ALL {
        message(bytes, format);
    }
    file(bytes, 64);
    file(bytes, 1);
}

fn message(bytes: &[u8], format: Format) {
    let defaults = Defaults::default();
    let (mut as_text, mut as_bytes) = (Decoder::new(), Decoder::new());
    as_text.begin(format);
    as_bytes.begin(format);
    let mut lines = split(bytes);
    while let Some(line) = lines.next() {
        let (one, other) = (Scratch::new(), Scratch::new());
        let found = as_bytes.decode(line.bytes, &one, &defaults);
        if let Some(text) = lines.text_of(&line) {
            let mut taken = None;
            let told = as_text.decode_text_to(text, &other, &defaults, &mut |scan| taken = Some(*scan));
            assert_eq!(told.map(|()| taken), found, "a line known to be text: {text}");
        }
        match format {
            Format::Canonical => both_ways(line.bytes, &found, &defaults),
            Format::Csv => {}
        }
        if let Err(refusal) = found {
            told(refusal, &line);
        }
    }
    assert!(as_bytes.counts().scans <= as_bytes.counts().records);
}

/// What the decoder that remembers the lines before made of a line is what the general reader makes of it: a space before
/// the object means nothing, and is unusual enough to be sent there.
fn both_ways(line: &[u8], found: &Result<Option<Scan<'_>>, Refusal>, defaults: &Defaults) {
    let spaced = [b" ", line].concat();
    if spaced.len() > LINE_BYTES_MAX {
        return;
    }
    let scratch = Scratch::new();
    let mut general = Decoder::new();
    let expected = general.decode(&spaced, &scratch, defaults);
    if std::str::from_utf8(line).is_ok() {
        assert_eq!(general.counts().unusual, 1, "a space before the object is unusual");
    }
    let shown = || String::from_utf8_lossy(line);
    match (found, &expected) {
        (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{}", shown()),
        (Err(found), Err(expected)) => {
            assert_eq!(found.reason, expected.reason, "{}", shown());
            assert_eq!(without_places(found), without_places(expected), "{}", shown());
        }
        (found, expected) => panic!("{found:?} and {expected:?}: {}", shown()),
    }
}

/// A hint without numbers: the space moved all bytes by one.
fn without_places(refusal: &Refusal) -> String {
    refusal.hint.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// A refusal says something, on one line.
fn told(refusal: Refusal, line: &Line<'_>) {
    let reject = refusal.at(line);
    assert!(!reject.hint.is_empty(), "{:?}", reject.reason);
    assert!(!reject.hint.contains(['\n', '\0']), "{}", reject.hint);
}

/// Blocks of a file hold the lines that the whole has.
fn file(bytes: &[u8], block_bytes: usize) {
    let mut whole = split(bytes);
    let mut blocks = Blocks::with_block_bytes(bytes, block_bytes);
    let mut block = Vec::new();
    while let Some(chunk) = blocks.next_chunk(&mut block).expect("bytes can be read") {
        match chunk {
            Chunk::Lines(block) => {
                for line in block.lines() {
                    assert_eq!(Some(line), whole.next());
                }
            }
            Chunk::TooLong(reject) => {
                assert_eq!(whole.next().map(|line| line.number), Some(reject.line));
            }
        }
    }
    assert_eq!(whole.next(), None);
}
