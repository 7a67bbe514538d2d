//! `milepost rules help`: the reference of the language, as it stands in rules/README.md.

use crate::error::Usage;
use crate::out;
use crate::settings::nearest;
use milepost_rules::{Fault, Page, Severity};
use std::process::ExitCode;

/// The reference.
const REFERENCE: &str = include_str!("../../../../../rules/README.md");

const EXAMPLES: &str = "\
Examples:
  milepost rules help              everything
  milepost rules help topics       the headings
  milepost rules help columns      what a rule may look at
  milepost rules help library      the rules that come with the program, to copy from
  milepost rules help MP011        what a code in a message means, with examples
  milepost rules help codes        all codes";

/// Explains how rules are written: the whole reference, a topic of it, or a code of a message.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A word of a heading, a code such as MP011, or one of: topics, codes, columns, library.
    topic: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let text = match &args.topic {
        None => REFERENCE.to_owned(),
        Some(topic) => explain(topic).ok_or_else(|| unknown(topic))?,
    };
    out::text(text)?;
    Ok(ExitCode::SUCCESS)
}

fn explain(topic: &str) -> Option<String> {
    let code = topic.to_ascii_uppercase();
    if let Some(fault) = Fault::ALL.iter().find(|fault| fault.code() == code) {
        return Some(page(*fault));
    }
    match topic.to_ascii_lowercase().as_str() {
        "topics" => Some(headings().map(|heading| format!("{heading}\n")).collect()),
        "codes" => Some(Fault::ALL.iter().map(|fault| fault_text(*fault)).collect()),
        "columns" => Some(columns()),
        "library" => Some(library()),
        word => section(word),
    }
}

fn unknown(topic: &str) -> anyhow::Error {
    let words = headings()
        .flat_map(str::split_whitespace)
        .chain(["topics", "codes", "columns", "library"]);
    let words: Vec<String> = words.map(str::to_ascii_lowercase).collect();
    let near = nearest(&topic.to_ascii_lowercase(), words.iter().map(String::as_str)).map(ToOwned::to_owned);
    let advice = near.map_or("`milepost rules help topics` lists them".to_owned(), |near| {
        format!("did you mean `{near}`?")
    });
    Usage::error(format!("there is no topic `{topic}`; {advice}"))
}

/// A code in two lines.
fn fault_text(fault: Fault) -> String {
    let severity = match fault.severity() {
        Severity::Error => "error: the set is refused",
        Severity::Warning => "warning: the set is taken",
    };
    format!("{}  {}\n       {severity}\n", fault.code(), fault.description())
}

/// A code with all that is to be said about it.
fn page(fault: Fault) -> String {
    let mut text = fault_text(fault);
    if let Some(page) = Page::of(fault) {
        text.push_str(&format!("\n{}\n", page.text));
        text.push_str(&format!("\nWrong:\n\n{}", indented(page.wrong)));
        text.push_str(&format!("\nWhat is printed for it:\n\n{}", indented(&page.printed())));
        text.push_str(&format!("\nRight:\n\n{}", indented(page.right)));
    }
    text
}

fn indented(text: &str) -> String {
    let lines = text.lines().map(|line| format!("    {line}"));
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Name, type and meaning of every column.
fn columns() -> String {
    let columns = milepost_model::Column::ALL.iter();
    let lines = columns.map(|column| {
        let kind = format!("{:?}", column.kind()).to_lowercase();
        format!("{:<22} {kind:<9} {}\n", column.name(), column.description())
    });
    lines.collect()
}

/// The files that come with the program, one after the other.
fn library() -> String {
    let files = milepost_rules::library().iter();
    files
        .map(|(name, text)| format!("# ---- {name}\n{}\n", text.trim_end()))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The headings, without the first, which is the title.
fn headings() -> impl Iterator<Item = &'static str> {
    lines()
        .filter_map(|(line, is_code)| heading(line, is_code))
        .map(|(_, title)| title)
        .skip(1)
}

/// The part under the heading of that title, else under the first heading that has the word.
fn section(word: &str) -> Option<String> {
    under(|title| title == word).or_else(|| under(|title| title.contains(word)))
}

fn under(is_wanted: impl Fn(&str) -> bool) -> Option<String> {
    let mut text = String::new();
    let mut level_found = None;
    for (line, is_code) in lines() {
        match (heading(line, is_code), level_found) {
            (Some((level, _)), Some(found)) if level <= found => break,
            (Some((level, title)), None) if level > 1 && is_wanted(&title.to_ascii_lowercase()) => {
                level_found = Some(level);
            }
            _ => {}
        }
        if level_found.is_some() {
            text.push_str(line);
            text.push('\n');
        }
    }
    level_found.map(|_| format!("{}\n", text.trim_end()))
}

/// The lines of the reference, and whether they stand in a block of code: there `#` is a comment.
fn lines() -> impl Iterator<Item = (&'static str, bool)> {
    let mut is_code = false;
    REFERENCE.lines().map(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        (line, is_code || is_fence)
    })
}

fn heading(line: &str, is_code: bool) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let title = line.get(level..)?.strip_prefix(' ')?;
    (level > 0 && !is_code).then_some((level, title.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_that_is_listed_is_explained() {
        for heading in headings() {
            let text = explain(heading).expect(heading);
            assert!(text.starts_with('#') || text.starts_with("MP"), "{heading}: {text}");
        }
        for topic in ["topics", "codes", "columns", "library", "mp011"] {
            assert!(explain(topic).is_some_and(|text| text.len() > 20), "{topic}");
        }
        for (topic, title) in [
            ("backtest", "## Backtest\n"),
            ("Diff", "## Diff\n"),
            ("library", "# ----"),
        ] {
            assert!(explain(topic).is_some_and(|text| text.starts_with(title)), "{topic}");
        }
        assert!(unknown("colums").to_string().contains("did you mean `columns`?"));
        assert!(unknown("zzzzzzzz").to_string().contains("milepost rules help topics"));
    }
}
