//! Lines and texts of every length, where a reader of many bytes at once may look too far or not far enough.

use super::super::{Decoder, Defaults, Scratch, split};
use super::differential::{generally, object};
use super::{Chance, line};

/// Asserts that a line gives the same on both ways.
fn check(decoder: &mut Decoder, line: &[u8]) {
    let (scratch, defaults) = (Scratch::new(), Defaults::default());
    let found = decoder.decode_line(line, &scratch, &defaults);
    let expected = generally(line, &scratch, &defaults);
    assert_eq!(found, expected, "{}", String::from_utf8_lossy(line));
}

#[test]
fn a_text_of_any_length_in_any_column_reads_alike_on_both_ways() {
    let mut decoder = Decoder::new();
    for length in (0..200).chain([4000, 4096, 5000]) {
        for letter in ["x", "\u{e9}", "\\/", "\\u00e9"] {
            let text = letter.repeat(length);
            for column in ["city", "message", "event_id", "carrier_shipment_id", "x_unknown"] {
                let last = line(&[(column, &text)]);
                check(&mut decoder, last.as_bytes());
                check(&mut decoder, line(&[(column, &text), ("country", "DE")]).as_bytes());
                check(&mut decoder, last.replacen('{', "{ ", 1).as_bytes());
            }
        }
    }
}

#[test]
fn a_line_cut_anywhere_is_refused_alike_on_both_ways() {
    let mut decoder = Decoder::new();
    let whole = line(&[
        ("order_id", "SO-1001"),
        ("city", "Frankfurt\\/Main"),
        ("attempt", "=2"),
        ("promised_at", "2026-03-04"),
        ("country", "DE"),
    ]);
    for end in 0..=whole.len() {
        check(&mut decoder, whole.as_bytes().get(..end).unwrap_or_default());
        let doubled = format!("{}{whole}", whole.get(..end).unwrap_or_default());
        check(&mut decoder, doubled.as_bytes());
    }
}

#[test]
fn a_line_of_a_block_reads_as_it_reads_alone() {
    let mut chance = Chance(11);
    let defaults = Defaults::default();
    for round in 0..50 {
        let mut block = if round % 3 == 0 { "\u{feff}" } else { "" }.to_owned().into_bytes();
        for _ in 0..chance.below(20) {
            block.extend(object(&mut chance).bytes());
            let ends: [&[u8]; 3] = [b"\n", b"\r\n", b"\n \n"];
            block.extend_from_slice(chance.pick(&ends));
        }
        let is_text = round % 5 != 0;
        if !is_text {
            block.extend_from_slice(b"{\"city\":\"K\xf6ln\"}");
        }
        let (scratch, mut decoder) = (Scratch::new(), Decoder::new());
        let mut lines = split(&block);
        while let Some(line) = lines.next() {
            let text = lines.text_of(&line);
            assert_eq!(text.map(str::as_bytes), is_text.then_some(line.bytes));
            let mut found = None;
            let result = match text {
                Some(text) => decoder.decode_text_to(text, &scratch, &defaults, &mut |scan| found = Some(*scan)),
                None => decoder.decode_to(line.bytes, &scratch, &defaults, &mut |scan| found = Some(*scan)),
            };
            let found = result.map(|()| found);
            assert_eq!(found, Decoder::new().decode(line.bytes, &scratch, &defaults));
        }
    }
}
