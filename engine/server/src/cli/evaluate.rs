//! `milepost evaluate`: a history is lived again, and of each parcel under way it is asked when it will come; then what was
//! answered is held against what became of it, and against simpler methods.

mod history;
mod parcels;
mod questions;
mod report;
mod rivals;
mod score;

use crate::clock::Stopwatch;
use crate::error::Usage;
use crate::out;
use anyhow::{Context, Result, bail};
use history::History;
use indicatif::{ProgressBar, ProgressStyle};
use milepost_connectors::carriers::Format;
use milepost_rules::RuleSet;
use report::Report;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  milepost evaluate june.ndjson july.ndjson
  milepost evaluate orders.csv --parcels --column order=order_id --column shipped_at=handed_over
  milepost evaluate july.ndjson --json > july.json
  milepost evaluate july.ndjson --questions july.csv --html july.html

Files are canonical scans (NDJSON, or CSV by their names), in any order: each counts as known
when it happened, or when it says it was written down. With --parcels it is one CSV file with a
line for each parcel: order, carrier, service, origin, destination (US-KY, or US), ordered_at,
shipped_at, promised_at, delivered_at; those that are not needed may be missing. An instant without
an offset is one of UTC, a date its end.

Asked is within an hour after the hand-over, at each midnight (UTC), and at the first midnight
within 10, 7, 5, 3, 2 and 1 days before the promise. Late is whose first visit comes after the
promise, by the reading that favours the carrier, or never. Nothing is known that was not known
then. The first part of the history is for learning (--warm-up); questions whose promise lies
after its end are left out.";

/// Says how well it is predicted, on a history of one's own, which parcels will be late.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Files of scans; or one of parcels.
    #[arg(required = true, value_name = "HISTORY")]
    files: Vec<PathBuf>,
    /// The file has a line for each parcel, with the instants of its journey.
    #[arg(long)]
    parcels: bool,
    /// What a column of parcels is called in the file.
    #[arg(long, value_name = "COLUMN=NAME", requires = "parcels", value_parser = column)]
    column: Vec<(String, String)>,
    /// How much of the time is for learning only, percent.
    #[arg(long, value_name = "PERCENT", default_value_t = 40, value_parser = clap::value_parser!(u8).range(0..=95))]
    warm_up: u8,
    /// Write each question, all that was known when it was asked and what was answered, to this file as CSV.
    #[arg(long, value_name = "FILE")]
    questions: Option<PathBuf>,
    /// Write the outcome to this file too, as a page with plots.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// For programs.
    #[arg(long)]
    json: bool,
}

fn column(text: &str) -> Result<(String, String), String> {
    let (column, name) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` names no column; write shipped_at=handed_over"))?;
    if parcels::COLUMNS.contains(&column) {
        Ok((column.to_owned(), name.to_owned()))
    } else {
        Err(format!("`{column}` is none of {}", parcels::COLUMNS.join(", ")))
    }
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let watch = Stopwatch::start();
    let history = read(args)?;
    let bar = ProgressBar::new(history.len() as u64);
    bar.set_style(ProgressStyle::with_template(
        "{wide_bar} {percent}% of {len} scans, {eta} left",
    )?);
    // Rules change no estimate.
    let asked = questions::ask(&history, &Arc::new(RuleSet::default()), |count| bar.inc(count));
    bar.finish_and_clear();
    let asked = asked?;
    if let Some(path) = &args.questions {
        report::write_questions(path, &asked)?;
    }
    let report = Report::new(&asked, history.len(), args.warm_up)?;
    if let Some(path) = &args.html {
        std::fs::write(path, report.page()).with_context(|| format!("cannot write {}", path.display()))?;
    }
    eprintln!("{} scans in {:.1} s", history.len(), watch.seconds());
    if args.json {
        out::line(format!("{:#}", report.json()))?;
    } else {
        out::text(report.text())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn read(args: &Args) -> Result<History> {
    if args.parcels {
        let [file] = args.files.as_slice() else {
            return Err(Usage::error("--parcels reads one file"));
        };
        let names: BTreeMap<String, String> = args.column.iter().cloned().collect();
        let parcels = parcels::read(file, &names)?;
        for (number, why) in parcels.refused.iter().take(3) {
            eprintln!("warning: parcel {number} of {}: {why}; it is left out", file.display());
        }
        if parcels.refused.len() > 3 {
            eprintln!("warning: {} parcels are left out in all", parcels.refused.len());
        }
        return History::of(parcels.batch);
    }
    let is_csv = |path: &Path| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    let csv = args.files.iter().filter(|path| is_csv(path)).count();
    let format = match csv {
        0 => Format::Canonical,
        _ if csv == args.files.len() => Format::Csv,
        _ => return Err(Usage::error("CSV and NDJSON files at once; give files of one kind")),
    };
    for path in &args.files {
        std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    }
    let bar = crate::cli::replay::progress(&args.files);
    let history = History::read(args.files.clone(), format, |bytes| bar.inc(bytes));
    bar.finish_and_clear();
    let history = history?;
    if let Some(first) = &history.first_reject {
        eprintln!(
            "warning: {} lines could not be read and are left out; the first: {} line {}: {}",
            history.rejects, first.file, first.reject.line, first.reject.hint
        );
    }
    if history.len() == 0 {
        bail!("no scan could be read");
    }
    Ok(history)
}
