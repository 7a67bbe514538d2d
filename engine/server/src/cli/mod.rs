//! The command line: one command, one file. Each gives its `Args` and a `run` that answers with an exit code.

mod bench;
mod completions;
mod config;
mod decode;
mod demo;
mod doctor;
mod estimate;
mod evaluate;
mod man;
mod page;
mod rejects;
mod replay;
mod rules;
mod serve;
mod snapshot;
mod sql;

use clap::{Parser, Subcommand};
use std::path::Path;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  milepost demo                              a week of parcels flows through, nothing else is needed
  milepost serve                             the engine, with what milepost.toml says
  milepost replay scans.ndjson --out july    a file through the same path, as fast as it goes
  milepost sql \"SELECT carrier, count(*) FROM shipments GROUP BY carrier\"
  milepost decode event.json                 what a payload of a carrier becomes
  milepost rules test rules/                 the stories in the rule files, told and checked
  milepost doctor                            what stands in the way of `serve`, and what to do
  milepost evaluate july.ndjson              how well it is predicted which parcels come late
  milepost estimate US-KY US-OH              when a parcel would come that is shipped now
  milepost bench                             what this machine will do: rates, latencies, memory

Exit codes: 0 fine, 1 the work failed, 2 the command line or the configuration cannot be understood.
Settings: milepost.toml or --config FILE; MILEPOST__SECTION__KEY in the environment goes over both.";

/// Tells shoppers about late parcels before they ask: carrier scans in, notification jobs out.
#[derive(Debug, Parser)]
#[command(name = "milepost", version, propagate_version = true, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Serve(serve::Args),
    Replay(replay::Args),
    Sql(sql::Args),
    Rules(rules::Args),
    Decode(decode::Args),
    Rejects(rejects::Args),
    Snapshot(snapshot::Args),
    Doctor(doctor::Args),
    Estimate(estimate::Args),
    Evaluate(evaluate::Args),
    Bench(bench::Args),
    Config(config::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Runs what the command line asks for.
pub(crate) fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Demo(args) => demo::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Replay(args) => replay::run(args),
        Command::Sql(args) => sql::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Decode(args) => decode::run(&args),
        Command::Rejects(args) => rejects::run(&args),
        Command::Snapshot(args) => snapshot::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Estimate(args) => estimate::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Config(args) => config::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    };
    outcome.unwrap_or_else(|error| crate::error::end(&error))
}

/// Whether an embedded log has begun in a directory: to open one that has not, would begin it.
fn is_begun(dir: &Path) -> bool {
    std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some())
}
