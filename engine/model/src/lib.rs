//! The nouns of Milepost: ids, time, status, scans, shipments, delays, jobs, rejects.
//!
//! Everything here is a value. No clock, thread, file or socket can be named: the crate is `no_std`, so the compiler
//! refuses. Verbs live in `milepost-core`, judgements in `milepost-rules`.
#![no_std]
extern crate alloc;

mod code;
mod column;
mod ids;
mod job;
mod reason;
mod reject;
mod scan;
mod status;
mod time;
mod written_time;

pub use code::Code;
pub use column::{Column, Facts, Kind as ColumnKind, Value};
pub use ids::{PARTITIONS, TrackingNumber, TrackingNumberError, partition};
pub use job::{Delay, DelayEnding, Job, Position};
pub use reason::Reason;
pub use reject::{Reject, RejectReason};
pub use scan::{EstimateSource, Place, Scan, ScanTime, Window};
pub use status::{Health, Kind, Status};
pub use time::{DAY_MS, HOUR_MS, MINUTE_MS, Precision, TimeBasis, Timestamp, Zone, civil_from_days, days_from_civil};
pub use written_time::{TimeError, WrittenTime};
