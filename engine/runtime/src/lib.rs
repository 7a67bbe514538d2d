//! The stages of an engine between the log and the shards: [`feed`] reads the log, [`intake`] decodes, [`sequence`] tells the
//! time, [`shards`] work, [`outbox`] puts their effects into one order, [`publish`] writes them to their streams, [`snapshots`]
//! keep the state. Who wires them, with threads or without, stands elsewhere.

pub mod alarms;
pub mod disk;
pub mod expected;
pub mod feed;
pub mod format_texts;
pub mod intake;
pub mod keep;
pub mod learning;
pub mod metrics;
pub mod outbox;
pub mod publish;
pub mod rule_texts;
pub mod rules_status;
pub mod saving;
pub mod sequence;
pub mod shards;
pub mod snapshots;
pub mod spares;
pub mod start;
