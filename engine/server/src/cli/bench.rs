//! `milepost bench`: what this machine will do. The engine alone, stage by stage; then with NATS, beside a consumer that
//! only counts; then how long a job takes at a steady load.

mod bed;
mod delays;
mod figures;
mod rates;
mod report;
mod stages;
mod traffic;

use crate::{out, rule_files};
use anyhow::{Context, Result};
use bed::Bed;
use delays::Delays;
use indicatif::{ProgressBar, ProgressStyle};
use milepost_core::Clock;
use milepost_model::{DAY_MS, HOUR_MS};
use rates::Rates;
use report::Report;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use traffic::Traffic;

const EXAMPLES: &str = "\
Examples:
  milepost bench                                   the engine, and NATS where nats-server is on the PATH
  milepost bench --nats nats://localhost:4222      with a server that runs already, and holds no streams of Milepost
  milepost bench --no-nats --rules rules/          your rules, without NATS
  milepost bench --rate 20000 --seconds 60 --json

Nothing is left behind: the streams SCANS, JOBS and REJECTS are created for the measurement and removed at its end. A
server that has one of them is refused.

\"bare\" is a consumer that only counts messages, \"read\" reads and decodes them, \"serve\" is the engine with jobs
published. All read the same full log in turns; each figure is the median of --runs. Let the machine be idle: what
else it does is measured too. Latencies count from when a scan was due to be sent, on a schedule that waits for nobody.";

/// The clock of the world: its own, as in a replay.
const CLOCK: Clock = Clock::Event {
    lateness_ms: 6 * HOUR_MS,
    jump_max_ms: 62 * DAY_MS,
};

/// Measures what this machine does: events per second, time per stage, memory, rates and latencies with NATS.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Parcels of the world that is run through; each has about twelve scans of 300 bytes, held in memory.
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(100..=5_000_000))]
    shipments: u64,
    /// Seed of the world: the same seed is the same world.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Directory of rule files. Without it: the built-in rules.
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// How often each measurement is made; its median is shown.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=99))]
    runs: u8,
    /// A NATS server with JetStream. Without it: one that is started for this, from the nats-server on the PATH.
    #[arg(long, value_name = "URL")]
    nats: Option<String>,
    /// File with the credentials for NATS (.creds).
    #[arg(long, value_name = "FILE", requires = "nats")]
    creds: Option<PathBuf>,
    /// Measure the engine alone.
    #[arg(long, conflicts_with_all = ["nats", "creds", "rate", "seconds"])]
    no_nats: bool,
    /// Scans in a second when latency is measured. Without it: half of the greatest load.
    #[arg(long, value_name = "N", value_parser = parse_rate)]
    rate: Option<f64>,
    /// How long scans are sent when latency is measured; it ends earlier when the world does.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(2..=86_400))]
    seconds: u64,
    /// Learn no lanes, to see what that costs; of the stages without a server.
    #[arg(long)]
    no_lanes: bool,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let rules = rule_files::load(args.rules.as_deref())?;
    let bar = progress();
    bar.set_message("making the world");
    let traffic = Traffic::new(args.shipments, args.seed);
    let stages = stages::measure(
        &traffic,
        &rules,
        (CLOCK, !args.no_lanes),
        usize::from(args.runs),
        &|what| {
            bar.set_message(what.to_owned());
        },
    )?;
    let mut report = Report {
        scans: traffic.len(),
        line_bytes: traffic.line_bytes(),
        seed: args.seed,
        runs: args.runs,
        stages,
        nats: None,
    };
    if !args.no_nats {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .context("no runtime")?;
        report.nats = runtime.block_on(with_nats(args, &traffic, &bar))?;
        if report.nats.is_none() {
            bar.suspend(|| {
                eprintln!(
                    "no nats-server 2.12 or later is on the PATH: NATS is not measured; name a server with --nats"
                );
            });
        }
    }
    bar.finish_and_clear();
    if args.json {
        let text = serde_json::to_string_pretty(&report.json()).context("figures are plain JSON")?;
        out::line(text)?;
    } else {
        out::text(report.text())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What is measured with a server.
struct Nats {
    place: String,
    rates: Vec<Rates>,
    /// Scans in a second that sender, server and engine carried together; not looked for when the rate was given.
    greatest: Option<f64>,
    /// Without snapshots, and with one each second.
    quiet: Delays,
    saving: Delays,
}

async fn with_nats(args: &Args, traffic: &Traffic, bar: &ProgressBar) -> Result<Option<Nats>> {
    let bed = Bed::open(args.nats.as_deref(), args.creds.as_ref(), args.rules.clone()).await?;
    let Some(bed) = bed else { return Ok(None) };
    // Whatever happens, the streams are removed.
    let measured = tokio::select! {
        measured = on_bed(args, traffic, &bed, bar) => measured,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("stopped by Ctrl-C")),
    };
    let closed = bed.close().await;
    let nats = measured?;
    closed?;
    Ok(Some(nats))
}

async fn on_bed(args: &Args, traffic: &Traffic, bed: &Bed, bar: &ProgressBar) -> Result<Nats> {
    let mut rates = Vec::new();
    for per_message in [1, 128] {
        rates.push(rates::measure(bed, traffic, per_message, usize::from(args.runs), bar).await?);
    }
    let greatest = match args.rate {
        Some(_) => None,
        None => Some(delays::greatest_load(bed, traffic, bar).await?),
    };
    let load = (
        args.rate.or(greatest.map(|load| load / 2.0)).unwrap_or(1.0),
        args.seconds,
    );
    let quiet = delays::measure(bed, traffic, load, Duration::from_secs(24 * 3600), bar).await?;
    let saving = delays::measure(bed, traffic, load, Duration::from_secs(1), bar).await?;
    Ok(Nats {
        place: bed.place(),
        rates,
        greatest,
        quiet,
        saving,
    })
}

fn parse_rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if (1.0..=10_000_000.0).contains(&rate) {
        Ok(rate)
    } else {
        Err(format!("`{text}` is not between 1 and 10000000"))
    }
}

/// What is being measured, on a terminal only.
fn progress() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}
