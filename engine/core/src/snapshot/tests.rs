//! What is saved while the shard goes on is the shard as it was when saving began.

use super::{Extent, RestoreError};
use crate::shard::{Shard, Todo};
use crate::{SNAPSHOT_VERSION, ScanBatch};
use alloc::sync::Arc;
use alloc::vec::Vec;
use milepost_model::{HOUR_MS, MINUTE_MS, Place, Position, Scan, Status, Timestamp, TrackingNumber};
use milepost_rules::{RuleSet, SourceFile};
use proptest::prelude::*;

const RULES: &str = "rules:
  - delay: silent
    when: status = 'in_transit' AND silence > INTERVAL '30 hours'
    health: stalled
    notify: { notice: delay.detected, limit: episode }
    because: silent for {silence}
  - delay: rests
    when: date_trunc('day', local_time(now)) > local_time(status_since)
    because: at rest in {local_zone}, {local_country}
  - notice: van
    when: status = 'out_for_delivery'
    limit: day
    because: on the van
";

const OTHER_RULES: &str = "rules:
  - delay: silent
    when: status = 'in_transit' AND silence > INTERVAL '20 hours'
    health: stalled
    backfill: none
    because: silent for {silence}
  - notice: seen
    when: scans > 1
    because: seen
  - notice: gone
    when: status = 'delivered'
";

fn rules() -> Arc<RuleSet> {
    compiled(RULES)
}

fn compiled(text: &str) -> Arc<RuleSet> {
    let file = SourceFile {
        name: "rules.yaml",
        text,
    };
    Arc::new(RuleSet::compile(&[file]).expect("the rules compile"))
}

/// One scan of one of a few shipments: which, when and what.
#[derive(Clone, Copy, Debug)]
struct Step {
    shipment: u64,
    minute: i64,
    status: usize,
    city: usize,
}

fn steps(length: core::ops::Range<usize>) -> impl Strategy<Value = Vec<Step>> {
    let step = (0u64..40, 0i64..4_000, 2usize..11, 0usize..5).prop_map(|(shipment, minute, status, city)| Step {
        shipment,
        minute,
        status,
        city,
    });
    proptest::collection::vec(step, length)
}

/// Lets a shard take scans, a few at a time; after each few, `between` is called.
fn live(shard: &mut Shard, steps: &[Step], between: &mut dyn FnMut(&mut Shard)) {
    for (round, few) in (0..).zip(steps.chunks(7)) {
        let (mut batch, mut todos) = (ScanBatch::default(), Vec::new());
        for (place, step) in (0..).zip(few) {
            let text = alloc::format!("1Z{:08}", step.shipment);
            let number = TrackingNumber::parse(text.as_bytes()).expect("letters and digits");
            let at = Timestamp::from_millis(1_772_000_000_000 + step.minute * MINUTE_MS);
            let order = alloc::format!("SO-{}", step.shipment / 2);
            let status = Status::from_index(step.status).unwrap_or_default();
            // A parcel's scans come by several feeds: not each knows the service and the shop.
            let told = |texts: [&'static str; 3], at: i64| texts.into_iter().nth(usize::try_from(at % 3).unwrap_or(0));
            let scan = Scan {
                service: told(["", "ground", "express"], step.minute).unwrap_or_default(),
                merchant: told(["", "acme", ""], step.minute / 3).unwrap_or_default(),
                order_id: &order,
                source: "canonical",
                place: Place {
                    city: ["Louisville", "K\u{f6}ln", "Lille", "", "Turin"]
                        .get(step.city)
                        .copied()
                        .unwrap_or_default(),
                    postal_code: ["40213", "", "59000", "SW1A 1AA", "10121"]
                        .get(step.city)
                        .copied()
                        .unwrap_or_default(),
                    country: "DE",
                    ..Place::default()
                },
                ..Scan::new(number, "ups", status, at)
            };
            let position = Position {
                partition: Some(number.partition()),
                sequence: round,
            };
            batch.push(position, &scan);
            todos.push(Todo::Scan {
                place,
                now: at,
                reached: Timestamp::MAX,
            });
        }
        let now = Timestamp::from_millis(shard.now().millis().max(1_772_000_000_000) + HOUR_MS);
        todos.push(Todo::Tick {
            now,
            position: Position {
                partition: None,
                sequence: round,
            },
        });
        shard.handle(&batch, &todos, &mut Vec::new());
        between(shard);
    }
}

fn saved(shard: &Shard) -> Vec<u8> {
    let mut bytes = Vec::new();
    shard.save(&mut bytes);
    bytes
}

/// Begins to save, goes on while a little is written after each piece of work, and returns what was written.
fn save_while(shard: &mut Shard, extent: Extent, steps: &[Step]) -> Vec<u8> {
    let mut bytes = Vec::new();
    shard.begin_saving(extent);
    live(shard, steps, &mut |shard| {
        shard.save_some(2, &mut bytes);
    });
    while shard.save_some(3, &mut bytes) {}
    assert!(!shard.is_saving());
    bytes
}

proptest! {
    #[test]
    fn what_is_saved_is_the_shard_as_it_was(first in steps(1..200), second in steps(1..200), third in steps(1..120)) {
        let mut shard = Shard::new(rules(), 1);
        live(&mut shard, &first, &mut |_| {});
        let at_first = saved(&shard);
        let whole = save_while(&mut shard, Extent::Whole, &second);
        let mut restored = Shard::restore(&whole, rules(), 2).expect("a whole shard");
        prop_assert!(saved(&restored) == at_first);

        let at_second = saved(&shard);
        let changes = save_while(&mut shard, Extent::Changes, &third);
        prop_assert!(restored.restore_changes(&changes).is_ok());
        prop_assert!(saved(&restored) == at_second);

        // A restored shard goes on as the one that was saved does, and saves its own changes.
        let at_third = saved(&shard);
        let rest = save_while(&mut shard, Extent::Changes, &[]);
        prop_assert!(restored.restore_changes(&rest).is_ok());
        prop_assert!(saved(&restored) == at_third);
        live(&mut shard, &first, &mut |_| {});
        live(&mut restored, &first, &mut |_| {});
        prop_assert!(saved(&restored) == saved(&shard));
        let more = save_while(&mut restored, Extent::Changes, &[]);
        let mut again = Shard::restore(&at_third, rules(), 3).expect("a whole shard");
        prop_assert!(again.restore_changes(&more).is_ok());
        prop_assert!(saved(&again) == saved(&shard));
    }
}

#[test]
fn changes_say_of_a_row_whose_it_is_by_now() {
    let step = |minute| Step {
        shipment: 1,
        minute,
        status: 3,
        city: 0,
    };
    let mut shard = Shard::new(rules(), 1);
    // Of the service express; then ground, of acme; then ground again, and the shop is not said.
    live(&mut shard, &[step(2)], &mut |_| {});
    let whole = save_while(&mut shard, Extent::Whole, &[step(4), step(10)]);
    let as_it_was = saved(&shard);
    let changes = save_while(&mut shard, Extent::Changes, &[]);
    let mut restored = Shard::restore(&whole, rules(), 2).expect("a whole shard");
    assert_eq!(restored.restore_changes(&changes), Ok(()));
    assert!(saved(&restored) == as_it_was);
}

/// Lets other rules come into force.
fn switch(shard: &mut Shard, rules: &Arc<RuleSet>) {
    let position = Position {
        partition: None,
        sequence: 999,
    };
    shard.handle_rules(rules, shard.now(), position, &mut Vec::new());
}

proptest! {
    #[test]
    fn a_switch_of_rules_that_is_under_way_is_saved(
        first in steps(1..120),
        second in steps(1..60),
        pauses in proptest::collection::vec(0usize..4, 6),
    ) {
        let other = compiled(OTHER_RULES);
        let mut pauses = pauses.into_iter().cycle();
        let mut pause = |shard: &mut Shard| { shard.switch_some(pauses.next().unwrap_or(0)); };
        let save = |shard: &mut Shard, extent, pause: &mut dyn FnMut(&mut Shard)| {
            let (as_it_was, mut bytes) = (saved(shard), Vec::new());
            shard.begin_saving(extent);
            while shard.save_some(2, &mut bytes) {
                pause(shard);
            }
            (as_it_was, bytes)
        };
        let mut shard = Shard::new(rules(), 1);
        live(&mut shard, &first, &mut |_| {});
        // A saving that began before the switch is of the rules before.
        let (as_it_was, mut before) = (saved(&shard), Vec::new());
        shard.begin_saving(Extent::Whole);
        switch(&mut shard, &other);
        while shard.save_some(1, &mut before) {
            pause(&mut shard);
        }
        let restored = Shard::restore(&before, rules(), 2).expect("a whole shard");
        prop_assert!(saved(&restored) == as_it_was);

        let (as_it_was, changes) = save(&mut shard, Extent::Changes, &mut pause);
        let (as_it_was_later, later) = save(&mut shard, Extent::Changes, &mut pause);
        let mut restored = Shard::restore(&before, Arc::clone(&other), 3).expect("a whole shard");
        prop_assert!(restored.restore_changes(&changes).is_ok());
        prop_assert!(saved(&restored) == as_it_was);
        prop_assert!(restored.restore_changes(&later).is_ok());
        prop_assert!(saved(&restored) == as_it_was_later);
        // Both go on alike, however far each of them had looked.
        live(&mut shard, &second, &mut |_| {});
        live(&mut restored, &second, &mut |shard| pause(shard));
        prop_assert!(!shard.is_switching() && saved(&restored) == saved(&shard));
    }
}

#[test]
fn names_of_rules_that_are_gone_make_room() {
    let set = |number: usize| {
        let rules = (0..9_000).map(|rule| alloc::format!("  - notice: n{number}.{rule}\n    when: scans > {rule}\n"));
        compiled(&alloc::format!(
            "rules:\n  - notice: kept\n    when: scans > 0\n{}",
            rules.collect::<alloc::string::String>()
        ))
    };
    let mut shard = Shard::new(set(0), 1);
    let step = Step {
        shipment: 1,
        minute: 5,
        status: 3,
        city: 0,
    };
    live(&mut shard, &[step], &mut |_| {});
    for number in 1..9 {
        switch(&mut shard, &set(number));
        while shard.switch_some(1) {}
        let mut open = Vec::new();
        shard.each_delay(&mut |_, _, delay| {
            if delay.closed.is_none() {
                open.push(delay.rule.clone());
            }
        });
        open.sort();
        assert_eq!(open, ["kept".into(), alloc::format!("n{number}.0")]);
    }
}

#[test]
fn damaged_bytes_are_refused_wherever_they_end() {
    let mut shard = Shard::new(rules(), 1);
    let step = |shipment| Step {
        shipment,
        minute: 5,
        status: 3,
        city: 0,
    };
    live(&mut shard, &[step(1), step(2), step(3)], &mut |_| {});
    let bytes = saved(&shard);
    for length in 0..bytes.len() {
        let cut = bytes.get(..length).unwrap_or_default();
        assert!(
            Shard::restore(cut, rules(), 1).is_err(),
            "{length} bytes of version {SNAPSHOT_VERSION}"
        );
    }
    // The log's time stands behind magic, version and extent: from such a time on a tick would never end.
    for far in [i64::MAX, i64::MIN + 1, 1 << 60] {
        let mut damaged = bytes.clone();
        damaged.splice(16..24, far.to_le_bytes());
        assert_eq!(
            Shard::restore(&damaged, rules(), 1).err(),
            Some(RestoreError::Damaged),
            "{far}"
        );
    }
    shard.begin_saving(Extent::Changes);
    let mut changes = Vec::new();
    while shard.save_some(1, &mut changes) {}
    assert!(
        Shard::restore(&changes, rules(), 1).is_err(),
        "changes alone are no shard"
    );
}
