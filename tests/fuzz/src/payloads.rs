//! Payloads of the mapped formats, as any bytes: none stops the decoder, and none loses a record. What is asserted is an account: a
//! payload that cannot be read gives one reject; of any other each record that its format reaches gives one scan, one reject, or
//! falls under `when`, `unless` or `skip` (`expected` counts them by itself); and every scan is the same again when it is written
//! as a canonical line.

mod expected;
mod mutant;
mod tree;

pub use mutant::Mutator;

use expected::Format;
use milepost_connectors::carriers::mapping::{FILES, Formats, Syntax};
use milepost_connectors::carriers::{Decoder, Defaults, Given, LINE_BYTES_MAX, Line, Mapping, Scratch};
use milepost_model::RejectReason;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Sets of records in one format, none has more: as many records may come of one place.
const SETS_MAX: usize = 12;
/// Memory for texts and trees: a small payload takes a few pages, a value of two bytes in a payload a node of the tree.
const MEMORY_PER_BYTE: usize = 160;
const MEMORY_AT_LEAST: usize = 64 << 10;

/// What became of a payload.
#[derive(Clone, Default, Debug)]
pub struct Became {
    /// Scans.
    pub scans: usize,
    /// Rejects by their reasons.
    pub rejects: BTreeMap<&'static str, usize>,
}

/// A format, as it is and as `expected` reads its file.
struct Known {
    mapping: &'static Mapping,
    /// The same, but that no code is passed over.
    unskipped: Mapping,
    expected: Format,
}

static KNOWN: LazyLock<BTreeMap<&'static str, Known>> = LazyLock::new(|| {
    let known = FILES.iter().map(|(name, text)| {
        let unskipped = text.replace(": skip\n", ": notice info\n");
        let known = Known {
            mapping: Formats::built_in().get(name).expect("it comes with the program"),
            unskipped: Mapping::parse(&unskipped).expect("a meaning instead of another"),
            expected: Format::parse(text),
        };
        (*name, known)
    });
    known.collect()
});

/// For libFuzzer: a line with the name of a format, and behind it a payload.
pub fn payloads(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |byte| *byte == b'\n');
    let (name, payload) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if let Some((name, _)) = std::str::from_utf8(name)
        .ok()
        .and_then(|name| KNOWN.get_key_value(name))
    {
        payload_of(name, payload);
    }
}

/// Decodes a payload of that format, and asserts its account.
///
/// # Panics
/// When something does not hold.
pub fn payload_of(format: &str, payload: &[u8]) -> Became {
    let known = KNOWN.get(format).expect("a format that comes with the program");
    let (mut became, mut decoder, mut scratch) = (Became::default(), Decoder::new(), Scratch::new());
    let defaults = Defaults {
        carrier: "feeder".to_owned(),
        ..Defaults::default()
    };
    let (mut whole, mut within, mut told) = (None, 0, Vec::new());
    decoder.decode_payload(known.mapping, payload, (&scratch, &defaults), &mut |given| {
        match &given.scan {
            Ok(_) => became.scans += 1,
            Err(refusal) => {
                *became.rejects.entry(refusal.reason.as_str()).or_default() += 1;
                if given.number == 0 {
                    whole = Some(refusal.reason);
                } else if given.record.is_none() {
                    within += 1;
                }
            }
        }
        check(&given, payload, &defaults);
        told.push(format!("{} {:?}", given.number, given.scan));
    });
    let counts = *decoder.counts();
    assert_eq!(counts.records, told.len() as u64, "each record is told once");
    assert_eq!(counts.scans, became.scans as u64);
    assert!(
        told.len() <= 1 + SETS_MAX * payload.len(),
        "{} records of {} bytes",
        told.len(),
        payload.len()
    );
    let most = MEMORY_AT_LEAST + MEMORY_PER_BYTE * payload.len();
    assert!(
        scratch.bytes() <= most,
        "{} bytes for {}",
        scratch.bytes(),
        payload.len()
    );
    account(known, payload, whole, told.len());
    // Once more by a decoder that met others: it remembers nothing that matters.
    scratch.reset();
    let mut again = told.iter();
    decoder.decode_payload(known.mapping, payload, (&scratch, &defaults), &mut |given| {
        assert_eq!(again.next(), Some(&format!("{} {:?}", given.number, given.scan)));
    });
    assert_eq!(again.next(), None);
    pieces(known.mapping, payload);
    became
}

/// A scan is the same when it is written as a canonical line; a reject says something.
fn check(given: &Given<'_, '_>, payload: &[u8], defaults: &Defaults) {
    if let Err(refusal) = &given.scan {
        let line = Line {
            number: 1,
            offset: 0,
            bytes: payload,
        };
        let reject = refusal.clone().at(&line);
        assert!(!reject.hint.is_empty(), "{:?}", reject.reason);
        assert!(!reject.hint.contains(['\n', '\0']), "{}", reject.hint);
    }
    let Some(record) = &given.record else {
        assert!(given.scan.is_err(), "a scan states something");
        return;
    };
    let (json, scratch) = (record.json(), Scratch::new());
    if json.len() > LINE_BYTES_MAX {
        return;
    }
    let mut decoder = Decoder::new();
    let again = decoder.decode_line(json.as_bytes(), &scratch, defaults);
    match (&given.scan, &again) {
        (Ok(scan), Ok(again)) => assert_eq!(format!("{scan:?}"), format!("{again:?}"), "{json}"),
        // Types are asked first in JSON, where there are types.
        (Err(refusal), Err(again)) if again.reason != RejectReason::WrongType => {
            assert_eq!(refusal.reason, again.reason, "{json}");
        }
        (Err(_), Err(_)) => {}
        (scan, again) => panic!("{scan:?} of a payload, {again:?} of its canonical line {json}"),
    }
}

/// Nothing is lost: what cannot be read is refused once and whole, of all else as many records come as are there.
fn account(known: &Known, payload: &[u8], whole: Option<RejectReason>, given: usize) {
    let unskipped = records_of(&known.unskipped, payload);
    assert!(
        given <= unskipped,
        "{given} records and {unskipped} with those of passed codes"
    );
    match whole {
        Some(_) => assert_eq!(given, 1, "what is refused whole gives nothing else"),
        None => assert!(
            std::str::from_utf8(payload).is_ok() || is_interchange(known.mapping),
            "not UTF-8, and taken"
        ),
    }
    let Ok(text) = std::str::from_utf8(payload) else {
        return;
    };
    match known.expected.records_of(text) {
        Ok(None) => {}
        Ok(Some(expected)) => {
            // Of what is none of the format, or looks as if its mapping were wrong, no record comes.
            let is_misfit = expected == 0 && whole == Some(RejectReason::WrongFormat);
            assert!(whole.is_none() || is_misfit, "it can be read: {whole:?}");
            assert_eq!(
                unskipped,
                expected + usize::from(is_misfit),
                "records that the format reaches"
            );
        }
        Err(reason) => assert_eq!(whole, Some(reason), "it cannot be read"),
    }
    if is_interchange(known.mapping) && whole.is_none() {
        let twice = [payload, b"\n", payload].concat();
        assert_eq!(
            records_of(&known.unskipped, &twice),
            2 * unskipped,
            "interchanges that follow each other"
        );
    }
}

const fn is_interchange(mapping: &Mapping) -> bool {
    matches!(mapping.syntax(), Syntax::X12 | Syntax::Edifact)
}

fn records_of(mapping: &Mapping, payload: &[u8]) -> usize {
    let (mut decoder, scratch, defaults, mut records) = (Decoder::new(), Scratch::new(), Defaults::default(), 0);
    decoder.decode_payload(mapping, payload, (&scratch, &defaults), &mut |_| records += 1);
    records
}

/// A file is cut into payloads, and nothing of it is lost between them.
fn pieces(mapping: &Mapping, file: &[u8]) {
    let pieces = mapping.payloads(file).concat();
    let rest = file
        .strip_prefix(pieces.as_slice())
        .expect("pieces stand one behind the other");
    assert!(rest.trim_ascii().is_empty(), "{} bytes are lost", rest.len());
    let found = Formats::built_in().detect(file);
    assert!(found.len() <= FILES.len());
}
