//! Documents: a path that a document names exists.

use crate::{File, Offence, Tree};

/// The documents that must stand there, each with the folder its paths may start from besides the root.
const DOCUMENTS: [(&str, &str); 5] = [
    ("README.md", ""),
    ("engine/ARCHITECTURE.md", "engine/"),
    ("rules/README.md", "rules/"),
    ("connectors/FIELDS.md", "connectors/"),
    ("connectors/NUMBERS.md", "connectors/"),
];

/// Where paths of the repository begin.
const TOPS: [&str; 7] = [
    "benches/",
    "connectors/",
    "engine/",
    "loadgen/",
    "rules/",
    "tests/",
    ".ci/",
];

/// Every document is there, and every path in it.
pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (path, folder) in DOCUMENTS {
        match tree.file(path) {
            Some(document) => offences.extend(paths(tree, document, folder)),
            None => offences.push(Offence::of_file(path, "is missing", "write it")),
        }
    }
    offences
}

fn paths(tree: &Tree, document: &File, folder: &str) -> Vec<Offence> {
    let mut offences = Vec::new();
    let mut in_block = false;
    for (line, text) in (1..).zip(document.text.lines()) {
        if text.trim_start().starts_with("```") {
            in_block = !in_block;
            continue;
        }
        let named = if in_block {
            in_code_block(text)
        } else {
            [in_backticks(text), in_links(text)].concat()
        };
        for path in named.iter().flat_map(|name| expanded(name)) {
            if !exists(tree, &path, folder) {
                let what = format!("`{path}` does not exist");
                offences.push(Offence::at(
                    &document.path,
                    line,
                    what,
                    "name what is there, or leave it out",
                ));
            }
        }
    }
    offences
}

/// Words of a code block are mostly commands and data: only Rust files of the repository are certainly paths.
fn in_code_block(text: &str) -> Vec<String> {
    let words = text.split_whitespace().map(bare);
    words
        .filter(|word| starts_at_top(word) && word.ends_with(".rs"))
        .map(str::to_owned)
        .collect()
}

fn in_backticks(text: &str) -> Vec<String> {
    let quoted = text
        .split('`')
        .skip(1)
        .step_by(2)
        .flat_map(str::split_whitespace)
        .map(bare);
    quoted
        .filter(|word| starts_at_top(word) || (word.ends_with(".rs")))
        .map(str::to_owned)
        .collect()
}

/// `[text](target)`, where the target is neither an address nor a place on the same page.
fn in_links(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let ours = targets
        .filter(|target| !target.contains("://") && !target.starts_with(['#', '<']) && !target.starts_with("mailto:"));
    ours.map(|target| bare(target).to_owned())
        .filter(|target| !target.is_empty())
        .collect()
}

fn starts_at_top(word: &str) -> bool {
    TOPS.iter().any(|top| word.starts_with(top))
}

/// The path without what sentences, anchors and line numbers add to it.
fn bare(word: &str) -> &str {
    let word = word.split('#').next().unwrap_or(word);
    let word = match word.split_once(".rs:") {
        Some((stem, _)) => word.get(..stem.len() + 3).unwrap_or(word),
        None => word,
    };
    word.trim_start_matches(['(', '"', '\''])
        .trim_end_matches([',', ';', ':', ')', '"', '\''])
}

/// `a/{b,c}.rs` is two paths; a placeholder like `<name>` is none.
fn expanded(path: &str) -> Vec<String> {
    if path.contains(['<', '…', '$']) {
        return Vec::new();
    }
    let braces = path
        .split_once('{')
        .and_then(|(start, rest)| rest.split_once('}').map(|(names, end)| (start, names, end)));
    match braces {
        Some((start, names, end)) => names
            .split(',')
            .flat_map(|name| expanded(&format!("{start}{}{end}", name.trim())))
            .collect(),
        None => vec![path.to_owned()],
    }
}

/// From the root, from the document's folder, or, for a bare file name, anywhere.
fn exists(tree: &Tree, path: &str, folder: &str) -> bool {
    let path = path.trim_start_matches("./");
    let places = match path.strip_prefix("../") {
        Some(from_root) => vec![from_root.to_owned()],
        None => vec![path.to_owned(), format!("{folder}{path}")],
    };
    let is_anywhere = !path.contains('/') && tree.files.iter().any(|file| file.name() == path);
    is_anywhere || places.iter().any(|place| matches(tree, place))
}

/// A path with one `*` stands for at least one file or folder.
fn matches(tree: &Tree, path: &str) -> bool {
    match path.split_once('*') {
        None => tree.has(path),
        Some((start, end)) => tree.files.iter().any(|file| {
            file.path
                .strip_prefix(start)
                .is_some_and(|rest| rest.contains(end.trim_end_matches('/')))
        }),
    }
}
