//! The program `milepost`. What it can be asked stands in `cli`, one file for each command; what a scan goes through in
//! `serve` and `replay` stands in `pipeline`.

mod cli;
mod clock;
mod config;
mod drop_folder;
mod engine;
mod error;
mod estimates;
mod files;
mod files_watch;
mod format_files;
mod http;
mod in_order;
mod ingress;
mod keep;
mod length;
mod out;
mod pipeline;
mod published;
mod questions;
mod rule_files;
mod seed;
mod settings;
mod shape;
mod standby;
mod tables;
mod workers;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
