//! The program under test: built once for a run of the tests, unless it is there already.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// How a command ended and what it said.
#[derive(Debug)]
pub struct Said {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

/// The built program.
///
/// # Panics
/// When it cannot be built; what cargo says comes with it.
pub fn milepost() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(build)
}

/// Asks cargo for it: when all tests run, it has been built with them, and this only finds it.
fn build() -> PathBuf {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    // All members, so that features, and with them what is built, are those of `cargo test --workspace`.
    command.args([
        "build",
        "--workspace",
        "--bin",
        "milepost",
        "--message-format",
        "json-render-diagnostics",
    ]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let program = std::env::current_exe().unwrap_or_default();
    if let Some(target) = program.ancestors().find(|dir| dir.join("CACHEDIR.TAG").exists()) {
        command.arg("--target-dir").arg(target);
    }
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_about_this_package(name)) {
        command.env_remove(name);
    }
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let output = command
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .expect("cargo can be run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "milepost cannot be built:\n{said}");
    let messages = String::from_utf8_lossy(&output.stdout);
    let built = messages.lines().filter_map(executable).next_back();
    built.unwrap_or_else(|| panic!("cargo names no program:\n{said}"))
}

/// What cargo tells a test about its own package would make build scripts run again that look at it.
fn is_about_this_package(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_BIN_",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
    ]
    .iter()
    .any(|prefix| name.starts_with(prefix))
}

fn executable(message: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    let name = message.pointer("/target/name")?.as_str()?;
    let path = message.get("executable")?.as_str()?;
    (name == "milepost").then(|| PathBuf::from(path))
}
