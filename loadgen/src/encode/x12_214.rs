//! X12 214: interchanges with one transaction for each record.

use super::ups_track_alert::{date, minute};
use super::words;
use super::write::{names_town, number, said, two};
use crate::world::calendar::{DAY_S, HOUR_S};
use crate::world::carriers::TimeForm;
use crate::world::places::{Site, Spot};
use crate::world::step::{Extra, Scan};
use milepost_model::Code;

/// Ends a segment.
const END: &[u8] = b"~\n";

/// The code of a carrier, of those that we know by it.
pub(super) fn scac(slug: &str) -> Option<&'static str> {
    match slug {
        "ups" => Some("UPSN"),
        "usps" => Some("USPS"),
        "fedex" => Some("FDEG"),
        _other => None,
    }
}

/// Whether X12 has a word for it.
pub(super) fn tells(scan: &Scan) -> bool {
    words::x12(scan.step.code).is_some()
}

/// Writes an interchange of these records; `written_s` is when, by the sender's clock, `control` its number.
pub(super) fn write(scans: &[Scan], written_s: i64, control: u64, out: &mut Vec<u8>) {
    let of_day = written_s.rem_euclid(DAY_S);
    let day = written_s.div_euclid(DAY_S);
    out.extend_from_slice(b"ISA*00*          *00*          *02*LOADGEN        *ZZ*MILEPOST       *");
    let from = out.len();
    date(out, day);
    // ISA has years of two digits.
    out.drain(from..from + 2);
    out.push(b'*');
    minute(out, of_day);
    out.extend_from_slice(b"*^*00501*");
    nine(out, control);
    out.extend_from_slice(b"*0*P*:");
    out.extend_from_slice(END);
    out.extend_from_slice(b"GS*QM*LOADGEN*MILEPOST*");
    date(out, day);
    out.push(b'*');
    minute(out, of_day);
    out.push(b'*');
    number(out, control);
    out.extend_from_slice(b"*X*005010");
    out.extend_from_slice(END);
    for (at, scan) in (1..).zip(scans) {
        transaction(scan, at, out);
    }
    out.extend_from_slice(b"GE*");
    number(out, scans.len() as u64);
    out.push(b'*');
    number(out, control);
    out.extend_from_slice(END);
    out.extend_from_slice(b"IEA*1*");
    nine(out, control);
    out.extend_from_slice(END);
}

fn transaction(scan: &Scan, at: u64, out: &mut Vec<u8>) {
    let Some(word) = words::x12(scan.step.code) else { return };
    let from = out.len();
    segment(out, &[b"ST", b"214", &four(at)]);
    let scac = scac(scan.plan.carrier().slug).unwrap_or_default().as_bytes();
    segment(out, &[b"B10", scan.plan.number.as_bytes(), &shipment(scan), scac]);
    segment(out, &[b"L11", &order(scan), b"CO"]);
    if scan.step.states_promise {
        destination(scan, out);
    }
    segment(out, &[b"LX", b"1"]);
    if scan.step.code != Code::Estimate {
        event(scan, word.raw, out);
    }
    estimate(scan, out);
    if let Some(said) = said(scan) {
        let said = plain(said);
        let (first, second) = halves(&said);
        segment(out, &[b"K1", first.as_bytes(), second.as_bytes()]);
    }
    // SE counts itself.
    let segments = 1 + out
        .get(from..)
        .unwrap_or_default()
        .windows(2)
        .filter(|two| *two == END)
        .count();
    let mut count = Vec::new();
    number(&mut count, segments as u64);
    segment(out, &[b"SE", &count, &four(at)]);
}

/// What happened, why, when and where.
fn event(scan: &Scan, raw: &str, out: &mut Vec<u8>) {
    let why = scan.step.reason.and_then(words::x12_reason).unwrap_or("NS");
    let (at_s, zone) = (scan.step.written_s(), scan.step.spot.city.city().zone);
    let (mut day, mut time, mut code) = (Vec::new(), Vec::new(), offset_code(zone.offset_s(at_s)));
    let local_s = zone.local_s(at_s);
    date(&mut day, local_s.div_euclid(DAY_S));
    let of_day = local_s.rem_euclid(DAY_S);
    match scan.step.form {
        TimeForm::Date => code.clear(),
        TimeForm::Minute | TimeForm::LocalMinute => minute(&mut time, of_day),
        TimeForm::Offset | TimeForm::Zulu | TimeForm::ZuluMillis | TimeForm::Local => second(&mut time, of_day),
        TimeForm::Bare => {
            second(&mut time, of_day);
            code = b"LT".to_vec();
        }
    }
    segment(
        out,
        &[b"AT7", raw.as_bytes(), why.as_bytes(), b"", b"", &day, &time, &code],
    );
    let spot = scan.step.spot;
    if spot.site != Site::Nowhere {
        let city = spot.city.city();
        let parts = [
            b"MS1",
            city.name.as_bytes(),
            state(spot).as_bytes(),
            city.country.as_bytes(),
        ];
        segment(out, &parts);
    }
}

/// The day of delivery, or its last hour.
fn estimate(scan: &Scan, out: &mut Vec<u8>) {
    let home = scan.plan.to.city().zone;
    let (mut day_text, mut time) = (Vec::new(), Vec::new());
    match scan.step.extra {
        Extra::Day(day) => {
            date(&mut day_text, i64::from(day));
            segment(out, &[b"AT7", b"AG", b"NS", b"", b"", &day_text, b"0000"]);
        }
        Extra::Hours { day, until, .. } => {
            date(&mut day_text, i64::from(day));
            minute(&mut time, i64::from(until) * HOUR_S);
            let at_s = home.utc_s(i64::from(day) * DAY_S + i64::from(until) * HOUR_S);
            let code = offset_code(home.offset_s(at_s));
            segment(out, &[b"AT7", b"AG", b"NS", b"", b"", &day_text, &time, &code]);
        }
        Extra::None | Extra::PickupUntil(_) | Extra::Attempt(_) | Extra::Retracts(_) => {}
    }
}

fn destination(scan: &Scan, out: &mut Vec<u8>) {
    let door = scan.plan.door_spot();
    let city = door.city.city();
    let mut postal = Vec::new();
    door.write_postal(&mut postal);
    segment(out, &[b"N1", b"CN", b"CONSIGNEE"]);
    let (town, state) = if names_town(scan) {
        (city.name, state(door))
    } else {
        ("", "")
    };
    segment(
        out,
        &[
            b"N4",
            town.as_bytes(),
            state.as_bytes(),
            &postal,
            city.country.as_bytes(),
        ],
    );
}

/// States and provinces have two letters here; others are left out.
fn state(spot: Spot) -> &'static str {
    let region = spot.city.city().region;
    if region.len() == 2 { region } else { "" }
}

/// Element 623 of whole hours: 01 to 12 lie east of Greenwich, 13 to 24 west.
fn offset_code(offset_s: i64) -> Vec<u8> {
    let hours = offset_s / HOUR_S;
    let mut code = Vec::new();
    match hours {
        0 => code.extend_from_slice(b"UT"),
        1.. => two(&mut code, hours),
        ..0 => two(&mut code, 25 + hours),
    }
    code
}

/// One segment, without the empty elements at its end.
fn segment(out: &mut Vec<u8>, elements: &[&[u8]]) {
    let filled = elements
        .iter()
        .rposition(|element| !element.is_empty())
        .map_or(0, |last| last + 1);
    for (at, element) in elements.iter().take(filled).enumerate() {
        if at > 0 {
            out.push(b'*');
        }
        out.extend_from_slice(element);
    }
    out.extend_from_slice(END);
}

/// A text that was escaped for JSON, as it is.
fn plain(escaped: &str) -> String {
    escaped.replace("\\/", "/").replace("\\u2014", "\u{2014}")
}

/// Two elements of thirty signs at most, cut at a blank.
fn halves(text: &str) -> (&str, &str) {
    if text.chars().count() <= 30 {
        return (text, "");
    }
    let end = text.char_indices().nth(31).map_or(text.len(), |(end, _)| end);
    let cut = text.get(..end).and_then(|begin| begin.rfind(' ')).unwrap_or(text.len());
    let (first, second) = text.split_at(cut);
    (first, second.trim_start())
}

fn second(out: &mut Vec<u8>, of_day: i64) {
    minute(out, of_day);
    two(out, of_day % 60);
}

fn order(scan: &Scan) -> Vec<u8> {
    let mut text = b"SO-".to_vec();
    number(&mut text, 100_000 + scan.plan.order);
    text
}

fn shipment(scan: &Scan) -> Vec<u8> {
    let mut text = b"SID-".to_vec();
    number(&mut text, scan.plan.index);
    text
}

fn four(at: u64) -> Vec<u8> {
    format!("{at:04}").into_bytes()
}

fn nine(out: &mut Vec<u8>, control: u64) {
    out.extend_from_slice(format!("{:09}", control % 1_000_000_000).as_bytes());
}
