//! Engines that end at bad moments: memory is lost, the log loses what it had not synced, answers get lost, snapshots are
//! torn. The next life goes on from the newest good snapshot and from what the streams themselves say.

use crate::engine::{Engine, Outcome};
use crate::feed::Feed;
use milepost_connectors::log::{
    Cut, Ends, Faults, HighWater, Lineage, Log, LogError, LogReader, Message, Outgoing, Outlet, Publication, Published,
    SimulatedLog, SimulatedReader, verify_cut,
};
use milepost_core::{Clock, Timeline};
use milepost_loadgen::rng::Rng;
use milepost_model::{Job, PARTITIONS, Timestamp};
use milepost_rules::RuleSet;
use std::sync::Arc;
use std::time::Duration;

/// The stream of chance that decides when lives end.
const FATE: u64 = 0x6661_7465;
/// Generations of snapshots that are kept.
const GENERATIONS: usize = 3;
/// Lives of one run; the last one is left alone.
const LIVES: u32 = 6;

/// What a run may meet besides the end of engines.
#[derive(Clone, Copy, Debug)]
pub struct Troubles {
    /// Of a hundred messages, how many the log stores twice.
    pub doubled_percent: u8,
    /// Messages of one append may pass those of other shares.
    pub reordered: bool,
    /// The log loses its power together with the engine, and a part of what it had not synced.
    pub power_losses: bool,
    /// A rival publishes to a share of the jobs.
    pub rival: bool,
}

/// What came of it all.
#[derive(Debug)]
pub struct Ending {
    /// Whose time counted.
    pub clock: Clock,
    /// The log of scans as it finally stands.
    pub messages: Vec<Message>,
    /// All jobs that were published, in the order of their stream.
    pub published: Vec<Published>,
    /// Rows at the end of the last life, `None` if it was refused a start or fenced.
    pub rows: Option<Vec<String>>,
    /// Why the run ended early.
    pub stopped_by: Option<LogError>,
    /// Lives that were lived.
    pub lives: u32,
    /// Snapshots that a life went on from.
    pub restored: u32,
    /// Snapshots passed over: torn, or of a log that went back.
    pub passed_over: u32,
    /// Jobs kept back because their stream held them already.
    pub covered: u64,
}

struct Saved {
    cut: Cut,
    timeline: Timeline,
    /// The rules in force then.
    rules: Arc<RuleSet>,
    shards: Vec<Vec<u8>>,
    /// Where each share of the jobs ended: a stream that ends before has lost jobs which this state rests on.
    ends: Vec<u64>,
}

struct Run<'a> {
    feed: &'a Feed,
    rules: &'a Arc<RuleSet>,
    troubles: Troubles,
    rng: Rng,
    log: SimulatedLog,
    /// Messages handed to the log, and the number that each got.
    sent: Vec<u64>,
    generations: Vec<Saved>,
    ending: Ending,
}

struct Life {
    engine: Engine,
    reader: SimulatedReader,
    marks: Vec<HighWater>,
    cut: Cut,
}

/// Whether a life goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Lives,
    Ends,
}

/// Runs a feed through engines that end at bad moments.
///
/// # Errors
/// When the log refuses what it should not.
pub async fn run(feed: &Feed, rules: &Arc<RuleSet>, troubles: Troubles) -> Result<Ending, LogError> {
    let faults = Faults {
        doubled_percent: troubles.doubled_percent,
        reordered: troubles.reordered,
        synced_at_once: !troubles.power_losses,
    };
    let ending = Ending {
        clock: feed.clock,
        messages: Vec::new(),
        published: Vec::new(),
        rows: None,
        stopped_by: None,
        lives: 0,
        restored: 0,
        passed_over: 0,
        covered: 0,
    };
    let mut run = Run {
        feed,
        rules,
        troubles,
        rng: Rng::new(feed.seed, FATE, u64::from(troubles.power_losses)),
        log: SimulatedLog::new(feed.seed, faults, Timestamp::from_millis(1)),
        sent: Vec::new(),
        generations: Vec::new(),
        ending,
    };
    loop {
        run.ending.lives += 1;
        match run.live().await {
            Ok(Fate::Lives) => break,
            Ok(Fate::Ends) => run.lose_power().await?,
            Err(error @ (LogError::Fenced { .. } | LogError::StreamRegressed { .. })) => {
                run.ending.stopped_by = Some(error);
                break;
            }
            Err(error) => return Err(error),
        }
    }
    let mut ending = run.ending;
    let mut reader = run.log.read(1).await?;
    loop {
        let more = reader.next(usize::MAX, Duration::ZERO).await?;
        if more.is_empty() {
            break;
        }
        ending.messages.extend(more);
    }
    ending.published = run.log.published(Outlet::Jobs, 1, usize::MAX).await?;
    Ok(ending)
}

impl Run<'_> {
    /// One life: from the newest good snapshot to its end, or to the end of the feed.
    async fn live(&mut self) -> Result<Fate, LogError> {
        let mut life = self.begin().await?;
        let rival_at = self
            .troubles
            .rival
            .then(|| self.rng.below(self.feed.sendings.len() as u64));
        loop {
            self.send().await?;
            let max = usize::try_from(1 + self.rng.below(60)).unwrap_or(1);
            let messages = life.reader.next(max, Duration::ZERO).await?;
            let Some(last) = messages.last() else {
                if self.sent.len() == self.feed.sendings.len() {
                    life.engine.finish_switch();
                    self.ending.rows = Some(crate::rows::rows(&life.engine.shards, life.engine.timeline.now()));
                    return Ok(Fate::Lives);
                }
                continue;
            };
            let mut outcome = Outcome::default();
            life.engine.handle(&messages, &mut outcome);
            life.cut = Cut {
                sequence: last.position.sequence,
                hash: last.hash(),
                ..life.cut
            };
            if rival_at.is_some_and(|at| self.sent.len() as u64 > at) {
                self.meet_rival(&outcome.jobs);
            }
            if self.ends() || self.publish(&mut life, outcome.jobs).await? == Fate::Ends || self.ends() {
                return Ok(Fate::Ends);
            }
            if self.rng.permille(60) {
                self.save(&life);
            }
            if self.rng.permille(150) {
                self.log.sync();
            }
        }
    }

    fn ends(&mut self) -> bool {
        let ends = self.rng.permille(12);
        ends && self.ending.lives < LIVES && !self.troubles.rival
    }

    /// The newest snapshot that is whole and rests on what the streams still hold; else the beginning.
    async fn begin(&mut self) -> Result<Life, LogError> {
        let state = self.log.state().await?;
        let mut marks = Vec::new();
        for share in 0..PARTITIONS {
            marks.push(self.log.high_water(Outlet::Jobs, share).await?);
        }
        let reached = marks
            .iter()
            .filter_map(|mark| mark.reached)
            .map(|(position, _)| position.sequence)
            .max();
        if reached.is_some_and(|reached| reached > state.last_sequence) {
            // Jobs outlived the scans that they rest on: what comes next would get the numbers of what was lost.
            let found = "its jobs rest on messages that it lost".to_owned();
            return Err(LogError::StreamRegressed {
                stream: state.name,
                sequence: reached.unwrap_or(0),
                found,
            });
        }
        let hash_seed = self.rng.bits();
        while let Some(saved) = self.generations.last() {
            let whole = Engine::restore(&saved.rules, saved.timeline, &saved.shards, hash_seed);
            let has_jobs = saved
                .ends
                .iter()
                .zip(&marks)
                .all(|(end, mark)| *end <= mark.last_sequence);
            match (whole, verify_cut(&self.log, &saved.cut).await) {
                (Ok(engine), Ok(())) if has_jobs => {
                    let engine = engine.with_pauses(hash_seed);
                    self.ending.restored += 1;
                    let cut = saved.cut.clone();
                    let reader = self.log.read(cut.sequence + 1).await?;
                    return Ok(Life {
                        engine,
                        reader,
                        marks,
                        cut,
                    });
                }
                _ => {
                    self.ending.passed_over += 1;
                    self.generations.pop();
                }
            }
        }
        let shards = usize::try_from(1 + self.feed.seed % 4).unwrap_or(1);
        let engine = Engine::new(self.rules, self.feed.clock, shards, hash_seed);
        let reader = self.log.read(1).await?;
        Ok(Life {
            engine,
            reader,
            marks,
            cut: Cut {
                created: state.created,
                sequence: 0,
                hash: 0,
            },
        })
    }

    /// The producer hands over some messages.
    async fn send(&mut self) -> Result<(), LogError> {
        let rest = self.feed.sendings.get(self.sent.len()..).unwrap_or_default();
        let count = usize::try_from(self.rng.below(80)).unwrap_or(0).min(rest.len());
        let chunk = rest.get(..count).unwrap_or_default();
        for group in chunk.chunks(if self.troubles.reordered { 8 } else { 1 }) {
            let now = group.last().map_or(Timestamp::MIN, |last| last.at);
            let appends = group.iter().map(|sending| sending.append.clone()).collect();
            let numbers = self.log.append(now, appends).await?;
            self.sent.extend(numbers);
        }
        Ok(())
    }

    async fn publish(&mut self, life: &mut Life, jobs: Vec<Job>) -> Result<Fate, LogError> {
        let now = life.engine.timeline.now();
        for (share, mark) in (0..PARTITIONS).zip(&mut life.marks) {
            let decided = jobs.iter().filter(|job| job.partition == share);
            let mut rest: Vec<&Job> = decided.collect();
            loop {
                let before = rest.len();
                rest.retain(|job| !mark.covers(job.position, job.index));
                self.ending.covered += (before - rest.len()) as u64;
                if rest.is_empty() {
                    break;
                }
                // In one piece or in several, so that an end can fall between them.
                let count = 1 + usize::try_from(self.rng.below(rest.len() as u64)).unwrap_or(0);
                let items: Vec<Outgoing> = rest.iter().take(count).map(|job| outgoing(job)).collect();
                if self.rng.permille(20) {
                    self.log.lose_next_answer(self.rng.permille(500));
                }
                let mut ends = Ends::default();
                ends.set(share, mark.last_sequence);
                let publication = Arc::new(Publication {
                    outlet: Outlet::Jobs,
                    ends,
                    items,
                });
                match self.log.publish(now, publication).await {
                    Err(unpublished) if !matches!(unpublished.error, LogError::Unreachable { .. }) => {
                        return Err(unpublished.error);
                    }
                    Ok(_) | Err(_) => *mark = self.log.high_water(Outlet::Jobs, share).await?,
                }
                if self.ends() {
                    return Ok(Fate::Ends);
                }
            }
        }
        Ok(Fate::Lives)
    }

    /// Saves once everything before is published; now and then the disk tears it.
    fn save(&mut self, life: &Life) {
        let mut shards = life.engine.save();
        if self.rng.permille(150)
            && let Some(bytes) = shards.first_mut()
        {
            let length = self.rng.below(bytes.len() as u64);
            bytes.truncate(usize::try_from(length).unwrap_or(0));
        }
        let ends = life.marks.iter().map(|mark| mark.last_sequence).collect();
        self.generations.push(Saved {
            cut: life.cut.clone(),
            timeline: life.engine.timeline,
            rules: Arc::clone(&life.engine.rules),
            shards,
            ends,
        });
        if self.generations.len() > GENERATIONS {
            self.generations.remove(0);
        }
    }

    /// After an end: with power losses the log goes back too, and the producer sends again what was lost.
    async fn lose_power(&mut self) -> Result<(), LogError> {
        if !self.troubles.power_losses || self.rng.permille(400) {
            return Ok(());
        }
        self.log.crash();
        let last = self.log.state().await?.last_sequence;
        let kept = self
            .sent
            .iter()
            .position(|number| *number > last)
            .unwrap_or(self.sent.len());
        self.sent.truncate(kept);
        Ok(())
    }

    /// Somebody else publishes the first of our jobs before us.
    fn meet_rival(&self, jobs: &[Job]) {
        if let Some(job) = jobs.first() {
            self.log
                .rival_publishes(Timestamp::from_millis(2), Outlet::Jobs, outgoing(job));
        }
    }
}

fn outgoing(job: &Job) -> Outgoing {
    let payload = job.json.clone().into_bytes().into();
    Outgoing {
        partition: job.partition,
        position: job.position,
        lineage: Lineage::default(),
        index: job.index,
        id: job.job_id().to_owned(),
        payload,
    }
}
