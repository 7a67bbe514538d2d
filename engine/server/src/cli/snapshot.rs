//! `milepost snapshot`: saved states as things one can look at.

use crate::config::Config;
use crate::error::FAILED;
use crate::out::{self, Mark};
use anyhow::Context;
use clap::Subcommand;
use milepost_core::Shard;
use milepost_runtime::snapshots::{Manifest, Snapshots};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  milepost snapshot ls         message, time, size and rules of each
  milepost snapshot verify     every byte of every snapshot, restored as at a start
  milepost snapshot restore backup/snapshots/00000000000000000017
                               the next start goes on from this state
  milepost snapshot prune --keep 1 --dry-run
  milepost snapshot ls --dir backup/snapshots --json

A damaged snapshot does no harm: the engine starts from the one before it and reads more of the log.";

const RESTORE: &str = "\
Examples:
  milepost snapshot restore 00000000000000000017
  milepost snapshot restore /backup/snapshots/00000000000000000017 --dir milepost-data/snapshots

The state is written again as the newest snapshot, so that the next start goes on from it and reads the
log from there on. Nothing is removed, and no job goes out twice: what the stream of jobs holds already is
kept back. To be used while no engine runs on this directory.";

const PRUNE: &str = "\
Examples:
  milepost snapshot prune --dry-run
  milepost snapshot prune --keep 1

A running engine prunes by itself after every snapshot. The newest stay, those that they rest on, and one
that is older by some minutes, for the case that the server of the log loses its power.";

/// Lists, verifies, restores and prunes snapshots.
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
    /// Makes a snapshot, an older one or one of a backup, the one that the next start goes on from.
    #[command(after_help = RESTORE)]
    Restore {
        /// The directory of the snapshot, or its name among those of `--dir`; those that it follows stand beside it.
        #[arg(value_name = "SNAPSHOT")]
        snapshot: PathBuf,
        #[command(flatten)]
        chosen: Chosen,
    },
    /// Removes the snapshots that nothing needs any more.
    #[command(after_help = PRUNE)]
    Prune {
        /// How many stay. Without it: `snapshots.keep` of the settings.
        #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..))]
        keep: Option<u16>,
        /// Only say which ones would go.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        chosen: Chosen,
    },
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
        Command::Restore { snapshot, chosen } => restore(snapshot, chosen),
        Command::Prune { keep, dry_run, chosen } => prune(*keep, *dry_run, chosen),
    }
}

impl Chosen {
    /// Those of the directory, of which so many stay.
    fn snapshots(&self, keep: Option<u16>) -> anyhow::Result<Snapshots> {
        let config = Config::load(self.config.as_deref())?;
        let dir = self.dir.as_ref().unwrap_or(&config.snapshots.dir);
        if self.dir.is_some() && !dir.is_dir() {
            anyhow::bail!("there is no directory {}", dir.display());
        }
        Ok(Snapshots::on_host(dir, keep.map_or(config.snapshots.keep, usize::from)))
    }

    /// The snapshots that there are. Remarks when there is none.
    fn found(&self) -> anyhow::Result<(Snapshots, Vec<PathBuf>)> {
        let snapshots = self.snapshots(None)?;
        let found = snapshots.list()?;
        if found.is_empty() {
            eprintln!("there are no snapshots in {}", snapshots.dir().display());
        }
        Ok((snapshots, found))
    }
}

fn list(chosen: &Chosen) -> anyhow::Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    let (snapshots, found) = chosen.found()?;
    for dir in found {
        let manifest = snapshots.manifest(&dir);
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
            let rules = milepost_runtime::rules_status::short(&manifest.rules);
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
    let mut code = ExitCode::SUCCESS;
    let (snapshots, found) = chosen.found()?;
    for dir in found {
        let outcome = count(&snapshots, &dir);
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
fn count(snapshots: &Snapshots, dir: &Path) -> anyhow::Result<usize> {
    let chain = snapshots.chain(dir)?;
    let newest = chain.last().context("a chain has a last")?;
    let (shards, _) = snapshots.shards(&chain, &snapshots.rules(newest)?.set, 0)?;
    Ok(shards.iter().map(Shard::len).sum())
}

fn restore(snapshot: &Path, chosen: &Chosen) -> anyhow::Result<ExitCode> {
    let snapshots = chosen.snapshots(None)?;
    let named = snapshots.dir().join(snapshot);
    let places = [snapshot, &named];
    let dir = places.into_iter().find(|place| place.is_dir()).with_context(|| {
        format!(
            "there is no snapshot {}, nor is one of this name in {}; `milepost snapshot ls` lists those that there are",
            snapshot.display(),
            snapshots.dir().display()
        )
    })?;
    let _held = snapshots.hold()?;
    let written = snapshots.adopt(dir)?;
    if chosen.json {
        out::line(json_of(&written.dir, &Ok(written.clone())))?;
    } else {
        out::line(format!(
            "the next start goes on from\n{}",
            text_of(&written.dir.clone(), &Ok(written))
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn prune(keep: Option<u16>, dry_run: bool, chosen: &Chosen) -> anyhow::Result<ExitCode> {
    let snapshots = chosen.snapshots(keep)?;
    let _held = if dry_run { None } else { Some(snapshots.hold()?) };
    let found = snapshots.list()?;
    let gone = if dry_run {
        snapshots.superfluous(&found)
    } else {
        snapshots.prune()?
    };
    for dir in &gone {
        if chosen.json {
            out::line(json!({ "dir": dir.display().to_string(), "removed": !dry_run }))?;
        } else {
            out::line(format!(
                "{}  {}",
                if dry_run { "would go" } else { "removed" },
                dir.display()
            ))?;
        }
    }
    let kept = found.len() - gone.len();
    eprintln!("{} of {} snapshots go, {kept} stay", gone.len(), found.len());
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_connectors::log::{Cut, Term};
    use milepost_core::{Clock, Extent, Learning, Reading, Timeline};
    use milepost_model::{Position, Scan, Status, Timestamp, TrackingNumber};
    use milepost_runtime::learning::Exchange;
    use milepost_runtime::rule_texts::Rules;
    use milepost_runtime::saving::{self, SaveState, Underway};
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
        let (orders, saved) = saving::order(
            1,
            state.begin(cut),
            (
                Timeline::at(Clock::Log, reading),
                no_rules(),
                Arc::default(),
                Exchange::new(1, Learning::default()).hold(0),
            ),
        );
        for order in &orders {
            Underway::begin(shard, order).finish(shard);
        }
        let snapshots = Snapshots::on_host(dir, keep);
        let written = snapshots.commit(&saved, Term::default(), last)?;
        snapshots.prune()?;
        Ok(written)
    }

    #[test]
    fn a_snapshot_is_listed_and_restored_and_a_damaged_one_is_told() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let snapshots = Snapshots::on_host(dir.path(), 3);
        let mut shard = Shard::new(Arc::default(), 0);
        scan(&mut shard, "1Z999AA10123456784");
        let snapshot = commit(dir.path(), &mut shard, Extent::Whole, None, 3);
        let snapshot = snapshot.expect("a directory to write to").dir;
        let manifest = snapshots.manifest(&snapshot);
        let text = text_of(&snapshot, &manifest);
        assert!(
            text.contains("message 7, 2026-03-02T00:00:00.000Z, whole, 1 shards"),
            "{text}"
        );
        assert_eq!(json_of(&snapshot, &manifest).get("sequence"), Some(&json!(7)));
        assert_eq!(count(&snapshots, &snapshot).expect("it is whole"), 1);
        for (name, expected) in [("shard-000.bin", "is damaged"), ("manifest.json", "is damaged")] {
            let path = snapshot.join(name);
            let mut bytes = std::fs::read(&path).expect("it was written");
            if let Some(byte) = bytes.get_mut(20) {
                *byte ^= 1;
            }
            std::fs::write(&path, bytes).expect("it can be written");
            let error = count(&snapshots, &snapshot).expect_err(name);
            assert!(format!("{error:#}").contains(expected), "{error:#}");
        }
        let text = text_of(&snapshot, &snapshots.manifest(&snapshot));
        assert!(text.contains("cannot be used: "), "{text}");
    }

    #[test]
    fn an_older_state_is_made_the_newest_and_the_rest_can_go() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let snapshots = Snapshots::on_host(dir.path(), 1);
        let mut shard = Shard::new(Arc::default(), 0);
        scan(&mut shard, "1Z999AA10123456784");
        let older = commit(dir.path(), &mut shard, Extent::Whole, None, 9).expect("a directory to write to");
        scan(&mut shard, "1Z999AA10123456785");
        let newer = commit(dir.path(), &mut shard, Extent::Changes, Some(&older), 9).expect("a directory to write to");
        let chosen = || Chosen {
            dir: Some(dir.path().to_path_buf()),
            config: None,
            json: false,
        };
        let name = older.dir.file_name().expect("it has a name");
        restore(Path::new(name), &chosen()).expect("it is whole");
        let found = snapshots.list().expect("a directory");
        let newest = found.last().expect("three");
        assert_eq!(found.len(), 3);
        assert_eq!(count(&snapshots, newest).expect("it is whole"), 1);
        assert_eq!(
            count(&snapshots, &newer.dir).expect("it is whole"),
            2,
            "nothing is lost"
        );
        prune(Some(1), true, &chosen()).expect("nothing is done");
        assert_eq!(snapshots.list().expect("a directory").len(), 3);
        prune(Some(1), false, &chosen()).expect("they can be removed");
        let left = snapshots.list().expect("a directory");
        assert_eq!(
            left,
            [older.dir, newest.clone()],
            "the newest, and one that will be old enough"
        );
        let held = snapshots.hold().expect("nobody else is there");
        let refused = prune(Some(1), false, &chosen()).expect_err("somebody writes there");
        assert!(
            format!("{refused:#}").contains("held by another process"),
            "{refused:#}"
        );
        drop(held);
    }

    #[test]
    fn changes_follow_a_snapshot_and_keep_it() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut shard = Shard::new(Arc::default(), 0);
        let snapshots = Snapshots::on_host(dir.path(), 1);
        let mut last: Option<Manifest> = None;
        for (shipments, number) in (1..).zip(["1Z999AA10123456784", "1Z999AA10123456785", "1Z999AA10123456786"]) {
            scan(&mut shard, number);
            let extent = if shipments == 1 { Extent::Whole } else { Extent::Changes };
            let written = commit(dir.path(), &mut shard, extent, last.as_ref(), 1).expect("a directory to write to");
            assert_eq!(count(&snapshots, &written.dir).expect("it is whole"), shipments);
            last = Some(written);
        }
        assert_eq!(
            snapshots.list().expect("a directory").len(),
            3,
            "what is followed stays"
        );
        scan(&mut shard, "1Z999AA10123456787");
        let whole = commit(dir.path(), &mut shard, Extent::Whole, last.as_ref(), 1).expect("a directory to write to");
        let left = snapshots.list().expect("a directory");
        assert_eq!(left.len(), 2, "the newest, and one that will be old enough");
        assert_eq!(left.last(), Some(&whole.dir));

        // Changes that nothing bears are told, as is a chain that was broken.
        assert!(commit(dir.path(), &mut shard, Extent::Changes, None, 1).is_err());
        scan(&mut shard, "1Z999AA10123456788");
        let changes = commit(dir.path(), &mut shard, Extent::Changes, Some(&whole), 2).expect("a directory");
        std::fs::remove_dir_all(&whole.dir).expect("it was written");
        let error = count(&snapshots, &changes.dir).expect_err("its base is gone");
        assert!(format!("{error:#}").contains("follows a lost snapshot"), "{error:#}");
    }
}
