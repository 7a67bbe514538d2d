//! Messages come back as they went in: one order, all that they carried, from any place.

use crate::bed::{Bed, KINDS, Kind, LONG, NOW, read, scan, scans, sequences, texts, tick};
use bytes::Bytes;
use milepost_connectors::log::{Append, Destination, Log, LogError, LogReader};
use milepost_model::{TrackingNumber, partition};
use std::time::Duration;

#[tokio::test]
async fn messages_come_back_in_one_order_with_all_they_carried() {
    let ndjson = "{\"tracking_number\":\"1Z1\"}\n{\"tracking_number\":\"1Z2\",\"city\":\"K\u{f6}ln\"}\n";
    for kind in KINDS {
        let bed = Bed::new(kind).await;
        let named = |format: &str, payload: &'static [u8]| Append {
            to: Destination::Partition(63),
            format: Some(format.into()),
            payload: Bytes::from_static(payload),
        };
        let sent = vec![
            scan(17, ndjson),
            tick("2026-03-01T14:03:22.000Z"),
            named("ups", b"\x00\xff not text"),
            scan(0, ""),
            named("", b"an empty name is a name"),
            scan(17, "last"),
        ];
        let given = bed.log.append(NOW, sent.clone()).await.expect("the log takes messages");
        assert_eq!(given, [1, 2, 3, 4, 5, 6], "{kind:?}");

        let mut reader = bed.log.read(1).await.expect("the log can be read");
        let messages = read(&mut reader, sent.len()).await;
        assert_eq!(sequences(&messages), given, "{kind:?}");
        for (message, sent) in messages.iter().zip(&sent) {
            assert_eq!(message.position.partition, sent.to.partition(), "{kind:?}");
            assert_eq!(
                (&message.format, &message.payload),
                (&sent.format, &sent.payload),
                "{kind:?}"
            );
        }
        let shown: Vec<_> = messages
            .iter()
            .take(2)
            .map(|message| message.position.to_string())
            .collect();
        assert_eq!(shown, ["scan.17/1", "scan.control/2"], "{kind:?}");
        assert!(messages.is_sorted_by_key(|message| message.timestamp), "{kind:?}");
        if kind != Kind::Nats {
            assert!(messages.iter().all(|message| message.timestamp == NOW), "{kind:?}");
        }
        for message in &messages {
            let hash = bed
                .log
                .message_hash(message.position.sequence)
                .await
                .expect("the log answers");
            assert_eq!(hash, Some(message.hash()), "{kind:?}: {message:?}");
        }
        assert_eq!(
            bed.log.message_hash(7).await.expect("the log answers"),
            None,
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn the_state_tells_what_the_log_holds() {
    for kind in KINDS {
        let bed = Bed::new(kind).await;
        let held = async || {
            let state = bed.log.state().await.expect("the log answers");
            assert_eq!(state.name, "SCANS");
            (state.first_sequence, state.last_sequence)
        };
        assert_eq!(held().await, (1, 0), "{kind:?}: a new log");
        bed.log.append(NOW, scans(1, 10)).await.expect("the log takes messages");
        assert_eq!(held().await, (1, 10), "{kind:?}: ten messages");
        bed.trim(8).await;
        assert_eq!(held().await, (8, 10), "{kind:?}: seven dropped");
        bed.trim(11).await;
        assert_eq!(held().await, (11, 10), "{kind:?}: all dropped");
        bed.log.append(NOW, scans(11, 1)).await.expect("the log takes messages");
        assert_eq!(held().await, (11, 11), "{kind:?}: numbers go on");
    }
}

#[tokio::test]
async fn reading_goes_on_from_any_position() {
    for kind in KINDS {
        let bed = Bed::new(kind).await;
        bed.log
            .append(NOW, scans(1, 1000))
            .await
            .expect("the log takes messages");
        for from in [0, 1, 2, 500, 999, 1000] {
            let mut reader = bed.log.read(from).await.expect("the log can be read");
            let first = from.max(1);
            let count = usize::try_from(1001 - first).expect("a thousand fits");
            let messages = read(&mut reader, count).await;
            assert_eq!(
                sequences(&messages),
                (first..=1000).collect::<Vec<_>>(),
                "{kind:?} from {from}"
            );
            let more = reader
                .next(10, Duration::from_millis(20))
                .await
                .expect("the log can be read");
            assert_eq!(more, [], "{kind:?} from {from}: the end");
        }
        let mut reader = bed.log.read(1001).await.expect("the end is a place to begin");
        bed.log
            .append(NOW, scans(1001, 3))
            .await
            .expect("the log takes messages");
        assert_eq!(sequences(&read(&mut reader, 3).await), [1001, 1002, 1003], "{kind:?}");
        let beyond = bed
            .log
            .read(1005)
            .await
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(
            beyond.contains("StreamRegressed") && beyond.contains("ends at message 1003"),
            "{kind:?}: {beyond}"
        );
    }
}

#[tokio::test]
async fn batches_are_bounded_by_count_and_by_bytes() {
    for kind in KINDS {
        let bed = Bed::new(kind).await;
        let large = "x".repeat(900_000);
        let sent: Vec<_> = (0..25).map(|number| scan(number, large.clone())).collect();
        bed.log.append(NOW, sent).await.expect("the log takes messages");
        bed.log
            .append(NOW, scans(26, 100))
            .await
            .expect("the log takes messages");
        let mut reader = bed.log.read(1).await.expect("the log can be read");
        let (mut count, mut found) = (0, Vec::new());
        while found.len() < 125 {
            let batch = reader.next(40, LONG).await.expect("the log can be read");
            let bytes: usize = batch.iter().map(|message| message.payload.len()).sum();
            assert!(
                !batch.is_empty() && batch.len() <= 40 && bytes < 10_000_000,
                "{kind:?}: {bytes} bytes"
            );
            found.extend(sequences(&batch));
            count += 1;
        }
        assert_eq!(found, (1..=125).collect::<Vec<_>>(), "{kind:?}");
        assert!(count >= 5, "{kind:?}: {count} batches");
    }
}

#[tokio::test]
async fn a_reader_at_the_end_wakes_when_something_comes() {
    for kind in KINDS {
        let bed = Bed::new(kind).await;
        let mut reader = bed.log.read(1).await.expect("the log can be read");
        for number in 1..=5 {
            let append = async {
                tokio::time::sleep(Duration::from_millis(30)).await;
                bed.log
                    .append(NOW, scans(number, 1))
                    .await
                    .expect("the log takes messages")
            };
            let (given, messages) = tokio::join!(append, reader.next(10, LONG));
            assert_eq!(sequences(&messages.expect("the log can be read")), given, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_read_that_is_dropped_loses_nothing() {
    for kind in KINDS {
        let bed = Bed::new(kind).await;
        let mut reader = bed.log.read(1).await.expect("the log can be read");
        let produce = async {
            for first in (1..=2000).step_by(20) {
                bed.log
                    .append(NOW, scans(first, 20))
                    .await
                    .expect("the log takes messages");
            }
        };
        let consume = async {
            let mut found = Vec::new();
            while found.len() < 2000 {
                tokio::select! {
                    biased;
                    () = tokio::time::sleep(Duration::from_micros(300)) => {}
                    batch = reader.next(7, LONG) => found.extend(sequences(&batch.expect("the log can be read"))),
                }
            }
            found
        };
        let ((), found) = tokio::join!(produce, consume);
        assert_eq!(found, (1..=2000).collect::<Vec<_>>(), "{kind:?}");
    }
}

#[tokio::test]
async fn the_log_sends_a_number_to_the_share_that_we_compute() {
    for kind in KINDS {
        let bed = Bed::new(kind).await;
        let numbers: Vec<TrackingNumber> = (1..=200_u64)
            .map(|number| {
                let text = format!("1Z{:X}{}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15), number * 7919);
                TrackingNumber::parse(text.as_bytes()).expect("it is a number")
            })
            .collect();
        let sent = numbers.iter().map(|number| Append {
            to: Destination::Number(*number),
            format: None,
            payload: Bytes::from(number.to_string()),
        });
        bed.log
            .append(NOW, sent.collect())
            .await
            .expect("the log takes messages");
        let mut reader = bed.log.read(1).await.expect("the log can be read");
        let messages = read(&mut reader, numbers.len()).await;
        assert_eq!(
            texts(&messages),
            numbers.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "{kind:?}"
        );
        for (message, number) in messages.iter().zip(&numbers) {
            assert_eq!(
                message.position.partition,
                Some(partition(number.as_str())),
                "{kind:?}: {number}"
            );
        }
    }
}

#[tokio::test]
async fn appends_at_the_same_time_all_arrive_once() {
    for kind in KINDS {
        let bed = Bed::new(kind).await;
        let append = |first| {
            let log = bed.log.clone();
            async move { log.append(NOW, scans(first, 50)).await.expect("the log takes messages") }
        };
        let (a, b, c) = tokio::join!(append(0), append(1000), append(2000));
        let mut reader = bed.log.read(1).await.expect("the log can be read");
        let found = texts(&read(&mut reader, 150).await);
        for (first, given) in [(0, a), (1000, b), (2000, c)] {
            assert!(given.is_sorted() && given.len() == 50, "{kind:?}");
            let there: Vec<_> = given
                .iter()
                .filter_map(|sequence| found.get(*sequence as usize - 1).cloned())
                .collect();
            assert_eq!(
                there,
                (first..first + 50)
                    .map(|number| format!("scan {number}"))
                    .collect::<Vec<_>>(),
                "{kind:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_hundred_thousand_messages_come_through() {
    for kind in KINDS {
        let bed = Bed::new(kind).await;
        for first in (1..=100_000).step_by(10_000) {
            bed.log
                .append(NOW, scans(first, 10_000))
                .await
                .expect("the log takes messages");
        }
        let mut reader = bed.log.read(1).await.expect("the log can be read");
        let mut next = 1;
        while next <= 100_000 {
            for message in reader.next(4096, LONG).await.expect("the log can be read") {
                assert_eq!(message.position.sequence, next, "{kind:?}");
                assert_eq!(message.payload, format!("scan {next}"), "{kind:?}");
                next += 1;
            }
        }
    }
}

#[tokio::test]
async fn an_error_says_what_where_and_what_to_do() {
    let error = LogError::Fenced {
        subject: "job.17".to_owned(),
        expected: 4,
        found: Some(9),
    };
    assert_eq!(
        error.to_string(),
        "fenced: job.17 does not end at message 4 any more but at 9: another engine has published there. This one stops; \
         see that a share has one engine"
    );
}
