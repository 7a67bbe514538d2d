//! The history of a backtest: files of scans through the workers of a replay, or the table of scans, in which each shipment
//! stands in order and so needs no clock but its own scans.

use super::Chosen;
use super::measure::Span;
use super::told::{Counter, Jobs};
use crate::cli::replay;
use crate::error::Usage;
use crate::files::Files;
use crate::workers::Workers;
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use milepost_connectors::carriers::{Defaults, Format, Reading};
use milepost_core::{Clock, Effect, Learning, ScanBatch, Shard, Timeline, Todo};
use milepost_history::{Catalog, ScanFile};
use milepost_model::{DAY_MS, Position, Timestamp};
use milepost_runtime::learning::Exchange;
use rayon::prelude::*;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How far a scan may lie ahead of all before it, as in a replay.
const JUMP_MAX_MS: i64 = 62 * DAY_MS;
/// Scans of a table that a shard is given at once.
const BATCH_SCANS: usize = 4096;

/// Where scans come from.
pub(super) enum History {
    Files {
        files: Vec<PathBuf>,
        format: Format,
        lateness_ms: i64,
    },
    Tables {
        dir: PathBuf,
        files: Vec<ScanFile>,
        as_of: Timestamp,
    },
}

/// What came of it, under each of the rule sets.
pub(super) struct Replayed {
    pub(super) sets: Vec<(Vec<Shard>, Jobs)>,
    pub(super) scans: u64,
    pub(super) rejects: u64,
    /// How far the rules were judged.
    pub(super) end: Timestamp,
}

impl History {
    /// Refuses what cannot be read before anything is replayed.
    pub(super) fn open(data: &[PathBuf], lateness_ms: i64) -> Result<Self> {
        if let Some(dir) = data.iter().find(|path| path.is_dir()) {
            if data.len() > 1 {
                return Err(Usage::error(format!(
                    "--data names the directory {} and something else; give one directory of tables, or files",
                    dir.display()
                )));
            }
            return Self::tables(dir);
        }
        for path in data.iter().filter(|path| path.as_os_str() != "-") {
            let cannot_read = || format!("cannot read {}", path.display());
            File::open(path).with_context(cannot_read)?;
        }
        let formats: Vec<Format> = data.iter().map(|path| format_of(path)).collect();
        let [format, others @ ..] = formats.as_slice() else {
            return Err(Usage::error("--data names no history"));
        };
        if others.iter().any(|other| other != format) {
            return Err(Usage::error(
                "--data names CSV and NDJSON files at once; give files of one kind",
            ));
        }
        Ok(Self::Files {
            files: data.to_vec(),
            format: *format,
            lateness_ms,
        })
    }

    fn tables(dir: &Path) -> Result<Self> {
        let catalog = Catalog::open(dir)?;
        let files = catalog.scan_files();
        if files.is_empty() {
            bail!("{} has no table of scans", dir.display());
        }
        Ok(Self::Tables {
            dir: dir.to_owned(),
            files,
            as_of: catalog.as_of(),
        })
    }

    /// Whether scans come from a table, and not as they came.
    pub(super) const fn is_tables(&self) -> bool {
        matches!(self, Self::Tables { .. })
    }

    /// What to call it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Files { files, .. } => {
                let names: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
                names.join(", ")
            }
            Self::Tables { dir, .. } => dir.display().to_string(),
        }
    }

    /// Lets all scans pass, under one rule set or two at once.
    pub(super) fn replay(&self, sets: &[&Chosen], span: Span, threads: usize) -> Result<Replayed> {
        match self {
            Self::Files {
                files,
                format,
                lateness_ms,
            } => {
                let clock = Clock::Event {
                    lateness_ms: *lateness_ms,
                    jump_max_ms: JUMP_MAX_MS,
                };
                let workers = workers(sets, clock, threads);
                let bar = replay::progress(files);
                let input = Files::new(
                    files.clone(),
                    Reading::Lines(*format),
                    None,
                    Box::new(|bytes| bar.inc(bytes)),
                );
                let mut counter = Counter::new(span);
                let ran = workers.run(input, &mut counter);
                bar.finish_and_clear();
                let (shards, beside) = ran?;
                let Some(end) = counter.totals.now else {
                    bail!("{} has no scans: nothing was replayed", self.name());
                };
                let mut replayed = vec![(shards, counter.jobs), (beside, counter.jobs_beside)];
                replayed.truncate(sets.len());
                Ok(Replayed {
                    sets: replayed,
                    scans: counter.totals.scans,
                    rejects: counter.totals.rejects,
                    end,
                })
            }
            Self::Tables { files, as_of, .. } => {
                tell_unlearned(sets);
                let bar = rows_bar(files)?;
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                let pool = pool.context("no threads can be started")?;
                let of_file = |file| of_file(file, sets, span, *as_of, &bar);
                let parts = pool.install(|| files.par_iter().map(of_file).collect::<Result<Vec<_>>>());
                bar.finish_and_clear();
                let mut replayed = Replayed {
                    sets: sets.iter().map(|_| (Vec::new(), Jobs::default())).collect(),
                    scans: 0,
                    rejects: 0,
                    end: *as_of,
                };
                for (scans, part) in parts? {
                    replayed.scans += scans;
                    for ((shards, jobs), (shard, more)) in replayed.sets.iter_mut().zip(part) {
                        shards.push(shard);
                        jobs.add(more);
                    }
                }
                if replayed.scans == 0 {
                    bail!("{} has no scans: nothing was replayed", self.name());
                }
                Ok(replayed)
            }
        }
    }
}

/// For one set or two beside each other. They learn where a rule asks for what is learned.
fn workers(sets: &[&Chosen], clock: Clock, threads: usize) -> Workers {
    let shards = |place: usize| sets.get(place).map(|set| set.shards(threads)).unwrap_or_default();
    let learns = sets.iter().any(|set| set.rules.reads_lanes());
    let learning = |shard: Shard| if learns { shard.learning() } else { shard };
    Workers {
        shards: shards(0).into_iter().map(learning).collect(),
        beside: shards(1),
        timeline: Timeline::new(clock),
        exchange: learns.then(|| Exchange::new(threads, Learning::default())),
        defaults: Arc::new(Defaults::default()),
        threads,
    }
}

/// Tables hold each shipment by itself, so nothing is learned of lanes on the way: rules that ask for it do not open.
fn tell_unlearned(sets: &[&Chosen]) {
    let rules = sets.iter().flat_map(|set| set.rules.rules());
    let mut names: Vec<&str> = rules
        .filter(|rule| rule.reads_lanes())
        .map(|rule| rule.name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    if !names.is_empty() {
        eprintln!(
            "{}: tables of scans tell nothing of lanes, so columns like p_late are unknown, and these rules are not what they would \
             be; name the files of the scans themselves with --data",
            names.join(", ")
        );
    }
}

/// A file of the table of scans: a shard for each set takes all of it. The log's time stands still meanwhile; time passes for
/// each shipment by its own scans, and in the end for all.
fn of_file(
    file: &ScanFile,
    sets: &[&Chosen],
    span: Span,
    end: Timestamp,
    bar: &ProgressBar,
) -> Result<(u64, Vec<(Shard, Jobs)>)> {
    let new = |set: &&Chosen| (set.shards(1).pop().expect("one was asked for"), Jobs::default());
    let mut replayed: Vec<(Shard, Jobs)> = sets.iter().map(new).collect();
    let (mut batch, mut steps) = (ScanBatch::default(), Vec::new());
    let (mut scans, mut counted) = (0, Ok(()));
    file.each(&mut |scan| {
        scans += 1;
        let position = Position {
            partition: Some(scan.number.partition()),
            sequence: scans,
        };
        steps.push(Todo::Scan {
            place: u32::try_from(batch.len()).expect("a batch is small"),
            now: Timestamp::MIN,
            reached: Timestamp::MAX,
        });
        batch.push(position, scan);
        if batch.len() == BATCH_SCANS && counted.is_ok() {
            counted = hand_over(&batch, &steps, &mut replayed, span);
            bar.inc(BATCH_SCANS as u64);
            batch.clear();
            steps.clear();
        }
    })?;
    counted?;
    let position = Position {
        partition: None,
        sequence: scans + 1,
    };
    steps.push(Todo::Tick { now: end, position });
    hand_over(&batch, &steps, &mut replayed, span)?;
    Ok((scans, replayed))
}

fn hand_over(batch: &ScanBatch, steps: &[Todo], replayed: &mut [(Shard, Jobs)], span: Span) -> Result<()> {
    let mut effects = Vec::new();
    for (shard, jobs) in replayed {
        effects.clear();
        shard.handle(batch, steps, &mut effects);
        for effect in &effects {
            if let Effect::Job(job) = effect {
                jobs.count(job, span)?;
            }
        }
    }
    Ok(())
}

/// Scans read of all there are; on a terminal only.
fn rows_bar(files: &[ScanFile]) -> Result<ProgressBar> {
    let mut rows = 0;
    for file in files {
        rows += file.rows()?;
    }
    let bar = ProgressBar::new(rows);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} scans {eta}") {
        bar.set_style(style);
    }
    Ok(bar)
}

/// By its name.
fn format_of(path: &Path) -> Format {
    if path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
    {
        Format::Csv
    } else {
        Format::Canonical
    }
}
