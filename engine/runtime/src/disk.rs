//! The disk as snapshots see it: a few calls, each one that can fail, and the promise that goes with each. One keeper for
//! this machine's disk; tests bring one that loses what was not synced.

use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// A file system. Of what was done, only what was synced is there after a loss of power: the bytes of a file after
/// [`DiskFile::sync`], names in a directory after [`Disk::sync_dir`].
pub trait Disk: Send + Sync + Debug {
    /// Names in a directory, in no order; an error of kind `NotFound` when there is no such directory.
    ///
    /// # Errors
    /// What the system says; so with every call here.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;

    /// A directory, in one that exists.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;

    /// A new and empty file to write from its beginning.
    fn create(&self, file: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// All bytes of a file.
    fn read(&self, file: &Path) -> io::Result<Vec<u8>>;

    /// Gives a directory another name, at once or not at all.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a directory and all in it; may stop half-way.
    fn remove_dir_all(&self, dir: &Path) -> io::Result<()>;

    /// The names in a directory are on the disk when this returns.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;

    /// Locks a file, which is made if it is not there, until what comes back is dropped or this process ends.
    fn lock(&self, file: &Path) -> io::Result<Box<dyn Debug + Send>>;
}

/// A file that is being written.
pub trait DiskFile {
    /// Adds bytes at its end. After an error some of them may stand there.
    ///
    /// # Errors
    /// What the system says.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// All bytes are on the disk when this returns. Ends the file: one that failed once is not tried again, since a system
    /// forgets what it could not write and says yes to the second try.
    ///
    /// # Errors
    /// What the system says.
    fn sync(self: Box<Self>) -> io::Result<()>;
}

/// The disk of this machine.
#[derive(Clone, Copy, Debug)]
pub struct HostDisk;

impl Disk for HostDisk {
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let entries = fs::read_dir(dir)?;
        let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
        entries.map(name).collect()
    }

    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        fs::create_dir(dir)
    }

    fn create(&self, file: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(HostFile(File::create_new(file)?)))
    }

    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        fs::read(file)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_dir_all(&self, dir: &Path) -> io::Result<()> {
        fs::remove_dir_all(dir)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }

    fn lock(&self, file: &Path) -> io::Result<Box<dyn Debug + Send>> {
        let file = File::create(file)?;
        file.try_lock()?;
        Ok(Box::new(file))
    }
}

struct HostFile(File);

impl DiskFile for HostFile {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync(self: Box<Self>) -> io::Result<()> {
        self.0.sync_all()
    }
}
