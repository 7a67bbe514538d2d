//! One world in many formats: what comes back is what went in, less what the format cannot carry. That list stands in
//! `loadgen/src/encode/losses.rs` and `words.rs`, and is held to in both directions: a loss that is none fails as well.

mod reduced;

use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::carriers::{Decoder, Defaults, Mapping, Scratch};
use milepost_core::Clock;
use milepost_loadgen::{Arrival, Cut, Encoder, Faults, Format, Losses, Payloads, Settings, Style};
use milepost_model::{Code, Column, Kind, Timestamp};
use milepost_rules::RuleSet;
use milepost_test_story::world::{Outcome, Said, World};
use reduced::Reduced;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const BATCH: usize = 37;
const SHIPMENTS: u64 = 900;

/// A format, and the carrier of the feed where the format needs one.
type Feed = (Format, Option<&'static str>);

const FEEDS: [Feed; 7] = [
    (Format::EasyPost, None),
    (Format::UpsTrackAlert, None),
    (Format::X12, None),
    (Format::Epcis, Some("dhl")),
    (Format::Epcis, Some("dpd")),
    (Format::Epcis, Some("usps")),
    (Format::Epcis, Some("china_post")),
];

/// Arrivals of that feed: recycled numbers, withdrawals, repeats, late and overtaken ones among them.
fn arrivals(feed: Feed, shipments: u64) -> Vec<Arrival> {
    let (format, carrier) = feed;
    let faults = Faults {
        doubled: 0.1,
        late: 0.05,
        out_of_order: 0.05,
        ..Faults::NONE
    };
    let settings = Settings {
        seed: 11,
        shipments,
        recycled_permille: 20,
        retracted_permille: 40,
        faults,
        ..Settings::default()
    };
    let payloads = Payloads::new(format, cut(carrier, false), Style::default());
    milepost_loadgen::World::new(settings)
        .filter(|arrival| payloads.carries(arrival))
        .collect()
}

fn cut(carrier: Option<&'static str>, last_only: bool) -> Cut {
    Cut {
        carrier,
        batch: BATCH,
        last_only,
    }
}

fn defaults((format, carrier): Feed) -> Defaults {
    Defaults {
        source: format.name().to_owned(),
        carrier: carrier.unwrap_or_default().to_owned(),
        ..Defaults::default()
    }
}

fn mapping(format: Format) -> &'static Mapping {
    Formats::built_in()
        .get(format.name())
        .expect("the format comes with the program")
}

/// The payloads of arrivals, each with the time at which it is heard.
fn payloads((format, carrier): Feed, arrivals: &[Arrival], last_only: bool) -> Vec<(i64, Vec<u8>)> {
    let mut writer = Payloads::new(format, cut(carrier, last_only), Style::default());
    let (mut found, mut now_ms) = (Vec::new(), 0);
    for arrival in arrivals {
        now_ms = arrival.arrives_at;
        let mut payload = Vec::new();
        if writer.take(arrival, &mut payload).is_some() {
            found.push((now_ms, payload));
        }
    }
    let mut payload = Vec::new();
    while writer.rest(&mut payload).is_some() {
        found.push((now_ms, std::mem::take(&mut payload)));
    }
    found
}

/// What the scans of all payloads say, each once.
fn scans_of_payloads(feed: Feed, payloads: &[(i64, Vec<u8>)]) -> BTreeSet<String> {
    let (mut decoder, defaults, mut found) = (Decoder::new(), defaults(feed), BTreeSet::new());
    for (_, payload) in payloads {
        let scratch = Scratch::new();
        decoder.decode_payload(
            mapping(feed.0),
            payload,
            (&scratch, &defaults),
            &mut |given| match given.scan {
                Ok(scan) => drop(found.insert((scan.kind, format!("{scan:#?}")))),
                Err(refusal) => panic!("{refusal:?}: {}", String::from_utf8_lossy(payload)),
            },
        );
    }
    assert_eq!(
        decoder.counts().unmapped_codes,
        0,
        "loadgen uses codes that the mapping knows"
    );
    seen(feed, found)
}

fn scans_of_records(feed: Feed, reduced: &Reduced) -> BTreeSet<String> {
    let (mut decoder, defaults, mut found) = (Decoder::new(), defaults(feed), BTreeSet::new());
    for told in &reduced.told {
        let line = serde_json::Value::Object(told.record.clone()).to_string();
        let scratch = Scratch::new();
        match decoder.decode_line(line.as_bytes(), &scratch, &defaults) {
            Ok(scan) => drop(found.insert((scan.kind, format!("{scan:#?}")))),
            Err(refusal) => panic!("{refusal:?}: {line}"),
        }
    }
    seen(feed, found)
}

/// Of EasyPost the last events only, which have all records, but of the estimates only the last.
fn seen((format, _): Feed, found: BTreeSet<(Kind, String)>) -> BTreeSet<String> {
    let is_seen = |kind: &Kind| format != Format::EasyPost || *kind != Kind::Estimate;
    found
        .into_iter()
        .filter(|(kind, _)| is_seen(kind))
        .map(|(_, text)| text)
        .collect()
}

#[test]
fn every_record_comes_back_as_the_format_carries_it() {
    for feed in FEEDS {
        let arrivals = arrivals(feed, SHIPMENTS);
        let reduced = Reduced::of(feed.0, &arrivals, BATCH);
        let expected = scans_of_records(feed, &reduced);
        let found = scans_of_payloads(feed, &payloads(feed, &arrivals, true));
        let (missing, made_up): (Vec<_>, Vec<_>) = (
            expected.difference(&found).collect(),
            found.difference(&expected).collect(),
        );
        assert!(
            missing.is_empty() && made_up.is_empty(),
            "{feed:?}: of {} records {} are otherwise, one of them\n{}\ninstead of\n{}",
            expected.len(),
            missing.len().max(made_up.len()),
            made_up.first().map_or("none", |text| text.as_str()),
            missing.first().map_or("none", |text| text.as_str()),
        );
        assert!(found.len() > 100, "{feed:?}: {} records show little", found.len());
    }
}

/// What a world comes to that hears these.
fn outcome(feed: Feed, now_ms: i64, hear: &mut dyn FnMut(&mut World)) -> Outcome {
    let rules = Arc::new(RuleSet::empty());
    let mut world = World::new(rules, Clock::Log).with_defaults(defaults(feed));
    hear(&mut world);
    let now = Timestamp::from_millis(now_ms);
    assert_eq!(world.tick(now), []);
    world.outcome(now)
}

fn heard(world: &mut World, at_ms: i64, payload: &[u8], mapping: &Mapping) {
    let said = world.hear_payload(Timestamp::from_millis(at_ms), mapping, payload);
    assert!(!said.iter().any(|said| matches!(said, Said::Refused(..))), "{said:?}");
}

/// The rows that the payloads make, those of the reduced records, and those of the canonical lines.
fn rows(feed: Feed, shipments: u64) -> [Outcome; 3] {
    let arrivals = arrivals(feed, shipments);
    let now_ms = arrivals.last().map_or(0, |last| last.arrives_at) + 3_600_000;
    let reduced = Reduced::of(feed.0, &arrivals, BATCH);
    let by_payload = outcome(feed, now_ms, &mut |world| {
        for (at_ms, payload) in payloads(feed, &arrivals, false) {
            heard(world, at_ms, &payload, mapping(feed.0));
        }
    });
    let by_record = outcome(feed, now_ms, &mut |world| {
        for told in &reduced.told {
            let line = serde_json::Value::Object(told.record.clone()).to_string();
            assert_eq!(world.hear(Timestamp::from_millis(told.heard_ms), &line), [], "{line}");
        }
    });
    let by_line = outcome(feed, now_ms, &mut |world| {
        let mut encoder = Encoder::new(Style::default());
        for arrival in &arrivals {
            let mut line = Vec::new();
            encoder.encode(arrival, &mut line);
            let line = String::from_utf8(line).expect("lines are text");
            assert_eq!(world.hear(Timestamp::from_millis(arrival.arrives_at), &line), []);
        }
    });
    [by_payload, by_record, by_line]
}

#[test]
fn rows_are_those_of_the_canonical_file_less_what_the_format_cannot_carry() {
    let mut wrong = Vec::new();
    for format in Format::ALL {
        let (mut lost, mut columns, mut count) = (BTreeSet::new(), BTreeMap::new(), 0);
        for feed in FEEDS.into_iter().filter(|(of, _)| *of == format) {
            lost.extend(Reduced::of(format, &arrivals(feed, SHIPMENTS), BATCH).lost);
            let [by_payload, by_record, by_line] = rows(feed, SHIPMENTS);
            assert!(by_payload.rows.len() > 20, "{feed:?}: {} rows", by_payload.rows.len());
            let difference = milepost_test_story::orders::difference(&by_record, &by_payload);
            wrong.extend(difference.map(|difference| format!("{feed:?}: {difference}")));
            count += by_payload.rows.len();
            count_differing(&by_line, &by_payload, &mut columns);
        }
        let name = format.name();
        let shares = columns.iter().map(|(column, rows)| format!("{column} {rows}"));
        eprintln!(
            "{name}, rows of {count} that differ by column: {}",
            shares.collect::<Vec<_>>().join(", ")
        );
        let losses = Losses::of(format);
        let columns = columns.into_keys().collect();
        for (what, found, listed) in [
            ("fields lost", lost, losses.fields),
            ("columns that differ", columns, losses.columns),
        ] {
            let listed: BTreeSet<&str> = listed.iter().copied().collect();
            let (missing, needless): (Vec<_>, Vec<_>) =
                (found.difference(&listed).collect(), listed.difference(&found).collect());
            if !missing.is_empty() || !needless.is_empty() {
                wrong.push(format!(
                    "{name}, {what}: not listed {missing:?}, listed and not needed {needless:?}"
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "see loadgen/src/encode/losses.rs\n{}",
        wrong.join("\n")
    );
}

/// Adds the rows that differ, by column. A parcel of which nothing is told has no row.
fn count_differing(expected: &Outcome, found: &Outcome, columns: &mut BTreeMap<&'static str, usize>) {
    let key = [Column::Carrier, Column::TrackingNumber, Column::Epoch];
    for row in &found.rows {
        let same = expected
            .rows
            .iter()
            .find(|other| key.iter().all(|column| other.get(*column) == row.get(*column)));
        let Some(same) = same else { continue };
        for (column, _) in row.cells.iter().filter(|(column, cell)| same.get(*column) != cell) {
            *columns.entry(column.name()).or_default() += 1;
        }
    }
}

#[test]
fn no_word_is_lossy_that_the_mapping_has_a_better_one_for() {
    let arrivals = arrivals((Format::EasyPost, None), 3_000);
    for format in Format::ALL {
        let Some((_, text)) = milepost_connectors::carriers::mapping::FILES
            .iter()
            .find(|(name, _)| *name == format.name())
        else {
            continue;
        };
        let meanings: BTreeSet<&str> = text
            .lines()
            .filter_map(|line| line.rsplit_once(": "))
            .filter_map(|(_, meaning)| meaning.split(" (").next()?.rsplit([' ', '/', '=']).next())
            .map(|word| word.trim_end_matches(" }"))
            .collect();
        let mut wrong = BTreeSet::new();
        for arrival in arrivals
            .iter()
            .filter(|arrival| format.serves(arrival.scan.plan.carrier().slug))
        {
            let code = arrival.scan.step.code;
            // Estimates are records of their own.
            if code.kind() == Kind::Estimate {
                continue;
            }
            let back = format.word(&arrival.scan).map(|word| word.back);
            if back != Some(code) && meanings.contains(code.as_str()) && !known(format, code) {
                wrong.insert(format!("{code} is told as {back:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}: {wrong:?}", format.name());
    }
}

/// Codes that a mapping has under conditions that these scans do not meet.
fn known(format: Format, code: Code) -> bool {
    match format {
        // Of single carriers, by their own codes at the door.
        Format::EasyPost => matches!(
            code,
            Code::AttemptFailed | Code::CardLeft | Code::AttemptNotMade | Code::Moving
        ),
        // A mere note; what is withdrawn is told by the event itself.
        Format::UpsTrackAlert | Format::X12 | Format::Epcis => matches!(code, Code::Info | Code::AddressCorrected),
        Format::Canonical => false,
    }
}
