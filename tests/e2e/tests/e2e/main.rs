//! End to end: the built program, a real nats-server, real files. Few, and each a story of what users rely on.

mod clocks;
mod cluster;
mod commands;
mod doctor;
mod embedded;
mod formats;
mod full;
mod ingress;
mod kills;
mod lanes;
mod live;
mod nats;
mod published_lost;
mod regressed;
mod rights;
mod rules;
mod slow;
mod standby;
mod story;
mod zombies;

use milepost_connectors::log::{AnyLog, LogSettings};
use milepost_connectors::test_server::NatsServer;
use milepost_model::Timestamp;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// When a log is created that does not exist yet; no result depends on it.
const NOW: Timestamp = Timestamp::from_millis(1_772_373_802_000);

/// A nats-server and its directory, which outlives it.
struct Bed {
    server: NatsServer,
    dir: TempDir,
}

impl Bed {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory can be made");
        let server = NatsServer::start(dir.path()).expect("a nats-server can be had");
        Self { server, dir }
    }

    /// With settings of the server.
    fn with(settings: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory can be made");
        let config = dir.path().join("nats-server.conf");
        fs::write(&config, settings).expect("the disk has room");
        let server = NatsServer::start_with(dir.path(), Some(&config)).expect("a nats-server can be had");
        Self { server, dir }
    }

    /// What the server has said so far.
    fn trace(&self) -> String {
        let trace = fs::read(self.dir.path().join("nats-server.txt")).expect("the server writes it");
        String::from_utf8_lossy(&trace).into_owned()
    }

    fn url(&self) -> &str {
        &self.server.url
    }

    /// Ends the server as a loss of power does, puts other files in place of those of a stream, or takes a copy of them,
    /// and starts it again.
    fn swap(&mut self, stream: &str, swap: impl FnOnce(&Path)) {
        self.server.kill().expect("the server can be killed");
        swap(&self.dir.path().join("jetstream/jetstream/$G/streams").join(stream));
        self.server.restart().expect("the server comes up again");
    }

    /// A copy of a stream as it stands.
    fn copy(&mut self, stream: &str) -> TempDir {
        let copy = tempfile::tempdir().expect("a temporary directory can be made");
        self.swap(stream, |dir| copy_dir(dir, copy.path()));
        copy
    }

    /// Puts a copy in place of a stream, as an operator does who has nothing newer.
    fn put_back(&mut self, stream: &str, copy: &TempDir) {
        self.swap(stream, |dir| {
            fs::remove_dir_all(dir).expect("it is there");
            copy_dir(copy.path(), dir);
        });
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

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the disk has room");
    for entry in fs::read_dir(from).expect("a directory of the server") {
        let from = entry.expect("a directory can be read").path();
        let to = to.join(from.file_name().expect("what a directory holds has a name"));
        if from.is_dir() {
            copy_dir(&from, &to);
        } else {
            fs::copy(&from, &to).expect("the disk has room");
        }
    }
}
