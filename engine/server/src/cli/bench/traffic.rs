//! What a measurement sends: the lines of a seeded world, once made, in messages of one line or many.

use milepost_connectors::log::{Append, Destination, Message};
use milepost_loadgen::{Encoder, Faults, Settings, Style, World};
use milepost_model::{PARTITIONS, Position, Timestamp};
use std::ops::Range;

/// Days over which the shipments of the world set out.
const WORLD_DAYS: u32 = 30;

/// Lines in order of arrival.
pub(super) struct Traffic {
    bytes: bytes::Bytes,
    /// Where each line ends, and its share.
    lines: Vec<(usize, u8)>,
}

impl Traffic {
    /// The world of this seed, with the faults that feeds have.
    pub(super) fn new(shipments: u64, seed: u64) -> Self {
        let settings = Settings {
            seed,
            shipments,
            days: WORLD_DAYS,
            // Lines of 10 MB are more than a server takes by default.
            faults: Faults {
                oversized_max: 0,
                ..Faults::REALISTIC
            },
            ..Settings::default()
        };
        let (mut bytes, mut lines) = (Vec::new(), Vec::new());
        let mut encoder = Encoder::new(Style::default());
        for arrival in World::new(settings) {
            encoder.encode(&arrival, &mut bytes);
            // Without its newline.
            bytes.pop();
            lines.push((bytes.len(), arrival.scan.plan.number.partition()));
        }
        Self {
            bytes: bytes.into(),
            lines,
        }
    }

    /// Scans, good ones and others.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Bytes of a line, in the mean.
    pub(super) fn line_bytes(&self) -> usize {
        self.bytes.len() / self.lines.len().max(1)
    }

    /// The line at a place, and its share.
    fn line(&self, at: usize) -> (bytes::Bytes, u8) {
        let begin = at.checked_sub(1).map_or(0, |before| self.end(before).0);
        let (end, share) = self.end(at);
        (self.bytes.slice(begin..end), share)
    }

    fn end(&self, at: usize) -> (usize, u8) {
        *self.lines.get(at).expect("a place below the number of lines")
    }

    /// These lines as messages to send: alone, or so many of one share together.
    pub(super) fn messages(&self, lines: Range<usize>, per_message: usize) -> Vec<Append> {
        let mut messages = Vec::new();
        if per_message == 1 {
            messages.extend(lines.map(|at| {
                let (line, share) = self.line(at);
                append(share, line)
            }));
            return messages;
        }
        let mut open: Vec<(Vec<u8>, usize)> = vec![(Vec::new(), 0); usize::from(PARTITIONS)];
        for at in lines {
            let (line, share) = self.line(at);
            let (payload, count) = open.get_mut(usize::from(share)).expect("64 shares");
            payload.extend_from_slice(&line);
            payload.push(b'\n');
            *count += 1;
            if *count >= per_message {
                messages.push(append(share, std::mem::take(payload).into()));
                *count = 0;
            }
        }
        for (share, (payload, count)) in (0..).zip(open) {
            if count > 0 {
                messages.push(append(share, payload.into()));
            }
        }
        messages
    }

    /// All lines as the log would hand them over, one in a message, so many at once.
    pub(super) fn batches(&self, messages_max: usize) -> impl Iterator<Item = Vec<Message>> {
        (0..self.len()).step_by(messages_max).map(move |from| {
            let until = self.len().min(from + messages_max);
            (from..until).map(|at| self.message(at)).collect()
        })
    }

    fn message(&self, at: usize) -> Message {
        let (payload, share) = self.line(at);
        Message {
            position: Position {
                partition: Some(share),
                sequence: at as u64 + 1,
            },
            timestamp: Timestamp::MIN,
            format: None,
            payload,
        }
    }
}

fn append(share: u8, payload: bytes::Bytes) -> Append {
    Append {
        to: Destination::Partition(share),
        format: None,
        payload,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_sent_once_and_alone_or_with_its_own_share() {
        let traffic = Traffic::new(20, 7);
        let count = |per_message| {
            let messages = traffic.messages(0..traffic.len(), per_message);
            let lines = |message: &Append| {
                message
                    .payload
                    .split(|byte| *byte == b'\n')
                    .filter(|line| !line.is_empty())
                    .count()
            };
            assert!(messages.iter().all(|message| lines(message) <= per_message));
            messages.iter().map(lines).sum::<usize>()
        };
        assert_eq!((count(1), count(16)), (traffic.len(), traffic.len()));
        let batches: Vec<usize> = traffic.batches(100).map(|batch| batch.len()).collect();
        assert_eq!(batches.iter().sum::<usize>(), traffic.len());
        assert!(batches.len() > 1 && batches.iter().all(|batch| *batch <= 100));
    }
}
