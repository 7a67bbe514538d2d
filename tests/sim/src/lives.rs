//! Engines that meet every trouble that a seed can think of: they are killed, their machines lose power in the middle of a
//! call, their disks fail, run full and rot, the server of the log goes away, loses its end, changes its leader, answers late
//! or never, has no room; clocks jump; and engines that were thought dead go on.

mod kept;
mod trouble;

use crate::disk::{DiskFaults, SimulatedDisk};
use crate::feed::{Feed, Sending};
use crate::life::{Life, Site, Turn};
use kept::Kept;
use milepost_connectors::log::{
    Append, Control, Faults, Log, LogError, LogReader, Message, Outlet, Published, SimulatedLog,
};
use milepost_loadgen::rng::Rng;
use milepost_model::{HOUR_MS, Timestamp};
use milepost_runtime::alarms::Fault;
use milepost_runtime::rule_texts::Rules;
use std::time::Duration;

/// The stream of chance that decides what happens.
const FATE: u64 = 0x6661_7465;
/// Turns after which troubles end, so that a run does.
const TROUBLED_TURNS: u32 = 400;
/// Turns that an engine without troubles may take to come to its end.
const QUIET_TURNS: u32 = 20_000;
/// Machines that engines run on, each with a disk of its own.
const HOSTS: usize = 2;

/// What a run may meet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Troubles {
    /// Of a hundred messages, how many the log stores twice.
    pub doubled_percent: u8,
    /// Messages of one append may pass those of other shares.
    pub reordered: bool,
    /// Engines are killed, and asked to stop.
    pub kills: bool,
    /// Machines lose their power, with what their disks had not synced.
    pub power: bool,
    /// Disks give errors, and run full.
    pub disks: bool,
    /// Bits turn on disks.
    pub rot: bool,
    /// The server goes away and comes back, changes its leader, answers late, in part or never, and has no room.
    pub network: bool,
    /// The server loses its power, and a part of what it acknowledged.
    pub log_losses: bool,
    /// Engines that were thought dead go on beside their successors.
    pub zombies: bool,
    /// Clocks of machines are two days off, one way or the other.
    pub clocks: bool,
}

impl Troubles {
    /// None at all.
    pub const NONE: Self = Self {
        doubled_percent: 0,
        reordered: false,
        kills: false,
        power: false,
        disks: false,
        rot: false,
        network: false,
        log_losses: false,
        zombies: false,
        clocks: false,
    };

    /// Those of a seed: any of them together.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut chance = Rng::new(seed, FATE, 1);
        let mut draw = || chance.permille(450);
        Self {
            doubled_percent: if draw() { 8 } else { 0 },
            reordered: draw(),
            kills: draw(),
            power: draw(),
            disks: draw(),
            rot: draw(),
            network: draw(),
            log_losses: draw(),
            zombies: draw(),
            clocks: draw(),
        }
    }
}

/// What came of it all.
#[derive(Clone, Debug, Default)]
pub struct Ending {
    /// The log of scans as it finally stands.
    pub messages: Vec<Message>,
    /// All jobs that were published, in the order of their stream.
    pub jobs: Vec<Published>,
    /// All rejects.
    pub rejects: Vec<Published>,
    /// Rows at the end.
    pub rows: Vec<String>,
    /// What happened, in order; two runs of a seed give the same.
    pub trace: Vec<String>,
    /// Engines that were started.
    pub lives: u32,
    /// Starts that were refused, since the streams had lost what was read or published.
    pub refused: u32,
    /// The log was taken as it is: state and jobs then know of messages that are in no log any more.
    pub rebased: bool,
    /// How often.
    pub rebases: u32,
    /// Engines that stopped since another one had taken over.
    pub superseded: u32,
    /// Snapshots that were written, and those that could not be.
    pub snapshots: u64,
    /// Snapshots that could not be written.
    pub snapshots_failed: u64,
    /// Starts that passed over a snapshot.
    pub passed_over: u32,
    /// Jobs kept back because their stream held them already.
    pub covered: u64,
}

impl Ending {
    /// Adds the figures of another run.
    pub fn add(&mut self, other: &Self) {
        self.lives += other.lives;
        self.refused += other.refused;
        self.rebases += other.rebases;
        self.superseded += other.superseded;
        self.snapshots += other.snapshots;
        self.snapshots_failed += other.snapshots_failed;
        self.passed_over += other.passed_over;
        self.covered += other.covered;
    }
}

struct Run<'a> {
    feed: &'a Feed,
    troubles: Troubles,
    chance: Rng,
    site: Site,
    disks: Vec<SimulatedDisk>,
    /// The engine that runs, and on which machine.
    life: Option<(Life, usize)>,
    /// An engine that was thought dead, and its machine.
    zombie: Option<(Life, usize)>,
    /// Messages that the producer knows to be in the log, and the number that each got.
    sent: Vec<u64>,
    /// Starts of engines so far.
    starts: u32,
    /// The next start takes the log as it is.
    rebase: bool,
    /// The log may have lost something.
    log_lost: bool,
    /// An engine was started after all that was lost: what was published last is only missed then.
    is_confirmed: bool,
    /// Not all that the last engine decides is to be published.
    is_forgiven: bool,
    /// What was saved on the machines.
    kept: Kept,
    ending: Ending,
}

/// Runs a feed through engines that meet these troubles.
///
/// # Errors
/// What must not happen, in words, with the trace.
///
/// # Panics
/// When there is no memory for a runtime.
pub fn run(feed: &Feed, rules: &Rules, troubles: Troubles) -> Result<Ending, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    let runtime = runtime.expect("a runtime of one thread needs nothing");
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let mut run = Run::new(feed, rules, troubles);
        match run.go().await {
            Ok(()) => Ok(run.ending),
            Err(why) => {
                let trace = &run.ending.trace;
                let from = trace.len().saturating_sub(60);
                let last = trace.get(from..).unwrap_or_default().join("\n  ");
                Err(format!("{why}\ntroubles: {troubles:?}\nwhat went before:\n  {last}"))
            }
        }
    })
}

impl<'a> Run<'a> {
    fn new(feed: &'a Feed, rules: &Rules, troubles: Troubles) -> Self {
        let faults = Faults {
            doubled_percent: troubles.doubled_percent,
            reordered: troubles.reordered,
            synced_at_once: !troubles.log_losses,
        };
        let disks: Vec<SimulatedDisk> = (0..HOSTS as u64)
            .map(|number| SimulatedDisk::new(feed.seed, number))
            .collect();
        let site = Site {
            name: String::new(),
            log: SimulatedLog::new(feed.seed, faults, Timestamp::from_millis(1)),
            disk: SimulatedDisk::new(feed.seed, HOSTS as u64),
            clock: feed.clock,
            shards: usize::try_from(1 + feed.seed % 4).unwrap_or(1),
            rules: rules.clone(),
        };
        Self {
            feed,
            troubles,
            chance: Rng::new(feed.seed, FATE, 0),
            site,
            disks,
            life: None,
            zombie: None,
            sent: Vec::new(),
            starts: 0,
            rebase: false,
            log_lost: false,
            is_confirmed: false,
            is_forgiven: false,
            kept: Kept::default(),
            ending: Ending::default(),
        }
    }

    fn note(&mut self, what: impl Into<String>) {
        let what = what.into();
        if self.ending.trace.last() != Some(&what) {
            self.ending.trace.push(what);
        }
    }

    async fn go(&mut self) -> Result<(), String> {
        for _ in 0..TROUBLED_TURNS {
            self.send().await;
            self.trouble().await;
            self.turn().await?;
            if self.sent.len() == self.feed.sendings.len() && self.chance.permille(100) {
                break;
            }
        }
        self.heal();
        self.note("troubles are over");
        for _ in 0..QUIET_TURNS {
            self.send().await;
            self.turn().await?;
            if self.is_done().await && self.end().await? {
                return Ok(());
            }
        }
        let state = self.site.log.state().await.map_err(|error| error.to_string())?;
        Err(format!(
            "no end in sight: {} of {} sent, the log ends at {}, the engine {}, a zombie {}",
            self.sent.len(),
            self.feed.sendings.len(),
            state.last_sequence,
            self.life
                .as_ref()
                .map_or("is none".to_owned(), |(life, _)| life.state()),
            self.zombie
                .as_ref()
                .map_or("is none".to_owned(), |(life, _)| life.state()),
        ))
    }

    /// The producer hands over some messages, and keeps what is not acknowledged.
    async fn send(&mut self) {
        let rest = self.feed.sendings.get(self.sent.len()..).unwrap_or_default();
        let count = usize::try_from(self.chance.below(12)).unwrap_or(0).min(rest.len());
        let chunk = rest.get(..count).unwrap_or_default();
        for group in chunk.chunks(if self.troubles.reordered { 8 } else { 1 }) {
            let now = group.last().map_or(Timestamp::MIN, |last| last.at);
            let appends = group.iter().map(|sending| self.append(sending)).collect();
            match self.site.log.append(now, appends).await {
                Ok(numbers) => self.sent.extend(numbers),
                Err(_away) => return,
            }
        }
    }

    /// A message as its producer writes it; the clock of whoever writes ticks may be wrong by days.
    fn append(&self, sending: &Sending) -> Append {
        let append = &sending.append;
        match Control::parse(&append.payload) {
            Ok(Control::Tick(at)) if self.troubles.clocks && append.to.partition().is_none() => {
                let off = if at.millis() % 2 == 0 { 48 } else { -48 };
                Control::Tick(at.plus(off * HOUR_MS)).append()
            }
            Ok(Control::Tick(_) | Control::Rules(_) | Control::Formats(_) | Control::Engine { .. }) | Err(_) => {
                append.clone()
            }
        }
    }

    /// The engine does something, if there is one; else one is started.
    async fn turn(&mut self) -> Result<(), String> {
        self.turn_of_a_zombie().await?;
        let Some((life, host)) = &mut self.life else {
            return self.start().await;
        };
        let host = *host;
        let turned = life.turn(&mut self.chance).await;
        self.kept.note(host, life);
        if self.disks.get(host).is_some_and(SimulatedDisk::is_dead) {
            self.note(format!("host {host} is without power"));
            self.bury();
            self.disks.iter().for_each(SimulatedDisk::restart_if_dead);
            return Ok(());
        }
        match turned {
            Ok(Turn::Busy | Turn::Idle) => Ok(()),
            Ok(Turn::Ended) => {
                self.note("stopped as told");
                self.bury();
                Ok(())
            }
            Err(error) => {
                self.bury();
                self.judge(&error, "running")
            }
        }
    }

    async fn start(&mut self) -> Result<(), String> {
        let host = match &self.zombie {
            Some((_, host)) => (host + 1) % HOSTS,
            None if self.troubles.zombies => usize::try_from(self.chance.below(HOSTS as u64)).unwrap_or(0),
            None => 0,
        };
        if let Some(disk) = self.disks.get(host) {
            disk.restart_if_dead();
            self.site.disk = disk.clone();
        }
        self.starts += 1;
        self.site.name = format!("engine {}", self.starts);
        match Life::start(&self.site, self.rebase, &mut self.chance).await {
            Ok(life) => {
                self.ending.lives += 1;
                self.ending.passed_over += u32::from(life.remarks.iter().any(|remark| remark.contains("passed over")));
                self.note(format!("starts on host {host}: {}", life.remarks.join("; ")));
                self.ending.rebased |= self.rebase;
                self.ending.rebases += u32::from(self.rebase);
                // Who takes a loss of jobs as it is goes on without them; who reads a log anew after another, over another state,
                // counts episodes otherwise, and what that one has told is told.
                let says = |what: &str| life.remarks.iter().any(|remark| remark.contains(what));
                self.is_forgiven |=
                    says("is not published again") || says("an engine after this state took the log as it is");
                self.rebase = false;
                if !self.log_lost && !self.troubles.rot {
                    self.kept.check(host, &life)?;
                }
                self.life = Some((life, host));
                Ok(())
            }
            Err(error) => self.judge(&error, "starting"),
        }
    }

    /// Whether an engine had a reason to stop.
    fn judge(&mut self, error: &anyhow::Error, during: &str) -> Result<(), String> {
        self.note(format!("{during}: {error:#}"));
        match error.downcast_ref::<LogError>() {
            Some(LogError::Unreachable { .. }) => Ok(()),
            // Of a log that lost nothing this is a lie.
            Some(LogError::StreamRegressed { .. } | LogError::PublishedLost { .. }) if self.log_lost => {
                self.ending.refused += 1;
                self.rebase = during == "starting";
                Ok(())
            }
            // The log lost what both took over with, or something late is of a log that was taken as it is.
            Some(LogError::Superseded { .. }) if self.log_lost => Ok(()),
            _ => Err(format!("an engine stopped while {during}: {error:#}")),
        }
    }

    async fn turn_of_a_zombie(&mut self) -> Result<(), String> {
        if !self.chance.permille(300) {
            return Ok(());
        }
        let Some((mut zombie, host)) = self.zombie.take() else {
            return Ok(());
        };
        let turned = zombie.turn(&mut self.chance).await;
        self.kept.note(host, &zombie);
        match turned {
            Ok(Turn::Busy | Turn::Idle) => {
                self.zombie = Some((zombie, host));
                Ok(())
            }
            Ok(Turn::Ended) => {
                self.note("a zombie had been told to stop, and has");
                Ok(())
            }
            Err(error) => match error.downcast_ref::<LogError>() {
                Some(LogError::Superseded { .. }) => {
                    self.note(format!("a zombie stops: {error:#}"));
                    self.ending.superseded += 1;
                    Ok(())
                }
                _ => self.judge(&error, "running as a zombie"),
            },
        }
    }

    /// The engine that ran is no more.
    fn bury(&mut self) {
        if let Some((life, _)) = self.life.take() {
            self.count(&life);
        }
    }

    fn count(&mut self, life: &Life) {
        use std::sync::atomic::Ordering::Relaxed;
        self.ending.covered += life.metrics.jobs_covered.load(Relaxed);
        self.ending.snapshots += life.metrics.snapshots.load(Relaxed);
        self.ending.snapshots_failed += life.metrics.alarms.times(Fault::SnapshotFailed);
    }

    fn heal(&mut self) {
        self.site.log.set_away(false);
        self.site.log.set_full(false);
        self.site.log.deliver_late();
        for disk in &self.disks {
            disk.set_faults(DiskFaults::default());
            disk.restart_if_dead();
        }
    }

    /// All was sent, read, decided and published, and nobody is left who thinks that it is in charge.
    async fn is_done(&self) -> bool {
        let Ok(state) = self.site.log.state().await else {
            return false;
        };
        let all_sent = self.sent.len() == self.feed.sendings.len();
        let is_read = self
            .life
            .as_ref()
            .is_some_and(|(life, _)| life.position() >= state.last_sequence);
        // A successor's message may be among what the log lost: then nothing tells the one before it but a refusal.
        all_sent && is_read && (self.zombie.is_none() || self.log_lost)
    }

    /// The last engine stops as told, and everything is read back; whether it did. Saving, it may find what was lost before.
    async fn end(&mut self) -> Result<bool, String> {
        let Some((mut life, host)) = self.life.take() else {
            return Err("nobody is left".to_owned());
        };
        life.stop();
        let mut turns = 0;
        loop {
            let turned = life.turn(&mut self.chance).await;
            self.kept.note(host, &life);
            match turned {
                Ok(Turn::Ended) => break,
                Ok(Turn::Busy | Turn::Idle) => {}
                Err(error) => {
                    self.judge(&error, "ending")?;
                    return Ok(false);
                }
            }
            turns += 1;
            if turns > QUIET_TURNS {
                return Err("the last engine does not stop".to_owned());
            }
        }
        self.count(&life);
        if self.log_lost && !self.is_confirmed {
            self.is_confirmed = true;
            return Ok(false);
        }
        let read = async {
            let mut messages = Vec::new();
            let mut reader = self.site.log.read(1).await?;
            loop {
                let more = reader.next(usize::MAX, Duration::ZERO).await?;
                if more.is_empty() {
                    break;
                }
                messages.extend(more);
            }
            let jobs = self.site.log.published(Outlet::Jobs, 1, usize::MAX).await?;
            let rejects = self.site.log.published(Outlet::Rejects, 1, usize::MAX).await?;
            Ok::<_, LogError>((messages, jobs, rejects))
        };
        let (messages, jobs, rejects) = read.await.map_err(|error| error.to_string())?;
        // Nothing was lost since it began: so this holds of a log that was taken as it is, too.
        if let Some(id) = life.untold(&jobs).filter(|_| !self.is_forgiven) {
            return Err(format!("the last engine decided {id}, and no such job was published"));
        }
        self.ending.rows = life.rows();
        self.ending.messages = messages;
        self.ending.jobs = jobs;
        self.ending.rejects = rejects;
        Ok(true)
    }
}
