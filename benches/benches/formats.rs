//! What decoding costs, format by format: the payloads that stand beside each of them, pushes of whole histories, canonical lines
//! and CSV. Beside it, in turns, what it costs only to parse the same bytes.
//!
//! `cargo bench -p milepost-benches --bench formats` for all, `-- NAME` for one; `-- NAME PASSES` decodes so often and measures
//! nothing, for a profiler.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures")]

use csv_core::{ReadRecordResult, Reader};
use milepost_benches::{Payloads, Push, lines, measures, size};
use milepost_connectors::carriers::mapping::Syntax;
use milepost_connectors::carriers::{Decoder, Defaults, Format, Mapping, Scratch};
use milepost_loadgen::Faults;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

/// Measured in turns, so often; the median counts.
const ROUNDS: usize = 7;
/// Seconds of one measurement.
const SECONDS: f64 = 0.04;

/// What is decoded.
struct Case {
    name: String,
    payloads: Vec<Vec<u8>>,
    reading: Reading,
}

enum Reading {
    Lines(Format),
    Payloads(Arc<Mapping>),
}

impl Case {
    /// Decodes all; how many scans it was.
    fn decode(&self, decoder: &mut Decoder, scratch: &mut Scratch, defaults: &Defaults) -> u64 {
        let mut scans = 0;
        match &self.reading {
            Reading::Lines(format) => {
                decoder.begin(*format);
                for line in &self.payloads {
                    scratch.reset();
                    let mut take = |scan: &_| {
                        black_box(scan);
                        scans += 1;
                    };
                    let _ = black_box(decoder.decode_to(line, scratch, defaults, &mut take));
                }
            }
            Reading::Payloads(mapping) => {
                for payload in &self.payloads {
                    scratch.reset();
                    decoder.decode_payload(mapping, payload, (scratch, defaults), &mut |given| {
                        scans += u64::from(black_box(&given.scan).is_ok());
                    });
                }
            }
        }
        scans
    }

    /// Only parses all.
    fn parse(&self) {
        let syntax = match &self.reading {
            Reading::Lines(Format::Canonical) => Syntax::Json,
            Reading::Lines(Format::Csv) => Syntax::Csv,
            Reading::Payloads(mapping) => mapping.syntax(),
        };
        let mut rows = Reader::new();
        for payload in &self.payloads {
            match syntax {
                Syntax::Json => drop(black_box(serde_json::from_slice::<serde_json::Value>(payload))),
                Syntax::Xml => {
                    let text = std::str::from_utf8(payload).unwrap_or_default();
                    drop(black_box(roxmltree::Document::parse(text)));
                }
                Syntax::Csv => csv(&mut rows, payload),
                Syntax::X12 => divide(payload, payload.get(105), payload.get(3)),
                Syntax::Edifact => divide(payload, Some(&b'\''), Some(&b'+')),
            }
        }
    }
}

/// Reads the fields of a line.
fn csv(reader: &mut Reader, line: &[u8]) {
    reader.reset();
    let mut input = line;
    let (mut output, mut ends) = ([0; 4096], [0; 256]);
    loop {
        let (result, taken, ..) = reader.read_record(input, &mut output, &mut ends);
        input = input.get(taken..).unwrap_or_default();
        if black_box(result) == ReadRecordResult::End {
            return;
        }
    }
}

/// Cuts an interchange at its signs.
fn divide(payload: &[u8], end: Option<&u8>, element: Option<&u8>) {
    let elements: Vec<Vec<&[u8]>> = payload
        .split(|byte| Some(byte) == end)
        .map(|segment| segment.split(|byte| Some(byte) == element).collect())
        .collect();
    black_box(elements);
}

fn cases() -> Vec<Case> {
    let of = |name: String, found: Payloads| Case {
        name,
        payloads: found.payloads,
        reading: Reading::Payloads(found.mapping),
    };
    let formats = Payloads::of_formats().expect("the payloads stand beside the formats");
    let mut cases: Vec<Case> = formats
        .into_iter()
        .map(|found| of(found.mapping.name().to_owned(), found))
        .collect();
    let lines = lines(size(500, 20), Faults::NONE);
    for push in [Push::EasyPost, Push::AfterShip] {
        let pushes = Payloads::pushes(push, &lines, 100);
        cases.push(of(format!("{}, whole histories", push.format()), pushes));
    }
    cases.push(Case {
        name: "csv".to_owned(),
        payloads: as_csv(&lines),
        reading: Reading::Lines(Format::Csv),
    });
    cases.push(Case {
        name: "canonical".to_owned(),
        payloads: lines,
        reading: Reading::Lines(Format::Canonical),
    });
    cases
}

/// The same lines as CSV, each column that any of them has.
fn as_csv(lines: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let objects: Vec<serde_json::Map<String, serde_json::Value>> = lines
        .iter()
        .map(|line| serde_json::from_slice(line).expect("lines are objects"))
        .collect();
    let names: std::collections::BTreeSet<&String> = objects.iter().flat_map(|object| object.keys()).collect();
    let names: Vec<&String> = names.into_iter().collect();
    let value = |object: &serde_json::Map<String, serde_json::Value>, name: &String| match object.get(name) {
        None => String::new(),
        Some(serde_json::Value::String(text)) => format!("\"{}\"", text.replace('"', "\"\"")),
        Some(other) => other.to_string(),
    };
    let row = |object| {
        names
            .iter()
            .map(|name| value(object, name))
            .collect::<Vec<_>>()
            .join(",")
    };
    let header = names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(",");
    let rows = objects.iter().map(row);
    std::iter::once(header).chain(rows).map(String::into_bytes).collect()
}

/// Seconds of so many passes.
fn seconds(passes: u32, pass: &mut dyn FnMut()) -> f64 {
    let begun = Instant::now();
    (0..passes).for_each(|_| pass());
    begun.elapsed().as_secs_f64() / f64::from(passes)
}

fn passes(pass: &mut dyn FnMut()) -> u32 {
    let once = seconds(3, pass).max(1e-7);
    (SECONDS / once) as u32 + 1
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let only = arguments.iter().find(|argument| argument.parse::<u32>().is_err());
    let profiled = arguments.iter().find_map(|argument| argument.parse::<u32>().ok());
    let (mut decoder, mut scratch) = (Decoder::new(), Scratch::new());
    let defaults = Defaults {
        carrier: "feeder".to_owned(),
        ..Defaults::default()
    };
    eprintln!(
        "| format | scans a payload | bytes a scan | scans/s | MB/s | parsed alone, MB/s | share of the parser |"
    );
    eprintln!("|---|---|---|---|---|---|---|");
    for case in cases().iter().filter(|case| only.is_none_or(|only| *only == case.name)) {
        let scans = case.decode(&mut decoder, &mut scratch, &defaults);
        assert!(scans > 0, "{}: no payload is a scan", case.name);
        if let Some(passes) = profiled {
            for _ in 0..passes {
                black_box(case.decode(&mut decoder, &mut scratch, &defaults));
            }
            continue;
        }
        let bytes: usize = case.payloads.iter().map(Vec::len).sum();
        let mut decode = || {
            black_box(case.decode(&mut decoder, &mut scratch, &defaults));
        };
        let (rounds, turns) = if measures() {
            (ROUNDS, (passes(&mut decode), passes(&mut || case.parse())))
        } else {
            (1, (1, 1))
        };
        let (mut decoded, mut parsed) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            decoded.push(seconds(turns.0, &mut decode));
            parsed.push(seconds(turns.1, &mut || case.parse()));
        }
        let (decoded, parsed) = (median(decoded), median(parsed));
        eprintln!(
            "| {} | {:.1} | {} | {:.0} k | {:.0} | {:.0} | {:.0} % |",
            case.name,
            scans as f64 / case.payloads.len() as f64,
            bytes as u64 / scans,
            scans as f64 / decoded / 1e3,
            bytes as f64 / decoded / 1e6,
            bytes as f64 / parsed / 1e6,
            parsed * 100.0 / decoded
        );
    }
}
