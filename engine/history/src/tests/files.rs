//! What is written is what is read: every table through Parquet, generations that appear whole, manifests.

use super::*;
use crate::{
    CalibrationDayRow, CalibrationRow, DelayRow, Generation, JobRow, LaneRow, Manifest, OpenError, RejectRow, ScanRow,
    generations,
};
use datafusion::parquet::arrow::ArrowWriter;
use milepost_model::{Code, DelayEnding, Health, Place, Reject, RejectReason, Scan, TrackingNumber, Window};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory of its own for each test, empty at its start.
fn fresh_dir(name: &str) -> PathBuf {
    let dir = std::env::temp_dir()
        .join(format!("milepost-history-{}", std::process::id()))
        .join(name);
    if dir.exists() {
        std::fs::remove_dir_all(&dir).expect("the directory of the last run can go");
    }
    std::fs::create_dir_all(&dir).expect("a directory can be made");
    dir
}

const LANE: LaneRow<'static> = LaneRow {
    names: ["ups", "ground", "US", "KY", "US", ""],
    under_way: 3,
    cases: 212,
    reliability: Some(0.875),
    marks: [None, Some(NOW.plus(HOUR_MS)), None],
    estimates: Some((0.75, 5 * HOUR_MS)),
    as_of: NOW,
};

const BIN: CalibrationRow = CalibrationRow {
    stage: "van",
    hours_left: (174, None),
    chance_from: 0.3,
    answers: 40.5,
    told: 0.25,
    late: 0.375,
    as_of: NOW,
};
const DAY: CalibrationDayRow = CalibrationDayRow {
    day: 20_513,
    answers: 1_200,
    told: 0.125,
    late: 0.0625,
    as_of: NOW,
};

fn scan_rows() -> Vec<ScanRow<'static>> {
    let number = TrackingNumber::parse(b"1Z999AA10123456784").expect("a good number");
    let plain = Scan::new(number, "ups", Status::InTransit, NOW);
    let until = Window {
        from: NOW,
        until: NOW.plus(HOUR_MS),
        latest: NOW.plus(HOUR_MS),
    };
    let place = Place {
        city: "Louisville",
        region: "KY",
        country: "US",
        ..Place::default()
    };
    let notice = Scan {
        status: None,
        code: Code::Delayed,
        kind: Code::Delayed.kind(),
        estimated: Some(until),
        ..plain
    };
    let full = Scan {
        place,
        attempt: 2,
        shipped_on: Some(20_513),
        coordinates: Some((38.25, -85.5)),
        message: "via \"SDF\"",
        ..plain
    };
    vec![
        ScanRow {
            scan: full,
            epoch: 1,
            counted: true,
            retracted: false,
        },
        ScanRow {
            scan: notice,
            epoch: 1,
            counted: false,
            retracted: true,
        },
    ]
}

const JOB: &str = r#"{"job_id":"j1","notice":"delay.detected","rule":"stalled_in_transit","episode":1,"tracking_number":"1Z2","carrier":"ups",
 "status":"in_transit","health":"stalled","reason":"","opened_at":"2026-03-01T14:03:22+02:00","as_of":"2026-03-03T12:00:00Z","position":"scan.17/88213",
 "because":"no scan for 36 hours since Louisville, KY","new_field":{"a":1}}"#;

fn write_all(generation: Generation) -> PathBuf {
    let as_of = NOW;
    let mut files = Vec::new();
    for (part, parcels) in parcels().chunks(3).enumerate() {
        let part = u32::try_from(part).expect("two parts");
        let mut writer = generation.writer_of_part(Table::Shipments, part).expect("a file");
        parcels
            .iter()
            .for_each(|parcel| writer.push(&ShipmentRow(parcel)).expect("a row"));
        files.push(writer.finish().expect("a file"));
    }
    let mut scans = generation.writer(Table::Scans).expect("a file");
    scan_rows().iter().for_each(|row| scans.push(row).expect("a row"));
    files.push(scans.finish().expect("a file"));

    let mut delays = generation.writer(Table::Delays).expect("a file");
    let open = DelayRow {
        carrier: "ups",
        tracking_number: "1Z2",
        epoch: 0,
        order_id: "B",
        merchant: "",
        rule: "stalled_in_transit",
        episode: 1,
        opened_at: as_of,
        closed: None,
        health: Health::Stalled,
        because: "silent for 100 hours",
    };
    delays.push(&open).expect("a row");
    delays
        .push(&DelayRow {
            episode: 2,
            closed: Some((as_of, DelayEnding::Recovered)),
            ..open
        })
        .expect("a row");
    files.push(delays.finish().expect("a file"));

    let mut jobs = generation.writer(Table::Jobs).expect("a file");
    jobs.push(&JobRow::parse(&JOB.replace('\n', "")).expect("a job"))
        .expect("a row");
    files.push(jobs.finish().expect("a file"));

    let mut lanes = generation.writer(Table::Lanes).expect("a file");
    lanes.push(&LANE).expect("a row");
    files.push(lanes.finish().expect("a file"));
    let mut bins = generation.writer(Table::Calibration).expect("a file");
    bins.push(&BIN).expect("a row");
    files.push(bins.finish().expect("a file"));
    let mut days = generation.writer(Table::CalibrationDays).expect("a file");
    days.push(&DAY).expect("a row");
    files.push(days.finish().expect("a file"));

    let mut rejects = generation.writer(Table::Rejects).expect("a file");
    let reject = Reject {
        reason: RejectReason::NoNumber,
        hint: "no tracking_number; add it".into(),
        line: 3,
        offset: 512,
        excerpt: b"{\"a\":\xff}".to_vec(),
        length: 7,
    };
    rejects.push(&RejectRow::in_file("day.ndjson", &reject)).expect("a row");
    rejects
        .push(&RejectRow::in_log("scan.17/88213", &reject).of_format("easypost"))
        .expect("a row");
    files.push(rejects.finish().expect("a file"));
    generation.commit(files).expect("the directory appears")
}

#[tokio::test]
async fn every_table_survives_parquet() {
    let dir = fresh_dir("survives");
    write_all(Generation::begin(&dir, NOW).expect("a directory"));
    let catalog = Catalog::open(&dir).expect("a generation");
    for (sql, expected) in [
        ("SELECT count(*) FROM shipments", "4"),
        (
            "SELECT tracking_number, silence, last_scan_at FROM shipments WHERE silence > INTERVAL '2 days'",
            "1Z2|4d 4h|2026-02-27T08:00:00.000Z",
        ),
        (
            "SELECT city, occurred_at, occurred_local, precision, time_basis, attempt, shipped_on, latitude, message, counted FROM scans WHERE NOT retracted",
            "Louisville|2026-03-03T12:00:00.000Z|2026-03-03T12:00:00.000|exact|offset|2|2026-03-01|38.25|via \"SDF\"|true",
        ),
        (
            "SELECT kind, status, code, estimated_until, estimate_source, epoch FROM scans WHERE retracted",
            "notice|NULL|delayed|2026-03-03T13:00:00.000Z|carrier|1",
        ),
        (
            "SELECT episode, closed_at IS NULL, ending, health FROM delays ORDER BY 1",
            "1|true|NULL|stalled\n2|false|recovered|stalled",
        ),
        (
            "SELECT job_id, reason, opened_at, promised_at, position FROM jobs",
            "j1|NULL|2026-03-01T12:03:22.000Z|NULL|scan.17/88213",
        ),
        (
            "SELECT file, position, line, byte_offset, reason, excerpt, format FROM rejects ORDER BY line, file",
            "day.ndjson|NULL|3|512|no_number|{\"a\":\u{fffd}}|NULL\nNULL|scan.17/88213|3|512|no_number|{\"a\":\u{fffd}}|easypost",
        ),
        (
            "SELECT service, origin_region, destination_region, under_way, lane_cases, lane_reliability, estimated_p50, estimates_kept, estimate_error, as_of FROM lanes",
            "ground|KY|NULL|3|212|0.875|2026-03-03T13:00:00.000Z|0.75|5h|2026-03-03T12:00:00.000Z",
        ),
        (
            "SELECT * FROM calibration",
            "van|174|NULL|0.3|40.5|0.25|0.375|2026-03-03T12:00:00.000Z",
        ),
        (
            "SELECT day, answers, p_late_mean - late_share, as_of FROM calibration_days",
            "2026-03-01|1200|0.0625|2026-03-03T12:00:00.000Z",
        ),
        (
            "SELECT order_id, shipments, delivered, status FROM orders ORDER BY 1",
            "A|2|1|in_transit\nB|1|0|in_transit",
        ),
        (
            "SELECT tracking_number, estimated_p90, silence_p95, lane_cases FROM shipments WHERE p_late > 0.6 AND p_late < 1",
            "1Z1|2026-03-04T18:00:00.000Z|20h|212",
        ),
        (
            "SELECT sum(p_late), arrow_typeof(max(p_late)), count(lane_reliability) FROM shipments",
            "0.625|Float64|0",
        ),
        ("SELECT now()", "2026-03-03T12:00:00.000Z"),
        (
            "SELECT string_agg(table_name, ' ') FROM tables",
            "shipments orders scans unmapped_codes delays lanes calibration calibration_days jobs rejects",
        ),
    ] {
        assert_eq!(ask(&catalog, sql).await, expected, "{sql}");
    }
}

#[tokio::test]
async fn rows_from_files_are_those_in_memory() {
    let dir = fresh_dir("same");
    let generation = Generation::in_place(&dir, NOW).expect("a directory");
    let mut writer = generation.writer(Table::Shipments).expect("a file");
    writer.append(&rows_of(&parcels())).expect("rows");
    let written = writer.finish().expect("a file");
    let orders = generation
        .write_orders(std::slice::from_ref(&written), &Limits::default())
        .await
        .expect("orders");
    generation.commit(vec![written, orders]).expect("a manifest");
    let (stored, live) = (Catalog::open(&dir).expect("tables"), live(&parcels()));
    for sql in [
        "SELECT * FROM shipments ORDER BY tracking_number",
        "SELECT * FROM orders ORDER BY order_id",
    ] {
        assert_eq!(ask(&stored, sql).await, ask(&live, sql).await, "{sql}");
    }
    assert_eq!(ask(&stored, "SELECT count(*) FROM orders").await, "2");
}

/// A file as it was written before there were learned columns.
fn without_learned_columns(path: &Path, parcels: &[Parcel]) {
    let rows = rows_of(parcels);
    let is_new = |column: Column| (Column::EstimatedP10..=Column::EstimateError).contains(&column);
    let is_old = |name: &str| Column::parse(name).is_none_or(|column| !is_new(column));
    let fields = rows.schema.fields().iter().enumerate();
    let places: Vec<usize> = fields
        .filter(|(_, field)| is_old(field.name()))
        .map(|(place, _)| place)
        .collect();
    assert_eq!(places.len() + 8, rows.schema.fields().len());
    let schema = Arc::new(rows.schema.project(&places).expect("columns"));
    let file = std::fs::File::create(path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, schema, None).expect("a writer");
    for batch in &rows.batches {
        writer.write(&batch.project(&places).expect("columns")).expect("rows");
    }
    writer.close().expect("a file");
}

#[tokio::test]
async fn a_generation_from_before_a_column_is_read_without_it() {
    let dir = fresh_dir("older");
    let generation = Generation::in_place(&dir, NOW).expect("a directory");
    let parcels: Vec<Parcel> = parcels()
        .into_iter()
        .map(|parcel| parcel.with(Column::PLate, Value::Float(0.5)))
        .collect();
    let mut files = Vec::new();
    for (part, parcels) in (0..).zip(parcels.chunks(2)) {
        let mut writer = generation.writer_of_part(Table::Shipments, part).expect("a file");
        parcels
            .iter()
            .for_each(|parcel| writer.push(&ShipmentRow(parcel)).expect("a row"));
        files.push(writer.finish().expect("a file"));
    }
    let (before, path) = (parcels.split_at(2).0, files.first().expect("two files").path.clone());
    generation.commit(files).expect("a manifest");
    without_learned_columns(&path, before);

    let catalog = Catalog::open(&dir).expect("tables");
    for (sql, expected) in [
        (
            "SELECT tracking_number, p_late, silence IS NULL FROM shipments ORDER BY 1",
            "1Z1|NULL|false\n1Z2|NULL|false\nJD3|0.5|true\nJD4|0.5|true",
        ),
        (
            "SELECT count(*) FROM shipments WHERE p_late > 0.4 OR silence_p95 IS NOT NULL",
            "2",
        ),
        ("SELECT count(*) FROM shipments WHERE estimated_p90 > promised_at", "0"),
        ("SELECT shipments FROM orders ORDER BY order_id LIMIT 1", "2"),
    ] {
        assert_eq!(ask(&catalog, sql).await, expected, "{sql}");
    }
    let mut seen = Vec::new();
    for part in catalog.shipment_parts().expect("parts") {
        let mut show =
            |facts: &crate::ShipmentFacts<'_>| seen.push((facts.value(Column::PLate).is_null(), facts.status()));
        part.each(&[Column::PLate, Column::SilenceP95], NOW, &mut show)
            .expect("rows");
    }
    assert_eq!(
        seen,
        [
            (true, Status::InTransit),
            (true, Status::InTransit),
            (false, Status::Delivered),
            (false, Status::Announced)
        ]
    );
}

#[test]
fn the_tables_of_an_earlier_run_go_and_nothing_else() {
    let dir = fresh_dir("cleared");
    write_all(Generation::in_place(&dir, NOW).expect("a directory"));
    let earlier = Generation::in_place(&dir, NOW).expect("a directory");
    for part in [0, 63] {
        let part = earlier.writer_of_part(Table::Scans, part).expect("a file");
        part.finish().expect("a file");
    }
    std::fs::write(dir.join("scans").join("notes.txt"), "mine").expect("a file");
    std::fs::write(dir.join("jobs.ndjson"), "{}").expect("a file");
    Generation::clear(&dir).expect("they can go");
    let left = |dir: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(dir).expect("a directory");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .filter(|name| !dir.join(name).is_dir())
            .collect();
        names.sort();
        names
    };
    assert_eq!(left(&dir), ["jobs.ndjson"]);
    assert_eq!(left(&dir.join("scans")), ["notes.txt"]);
    Generation::clear(&dir).expect("what is gone is gone");
}

#[test]
fn a_generation_appears_whole_and_the_newest_is_read() {
    let dir = fresh_dir("generations");
    let unfinished = Generation::begin(&dir, NOW.plus(HOUR_MS)).expect("a directory");
    drop(unfinished.writer(Table::Jobs).expect("a file"));
    assert!(matches!(Catalog::open(&dir), Err(OpenError::NoTables { .. })));

    for hours in [0, -1, 0] {
        write_all(Generation::begin(&dir, NOW.plus(hours * HOUR_MS)).expect("a directory"));
    }
    let found = generations(&dir).expect("generations");
    let names: Vec<_> = found
        .iter()
        .filter_map(|path| path.file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    assert_eq!(names, ["20260303T110000000", "20260303T120000000"]);
    assert_eq!(Catalog::open(&dir).expect("the newest").as_of(), NOW);
    assert_eq!(
        Manifest::read(&found.into_iter().next().expect("the older"))
            .expect("a manifest")
            .as_of,
        NOW.plus(-HOUR_MS)
    );
    if cfg!(unix) {
        assert!(dir.join("latest").join("manifest.json").is_file());
    }
}

#[test]
fn a_manifest_that_cannot_be_understood_says_why() {
    let dir = fresh_dir("manifests");
    for (text, expected) in [
        ("{", "is no JSON: "),
        ("{}", "says no version"),
        (
            r#"{"version":99}"#,
            "has version 99, written by a newer milepost; this one reads up to 1",
        ),
        (r#"{"version":1,"as_of":"now"}"#, "as_of `now` is not a date"),
        (
            r#"{"version":1,"as_of":"2026-03-01T00:00:00Z","files":[{"table":"scans"}]}"#,
            "lists a file without its name",
        ),
    ] {
        std::fs::write(dir.join("manifest.json"), text).expect("a file");
        let error = Catalog::open(&dir).expect_err("a bad manifest").to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let error = Catalog::open(Path::new("no/such/place"))
        .expect_err("nothing there")
        .to_string();
    assert!(error.starts_with("no/such/place holds no tables"), "{error}");
}

#[test]
fn a_job_that_does_not_fit_is_refused() {
    for (line, expected) in [
        ("[]", "the line is no JSON object"),
        (r#"{"episode":"one"}"#, "field `episode`: `\"one\"` is not a BIGINT"),
        (r#"{"opened_at":"soon"}"#, "field `opened_at`: `soon` is not a date"),
        (r#"{"rule":5}"#, "field `rule`: `5` is not a VARCHAR"),
    ] {
        let error = JobRow::parse(line).expect_err("a bad job").to_string();
        assert!(error.starts_with(expected), "{line}: {error}");
    }
}
