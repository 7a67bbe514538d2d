//! `milepost replay`: files through the engine's own path, as fast as the machine allows. Event time is the clock.

use crate::clock::Stopwatch;
use crate::files::{FileOutlet, Files, Totals};
use crate::length::parse_length;
use crate::workers::Workers;
use crate::{format_files, out, rule_files, seed, shape, tables};
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::carriers::{Defaults, Format, Reading, Shapeless, carrier_named};
use milepost_core::{Clock, Counts, Learning, Shard, Timeline};
use milepost_history::Generation;
use milepost_model::Timestamp;
use milepost_runtime::learning::Exchange;
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  milepost replay scans.ndjson --out july
  milepost replay pushes.json --format easypost --out july
  milepost replay pushes.json --format auto --out july
  milepost replay moves.json --format epcis --carrier dpd --out july
  zstd -dc scans.ndjson.zst | milepost replay - --rules rules/ --out july
  milepost sql \"SELECT status, count(*) FROM shipments GROUP BY status\" --data july

Writes into the directory of --out: jobs.ndjson, rejects.ndjson, summary.json, and the tables as Parquet.
The same input gives the same output, whatever the number of threads.";

/// Runs files of scans through the engine as fast as the machine allows.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Files to read in this order; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How the files are written: canonical (NDJSON), csv, a format that `milepost decode --list` names, or auto: found by their shape.
    #[arg(long, default_value = "canonical", value_name = "FORMAT")]
    format: String,
    /// Directory of mapping files (*.yaml), over those that come with the program.
    #[arg(long, value_name = "DIR")]
    formats: Option<PathBuf>,
    /// The carrier of records that do not say it.
    #[arg(long, value_name = "CARRIER", value_parser = parse_carrier)]
    carrier: Option<String>,
    /// Directory of rule files. Without it: the built-in rules.
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// Directory for the output; created if need be.
    #[arg(long, value_name = "DIR", default_value = "replay-out")]
    out: PathBuf,
    /// How much later than its own time a scan may arrive: deadlines wait for so long.
    #[arg(long, value_name = "TIME", default_value = "6h", value_parser = parse_length)]
    lateness: Duration,
    /// How far a scan may lie ahead of all before it; farther ones are refused, until twenty in a row say the same.
    #[arg(long, value_name = "TIME", default_value = "62d", value_parser = parse_length)]
    jump: Duration,
    /// Let time pass up to here after the last line, for example 2026-04-01T00:00:00Z.
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    until: Option<Timestamp>,
    /// Threads: 1 runs everything on one; the default is one for each processor.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    threads: Option<u8>,
    /// Write no Parquet tables.
    #[arg(long)]
    no_tables: bool,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
}

fn parse_instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).map_err(|error| format!("`{text}` {error}"))
}

/// A carrier as records name it, however it is written.
pub(super) fn parse_carrier(text: &str) -> Result<String, String> {
    carrier_named(text)
        .ok_or_else(|| "a carrier is a word of 1 to 32 letters and digits, such as ups or canada_post".to_owned())
}

impl Args {
    /// Files replayed as usual, with tables.
    pub(crate) fn usual(files: Vec<PathBuf>, rules: Option<PathBuf>, out: PathBuf) -> Self {
        Self {
            files,
            format: Format::Canonical.name().to_owned(),
            formats: None,
            carrier: None,
            rules,
            out,
            lateness: Duration::from_secs(6 * 3600),
            jump: Duration::from_secs(62 * 86_400),
            until: None,
            threads: None,
            no_tables: false,
            json: true,
        }
    }
}

pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let is_json = args.json;
    let hint = hint(&args)?;
    let (json, text) = replay(args)?;
    out::text(if is_json { json } else { text })?;
    if let Some(hint) = hint {
        eprintln!("{hint}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Replays files, and tells what it did, for programs and for people.
pub(crate) fn replay(args: Args) -> Result<(String, String)> {
    let watch = Stopwatch::start();
    let reading = reading(&args)?;
    let rules = rule_files::load(args.rules.as_deref())?;
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot create {}", args.out.display()))?;
    check_inputs(&args.files, &args.out)?;
    Generation::clear(&args.out).context("the tables of an earlier run cannot be removed")?;
    let bar = progress(&args.files);
    let threads = usize::from(args.threads.unwrap_or_else(processors));
    let clock = Clock::Event {
        lateness_ms: millis(args.lateness),
        jump_max_ms: millis(args.jump),
    };
    let learns = !args.no_tables || rules.reads_lanes();
    let shard = |_| {
        let shard = Shard::new(Arc::clone(&rules), seed::hash_seed());
        if learns { shard.learning() } else { shard }
    };
    let workers = Workers {
        shards: (0..threads).map(shard).collect(),
        beside: Vec::new(),
        timeline: Timeline::new(clock),
        exchange: learns.then(|| Exchange::new(threads, Learning::default())),
        defaults: Arc::new(Defaults {
            carrier: args.carrier.unwrap_or_default(),
            ..Defaults::default()
        }),
        threads,
    };
    let mut outlet = FileOutlet::create(&args.out)?;
    let files = Files::new(args.files, reading, args.until, Box::new(|bytes| bar.inc(bytes)));
    let (shards, _) = workers.run(files, &mut outlet)?;
    bar.finish_and_clear();
    let totals = outlet.finish()?;
    let engine_seconds = watch.seconds();
    let last = totals.now.map(|now| now.plus(millis(args.lateness)));
    // Time does not go back: an instant before the last scan is that of the last scan.
    let as_of = args.until.max(last).unwrap_or_default();
    if !args.no_tables {
        let generation = Generation::in_place(&args.out, as_of)?;
        let (of_state, told) = rayon::join(
            || tables::write(&generation, &shards, as_of),
            || {
                Ok::<_, anyhow::Error>([
                    tables::write_jobs(&generation, &args.out.join("jobs.ndjson"))?,
                    tables::write_rejects(&generation, &args.out.join("rejects.ndjson"))?,
                ])
            },
        );
        let mut files = of_state?;
        files.extend(told?);
        generation.commit(files)?;
    }
    let summary = Summary {
        totals,
        shards: &shards,
        as_of,
        engine_seconds,
        seconds: watch.seconds(),
        threads,
    };
    let path = args.out.join("summary.json");
    let json = serde_json::to_string_pretty(&summary.json()).context("a summary is plain JSON")? + "\n";
    std::fs::write(&path, &json).with_context(|| format!("cannot write {}", path.display()))?;
    Ok((json, summary.text(&args.out)))
}

/// How the files are read.
fn reading(args: &Args) -> Result<Reading> {
    let formats = format_files::load(args.formats.as_deref())?;
    if args.format == "auto" {
        return reading_by_shape(&args.files, &formats);
    }
    Reading::of_name(&args.format, &formats).map_err(|_| {
        let (format, list) = (&args.format, "`milepost decode --list` names them");
        crate::error::Usage::error(format!("there is no format `{format}`; {list}"))
    })
}

/// The one format that all the files have.
fn reading_by_shape(files: &[PathBuf], formats: &Formats) -> Result<Reading> {
    let mut first: Option<(Reading, &Path)> = None;
    for path in files {
        let refused =
            |why: &str| crate::error::Usage::error(format!("{} {why}; name it with --format", path.display()));
        if path.as_os_str() == "-" {
            return Err(crate::error::Usage::error(
                "the format of standard input is not looked for; name it with --format".to_owned(),
            ));
        }
        let found = match shape_of(path, formats)? {
            Ok(reading) => reading,
            Err(Shapeless::Unknown) => return Err(refused("looks like no format that is known")),
            Err(Shapeless::Several(names)) => return Err(refused(&format!("may be any of {}", names.join(", ")))),
        };
        match &first {
            Some((reading, other)) if reading.name() != found.name() => {
                return Err(crate::error::Usage::error(format!(
                    "{} looks like {} and {} like {}; replay the files of one format at a time",
                    other.display(),
                    reading.name(),
                    path.display(),
                    found.name()
                )));
            }
            Some(_) => {}
            None => first = Some((found, path)),
        }
    }
    let first = first.map(|(reading, _)| reading);
    first.context("no file is given")
}

fn shape_of(path: &Path, formats: &Formats) -> Result<Result<Reading, Shapeless>> {
    let cannot_read = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(cannot_read)?;
    let begin = shape::begin(&mut file, shape::BEGIN_BYTES).with_context(cannot_read)?;
    shape::of(&mut file, &begin, formats).with_context(cannot_read)
}

/// What to say of files that are read as canonical scans, because nothing else was said, and look like payloads of a format.
fn hint(args: &Args) -> Result<Option<String>> {
    if args.format != Format::default().name() {
        return Ok(None);
    }
    let formats = format_files::load(args.formats.as_deref())?;
    for path in &args.files {
        // A pipe can be read once only, and what cannot be read is told by who reads it.
        if !std::fs::metadata(path).is_ok_and(|about| about.is_file()) {
            continue;
        }
        if let Ok(Ok(Reading::Payload(mapping) | Reading::PayloadALine(mapping))) = shape_of(path, &formats) {
            let (path, name) = (path.display(), mapping.name());
            return Ok(Some(format!("hint: {path} looks like {name}; add --format {name}")));
        }
    }
    Ok(None)
}

/// A file replayed into a directory that goes when it is no longer needed.
pub(crate) fn aside(file: &Path, rules: Option<PathBuf>) -> Result<tempfile::TempDir> {
    let dir = tempfile::Builder::new().prefix("milepost-replay-").tempdir();
    let dir = dir.context("no temporary directory")?;
    replay(Args::usual(vec![file.to_owned()], rules, dir.path().to_owned()))?;
    Ok(dir)
}

/// Refuses what cannot be read, and what the output would overwrite, before anything of an earlier run is touched.
fn check_inputs(files: &[PathBuf], out: &Path) -> Result<()> {
    let out = out.canonicalize().unwrap_or_default();
    for path in files.iter().filter(|path| path.as_os_str() != "-") {
        let cannot_open = || format!("cannot open {}", path.display());
        if std::fs::metadata(path).with_context(cannot_open)?.is_file() {
            File::open(path).with_context(cannot_open)?;
        }
        if path.canonicalize().is_ok_and(|input| input.parent() == Some(&out)) {
            return Err(crate::error::Usage::error(format!(
                "{} stands in the directory of the output, which this run writes anew; give another with --out",
                path.display()
            )));
        }
    }
    Ok(())
}

/// What a replay did.
struct Summary<'a> {
    totals: Totals,
    shards: &'a [Shard],
    as_of: Timestamp,
    engine_seconds: f64,
    seconds: f64,
    threads: usize,
}

impl Summary<'_> {
    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.shards.iter().for_each(|shard| counts.add(&shard.counts()));
        counts
    }

    fn shipments(&self) -> usize {
        self.shards.iter().map(Shard::len).sum()
    }

    fn json(&self) -> serde_json::Value {
        let counts = self.counts();
        let memory: usize = self.shards.iter().map(Shard::memory_bytes).sum();
        json!({
            "records": self.totals.scans + self.totals.rejects,
            "scans": self.totals.scans,
            "applied": counts.applied,
            "repeats": counts.repeats,
            "refolded": counts.refolded,
            "rejects": self.totals.rejects,
            "rejects_by_reason": self.totals.rejects_by_reason,
            "shipments": self.shipments(),
            "jobs": self.totals.jobs,
            "as_of": self.as_of.to_string(),
            "run": {
                "seconds": self.seconds,
                "engine_seconds": self.engine_seconds,
                "scans_per_second": rate(self.totals.scans, self.engine_seconds),
                "state_bytes": memory,
                "threads": self.threads,
            },
        })
    }

    fn text(&self, out: &Path) -> String {
        let counts = self.counts();
        let rejects: String = self
            .totals
            .rejects_by_reason
            .iter()
            .map(|(reason, count)| format!("\n    {count:>12} {reason}"))
            .collect();
        format!(
            "{:>16} scans: {} applied, {} repeats\n{:>16} rejects{rejects}\n{:>16} shipments as of {}\n{:>16} jobs\n\
             {:>16.1} s, {:.0} scans/s before tables\n  written to {}\n",
            self.totals.scans,
            counts.applied,
            counts.repeats,
            self.totals.rejects,
            self.shipments(),
            self.as_of,
            self.totals.jobs,
            self.seconds,
            rate(self.totals.scans, self.engine_seconds),
            out.display(),
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn rate(scans: u64, seconds: f64) -> f64 {
    scans as f64 / seconds.max(1e-9)
}

pub(super) fn processors() -> u8 {
    std::thread::available_parallelism().map_or(1, |count| u8::try_from(count.get().min(64)).unwrap_or(64))
}

fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

/// Bytes read of all there are; on a terminal only.
pub(super) fn progress(files: &[PathBuf]) -> ProgressBar {
    let sizes: Option<u64> = files
        .iter()
        .map(|file| std::fs::metadata(file).ok().map(|about| about.len()))
        .sum();
    let bar = match sizes {
        Some(size) => ProgressBar::new(size),
        None => ProgressBar::new_spinner(),
    };
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}
