//! Both ways through a line, the fast and the general one, give what the yardstick gives.

use super::super::field::{Field, Record};
use super::super::{Counts, Decoder, Defaults, Refusal, Scratch, canonical, json, text};
use super::{Chance, reference};
use milepost_model::Scan;

const LINES: usize = 20_000;

#[test]
fn random_objects_read_alike_on_every_way() {
    let mut chance = Chance(42);
    let mut decoder = Decoder::new();
    let mut scratch = Scratch::new();
    let defaults = Defaults::default();
    let mut accepted = 0;
    for _ in 0..LINES {
        let line = object(&mut chance);
        let expected = reference::read(&line, &scratch).unwrap_or_else(|| panic!("the generator writes JSON: {line}"));
        let mut general = Record::new();
        json::read(&line, &scratch, &mut general).unwrap_or_else(|refusal| panic!("{refusal}: {line}"));
        assert_eq!(general, expected, "{line}");
        let found = decoder.decode_line(line.as_bytes(), &scratch, &defaults);
        assert_eq!(found, meaning(&expected, &scratch, &defaults), "{line}");
        accepted += usize::from(found.is_ok());
        scratch.reset();
    }
    let unusual = usize::try_from(decoder.counts().unusual).expect("fewer than all lines");
    assert!(accepted > LINES / 5, "only {accepted} of {LINES} lines were scans");
    assert!(
        (LINES / 5..LINES * 4 / 5).contains(&unusual),
        "{unusual} of {LINES} lines went the general way"
    );
}

#[test]
fn the_order_of_columns_before_changes_nothing() {
    let mut chance = Chance(7);
    let mut remembering = Decoder::new();
    let defaults = Defaults::default();
    for _ in 0..2000 {
        let line = object(&mut chance);
        let (one, other) = (Scratch::new(), Scratch::new());
        let found = remembering.decode_line(line.as_bytes(), &one, &defaults);
        assert_eq!(
            found,
            Decoder::new().decode_line(line.as_bytes(), &other, &defaults),
            "{line}"
        );
    }
}

#[test]
fn lines_as_programs_write_them_are_ordinary_in_any_order() {
    let columns = [
        ("tracking_number", "\"1Z999AA10123456784\""),
        ("carrier", "\"ups\""),
        ("status", "\"in_transit\""),
        ("occurred_at", "\"2026-03-01T14:03:22.000Z\""),
        ("city", "\"Frankfurt\\/Main\""),
        ("attempt", "2"),
        ("message", "null"),
        ("next_tracking_number", "\"1Z999AA10123456785\""),
        ("stranger", "\"a\""),
        ("service", "\"\""),
    ];
    let mut decoder = Decoder::new();
    let defaults = Defaults::default();
    for (comma, colon) in [(",", ":"), (", ", ": "), (",", ":"), (",", ": "), (", ", ":")] {
        let members: Vec<String> = columns
            .iter()
            .map(|(name, value)| format!("\"{name}\"{colon}{value}"))
            .collect();
        for first in 0..members.len() {
            let (after, before) = members.split_at(first);
            let line = format!("{{{}}}", [before, after].concat().join(comma));
            let (one, other) = (Scratch::new(), Scratch::new());
            let found = decoder.decode_line(line.as_bytes(), &one, &defaults);
            assert_eq!(found, generally(line.as_bytes(), &other, &defaults), "{line}");
            assert!(found.is_ok(), "{found:?}");
        }
    }
    assert_eq!(decoder.counts().unusual, 0);
}

pub(super) fn meaning<'a>(
    record: &Record<'a>,
    scratch: &'a Scratch,
    defaults: &'a Defaults,
) -> Result<Scan<'a>, Refusal> {
    let counts = &mut Counts::default();
    let context = &mut canonical::Context {
        scratch,
        defaults,
        counts,
    };
    let mut found = None;
    canonical::scan(record, context, &mut |scan| found = Some(*scan))?;
    Ok(found.expect("what is not refused is a scan"))
}

/// What the general reader alone makes of a line.
pub(super) fn generally<'a>(line: &'a [u8], scratch: &'a Scratch, defaults: &'a Defaults) -> Result<Scan<'a>, Refusal> {
    let mut record = Record::new();
    json::read(text(line)?, scratch, &mut record)?;
    meaning(&record, scratch, defaults)
}

/// A random object: half of them as machines write them, some of these with spaces, half as unusual as JSON allows.
pub(super) fn object(chance: &mut Chance) -> String {
    let wild = chance.one_in(2);
    let (comma, colon) = if !wild && chance.one_in(3) {
        (", ", ": ")
    } else {
        (",", ":")
    };
    let mut fields: Vec<Field> = Field::ALL.iter().copied().filter(|_| chance.one_in(3)).collect();
    for field in [Field::TrackingNumber, Field::OccurredAt, Field::Status] {
        if !fields.contains(&field) && !chance.one_in(10) {
            fields.push(field);
        }
    }
    for at in (1..fields.len()).rev() {
        fields.swap(at, chance.below(at + 1));
    }
    let mut members: Vec<String> = Vec::new();
    for (at, field) in fields.into_iter().enumerate() {
        // The same column twice: the last one counts.
        for _ in 0..=usize::from(chance.one_in(20)) {
            members.push(member(field.name(), &value(field, chance, wild), colon, chance, wild));
        }
        if chance.one_in(12) {
            let value = stranger(chance, if wild { 3 } else { 0 });
            members.push(member(&format!("x_{at}"), &value, colon, chance, wild));
        }
    }
    let mut text = String::from("{");
    for (at, member) in members.iter().enumerate() {
        if at > 0 {
            text.push_str(comma);
        }
        text.push_str(member);
    }
    space(&mut text, chance, wild);
    text.push('}');
    space(&mut text, chance, wild);
    text
}

fn member(name: &str, value: &str, colon: &str, chance: &mut Chance, wild: bool) -> String {
    let mut text = String::new();
    space(&mut text, chance, wild);
    let escaped = wild && chance.one_in(7);
    string(&mut text, name, chance, escaped);
    space(&mut text, chance, wild);
    text.push_str(colon);
    space(&mut text, chance, wild);
    text.push_str(value);
    space(&mut text, chance, wild);
    text
}

/// What may stand in a column: something sensible, or not.
fn value(field: Field, chance: &mut Chance, wild: bool) -> String {
    let sensible: &[&str] = match field {
        Field::TrackingNumber | Field::NextTrackingNumber => &["1Z999AA10123456784", "1z 999-aa1 0123456784", "123456"],
        Field::OccurredAt | Field::PromisedAt => &["2026-03-01T14:03:22.000Z", "2026-03-01", "2026-03-01T14:03"],
        Field::EstimatedFrom | Field::EstimatedUntil | Field::PickupUntil | Field::ShippedOn => &["2026-03-04"],
        Field::RecordedAt | Field::ReceivedAt => &["2026-03-01T14:03:22Z"],
        Field::Status => &["in_transit", "delivered", "announced", "exception"],
        Field::Code => &["departed_facility", "delivered", "delayed", "what_is_this"],
        Field::Kind => &["scan", "notice"],
        Field::Reason => &["carrier.missort", "nature.weather"],
        Field::Country | Field::DestinationCountry => &["US", "de", "Germany", "Atlantis"],
        Field::OccurredZone => &["Europe/Berlin", "Mars/Base"],
        Field::TimeBasis => &["offset", "claimed"],
        Field::EstimateSource => &["carrier", "model"],
        Field::Carrier | Field::LegCarrier | Field::Service | Field::Merchant | Field::Source | Field::NextCarrier => {
            &["ups", "DHL Express", "gls"]
        }
        Field::Attempt => return chance.pick(&["1", "2", "null", "300", "\"2\"", "-1"]).to_string(),
        Field::Latitude | Field::Longitude => {
            return chance.pick(&["38.25", "-85.75", "null", "12", "true"]).to_string();
        }
        Field::EventId
        | Field::OrderId
        | Field::CarrierCode
        | Field::City
        | Field::Region
        | Field::PostalCode
        | Field::Facility
        | Field::DestinationCity
        | Field::DestinationRegion
        | Field::DestinationPostalCode
        | Field::Message
        | Field::SignedBy
        | Field::CarrierShipmentId
        | Field::Retracts => &[
            "Köln",
            "Frankfurt/Main",
            "DE/08",
            "K\"Y\\",
            "line\nfeed",
            "😀\u{1}",
            "40213",
        ],
    };
    match chance.below(40) {
        0 => "null".to_owned(),
        1 => "\"\"".to_owned(),
        2 if wild => stranger(chance, 3),
        3 => chance.pick(&["17", "true", "\"\\u00e9\""]).to_string(),
        _ => {
            let mut text = String::new();
            let (sensible, escaped) = (chance.pick(sensible), chance.one_in(5));
            string(&mut text, sensible, chance, escaped);
            text
        }
    }
}

/// Any JSON value; `depth` levels of objects and arrays may stand in it.
fn stranger(chance: &mut Chance, depth: usize) -> String {
    match chance.below(if depth == 0 { 5 } else { 7 }) {
        0 => "null".to_owned(),
        1 => "false".to_owned(),
        2 => format!("{}", chance.below(1000)),
        3 => "-0.5".to_owned(),
        4 => "\"a, b: {c}\"".to_owned(),
        5 => {
            let inner: Vec<String> = (0..chance.below(3)).map(|_| stranger(chance, depth - 1)).collect();
            format!("[{}]", inner.join(" , "))
        }
        _ => {
            let inner: Vec<String> = (0..chance.below(3))
                .map(|at| format!("\"k{at}\" : {}", stranger(chance, depth - 1)))
                .collect();
            format!("{{{}}}", inner.join(","))
        }
    }
}

/// A string in quotes; escapes where they must be, and where they may be if `escaped`.
fn string(text: &mut String, value: &str, chance: &mut Chance, escaped: bool) {
    text.push('"');
    for c in value.chars() {
        let short = match c {
            '"' => Some("\\\""),
            '\\' => Some("\\\\"),
            '\n' => Some("\\n"),
            '/' if escaped => Some("\\/"),
            _ => None,
        };
        match short {
            Some(short) => text.push_str(short),
            None if c < ' ' || (escaped && chance.one_in(3)) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
            None => text.push(c),
        }
    }
    text.push('"');
}

fn space(text: &mut String, chance: &mut Chance, wild: bool) {
    if wild && chance.one_in(3) {
        let spaces: [&str; 5] = [" ", "  ", "\t", "\r", " \t "];
        text.push_str(chance.pick(&spaces));
    }
}
