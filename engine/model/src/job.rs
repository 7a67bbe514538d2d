//! What the engine decides: delays (episodes) and jobs (notifications to send), and where in the log they come from.

use crate::status::closed_list;
use crate::{Health, Timestamp};
use alloc::string::String;
use core::fmt;

/// A place in the log: which share, and the sequence number of the message in the whole stream.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Position {
    /// The share of the log, 0 to 63; `None` for a message to all, such as a tick.
    pub partition: Option<u8>,
    /// Sequence number in the stream, from 1.
    pub sequence: u64,
}

impl fmt::Display for Position {
    /// `scan.17/88213`, or `scan.control/88214`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.partition {
            Some(partition) => write!(f, "scan.{partition}/{}", self.sequence),
            None => write!(f, "scan.control/{}", self.sequence),
        }
    }
}

/// One notification to send, decided once. `json` is the whole job in the form that users read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// Share of the log of the shipment.
    pub partition: u8,
    /// Message that caused it, and the number of the job among those that this message caused in this partition.
    pub position: Position,
    /// Number of the job among those of its position.
    pub index: u32,
    /// The job as one JSON object, without line end; its first member is `job_id`.
    pub json: String,
}

impl Job {
    /// What stands before the id.
    pub const BEFORE_ID: &'static str = "{\"job_id\":\"";
    /// Bytes of an id: `j_` and 32 hexadecimal digits.
    const ID_BYTES: usize = 34;

    /// Its id, a function of shipment, rule, episode and step.
    #[must_use]
    pub fn job_id(&self) -> &str {
        let rest = self.json.get(Self::BEFORE_ID.len()..);
        rest.and_then(|rest| rest.get(..Self::ID_BYTES)).unwrap_or_default()
    }
}

closed_list! {
    /// How a delay ended.
    #[derive(Default)]
    DelayEnding {
        /// Its condition no longer holds.
        #[default]
        Recovered = "recovered",
        /// The shipment reached a terminal status.
        Finished = "finished",
        /// The rule was removed, or the number began a new journey.
        RuleRemoved = "rule_removed",
        /// The rule got another condition, which did not hold.
        RuleChanged = "rule_changed",
    }
}

/// An episode: a shipment judged late or stuck; it opens and closes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delay {
    /// Name of the rule.
    pub rule: String,
    /// 1 for the first of this shipment and rule.
    pub episode: u32,
    /// Since when the condition held.
    pub opened_at: Timestamp,
    /// When it closed, and how.
    pub closed: Option<(Timestamp, DelayEnding)>,
    /// What it did to the health of the shipment.
    pub health: Health,
    /// Why, in words.
    pub because: String,
}
