//! The commands. Each has a file; what both need stands here: errors, the summary, the wish to stop.

mod file;
mod groups;
mod lines;
mod publish;
mod send;
mod summary;
mod world;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A seeded world of parcels, to a file or to NATS at a rate.
#[derive(Debug, Parser)]
#[command(name = "loadgen", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print the summary as JSON (on standard error if the data goes to standard output).
    #[arg(long, global = true)]
    json: bool,
    /// No progress, no summary for people.
    #[arg(long, short, global = true)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Generate a world and write or send it.
    #[command(after_help = world::EXAMPLES)]
    World(Box<world::WorldArgs>),
    /// Send the lines of an NDJSON file, in their order.
    Send(send::SendArgs),
}

/// What stops a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The wishes do not fit together.
    #[error("{0}")]
    Usage(String),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The server refuses, or is not there.
    #[error("{0}")]
    Nats(String),
    /// Messages that nobody confirmed.
    #[error("{lost} of {sent} messages were not acknowledged, the first because: {first}")]
    Unacknowledged {
        /// Without acknowledgement.
        lost: u64,
        /// Sent.
        sent: u64,
        /// Reason of the first one.
        first: String,
    },
    /// Ctrl-c.
    #[error("stopped by a signal; what was sent until then is complete and counted")]
    Stopped,
}

/// Set by ctrl-c: finish the line, count, end. A second ctrl-c ends at once.
#[derive(Clone, Debug)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    fn on_signal() -> Self {
        let wish = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            // Without handlers ctrl-c still ends the program, only less tidily.
            let _ = signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&wish));
            let _ = signal_hook::flag::register(signal, Arc::clone(&wish));
        }
        Self(wish)
    }

    pub(crate) fn is_wished(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs the command line. 0 fine, 1 the work failed, 2 usage.
pub(crate) fn run() -> ExitCode {
    let cli = Cli::parse();
    let (stop, voice) = (
        Stop::on_signal(),
        summary::Voice {
            json: cli.json,
            quiet: cli.quiet,
        },
    );
    let outcome = match cli.command {
        Command::World(args) => world::run(&args, &stop, voice),
        Command::Send(args) => send::run(&args, &stop, voice),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if matches!(error, Error::Usage(_)) { 2 } else { 1 })
        }
    }
}
