//! The world as its readers see it: same seed same bytes, every line valid, faults as asked, nothing lost unsaid.
#![expect(
    clippy::indexing_slicing,
    reason = "JSON values are read by name; a missing one is null, and fails the test"
)]

use milepost_loadgen::manifest::fnv64;
use milepost_loadgen::world::carriers::{CARRIERS, find};
use milepost_loadgen::{Arrival, Encoder, Faults, Malformed, Manifest, Settings, Style, World};
use milepost_model::{Code, Kind, Reason, Status, WrittenTime, partition};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn settings(seed: u64, shipments: u64, faults: Faults) -> Settings {
    Settings {
        seed,
        shipments,
        faults,
        ..Settings::default()
    }
}

/// Every arrival with its line, without newline.
fn lines(settings: Settings, style: Style) -> Vec<(Arrival, Vec<u8>)> {
    let mut encoder = Encoder::new(style);
    World::new(settings)
        .map(|arrival| {
            let mut line = Vec::new();
            encoder.encode(&arrival, &mut line);
            assert_eq!(line.pop(), Some(b'\n'));
            assert!(!line.contains(&b'\n'), "one line stays one line");
            (arrival, line)
        })
        .collect()
}

fn bytes(settings: Settings, style: Style) -> Vec<u8> {
    lines(settings, style)
        .into_iter()
        .flat_map(|(_, line)| [line, b"\n".to_vec()].concat())
        .collect()
}

fn parse(line: &[u8]) -> Value {
    serde_json::from_slice(line).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(line)))
}

#[test]
fn the_same_seed_gives_the_same_bytes_for_ever() {
    // Changing any of these changes every test, bench and report that names a seed. Do it knowingly.
    let small = Faults {
        oversized_max: 0,
        deep_max: 1,
        ..Faults::HARSH
    };
    let dressed = Style {
        shuffle: true,
        escapes: true,
    };
    let rows = [
        ("calm", settings(42, 300, Faults::NONE), Style::default()),
        ("harsh", settings(42, 300, small), Style::default()),
        ("dressed", settings(42, 100, Faults::NONE), dressed),
    ];
    let found = rows.map(|(name, settings, style)| {
        let first = bytes(settings.clone(), style);
        assert!(first == bytes(settings, style), "{name}: two runs differ");
        (name, fnv64(&first))
    });
    let golden = [
        ("calm", 7_671_090_375_463_665_099),
        ("harsh", 10_072_121_007_709_322_003),
        ("dressed", 15_189_653_364_226_725_549),
    ];
    assert_eq!(found, golden, "this is another world");
    assert_ne!(
        bytes(settings(1, 50, Faults::NONE), Style::default()),
        bytes(settings(2, 50, Faults::NONE), Style::default())
    );
}

#[test]
fn every_good_line_holds_to_the_closed_lists() {
    let fields: BTreeSet<&str> = "event_id tracking_number carrier leg_carrier service order_id merchant kind status code \
        carrier_code reason occurred_at occurred_zone recorded_at city region postal_code country facility destination_city \
        destination_region destination_postal_code destination_country latitude longitude promised_at estimated_from estimated_until estimate_source pickup_until attempt message signed_by retracts"
        .split_whitespace()
        .collect();
    let (mut seen_fields, mut seen_codes, mut forms) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (arrival, line) in lines(settings(7, 6_000, Faults::NONE), Style::default()) {
        let scan = parse(&line);
        let object = scan.as_object().expect("an object");
        for name in object.keys() {
            assert!(fields.contains(name.as_str()), "unknown field {name}");
            seen_fields.insert(name.clone());
        }
        let text = |name: &str| scan[name].as_str().unwrap_or_default();
        let code = Code::parse(text("code"));
        let status = Status::parse(text("status"));
        assert!(code.is_some() || text("code").is_empty(), "code {}", text("code"));
        assert!(
            status.is_some() || text("status").is_empty(),
            "status {}",
            text("status")
        );
        let told = code.or_else(|| status.map(Code::generic)).expect("a code or a status");
        assert_eq!(told, arrival.scan.step.code);
        assert_eq!(told.status(), status, "a code belongs to one status: {told}");
        let kind = Kind::parse(text("kind")).unwrap_or_else(|| told.kind());
        assert!(
            status.is_none_or(|status| kind.may_set(status)),
            "{kind} must not set {}",
            text("status")
        );
        assert!(
            scan["reason"].is_null() || Reason::parse(text("reason")).is_some(),
            "{}",
            text("reason")
        );
        let (_, carrier) = find(text("carrier")).expect("a carrier of the table");
        assert!(
            carrier.form.holds(text("tracking_number")),
            "{} {}",
            carrier.slug,
            text("tracking_number")
        );
        let written = WrittenTime::parse(text("occurred_at").as_bytes());
        assert!(written.is_ok(), "{}", text("occurred_at"));
        forms.insert((text("occurred_at").len(), scan["occurred_zone"].is_null()));
        seen_codes.insert(told);
    }
    assert_eq!(
        seen_fields.len(),
        fields.len(),
        "every field is used: {:?}",
        fields
            .iter()
            .filter(|name| !seen_fields.contains(**name))
            .collect::<Vec<_>>()
    );
    assert!(seen_codes.len() > 60, "{} codes", seen_codes.len());
    // Offset, Z, Z with millis, minute with offset, local, bare, local minute, date.
    assert!(forms.len() >= 8, "{forms:?}");
}

#[test]
fn arrivals_are_sorted_and_each_journey_is_told_in_its_order() {
    let mut latest = i64::MIN;
    let mut journeys: BTreeMap<u64, Vec<(i64, u8)>> = BTreeMap::new();
    for arrival in World::new(settings(3, 5_000, Faults::NONE)) {
        assert!(arrival.arrives_at >= latest, "arrivals go forward");
        latest = arrival.arrives_at;
        let step = arrival.scan.step;
        assert!(
            arrival.arrives_at > step.at_s * 1_000,
            "nothing is known before it happens"
        );
        journeys
            .entry(arrival.scan.plan.index)
            .or_default()
            .push((step.at_s, step.ordinal));
    }
    assert_eq!(journeys.len(), 5_000);
    for (index, steps) in journeys {
        assert!(steps.is_sorted(), "shipment {index}: {steps:?}");
    }
}

#[test]
fn no_two_scans_of_a_shipment_share_a_dedupe_key() {
    let mut keys = BTreeSet::new();
    let mut scans = 0;
    for (_, line) in lines(settings(11, 3_000, Faults::NONE), Style::default()) {
        let scan = parse(&line);
        let text = |name: &str| scan[name].as_str().unwrap_or_default().to_owned();
        let raw = if text("carrier_code").is_empty() {
            text("code") + &text("status")
        } else {
            text("carrier_code")
        };
        let wall = text("occurred_at").chars().take(19).collect::<String>();
        keys.insert((text("tracking_number"), text("kind"), raw, wall, text("facility")));
        scans += 1;
    }
    assert_eq!(keys.len(), scans);
}

#[test]
fn faults_come_as_often_as_asked_and_leave_the_world_as_it_is() {
    let asked = Faults {
        malformed: 0.01,
        oversized_max: 0,
        deep_max: 1,
        doubled: 1.4,
        lost: 0.05,
        late: 0.1,
        out_of_order: 0.04,
        wrong_clock: 0.02,
        ..Faults::NONE
    };
    let mut world = World::new(settings(5, 8_000, asked)).with_truths();
    let (mut truths, mut arrivals) = (Vec::new(), 0_u64);
    while world.next().is_some() {
        arrivals += 1;
        truths.extend(
            std::iter::from_fn(|| world.take_truth()).map(|truth| (truth.status, truth.delivered_s, truth.late)),
        );
    }
    let tally = *world.tally();
    let malformed: u64 = world.malformed().iter().sum();
    let near = |name: &str, count: u64, of: u64, rate: f64| {
        let wanted = of as f64 * rate;
        assert!(
            (count as f64 - wanted).abs() < 5.0 * (wanted + 1.0).sqrt(),
            "{name}: {count} of {of}, {wanted} wanted"
        );
    };
    near("lost", tally.lost, tally.scans, 0.05);
    let sent = tally.scans - tally.lost;
    near("doubled", tally.doubled, sent, 1.4);
    near("late", tally.late, sent, 0.1);
    near("wrong clock", tally.wrong_clock, tally.scans, 0.02);
    near("malformed", malformed, sent + tally.doubled, 0.01);
    // The last scan of a journey has none to be overtaken by.
    near(
        "out of order",
        tally.out_of_order,
        sent - sent * 8_000 / tally.scans,
        0.04,
    );
    assert_eq!(arrivals, sent + tally.doubled + malformed, "sent = good + malformed");
    let mut calm = World::new(settings(5, 8_000, Faults::NONE)).with_truths();
    let mut calm_truths = Vec::new();
    while calm.next().is_some() {
        calm_truths.extend(
            std::iter::from_fn(|| calm.take_truth()).map(|truth| (truth.status, truth.delivered_s, truth.late)),
        );
    }
    assert!(
        truths == calm_truths,
        "the truth does not depend on what goes wrong on the way"
    );
}

#[test]
fn malformed_lines_are_added_counted_and_each_has_its_fault() {
    let faults = Faults {
        malformed: 0.05,
        oversized_max: 1,
        deep_max: 2,
        ..Faults::NONE
    };
    let mut manifest = Manifest::default();
    let mut counts = [0_u64; 10];
    for (arrival, line) in lines(settings(9, 1_200, faults), Style::default()) {
        manifest.count(&arrival, line.len() + 1);
        let Some(kind) = arrival.malformed else { continue };
        counts[kind as usize] += 1;
        let value: Option<Value> = serde_json::from_slice(&line).ok();
        let text = |name: &str| {
            value
                .as_ref()
                .and_then(|value| value[name].as_str())
                .unwrap_or_default()
                .to_owned()
        };
        match kind {
            Malformed::Truncated | Malformed::Nul => assert!(value.is_none() && std::str::from_utf8(&line).is_ok()),
            Malformed::InvalidUtf8 => assert!(std::str::from_utf8(&line).is_err()),
            Malformed::WrongType => assert!(
                text("tracking_number").is_empty() || text("status").is_empty() || text("occurred_at").is_empty()
            ),
            Malformed::Oversized => assert!(line.len() > 10_000_000 && value.is_some()),
            Malformed::Deep => assert_eq!(line.iter().filter(|byte| **byte == b'[').count(), 100_000),
            Malformed::FarFuture => assert!(text("occurred_at").starts_with("2999-")),
            Malformed::YearZero => assert!(text("occurred_at").starts_with("0000-")),
            Malformed::NoNumber => assert!(text("tracking_number").is_empty() && !text("occurred_at").is_empty()),
            Malformed::NotAnObject => assert!(value.is_some_and(|value| !value.is_object())),
        }
    }
    assert_eq!(manifest.malformed, counts);
    assert_eq!(manifest.lines, manifest.good + counts.iter().sum::<u64>());
    assert!(counts.iter().all(|count| *count > 0), "all ten kinds: {counts:?}");
    assert_eq!(
        (counts[Malformed::Oversized as usize], counts[Malformed::Deep as usize]),
        (1, 2),
        "limits hold"
    );
}

#[test]
fn another_dress_says_the_same() {
    let plain = lines(settings(6, 300, Faults::NONE), Style::default());
    let dressed = lines(
        settings(6, 300, Faults::NONE),
        Style {
            shuffle: true,
            escapes: true,
        },
    );
    let (mut differ, mut escaped) = (0, 0);
    for ((_, plain), (_, dressed)) in plain.iter().zip(&dressed) {
        assert_eq!(parse(plain), parse(dressed));
        differ += usize::from(plain != dressed);
        escaped += usize::from(dressed.windows(2).any(|pair| pair == b"\\u"));
    }
    assert!(differ > plain.len() * 99 / 100 && escaped > plain.len() * 99 / 100);
}

#[test]
fn a_manifest_finds_what_is_missing() {
    let mut world = World::new(settings(
        8,
        2_000,
        Faults {
            doubled: 0.3,
            ..Faults::NONE
        },
    ));
    let (mut whole, mut one_missing) = (Manifest::default(), Manifest::default());
    let mut by_partition = [0_u64; 64];
    for (at, arrival) in world.by_ref().enumerate() {
        whole.count(&arrival, 1);
        if at != 777 {
            one_missing.count(&arrival, 1);
        }
        by_partition[usize::from(partition(arrival.scan.plan.number.as_str()))] += u64::from(!arrival.is_copy);
    }
    assert_eq!(whole.partitions, by_partition);
    assert_eq!(whole.distinct(), world.tally().scans);
    assert_ne!(whole.sum_sent, one_missing.sum_sent);
    let json: Value = serde_json::from_str(&whole.to_json(world.tally())).expect("the manifest is JSON");
    assert_eq!(json["distinct_scans"], whole.distinct());
    assert_eq!(json["shipments"], 2_000);
}

#[test]
fn the_world_is_plausible() {
    let mut world = World::new(settings(4, 20_000, Faults::NONE)).with_truths();
    let mut truths = Vec::new();
    while world.next().is_some() {
        truths.extend(std::iter::from_fn(|| world.take_truth()));
    }
    let share = |count: usize, of: usize| count * 1_000 / of;
    let ended = |status: Status| truths.iter().filter(|truth| truth.status == status).count();
    let all = truths.len();
    assert!(
        (950..=985).contains(&share(ended(Status::Delivered), all)),
        "{}",
        share(ended(Status::Delivered), all)
    );
    assert!((4..=25).contains(&share(ended(Status::Returned), all)));
    assert!(ended(Status::Failed) > 0 && ended(Status::Cancelled) > 0);
    let promised: Vec<bool> = truths.iter().filter_map(|truth| truth.late).collect();
    assert!(
        (650..=850).contains(&share(promised.len(), all)),
        "some have no promise"
    );
    let late = share(promised.iter().filter(|late| **late).count(), promised.len());
    assert!((60..=200).contains(&late), "{late} permille late");
    let used: BTreeSet<u8> = truths.iter().map(|truth| truth.plan.carrier).collect();
    assert_eq!(used.len(), CARRIERS.len());
    let orders: BTreeSet<u64> = truths.iter().map(|truth| truth.plan.order).collect();
    assert!(orders.len() < all * 97 / 100, "some orders are split");
    assert!(truths.iter().any(|truth| truth.is_recycled) && truths.iter().any(|truth| truth.plan.partner.is_some()));
    let numbers: BTreeSet<_> = truths.iter().map(|truth| truth.plan.number).collect();
    assert_eq!(numbers.len(), all, "no number twice");
}

#[test]
fn a_cut_world_ends_with_its_last_day_and_leaves_shipments_open() {
    let settings = Settings {
        cut: true,
        days: 10,
        ..settings(2, 3_000, Faults::NONE)
    };
    let end_ms = settings.end_s() * 1_000;
    let mut world = World::new(settings).with_truths();
    let (mut last, mut open) = (0, 0);
    while let Some(arrival) = world.next() {
        last = arrival.arrives_at;
        open += std::iter::from_fn(|| world.take_truth())
            .filter(|truth| !truth.status.is_terminal())
            .count();
    }
    assert!(last <= end_ms && last > end_ms - 3_600_000);
    assert!((300..2_500).contains(&open), "{open} open");
}
