//! Times of ISO 8601, read by hand, beside what patterns make of them.

use super::*;
use std::cell::Cell;

const PATTERNS: [&str; 7] = [
    "YYYY-MM-DD",
    "YYYY-MM-DDThh:mm:ss*",
    "YYYY-MM-DDThh:mm:ss*ZZ",
    "YYYY-MM-DD hh:mm:ss*",
    "YYYY-MM-DDThh:mm",
    "YYYY-MM-DDThh:mmZZ",
    "YYYY-MM-DD hh:mm",
];

const DAYS: [&str; 7] = [
    "2026-02-28",
    "2026-02-30",
    "0000-01-01",
    "2026-1-01",
    "2026-13-01",
    "-026-01-01",
    "",
];

const CLOCKS: [&str; 10] = [
    "",
    "T",
    "T10:20",
    " 10:20",
    "\u{2003}10:20",
    "T 10:20",
    "t10:20",
    "T24:00",
    "T1:20",
    "T10:2",
];

const SECONDS: [&str; 10] = [
    "",
    ":",
    ":30",
    ":60",
    ":61",
    ":3",
    ":30.5",
    ":30,1239",
    ":30.",
    ":30\u{e9}",
];

const OFFSETS: [&str; 13] = [
    "",
    "Z",
    "z",
    "GMT",
    "+02:00",
    "-0530",
    "+5",
    "05",
    "+15:00",
    "GMT-04:00",
    " +02:00",
    "\u{e9}",
    ".",
];

#[test]
fn iso_is_read_as_patterns_read_it() {
    let patterns = PATTERNS.map(|pattern| Pattern::parse(pattern).expect("a pattern"));
    let (read, all) = (Cell::new(0), Cell::new(0));
    let same = |text: &str| {
        let expected = patterns.iter().find_map(|pattern| pattern.read(text));
        assert_eq!(Wall::read_iso(text), expected, "{text:?}");
        read.set(read.get() + u32::from(expected.is_some()));
        all.set(all.get() + 1);
    };
    for day in DAYS {
        for clock in CLOCKS {
            for second in SECONDS {
                OFFSETS
                    .iter()
                    .for_each(|offset| same(&format!("{day}{clock}{second}{offset}")));
            }
        }
    }
    assert!(read.get() > 100 && all.get() > 5_000, "{read:?} of {all:?}");
    // Each sign in each place of texts that are read.
    for text in [
        "2026-02-28",
        "2026-02-28T10:20:30.5-04:00",
        "2026-02-28 10:20:30",
        "2026-02-28T10:20Z",
    ] {
        for (at, _) in text.char_indices() {
            for sign in "09-:.,TZ +\u{e9}".chars() {
                let (before, behind) = (text.get(..at), text.get(at + 1..));
                same(&format!(
                    "{}{sign}{}",
                    before.unwrap_or_default(),
                    behind.unwrap_or_default()
                ));
            }
        }
    }
}
