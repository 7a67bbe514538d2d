//! Of two engines on one log the second waits; it takes over when the first has ended, died, or hangs.

use crate::{Bed, open};
use milepost_connectors::log::Log;
use milepost_test_e2e::{Engine, Outcome, Sent, Site, until};
use milepost_test_sim::rule_sets::default_files;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_engine_in_standby_takes_over_from_one_that_hangs_dies_or_ends() {
    let (bed, lines) = (Bed::new(), 8_000);
    let log = open(bed.url()).await;
    // Two machines: what one saves, the other does not see.
    let sites = [1, 2].map(|_| Site::new(bed.url()).with("ENGINE__LEASE", "1s"));
    let [here, there] = &sites;
    let sent = Sent::usual(71, lines);
    let quarter = lines / 4;

    let first = Engine::start(here, &["--standby"]);
    let mut second = Engine::start(there, &["--standby"]);
    assert!(
        !first.trace().contains("in standby"),
        "nobody is at work:\n{}",
        first.trace()
    );
    assert_eq!(second.get("/healthz").status, 200);
    let ready = second.get("/readyz");
    assert_eq!(ready.status, 503, "{}", ready.body);
    assert!(ready.body.contains("in standby: milepost at"), "{}", ready.body);
    assert_eq!(second.metric("milepost_standby"), 1);

    let last = sent.append(&log, 0..quarter).await;
    first.wait_for_position(last);
    first.freeze();
    second.wait_until_it_runs();
    assert!(second.trace().contains("which is silent"), "{}", second.trace());
    assert_eq!(second.metric("milepost_standby"), 0);
    let last = sent.append(&log, quarter..2 * quarter).await;
    second.wait_for_position(last);
    first.thaw();
    let said = first.ends();
    assert!(said.err.contains("another engine took over"), "{}", said.err);

    let mut third = Engine::start(here, &["--standby"]);
    until("it waits", || third.trace().contains("in standby").then_some(()));
    second.kill();
    let last = sent.append(&log, 2 * quarter..3 * quarter).await;
    third.wait_until_it_runs();
    third.wait_for_position(last);

    let mut fourth = Engine::start(there, &["--standby"]);
    until("it waits", || fourth.trace().contains("in standby").then_some(()));
    assert_eq!(third.stop().code, Some(0));
    fourth.wait_until_it_runs();
    let trace = fourth.trace();
    assert!(
        !trace.contains("which is silent"),
        "the lease was not given back:\n{trace}"
    );
    let last = sent.append(&log, 3 * quarter..lines).await;
    fourth.wait_for_position(last);

    // One that does not ask takes it, and the one before ends.
    let fifth = Engine::start(here, &[]);
    let said = fourth.ends();
    assert!(said.err.contains("another engine took over"), "{}", said.err);
    let last = log.state().await.expect("the log answers").last_sequence;
    fifth.wait_for_position(last);
    assert_eq!(fifth.stop().code, Some(0));
    let found = Outcome::of_log(&log).await;
    found.assert_equal(&Outcome::of_one_thread(&log, &default_files()).await);
}

#[test]
fn a_log_that_one_process_opens_has_no_standby() {
    let said = Site::embedded().run(&["serve", "--standby"]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.err.contains("has no standby"), "{}", said.err);
}
