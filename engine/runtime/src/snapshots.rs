//! Snapshots on disk: generations of directories, each with the bytes of every shard and a manifest that says what they
//! are and hashes them. A generation is whole or it is not there: written aside, synced, renamed. It holds all of the
//! shards, or what changed since the generation that it follows.

mod commit;
mod manifest;
mod restore;

use crate::disk::{Disk, HostDisk};
use anyhow::{Context, Result};
pub use manifest::{Follows, Manifest, StateFile};
use milepost_model::MINUTE_MS;
use std::fmt::Debug;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use xxhash_rust::xxh3::xxh3_128;

const MANIFEST: &str = "manifest.json";
const RULES: &str = "rules.json";
/// The texts of mapping files in a generation.
const FORMATS: &str = "formats.json";
/// What was learned of lanes in a generation.
const LANES: &str = "lanes.bin";
const LOCK: &str = "lock";

/// Beside the newest generations one stays that is so much older, by the log's time: a server of the log that loses its power
/// loses what it acknowledged since its last sync, two minutes by default, and a state from before that makes good what was
/// published meanwhile.
const REACH_MS: i64 = 5 * MINUTE_MS;

/// The generations in a directory.
#[derive(Clone, Debug)]
pub struct Snapshots {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    keep: usize,
    /// Threads that write shards side by side; with one, it is the caller's own.
    writers: usize,
    /// The name of the directory is on the disk, as far as we know.
    is_placed: Arc<AtomicBool>,
}

impl Snapshots {
    /// Those in a directory of this machine, of which the newest `keep` stay.
    #[must_use]
    pub fn on_host(dir: &Path, keep: usize) -> Self {
        let writers = std::thread::available_parallelism().map_or(1, usize::from);
        Self::new(Arc::new(HostDisk), dir, keep, writers)
    }

    /// Those in a directory of any disk, written by so many threads.
    #[must_use]
    pub fn new(disk: Arc<dyn Disk>, dir: &Path, keep: usize, writers: usize) -> Self {
        Self {
            disk,
            dir: dir.to_path_buf(),
            keep: keep.max(1),
            writers,
            is_placed: Arc::default(),
        }
    }

    /// Where they stand.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Keeps everybody else from writing here, until dropped.
    ///
    /// # Errors
    /// When somebody does already.
    pub fn hold(&self) -> Result<Box<dyn Debug + Send>> {
        self.make_place()?;
        self.disk.lock(&self.dir.join(LOCK)).with_context(|| {
            format!(
                "the snapshots in {} are held by another process: stop that one, or give this one another directory",
                self.dir.display()
            )
        })
    }

    /// The generations, oldest first.
    ///
    /// # Errors
    /// When the directory cannot be read; one that does not exist holds none.
    pub fn list(&self) -> Result<Vec<PathBuf>> {
        let is_generation = |name: &String| name.len() == 20 && name.bytes().all(|byte| byte.is_ascii_digit());
        let mut names = self.names()?;
        names.retain(is_generation);
        names.sort();
        Ok(names.into_iter().map(|name| self.dir.join(name)).collect())
    }

    fn names(&self) -> Result<Vec<String>> {
        match self.disk.list(&self.dir) {
            Ok(names) => Ok(names),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", self.dir.display())),
        }
    }

    /// Removes old generations: the newest few that can be read stay, one that is older by some minutes, and those that any
    /// of them follows. Returns what was removed.
    ///
    /// # Errors
    /// When the disk refuses; what was to be removed may be half there.
    pub fn prune(&self) -> Result<Vec<PathBuf>> {
        let dirs = self.list()?;
        let superfluous = self.superfluous(&dirs);
        for dir in &superfluous {
            self.disk
                .remove_dir_all(dir)
                .with_context(|| format!("cannot prune the old snapshot {}", dir.display()))?;
        }
        Ok(superfluous)
    }

    /// Those of these generations, oldest first, that nothing needs any more.
    #[must_use]
    pub fn superfluous(&self, dirs: &[PathBuf]) -> Vec<PathBuf> {
        // The newest first; one that cannot be read is no use, and counts for nothing.
        let good = dirs.iter().rev().filter_map(|dir| self.manifest(dir).ok());
        let good: Vec<Manifest> = good.collect();
        let Some(newest) = good.first() else {
            return Vec::new();
        };
        let is_old = |manifest: &&Manifest| newest.reading.now.since(manifest.reading.now) >= REACH_MS;
        let latest = good.iter().take(self.keep);
        let oldest_of_them = latest.clone().next_back().map(|manifest| &manifest.dir);
        // The one that is old enough, and the one that will take its place.
        let old = good.iter().find(is_old);
        let next_old = good.iter().rev().find(|manifest| !is_old(manifest));
        let wanted = latest.chain(old).chain(next_old);
        let kept: Vec<PathBuf> = wanted
            .flat_map(|manifest| self.chain(&manifest.dir).unwrap_or_else(|_| vec![manifest.clone()]))
            .map(|manifest| manifest.dir)
            .collect();
        let is_readable = |dir: &PathBuf| good.iter().any(|manifest| manifest.dir == *dir);
        let mut superfluous = dirs.to_vec();
        superfluous.retain(|dir| !kept.contains(dir) && (is_readable(dir) || Some(dir) < oldest_of_them));
        superfluous
    }
}

fn name_of(dir: &Path) -> String {
    dir.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// The hash of a file, and of what a manifest says: XXH3 with 128 bits, in hexadecimal.
#[must_use]
pub fn hash(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}
