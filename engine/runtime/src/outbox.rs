//! Fourth stage: what all shards made of one piece of input, put into the one order that does not depend on how many
//! shards there are, and handed to where it goes.

use crate::intake::Refused;
use crate::saving::Saved;
use crate::sequence::Sequenced;
use crate::shards::Outcome;
use anyhow::{Context, Result};
use milepost_connectors::log::Message;
use milepost_core::Effect;
use milepost_model::{Job, Position, Reject, RejectReason, Timestamp};
use std::cmp::Ordering;
use std::sync::Arc;

/// Everything that one piece of input led to.
pub struct Outgo {
    /// In the order of position, partition and index.
    pub jobs: Vec<Job>,
    /// What the jobs and rejects rest on.
    pub causes: Causes,
    /// What other rules decided over the same scans, in no order; empty where none are compared.
    pub jobs_beside: Vec<Job>,
    /// In the order of position and line.
    pub refused: Vec<Refused>,
    /// What is to be saved when all this is published.
    pub save: Option<Saved>,
    /// Scans that it came of.
    pub scans: u64,
    /// Scans of it with a code of the carrier's that nobody knows.
    pub unmapped: u64,
    /// The log's time.
    pub now: Timestamp,
    /// Last message of the piece; 0 when it has none.
    pub last_sequence: u64,
}

/// The messages of a piece that something rests on, by sequence number, each with its hash.
#[derive(Debug, Default)]
pub struct Causes(Vec<(u64, u64)>);

impl Causes {
    /// Those of the messages that jobs or rejects name. Most cause nothing and are not hashed.
    fn of(messages: &[Message], jobs: &[Job], refused: &[Refused]) -> Self {
        let jobs = jobs.iter().map(|job| job.position.sequence);
        let mut named: Vec<u64> = jobs
            .chain(refused.iter().map(|refused| refused.position.sequence))
            .collect();
        named.sort_unstable();
        named.dedup();
        let mut messages = messages.iter();
        let hashed = named.into_iter().filter_map(|sequence| {
            let message = messages.find(|message| message.position.sequence >= sequence)?;
            (message.position.sequence == sequence).then(|| (sequence, message.hash()))
        });
        Self(hashed.collect())
    }

    /// The hash of a message; 0 when it is not one of them.
    #[must_use]
    pub fn hash(&self, sequence: u64) -> u64 {
        let found = self.0.binary_search_by_key(&sequence, |(sequence, _)| *sequence);
        found
            .ok()
            .and_then(|place| self.0.get(place))
            .map_or(0, |(_, hash)| *hash)
    }
}

/// Where jobs, rejects and saved shards go.
pub trait Outlet {
    /// Takes what one piece of input led to. Pieces come in the order of the log.
    ///
    /// # Errors
    /// When it cannot go there any more.
    fn take(&mut self, outgo: Outgo) -> Result<()>;
}

/// Puts the outcomes of all shards together.
pub fn gather(mut sequenced: Sequenced, outcomes: Vec<Outcome>) -> Outgo {
    let mut jobs = Vec::new();
    let mut jobs_beside = Vec::new();
    let mut refused = std::mem::take(&mut sequenced.refused);
    for outcome in outcomes {
        jobs_beside.extend(outcome.beside.into_iter().filter_map(|effect| match effect {
            Effect::Job(job) => Some(job),
            // Both refuse the same.
            Effect::Refuse { .. } => None,
        }));
        for effect in outcome.effects {
            match effect {
                Effect::Job(job) => jobs.push(job),
                Effect::Refuse { position, reason, hint } => {
                    let reject = Reject {
                        reason,
                        hint,
                        line: 0,
                        offset: 0,
                        excerpt: Vec::new(),
                        length: 0,
                    };
                    refused.push(Refused {
                        file: Arc::from(""),
                        position,
                        format: Arc::from(""),
                        reject,
                    });
                }
            }
        }
    }
    jobs.sort_by_key(|job: &Job| (job.position.sequence, job.partition, job.index));
    refused.sort_by(|a, b| {
        let place = |refused: &Refused| (refused.position.sequence, refused.reject.line);
        // Refusals of shards have no line: their words part them, not the number of the shard. Others stay as they stood.
        let by_words = || match a.reject.line {
            0 => a.reject.hint.cmp(&b.reject.hint),
            _ => Ordering::Equal,
        };
        place(a).cmp(&place(b)).then_with(by_words)
    });
    let save = sequenced.save.take();
    let Sequenced {
        scans,
        unmapped,
        now,
        messages,
        ..
    } = sequenced;
    Outgo {
        causes: Causes::of(&messages, &jobs, &refused),
        last_sequence: messages.last().map_or(0, |message| message.position.sequence),
        jobs,
        jobs_beside,
        refused,
        save,
        scans,
        unmapped,
        now,
    }
}

/// A reject as one JSON object: position, reason, hint, and the record itself as far as it is kept.
pub fn reject_json(refused: &Refused) -> String {
    let Refused {
        file,
        position,
        format,
        reject,
    } = refused;
    let place = if file.is_empty() {
        ("position", position.to_string())
    } else {
        ("file", file.to_string())
    };
    let mut object = serde_json::Map::new();
    object.insert(place.0.to_owned(), place.1.into());
    if !format.is_empty() {
        object.insert("format".to_owned(), format.to_string().into());
    }
    object.insert("line".to_owned(), reject.line.into());
    object.insert("offset".to_owned(), reject.offset.into());
    object.insert("reason".to_owned(), reject.reason.as_str().into());
    object.insert("hint".to_owned(), reject.hint.as_str().into());
    object.insert("excerpt".to_owned(), String::from_utf8_lossy(&reject.excerpt).into());
    object.insert("length".to_owned(), reject.length.into());
    serde_json::Value::Object(object).to_string()
}

/// The share of the rejects that a position belongs to; what concerns all shares goes to the first.
pub fn reject_share(position: Position) -> u8 {
    position.partition.unwrap_or(0)
}

/// A reject as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptReject {
    /// The file; empty for the log.
    pub file: String,
    /// What it was read as; empty for canonical scans, and where no format is known.
    pub format: String,
    /// The reject itself.
    pub reject: Reject,
}

/// Reads a line of `rejects.ndjson`, or an item of the stream, back.
///
/// # Errors
/// When it is none.
pub fn read_reject(line: &str) -> Result<KeptReject> {
    let value: serde_json::Value = serde_json::from_str(line).context("a reject is not JSON")?;
    let text = |name: &str| value.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let number = |name: &str| value.get(name).and_then(serde_json::Value::as_u64).unwrap_or_default();
    let reject = Reject {
        reason: RejectReason::parse(text("reason")).with_context(|| format!("no such reason: {}", text("reason")))?,
        hint: text("hint").to_owned(),
        line: number("line"),
        offset: number("offset"),
        excerpt: text("excerpt").as_bytes().to_vec(),
        length: number("length"),
    };
    Ok(KeptReject {
        file: text("file").to_owned(),
        format: text("format").to_owned(),
        reject,
    })
}
