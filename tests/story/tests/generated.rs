//! What holds for every shipment, whatever its scans and their order: tried on generated ones. `STORY_CASES=100000` tries
//! more of them, `STORY_SEED` others.

use milepost_core::Clock;
use milepost_model::{Column, HOUR_MS, Status, Timestamp};
use milepost_rules::RuleSet;
use milepost_test_story::generator::{RULES, Shipment};
use milepost_test_story::orders::{self, difference, shuffled};
use milepost_test_story::rng::Rng;
use milepost_test_story::story::compile;
use milepost_test_story::world::{Cell, Outcome, Said, World};
use std::collections::HashSet;
use std::sync::Arc;

/// The number of another shipment.
const MOVER: &str = "986578788855";

/// Seconds of a debug build.
const CASES: u64 = 400;

type Law = fn(&Arc<RuleSet>, &Shipment, u64) -> Result<(), String>;

const LAWS: [(&str, Law); 6] = [
    ("any order comes to the same", any_order),
    ("heard live, late or early, it comes to the same", heard_live),
    ("told by the scans' own time, it comes to the same", own_time),
    ("a restart changes nothing", restarts),
    ("a notice moves nothing", notices_move_nothing),
    ("the end stands", the_end_stands),
];

#[test]
fn laws_hold_for_generated_shipments() {
    let rules = Arc::new(compile(RULES).expect("rules"));
    let number = |name: &str, usual| std::env::var(name).map_or(usual, |text| text.parse().expect("a number"));
    let (first, cases) = (number("STORY_SEED", 1), number("STORY_CASES", CASES));
    for seed in first..first + cases {
        let shipment = Shipment::new(seed);
        for (name, law) in LAWS {
            if let Err(what) = law(&rules, &shipment, seed) {
                let (small, what) = shrink(&rules, &shipment, seed, law, what);
                let lines: Vec<String> = small.lines.iter().map(|(at, line)| format!("{at} {line}")).collect();
                panic!(
                    "seed {seed}: {name}: {what}\nlooked at {} after\n{}",
                    small.now,
                    lines.join("\n")
                );
            }
        }
    }
}

/// The fewest lines that still break the law.
fn shrink(rules: &Arc<RuleSet>, shipment: &Shipment, seed: u64, law: Law, what: String) -> (Shipment, String) {
    let (mut small, mut why) = (shipment.clone(), what);
    let mut at = 0;
    while at < small.lines.len() && small.lines.len() > 1 {
        let shorter = small.without(at);
        let tried = (0..8).find_map(|more| law(rules, &shorter, seed + more * 1000).err());
        match tried {
            Some(what) => (small, why, at) = (shorter, what, 0),
            None => at += 1,
        }
    }
    (small, why)
}

fn lines(shipment: &Shipment) -> Vec<&str> {
    shipment.lines.iter().map(|(_, line)| line.as_str()).collect()
}

fn same(name: &str, expected: &Outcome, found: &Outcome) -> Result<(), String> {
    difference(expected, found).map_or(Ok(()), |difference| Err(format!("{name}: {difference}")))
}

fn tell(rules: &Arc<RuleSet>, lines: &[&str], order: &[usize], now: Timestamp, restarts: bool) -> Outcome {
    let world = World::new(Arc::clone(rules), Clock::Log);
    orders::tell(world, lines, order, now, restarts)
}

fn any_order(rules: &Arc<RuleSet>, shipment: &Shipment, seed: u64) -> Result<(), String> {
    let lines = lines(shipment);
    let forward: Vec<usize> = (0..lines.len()).collect();
    let backward: Vec<usize> = forward.iter().rev().copied().collect();
    let expected = tell(rules, &lines, &forward, shipment.now, false);
    same(
        "backwards",
        &expected,
        &tell(rules, &lines, &backward, shipment.now, true),
    )?;
    for more in 0..3 {
        let order = shuffled(&forward, usize::try_from(seed + more).unwrap_or(0));
        let found = tell(rules, &lines, &order, shipment.now, more == 0);
        same(&format!("in the order {order:?}"), &expected, &found)?;
    }
    Ok(())
}

/// Lines heard as they happen or late, some twice, with ticks in between.
fn live(rules: &Arc<RuleSet>, shipment: &Shipment, seed: u64, restarts: bool) -> (Vec<Said>, Outcome) {
    let mut rng = Rng::new(seed);
    let mut heard: Vec<(Timestamp, Option<&str>)> = Vec::new();
    for (at, line) in &shipment.lines {
        for _ in 0..=usize::from(rng.chance(20)) {
            // A time without a zone may be read up to fourteen hours off; nothing is heard long before it happens.
            let late = rng.pick(&[0, 0, 0, HOUR_MS, 30 * HOUR_MS, 120 * HOUR_MS]);
            heard.push((at.plus(late).min(shipment.now), Some(line)));
        }
        let tick = at.plus(HOUR_MS * i64::try_from(rng.below(100)).unwrap_or(0));
        heard.push((tick.min(shipment.now), None));
    }
    heard.sort_by_key(|(at, _)| *at);
    let mut world = World::new(Arc::clone(rules), Clock::Log);
    let mut said = Vec::new();
    for (at, line) in heard {
        said.extend(match line {
            Some(line) => world.hear(at, line),
            None => world.tick(at),
        });
        if restarts && rng.chance(30) {
            world.restart();
        }
    }
    said.extend(world.tick(shipment.now));
    (said, world.outcome(shipment.now))
}

fn heard_live(rules: &Arc<RuleSet>, shipment: &Shipment, seed: u64) -> Result<(), String> {
    let forward: Vec<usize> = (0..shipment.lines.len()).collect();
    let expected = tell(rules, &lines(shipment), &forward, shipment.now, false);
    for more in 0..2 {
        let (said, found) = live(rules, shipment, seed + more, false);
        same("live", &expected, &found)?;
        let mut ids = HashSet::new();
        for said in &said {
            match said {
                Said::Job(job) if !ids.insert(job.job_id()) => return Err(format!("told twice: {}", job.json)),
                Said::Job(_) => {}
                Said::Refused(reason, hint) => return Err(format!("refused: {reason} {hint}")),
            }
        }
    }
    Ok(())
}

/// The scans' own time is the clock, and another shipment's scan brings it to its end.
fn own_time(rules: &Arc<RuleSet>, shipment: &Shipment, seed: u64) -> Result<(), String> {
    let lines = lines(shipment);
    let forward: Vec<usize> = (0..lines.len()).collect();
    let expected = tell(rules, &lines, &forward, shipment.now, false);
    let lateness_ms = Rng::new(seed).pick(&[0, HOUR_MS, 48 * HOUR_MS]);
    let mut world = World::new(
        Arc::clone(rules),
        Clock::Event {
            lateness_ms,
            jump_max_ms: i64::MAX,
        },
    );
    let order = if seed.is_multiple_of(2) {
        forward
    } else {
        shuffled(&forward, usize::try_from(seed).unwrap_or(0))
    };
    for line in order.iter().filter_map(|at| lines.get(*at)) {
        world.hear(Timestamp::MIN, line);
    }
    let last = shipment.now.plus(lateness_ms);
    let mover =
        format!(r#"{{"tracking_number":"{MOVER}","carrier":"fedex","status":"created","occurred_at":"{last}"}}"#);
    world.hear(Timestamp::MIN, &mover);
    let mut found = world.outcome(shipment.now);
    found.rows.retain(|row| row.text(Column::TrackingNumber) != MOVER);
    found.open.retain(|(number, ..)| number != MOVER);
    same("by own time", &expected, &found)
}

fn restarts(rules: &Arc<RuleSet>, shipment: &Shipment, seed: u64) -> Result<(), String> {
    let (said, outcome) = live(rules, shipment, seed, false);
    let (said_again, restarted) = live(rules, shipment, seed, true);
    same("restarted", &outcome, &restarted)?;
    match said.iter().zip(&said_again).find(|(one, other)| one != other) {
        Some((one, other)) => Err(format!("with restarts {other:?} instead of {one:?}")),
        None if said.len() != said_again.len() => Err("told more or less with restarts".to_owned()),
        None => Ok(()),
    }
}

fn notices_move_nothing(rules: &Arc<RuleSet>, shipment: &Shipment, seed: u64) -> Result<(), String> {
    let forward: Vec<usize> = (0..=shipment.lines.len()).collect();
    let remark = shipment.remark(seed);
    let mut lines = lines(shipment);
    let before = tell(rules, &lines, &forward, shipment.now, false);
    lines.push(&remark);
    let after = tell(rules, &lines, &forward, shipment.now, false);
    let (Some(before), Some(after)) = (before.rows.last(), after.rows.last()) else {
        return Err("no row".to_owned());
    };
    let expired = [before, after].map(|row| row.text(Column::Status) == Status::Expired.as_str());
    let columns = [
        Column::LastScanAt,
        Column::Scans,
        Column::Epoch,
        Column::Attempts,
        Column::DeliveredAt,
        Column::Status,
    ];
    for column in columns {
        if before.get(column) != after.get(column) && !(column == Column::Status && expired.contains(&true)) {
            return Err(format!(
                "{} was {:?} and is {:?} after {remark}",
                column.name(),
                before.get(column),
                after.get(column)
            ));
        }
    }
    Ok(())
}

fn the_end_stands(rules: &Arc<RuleSet>, shipment: &Shipment, _: u64) -> Result<(), String> {
    let mut world = World::new(Arc::clone(rules), Clock::Log);
    for (_, line) in &shipment.lines {
        world.hear(shipment.now, line);
    }
    let rows = world.rows(shipment.now);
    let Some(row) = rows.last() else {
        return Err("no row".to_owned());
    };
    let (Cell::Time(since), Cell::Int(epoch)) = (row.get(Column::StatusSince), row.get(Column::Epoch)) else {
        return Err("no time, no epoch".to_owned());
    };
    let scans = world.scans();
    let mut ends = scans
        .iter()
        .filter(|scan| i64::from(scan.epoch) == *epoch && scan.counted);
    let end = ends.rfind(|scan| scan.status.is_some_and(Status::is_terminal));
    let status = row.text(Column::Status);
    match end {
        // A parcel on its way back may be called off: it comes back all the same.
        Some(end) if end.status == Some(Status::Cancelled) && status == "returning" => Ok(()),
        Some(end) if end.at > *since && end.status.is_none_or(|end| end.as_str() != status) => {
            Err(format!("{status} since {since} stands before the end {end:?}"))
        }
        _ => Ok(()),
    }
}
