//! Rules that read what is learned of lanes: neither the number of shards, nor pauses, nor a restart shows in what they decide.

use milepost_connectors::log::{Append, Control, Destination, Message};
use milepost_core::Clock;
use milepost_loadgen::{Encoder, Settings, Style, World};
use milepost_model::{HOUR_MS, Position, Timestamp, partition};
use milepost_test_sim::engine::{Engine, Outcome};
use milepost_test_sim::rows::{first_difference, rows};
use milepost_test_sim::rule_sets::compiled;

const RULES: &str = "rules:
  - delay: will_be_late
    when: p_late >= 0.6
    until: coalesce(p_late < 0.3, true)
    health: late_predicted
    notify: { notice: delay.detected, limit: episode, recovered: delay.recovered }
    because: '{p_late} late, {lane_cases} cases, {estimated_p50}, kept {lane_reliability}'
  - delay: unusually_silent
    when: silence > silence_p95
    health: stalled
    notify: { notice: delay.detected, limit: episode }
    because: 'silent for {silence}, usual are {silence_p95}'
  - delay: expected_late
    when: overdue <= INTERVAL '0 hours' AND estimated_p50 > promised_at_latest
    health: at_risk
    because: 'half come by {estimated_p50}'
";

/// The same but for one threshold, and one rule more.
fn other_rules() -> String {
    let more = "  - notice: soon
    when: estimated_p90 - now < INTERVAL '10 hours'
    limit: shipment
";
    RULES.replace("0.6", "0.5") + more
}

fn files(text: String) -> Vec<(String, String)> {
    vec![("rules.yaml".to_owned(), text)]
}

/// A world's lines with a tick each half hour, and twice other rules some seconds before one.
fn messages() -> Vec<Message> {
    let settings = Settings {
        seed: 11,
        shipments: 1_200,
        days: 24,
        ..Settings::default()
    };
    let mut encoder = Encoder::new(Style::default());
    let (mut messages, mut tick_at, mut ticks) = (Vec::new(), 0, 0);
    let mut push = |at: i64, append: Append| {
        let sequence = messages.len() as u64 + 1;
        messages.push(Message {
            position: Position {
                partition: append.to.partition(),
                sequence,
            },
            timestamp: Timestamp::from_millis(at),
            format: append.format,
            payload: append.payload,
        });
    };
    for arrival in World::new(settings) {
        let at = arrival.arrives_at;
        if tick_at == 0 {
            tick_at = at - at.rem_euclid(HOUR_MS) + HOUR_MS / 2;
        }
        while tick_at <= at {
            push(tick_at, Control::Tick(Timestamp::from_millis(tick_at)).append());
            tick_at += HOUR_MS / 2;
            ticks += 1;
            if [501, 901].contains(&ticks) {
                let text = if ticks < 900 { other_rules() } else { RULES.to_owned() };
                push(tick_at - 5_000, Control::Rules(files(text)).append());
            }
        }
        let mut line = Vec::new();
        encoder.encode(&arrival, &mut line);
        let share = partition(arrival.scan.plan.number.as_str());
        let append = Append {
            to: Destination::Partition(share),
            format: None,
            payload: line.into(),
        };
        push(at, append);
    }
    // At the end of the world nothing is under way.
    messages.truncate(messages.len() / 4 * 3);
    messages
}

fn engine(shards: usize, seed: u64) -> Engine {
    Engine::new(&compiled(&files(RULES.to_owned())), Clock::Log, shards, seed)
}

#[test]
fn neither_shards_nor_pauses_nor_restarts_show_in_what_is_foretold() {
    let messages = messages();
    let mut one = engine(1, 1);
    let mut told = Outcome::default();
    one.handle(&messages, &mut told);
    let expected = rows(&one.shards, one.timeline.now());
    for rule in ["will_be_late", "unusually_silent"] {
        let of_rule = told.jobs.iter().filter(|job| job.json.contains(rule)).count();
        assert!(of_rule > 5, "{of_rule} jobs of {rule}");
    }
    let foretold = |name: &str| {
        let known = expected
            .iter()
            .filter(|row| row.contains(name) && !row.contains(&format!("{name}|")));
        known.count()
    };
    for column in ["|p_late=", "|estimated_p10=", "|silence_p95=", "|lane_reliability="] {
        assert!(foretold(column) > 20, "{} rows show {column}", foretold(column));
    }

    let mut many = engine(3, 2).with_pauses(5);
    let mut outcome = Outcome::default();
    many.handle(&messages, &mut outcome);
    many.finish_switch();
    assert_eq!(first_difference(&told.jobs, &outcome.jobs), None, "three shards, jobs");
    assert_eq!(
        first_difference(&expected, &rows(&many.shards, many.timeline.now())),
        None,
        "rows"
    );

    let mut restarted = engine(2, 3);
    let mut outcome = Outcome::default();
    for piece in messages.chunks(messages.len() / 9 + 1) {
        restarted.handle(piece, &mut outcome);
        let saved = restarted.save();
        restarted = Engine::restore(&restarted.rules, restarted.timeline, &saved, 4).expect("its own bytes");
        assert!(
            restarted.save() == saved,
            "a restored engine saves what it was restored from"
        );
    }
    restarted.finish_switch();
    assert_eq!(first_difference(&told.jobs, &outcome.jobs), None, "restarted, jobs");
    let found = rows(&restarted.shards, restarted.timeline.now());
    assert_eq!(first_difference(&expected, &found), None, "restarted, rows");
}
