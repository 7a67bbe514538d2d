//! A nats-server that runs with a configuration as we ship it: what the file leaves open comes from here.

use crate::certificates::Certificates;
use crate::patience::until;
use crate::role::{PASSWORD, Role};
use crate::site::text;
use milepost_connectors::test_server::nats_server;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long a connection to this machine may take.
const CONNECTING_MAX: Duration = Duration::from_millis(200);

/// A nats-server; it is killed when dropped.
pub struct Node {
    /// Where clients connect.
    pub address: SocketAddr,
    dir: PathBuf,
    args: Vec<String>,
    environment: Vec<(&'static str, String)>,
    child: Option<Child>,
}

impl Node {
    /// A server by itself, with `deploy/nats/dev.conf`.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn single(dir: &Path) -> Self {
        let [address] = free_addresses();
        let port = address.port().to_string();
        let mut node = Self {
            address,
            dir: dir.to_owned(),
            args: vec!["-c".to_owned(), shipped("dev.conf"), "--port".to_owned(), port],
            environment: passwords().collect(),
            child: None,
        };
        node.start();
        node.wait_until_up();
        node
    }

    /// Nodes of a cluster, not started yet, with a shipped configuration.
    #[must_use]
    pub(crate) fn cluster(dir: &Path, config: &str, certificates: &Certificates) -> [Self; 3] {
        // All at once: one that was let go is given again.
        let [a, b, c, d, e, f, g, h, i] = free_addresses();
        let [clients, routes, monitors] = [[a, b, c], [d, e, f], [g, h, i]];
        let peers: Vec<String> = routes.iter().map(|route| format!("\"nats-route://{route}\"")).collect();
        let peers = format!("[{}]", peers.join(", "));
        let mut places = clients.into_iter().zip(routes).zip(monitors).zip(1..);
        [(); 3].map(|()| {
            let (((address, route), monitor), number) = places.next().expect("three nodes have three places");
            let dir = dir.join(format!("node-{number}"));
            fs::create_dir_all(&dir).expect("the disk has room");
            let environment = [
                ("NATS_NODE", format!("node-{number}")),
                ("NATS_ZONE", format!("\"zone:{number}\"")),
                ("NATS_LISTEN", format!("\"{address}\"")),
                ("NATS_MONITOR", format!("\"{monitor}\"")),
                ("NATS_ROUTES_LISTEN", format!("\"{route}\"")),
                ("NATS_ROUTES", peers.clone()),
                ("NATS_STORE", quoted(&dir.join("streams"))),
                ("NATS_CERTIFICATE", quoted(&certificates.certificate)),
                ("NATS_KEY", quoted(&certificates.key)),
                ("NATS_AUTHORITY", quoted(&certificates.authority)),
            ];
            Self {
                address,
                dir,
                args: vec!["-c".to_owned(), shipped(config)],
                environment: environment.into_iter().chain(passwords()).collect(),
                child: None,
            }
        })
    }

    /// Starts it; [`Node::wait_until_up`] waits until clients can connect.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(&mut self) {
        let file = File::options().create(true).append(true).open(self.trace());
        let file = file.expect("the disk has room");
        let also = file.try_clone().expect("a file can be shared");
        let started = Command::new(nats_server().expect("a nats-server can be had"))
            .args(&self.args)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.dir)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(also)
            .spawn();
        self.child = Some(started.expect("nats-server can be started"));
    }

    /// Waits until clients can connect.
    ///
    /// # Panics
    /// When it ends instead, or takes a value for another than was meant, with what it said.
    pub fn wait_until_up(&mut self) {
        until("nats-server listens", || {
            let ended = self.child.as_mut().map(|child| child.try_wait());
            if let Some(Ok(Some(status))) = ended {
                panic!("nats-server ended with {status}:\n{}", text(&self.trace()));
            }
            TcpStream::connect_timeout(&self.address, CONNECTING_MAX).ok()
        });
        let said = text(&self.trace());
        assert!(!said.contains("invalid use of field"), "of our configuration:\n{said}");
    }

    /// Ends it at once, as `kill -9` does.
    ///
    /// # Panics
    /// When the system refuses.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a child of ours can be killed");
            child.wait().expect("a child can be waited for");
        }
    }

    /// Asks it to end, as an operator does before an update, and waits for that.
    ///
    /// # Panics
    /// When it does not end.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            crate::site::terminate(&child);
            until("nats-server ends", || {
                child.try_wait().expect("a child can be waited for")
            });
        }
    }

    /// Removes everything that it has stored. To be used while it does not run.
    ///
    /// # Panics
    /// When the disk refuses.
    pub fn wipe(&self) {
        fs::remove_dir_all(self.dir.join("streams")).expect("a directory of ours");
    }

    /// An address with a user and a password.
    #[must_use]
    pub fn url(&self, role: Role) -> String {
        format!("nats://{}:{PASSWORD}@{}", role.user(), self.address)
    }

    fn trace(&self) -> PathBuf {
        self.dir.join("nats-server.txt")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

fn passwords() -> impl Iterator<Item = (&'static str, String)> {
    Role::ALL
        .into_iter()
        .map(|role| (role.password_variable(), PASSWORD.to_owned()))
}

/// The path of a configuration that we ship.
fn shipped(name: &str) -> String {
    format!("{}/../../deploy/nats/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

/// Addresses of this machine that nobody listens on, all different.
fn free_addresses<const N: usize>() -> [SocketAddr; N] {
    let listeners = [(); N].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free"));
    listeners
        .each_ref()
        .map(|listener| listener.local_addr().expect("who listens has an address"))
}
