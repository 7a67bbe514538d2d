//! What we ship and print: the library and the examples of the reference are taken, without a warning, and the reference
//! tells every code.

use milepost_rules::{Fault, RuleKind, RuleSet, SourceFile, laid_out, library};

const REFERENCE: &str = include_str!("../../README.md");

/// The text between two fences of that language.
pub(crate) fn examples(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    let blocks = REFERENCE.split(fence.as_str()).skip(1);
    blocks.filter_map(|block| block.split("```").next()).collect()
}

fn taken(files: &[SourceFile<'_>]) -> RuleSet {
    let set = RuleSet::compile(files).unwrap_or_else(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", errors.join("\n"))
    });
    assert_eq!(set.warnings(), []);
    set
}

#[test]
fn every_example_of_the_reference_is_taken() {
    let examples = examples("yaml");
    assert!(examples.len() >= 3, "{} examples", examples.len());
    for text in examples {
        let set = taken(&[SourceFile {
            name: "README.md",
            text,
        }]);
        assert!(!set.rules().is_empty());
        let layout = laid_out(&SourceFile {
            name: "README.md",
            text,
        });
        assert_eq!(layout.as_deref(), Ok(text));
    }
}

#[test]
fn the_reference_tells_every_code() {
    for fault in Fault::ALL {
        let row = format!("| {} | {} |", fault.code(), fault.description());
        assert!(REFERENCE.contains(&row), "rules/README.md lacks the row: {row}");
    }
}

#[test]
fn the_library_is_taken_and_each_file_is_tested() {
    let files: Vec<SourceFile<'_>> = library().iter().map(|(name, text)| SourceFile { name, text }).collect();
    let set = taken(&files);
    assert!(set.rules().len() > 30, "{} rules", set.rules().len());
    for (name, text) in library() {
        // A file is also taken alone: people copy one.
        taken(&[SourceFile { name, text }]);
        assert!(set.tests().iter().any(|test| test.file == *name), "{name} has no tests");
    }
    for rule in set.rules() {
        assert!(!rule.when.sweeps(), "{}", rule.name);
        assert!(!rule.because.is_empty(), "{} does not say why", rule.name);
        let is_expected = set
            .tests()
            .iter()
            .flat_map(|test| &test.expect)
            .any(|expected| match rule.kind {
                RuleKind::Delay => expected.name == rule.name,
                RuleKind::Notice => rule
                    .notify
                    .as_ref()
                    .is_some_and(|notify| notify.notice == expected.name),
            });
        assert!(is_expected, "no test of the library expects anything of {}", rule.name);
    }
}

#[test]
fn the_library_lists_every_file() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("library");
    let mut found: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder of the library")
        .map(|entry| format!("library/{}", entry.expect("an entry").file_name().to_string_lossy()))
        .filter(|name| name != "library/README.md")
        .collect();
    found.sort();
    let listed: Vec<&str> = library().iter().map(|(name, _)| *name).collect();
    assert_eq!(found, listed);
}

#[test]
fn the_page_of_the_library_tells_every_rule() {
    let page = include_str!("../../library/README.md");
    for (name, text) in library() {
        let set = taken(&[SourceFile { name, text }]);
        for rule in set.rules() {
            assert!(
                page.contains(&format!("\n| `{}` |", rule.name)),
                "{} stands in no table",
                rule.name
            );
        }
    }
}
