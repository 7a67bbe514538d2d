//! `milepost rules diff`: what two rule sets say differently, and what a switch from one to the other would do to the
//! shipments that are there.

mod change;
mod data;
mod json;
mod switch;
mod text;

use super::{Chosen, Files, Format, check};
use crate::cli::{replay, sql};
use crate::error::FAILED;
use crate::out;
use anyhow::Result;
use change::Change;
use milepost_rules::{Diagnostic, Outline, RuleSet, SourceFile, outlines};
use std::path::PathBuf;
use std::process::ExitCode;
use switch::Switch;

const EXAMPLES: &str = "\
Examples:
  milepost rules diff rules/ new/                        which rules differ, and in what
  milepost rules diff rules/ new/ --data tables/         what a switch would open, close and send now
  milepost rules diff rules/ new/ --url http://127.0.0.1:8080
  milepost rules diff rules/ new/ --scans july.ndjson    the shipments as these scans leave them
  milepost rules diff rules/ new/ --data tables/ --all --format json

What is open now is read from the table `delays`: the tables must have been written with OLD in
force. Episodes of notices do not stand there; they are taken to be open where the condition of OLD
holds.
Exit codes: 0 compared, 1 a set has mistakes.";

/// Compares two rule sets, and says what a switch would do to the shipments of now.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Directory with the rule files in force.
    old: PathBuf,
    /// Directory with those that shall be.
    new: PathBuf,
    /// File of canonical scans: the shipments as they and the rules of OLD leave them.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "url"])]
    scans: Option<PathBuf>,
    #[command(flatten)]
    tables: sql::Tables,
    /// Examples of each kind and rule.
    #[arg(long, value_name = "N", default_value_t = 3)]
    limit: usize,
    /// All of them.
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// How the outcome is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// A set, and what it says.
struct Side {
    name: String,
    rules: RuleSet,
    outlines: Vec<Outline>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let mut sides = Vec::new();
    for dir in [&args.old, &args.new] {
        let files = Chosen {
            dir: Some(dir.clone()),
            config: None,
        }
        .files()?;
        match Side::of(&files) {
            Ok(side) => sides.push(side),
            Err(mistakes) => {
                let refused = Err(mistakes);
                match args.format {
                    Format::Text => out::text(check::text(&files, &refused))?,
                    Format::Json => out::line(check::json(&refused))?,
                }
                return Ok(ExitCode::from(FAILED));
            }
        }
    }
    let [old, new] = sides.as_slice() else {
        unreachable!("two directories give two sets");
    };
    let changes = change::changes(&old.outlines, &new.outlines);
    let switch = switch(args, old, new, &changes)?;
    match args.format {
        Format::Text => out::text(text::text(old, new, &changes, switch.as_ref()))?,
        Format::Json => out::line(format!("{:#}", json::json(old, new, &changes, switch.as_ref())))?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Side {
    fn of(files: &Files) -> Result<Self, Vec<Diagnostic>> {
        let sources: Vec<SourceFile<'_>> = files
            .texts
            .iter()
            .map(|(name, text)| SourceFile { name, text })
            .collect();
        Ok(Self {
            name: files.name.clone(),
            rules: RuleSet::compile(&sources)?,
            outlines: outlines(&sources),
        })
    }
}

/// What the switch would do, where there are shipments to ask.
fn switch(args: &Args, old: &Side, new: &Side, changes: &[Change<'_>]) -> Result<Option<Switch>> {
    if args.scans.is_none() && args.tables.data.is_none() && args.tables.url.is_none() {
        return Ok(None);
    }
    // The directory goes when the answer is there.
    let replayed = args
        .scans
        .as_ref()
        .map(|file| replay::aside(file, Some(args.old.clone())))
        .transpose()?;
    let (source, name) = match (&replayed, &args.scans) {
        (Some(dir), Some(file)) => (args.tables.of_dir(dir.path()).open()?, file.display().to_string()),
        _ => (args.tables.open()?, args.tables.name()),
    };
    let limit = if args.all { usize::MAX } else { args.limit };
    data::switch(&source, name, &switch::affected(changes, &old.rules, &new.rules), limit).map(Some)
}
