//! `milepost config`: the settings there are, and as they are in force here.

use crate::config::Config;
use crate::out;
use crate::settings::{REFERENCE, Setting, Settings, Value};
use milepost_connectors::log::LogSettings;
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  milepost config                          every setting with its usual value and what it means
  milepost config > milepost.toml          a file to begin with; lines that stay as they are may go
  milepost config --show                   what is in force here, and where it was written";

/// Prints every setting with its usual value, or what is in force here.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// What is in force here, and where each was written.
    #[arg(long)]
    show: bool,
    /// Settings; without it milepost.toml in the working directory, if it is there.
    #[arg(long, value_name = "FILE", requires = "show")]
    config: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if !args.show {
        out::text(REFERENCE)?;
        return Ok(ExitCode::SUCCESS);
    }
    let settings = Settings::load(args.config.as_deref());
    // What cannot be understood is not shown as if it were in force.
    Config::of(&settings)?;
    out::text(shown(&settings))?;
    Ok(ExitCode::SUCCESS)
}

fn shown(settings: &Settings) -> String {
    let mut text = String::new();
    let mut open = "";
    for (section, key, Setting { value, origin }) in settings.each() {
        if section != open {
            let blank = if open.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{blank}[{section}]\n"));
            open = section;
        }
        let value = match value {
            // An address may hold a password.
            Value::Text(url) if (section, key) == ("log", "url") => format!("{:?}", LogSettings::new(url).shown_url()),
            Value::Text(text) => format!("{text:?}"),
            Value::Number(number) => number.to_string(),
            Value::Switch(switch) => switch.to_string(),
            Value::Texts(texts) => format!("{texts:?}"),
        };
        text.push_str(&format!("{:<46} # {origin}\n", format!("{key} = {value}")));
    }
    text
}
