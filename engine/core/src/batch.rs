//! Scans on their way from a decoder to a shard: owned, in two flat buffers, so that a queue carries many at once.

use alloc::string::String;
use alloc::vec::Vec;
use milepost_model::{Place, Position, Scan};

/// Texts of a scan, in the order in which a batch holds them.
const TEXTS: usize = 19;

/// Decoded scans, each with the position of the message that it came in.
#[derive(Debug, Default)]
pub struct ScanBatch {
    text: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    position: Position,
    /// The scan without its texts.
    plain: Scan<'static>,
    /// Where its texts begin, and where each ends from there.
    start: u32,
    ends: [u16; TEXTS],
}

impl ScanBatch {
    /// Takes a scan along.
    pub fn push(&mut self, position: Position, scan: &Scan<'_>) {
        let start = u32::try_from(self.text.len()).expect("a batch is cut long before 4 GiB of text");
        let mut ends = [0; TEXTS];
        for (text, end) in texts(scan).into_iter().zip(&mut ends) {
            self.text.push_str(text);
            *end = u16::try_from(self.text.len() - start as usize).expect("texts of a scan are limited to a few KiB");
        }
        self.rows.push(Row {
            position,
            plain: without_texts(scan),
            start,
            ends,
        });
    }

    /// Number of scans.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Forgets the scans and keeps the room.
    pub fn clear(&mut self) {
        self.text.clear();
        self.rows.clear();
    }

    /// The scan at a place, and the position that it came from.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<(Position, Scan<'_>)> {
        let row = self.rows.get(at)?;
        let mut rest = self.text.get(row.start as usize..)?;
        let mut before = 0;
        let texts = row.ends.map(|end| {
            let (text, tail) = rest.split_at_checked(usize::from(end - before)).unwrap_or_default();
            (rest, before) = (tail, end);
            text
        });
        Some((row.position, with_texts(&row.plain, texts)))
    }
}

fn texts<'a>(scan: &Scan<'a>) -> [&'a str; TEXTS] {
    [
        scan.carrier,
        scan.event_id,
        scan.leg_carrier,
        scan.service,
        scan.order_id,
        scan.merchant,
        scan.source,
        scan.carrier_code,
        scan.place.city,
        scan.place.region,
        scan.place.postal_code,
        scan.place.country,
        scan.place.facility,
        scan.message,
        scan.signed_by,
        scan.next_carrier,
        scan.next_tracking_number,
        scan.carrier_shipment_id,
        scan.retracts,
    ]
}

fn with_texts<'a>(plain: &Scan<'static>, texts: [&'a str; TEXTS]) -> Scan<'a> {
    let [
        carrier,
        event_id,
        leg_carrier,
        service,
        order_id,
        merchant,
        source,
        carrier_code,
        city,
        region,
        postal_code,
        country,
        facility,
        message,
        signed_by,
        next_carrier,
        next_tracking_number,
        carrier_shipment_id,
        retracts,
    ] = texts;
    Scan {
        carrier,
        event_id,
        leg_carrier,
        service,
        order_id,
        merchant,
        source,
        carrier_code,
        place: Place {
            city,
            region,
            postal_code,
            country,
            facility,
        },
        message,
        signed_by,
        next_carrier,
        next_tracking_number,
        carrier_shipment_id,
        retracts,
        ..*plain
    }
}

fn without_texts(scan: &Scan<'_>) -> Scan<'static> {
    Scan {
        carrier: "",
        event_id: "",
        leg_carrier: "",
        service: "",
        order_id: "",
        merchant: "",
        source: "",
        carrier_code: "",
        place: Place::default(),
        message: "",
        signed_by: "",
        next_carrier: "",
        next_tracking_number: "",
        carrier_shipment_id: "",
        retracts: "",
        ..*scan
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::{Status, Timestamp, TrackingNumber};

    #[test]
    fn scans_come_out_as_they_went_in() {
        let number = TrackingNumber::parse(b"1Z999AA10123456784").expect("a number");
        let mut batch = ScanBatch::default();
        let scans: Vec<Scan<'_>> = (0..20)
            .map(|hour| Scan {
                service: if hour % 2 == 0 { "ground" } else { "" },
                place: Place {
                    city: "Köln",
                    country: "DE",
                    ..Place::default()
                },
                retracts: "e1",
                attempt: 2,
                ..Scan::new(number, "ups", Status::InTransit, Timestamp::from_millis(hour))
            })
            .collect();
        for (sequence, scan) in (1..).zip(&scans) {
            batch.push(
                Position {
                    partition: Some(3),
                    sequence,
                },
                scan,
            );
        }
        for (at, scan) in scans.iter().enumerate() {
            let (position, found) = batch.get(at).expect("as many as went in");
            assert_eq!((position.sequence, found), (at as u64 + 1, *scan));
        }
        assert_eq!(batch.get(20), None);
    }
}
