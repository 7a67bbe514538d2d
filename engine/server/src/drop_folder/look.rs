//! What is in the folder: regular files there and one folder down, in the order of their names.

use super::{DONE, REFUSED};
use anyhow::{Context, Result};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Endings of files that somebody is still writing.
const PARTIAL: [&str; 6] = [".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload"];

/// What changes while a file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stamp {
    inode: u64,
    length: u64,
    seconds: i64,
    nanos: i64,
}

/// A file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Found {
    /// The folder in the watched one, which names the format; none for a file that stands there itself.
    pub(super) folder: Option<String>,
    pub(super) file: String,
    pub(super) path: PathBuf,
    pub(super) stamp: Stamp,
}

impl Stamp {
    pub(super) fn of(about: &Metadata) -> Self {
        Self {
            inode: about.ino(),
            length: about.len(),
            seconds: about.mtime(),
            nanos: about.mtime_nsec(),
        }
    }

    /// Whether it is of the same file, perhaps written to since.
    pub(super) fn is_same_file(self, other: Self) -> bool {
        self.inode == other.inode
    }
}

impl Found {
    /// Its name as people see it.
    pub(super) fn name(&self) -> String {
        match &self.folder {
            Some(folder) => format!("{folder}/{}", self.file),
            None => self.file.clone(),
        }
    }

    /// Whether it is still as it was found.
    pub(super) fn is_unchanged(&self) -> bool {
        self.path
            .symlink_metadata()
            .is_ok_and(|about| Stamp::of(&about) == self.stamp)
    }
}

/// All files, the folder being made where it is missing. Names that are not UTF-8, links, and what is hidden or being written are
/// left alone.
pub(super) fn at(dir: &Path) -> Result<Vec<Found>> {
    std::fs::create_dir_all(dir).context("it cannot be created")?;
    let mut found = Vec::new();
    for (name, about) in entries(dir)? {
        if name == DONE || name == REFUSED {
            continue;
        }
        if about.is_file() {
            found.extend(file(None, &name, dir, &about));
        } else if about.is_dir() {
            let folder = dir.join(&name);
            for (file_name, about) in entries(&folder)?.iter().filter(|(_, about)| about.is_file()) {
                found.extend(file(Some(&name), file_name, &folder, about));
            }
        }
    }
    found.sort_by_key(Found::name);
    Ok(found)
}

/// What stands in a folder, by itself and not by what a link points to.
fn entries(dir: &Path) -> Result<Vec<(String, Metadata)>> {
    let cannot_read = || format!("{} cannot be read", dir.display());
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(cannot_read)? {
        let entry = entry.with_context(cannot_read)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        // Who has moved it meanwhile wanted that.
        if let (false, Ok(about)) = (name.starts_with('.'), entry.path().symlink_metadata()) {
            entries.push((name, about));
        }
    }
    Ok(entries)
}

fn file(folder: Option<&str>, name: &str, dir: &Path, about: &Metadata) -> Option<Found> {
    let lower = name.to_ascii_lowercase();
    let is_partial = PARTIAL.iter().any(|ending| lower.ends_with(ending)) || lower.ends_with('~');
    (!is_partial).then(|| Found {
        folder: folder.map(str::to_owned),
        file: name.to_owned(),
        path: dir.join(name),
        stamp: Stamp::of(about),
    })
}
