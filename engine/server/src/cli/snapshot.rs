//! `milepost snapshot`: saved states as things one can look at.

use crate::config::Config;
use crate::error::FAILED;
use crate::out::{self, Mark};
use crate::{rule_files, snapshots};
use clap::Subcommand;
use milepost_core::Shard;
use milepost_rules::RuleSet;
use serde_json::{Value, json};
use snapshots::Manifest;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

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
            let (now, shards, mib) = (manifest.reading.now, manifest.shards.len(), bytes(manifest) >> 20);
            let rules = manifest.rules.get(..12).unwrap_or(&manifest.rules);
            let sequence = manifest.cut.sequence;
            format!(
                "{}  message {sequence}, {now}, {shards} shards, {mib} MiB, rules {rules}",
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
            "shards": manifest.shards.len(), "bytes": bytes(manifest),
        }),
        Err(error) => json!({ "dir": dir, "error": format!("{error:#}") }),
    }
}

fn bytes(manifest: &Manifest) -> u64 {
    manifest.shards.iter().map(|file| file.bytes).sum()
}

fn verify(chosen: &Chosen) -> anyhow::Result<ExitCode> {
    let config = Config::load(chosen.config.as_deref())?;
    let rules = rule_files::load(config.rules_dir.as_deref())?;
    let mut code = ExitCode::SUCCESS;
    for dir in chosen.found(&config)? {
        let outcome = restore(&dir, &rules);
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
fn restore(dir: &Path, rules: &Arc<RuleSet>) -> anyhow::Result<usize> {
    let manifest = snapshots::manifest(dir)?;
    let mut shipments = 0;
    for bytes in snapshots::read(&manifest)? {
        shipments += Shard::restore(&bytes, Arc::clone(rules), 0)?.len();
    }
    Ok(shipments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::Saved;
    use milepost_connectors::log::Cut;
    use milepost_core::{Clock, Reading, Timeline};
    use milepost_model::{Position, Scan, Status, Timestamp, TrackingNumber};

    /// A snapshot of one shard with one shipment.
    fn commit(dir: &Path, rules: &Arc<RuleSet>) -> PathBuf {
        let number = TrackingNumber::parse(b"1Z999AA10123456784").expect("this is a number");
        let at = Timestamp::from_millis(1_772_409_600_000);
        let mut shard = Shard::new(Arc::clone(rules), 0);
        let scan = Scan::new(number, "ups", Status::InTransit, at);
        shard.handle_scan(
            (at, at),
            Position {
                partition: Some(1),
                sequence: 7,
            },
            &scan,
            &mut Vec::new(),
        );
        let mut bytes = Vec::new();
        shard.save(&mut bytes);
        let cut = Cut {
            created: at,
            sequence: 7,
            hash: 1,
        };
        let saved = Saved {
            cut,
            timeline: Timeline::at(
                Clock::Log,
                Reading {
                    now: at,
                    ticked: at,
                    ..Reading::default()
                },
            ),
            shards: vec![bytes],
        };
        snapshots::commit(dir, &saved, (&rules.hash_text(), 0), 3).expect("a directory to write to")
    }

    #[test]
    fn a_snapshot_is_listed_and_restored_and_a_damaged_one_is_told() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let rules = Arc::new(RuleSet::empty());
        let snapshot = commit(dir.path(), &rules);
        let manifest = snapshots::manifest(&snapshot);
        let text = text_of(&snapshot, &manifest);
        assert!(text.contains("message 7, 2026-03-02T00:00:00.000Z, 1 shards"), "{text}");
        assert_eq!(json_of(&snapshot, &manifest).get("sequence"), Some(&json!(7)));
        assert_eq!(restore(&snapshot, &rules).expect("it is whole"), 1);
        for (name, expected) in [("shard-000.bin", "is damaged"), ("manifest.json", "is damaged")] {
            let path = snapshot.join(name);
            let mut bytes = std::fs::read(&path).expect("it was written");
            if let Some(byte) = bytes.get_mut(20) {
                *byte ^= 1;
            }
            std::fs::write(&path, bytes).expect("it can be written");
            let error = restore(&snapshot, &rules).expect_err(name);
            assert!(format!("{error:#}").contains(expected), "{error:#}");
        }
        let text = text_of(&snapshot, &snapshots::manifest(&snapshot));
        assert!(text.contains("cannot be used: "), "{text}");
    }
}
