//! `milepost rules fmt`: rule files in their canonical layout, with every comment and the same meaning.

use super::{chosen_dir, counted};
use crate::error::{FAILED, Usage};
use crate::{out, rule_files};
use anyhow::Context;
use milepost_rules::{LayoutError, SourceFile, laid_out};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  milepost rules fmt rules/              lays out every file of the directory
  milepost rules fmt rules/late.yaml     one file
  milepost rules fmt --check rules/      writes nothing and lists the files that would change
  milepost rules fmt --stdin < a.yaml    for editors: standard input to standard output

Order of keys, indentation, empty lines, line breaks and capitals of key words become the same in
all files. What a file means and every comment stay: each result is compared with the original
before it is written. A file with mistakes is left alone, and they are shown; names and types are
a matter of `milepost rules check`.
Exit codes: 0 fine, 1 when a file has mistakes or --check finds one that would change, 2 when the
command line is wrong.";

/// Writes rule files in one layout; what they mean and their comments stay.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Directories with rule files (*.yaml), or files. Without any: `rules.dir` of the settings.
    #[arg(value_name = "DIR|FILE")]
    paths: Vec<PathBuf>,
    /// Write nothing; list the files that would change, and end with 1 if there is one.
    #[arg(long)]
    check: bool,
    /// Read one file from standard input and write it to standard output.
    #[arg(long, conflicts_with_all = ["paths", "config"])]
    stdin: bool,
    /// Settings; without it milepost.toml in the working directory, if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// What came of the files.
#[derive(Default)]
struct Outcome {
    changed: Vec<String>,
    refused: usize,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.stdin {
        return from_stdin(args.check);
    }
    let files = files(args)?;
    let mut outcome = Outcome::default();
    for (name, text) in &files {
        match laid_out(&SourceFile { name, text }) {
            Ok(layout) if layout == *text => {}
            Ok(layout) => {
                if !args.check {
                    replace(Path::new(name), &layout)?;
                }
                outcome.changed.push(name.clone());
            }
            Err(error) => {
                outcome.refused += 1;
                eprint!("{}", refusal(name, &error));
            }
        }
    }
    report(&outcome, files.len(), args.check)
}

fn report(outcome: &Outcome, files: usize, is_check: bool) -> anyhow::Result<ExitCode> {
    for name in &outcome.changed {
        out::line(name)?;
    }
    let changed = outcome.changed.len();
    let verb = if is_check { "would be changed" } else { "changed" };
    let refused = match outcome.refused {
        0 => String::new(),
        refused => format!(", {refused} left alone"),
    };
    eprintln!("{changed} of {} {verb}{refused}", counted(files, "file"));
    let is_failed = outcome.refused > 0 || is_check && changed > 0;
    Ok(ExitCode::from(if is_failed { FAILED } else { 0 }))
}

fn from_stdin(is_check: bool) -> anyhow::Result<ExitCode> {
    const NAME: &str = "<stdin>";
    let mut text = String::new();
    let read = std::io::stdin().lock().read_to_string(&mut text);
    read.context("standard input cannot be read")?;
    match laid_out(&SourceFile {
        name: NAME,
        text: &text,
    }) {
        Ok(layout) if is_check => {
            let changed = if layout == text {
                Vec::new()
            } else {
                vec![NAME.to_owned()]
            };
            report(&Outcome { changed, refused: 0 }, 1, is_check)
        }
        Ok(layout) => {
            out::text(layout)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprint!("{}", refusal(NAME, &error));
            Ok(ExitCode::from(FAILED))
        }
    }
}

fn refusal(name: &str, error: &LayoutError) -> String {
    match error {
        LayoutError::Mistakes(found) => {
            let found: String = found.iter().map(|diagnostic| format!("{diagnostic}\n")).collect();
            format!("{found}{name}: left alone, it has mistakes\n")
        }
        LayoutError::Unsure => format!("{name}: left alone: {error}\n"),
    }
}

/// Names and texts of the files that are named, each once.
fn files(args: &Args) -> anyhow::Result<Vec<(String, String)>> {
    let mut paths = args.paths.clone();
    if paths.is_empty() {
        let dir = chosen_dir(None, args.config.as_deref())?;
        paths.push(dir.ok_or_else(|| {
            Usage::error("name a directory or files, or set `rules.dir`: the built-in rules are part of the program")
        })?);
    }
    let mut files: Vec<(String, String)> = Vec::new();
    for path in paths {
        if path.is_dir() {
            let read = rule_files::read(&path)?.into_iter();
            files.extend(read.filter(|(name, _)| !name.to_lowercase().ends_with(".csv")));
        } else {
            let name = path.display().to_string();
            let text =
                fs::read_to_string(&path).map_err(|error| Usage::error(format!("cannot read {name}: {error}")))?;
            files.push((name, text));
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

/// Writes the text beside the file and renames it, so that nobody ever reads half a file.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", path.display());
    // Where a link stands, the file that it leads to is replaced, not the link.
    let path = path.canonicalize().with_context(failed)?;
    let dir = path.parent().with_context(failed)?;
    let mut aside = tempfile::Builder::new()
        .prefix(".milepost-fmt-")
        .tempfile_in(dir)
        .with_context(failed)?;
    aside.write_all(text.as_bytes()).with_context(failed)?;
    let permissions = fs::metadata(&path).with_context(failed)?.permissions();
    aside.as_file().set_permissions(permissions).with_context(failed)?;
    aside.as_file().sync_all().with_context(failed)?;
    aside.persist(&path).with_context(failed)?;
    Ok(())
}
