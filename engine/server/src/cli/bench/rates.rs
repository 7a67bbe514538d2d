//! How fast a full log is read: by a consumer that only counts, by our reader with the decoders, by a whole engine. The
//! three take turns, so that what else the machine does falls on all of them.

use super::bed::{Bed, cpu_seconds, handled};
use super::figures::median;
use super::traffic::Traffic;
use crate::clock::Stopwatch;
use anyhow::{Context, Result};
use crossbeam_channel::bounded;
use indicatif::ProgressBar;
use milepost_connectors::carriers::Defaults;
use milepost_connectors::log::{AnyLog, Log, LogReader};
use milepost_runtime::format_texts::FormatSet;
use milepost_runtime::intake::{Input, Intake};
use milepost_runtime::spares::Spares;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::runtime::Handle;

/// Messages that the engine reads at once, as usual.
const BATCH_MESSAGES: usize = 1024;
/// No snapshot falls into a run.
const NO_SNAPSHOTS: Duration = Duration::from_secs(24 * 3600);

/// Rates for messages of one size.
pub(super) struct Rates {
    pub(super) per_message: usize,
    pub(super) messages: u64,
    /// Scans in a second, each the median of all runs.
    pub(super) bare: f64,
    pub(super) read: f64,
    pub(super) serve: f64,
    /// Of the engine to the bare consumer, run by run.
    pub(super) ratio: f64,
    pub(super) jobs: u64,
    /// Microseconds of processor for a message: (ours, the server's) while counting, and while the engine runs.
    pub(super) bare_cpu: Option<(f64, f64)>,
    pub(super) serve_cpu: Option<(f64, f64)>,
}

/// A timed run.
struct Timed {
    seconds: f64,
    ours: Option<f64>,
    servers: Option<f64>,
}

/// Fills the log and reads it so many times in each way.
pub(super) async fn measure(
    bed: &Bed,
    traffic: &Traffic,
    per_message: usize,
    runs: usize,
    bar: &ProgressBar,
) -> Result<Rates> {
    bed.yardstick.empty(true).await?;
    bar.set_message(format!("filling the log, {per_message} in a message"));
    let messages = bed
        .fill(traffic.messages(0..traffic.len(), per_message), &|_| bar.tick())
        .await?;
    let (mut bare, mut read, mut serve, mut jobs) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for run in 1..=runs {
        let tell = |what: &str| bar.set_message(format!("{per_message} in a message, {what}: run {run} of {runs}"));
        tell("counting");
        let counter = bed.yardstick.counter().await?;
        bare.push(timed(bed, counter.count(messages)).await?);
        tell("reading and decoding");
        let log = bed.log().await?;
        read.push(timed(bed, decode_all(log, messages)).await?);
        tell("engine");
        bed.yardstick.empty(false).await?;
        let engine = async |metrics: Arc<milepost_runtime::metrics::Metrics>| {
            let timed = timed(bed, handled(&metrics, messages)).await?;
            Ok((timed, metrics.jobs.load(Ordering::Relaxed)))
        };
        let (timed, published) = bed.engine(NO_SNAPSHOTS, engine).await?;
        serve.push(timed);
        jobs = published;
    }
    let rate = |runs: &[Timed]| median(runs.iter().map(|run| traffic.len() as f64 / run.seconds));
    let ratios = serve
        .iter()
        .zip(&bare)
        .map(|(serve, bare)| bare.seconds / serve.seconds);
    Ok(Rates {
        per_message,
        messages,
        bare: rate(&bare),
        read: rate(&read),
        serve: rate(&serve),
        ratio: median(ratios),
        jobs,
        bare_cpu: cpu(&bare, messages),
        serve_cpu: cpu(&serve, messages),
    })
}

async fn timed<E: Into<anyhow::Error>>(bed: &Bed, work: impl Future<Output = Result<(), E>>) -> Result<Timed> {
    let cpu = || (cpu_seconds("self"), bed.server_cpu());
    let (before, watch) = (cpu(), Stopwatch::start());
    work.await.map_err(Into::into)?;
    let (seconds, after) = (watch.seconds(), cpu());
    let used = |before: Option<f64>, after: Option<f64>| Some(after? - before?);
    Ok(Timed {
        seconds,
        ours: used(before.0, after.0),
        servers: used(before.1, after.1),
    })
}

/// Microseconds for a message, the median of runs.
fn cpu(runs: &[Timed], messages: u64) -> Option<(f64, f64)> {
    let per_message = |of: fn(&Timed) -> Option<f64>| {
        let runs: Option<Vec<f64>> = runs.iter().map(of).collect();
        runs.map(|runs| median(runs.into_iter().map(|seconds| seconds * 1e6 / messages as f64)))
    };
    Some((per_message(|run| run.ours)?, per_message(|run| run.servers)?))
}

/// The way of a scan up to where it would be handed to its shard, with as many decoders as an engine has.
async fn decode_all(log: AnyLog, last: u64) -> Result<()> {
    let runtime = Handle::current();
    let work = move || -> Result<()> {
        let mut reader = runtime.block_on(log.read(1))?;
        let decoders = std::thread::available_parallelism().map_or(1, usize::from);
        let (pieces_in, pieces) = bounded::<Input>(8);
        std::thread::scope(|scope| {
            for _ in 0..decoders {
                let pieces = pieces.clone();
                let mut intake = Intake::new(Arc::new(Defaults::default()), Spares::new(4 * decoders), decoders);
                scope.spawn(move || {
                    for piece in pieces {
                        std::hint::black_box(intake.decode(piece).steps.len());
                    }
                });
            }
            drop(pieces);
            let formats = FormatSet::default().formats;
            let mut reached = 0;
            while reached < last {
                let batch = runtime.block_on(reader.next(BATCH_MESSAGES, Duration::from_secs(30)))?;
                reached = batch.last().context("the log gives nothing more")?.position.sequence;
                let piece = Input::Messages(batch, Arc::clone(&formats));
                pieces_in.send(piece).context("the decoders ended")?;
            }
            drop(pieces_in);
            Ok(())
        })
    };
    tokio::task::spawn_blocking(work)
        .await
        .context("a decoder was lost")
        .flatten()
}
