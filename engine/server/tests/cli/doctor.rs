//! The doctor: on a healthy machine, on one where something stands in the way, and before a NATS server.

use crate::{Answer, milepost, milepost_with, temporary, write};
use milepost_connectors::test_server::NatsServer;
use std::net::TcpListener;

/// Outcome and check of each line that is not fine.
fn complaints(answer: &Answer) -> Vec<String> {
    let lines = answer
        .out
        .lines()
        .filter(|line| line.starts_with("WARN") || line.starts_with("FAIL"));
    lines
        .map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn a_machine_without_anything_yet_is_fine() {
    let dir = temporary();
    let answer = milepost_with(dir.path(), &[("MILEPOST__HTTP__LISTEN", "127.0.0.1:0")], &["doctor"]);
    // How fast and how full the disk of a test machine is, is not ours to say.
    let others: Vec<String> = complaints(&answer)
        .into_iter()
        .filter(|line| !line.ends_with(" disk"))
        .collect();
    assert_eq!(others, Vec::<String>::new(), "{}", answer.out);
    for expected in [
        "OK    config    the usual values; there is no milepost.toml here",
        "OK    log       embedded; it will begin in milepost-data/log",
        "milepost-data/snapshots, will be created: ",
        "OK    snapshots none in milepost-data/snapshots yet",
        "OK    rules     the built-in rules: ",
        "formats, those that come with the program",
        "OK    http      127.0.0.1:0 is free",
        "cannot be seen from here: ask `timedatectl`",
    ] {
        assert!(answer.out.contains(expected), "{expected}\n{}", answer.out);
    }
    let left: Vec<_> = std::fs::read_dir(dir.path()).expect("a directory").collect();
    assert!(left.is_empty(), "nothing is created: {left:?}");
}

#[test]
fn what_stands_in_the_way_is_named_with_what_to_do() {
    let dir = temporary();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("it has one").port();
    let config = format!(
        "[http]\nlisten = \"127.0.0.1:{port}\"\ntoken_file = \"no-token\"\n[rules]\ndir = \"rules\"\n\
         [formats]\ndir = \"formats\"\n\
         [log]\nurl = \"nats://127.0.0.1:9\"\n[snapshots]\ndir = \"milepost.toml/snapshots\"\n"
    );
    write(dir.path(), "milepost.toml", &config);
    write(
        dir.path(),
        "rules/a.yaml",
        "rules:\n  - delay: a\n    when: nonsense\n    health: late\n",
    );
    write(dir.path(), "formats/wax.yaml", "format: wax\npayload: wax\n");
    let answer = milepost(dir.path(), &["doctor"]);
    assert_eq!(answer.code, 1);
    for expected in [
        "FAIL  formats ",
        "formats/wax.yaml:2: ",
        "FAIL  nats      NATS at 127.0.0.1:9 cannot be reached: ",
        "-> start the server, open the way to it, or correct `url` in [log]",
        "milepost.toml/snapshots ([snapshots] dir): milepost.toml is no directory",
        "FAIL  rules ",
        "no-token cannot be read",
    ] {
        assert!(answer.out.contains(expected), "{expected}\n{}", answer.out);
    }
    assert!(
        answer
            .out
            .contains(&format!("FAIL  http      another program listens on 127.0.0.1:{port}")),
        "{}",
        answer.out
    );
    let json = milepost(dir.path(), &["doctor", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("this is JSON");
    assert_eq!(json.get("outcome").and_then(serde_json::Value::as_str), Some("fail"));
    write(dir.path(), "milepost.toml", "[log]\nuri = \"x\"\n");
    let wrong = milepost(dir.path(), &["doctor"]);
    assert_eq!(
        (wrong.code, complaints(&wrong)),
        (1, vec!["FAIL config".to_owned()]),
        "{}",
        wrong.out
    );
}

#[test]
fn endpoints_and_the_watched_folder_are_examined() {
    let dir = temporary();
    let config = "\
[http]
listen = \"127.0.0.1:0\"
[drop]
dir = \"milepost.toml/in\"
[webhooks.absent]
format = \"easypost\"
secret_files = [\"no-such-file\"]
[webhooks.keys]
format = \"shipengine\"
secret_files = [\"secret\"]
[webhooks.nobody]
format = \"ship24\"
signature = \"none\"
[webhooks.shop]
format = \"shopify\"
secret_files = [\"secret\"]
";
    write(dir.path(), "milepost.toml", config);
    write(dir.path(), "secret", "very-secret\n");
    let answer = milepost(dir.path(), &["doctor"]);
    assert_eq!(answer.code, 1);
    for expected in [
        "milepost.toml/in ([drop] dir): milepost.toml is no directory",
        "FAIL  webhooks  /v1/webhooks/easypost/absent: ",
        "no-such-file cannot be read",
        "the secret file secret is of no use for signature shipengine: it holds no RSA public key",
        "WARN  webhooks  /v1/webhooks/ship24/nobody asks for no proof: whoever reaches it can send scans",
        "/v1/webhooks/shopify/shop: the secret file secret can be read by every user of this machine",
    ] {
        assert!(answer.out.contains(expected), "{expected}\n{}", answer.out);
    }
    assert!(!answer.out.contains("very-secret"), "{}", answer.out);
    // What the doctor finds, a start finds as well, before it takes over.
    let started = milepost(dir.path(), &["serve"]);
    assert_eq!(started.code, 1, "{}", started.err);
    assert!(
        started.err.contains("[webhooks.absent]") && started.err.contains("no-such-file"),
        "{}",
        started.err
    );
    assert!(!started.err.contains("running on"), "{}", started.err);
}

#[test]
fn a_nats_server_is_examined_before_anything_is_created_there() {
    let dir = temporary();
    let server = NatsServer::start(&dir.path().join("nats")).expect("a nats-server for tests");
    let url = [
        ("MILEPOST__LOG__URL", server.url.as_str()),
        ("MILEPOST__HTTP__LISTEN", ""),
    ];
    let refused = milepost_with(dir.path(), &url, &["doctor"]);
    assert_eq!(refused.code, 1, "{}", refused.out);
    assert!(refused.out.contains("is nats-server 2."), "{}", refused.out);
    assert!(
        refused
            .out
            .contains("FAIL  log       not ready: stream SCANS does not exist"),
        "{}",
        refused.out
    );
    let create = [url.as_slice(), &[("MILEPOST__LOG__CREATE", "true")]].concat();
    let allowed = milepost_with(dir.path(), &create, &["doctor"]);
    assert!(
        allowed
            .out
            .contains("WARN  log       not ready yet: stream SCANS does not exist"),
        "{}",
        allowed.out
    );
    assert!(allowed.out.contains("stream REJECTS does not exist"), "{}", allowed.out);
}
