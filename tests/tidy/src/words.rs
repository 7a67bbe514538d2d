//! Words: one word, one meaning; names that say nothing, and marks that nobody comes back to, are refused.

use crate::{File, Masked, Offence, Token, Tree, mask, tokens};

/// Verbs that say nothing, as the first word of a name that we give.
const EMPTY_VERBS: [&str; 4] = ["process", "manage", "perform", "do"];

/// Endings that say nothing, of types that we name.
const EMPTY_ENDINGS: [&str; 6] = ["Manager", "Helper", "Helpers", "Util", "Utils", "Impl"];

/// Files named after nothing.
const EMPTY_FILES: [&str; 9] = [
    "util", "utils", "common", "imp", "helper", "helpers", "misc", "manager", "shared",
];

/// To trackers this word is a scan; we save a snapshot.
const BANNED_NOUN: &str = "checkpoint";

/// Marks of unfinished work. In parts, so that this file holds none.
const MARKS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];

/// What belongs to the desk where the text was written, not to its readers. In parts, so that this file holds none.
const FROM_THE_DESK: [&str; 18] = [
    concat!("/wo", "rk/"),
    concat!("/t", "mp/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("../sha", "red"),
    concat!("sub", "agent"),
    concat!("sub-", "agent"),
    concat!("other ", "agent"),
    concat!("another ", "agent"),
    concat!("helper ", "session"),
    concat!("other ", "session"),
    concat!("another ", "session"),
    concat!("previous ", "session"),
    concat!("clau", "de"),
    concat!("anthro", "pic"),
    concat!("static.crates", ".io"),
    concat!("index.crates", ".io"),
    concat!("pythonhosted", ".org"),
];

/// Names, files, `unwrap`, the banned noun, marks, and what belongs to the writer's desk.
pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for file in &tree.files {
        offences.extend(empty_file_name(file));
        offences.extend(marks(file));
        offences.extend(from_the_desk(file));
        if file.is_rust() {
            let masked = mask(&file.text);
            offences.extend(names(file, &masked));
            offences.extend(unwraps(file, &masked));
            offences.extend(banned_noun_in_code(file, &masked));
        } else if file.path.ends_with(".md") {
            offences.extend(banned_noun(file, &file.text));
        }
    }
    offences
}

fn empty_file_name(file: &File) -> Option<Offence> {
    let stem = file.name().strip_suffix(".rs")?;
    let folder = file.path.rsplit('/').nth(1).unwrap_or_default();
    let name = if stem == "mod" { folder } else { stem };
    let todo = "name the file after the thing in it";
    EMPTY_FILES
        .contains(&name)
        .then(|| Offence::of_file(&file.path, format!("`{name}` says nothing"), todo))
}

fn names(file: &File, masked: &Masked) -> Vec<Offence> {
    let found = tokens(&masked.code);
    let mut offences = Vec::new();
    for name in declared(&found) {
        let verb = name.text.split('_').next().unwrap_or_default();
        // `type Impl` and `T: Impl` are as empty as `ShipmentImpl`.
        let is_empty = (EMPTY_VERBS.contains(&verb)) || EMPTY_ENDINGS.iter().any(|ending| name.text.ends_with(ending));
        if is_empty {
            let todo = "say what it does to what: decode, route, apply, judge, emit, send …";
            offences.push(Offence::at(
                &file.path,
                name.line,
                format!("the name `{}` says nothing", name.text),
                todo,
            ));
        }
    }
    offences
}

/// The names that this code gives; names that it only uses are their givers' business.
pub fn declared<'a>(found: &[Token<'a>]) -> Vec<Token<'a>> {
    const GIVERS: [&str; 14] = [
        "fn", "struct", "enum", "union", "trait", "type", "mod", "const", "static", "let", "mut", "as", "ref", "for",
    ];
    let mut names = Vec::new();
    for window in found.windows(2) {
        if let [before, name] = window {
            if name.is_word() && GIVERS.contains(&before.text) {
                names.push(*name);
            }
            // A field, an argument: `name: Type`.
            if before.is_word() && name.text == ":" {
                names.push(*before);
            }
        }
    }
    names.extend(variants(found));
    names.retain(|name| !["mut", "ref", "_", "self", "dyn"].contains(&name.text));
    names
}

/// The variants of enums: what follows `{`, `,` or an attribute directly inside the braces of an `enum`.
fn variants<'a>(found: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut names = Vec::new();
    let mut after_enum = found.iter().skip_while(|token| token.text != "enum");
    while after_enum.next().is_some() {
        let (mut depth, mut before) = (0_usize, "");
        for token in after_enum.by_ref() {
            match token.text {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth = depth.saturating_sub(1),
                _ if depth == 1 && token.is_word() && ["{", ",", "]"].contains(&before) => names.push(*token),
                _ => {}
            }
            before = token.text;
            if depth == 0 && token.text == "}" {
                break;
            }
        }
        while after_enum.clone().next().is_some_and(|token| token.text != "enum") {
            after_enum.next();
        }
    }
    names
}

fn unwraps(file: &File, masked: &Masked) -> Vec<Offence> {
    let found = tokens(&masked.code);
    let mut offences = Vec::new();
    for window in found.windows(4) {
        let texts = window.iter().map(|token| token.text);
        if let (true, Some(first)) = (texts.eq([".", "unwrap", "(", ")"]), window.first()) {
            let todo = "return the error, or `expect` with the sentence that proves it cannot happen";
            offences.push(Offence::at(&file.path, first.line, "`unwrap()`", todo));
        }
    }
    offences
}

/// The banned noun in names and comments. Strings may hold it: they are other people's words.
fn banned_noun_in_code(file: &File, masked: &Masked) -> Vec<Offence> {
    [banned_noun(file, &masked.code), banned_noun(file, &masked.comments)].concat()
}

/// The banned noun outside backticks, which quote what others call something.
fn banned_noun(file: &File, text: &str) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let ours = text
            .split('`')
            .step_by(2)
            .any(|part| part.to_lowercase().contains(BANNED_NOUN));
        if ours {
            let todo = "saved state is a `snapshot`; a carrier's event is a `scan`; in backticks one may quote others";
            offences.push(Offence::at(&file.path, line, format!("the word {BANNED_NOUN}"), todo));
        }
    }
    offences
}

fn marks(file: &File) -> Vec<Offence> {
    let mut offences = Vec::new();
    // Fixtures and lock files are not written by us.
    if file.path.contains("fixtures/") || file.name() == "Cargo.lock" {
        return offences;
    }
    for (line, text) in (1..).zip(file.text.lines()) {
        for mark in MARKS {
            if text.split(|c: char| !c.is_alphanumeric()).any(|word| word == mark) {
                offences.push(Offence::at(
                    &file.path,
                    line,
                    mark,
                    "do it now, or say in a sentence what is not there",
                ));
            }
        }
    }
    offences
}

fn from_the_desk(file: &File) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (line, text) in (1..).zip(file.text.lines()) {
        let lower = text.to_lowercase();
        for word in FROM_THE_DESK.iter().filter(|word| lower.contains(**word)) {
            let todo = "say it in words that hold for every reader on every machine";
            offences.push(Offence::at(&file.path, line, format!("`{word}`"), todo));
        }
        if let Some(label) = lettered_issue(text) {
            let todo = "say what it is about: nobody else knows the letter";
            offences.push(Offence::at(&file.path, line, format!("`{label}`"), todo));
        }
    }
    offences
}

/// `issue` followed by a single capital letter.
fn lettered_issue(text: &str) -> Option<String> {
    let mut words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .peekable();
    while let Some(word) = words.next() {
        let next = words.peek().copied().unwrap_or_default();
        if word.eq_ignore_ascii_case("issue") && next.len() == 1 && next.chars().all(|c| c.is_ascii_uppercase()) {
            return Some(format!("{word} {next}"));
        }
    }
    None
}
