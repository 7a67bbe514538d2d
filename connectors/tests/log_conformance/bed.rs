//! What the suite stands on: a log of each kind, and what an operator or a bad day does to it.

use bytes::Bytes;
use milepost_connectors::log::{
    AnyLog, AnyReader, Append, Destination, Ends, Faults, Lineage, Log, LogReader, LogSettings, Message, Outgoing,
    Outlet, Publication, Published, SimulatedLog, Term,
};
use milepost_connectors::test_server::NatsServer;
use milepost_model::{Position, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// When the tests take place.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_772_373_802_000);

/// Long enough for anything that comes at all.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Which log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Nats,
    Embedded,
    Simulated,
}

pub(crate) const KINDS: [Kind; 3] = [Kind::Nats, Kind::Embedded, Kind::Simulated];

/// A log and the ground that it stands on.
pub(crate) struct Bed {
    pub(crate) kind: Kind,
    pub(crate) log: AnyLog,
    pub(crate) server: Option<NatsServer>,
    pub(crate) dir: TempDir,
    url: String,
}

impl Bed {
    pub(crate) async fn new(kind: Kind) -> Self {
        let dir = TempDir::new().expect("a temporary directory can be made");
        let server = (kind == Kind::Nats).then(|| NatsServer::start(dir.path()).expect("a nats-server can be had"));
        let url = match &server {
            Some(server) => server.url.clone(),
            None => format!("embedded:{}", dir.path().display()),
        };
        let log = match kind {
            Kind::Nats | Kind::Embedded => open(&url, NOW).await,
            Kind::Simulated => {
                let faults = Faults {
                    synced_at_once: true,
                    ..Faults::default()
                };
                AnyLog::Simulated(SimulatedLog::new(7, faults, NOW))
            }
        };
        Self {
            kind,
            log,
            server,
            dir,
            url,
        }
    }

    /// Another handle on the same log, as another engine would have.
    pub(crate) async fn another(&self) -> AnyLog {
        match self.kind {
            Kind::Nats => open(&self.url, NOW).await,
            // One process owns it; the other engine is another part of it.
            Kind::Embedded | Kind::Simulated => self.log.clone(),
        }
    }

    /// The limits of the stream drop what is below.
    pub(crate) async fn trim(&self, before: u64) {
        self.log.trim(before).await.expect("a log can be trimmed");
        if self.kind == Kind::Nats {
            let stream = self
                .context()
                .await
                .get_stream("SCANS")
                .await
                .expect("the stream is there");
            stream.purge().sequence(before).await.expect("the stream can be purged");
        }
    }

    /// Somebody deletes the log and creates it anew, a minute later.
    pub(crate) async fn recreate(&mut self) {
        let later = NOW.plus(60_000);
        match &self.log {
            AnyLog::Nats(_) => {
                let context = self.context().await;
                for name in ["SCANS", "JOBS", "REJECTS"] {
                    context.delete_stream(name).await.expect("the stream can be deleted");
                }
                drop(open(&self.url, later).await);
            }
            AnyLog::Embedded(_) => {
                // The open file goes on existing without a name; a new engine finds the new one.
                std::fs::remove_file(self.dir.path().join("log.redb")).expect("the file can be deleted");
                self.log = open(&self.url, later).await;
            }
            AnyLog::Simulated(log) => log.recreate(later),
        }
    }

    /// The engine ends and starts again; a server does so too.
    pub(crate) async fn reopen(mut self) -> Self {
        if let AnyLog::Simulated(log) = &self.log {
            log.change_leader();
            return self;
        }
        let Self { log, server, .. } = &mut self;
        if let Some(server) = server {
            server.restart().expect("the server comes up again");
        }
        let vacated = AnyLog::Simulated(SimulatedLog::new(0, Faults::default(), NOW));
        drop(std::mem::replace(log, vacated));
        self.log = open(&self.url, NOW.plus(5_000)).await;
        self
    }

    pub(crate) async fn context(&self) -> async_nats::jetstream::Context {
        let client = async_nats::connect(&self.url).await.expect("the server answers");
        async_nats::jetstream::new(client)
    }
}

async fn open(url: &str, now: Timestamp) -> AnyLog {
    let settings = LogSettings {
        create: true,
        ..LogSettings::new(url)
    };
    AnyLog::open(&settings, now).await.expect("the log opens")
}

pub(crate) fn scan(partition: u8, text: impl Into<String>) -> Append {
    Append {
        to: Destination::Partition(partition),
        format: None,
        payload: Bytes::from(text.into()),
    }
}

pub(crate) fn tick(text: &str) -> Append {
    Append {
        to: Destination::Control,
        format: None,
        payload: Bytes::from(format!("{{\"tick\":\"{text}\"}}")),
    }
}

/// `count` scans over the shares, numbered from `first`.
pub(crate) fn scans(first: u64, count: u64) -> Vec<Append> {
    (first..first + count)
        .map(|number| scan(u8::try_from(number % 64).unwrap_or(0), format!("scan {number}")))
        .collect()
}

/// Reads until `count` messages are there.
pub(crate) async fn read(reader: &mut AnyReader, count: usize) -> Vec<Message> {
    let mut messages = Vec::new();
    while messages.len() < count {
        let batch = reader
            .next(count - messages.len(), LONG)
            .await
            .expect("the log can be read");
        assert!(!batch.is_empty(), "only {} of {count} messages came", messages.len());
        messages.extend(batch);
    }
    messages
}

pub(crate) fn sequences(messages: &[Message]) -> Vec<u64> {
    messages.iter().map(|message| message.position.sequence).collect()
}

pub(crate) fn texts(messages: &[Message]) -> Vec<String> {
    messages
        .iter()
        .map(|message| String::from_utf8_lossy(&message.payload).into_owned())
        .collect()
}

/// A job of a share, caused by the scan numbered `sequence`.
pub(crate) fn job(partition: u8, sequence: u64, index: u32) -> Outgoing {
    Outgoing {
        partition,
        position: Position {
            partition: Some(partition),
            sequence,
        },
        lineage: Lineage {
            created: NOW,
            taken_by: Term {
                number: 2,
                message: 1,
                who: 7,
            },
        },
        hash: 0xfeed + sequence,
        term: Term {
            number: 3,
            message: 2,
            who: 8,
        },
        by_id_after: (index > 1).then_some(sequence),
        index,
        id: format!("job-{sequence}-{index}"),
        payload: Bytes::from(format!("{{\"job_id\":\"job-{sequence}-{index}\"}}")),
    }
}

/// Jobs of one share that ends at `end`.
pub(crate) fn jobs(partition: u8, end: u64, items: Vec<Outgoing>) -> Arc<Publication> {
    Arc::new(Publication {
        outlet: Outlet::Jobs,
        ends: ends(&[(partition, end)]),
        items,
    })
}

pub(crate) fn ends(known: &[(u8, u64)]) -> Ends {
    let mut ends = Ends::default();
    known.iter().for_each(|(share, end)| ends.set(*share, *end));
    ends
}

/// Everything that was published.
pub(crate) async fn all_published(log: &AnyLog, outlet: Outlet) -> Vec<Published> {
    let mut all = Vec::new();
    loop {
        let from = all.last().map_or(1, |last: &Published| last.sequence + 1);
        let batch = log
            .published(outlet, from, 1000)
            .await
            .expect("what was published can be read");
        if batch.is_empty() {
            return all;
        }
        all.extend(batch);
    }
}
