//! Snapshots on disk: generations of directories, each with the bytes of every shard and a manifest that says what they
//! are and hashes them. A generation is whole or it is not there: written aside, synced, renamed.

use crate::outbox::Saved;
use anyhow::{Context, Result, bail};
use milepost_connectors::log::Cut;
use milepost_core::{Clock, Reading, Shard, Timeline};
use milepost_model::Timestamp;
use milepost_rules::RuleSet;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_128;

/// Version of the manifest; version n reads n and n − 1.
const MANIFEST_VERSION: u64 = 1;
const MANIFEST: &str = "manifest.json";

/// What a manifest says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Manifest {
    pub(crate) dir: PathBuf,
    pub(crate) cut: Cut,
    /// How often the log had been taken as it is.
    pub(crate) rebases: u32,
    pub(crate) reading: Reading,
    pub(crate) rules: String,
    /// File name, length and hash of each shard.
    pub(crate) shards: Vec<ShardFile>,
}

/// A shard's file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ShardFile {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) hash: String,
}

/// What a start goes on from.
pub(crate) struct Restored {
    pub(crate) shards: Vec<Shard>,
    pub(crate) timeline: Timeline,
    pub(crate) cut: Cut,
    pub(crate) rebases: u32,
    pub(crate) dir: PathBuf,
}

/// Writes a generation and prunes old ones, `keep` stay. Returns the new directory.
pub(crate) fn commit(parent: &Path, saved: &Saved, (rules, rebases): (&str, u32), keep: usize) -> Result<PathBuf> {
    fs::create_dir_all(parent).with_context(|| format!("cannot create the snapshot directory {}", parent.display()))?;
    // Counted, not named after the cut: a log that was taken as it is begins with low numbers again.
    let newest = list(parent)?
        .last()
        .and_then(|dir| dir.file_name()?.to_str()?.parse::<u64>().ok());
    let name = format!("{:020}", newest.unwrap_or(0) + 1);
    let (aside, place) = (parent.join(format!(".{name}.partial")), parent.join(&name));
    if aside.exists() {
        fs::remove_dir_all(&aside).with_context(|| format!("cannot remove the unfinished {}", aside.display()))?;
    }
    fs::create_dir(&aside).with_context(|| format!("cannot create {}", aside.display()))?;
    let mut files = Vec::new();
    for (number, bytes) in saved.shards.iter().enumerate() {
        let name = format!("shard-{number:03}.bin");
        write_synced(&aside.join(&name), bytes)?;
        files.push(json!({ "name": name, "bytes": bytes.len(), "hash": hash(bytes) }));
    }
    let reading = saved.timeline.reading();
    let manifest = json!({
        "version": MANIFEST_VERSION,
        "program": concat!("milepost ", env!("CARGO_PKG_VERSION")),
        "stream_created": saved.cut.created.millis(),
        "rebases": rebases,
        "sequence": saved.cut.sequence,
        "message_hash": format!("{:016x}", saved.cut.hash),
        "now": reading.now.millis(),
        "ticked": reading.ticked.millis(),
        "ahead": reading.ahead,
        "ahead_at": reading.ahead_at.millis(),
        "rules": rules,
        "shards": files,
    });
    let text = serde_json::to_string_pretty(&manifest).context("a manifest is plain JSON")?;
    // The last line guards the manifest itself.
    let text = format!("{text}\n{}\n", hash(text.as_bytes()));
    write_synced(&aside.join(MANIFEST), text.as_bytes())?;
    sync_dir(&aside)?;
    fs::rename(&aside, &place).with_context(|| format!("cannot rename {} into place", aside.display()))?;
    sync_dir(parent)?;
    let old = list(parent)?;
    for dir in old.iter().rev().skip(keep.max(1)) {
        fs::remove_dir_all(dir).with_context(|| format!("cannot prune the old snapshot {}", dir.display()))?;
    }
    Ok(place)
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().with_context(|| format!("cannot write {}; is the disk full?", path.display()))
}

fn sync_dir(dir: &Path) -> Result<()> {
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .with_context(|| format!("cannot sync {}", dir.display()))
}

fn hash(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}

/// The generations of a directory, oldest first.
pub(crate) fn list(parent: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(parent) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", parent.display())),
    };
    let mut dirs = Vec::new();
    for entry in entries {
        let path = entry
            .with_context(|| format!("cannot read {}", parent.display()))?
            .path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.len() == 20 && name.bytes().all(|byte| byte.is_ascii_digit()) {
            dirs.push(path);
        }
    }
    dirs.sort();
    Ok(dirs)
}

/// Reads and checks the manifest of a generation.
pub(crate) fn manifest(dir: &Path) -> Result<Manifest> {
    let path = dir.join(MANIFEST);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let (body, guard) = text.trim_end().rsplit_once('\n').unwrap_or(("", ""));
    if hash(body.as_bytes()) != guard {
        bail!("{} is damaged: its hash does not match", path.display());
    }
    let value: Value = serde_json::from_str(body).with_context(|| format!("{} is not JSON", path.display()))?;
    let number = |name: &str| {
        value
            .get(name)
            .and_then(Value::as_i64)
            .with_context(|| format!("no number `{name}`"))
    };
    let text = |name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .with_context(|| format!("no text `{name}`"))
    };
    let read = || -> Result<Manifest> {
        let version = number("version")?;
        if u64::try_from(version).ok() != Some(MANIFEST_VERSION) {
            bail!("it is of version {version}, this program reads {MANIFEST_VERSION}");
        }
        let files = value
            .get("shards")
            .and_then(Value::as_array)
            .context("no list `shards`")?;
        Ok(Manifest {
            dir: dir.to_path_buf(),
            cut: Cut {
                created: Timestamp::from_millis(number("stream_created")?),
                sequence: u64::try_from(number("sequence")?)?,
                hash: u64::from_str_radix(text("message_hash")?, 16)?,
            },
            rebases: u32::try_from(number("rebases")?)?,
            reading: Reading {
                now: Timestamp::from_millis(number("now")?),
                ticked: Timestamp::from_millis(number("ticked")?),
                ahead: u32::try_from(number("ahead")?)?,
                ahead_at: Timestamp::from_millis(number("ahead_at")?),
            },
            rules: text("rules")?.to_owned(),
            shards: files.iter().map(shard_file).collect::<Result<_>>()?,
        })
    };
    read().with_context(|| format!("{} cannot be used", path.display()))
}

fn shard_file(value: &Value) -> Result<ShardFile> {
    let text = |name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .with_context(|| format!("no text `{name}`"))
    };
    Ok(ShardFile {
        name: text("name")?.to_owned(),
        bytes: value
            .get("bytes")
            .and_then(Value::as_u64)
            .context("no number `bytes`")?,
        hash: text("hash")?.to_owned(),
    })
}

/// Reads the bytes of all shards of a generation and checks every one.
pub(crate) fn read(manifest: &Manifest) -> Result<Vec<Vec<u8>>> {
    let mut shards = Vec::new();
    for file in &manifest.shards {
        let path = manifest.dir.join(&file.name);
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if bytes.len() as u64 != file.bytes {
            bail!(
                "{} has {} bytes, its manifest says {}",
                path.display(),
                bytes.len(),
                file.bytes
            );
        }
        if hash(&bytes) != file.hash {
            bail!("{} is damaged: its hash does not match", path.display());
        }
        shards.push(bytes);
    }
    Ok(shards)
}

/// The newest generation that is whole. `complain` hears of those that are not.
pub(crate) fn restore(
    parent: &Path,
    rules: &Arc<RuleSet>,
    (clock, seed): (Clock, u64),
    complain: &mut dyn FnMut(&anyhow::Error),
) -> Result<Option<Restored>> {
    for dir in list(parent)?.iter().rev() {
        match restore_one(dir, rules, clock, seed) {
            Ok(restored) => return Ok(Some(restored)),
            Err(error) => complain(&error),
        }
    }
    Ok(None)
}

fn restore_one(dir: &Path, rules: &Arc<RuleSet>, clock: Clock, seed: u64) -> Result<Restored> {
    use rayon::prelude::*;
    let manifest = manifest(dir)?;
    let bytes = read(&manifest)?;
    let shards: Result<Vec<Shard>, _> = bytes
        .par_iter()
        .map(|bytes| Shard::restore(bytes, Arc::clone(rules), seed))
        .collect();
    let mut shards = shards.with_context(|| format!("{} cannot be restored", dir.display()))?;
    if manifest.rules != rules.hash_text() {
        // What fell due was reckoned under other rules.
        shards.iter_mut().for_each(Shard::look_again);
    }
    let timeline = Timeline::at(clock, manifest.reading);
    Ok(Restored {
        shards,
        timeline,
        cut: manifest.cut,
        rebases: manifest.rebases,
        dir: dir.to_path_buf(),
    })
}
