//! The simulated log alone: its troubles come when called, and come the same again.

use crate::bed::{NOW, job, jobs, read, scan, scans, texts};
use milepost_connectors::log::{
    AnyLog, AnyReader, Cut, Faults, Log, LogError, LogReader, Outlet, SimulatedLog, verify_cut,
};
use std::time::Duration;

async fn all(log: &SimulatedLog) -> Vec<String> {
    let mut reader = AnyReader::Simulated(log.read(1).await.expect("the log can be read"));
    let count = log.state().await.expect("the log answers").last_sequence;
    texts(&read(&mut reader, usize::try_from(count).expect("few")).await)
}

#[tokio::test]
async fn the_same_seed_gives_the_same_troubles() {
    let faults = Faults {
        doubled_percent: 20,
        reordered: true,
        synced_at_once: false,
    };
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let log = SimulatedLog::new(seed, faults, NOW);
        log.append(NOW, scans(1, 100)).await.expect("the log takes messages");
        log.sync();
        log.append(NOW, scans(101, 100)).await.expect("the log takes messages");
        log.crash();
        runs.push(all(&log).await);
    }
    let [first, second, third] = runs.as_slice() else {
        panic!("three seeds, three runs")
    };
    assert_eq!(first, second);
    assert_ne!(first, third);
    assert!(first.len() > 105, "some are doubled: {}", first.len());
    for number in 1..=100 {
        assert!(
            first.contains(&format!("scan {number}")),
            "what was on the disk is there: {number}"
        );
    }
}

#[tokio::test]
async fn messages_of_one_share_stay_in_order() {
    let faults = Faults {
        reordered: true,
        ..Faults::default()
    };
    let log = SimulatedLog::new(3, faults, NOW);
    let sent: Vec<_> = (0..240_u8)
        .map(|number| scan(number % 3, format!("{number:03}")))
        .collect();
    log.append(NOW, sent).await.expect("the log takes messages");
    let found = all(&log).await;
    assert!(!found.is_sorted(), "shares pass each other");
    for share in 0..3 {
        let own: Vec<_> = found
            .iter()
            .filter(|text| text.parse::<u32>().is_ok_and(|n| n % 3 == share))
            .collect();
        assert!(own.is_sorted() && own.len() == 80, "share {share}");
    }
}

#[tokio::test]
async fn an_acknowledged_tail_that_is_lost_is_noticed() {
    let (mut lost, mut kept) = (0, 0);
    for seed in 0..20 {
        let log = SimulatedLog::new(seed, Faults::default(), NOW);
        log.append(NOW, scans(1, 10)).await.expect("the log takes messages");
        log.sync();
        log.append(NOW, scans(11, 10)).await.expect("the log takes messages");
        let mut reader = log.read(1).await.expect("the log can be read");
        let read = reader.next(100, Duration::ZERO).await.expect("the log can be read");
        let last = read.last().expect("twenty came");
        let cut = Cut {
            created: NOW,
            sequence: 20,
            hash: last.hash(),
        };
        log.crash();
        let survived = log.state().await.expect("the log answers").last_sequence;
        assert!((10..=20).contains(&survived));
        // Others write on under the same numbers: only the hash tells.
        log.append(NOW, scans(1000, 20)).await.expect("the log takes messages");
        let (found, next) = (verify_cut(&log, &cut).await, reader.next(1, Duration::ZERO).await);
        if survived == 20 {
            kept += 1;
            assert!(found.is_ok() && next.is_ok(), "{found:?} {next:?}");
        } else {
            lost += 1;
            assert!(matches!(found, Err(LogError::StreamRegressed { .. })), "{found:?}");
            assert!(matches!(next, Err(LogError::StreamRegressed { .. })), "{next:?}");
        }
    }
    assert!(lost > 10 && kept > 0, "{lost} {kept}");
}

#[tokio::test]
async fn a_lost_answer_leaves_it_open_whether_it_was_stored() {
    for stored in [false, true] {
        let simulated = SimulatedLog::new(1, Faults::default(), NOW);
        simulated.lose_next_answer(stored);
        let log = AnyLog::Simulated(simulated.clone());
        let answer = log.publish(NOW, jobs(4, 0, vec![job(4, 1, 0)])).await;
        let answer = answer.expect_err("the answer is lost").error;
        assert!(matches!(answer, LogError::Unreachable { .. }), "{answer:?}");
        let mark = log.high_water(Outlet::Jobs, 4).await.expect("the log answers");
        assert_eq!(mark.covers(job(4, 1, 0).position, 0), stored);
        simulated.rival_publishes(NOW, Outlet::Jobs, job(4, 2, 0));
        let fenced = log.publish(NOW, jobs(4, mark.last_sequence, vec![job(4, 2, 0)])).await;
        let fenced = fenced.expect_err("a rival was there").error;
        assert!(matches!(fenced, LogError::Fenced { .. }), "{fenced:?}");
    }
}
