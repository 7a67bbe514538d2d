//! A set of rules together with the texts that it was compiled from: as messages of the log and snapshots carry it.

use milepost_connectors::log::Control;
use milepost_rules::{Diagnostic, RuleSet, SourceFile};
use std::fmt::Write;
use std::sync::Arc;

/// Names and texts of rule files, and of the CSV files that their lists stand in.
pub type RuleTexts = Vec<(String, String)>;

/// A set of rules, and the files that it was compiled from.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// What the shards judge by.
    pub set: Arc<RuleSet>,
    /// What it was compiled from.
    pub files: RuleTexts,
}

impl Rules {
    /// The rules of these files.
    ///
    /// # Errors
    /// Every mistake in every file, with its place.
    pub fn compile(files: RuleTexts) -> Result<Self, Vec<Diagnostic>> {
        let sources: Vec<SourceFile<'_>> = files.iter().map(|(name, text)| SourceFile { name, text }).collect();
        let set = Arc::new(RuleSet::compile(&sources)?);
        Ok(Self { set, files })
    }

    /// The message that brings them into force. Where the files stand on this machine is nobody else's business.
    pub fn control(&self) -> Control {
        let bare = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
        Control::Rules(
            self.files
                .iter()
                .map(|(name, text)| (bare(name), text.clone()))
                .collect(),
        )
    }
}

/// What is wrong with a set.
pub fn told(mistakes: &[Diagnostic]) -> String {
    let count = mistakes.len();
    let s = if count == 1 { "" } else { "s" };
    let mut text = format!("{count} mistake{s} in the rules, none is loaded\n");
    mistakes.iter().for_each(|mistake| {
        let _ = writeln!(text, "\n{mistake}");
    });
    text
}
