//! How much a publisher takes that cannot publish.

use super::*;
use milepost_connectors::log::{Faults, OutletCut, SimulatedLog};
use milepost_connectors::log::{Lineage, Term};
use milepost_model::{Job, Position};
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_millis(1_772_373_802_000);

/// Longer than it takes to try again many times.
const LONG: Duration = Duration::from_secs(60);

fn outgo(jobs: Vec<Job>) -> Outgo {
    Outgo {
        jobs,
        causes: Causes::default(),
        jobs_beside: Vec::new(),
        refused: Vec::new(),
        save: None,
        scans: 1,
        unmapped: 0,
        now: NOW,
        last_sequence: 1,
    }
}

#[tokio::test(start_paused = true)]
async fn what_leads_to_nothing_waits_behind_a_job_in_a_queue_with_an_end() {
    let log = SimulatedLog::new(1, Faults::default(), NOW);
    let owner = Owner {
        lineage: Lineage::default(),
        term: Term {
            number: 5,
            message: 5,
            who: 5,
        },
        published: Stream::ALL.map(OutletCut::empty),
        expected: Arc::default(),
        stop: Arc::default(),
    };
    let (saved_in, _saved) = crossbeam_channel::bounded(1);
    let publisher = Publisher::open(AnyLog::Simulated(log.clone()), saved_in, Arc::default(), &owner).await;
    let publisher = publisher.expect("the log answers");
    let (decided_in, decided) = mpsc::channel(1);
    log.set_full(true);
    let job = Job {
        partition: 3,
        position: Position {
            partition: Some(3),
            sequence: 1,
        },
        index: 0,
        json: format!("{}j_{:032x}\"}}", Job::BEFORE_ID, 7),
    };
    let deciding = async {
        decided_in.send(outgo(vec![job])).await.expect("it runs");
        let mut taken = 0;
        while taken < 2 * PUBLICATION_ITEMS_MAX
            && tokio::time::timeout(LONG, decided_in.send(outgo(Vec::new())))
                .await
                .is_ok()
        {
            taken += 1;
        }
        log.set_full(false);
        drop(decided_in);
        taken
    };
    let (taken, published) = tokio::join!(deciding, publisher.run(decided));
    // With the job as many as may be under way, and one waits in the channel.
    assert_eq!(taken, PUBLICATION_ITEMS_MAX);
    published.expect("it publishes all");
}
