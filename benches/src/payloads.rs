//! Payloads of carriers' formats: those that stand beside the formats, and pushes of a seeded world that repeat all that is
//! known of a parcel, as aggregators send them.

use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::carriers::{Decoder, Defaults, Mapping, Scratch};
use milepost_model::Scan;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

/// A format and payloads of it.
#[derive(Debug)]
pub struct Payloads {
    /// The format.
    pub mapping: Arc<Mapping>,
    /// The payloads.
    pub payloads: Vec<Vec<u8>>,
}

impl Payloads {
    /// The payloads that stand beside each format.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn of_formats() -> io::Result<Vec<Self>> {
        let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("../connectors/formats");
        let mut found = Vec::new();
        for mapping in Formats::built_in().iter() {
            let mut files = Vec::new();
            for entry in fs::read_dir(formats.join(mapping.name()))? {
                files.push(entry?.path());
            }
            files.sort();
            let payloads = files.into_iter().map(fs::read).collect::<io::Result<_>>()?;
            let mapping = Arc::clone(mapping);
            found.push(Self { mapping, payloads });
        }
        Ok(found)
    }

    /// Pushes of the whole history, one for each of these lines when it came: each holds all that came of its parcel, at most
    /// `most` of the newest.
    ///
    /// # Panics
    /// When a line is no scan.
    #[must_use]
    pub fn pushes(push: Push, lines: &[Vec<u8>], most: usize) -> Self {
        let mapping = Formats::built_in().get(push.format()).map(Arc::clone);
        let mut pushes = Self {
            mapping: mapping.expect("it comes with the program"),
            payloads: Vec::new(),
        };
        let mut histories = std::collections::HashMap::<String, Vec<String>>::new();
        let (mut decoder, mut scratch, defaults) = (Decoder::new(), Scratch::new(), Defaults::default());
        for line in lines {
            scratch.reset();
            let scan = decoder
                .decode_line(line, &scratch, &defaults)
                .expect("the lines are good");
            let history = histories.entry(scan.number.to_string()).or_default();
            history.push(push.event(&scan));
            let newest = history.get(history.len().saturating_sub(most)..).unwrap_or_default();
            pushes.payloads.push(push.whole(&scan, newest).into_bytes());
        }
        pushes
    }

    /// Bytes of all payloads.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.payloads.iter().map(Vec::len).sum()
    }
}

/// Who sends all that it knows each time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Push {
    /// Local times that claim to be of UTC.
    EasyPost,
    /// Local times, and when each was written down.
    AfterShip,
}

impl Push {
    /// The name of its format.
    #[must_use]
    pub const fn format(self) -> &'static str {
        match self {
            Self::EasyPost => "easypost",
            Self::AfterShip => "aftership",
        }
    }

    fn event(self, scan: &Scan<'_>) -> String {
        let (place, message) = (&scan.place, scan.code.as_str());
        let at = scan.time.base.to_string();
        let status = scan.status.map_or("unknown", |status| status.as_str());
        match self {
            Self::EasyPost => format!(
                r#"{{"object":"TrackingDetail","message":"{message}","description":null,"status":"{}","status_detail":"{}","datetime":"{at}","source":"{}","carrier_code":"","tracking_location":{{"object":"TrackingLocation","city":"{}","state":"{}","country":"{}","zip":"{}"}}}}"#,
                easypost_status(status).0,
                easypost_status(status).1,
                scan.carrier,
                place.city,
                place.region,
                place.country,
                place.postal_code
            ),
            Self::AfterShip => format!(
                r#"{{"created_at":"{at}","slug":"{}","checkpoint_time":"{}","location":"{}","city":"{}","state":"{}","zip":"{}","country_iso3":"{}","country_name":null,"message":"{message}","tag":"{}","subtag":"{}","subtag_message":"{message}","raw_tag":""}}"#,
                scan.carrier,
                at.get(..19).unwrap_or_default(),
                place.city,
                place.city,
                place.region,
                place.postal_code,
                place.country,
                aftership_tag(status).0,
                aftership_tag(status).1
            ),
        }
    }

    fn whole(self, scan: &Scan<'_>, events: &[String]) -> String {
        let mut text = match self {
            Self::EasyPost => format!(
                r#"{{"id":"evt_7a1f0c52b6d14c0e8d2f","object":"Event","mode":"production","description":"tracker.updated","created_at":"{}","result":{{"id":"trk_{}","object":"Tracker","mode":"production","tracking_code":"{}","status":"in_transit","carrier":"{}","signed_by":null,"weight":null,"est_delivery_date":null,"tracking_details":["#,
                scan.time.base, scan.number, scan.number, scan.carrier
            ),
            Self::AfterShip => format!(
                r#"{{"ts":{},"event":"tracking_update","event_id":"5b0c6a0e-21c5-4f0e-9a77-1f0d84c1be52","msg":{{"id":"k2v91xq7mz3aqmdw4l8f4011","tracking_number":"{}","slug":"{}","active":true,"tag":"InTransit","subtag":"InTransit_001","order_id":"{}","expected_delivery":null,"checkpoints":["#,
                scan.time.base.millis() / 1000,
                scan.number,
                scan.carrier,
                scan.order_id
            ),
        };
        for (at, event) in events.iter().enumerate() {
            let _ = write!(text, "{}{event}", if at > 0 { "," } else { "" });
        }
        text.push_str("]}}");
        text
    }
}

fn easypost_status(status: &str) -> (&'static str, &'static str) {
    match status {
        "created" | "announced" => ("pre_transit", "label_created"),
        "accepted" => ("in_transit", "received_at_origin_facility"),
        "out_for_delivery" => ("out_for_delivery", "out_for_delivery"),
        "delivered" => ("delivered", "arrived_at_destination"),
        _ => ("in_transit", "arrived_at_facility"),
    }
}

fn aftership_tag(status: &str) -> (&'static str, &'static str) {
    match status {
        "created" | "announced" => ("InfoReceived", "InfoReceived_001"),
        "accepted" => ("InTransit", "InTransit_002"),
        "out_for_delivery" => ("OutForDelivery", "OutForDelivery_001"),
        "delivered" => ("Delivered", "Delivered_001"),
        _ => ("InTransit", "InTransit_003"),
    }
}
