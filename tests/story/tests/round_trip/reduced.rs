//! Canonical records less what a format cannot carry: what stands in `Losses` and `Word`, applied to a scan.

use milepost_loadgen::encode::{EPCIS_NAMES, x12_reason};
use milepost_loadgen::world::carriers::TimeForm;
use milepost_loadgen::world::places::Site;
use milepost_loadgen::world::step::{Extra, Scan};
use milepost_loadgen::{Arrival, Encoder, Format, Losses, Style};
use milepost_model::Code;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A canonical record.
pub(crate) type Record = Map<String, Value>;

/// A record of an arrival, and when it is heard, milliseconds since 1970.
pub(crate) struct Told {
    pub(crate) heard_ms: i64,
    pub(crate) parcel: u64,
    pub(crate) record: Record,
}

/// What stands once for all records of a parcel in EasyPost.
#[derive(Default)]
struct Shared {
    columns: Record,
    signed_by: Option<Value>,
    estimate: Option<Value>,
    newest_s: i64,
}

/// The records of arrivals as a format carries them.
pub(crate) struct Reduced {
    format: Format,
    /// When the interchange of each arrival is written: X12.
    written_s: Vec<i64>,
    scans: BTreeMap<(u64, u8), Scan>,
    shared: BTreeMap<u64, Shared>,
    pub(crate) told: Vec<Told>,
    /// Columns that were taken away from some record.
    pub(crate) lost: BTreeSet<&'static str>,
}

impl Reduced {
    pub(crate) fn of(format: Format, arrivals: &[Arrival], batch: usize) -> Self {
        let mut reduced = Self {
            format,
            written_s: written(format, arrivals, batch),
            scans: BTreeMap::new(),
            shared: BTreeMap::new(),
            told: Vec::new(),
            lost: BTreeSet::new(),
        };
        for (at, arrival) in arrivals.iter().enumerate() {
            let from = reduced.told.len();
            reduced.arrival(at, arrival);
            for told in reduced.told.iter_mut().skip(from) {
                told.heard_ms = arrival.arrives_at;
                told.parcel = arrival.scan.plan.index;
            }
        }
        reduced.share();
        reduced
    }

    fn arrival(&mut self, at: usize, arrival: &Arrival) {
        let scan = &arrival.scan;
        self.scans.insert((scan.plan.index, scan.step.ordinal), *scan);
        let mut record = canonical(scan);
        let stated = estimate(scan);
        for field in Losses::of(self.format).fields {
            if record.remove(*field).is_some() {
                self.lost.insert(field);
            }
        }
        for field in ["estimated_from", "estimated_until", "estimate_source"] {
            record.remove(field);
        }
        let written_s = self.written_s.get(at).copied().unwrap_or_default();
        match self.format {
            Format::Canonical => {}
            Format::EasyPost => self.easypost(scan, record, stated),
            Format::UpsTrackAlert => self.ups(scan, record),
            Format::X12 => self.x12(scan, record, written_s),
            Format::Epcis => self.epcis(scan, record),
        }
    }

    fn tell(&mut self, record: Record) {
        self.told.push(Told {
            heard_ms: 0,
            parcel: 0,
            record,
        });
    }

    fn easypost(&mut self, scan: &Scan, mut record: Record, stated: Option<Value>) {
        let shared = self.shared.entry(scan.plan.index).or_default();
        for column in [
            "service",
            "destination_city",
            "destination_region",
            "destination_postal_code",
            "destination_country",
        ] {
            if let Some(value) = record.remove(column) {
                shared.columns.insert(column.to_owned(), value);
            }
        }
        shared.signed_by = shared.signed_by.take().or(record.remove("signed_by"));
        record.remove("signed_by");
        shared.estimate = stated.or(shared.estimate.take());
        shared.newest_s = shared.newest_s.max(scan.step.written_s());
        let estimated = shared.estimate.clone().map(|until| {
            let mut record = only(&record, &["tracking_number", "carrier"]);
            set(&mut record, "code", "estimate");
            set(&mut record, "occurred_at", &utc(scan, shared.newest_s));
            record.insert("estimated_until".to_owned(), until);
            record
        });
        if let Some(word) = self.format.word(scan) {
            let own = scan.by().raw_code(scan.step.code);
            say(&mut record, word.back, word.reason.map(|reason| reason.as_str()));
            set(&mut record, "carrier_code", if own.is_empty() { word.raw } else { own });
            let begins_s = scan.begins_s();
            let is_day = scan.step.code == Code::Moving && scan.by().slug == "usps" && scan.step.form == TimeForm::Date;
            let written = match (scan.step.form, scan.step.spot.site) {
                (TimeForm::Date, _) if is_day => time(scan, TimeForm::Date, begins_s),
                (TimeForm::Date, _) => time(scan, TimeForm::Bare, begins_s) + "Z",
                (_, Site::Nowhere) => utc(scan, begins_s),
                _other => time(scan, TimeForm::Bare, begins_s) + "Z",
            };
            set(&mut record, "occurred_at", &written);
            set(&mut record, "time_basis", "claimed");
            record.remove("occurred_zone");
            self.tell(record);
        }
        if let Some(record) = estimated {
            self.tell(record);
        }
    }

    /// Every record of a parcel states what is known of it at the end.
    fn share(&mut self) {
        for told in &mut self.told {
            let Some(shared) = self.shared.get(&told.parcel) else {
                continue;
            };
            told.record.extend(shared.columns.clone());
            let is_delivered = told.record.get("code").and_then(Value::as_str) == Some("delivered");
            if let (true, Some(name)) = (is_delivered, &shared.signed_by) {
                told.record.insert("signed_by".to_owned(), name.clone());
            }
        }
    }

    fn ups(&mut self, scan: &Scan, mut record: Record) {
        let Some(word) = self.format.word(scan) else { return };
        if scan.attempt().is_some_and(|attempt| attempt > 2) {
            record.remove("attempt");
        }
        say(&mut record, word.back, word.reason.map(|reason| reason.as_str()));
        let parts: Vec<&str> = word.raw.split('/').filter(|part| !part.is_empty()).collect();
        set(&mut record, "carrier_code", &parts.join("/"));
        set(
            &mut record,
            "occurred_at",
            &time(scan, TimeForm::Offset, scan.step.written_s()),
        );
        set(&mut record, "time_basis", "gmt_pair");
        record.remove("occurred_zone");
        let window = match scan.step.extra {
            Extra::Day(day) => Some((day_text(scan, day, None), day_text(scan, day, None))),
            Extra::Hours { day, from, until } => {
                Some((day_text(scan, day, Some(from)), day_text(scan, day, Some(until))))
            }
            Extra::None | Extra::PickupUntil(_) | Extra::Attempt(_) | Extra::Retracts(_) => None,
        };
        if let Some((from, until)) = window {
            let kept = [
                "tracking_number",
                "carrier",
                "occurred_at",
                "time_basis",
                "city",
                "region",
                "postal_code",
                "country",
            ];
            let mut estimate = only(&record, &kept);
            set(&mut estimate, "code", "estimate");
            set(&mut estimate, "estimated_from", &from);
            set(&mut estimate, "estimated_until", &until);
            self.tell(estimate);
        }
        self.tell(record);
    }

    fn x12(&mut self, scan: &Scan, mut record: Record, written_s: i64) {
        let Some(word) = self.format.word(scan) else { return };
        for column in ["region", "destination_region"] {
            if record
                .get(column)
                .and_then(Value::as_str)
                .is_some_and(|region| region.len() != 2)
            {
                record.remove(column);
            }
        }
        let why = scan.step.reason.filter(|reason| x12_reason(*reason).is_some());
        let raw_why = why.and_then(x12_reason).unwrap_or("NS");
        let mut estimate = only(
            &record,
            &[
                "tracking_number",
                "carrier",
                "order_id",
                "message",
                "destination_city",
                "destination_region",
                "destination_postal_code",
                "destination_country",
            ],
        );
        if scan.step.code != Code::Estimate {
            say(
                &mut record,
                word.back,
                why.or(word.reason).map(|reason| reason.as_str()),
            );
            set(&mut record, "carrier_code", &format!("{}/{raw_why}", word.raw));
            let form = match scan.step.form {
                form @ (TimeForm::Date | TimeForm::Bare) => form,
                TimeForm::Minute | TimeForm::LocalMinute => TimeForm::Minute,
                TimeForm::Offset | TimeForm::Zulu | TimeForm::ZuluMillis | TimeForm::Local => TimeForm::Offset,
            };
            set(&mut record, "occurred_at", &time(scan, form, scan.step.written_s()));
            if form != TimeForm::Bare {
                set(&mut record, "time_basis", "tz_code");
            }
            record.remove("occurred_zone");
            self.tell(record);
        }
        let until = match scan.step.extra {
            Extra::Day(day) => day_text(scan, day, None),
            Extra::Hours { day, until, .. } => {
                let home = scan.plan.to.city().zone;
                let at_s = home.utc_s(i64::from(day) * 86_400 + i64::from(until) * 3_600);
                let mut there = *scan;
                there.step.spot = scan.plan.door_spot();
                time(&there, TimeForm::Minute, at_s)
            }
            Extra::None | Extra::PickupUntil(_) | Extra::Attempt(_) | Extra::Retracts(_) => return,
        };
        set(&mut estimate, "code", "estimate");
        set(&mut estimate, "carrier_code", "AG/NS");
        let written = utc(scan, written_s);
        set(&mut estimate, "occurred_at", written.get(..16).unwrap_or_default());
        set(&mut estimate, "estimated_until", &until);
        self.tell(estimate);
    }

    fn epcis(&mut self, scan: &Scan, mut record: Record) {
        let event = |record: &Record| {
            let id = record.get("event_id").and_then(Value::as_str).unwrap_or_default();
            format!("{EPCIS_NAMES}event/{id}")
        };
        if let Extra::Retracts(ordinal) = scan.step.extra {
            let Some(withdrawn) = self.scans.get(&(scan.plan.index, ordinal)).copied() else {
                return;
            };
            let word = self.format.word(&withdrawn).expect("a delivery has a word");
            let mut error = canonical(&withdrawn);
            let id = event(&error);
            error = only(
                &error,
                &["tracking_number", "carrier", "order_id", "recorded_at", "facility"],
            );
            set(&mut error, "code", "info");
            set(&mut error, "carrier_code", word.raw);
            set(&mut error, "retracts", &id);
            place(&withdrawn, &mut error);
            set(&mut error, "occurred_at", &utc(scan, scan.step.written_s()));
            self.tell(error);
            return;
        }
        let Some(word) = self.format.word(scan) else { return };
        let id = event(&record);
        set(&mut record, "event_id", &id);
        say(&mut record, word.back, None);
        set(&mut record, "carrier_code", word.raw);
        place(scan, &mut record);
        self.tell(record);
    }
}

/// When the interchange of each arrival is written, seconds since 1970.
fn written(format: Format, arrivals: &[Arrival], batch: usize) -> Vec<i64> {
    let mut written = vec![0; arrivals.len()];
    let told: Vec<usize> = (0..)
        .zip(arrivals)
        .filter(|(_, arrival)| format == Format::X12 && format.word(&arrival.scan).is_some())
        .map(|(at, _)| at)
        .collect();
    for chunk in told.chunks(batch) {
        let last = chunk
            .last()
            .and_then(|at| arrivals.get(*at))
            .map_or(0, |last| last.arrives_at.div_euclid(1_000));
        for at in chunk {
            if let Some(slot) = written.get_mut(*at) {
                *slot = last;
            }
        }
    }
    written
}

/// The record as the canonical form has it.
pub(crate) fn canonical(scan: &Scan) -> Record {
    let mut line = Vec::new();
    let arrival = Arrival {
        arrives_at: 0,
        scan: *scan,
        is_copy: false,
        malformed: None,
    };
    Encoder::new(Style::default()).encode(&arrival, &mut line);
    serde_json::from_slice(&line).expect("a canonical line is an object")
}

/// A time of that scan, as the canonical form writes it.
fn time(scan: &Scan, form: TimeForm, at_s: i64) -> String {
    let mut other = *scan;
    (other.step.form, other.step.at_s, other.step.clock_error_s) = (form, at_s, 0);
    let record = canonical(&other);
    record
        .get("occurred_at")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn utc(scan: &Scan, at_s: i64) -> String {
    time(scan, TimeForm::Zulu, at_s)
}

/// A day, or the hour of it, without offset.
fn day_text(scan: &Scan, day: i32, hour: Option<u8>) -> String {
    let at_s = i64::from(day) * 86_400 + i64::from(hour.unwrap_or(0)) * 3_600;
    let text = utc(scan, at_s);
    let end = if hour.is_some() { 19 } else { 10 };
    text.get(..end).unwrap_or_default().to_owned()
}

/// The end of the window that a scan states, its hour without offset.
fn estimate(scan: &Scan) -> Option<Value> {
    match scan.step.extra {
        Extra::Day(day) => Some(day_text(scan, day, None).into()),
        Extra::Hours { day, until, .. } => Some(day_text(scan, day, Some(until)).into()),
        Extra::None | Extra::PickupUntil(_) | Extra::Attempt(_) | Extra::Retracts(_) => None,
    }
}

/// Where and when, as EPCIS has it.
fn place(scan: &Scan, record: &mut Record) {
    set(record, "occurred_at", &time(scan, TimeForm::Offset, scan.begins_s()));
    record.remove("occurred_zone");
    let spot = scan.step.spot;
    if spot.site == Site::Door {
        set(
            record,
            "facility",
            &format!("door.{}-{}", spot.city.city().code, spot.number),
        );
    } else if let Some(facility) = record.get("facility").and_then(Value::as_str) {
        let facility = facility.replace(':', ".");
        set(record, "facility", &facility);
    }
}

/// Only the code says what happened.
fn say(record: &mut Record, code: Code, reason: Option<&str>) {
    for column in ["kind", "status", "reason"] {
        record.remove(column);
    }
    set(record, "code", code.as_str());
    if let Some(reason) = reason {
        set(record, "reason", reason);
    }
}

fn set(record: &mut Record, column: &str, text: &str) {
    record.insert(column.to_owned(), text.into());
}

fn only(record: &Record, columns: &[&str]) -> Record {
    let kept = record.iter().filter(|(name, _)| columns.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}
