//! What a shard asks of the world: a closed list.

use alloc::string::String;
use milepost_model::{Job, Position, RejectReason};

/// One thing that a shard asks of the world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Send a notification.
    Job(Job),
    /// Keep a scan among the rejects: the shard could not take it.
    Refuse {
        /// Where it stood.
        position: Position,
        /// Why.
        reason: RejectReason,
        /// What exactly, and what to do.
        hint: String,
    },
}
