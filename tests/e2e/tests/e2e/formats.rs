//! Mapping files of one's own while the engine runs: each message is read by those that stand before it in the log, also after a
//! crash.

use crate::rules::write;
use crate::{Bed, open};
use milepost_connectors::log::{AnyLog, Append, Control, Destination, Log};
use milepost_model::{Timestamp, partition};
use milepost_runtime::format_texts::FormatSet;
use milepost_test_e2e::{Engine, Outcome, Site, messages, saved_state, until};
use milepost_test_sim::formats::files;
use milepost_test_sim::rule_sets::default_files;
use serde_json::Value;

/// Parcels that a version of the mapping reads.
const PARCELS: u32 = 40;

fn of_formats(engine: &Engine, key: &str) -> Value {
    let ready = engine.get("/readyz");
    let body: Value = serde_json::from_str(&ready.body).unwrap_or_else(|error| panic!("{error}: {}", ready.body));
    body.pointer(&format!("/formats/{key}")).cloned().unwrap_or_default()
}

fn wait_for_version(engine: &Engine, version: u64) {
    let set = FormatSet::compile(files(version)).expect("they have no mistakes");
    until("other formats are in force", || {
        (of_formats(engine, "hash") == set.hash_text()).then_some(())
    });
}

/// Scans of parcels, from this one on, in the depots' format.
async fn send(log: &AnyLog, first: u32, header: &str) -> u64 {
    let appends = (first..first + PARCELS).map(|parcel| {
        let number = format!("DEPOT{parcel:08}");
        let payload = format!(
            r#"{{"tracking_number": "{number}", "carrier": "depot", "status": "in_transit", "occurred_at": "2026-03-01T12:00:00Z"}}"#
        );
        Append {
            to: Destination::Partition(partition(&number)),
            format: Some(header.into()),
            payload: payload.into(),
        }
    });
    let sequences = log
        .append(Timestamp::from_millis(1_772_373_802_000), appends.collect())
        .await;
    *sequences.expect("the log takes them").last().expect("there are some")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn messages_are_read_by_the_mapping_files_that_stand_before_them() {
    let bed = Bed::new();
    let site = Site::new(bed.url()).with("ENGINE__BATCH_MESSAGES_MAX", "16");
    let log = open(bed.url()).await;
    // Nobody knows the format yet.
    let engine = Engine::start(&site, &[]);
    engine.wait_for_position(send(&log, 0, "depot").await);
    assert_eq!(of_formats(&engine, "files"), Value::Array(Vec::new()));
    engine.kill();

    let site = site
        .with("FORMATS__DIR", "formats")
        .with("FORMATS__RELOAD_EVERY", "100ms");
    write(&site.path("formats"), &files(1));
    let engine = Engine::start(&site, &[]);
    wait_for_version(&engine, 1);
    send(&log, 100, "depot").await;
    write(&site.path("formats"), &files(2));
    wait_for_version(&engine, 2);
    let last = send(&log, 200, "depot; merchant=acme").await;
    engine.kill();

    // Wrong files leave those before in force, and say where the mistake is.
    write(
        &site.path("formats"),
        &vec![("depot.yaml".to_owned(), "format: depot\npayload: wax\n".to_owned())],
    );
    let engine = Engine::start(&site, &[]);
    let refused = of_formats(&engine, "refused");
    let refused = refused.as_str().expect("the mistake is told");
    assert!(
        refused.contains("depot.yaml:2: ") && refused.contains("wax"),
        "{refused}"
    );
    engine.wait_for_position(last);
    wait_for_version(&engine, 2);
    let statement = "SELECT service, merchant, count(*) AS parcels FROM shipments GROUP BY ALL ORDER BY service";
    let found = engine.sql(statement, &[]).body;
    let expected = [("v1", "null"), ("v2", "\"acme\"")]
        .map(|(service, merchant)| format!(r#"{{"service":"{service}","merchant":{merchant},"parcels":{PARCELS}}}"#));
    assert_eq!(found.lines().collect::<Vec<_>>(), expected);
    assert_eq!(engine.stop().code, Some(0));

    let (expected, state) = Outcome::and_state_of_one_thread(&log, &default_files()).await;
    assert_eq!(expected.rejects.get("unknown_format"), Some(&u64::from(PARCELS)));
    Outcome::of_log(&log).await.assert_equal(&expected);
    assert_eq!(saved_state(&site), state);
    let brought = messages(&log).await;
    let brought = brought.iter().filter(|message| message.position.partition.is_none());
    let brought = brought.filter(|message| matches!(Control::parse(&message.payload), Ok(Control::Formats(_))));
    assert_eq!(brought.count(), 2, "each change is one message");
}
