//! Writing a generation: aside, synced, renamed into place. What fails on the way is given up whole, and its bytes are
//! given back to the disk; the engine goes on either way.

use super::manifest::{Manifest, StateFile};
use super::{FORMATS, LANES, MANIFEST, RULES, Snapshots, hash, manifest};
use crate::learning::Exchange;
use crate::saving::{self, Piece, SaveState, Saved, Underway};
use anyhow::{Context, Result, anyhow, bail};
use crossbeam_channel::Receiver;
use milepost_connectors::log::Term;
use milepost_core::{Clock, Extent, Timeline};
use serde_json::json;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use xxhash_rust::xxh3::Xxh3;

impl Snapshots {
    /// Writes a generation: all of the shards, or what changed since `last`. When this returns it is on the disk, whatever
    /// happens to the machine.
    ///
    /// # Errors
    /// When the disk refuses. Then there is no such generation, or it is there and whole, and nothing may rest on it.
    pub fn commit(&self, saved: &Saved, taken_by: Term, last: Option<&Manifest>) -> Result<Manifest> {
        self.make_place()?;
        // Counted, not named after the cut: a log that was taken as it is begins with low numbers again.
        let number = self
            .names()?
            .iter()
            .filter_map(|name| number_of(name))
            .max()
            .unwrap_or(0)
            + 1;
        let name = format!("{number:020}");
        let (aside, place) = (self.dir.join(format!(".{name}.partial")), self.dir.join(&name));
        self.remove_unfinished();
        self.disk
            .create_dir(&aside)
            .with_context(|| format!("cannot create {}", aside.display()))?;
        let written = self.write(&aside, saved, taken_by, last);
        if written.is_err() {
            self.remove_unfinished();
        }
        written?;
        self.disk
            .rename(&aside, &place)
            .with_context(|| format!("cannot rename {} into place", aside.display()))?;
        self.sync_dir(&self.dir)?;
        self.manifest(&place)
    }

    /// Writes the state of a generation of any directory again, whole and as the newest of this one.
    ///
    /// # Errors
    /// When that generation is damaged, or the disk refuses.
    pub fn adopt(&self, dir: &Path) -> Result<Manifest> {
        let chain = self.chain(dir)?;
        let newest = chain.last().context("a chain has a last")?;
        let (rules, formats) = (self.rules(newest)?, self.formats(newest)?);
        let (mut shards, learning) = self.shards(&chain, &rules.set, 0)?;
        // The clock is that of the settings of whoever starts; only the reading is kept.
        let timeline = Timeline::at(Clock::Log, newest.reading);
        let learned = Exchange::new(shards.len(), learning).hold(0);
        let to_save = Arc::new(SaveState::new(false)).begin(newest.cut.clone());
        let (orders, mut saved) = saving::order(shards.len(), to_save, (timeline, rules, formats.files, learned));
        saved.published.clone_from(&newest.published);
        std::thread::scope(|scope| {
            for (shard, order) in shards.iter_mut().zip(orders) {
                scope.spawn(move || Underway::begin(shard, &order).finish(shard));
            }
            let written = self.commit(&saved, newest.taken_by, None);
            // Whoever still writes learns that nobody reads.
            drop(saved);
            written
        })
    }

    fn write(&self, aside: &Path, saved: &Saved, taken_by: Term, last: Option<&Manifest>) -> Result<()> {
        let follows = match (saved.to_save.extent, last) {
            (Extent::Whole, _) => None,
            (Extent::Changes, Some(last)) => Some(last.to_follow()),
            (Extent::Changes, None) => bail!("there is no snapshot that these changes follow"),
        };
        let shards = self.write_shards(aside, &saved.shards)?;
        let texts = [
            self.write_texts(aside, RULES, &saved.rules.files)?,
            self.write_texts(aside, FORMATS, &saved.formats)?,
            self.write_learned(aside, saved)?,
        ];
        let text = manifest::text(saved, taken_by, follows.as_ref(), (&texts, &shards))?;
        self.write_file(&aside.join(MANIFEST), text.as_bytes())?;
        self.sync_dir(aside)
    }

    /// The directory of all generations, with its name on the disk. One that is there may have been made by an engine that
    /// could not sync its name, or by us: so that is done once more, when this is asked for the first time.
    pub(super) fn make_place(&self) -> Result<()> {
        let is_synced = self.is_placed.swap(false, Ordering::Relaxed);
        self.make_dir(&self.dir, is_synced)?;
        self.is_placed.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// A directory whose name is on the disk, with those that it lies in: nothing is made in one whose name is not.
    fn make_dir(&self, dir: &Path, is_synced: bool) -> Result<()> {
        let is_there = match self.disk.list(dir) {
            Ok(_) if is_synced => return Ok(()),
            Ok(_) => true,
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", dir.display())),
        };
        let parent = match dir.parent() {
            Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
            Some(parent) => parent,
            None if is_there => return Ok(()),
            None => bail!("there is no directory {}", dir.display()),
        };
        if !is_there {
            self.make_dir(parent, false)?;
            let created = self.disk.create_dir(dir);
            created.with_context(|| format!("cannot create the directory {}", dir.display()))?;
        }
        match self.disk.sync_dir(parent) {
            // Where we may not even look, somebody else has made it.
            Err(error) if is_there && error.kind() == ErrorKind::PermissionDenied => Ok(()),
            synced => synced.with_context(|| format!("cannot sync {}", parent.display())),
        }
    }

    /// What was begun and not finished, by this engine or by one before it: room that the next can use.
    fn remove_unfinished(&self) {
        for name in self.names().unwrap_or_default() {
            if name.ends_with(".partial") {
                // One that cannot be removed is in nobody's way: the next has another name.
                let _ = self.disk.remove_dir_all(&self.dir.join(name));
            }
        }
    }

    /// The texts of rules and mapping files, so that a start judges and reads as the engine did, whatever stands in their
    /// directories meanwhile.
    fn write_texts(&self, aside: &Path, name: &str, files: &[(String, String)]) -> Result<StateFile> {
        let files = files.iter().map(|(name, text)| json!({ "name": name, "text": text }));
        let text = serde_json::to_string_pretty(&files.collect::<Vec<_>>()).context("texts are plain JSON")?;
        self.write_file(&aside.join(name), text.as_bytes())?;
        Ok(StateFile {
            name: name.to_owned(),
            bytes: text.len() as u64,
            hash: hash(text.as_bytes()),
        })
    }

    /// What was learned of lanes, whole: tables change all over each hour.
    fn write_learned(&self, aside: &Path, saved: &Saved) -> Result<StateFile> {
        let bytes = saved.learned.bytes();
        let bytes = bytes.context("the engine stopped before it had learned what is to be saved")?;
        self.write_file(&aside.join(LANES), &bytes)?;
        Ok(StateFile {
            name: LANES.to_owned(),
            bytes: bytes.len() as u64,
            hash: hash(&bytes),
        })
    }

    /// Every shard to its file, as they come; so many side by side as there are writers.
    fn write_shards(&self, aside: &Path, shards: &[Receiver<Piece>]) -> Result<Vec<StateFile>> {
        let write = |first: usize, shards: &[Receiver<Piece>]| -> Result<Vec<StateFile>> {
            let numbered = (first..).zip(shards);
            numbered
                .map(|(number, pieces)| self.write_shard(aside, format!("shard-{number:03}.bin"), pieces))
                .collect()
        };
        if self.writers <= 1 {
            return write(0, shards);
        }
        let share = shards.len().div_ceil(self.writers).max(1);
        std::thread::scope(|scope| {
            let write = &write;
            let writers: Vec<_> = (0..)
                .step_by(share)
                .zip(shards.chunks(share))
                .map(|(first, shards)| scope.spawn(move || write(first, shards)))
                .collect();
            let written = writers.into_iter().map(|writer| {
                writer
                    .join()
                    .map_err(|_| anyhow!("the writer of a shard stopped on a fault of our own, told above"))?
            });
            Ok(written.collect::<Result<Vec<_>>>()?.concat())
        })
    }

    fn write_shard(&self, aside: &Path, name: String, pieces: &Receiver<Piece>) -> Result<StateFile> {
        let path = aside.join(&name);
        let cannot = || format!("cannot write {}", path.display());
        let mut file = self.disk.create(&path).with_context(cannot)?;
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
        file.sync().with_context(cannot)?;
        Ok(StateFile {
            name,
            bytes,
            hash: format!("{:032x}", hasher.digest128()),
        })
    }

    fn write_file(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let cannot = || format!("cannot write {}", path.display());
        let mut file = self.disk.create(path).with_context(cannot)?;
        file.write_all(bytes).with_context(cannot)?;
        file.sync().with_context(cannot)
    }

    fn sync_dir(&self, dir: &Path) -> Result<()> {
        self.disk
            .sync_dir(dir)
            .with_context(|| format!("cannot sync {}", dir.display()))
    }
}

/// The number in the name of a generation, finished or not.
fn number_of(name: &str) -> Option<u64> {
    let name = name.strip_prefix('.').unwrap_or(name);
    name.strip_suffix(".partial").unwrap_or(name).parse().ok()
}
