//! Three nodes on this machine, as `deploy/nats/production.conf` has them, or another of the shipped configurations.

use crate::certificates::Certificates;
use crate::node::Node;
use crate::role::{PASSWORD, Role};
use milepost_connectors::log::LogSettings;
use std::path::Path;
use tempfile::TempDir;

/// A cluster; its nodes are killed when it is dropped.
pub struct Cluster {
    /// Its nodes.
    pub nodes: [Node; 3],
    certificates: Certificates,
    _dir: TempDir,
}

impl Cluster {
    /// Starts three nodes. They may not have found each other yet.
    ///
    /// # Panics
    /// When one does not come up.
    #[must_use]
    pub fn start(config: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory can be made");
        let certificates = Certificates::issue(dir.path());
        let mut nodes = Node::cluster(dir.path(), config, &certificates);
        nodes.iter_mut().for_each(Node::start);
        nodes.iter_mut().for_each(Node::wait_until_up);
        Self {
            nodes,
            certificates,
            _dir: dir,
        }
    }

    /// The addresses of all nodes, with a user and a password.
    #[must_use]
    pub fn url(&self, role: Role) -> String {
        let server = |node: &Node| format!("tls://{}:{PASSWORD}@{}", role.user(), node.address);
        self.nodes.each_ref().map(server).join(",")
    }

    /// Who has issued the certificates of the nodes.
    #[must_use]
    pub fn authority(&self) -> &Path {
        &self.certificates.authority
    }

    /// How a user opens the log.
    #[must_use]
    pub fn log(&self, role: Role) -> LogSettings {
        LogSettings {
            create: role == Role::Admin,
            replicas: 3,
            certificates: Some(self.authority().to_owned()),
            name: role.name().to_owned(),
            ..LogSettings::new(self.url(role))
        }
    }
}
