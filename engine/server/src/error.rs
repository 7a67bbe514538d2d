//! How the program ends when something is wrong: which exit code, and what is printed.

use crate::settings::ConfigError;
use std::io;
use std::process::ExitCode;

/// The work failed.
pub(crate) const FAILED: u8 = 1;
/// What was asked for, or the configuration, cannot be understood.
pub(crate) const USAGE: u8 = 2;

/// What was asked for does not fit together; the program ends with code 2.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

impl Usage {
    /// As an error of a command.
    pub(crate) fn error(what: impl Into<String>) -> anyhow::Error {
        Self(what.into()).into()
    }
}

/// Prints an error with its causes to standard error, and gives the exit code.
pub(crate) fn end(error: &anyhow::Error) -> ExitCode {
    if is_broken_pipe(error) {
        // Who reads has seen enough, as `head` has: there is nobody left to tell.
        return ExitCode::SUCCESS;
    }
    eprint!("{}", shown(error));
    ExitCode::from(code(error))
}

fn code(error: &anyhow::Error) -> u8 {
    let is_usage = error
        .chain()
        .any(|cause| cause.is::<Usage>() || cause.is::<ConfigError>());
    if is_usage { USAGE } else { FAILED }
}

/// `error: what`, then a line for each cause that the line before does not say already.
fn shown(error: &anyhow::Error) -> String {
    let mut text = String::from("error: ");
    let mut said = error.to_string();
    text.push_str(&said);
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !said.contains(&cause) {
            text.push_str("\n  because: ");
            text.push_str(&cause);
        }
        said = cause;
    }
    text.push('\n');
    text
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn causes_follow_once_and_the_code_tells_usage_from_failure() {
        let io = || io::Error::new(io::ErrorKind::PermissionDenied, "not yours");
        let said: anyhow::Error = Err::<(), _>(io()).context("reading x: not yours").expect_err("made so");
        let unsaid: anyhow::Error = Err::<(), _>(io()).context("reading x").expect_err("made so");
        let usage = Usage::error("no such thing").context("asking");
        for (error, text, exit) in [
            (said, "error: reading x: not yours\n", FAILED),
            (unsaid, "error: reading x\n  because: not yours\n", FAILED),
            (usage, "error: asking\n  because: no such thing\n", USAGE),
        ] {
            assert_eq!(shown(&error), text);
            assert_eq!(code(&error), exit);
        }
    }
}
