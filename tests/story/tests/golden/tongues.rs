//! Small encoders of single records, as feeds bring them: each the inverse of its file in `connectors/formats`.

use crate::record::Record;
use milepost_connectors::carriers::Defaults;
use milepost_connectors::carriers::mapping::Formats;
use milepost_loadgen::Format;
use milepost_loadgen::encode::{EPCIS_NAMES, x12_reason};
use milepost_model::{Code, Kind};
use milepost_test_story::story::Tongue;
use milepost_test_story::world::Told;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A payload of that format.
fn told(format: &str, payload: Vec<u8>) -> Option<Told> {
    let mapping = Formats::built_in()
        .get(format)
        .expect("the format comes with the program");
    Some(Told::Payload(Arc::clone(mapping), payload))
}

/// CloudEvents: each record in an envelope, whole.
pub(crate) struct CloudEvents;

impl Tongue for CloudEvents {
    fn say(&mut self, record: &Map<String, Value>) -> Option<Told> {
        let event = json!({
            "specversion": "1.0", "type": "scan", "source": "/feed", "id": record.get("event_id"),
            "time": Record(record).utc(), "datacontenttype": "application/json", "data": record,
        });
        told("cloudevents", event.to_string().into_bytes())
    }
}

/// EasyPost: all records so far, oldest first, with the wall clock of the place and a `Z`.
#[derive(Default)]
pub(crate) struct EasyPost(Vec<Value>);

impl Tongue for EasyPost {
    fn say(&mut self, record: &Map<String, Value>) -> Option<Told> {
        let record = Record(record);
        let by = record.by();
        let source = match by {
            "fedex" => "FedEx",
            "usps" => "USPS",
            other => other,
        };
        if record.code().kind() != Kind::Estimate {
            let word = Format::EasyPost.say(record.code(), record.reason(), None, by)?;
            let (status, detail) = word.raw.split_once('/')?;
            let place = json!({"city": record.get("city"), "state": record.get("region"), "zip": record.get("postal_code"), "country": record.get("country")});
            self.0.push(json!({
                "object": "TrackingDetail", "message": record.get("message"), "status": status, "status_detail": detail,
                "datetime": record.local(), "source": source, "carrier_code": record.get("carrier_code"), "tracking_location": place,
            }));
        }
        let until = record.text("estimated_until");
        let tracker = json!({
            "object": "Tracker", "tracking_code": record.get("tracking_number"), "carrier": match record.text("carrier") {
                "fedex" => "FedEx", "usps" => "USPS", other => other,
            },
            "status": "unknown", "signed_by": record.get("signed_by"), "updated_at": record.utc(),
            "carrier_detail": {"est_delivery_date_local": until.get(..10), "est_delivery_time_local": until.get(11..19)},
            "tracking_details": self.0,
        });
        let event = json!({"object": "Event", "description": "tracker.updated", "result": tracker});
        told("easypost", event.to_string().into_bytes())
    }
}

/// AfterShip: all records so far, with the time as the carrier wrote it, and what the carrier called it.
#[derive(Default)]
pub(crate) struct AfterShip(Vec<Value>);

impl Tongue for AfterShip {
    fn say(&mut self, record: &Map<String, Value>) -> Option<Told> {
        let record = Record(record);
        let slug = |text: &str| text.replace('_', "-");
        if record.code().kind() != Kind::Estimate {
            let subtag = subtag(&record)?;
            self.0.push(json!({
                "slug": slug(record.by()), "checkpoint_time": record.occurred_at(), "created_at": record.recorded(),
                "city": record.get("city"), "state": record.get("region"), "zip": record.get("postal_code"),
                "country_iso3": record.get("country"), "message": record.get("message"), "tag": subtag.split('_').next(),
                "subtag": subtag, "raw_tag": record.get("carrier_code"),
            }));
        }
        let tracking = json!({
            "tracking_number": record.get("tracking_number"), "slug": slug(record.text("carrier")), "tag": "InTransit",
            "created_at": "2026-01-01T00:00:00Z", "updated_at": record.utc(), "order_promised_delivery_date": record.get("promised_at"),
            "courier_estimated_delivery_date": {"estimated_delivery_date": record.get("estimated_until")},
            "signed_by": record.get("signed_by"), "checkpoints": self.0,
        });
        let payload = json!({"event": "tracking_update", "msg": tracking});
        told("aftership", payload.to_string().into_bytes())
    }
}

fn subtag(record: &Record<'_>) -> Option<&'static str> {
    if record.code() == Code::AttemptFailed && record.text("reason") == "consignee.not_home" {
        return Some("AttemptFail_002");
    }
    find(SUBTAGS, record.code())
}

/// The word of a code.
fn find(words: &[(&'static str, &[Code])], code: Code) -> Option<&'static str> {
    let found = words.iter().find(|(_, codes)| codes.contains(&code));
    found.map(|(word, _)| *word)
}

const SUBTAGS: &[(&str, &[Code])] = &[
    ("InfoReceived_001", &[Code::InfoReceived, Code::LabelCreated]),
    ("InTransit_001", &[Code::InTransit, Code::Processed]),
    ("InTransit_002", &[Code::PickedUp, Code::ReceivedOrigin]),
    (
        "InTransit_003",
        &[
            Code::ArrivedFacility,
            Code::ArrivedDeliveryDepot,
            Code::ReceivedByPartner,
        ],
    ),
    ("InTransit_006", &[Code::CustomsProcessing]),
    ("InTransit_007", &[Code::DepartedFacility, Code::DepartedCountry]),
    ("OutForDelivery_001", &[Code::OutForDelivery]),
    ("AttemptFail_001", &[Code::AttemptFailed]),
    ("AvailableForPickup_001", &[Code::ReadyInLocker]),
    ("Delivered_001", &[Code::Delivered]),
    ("Delivered_002", &[Code::Collected]),
    (
        "Exception_001",
        &[Code::InfoRequired, Code::LabelUnreadable, Code::Exception],
    ),
    ("Exception_010", &[Code::ReturnStarted]),
    ("Exception_020", &[Code::LabelVoided]),
];

/// FedEx: one event of the number at a time, as its pushes have it.
#[derive(Default)]
pub(crate) struct FedEx;

impl Tongue for FedEx {
    fn say(&mut self, record: &Map<String, Value>) -> Option<Told> {
        let record = Record(record);
        if record.code().kind() == Kind::Estimate || !record.text("occurred_at").contains('T') {
            return None;
        }
        let own = record.text("carrier_code");
        let (event, exception) = match (own.split_once('/'), own) {
            (Some((event, exception)), _) => (event, exception),
            (None, "") => (find(EVENT_TYPES, record.code())?, ""),
            (None, event) => (event, ""),
        };
        let scan = json!({
            "date": record.occurred_at(), "eventType": event, "exceptionCode": exception, "locationId": record.get("facility"),
            "eventDescription": record.get("message"),
            "scanLocation": {"city": record.get("city"), "stateOrProvinceCode": record.get("region"),
                "postalCode": record.get("postal_code"), "countryCode": record.get("country")},
        });
        let signed = !record.text("signed_by").is_empty();
        let delivery = json!([{"type": "ACTUAL_DELIVERY", "dateTime": record.occurred_at()}]);
        let result = json!({
            "dateAndTimes": if signed { delivery } else { json!([]) },
            "deliveryDetails": {"receivedByName": record.get("signed_by")},
            "trackingNumberInfo": {"trackingNumber": record.get("tracking_number")},
            "scanEvents": [scan],
            "estimatedDeliveryTimeWindow": {"window": {"begins": record.get("estimated_from"), "ends": record.get("estimated_until")}},
        });
        let payload = json!({"output": {"completeTrackResults": [{"trackResults": [result]}]}});
        told("fedex_track", payload.to_string().into_bytes())
    }
}

const EVENT_TYPES: &[(&str, &[Code])] = &[
    ("OC", &[Code::InfoReceived, Code::LabelCreated]),
    ("PU", &[Code::PickedUp]),
    ("OF", &[Code::ReceivedOrigin]),
    ("AR", &[Code::ArrivedFacility, Code::ArrivedDeliveryDepot]),
    ("DP", &[Code::DepartedFacility]),
    ("OD", &[Code::OutForDelivery]),
    ("HL", &[Code::ReadyInLocker]),
    ("RS", &[Code::ReturnStarted]),
    ("DL", &[Code::Delivered, Code::Collected]),
    ("CA", &[Code::LabelVoided]),
];

/// X12 214: an interchange of one transaction.
#[derive(Default)]
pub(crate) struct X12;

impl Tongue for X12 {
    fn say(&mut self, record: &Map<String, Value>) -> Option<Told> {
        let record = Record(record);
        let scac = match record.text("carrier") {
            "fedex" => "FDEG".to_owned(),
            "usps" => "USPS".to_owned(),
            other => other.to_uppercase(),
        };
        let why = record.reason().and_then(x12_reason).unwrap_or("NS");
        let [day, time, zone] = record.x12_time(record.text("occurred_at"));
        let [until_day, until_time, until_zone] = record.x12_time(record.text("estimated_until"));
        let until = format!("{until_day}*{until_time}*{until_zone}");
        let event = if record.code() == Code::Appointment {
            format!("AT7***AB*NA*{until}")
        } else if record.code() == Code::Estimate {
            format!("AT7*AG*NS***{until}")
        } else {
            let word = Format::X12.say(record.code(), record.reason(), None, record.by())?;
            format!("AT7*{}*{why}***{day}*{time}*{zone}", word.raw)
        };
        let mut line = vec!["LX*1".to_owned(), event];
        if !record.text("city").is_empty() {
            line.push(format!(
                "MS1*{}*{}*{}",
                record.text("city"),
                record.text("region"),
                record.text("country")
            ));
        }
        if record.code().kind() != Kind::Estimate && !until_day.is_empty() {
            line.push(format!("AT7*AG*NS***{until}"));
        }
        let written = record.utc().replace(['-', ':'], "");
        let (date, clock) = (written.get(..8)?, written.get(9..13)?);
        let number = record.text("tracking_number");
        let segments = [
            format!(
                "ISA*00*          *00*          *02*{:15}*ZZ*MILEPOST       *{}*{clock}*^*00501*000000001*0*P*:",
                scac,
                date.get(2..)?
            ),
            format!("GS*QM*{scac}*MILEPOST*{date}*{clock}*1*X*005010"),
            "ST*214*0001".to_owned(),
            format!("B10*{number}*SID-1*{scac}"),
        ];
        let ends = [
            format!("SE*{}*0001", line.len() + 3),
            "GE*1*1".to_owned(),
            "IEA*1*000000001".to_owned(),
        ];
        let all: Vec<String> = segments
            .into_iter()
            .chain(line)
            .chain(ends)
            .map(|segment| segment + "~\n")
            .collect();
        told("x12_214", all.concat().into_bytes())
    }
}

/// EPCIS: an event at a time; what withdraws one is that event again.
#[derive(Default)]
pub(crate) struct Epcis {
    carrier: &'static str,
    events: Vec<Value>,
}

impl Epcis {
    pub(crate) fn of(carrier: &'static str) -> Self {
        Self {
            carrier,
            events: Vec::new(),
        }
    }
}

impl Tongue for Epcis {
    fn say(&mut self, record: &Map<String, Value>) -> Option<Told> {
        let record = Record(record);
        let id = |name: &str| format!("{EPCIS_NAMES}event/{name}");
        let retracts = record.text("retracts");
        let event = if retracts.is_empty() {
            let time = record.occurred_at();
            let offset = time
                .get(time.len().checked_sub(6)?..)
                .filter(|_| time.contains('T') && !time.ends_with('Z'))?;
            let word = Format::Epcis.say(record.code(), None, None, self.carrier)?;
            let (step, disposition) = word.raw.split_once('/').unwrap_or((word.raw, ""));
            let place = format!("{EPCIS_NAMES}place/{}", record.place());
            let name = if record.text("event_id").is_empty() {
                time.as_str()
            } else {
                record.text("event_id")
            };
            let mut event = json!({
                "type": "ObjectEvent", "action": "OBSERVE", "eventID": id(name), "eventTime": time, "eventTimeZoneOffset": offset,
                "recordTime": record.recorded(), "epcList": [format!("{EPCIS_NAMES}parcel/{}", record.text("tracking_number"))],
                "bizStep": step, "disposition": disposition, "bizLocation": {"id": place},
            });
            if word.back == Code::Delivered {
                event["destinationList"] = json!([{"type": "location", "destination": place}]);
            }
            self.events.push(event.clone());
            event
        } else {
            let known = self.events.iter().find(|event| event["eventID"] == id(retracts));
            // Who was never told of it is told by the declaration, which names it all the same.
            let mut event = known.cloned().unwrap_or_else(|| json!({
                "type": "ObjectEvent", "action": "OBSERVE", "eventID": id(retracts), "eventTime": record.occurred_at(),
                "epcList": [format!("{EPCIS_NAMES}parcel/{}", record.text("tracking_number"))], "bizStep": "receiving",
            }));
            event["errorDeclaration"] = json!({"declarationTime": record.utc()});
            event
        };
        let document = json!({"type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": {"eventList": [event]}});
        told("epcis", document.to_string().into_bytes())
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            carrier: self.carrier.to_owned(),
            ..Defaults::default()
        }
    }
}
