//! What must hold for every seed. `MILEPOST_SEED=17 cargo test -p milepost-test-sim` tries one again, `MILEPOST_SEEDS=500`
//! tries many.

use milepost_loadgen::Malformed;
use milepost_model::{Job, RejectReason};
use milepost_test_sim::engine::{Engine, Outcome};
use milepost_test_sim::feed::Feed;
use milepost_test_sim::lives::{Ending, Troubles, run};
use milepost_test_sim::oracle;
use milepost_test_sim::rows::{first_difference, rows};
use milepost_test_sim::rule_sets::{default_rules, default_texts};
use milepost_test_sim::seeds::{each_seed, each_small_seed};
use milepost_test_sim::verdict;
use std::collections::{BTreeMap, BTreeSet};

/// What a run leaves behind.
struct Told {
    engine: Engine,
    outcome: Outcome,
    rows: Vec<String>,
}

fn tell(feed: &Feed, shards: usize, hash_seed: u64) -> Told {
    let mut engine = Engine::new(&default_rules(), feed.clock, shards, hash_seed);
    if shards > 1 {
        // A switch of rules may take its time, and that shows nowhere.
        engine = engine.with_pauses(hash_seed);
    }
    let mut outcome = Outcome::default();
    engine.handle(&feed.messages(), &mut outcome);
    engine.finish_switch();
    let rows = rows(&engine.shards, engine.timeline.now());
    Told { engine, outcome, rows }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    each_seed(|seed| {
        let feed = Feed::new(seed);
        // Another key for the hash tables: no order of a hash map may reach an output.
        let (a, b) = (tell(&feed, 3, 1), tell(&Feed::new(seed), 3, 0xdead_beef));
        assert_eq!(
            first_difference(&a.outcome.jobs, &b.outcome.jobs),
            None,
            "seed {seed}: jobs"
        );
        assert_eq!(
            first_difference(&a.outcome.refused, &b.outcome.refused),
            None,
            "seed {seed}: rejects"
        );
        assert_eq!(first_difference(&a.rows, &b.rows), None, "seed {seed}: rows");
        let saved = a.engine.save();
        assert!(saved == b.engine.save(), "seed {seed}: the bytes of the shards differ");
        let again = Engine::restore(&a.engine.rules, a.engine.timeline, &saved, 7).expect("these bytes are whole");
        assert!(saved == again.save(), "seed {seed}: a restored shard saves other bytes");
        let restored = rows(&again.shards, again.timeline.now());
        assert_eq!(
            first_difference(&a.rows, &restored),
            None,
            "seed {seed}: a restored shard has other rows"
        );
    });
}

#[test]
fn the_number_of_shards_shows_nowhere() {
    each_seed(|seed| {
        let feed = Feed::new(seed);
        let one = tell(&feed, 1, 1);
        for shards in [2, 5] {
            let more = tell(&feed, shards, 1);
            let jobs = first_difference(&one.outcome.jobs, &more.outcome.jobs);
            assert_eq!(jobs, None, "seed {seed}: jobs of 1 and {shards} shards");
            assert_eq!(
                first_difference(&one.rows, &more.rows),
                None,
                "seed {seed}: rows of 1 and {shards} shards"
            );
            assert_eq!(
                one.engine.counts(),
                more.engine.counts(),
                "seed {seed}: counts of 1 and {shards} shards"
            );
        }
    });
}

#[test]
fn rows_are_what_the_field_says_they_should_be() {
    let (mut shipments, mut covered) = (0, 0);
    let mut statuses: BTreeMap<&str, usize> = BTreeMap::new();
    each_seed(|seed| {
        let told = tell(&Feed::new(seed), 2, 1);
        let now = told.engine.timeline.now();
        let found = oracle::compare(&told.outcome.accepted, &told.engine.shards, now);
        assert!(
            found.differences.is_empty(),
            "seed {seed}:\n  {}",
            found.differences.join("\n  ")
        );
        shipments += found.shipments;
        covered += found.covered;
        for (status, count) in found.statuses {
            *statuses.entry(status).or_default() += count;
        }
    });
    eprintln!("the oracle told {covered} of {shipments} shipments; journeys ended as {statuses:?}");
    assert!(
        covered * 100 >= shipments * 97,
        "the oracle could tell only {covered} of {shipments} shipments"
    );
}

#[test]
fn every_line_is_taken_or_refused() {
    each_seed(|seed| {
        let feed = Feed::new(seed);
        let told = tell(&feed, 2, 1);
        let refused: BTreeMap<(u64, u64), RejectReason> = told
            .outcome
            .refused
            .iter()
            .map(|refused| ((refused.position.sequence, refused.line), refused.reason))
            .collect();
        let sent = feed.lines();
        assert_eq!(
            told.outcome.accepted.len() + told.outcome.refused.len(),
            sent,
            "seed {seed}: lines sent"
        );
        let counts = told.engine.counts();
        let seen = counts.applied + counts.repeats + counts.refused;
        assert_eq!(seen, told.outcome.accepted.len() as u64, "seed {seed}: scans counted");
        for (sequence, sending) in (1u64..).zip(&feed.sendings) {
            for (line, malformed) in (1u64..).zip(&sending.lines) {
                let found = refused.get(&(sequence, line));
                let expected = malformed.map(reasons);
                let fits = match (found, expected) {
                    (None, None) => true,
                    (Some(found), Some(expected)) => expected.contains(found),
                    _ => false,
                };
                assert!(
                    fits,
                    "seed {seed}, message {sequence}, line {line}: {malformed:?} became {found:?}"
                );
            }
        }
    });
}

fn reasons(malformed: Malformed) -> &'static [RejectReason] {
    match malformed {
        // A line may be cut within a letter.
        Malformed::Truncated => &[RejectReason::NotJson, RejectReason::NotUtf8],
        Malformed::Nul => &[RejectReason::NotJson],
        Malformed::InvalidUtf8 => &[RejectReason::NotUtf8],
        Malformed::WrongType => &[RejectReason::WrongType],
        Malformed::Oversized => &[RejectReason::TooLong],
        Malformed::Deep => &[RejectReason::TooDeep],
        Malformed::FarFuture | Malformed::YearZero => &[RejectReason::BadTime],
        Malformed::NoNumber => &[RejectReason::NoNumber],
        Malformed::NotAnObject => &[RejectReason::NotAnObject],
    }
}

#[test]
fn lines_sent_again_decide_nothing() {
    each_seed(|seed| {
        let all = tell(&Feed::line_by_line(seed, true), 1, 1);
        let once = tell(&Feed::line_by_line(seed, false), 1, 1);
        let ids = |jobs: &[Job]| jobs.iter().map(|job| job.job_id().to_owned()).collect::<BTreeSet<_>>();
        let (with, without) = (ids(&all.outcome.jobs), ids(&once.outcome.jobs));
        let odd: Vec<&String> = with.symmetric_difference(&without).collect();
        assert!(odd.is_empty(), "seed {seed}: jobs that are not in both: {odd:?}");
        assert_eq!(
            with.len(),
            all.outcome.jobs.len(),
            "seed {seed}: a job was decided twice"
        );
    });
}

#[test]
fn whatever_happens_nothing_is_lost_and_nothing_told_twice() {
    let rules = default_texts();
    let (mut sum, mut seen) = (Ending::default(), 0);
    each_small_seed(|seed| {
        let feed = Feed::small(seed).with_formats();
        let ending = run(&feed, &rules, Troubles::of(seed)).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        if let Err(why) = verdict::check(&feed, &rules, &ending) {
            panic!("seed {seed}: {why}\n  {}", ending.trace.join("\n  "));
        }
        seen += 1;
        sum.add(&ending);
    });
    eprintln!(
        "{seen} seeds: {} lives, {} stopped for a successor, {} refused; {} snapshots, {} failed, {} starts passed some over; \
         {} jobs kept back",
        sum.lives, sum.superseded, sum.refused, sum.snapshots, sum.snapshots_failed, sum.passed_over, sum.covered
    );
}

#[test]
fn two_runs_of_a_seed_are_the_same() {
    let rules = default_texts();
    each_seed(|seed| {
        let feed = Feed::small(seed).with_formats();
        let ending = || run(&feed, &rules, Troubles::of(seed)).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        let (one, other) = (ending(), ending());
        assert_eq!(first_difference(&one.trace, &other.trace), None, "seed {seed}: traces");
        assert_eq!(first_difference(&one.jobs, &other.jobs), None, "seed {seed}: jobs");
        assert_eq!(
            first_difference(&one.messages, &other.messages),
            None,
            "seed {seed}: messages"
        );
    });
}
