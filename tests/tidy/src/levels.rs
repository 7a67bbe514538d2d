//! Arrows: which crates there are, on which level each stands, and that every dependency points downward.

use crate::manifest::{self, Manifest};
use crate::{File, Offence, Tree, mask, tokens};

/// Every crate of the workspace: folder, package, level. A crate may use those on lower levels, and no others.
pub const LEVELS: [(&str, &str, u8); 16] = [
    ("engine/model", "milepost-model", 0),
    ("engine/calendar", "milepost-calendar", 1),
    ("rules", "milepost-rules", 2),
    ("engine/core", "milepost-core", 3),
    ("connectors", "milepost-connectors", 4),
    ("engine/history", "milepost-history", 4),
    ("loadgen", "milepost-loadgen", 4),
    ("engine/runtime", "milepost-runtime", 5),
    ("engine/server", "milepost", 6),
    ("benches", "milepost-benches", 7),
    ("tests/e2e", "milepost-test-e2e", 8),
    ("tests/fuzz", "milepost-test-fuzz", 8),
    ("tests/sim", "milepost-test-sim", 7),
    ("tests/sql", "milepost-test-sql", 7),
    ("tests/story", "milepost-test-story", 7),
    ("tests/tidy", "milepost-test-tidy", 7),
];

/// Crates that are workspaces of their own, because they need another toolchain.
const APART: [&str; 1] = ["tests/fuzz/libfuzzer"];

/// Crates that cannot name a clock, thread, file or socket.
const PURE: [&str; 4] = ["engine/model", "engine/calendar", "rules", "engine/core"];

/// The first level that may use what is heavy or touches the world.
const EDGE: u8 = 4;

/// Dependencies with one home: (their names, the crate that may use them, why). A trailing `*` stands for any ending.
const HOMES: [(&[&str], &str, &str); 2] = [
    (
        &[
            "datafusion*",
            "arrow*",
            "parquet*",
            "deltalake*",
            "delta_kernel*",
            "object_store",
        ],
        "engine/history",
        "ask milepost-history, which alone knows Arrow and DataFusion",
    ),
    (
        &["axum*", "hyper*", "tower*"],
        "engine/server",
        "leave HTTP to engine/server; a test may speak to it through a socket",
    ),
];

/// Dependencies that no crate below the edge may have.
const HEAVY: &[&str] = &[
    "tokio*",
    "async-*",
    "futures*",
    "rayon*",
    "crossbeam*",
    "reqwest",
    "ureq",
    "rustls*",
    "socket2",
    "mio",
    "clap*",
    "anyhow",
    "miette*",
    "tracing*",
    "log",
    "env_logger",
    "notify",
    "memmap2",
    "rusqlite",
    "fjall*",
    "redb",
    "rand",
    "getrandom",
    "uuid",
];

/// What may stand at the top of the repository, next to dotfiles.
const TOP: [&str; 14] = [
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "benches",
    "connectors",
    "deploy",
    "engine",
    "loadgen",
    "rules",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "tests",
];

/// Members, arrows, homes of dependencies, purity, and the top of the repository.
pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = members(tree);
    for (folder, package, level) in LEVELS {
        let Some(file) = tree.file(&format!("{folder}/Cargo.toml")) else {
            continue;
        };
        let manifest = manifest::parse(&file.text);
        offences.extend(about_itself(file, &manifest, package));
        offences.extend(arrows(file, &manifest, level));
        offences.extend(homes(file, &manifest, folder, level));
    }
    offences.extend(purity(tree));
    offences.extend(top(tree));
    offences
}

fn level_of(package: &str) -> Option<u8> {
    LEVELS
        .iter()
        .find(|(_, name, _)| *name == package)
        .map(|(_, _, level)| *level)
}

/// The members of the workspace and the list above are the same crates.
fn members(tree: &Tree) -> Vec<Offence> {
    let listed = |folder: &str| LEVELS.iter().any(|(known, _, _)| *known == folder);
    let mut offences = Vec::new();
    for file in tree
        .files
        .iter()
        .filter(|file| file.name() == "Cargo.toml" && file.path != "Cargo.toml")
    {
        let folder = file.path.trim_end_matches("/Cargo.toml");
        if !listed(folder) && !APART.contains(&folder) {
            let todo = "make it a member and add it to LEVELS in tests/tidy/src/levels.rs";
            offences.push(Offence::of_file(
                &file.path,
                "a crate outside the workspace's levels",
                todo,
            ));
        }
    }
    let Some(root) = tree.file("Cargo.toml") else {
        return offences;
    };
    let members = manifest::parse(&root.text).members;
    for member in &members {
        if !listed(member) {
            let what = format!("member `{member}` has no level");
            offences.push(Offence::of_file(
                "Cargo.toml",
                what,
                "add it to LEVELS in tests/tidy/src/levels.rs",
            ));
        }
    }
    for (folder, _, _) in LEVELS {
        if !members.iter().any(|member| member == folder) {
            let what = format!("`{folder}` has a level but is no member");
            offences.push(Offence::of_file(
                "Cargo.toml",
                what,
                "remove it from LEVELS in tests/tidy/src/levels.rs",
            ));
        }
    }
    offences
}

/// The crate has the name in the list, and the lints of the workspace.
fn about_itself(file: &File, manifest: &Manifest, package: &str) -> Vec<Offence> {
    let mut offences = Vec::new();
    if manifest.name != package {
        let what = format!("the package is `{}`, LEVELS calls it `{package}`", manifest.name);
        offences.push(Offence::of_file(&file.path, what, "give both the same name"));
    }
    if !manifest.inherits_lints {
        let todo = "add `[lints]` with `workspace = true`";
        offences.push(Offence::of_file(
            &file.path,
            "does not take the lints of the workspace",
            todo,
        ));
    }
    offences
}

/// Dependencies among our own crates point downward; only test crates may lean sideways, and only for development.
fn arrows(file: &File, manifest: &Manifest, level: u8) -> Vec<Offence> {
    let mut offences = Vec::new();
    let is_test = file.path.starts_with("tests/");
    for dependency in &manifest.dependencies {
        let Some(below) = level_of(&dependency.name) else {
            continue;
        };
        // A crate that asks itself for a feature in its tests points nowhere.
        let is_itself = dependency.name == manifest.name;
        if below < level || (dependency.is_dev && (is_test || is_itself)) {
            continue;
        }
        let direction = if below == level { "sideways" } else { "upward" };
        let what = format!(
            "level {level} points {direction} at `{}` on level {below}",
            dependency.name
        );
        let todo = "take it as an argument, or move what both need to a lower level";
        offences.push(Offence::at(&file.path, dependency.line, what, todo));
    }
    offences
}

/// Heavy dependencies stay in their homes.
fn homes(file: &File, manifest: &Manifest, folder: &str, level: u8) -> Vec<Offence> {
    let mut offences = Vec::new();
    for dependency in &manifest.dependencies {
        let name = &dependency.name;
        for (names, home, why) in HOMES {
            if folder != home && names.iter().any(|pattern| fits(pattern, name)) {
                let what = format!("`{name}` belongs to {home} alone");
                offences.push(Offence::at(&file.path, dependency.line, what, why));
            }
        }
        if level < EDGE && !dependency.is_dev && HEAVY.iter().any(|pattern| fits(pattern, name)) {
            let what = format!("`{name}` is not for a pure crate (level {level})");
            let todo = format!("use it on level {EDGE} or above, and hand its result down as an argument");
            offences.push(Offence::at(&file.path, dependency.line, what, todo));
        }
    }
    offences
}

fn fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

/// The pure crates are `no_std`; `model` and `core` bring `std` back for their tests only.
fn purity(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for folder in PURE {
        let path = format!("{folder}/src/lib.rs");
        if let Some(lib) = tree.file(&path) {
            let code = mask(&lib.text).code;
            let is_bare = code
                .lines()
                .any(|line| line.trim() == "#![no_std]" || line.trim() == "#![cfg_attr(not(test), no_std)]");
            if !is_bare {
                offences.push(Offence::of_file(
                    &path,
                    "a pure crate without `#![no_std]`",
                    "add it below the header",
                ));
            }
        }
    }
    for file in tree.rust().filter(|file| {
        ["engine/model/src/", "engine/calendar/src/", "engine/core/src/"]
            .iter()
            .any(|pure| file.path.starts_with(pure))
    }) {
        let code = mask(&file.text).code;
        let found = tokens(&code);
        for (at, token) in found.iter().enumerate().filter(|(_, token)| token.text == "std") {
            let word = |back: usize| {
                at.checked_sub(back)
                    .and_then(|at| found.get(at))
                    .map(|token| token.text)
            };
            if word(1) == Some("crate")
                && word(2) == Some("extern")
                && !(word(3) == Some("]") && word(5) == Some("test"))
            {
                let todo = "put `#[cfg(test)]` before it, or do without";
                offences.push(Offence::at(
                    &file.path,
                    token.line,
                    "brings `std` into a pure crate",
                    todo,
                ));
            }
        }
    }
    offences
}

/// The top of the repository is a table of contents, not a place to leave things.
fn top(tree: &Tree) -> Vec<Offence> {
    let mut names: Vec<&str> = tree
        .files
        .iter()
        .map(|file| file.path.split('/').next().unwrap_or_default())
        .collect();
    names.dedup();
    let known = |name: &str| name.starts_with('.') || TOP.contains(&name);
    let todo = "move it to the crate that uses it, or add it to .gitignore if a program wrote it";
    names
        .into_iter()
        .filter(|name| !known(name))
        .map(|name| Offence::of_file(name, "is not part of the layout", todo))
        .collect()
}
