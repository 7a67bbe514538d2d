//! The directories that the engine writes: may it, is there room, and how fast does the disk keep its word?

use super::report::Finding;
use crate::clock::Stopwatch;
use crate::config::Config;
use milepost_connectors::log::LogUrl;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is written and synced, and how often: about one commit of a log.
const SAMPLE_BYTES: usize = 4096;
const SAMPLES: usize = 9;

/// A log that commits slower than this holds up those who wait for its answer.
const SYNC_SLOW: Duration = Duration::from_millis(30);

const GIB: u64 = 1 << 30;
const FREE_WARNING_BYTES: u64 = 10 * GIB;
const FREE_LEAST_BYTES: u64 = GIB;

/// A finding for each directory that is written.
pub(super) fn directories(config: &Config) -> Vec<Finding> {
    let mut dirs: Vec<(&str, PathBuf)> = Vec::new();
    if let Ok(LogUrl::Embedded(dir)) = config.log.parse_url() {
        dirs.push(("[log] url", dir));
    }
    dirs.push(("[snapshots] dir", config.snapshots.dir.clone()));
    if !config.tables.every.is_zero() {
        dirs.push(("[tables] dir", config.tables.dir.clone()));
    }
    dirs.extend(config.drop.as_ref().map(|folder| ("[drop] dir", folder.dir.clone())));
    dirs.iter().map(|(setting, dir)| directory(setting, dir)).collect()
}

fn directory(setting: &str, dir: &Path) -> Finding {
    let shown = dir.display();
    let Some(there) = dir.ancestors().map(at_least_here).find(|dir| dir.exists()) else {
        return Finding::wrong(
            "disk",
            format!("{shown} has no directory above it"),
            format!("change {setting}"),
        );
    };
    if !there.is_dir() {
        let what = format!("{shown} ({setting}): {} is no directory", there.display());
        return Finding::wrong("disk", what, format!("remove it, or change {setting}"));
    }
    let created = if there == dir { "" } else { ", will be created" };
    let free = match rustix::fs::statvfs(there) {
        Ok(about) => about.f_bavail.saturating_mul(about.f_frsize),
        Err(error) => {
            let what = format!("{shown} ({setting}): the file system does not tell its free space: {error}");
            return Finding::wrong("disk", what, format!("change {setting}"));
        }
    };
    let sync = match sync_speed(there) {
        Ok(sync) => sync,
        Err(error) => {
            let what = format!("{shown} ({setting}) cannot be written: {error}");
            return Finding::wrong(
                "disk",
                what,
                format!("give this user the right to write there, or change {setting}"),
            );
        }
    };
    let what = format!(
        "{shown}{created}: {} GiB free, a synced write takes {} ms",
        free / GIB,
        tenths(sync)
    );
    if free < FREE_LEAST_BYTES {
        return Finding::wrong("disk", what, "make room, or name a directory on another disk");
    }
    if free < FREE_WARNING_BYTES {
        return Finding::warning(
            "disk",
            what,
            "there is little room; snapshots are kept several times over",
        );
    }
    if sync > SYNC_SLOW {
        return Finding::warning(
            "disk",
            what,
            "every commit waits for the disk: use a local one, with its own cache",
        );
    }
    Finding::fine("disk", what)
}

/// The parent of a relative path of one part is the working directory.
fn at_least_here(dir: &Path) -> &Path {
    if dir.as_os_str().is_empty() {
        Path::new(".")
    } else {
        dir
    }
}

/// How long a small write takes until it is durable: the median.
fn sync_speed(dir: &Path) -> io::Result<Duration> {
    let path = dir.join(format!(".milepost-doctor-{}", std::process::id()));
    let measured = measure(&path);
    // What could not be written may not be there.
    let _ = std::fs::remove_file(&path);
    measured
}

fn measure(path: &Path) -> io::Result<Duration> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    let sample = vec![0x4d; SAMPLE_BYTES];
    let mut times = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let watch = Stopwatch::start();
        file.write_all(&sample)?;
        file.sync_data()?;
        times.push(watch.elapsed());
    }
    times.sort();
    Ok(times.get(SAMPLES / 2).copied().unwrap_or_default())
}

fn tenths(length: Duration) -> String {
    format!("{:.1}", length.as_secs_f64() * 1000.0)
}
