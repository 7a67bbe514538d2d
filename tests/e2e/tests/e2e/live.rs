//! A running engine answers over HTTP: how it is, and SQL over the live state.

use crate::open;
use milepost_test_e2e::{Answer, Engine, Sent, Site};
use serde_json::Value;

/// A small world in the embedded log of a site.
async fn filled(site: &Site) -> Sent {
    let sent = Sent::usual(5, 2_000);
    let url = format!("embedded:{}", site.path("log").display());
    sent.append(&open(&url).await, 0..2_000).await;
    sent
}

fn assert_problem(answer: &Answer, status: u16, detail: &str) {
    assert_eq!(
        (answer.status, answer.content_type.as_str()),
        (status, "application/problem+json"),
        "{answer:?}"
    );
    let problem: Value = serde_json::from_str(&answer.body).expect("a problem is JSON");
    assert_eq!(problem.get("status").and_then(Value::as_u64), Some(u64::from(status)));
    let found = problem.get("detail").and_then(Value::as_str).unwrap_or_default();
    assert!(found.contains(detail), "{found} does not say {detail}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_running_engine_says_how_it_is_and_answers_sql() {
    let site = Site::embedded();
    let sent = filled(&site).await;
    let engine = Engine::start(&site, &[]);
    engine.wait_for_records(sent.count());

    let health = engine.get("/healthz");
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"));
    let ready = engine.get("/readyz");
    let ready_body: Value = serde_json::from_str(&ready.body).expect("readiness is JSON");
    assert_eq!(ready.status, 200);
    assert_eq!(
        ready_body.get("position").and_then(Value::as_u64),
        Some(sent.count() + 1),
        "and its own message"
    );
    let metrics = engine.get("/metrics");
    assert!(
        metrics.content_type.starts_with("text/plain"),
        "{}",
        metrics.content_type
    );
    for line in metrics.body.lines().filter(|line| !line.starts_with('#')) {
        let value = line.rsplit_once(' ').map(|(_, value)| value.parse::<f64>());
        assert!(line.starts_with("milepost_") && matches!(value, Some(Ok(_))), "{line}");
    }

    for (statement, word) in [("SHOW TABLES", "delays"), ("DESCRIBE orders", "all_delivered_at")] {
        let described = engine.sql(statement, &[]);
        assert!(
            described.status == 200 && described.body.contains(word),
            "{described:?}"
        );
    }
    let question = "SELECT count(*) AS n, sum(scans) AS scans FROM shipments";
    let answer = engine.sql(question, &[]);
    assert_eq!(
        (answer.status, answer.content_type.as_str()),
        (200, "application/x-ndjson"),
        "{}",
        answer.body
    );
    let row: Value = serde_json::from_str(&answer.body).expect("one row is one JSON object");
    assert!(row.get("n").and_then(Value::as_u64) > Some(100), "{row}");
    let address = format!("http://{}", engine.address());
    let by_command = site.succeed(&["sql", question, "--url", &address, "--format", "json"]);
    assert_eq!(by_command, answer.body, "the command asks the same engine");

    let late = "SELECT carrier || '/' || tracking_number AS name, rule FROM delays WHERE closed_at IS NULL ORDER BY name \
                LIMIT 1";
    let late: Value = serde_json::from_str(&engine.sql(late, &[]).body).expect("some delay is open");
    let text = |name: &str| late.get(name).and_then(Value::as_str).expect("a text").to_owned();
    let explained = site.succeed(&["rules", "explain", &text("name"), "--url", &address]);
    let mut opened = explained.lines().filter(|line| line.contains("; open since "));
    assert!(
        explained.starts_with(&text("name")) && opened.any(|line| line.contains(&text("rule"))),
        "{explained}"
    );

    assert_problem(&engine.sql("SELECT nonsense FROM shipments", &[]), 400, "nonsense");
    assert_problem(&engine.sql("SELECT FROM WHERE", &[]), 400, "");
    assert_problem(&engine.sql("DROP TABLE shipments", &[]), 400, "");
    assert_problem(&engine.get("/nowhere"), 404, "nothing at this path");
    let said = engine.stop();
    assert_eq!(said.code, Some(0), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_engine_with_a_token_answers_only_those_who_have_it() {
    let site = Site::embedded().with("HTTP__TOKEN_FILE", "token");
    std::fs::write(site.path("token"), "a-secret-for-this-test\n").expect("the disk has room");
    let sent = filled(&site).await;
    let engine = Engine::start(&site, &[]);
    engine.wait_for_records(sent.count());
    let question = "SELECT count(*) FROM shipments";
    for (header, status) in [
        ("X-Nothing: at all", 401),
        ("Authorization: Bearer a-secret", 401),
        ("Authorization: Bearer a-secret-for-this-tesT", 401),
        ("Authorization: Basic a-secret-for-this-test", 401),
        ("Authorization: Bearer a-secret-for-this-test", 200),
    ] {
        let answer = engine.sql(question, &[header]);
        assert_eq!(answer.status, status, "{header}");
        if status == 401 {
            assert_problem(&answer, 401, "Authorization: Bearer");
        }
    }
    assert_eq!(engine.get("/healthz").status, 200, "health is nobody's secret");
    let address = format!("http://{}", engine.address());
    let refused = site.run(&["sql", question, "--url", &address]);
    assert_eq!(refused.code, Some(1), "{}", refused.err);
    drop(site.succeed(&["sql", question, "--url", &address, "--token-file", "token"]));
    assert!(!engine.trace().contains("a-secret"), "a secret is never shown");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_question_without_end_stops_neither_the_engine_nor_its_end() {
    let site = Site::embedded().with("SQL__TIME_MAX", "1s");
    let sent = filled(&site).await;
    let engine = Engine::start(&site, &[]);
    engine.wait_for_records(sent.count());

    let endless = "SELECT count(*) FROM scans a, scans b, scans c WHERE a.city < b.city AND b.city < c.city";
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| engine.sql(endless, &[]));
        let question = "SELECT count(*) FROM shipments";
        for _ in 0..20 {
            assert_eq!(engine.get("/healthz").status, 200);
            assert!(engine.metric("milepost_position") > 0);
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let answer = asked.join().expect("an answer comes");
        assert_problem(&answer, 400, "1000 ms");
        // The threads for SQL may be busy with what cannot be stopped; the engine says so and does not hang.
        let other = engine.sql(question, &[]);
        assert!([200, 400, 503].contains(&other.status), "{other:?}");
    });
    assert_eq!(engine.stop().code, Some(0));
}
