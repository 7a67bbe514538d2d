//! EPCIS 2.0: one document for each event. It names parcels, places and events by URIs, and knows no address.

use super::json::{object, text, written};
use super::words;
use super::write::{event_id, facility_id, number, offset, recorded_s, wall, zulu};
use crate::world::places::{Site, Spot};
use crate::world::step::{Extra, Scan};
use milepost_model::Code;

/// Whose names these are.
pub const NAMES: &str = "https://id.milepost.example/";

/// Writes the event, without newline; nothing where EPCIS has no word for it. What withdraws an event is that event again,
/// declared an error: `withdrawn` is that one, if it was heard.
pub(super) fn write(scan: &Scan, withdrawn: Option<&Scan>, out: &mut Vec<u8>) {
    let is_withdrawal = matches!(scan.step.extra, Extra::Retracts(_));
    let told = if is_withdrawal { withdrawn } else { Some(scan) };
    let Some((told, word)) = told.and_then(|told| Some((told, words::epcis(told.step.code)?))) else {
        return;
    };
    out.extend_from_slice(b"{\"@context\":[\"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld\"]");
    text(out, "type", "EPCISDocument");
    text(out, "schemaVersion", "2.0");
    written(out, "creationDate", |out| zulu(out, scan.step.written_s(), false));
    out.extend_from_slice(b",\"epcisBody\":{\"eventList\":[{\"type\":\"ObjectEvent\",\"action\":\"OBSERVE\"");
    written(out, "eventID", |out| {
        out.extend_from_slice(NAMES.as_bytes());
        out.extend_from_slice(b"event/");
        event_id(told, told.step.ordinal, out);
    });
    time(told, out);
    out.extend_from_slice(b",\"epcList\":[\"");
    name(out, "parcel/", |out| out.extend_from_slice(told.plan.number.as_bytes()));
    out.extend_from_slice(b"\"]");
    let (step, disposition) = word.raw.split_once('/').unwrap_or((word.raw, ""));
    text(out, "bizStep", step);
    if !disposition.is_empty() {
        text(out, "disposition", disposition);
    }
    places(told, word.back, out);
    out.extend_from_slice(
        b",\"bizTransactionList\":[{\"type\":\"po\",\"bizTransaction\":\"urn:epcglobal:cbv:bt:4012345000009:SO-",
    );
    number(out, 100_000 + told.plan.order);
    out.extend_from_slice(b"\"}]");
    if is_withdrawal {
        object(out, "errorDeclaration", |out| {
            written(out, "declarationTime", |out| zulu(out, scan.step.written_s(), false));
            text(out, "reason", "did_not_occur");
        });
    }
    out.extend_from_slice(b"}]}}");
}

fn time(told: &Scan, out: &mut Vec<u8>) {
    let zone = told.step.spot.city.city().zone;
    let at_s = told.begins_s();
    let offset_s = zone.offset_s(at_s);
    written(out, "eventTime", |out| {
        wall(out, at_s + offset_s, true);
        offset(out, offset_s);
    });
    written(out, "eventTimeZoneOffset", |out| offset(out, offset_s));
    if let Some(recorded_s) = recorded_s(told) {
        written(out, "recordTime", |out| zulu(out, recorded_s, false));
    }
}

/// Where it is. What is received is delivered if that is where it was sent to.
fn places(told: &Scan, back: Code, out: &mut Vec<u8>) {
    let spot = told.step.spot;
    if spot.site == Site::Nowhere {
        return;
    }
    let is_door = spot.site == Site::Door;
    if !is_door {
        object(out, "readPoint", |out| written(out, "id", |out| place(spot, out)));
    }
    if !is_door && back != Code::Delivered {
        return;
    }
    object(out, "bizLocation", |out| written(out, "id", |out| place(spot, out)));
    out.extend_from_slice(b",\"destinationList\":[{\"type\":\"location\",\"destination\":\"");
    place(spot, out);
    out.extend_from_slice(b"\"}]");
}

fn place(spot: Spot, out: &mut Vec<u8>) {
    name(out, "place/", |out| {
        let from = out.len();
        facility_id(spot.facility_prefix().unwrap_or("door:"), spot, out);
        // A colon would begin another name.
        for byte in out.iter_mut().skip(from).filter(|byte| **byte == b':') {
            *byte = b'.';
        }
    });
}

fn name(out: &mut Vec<u8>, kind: &str, write: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(NAMES.as_bytes());
    out.extend_from_slice(kind.as_bytes());
    write(out);
}
