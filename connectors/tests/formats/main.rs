//! Every format on the payloads that stand beside its file, `formats/<name>/<case>.<ending>`: what they become is kept as a
//! snapshot, their format is found by their shape, and what is shown as canonical JSON means the same scans.

mod golden;

use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::carriers::{Decoder, Defaults, Mapping, Reading, Scratch};
use milepost_model::Scan;
use std::fs;
use std::path::{Path, PathBuf};

/// A payload, and whose it is.
struct Case {
    format: String,
    name: String,
    bytes: Vec<u8>,
}

fn sorted(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a folder can be read").path())
        .collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map_or(String::new(), |stem| stem.to_string_lossy().into_owned())
}

fn cases() -> Vec<Case> {
    let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("formats");
    let folders = sorted(&formats).into_iter().filter(|path| path.is_dir());
    let payloads = folders.flat_map(|folder| {
        let format = stem(&folder);
        sorted(&folder).into_iter().map(move |path| Case {
            format: format.clone(),
            name: stem(&path),
            bytes: fs::read(&path).expect("a payload can be read"),
        })
    });
    payloads.collect()
}

fn mapping(case: &Case) -> &'static Mapping {
    let found = Formats::built_in().get(&case.format);
    found.unwrap_or_else(|| panic!("no format {} for {}", case.format, case.name))
}

/// What the feed adds: events of places and of containers name no carrier, or not always.
fn defaults(case: &Case) -> Defaults {
    let names_none = ["epcis", "epcis_xml", "dcsa"].contains(&case.format.as_str());
    Defaults {
        carrier: if names_none { "feeder".to_owned() } else { String::new() },
        ..Defaults::default()
    }
}

#[test]
fn payloads_become_scans() {
    for case in cases() {
        let mut lines = Vec::new();
        let (mut decoder, scratch, defaults) = (Decoder::new(), Scratch::new(), defaults(&case));
        decoder.decode_payload(mapping(&case), &case.bytes, (&scratch, &defaults), &mut |given| {
            if let Some(record) = &given.record {
                lines.push(record.json());
            }
            lines.push(match &given.scan {
                Ok(scan) => format!("  {}", told(scan)),
                Err(refusal) => format!("  refused: {refusal}"),
            });
        });
        let unmapped = decoder.counts().unmapped_codes;
        lines.push(format!(
            "{} records, {unmapped} unmapped codes",
            decoder.counts().records
        ));
        insta::assert_snapshot!(format!("{}__{}", case.format, case.name), lines.join("\n"));
    }
}

/// What the columns of a record were understood as.
fn told(scan: &Scan<'_>) -> String {
    let status = scan.status.map_or("-", |status| status.as_str());
    format!(
        "{} {}/{}, {} to {} by {}",
        scan.kind.as_str(),
        status,
        scan.code.as_str(),
        scan.time.earliest,
        scan.time.latest,
        scan.time.basis.as_str()
    )
}

#[test]
fn the_format_of_a_payload_is_found_by_its_shape() {
    for case in cases() {
        let found = Reading::of_shape(&case.bytes, Formats::built_in());
        let found = found.as_ref().map(Reading::name);
        assert_eq!(found, Ok(case.format.as_str()), "{} of {}", case.name, case.format);
    }
}

#[test]
fn what_is_shown_as_canonical_means_the_same() {
    for case in cases() {
        let (scratch, defaults) = (Scratch::new(), defaults(&case));
        let (mut decoder, mut canonical) = (Decoder::new(), Decoder::new());
        decoder.decode_payload(mapping(&case), &case.bytes, (&scratch, &defaults), &mut |given| {
            let (Some(record), Ok(scan)) = (given.record, given.scan) else {
                return;
            };
            let json = record.json();
            let again = Scratch::new();
            let read = canonical.decode_line(json.as_bytes(), &again, &defaults);
            let read = read.unwrap_or_else(|refusal| panic!("{} {}: {refusal}\n{json}", case.format, case.name));
            assert_eq!(format!("{scan:?}"), format!("{read:?}"), "{json}");
        });
    }
}
