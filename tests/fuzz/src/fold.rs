//! Lines of any bytes, as far as they are scans, into shards: none stops a shard, and what it knows can be saved.

use crate::shard::same_when_restored;
use milepost_connectors::carriers::{Decoder, Defaults, Scratch, split};
use milepost_core::{Clock, Effect, ScanBatch, Shard, Timeline, Todo};
use milepost_model::{DAY_MS, HOUR_MS, Position, Timestamp};
use milepost_rules::RuleSet;
use milepost_test_sim::rows::rows;
use milepost_test_sim::rule_sets::compiled;
use std::sync::{Arc, LazyLock};

/// A few rules that do all that rules do: the names of many would be most of a small snapshot.
const FILE: &str = "rules:
  - delay: quiet
    when: status = 'in_transit' AND silence > INTERVAL '30 hours'
    health: stalled
    notify: { notice: n, limit: episode, escalate: [12h, 3d], recovered: r }
    because: silent for {silence} in {city}, {local_zone}
  - delay: missed
    when: now > promised_at_latest OR estimated_until > promised_at
    for: 30m
    until: status = 'delivered'
    health: late
    notify: { notice: m, limit: shipment }
    because: promised until {promised_at}
  - delay: rests
    when: date_trunc('day', local_time(now)) > local_time(status_since)
    because: at rest in {local_country}
  - notice: van
    when: status = 'out_for_delivery'
    limit: day
    backfill: all
    because: for {order_id}
";

pub(crate) static RULES: LazyLock<Arc<RuleSet>> =
    LazyLock::new(|| compiled(&vec![("rules.yaml".to_owned(), FILE.to_owned())]));

/// The clocks that an engine can have.
const CLOCKS: [Clock; 2] = [
    Clock::Log,
    Clock::Event {
        lateness_ms: HOUR_MS,
        jump_max_ms: 30 * DAY_MS,
    },
];

/// Lets a shard of each clock take the scans, one message for each line, and shows all that it then knows.
pub fn fold(bytes: &[u8]) {
    for clock in CLOCKS {
        let (mut shard, now) = told(bytes, clock);
        let shown = rows(std::slice::from_ref(&shard), now);
        assert!(shown.len() >= shard.len(), "every shipment has a row");
        same_when_restored(&shard);
        let last = Position::default();
        shard.handle_tick(now.plus(40 * DAY_MS), last, &mut Vec::new());
        shard.each_journey(shard.now(), &mut |journey| {
            let _ = (journey.last_heard_at(), journey.carrier_warned_at());
            assert!(journey.episodes().count() <= usize::from(u16::MAX));
        });
    }
}

/// A shard that was told the scans, and how late it is then.
pub(crate) fn told(bytes: &[u8], clock: Clock) -> (Shard, Timestamp) {
    let (mut decoder, defaults) = (Decoder::new(), Defaults::default());
    let mut shard = Shard::new(Arc::clone(&RULES), 1);
    let mut timeline = Timeline::new(clock);
    let mut effects = Vec::new();
    for (sequence, line) in (1..).zip(split(bytes)) {
        let scratch = Scratch::new();
        let Ok(Some(scan)) = decoder.decode(line.bytes, &scratch, &defaults) else {
            continue;
        };
        let position = Position {
            partition: Some(scan.number.partition()),
            sequence,
        };
        // As if each was sent an hour after it happened.
        timeline.pass_message(scan.time.latest.plus(HOUR_MS));
        let Ok(tick) = timeline.pass_scan(&scan.time, scan.kind) else {
            continue;
        };
        let (now, reached) = (timeline.now(), timeline.reached());
        let mut batch = ScanBatch::default();
        batch.push(position, &scan);
        assert_eq!(batch.get(0), Some((position, scan)), "a batch keeps what it is given");
        let mut steps = vec![Todo::Scan { place: 0, now, reached }];
        steps.extend(tick.map(|now| Todo::Tick { now, position }));
        shard.handle(&batch, &steps, &mut effects);
    }
    let jobs = effects.iter().filter(|effect| matches!(effect, Effect::Job(_))).count();
    assert_eq!(shard.counts().jobs, jobs as u64);
    (shard, timeline.now())
}
