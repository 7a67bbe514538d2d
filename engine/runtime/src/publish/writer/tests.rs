//! What the only writer of a stream makes of refusals, losses and late arrivals.

use super::*;
use milepost_connectors::log::{Faults, SimulatedLog};
use milepost_model::Position;

const NOW: Timestamp = Timestamp::from_millis(1_772_373_802_000);

/// A job that the engine of a term decides.
fn of_term(number: u64, share: u8, sequence: u64) -> Outgoing {
    Outgoing {
        partition: share,
        position: Position {
            partition: Some(share),
            sequence,
        },
        hash: 0,
        lineage: Lineage::default(),
        term: Term {
            number,
            message: number,
            who: number,
        },
        by_id_after: None,
        index: 0,
        id: format!("{share}-{sequence}"),
        payload: "{}".into(),
    }
}

fn item(share: u8, sequence: u64) -> Outgoing {
    of_term(5, share, sequence)
}

async fn writer_from(log: &SimulatedLog, reread: Option<Reread>) -> Writer {
    let mut published = Stream::ALL.map(OutletCut::empty);
    published.iter_mut().for_each(|cut| cut.reread = reread);
    let owner = Owner {
        lineage: Lineage::default(),
        term: Term {
            number: 5,
            message: 5,
            who: 5,
        },
        published,
        expected: Arc::default(),
        stop: Arc::default(),
    };
    let writer = Writer::open(Stream::Jobs, AnyLog::Simulated(log.clone()), Arc::default(), owner).await;
    writer.expect("the log answers")
}

async fn writer(log: &SimulatedLog) -> Writer {
    writer_from(log, None).await
}

/// Publishes items and waits for all answers.
async fn publish(writer: &mut Writer, items: Vec<Outgoing>) -> Result<()> {
    items.into_iter().for_each(|item| writer.accept(0, item));
    while writer.waiting_items > 0 || !writer.sent.is_empty() {
        writer.start(NOW);
        if let Some(answered) = writer.sent.next().await {
            writer.take(answered).await?;
        }
    }
    Ok(())
}

/// What the stream holds, in its order.
async fn ids(log: &SimulatedLog) -> Vec<String> {
    let stored = log.published(Stream::Jobs, 1, 100).await.expect("the log answers");
    stored.into_iter().map(|one| one.item.id).collect()
}

#[tokio::test(start_paused = true)]
async fn what_was_on_its_way_when_we_began_is_followed_and_a_later_engine_is_not() {
    let log = SimulatedLog::new(1, Faults::default(), NOW);
    let mut writer = writer(&log).await;
    publish(&mut writer, vec![item(3, 1), item(4, 1)])
        .await
        .expect("published");
    // Sent by ourselves before the connection broke, and by the engine before us before it died.
    for (term, share, sequence) in [(5, 3, 2), (4, 4, 2)] {
        log.rival_publishes(NOW, Stream::Jobs, of_term(term, share, sequence));
    }
    publish(&mut writer, vec![item(3, 2), item(3, 3), item(4, 2), item(4, 3)])
        .await
        .expect("the first are there, the others follow");
    assert_eq!(ids(&log).await, ["3-1", "4-1", "3-2", "4-2", "3-3", "4-3"]);
    assert_eq!(writer.metrics.jobs_covered.load(Ordering::Relaxed), 2);
    log.rival_publishes(NOW, Stream::Jobs, of_term(6, 3, 4));
    let refused = publish(&mut writer, vec![item(3, 6)]).await.expect_err("it is refused");
    assert!(
        format!("{refused:#}").contains("another engine took over, with term 6.6"),
        "{refused:#}"
    );
    assert!(!ids(&log).await.contains(&"3-6".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_somebody_published_to_another_share_shows_as_a_gap() {
    let log = SimulatedLog::new(1, Faults::default(), NOW);
    let mut writer = writer(&log).await;
    log.rival_publishes(NOW, Stream::Jobs, of_term(4, 9, 7));
    publish(&mut writer, vec![item(3, 4)])
        .await
        .expect("the engine before us is followed");
    writer.begin_cut(6);
    assert_eq!(writer.cut().after, 0, "what it told of message 7 is not decided yet");
    writer.begin_cut(7);
    assert_eq!(writer.cut().after, 2);
    log.rival_publishes(NOW, Stream::Jobs, of_term(6, 9, 9));
    let refused = publish(&mut writer, vec![item(3, 5)]).await.expect_err("it took over");
    assert!(
        format!("{refused:#}").contains("another engine took over, with term 6.6"),
        "{refused:#}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_lost_its_end_under_us_stops_us() {
    let log = SimulatedLog::new(1, Faults::default(), NOW);
    let mut writer = writer(&log).await;
    publish(&mut writer, vec![item(3, 1), item(4, 1), item(3, 2)])
        .await
        .expect("published");
    // By age the front may go, and nobody minds.
    log.trim_outlet(Stream::Jobs, 3);
    publish(&mut writer, vec![item(4, 3)]).await.expect("published");
    log.truncate_outlet(Stream::Jobs, 3);
    let refused = publish(&mut writer, vec![item(4, 4)]).await.expect_err("it lost 4-3");
    assert!(
        format!("{refused:#}").contains("it ends at message 3, and ended at 4"),
        "{refused:#}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_has_another_number_now_is_known_by_its_id() {
    let log = SimulatedLog::new(1, Faults::default(), NOW);
    let mut first = writer(&log).await;
    publish(&mut first, vec![item(3, 1), item(3, 2)])
        .await
        .expect("published");
    let mut second = writer_from(&log, Some(Reread { after: 1, up_to: 2 })).await;
    second.owner.lineage.taken_by.number = 1;
    let again = |sequence: u64| Outgoing {
        lineage: second.owner.lineage,
        id: format!("3-{sequence}"),
        ..item(3, sequence + 100)
    };
    let items = vec![again(2), again(3)];
    publish(&mut second, items).await.expect("published");
    assert_eq!(ids(&log).await, ["3-1", "3-2", "3-3"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_room_is_waited_for() {
    let log = SimulatedLog::new(1, Faults::default(), NOW);
    let mut writer = writer(&log).await;
    log.set_full(true);
    writer.accept(0, item(3, 1));
    writer.start(NOW);
    let answered = writer.sent.next().await.expect("one is on its way");
    writer.take(answered).await.expect("it is waited for");
    assert!(writer.is_troubled() && writer.metrics.alarms.what(Fault::Unpublished).is_some());
    log.set_full(false);
    publish(&mut writer, Vec::new()).await.expect("published");
    assert!(!writer.is_troubled());
    assert_eq!(ids(&log).await, ["3-1"]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_doubles_nothing() {
    let log = SimulatedLog::new(1, Faults::default(), NOW);
    let mut writer = writer(&log).await;
    for (sequence, stored) in (1..).zip([true, false, true, false, true]) {
        log.lose_next_answer(stored);
        publish(&mut writer, vec![item(7, sequence), item(8, sequence)])
            .await
            .expect("published");
    }
    let expected: Vec<String> = (1..=5)
        .flat_map(|sequence| [format!("7-{sequence}"), format!("8-{sequence}")])
        .collect();
    assert_eq!(ids(&log).await, expected);
    assert!(!writer.is_troubled(), "all is published");
}
