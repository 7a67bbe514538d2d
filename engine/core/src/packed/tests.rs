//! Records survive packing, whatever they hold.
#![expect(clippy::indexing_slicing, reason = "generated places lie within the closed lists")]

use super::*;
use crate::groups::{Sender, Senders, Tables, TownId};
use crate::intern::Postal;
use crate::order_id::OrderId;
use crate::places::Places;
use crate::record::Spot;
use alloc::vec::Vec;
use milepost_model::{Code, DAY_MS, Kind, Precision, Reason, Status, TimeBasis};
use proptest::prelude::*;

fn window() -> impl Strategy<Value = Option<Window>> {
    let plain = (0i64..1 << 42, 0i64..1 << 30, 0i64..1 << 30).prop_map(|(until, length, slack)| {
        let until = Timestamp::from_millis(until);
        Window {
            from: until.plus(-length),
            until,
            latest: until.plus(slack),
        }
    });
    proptest::option::of(prop_oneof![
        Just(Window::default()),
        plain,
        // The widest that a scan can state: from 1970 to 2199.
        Just(Window {
            from: Timestamp::from_millis(0),
            until: Timestamp::from_millis(1 << 43),
            latest: Timestamp::from_millis(1 << 43),
        })
    ])
}

fn id() -> impl Strategy<Value = TextId> {
    prop_oneof![2 => Just(TextId::EMPTY), 2 => (1u32..200).prop_map(TextId), 1 => any::<u32>().prop_map(TextId)]
}

fn time() -> impl Strategy<Value = ScanTime> {
    let at = prop_oneof![
        any::<i64>().prop_map(|at| at >> 8),
        0i64..1 << 43,
        (0i64..2_000_000).prop_map(|near| near * 1000 + 1_772_000_000_000),
        (0i64..2_000_000_000).prop_map(|near| near + 1_772_000_000_000)
    ];
    let zone = prop_oneof![2 => Just(0i64), 1 => -50_000_000i64..50_000_000, 1 => Just(-18_000_000i64)];
    (at, zone, any::<Option<(u16, u32, u32)>>()).prop_map(|(at, zone, odd)| {
        let base = Timestamp::from_millis(at);
        let exact = ScanTime {
            wall_ms: at + zone,
            ..ScanTime::exact(base)
        };
        odd.map_or(exact, |(kind, before, after)| ScanTime {
            earliest: base.plus(-i64::from(before)),
            latest: base.plus(i64::from(after)),
            precision: [Precision::Exact, Precision::Minute, Precision::Date][usize::from(kind % 3)],
            basis: TimeBasis::ALL[usize::from(kind % 7)],
            dst_ambiguous: kind & 1 == 1,
            ..exact
        })
    })
}

fn postal_code() -> impl Strategy<Value = Postal> {
    prop_oneof![0u32..3, 0u32..200_000, any::<u32>()].prop_map(|code| {
        if code & 1 == 0 {
            Postal(code)
        } else {
            Postal::of_digits(code >> 5)
        }
    })
}

prop_compose! {
    fn record()(
        time in time(), code in 0usize..100, kind in 0usize..5, status in proptest::option::of(0usize..15),
        ids in proptest::collection::vec(id(), 8), sender in 0usize..4, facility in 0u32..6, town in 0u32..5000, postal in postal_code(),
        order in prop_oneof![Just((0, 0)), (0u16..3, any::<u32>())],
        promised in window(), estimated in window(), pickup_until in window(), event in 0u32..1 << 24,
        retracts in proptest::option::of(0u32..1 << 24), attempt in any::<u8>(), shipped_on in any::<Option<i32>>(),
        recorded in proptest::option::of(0i64..1 << 42), reason in 0usize..80, degrees in any::<Option<(i32, i32)>>(),
        is_plain in any::<bool>(), to in prop_oneof![Just((0, Postal::default())), (0u32..3, postal_code())],
    ) -> Record {
        let mut ids = ids.into_iter();
        let mut next = || ids.next().unwrap_or_default();
        let plain = Record {
            time, code: Code::ALL[code], kind: Code::ALL[code].kind(), status: Code::ALL[code].status(),
            carrier_code: next(), promised, event, order_id: OrderId::new(order.0, order.1),
            ..Record::default()
        }.sent_by(SENDERS[sender].1, SENDERS[sender].0);
        let plain = match facility {
            1..4 => Record { spot: place(facility), ..plain },
            4 => plain,
            _ => Record {
                spot: Spot { town: TownId(town), postal_code: postal, facility: TextId::EMPTY }, ..plain
            },
        };
        if is_plain {
            return plain;
        }
        Record {
            kind: Kind::ALL[kind], status: status.map(|at| Status::ALL[at]), reason: Reason::from_index(reason),
            recorded_at: recorded.map(Timestamp::from_millis), leg_carrier: next(),
            estimate_source: u8::from(estimated.is_some()), estimated, pickup_until, attempt, message: next(),
            signed_by: next(), next_carrier: next(), next_tracking_number: next(), carrier_shipment_id: next(),
            shipped_on, retracts: retracts.unwrap_or(0), coordinates: degrees,
            destination: Spot { town: TownId(to.0), postal_code: to.1, facility: TextId::EMPTY }, ..plain
        }.marked()
    }
}

const SENDERS: [(Sender, SenderId); 4] = {
    const fn sender(at: u32) -> (Sender, SenderId) {
        let sender = Sender {
            carrier: TextId(at),
            service: TextId(at + 7),
            merchant: TextId(9),
            source: TextId(1),
        };
        (sender, SenderId(at))
    }
    [sender(1), sender(2), sender(3), sender(4)]
};

/// A facility.
fn place(number: u32) -> Spot {
    Spot {
        town: TownId(number / 2),
        postal_code: Postal(3),
        facility: TextId(number),
    }
}

proptest! {
    #[test]
    fn records_come_back_as_they_were(mut records in proptest::collection::vec(record(), 1..8)) {
        let mut senders = Senders::new(1);
        for (sender, id) in SENDERS {
            prop_assert_eq!(senders.intern(sender), id);
        }
        let mut places = Places::new(1);
        for record in &mut records {
            record.place = places.number(record.spot);
            record.destination_place = places.number(record.destination);
        }
        let (mut list, mut before, mut packed) = (Vec::new(), Before::default(), Packed::default());
        for record in &records {
            list.extend_from_slice(packed.pack(record, &before));
            before = before.after(record);
        }
        prop_assert_eq!(before, Before::after_all(&records));
        let mut found = Vec::new();
        let tables = Tables { senders: &senders, places: &places };
        unpack(&list, tables, &mut found);
        prop_assert_eq!(&found, &records);
        for record in &records {
            prop_assert!(is_among(&list, record));
            // Of a record with one thing changed, whatever the unpacked ones say.
            let at = record.recorded_at.map_or(1 << 42, |at| at.millis());
            for changed in [
                Record { event: record.event ^ 1, ..*record },
                Record { message: TextId(record.message.0 ^ 1), ..*record },
                Record { recorded_at: Some(Timestamp::from_millis(at + 1)), ..*record },
                Record { recorded_at: Some(Timestamp::from_millis(at - 1)), ..*record },
                Record { recorded_at: None, ..*record },
            ] {
                let changed = changed.marked();
                let same = |kept: &Record| *kept == Record { recorded_at: kept.recorded_at, ..changed }.marked();
                let expected = records.iter().any(|kept| kept.recorded_at >= changed.recorded_at && same(kept));
                prop_assert_eq!(is_among(&list, &changed), expected);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_as_something(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let (senders, places) = (Senders::new(1), Places::new(1));
        let tables = Tables { senders: &senders, places: &places };
        let mut found = Vec::new();
        unpack(&bytes, tables, &mut found);
        prop_assert!(found.len() <= bytes.len());
    }
}

#[test]
fn what_lies_far_from_all_times_of_scans_is_no_scan() {
    let (senders, places) = (Senders::new(1), Places::new(1));
    let tables = Tables {
        senders: &senders,
        places: &places,
    };
    let are_possible = |record: Record| {
        let bytes = Packed::default().pack(&record, &Before::default()).to_vec();
        unpack(&bytes, tables, &mut Vec::new())
    };
    let at = |millis| Record {
        time: ScanTime::exact(Timestamp::from_millis(millis)),
        ..Record::default()
    };
    let year = 365 * DAY_MS;
    for near in [0, 230 * year, -DAY_MS] {
        assert!(are_possible(at(near)), "{near}");
    }
    for far in [600 * year, 1_000 * year, -3 * year, -600 * year] {
        assert!(!are_possible(at(far)), "{far}");
        let instant = Timestamp::from_millis(far);
        let mut records = [at(0); 5];
        let [wall, earliest, promised, until, recorded] = &mut records;
        wall.time.wall_ms = far;
        earliest.time.earliest = instant;
        promised.promised = Some(Window {
            latest: instant,
            ..Window::default()
        });
        until.pickup_until = Some(Window {
            from: instant,
            until: instant,
            latest: instant,
        });
        recorded.recorded_at = Some(instant);
        for record in records {
            assert!(!are_possible(record.marked()), "{record:?}");
        }
    }
}

#[test]
fn an_ordinary_scan_takes_about_ten_bytes() {
    let at = Timestamp::from_millis(1_772_000_000_000);
    let promised = Window {
        from: at.plus(777_600_000),
        until: at.plus(777_600_000),
        latest: at.plus(777_600_000),
    };
    let order_id = OrderId::new(1, 630_000_000);
    let mut places = Places::new(1);
    let facility = places.number(place(900));
    let consignee = places.number(Spot {
        town: TownId(40),
        postal_code: Postal::of_digits(55_555),
        facility: TextId::EMPTY,
    });
    let first = Record {
        time: ScanTime::exact(at),
        event: 77,
        code: Code::InTransit,
        kind: Code::InTransit.kind(),
        status: Code::InTransit.status(),
        place: facility,
        promised: Some(promised),
        order_id,
        sender: SENDERS[0].1,
        ..Record::default()
    };
    let after = |millis| Record {
        time: ScanTime::exact(at.plus(millis)),
        ..first
    };
    let length = |record: &Record, before: &Before| Packed::default().pack(record, before).len();
    assert_eq!(length(&first, &Before::default()), 2 + 2 + 6 + 3 + 1 + 4 + 5 + 1);
    let before = Before::default().after(&first);
    assert_eq!(length(&after(80_000_000), &before), 3 + 3 + 1, "whole seconds");
    assert_eq!(length(&after(80_000_001), &before), 4 + 3 + 1);
    let at_consignee = Record {
        place: consignee,
        ..after(80_000_001)
    };
    assert_eq!(length(&at_consignee, &before), 4 + 3 + 4);
    let customs = Record {
        code: Code::CustomsProcessing,
        ..after(80_000_001)
    };
    let customs = Record {
        status: customs.code.status(),
        kind: customs.code.kind(),
        ..customs
    };
    assert_eq!(length(&customs, &before), 1 + 4 + 3 + 1, "another code");
    let no_promise = Record {
        promised: None,
        ..after(80_000_001)
    };
    assert_eq!(
        length(&no_promise, &before),
        2 + 1 + 4 + 3 + 1,
        "what was stated before is not"
    );
    let before = before.after(&no_promise);
    assert_eq!(length(&no_promise, &before), 3 + 3 + 1, "nor is it the next time");
}

#[test]
fn a_destination_is_written_once() {
    let mut places = Places::new(1);
    let destination = Spot {
        town: TownId(40),
        postal_code: Postal::of_digits(55_555),
        facility: TextId::EMPTY,
    };
    let plain = Record {
        time: ScanTime::exact(Timestamp::from_millis(1_772_000_000_000)),
        event: 77,
        code: Code::InTransit,
        kind: Code::InTransit.kind(),
        status: Code::InTransit.status(),
        place: places.number(place(900)),
        ..Record::default()
    };
    let states = Record {
        destination,
        destination_place: places.number(destination),
        ..plain
    }
    .marked();
    let length = |record: &Record, before: &Before| Packed::default().pack(record, before).len();
    let before = Before::default().after(&plain);
    assert_eq!(length(&plain, &before), 3 + 3 + 1);
    assert_eq!(length(&states, &before), 2 + 4 + 3 + 3 + 1 + 4, "flags and the place");
    let before = before.after(&states);
    assert_eq!(length(&states, &before), 2 + 3 + 3 + 1, "the same again");
    assert_eq!(length(&plain, &before), 3 + 3 + 1, "none");
}
