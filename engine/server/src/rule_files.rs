//! Rule files from a directory, or those that come with the program.

use crate::error::Usage;
use anyhow::{Context, Result};
use milepost_rules::RuleSet;
use milepost_runtime::rule_texts::{RuleTexts, Rules, told};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The rules of a directory (`*.yaml`, `*.yml`), or the built-in ones, with their texts.
///
/// # Errors
/// Every mistake in every file, with its place; then nothing is loaded.
pub(crate) fn with_texts(dir: Option<&Path>) -> Result<Rules> {
    let files = match dir {
        Some(dir) => read(dir)?,
        None => built_in(),
    };
    Rules::compile(files).map_err(|mistakes| Usage::error(told(&mistakes)))
}

/// The rules of a directory (`*.yaml`, `*.yml`), or the built-in ones.
///
/// # Errors
/// Every mistake in every file, with its place; then nothing is loaded.
pub(crate) fn load(dir: Option<&Path>) -> Result<Arc<RuleSet>> {
    Ok(with_texts(dir)?.set)
}

/// The files that come with the program.
pub(crate) fn built_in() -> RuleTexts {
    let files = milepost_rules::library().iter();
    files
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

/// Names and texts of the rule files of a directory, and of the CSV files there, in order of names.
pub(crate) fn read(dir: &Path) -> Result<RuleTexts> {
    let listing = std::fs::read_dir(dir).with_context(|| format!("cannot read the rules in {}", dir.display()))?;
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in listing {
        paths.push(entry.with_context(|| format!("cannot read {}", dir.display()))?.path());
    }
    let ends_with = |path: &PathBuf, endings: &[&str]| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| endings.iter().any(|known| ending.eq_ignore_ascii_case(known)))
    };
    // What an editor keeps beside a file begins with a dot.
    let is_hidden = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
    };
    paths.retain(|path| ends_with(path, &["yaml", "yml", "csv"]) && !is_hidden(path));
    paths.sort();
    if !paths.iter().any(|path| ends_with(path, &["yaml", "yml"])) {
        return Err(Usage::error(format!("{} has no rule files (*.yaml)", dir.display())));
    }
    let mut texts = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        texts.push((path.display().to_string(), text));
    }
    Ok(texts)
}
