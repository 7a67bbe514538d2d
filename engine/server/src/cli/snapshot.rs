//! `milepost snapshot`: saved states as things one can look at.

use crate::config::Config;
use crate::error::FAILED;
use crate::out::{self, Mark};
use crate::snapshots;
use anyhow::Context;
use clap::Subcommand;
use milepost_core::Shard;
use serde_json::{Value, json};
use snapshots::Manifest;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  milepost snapshot ls         message, time, size and rules of each
  milepost snapshot verify     every byte of every snapshot, restored as at a start
  milepost snapshot ls --dir backup/snapshots --json

A damaged snapshot does no harm: the engine starts from the one before it and reads more of the log.";

/// Lists and verifies snapshots.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists snapshots, the newest last.
    #[command(after_help = EXAMPLES)]
    Ls(Chosen),
    /// Reads every snapshot, checks its hashes and restores it in memory.
    #[command(after_help = EXAMPLES)]
    Verify(Chosen),
}

/// Which snapshots.
#[derive(Debug, clap::Args)]
struct Chosen {
    /// Directory of snapshots. Without it: `snapshots.dir` of the settings.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Settings; without it milepost.toml in the working directory, if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One JSON object per line.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Ls(chosen) => list(chosen),
        Command::Verify(chosen) => verify(chosen),
    }
}

impl Chosen {
    /// The directory, and the snapshots in it. Remarks when there is none.
    fn found(&self, config: &Config) -> anyhow::Result<Vec<PathBuf>> {
        let dir = self.dir.as_ref().unwrap_or(&config.snapshots.dir);
        if self.dir.is_some() && !dir.is_dir() {
            anyhow::bail!("there is no directory {}", dir.display());
        }
        let found = snapshots::list(dir)?;
        if found.is_empty() {
            eprintln!("there are no snapshots in {}", dir.display());
        }
        Ok(found)
    }
}

fn list(chosen: &Chosen) -> anyhow::Result<ExitCode> {
    let config = Config::load(chosen.config.as_deref())?;
    let mut code = ExitCode::SUCCESS;
    for dir in chosen.found(&config)? {
        let manifest = snapshots::manifest(&dir);
        if manifest.is_err() {
            code = ExitCode::from(FAILED);
        }
        if chosen.json {
            out::line(json_of(&dir, &manifest))?
        } else {
            out::line(text_of(&dir, &manifest))?
        }
    }
    Ok(code)
}

fn text_of(dir: &Path, manifest: &anyhow::Result<Manifest>) -> String {
    match manifest {
        Ok(manifest) => {
            let (now, shards, mib) = (manifest.reading.now, manifest.shards.len(), manifest.bytes() >> 20);
            let follows = manifest.follows.as_ref();
            let extent = follows.map_or("whole".to_owned(), |follows| format!("changes since {}", follows.name));
            let rules = crate::rules_status::short(&manifest.rules);
            let sequence = manifest.cut.sequence;
            format!(
                "{}  message {sequence}, {now}, {extent}, {shards} shards, {mib} MiB, rules {rules}",
                dir.display()
            )
        }
        Err(error) => format!(
            "{}  {}",
            dir.display(),
            out::marked(Mark::Wrong, &format!("cannot be used: {error:#}"))
        ),
    }
}

fn json_of(dir: &Path, manifest: &anyhow::Result<Manifest>) -> Value {
    let dir = dir.display().to_string();
    match manifest {
        Ok(manifest) => json!({
            "dir": dir, "sequence": manifest.cut.sequence, "now": manifest.reading.now.to_string(), "rules": manifest.rules,
            "shards": manifest.shards.len(), "bytes": manifest.bytes(),
            "follows": manifest.follows.as_ref().map(|follows| &follows.name),
        }),
        Err(error) => json!({ "dir": dir, "error": format!("{error:#}") }),
    }
}

fn verify(chosen: &Chosen) -> anyhow::Result<ExitCode> {
    let config = Config::load(chosen.config.as_deref())?;
    let mut code = ExitCode::SUCCESS;
    for dir in chosen.found(&config)? {
        let outcome = restore(&dir);
        let shown = dir.display();
        let (mark, word, what) = match &outcome {
            Ok(shipments) => (Mark::Fine, "ok  ", format!("{shipments} shipments")),
            Err(error) => (Mark::Wrong, "FAIL", format!("{error:#}")),
        };
        if outcome.is_err() {
            code = ExitCode::from(FAILED);
        }
        if chosen.json {
            let (good, shipments) = (outcome.is_ok(), outcome.as_ref().ok());
            let error = outcome.as_ref().err().map(|error| format!("{error:#}"));
            out::line(json!({ "dir": shown.to_string(), "good": good, "shipments": shipments, "error": error }))?;
        } else {
            out::line(format!("{}  {shown}  {what}", out::marked(mark, word)))?;
        }
    }
    Ok(code)
}

/// Reads all of a snapshot back into shards, as a start would, and counts the shipments.
fn restore(dir: &Path) -> anyhow::Result<usize> {
    let chain = snapshots::chain(dir)?;
    let newest = chain.last().context("a chain has a last")?;
    let shards = snapshots::shards(&chain, &snapshots::rules(newest)?.set, 0)?;
    Ok(shards.iter().map(Shard::len).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_files::Rules;
    use crate::saving::{self, SaveState, Underway};
    use crate::snapshots::{Beside, Manifest};
    use milepost_connectors::log::Cut;
    use milepost_core::{Clock, Extent, Reading, Timeline};
    use milepost_model::{Position, Scan, Status, Timestamp, TrackingNumber};
    use std::sync::Arc;

    /// Lets a shard take a scan of a parcel of that number.
    fn scan(shard: &mut Shard, number: &str) {
        let number = TrackingNumber::parse(number.as_bytes()).expect("this is a number");
        let at = Timestamp::from_millis(1_772_409_600_000);
        let scan = Scan::new(number, "ups", Status::InTransit, at);
        let position = Position {
            partition: Some(1),
            sequence: 7,
        };
        shard.handle_scan((at, at), position, &scan, &mut Vec::new());
    }

    fn no_rules() -> Rules {
        Rules::compile(Vec::new()).expect("nothing has no mistakes")
    }

    /// A snapshot of one shard.
    fn commit(
        dir: &Path,
        shard: &mut Shard,
        extent: Extent,
        last: Option<&Manifest>,
        keep: usize,
    ) -> anyhow::Result<Manifest> {
        let at = Timestamp::from_millis(1_772_409_600_000);
        let cut = Cut {
            created: at,
            sequence: 7,
            hash: 1,
        };
        let reading = Reading {
            now: at,
            ticked: at,
            ..Reading::default()
        };
        let state = Arc::new(SaveState::new(extent == Extent::Changes));
        let (orders, saved) = saving::order(1, state.begin(cut), (Timeline::at(Clock::Log, reading), no_rules()));
        for order in &orders {
            Underway::begin(shard, order).finish(shard);
        }
        let beside = Beside { rebases: 0, last };
        snapshots::commit(dir, &saved, &beside, keep)
    }

    #[test]
    fn a_snapshot_is_listed_and_restored_and_a_damaged_one_is_told() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut shard = Shard::new(Arc::default(), 0);
        scan(&mut shard, "1Z999AA10123456784");
        let snapshot = commit(dir.path(), &mut shard, Extent::Whole, None, 3);
        let snapshot = snapshot.expect("a directory to write to").dir;
        let manifest = snapshots::manifest(&snapshot);
        let text = text_of(&snapshot, &manifest);
        assert!(
            text.contains("message 7, 2026-03-02T00:00:00.000Z, whole, 1 shards"),
            "{text}"
        );
        assert_eq!(json_of(&snapshot, &manifest).get("sequence"), Some(&json!(7)));
        assert_eq!(restore(&snapshot).expect("it is whole"), 1);
        for (name, expected) in [("shard-000.bin", "is damaged"), ("manifest.json", "is damaged")] {
            let path = snapshot.join(name);
            let mut bytes = std::fs::read(&path).expect("it was written");
            if let Some(byte) = bytes.get_mut(20) {
                *byte ^= 1;
            }
            std::fs::write(&path, bytes).expect("it can be written");
            let error = restore(&snapshot).expect_err(name);
            assert!(format!("{error:#}").contains(expected), "{error:#}");
        }
        let text = text_of(&snapshot, &snapshots::manifest(&snapshot));
        assert!(text.contains("cannot be used: "), "{text}");
    }

    #[test]
    fn changes_follow_a_snapshot_and_keep_it() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut shard = Shard::new(Arc::default(), 0);
        let mut last: Option<Manifest> = None;
        for (count, number) in (1..).zip(["1Z999AA10123456784", "1Z999AA10123456785", "1Z999AA10123456786"]) {
            scan(&mut shard, number);
            let extent = if count == 1 { Extent::Whole } else { Extent::Changes };
            let written = commit(dir.path(), &mut shard, extent, last.as_ref(), 1).expect("a directory to write to");
            assert_eq!(restore(&written.dir).expect("it is whole"), count);
            last = Some(written);
        }
        assert_eq!(
            snapshots::list(dir.path()).expect("a directory").len(),
            3,
            "what is followed stays"
        );
        scan(&mut shard, "1Z999AA10123456787");
        let whole = commit(dir.path(), &mut shard, Extent::Whole, last.as_ref(), 1).expect("a directory to write to");
        assert_eq!(
            snapshots::list(dir.path()).expect("a directory"),
            core::slice::from_ref(&whole.dir)
        );

        // Changes that nothing bears are told, as is a chain that was broken.
        assert!(commit(dir.path(), &mut shard, Extent::Changes, None, 1).is_err());
        scan(&mut shard, "1Z999AA10123456788");
        let changes = commit(dir.path(), &mut shard, Extent::Changes, Some(&whole), 2).expect("a directory");
        std::fs::remove_dir_all(&whole.dir).expect("it was written");
        let error = restore(&changes.dir).expect_err("its base is gone");
        assert!(format!("{error:#}").contains("follows a lost snapshot"), "{error:#}");
    }
}
