//! The program `milepost`. What it can be asked stands in `cli`, one file for each command; what a scan goes through in
//! `serve` and `replay` stands in `pipeline`.

mod cli;
mod clock;
mod config;
mod engine;
mod error;
mod feed;
mod files;
mod http;
mod in_order;
mod intake;
mod keep;
mod length;
mod metrics;
mod out;
mod outbox;
mod pipeline;
mod publish;
mod questions;
mod rule_files;
mod rules_status;
mod rules_watch;
mod saving;
mod seed;
mod sequence;
mod settings;
mod shards;
mod snapshots;
mod spares;
mod tables;
mod workers;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
