//! `milepost rules schema`: the schema of rule files, for editors.

use crate::out;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  milepost rules schema > rules.schema.json

In VS Code with the YAML extension, write as the first line of a rule file
  # yaml-language-server: $schema=rules.schema.json
or in the settings
  \"yaml.schemas\": { \"./rules.schema.json\": \"rules/*.yaml\" }
The schema knows keys, names, lengths of time, closed lists and the lines of tests. SQL, types and
names of other files are known to `milepost rules check`.";

/// Prints the JSON Schema (draft 2020-12) of rule files.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {}

pub(super) fn run(_args: &Args) -> anyhow::Result<ExitCode> {
    out::text(milepost_rules::schema())?;
    Ok(ExitCode::SUCCESS)
}
