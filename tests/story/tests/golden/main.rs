//! The golden stories, told in the formats of carriers: at each `expect` the same facts, and in every other order of the
//! messages the same rows, but for what a format cannot carry, which stands in `exceptions`. An exception that is not needed
//! fails as well.
#![expect(clippy::indexing_slicing, reason = "members of JSON objects are set by name")]

mod exceptions;
mod record;
mod tongues;

use milepost_test_story::story::{Passage, Tongue, passages, tell_in};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tongues::{AfterShip, CloudEvents, EasyPost, Epcis, FedEx, X12};

/// Shuffled orders of the messages; all rotations, backwards and doubled come on top.
const SHUFFLES: usize = 8;

/// The formats that have an encoder here.
const ALL: &[&str] = &[
    "easypost",
    "aftership",
    "fedex_track",
    "x12_214",
    "epcis",
    "cloudevents",
];

/// The stories, and the formats in which they are told besides the canonical one.
const STORIES: [(&str, &[&str]); 21] = [
    ("g1_failed_doors", ALL),
    ("g2_recycled_number", ALL),
    ("g2_long_wait_for_pickup", ALL),
    ("g3_two_legs", &["easypost", "aftership", "cloudevents"]),
    ("g3_fast_clock", &["easypost", "aftership", "cloudevents"]),
    ("g3_waits_for_routing", &["easypost", "aftership", "cloudevents"]),
    (
        "g4_date_only_forecast",
        &["easypost", "aftership", "x12_214", "epcis", "cloudevents"],
    ),
    (
        "g5_appointment",
        &["easypost", "aftership", "x12_214", "epcis", "cloudevents"],
    ),
    ("g5_no_zone", &["aftership", "x12_214", "cloudevents"]),
    (
        "g5_zone_of_the_place",
        &["easypost", "aftership", "x12_214", "cloudevents"],
    ),
    ("g6a_evening_upload", ALL),
    ("g6b_depot_stamps_late", ALL),
    ("g6c_another_city", ALL),
    ("g6d_sent_back", ALL),
    ("g6e_label_voided", ALL),
    ("g6f_locker", ALL),
    (
        "g7_no_promise",
        &["easypost", "aftership", "x12_214", "epcis", "cloudevents"],
    ),
    ("g8_retraction", ALL),
    ("g8_retraction_comes_first", ALL),
    ("g8_epcis_error_declaration", &["epcis", "cloudevents"]),
    ("g8_changed_message", ALL),
];

fn tongue(format: &str, script: &str) -> Box<dyn Tongue> {
    let carrier = ["fedex", "usps", "odfl", "china_post"]
        .into_iter()
        .find(|carrier| script.contains(&format!(" carrier={carrier}")));
    match format {
        "easypost" => Box::new(EasyPost::default()),
        "aftership" => Box::new(AfterShip::default()),
        "fedex_track" => Box::new(FedEx),
        "x12_214" => Box::new(X12),
        "cloudevents" => Box::new(CloudEvents),
        "epcis" => Box::new(Epcis::of(carrier.expect("golden stories name their carrier"))),
        other => panic!("{other} has no encoder here"),
    }
}

#[test]
fn golden_stories_in_easypost() {
    told_in("easypost");
}

#[test]
fn golden_stories_in_aftership() {
    told_in("aftership");
}

#[test]
fn golden_stories_in_fedex_track() {
    told_in("fedex_track");
}

#[test]
fn golden_stories_in_x12_214() {
    told_in("x12_214");
}

#[test]
fn golden_stories_in_epcis() {
    told_in("epcis");
}

#[test]
fn golden_stories_in_cloudevents() {
    told_in("cloudevents");
}

#[test]
fn each_story_is_told_in_three_formats_beside_the_canonical_one() {
    for (story, formats) in STORIES {
        // A declaration of an error is EPCIS's own.
        let least = if story == "g8_epcis_error_declaration" { 1 } else { 3 };
        assert!(formats.len() >= least, "{story}: {formats:?}");
    }
}

/// All stories that this format can tell are the same in it, but for its exceptions.
fn told_in(format: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stories");
    let mut wrong = Vec::new();
    for (story, _) in STORIES.iter().filter(|(_, formats)| formats.contains(&format)) {
        let script = fs::read_to_string(folder.join(format!("{story}.story"))).expect("the story stands there");
        let found = match tell_in(&script, tongue(format, &script).as_mut(), SHUFFLES) {
            Ok(told) => differences(&passages(&script), &told),
            Err(error) => {
                wrong.push(format!("{story} in {format}: line {}: {}", error.line, error.what));
                continue;
            }
        };
        let listed = exceptions::of(format).iter().find(|(of, _)| of == story);
        let listed: BTreeSet<String> = listed
            .map_or(&[][..], |(_, differ)| differ)
            .iter()
            .map(|text| (*text).to_owned())
            .collect();
        if found != listed {
            wrong.push(format!(
                "{story} in {format} differs in {found:?}, listed is {listed:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What differs: the line of the story, the fact, and what it is here. What the engine said is one fact, `said`.
fn differences(expected: &[Passage], found: &[Passage]) -> BTreeSet<String> {
    let mut differ = BTreeSet::new();
    for (expected, found) in expected.iter().zip(found).filter(|(expected, found)| expected != found) {
        let (facts, others) = (facts(&expected.text), facts(&found.text));
        for (name, value) in &others {
            if facts.get(name) != Some(value) {
                differ.insert(format!("{} {name}={value}", expected.line));
            }
        }
        if said(&expected.text) != said(&found.text) {
            differ.insert(format!("{} said", expected.line));
        }
    }
    differ
}

fn said(text: &str) -> Vec<&str> {
    text.lines().skip(1).collect()
}

/// The facts of an `expect` line.
fn facts(text: &str) -> std::collections::BTreeMap<String, String> {
    let first = text.lines().next().unwrap_or_default();
    let words = milepost_test_story::words::split(first);
    let pairs = words
        .iter()
        .filter(|_| first.starts_with("expect"))
        .filter_map(|word| word.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
