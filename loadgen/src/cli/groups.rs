//! Lines gathered into messages: one line each, or several of one partition as NDJSON.

use super::lines::Routed;
use milepost_model::{PARTITIONS, TrackingNumber, partition};
use std::time::Duration;

/// How long a message waits for its last line.
const LINGER: Duration = Duration::from_secs(1);

/// One message to publish.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) subject: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) lines: u64,
    /// When its last line was due, after the begin.
    pub(crate) due: Duration,
}

/// Messages being filled, one for each partition.
pub(crate) struct Groups {
    lines_max: u64,
    bytes_max: usize,
    open: Vec<Message>,
    /// Lines without a number.
    pub(crate) unroutable: u64,
    /// Lines above the server's limit.
    pub(crate) too_large: u64,
    began: Vec<Duration>,
}

/// Where lines go that say no number.
fn unroutable() -> TrackingNumber {
    TrackingNumber::parse(b"UNREADABLE").expect("ten letters are a number")
}

impl Groups {
    pub(crate) fn new(lines_max: u64, bytes_max: usize) -> Self {
        let open = (0..PARTITIONS)
            .map(|partition| empty(format!("scan.{partition}")))
            .collect();
        let began = vec![Duration::ZERO; usize::from(PARTITIONS)];
        Self {
            lines_max,
            bytes_max,
            open,
            unroutable: 0,
            too_large: 0,
            began,
        }
    }

    /// Takes a line; gives the messages that are complete with it, at most two.
    pub(crate) fn add(&mut self, line: &[u8], routed: Routed, due: Duration, out: &mut Vec<Message>) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if line.len() > self.bytes_max {
            self.too_large += 1;
            return;
        }
        let number = routed.number.unwrap_or_else(|| {
            self.unroutable += 1;
            unroutable()
        });
        if self.lines_max == 1 {
            out.push(Message {
                subject: format!("ingest.{number}"),
                payload: line.to_vec(),
                lines: 1,
                due,
            });
            return;
        }
        let at = usize::from(partition(number.as_str()));
        let (Some(group), Some(began)) = (self.open.get_mut(at), self.began.get_mut(at)) else {
            return;
        };
        if !group.payload.is_empty() && group.payload.len() + 1 + line.len() > self.bytes_max {
            out.push(take(group));
        }
        if group.payload.is_empty() {
            *began = due;
        } else {
            group.payload.push(b'\n');
        }
        group.payload.extend_from_slice(line);
        group.lines += 1;
        group.due = due;
        if group.lines >= self.lines_max {
            out.push(take(group));
        }
    }

    /// The messages that have waited long enough, or all.
    pub(crate) fn flush(&mut self, passed: Option<Duration>, out: &mut Vec<Message>) {
        let mut waiting: Vec<(Duration, &mut Message)> = self
            .began
            .iter()
            .copied()
            .zip(&mut self.open)
            .filter(|(_, group)| group.lines > 0)
            .collect();
        waiting.sort_by_key(|(began, _)| *began);
        for (began, group) in waiting {
            if passed.is_none_or(|passed| passed.saturating_sub(began) >= LINGER) {
                out.push(take(group));
            }
        }
    }
}

fn empty(subject: String) -> Message {
    Message {
        subject,
        payload: Vec::new(),
        lines: 0,
        due: Duration::ZERO,
    }
}

fn take(group: &mut Message) -> Message {
    let next = empty(group.subject.clone());
    std::mem::replace(group, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_partition_travel_together_and_none_is_lost() {
        let mut groups = Groups::new(3, 1_000);
        let mut sent = Vec::new();
        for count in 0..200_u64 {
            let number = TrackingNumber::parse(format!("NUMBER{}", count % 20).as_bytes()).ok();
            groups.add(
                format!("{count}\n").as_bytes(),
                Routed { number },
                Duration::ZERO,
                &mut sent,
            );
        }
        groups.flush(Some(Duration::ZERO), &mut sent);
        assert!(
            sent.iter().all(|message| message.lines == 3),
            "nothing has waited for a second"
        );
        groups.flush(None, &mut sent);
        assert_eq!(sent.iter().map(|message| message.lines).sum::<u64>(), 200);
        for message in &sent {
            let lines: Vec<u64> = message
                .payload
                .split(|byte| *byte == b'\n')
                .filter_map(|line| std::str::from_utf8(line).ok()?.parse().ok())
                .collect();
            assert_eq!(lines.len() as u64, message.lines);
            assert!(lines.is_sorted(), "order within a message");
            for line in lines {
                let subject = format!("scan.{}", partition(&format!("NUMBER{}", line % 20)));
                assert_eq!(message.subject, subject);
            }
        }
    }

    #[test]
    fn one_line_is_one_message_for_the_server_to_route() {
        let (mut groups, mut sent) = (Groups::new(1, 10), Vec::new());
        groups.add(b"{}\n", Routed { number: None }, Duration::ZERO, &mut sent);
        groups.add(
            b"{\"a\":\"much too large\"}\n",
            Routed { number: None },
            Duration::ZERO,
            &mut sent,
        );
        let subjects: Vec<_> = sent.iter().map(|message| message.subject.as_str()).collect();
        assert_eq!(subjects, ["ingest.UNREADABLE"]);
        assert_eq!((groups.unroutable, groups.too_large), (1, 1));
    }
}
