//! The canonical layout of rule files. Only what has no meaning is changed: the order of keys, blanks, line ends and the
//! case of key words. Comments go with what they speak of. Every result is read again and compared with the original
//! before it is given away.

mod comments;
mod condition;
mod same;
mod tree;
mod write;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::errors::{Diagnostic, Severity};
use crate::set::SourceFile;
use crate::story;
use crate::syntax::file::{RawRule, RuleFile};
use crate::syntax::source::{Reports, Source};
use crate::syntax::sql;
use crate::syntax::yaml::{self, Scalar};
use tree::Tree;

/// Columns of a line.
pub(crate) const WIDTH: usize = 120;

/// Why a file is left as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LayoutError {
    /// It has mistakes.
    Mistakes(Vec<Diagnostic>),
    /// It is right, but written in a way that cannot be laid out without changing something.
    Unsure,
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mistakes(found) => found.iter().try_for_each(|diagnostic| writeln!(f, "{diagnostic}")),
            Self::Unsure => f.write_str("it cannot be laid out without changing what it means or says"),
        }
    }
}

impl core::error::Error for LayoutError {}

/// A rule file in its canonical layout; what it means and every comment stay. Line ends are those of its first line.
///
/// # Errors
/// The mistakes that can be seen without the other files of the set: in YAML, keys, SQL and stories. Names and types
/// are not looked at.
pub fn laid_out(file: &SourceFile<'_>) -> Result<String, LayoutError> {
    let first_line = file.text.split_once('\n').map_or("", |(line, _)| line);
    let ends_with_cr = first_line.ends_with('\r');
    let text = file.text.strip_prefix('\u{feff}').unwrap_or(file.text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mistakes = mistakes(file.name, &text);
    if mistakes.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return Err(LayoutError::Mistakes(mistakes));
    }
    let written = rewritten(&text).ok_or(LayoutError::Unsure)?;
    Ok(if ends_with_cr {
        written.replace('\n', "\r\n")
    } else {
        written
    })
}

/// The text laid out, if it then still says the same.
fn rewritten(text: &str) -> Option<String> {
    let source = [Source::new("", text)];
    let Some(root) = yaml::parse(0, &mut Reports::new(&source)) else {
        // Nothing but comments and blanks.
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        let mut kept = lines.join("\n").trim_matches('\n').to_string();
        if !kept.is_empty() {
            kept.push('\n');
        }
        return Some(kept);
    };
    let tree = Tree::of(&root, text);
    let written = write::written(&tree, source.first()?);
    let source = [Source::new("", &written)];
    let root_again = yaml::parse(0, &mut Reports::new(&source))?;
    let again = Tree::of(&root_again, &written);
    same::is_same(&tree, &again).then_some(written)
}

/// What is wrong with the form of a file.
fn mistakes(name: &str, text: &str) -> Vec<Diagnostic> {
    let sources = [Source::new(name, text)];
    let mut reports = Reports::new(&sources);
    let file = RuleFile::parse(0, &mut reports);
    let of_rule = |rule: &RawRule| [Some(rule.when.clone()), rule.until.clone()];
    let of_rules = file.rules.iter().flat_map(of_rule).flatten();
    let expressions: Vec<Scalar> = of_rules
        .chain(file.lets.iter().map(|named| named.text.clone()))
        .collect();
    for expression in expressions {
        if let (Err((stretch, finding)), [source]) = (sql::parse(&expression.text), &sources) {
            reports.add(0, expression.locate(source, stretch.start, stretch.length), finding);
        }
    }
    for test in &file.tests {
        story::parse(test, 0, &file.rules, &mut reports);
    }
    reports.into_sorted()
}
