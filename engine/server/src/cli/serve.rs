//! `milepost serve`: the engine. Scans come in through the log, jobs go out; it runs until it is told to stop.

use crate::config::Config;
use crate::engine::{Engine, name, open_log};
use crate::standby::AtWork;
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::ExitCode;

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
    config.rules_dir = args.rules.or(config.rules_dir);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("no runtime")?;
    runtime.block_on(async {
        let shown_url = config.log.shown_url();
        let stop = stop_signal();
        tokio::pin!(stop);
        let log = open_log(&config).await?;
        let at_work = if args.standby {
            let leases = log.leases().await?;
            let name = name(&config);
            tokio::select! {
                at_work = AtWork::wait(leases, &config, &name) => Some(at_work?),
                () = &mut stop => return Ok(()),
            }
        } else {
            None
        };
        let engine = Engine::open(config, log, args.rebase).await?.with_lease(at_work);
        engine.remarks().iter().for_each(|remark| eprintln!("{remark}"));
        let running = engine.start().await?;
        eprintln!("running on {shown_url}");
        if let Some(listen) = running.listening() {
            eprintln!("http://{listen}  /healthz /readyz /metrics /v1/sql /v1/scans");
        }
        running.until(stop).await
    })?;
    eprintln!("stopped; the state is saved");
    Ok(ExitCode::SUCCESS)
}

/// Done at the first Ctrl-C or SIGTERM; a second one ends the program at once.
async fn stop_signal() {
    signal().await;
    eprintln!("stopping: what was read is finished and saved; once more to end at once");
    let mut second = tokio::task::JoinSet::new();
    second.spawn(async {
        signal().await;
        std::process::exit(130);
    });
    second.detach_all();
}

async fn signal() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut stream) => {
                stream.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}
