//! `milepost completions`: what a shell needs to complete our command line.

use crate::out;
use clap::CommandFactory;
use clap_complete::Shell;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  milepost completions bash > ~/.local/share/bash-completion/completions/milepost
  milepost completions zsh > \"${fpath[1]}/_milepost\"
  milepost completions fish > ~/.config/fish/completions/milepost.fish";

/// Prints a script that lets a shell complete commands and options.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// For which shell.
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Cli::command(), "milepost", &mut script);
    out::bytes(&script)?;
    Ok(ExitCode::SUCCESS)
}
