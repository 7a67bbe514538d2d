//! The ways in that need no NATS: scans over HTTP, events of carriers, files in a folder. What is told to be stored outlives the
//! engine that told it.

use crate::Bed;
use crate::rules::write;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use milepost_test_e2e::{Answer, Engine, Site, until};
use ring::hmac;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

const PUSH: &str = include_str!("../../../../connectors/formats/easypost/delivered.json");
const SECRET: &str = "hush-hush";
const EVENTS: &str = "/v1/webhooks/easypost/shop";

/// A site with an endpoint for EasyPost.
fn shop(site: Site) -> Site {
    fs::write(site.path("secret"), format!("{SECRET}\n")).expect("the disk has room");
    site.with("WEBHOOKS__SHOP__FORMAT", "easypost")
        .with("WEBHOOKS__SHOP__SECRET_FILES", "secret")
}

fn scan(number: &str) -> String {
    format!(
        r#"{{"tracking_number":"{number}","carrier":"gls","status":"in_transit","occurred_at":"2026-03-01T14:03:22Z"}}"#
    )
}

/// As EasyPost signs.
fn signature(secret: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body.as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("X-Hmac-Signature: hmac-sha256-hex={hex}")
}

fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

fn number(answer: &Answer, name: &str) -> Option<u64> {
    json(answer).get(name).and_then(Value::as_u64)
}

fn outcome(engine: &Engine, outcome: &str) -> u64 {
    engine.metric(&format!(
        "milepost_webhooks_total{{endpoint=\"shop\",outcome=\"{outcome}\"}}"
    ))
}

/// Waits until so many shipments are known, and gives their numbers.
fn shipments(engine: &Engine, count: usize) -> Vec<String> {
    until(&format!("{count} shipments are known"), || {
        let answer = engine.sql("SELECT tracking_number FROM shipments ORDER BY 1", &[]);
        let lines: Vec<String> = answer.body.lines().map(str::to_owned).collect();
        (answer.status == 200 && lines.len() >= count).then_some(lines)
    })
}

#[test]
fn scans_that_are_posted_are_accepted_or_refused_line_by_line_and_outlive_the_engine() {
    let site = Site::embedded()
        .with("HTTP__TOKEN_FILE", "token")
        .with("HTTP__BODY_BYTES_MAX", "65536");
    fs::write(site.path("token"), "0123456789abcdef\n").expect("the disk has room");
    let token = "Authorization: Bearer 0123456789abcdef";
    let engine = Engine::start(&site, &[]);
    let unknown = engine.post("/v1/scans", &[], scan("11111111111").as_bytes());
    assert_eq!(
        (unknown.status, unknown.content_type.as_str()),
        (401, "application/problem+json")
    );

    let body = format!("{}\nnonsense\n{}\n", scan("11111111111"), scan("22222222222"));
    let answer = engine.post("/v1/scans", &[token], body.as_bytes());
    assert_eq!(
        (
            answer.status,
            number(&answer, "accepted"),
            number(&answer, "refused_count")
        ),
        (200, Some(2), Some(1))
    );
    let refused = json(&answer).pointer("/refused/0").cloned().unwrap_or_default();
    let offset = scan("11111111111").len() as u64 + 1;
    assert_eq!(refused.get("offset").and_then(Value::as_u64), Some(offset), "{refused}");
    assert_eq!(
        refused.get("reason").and_then(Value::as_str),
        Some("not_json"),
        "{refused}"
    );

    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed
        .write_all(b"tracking_number,carrier,status,occurred_at\n33333333333,gls,delivered,2026-03-02\n")
        .expect("memory takes it");
    let packed = packed.finish().expect("memory takes it");
    let headers = [
        token,
        "Content-Type: text/csv; charset=utf-8",
        "Content-Encoding: gzip",
        "Accept: application/x-ndjson",
    ];
    let answer = engine.post("/v1/scans", &headers, &packed);
    assert_eq!(
        (answer.status, answer.content_type.as_str()),
        (200, "application/x-ndjson")
    );
    assert_eq!(answer.body, "{\"accepted\":true,\"line\":2,\"offset\":43}\n");

    assert_refused(&engine, token);
    engine.kill();
    let engine = Engine::start(&site, &[]);
    until("all that was accepted is there", || {
        let answer = engine.sql("SELECT count(*) AS n FROM shipments", &[token]);
        (answer.status == 200 && number(&answer, "n") == Some(3)).then_some(())
    });
    assert_eq!(
        engine.metric("milepost_rejects_published_total"),
        0,
        "what was refused is not in the log"
    );
}

/// What is no scans, is not packed as it says, or is too large, is refused with a problem.
fn assert_refused(engine: &Engine, token: &str) {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![b'\n'; 1 << 20]).expect("memory takes it");
    let bomb = bomb.finish().expect("memory takes it");
    let long = vec![b'\n'; 70_000];
    for (headers, body, status) in [
        (vec![token], b"nonsense\n".as_slice(), 422),
        (vec![token], b"", 422),
        (vec![token, "Content-Encoding: br"], b"x", 415),
        (vec![token, "Content-Encoding: gzip"], b"x", 400),
        (vec![token, "Content-Encoding: gzip"], &bomb, 413),
        (vec![token], &long, 413),
        (vec![token], b"\x1f\x8b\x08 and more", 415),
        (
            vec![token],
            b"tracking_number,carrier,status,occurred_at\n1,2,3,4\n",
            415,
        ),
    ] {
        let answer = engine.post("/v1/scans", &headers, body);
        assert_eq!(
            (answer.status, answer.content_type.as_str()),
            (status, "application/problem+json"),
            "{answer:?}"
        );
        assert_eq!(number(&answer, "status"), Some(u64::from(status)));
    }
}

#[test]
fn an_event_of_a_carrier_is_stored_once_if_its_sender_proves_himself_and_outlives_the_engine() {
    let site = shop(Site::embedded());
    let engine = Engine::start(&site, &[]);
    let signed = signature(SECRET, PUSH);
    for (path, header, body, status) in [
        (EVENTS, signature("another", PUSH), PUSH.to_owned(), 401),
        (EVENTS, signed.clone(), PUSH.replacen("delivered", "returned", 1), 401),
        (EVENTS, "X-Other: 1".to_owned(), PUSH.to_owned(), 401),
        ("/v1/webhooks/easypost/other", signed.clone(), PUSH.to_owned(), 404),
        ("/v1/webhooks/shippo/shop", signed.clone(), PUSH.to_owned(), 404),
    ] {
        let answer = engine.post(path, &[&header], body.as_bytes());
        assert_eq!(
            (answer.status, answer.content_type.as_str()),
            (status, "application/problem+json"),
            "{answer:?}"
        );
        assert!(!answer.body.contains(SECRET));
    }
    assert_eq!(outcome(&engine, "bad_signature"), 3);
    assert_eq!(engine.get(EVENTS).status, 405);
    let stored = engine.post(EVENTS, &[&signed], PUSH.as_bytes());
    // At once, before it can have read what it stored.
    engine.kill();
    assert_eq!((stored.status, stored.body.as_str()), (200, "{\"stored\":true}"));

    let engine = Engine::start(&site, &[]);
    let first = shipments(&engine, 1);
    assert!(
        first
            .iter()
            .any(|line| PUSH.contains(line.split('"').nth(3).unwrap_or("-"))),
        "{first:?}"
    );
    for expected in [
        "{\"stored\":true}",
        "{\"repeated\":true,\"stored\":false}",
        "{\"repeated\":true,\"stored\":false}",
    ] {
        // The engine that remembered the first is gone; a repeat in the log is a repeated scan.
        let answer = engine.post(EVENTS, &[&signed], PUSH.as_bytes());
        assert_eq!((answer.status, answer.body.as_str()), (200, expected));
    }
    assert_eq!((outcome(&engine, "stored"), outcome(&engine, "repeated")), (1, 2));
    assert_eq!(shipments(&engine, 1), first);
    let said = engine.stop();
    assert!(!said.err.contains(SECRET), "{}", said.err);
}

#[test]
fn nothing_is_claimed_while_the_log_is_away() {
    let mut bed = Bed::new();
    let site = shop(Site::new(bed.url()))
        .with("DROP__DIR", "in")
        .with("DROP__EVERY", "100ms");
    let engine = Engine::start(&site, &[]);
    let signed = signature(SECRET, PUSH);
    bed.server.kill().expect("the server can be killed");
    until("the folder is there", || site.path("in").exists().then_some(()));
    fs::write(site.path("in/a.ndjson"), scan("22222222222")).expect("the disk has room");
    let scans = scan("11111111111");
    for (path, header, body) in [
        ("/v1/scans", "X-Other: 1", scans.as_str()),
        (EVENTS, signed.as_str(), PUSH),
    ] {
        let answer = engine.post(path, &[header], body.as_bytes());
        assert_eq!((answer.status, answer.retry_after.as_str()), (503, "5"), "{answer:?}");
        assert!(answer.body.contains("again"), "{answer:?}");
    }
    assert_eq!(outcome(&engine, "unavailable"), 1);
    until("it is told that a file waits", || {
        let waits = "a.ndjson: the log does not take it just now";
        engine.trace().contains(waits).then_some(())
    });
    assert!(site.path("in/a.ndjson").exists());
    bed.server.restart().expect("the server comes up again");
    until("scans are taken again", || {
        (engine.post("/v1/scans", &[], scans.as_bytes()).status == 200).then_some(())
    });
    until("events are taken again", || {
        (engine.post(EVENTS, &[&signed], PUSH.as_bytes()).status == 200).then_some(())
    });
    shipments(&engine, 3);
    until("the file is out of the way", || {
        site.path("in/done/a.ndjson").exists().then_some(())
    });
}

#[test]
fn an_event_of_a_system_of_ones_own_is_signed_with_its_time_and_known_by_its_id() {
    let site = Site::embedded()
        .with("WEBHOOKS__SHOP__FORMAT", "canonical")
        .with("WEBHOOKS__SHOP__SECRET_FILES", "old,new");
    fs::write(site.path("old"), "whsec_b2xkb2xkb2xkb2xkb2xkb2xkb2xk").expect("the disk has room");
    fs::write(site.path("new"), "whsec_bmV3bmV3bmV3bmV3bmV3bmV3bmV3").expect("the disk has room");
    let engine = Engine::start(&site, &[]);
    #[expect(clippy::disallowed_methods, reason = "a sender has a clock of its own")]
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_secs();
    let send = |key: &[u8], id: &str, at: u64, number: &str| {
        let body = format!("{}\n", scan(number));
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        let tag = STANDARD.encode(hmac::sign(&key, format!("{id}.{at}.{body}").as_bytes()));
        let headers = [
            format!("webhook-id: {id}"),
            format!("webhook-timestamp: {at}"),
            format!("webhook-signature: v1,{tag}"),
        ];
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let answer = engine.post("/v1/webhooks/canonical/shop", &headers, body.as_bytes());
        (answer.status, json(&answer).get("stored").and_then(Value::as_bool))
    };
    let (old, new) = (b"old".repeat(7), b"new".repeat(7));
    assert_eq!(send(&old, "m1", now, "11111111111"), (200, Some(true)));
    assert_eq!(send(&new, "m2", now, "22222222222"), (200, Some(true)));
    // A sender that heard no answer signs anew, with the id of the first.
    assert_eq!(send(&new, "m2", now + 1, "22222222222"), (200, Some(false)));
    assert_eq!(send(&new, "m3", now - 400, "33333333333"), (401, None));
    assert_eq!(send(b"other", "m4", now, "44444444444"), (401, None));
    for (name, count) in [("stored", 2), ("repeated", 1), ("too_old", 1), ("bad_signature", 1)] {
        assert_eq!(outcome(&engine, name), count, "{name}");
    }
    assert_eq!(shipments(&engine, 2).len(), 2);
}

#[test]
fn files_in_the_watched_folder_become_scans_and_go_out_of_the_way() {
    let site = Site::embedded().with("DROP__DIR", "in").with("DROP__EVERY", "100ms");
    let engine = Engine::start(&site, &[]);
    let put = |name: &str, text: &str| {
        let (aside, path) = (site.path("aside"), site.path("in").join(name));
        fs::write(&aside, text).expect("the disk has room");
        fs::create_dir_all(path.parent().expect("it has one")).expect("the disk has room");
        fs::rename(aside, path).expect("the folder is there");
    };
    put(
        "a.ndjson",
        &format!("{}\n{}\n", scan("11111111111"), scan("22222222222")),
    );
    put("easypost/b.json", PUSH);
    put("c.txt", "what is this?\n");
    until("they are out of the way", || {
        let names = ["done/a.ndjson", "done/easypost/b.json", "refused/c.txt"];
        names
            .iter()
            .all(|name| site.path("in").join(name).exists())
            .then_some(())
    });
    engine.kill();
    let why = fs::read_to_string(site.path("in/refused/c.txt.why.txt")).expect("why stands beside it");
    assert!(
        why.contains("No format that is known looks like this") && why.ends_with('\n'),
        "{why}"
    );
    let engine = Engine::start(&site, &[]);
    shipments(&engine, 3);
}

/// A mapping of one's own, which finds the number in this place.
fn lockers(number: &str) -> String {
    format!(
        "format: lockers
title: Parcel lockers
payload: json
records:
  - each:
      - event: document.events
    fields:
      tracking_number: event.{number}
      carrier: =gls
      status: =in_transit
      occurred_at: event.at
"
    )
}

#[test]
fn what_a_wrong_mapping_refuses_is_seen_at_once_and_stored_again_when_the_mapping_is_mended() {
    let event = |number: u32| format!(r#"{{"no":"111111111{number:02}","at":"2026-03-01T14:03:22Z"}}"#);
    let events: Vec<String> = (1..=12).map(event).collect();
    let body = format!(r#"{{"events":[{}]}}"#, events.join(","));
    let site = lockers_site(Site::embedded());
    write(&site.path("formats"), &lockers_file("number"));
    let engine = Engine::start(&site, &[]);
    let named = "POST /v1/webhooks/lockers/shop, signature none";
    assert!(engine.trace().contains(named), "{}", engine.trace());
    let send = || engine.post("/v1/webhooks/lockers/shop", &[], body.as_bytes()).body;
    assert_eq!(send(), "{\"stored\":true}");
    let refused = until("all records are refused, in their order", || {
        let answer = engine.sql("SELECT format, reason, hint FROM rejects", &[]);
        (answer.status == 200 && answer.body.lines().count() == 12).then_some(answer.body)
    });
    for (line, number) in refused.lines().zip(1..) {
        let begin = format!("{{\"format\":\"lockers\",\"reason\":\"no_number\",\"hint\":\"record {number}: ");
        assert!(line.starts_with(&begin), "{line}");
    }
    assert_eq!(engine.metric("milepost_refused_total{reason=\"no_number\"}"), 12);
    let locked = site.run(&["rejects", "ls"]);
    let way_round = "milepost sql \"SELECT * FROM rejects\" --url http://127.0.0.1:";
    assert!(
        locked.code == Some(1) && locked.err.contains(way_round),
        "{}",
        locked.err
    );
    assert_eq!(send(), "{\"repeated\":true,\"stored\":false}");

    write(&site.path("formats"), &lockers_file("no"));
    until("what was sent before is stored again", || {
        (send() == "{\"stored\":true}").then_some(())
    });
    shipments(&engine, 12);
    assert_eq!(engine.stop().code, Some(0));
}

#[test]
fn a_mistake_in_a_mapping_file_stops_no_endpoint_and_is_named() {
    let site = lockers_site(Site::embedded());
    let mistake = vec![("lockers.yaml".to_owned(), "format: lockers\npayload: wax\n".to_owned())];
    write(&site.path("formats"), &mistake);
    let said = site.run(&["serve"]);
    assert!(
        said.code == Some(2) && said.err.contains("lockers.yaml:2: ") && !said.err.contains("webhooks"),
        "{}",
        said.err
    );
    write(&site.path("formats"), &lockers_file("no"));
    assert_eq!(Engine::start(&site, &[]).stop().code, Some(0));

    // What the state was saved with is enough to go on.
    write(&site.path("formats"), &mistake);
    let engine = Engine::start(&site, &[]);
    until("the mistake is counted", || {
        (engine.metric("milepost_formats_refused") == 1).then_some(())
    });
    let doctor = site.run(&["doctor"]);
    assert!(
        doctor.out.contains("FAIL  formats") && doctor.out.contains("lockers.yaml:2: "),
        "{}",
        doctor.out
    );
    write(&site.path("formats"), &lockers_file("no"));
    until("it is told that the files are good again", || {
        let told = engine.trace().contains("the mapping files are in order again");
        (told && engine.metric("milepost_formats_refused") == 0).then_some(())
    });
    assert_eq!(engine.stop().code, Some(0));

    // Nobody knows that format, and one file cannot say whether it does.
    let site = site.with("WEBHOOKS__SHOP__FORMAT", "locker");
    write(&site.path("formats"), &mistake);
    let said = site.run(&["serve"]);
    for expected in [
        "`format` in [webhooks.shop] is `locker`, and there is none of that name; did you mean `lockers`?",
        "lockers.yaml:2: ",
    ] {
        assert!(said.err.contains(expected), "{}", said.err);
    }
}

fn lockers_site(site: Site) -> Site {
    site.with("FORMATS__DIR", "formats")
        .with("FORMATS__RELOAD_EVERY", "100ms")
        .with("WEBHOOKS__SHOP__FORMAT", "lockers")
        .with("WEBHOOKS__SHOP__SIGNATURE", "none")
}

fn lockers_file(number: &str) -> Vec<(String, String)> {
    vec![("lockers.yaml".to_owned(), lockers(number))]
}
