//! Rule files from a directory, or the rules that come with the program.

use crate::error::Usage;
use anyhow::{Context, Result};
use milepost_rules::{RuleSet, SourceFile};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The rules of a directory (`*.yaml`, `*.yml`), or the built-in ones.
///
/// # Errors
/// Every mistake in every file, with its place; then nothing is loaded.
pub(crate) fn load(dir: Option<&Path>) -> Result<Arc<RuleSet>> {
    let texts = match dir {
        Some(dir) => read(dir)?,
        None => milepost_rules::library()
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect(),
    };
    let files: Vec<SourceFile<'_>> = texts.iter().map(|(name, text)| SourceFile { name, text }).collect();
    let rules = RuleSet::compile(&files).map_err(|mistakes| {
        let mut text = format!("{} mistakes in the rules, none is loaded\n", mistakes.len());
        mistakes.iter().for_each(|mistake| {
            let _ = writeln!(text, "\n{mistake}");
        });
        Usage::error(text)
    })?;
    Ok(Arc::new(rules))
}

/// Names and texts of the rule files of a directory, in order of names.
pub(crate) fn read(dir: &Path) -> Result<Vec<(String, String)>> {
    let listing = std::fs::read_dir(dir).with_context(|| format!("cannot read the rules in {}", dir.display()))?;
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in listing {
        let path = entry.with_context(|| format!("cannot read {}", dir.display()))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml")
        {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        return Err(Usage::error(format!("{} has no rule files (*.yaml)", dir.display())));
    }
    let mut texts = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        texts.push((path.display().to_string(), text));
    }
    Ok(texts)
}
