//! The set of rules that is in force: taken whole or refused whole, never changed afterwards.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use milepost_model::Status;

use crate::check;
use crate::errors::{Diagnostic, Severity};
use crate::rule::Rule;
use crate::sieve::{Sieve, Sieves};
use crate::story::RuleTest;
use crate::syntax::file::RuleFile;
use crate::syntax::source::{Reports, Source};

/// A rule file, or a CSV file (`.csv`) that lists are taken from: its name as errors shall show it, and its text.
#[derive(Clone, Copy, Debug)]
pub struct SourceFile<'a> {
    /// Name, for example `rules/stalled.yaml`.
    pub name: &'a str,
    /// Content.
    pub text: &'a str,
}

/// Rules that are in force together. Copies share one content.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    content: Arc<Content>,
}

#[derive(Debug, Default)]
struct Content {
    rules: Vec<Rule>,
    sieves: Sieves,
    hash: u128,
    tests: Vec<RuleTest>,
    warnings: Vec<Diagnostic>,
}

impl RuleSet {
    /// The most rules that a set can have.
    pub const RULES_MAX: usize = 10_000;

    /// A set without rules.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Parses, checks and compiles rule files. Their order does not matter: rules stand in the order of file names,
    /// within a file as written.
    ///
    /// # Errors
    /// Everything that is wrong with the set, warnings included, in the order of files and lines. Nothing of a wrong
    /// set is taken.
    pub fn compile(files: &[SourceFile<'_>]) -> Result<Self, Vec<Diagnostic>> {
        let mut files = files.to_vec();
        files.sort_by_key(|file| file.name);
        let sources: Vec<Source<'_>> = files.iter().map(|file| Source::new(file.name, file.text)).collect();
        let mut reports = Reports::new(&sources);
        let parsed: Vec<RuleFile> = (0..sources.len())
            .map(|file| RuleFile::parse(file, &mut reports))
            .collect();
        let checked = check::set::check(&parsed, &mut reports);
        let diagnostics = reports.into_sorted();
        if diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
        {
            return Err(diagnostics);
        }
        Ok(Self {
            content: Arc::new(Content {
                sieves: Sieves::new(&checked.rules),
                rules: checked.rules,
                hash: checked.hash,
                tests: checked.tests,
                warnings: diagnostics,
            }),
        })
    }

    /// The rules, in a fixed order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.content.rules
    }

    /// The rules that can be true in a status, laid out so that one look at a row tells which of them may be. What is
    /// not among them is false or unknown; an open episode of it still has to be looked at.
    #[must_use]
    pub fn sieves(&self, status: Status) -> &[Sieve] {
        self.content.sieves.of(status)
    }

    /// Whether some rule reads what is learned of lanes: where none does, and nobody else asks, none need be learned.
    #[must_use]
    pub fn reads_lanes(&self) -> bool {
        self.rules().iter().any(Rule::reads_lanes)
    }

    /// A number that differs when anything differs that the rules mean. Comments, layout, tests, owners and the
    /// division into files do not count.
    #[must_use]
    pub fn hash(&self) -> u128 {
        self.content.hash
    }

    /// [`Self::hash`] as 32 hexadecimal digits.
    #[must_use]
    pub fn hash_text(&self) -> String {
        format!("{:032x}", self.content.hash)
    }

    /// The tests that the files carry.
    #[must_use]
    pub fn tests(&self) -> &[RuleTest] {
        &self.content.tests
    }

    /// What is probably not meant, though allowed.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.content.warnings
    }
}
