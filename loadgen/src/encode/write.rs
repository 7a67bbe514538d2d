//! The canonical line of a good scan, field by field; and what a scan says, for the encoders of other formats.

use crate::rng::mix;
use crate::world::calendar::{DAY_S, civil_from_days};
use crate::world::carriers::TimeForm;
use crate::world::places::{Site, Spot};
use crate::world::step::{Extra, Promise, Scan};
use crate::world::zone::Zone;
use milepost_model::{Code, Kind};

/// Appends the object, without newline.
pub(super) fn scan(scan: &Scan, out: &mut Vec<u8>) {
    let taste = taste(scan);
    out.extend_from_slice(b"{\"event_id\":\"");
    event_id(scan, scan.step.ordinal, out);
    out.extend_from_slice(b"\",\"tracking_number\":\"");
    out.extend_from_slice(scan.plan.number.as_bytes());
    close(out);
    text(out, b"carrier", scan.plan.carrier().slug);
    if scan.step.by_partner {
        text(out, b"leg_carrier", scan.by().slug);
    }
    text(out, b"service", scan.plan.service().slug);
    open(out, b"order_id");
    out.extend_from_slice(b"SO-");
    number(out, 100_000 + scan.plan.order);
    close(out);
    text(out, b"merchant", scan.plan.merchant().slug);
    what(scan, taste, out);
    time(scan, out);
    if let Some(recorded_s) = recorded_s(scan) {
        open(out, b"recorded_at");
        zulu(out, recorded_s, false);
        close(out);
    }
    place(scan, out);
    if scan.step.states_promise {
        destination(scan, out);
    }
    dates(scan, taste, out);
    words(scan, out);
    out.push(b'}');
}

/// What a line says beside the facts is decided by its own bits, so that it never depends on other lines.
fn taste(scan: &Scan) -> u64 {
    mix(scan.seed ^ scan.plan.index.rotate_left(17) ^ u64::from(scan.step.ordinal))
}

/// When the feed wrote it down, if it says so.
pub(super) fn recorded_s(scan: &Scan) -> Option<i64> {
    let taste = taste(scan);
    (scan.by().poll_minutes > 0 && taste & 3 == 0).then(|| scan.step.at_s + 1 + (taste >> 8 & 7) as i64)
}

/// `w` and the seed, the shipment, the ordinal: `w00002a-17-03`.
pub(super) fn event_id(scan: &Scan, ordinal: u8, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'w');
    for shift in [20, 16, 12, 8, 4, 0] {
        out.push(*HEX.get((scan.seed >> shift & 15) as usize).unwrap_or(&b'0'));
    }
    out.push(b'-');
    number(out, scan.plan.index);
    out.push(b'-');
    two(out, i64::from(ordinal));
}

/// Kind, status, code, raw code, reason.
fn what(scan: &Scan, taste: u64, out: &mut Vec<u8>) {
    let step = &scan.step;
    // Some feeds leave out what can be told from the rest.
    if step.kind() != step.code.kind() || taste >> 16 & 7 != 0 {
        text(out, b"kind", step.kind().as_str());
    }
    if let Some(status) = step.status() {
        text(out, b"status", status.as_str());
        if Code::generic(status) != step.code || taste >> 20 & 3 != 0 {
            text(out, b"code", step.code.as_str());
        }
    } else {
        text(out, b"code", step.code.as_str());
    }
    let raw = scan.by().raw_code(step.code);
    if !raw.is_empty() {
        text(out, b"carrier_code", raw);
    }
    if let Some(reason) = step.reason {
        text(out, b"reason", reason.as_str());
    }
}

/// When it happened, as the feed writes it.
fn time(scan: &Scan, out: &mut Vec<u8>) {
    let (at_s, zone) = (scan.step.written_s(), scan.step.spot.city.city().zone);
    open(out, b"occurred_at");
    match scan.step.form {
        TimeForm::Zulu => zulu(out, at_s, false),
        TimeForm::ZuluMillis => zulu(out, at_s, true),
        TimeForm::Offset => {
            let offset_s = zone.offset_s(at_s);
            wall(out, at_s + offset_s, true);
            offset(out, offset_s);
        }
        TimeForm::Minute => {
            let offset_s = zone.offset_s(at_s);
            wall(out, at_s + offset_s, false);
            offset(out, offset_s);
        }
        TimeForm::Local => wall(out, zone.local_s(at_s), true),
        TimeForm::Bare => wall(out, zone.local_s(at_s), true),
        TimeForm::LocalMinute => wall(out, zone.local_s(at_s), false),
        TimeForm::Date => date(out, zone.local_day(at_s)),
    }
    close(out);
    if matches!(scan.step.form, TimeForm::Local | TimeForm::LocalMinute | TimeForm::Date) {
        text(out, b"occurred_zone", zone.name);
    }
}

/// Whether it names the postal code of its place: carriers do at the door, seldom on the road.
pub(super) fn names_postal(scan: &Scan) -> bool {
    matches!(
        scan.step.spot.site,
        Site::Door | Site::Shop | Site::Locker | Site::Depot
    ) || taste(scan) >> 24 & 1 == 0
}

/// Whether it names the city where the parcel is to go, if it states that at all.
pub(super) fn names_town(scan: &Scan) -> bool {
    scan.step.kind() != Kind::Scan || taste(scan) >> 40 & 3 != 0
}

fn place(scan: &Scan, out: &mut Vec<u8>) {
    let spot = scan.step.spot;
    if spot.site == Site::Nowhere {
        return;
    }
    let city = spot.city.city();
    text(out, b"city", city.name);
    if !city.region.is_empty() {
        text(out, b"region", city.region);
    }
    if names_postal(scan) {
        open(out, b"postal_code");
        spot.write_postal(out);
        close(out);
    }
    text(out, b"country", city.country);
    facility(spot, out);
    if spot.site == Site::Door && scan.by().slug == "dpd" {
        out.extend_from_slice(b",\"latitude\":");
        hundredths(out, city.north);
        out.extend_from_slice(b",\"longitude\":");
        hundredths(out, city.east);
    }
}

/// Where the parcel is to go: who announces it knows the address, some who take it over only whither to sort it.
fn destination(scan: &Scan, out: &mut Vec<u8>) {
    let door = scan.plan.door_spot();
    let city = door.city.city();
    if names_town(scan) {
        text(out, b"destination_city", city.name);
        if !city.region.is_empty() {
            text(out, b"destination_region", city.region);
        }
    }
    open(out, b"destination_postal_code");
    door.write_postal(out);
    close(out);
    text(out, b"destination_country", city.country);
}

fn facility(spot: Spot, out: &mut Vec<u8>) {
    let Some(prefix) = spot.facility_prefix() else { return };
    open(out, b"facility");
    facility_id(prefix, spot, out);
    close(out);
}

/// `hub:SDF-1`
pub(super) fn facility_id(prefix: &str, spot: Spot, out: &mut Vec<u8>) {
    out.extend_from_slice(prefix.as_bytes());
    out.extend_from_slice(spot.city.city().code.as_bytes());
    out.push(b'-');
    number(out, u64::from(spot.number));
}

/// Promise, estimate, last day to collect, attempt, retraction.
fn dates(scan: &Scan, taste: u64, out: &mut Vec<u8>) {
    let home = scan.plan.to.city().zone;
    if scan.step.states_promise || taste >> 28 & 3 == 0 {
        match scan.plan.promise {
            Promise::None => {}
            Promise::Day(day) => {
                open(out, b"promised_at");
                date(out, i64::from(day));
                close(out);
            }
            Promise::EndOf(day) => {
                open(out, b"promised_at");
                zulu(out, end_of(home, day), true);
                close(out);
            }
        }
    }
    match scan.step.extra {
        Extra::None => {}
        Extra::Day(day) => {
            open(out, b"estimated_until");
            date(out, i64::from(day));
            close(out);
            if scan.step.code.kind() == Kind::Estimate {
                text(out, b"estimate_source", "carrier");
            }
        }
        Extra::Hours { day, from, until } => {
            for (name, hour) in [
                (b"estimated_from".as_slice(), from),
                (b"estimated_until".as_slice(), until),
            ] {
                let at_s = home.utc_s(i64::from(day) * DAY_S + i64::from(hour) * 3_600);
                let offset_s = home.offset_s(at_s);
                open(out, name);
                wall(out, at_s + offset_s, true);
                offset(out, offset_s);
                close(out);
            }
        }
        Extra::PickupUntil(day) => {
            open(out, b"pickup_until");
            date(out, i64::from(day));
            close(out);
        }
        Extra::Attempt(count) => {
            out.extend_from_slice(b",\"attempt\":");
            number(out, u64::from(count));
        }
        Extra::Retracts(ordinal) => {
            open(out, b"retracts");
            event_id(scan, ordinal, out);
            close(out);
        }
    }
}

/// What the carrier says, and who signed.
fn words(scan: &Scan, out: &mut Vec<u8>) {
    if let Some(signed_by) = signed_by(scan) {
        text(out, b"signed_by", signed_by);
    }
    if let Some(message) = said(scan) {
        text(out, b"message", message);
    }
}

/// Who signed, as JSON has it between quotes.
pub(super) fn signed_by(scan: &Scan) -> Option<&'static str> {
    const SIGNED: [&str; 6] = [
        "J. SMITH",
        "M. M\u{fc}ller",
        "A. Nowak",
        "P. \\\"KIT\\\" DOE",
        "C. Lef\u{e8}vre",
        "RECEPTION",
    ];
    let is_signed = matches!(
        scan.step.code,
        Code::DeliveredSigned | Code::DeliveredReception | Code::ProofOfDelivery
    );
    SIGNED
        .get((taste(scan) >> 32) as usize % SIGNED.len())
        .copied()
        .filter(|_| is_signed)
}

/// What the carrier says, as JSON has it between quotes.
pub(super) fn said(scan: &Scan) -> Option<&'static str> {
    (taste(scan) >> 36 & 3 == 0).then(|| message(scan.step.code))
}

/// The words of the usual codes; the others are told by their names.
const MESSAGES: [(Code, &str); 13] = [
    (Code::InfoReceived, "Shipment information received"),
    (Code::PickedUp, "Picked up"),
    (Code::ArrivedFacility, "Arrived at facility"),
    (Code::DepartedFacility, "Departed from facility"),
    (Code::Processed, "Processing at facility"),
    (Code::ArrivedDeliveryDepot, "At local delivery depot"),
    (Code::OutForDelivery, "On vehicle for delivery"),
    (Code::Delivered, "Delivered"),
    (Code::DeliveredSafePlace, "Left in a safe place"),
    (Code::AttemptFailed, "Delivery attempted\\/no one available"),
    (Code::CardLeft, "Delivery attempted\\/no one available"),
    (Code::Delayed, "Your parcel is delayed. We are sorry."),
    (Code::Misrouted, "Missorted\\u2014redirected"),
];

fn message(code: Code) -> &'static str {
    MESSAGES
        .iter()
        .find(|(known, _)| *known == code)
        .map_or(code.as_str(), |(_, words)| words)
}

/// Opens a text field after another field.
fn open(out: &mut Vec<u8>, name: &[u8]) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name);
    out.extend_from_slice(b"\":\"");
}

fn close(out: &mut Vec<u8>) {
    out.push(b'"');
}

/// A text field whose value needs no escapes.
fn text(out: &mut Vec<u8>, name: &[u8], value: &str) {
    open(out, name);
    out.extend_from_slice(value.as_bytes());
    close(out);
}

pub(super) fn number(out: &mut Vec<u8>, value: u64) {
    let mut digits = [0_u8; 20];
    let mut left = value;
    let mut used = 0;
    for slot in digits.iter_mut().rev() {
        *slot = b'0' + (left % 10) as u8;
        left /= 10;
        used += 1;
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(20 - used..).unwrap_or_default());
}

pub(super) fn two(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(&[b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8]);
}

fn hundredths(out: &mut Vec<u8>, value: i16) {
    if value < 0 {
        out.push(b'-');
    }
    let value = i64::from(value.unsigned_abs());
    number(out, (value / 100) as u64);
    out.push(b'.');
    two(out, value % 100);
}

pub(super) fn date(out: &mut Vec<u8>, days: i64) {
    let date = civil_from_days(days);
    two(out, date.year / 100);
    two(out, date.year % 100);
    out.push(b'-');
    two(out, i64::from(date.month));
    out.push(b'-');
    two(out, i64::from(date.day));
}

pub(super) fn wall(out: &mut Vec<u8>, local_s: i64, with_seconds: bool) {
    date(out, local_s.div_euclid(DAY_S));
    let of_day = local_s.rem_euclid(DAY_S);
    out.push(b'T');
    two(out, of_day / 3_600);
    out.push(b':');
    two(out, of_day / 60 % 60);
    if with_seconds {
        out.push(b':');
        two(out, of_day % 60);
    }
}

pub(super) fn zulu(out: &mut Vec<u8>, utc_s: i64, with_millis: bool) {
    wall(out, utc_s, true);
    out.extend_from_slice(if with_millis { b".000Z" } else { b"Z" });
}

pub(super) fn offset(out: &mut Vec<u8>, offset_s: i64) {
    out.push(if offset_s < 0 { b'-' } else { b'+' });
    two(out, offset_s.abs() / 3_600);
    out.push(b':');
    two(out, offset_s.abs() / 60 % 60);
}

/// The last second of a local day.
fn end_of(zone: &Zone, day: i32) -> i64 {
    zone.utc_s((i64::from(day) + 1) * DAY_S) - 1
}
