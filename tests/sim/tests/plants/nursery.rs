//! A copy of this workspace in which plants are set, built and tried. It stands in the target directory with a target directory
//! of its own, and only files that differ are written: what did not change is not built again.

use crate::table::{Check, Edit};
use milepost_test_sim::seeds::FOUND;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a build needs of the workspace.
const COPIED: [&str; 10] = [
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "benches",
    "connectors",
    "deploy",
    "engine",
    "loadgen",
    "rules",
    "tests",
];
/// Seeds that one run of the simulation tries.
const SEEDS_AT_ONCE: u64 = 50;
/// Letters of a verdict that are shown.
const SHOWN: usize = 150;

/// The root of this workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The copy.
pub(crate) struct Nursery {
    source: PathBuf,
    target: PathBuf,
    /// Files that hold plants, and what stood there before.
    planted: Vec<(PathBuf, String)>,
}

impl Nursery {
    /// Copies this workspace, or what changed in it since it was copied last.
    pub(crate) fn of_this_workspace() -> Self {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plants");
        let nursery = Self {
            source: place.join("source"),
            target: place.join("target"),
            planted: Vec::new(),
        };
        fs::create_dir_all(&nursery.source).expect("the target directory can be written");
        for name in COPIED {
            let copied = copy(&root().join(name), &nursery.source.join(name));
            copied.unwrap_or_else(|error| panic!("{name} cannot be copied: {error}"));
        }
        nursery
    }

    /// Takes out what was planted before, and plants this.
    pub(crate) fn plant(&mut self, edits: &[Edit]) {
        // The last first, since two may be in one file.
        for (path, text) in self.planted.drain(..).rev() {
            fs::write(path, text).expect("the copy can be written");
        }
        for Edit { file, from, to } in edits {
            let path = self.source.join(file);
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
            let places = text.matches(from).count();
            assert_eq!(places, 1, "{file} holds this so often:\n{from}");
            fs::write(&path, text.replacen(from, to, 1)).expect("the copy can be written");
            self.planted.push((path, text));
        }
    }

    /// Builds what a check runs. A plant that does not compile is no plant.
    pub(crate) fn build(&self, check: Check) {
        let output = match check.tests() {
            None => self.cargo("build", &["-p", "milepost-test-sim", "--bin", "milepost-test-sim"]),
            Some(tests) => self.cargo("test", &[&["--no-run"], tests].concat()),
        };
        assert!(output.status.success(), "it does not compile:\n{}", told(&output));
    }

    /// Runs the simulation until a seed fails: which, and why.
    pub(crate) fn live(&self, seeds: u64) -> Option<String> {
        let usual = (0..seeds / SEEDS_AT_ONCE).map(|run| (run * SEEDS_AT_ONCE + 1, SEEDS_AT_ONCE));
        let mut runs = usual.chain(FOUND.map(|seed| (seed, 1)));
        let program = self.target.join("release/milepost-test-sim");
        runs.find_map(|(first, count)| {
            let run = Command::new(&program)
                .args([count.to_string(), first.to_string()])
                .output();
            let output = run.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
            if output.status.success() {
                return None;
            }
            let text = told(&output);
            let found = verdicts(&text).min();
            let (seed, why) = found.unwrap_or_else(|| panic!("{}, and no seed says why:\n{text}", output.status));
            Some(format!("seed {seed}: {}", cut(&why)))
        })
    }

    /// Runs tests: which one fails, and why.
    pub(crate) fn ask(&self, tests: &[&str]) -> Option<String> {
        let output = self.cargo("test", tests);
        if output.status.success() {
            return None;
        }
        let text = told(&output);
        let (test, why) = panic_of(&text).unwrap_or_else(|| panic!("{}, and no test says why:\n{text}", output.status));
        Some(format!("{test}: {}", cut(why)))
    }

    /// Runs cargo on the copy. Optimised, since running takes longer than building; a panic is one seed's end, not that of all.
    fn cargo(&self, verb: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO"));
        command
            .current_dir(&self.source)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_INCREMENTAL", "1")
            .env("CARGO_PROFILE_RELEASE_PANIC", "unwind")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
            .args([verb, "--release", "--locked"])
            .args(arguments);
        command.output().expect("cargo can be run")
    }
}

/// Makes a file or a folder like another, and writes only what differs.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if from.is_file() {
        let bytes = fs::read(from)?;
        if fs::read(to).ok().as_deref() != Some(&bytes) {
            fs::write(to, bytes)?;
        }
        return Ok(());
    }
    fs::create_dir_all(to)?;
    let wanted = names(from)?;
    for gone in names(to)?.difference(&wanted) {
        let gone = to.join(gone);
        if gone.is_dir() {
            fs::remove_dir_all(gone)?;
        } else {
            fs::remove_file(gone)?;
        }
    }
    wanted
        .iter()
        .try_for_each(|name| copy(&from.join(name), &to.join(name)))
}

fn names(folder: &Path) -> io::Result<BTreeSet<OsString>> {
    let names: io::Result<BTreeSet<_>> = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect();
    let mut names = names?;
    // What is built, and what editors leave, is no source.
    names.retain(|name| name != "target" && !name.to_string_lossy().starts_with('.'));
    Ok(names)
}

fn told(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    format!("{out}{err}")
}

/// The seeds that failed, each with the first line of why.
fn verdicts(text: &str) -> impl Iterator<Item = (u64, String)> {
    text.lines().filter_map(|line| {
        let (seed, why) = line.strip_prefix("seed ")?.split_once(": ")?;
        let why = match panic_of(text) {
            Some((_, panicked)) if why.starts_with("it panicked") => format!("{why}: {panicked}"),
            Some(_) | None => why.to_owned(),
        };
        Some((seed.parse().ok()?, why))
    })
}

/// The first panic in what a program says: its thread, which has the name of the test, and the reason.
fn panic_of(text: &str) -> Option<(&str, &str)> {
    let mut lines = text.lines();
    let thread = lines.find_map(|line| {
        line.strip_prefix("thread '")?
            .split_once('\'')
            .filter(|(_, rest)| rest.contains("panicked at"))
    })?;
    Some((thread.0, lines.next()?))
}

fn cut(why: &str) -> String {
    why.chars().take(SHOWN).collect()
}
