//! `milepost man`: the manual page, made from the same words as `--help`.

use crate::out;
use anyhow::Context;
use clap::CommandFactory;
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  milepost man | man -l -                  read it
  milepost man --dir /usr/share/man/man1   one page for each command";

/// Prints the manual page, or writes one for each command.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Write milepost.1, milepost-serve.1 and so on into this directory.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let command = super::Cli::command();
    if let Some(dir) = &args.dir {
        std::fs::create_dir_all(dir).with_context(|| format!("{} cannot be created", dir.display()))?;
        clap_mangen::generate_to(command, dir).with_context(|| format!("{} cannot be written to", dir.display()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    out::bytes(&page)?;
    Ok(ExitCode::SUCCESS)
}
