//! `milepost serve`: the engine. Scans come in through the log, jobs go out; it runs until it is told to stop.

use crate::config::Config;
use crate::engine::{Engine, name, open_log};
use crate::standby::AtWork;
use anyhow::{Context, Error, Result};
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

const EXAMPLES: &str = "\
Examples:
  milepost serve                                       an embedded log in milepost-data/
  MILEPOST__LOG__URL=nats://localhost:4222 milepost serve --create
  milepost serve --config /etc/milepost.toml
  milepost serve --standby                             one of two: the second waits until the first is gone

Ctrl-C or SIGTERM saves a snapshot and ends; a second one ends at once. After a crash the next start goes on from the
newest good snapshot and reads the log again from there; jobs that are in their stream already are not published again.";

/// Runs the engine: scans in through the log, notification jobs out.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Settings; without it milepost.toml in the working directory, if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of rule files, over the settings.
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// Create the streams that are missing, over the settings.
    #[arg(long)]
    create: bool,
    /// Take a log that does not continue the newest snapshot as it is.
    #[arg(long)]
    rebase: bool,
    /// Wait until no other engine is at work on the log, and then take over.
    #[arg(long)]
    standby: bool,
}

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let mut config = Config::load(args.config.as_deref())?;
    config.log.create |= args.create;
    config.rules_dir = args.rules.clone().or(config.rules_dir);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("no runtime")?;
    let ended = runtime.block_on(async {
        let stop = stop_signal()?;
        tokio::pin!(stop);
        let shown_url = config.log.shown_url();
        let engine = tokio::select! {
            engine = open(config, &args) => engine?,
            () = &mut stop => return Ok("stopped before it ran"),
        };
        engine.remarks().iter().for_each(|remark| eprintln!("{remark}"));
        let running = engine.start().await?;
        eprintln!("running on {shown_url}");
        if let Some(listen) = running.listening() {
            eprintln!("http://{listen}  /healthz /readyz /metrics /v1/sql /v1/scans");
        }
        running.until(stop).await?;
        Ok::<_, Error>("stopped; the state is saved")
    })?;
    eprintln!("{ended}");
    Ok(ExitCode::SUCCESS)
}

async fn open(config: Config, args: &Args) -> Result<Engine> {
    let log = open_log(&config).await?;
    let at_work = if args.standby {
        Some(AtWork::wait(log.leases().await?, &config, &name(&config)).await?)
    } else {
        None
    };
    Ok(Engine::open(config, log, args.rebase).await?.with_lease(at_work))
}

/// Done at the first Ctrl-C or SIGTERM from now on; a second one ends the program at once.
fn stop_signal() -> Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let (tell, told) = tokio::sync::oneshot::channel();
    let mut listening = tokio::task::JoinSet::new();
    listening.spawn(async move {
        let mut next = async || {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        next().await;
        eprintln!("stopping: what was read is finished and saved; once more to end at once");
        let _ = tell.send(());
        next().await;
        std::process::exit(130);
    });
    listening.detach_all();
    Ok(async {
        let _ = told.await;
    })
}
