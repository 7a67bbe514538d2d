//! End to end: the built program, a real nats-server, real files. Few, and each a story of what users rely on.

mod cluster;
mod commands;
mod doctor;
mod embedded;
mod kills;
mod live;
mod nats;
mod regressed;
mod rights;
mod rules;
mod standby;
mod zombies;

use milepost_connectors::log::{AnyLog, LogSettings};
use milepost_connectors::test_server::NatsServer;
use milepost_model::Timestamp;
use tempfile::TempDir;

/// When a log is created that does not exist yet; no result depends on it.
const NOW: Timestamp = Timestamp::from_millis(1_772_373_802_000);

/// A nats-server and its directory, which outlives it.
struct Bed {
    server: NatsServer,
    _dir: TempDir,
}

impl Bed {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory can be made");
        let server = NatsServer::start(dir.path()).expect("a nats-server can be had");
        Self { server, _dir: dir }
    }

    fn url(&self) -> &str {
        &self.server.url
    }
}

/// Opens the log at an address, and creates what is missing there.
async fn open(url: &str) -> AnyLog {
    let settings = LogSettings {
        create: true,
        ..LogSettings::new(url)
    };
    AnyLog::open(&settings, NOW).await.expect("the log can be opened")
}
