//! What goes through the log: messages in, jobs and rejects out, and where they stand.

use super::{Lineage, LogError, Term};
use bytes::Bytes;
use milepost_model::{PARTITIONS, Position, Timestamp, TrackingNumber};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// [`Message::format`] of a CloudEvent that says so by its content type.
pub const CLOUD_EVENT: &str = "cloudevents";

/// One message of the log: a scan or many, a tick, a rule set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// Which share, or control, and the sequence number.
    pub position: Position,
    /// When the log took it.
    pub timestamp: Timestamp,
    /// Name of the format of the payload; `None` is canonical JSON, one scan or a line for each of many.
    pub format: Option<Box<str>>,
    /// The bytes as the producer sent them.
    pub payload: Bytes,
}

impl Message {
    /// A fingerprint that stays the same for ever (XXH3, 64 bits, each part with the hash before as its seed): is this still
    /// the message that stood here? Never 0, which says that a hash is not known.
    #[must_use]
    pub fn hash(&self) -> u64 {
        let share = self.position.partition.unwrap_or(u8::MAX);
        let format = self.format.as_deref().unwrap_or_default().as_bytes();
        let mut hash = xxh3_64_with_seed(&self.position.sequence.to_le_bytes(), 0);
        hash = xxh3_64_with_seed(&self.timestamp.millis().to_le_bytes(), hash);
        hash = xxh3_64_with_seed(&[share, u8::from(self.format.is_some())], hash);
        hash = xxh3_64_with_seed(format, hash);
        xxh3_64_with_seed(&self.payload, hash).max(1)
    }
}

/// Where a producer sends a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Destination {
    /// A share that the producer has worked out.
    Partition(u8),
    /// The share of a tracking number, worked out by the log: `ingest.<number>`.
    Number(TrackingNumber),
    /// Ticks and rule sets: to all shares.
    Control,
}

impl Destination {
    /// The share of the message, `None` for control.
    #[must_use]
    pub fn partition(&self) -> Option<u8> {
        match self {
            Self::Partition(share) => Some(*share),
            Self::Number(number) => Some(number.partition()),
            Self::Control => None,
        }
    }
}

/// One message to add to the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Append {
    /// Where it goes.
    pub to: Destination,
    /// See [`Message::format`].
    pub format: Option<Box<str>>,
    /// See [`Message::payload`].
    pub payload: Bytes,
}

/// Which log it is and what it holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StreamState {
    /// Its name.
    pub name: String,
    /// When it was created: a stream deleted and made again is another one.
    pub created: Timestamp,
    /// First message that it still holds; one more than the last when it holds none.
    pub first_sequence: u64,
    /// Last message that it ever took; 0 when none.
    pub last_sequence: u64,
}

/// How near a stream is to a limit of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Room {
    /// Its name.
    pub stream: String,
    /// What it holds, bytes or messages.
    pub held: u64,
    /// What it may hold.
    pub held_max: u64,
    /// The setting that says so, `max_bytes` or `max_msgs`.
    pub limit: &'static str,
    /// Whether it refuses what is new when it is full; else it drops what is old.
    pub refuses: bool,
}

impl StreamState {
    /// The first message for a reader that wants to begin at `from`, or why it cannot.
    pub(super) fn admit(&self, from: u64) -> Result<u64, LogError> {
        let from = from.max(1);
        if from > self.last_sequence.saturating_add(1) {
            return Err(LogError::StreamRegressed {
                stream: self.name.clone(),
                sequence: from.saturating_sub(1),
                found: format!("it ends at message {}", self.last_sequence),
            });
        }
        if from < self.first_sequence {
            return Err(LogError::StreamGap {
                stream: self.name.clone(),
                first: self.first_sequence,
                wanted: from,
            });
        }
        Ok(from)
    }
}

/// The streams that the engine writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outlet {
    /// Notifications to send: `JOBS`, `job.<partition>`.
    Jobs,
    /// Refused messages: `REJECTS`, `reject.<partition>`.
    Rejects,
}

impl Outlet {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Jobs, Self::Rejects];

    /// Name of the stream.
    #[must_use]
    pub fn stream(self) -> &'static str {
        match self {
            Self::Jobs => "JOBS",
            Self::Rejects => "REJECTS",
        }
    }

    /// First token of its subjects.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Jobs => "job",
            Self::Rejects => "reject",
        }
    }

    /// The subject of a share, for example `job.17`.
    #[must_use]
    pub fn subject(self, partition: u8) -> String {
        format!("{}.{partition}", self.prefix())
    }
}

/// One job or reject to publish.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outgoing {
    /// The share that it goes to.
    pub partition: u8,
    /// The message that caused it.
    pub position: Position,
    /// [`Message::hash`] of that message; 0 when it is not known.
    pub hash: u64,
    /// The log that this position is of.
    pub lineage: Lineage,
    /// The engine that decided it.
    pub term: Term,
    /// That engine knew what stands after this message of the stream by ids: it is of a log that was taken as it is since, or of
    /// engines that go on from other states. Who goes on after it has to know it so too.
    pub by_id_after: Option<u64>,
    /// Its number among those that this message caused in this share.
    pub index: u32,
    /// The job id; may be empty for a reject.
    pub id: String,
    /// What its reader gets.
    pub payload: Bytes,
}

/// Where each share of a stream ends: the sequence number of its last message, 0 when it has none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ends([u64; PARTITIONS as usize]);

impl Default for Ends {
    fn default() -> Self {
        Self([0; PARTITIONS as usize])
    }
}

impl Ends {
    /// Where a share ends.
    #[must_use]
    pub fn of(&self, partition: u8) -> u64 {
        self.0.get(usize::from(partition)).copied().unwrap_or(0)
    }

    /// A share has got another end.
    pub fn set(&mut self, partition: u8, sequence: u64) {
        if let Some(end) = self.0.get_mut(usize::from(partition)) {
            *end = sequence;
        }
    }
}

/// Jobs or rejects of any shares; those of one share in the order of position and index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Publication {
    /// Where to.
    pub outlet: Outlet,
    /// Where the shares of the items end, as the high-water marks or the last publication gave it.
    pub ends: Ends,
    /// What to publish; when empty nothing is sent, nor is any end checked.
    pub items: Vec<Outgoing>,
}

/// What of a publication was stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stored {
    /// Where the shares end then, to be expected by the next publication.
    pub ends: Ends,
    /// The numbers that its items got.
    pub sequences: Vec<u64>,
}

impl Stored {
    /// Nothing of it yet.
    #[must_use]
    pub fn nothing(publication: &Publication) -> Self {
        Self {
            ends: publication.ends,
            sequences: Vec::new(),
        }
    }

    /// An item of a share got a number.
    pub(super) fn add(&mut self, partition: u8, sequence: u64) {
        self.ends.set(partition, sequence);
        self.sequences.push(sequence);
    }
}

/// A publication that was not stored whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unpublished {
    /// As far as we know: shares that took some of it end there with what is ours.
    pub stored: Stored,
    /// What stood in the way.
    pub error: LogError,
}

impl Unpublished {
    pub(super) fn new(stored: Stored, error: LogError) -> Box<Self> {
        Box::new(Self { stored, error })
    }
}

/// How far a share of the jobs or rejects has come.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HighWater {
    /// Sequence number, in its stream, of the last message of this share; 0 when none.
    pub last_sequence: u64,
    /// Input position and index of that message; `None` when there is none.
    pub reached: Option<(Position, u32)>,
    /// [`Message::hash`] of that input; 0 when it is not known.
    pub hash: u64,
    /// The log that this position is of.
    pub lineage: Lineage,
    /// The engine that published it: [`Outgoing::term`].
    pub term: Term,
    /// [`Outgoing::by_id_after`] of it.
    pub by_id_after: Option<u64>,
    /// Its id.
    pub id: String,
}

impl HighWater {
    /// The mark of a share that ends with this.
    #[must_use]
    pub fn at(last: &Published) -> Self {
        let Published { sequence, item, .. } = last;
        Self {
            last_sequence: *sequence,
            reached: Some((item.position, item.index)),
            hash: item.hash,
            lineage: item.lineage,
            term: item.term,
            by_id_after: item.by_id_after,
            id: item.id.clone(),
        }
    }

    /// What tells the last item of a share from any other that got its number in a stream that had lost it; 0 for none.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let Some((position, index)) = self.reached else {
            return 0;
        };
        let text = format!("{} {position} {index} {:x} {}", self.lineage, self.hash, self.term);
        xxh3_64_with_seed(text.as_bytes(), 0).max(1)
    }

    /// Whether an item of the same log has been published already, so that replay keeps it back.
    #[must_use]
    pub fn covers(&self, position: Position, index: u32) -> bool {
        self.reached
            .is_some_and(|(reached, last)| (position.sequence, index) <= (reached.sequence, last))
    }
}

/// A job or reject as it stands in its stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Published {
    /// Sequence number in its stream.
    pub sequence: u64,
    /// When the stream took it.
    pub timestamp: Timestamp,
    /// What was published.
    pub item: Outgoing,
}

/// Reads `scan.17/88213` or `scan.control/88214`.
#[must_use]
pub fn parse_position(text: &str) -> Option<Position> {
    let (share, sequence) = text.strip_prefix("scan.")?.split_once('/')?;
    Some(Position {
        partition: parse_share(share)?,
        sequence: sequence.parse().ok()?,
    })
}

/// `17` is a share, `control` is none.
pub(super) fn parse_share(token: &str) -> Option<Option<u8>> {
    if token == "control" {
        return Some(None);
    }
    let share = token.parse::<u8>().ok()?;
    (u16::from(share) < u16::from(PARTITIONS)).then_some(Some(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_as_it_prints() {
        for text in [
            "scan.17/88213",
            "scan.control/88214",
            "scan.0/1",
            "scan.63/18446744073709551615",
        ] {
            let read = parse_position(text).expect("this is a position");
            assert_eq!(read.to_string(), text);
        }
        for text in [
            "",
            "scan.64/1",
            "scan.17",
            "scan.17/",
            "job.17/1",
            "scan.-1/1",
            "scan.17/1x",
            "17/1",
        ] {
            assert_eq!(parse_position(text), None, "{text}");
        }
    }

    #[test]
    fn a_hash_tells_every_part_of_a_message() {
        let message = Message {
            position: Position {
                partition: Some(3),
                sequence: 7,
            },
            timestamp: Timestamp::from_millis(1_000),
            format: Some("ups".into()),
            payload: Bytes::from_static(b"payload"),
        };
        let mut others = vec![message.clone(); 6];
        if let [sequence, share, control, time, format, payload] = others.as_mut_slice() {
            sequence.position.sequence = 8;
            share.position.partition = Some(4);
            control.position.partition = None;
            time.timestamp = Timestamp::from_millis(1_001);
            format.format = None;
            payload.payload = Bytes::from_static(b"payloaD");
        }
        for other in &others {
            assert_ne!(other.hash(), message.hash(), "{other:?}");
        }
        assert_eq!(
            message.hash(),
            5_599_514_894_784_096_095,
            "the value is kept for ever: snapshots hold it"
        );
    }

    #[test]
    fn the_high_water_mark_covers_what_is_at_or_below_it() {
        let at = |sequence| Position {
            partition: Some(1),
            sequence,
        };
        let mark = HighWater {
            last_sequence: 9,
            reached: Some((at(5), 2)),
            ..HighWater::default()
        };
        for (sequence, index, covered) in [(4, 9, true), (5, 1, true), (5, 2, true), (5, 3, false), (6, 0, false)] {
            assert_eq!(mark.covers(at(sequence), index), covered, "{sequence} {index}");
        }
        assert!(!HighWater::default().covers(at(1), 0));
    }
}
