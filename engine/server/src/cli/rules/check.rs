//! `milepost rules check`: every mistake in every file, with its place and what to do.

mod github;
mod sarif;

use super::{Chosen, Files, counted};
use crate::error::FAILED;
use crate::out;
use milepost_rules::{Diagnostic, RuleSet, Severity, SourceFile};
use serde_json::json;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  milepost rules check rules/
  milepost rules check rules/ --format json | jq '.diagnostics[] | .code'
  milepost rules check rules/ --format sarif > rules.sarif      for code scanning
  milepost rules check rules/ --format github                   beside the lines of a pull request

Exit codes: 0 when the rules would be taken (warnings included), 1 when they would be refused,
2 when the command line is wrong.";

/// Parses and checks rule files: types, names, conditions that cannot be true.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    chosen: Chosen,
    /// How the outcome is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How the outcome is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON object.
    Json,
    /// SARIF 2.1.0, for code scanning and editors.
    Sarif,
    /// Commands of a GitHub workflow, and the last line of the text.
    Github,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let files = args.chosen.files()?;
    let sources: Vec<SourceFile<'_>> = files
        .texts
        .iter()
        .map(|(name, text)| SourceFile { name, text })
        .collect();
    let compiled = RuleSet::compile(&sources);
    match args.format {
        Format::Text => out::text(text(&files, &compiled))?,
        Format::Json => out::line(json(&compiled))?,
        Format::Sarif => {
            let dir = std::env::current_dir().unwrap_or_default();
            out::line(format!("{:#}", sarif::log(diagnostics(&compiled), &dir)))?;
        }
        Format::Github => out::text(github::commands(diagnostics(&compiled)) + &summary(&files, &compiled))?,
    }
    Ok(ExitCode::from(if compiled.is_ok() { 0 } else { FAILED }))
}

/// Everything that was found, and what came of it.
pub(super) fn text(files: &Files, compiled: &Result<RuleSet, Vec<Diagnostic>>) -> String {
    let found = diagnostics(compiled).iter().map(|found| format!("{found}\n"));
    found.collect::<String>() + &summary(files, compiled)
}

/// What was found, whether the set is taken or not.
fn diagnostics(compiled: &Result<RuleSet, Vec<Diagnostic>>) -> &[Diagnostic] {
    match compiled {
        Ok(rules) => rules.warnings(),
        Err(diagnostics) => diagnostics,
    }
}

/// What came of the whole set.
fn summary(files: &Files, compiled: &Result<RuleSet, Vec<Diagnostic>>) -> String {
    let found = diagnostics(compiled);
    let mut text = String::new();
    let of = |severity| {
        found
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    };
    let (errors, warnings) = (of(Severity::Error), counted(of(Severity::Warning), "warning"));
    let name = &files.name;
    match compiled {
        Ok(rules) => {
            let (count, tests) = (
                counted(rules.rules().len(), "rule"),
                counted(rules.tests().len(), "test"),
            );
            let in_files = counted(files.texts.len(), "file");
            let hash = rules.hash_text();
            let hash = hash.get(..12).unwrap_or(&hash);
            text.push_str(&format!(
                "{name}: {count} in {in_files}, {tests}, {warnings}; set {hash}\n"
            ));
        }
        Err(_) => {
            text.push_str(&format!("{name}: refused: {}, {warnings}\n", counted(errors, "error")));
            text.push_str("`milepost rules help CODE` explains a code, `milepost rules help` the language\n");
        }
    }
    text
}

pub(super) fn json(compiled: &Result<RuleSet, Vec<Diagnostic>>) -> serde_json::Value {
    let diagnostics: Vec<_> = diagnostics(compiled).iter().map(diagnostic_json).collect();
    match compiled {
        Ok(rules) => {
            let names: Vec<_> = rules.rules().iter().map(|rule| rule.name.as_str()).collect();
            json!({ "taken": true, "set": rules.hash_text(), "rules": names, "tests": rules.tests().len(), "diagnostics": diagnostics })
        }
        Err(_) => json!({ "taken": false, "diagnostics": diagnostics }),
    }
}

fn diagnostic_json(found: &Diagnostic) -> serde_json::Value {
    let severity = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    json!({
        "severity": severity, "code": found.code, "message": found.message, "file": found.file, "line": found.line,
        "column": found.column, "length": found.length, "label": found.label, "help": found.help,
    })
}
