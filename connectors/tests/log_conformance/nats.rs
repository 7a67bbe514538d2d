//! The log on NATS alone: streams as they must be, consumers that vanish, producers that are not ours.

use crate::bed::{Bed, Kind, NOW, read, scans, sequences};
use async_nats::jetstream::stream;
use futures_util::StreamExt;
use milepost_connectors::log::{AnyLog, CLOUD_EVENT, Log, LogSettings};
use milepost_connectors::test_server::NatsServer;
use milepost_model::partition;

#[tokio::test]
async fn what_is_missing_is_said_exactly() {
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let server = NatsServer::start(dir.path()).expect("a nats-server can be had");
    let refused = AnyLog::open(&LogSettings::new(&server.url), NOW)
        .await
        .err()
        .map(|error| error.to_string());
    let expected = format!(
        "the log at {} is not ready:\n  \
         - stream SCANS does not exist; it needs subjects scan.*, ingest.*, subject transform ingest.* to scan.{{{{partition(64,1)}}}}\n  \
         - stream JOBS does not exist; it needs subjects job.*\n  \
         - stream REJECTS does not exist; it needs subjects reject.*\n\
         Create or correct this, or let Milepost create what is missing: create = true in [log], or `milepost serve --create`",
        server.url
    );
    assert_eq!(refused.as_deref(), Some(expected.as_str()));

    // What exists is never changed: that is the operator's.
    let client = async_nats::connect(&server.url).await.expect("the server answers");
    let context = async_nats::jetstream::new(client);
    let jobs = stream::Config {
        name: "JOBS".to_owned(),
        subjects: vec!["job.*".to_owned()],
        max_age: std::time::Duration::from_secs(60),
        ..Default::default()
    };
    context.create_stream(jobs).await.expect("a stream can be created");
    let settings = LogSettings {
        create: true,
        ..LogSettings::new(&server.url)
    };
    let refused = AnyLog::open(&settings, NOW)
        .await
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(
        refused.contains("- stream JOBS needs max_age of at least a day") && !refused.contains("SCANS"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    for (url, expected) in [
        ("nats://127.0.0.1:1", "NATS at nats://127.0.0.1:1 did not answer"),
        (
            "nats://user:secret@127.0.0.1:1",
            "NATS at nats://127.0.0.1:1 did not answer",
        ),
    ] {
        let refused = AnyLog::open(&LogSettings::new(url), NOW)
            .await
            .err()
            .map(|error| error.to_string());
        assert!(
            refused.as_ref().is_some_and(|text| text.contains(expected)),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_consumer_that_vanishes_is_replaced() {
    let bed = Bed::new(Kind::Nats).await;
    bed.log
        .append(NOW, scans(1, 1000))
        .await
        .expect("the log takes messages");
    let mut reader = bed.log.read(1).await.expect("the log can be read");
    let mut found = sequences(&read(&mut reader, 500).await);
    let stream = bed
        .context()
        .await
        .get_stream("SCANS")
        .await
        .expect("the stream is there");
    let mut names = stream.consumer_names();
    while let Some(name) = names.next().await {
        stream
            .delete_consumer(&name.expect("the server answers"))
            .await
            .expect("a consumer can be deleted");
    }
    bed.log
        .append(NOW, scans(1001, 1000))
        .await
        .expect("the log takes messages");
    found.extend(sequences(&read(&mut reader, 1500).await));
    assert_eq!(found, (1..=2000).collect::<Vec<_>>());
}

#[tokio::test]
async fn single_messages_that_were_deleted_leave_a_hole_and_no_error() {
    let bed = Bed::new(Kind::Nats).await;
    bed.log.append(NOW, scans(1, 10)).await.expect("the log takes messages");
    let stream = bed
        .context()
        .await
        .get_stream("SCANS")
        .await
        .expect("the stream is there");
    for sequence in [4, 5, 8] {
        stream.delete_message(sequence).await.expect("a message can be deleted");
    }
    let mut reader = bed.log.read(1).await.expect("the log can be read");
    assert_eq!(sequences(&read(&mut reader, 7).await), [1, 2, 3, 6, 7, 9, 10]);
}

#[tokio::test]
async fn producers_that_are_not_ours_are_read() {
    let bed = Bed::new(Kind::Nats).await;
    let context = bed.context().await;
    for (name, value) in [
        ("Milepost-Format", "ups"),
        ("Content-Type", "application/cloudevents+json; charset=utf-8"),
        ("content-type", "application/cloudevents+json"),
        ("Content-Type", "application/json"),
    ] {
        let mut headers = async_nats::HeaderMap::new();
        headers.insert(name, value);
        let sent = context
            .publish_with_headers("ingest.1Z999AA10123456784", headers, "{}".into())
            .await;
        sent.expect("the server takes it").await.expect("the server has it");
    }
    let mut reader = bed.log.read(1).await.expect("the log can be read");
    let messages = read(&mut reader, 4).await;
    let formats: Vec<_> = messages.iter().map(|message| message.format.as_deref()).collect();
    assert_eq!(formats, [Some("ups"), Some(CLOUD_EVENT), Some(CLOUD_EVENT), None]);
    let share = partition("1Z999AA10123456784");
    assert!(messages.iter().all(|message| message.position.partition == Some(share)));
}

#[tokio::test]
async fn a_subject_that_is_no_share_does_not_stop_the_stream() {
    let bed = Bed::new(Kind::Nats).await;
    let context = bed.context().await;
    for subject in ["scan.63", "scan.64", "scan.control", "scan.0"] {
        let sent = context
            .publish(subject, "{}".into())
            .await
            .expect("the server takes it");
        sent.await.expect("the server has it");
    }
    let mut reader = bed.log.read(1).await.expect("the log can be read");
    let shares: Vec<_> = read(&mut reader, 4)
        .await
        .iter()
        .map(|message| message.position.partition)
        .collect();
    assert_eq!(shares, [Some(63), None, None, Some(0)]);
    let hash = bed.log.message_hash(2).await.expect("the log answers");
    assert!(hash.is_some(), "and a snapshot may be cut there");
}
