//! EasyPost: the event `tracker.updated`, which brings the whole history of a parcel each time.

use super::json::{comma, object, text, written};
use super::words;
use super::write::{date, names_postal, names_town, said, signed_by, two, wall};
use crate::world::carriers::TimeForm;
use crate::world::places::{Site, Spot};
use crate::world::step::{Extra, Scan};
use milepost_model::TrackingNumber;

/// What has been heard of a parcel so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Parcel {
    /// Its records, each once, by the time that they state.
    history: Vec<Scan>,
    /// The newest estimate that was heard.
    estimate: Option<Extra>,
    destination: Destination,
    signed_by: Option<&'static str>,
}

/// How much of the destination has been heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Destination {
    #[default]
    Unknown,
    PostalCode,
    Town,
}

impl Parcel {
    /// Hears a record.
    pub(super) fn hear(&mut self, scan: &Scan) {
        if self.history.iter().any(|known| known.step.ordinal == scan.step.ordinal) {
            return;
        }
        let key = |scan: &Scan| (scan.step.written_s(), scan.step.ordinal);
        let at = self.history.partition_point(|known| key(known) <= key(scan));
        self.history.insert(at, *scan);
        if matches!(scan.step.extra, Extra::Day(_) | Extra::Hours { .. }) {
            self.estimate = Some(scan.step.extra);
        }
        if scan.step.states_promise {
            if names_town(scan) {
                self.destination = Destination::Town;
            } else if self.destination == Destination::Unknown {
                self.destination = Destination::PostalCode;
            }
        }
        // One name for all: nothing says which of two events is the newer, so who has signed stays.
        self.signed_by = self.signed_by.or_else(|| signed_by(scan));
    }

    /// Its number, once something is known.
    pub(super) fn number(&self) -> Option<TrackingNumber> {
        self.history.last().map(|newest| newest.plan.number)
    }

    /// Writes what is known now as one event, without newline; nothing when nothing is known.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let Some(newest) = self.history.last() else { return };
        out.extend_from_slice(b"{\"object\":\"Event\",\"mode\":\"production\",\"description\":\"tracker.updated\"");
        object(out, "result", |out| self.tracker(newest, out));
        out.push(b'}');
    }

    fn tracker(&self, newest: &Scan, out: &mut Vec<u8>) {
        text(out, "object", "Tracker");
        text(out, "tracking_code", newest.plan.number.as_str());
        text(out, "carrier", carrier(newest.plan.carrier().slug));
        if let Some((status, detail)) = self.history.iter().rev().find_map(status) {
            text(out, "status", status);
            text(out, "status_detail", detail);
        }
        if let Some(name) = self.signed_by {
            text(out, "signed_by", name);
        }
        written(out, "updated_at", |out| {
            wall(out, newest.step.written_s(), true);
            out.push(b'Z');
        });
        if let Some(Extra::Day(day) | Extra::Hours { day, .. }) = self.estimate {
            written(out, "est_delivery_date", |out| {
                date(out, i64::from(day));
                out.extend_from_slice(b"T00:00:00Z");
            });
        }
        object(out, "carrier_detail", |out| self.carrier_detail(newest, out));
        super::json::member(out, "tracking_details");
        out.push(b'[');
        for scan in &self.history {
            detail(scan, out);
        }
        out.push(b']');
    }

    fn carrier_detail(&self, newest: &Scan, out: &mut Vec<u8>) {
        text(out, "object", "CarrierDetail");
        text(out, "service", newest.plan.service().slug);
        if self.destination != Destination::Unknown {
            let door = newest.plan.door_spot();
            object(out, "destination_tracking_location", |out| {
                place(door, self.destination == Destination::Town, true, out);
            });
        }
        match self.estimate {
            Some(Extra::Day(day)) => {
                written(out, "est_delivery_date_local", |out| date(out, i64::from(day)));
            }
            Some(Extra::Hours { day, until, .. }) => {
                written(out, "est_delivery_date_local", |out| date(out, i64::from(day)));
                written(out, "est_delivery_time_local", |out| {
                    two(out, i64::from(until));
                    out.extend_from_slice(b":00:00");
                });
            }
            Some(Extra::None | Extra::PickupUntil(_) | Extra::Attempt(_) | Extra::Retracts(_)) | None => {}
        }
    }
}

/// Status and detail of a record.
fn status(scan: &Scan) -> Option<(&'static str, &'static str)> {
    words::easypost(scan.step.code, scan.step.reason, scan.by().slug)?
        .raw
        .split_once('/')
}

fn detail(scan: &Scan, out: &mut Vec<u8>) {
    let Some((status, detail)) = status(scan) else { return };
    comma(out);
    out.extend_from_slice(b"{\"object\":\"TrackingDetail\"");
    if let Some(said) = said(scan) {
        text(out, "message", said);
    }
    text(out, "status", status);
    text(out, "status_detail", detail);
    written(out, "datetime", |out| time(scan, out));
    text(out, "source", carrier(scan.by().slug));
    let raw = scan.by().raw_code(scan.step.code);
    if !raw.is_empty() {
        text(out, "carrier_code", raw);
    }
    let spot = scan.step.spot;
    if spot.site != Site::Nowhere {
        object(out, "tracking_location", |out| {
            place(spot, true, names_postal(scan), out)
        });
    }
    out.push(b'}');
}

/// The wall clock of the place, with a `Z` behind it as EasyPost has it; without a place that of Greenwich.
fn time(scan: &Scan, out: &mut Vec<u8>) {
    let (begins_s, zone) = (scan.begins_s(), scan.step.spot.city.city().zone);
    let is_utc = scan.step.spot.site == Site::Nowhere && scan.step.form != TimeForm::Date;
    wall(out, if is_utc { begins_s } else { zone.local_s(begins_s) }, true);
    out.push(b'Z');
}

fn place(spot: Spot, with_town: bool, with_postal: bool, out: &mut Vec<u8>) {
    let city = spot.city.city();
    text(out, "object", "TrackingLocation");
    if with_town {
        text(out, "city", city.name);
        if !city.region.is_empty() {
            text(out, "state", city.region);
        }
    }
    text(out, "country", city.country);
    if with_postal {
        written(out, "zip", |out| spot.write_postal(out));
    }
}

/// Carriers as EasyPost writes them; those that it does not have are told by our names.
fn carrier(slug: &'static str) -> &'static str {
    match slug {
        "ups" => "UPS",
        "usps" => "USPS",
        "fedex" => "FedEx",
        "dhl_express" => "DHLExpress",
        "dpd" => "DPD",
        "gls" => "GLS",
        "royal_mail" => "RoyalMail",
        "canada_post" => "CanadaPost",
        other => other,
    }
}
