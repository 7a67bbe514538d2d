//! Jobs and rejects: published once, in order, fenced, and read back.

use crate::bed::{Bed, KINDS, NOW, all_published, ends, job, jobs};
use milepost_connectors::log::{HighWater, Log, LogError, Outgoing, Outlet, Publication, Stored};
use milepost_model::Position;
use std::sync::Arc;

#[tokio::test]
async fn the_high_water_mark_is_read_back_from_the_stream() {
    for kind in KINDS {
        let mut bed = Bed::new(kind).await;
        let none = bed.log.high_water(Outlet::Jobs, 17).await.expect("the log answers");
        assert_eq!(none, HighWater::default(), "{kind:?}");

        let one = bed
            .log
            .publish(NOW, jobs(17, 0, vec![job(17, 5, 0)]))
            .await
            .expect("published");
        let other = bed
            .log
            .publish(NOW, jobs(18, 0, vec![job(18, 6, 0), job(18, 6, 1)]))
            .await
            .expect("published");
        let tick = Outgoing {
            position: Position {
                partition: None,
                sequence: 9,
            },
            ..job(17, 9, 3)
        };
        let last = bed
            .log
            .publish(NOW, jobs(17, one.ends.of(17), vec![job(17, 7, 0), tick.clone()]))
            .await
            .expect("published");
        assert_eq!(
            (one.ends.of(17), other.ends.of(18), last.ends.of(17)),
            (1, 3, 5),
            "{kind:?}"
        );

        // It stands in the stream, not in this process.
        bed = bed.reopen().await;
        let mark = bed.log.high_water(Outlet::Jobs, 17).await.expect("the log answers");
        let expected = HighWater {
            last_sequence: 5,
            reached: Some((tick.position, 3)),
            hash: tick.hash,
            lineage: tick.lineage,
            term: tick.term,
            by_id_after: tick.by_id_after,
            id: "job-9-3".to_owned(),
        };
        assert_eq!(mark, expected, "{kind:?}");
        assert!(
            mark.covers(job(17, 7, 0).position, 0) && !mark.covers(tick.position, 4),
            "{kind:?}"
        );
        let mark = bed.log.high_water(Outlet::Jobs, 18).await.expect("the log answers");
        assert_eq!((mark.last_sequence, mark.id.as_str()), (3, "job-6-1"), "{kind:?}");

        let all = all_published(&bed.log, Outlet::Jobs).await;
        let shown: Vec<_> = all
            .iter()
            .map(|job| (job.sequence, job.item.partition, job.item.id.as_str()))
            .collect();
        let expected = [
            (1, 17, "job-5-0"),
            (2, 18, "job-6-0"),
            (3, 18, "job-6-1"),
            (4, 17, "job-7-0"),
            (5, 17, "job-9-3"),
        ];
        assert_eq!(shown, expected, "{kind:?}");
        assert_eq!(all.last().map(|last| &last.item), Some(&tick), "{kind:?}");
    }
}

#[tokio::test]
async fn a_zombie_is_fenced_and_nothing_of_it_stays() {
    for kind in KINDS {
        let bed = Bed::new(kind).await;
        let zombie = bed.log.clone();
        let owner = bed.another().await;
        let last = zombie
            .publish(NOW, jobs(3, 0, vec![job(3, 1, 0)]))
            .await
            .expect("published")
            .ends
            .of(3);

        // The new owner takes over where the stream ends, and the old one awakes.
        let mark = owner.high_water(Outlet::Jobs, 3).await.expect("the log answers");
        let taken = owner
            .publish(NOW, jobs(3, mark.last_sequence, vec![job(3, 2, 0)]))
            .await
            .expect("published")
            .ends
            .of(3);
        for count in [1, 2, 50] {
            let late = (0..count).map(|index| job(3, 2, index)).collect();
            let refused = zombie.publish(NOW, jobs(3, last, late)).await;
            let expected = LogError::Fenced {
                subject: "job.3".to_owned(),
                expected: last,
                found: Some(taken),
            };
            let refused = refused.expect_err("the share is taken");
            assert_eq!(refused.error, expected, "{kind:?}: {count}");
            assert_eq!(refused.stored.ends.of(3), last, "{kind:?}: {count}");
        }
        let next = owner
            .publish(NOW, jobs(3, taken, vec![job(3, 3, 0)]))
            .await
            .expect("the owner is not disturbed");
        assert_eq!(next.ends.of(3), taken + 1, "{kind:?}");
        let ids: Vec<_> = all_published(&owner, Outlet::Jobs)
            .await
            .into_iter()
            .map(|job| job.item.id)
            .collect();
        assert_eq!(ids, ["job-1-0", "job-2-0", "job-3-0"], "{kind:?}");
    }
}

#[tokio::test]
async fn rejects_have_a_stream_of_their_own() {
    for kind in KINDS {
        let bed = Bed::new(kind).await;
        bed.log
            .publish(NOW, jobs(5, 0, vec![job(5, 1, 0)]))
            .await
            .expect("published");
        let reject = Outgoing {
            id: String::new(),
            ..job(5, 1, 0)
        };
        let publication = Arc::new(Publication {
            outlet: Outlet::Rejects,
            ends: ends(&[(5, 0)]),
            items: vec![reject.clone()],
        });
        let last = bed.log.publish(NOW, Arc::clone(&publication)).await.expect("published");
        assert_eq!(last.ends.of(5), 1, "{kind:?}: the first of its stream");
        let mark = bed.log.high_water(Outlet::Rejects, 5).await.expect("the log answers");
        assert_eq!(
            (mark.last_sequence, mark.reached),
            (1, Some((reject.position, 0))),
            "{kind:?}"
        );
        let refused = bed
            .log
            .publish(NOW, publication)
            .await
            .err()
            .map(|refused| refused.error.to_string());
        assert!(
            refused.is_some_and(|text| text.contains("reject.5 does not end at message 0")),
            "{kind:?}"
        );
        let all = all_published(&bed.log, Outlet::Rejects).await;
        assert_eq!(
            all.into_iter().map(|reject| reject.item).collect::<Vec<_>>(),
            [reject],
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn thousands_of_jobs_go_out_in_order() {
    for kind in KINDS {
        let bed = Bed::new(kind).await;
        let items: Vec<_> = (0..2500).map(|index| job(9, 1, index)).collect();
        let last = bed
            .log
            .publish(NOW, jobs(9, 0, items.clone()))
            .await
            .expect("published");
        assert_eq!(last.ends, ends(&[(9, 2500)]), "{kind:?}");
        assert_eq!(
            bed.log.publish(NOW, jobs(9, last.ends.of(9), Vec::new())).await,
            Ok(Stored {
                ends: last.ends,
                sequences: Vec::new()
            }),
            "{kind:?}: nothing to publish"
        );
        let all = all_published(&bed.log, Outlet::Jobs).await;
        assert_eq!(
            all.into_iter().map(|job| job.item).collect::<Vec<_>>(),
            items,
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn a_share_that_is_taken_takes_nothing_and_the_others_tell_what_they_took() {
    for kind in KINDS {
        let bed = Bed::new(kind).await;
        let round = |sequence| -> Vec<Outgoing> { (0..64).rev().map(|share| job(share, sequence, 0)).collect() };
        let publication = |ends, items| {
            Arc::new(Publication {
                outlet: Outlet::Jobs,
                ends,
                items,
            })
        };
        let mut twice = round(1);
        twice.extend(round(2));
        let last = bed
            .log
            .publish(NOW, publication(ends(&[]), twice.clone()))
            .await
            .expect("published");
        for (sequence, share) in (65..).zip((0..64).rev()) {
            assert_eq!(last.ends.of(share), sequence, "{kind:?}: share {share}");
        }

        // Of a share that has gone on elsewhere nothing is stored, and it is known what the others have.
        let rival = bed.another().await;
        let taken = rival
            .publish(NOW, jobs(40, last.ends.of(40), vec![job(40, 3, 0)]))
            .await
            .expect("published");
        let refused = bed.log.publish(NOW, publication(last.ends, round(3))).await;
        let expected = LogError::Fenced {
            subject: "job.40".to_owned(),
            expected: last.ends.of(40),
            found: Some(taken.ends.of(40)),
        };
        let refused = refused.expect_err("a share is taken");
        assert_eq!(refused.error, expected, "{kind:?}");
        let all = all_published(&bed.log, Outlet::Jobs).await;
        for share in 0..64 {
            let of_share: Vec<_> = all.iter().filter(|job| job.item.partition == share).collect();
            let end = of_share.last().map_or(0, |last| last.sequence);
            let rounds: Vec<u64> = of_share.iter().map(|job| job.item.position.sequence).collect();
            if share == 40 {
                assert_eq!(
                    (rounds, refused.stored.ends.of(40)),
                    (vec![1, 2, 3], last.ends.of(40)),
                    "{kind:?}"
                );
                continue;
            }
            assert_eq!(refused.stored.ends.of(share), end, "{kind:?}: share {share}");
            assert!(
                rounds == [1, 2] || rounds == [1, 2, 3],
                "{kind:?}: share {share} {rounds:?}"
            );
        }
    }
}

#[tokio::test]
async fn shares_publish_side_by_side() {
    for kind in KINDS {
        let bed = Bed::new(kind).await;
        let publish = |partition: u8| {
            let log = bed.log.clone();
            async move {
                let mut last = 0;
                for round in 0..20 {
                    let items = (0..10).map(|index| job(partition, round, index)).collect();
                    last = log
                        .publish(NOW, jobs(partition, last, items))
                        .await
                        .expect("nobody else has this share")
                        .ends
                        .of(partition);
                }
            }
        };
        tokio::join!(publish(0), publish(1), publish(2), publish(63));
        let all = all_published(&bed.log, Outlet::Jobs).await;
        assert_eq!(all.len(), 800, "{kind:?}");
        for partition in [0, 1, 2, 63] {
            let order: Vec<_> = all
                .iter()
                .filter(|job| job.item.partition == partition)
                .map(|job| &job.item)
                .collect();
            assert!(
                order.is_sorted_by_key(|item| (item.position.sequence, item.index)),
                "{kind:?}"
            );
            assert_eq!(order.len(), 200, "{kind:?}");
        }
    }
}
