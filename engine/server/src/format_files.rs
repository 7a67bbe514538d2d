//! Mapping files of one's own, over those that come with the program.

use crate::error::Usage;
use anyhow::{Context, Result, anyhow, bail};
use milepost_connectors::carriers::mapping::Formats;
use milepost_runtime::format_texts::{FormatSet, FormatTexts, told};
use std::path::{Path, PathBuf};

/// The formats that come with the program, and those of a directory over them.
pub(crate) fn load(dir: Option<&Path>) -> Result<Formats> {
    with_texts(dir).map(|set| Formats::clone(&set.formats))
}

/// The same, with the texts of the directory's files.
pub(crate) fn with_texts(dir: Option<&Path>) -> Result<FormatSet> {
    let files = dir.map(read).transpose()?.unwrap_or_default();
    FormatSet::compile(files).map_err(|wrong| anyhow!(Usage(told(&wrong))))
}

/// Names and texts of the mapping files of a directory, in order of names.
pub(crate) fn read(dir: &Path) -> Result<FormatTexts> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    // What an editor keeps beside a file begins with a dot.
    let is_hidden = |path: &Path| {
        path.file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
    };
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "yaml") && !is_hidden(path));
    paths.sort();
    if paths.is_empty() {
        bail!("there is no mapping file (*.yaml) in {}", dir.display());
    }
    let mut files = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        files.push((path.display().to_string(), text));
    }
    Ok(files)
}
