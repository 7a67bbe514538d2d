//! The formats of carriers: the same seed gives the same bytes, and README.md says what `Losses` and the words say.

use milepost_loadgen::manifest::fnv64;
use milepost_loadgen::world::carriers::CARRIERS;
use milepost_loadgen::{Cut, Format, Losses, Payloads, Settings, Style, World};
use milepost_model::Code;
use std::collections::BTreeSet;
use std::fmt::Write;

fn settings(shipments: u64) -> Settings {
    Settings {
        seed: 42,
        shipments,
        ..Settings::default()
    }
}

fn payloads(format: Format, cut: Cut, shipments: u64) -> Vec<Vec<u8>> {
    let mut writer = Payloads::new(format, cut, Style::default());
    let mut found = Vec::new();
    for arrival in World::new(settings(shipments)) {
        let mut payload = Vec::new();
        if writer.take(&arrival, &mut payload).is_some() {
            found.push(payload);
        }
    }
    let mut payload = Vec::new();
    while writer.rest(&mut payload).is_some() {
        found.push(std::mem::take(&mut payload));
    }
    found
}

#[test]
fn the_same_seed_gives_the_same_payloads_for_ever() {
    // Changing any of these changes every test and bench that names a seed. Do it knowingly.
    let found = Format::ALL.map(|format| (format.name(), fnv64(&payloads(format, Cut::default(), 100).concat())));
    let golden = [
        ("canonical", 12_259_594_206_220_828_588),
        ("easypost", 12_361_103_389_634_125_726),
        ("ups_track_alert", 9_275_069_772_805_901_091),
        ("x12_214", 12_926_376_854_741_552_093),
        ("epcis", 11_971_372_011_406_229_420),
    ];
    assert_eq!(found, golden, "these are other payloads");
}

#[test]
fn a_payload_is_what_a_message_or_a_line_may_be() {
    for format in Format::ALL {
        let found = payloads(format, Cut::default(), 60);
        assert!(!found.is_empty(), "{}", format.name());
        for payload in found {
            let text = String::from_utf8(payload).expect("payloads are text");
            let body = text.strip_suffix('\n').expect("each ends with a newline");
            if format == Format::X12 {
                assert!(body.starts_with("ISA*") && body.ends_with('~'), "{body}");
                assert_eq!(body.find("~\nGS*QM"), Some(105), "ISA has its length");
                let count = body.matches("\nST*214").count();
                assert!((1..=Cut::default().batch).contains(&count), "{count} transactions");
            } else {
                assert!(!body.contains('\n'), "one line stays one line");
                let value: serde_json::Value = serde_json::from_str(body).expect("it is JSON");
                assert!(value.is_object());
            }
        }
    }
}

#[test]
fn the_last_events_of_easypost_are_one_for_each_parcel() {
    let last_only = Cut {
        last_only: true,
        ..Cut::default()
    };
    let all = payloads(Format::EasyPost, Cut::default(), 50);
    let last = payloads(Format::EasyPost, last_only, 50);
    assert_eq!(last.len(), 50);
    let all: BTreeSet<Vec<u8>> = all.into_iter().collect();
    assert!(
        last.iter().all(|event| all.contains(event)),
        "each was pushed when it was the last"
    );
}

#[test]
fn only_parcels_of_the_carrier_that_is_asked_for() {
    let cut = Cut {
        carrier: Some("dhl"),
        ..Cut::default()
    };
    let found = payloads(Format::Canonical, cut, 200);
    assert!(found.len() > 20);
    assert!(
        found
            .iter()
            .all(|line| String::from_utf8_lossy(line).contains("\"carrier\":\"dhl\""))
    );
}

/// The tables of README.md.
fn tables() -> String {
    let formats: Vec<Format> = Format::ALL
        .into_iter()
        .filter(|format| *format != Format::Canonical)
        .collect();
    let mut text = String::new();
    for format in &formats {
        let served: Vec<&str> = CARRIERS
            .iter()
            .map(|carrier| carrier.slug)
            .filter(|slug| format.serves(slug))
            .collect();
        let carriers = if served.len() == CARRIERS.len() {
            "all".to_owned()
        } else {
            served.join(", ")
        };
        let losses = Losses::of(*format);
        let _ = writeln!(text, "**{}** (carriers: {carriers})\n", format.name());
        let _ = writeln!(text, "- does not carry `{}`", losses.fields.join("` `"));
        let _ = writeln!(text, "- otherwise: {}", losses.otherwise.join("; "));
        let _ = writeln!(
            text,
            "- so these columns of `shipments` may differ: `{}`\n",
            losses.columns.join("` `")
        );
    }
    let names: Vec<&str> = formats.iter().map(|format| format.name()).collect();
    let _ = writeln!(
        text,
        "| code | {} |\n|---|{}",
        names.join(" | "),
        "---|".repeat(names.len())
    );
    for code in Code::ALL {
        let backs: Vec<String> = formats.iter().map(|format| back(*format, *code)).collect();
        if backs.iter().any(|back| back != "not told") {
            let _ = writeln!(text, "| `{code}` | {} |", backs.join(" | "));
        }
    }
    text
}

/// What comes back of a code, if it is another; of one that means something only with some carriers all of it.
fn back(format: Format, code: Code) -> String {
    let carriers = CARRIERS.iter().filter(|carrier| format.serves(carrier.slug));
    let found: BTreeSet<String> = carriers
        .map(|carrier| match format.say(code, None, None, carrier.slug) {
            None => "not told".to_owned(),
            Some(word) if word.back == code => "itself".to_owned(),
            Some(word) => format!("`{}`", word.back),
        })
        .collect();
    let all: Vec<String> = found.into_iter().collect();
    if all == ["itself"] {
        String::new()
    } else {
        all.join(", ")
    }
}

#[test]
fn the_readme_says_what_each_format_cannot_carry() {
    const BEGIN: &str = "<!-- losses -->\n";
    const END: &str = "<!-- end of losses -->\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let text = std::fs::read_to_string(path).expect("README.md stands there");
    let (before, rest) = text.split_once(BEGIN).expect("the tables begin");
    let (written, after) = rest.split_once(END).expect("the tables end");
    let expected = tables();
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(path, [before, BEGIN, &expected, END, after].concat()).expect("README.md can be written");
        return;
    }
    assert!(
        written == expected,
        "UPDATE_README=1 cargo test -p milepost-loadgen --test formats"
    );
}
