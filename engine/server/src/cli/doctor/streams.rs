//! What the log and the streams would say at a start: whether the snapshots go with them, how much room they have, and
//! which engine is at work.

use super::report::Finding;
use crate::config::Config;
use milepost_connectors::log::{AnyLog, LogError, Room};
use milepost_runtime::alarms::Fault;
use milepost_runtime::snapshots::Snapshots;
use milepost_runtime::start::{Foreseen, Start};

/// A stream that is so full needs somebody to look.
const FULL_WARNING_PERCENT: u64 = 80;

/// Everything that they say.
pub(super) async fn findings(log: &AnyLog, config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let snapshots = Snapshots::on_host(&config.snapshots.dir, config.snapshots.keep);
    match Start::foresee(log, &snapshots).await {
        Ok(foreseen) => findings.extend(going_on(foreseen)),
        Err(error) => findings.push(Finding::warning("log", format!("{error:#}"), "see what stands above")),
    }
    match log.room().await {
        Ok(room) => findings.extend(room.iter().filter_map(full)),
        Err(error) => findings.push(unanswered(&error)),
    }
    match at_work(log).await {
        Ok(engine) => findings.extend(engine),
        Err(error) => findings.push(unanswered(&error)),
    }
    findings
}

fn going_on(foreseen: Foreseen) -> Vec<Finding> {
    let passed_over = foreseen.passed_over.map(|error| {
        let what = format!("the newest snapshot rests on what was lost, an older one will be taken: {error}");
        Finding::warning("log", what, Fault::PublishedLost.todo())
    });
    let refused = foreseen.refused.map(|error| {
        let todo = "restore the stream; or take the log as it is, once, with `milepost serve --rebase` (deploy/faults)";
        Finding::wrong("log", error.to_string(), todo)
    });
    passed_over.into_iter().chain(refused).collect()
}

fn full(room: &Room) -> Option<Finding> {
    let Room {
        stream,
        held,
        held_max,
        limit,
        refuses,
    } = room;
    let percent = held.saturating_mul(100) / held_max.max(&1);
    if percent < FULL_WARNING_PERCENT {
        return None;
    }
    let what = format!("stream {stream} is {percent} % full: it holds {held}, and {limit} is {held_max}");
    Some(if *refuses {
        let todo = format!("raise {limit} of {stream}, or let its readers catch up: full, it refuses what is new");
        Finding::warning("log", what, todo)
    } else {
        let todo = format!("fine if that is what it is to keep; full, {stream} drops what is oldest, read or not");
        Finding::warning("log", what, todo)
    })
}

async fn at_work(log: &AnyLog) -> Result<Option<Finding>, LogError> {
    let Some(leases) = log.leases().await? else {
        return Ok(None);
    };
    let holder = leases.holder().await?;
    Ok(holder.map(|holder| {
        let what = format!("{} is at work on it, as it said last at {}", holder.engine, holder.told);
        Finding::fine("log", what)
    }))
}

fn unanswered(error: &LogError) -> Finding {
    Finding::warning("log", error.to_string(), "see what stands above")
}
