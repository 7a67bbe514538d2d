//! Snapshots on disk: generations of directories, each with the bytes of every shard and a manifest that says what they
//! are and hashes them. A generation is whole or it is not there: written aside, synced, renamed. It holds all of the
//! shards, or what changed since the generation that it follows.

use crate::rule_files::{self, Rules};
use crate::saving::{Piece, Saved};
use anyhow::{Context, Result, anyhow, bail};
use crossbeam_channel::Receiver;
use milepost_connectors::log::Cut;
use milepost_core::{Clock, Extent, Reading, Shard, Timeline};
use milepost_model::Timestamp;
use milepost_rules::RuleSet;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// Version of the manifest; from the first release on, version n reads n and n − 1.
const MANIFEST_VERSION: u64 = 3;
const MANIFEST: &str = "manifest.json";
const RULES: &str = "rules.json";

/// What a manifest says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Manifest {
    pub(crate) dir: PathBuf,
    /// What it holds changes of: the name and the guard of another generation. `None` when it is whole.
    pub(crate) follows: Option<Follows>,
    /// Hash of what the manifest says.
    pub(crate) guard: String,
    pub(crate) cut: Cut,
    /// How often the log had been taken as it is.
    pub(crate) rebases: u32,
    pub(crate) reading: Reading,
    /// Hash of the rules in force.
    pub(crate) rules: String,
    /// The texts of these rules.
    rules_file: StateFile,
    /// File name, length and hash of each shard.
    pub(crate) shards: Vec<StateFile>,
}

/// A generation that another one follows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Follows {
    pub(crate) name: String,
    pub(crate) guard: String,
}

impl Manifest {
    /// Bytes of its shards.
    pub(crate) fn bytes(&self) -> u64 {
        self.shards.iter().map(|file| file.bytes).sum()
    }

    /// What a generation of changes to this one says of it.
    pub(crate) fn to_follow(&self) -> Follows {
        Follows {
            name: name_of(&self.dir),
            guard: self.guard.clone(),
        }
    }
}

/// A file of a generation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct StateFile {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) hash: String,
}

/// What a start goes on from.
pub(crate) struct Restored {
    pub(crate) shards: Vec<Shard>,
    pub(crate) timeline: Timeline,
    pub(crate) rules: Rules,
    pub(crate) cut: Cut,
    pub(crate) rebases: u32,
    /// The generation, and those it follows, the whole one first.
    pub(crate) chain: Vec<Manifest>,
}

/// What is told of the log beside what was saved.
pub(crate) struct Beside<'a> {
    pub(crate) rebases: u32,
    /// What changes go on top of.
    pub(crate) last: Option<&'a Manifest>,
}

/// Writes a generation and prunes old ones: `keep` stay, and those they follow.
pub(crate) fn commit(parent: &Path, saved: &Saved, beside: &Beside<'_>, keep: usize) -> Result<Manifest> {
    fs::create_dir_all(parent).with_context(|| format!("cannot create the snapshot directory {}", parent.display()))?;
    // Counted, not named after the cut: a log that was taken as it is begins with low numbers again.
    let newest = list(parent)?.last().and_then(|dir| name_of(dir).parse::<u64>().ok());
    let name = format!("{:020}", newest.unwrap_or(0) + 1);
    let (aside, place) = (parent.join(format!(".{name}.partial")), parent.join(&name));
    if aside.exists() {
        fs::remove_dir_all(&aside).with_context(|| format!("cannot remove the unfinished {}", aside.display()))?;
    }
    fs::create_dir(&aside).with_context(|| format!("cannot create {}", aside.display()))?;
    let files = write_shards(&aside, &saved.shards)?;
    let follows = match (saved.to_save.extent, beside.last) {
        (Extent::Whole, _) => None,
        (Extent::Changes, Some(last)) => Some(last.to_follow()),
        (Extent::Changes, None) => bail!("there is no snapshot that these changes follow"),
    };
    let rules = write_rules(&aside, &saved.rules)?;
    let text = manifest_text(saved, beside, follows.as_ref(), (&rules, &files))?;
    // The last line guards the manifest itself.
    let text = format!("{text}\n{}\n", hash(text.as_bytes()));
    write_synced(&aside.join(MANIFEST), text.as_bytes())?;
    sync_dir(&aside)?;
    fs::rename(&aside, &place).with_context(|| format!("cannot rename {} into place", aside.display()))?;
    sync_dir(parent)?;
    prune(parent, keep)?;
    manifest(&place)
}

/// The texts of the rules, so that a start judges as the engine did, whatever stands in their directory meanwhile.
fn write_rules(aside: &Path, rules: &Rules) -> Result<StateFile> {
    let files = rules
        .files
        .iter()
        .map(|(name, text)| json!({ "name": name, "text": text }));
    let text = serde_json::to_string_pretty(&files.collect::<Vec<_>>()).context("texts are plain JSON")?;
    write_synced(&aside.join(RULES), text.as_bytes())?;
    Ok(StateFile {
        name: RULES.to_owned(),
        bytes: text.len() as u64,
        hash: hash(text.as_bytes()),
    })
}

/// Every shard to its file, side by side, as they come.
fn write_shards(aside: &Path, shards: &[Receiver<Piece>]) -> Result<Vec<StateFile>> {
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..)
            .zip(shards)
            .map(|(number, pieces): (usize, _)| {
                let name = format!("shard-{number:03}.bin");
                scope.spawn(move || write_shard(aside, name, pieces))
            })
            .collect();
        let written = writers.into_iter().map(|writer| {
            writer
                .join()
                .map_err(|_| anyhow!("the writer of a shard stopped on a fault of our own, told above"))?
        });
        written.collect()
    })
}

fn write_shard(aside: &Path, name: String, pieces: &Receiver<Piece>) -> Result<StateFile> {
    let path = aside.join(&name);
    let cannot = || format!("cannot write {}; is the disk full?", path.display());
    let mut file = File::create(&path).with_context(cannot)?;
    let (mut hasher, mut bytes) = (Xxh3::new(), 0);
    loop {
        match pieces.recv() {
            Ok(Piece::Bytes(piece)) => {
                file.write_all(&piece).with_context(cannot)?;
                hasher.update(&piece);
                bytes += piece.len() as u64;
            }
            Ok(Piece::End) => break,
            Err(_) => bail!("the engine stopped before a shard was saved"),
        }
    }
    file.sync_all().with_context(cannot)?;
    Ok(StateFile {
        name,
        bytes,
        hash: format!("{:032x}", hasher.digest128()),
    })
}

fn manifest_text(
    saved: &Saved,
    beside: &Beside<'_>,
    follows: Option<&Follows>,
    (rules, shards): (&StateFile, &[StateFile]),
) -> Result<String> {
    let reading = saved.timeline.reading();
    let file = |file: &StateFile| json!({ "name": file.name, "bytes": file.bytes, "hash": file.hash });
    let shards: Vec<Value> = shards.iter().map(file).collect();
    let manifest = json!({
        "version": MANIFEST_VERSION,
        "program": concat!("milepost ", env!("CARGO_PKG_VERSION")),
        "follows": follows.map(|follows| json!({ "name": follows.name, "guard": follows.guard })),
        "stream_created": saved.to_save.cut.created.millis(),
        "rebases": beside.rebases,
        "sequence": saved.to_save.cut.sequence,
        "message_hash": format!("{:016x}", saved.to_save.cut.hash),
        "now": reading.now.millis(),
        "ticked": reading.ticked.millis(),
        "ahead": reading.ahead,
        "ahead_at": reading.ahead_at.millis(),
        "rules": saved.rules.set.hash_text(),
        "rules_file": file(rules),
        "shards": shards,
    });
    serde_json::to_string_pretty(&manifest).context("a manifest is plain JSON")
}

/// Removes all generations but the newest so many, and those they follow.
fn prune(parent: &Path, keep: usize) -> Result<()> {
    let dirs = list(parent)?;
    let mut kept: Vec<PathBuf> = Vec::new();
    for dir in dirs.iter().rev().take(keep.max(1)) {
        match chain(dir) {
            Ok(chain) => kept.extend(chain.into_iter().map(|manifest| manifest.dir)),
            Err(_) => kept.push(dir.clone()),
        }
    }
    for dir in dirs.iter().filter(|dir| !kept.contains(dir)) {
        fs::remove_dir_all(dir).with_context(|| format!("cannot prune the old snapshot {}", dir.display()))?;
    }
    Ok(())
}

fn name_of(dir: &Path) -> String {
    dir.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
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
            follows: follows(&value)?,
            guard: guard.to_owned(),
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
            rules_file: state_file(value.get("rules_file").context("no `rules_file`")?)?,
            shards: files.iter().map(state_file).collect::<Result<_>>()?,
        })
    };
    read().with_context(|| format!("{} cannot be used", path.display()))
}

fn follows(manifest: &Value) -> Result<Option<Follows>> {
    let Some(follows) = manifest.get("follows").filter(|follows| !follows.is_null()) else {
        return Ok(None);
    };
    let text = |name: &str| {
        let text = follows.get(name).and_then(Value::as_str);
        text.map(str::to_owned)
            .with_context(|| format!("no text `follows.{name}`"))
    };
    Ok(Some(Follows {
        name: text("name")?,
        guard: text("guard")?,
    }))
}

/// A generation and those it follows, the whole one first.
pub(crate) fn chain(dir: &Path) -> Result<Vec<Manifest>> {
    let mut chain = vec![manifest(dir)?];
    while let Some(follows) = chain.last().and_then(|last| last.follows.clone()) {
        let before = dir.with_file_name(&follows.name);
        let before = manifest(&before).with_context(|| format!("{} follows a lost snapshot", dir.display()))?;
        if before.guard != follows.guard || chain.iter().any(|later| later.dir == before.dir) {
            bail!(
                "{} follows another snapshot than {}",
                dir.display(),
                before.dir.display()
            );
        }
        chain.push(before);
    }
    chain.reverse();
    Ok(chain)
}

fn state_file(value: &Value) -> Result<StateFile> {
    let text = |name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .with_context(|| format!("no text `{name}`"))
    };
    Ok(StateFile {
        name: text("name")?.to_owned(),
        bytes: value
            .get("bytes")
            .and_then(Value::as_u64)
            .context("no number `bytes`")?,
        hash: text("hash")?.to_owned(),
    })
}

/// Reads the bytes of a file of a generation and checks them.
fn read(manifest: &Manifest, file: &StateFile) -> Result<Vec<u8>> {
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
    Ok(bytes)
}

/// The rules that were in force.
pub(crate) fn rules(manifest: &Manifest) -> Result<Rules> {
    let bytes = read(manifest, &manifest.rules_file)?;
    let files: Vec<Value> = serde_json::from_slice(&bytes).context("the rules of the snapshot are not JSON")?;
    let text = |file: &Value, name: &str| file.get(name).and_then(Value::as_str).map(str::to_owned);
    let files = files.iter().map(|file| text(file, "name").zip(text(file, "text")));
    let files = files
        .collect::<Option<Vec<_>>>()
        .context("the rules of the snapshot are no list of files")?;
    let rules = Rules::compile(files).map_err(|mistakes| {
        let told = rule_files::told(&mistakes);
        anyhow!(
            "the rules of {} are none to this program: {told}",
            manifest.dir.display()
        )
    })?;
    if rules.set.hash_text() != manifest.rules {
        bail!(
            "{}: its rules mean something else to this program",
            manifest.dir.display()
        );
    }
    Ok(rules)
}

/// Checks every byte of a generation.
pub(crate) fn verify(dir: &Path) -> Result<()> {
    let manifest = manifest(dir)?;
    manifest
        .shards
        .iter()
        .chain([&manifest.rules_file])
        .try_for_each(|file| read(&manifest, file).map(drop))
}

/// The shards as a generation and those it follows hold them.
pub(crate) fn shards(chain: &[Manifest], rules: &Arc<RuleSet>, seed: u64) -> Result<Vec<Shard>> {
    use rayon::prelude::*;
    let (whole, changes) = chain.split_first().context("a chain has a first")?;
    let restore = |number: usize, file: &StateFile| -> Result<Shard> {
        let bytes = read(whole, file)?;
        let restored = Shard::restore(&bytes, Arc::clone(rules), seed);
        let mut shard = restored.with_context(|| format!("{} cannot be restored", whole.dir.display()))?;
        drop(bytes);
        for later in changes {
            let file = later.shards.get(number);
            let file = file.with_context(|| format!("{} has fewer shards", later.dir.display()))?;
            let more = shard.restore_changes(&read(later, file)?);
            more.with_context(|| format!("{} cannot be restored", later.dir.display()))?;
        }
        Ok(shard)
    };
    let files = whole.shards.par_iter().enumerate();
    files.map(|(number, file)| restore(number, file)).collect()
}

/// The newest generation that is whole. `complain` hears of those that are not.
pub(crate) fn restore(
    parent: &Path,
    (clock, seed): (Clock, u64),
    complain: &mut dyn FnMut(&anyhow::Error),
) -> Result<Option<Restored>> {
    for dir in list(parent)?.iter().rev() {
        match restore_one(dir, clock, seed) {
            Ok(restored) => return Ok(Some(restored)),
            Err(error) => complain(&error),
        }
    }
    Ok(None)
}

fn restore_one(dir: &Path, clock: Clock, seed: u64) -> Result<Restored> {
    let chain = chain(dir)?;
    let newest = chain.last().context("a chain has a last")?;
    let rules = rules(newest)?;
    Ok(Restored {
        shards: shards(&chain, &rules.set, seed)?,
        timeline: Timeline::at(clock, newest.reading),
        rules,
        cut: newest.cut.clone(),
        rebases: newest.rebases,
        chain,
    })
}
