//! The history of a backtest: files of scans, or the table of scans, fed to the same workers as a replay.

use crate::cli::replay;
use crate::error::Usage;
use crate::files::Files;
use crate::outbox::Outlet;
use crate::workers::Workers;
use anyhow::{Context, Result};
use milepost_connectors::carriers::Format;
use milepost_core::Shard;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Where scans come from.
pub(super) enum History {
    Files { files: Vec<PathBuf>, format: Format },
}

impl History {
    /// Refuses what cannot be read before anything is replayed.
    pub(super) fn open(data: &[PathBuf]) -> Result<Self> {
        for path in data.iter().filter(|path| path.as_os_str() != "-") {
            let cannot_read = || format!("cannot read {}", path.display());
            File::open(path).with_context(cannot_read)?;
        }
        let formats: Vec<Format> = data.iter().map(|path| format_of(path)).collect();
        let [format, others @ ..] = formats.as_slice() else {
            return Err(Usage::error("--data names no history"));
        };
        if others.iter().any(|other| other != format) {
            return Err(Usage::error(
                "--data names CSV and NDJSON files at once; give files of one kind",
            ));
        }
        Ok(Self::Files {
            files: data.to_vec(),
            format: *format,
        })
    }

    pub(super) fn is_tables(&self) -> bool {
        match self {
            Self::Files { .. } => false,
        }
    }

    /// What to call it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Files { files, .. } => {
                let names: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
                names.join(", ")
            }
        }
    }

    /// Lets all scans pass through the workers.
    pub(super) fn replay(
        &self,
        workers: Workers,
        outlet: &mut (dyn Outlet + Send),
    ) -> Result<(Vec<Shard>, Vec<Shard>)> {
        match self {
            Self::Files { files, format } => {
                let bar = replay::progress(files);
                let input = Files::new(files.clone(), *format, None, Box::new(|bytes| bar.inc(bytes)));
                let shards = workers.run(input, outlet);
                bar.finish_and_clear();
                shards
            }
        }
    }
}

/// By its name.
fn format_of(path: &Path) -> Format {
    if path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
    {
        Format::Csv
    } else {
        Format::Canonical
    }
}
