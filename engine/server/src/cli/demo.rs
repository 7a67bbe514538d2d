//! `milepost demo`: a few days of parcels flow through the real engine on an embedded log, in seconds; what it does can be
//! watched, and asked afterwards.

use crate::clock::Stopwatch;
use crate::config::Config;
use crate::engine::{Engine, Running, open_log};
use crate::out;
use crate::settings::Settings;
use anyhow::{Context, Result};
use milepost_connectors::log::{AnyLog, Append, Destination, Log, Outlet};
use milepost_history::{Catalog, Format, Limits};
use milepost_loadgen::{Arrival, Encoder, Faults, Settings as WorldSettings, Style, World};
use milepost_model::Timestamp;
use milepost_runtime::metrics::Metrics;
use milepost_runtime::snapshots::Snapshots;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  milepost demo
  milepost demo --shipments 100000 --speed 200000
  milepost demo --keep          then: milepost sql --url http://127.0.0.1:8080 \"SELECT * FROM delays LIMIT 5\"";

/// The days that the world of the demo lasts; parcels under way at their end stay open.
const WORLD_DAYS: u32 = 8;
/// Messages appended to the log at once.
const APPEND_MESSAGES_MAX: usize = 1024;
/// How often the counters are shown.
const SHOW_EVERY: Duration = Duration::from_millis(1000);

/// Lets a seeded week of parcels flow through the engine and shows what it does. Needs no server and no settings.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Parcels that set out.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    shipments: u64,
    /// How many times faster than life the days pass.
    #[arg(long, default_value_t = 50_000.0, value_parser = parse_speed)]
    speed: f64,
    /// Seed of the world: the same seed is the same world.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Keep the engine running at the end, until Ctrl-C.
    #[arg(long)]
    keep: bool,
    /// Where it listens for HTTP.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
}

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let dir = tempfile::Builder::new()
        .prefix("milepost-demo-")
        .tempdir()
        .context("no temporary directory")?;
    let config = config(dir.path(), &args.listen)?;
    let (tables, snapshots) = (config.tables.dir.clone(), config.snapshots.dir.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("no runtime")?;
    runtime.block_on(async {
        let log = open_log(&config).await?;
        let engine = Engine::open(config, log.clone(), false).await?;
        let running = engine.start().await?;
        introduce(&args, running.listening())?;
        let metrics = Arc::clone(&running.metrics);
        let story = async {
            let told = feed(&args, &log, &metrics).await;
            if args.keep && told.is_ok() {
                out::line("\nThe engine keeps running; Ctrl-C ends it.")?;
                let _ = tokio::signal::ctrl_c().await;
            }
            told
        };
        watch(running, story).await
    })?;
    runtime.block_on(ask(&tables))?;
    let snapshots = Snapshots::on_host(&snapshots, 1);
    let saved = snapshots.list()?;
    saved.iter().try_for_each(|dir| snapshots.verify(dir))?;
    out::line(format!(
        "{} snapshots were taken and their hashes agree; a restart would go on from the newest.",
        saved.len()
    ))?;
    out::line("Next: `milepost serve` for your own scans, `milepost replay FILE` for a file of them.")?;
    Ok(ExitCode::SUCCESS)
}

/// Settings as for any engine, but in a directory of its own, with the time of the parcels as clock.
fn config(dir: &Path, listen: &str) -> Result<Config> {
    let at = |name: &str| dir.join(name).display().to_string();
    let variables = [
        ("LOG__URL", format!("embedded:{}", at("log"))),
        ("ENGINE__CLOCK", "event".to_owned()),
        ("ENGINE__LATENESS", "6h".to_owned()),
        ("SNAPSHOTS__DIR", at("snapshots")),
        ("SNAPSHOTS__EVERY", "5s".to_owned()),
        ("TABLES__DIR", at("tables")),
        ("TABLES__EVERY", "1h".to_owned()),
        ("HTTP__LISTEN", listen.to_owned()),
    ];
    let empty = dir.join("milepost.toml");
    std::fs::write(&empty, "").with_context(|| format!("cannot write {}", empty.display()))?;
    let variables = variables
        .into_iter()
        .map(|(name, value)| (format!("MILEPOST__{name}"), value));
    Ok(Config::of(&Settings::read(Some(&empty), variables))?)
}

fn introduce(args: &Args, listening: Option<std::net::SocketAddr>) -> Result<()> {
    out::line(format!(
        "{} parcels of our own invention travel for {WORLD_DAYS} days, {:.0} times faster than life.\n\
         Scans are lost, doubled, late and malformed as in life; the rules are those that come with Milepost.",
        args.shipments, args.speed
    ))?;
    if let Some(address) = listening {
        out::line(format!(
            "Meanwhile: http://{address}/metrics, and SQL over the live state by POST /v1/sql."
        ))?;
    }
    out::line(format!(
        "\n{:<17} {:>9} {:>8} {:>7} {:>8}   newest notification",
        "time of parcels", "scans", "scans/s", "jobs", "rejects"
    ))
}

/// Runs the engine until the story is told.
async fn watch(running: Running, story: impl Future<Output = Result<()>>) -> Result<()> {
    let mut told = Ok(());
    running.until(async { told = story.await }).await?;
    told
}

/// Sends the world into the log at its pace, and shows each second what has become of it.
async fn feed(args: &Args, log: &AnyLog, metrics: &Metrics) -> Result<()> {
    let settings = WorldSettings {
        seed: args.seed,
        shipments: args.shipments,
        days: WORLD_DAYS,
        cut: true,
        faults: Faults {
            malformed: 0.002,
            ..Faults::REALISTIC
        },
        ..WorldSettings::default()
    };
    let mut world = World::new(settings).peekable();
    let mut encoder = Encoder::new(Style::default());
    let begin = world.peek().map_or(0, |arrival| arrival.arrives_at);
    let watch = Stopwatch::start();
    let mut shown = Shown::default();
    let mut last_sequence = 0;
    while world.peek().is_some() {
        let now = begin + passed(watch.elapsed(), args.speed);
        let mut messages = Vec::new();
        while messages.len() < APPEND_MESSAGES_MAX
            && let Some(arrival) = world.next_if(|arrival| arrival.arrives_at <= now)
        {
            messages.push(message(&mut encoder, &arrival));
        }
        if messages.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        } else {
            let sequences = log
                .append(Timestamp::from_millis(now), messages)
                .await
                .context("the log takes no more")?;
            last_sequence = sequences.last().copied().unwrap_or(last_sequence);
        }
        shown.show(&watch, log, metrics, false).await?;
    }
    while metrics.position.load(Ordering::Relaxed) < last_sequence {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    shown.show(&watch, log, metrics, true).await
}

/// A speed at which something happens, and which a clock of milliseconds can follow.
fn parse_speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if (1.0..=10_000_000.0).contains(&speed) {
        Ok(speed)
    } else {
        Err(format!("`{text}` is not between 1 and 10000000"))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a float cast saturates, and the pace of a demo may"
)]
fn passed(elapsed: Duration, speed: f64) -> i64 {
    (elapsed.as_secs_f64() * speed * 1000.0) as i64
}

fn message(encoder: &mut Encoder, arrival: &Arrival) -> Append {
    let mut line = Vec::new();
    encoder.encode(arrival, &mut line);
    let share = arrival.scan.plan.number.partition();
    Append {
        to: Destination::Partition(share),
        format: None,
        payload: line.into(),
    }
}

/// What was shown last.
#[derive(Default)]
struct Shown {
    at: Duration,
    scans: u64,
    jobs_read: u64,
    newest: String,
}

impl Shown {
    async fn show(&mut self, watch: &Stopwatch, log: &AnyLog, metrics: &Metrics, last: bool) -> Result<()> {
        let since = watch.elapsed().saturating_sub(self.at);
        if since < SHOW_EVERY && !last {
            return Ok(());
        }
        self.at = watch.elapsed();
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let (scans, jobs, rejects) = (count(&metrics.scans), count(&metrics.jobs), count(&metrics.rejects));
        self.read_newest(log, jobs).await?;
        let rate = (scans - self.scans) * 1000 / u64::try_from(since.as_millis()).unwrap_or(1000).max(1);
        self.scans = scans;
        let now = metrics.now().to_string();
        let now = now.get(..16).unwrap_or_default().replace('T', " ");
        out::line(format!(
            "{now:<17} {scans:>9} {rate:>8} {jobs:>7} {rejects:>8}   {}",
            self.newest
        ))
    }

    /// The newest delay among the jobs published since the last look, or whatever was published last.
    async fn read_newest(&mut self, log: &AnyLog, jobs: u64) -> Result<()> {
        let from = self.jobs_read.max(jobs.saturating_sub(200)) + 1;
        let published = log
            .published(Outlet::Jobs, from, 200)
            .await
            .context("jobs cannot be read back")?;
        for item in &published {
            self.jobs_read = item.sequence;
            let job: serde_json::Value = serde_json::from_slice(&item.item.payload).context("a job is not JSON")?;
            let text = |name: &str| {
                job.get(name)
                    .and_then(serde_json::Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            if text("notice") == "delay.detected" || self.newest.is_empty() {
                self.newest = format!("{} {}: {}", text("carrier"), text("rule"), text("because"));
            }
        }
        Ok(())
    }
}

/// Asks the tables of the last snapshot what an analyst would ask.
async fn ask(tables: &Path) -> Result<()> {
    let catalog = Catalog::open(tables).context("the demo wrote no tables")?;
    out::line(format!("\nThe state as of {}, asked in SQL:", catalog.as_of()))?;
    for question in [
        "SELECT carrier, count(*) AS shipments, count(*) FILTER (WHERE status = 'delivered') AS delivered, \
         round(avg(CASE WHEN health IN ('late', 'late_predicted') THEN 100.0 ELSE 0 END), 1) AS late_percent \
         FROM shipments GROUP BY carrier ORDER BY shipments DESC LIMIT 8",
        "SELECT rule, count(*) AS episodes, count(*) FILTER (WHERE closed_at IS NULL) AS open \
         FROM delays GROUP BY rule ORDER BY episodes DESC LIMIT 6",
        "SELECT order_id, delivered, shipments, status, health FROM orders \
         WHERE shipments > 1 AND delivered BETWEEN 1 AND shipments - 1 ORDER BY order_id LIMIT 3",
    ] {
        let answer = catalog.query(question, &Limits::default()).await?;
        out::line(format!(
            "\n> {}",
            question.split_whitespace().collect::<Vec<_>>().join(" ")
        ))?;
        out::bytes(&answer.write(Format::Table { width: 100 })?)?;
    }
    out::line("")
}
