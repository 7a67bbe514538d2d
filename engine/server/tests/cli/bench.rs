//! `milepost bench`: it measures, and leaves nothing behind. What the figures are is the machine's affair.

use crate::{milepost, temporary};
use milepost_connectors::test_server::NatsServer;
use serde_json::Value;

#[test]
fn the_engine_alone_is_measured_without_a_server() {
    let dir = temporary();
    let args = ["bench", "--no-nats", "--shipments", "100", "--runs", "1"];
    let answer = milepost(dir.path(), &args);
    assert_eq!(answer.code, 0, "{}", answer.err);
    for word in ["decode", "route", "shard", "one thread", "bytes/shipment"] {
        assert!(answer.out.contains(word), "{word}: {}", answer.out);
    }
    assert!(!answer.out.contains("bare"), "{}", answer.out);
}

#[test]
fn a_server_is_measured_and_left_as_it_was() {
    let dir = temporary();
    let server = NatsServer::start(&dir.path().join("nats")).expect("a nats-server can be had");
    let mut args = vec![
        "bench",
        "--nats",
        &server.url,
        "--json",
        "--shipments",
        "300",
        "--runs",
        "1",
    ];
    args.extend(["--seconds", "2", "--rate", "500"]);
    // Twice: the first leaves no streams behind, or the second would refuse.
    for _ in 0..2 {
        let answer = milepost(dir.path(), &args);
        assert_eq!(answer.code, 0, "{}", answer.err);
        let figures: Value = serde_json::from_str(&answer.out).expect("--json prints JSON");
        let positive = |pointer: &str| {
            let figure = figures.pointer(pointer).and_then(Value::as_f64);
            assert!(figure.is_some_and(|figure| figure > 0.0), "{pointer}: {}", answer.out);
        };
        for pointer in [
            "/decode_ns_per_scan",
            "/shard_ns_per_scan",
            "/bytes_per_shipment",
            "/nats/rates/0/bare_scans_per_second",
            "/nats/rates/1/serve_scans_per_second",
            "/nats/rates/1/serve_to_bare",
            "/nats/latency_without_snapshots/jobs",
            "/nats/latency_with_snapshots/stored_to_job_ms/p99",
        ] {
            positive(pointer);
        }
        let jobs = |pointer: &str| figures.pointer(pointer).and_then(Value::as_u64);
        let (alone, one, many) = (jobs("/jobs"), jobs("/nats/rates/0/jobs"), jobs("/nats/rates/1/jobs"));
        assert_eq!(alone, one, "the log gives what the world gives");
        assert!(many > Some(0), "{many:?}");
    }
}

#[test]
fn a_server_that_holds_streams_is_refused() {
    let dir = temporary();
    let server = NatsServer::start(&dir.path().join("nats")).expect("a nats-server can be had");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let mut settings = milepost_connectors::log::LogSettings::new(&server.url);
    settings.create = true;
    let opened = runtime
        .expect("a runtime needs nothing")
        .block_on(async { milepost_connectors::log::NatsLog::connect(&settings).await.map(drop) });
    opened.expect("streams are created");
    let args = ["bench", "--nats", &server.url, "--shipments", "100", "--runs", "1"];
    let answer = milepost(dir.path(), &args);
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
    assert!(answer.err.contains("stream SCANS is there already"), "{}", answer.err);
}
