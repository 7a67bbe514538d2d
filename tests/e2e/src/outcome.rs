//! What came out: of a replay from its files, of an engine from the streams that it wrote.

use crate::site::Site;
use bytes::Bytes;
use milepost_connectors::log::{AnyLog, Log, LogReader, Message, Outlet};
use milepost_core::Clock;
use milepost_model::{DAY_MS, HOUR_MS};
use milepost_runtime::snapshots::Snapshots;
use milepost_test_sim::engine::{Engine as Reference, Outcome as Told};
use milepost_test_sim::rows::rows;
use milepost_test_sim::rule_sets::{Files, compiled};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// The clock of every site, with its usual settings.
pub const CLOCK: Clock = Clock::Event {
    lateness_ms: 6 * HOUR_MS,
    jump_max_ms: 62 * DAY_MS,
};
/// Read back at once.
const AT_ONCE: usize = 5_000;

/// Jobs and rejects, in an order of their own: that of the streams does not say anything between shares.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// Every job, byte for byte, sorted.
    pub jobs: Vec<String>,
    /// How many rejects of each reason.
    pub rejects: BTreeMap<String, u64>,
}

impl Outcome {
    /// Runs `milepost replay` over a file into `replay/` of the site, and reads what it wrote.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn of_replay(site: &Site, file: &str) -> Self {
        drop(site.succeed(&["replay", file, "--out", "replay", "--json"]));
        let lines = |name: &str| -> Vec<String> {
            let text = std::fs::read_to_string(site.path("replay").join(name)).expect("a replay writes its files");
            text.lines().map(str::to_owned).collect()
        };
        Self::of(lines("jobs.ndjson"), &lines("rejects.ndjson"))
    }

    /// Reads both streams of a log.
    ///
    /// # Panics
    /// When the log cannot be read.
    pub async fn of_log(log: &AnyLog) -> Self {
        Self::of(
            read_back(log, Outlet::Jobs).await,
            &read_back(log, Outlet::Rejects).await,
        )
    }

    /// What an engine on one thread makes of the log as it stands, with these rules and those that the log brings; the settings
    /// are those of every site.
    ///
    /// # Panics
    /// When the log cannot be read.
    pub async fn of_one_thread(log: &AnyLog, rules: &Files) -> Self {
        Self::of_messages(&messages(log).await, CLOCK, rules)
    }

    /// The same of messages, one after the other, by this clock.
    #[must_use]
    pub fn of_messages(messages: &[Message], clock: Clock, rules: &Files) -> Self {
        Self::and_state(messages, clock, rules).0
    }

    /// The same as of one thread, with every row of its shipments, scans and delays, sorted.
    ///
    /// # Panics
    /// When the log cannot be read.
    pub async fn and_state_of_one_thread(log: &AnyLog, rules: &Files) -> (Self, Vec<String>) {
        Self::and_state(&messages(log).await, CLOCK, rules)
    }

    fn and_state(messages: &[Message], clock: Clock, rules: &Files) -> (Self, Vec<String>) {
        let mut reference = Reference::new(&compiled(rules), clock, 1, 3);
        let mut told = Told::default();
        reference.handle(messages, &mut told);
        let mut rejects = BTreeMap::new();
        for refused in &told.refused {
            *rejects.entry(refused.reason.as_str().to_owned()).or_default() += 1;
        }
        let mut jobs: Vec<String> = told.jobs.into_iter().map(|job| job.json).collect();
        jobs.sort();
        let rows = rows(&reference.shards, reference.timeline.now());
        (Self { jobs, rejects }, rows)
    }

    fn of(mut jobs: Vec<String>, rejects: &[String]) -> Self {
        jobs.sort();
        let mut counts = BTreeMap::new();
        for reject in rejects {
            *counts.entry(field(reject, "reason")).or_default() += 1;
        }
        Self { jobs, rejects: counts }
    }

    /// The ids of all jobs, sorted.
    #[must_use]
    pub fn job_ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.jobs.iter().map(|job| field(job, "job_id")).collect();
        ids.sort();
        ids
    }

    /// How many records were refused.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.rejects.values().sum()
    }

    /// Asserts that both hold the same jobs, each once, and the same number of rejects of each reason.
    ///
    /// # Panics
    /// With the first differences.
    pub fn assert_same(&self, expected: &Self) {
        let (found_ids, expected_ids) = (self.job_ids(), expected.job_ids());
        let twice: Vec<_> = found_ids
            .windows(2)
            .filter(|pair| pair.first() == pair.last())
            .collect();
        assert!(
            twice.is_empty(),
            "{} jobs stand there twice: {:?}",
            twice.len(),
            twice.first()
        );
        let missing: Vec<_> = expected_ids
            .iter()
            .filter(|id| found_ids.binary_search(id).is_err())
            .collect();
        let extra: Vec<_> = found_ids
            .iter()
            .filter(|id| expected_ids.binary_search(id).is_err())
            .collect();
        assert!(
            missing.is_empty() && extra.is_empty(),
            "of {} jobs {} are missing {:?}, {} are too many {:?}",
            expected_ids.len(),
            missing.len(),
            missing.first(),
            extra.len(),
            extra.first()
        );
        assert_eq!(self.rejects, expected.rejects);
    }

    /// The same, and that every job is the same byte for byte, with the place in the log that it rests on.
    ///
    /// # Panics
    /// With the first difference.
    pub fn assert_equal(&self, expected: &Self) {
        self.assert_same(expected);
        let differing = self
            .jobs
            .iter()
            .zip(&expected.jobs)
            .find(|(found, expected)| found != expected);
        assert_eq!(differing, None, "the same jobs, but not byte for byte");
    }
}

/// Every row of shipments, scans and delays in the newest snapshot of a site, sorted, as of its log's time.
///
/// # Panics
/// When there is none, or it cannot be read.
#[must_use]
pub fn saved_state(site: &Site) -> Vec<String> {
    let snapshots = Snapshots::on_host(&site.path("milepost-data/snapshots"), 3);
    let newest = snapshots.list().expect("snapshots can be listed").pop();
    let chain = snapshots.chain(&newest.expect("there is a snapshot"));
    let chain = chain.expect("the newest snapshot is whole");
    let last = chain.last().expect("a chain has a last");
    let rules = snapshots.rules(last).expect("its rules compile");
    let (shards, _) = snapshots.shards(&chain, &rules.set, 5).expect("its shards are whole");
    rows(&shards, last.reading.now)
}

/// All messages that a log holds.
///
/// # Panics
/// When it cannot be read.
pub async fn messages(log: &AnyLog) -> Vec<Message> {
    let state = log.state().await.expect("the log answers");
    let mut all: Vec<Message> = Vec::new();
    if state.first_sequence > state.last_sequence {
        return all;
    }
    let mut reader = log.read(state.first_sequence).await.expect("the log can be read");
    while all
        .last()
        .is_none_or(|message| message.position.sequence < state.last_sequence)
    {
        let more = reader.next(1024, Duration::from_secs(1)).await;
        all.extend(more.expect("the log can be read"));
    }
    all
}

/// The payloads of a stream, in its order.
///
/// # Panics
/// When the log cannot be read.
pub async fn read_back(log: &AnyLog, outlet: Outlet) -> Vec<String> {
    let (mut found, mut from) = (Vec::new(), 1);
    loop {
        let items = log
            .published(outlet, from, AT_ONCE)
            .await
            .expect("what was published can be read");
        let Some(last) = items.last() else { return found };
        from = last.sequence + 1;
        found.extend(
            items
                .iter()
                .map(|item| String::from_utf8_lossy(&item.item.payload).into_owned()),
        );
    }
}

/// The payloads of the log of scans with their sequence numbers, in its order.
///
/// # Panics
/// When the log cannot be read.
pub async fn scans_of(log: &AnyLog) -> Vec<(u64, Bytes)> {
    let last = log.state().await.expect("the log answers").last_sequence;
    let mut reader = log.read(1).await.expect("the log can be read");
    let mut found: Vec<(u64, Bytes)> = Vec::new();
    while found.last().is_none_or(|(sequence, _)| *sequence < last) {
        let messages = reader.next(AT_ONCE, Duration::from_secs(1)).await;
        let messages = messages.expect("the log can be read").into_iter();
        found.extend(messages.map(|message| (message.position.sequence, message.payload)));
    }
    found
}

fn field(line: &str, name: &str) -> String {
    let value: Value = serde_json::from_str(line).expect("what goes out is JSON");
    let text = value.get(name).and_then(Value::as_str);
    text.unwrap_or_else(|| panic!("no text field {name} in {line}"))
        .to_owned()
}
