//! An engine on a cluster of three nodes that are killed, updated and replaced under load: nothing that was acknowledged is
//! lost, nothing is decided twice, and what comes out is what a replay makes of the log as it stands in the end.

use crate::NOW;
use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::{self, Context};
use async_nats::{ConnectOptions, ServerAddr};
use bytes::Bytes;
use futures_util::StreamExt;
use milepost_connectors::log::{AnyLog, Log, LogSettings};
use milepost_loadgen::Faults;
use milepost_test_e2e::{Cluster, Engine, Node, Outcome, PASSWORD, Role, Sent, Site, now, scans_of};
use milepost_test_sim::rule_sets::default_files;
use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::task::JoinSet;

/// Scans that a producer has on their way at once, and the time between two such parts.
const PART: usize = 32;
const PART_EVERY: Duration = Duration::from_millis(15);

/// How long a producer waits for answers.
const ANSWER_WAIT: Duration = Duration::from_secs(2);

/// Scans that are sent for each blow at most: more than pass meanwhile.
const SCANS_A_BLOW: usize = 40_000;

const STREAMS: [&str; 3] = ["SCANS", "JOBS", "REJECTS"];

/// How often to look.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// What befalls the cluster.
#[derive(Clone, Copy, Debug)]
enum Blow {
    /// The node that leads this stream is killed, and started again when jobs flow without it.
    KillLeader(&'static str),
    /// All nodes are ended in order and started again, one after the other, as for an update.
    Roll,
    /// The same, but the node has lost its disk meanwhile, and comes back empty.
    WipeLeader(&'static str),
}

/// A cluster with an engine on it, and a producer.
struct Stage {
    cluster: Cluster,
    /// Its directory, for as long as the engine runs.
    _site: Site,
    engine: Engine,
    admin: Context,
    /// The longest time in which no job came after a blow.
    gap_max: Duration,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_is_killed_and_comes_back_without_its_disk_loses_nothing_and_doubles_nothing() {
    withstand(71, &[Blow::WipeLeader("JOBS")]).await;
}

/// Cycles of all blows, `MILEPOST_E2E_CYCLES` times: `cargo test -p milepost-test-e2e -- --ignored --nocapture cycles`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; for long runs"]
async fn cycles_of_all_that_befalls_a_cluster_lose_nothing_and_double_nothing() {
    let cycles = std::env::var("MILEPOST_E2E_CYCLES").map_or(3, |text| text.parse().expect("a number of cycles"));
    for cycle in 1..=cycles {
        eprintln!("cycle {cycle} of {cycles}");
        let blows = [
            Blow::KillLeader("SCANS"),
            Blow::KillLeader("JOBS"),
            Blow::Roll,
            Blow::WipeLeader("JOBS"),
            Blow::KillLeader("SCANS"),
            Blow::WipeLeader("SCANS"),
        ];
        withstand(100 + cycle, &blows).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strict_nodes_speak_tls_alone_and_refuse_what_is_not_of_a_role() {
    let cluster = Cluster::start("strict.conf");
    create_streams(&cluster).await;
    let [first, ..] = &cluster.nodes;
    let mut plain = TcpStream::connect(first.address).expect("the node listens");
    plain
        .write_all(b"CONNECT {\"verbose\":false}\r\nPING\r\n")
        .expect("the node reads");
    let mut said = Vec::new();
    // It may also just hang up.
    drop(plain.read_to_end(&mut said));
    let said = String::from_utf8_lossy(&said);
    assert!(
        said.contains("\"tls_required\":true") && !said.contains("PONG"),
        "{said}"
    );

    let right = cluster.log(Role::Engine);
    let strange = LogSettings {
        certificates: None,
        ..right.clone()
    };
    let wrong = LogSettings {
        url: right.url.replace(PASSWORD, "guessed"),
        ..right.clone()
    };
    for (settings, why) in [(strange, "UnknownIssuer"), (wrong, "authorization violation")] {
        let error = AnyLog::open(&settings, NOW).await.err().expect("nobody gets in so");
        let error = error.to_string();
        assert!(
            error.contains(why) && !error.contains(PASSWORD) && !error.contains("guessed"),
            "{error}"
        );
    }
    AnyLog::open(&right, NOW).await.expect("the engine gets in");

    let (told, refusals) = mpsc::channel();
    let engine = client(&cluster, Role::Engine).event_callback(move |event| {
        // What comes after the end of the test is nobody's concern.
        drop(told.send(event.to_string()));
        std::future::ready(())
    });
    let engine = engine.connect(servers(&cluster)).await.expect("the engine gets in");
    let purge = "$JS.API.STREAM.PURGE.SCANS";
    engine.publish(purge, "".into()).await.expect("it is sent");
    engine.flush().await.expect("it is sent");
    let refusal = refusals
        .iter()
        .find(|event| event.contains(purge))
        .expect("the server answers");
    assert!(
        refusal.to_ascii_lowercase().contains("permissions violation"),
        "{refusal}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_takes_and_acknowledges_jobs_from_whichever_node_it_is_on() {
    let cluster = Cluster::start("production.conf");
    create_streams(&cluster).await;
    let admin = connect(&cluster, Role::Admin).await;
    let config = pull::Config {
        durable_name: Some("sender".to_owned()),
        ..pull::Config::default()
    };
    let created = admin.create_consumer_on_stream(config, "JOBS").await;
    created.expect("the administrator makes the consumer");
    for (number, node) in (1..).zip(&cluster.nodes) {
        let job = format!("job {number}");
        let stored = admin
            .publish("job.7", job.clone().into())
            .await
            .expect("it is sent")
            .await;
        stored.expect("the administrator may do all");
        // Only this node, not those that it names.
        let server: ServerAddr = format!("tls://{}", node.address).parse().expect("an address");
        let options = client(&cluster, Role::Sender).ignore_discovered_servers();
        let sender = jetstream::new(options.connect(server).await.expect("the sender gets in"));
        let consumer: PullConsumer = patiently("the consumer is known here", async || {
            sender.get_consumer_from_stream("sender", "JOBS").await.ok()
        })
        .await;
        let mut batch = consumer
            .fetch()
            .max_messages(1)
            .messages()
            .await
            .expect("jobs can be asked for");
        // The client waits for jobs that are not there yet by itself, and then ends the batch.
        let taken = batch.next().await.expect("there is a job").expect("a job");
        assert_eq!(taken.payload, job.as_bytes());
        taken.double_ack().await.expect("the acknowledgement is acknowledged");
    }
    let mut consumer: PullConsumer = admin
        .get_consumer_from_stream("sender", "JOBS")
        .await
        .expect("the consumer is there");
    let info = consumer.info().await.expect("the consumer is there");
    assert_eq!((info.ack_floor.stream_sequence, info.num_ack_pending), (3, 0));
}

/// Deals the blows while scans are sent, and sees what came of it.
async fn withstand(seed: u64, blows: &[Blow]) {
    let faults = Faults {
        malformed: 0.0,
        ..Faults::REALISTIC
    };
    let sent = Arc::new(Sent::of(seed, SCANS_A_BLOW * blows.len(), faults));
    let mut stage = Stage::new().await;
    let enough = Arc::new(AtomicBool::new(false));
    let mut producer = produce(&stage.cluster, Arc::clone(&sent), Arc::clone(&enough)).await;
    stage.wait_for_jobs().await;
    for blow in blows {
        stage.deal(*blow).await;
    }
    enough.store(true, Ordering::Relaxed);
    let acknowledged = producer.join_next().await.expect("there is a producer");
    let acknowledged = acknowledged.expect("it ends by itself");
    assert!(
        acknowledged.len() < sent.for_producer().count(),
        "scans ran out before the last blow"
    );

    let log = AnyLog::open(&stage.cluster.log(Role::Admin), NOW)
        .await
        .expect("the log can be opened");
    stage
        .engine
        .wait_for_position(log.state().await.expect("the log answers").last_sequence);
    stage.engine.wait_until_ready();
    let said = stage.engine.stop();
    eprintln!("{}", said.err);
    assert_eq!(said.code, Some(0));
    let scans = scans_of(&log).await;
    let expected = Outcome::of_one_thread(&log, &default_files()).await;
    let found = Outcome::of_log(&log).await;
    let scans: BTreeMap<u64, Bytes> = scans.into_iter().collect();
    let lost = acknowledged
        .iter()
        .filter(|(sequence, scan)| scans.get(sequence) != Some(scan))
        .count();
    eprintln!(
        "{} blows, {} scans acknowledged and {} stored, {} lost; {} jobs, {} expected; longest time without a job {:?}",
        blows.len(),
        acknowledged.len(),
        scans.len(),
        lost,
        found.jobs.len(),
        expected.jobs.len(),
        stage.gap_max
    );
    assert_eq!(lost, 0, "of {} acknowledged scans", acknowledged.len());
    found.assert_equal(&expected);
}

impl Stage {
    async fn new() -> Self {
        let cluster = Cluster::start("production.conf");
        let admin = connect(&cluster, Role::Admin).await;
        create_streams(&cluster).await;
        let site = Site::new(&cluster.url(Role::Engine))
            .with("LOG__CREATE", "false")
            .with("LOG__CERTIFICATES", &cluster.authority().display().to_string());
        let engine = Engine::start(&site, &[]);
        let stage = Self {
            cluster,
            _site: site,
            engine,
            admin,
            gap_max: Duration::ZERO,
        };
        stage.wait_for_replicas().await;
        stage
    }

    async fn deal(&mut self, blow: Blow) {
        eprintln!("{blow:?}");
        match blow {
            Blow::KillLeader(stream) => {
                let node = self.leader(stream).await;
                self.node(node).kill();
                self.wait_for_jobs().await;
                self.node(node).start();
            }
            Blow::Roll => {
                for node in 0..self.cluster.nodes.len() {
                    self.node(node).stop();
                    self.node(node).start();
                    self.node(node).wait_until_up();
                    // The next one must wait until this one is whole again, else a majority is missing.
                    self.wait_for_replicas().await;
                }
            }
            Blow::WipeLeader(stream) => {
                let node = self.leader(stream).await;
                self.node(node).kill();
                self.wait_for_jobs().await;
                self.node(node).wipe();
                self.node(node).start();
            }
        }
        self.wait_for_jobs().await;
        self.wait_for_replicas().await;
    }

    fn node(&mut self, index: usize) -> &mut Node {
        self.cluster.nodes.get_mut(index).expect("one of three nodes")
    }

    /// The node that leads a stream.
    async fn leader(&self, stream: &str) -> usize {
        let name = patiently("a stream has a leader", async || {
            self.admin
                .get_stream(stream)
                .await
                .ok()?
                .cached_info()
                .cluster
                .clone()?
                .leader
        });
        let name = name.await;
        let number = name
            .strip_prefix("node-")
            .and_then(|number| number.parse::<usize>().ok());
        number.expect("nodes have numbers") - 1
    }

    /// Waits until each stream has all its replicas, and all are current.
    async fn wait_for_replicas(&self) {
        for stream in STREAMS {
            patiently("all replicas are current", async || {
                let stream = self.admin.get_stream(stream).await.ok()?;
                let cluster = stream.cached_info().cluster.as_ref()?;
                let current = cluster
                    .replicas
                    .iter()
                    .filter(|replica| replica.current && !replica.offline);
                (cluster.leader.is_some() && current.count() == 2).then_some(())
            })
            .await;
        }
    }

    /// Waits until jobs flow; how long that took counts as a gap.
    async fn wait_for_jobs(&mut self) {
        let jobs = self.jobs();
        let started = now();
        patiently("jobs flow", async || (self.jobs() > jobs).then_some(())).await;
        let gap = started.elapsed();
        eprintln!("  {gap:.1?} until jobs flowed");
        self.gap_max = self.gap_max.max(gap);
    }

    fn jobs(&self) -> u64 {
        self.engine.metric("milepost_jobs_published_total")
    }
}

/// Asks until there is an answer.
async fn patiently<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let answered = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    });
    answered.await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

/// Makes the streams; a cluster whose nodes have not found each other takes none.
async fn create_streams(cluster: &Cluster) {
    let created = patiently("streams are created", async || {
        AnyLog::open(&cluster.log(Role::Admin), NOW).await.ok()
    });
    drop(created.await);
}

async fn connect(cluster: &Cluster, role: Role) -> Context {
    let connected = client(cluster, role).connect(servers(cluster)).await;
    jetstream::new(connected.expect("a node lets this user in"))
}

fn client(cluster: &Cluster, role: Role) -> ConnectOptions {
    ConnectOptions::new()
        .user_and_password(role.user().to_owned(), PASSWORD.to_owned())
        .custom_inbox_prefix(role.inbox())
        .add_root_certificates(cluster.authority().to_owned())
}

fn servers(cluster: &Cluster) -> Vec<ServerAddr> {
    let server = |node: &Node| format!("tls://{}", node.address).parse().expect("an address");
    cluster.nodes.iter().map(server).collect()
}

/// Sends scans until it is told that there are enough: what was acknowledged, with its number in the log. What was not is
/// sent again, the same bytes.
async fn produce(cluster: &Cluster, sent: Arc<Sent>, enough: Arc<AtomicBool>) -> JoinSet<Vec<(u64, Bytes)>> {
    let context = connect(cluster, Role::Producer).await;
    let mut producing = JoinSet::new();
    producing.spawn(async move {
        let mut acknowledged = Vec::new();
        let mut waiting: VecDeque<(String, Bytes)> = sent.for_producer().collect();
        while !enough.load(Ordering::Relaxed) && !waiting.is_empty() {
            let mut answers = Vec::new();
            for (subject, scan) in waiting.drain(..PART.min(waiting.len())) {
                let answer = context.publish(subject.clone(), scan.clone()).await;
                answers.push((subject, scan, answer));
            }
            // One wait for all: who leads the stream may be gone, with all answers.
            let until = tokio::time::Instant::now() + ANSWER_WAIT;
            for (subject, scan, answer) in answers {
                match tokio::time::timeout_at(until, async { answer?.await }).await {
                    Ok(Ok(stored)) => acknowledged.push((stored.sequence, scan)),
                    Ok(Err(_)) | Err(_) => waiting.push_front((subject, scan)),
                }
            }
            tokio::time::sleep(PART_EVERY).await;
        }
        acknowledged
    });
    producing
}
