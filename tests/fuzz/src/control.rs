//! What stands in messages besides scans: ticks and rules on the control subject, positions and lineages in headers, names
//! of formats. What is read says the same when it is written and read again.

use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::carriers::{Defaults, Reading};
use milepost_connectors::log::{Control, Lineage, LogSettings, parse_position};
use milepost_model::{Timestamp, TrackingNumber};

/// Reads the bytes as each of them.
pub fn control(bytes: &[u8]) {
    match Control::parse(bytes) {
        Ok(control) => assert_eq!(Control::parse(&control.append().payload), Ok(control)),
        Err(why) => assert!(!why.is_empty()),
    }
    if let Ok(number) = TrackingNumber::parse(bytes) {
        assert_eq!(TrackingNumber::parse(number.as_bytes()), Ok(number));
        assert!(number.partition() < milepost_model::PARTITIONS);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Some(position) = parse_position(text) {
        assert_eq!(parse_position(&position.to_string()), Some(position));
    }
    if let Some(lineage) = Lineage::parse(text) {
        assert_eq!(Lineage::parse(&lineage.to_string()), Some(lineage));
    }
    if let Ok(at) = Timestamp::parse(text) {
        assert_eq!(Timestamp::parse(&at.to_string()), Ok(at));
    }
    let name = text.split(';').next().unwrap_or_default().trim();
    match Reading::of_message(text, Formats::built_in(), &Defaults::default()) {
        Ok((Reading::Lines(format), _)) => assert_eq!(format.name(), name),
        Ok((Reading::PayloadALine(mapping) | Reading::Payload(mapping), _)) => assert_eq!(mapping.name(), name),
        Err(refusal) => assert!(!refusal.hint.is_empty()),
    }
    let settings = LogSettings::new(text);
    if let Err(refused) = settings.parse_url() {
        assert!(!refused.to_string().is_empty());
    }
}
