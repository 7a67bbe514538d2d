//! Mapping files of one's own, over those that come with the program.

use crate::error::Usage;
use anyhow::{Context, Result, anyhow, bail};
use milepost_connectors::carriers::mapping::Formats;
use std::path::{Path, PathBuf};

/// The formats that come with the program, and those of a directory over them.
pub(crate) fn load(dir: Option<&Path>) -> Result<Formats> {
    let built_in = Formats::built_in();
    let Some(dir) = dir else {
        return Ok(built_in.clone());
    };
    let entries = std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    paths.sort();
    if paths.is_empty() {
        bail!("there is no mapping file (*.yaml) in {}", dir.display());
    }
    let mut files = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        files.push((path.display().to_string(), text));
    }
    built_in.with_files(&files).map_err(|wrong| {
        let lines = wrong
            .iter()
            .map(|(file, mistake)| format!("{file}:{}: {}", mistake.line, mistake.what));
        anyhow!(Usage(lines.collect::<Vec<_>>().join("\n")))
    })
}
