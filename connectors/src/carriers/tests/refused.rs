//! Malformed input: what each kind is told, word for word.

use super::super::{Decoder, Defaults, Format, Line, Scratch};
use super::{Chance, line};
use crate::carriers::Reading;
use crate::carriers::mapping::Formats;
use std::fmt::Write;

/// What the dead letters get for each line.
fn letters(lines: &[(&str, Vec<u8>)]) -> String {
    let (scratch, defaults) = (Scratch::new(), Defaults::default());
    let mut decoder = Decoder::new();
    let mut letters = String::new();
    for (number, (name, bytes)) in (1..).zip(lines) {
        let told = match decoder.decode_line(bytes, &scratch, &defaults) {
            Ok(scan) => format!("a scan of {}", scan.number),
            Err(refusal) => {
                let reject = refusal.at(&Line {
                    number,
                    offset: 100 * number,
                    bytes,
                });
                assert_eq!((reject.line, reject.offset), (number, 100 * number));
                assert_eq!(reject.excerpt.len(), bytes.len().min(4096));
                format!("{} ({} bytes)\n  {}", reject.reason, reject.length, reject.hint)
            }
        };
        writeln!(letters, "{name}: {told}").expect("a text takes more text");
    }
    letters
}

#[test]
fn ten_kinds_of_malformed_lines() {
    let whole = line(&[]);
    let cut = |length: usize| whole.as_bytes().get(..length).expect("the line is longer").to_vec();
    let long = line(&[("message", &"x".repeat(10 << 20))]);
    let deep = format!("{{\"x\":{}", "[".repeat(100_000));
    let nul = whole.replace("ups", "u\0ps");
    let found = letters(&[
        ("cut in a value", cut(40)),
        ("cut in a name", cut(2)),
        ("cut before the end", cut(whole.len() - 1)),
        (
            "Latin-1",
            whole
                .replace("ups", "D\u{fc}sseldorf")
                .chars()
                .map(|c| c as u8)
                .collect(),
        ),
        (
            "number as number",
            line(&[("tracking_number", "=123456789012")]).into_bytes(),
        ),
        ("attempt as string", line(&[("attempt", "two")]).into_bytes()),
        ("city as object", line(&[("city", "={\"name\":\"Rome\"}")]).into_bytes()),
        ("status as bool", line(&[("status", "=true")]).into_bytes()),
        ("ten megabytes", long.into_bytes()),
        ("deep", deep.into_bytes()),
        ("deep from the start", "[".repeat(100_000).into_bytes()),
        ("NUL in a value", nul.into_bytes()),
        ("NUL before", b"\0{}".to_vec()),
        (
            "year 2999",
            line(&[("occurred_at", "2999-01-01T00:00:00Z")]).into_bytes(),
        ),
        ("year 0", line(&[("occurred_at", "0000-00-00T00:00:00Z")]).into_bytes()),
        (
            "padded date",
            line(&[("occurred_at", "1970-01-01T00:00:00Z")]).into_bytes(),
        ),
        ("no number", line(&[("tracking_number", "")]).into_bytes()),
        ("array", b"[1,2]".to_vec()),
        ("string", b"\"{}\"".to_vec()),
        ("null", b"null".to_vec()),
        ("CSV", b"tracking_number,status".to_vec()),
        ("two objects", format!("{whole}{whole}").into_bytes()),
        ("single quotes", b"{'a':1}".to_vec()),
        ("comma at the end", whole.replace('}', ",}").into_bytes()),
        ("half a surrogate", line(&[("city", "\\ud83d")]).into_bytes()),
        ("NaN", line(&[("latitude", "=NaN")]).into_bytes()),
    ]);
    insta::assert_snapshot!(found);
}

#[test]
fn values_that_mean_nothing() {
    let of = |changes: &[(&str, &str)]| line(changes).into_bytes();
    let found = letters(&[
        ("short number", of(&[("tracking_number", "12")])),
        ("bad number", of(&[("tracking_number", "1Z;DROP")])),
        ("bad next number", of(&[("next_tracking_number", "?")])),
        ("no carrier, proven by the number", of(&[("carrier", "")])),
        (
            "no carrier, several",
            of(&[("carrier", ""), ("tracking_number", "12345678901234")]),
        ),
        (
            "no carrier, none",
            of(&[("carrier", ""), ("tracking_number", "ABCDEF")]),
        ),
        ("bad carrier", of(&[("carrier", "Österreichische Post")])),
        ("bad merchant", of(&[("merchant", "!!!")])),
        ("near status", of(&[("status", "in-transit")])),
        ("far status", of(&[("status", "blue")])),
        ("kind", of(&[("kind", "scans")])),
        ("reason", of(&[("reason", "carrier.miss")])),
        ("scan without status", of(&[("kind", "scan"), ("status", "")])),
        ("scan of created", of(&[("kind", "scan"), ("status", "created")])),
        ("proof in transit", of(&[("kind", "proof")])),
        ("admin in transit", of(&[("kind", "admin")])),
        ("expired", of(&[("status", "expired")])),
        ("no time", of(&[("occurred_at", "")])),
        ("no such time", of(&[("occurred_at", "2026-02-30T10:00:00Z")])),
        ("unreadable time", of(&[("occurred_at", "01.03.2026 14:03")])),
        ("recorded without offset", of(&[("recorded_at", "2026-03-01T14:03:22")])),
        ("bad promise", of(&[("promised_at", "soon")])),
        ("bad estimate", of(&[("estimated_until", "2026-13-01")])),
        ("long order", of(&[("order_id", &"7".repeat(65))])),
        ("negative attempt", of(&[("attempt", "=-1")])),
        ("half an attempt", of(&[("attempt", "=1.5")])),
        ("no place on earth", of(&[("latitude", "=91"), ("longitude", "=0")])),
        ("basis", of(&[("time_basis", "guessed")])),
        ("estimate source", of(&[("estimate_source", "oracle")])),
    ]);
    insta::assert_snapshot!(found);
}

#[test]
fn a_format_that_nobody_knows_names_those_that_are_known() {
    let formats = Formats::built_in();
    let read = |name| Reading::of_message(name, formats, &Defaults::default()).map(|(reading, _)| reading);
    let lines = read("csv");
    assert!(matches!(lines, Ok(Reading::Lines(Format::Csv))), "{lines:?}");
    let payload = read("easypost");
    assert!(matches!(payload, Ok(Reading::Payload(_))), "{payload:?}");
    let refusal = read("parquet").expect_err("no format of messages");
    let told = refusal.to_string();
    let begin = "unknown_format: format `parquet` is unknown; send Milepost-Format: canonical or csv or ";
    assert!(told.starts_with(begin) && told.contains("easypost"), "{told}");
}

#[test]
fn depth_is_counted_on_every_way_in() {
    let mut chance = Chance(1);
    for levels in [1, 2, 126, 127, 128, 1000, 50_000] {
        let (open, close) = if chance.one_in(2) { ("[", "]") } else { ("{\"k\":", "}") };
        let text = line(&[("x", &format!("={}1{}", open.repeat(levels), close.repeat(levels)))]);
        let told = letters(&[("x", text.into_bytes())]);
        assert_eq!(told.contains("a scan of"), levels < 128, "{levels}: {told}");
        assert_eq!(told.contains("too_deep"), levels >= 128, "{levels}: {told}");
    }
}

#[test]
fn a_payload_that_is_none_of_its_format_is_refused_with_what_it_looks_like() {
    let refused = |format: &str, payload: &str| {
        let mapping = Formats::built_in().get(format).expect("a format of ours");
        let (mut decoder, scratch, defaults) = (Decoder::new(), Scratch::new(), Defaults::default());
        let mut told = Vec::new();
        decoder.decode_payload(mapping, payload.as_bytes(), (&scratch, &defaults), &mut |given| {
            told.push(match given.scan {
                Ok(scan) => format!("a scan of {}", scan.number),
                Err(refusal) => format!("{}: {}", given.number, refusal),
            });
        });
        assert_eq!(decoder.counts().records, told.len() as u64);
        told.join("\n")
    };
    let gls = r#"{"parcels": [{"requested": "347109266058", "unitno": "347109266058"}]}"#;
    assert_eq!(refused("gls", gls), "");
    assert_eq!(
        refused("easypost", gls),
        "0: wrong_format: the payload is none of `easypost`: what should stand at `document.object | \
         document.result.object` does not; it looks like gls: send it as that"
    );
    assert_eq!(
        refused("easypost", "[]"),
        "0: wrong_format: the payload is none of `easypost`: what should stand at `document.object | \
         document.result.object` does not; send payloads of this format only, or mend its mapping file"
    );
}
