//! The prompt: statements over several lines, a history, and a few words of its own.

use super::{Shown, Source, statements};
use crate::out;
use anyhow::Context;
use rustyline::Editor;
use rustyline::config::Config;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use std::path::PathBuf;

const HELP: &str = "\
A statement ends with ; and may go over several lines.
  \\d          the tables
  \\d TABLE    the columns of a table
  \\timing     tell how long each answer takes, or no longer
  \\q          the end (so does Ctrl-D)
  \\?          this
";

/// What a line at the prompt asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Asked {
    Statement(String),
    Timing,
    Help,
    End,
    Unknown,
}

/// Asks and answers until the person has enough. A question that fails does not end it.
pub(super) fn run(source: &Source, mut shown: Shown) -> anyhow::Result<()> {
    let history = history_file();
    let config = Config::builder()
        .max_history_size(1000)?
        .auto_add_history(false)
        .build();
    let mut editor: Editor<(), FileHistory> = Editor::with_config(config).context("this terminal has no prompt")?;
    if let Some(path) = &history {
        // The first time there is none.
        let _ = editor.load_history(path);
    }
    eprintln!("\\d lists the tables, \\? explains, \\q ends");
    let mut text = String::new();
    loop {
        let prompt = if text.is_empty() { "milepost> " } else { "       -> " };
        let line = match editor.readline(prompt) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => {
                text.clear();
                continue;
            }
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error).context("the prompt cannot read"),
        };
        if text.is_empty() && is_own_word(&line) {
            let _ = editor.add_history_entry(line.trim());
            if !answer(own_word(&line), source, &mut shown)? {
                break;
            }
            continue;
        }
        text.push_str(&line);
        text.push('\n');
        if let Some((statement, rest)) = statements::cut(&text) {
            let (statement, rest) = (statement.trim().to_owned(), rest.trim().to_owned());
            let _ = editor.add_history_entry(format!("{statement};"));
            answer(Asked::Statement(statement), source, &mut shown)?;
            text = rest;
        } else if text.trim().is_empty() {
            text.clear();
        }
    }
    if let Some(path) = &history {
        keep_history(&mut editor, path);
    }
    Ok(())
}

/// Answers on standard output; whether to go on.
fn answer(asked: Asked, source: &Source, shown: &mut Shown) -> anyhow::Result<bool> {
    match asked {
        Asked::End => return Ok(false),
        Asked::Help => out::text(HELP)?,
        Asked::Timing => {
            shown.timed = !shown.timed;
            eprintln!("timing is {}", if shown.timed { "on" } else { "off" });
        }
        Asked::Unknown => eprintln!("error: there is no such word; \\? lists them"),
        Asked::Statement(statement) if statement.is_empty() => {}
        Asked::Statement(statement) => match source.ask(&statement, shown.wanted) {
            Ok(answer) => answer.show(*shown)?,
            Err(error) => eprintln!("error: {error:#}"),
        },
    }
    Ok(true)
}

fn is_own_word(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('\\') || ["quit", "exit", "help"].contains(&line.trim_end_matches(';'))
}

fn own_word(line: &str) -> Asked {
    let mut words = line.trim().trim_end_matches(';').split_whitespace();
    match (words.next(), words.next()) {
        (Some("\\q" | "quit" | "exit"), None) => Asked::End,
        (Some("\\timing"), None) => Asked::Timing,
        (Some("\\?" | "\\h" | "help"), None) => Asked::Help,
        (Some("\\d" | "\\dt"), None) => Asked::Statement("SHOW TABLES".to_owned()),
        (Some("\\d"), Some(table)) => Asked::Statement(format!("DESCRIBE {table}")),
        _ => Asked::Unknown,
    }
}

/// Where the questions of earlier days stand, as the XDG directories say.
fn history_file() -> Option<PathBuf> {
    let named = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let state = named("XDG_STATE_HOME").or_else(|| named("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("milepost").join("sql_history"))
}

/// A history that cannot be kept is no reason to fail.
fn keep_history(editor: &mut Editor<(), FileHistory>, path: &std::path::Path) {
    let made = path.parent().map(std::fs::create_dir_all);
    if let Some(Ok(())) = made {
        let _ = editor.save_history(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_words_are_understood() {
        for (line, expected) in [
            ("\\q", Asked::End),
            (" exit; ", Asked::End),
            ("\\?", Asked::Help),
            ("\\timing", Asked::Timing),
            ("\\d", Asked::Statement("SHOW TABLES".to_owned())),
            ("\\d shipments;", Asked::Statement("DESCRIBE shipments".to_owned())),
            ("\\x", Asked::Unknown),
        ] {
            assert!(is_own_word(line), "{line}");
            assert_eq!(own_word(line), expected, "{line}");
        }
        assert!(!is_own_word("SELECT 1"));
        assert!(!is_own_word("exit early"));
    }
}
