//! The program: a world to a file, to standard output or to NATS, at a rate.

mod cli;
mod rate;

fn main() -> std::process::ExitCode {
    cli::run()
}
