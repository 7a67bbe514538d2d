//! What goes into a batch comes out of it.

use super::*;

#[test]
fn a_scan_comes_back_as_it_went_in() {
    let number = TrackingNumber::parse(b"1Z999AA10123456784").expect("a number");
    let plain = Scan::new(
        number,
        "ups",
        Status::InTransit,
        Timestamp::from_millis(1_772_373_802_000),
    );
    let full = Scan {
        event_id: "e-1",
        service: "ground",
        order_id: "SO-1",
        merchant: "acme",
        source: "canonical",
        place: Place {
            city: "K\u{f6}ln",
            region: "NW",
            postal_code: "50667",
            country: "DE",
            facility: "hub-1",
        },
        message: "on its way",
        retracts: "e-0",
        shipped_on: Some(20_500),
        coordinates: Some((50.9, 6.9)),
        attempt: 2,
        ..plain
    };
    let mut batch = ScanBatch::default();
    for (sequence, scan) in (1..).zip([&plain, &full, &plain]) {
        let position = Position {
            partition: Some(3),
            sequence,
        };
        batch.push(position, scan);
    }
    for (at, scan) in [plain, full, plain].into_iter().enumerate() {
        let found = batch.get(at).map(|(position, scan)| (position.sequence, scan));
        assert_eq!(found, Some((at as u64 + 1, scan)));
    }
    assert_eq!(batch.get(3), None);
}

#[test]
fn a_batch_that_is_used_again_holds_nothing_of_what_it_held_before() {
    let number = TrackingNumber::parse(b"1Z999AA10123456784").expect("a number");
    let plain = Scan::new(number, "ups", Status::InTransit, Timestamp::from_millis(0));
    let window = Window {
        from: Timestamp::from_millis(1),
        ..Window::default()
    };
    let full = Scan {
        number: TrackingNumber::parse(b"9400111202555842332669").expect("a number"),
        event_id: "e-1",
        carrier_code: "X1",
        promised: Some(window),
        reason: Reason::from_index(0),
        attempt: 3,
        shipped_on: Some(1),
        message: "on its way",
        place: Place {
            city: "Louisville",
            facility: "hub-1",
            ..Place::default()
        },
        ..plain
    };
    let mut batch = ScanBatch::default();
    for scans in [[&full, &plain], [&plain, &full], [&plain, &plain]] {
        batch.clear();
        assert!(batch.is_empty() && batch.get(0).is_none());
        for scan in scans {
            batch.push(Position::default(), scan);
        }
        for (at, scan) in scans.into_iter().enumerate() {
            assert_eq!(batch.get(at), Some((Position::default(), *scan)));
        }
        assert_eq!((batch.len(), batch.get(2)), (2, None));
    }
}

#[test]
fn texts_of_any_length_come_back_as_they_went_in() {
    let number = TrackingNumber::parse(b"1Z999AA10123456784").expect("a number");
    let plain = Scan::new(number, "ups", Status::InTransit, Timestamp::from_millis(0));
    let text = "abcdefghijklmnopqrstuvwxyz0123456789";
    for length in 0..text.len() {
        let (one, other) = text.split_at(length);
        for (a, b) in [(one, ""), ("", one), (one, other), (other, one)] {
            let scan = Scan {
                service: a,
                source: b,
                event_id: a,
                carrier_code: b,
                signed_by: a,
                retracts: b,
                place: Place {
                    city: a,
                    country: b,
                    facility: a,
                    ..Place::default()
                },
                ..plain
            };
            let mut batch = ScanBatch::default();
            batch.push(Position::default(), &plain);
            batch.push(Position::default(), &scan);
            assert_eq!(batch.get(1), Some((Position::default(), scan)));
        }
    }
}
