//! What a running engine learns of lanes: asked over HTTP and in SQL, kept over a restart, read from the snapshot by a command.

use crate::open;
use milepost_test_e2e::{Answer, Engine, Sent, Site};
use serde_json::Value;

/// Scans of a world in which services have enough parcels.
const LINES: usize = 12_000;

const SHIP_AT: &str = "2026-03-20T15:00:00Z";

const FORETOLD: &str = "SELECT tracking_number, p_late, estimated_p50, silence_p95, lane_cases FROM shipments \
                        WHERE p_late IS NOT NULL ORDER BY carrier, tracking_number, epoch";

/// What was told to be late and what came late, counted by day, and of all as much as of its parts.
const CAME_TRUE: &str = "SELECT count(*) AS days, sum(answers) AS answers, max(p_late_mean) AS most, max(late_share) AS late, \
                         (SELECT sum(answers) FROM calibration) AS weighed FROM calibration_days";

fn json(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).expect("an answer is JSON")
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The lane of which most is known.
fn best_known(engine: &Engine) -> Value {
    let known = engine.sql(
        "SELECT * FROM lanes WHERE estimated_p50 IS NOT NULL AND origin_region IS NOT NULL AND destination_region IS NOT NULL \
         ORDER BY lane_cases DESC, carrier, service LIMIT 1",
        &[],
    );
    json(&known)
}

/// What was told is held against what came true.
fn check_calibration(told: &Value) {
    let number = |name| told.get(name).and_then(Value::as_f64).unwrap_or_default();
    assert!(number("days") > 3.0 && number("answers") > 100.0, "{told}");
    assert!(
        number("most") > 0.0 && number("most") < 1.0 && number("late") > 0.0,
        "{told}"
    );
    // Old answers fade.
    assert!(
        number("weighed") > 50.0 && number("weighed") < number("answers"),
        "{told}"
    );
}

/// Whoever watches the engine sees the same of the last seven days.
fn check_metrics(metrics: &str) {
    let number = |name: &str| {
        let line = metrics.lines().find(|line| line.split(' ').next() == Some(name));
        let number = line.and_then(|line| line.split(' ').nth(1)?.parse::<f64>().ok());
        number.unwrap_or_else(|| panic!("no {name}: {metrics}"))
    };
    assert!(number("milepost_lanes") > 10.0 && number("milepost_p_late_answers") > 100.0);
    for share in ["milepost_p_late_told", "milepost_p_late_came_true"] {
        assert!(number(share) > 0.0 && number(share) < 1.0, "{share}: {}", number(share));
    }
}

/// What is told of a service makes sense.
fn check_way(way: &Value) {
    assert!(text(way, "estimated_p10") <= text(way, "estimated_p50"), "{way}");
    assert!(text(way, "estimated_p50") <= text(way, "estimated_p90"), "{way}");
    assert!(text(way, "p50_day") >= "2026-03-20", "{way}");
    let within: Vec<f64> = way
        .get("within_days")
        .and_then(Value::as_array)
        .map(|days| days.iter().filter_map(Value::as_f64).collect())
        .unwrap_or_default();
    assert!(within.len() == 8 && within.is_sorted(), "{way}");
    assert!(within.iter().all(|share| *share <= 1.0), "{way}");
}

fn check_refusals(engine: &Engine) {
    for (query, status, what) in [
        ("from=Kentucky&to=US-OH", 400, "is no place"),
        ("to=US-OH", 400, "from"),
        ("from=XX-1&to=XX-2", 404, "too little is known"),
    ] {
        let answer = engine.get(&format!("/v1/estimate?{query}"));
        assert!(
            answer.status == status && answer.body.contains(what),
            "{query}: {answer:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_learned_of_lanes_answers_checkouts_and_outlives_a_restart() {
    let site = Site::embedded().with("ENGINE__CLOCK", "event");
    let sent = Sent::usual(9, LINES);
    let url = format!("embedded:{}", site.path("log").display());
    sent.append(&open(&url).await, 0..LINES).await;
    let engine = Engine::start(&site, &[]);
    engine.wait_for_records(sent.count());

    let lane = best_known(&engine);
    let [from, to] = ["origin", "destination"].map(|end| {
        let [country, region] = ["country", "region"].map(|part| text(&lane, &format!("{end}_{part}")).to_owned());
        format!("{country}-{region}")
    });
    let (carrier, service) = (text(&lane, "carrier"), text(&lane, "service"));
    let query =
        format!("from={from}&to={to}&carrier={carrier}&service={service}&ship_at={SHIP_AT}").replace(' ', "%20");
    let path = format!("/v1/estimate?{query}");
    let told = json(&engine.get(&path));
    let ways = told.get("ways").and_then(Value::as_array).cloned().unwrap_or_default();
    let [way] = ways.as_slice() else {
        panic!("one service of one carrier: {told}");
    };
    assert_eq!((text(way, "carrier"), text(way, "service")), (carrier, service));
    check_way(way);
    check_refusals(&engine);

    let foretold = engine.sql(FORETOLD, &[]).body;
    assert!(foretold.lines().count() > 10, "{foretold}");
    let came_true = json(&engine.sql(CAME_TRUE, &[]));
    check_calibration(&came_true);
    check_metrics(&engine.get("/metrics").body);
    assert_eq!(engine.stop().code, Some(0));
    let engine = Engine::start(&site, &[]);
    engine.wait_until_ready();
    assert_eq!(json(&engine.get(&path)), told, "learned before the restart");
    assert_eq!(engine.sql(FORETOLD, &[]).body, foretold, "foretold before the restart");
    assert_eq!(
        json(&engine.sql(CAME_TRUE, &[])),
        came_true,
        "came true before the restart"
    );
    assert_eq!(engine.stop().code, Some(0));

    let of_service = [
        "--carrier",
        carrier,
        "--service",
        service,
        "--ship-at",
        SHIP_AT,
        "--json",
    ];
    let said = site.run(&[&["estimate", &from, &to], of_service.as_slice()].concat());
    assert_eq!(said.code, Some(0), "{}", said.err);
    let of_snapshot: Value = serde_json::from_str(&said.out).expect("the answer is JSON");
    assert_eq!(of_snapshot, told, "from the snapshot");
    let said = site.run(&["estimate", &from, &to]);
    assert!(
        said.code == Some(0) && said.out.contains("rests on"),
        "{}{}",
        said.out,
        said.err
    );
    let said = Site::embedded().run(&["estimate", "US-KY", "US-OH"]);
    assert!(
        said.code == Some(1) && said.err.contains("no snapshot in"),
        "{}",
        said.err
    );
}
