//! A page for each code of a message: what it means, a file that has the mistake, what is printed for it, and the file put
//! right. The texts stand in errors.md.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::errors::{Diagnostic, Fault};
use crate::set::{RuleSet, SourceFile};

const PAGES: &str = include_str!("../errors.md");

/// What a code means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Page {
    /// The mistake.
    pub fault: Fault,
    /// What it means and what to do, in prose.
    pub text: &'static str,
    /// A rule file that has the mistake, and no other.
    pub wrong: &'static str,
    /// The same file put right.
    pub right: &'static str,
}

impl Page {
    /// The page of a code; `None` only where it has not been written.
    #[must_use]
    pub fn of(fault: Fault) -> Option<Self> {
        let (_, page) = PAGES.split_once(&format!("\n## {}\n", fault.code()))?;
        let page = page.split("\n## ").next()?;
        let (text, rest) = page.split_once("```yaml\n")?;
        let (wrong, rest) = rest.split_once("```")?;
        let (_, rest) = rest.split_once("```yaml\n")?;
        let (right, _) = rest.split_once("```")?;
        Some(Self {
            fault,
            text: text.trim(),
            wrong,
            right,
        })
    }

    /// What is printed for the wrong file.
    #[must_use]
    pub fn printed(&self) -> String {
        let file = SourceFile {
            name: "rules.yaml",
            text: self.wrong,
        };
        let print = |found: &[Diagnostic]| found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        match RuleSet::compile(&[file]) {
            Ok(set) => print(set.warnings()),
            Err(found) => print(&found),
        }
    }
}
