//! Lines out of messages and files: offsets, numbers, line ends, lines of any length; and CSV.

use super::super::{BLOCK_BYTES, Blocks, Chunk, Decoder, Defaults, Format, LINE_BYTES_MAX, Line, Scratch, split};
use super::Chance;
use std::io::Read;

fn told(line: &Line<'_>) -> String {
    format!(
        "{}@{} {}",
        line.number,
        line.offset,
        String::from_utf8_lossy(line.bytes)
    )
}

#[test]
fn a_message_is_split_into_lines() {
    for (text, expected) in [
        ("", vec![]),
        ("a", vec!["1@0 a"]),
        ("a\nb\n", vec!["1@0 a", "2@2 b"]),
        ("a\r\n\r\n  \n\nb", vec!["1@0 a", "5@9 b"]),
        ("\u{feff}a\nb", vec!["1@3 a", "2@5 b"]),
        ("a\n\u{feff}b", vec!["1@0 a", "2@2 \u{feff}b"]),
        ("\n\n", vec![]),
    ] {
        let found: Vec<String> = split(text.as_bytes()).map(|line| told(&line)).collect();
        assert_eq!(found, expected, "{text:?}");
    }
}

/// Gives out few bytes at a time, as pipes do.
struct Drip<'a>(&'a [u8], Chance);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = (1 + self.1.below(300_000)).min(buffer.len());
        self.0.read(buffer.get_mut(..count).expect("no more than the buffer"))
    }
}

/// What a file yields, line by line; long lines by their length.
fn lines_of(file: &[u8], block_bytes: usize) -> Vec<String> {
    let mut blocks = Blocks::with_block_bytes(Drip(file, Chance(5)), block_bytes);
    let (mut bytes, mut lines) = (Vec::new(), Vec::new());
    while let Some(chunk) = blocks.next_chunk(&mut bytes).expect("a slice can be read") {
        match chunk {
            Chunk::Lines(block) => {
                assert!(block.bytes.len() <= block_bytes.max(LINE_BYTES_MAX + 2));
                lines.extend(
                    block
                        .lines()
                        .map(|line| shortened(line.number, line.offset, line.bytes.len() as u64)),
                );
            }
            Chunk::TooLong(reject) => {
                assert_eq!(reject.excerpt.len(), 4096);
                lines.push(shortened(reject.line, reject.offset, reject.length));
            }
        }
    }
    lines
}

fn shortened(number: u64, offset: u64, length: u64) -> String {
    format!("{number}@{offset} {length} bytes")
}

#[test]
fn a_file_in_blocks_has_the_lines_that_it_has_whole() {
    let mut chance = Chance(3);
    for round in 0..12 {
        let mut file = if round % 3 == 0 {
            b"\xef\xbb\xbf".to_vec()
        } else {
            Vec::new()
        };
        for _ in 0..chance.below(40) {
            let length = chance.pick(&[
                0,
                1,
                300,
                5000,
                200_000,
                LINE_BYTES_MAX,
                LINE_BYTES_MAX + 1,
                3 << 20,
                7 << 20,
            ]);
            file.extend(std::iter::repeat_n(b'x', length));
            let ends: [&[u8]; 3] = [b"\n", b"\r\n", b"\n\n"];
            file.extend_from_slice(chance.pick(&ends));
        }
        if round % 2 == 0 {
            file.extend_from_slice(b"the last line has no end");
        }
        let expected: Vec<String> = split(&file)
            .map(|line| shortened(line.number, line.offset, line.bytes.len() as u64))
            .collect();
        for block_bytes in [0, 1 << 21, 1 << 10, BLOCK_BYTES] {
            let found = lines_of(&file, block_bytes);
            // The carriage return of a line that is too long counts to its length when it comes in pieces.
            let same = found.iter().zip(&expected).filter(|(a, b)| a == b).count();
            assert_eq!(found.len(), expected.len(), "round {round}");
            assert!(
                same == expected.len() || file.contains(&b'\r'),
                "round {round}: {found:?} {expected:?}"
            );
        }
    }
}

#[test]
fn a_line_without_end_takes_no_more_memory_than_a_block() {
    let endless = std::io::repeat(b'x').take(64 << 20);
    let mut blocks = Blocks::new(endless.chain(b"\n{}\n".as_slice()));
    let mut bytes = Vec::new();
    let Ok(Some(Chunk::TooLong(reject))) = blocks.next_chunk(&mut bytes) else {
        panic!("the first line is too long");
    };
    assert_eq!((reject.length, reject.line, reject.offset), (64 << 20, 1, 0));
    assert!(bytes.capacity() < 2 * LINE_BYTES_MAX, "{}", bytes.capacity());
    let Ok(Some(Chunk::Lines(block))) = blocks.next_chunk(&mut bytes) else {
        panic!("a line follows");
    };
    assert_eq!(
        block.lines().map(|line| told(&line)).collect::<Vec<_>>(),
        [format!("2@{} {{}}", (64 << 20) + 1)]
    );
    assert!(matches!(blocks.next_chunk(&mut bytes), Ok(None)));
}

/// Decodes a CSV message; one line of text per line.
fn csv(message: &str) -> Vec<String> {
    let (scratch, defaults) = (Scratch::new(), Defaults::default());
    let mut decoder = Decoder::new();
    decoder.begin(Format::Csv);
    let tell = |line: Line<'_>| match decoder.decode(line.bytes, &scratch, &defaults) {
        Ok(None) => "columns".to_owned(),
        Ok(Some(scan)) => format!(
            "{} {} {:?} {} {}",
            scan.number, scan.carrier, scan.status, scan.place.city, scan.attempt
        ),
        Err(refusal) => refusal.to_string(),
    };
    split(message.as_bytes()).map(tell).collect()
}

#[test]
fn rows_are_scans_under_the_columns_of_the_first_line() {
    let message = "\u{feff}Tracking_Number, carrier,status,occurred_at,city,attempt,shelf\r\n\
        1Z999AA10123456784,ups,in_transit,2026-03-01T14:03:22Z,\"Frankfurt, \"\"Main\"\"\",2,A1\r\n\
        1Z999AA10123456784,ups,,2026-03-01,,,\n\
        1Z999AA10123456784,ups,delivered,2026-03-01,Köln,,,\n\
        1Z999AA10123456784,ups,\"delivered,2026-03-01,,,\n\
        ,ups,delivered,2026-03-01,,,\n\
        1Z999AA10123456784,ups,deliverd,2026-03-01,,,\n\
        1Z999AA10123456784,ups,delivered,2026-03-01,,two,\n";
    let found = csv(message).join("\n");
    insta::assert_snapshot!(found);
}

#[test]
fn a_first_line_that_names_no_columns_is_told_so() {
    for (message, expected) in [
        (
            "number,status",
            "no column is named `tracking_number`; the first line must name the columns",
        ),
        (
            "tracking-number,status",
            "rename `tracking-number` to `tracking_number`",
        ),
        ("tracking_number,city,city", "names the column `city` twice"),
    ] {
        let found = csv(&format!("{message}\n1,2,3"));
        assert!(found.first().is_some_and(|told| told.contains(expected)), "{found:?}");
        assert!(
            found
                .last()
                .is_some_and(|told| told.contains("names no columns that are of use")),
            "{found:?}"
        );
    }
}

#[test]
fn csv_and_json_of_one_record_are_one_scan() {
    let (scratch, defaults) = (Scratch::new(), Defaults::default());
    let mut decoder = Decoder::new();
    decoder.begin(Format::Csv);
    let names = b"tracking_number,carrier,status,occurred_at,attempt,latitude,longitude,message";
    assert_eq!(decoder.decode(names, &scratch, &defaults), Ok(None));
    let row = decoder.decode(
        b"123456,gls,delivered,2026-03-01,1,50.5,8.25,\"a \"\"b\"\"\"",
        &scratch,
        &defaults,
    );
    let object = br#"{"tracking_number":"123456","carrier":"gls","status":"delivered","occurred_at":"2026-03-01",
        "attempt":1,"latitude":50.5,"longitude":8.25,"message":"a \"b\""}"#;
    let scan = decoder.decode_line(object, &scratch, &defaults);
    assert_eq!(row.expect("a row").expect("not the columns"), scan.expect("an object"));
    assert!(decoder.decode(b"\0", &scratch, &defaults).is_err());
    let counts = decoder.counts();
    assert_eq!((counts.records, counts.scans, counts.refused()), (3, 2, 1));
}
