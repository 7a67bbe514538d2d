//! A log that comes back is known again, or refused.

use crate::bed::{Bed, KINDS, Kind, LONG, NOW, read, scans, sequences, texts};
use milepost_connectors::log::{AnyLog, Cut, Log, LogError, LogReader, Message, verify_cut};
use std::time::Duration;

async fn cut_at(log: &AnyLog, message: &Message) -> Cut {
    let created = log.state().await.expect("the log answers").created;
    Cut {
        created,
        sequence: message.position.sequence,
        hash: message.hash(),
    }
}

#[tokio::test]
async fn a_log_that_restarts_is_known_again() {
    for kind in KINDS {
        let mut bed = Bed::new(kind).await;
        bed.log.append(NOW, scans(1, 10)).await.expect("the log takes messages");
        let mut reader = bed.log.read(1).await.expect("the log can be read");
        let messages = read(&mut reader, 5).await;
        let cut = cut_at(&bed.log, messages.last().expect("five came")).await;
        drop(reader);
        bed = bed.reopen().await;
        assert_eq!(verify_cut(&bed.log, &cut).await, Ok(()), "{kind:?}");
        let mut reader = bed.log.read(cut.sequence + 1).await.expect("the log can be read");
        assert_eq!(sequences(&read(&mut reader, 5).await), [6, 7, 8, 9, 10], "{kind:?}");
        let given = bed.log.append(NOW, scans(11, 1)).await.expect("the log takes messages");
        assert_eq!(given, [11], "{kind:?}");
    }
}

#[tokio::test]
async fn a_log_made_anew_is_refused() {
    for kind in KINDS {
        let mut bed = Bed::new(kind).await;
        bed.log.append(NOW, scans(1, 10)).await.expect("the log takes messages");
        let mut reader = bed.log.read(1).await.expect("the log can be read");
        let messages = read(&mut reader, 5).await;
        let cut = cut_at(&bed.log, messages.last().expect("five came")).await;
        bed.recreate().await;
        let refused = verify_cut(&bed.log, &cut).await.map_err(|error| error.to_string());
        assert!(
            refused.is_err_and(|text| text.contains("StreamRegressed") && text.contains("--rebase")),
            "{kind:?}"
        );
        bed.log.append(NOW, scans(1, 10)).await.expect("the log takes messages");
        let refused = verify_cut(&bed.log, &cut).await;
        assert!(
            matches!(refused, Err(LogError::StreamRegressed { sequence: 5, .. })),
            "{kind:?}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn messages_dropped_unread_are_a_gap() {
    for kind in KINDS {
        let bed = Bed::new(kind).await;
        bed.log.append(NOW, scans(1, 10)).await.expect("the log takes messages");
        let mut reader = bed.log.read(1).await.expect("the log can be read");
        let messages = read(&mut reader, 5).await;
        let cut = cut_at(&bed.log, messages.last().expect("five came")).await;
        for (before, is_fine) in [(5, true), (6, true), (7, false)] {
            bed.trim(before).await;
            let found = verify_cut(&bed.log, &cut).await;
            let gap = LogError::StreamGap {
                stream: "SCANS".to_owned(),
                first: before,
                wanted: 6,
            };
            assert_eq!(
                found,
                if is_fine { Ok(()) } else { Err(gap.clone()) },
                "{kind:?} {before}"
            );
            let found = bed.log.read(6).await.err();
            assert_eq!(found, (!is_fine).then_some(gap), "{kind:?} {before}");
        }
        // With all gone, the place after the last is still one to begin at.
        bed.trim(11).await;
        assert!(bed.log.read(11).await.is_ok(), "{kind:?}");
    }
}

#[tokio::test]
async fn a_restart_in_the_middle_of_reading_loses_and_doubles_nothing() {
    for kind in [Kind::Nats, Kind::Simulated] {
        let mut bed = Bed::new(kind).await;
        let log = bed.log.clone();
        let (stop, mut stopped) = tokio::sync::watch::channel(false);
        let produce = async move {
            let mut first = 1;
            while !*stopped.borrow_and_update() {
                // What was stored although no answer came is sent again: scans may be doubled, never lost.
                while log.append(NOW, scans(first, 100)).await.is_err() {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                first += 100;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            first - 1
        };
        let mut reader = bed.log.read(1).await.expect("the log can be read");
        let consume = async {
            let mut found = read(&mut reader, 1000).await;
            for _ in 0..3 {
                match &bed.log {
                    AnyLog::Simulated(log) => log.change_leader(),
                    AnyLog::Nats(_) | AnyLog::Embedded(_) => {
                        let server = bed.server.as_mut().expect("NATS has a server");
                        server.kill().expect("the server can be killed");
                        let away = reader.next(100_000, Duration::from_millis(300)).await;
                        found.extend(away.expect("a server that is away is waited for"));
                        server.restart().expect("the server comes up again");
                    }
                }
                found.extend(read(&mut reader, 2000).await);
            }
            stop.send(true).expect("the producer is there");
            found
        };
        let (sent, mut found) = tokio::join!(produce, consume);
        let last = bed.log.state().await.expect("the log answers").last_sequence;
        while found.last().is_some_and(|message| message.position.sequence < last) {
            found.extend(reader.next(1000, LONG).await.expect("the log can be read"));
        }
        assert_eq!(sequences(&found), (1..=last).collect::<Vec<_>>(), "{kind:?}");
        let mut texts = texts(&found);
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len() as u64, sent, "{kind:?}: every scan is there");
    }
}

#[tokio::test]
async fn a_reader_refuses_a_log_that_was_exchanged_under_it() {
    for kind in [Kind::Nats, Kind::Simulated] {
        let mut bed = Bed::new(kind).await;
        bed.log.append(NOW, scans(1, 10)).await.expect("the log takes messages");
        let mut reader = bed.log.read(1).await.expect("the log can be read");
        read(&mut reader, 10).await;
        bed.recreate().await;
        bed.log.append(NOW, scans(1, 20)).await.expect("the log takes messages");
        let found = reader.next(10, LONG).await;
        assert!(
            matches!(found, Err(LogError::StreamRegressed { sequence: 10, .. })),
            "{kind:?}: {found:?}"
        );
    }
}
