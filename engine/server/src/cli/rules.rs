//! `milepost rules`: rule files checked, tested and explained by the program that runs them.

mod backtest;
mod check;
mod diff;
mod explain;
mod fmt;
mod help;
mod schema;
mod story;
mod test;

use crate::config::Config;
use crate::rule_files;
use clap::{Subcommand, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  milepost rules check rules/            mistakes with file, line and what to do
  milepost rules test rules/             the stories under `tests:` in the files
  milepost rules explain 1Z999AA10123456784 --data july    which hold, which will, and why
  milepost rules backtest rules/ --data july.ndjson    what they would have told last month
  milepost rules diff rules/ new/ --data tables/       what differs, and what a switch would do
  milepost rules fmt rules/              one layout for all; comments and meaning stay
  milepost rules schema > rules.json     for editors: completion and mistakes while you write
  milepost rules check --format json     for other programs; the rules of the settings, or the built-in
  milepost rules help                    how rules are written
  milepost rules help MP011              what a code in a message means";

/// Checks, tests and lays out rule files, and explains how they are written.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Test(test::Args),
    Explain(explain::Args),
    Backtest(backtest::Args),
    Diff(diff::Args),
    Fmt(fmt::Args),
    Schema(schema::Args),
    Help(help::Args),
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Check(args) => check::run(args),
        Command::Test(args) => test::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Backtest(args) => backtest::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Fmt(args) => fmt::run(args),
        Command::Schema(args) => schema::run(args),
        Command::Help(args) => help::run(args),
    }
}

/// Which rules.
#[derive(Debug, clap::Args)]
struct Chosen {
    /// Directory with rule files (*.yaml). Without it: `rules.dir` of the settings, else the rules that come with the program.
    dir: Option<PathBuf>,
    /// Settings; without it milepost.toml in the working directory, if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// How the outcome is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

/// The texts of rule files, and what to call them together.
struct Files {
    name: String,
    texts: Vec<(String, String)>,
}

impl Chosen {
    fn files(&self) -> anyhow::Result<Files> {
        if let Some(dir) = chosen_dir(self.dir.as_deref(), self.config.as_deref())? {
            return Ok(Files {
                name: dir.display().to_string(),
                texts: rule_files::read(&dir)?,
            });
        }
        Ok(Files {
            name: "the built-in rules".to_owned(),
            texts: rule_files::built_in(),
        })
    }
}

/// The directory that is named, or that of the settings.
fn chosen_dir(dir: Option<&Path>, config: Option<&Path>) -> anyhow::Result<Option<PathBuf>> {
    Ok(match dir {
        Some(dir) => Some(dir.to_owned()),
        None => Config::load(config)?.rules_dir,
    })
}

/// `1 rule`, `2 rules`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
