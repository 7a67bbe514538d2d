//! The program `milepost`. What it can be asked stands in `cli`, one file for each command; what a scan goes through in
//! `serve` and `replay` stands in `pipeline`.

mod cli;
mod config;
mod error;
mod length;
mod out;
mod settings;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
