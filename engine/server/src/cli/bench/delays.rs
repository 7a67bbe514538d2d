//! How long it takes from a scan to the job that it causes, at a steady load. Each scan has its time, whether or not
//! those before it are done (no coordinated omission): a stall is felt by every scan that was due meanwhile.

use super::bed::{Bed, handled};
use super::figures::Latencies;
use super::traffic::Traffic;
use crate::clock::Stopwatch;
use anyhow::{Context, Result};
use indicatif::ProgressBar;
use milepost_connectors::log::{Append, Sent};
use milepost_runtime::metrics::Metrics;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;

/// Scans that stand in the log before: shipments are under way when the measurement begins.
const BEFORE: f64 = 0.4;
/// Scans that are sent as fast as they are taken, to find the greatest load.
const FLOOD: f64 = 0.2;
/// Messages without an answer at a time.
const UNANSWERED_MAX: usize = 4096;
/// What is sent in the first second warms up, and is not counted.
const WARM_UP_US: u64 = 1_000_000;
/// How long the last jobs are waited for.
const LAST_JOBS: Duration = Duration::from_secs(10);

/// Latencies at a rate.
pub(super) struct Delays {
    /// Scans in a second that were sent.
    pub(super) rate: f64,
    pub(super) jobs: u64,
    pub(super) snapshots: u64,
    /// From when the scan was due to be sent until its job could be read.
    pub(super) from_due: Latencies,
    /// From when the log had the scan.
    pub(super) from_stored: Latencies,
    /// From when the scan was due until the log had it: the server alone.
    pub(super) to_stored: Latencies,
    /// How late the sender itself was, at worst, in microseconds.
    pub(super) behind_us: u64,
}

/// The greatest load that sender, server and engine carry together on this machine, one scan in a message.
pub(super) async fn greatest_load(bed: &Bed, traffic: &Traffic, bar: &ProgressBar) -> Result<f64> {
    let before = prepare(bed, traffic, bar).await?;
    let flood = share(traffic, BEFORE)..share(traffic, BEFORE + FLOOD);
    let messages = traffic.messages(flood, 1);
    let count = messages.len();
    let story = async |metrics: Arc<Metrics>| {
        handled(&metrics, before).await?;
        bar.set_message("looking for the greatest load");
        let watch = Stopwatch::start();
        let last = bed.fill(messages, &|_| bar.tick()).await?;
        handled(&metrics, last).await?;
        Ok(count as f64 / watch.seconds())
    };
    bed.engine(Duration::from_secs(24 * 3600), story).await
}

/// Sends at this rate for so long at most.
pub(super) async fn measure(
    bed: &Bed,
    traffic: &Traffic,
    (rate, seconds): (f64, u64),
    snapshots_every: Duration,
    bar: &ProgressBar,
) -> Result<Delays> {
    let before = prepare(bed, traffic, bar).await?;
    let from = share(traffic, BEFORE);
    let until = traffic.len().min(from + (rate * seconds as f64) as usize);
    let messages = traffic.messages(from..until, 1);
    let story = async |metrics: Arc<Metrics>| {
        handled(&metrics, before).await?;
        let jobs_before = metrics.jobs.load(Ordering::Relaxed);
        let snapshots_before = metrics.snapshots.load(Ordering::Relaxed);
        bar.set_message(format!("{rate:.0} scans/s for {:.0} s", messages.len() as f64 / rate));
        let watch = Stopwatch::start();
        let (to_stored, stored) = mpsc::channel(UNANSWERED_MAX);
        let last = before + messages.len() as u64;
        let (behind_us, stored, seen) = tokio::try_join!(
            send(bed, messages, rate, watch, to_stored),
            answers(stored, watch),
            jobs(bed, &metrics, (jobs_before, last), watch),
        )?;
        let snapshots = metrics.snapshots.load(Ordering::Relaxed) - snapshots_before;
        Ok(reckon(rate, before, &stored, &seen, (behind_us, snapshots)))
    };
    bed.engine(snapshots_every, story).await
}

fn share(traffic: &Traffic, part: f64) -> usize {
    (traffic.len() as f64 * part) as usize
}

/// Empty streams but for the scans before.
async fn prepare(bed: &Bed, traffic: &Traffic, bar: &ProgressBar) -> Result<u64> {
    bed.yardstick.empty(true).await?;
    bar.set_message("filling the log");
    bed.fill(traffic.messages(0..share(traffic, BEFORE), 128), &|_| bar.tick())
        .await
}

fn due_us(number: usize, rate: f64) -> u64 {
    (number as f64 * 1e6 / rate) as u64
}

fn passed_us(watch: Stopwatch) -> u64 {
    u64::try_from(watch.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Sends each message when it is due; how late at worst.
async fn send(
    bed: &Bed,
    messages: Vec<Append>,
    rate: f64,
    watch: Stopwatch,
    stored: mpsc::Sender<Sent>,
) -> Result<u64> {
    let mut behind_us = 0;
    for (number, message) in messages.into_iter().enumerate() {
        let due = due_us(number, rate);
        while passed_us(watch) < due {
            tokio::time::sleep(Duration::from_micros(due - passed_us(watch).min(due))).await;
        }
        let sent = bed.yardstick.send(message).await?;
        behind_us = behind_us.max(passed_us(watch).saturating_sub(due));
        stored.send(sent).await.context("nobody waits for answers")?;
    }
    Ok(behind_us)
}

/// When the log had each message, in the order of sending.
async fn answers(mut sent: mpsc::Receiver<Sent>, watch: Stopwatch) -> Result<Vec<u64>> {
    let mut stored = Vec::new();
    while let Some(sent) = sent.recv().await {
        sent.stored().await?;
        stored.push(passed_us(watch));
    }
    Ok(stored)
}

/// The message that caused each job, and when the job could be read; until all are there.
async fn jobs(bed: &Bed, metrics: &Metrics, (before, last): (u64, u64), watch: Stopwatch) -> Result<Vec<(u64, u64)>> {
    let mut causes = bed.yardstick.jobs().await?;
    for _ in 0..before {
        causes.next().await?;
    }
    let mut seen = VecDeque::new();
    loop {
        let ended = metrics.position.load(Ordering::Relaxed) >= last;
        if ended && before + seen.len() as u64 >= metrics.jobs.load(Ordering::Relaxed) {
            return Ok(seen.into());
        }
        let wait = if ended { LAST_JOBS } else { Duration::from_millis(100) };
        match tokio::time::timeout(wait, causes.next()).await {
            Ok(cause) => seen.push_back((cause?, passed_us(watch))),
            Err(_) if ended => anyhow::bail!("jobs are missing in their stream"),
            Err(_) => {}
        }
    }
}

fn reckon(rate: f64, before: u64, stored: &[u64], seen: &[(u64, u64)], (behind_us, snapshots): (u64, u64)) -> Delays {
    let mut delays = Delays {
        rate,
        jobs: 0,
        snapshots,
        from_due: Latencies::new(),
        from_stored: Latencies::new(),
        to_stored: Latencies::new(),
        behind_us,
    };
    for (number, at) in stored.iter().enumerate() {
        let due = due_us(number, rate);
        if due >= WARM_UP_US {
            delays.to_stored.add(at.saturating_sub(due));
        }
    }
    for (cause, at) in seen {
        let number = usize::try_from(cause.saturating_sub(before + 1)).unwrap_or(usize::MAX);
        let due = due_us(number, rate);
        if let Some(stored) = stored.get(number)
            && *cause > before
            && due >= WARM_UP_US
        {
            delays.jobs += 1;
            delays.from_due.add(at.saturating_sub(due));
            delays.from_stored.add(at.saturating_sub(*stored));
        }
    }
    delays
}
