//! `milepost doctor`: looks at everything that `serve` will need, changes nothing, and says what to do.

mod disk;
mod engine;
mod ingress;
mod nats;
mod report;
mod running;
mod streams;

use crate::config::Config;
use crate::error::FAILED;
use crate::out;
use report::{Finding, Outcome};
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  milepost doctor
  milepost doctor --config /etc/milepost.toml
  milepost doctor --json | jq '.checks[] | select(.outcome != \"ok\")'

Nothing is created or changed, but for a small file in each data directory that measures the disk and
is removed.
Exit codes: 0 when nothing stands in the way of `milepost serve` (warnings included), 1 otherwise.";

/// Checks configuration, log, disks, clock, rules and HTTP, and says what to do.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Settings; without it milepost.toml in the working directory, if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write the findings as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut findings = Vec::new();
    match Config::load(args.config.as_deref()) {
        Ok(config) => {
            findings.push(engine::config(args.config.as_deref()));
            examine(&config, &mut findings)?;
        }
        Err(error) => {
            let todo = "correct the lines named; `milepost config` explains every setting";
            findings.push(Finding::wrong("config", error.to_string(), todo));
        }
    }
    let worst = findings
        .iter()
        .map(|finding| finding.outcome)
        .max()
        .unwrap_or(Outcome::Fine);
    if args.json {
        out::line(report::json(&findings, worst))?
    } else {
        out::text(report::text(&findings, worst))?
    }
    Ok(ExitCode::from(if worst == Outcome::Wrong { FAILED } else { 0 }))
}

fn examine(config: &Config, findings: &mut Vec<Finding>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    findings.extend(engine::processors(config));
    findings.extend(runtime.block_on(engine::log(config)));
    findings.extend(disk::directories(config));
    findings.push(engine::snapshots(config));
    findings.push(engine::rules(config));
    findings.push(ingress::formats(config));
    findings.extend(engine::http(config));
    findings.extend(ingress::webhooks(config));
    Ok(())
}
