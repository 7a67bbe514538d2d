//! The engine on its own disk, with no server: scans that stand in the log become tables, and a restart goes on.

use crate::open;
use milepost_connectors::log::Outlet;
use milepost_test_e2e::{Engine, Outcome, Sent, Site, read_back, scans_wanted};

/// Asked of the engine's tables and of those of a replay.
const QUESTIONS: [&str; 5] = [
    "SELECT status, count(*) AS n FROM shipments GROUP BY status ORDER BY status",
    "SELECT carrier, count(*) AS n, sum(scans) AS scans FROM shipments GROUP BY carrier ORDER BY carrier",
    "SELECT rule, count(*) AS n, count(closed_at) AS closed FROM delays GROUP BY rule ORDER BY rule",
    "SELECT notice, rule, count(*) AS n FROM jobs GROUP BY notice, rule ORDER BY notice, rule",
    "SELECT reason, count(*) AS n FROM rejects GROUP BY reason ORDER BY reason",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_tables_of_an_engine_are_those_of_a_replay_also_after_a_restart() {
    let (site, lines) = (Site::embedded(), scans_wanted(10_000));
    let url = format!("embedded:{}", site.path("log").display());
    let sent = Sent::usual(41, lines);
    sent.write(&site.path("scans.ndjson"));
    let expected = Outcome::of_replay(&site, "scans.ndjson");

    let mut from = 0;
    for (upto, remark) in [(lines / 2, ""), (lines, "goes on from")] {
        // One process at a time has the log.
        let last = sent.append(&open(&url).await, from..upto).await;
        let engine = Engine::start(&site, &[]);
        assert!(
            engine.trace().contains(remark),
            "{remark} is not said:\n{}",
            engine.trace()
        );
        engine.wait_for_position(last);
        engine.wait_for_records((upto - from) as u64);
        assert_eq!(engine.records(), (upto - from) as u64, "nothing is read again");
        assert_eq!(engine.stop().code, Some(0));
        from = upto;
    }
    let log = open(&url).await;
    Outcome::of_log(&log).await.assert_same(&expected);
    let jobs = read_back(&log, Outlet::Jobs).await.len();
    drop(log);
    let counted = site.succeed(&["sql", "SELECT count(*) AS n FROM jobs", "--format", "csv"]);
    assert_eq!(counted, format!("n\n{jobs}\n"));
    for question in QUESTIONS {
        let found = site.succeed(&["sql", question, "--format", "csv"]);
        let replayed = site.succeed(&["sql", question, "--format", "csv", "--data", "replay"]);
        assert!(found.lines().count() > 1, "no rows: {question}");
        assert_eq!(found, replayed, "{question}");
    }
}
