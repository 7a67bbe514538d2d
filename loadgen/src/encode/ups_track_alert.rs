//! UPS Track Alert: one flat object for each event, with the clock of the place and that of Greenwich.

use super::json::{object, text, written};
use super::words;
use super::write::{names_postal, number, said, signed_by};
use crate::world::calendar::{DAY_S, civil_from_days};
use crate::world::places::Site;
use crate::world::step::{Extra, Scan};
use milepost_model::Status;

/// Writes the event, without newline; nothing where UPS has no word for it.
pub(super) fn write(scan: &Scan, out: &mut Vec<u8>) {
    let Some(word) = words::ups(scan.step.code, scan.step.reason, scan.attempt()) else {
        return;
    };
    let mut parts = word.raw.split('/');
    let at_s = scan.step.written_s();
    let local_s = scan.step.spot.city.city().zone.local_s(at_s);
    out.push(b'{');
    text(out, "trackingNumber", scan.plan.number.as_str());
    clock(out, ["localActivityDate", "localActivityTime"], local_s);
    object(out, "activityLocation", |out| place(scan, out));
    object(out, "activityStatus", |out| {
        text(out, "type", parts.next().unwrap_or_default());
        text(out, "code", parts.next().unwrap_or_default());
        if let Some(said) = said(scan) {
            text(out, "description", said);
        }
        text(out, "descriptionCode", parts.next().unwrap_or_default());
    });
    match scan.step.extra {
        Extra::Day(day) => written(out, "scheduledDeliveryDate", |out| date(out, i64::from(day))),
        Extra::Hours { day, from, until } => {
            written(out, "scheduledDeliveryDate", |out| date(out, i64::from(day)));
            written(out, "deliveryStartTime", |out| time(out, i64::from(from) * 3_600));
            written(out, "deliveryEndTime", |out| time(out, i64::from(until) * 3_600));
        }
        Extra::None | Extra::PickupUntil(_) | Extra::Attempt(_) | Extra::Retracts(_) => {}
    }
    if word.back.status() == Some(Status::Delivered) {
        clock(out, ["actualDeliveryDate", "actualDeliveryTime"], local_s);
    }
    clock(out, ["gmtActivityDate", "gmtActivityTime"], at_s);
    if let Some(name) = signed_by(scan) {
        text(out, "receivedBy", name);
    }
    out.push(b'}');
}

fn place(scan: &Scan, out: &mut Vec<u8>) {
    let spot = scan.step.spot;
    if spot.site == Site::Nowhere {
        return;
    }
    let city = spot.city.city();
    text(out, "city", city.name);
    text(out, "stateProvince", city.region);
    if names_postal(scan) {
        written(out, "postalCode", |out| spot.write_postal(out));
    }
    text(out, "country", city.country);
}

fn clock(out: &mut Vec<u8>, names: [&str; 2], at_s: i64) {
    let [date_name, time_name] = names;
    written(out, date_name, |out| date(out, at_s.div_euclid(DAY_S)));
    written(out, time_name, |out| time(out, at_s.rem_euclid(DAY_S)));
}

/// `20260304`
pub(super) fn date(out: &mut Vec<u8>, days: i64) {
    let date = civil_from_days(days);
    number(
        out,
        date.year as u64 * 10_000 + u64::from(date.month) * 100 + u64::from(date.day),
    );
}

/// `141207`
fn time(out: &mut Vec<u8>, of_day: i64) {
    minute(out, of_day);
    super::write::two(out, of_day % 60);
}

/// `1412`
pub(super) fn minute(out: &mut Vec<u8>, of_day: i64) {
    super::write::two(out, of_day / 3_600);
    super::write::two(out, of_day / 60 % 60);
}
