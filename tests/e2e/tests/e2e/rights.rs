//! The roles that we ship: each can do its work, and nothing else, whatever it tries.

use crate::NOW;
use milepost_connectors::log::{AnyLog, LogSettings};
use milepost_test_e2e::{Engine, Node, Outcome, Role, Sent, Site, Told, Wire, until};
use serde_json::Value;
use tempfile::TempDir;

/// Those who live with permissions.
const ROLES: [Role; 5] = [Role::Engine, Role::Producer, Role::Packer, Role::Sender, Role::Auditor];

/// Streams that are ours, and one that is not.
const STREAMS: [&str; 5] = ["SCANS", "JOBS", "REJECTS", "KV_MILEPOST", "KV_OTHER"];

/// A consumer that the administrator has made for the senders.
const SENDER: &str = r#"{"stream_name":"JOBS","config":{"durable_name":"sender","name":"sender","ack_policy":"explicit","deliver_policy":"all"}}"#;

/// A server with `deploy/nats/dev.conf`, with streams, buckets and the consumer of the senders.
struct Ground {
    node: Node,
    admin: Wire,
    _dir: TempDir,
}

impl Ground {
    async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory can be made");
        let node = Node::single(dir.path());
        let created = LogSettings {
            create: true,
            ..settings(&node, Role::Admin)
        };
        drop(
            AnyLog::open(&created, NOW)
                .await
                .expect("the administrator creates streams"),
        );
        let mut admin = Wire::open(node.address, Role::Admin);
        let bucket = r#"{"name":"KV_OTHER","subjects":["$KV.OTHER.>"],"max_msgs_per_subject":1,"allow_rollup_hdrs":true,"allow_direct":true}"#;
        admin.answer("$JS.API.STREAM.CREATE.KV_OTHER", bucket);
        admin.answer("$JS.API.CONSUMER.CREATE.JOBS.sender", SENDER);
        Self { node, admin, _dir: dir }
    }

    async fn log(&self, role: Role) -> AnyLog {
        let log = AnyLog::open(&settings(&self.node, role), NOW).await;
        log.expect("the log can be opened")
    }

    fn wire(&self, role: Role) -> Wire {
        Wire::open(self.node.address, role)
    }

    /// A site whose log is opened by a role, that creates nothing.
    fn site(&self, role: Role) -> Site {
        Site::new(&self.node.url(role))
            .with("LOG__CREATE", "false")
            .with("LOG__NAME", role.name())
    }

    /// What all streams hold, as text: their settings, their ends, and how many consumers there are.
    fn state(&mut self) -> Vec<String> {
        let mut state = Vec::new();
        for stream in STREAMS {
            let answer = self.admin.answer(&format!("$JS.API.STREAM.INFO.{stream}"), "");
            let info: Value = serde_json::from_str(&answer.payload).expect("an answer is JSON");
            for part in [
                "/config",
                "/state/messages",
                "/state/first_seq",
                "/state/last_seq",
                "/state/consumer_count",
            ] {
                state.push(format!("{stream}{part} {}", info.pointer(part).unwrap_or(&Value::Null)));
            }
        }
        state
    }
}

fn settings(node: &Node, role: Role) -> LogSettings {
    LogSettings {
        name: role.name().to_owned(),
        ..LogSettings::new(node.url(role))
    }
}

fn refusal(subject: &str) -> String {
    format!("-ERR 'Permissions Violation for Publish to \"{subject}\"'")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn each_role_can_do_its_work_with_an_engine_that_runs_on_its_rights() {
    let mut ground = Ground::new().await;
    let site = ground.site(Role::Engine).with("TABLES__EVERY", "10s");
    let sent = Sent::usual(61, 6_000);
    sent.write(&site.path("scans.ndjson"));
    let expected = Outcome::of_replay(&site, "scans.ndjson");

    let engine = Engine::start(&site, &[]);
    // Malformed lines have no number by which they could be sent as a producer sends.
    let last = sent.append(&ground.log(Role::Admin).await, 0..6_000).await;
    let mut producer = ground.wire(Role::Producer);
    let stored = producer.answer("ingest.1Z999AA10123456784", "no scan, and refused as such");
    assert_eq!(stored.payload, format!(r#"{{"stream":"SCANS","seq":{}}}"#, last + 1));
    let mut packer = ground.wire(Role::Packer);
    let stored = packer.answer("scan.17", "no scan either");
    assert_eq!(stored.payload, format!(r#"{{"stream":"SCANS","seq":{}}}"#, last + 2));
    engine.wait_for_position(last + 2);
    engine.wait_for_records(sent.count() + 2);
    engine.wait_until_ready();
    assert_eq!(site.run(&["doctor"]).code, Some(0), "{}", site.run(&["doctor"]).out);
    assert_eq!(engine.stop().code, Some(0));
    let found = Outcome::of_log(&ground.log(Role::Admin).await).await;
    assert!(
        found.job_ids() == expected.job_ids(),
        "{} jobs and not {}",
        found.jobs.len(),
        expected.jobs.len()
    );
    assert_eq!(found.rejected(), expected.rejected() + 2);
    let counted = site.succeed(&["sql", "SELECT count(*) AS n FROM jobs", "--format", "csv"]);
    assert_eq!(
        counted,
        format!("n\n{}\n", expected.jobs.len()),
        "the tables hold what was read back"
    );

    sender_takes_all(&mut ground, expected.jobs.len());
    let rejects = ground.site(Role::Auditor).succeed(&["rejects", "ls", "--limit", "3"]);
    assert!(rejects.contains("scan."), "{rejects}");
}

/// Takes all jobs and acknowledges each.
fn sender_takes_all(ground: &mut Ground, jobs: usize) {
    let mut sender = ground.wire(Role::Sender);
    for taken in 0..jobs {
        // A consumer gives out no more than a thousand before some are acknowledged.
        if taken % 500 == 0 {
            let ask = format!(r#"{{"batch":{},"expires":60000000000}}"#, (jobs - taken).min(500));
            let reply = format!("{}.{taken}", Role::Sender.inbox());
            let refusals = sender.publish("$JS.API.CONSUMER.MSG.NEXT.JOBS.sender", &reply, &ask);
            assert_eq!(refusals, Vec::<String>::new());
        }
        let job = sender.receive();
        assert!(
            job.subject.starts_with("job.") && job.payload.contains("job_id"),
            "{job:?}"
        );
        assert_eq!(sender.publish(&job.reply, "", "+ACK"), Vec::<String>::new());
    }
    until("all jobs are acknowledged", || {
        let info = sender.answer("$JS.API.CONSUMER.INFO.JOBS.sender", "");
        let info: Value = serde_json::from_str(&info.payload).expect("an answer is JSON");
        let number = |path: &str| info.pointer(path).and_then(Value::as_u64);
        let acknowledged = number("/ack_floor/stream_seq") == Some(jobs as u64);
        (acknowledged && number("/num_ack_pending") == Some(0)).then_some(())
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_engine_tells_and_hears_who_is_at_work_on_its_rights() {
    let ground = Ground::new().await;
    let [here, there] = [1, 2].map(|_| ground.site(Role::Engine));
    let first = Engine::start(&here, &["--standby"]);
    let mut second = Engine::start(&there, &["--standby"]);
    assert!(second.get("/readyz").body.contains("in standby"));
    assert_eq!(first.stop().code, Some(0));
    second.wait_until_it_runs();
    assert_eq!(second.stop().code, Some(0));
}

/// What no role may ask of a stream, by the name of the request before the stream's and what follows it.
const NOT_OF_A_STREAM: [(&str, &str); 19] = [
    ("STREAM.CREATE", ""),
    ("STREAM.UPDATE", ""),
    ("STREAM.DELETE", ""),
    ("STREAM.PURGE", ""),
    ("STREAM.MSG.DELETE", ""),
    ("STREAM.SNAPSHOT", ""),
    ("STREAM.RESTORE", ""),
    ("STREAM.LEADER.STEPDOWN", ""),
    ("STREAM.PEER.REMOVE", ""),
    ("CONSUMER.DELETE", ".sender"),
    ("CONSUMER.DELETE", ".milepost-1"),
    ("CONSUMER.DURABLE.CREATE", ".mine"),
    ("CONSUMER.PAUSE", ".sender"),
    ("CONSUMER.RESET", ".sender"),
    ("CONSUMER.UNPIN", ".sender"),
    ("CONSUMER.LEADER.STEPDOWN", ".sender"),
    ("CONSUMER.NAMES", ""),
    ("CONSUMER.LIST", ""),
    ("CONSUMER.INFO", ".milepost-1"),
];

/// What no role may publish to.
const NOT_OF_ANYBODY: [&str; 12] = [
    "$JS.API.INFO",
    "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.CREATE.MINE",
    "$JS.API.STREAM.TEMPLATE.CREATE.MINE",
    "$JS.API.ACCOUNT.PURGE.MILEPOST",
    "$JS.API.META.LEADER.STEPDOWN",
    "$JS.API.SERVER.REMOVE",
    "$SYS.REQ.SERVER.PING",
    "$KV.OTHER.key",
    "_INBOX_admin.1",
    "_INBOX.1",
];

/// What each role may not publish to, though another may.
const NOT_OF_A_ROLE: [(Role, &[&str]); 5] = [
    (
        Role::Engine,
        &[
            "ingest.1",
            "scan.3",
            "$JS.API.CONSUMER.CREATE.JOBS.sender",
            "$JS.API.CONSUMER.CREATE.JOBS.sender.job.1",
            "$JS.API.CONSUMER.INFO.JOBS.sender",
            "$JS.API.CONSUMER.MSG.NEXT.JOBS.sender",
            "$JS.ACK.JOBS.sender.1.1.1.1.0",
            "$JS.API.DIRECT.GET.KV_OTHER.$KV.OTHER.key",
            "$JS.API.CONSUMER.CREATE.KV_OTHER.mine",
            "$KV.MILEPOST.key",
            "$JS.API.CONSUMER.CREATE.KV_MILEPOST.mine",
            "_INBOX_sender.1",
        ],
    ),
    (
        Role::Producer,
        &[
            "job.3",
            "reject.3",
            "scan.3",
            "scan.control",
            "ingest.1.2",
            "$JS.API.STREAM.INFO.SCANS",
            "$JS.API.STREAM.MSG.GET.JOBS",
            "$JS.API.CONSUMER.CREATE.JOBS.mine",
            "$JS.API.CONSUMER.MSG.NEXT.JOBS.sender",
            "$JS.ACK.JOBS.sender.1.1.1.1.0",
            "$KV.MILEPOST.key",
            "_INBOX_milepost.1",
        ],
    ),
    (
        Role::Packer,
        &[
            "job.3",
            "reject.3",
            "scan.control",
            "ingest.1",
            "$JS.API.STREAM.MSG.GET.SCANS",
            "$JS.API.CONSUMER.CREATE.SCANS.mine",
            "$KV.MILEPOST.key",
            "_INBOX_milepost.1",
        ],
    ),
    (
        Role::Sender,
        &[
            "job.3",
            "reject.3",
            "scan.3",
            "scan.control",
            "ingest.1",
            "$JS.API.STREAM.INFO.JOBS",
            "$JS.API.STREAM.MSG.GET.JOBS",
            "$JS.API.CONSUMER.CREATE.JOBS.mine",
            "$JS.API.CONSUMER.CREATE.JOBS.sender",
            "$JS.API.CONSUMER.MSG.NEXT.JOBS.other",
            "$JS.API.CONSUMER.MSG.NEXT.SCANS.sender",
            "$JS.ACK.JOBS.other.1.1.1.1.0",
            "$JS.ACK.SCANS.sender.1.1.1.1.0",
            "$JS.ACK._.hash.REJECTS.sender.1.1.1.1.0",
            "$KV.MILEPOST.key",
            "_INBOX_milepost.1",
        ],
    ),
    (
        Role::Auditor,
        &[
            "job.3",
            "reject.3",
            "scan.3",
            "scan.control",
            "ingest.1",
            "$JS.API.STREAM.MSG.GET.SCANS",
            "$JS.API.STREAM.MSG.GET.JOBS",
            "$JS.API.CONSUMER.CREATE.JOBS.mine",
            "$JS.API.CONSUMER.MSG.NEXT.JOBS.sender",
            "$JS.ACK.REJECTS.mine.1.1.1.1.0",
            "$JS.API.STREAM.INFO.KV_MILEPOST",
            "$KV.MILEPOST.key",
            "_INBOX_milepost.1",
        ],
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_forbidden_verb_is_refused_to_every_role_and_changes_nothing() {
    let mut ground = Ground::new().await;
    let before = ground.state();
    for (role, of_role) in NOT_OF_A_ROLE {
        let mut wire = ground.wire(role);
        let of_streams = STREAMS.iter().flat_map(|stream| {
            NOT_OF_A_STREAM
                .iter()
                .map(move |(verb, rest)| format!("$JS.API.{verb}.{stream}{rest}"))
        });
        let elsewhere = of_role
            .iter()
            .chain(&NOT_OF_ANYBODY)
            .map(|subject| (*subject).to_owned());
        for subject in of_streams.chain(elsewhere) {
            let told = wire.request(&subject, "");
            assert_eq!(told, Told::Refused(refusal(&subject)), "{role:?} asks {subject}");
        }
    }
    assert_eq!(ground.state(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nobody_hears_what_is_not_for_him() {
    let ground = Ground::new().await;
    for role in ROLES {
        let mut wire = ground.wire(role);
        let others = Role::ALL.into_iter().filter(|other| *other != role);
        let others = others.map(|other| format!("{}.>", other.inbox()));
        let streams = [
            "scan.*", "ingest.*", "job.*", "reject.*", "$KV.>", "$JS.>", "$SYS.>", "_INBOX.>", ">", "*",
        ];
        for subject in others.chain(streams.map(str::to_owned)) {
            let refusal = format!("-ERR 'Permissions Violation for Subscription to \"{subject}\"'");
            assert_eq!(wire.subscribe(&subject), [refusal], "{role:?} listens to {subject}");
        }
    }
}

/// What a role sends to subjects that it may publish to, with answers to go where it may not.
const DETOURS: [(Role, &str, &str, &str); 9] = [
    (Role::Producer, "ingest.1", "a scan", "job.5"),
    (Role::Producer, "ingest.1", "a scan", "scan.control"),
    (Role::Producer, "ingest.1", "a scan", "$JS.API.STREAM.PURGE.JOBS"),
    (Role::Packer, "scan.1", "a scan", "reject.5"),
    (
        Role::Sender,
        "$JS.ACK.JOBS.sender.1.1.1.1.0",
        "+ACK",
        "$JS.API.STREAM.DELETE.KV_OTHER",
    ),
    (
        Role::Sender,
        "$JS.API.CONSUMER.MSG.NEXT.JOBS.sender",
        r#"{"batch":1}"#,
        "ingest.1",
    ),
    (
        Role::Sender,
        "$JS.API.CONSUMER.MSG.NEXT.JOBS.sender",
        r#"{"batch":9,"no_wait":true}"#,
        "$JS.API.STREAM.DELETE.JOBS",
    ),
    (Role::Auditor, "$JS.API.STREAM.INFO.JOBS", "", "job.6"),
    (
        Role::Auditor,
        "$JS.API.CONSUMER.MSG.NEXT.REJECTS.c",
        r#"{"no_wait":true}"#,
        "$JS.API.STREAM.DELETE.JOBS",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_answer_that_is_sent_elsewhere_does_not_get_through_the_wall_between_accounts() {
    let mut ground = Ground::new().await;
    ground.admin.answer("ingest.1", "a scan");
    ground.admin.answer("job.1", "a job");
    ground.admin.answer("job.2", "a job");
    let pull = r#"{"stream_name":"REJECTS","config":{"name":"c","ack_policy":"none","deliver_policy":"all"}}"#;
    ground
        .wire(Role::Auditor)
        .answer("$JS.API.CONSUMER.CREATE.REJECTS.c", pull);
    let push = r#"{"stream_name":"REJECTS","config":{"name":"p","ack_policy":"none","deliver_policy":"all","deliver_subject":"job.7"}}"#;
    ground
        .wire(Role::Auditor)
        .answer("$JS.API.CONSUMER.CREATE.REJECTS.p", push);
    ground.admin.answer("reject.1", "a reject");
    let before = ground.state();
    for (role, subject, payload, detour) in DETOURS {
        let refusals = ground.wire(role).publish(subject, detour, payload);
        assert_eq!(refusals, Vec::<String>::new(), "{role:?} may ask {subject}");
    }
    // Inside of the account it does get through, which shows that what came before has had its time.
    assert!(ground.admin.publish("ingest.1", "reject.9", "a scan").is_empty());
    until("an answer gets through inside of the account", || {
        ground
            .state()
            .contains(&"REJECTS/state/messages 2".to_owned())
            .then_some(())
    });
    let scans = ["SCANS/state/messages", "SCANS/state/last_seq"];
    let rejects = ["REJECTS/state/messages", "REJECTS/state/last_seq"];
    for (before, after) in before.iter().zip(ground.state()) {
        let number = |text: &str| text.rsplit(' ').next().and_then(|number| number.parse::<u64>().ok());
        let more = if scans.iter().any(|name| before.starts_with(name)) {
            // What producers gave is stored, and what the administrator gave.
            5
        } else {
            u64::from(rejects.iter().any(|name| before.starts_with(name)))
        };
        if more > 0 {
            assert_eq!(number(&after), number(before).map(|number| number + more), "{before}");
        } else {
            assert_eq!(&after, before);
        }
    }
}
