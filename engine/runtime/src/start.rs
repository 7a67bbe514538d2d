//! Where an engine goes on: the newest state that is whole, that the log continues, and of which the streams of jobs and
//! rejects still hold what it had published. Then it takes over, with a message of the log.

mod bearings;

use crate::alarms::Alarms;
use crate::feed::{Feed, Pace};
use crate::format_texts::{FormatSet, FormatsStatus};
use crate::keep::Keeper;
use crate::learning::Exchange;
use crate::metrics::Metrics;
use crate::publish::{Owner, Publisher};
use crate::rule_texts::Rules;
use crate::saving::{SaveState, Saved};
use crate::snapshots::{Manifest, Snapshots};
use anyhow::{Context, Result, bail};
use bearings::{Bearings, PassedOver};
use crossbeam_channel::{Receiver, bounded};
use milepost_connectors::log::{
    AnyLog, Control, Cut, HighWater, Lineage, Log, LogError, OutletCut, Published, Reread, StreamState, Term,
};
use milepost_core::{Clock, Learning, Shard, Timeline};
use milepost_model::Timestamp;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What an engine shall be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Whose time counts.
    pub clock: Clock,
    /// Shards of a state that begins; one that is restored keeps its own.
    pub shards: usize,
    /// The key of hash tables; it shows nowhere.
    pub hash_seed: u64,
    /// Rules of a state that begins.
    pub rules: Rules,
    /// Formats of a state that begins.
    pub formats: FormatSet,
    /// Whether a log that does not continue the state is taken as it is.
    pub rebase: bool,
}

/// A state, and where the log goes on after it.
pub struct Start {
    /// The shards.
    pub shards: Vec<Shard>,
    /// The log's time.
    pub timeline: Timeline,
    /// The rules in force.
    pub rules: Rules,
    /// The formats by which the log is read on.
    pub formats: FormatSet,
    /// What was learned of lanes.
    pub learning: Learning,
    /// Up to where the log is in the state.
    pub cut: Cut,
    /// The generation that it comes from and those which that follows, the whole one first; empty for a state that begins.
    pub chain: Vec<Manifest>,
    /// The log, and who took it as it is.
    pub lineage: Lineage,
    /// See [`Owner::published`].
    pub published: [OutletCut; 2],
    /// There is a snapshot of this state which says the same of the log and of what was published. Else one is taken before
    /// anything is read: what was taken as it is once, need not be taken so again after a crash.
    pub is_saved: bool,
    /// This engine takes the log as it is, though it does not continue the state.
    is_taken: bool,
    /// Last message of the log.
    pub log_end: u64,
    /// The greatest number of a term among those who published.
    last_term: u64,
    /// What to tell whoever started the engine.
    pub remarks: Vec<String>,
}

/// What a start would meet.
#[derive(Default, Debug)]
pub struct Foreseen {
    /// Why the newest snapshot would be passed over for an older one.
    pub passed_over: Option<LogError>,
    /// Why the start would be refused.
    pub refused: Option<LogError>,
}

/// All that was published since a state was made, as far as is still known where that is, and what engines before us knew by ids.
async fn all_since(
    log: &AnyLog,
    cut: &OutletCut,
    (state, shares): (&StreamState, &[HighWater]),
) -> Result<Reread, LogError> {
    let found = log.published(cut.outlet, cut.after, 1).await?;
    let is_there =
        |found: &Published| found.sequence == cut.after && HighWater::at(found).fingerprint() == cut.after_is;
    // It may have reached its age; then less is read again than could be.
    let is_old = cut.after < state.first_sequence;
    let after = if found.first().is_some_and(is_there) || is_old {
        cut.after
    } else {
        0
    };
    let before = cut.reread.map_or(u64::MAX, |before| before.after);
    Ok(Reread {
        after: after.min(before).min(seen_before(shares)),
        up_to: state.last_sequence,
    })
}

/// After which message engines before us went by ids, as those say who published over it.
fn seen_before(shares: &[HighWater]) -> u64 {
    let seen = shares.iter().filter_map(|mark| mark.by_id_after);
    seen.min().unwrap_or(u64::MAX)
}

/// What was lost, if that was the answer; an answer that did not come is an error.
fn lost(held: Result<(), LogError>) -> Result<Option<LogError>> {
    match held {
        Ok(()) => Ok(None),
        Err(error @ LogError::PublishedLost { .. }) => Ok(Some(error)),
        Err(error) => Err(error).context("what was published cannot be read back"),
    }
}

impl Start {
    /// Finds where to go on. A state that is damaged is passed over, and so is one that rests on jobs or rejects which
    /// their streams have lost: one before it publishes them again.
    ///
    /// # Errors
    /// When the log does not continue the state, or nothing that could be read is old enough, and `rebase` was not asked
    /// for; or when the log cannot be reached.
    pub async fn find(log: &AnyLog, snapshots: &Snapshots, wanted: &Wanted, alarms: &Alarms) -> Result<Self> {
        let bearings = Bearings::take(log).await?;
        let mut passed_over = PassedOver::default();
        let restored = bearings.restore((log, snapshots), wanted, &mut passed_over).await?;
        passed_over.tell(alarms);
        let mut start = match restored {
            Some(restored) => restored,
            None if wanted.rebase => bearings.restore_any(snapshots, wanted, &mut passed_over),
            None => match &passed_over.lost {
                Some(error) => {
                    return Err(error.clone()).context("no snapshot is older than the loss; nothing was done");
                }
                None if !passed_over.damaged.is_empty() && bearings.log.first_sequence > 1 => {
                    bail!(
                        "no snapshot can be read ({}), and the log begins at message {}: what stood before it would be \
                         forgotten. Restore a snapshot into {}, or go on without it, once, with --rebase",
                        passed_over.damaged.join("; "),
                        bearings.log.first_sequence,
                        snapshots.dir().display()
                    );
                }
                None => bearings.beginning(wanted),
            },
        };
        start.remarks.splice(0..0, passed_over.remarks());
        start.check(log, &bearings, wanted.rebase).await?;
        Ok(start)
    }

    /// What a start would say of the log and the streams, told from the manifests of the snapshots alone: for who asks before
    /// a start, or beside an engine that runs.
    ///
    /// # Errors
    /// When the log or the directory cannot be read.
    pub async fn foresee(log: &AnyLog, snapshots: &Snapshots) -> Result<Foreseen> {
        let bearings = Bearings::take(log).await?;
        let mut foreseen = Foreseen::default();
        for dir in snapshots.list()?.into_iter().rev() {
            let Ok(manifest) = snapshots.manifest(&dir) else {
                continue;
            };
            if let Some(error) = lost(bearings.hold(log, &manifest.published).await)? {
                foreseen.passed_over.get_or_insert(error);
                continue;
            }
            let lineage = Lineage {
                created: manifest.cut.created,
                taken_by: manifest.taken_by,
            };
            let refused = bearings.check(log, &manifest.cut, lineage).await.err();
            // A state that was saved before anything was read goes with any log.
            foreseen.refused = refused.filter(|_| manifest.cut.hash != 0);
            if foreseen.refused.is_some() && bearings.is_taken_after(log, lineage).await? {
                foreseen.refused = None;
            }
            return Ok(foreseen);
        }
        foreseen.refused = foreseen.passed_over.take();
        Ok(foreseen)
    }

    /// Refuses a log that does not continue the state, or takes it as it is.
    async fn check(&mut self, log: &AnyLog, bearings: &Bearings, rebase: bool) -> Result<()> {
        let error = match bearings.check(log, &self.cut, self.lineage).await {
            Ok(()) => {
                let learned = self.learn(log, bearings).await;
                return learned.context("what was published cannot be read back");
            }
            Err(error @ (LogError::StreamRegressed { .. } | LogError::StreamGap { .. })) => error,
            Err(error) => return Err(error).context("the log cannot be compared with the snapshot"),
        };
        if self.cut.hash == 0 && self.cut.created != bearings.log.created {
            // It was saved before anything was read, and goes with any log.
        } else if rebase {
            self.remarks.push(format!("rebased: {error}"));
        } else if bearings.is_taken_after(log, self.lineage).await? {
            let remark = "an engine after this state took the log as it is; so it is read from its first message on";
            self.remarks.push(format!("{remark}: {error}"));
        } else {
            return Err(error).context("the log does not continue the snapshot; nothing was done");
        }
        let read = self.read_anew(log, bearings).await;
        read.context("what was published cannot be read back")
    }

    /// What engines have published that go on from other states than this one, since the log was taken as it is: they may have
    /// told at other messages what this one will.
    async fn learn(&mut self, log: &AnyLog, bearings: &Bearings) -> Result<(), LogError> {
        for (cut, (_, state, shares)) in self.published.iter_mut().zip(&bearings.outlets) {
            let (after, up_to) = cut.reread.map_or((u64::MAX, 0), |reread| (reread.after, reread.up_to));
            let mut others = shares.iter().filter(|mark| mark.last_sequence > up_to);
            let is_new = others.any(|mark| mark.lineage != self.lineage);
            if is_new || seen_before(shares) < after {
                cut.reread = Some(all_since(log, cut, (state, shares)).await?);
                self.is_saved = false;
            }
        }
        Ok(())
    }

    /// Reads the log from its first message on, over the state that there is. What was published after the state was made may be
    /// decided again, from messages with other numbers.
    async fn read_anew(&mut self, log: &AnyLog, bearings: &Bearings) -> Result<(), LogError> {
        self.lineage.created = bearings.log.created;
        self.is_taken = true;
        self.cut = bearings.before_first();
        self.is_saved = false;
        for (cut, (_, state, shares)) in self.published.iter_mut().zip(&bearings.outlets) {
            cut.reread = Some(all_since(log, cut, (state, shares)).await?);
        }
        Ok(())
    }

    /// Takes over: the message that says so is in the log when this returns, and whoever had it before stops on reading it,
    /// or on the first publication that is refused. `name` is how people call this engine; an embedded log takes the message
    /// at `now`.
    ///
    /// # Errors
    /// When the log does not take it, or cannot be read.
    pub async fn take_over(
        self,
        log: &AnyLog,
        snapshots: Snapshots,
        (metrics, formats): (&Arc<Metrics>, Arc<FormatsStatus>),
        (now, name): (Timestamp, &str),
        pace: Pace,
    ) -> Result<Stations> {
        let number = 1 + self.log_end.max(self.last_term).max(self.lineage.taken_by.number);
        let who = Term::who(name, now);
        let message = Control::Engine {
            name: name.to_owned(),
            term: number,
            who,
        };
        let sequences = log.append(now, vec![message.append()]).await;
        let sequences = sequences.context("the log does not take the message that this engine takes over")?;
        let term = Term {
            number,
            message: sequences.last().copied().unwrap_or(0),
            who,
        };
        let lineage = Lineage {
            taken_by: if self.is_taken { term } else { self.lineage.taken_by },
            ..self.lineage
        };
        let owner = Owner {
            lineage,
            term,
            published: self.published,
            expected: Arc::default(),
            stop: Arc::default(),
        };
        Metrics::set(&metrics.position, self.cut.sequence);
        let (saved_in, saved) = bounded(1);
        let publisher = Publisher::open(log.clone(), saved_in, Arc::clone(metrics), &owner).await?;
        let reader = log.read(self.cut.sequence + 1).await;
        let reader = reader.context("the log cannot be read from where we stopped")?;
        let keeper = Keeper::new(snapshots, lineage.taken_by, Arc::clone(metrics), self.chain);
        let saving = Arc::new(SaveState::new(keeper.changes_suffice()));
        let feed = Feed::new(
            reader,
            (self.cut, self.is_saved),
            pace,
            saving,
            (self.formats, formats),
            (&owner, Arc::clone(metrics)),
        );
        Ok(Stations {
            feed,
            timeline: self.timeline,
            rules: self.rules,
            exchange: Exchange::new(self.shards.len(), self.learning),
            shards: self.shards,
            publisher,
            saved,
            keeper,
            term: owner.term,
            lineage: owner.lineage,
            stop: owner.stop,
        })
    }
}

/// An engine that has taken over, in parts: who wires them, lets it run.
pub struct Stations {
    /// Reads the log.
    pub feed: Feed,
    /// For the sequence: the log's time.
    pub timeline: Timeline,
    /// For the sequence: the rules in force.
    pub rules: Rules,
    /// Where the shards learn.
    pub exchange: Arc<Exchange>,
    /// The shards.
    pub shards: Vec<Shard>,
    /// Publishes what is decided.
    pub publisher: Publisher,
    /// What the publisher hands on once all that it rests on is published.
    pub saved: Receiver<Saved>,
    /// Keeps what was saved.
    pub keeper: Keeper,
    /// Which engine it is.
    pub term: Term,
    /// Which log it reads, and who took that as it is.
    pub lineage: Lineage,
    /// Set when the engine shall stop.
    pub stop: Arc<AtomicBool>,
}
