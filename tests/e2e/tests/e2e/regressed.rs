//! A log that is not the one that was read is refused; who says so takes it as it is, and then nothing is lost either.

use crate::{Bed, open};
use milepost_test_e2e::{Engine, Outcome, Sent, Site};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stream_that_was_made_anew_is_refused_until_it_is_taken_as_it_is() {
    let (bed, lines) = (Bed::new(), 10_000);
    let site = Site::new(bed.url());
    let sent = Sent::usual(53, lines);
    sent.write(&site.path("scans.ndjson"));
    let expected = Outcome::of_replay(&site, "scans.ndjson");

    let first = lines / 2;
    let last = sent.append(&open(bed.url()).await, 0..first).await;
    let engine = Engine::start(&site, &[]);
    engine.wait_for_position(last);
    assert_eq!(engine.stop().code, Some(0));
    let client = async_nats::connect(bed.url()).await.expect("the server is there");
    let deleted = async_nats::jetstream::new(client).delete_stream("SCANS").await;
    assert!(deleted.expect("the stream can be deleted").success);
    let log = open(bed.url()).await;
    let middle = first + 300;
    let last = sent.append(&log, first..middle).await;
    assert!(last <= first as u64, "the new stream counts from 1 again");

    let said = site.run(&["serve"]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    for word in ["StreamRegressed", "--rebase", "SCANS"] {
        assert!(said.err.contains(word), "{word} is not said:\n{}", said.err);
    }
    let before = Outcome::of_log(&log).await;

    let engine = Engine::start(&site, &["--rebase"]);
    assert!(engine.trace().contains("rebased"), "{}", engine.trace());
    engine.wait_for_position(last);
    engine.kill();
    let again = Engine::start(&site, &["--rebase"]);
    again.wait_for_position(last);
    assert_eq!(again.stop().code, Some(0));
    let engine = Engine::start(&site, &[]);
    assert!(engine.trace().contains("goes on from"), "{}", engine.trace());
    // Most shares published last for the old stream, at numbers that the new one has not reached yet.
    let last = sent.append(&log, middle..lines).await;
    engine.wait_for_position(last);
    assert_eq!(engine.stop().code, Some(0));
    let listed = site.succeed(&["snapshot", "ls"]);
    assert!(
        listed
            .lines()
            .last()
            .is_some_and(|newest| newest.contains(&format!("message {last},"))),
        "the newest snapshot is that of the new stream:\n{listed}"
    );

    // What the old stream caused is not caused again; what the new one causes is there, if not in the same bytes.
    let after = Outcome::of_log(&log).await;
    assert!(after.jobs.len() > before.jobs.len(), "the new stream caused no jobs");
    let (mut ids, mut expected_ids) = (after.job_ids(), expected.job_ids());
    ids.dedup();
    expected_ids.dedup();
    assert_eq!(ids, expected_ids);
}
