//! `milepost rules backtest`: history through the engine with the rules of a directory and with those now live, and what
//! each of them would have told, how often rightly, and how early.

mod fate;
mod history;
mod html;
mod json;
mod measure;
mod report;
mod stats;
mod text;
mod told;

use super::{Format, chosen_dir};
use crate::clock::Stopwatch;
use crate::error::Usage;
use crate::length::parse_length;
use crate::{out, rule_files, seed};
use anyhow::{Context, Result, bail};
use fate::Fate;
use history::History;
use measure::{Case, Measure, Shipments, Span};
use milepost_core::{Counts, Shard};
use milepost_model::Timestamp;
use milepost_rules::{RuleKind, RuleSet};
use rayon::prelude::*;
use report::{Report, SetReport};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  milepost rules backtest rules/ --data july.ndjson
  milepost rules backtest rules/ --data june.ndjson july.ndjson --from 2026-07-01 --html july.html
  zstd -dc july.ndjson.zst | milepost rules backtest rules/ --data -
  milepost rules backtest new/ --against old/ --data tables/ --format json

Files are scans in the order in which they came, as `replay` reads them. A directory is one of
tables: `tables.dir` of the settings, or a `replay --out`. What tables cannot show: scans stand in
them in their final form, so all of them seem to come in time, those that were withdrawn seem never
to have come, and versions of one scan are one. Their time ends where they were written.

`milepost rules help backtest` says what the figures mean.";

/// Replays history with the rules of a directory and says what they would have told, how rightly, and how early.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Directory with the rule files to try.
    dir: PathBuf,
    /// Files of scans (NDJSON, or CSV by their names; `-` is standard input), or one directory of tables.
    #[arg(long, required = true, num_args = 1.., value_name = "HISTORY")]
    data: Vec<PathBuf>,
    /// Rules to compare with. Without it: `rules.dir` of the settings, else the rules that come with the program.
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
    /// Count episodes that open, and promises that pass, from then on: a day or an instant. What comes before is replayed, too.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Option<Timestamp>,
    /// Count only what comes before this day or instant.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    to: Option<Timestamp>,
    /// How much later than its own time a scan may arrive: deadlines wait for so long.
    #[arg(long, value_name = "TIME", default_value = "6h", value_parser = parse_length)]
    lateness: Duration,
    /// Threads; the default is one for each processor.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    threads: Option<u8>,
    /// Settings; without it milepost.toml in the working directory, if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write the outcome as one HTML page, too, with plots; it needs nothing else and can be sent on.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// How the outcome is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// A day, which is its midnight in UTC, or an instant.
fn parse_time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text)
        .or_else(|error| Timestamp::parse(&format!("{text}T00:00:00Z")).map_err(|_| error))
        .map_err(|error| format!("`{text}` {error}; write 2026-07-01, or 2026-07-01T12:00:00Z"))
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let span = Span {
        from: args.from.unwrap_or(Timestamp::MIN),
        to: args.to.unwrap_or(Timestamp::MAX),
    };
    if span.from >= span.to {
        return Err(Usage::error(format!(
            "--from {} is not before --to {}: no episode opens in between",
            span.from, span.to
        )));
    }
    let tried = Chosen {
        name: args.dir.display().to_string(),
        rules: rule_files::load(Some(&args.dir))?,
    };
    let live = Chosen::live(args)?;
    let watch = Stopwatch::start();
    let report = backtest(args, span, &tried, &live)?;
    eprintln!("{}", report.pace(watch.seconds()));
    if let Some(path) = &args.html {
        std::fs::write(path, html::page(&report)).with_context(|| format!("cannot write {}", path.display()))?;
        eprintln!("the report is in {}", path.display());
    }
    match args.format {
        Format::Text => out::text(text::text(&report))?,
        Format::Json => out::line(format!("{:#}", json::json(&report)))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A rule set and what to call it.
struct Chosen {
    name: String,
    rules: Arc<RuleSet>,
}

impl Chosen {
    /// The rules to compare with.
    fn live(args: &Args) -> Result<Self> {
        let dir = chosen_dir(args.against.as_deref(), args.config.as_deref())?;
        let name = dir
            .as_ref()
            .map_or("the built-in rules".to_owned(), |dir| dir.display().to_string());
        let rules = rule_files::load(dir.as_deref())?;
        Ok(Self { name, rules })
    }

    fn shards(&self, count: usize) -> Vec<Shard> {
        let shard = || Shard::new(Arc::clone(&self.rules), seed::hash_seed());
        std::iter::repeat_with(shard).take(count).collect()
    }

    fn measure(&self, shards: &[Shard], span: Span, end: Timestamp) -> Measure {
        let is_delay = || {
            self.rules
                .rules()
                .iter()
                .map(|rule| rule.kind == RuleKind::Delay)
                .collect()
        };
        let measured = shards
            .par_iter()
            .map(|shard| measured(shard, Measure::new(span, is_delay()), end));
        measured.reduce(
            || Measure::new(span, is_delay()),
            |mut sum, other| {
                sum.add(other);
                sum
            },
        )
    }
}

fn backtest(args: &Args, span: Span, tried: &Chosen, live: &Chosen) -> Result<Report> {
    let lateness_ms = i64::try_from(args.lateness.as_millis()).unwrap_or(i64::MAX);
    let history = History::open(&args.data, lateness_ms)?;
    let threads = usize::from(args.threads.unwrap_or_else(crate::cli::replay::processors));
    let mut chosen = vec![tried];
    // Equal rules give equal figures.
    if live.rules.hash() != tried.rules.hash() {
        chosen.push(live);
    }
    let replayed = history.replay(&chosen, span, threads)?;
    let end = replayed.end;
    let mut counts = Counts::default();
    let shards = || {
        replayed
            .sets
            .first()
            .map(|(shards, _)| shards.as_slice())
            .unwrap_or_default()
    };
    shards().iter().for_each(|shard| counts.add(&shard.counts()));
    let begin = begin(shards(), end);
    let mut sets = Vec::new();
    for (chosen, (shards, jobs)) in chosen.iter().zip(replayed.sets) {
        let measure = chosen.measure(&shards, span, end);
        sets.push(SetReport::new(
            chosen.name.clone(),
            Arc::clone(&chosen.rules),
            measure,
            jobs,
        ));
    }
    let shipments = sets.first().map(|set| set.measure.shipments).unwrap_or_default();
    check(&shipments, span, end)?;
    Ok(Report {
        history: history.name(),
        is_tables: history.is_tables(),
        span,
        begin,
        end,
        lateness_ms,
        scans: replayed.scans,
        rejects: replayed.rejects,
        refolded: counts.refolded,
        shipments,
        sets,
    })
}

/// Refuses a history in which nothing can be measured.
fn check(shipments: &Shipments, span: Span, end: Timestamp) -> Result<()> {
    if span.from >= end {
        bail!("the history ends at {end}, before --from {}", span.from);
    }
    if shipments.heard == 0 {
        bail!("no shipment was heard of between --from and --to; the history ends at {end}");
    }
    if shipments.no_promise == shipments.heard {
        eprintln!(
            "warning: no shipment has a promise (promised_at): episodes and jobs can be counted, but not whether a warning \
             was right"
        );
    }
    Ok(())
}

/// When the first shipment was heard of.
fn begin(shards: &[Shard], end: Timestamp) -> Timestamp {
    let first = |shard: &Shard| {
        let mut first = end;
        shard.each_journey(end, &mut |journey| first = first.min(journey.first_heard_at()));
        first
    };
    shards.par_iter().map(first).min().unwrap_or(end)
}

/// Measures every journey of a shard.
fn measured(shard: &Shard, mut measure: Measure, end: Timestamp) -> Measure {
    let mut episodes = Vec::new();
    shard.each_journey(end, &mut |journey| {
        episodes.clear();
        episodes.extend(journey.episodes());
        let case = Case {
            fate: Fate::of(&journey.view, end),
            epoch: journey.view.epoch(),
            first_heard_at: journey.first_heard_at(),
            last_heard_at: journey.last_heard_at(),
            episodes: &episodes,
        };
        measure.take(&case, &mut || journey.carrier_warned_at());
    });
    measure
}
