//! A directory of tables that appears whole or not at all: written beside, synced, then renamed.
//!
//! ```text
//! tables/20260301T140322000/manifest.json, shipments.parquet or shipments/part-00.parquet, ...
//! tables/latest -> 20260301T140322000     (for DuckDB and other readers)
//! ```

use crate::catalog::Catalog;
use crate::error::{OpenError, WriteError};
use crate::files::{BatchFile, ParquetWriter, WrittenFile};
use crate::manifest::{FILE_NAME, Manifest};
use crate::query::Limits;
use crate::schema::Table;
use milepost_model::Timestamp;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Begin of the name of a directory that is not finished.
const UNFINISHED: &str = ".writing-";

/// More parts than any table has: one for each of at most 64 shards.
const PARTS_MAX: u32 = 100;

/// The link to the newest generation.
const LATEST: &str = "latest";

/// Tables being written: the writers of its files may run in as many threads as one likes.
pub struct Generation {
    home: Home,
    as_of: Timestamp,
}

enum Home {
    /// Files are written where they stay.
    Plain { dir: PathBuf },
    /// Files are written to `unfinished`, which becomes `finished`.
    Renamed {
        parent: PathBuf,
        unfinished: PathBuf,
        finished: PathBuf,
    },
}

impl Generation {
    /// A new generation below `parent`, named after its instant.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn begin(parent: &Path, as_of: Timestamp) -> Result<Self, WriteError> {
        let name = directory_name(as_of);
        let unfinished = parent.join(format!("{UNFINISHED}{name}"));
        // What a crash left there is of no use.
        remove(&unfinished)?;
        make(&unfinished)?;
        let home = Home::Renamed {
            parent: parent.to_path_buf(),
            unfinished,
            finished: parent.join(name),
        };
        Ok(Self { home, as_of })
    }

    /// Tables that are written straight into `dir`, as a replay does.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn in_place(dir: &Path, as_of: Timestamp) -> Result<Self, WriteError> {
        make(dir)?;
        Ok(Self {
            home: Home::Plain { dir: dir.to_path_buf() },
            as_of,
        })
    }

    /// Removes the tables that an earlier run wrote straight into `dir`: its parts beside fewer new ones would be read
    /// as if they belonged together. Nothing else there is touched.
    ///
    /// # Errors
    /// When one of them cannot be removed.
    pub fn clear(dir: &Path) -> Result<(), WriteError> {
        remove_file(&dir.join(FILE_NAME))?;
        for table in Table::ALL {
            remove_file(&dir.join(format!("{}.parquet", table.name())))?;
            (0..PARTS_MAX).try_for_each(|part| remove_file(&dir.join(table.name()).join(part_name(part))))?;
        }
        Ok(())
    }

    /// Opens the only file of a table.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn writer(&self, table: Table) -> Result<ParquetWriter, WriteError> {
        ParquetWriter::create(table, &self.dir().join(format!("{}.parquet", table.name())), self.as_of)
    }

    /// Opens one of several files of a table, for example one per shard.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn writer_of_part(&self, table: Table, part: u32) -> Result<ParquetWriter, WriteError> {
        let dir = self.dir().join(table.name());
        make(&dir)?;
        ParquetWriter::create(table, &dir.join(part_name(part)), self.as_of)
    }

    /// Folds the shipments just written into orders and writes them too, for readers that have no SQL of ours.
    ///
    /// # Errors
    /// When the fold needs more than its limits, or the file cannot be written.
    pub async fn write_orders(&self, shipments: &[WrittenFile], limits: &Limits) -> Result<WrittenFile, WriteError> {
        let manifest = Manifest {
            as_of: self.as_of,
            files: shipments.to_vec(),
        };
        let catalog = Catalog::of_manifest(manifest);
        let batches = catalog.orders(limits).await?;
        let mut file = BatchFile::create(Table::Orders, &self.dir().join("orders.parquet"), self.as_of)?;
        batches.iter().try_for_each(|batch| file.write(batch))?;
        file.finish()
    }

    /// Writes the manifest and lets the directory appear. Gives its path.
    ///
    /// # Errors
    /// When a file system step fails; nothing has appeared then.
    pub fn commit(self, files: Vec<WrittenFile>) -> Result<PathBuf, WriteError> {
        let dir = self.dir().to_path_buf();
        for table in Table::ALL {
            sync_dir(&dir.join(table.name()))?;
        }
        Manifest {
            as_of: self.as_of,
            files,
        }
        .write(&dir)?;
        sync_dir(&dir)?;
        match self.home {
            Home::Plain { dir } => Ok(dir),
            Home::Renamed {
                parent,
                unfinished,
                finished,
            } => {
                // The same instant again: the same rows again, so the old one may go.
                remove(&finished)?;
                fs::rename(&unfinished, &finished).map_err(|source| WriteError::Io {
                    path: finished.clone(),
                    source,
                })?;
                point_latest_at(&parent, &finished)?;
                sync_dir(&parent)?;
                Ok(finished)
            }
        }
    }

    fn dir(&self) -> &Path {
        match &self.home {
            Home::Plain { dir } => dir,
            Home::Renamed { unfinished, .. } => unfinished,
        }
    }
}

/// The finished generations below `parent`, the oldest first.
///
/// # Errors
/// When the directory cannot be read.
pub fn generations(parent: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let failed = |source| OpenError::Io {
        path: parent.to_path_buf(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(parent).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with('.') && name != LATEST && path.join(FILE_NAME).is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The name of one of several files of a table.
fn part_name(part: u32) -> String {
    format!("part-{part:02}.parquet")
}

/// `20260301T140322000`: sorts by time, and is a name on every file system.
fn directory_name(as_of: Timestamp) -> String {
    as_of
        .to_string()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .filter(|letter| *letter != 'Z')
        .collect()
}

fn make(dir: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(dir).map_err(|source| WriteError::Io {
        path: dir.to_path_buf(),
        source,
    })
}

fn remove(dir: &Path) -> Result<(), WriteError> {
    gone(dir, fs::remove_dir_all(dir))
}

fn remove_file(path: &Path) -> Result<(), WriteError> {
    gone(path, fs::remove_file(path))
}

/// What was not there is gone as well.
fn gone(path: &Path, removed: std::io::Result<()>) -> Result<(), WriteError> {
    match removed {
        Err(source) if !matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(WriteError::Io {
                path: path.to_path_buf(),
                source,
            })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Makes the names in a directory durable; one that does not exist has none.
fn sync_dir(dir: &Path) -> Result<(), WriteError> {
    let synced = match File::open(dir) {
        Ok(open) => open.sync_all(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    synced.map_err(|source| WriteError::Io {
        path: dir.to_path_buf(),
        source,
    })
}

#[cfg(unix)]
fn point_latest_at(parent: &Path, finished: &Path) -> Result<(), WriteError> {
    let fresh = parent.join(format!("{UNFINISHED}{LATEST}"));
    let made = match fs::remove_file(&fresh) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => std::os::unix::fs::symlink(finished.file_name().unwrap_or_default(), &fresh),
    };
    made.and_then(|()| fs::rename(&fresh, parent.join(LATEST)))
        .map_err(|source| WriteError::Io {
            path: parent.join(LATEST),
            source,
        })
}

#[cfg(not(unix))]
fn point_latest_at(_parent: &Path, _finished: &Path) -> Result<(), WriteError> {
    Ok(())
}
