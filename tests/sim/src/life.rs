//! One engine from its start to its end, all of it: the stages of the program, its publisher and its keeper, on one thread
//! and in an order that a seed chooses.

use crate::disk::SimulatedDisk;
use anyhow::{Context, Result};
use crossbeam_channel::Receiver;
use milepost_connectors::log::{AnyLog, Published, SimulatedLog};
use milepost_core::{Clock, Shard};
use milepost_loadgen::rng::Rng;
use milepost_runtime::feed::{Feed, Pace};
use milepost_runtime::format_texts::FormatSet;
use milepost_runtime::intake::Intake;
use milepost_runtime::keep::Keeper;
use milepost_runtime::learning::Exchange;
use milepost_runtime::metrics::Metrics;
use milepost_runtime::outbox::{Outgo, gather};
use milepost_runtime::rule_texts::Rules;
use milepost_runtime::saving::{Saved, Underway};
use milepost_runtime::sequence::Sequencer;
use milepost_runtime::shards::{Progress, Task};
use milepost_runtime::snapshots::Snapshots;
use milepost_runtime::spares::Spares;
use milepost_runtime::start::{Start, Wanted};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::timeout;

/// Pieces that may wait for the publisher.
const WAITING_MAX: usize = 4;
/// Time between two snapshots at most, in milliseconds; a turn that finds nothing to read takes some hundred.
const SAVE_EVERY_MAX_MS: u64 = 600;
/// How long a turn waits for messages.
const TURN_WAIT: Duration = Duration::from_millis(200);
/// Generations that are kept.
const KEEP: usize = 3;

/// What an engine is started with.
#[derive(Clone)]
pub struct Site {
    /// What the engine is called: no two have the same name.
    pub name: String,
    /// The log.
    pub log: SimulatedLog,
    /// The disk of its machine.
    pub disk: SimulatedDisk,
    /// Whose time counts.
    pub clock: Clock,
    /// Shards of a state that begins.
    pub shards: usize,
    /// Rules of a state that begins.
    pub rules: Rules,
}

/// An engine that runs.
pub struct Life {
    feed: Feed,
    intake: Intake,
    sequencer: Sequencer,
    /// Where the shards learn.
    exchange: Arc<Exchange>,
    /// The shards, each with what it still has to write.
    shards: Vec<(Shard, Option<Underway>)>,
    decided: Option<mpsc::Sender<Outgo>>,
    publisher: JoinHandle<Result<()>>,
    saved: Receiver<Saved>,
    /// What the keeper shall write once all shards have.
    to_keep: Option<Saved>,
    keeper: Keeper,
    stop: Arc<AtomicBool>,
    /// What it counts, and what is wrong.
    pub metrics: Arc<Metrics>,
    /// What it said of its start.
    pub remarks: Vec<String>,
    /// The log is read no more.
    is_read: bool,
    /// The ids of all jobs that it decided.
    told: BTreeSet<String>,
}

/// How an engine is after a turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// It did something.
    Busy,
    /// Nothing came.
    Idle,
    /// It was told to stop, and has.
    Ended,
}

impl Life {
    /// Starts an engine.
    ///
    /// # Errors
    /// When it refuses to go on, or cannot.
    pub async fn start(site: &Site, rebase: bool, chance: &mut Rng) -> Result<Self> {
        let log = AnyLog::Simulated(site.log.clone());
        let snapshots = Snapshots::new(Arc::new(site.disk.clone()), Path::new("data/snapshots"), KEEP, 1);
        let metrics = Arc::new(Metrics::default());
        let wanted = Wanted {
            clock: site.clock,
            shards: site.shards,
            hash_seed: chance.bits(),
            rules: site.rules.clone(),
            formats: FormatSet::default(),
            rebase,
        };
        let start = Start::find(&log, &snapshots, &wanted, &metrics.alarms).await?;
        let mut remarks = start.remarks.clone();
        let pace = Pace {
            batch_messages_max: usize::try_from(8 + chance.below(60)).unwrap_or(8),
            save_every: Duration::from_millis(chance.below(SAVE_EVERY_MAX_MS)),
        };
        let here = (site.log.last_timestamp(), site.name.as_str());
        let stations = start
            .take_over(&log, snapshots, (&metrics, Arc::default()), here, pace)
            .await?;
        remarks.push(format!("term {}, log {}", stations.term, stations.lineage));
        let count = stations.shards.len();
        let (decided, waiting) = mpsc::channel(WAITING_MAX);
        Ok(Self {
            feed: stations.feed,
            intake: Intake::new(Arc::default(), Spares::new(8), count),
            sequencer: Sequencer::with_rules(stations.timeline, stations.rules, Arc::default())
                .learning(Arc::clone(&stations.exchange)),
            exchange: stations.exchange,
            shards: stations.shards.into_iter().map(|shard| (shard, None)).collect(),
            decided: Some(decided),
            publisher: spawn_local(stations.publisher.run(waiting)),
            saved: stations.saved,
            to_keep: None,
            keeper: stations.keeper,
            stop: stations.stop,
            metrics,
            remarks,
            is_read: false,
            told: BTreeSet::new(),
        })
    }

    /// Does a little of everything.
    ///
    /// # Errors
    /// When the engine stops: another one took over, or the log is another.
    pub async fn turn(&mut self, chance: &mut Rng) -> Result<Turn> {
        let mut turn = Turn::Idle;
        let has_room = self.decided.as_ref().is_some_and(|decided| decided.capacity() > 0);
        // Working takes its time, so that snapshots are due now and then.
        tokio::time::advance(Duration::from_millis(chance.below(40))).await;
        if has_room && !self.is_read {
            match timeout(TURN_WAIT, self.feed.next()).await {
                Ok(input) => {
                    turn = Turn::Busy;
                    self.take(input?).await;
                }
                Err(_nothing_came) => {}
            }
        } else {
            // Time passes for the publisher.
            tokio::time::sleep(TURN_WAIT).await;
        }
        for (shard, saving) in &mut self.shards {
            shard.switch_some(usize::try_from(chance.below(4)).unwrap_or(0));
            let rows = 1 + usize::try_from(chance.below(40)).unwrap_or(0);
            *saving = saving.take().and_then(|saving| saving.go_on(shard, rows));
        }
        for _ in 0..chance.below(6) {
            tokio::task::yield_now().await;
        }
        self.keep();
        if self.publisher.is_finished() {
            (&mut self.publisher).await.context("the publisher was lost")??;
            return Ok(Turn::Ended);
        }
        if self.is_read && self.shards.iter().all(|(_, saving)| saving.is_none()) && self.to_keep.is_none() {
            // Nothing more is decided: the publisher ends when all is published.
            self.decided = None;
        }
        Ok(turn)
    }

    async fn take(&mut self, input: Option<milepost_runtime::intake::Input>) {
        let Some(input) = input else {
            self.is_read = true;
            return;
        };
        let mut sequenced = self.sequencer.sequence(self.intake.decode(input));
        let mut tasks: Vec<Task> = std::mem::take(&mut sequenced.work).into_iter().map(Task::new).collect();
        // Shards wait for each other where an hour begins.
        let mut waits = true;
        while waits {
            waits = false;
            for ((shard, _), task) in self.shards.iter_mut().zip(&mut tasks) {
                waits |= task.go_on(shard, None, Some(&self.exchange)) != Progress::Done;
            }
        }
        let mut outcomes = Vec::new();
        for ((shard, saving), task) in self.shards.iter_mut().zip(tasks) {
            if let Some(order) = task.save() {
                *saving = Some(Underway::begin(shard, order));
            }
            outcomes.push(task.outcome());
        }
        let outgo = gather(sequenced, outcomes);
        self.told.extend(outgo.jobs.iter().map(|job| job.job_id().to_owned()));
        if let Some(decided) = &self.decided {
            // There was room before; when the publisher is gone, its end says why.
            drop(decided.try_send(outgo));
        }
    }

    /// Lets the keeper write what all shards have written.
    fn keep(&mut self) {
        if self.to_keep.is_none() {
            self.to_keep = self.saved.try_recv().ok();
        }
        if self.shards.iter().all(|(_, saving)| saving.is_none())
            && let Some(saved) = self.to_keep.take()
        {
            // An alarm says so; the engine goes on.
            drop(self.keeper.keep(saved));
        }
    }

    /// Tells it to save and to stop.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Where it stands, for a message.
    #[must_use]
    pub fn state(&self) -> String {
        format!(
            "is at message {}; read to the end: {}; room for decisions: {:?}; saving: {}; alarms: {}",
            self.position(),
            self.is_read,
            self.decided.as_ref().map(mpsc::Sender::capacity),
            self.shards.iter().filter(|(_, saving)| saving.is_some()).count(),
            self.metrics.alarms.json()
        )
    }

    /// Last message that all is published of.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.metrics.position.load(Ordering::Relaxed)
    }

    /// Of the jobs that it decided one that does not stand in their stream.
    #[must_use]
    pub fn untold(&self, jobs: &[Published]) -> Option<&str> {
        let published: BTreeSet<&str> = jobs.iter().map(|job| job.item.id.as_str()).collect();
        let mut told = self.told.iter().map(String::as_str);
        told.find(|id| !published.contains(id))
    }

    /// What the shards hold at the end.
    #[must_use]
    pub fn rows(mut self) -> Vec<String> {
        let now = self.metrics.now();
        let shards = self.shards.drain(..).map(|(mut shard, _)| {
            shard.switch_some(usize::MAX);
            shard
        });
        let shards: Vec<Shard> = shards.collect();
        crate::rows::rows(&shards, now)
    }
}

impl Drop for Life {
    /// It dies where it stands.
    fn drop(&mut self) {
        self.publisher.abort();
    }
}
