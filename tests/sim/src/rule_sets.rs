//! Sets of rules: those that come with the program, and others that differ from them in many ways, as somebody's next
//! version does.

use milepost_loadgen::rng::Rng;
use milepost_rules::{RuleSet, SourceFile, library};
use milepost_runtime::rule_texts::Rules;
use std::sync::Arc;

/// The stream of chance that changes rules.
const CHANGES: u64 = 0x7275_6C65;

/// Names and texts of the files of a set.
pub type Files = Vec<(String, String)>;

/// The rules that come with the program, without their tests.
#[must_use]
pub fn default_files() -> Files {
    let without_tests = |text: &str| text.split("\ntests:").next().unwrap_or_default().to_owned() + "\n";
    let files = library().iter();
    files
        .map(|(name, text)| ((*name).to_owned(), without_tests(text)))
        .collect()
}

/// The same, compiled.
#[must_use]
pub fn default_rules() -> Arc<RuleSet> {
    compiled(&default_files())
}

/// The same with their texts, as an engine has them.
///
/// # Panics
/// When they do not compile.
#[must_use]
pub fn default_texts() -> Rules {
    Rules::compile(default_files()).expect("they come with the program")
}

/// A set of rules from its files.
///
/// # Panics
/// When they do not compile.
#[must_use]
pub fn compiled(files: &Files) -> Arc<RuleSet> {
    let files: Vec<SourceFile<'_>> = files.iter().map(|(name, text)| SourceFile { name, text }).collect();
    match RuleSet::compile(&files) {
        Ok(rules) => Arc::new(rules),
        Err(mistakes) => panic!("{}", mistakes.iter().map(ToString::to_string).collect::<String>()),
    }
}

/// Some version of the rules: some are gone, some have other thresholds, some say what they do to shipments that are there.
#[must_use]
pub fn changed(seed: u64, version: u64) -> Files {
    let mut chance = Rng::new(seed, CHANGES, version);
    let mut files = default_files();
    for (_, text) in &mut files {
        let paragraphs = text.split("\n\n").filter_map(|paragraph| {
            let is_rule = ["  - delay:", "  - notice:"].iter().any(|key| paragraph.contains(key));
            match is_rule {
                true => changed_rule(paragraph, &mut chance),
                false => Some(paragraph.to_owned()),
            }
        });
        *text = paragraphs.collect::<Vec<_>>().join("\n\n");
    }
    files
}

fn changed_rule(rule: &str, chance: &mut Rng) -> Option<String> {
    // The first of a file has the head of the list before it.
    if chance.permille(150) && !rule.contains("rules:") {
        return None;
    }
    let mut rule = rule.trim_end().to_owned();
    if chance.permille(300) {
        for (before, after) in [
            ("'24 hours'", "'20 hours'"),
            ("'48 hours'", "'60 hours'"),
            ("'7 days'", "'24 hours'"),
        ] {
            rule = rule.replace(before, after);
        }
    }
    if chance.permille(400) {
        let policy = *chance.pick(&["none", "open-only", "all"]);
        rule = format!("{rule}\n    backfill: {policy}");
    }
    Some(rule + "\n")
}
