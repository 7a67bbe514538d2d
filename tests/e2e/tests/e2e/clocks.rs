//! The clock of an engine's machine is wrong by days, now ahead, now behind: nothing of it shows.

use crate::{Bed, open};
use milepost_connectors::log::{Control, Log, Message};
use milepost_core::Clock;
use milepost_model::HOUR_MS;
use milepost_test_e2e::{Engine, Outcome, Sent, Site, messages};
use milepost_test_sim::rule_sets::default_files;

/// Hours by which the clock is wrong, for one engine after the other on the same machine.
const WRONG_BY: [i64; 3] = [48, -48, 0];

/// Messages that an engine reads beside the scans, before it is killed: ticks of its own.
const TICKS: u64 = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_clock_that_is_days_off_shows_in_nothing_that_comes_out() {
    let bed = Bed::new();
    let mut site = Site::new(bed.url())
        .with("ENGINE__CLOCK", "log")
        .with("ENGINE__TICK_EVERY", "100ms");
    let log = open(bed.url()).await;
    let now = log.state().await.expect("the log answers").created;
    let sent = Sent::until(now, 91, 500);
    let part = usize::try_from(sent.count()).expect("it fits") / WRONG_BY.len();
    let mut lives = Vec::new();
    for (life, wrong_by) in WRONG_BY.into_iter().enumerate() {
        if wrong_by == 0 {
            // What it has not read when it is stopped is nothing but its own ticks: there is one.
            site = site.with("ENGINE__TICK_EVERY", "1h");
        }
        site.set_clock(wrong_by);
        let engine = Engine::start(&site, &[]);
        let last = sent.append(&log, life * part..(life + 1) * part).await;
        if wrong_by != 0 {
            engine.wait_for_position(last + TICKS);
            engine.kill();
        } else {
            engine.wait_for_position(log.state().await.expect("the log answers").last_sequence);
            assert_eq!(engine.stop().code, Some(0));
        }
        lives.push(log.state().await.expect("the log answers").last_sequence);
    }

    let all = messages(&log).await;
    let mut from = 0;
    for (wrong_by, last) in WRONG_BY.into_iter().zip(lives) {
        let ticks = all
            .iter()
            .filter(|message| (from..=last).contains(&message.position.sequence));
        let off: Vec<i64> = ticks.filter_map(wrong_hours).collect();
        eprintln!("a clock {wrong_by} h off: {} ticks", off.len());
        assert!(
            !off.is_empty() && off.iter().all(|off| *off == wrong_by),
            "{wrong_by} h are {off:?}"
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

/// By how many hours the clock was off that a tick was made by.
fn wrong_hours(message: &Message) -> Option<i64> {
    match control(message)? {
        Control::Tick(told) => {
            let off = told.millis() - message.timestamp.millis();
            Some((off + HOUR_MS / 2).div_euclid(HOUR_MS))
        }
        Control::Rules(_) | Control::Engine { .. } => None,
    }
}

fn righted(message: Message) -> Message {
    match control(&message) {
        Some(Control::Tick(_)) => Message {
            payload: Control::Tick(message.timestamp).append().payload,
            ..message
        },
        Some(Control::Rules(_) | Control::Engine { .. }) | None => message,
    }
}

fn control(message: &Message) -> Option<Control> {
    let is_control = message.position.partition.is_none();
    is_control.then(|| Control::parse(&message.payload).expect("engines write what can be read"))
}
