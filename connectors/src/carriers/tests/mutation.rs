//! Damaged lines: none stops the decoder, and what it still reads is what the yardstick reads.

use super::super::field::Record;
use super::super::{Decoder, Defaults, Scratch, text};
use super::differential::{generally, object};
use super::{Chance, line, reference};

const MUTANTS: usize = 100_000;

#[test]
fn a_damaged_line_is_refused_or_read_as_the_yardstick_reads_it() {
    let healthy = [
        line(&[
            ("event_id", "01JD"),
            ("order_id", "SO-1001"),
            ("service", "ground"),
            ("code", "departed_facility"),
        ]),
        line(&[
            ("city", "Frankfurt\\/Main"),
            ("country", "DE"),
            ("promised_at", "2026-03-04"),
            ("attempt", "=2"),
        ]),
        line(&[
            ("city", "Köln \\ud83d\\ude00"),
            ("occurred_at", "2026-03-01"),
            ("latitude", "=50.9"),
            ("x", "=[1,{}]"),
        ]),
        line(&[
            ("kind", "notice"),
            ("message", "a \\\"quoted\\\" word"),
            ("y", "=null"),
            ("occurred_zone", "Asia/Tokyo"),
        ]),
    ];
    let mut chance = Chance(2026);
    let mut decoder = Decoder::new();
    let mut scratch = Scratch::new();
    let defaults = Defaults::default();
    let mut read = 0;
    for _ in 0..MUTANTS {
        let mut bytes = chance.pick(&healthy).into_bytes();
        for _ in 0..=chance.below(3) {
            damage(&mut bytes, &mut chance);
        }
        let expected = std::str::from_utf8(&bytes)
            .ok()
            .and_then(|line| reference::read(line, &scratch));
        let mut found = Record::new();
        let is_read = text(&bytes).is_ok_and(|line| decoder.read(line, &scratch, &mut found).is_ok());
        assert_eq!(is_read, expected.is_some(), "{}", String::from_utf8_lossy(&bytes));
        // Damage may double a stranger's name, which a tree forgets.
        found.unknown = 0;
        if let Some(mut expected) = expected {
            expected.unknown = 0;
            assert_eq!(plain(&found), plain(&expected), "{}", String::from_utf8_lossy(&bytes));
            read += 1;
        }
        let _ = decoder.decode_line(&bytes, &scratch, &defaults);
        scratch.reset();
    }
    assert!(
        (MUTANTS / 20..MUTANTS / 2).contains(&read),
        "{read} of {MUTANTS} damaged lines were still objects"
    );
}

/// Numbers by value: a tree does not keep how they are written.
fn plain(record: &Record<'_>) -> String {
    let number = |field| {
        record
            .text(field)
            .parse::<f64>()
            .map_or(record.text(field).to_owned(), |n| n.to_string())
    };
    let texts: Vec<String> = super::super::field::Field::ALL
        .iter()
        .map(|field| number(*field))
        .collect();
    texts.join("|")
}

#[test]
fn a_damaged_line_gives_the_scan_or_refusal_that_the_general_reader_gives() {
    let mut chance = Chance(4052);
    let mut decoder = Decoder::new();
    let mut scratch = Scratch::new();
    let defaults = Defaults::default();
    let mut scans = 0;
    for _ in 0..MUTANTS / 5 {
        let mut bytes = object(&mut chance).into_bytes();
        for _ in 0..chance.below(3) {
            damage(&mut bytes, &mut chance);
        }
        let found = decoder.decode_line(&bytes, &scratch, &defaults);
        let expected = generally(&bytes, &scratch, &defaults);
        assert_eq!(found, expected, "{}", String::from_utf8_lossy(&bytes));
        scans += usize::from(found.is_ok());
        scratch.reset();
    }
    assert!((MUTANTS / 50..MUTANTS / 10).contains(&scans), "{scans} scans");
}

fn damage(bytes: &mut Vec<u8>, chance: &mut Chance) {
    const MARKS: &[u8] = b"\"\\{}[]:, \t\r0129eE+-.nulltrue/u\0\x01\x7f\x80\xc3\xff\xed";
    let at = chance.below(bytes.len());
    match chance.below(6) {
        0 => bytes.truncate(at),
        1 => bytes.insert(at, chance.pick(MARKS)),
        2 if !bytes.is_empty() => {
            bytes.remove(at);
        }
        3 => {
            let end = (at + chance.below(12)).min(bytes.len());
            let copy: Vec<u8> = bytes.get(at..end).unwrap_or_default().to_vec();
            let to = chance.below(bytes.len());
            bytes.splice(to..to, copy);
        }
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = chance.pick(MARKS);
            }
        }
    }
}
