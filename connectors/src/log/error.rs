//! What can go wrong with the log, each in a sentence that says what, where, and what to do.

use super::Term;

/// Trouble with the log.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The log is not the one that was read before, or it lost messages that were read.
    #[error(
        "StreamRegressed: stream {stream} is not the one that was read up to message {sequence}: {found}; going on would \
         skip or repeat scans. Restore the stream as it was, or take it as it is, once, with `milepost serve --rebase`: \
         what is known stays, all that the stream holds is read again, and no job goes out twice"
    )]
    StreamRegressed {
        /// Name of the stream.
        stream: String,
        /// Last message that had been read.
        sequence: u64,
        /// What is different.
        found: String,
    },
    /// Messages that were not read yet have been dropped.
    #[error(
        "StreamGap: stream {stream} begins at message {first}, but {wanted} is the next to read: {} messages were dropped \
         unread, by its limits (max_age, max_bytes) or by a purge. Raise the limits, and go on without them, once, with \
         `milepost serve --rebase`; producers may send again what they have: a repeated scan changes nothing",
        first.saturating_sub(*wanted)
    )]
    StreamGap {
        /// Name of the stream.
        stream: String,
        /// First message that still exists.
        first: u64,
        /// Message to read next.
        wanted: u64,
    },
    /// Jobs or rejects that had been published are gone, and nothing that we keep is older than the loss.
    #[error(
        "PublishedLost: stream {stream} has lost what was published to it: {found}. The next start publishes that \
         again, if a snapshot is older than the loss. If none is, restore the stream, or go on without what it lost, once, \
         with `milepost serve --rebase`"
    )]
    PublishedLost {
        /// Name of the stream.
        stream: String,
        /// What is missing in it.
        found: String,
    },
    /// Another engine has taken over.
    #[error(
        "fenced: another engine took over, with term {term} ({found}). This one stops; see that a log has one engine"
    )]
    Superseded {
        /// Its term.
        term: Term,
        /// How we know.
        found: String,
    },
    /// Somebody else has published to this subject.
    #[error(
        "fenced: {subject} does not end at message {expected} any more{}: another engine has published there. This one \
         stops; see that a share has one engine",
        found.map(|found| format!(" but at {found}")).unwrap_or_default()
    )]
    Fenced {
        /// The subject, for example `job.17`.
        subject: String,
        /// Where this engine saw it end.
        expected: u64,
        /// Where it ends.
        found: Option<u64>,
    },
    /// Streams are missing, or not as they must be.
    #[error("the log at {url} is not ready:\n{}\nCreate or correct this, or let Milepost create what is missing: create = true in [log], or `milepost serve --create`",
        missing.iter().map(|line| format!("  - {line}")).collect::<Vec<_>>().join("\n"))]
    NotReady {
        /// Address of the log.
        url: String,
        /// One sentence each.
        missing: Vec<String>,
    },
    /// Another process has the embedded log open.
    #[error(
        "the embedded log in {dir} is open in another process. One process at a time may open it: stop that process, ask \
         it over its HTTP interface, or give this one another directory"
    )]
    Locked {
        /// Directory of the log.
        dir: String,
    },
    /// The server did not answer.
    #[error(
        "NATS at {url} did not answer ({why}) while {during}. See that the server runs and can be reached; Milepost tries again"
    )]
    Unreachable {
        /// Address of the log.
        url: String,
        /// What was being done.
        during: String,
        /// What the client says.
        why: String,
    },
    /// The server or the store refused.
    #[error("{place} refused {during}: {why}. See the rights, limits and free space there")]
    Refused {
        /// Address or directory of the log.
        place: String,
        /// What was being done.
        during: String,
        /// What the server or store says.
        why: String,
    },
    /// A message of ours cannot be read back.
    #[error(
        "message {sequence} of {stream} has no readable {what}; something else than Milepost wrote it. Remove the message, or the writer's right to publish there"
    )]
    Unreadable {
        /// Name of the stream.
        stream: String,
        /// The message.
        sequence: u64,
        /// What is missing in it.
        what: String,
    },
    /// The settings of the log.
    #[error("log url `{url}`: {why}. Write embedded:DIRECTORY or nats://host:4222")]
    BadUrl {
        /// As written.
        url: String,
        /// What is wrong with it.
        why: String,
    },
}
