//! The inputs that are kept: seeds, and what was found once.

use crate::{Mutator, Target};
use milepost_connectors::carriers::mapping::Formats;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The folder of a target's inputs.
#[must_use]
pub fn folder(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name)
}

/// The inputs of a target with their names, sorted.
///
/// # Errors
/// When they cannot be read.
pub fn inputs(target: &Target) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut inputs = Vec::new();
    for entry in fs::read_dir(folder(target))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        inputs.push((name, fs::read(entry.path())?));
    }
    inputs.sort();
    Ok(inputs)
}

/// The payloads that stand beside each format, with its name.
///
/// # Errors
/// When they cannot be read.
pub fn payloads() -> io::Result<Vec<(String, Vec<u8>)>> {
    let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors/formats");
    let mut payloads = Vec::new();
    for mapping in Formats::built_in().iter() {
        let mut files = Vec::new();
        for entry in fs::read_dir(formats.join(mapping.name()))? {
            files.push(entry?.path());
        }
        files.sort();
        for file in files {
            payloads.push((mapping.name().to_owned(), fs::read(file)?));
        }
    }
    Ok(payloads)
}

/// What makes mutants of each format, with its name.
///
/// # Errors
/// When the payloads cannot be read.
pub fn mutators() -> io::Result<Vec<(String, Mutator)>> {
    let payloads = payloads()?;
    let mutators = Formats::built_in().iter().map(|mapping| {
        let own = payloads.iter().filter(|(format, _)| format == mapping.name());
        (
            mapping.name().to_owned(),
            Mutator::new(mapping.syntax(), own.cloned().collect()),
        )
    });
    Ok(mutators.collect())
}
