//! The clock of an engine's machine is wrong by days, now ahead, now behind: nothing of it shows.

use crate::{Bed, open};
use milepost_connectors::log::{AnyLog, Control, Log, Message};
use milepost_core::Clock;
use milepost_model::HOUR_MS;
use milepost_test_e2e::{Engine, Outcome, Sent, Site, messages, until};
use milepost_test_sim::rule_sets::default_files;

/// Hours by which the clock is ahead, for one engine after the other on the same machine.
const AHEAD: [i64; 3] = [48, -48, 0];

/// Messages that an engine reads beside the scans, before it is killed: ticks of its own.
const TICKS: u64 = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_clock_that_is_days_off_shows_in_nothing_that_comes_out() {
    let bed = Bed::new();
    let site = site(bed.url());
    let log = open(bed.url()).await;
    let now = log.state().await.expect("the log answers").created;
    let sent = Sent::until(now, 91, 500);
    let lines = usize::try_from(sent.count()).expect("it fits in memory");
    let part = lines / (AHEAD.len() + 1);
    let mut lives = Vec::new();
    for (life, ahead) in AHEAD.into_iter().enumerate() {
        site.set_clock(ahead);
        let engine = Engine::start(&site, &[]);
        let last = sent.append(&log, life * part..(life + 1) * part).await;
        engine.wait_for_position(last + TICKS);
        engine.kill();
        lives.push(log.state().await.expect("the log answers").last_sequence);
    }
    sent.append(&log, AHEAD.len() * part..lines).await;
    read_to_end(site, &log).await;

    let all = messages(&log).await;
    let mut from = 0;
    for (ahead, last) in AHEAD.into_iter().zip(lives) {
        let found = hours_ahead(&all, from, last);
        eprintln!("a clock {ahead} h ahead: {} ticks", found.len());
        assert!(
            !found.is_empty() && found.iter().all(|found| *found == ahead),
            "{ahead} h are {found:?}"
        );
        from = last + 1;
    }
    // The same log, if all clocks had been right.
    let right: Vec<Message> = all.into_iter().map(righted).collect();
    let expected = Outcome::of_messages(&right, Clock::Log, &default_files());
    eprintln!("{} jobs", expected.jobs.len());
    assert!(expected.jobs.len() > 100, "a world in which little happens");
    Outcome::of_log(&log).await.assert_equal(&expected);
}

/// Somebody sets the clock while an engine runs: it counts on from what it was told first.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_clock_that_is_set_while_an_engine_runs_moves_nothing() {
    let bed = Bed::new();
    let site = site(bed.url());
    let log = open(bed.url()).await;
    site.set_clock(0);
    let engine = Engine::start(&site, &[]);
    for ahead in AHEAD {
        site.set_clock(ahead);
        let last = log.state().await.expect("the log answers").last_sequence;
        engine.wait_for_position(last + TICKS);
    }
    assert_eq!(engine.stop().code, Some(0));
    let all = messages(&log).await;
    let found = hours_ahead(&all, 0, u64::MAX);
    assert!(
        found.len() > AHEAD.len() && found.iter().all(|found| *found == 0),
        "{found:?}"
    );
}

/// Where the log's own time is that of the machine, it never goes back, and what comes out follows from it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_embedded_log_never_goes_back_in_time() {
    let site = Site::embedded()
        .with("ENGINE__CLOCK", "log")
        .with("ENGINE__TICK_EVERY", "100ms");
    let url = format!("embedded:{}", site.path("log").display());
    let lines = 2_100;
    let (sent, part) = (Sent::usual(92, lines), lines / AHEAD.len());
    for (life, ahead) in AHEAD.into_iter().enumerate() {
        let last = sent.append(&open(&url).await, life * part..(life + 1) * part).await;
        site.set_clock(ahead);
        let engine = Engine::start(&site, &[]);
        engine.wait_for_position(last + TICKS);
        engine.kill();
    }
    let site = site.with("ENGINE__TICK_EVERY", "1h");
    let engine = Engine::start(&site, &[]);
    until("it reads its one tick", || {
        let end = engine.metric("milepost_log_end");
        (end > 0 && engine.metric("milepost_position") >= end).then_some(())
    });
    assert_eq!(engine.stop().code, Some(0));
    let log = open(&url).await;
    let all = messages(&log).await;
    let times = all.iter().map(|message| message.timestamp);
    assert!(times.is_sorted(), "time went back");
    let expected = Outcome::of_messages(&all, Clock::Log, &default_files());
    assert!(expected.jobs.len() > 100, "a world in which little happens");
    Outcome::of_log(&log).await.assert_equal(&expected);
}

fn site(url: &str) -> Site {
    Site::new(url)
        .with("ENGINE__CLOCK", "log")
        .with("ENGINE__TICK_EVERY", "100ms")
}

/// The last engine makes one tick, so that it can read the log to its end.
async fn read_to_end(site: Site, log: &AnyLog) {
    let site = site.with("ENGINE__TICK_EVERY", "1h");
    let engine = Engine::start(&site, &[]);
    let before = log.state().await.expect("the log answers").last_sequence;
    engine.wait_for_position(before);
    let last = log.state().await.expect("the log answers").last_sequence;
    engine.wait_for_position(last);
    assert_eq!(engine.stop().code, Some(0));
}

/// By how many hours the clocks were ahead that ticks between these messages were made by.
fn hours_ahead(messages: &[Message], from: u64, to: u64) -> Vec<i64> {
    let between = messages
        .iter()
        .filter(|message| (from..=to).contains(&message.position.sequence));
    let told = between.filter_map(|message| match control(message)? {
        Control::Tick(told) => Some(told.millis() - message.timestamp.millis()),
        Control::Rules(_) | Control::Formats(_) | Control::Engine { .. } => None,
    });
    told.map(|ahead| (ahead + HOUR_MS / 2).div_euclid(HOUR_MS)).collect()
}

fn righted(message: Message) -> Message {
    match control(&message) {
        Some(Control::Tick(_)) => Message {
            payload: Control::Tick(message.timestamp).append().payload,
            ..message
        },
        Some(Control::Rules(_) | Control::Formats(_) | Control::Engine { .. }) | None => message,
    }
}

fn control(message: &Message) -> Option<Control> {
    let is_control = message.position.partition.is_none();
    is_control.then(|| Control::parse(&message.payload).expect("engines write what can be read"))
}
