//! Standard output: data goes there, and nothing else. Trouble and remarks go to standard error.

use anyhow::Context;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// Writes text as it is.
pub(crate) fn text(text: impl Display) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    written(write!(out, "{text}").and_then(|()| out.flush()))
}

/// Writes text and ends the line.
pub(crate) fn line(line: impl Display) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    written(writeln!(out, "{line}").and_then(|()| out.flush()))
}

/// Writes bytes as they are.
pub(crate) fn bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    written(out.write_all(bytes).and_then(|()| out.flush()))
}

fn written(outcome: io::Result<()>) -> anyhow::Result<()> {
    outcome.context("standard output cannot be written to")
}

/// Whether a person looks at standard output.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// How text is marked on a terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mark {
    /// As it should be: green.
    Fine,
    /// To be looked at: yellow.
    Warning,
    /// Wrong: red.
    Wrong,
}

/// The text marked, where a person looks at standard output and has not set `NO_COLOR`.
pub(crate) fn marked(mark: Mark, text: &str) -> String {
    if !is_terminal() || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return text.to_owned();
    }
    let code = match mark {
        Mark::Fine => "32",
        Mark::Warning => "33",
        Mark::Wrong => "31",
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}
