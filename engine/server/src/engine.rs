//! A running engine: the log in, jobs out, snapshots, questions. Started, left to run, stopped.

use crate::clock::{self, Stopwatch};
use crate::config::{Config, Http};
use crate::feed::Feed;
use crate::http::{self, Live};
use crate::keep::Keeper;
use crate::metrics::Metrics;
use crate::pipeline::Pipeline;
use crate::publish::{Publisher, Queue};
use crate::questions::Questions;
use crate::rule_files::Rules;
use crate::rules_status::{RulesStatus, short};
use crate::rules_watch::RulesWatch;
use crate::saving::SaveState;
use crate::shards::Visit;
use crate::snapshots::{self, Manifest, Restored};
use anyhow::{Context, Result, anyhow, bail};
use crossbeam_channel::{Receiver, Sender, bounded};
use milepost_connectors::log::{AnyLog, Cut, Lineage, Log, Outlet, StreamState, verify_cut};
use milepost_core::{Clock, Shard, Timeline};
use milepost_model::{PARTITIONS, Timestamp};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};

/// Questions in SQL that are answered at once.
const QUESTIONS_MAX: usize = 4;
/// Questions that may wait before a shard.
const VISITS_MAX: usize = 16;

/// An engine before it runs: its log, its state, where in the log it goes on.
pub(crate) struct Engine {
    config: Config,
    /// In force where it goes on.
    rules: Rules,
    /// Those of the files; `None` when they have mistakes.
    wanted: Option<Rules>,
    rules_status: Arc<RulesStatus>,
    log_end: u64,
    log: AnyLog,
    shards: Vec<Shard>,
    timeline: Timeline,
    cut: Cut,
    /// How often the log was taken as it is.
    rebases: u32,
    /// The snapshot that it goes on from, and those that follows.
    chain: Vec<Manifest>,
    saving: Arc<SaveState>,
    /// What to tell whoever started it.
    pub(crate) remarks: Vec<String>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Engine {
    /// Opens the log and restores the newest good snapshot. With `rebase`, a log that does not continue the snapshot is
    /// taken as it is: read from its first message on, over the state that the snapshot holds.
    ///
    /// The rules are those that were in force where it goes on; where there is no snapshot, those of the settings. When those
    /// are others, the engine puts them into the log once it runs.
    pub(crate) async fn open(config: Config, rebase: bool) -> Result<Self> {
        let log = AnyLog::open(&config.log, clock::host_now())
            .await
            .context("the log cannot be opened")?;
        let state = log.state().await.context("the log cannot be asked what it holds")?;
        let seed = crate::seed::hash_seed();
        let mut remarks = Vec::new();
        let clock = config.engine.clock;
        let mut complain = |error: &anyhow::Error| remarks.push(format!("a snapshot is passed over: {error:#}"));
        let restored = snapshots::restore(&config.snapshots.dir, (clock, seed), &mut complain)?;
        let rules_status = Arc::new(RulesStatus::default());
        let (wanted, refused) = match Rules::load(config.rules_dir.as_deref()) {
            Ok(rules) => (Some(rules), None),
            // A state has rules that are good: nobody is helped by an engine that stands still.
            Err(error) if restored.is_some() => (None, Some(format!("{error:#}"))),
            Err(error) => return Err(error),
        };
        let start = match restored {
            Some(restored) => {
                remarks.extend(goes_on(&restored, config.engine.shards));
                restored
            }
            None if !remarks.is_empty() && state.first_sequence > 1 && !rebase => {
                bail!(
                    "no snapshot can be read ({}), and the log begins at message {}: what stood before it would be \
                     forgotten. Restore a snapshot into {}, or go on without it, once, with --rebase",
                    remarks.join("; "),
                    state.first_sequence,
                    config.snapshots.dir.display()
                );
            }
            None => {
                let rebases = published_rebases(&log, state.created).await?;
                let rules = wanted.clone().unwrap_or_default();
                beginning(&config, rules, (&state, rebases), seed)
            }
        };
        rules_status.begin(&start.rules.set);
        if let Some(why) = refused {
            rules_status.refuse(&why);
        }
        remarks.push(in_force(&start.rules, config.rules_dir.as_deref()));
        let mut engine = Self {
            config,
            rules: start.rules,
            wanted,
            rules_status,
            log_end: state.last_sequence,
            log,
            shards: start.shards,
            timeline: start.timeline,
            cut: start.cut,
            rebases: start.rebases,
            saving: Arc::new(SaveState::new(!start.chain.is_empty())),
            chain: start.chain,
            remarks,
            metrics: Arc::new(Metrics::default()),
        };
        engine.check_cut(state.created, state.first_sequence, rebase).await?;
        Ok(engine)
    }

    async fn check_cut(&mut self, created: Timestamp, first_sequence: u64, rebase: bool) -> Result<()> {
        if self.cut.hash == 0 {
            // It was saved before anything was read.
            if self.cut.created != created {
                self.cut = before_first(created, first_sequence);
                self.rebases = published_rebases(&self.log, created).await?;
            }
            return Ok(());
        }
        match verify_cut(&self.log, &self.cut).await {
            Ok(()) => Ok(()),
            Err(error) if rebase => {
                self.remarks.push(format!("rebased: {error}"));
                self.rebases += 1;
                self.cut = before_first(created, first_sequence);
                Ok(())
            }
            Err(error) => Err(error).context(
                "the log does not continue the snapshot; nothing was done. To take the log as it is, start once with \
                 --rebase: jobs that its messages caused before may then go out again",
            ),
        }
    }

    /// The engine's log.
    pub(crate) fn log(&self) -> AnyLog {
        self.log.clone()
    }

    fn keeper(&self) -> Keeper {
        Keeper {
            log: self.log.clone(),
            runtime: Handle::current(),
            rebases: self.rebases,
            snapshots: self.config.snapshots.clone(),
            tables: self.config.tables.clone(),
            metrics: Arc::clone(&self.metrics),
            chain: self.chain.clone(),
        }
    }

    fn watch(&self) -> RulesWatch {
        RulesWatch {
            dir: self.config.rules_dir.clone(),
            every: self.config.rules_every,
            log: self.log.clone(),
            metrics: Arc::clone(&self.metrics),
            status: Arc::clone(&self.rules_status),
            wanted: self.wanted.clone(),
            log_end: self.log_end,
        }
    }

    /// Starts all stations. The engine runs until [`Running::stop`] or until it fails.
    pub(crate) async fn start(self) -> Result<Running> {
        let (keeper, watch) = (self.keeper(), self.watch());
        let Self {
            config,
            rules,
            rules_status,
            log,
            shards,
            timeline,
            cut,
            rebases,
            metrics,
            saving,
            chain,
            ..
        } = self;
        let stop = Arc::new(AtomicBool::new(false));
        Metrics::set(&metrics.position, cut.sequence);
        let (saved_in, saved) = bounded(1);
        let keeper = spawn_blocking(move || keeper.run(&saved));
        let listener = listen(config.http.as_ref()).await?;
        let created = cut.created;
        let owner = (Arc::clone(&stop), Lineage { created, rebases });
        let publisher = Publisher::open(log.clone(), saved_in, Arc::clone(&metrics), owner).await?;
        let reader = log
            .read(cut.sequence + 1)
            .await
            .context("the log cannot be read from where we stopped")?;
        let feed = Feed {
            reader,
            runtime: Handle::current(),
            stop: Arc::clone(&stop),
            metrics: Arc::clone(&metrics),
            batch_messages_max: config.engine.batch_messages_max,
            save_every: config.snapshots.every,
            since_save: Stopwatch::start(),
            saving,
            saved_sequence: cut.sequence,
            is_saved: !chain.is_empty(),
            cut,
            stopped: false,
        };
        let (visits, visited): (Vec<Sender<Visit>>, Vec<Receiver<Visit>>) =
            shards.iter().map(|_| bounded(VISITS_MAX)).unzip();
        let pipeline = Pipeline {
            decoders: shards.len(),
            shards,
            timeline,
            rules: (rules, Arc::clone(&rules_status)),
            defaults: Arc::new(config.ingest.clone()),
            queue_pieces_max: config.engine.queue_batches_max,
            visits: visited,
        };
        let waiting_max = config.engine.queue_batches_max;
        let engine = spawn_blocking(move || run(pipeline, feed, publisher, waiting_max));
        Ok(Running {
            config,
            log,
            stop,
            engine,
            keeper,
            visits,
            listener,
            watch,
            rules_status,
            metrics,
        })
    }
}

async fn listen(http: Option<&Http>) -> Result<Option<TcpListener>> {
    match http {
        Some(http) => http::bind(http).await.map(Some),
        None => Ok(None),
    }
}

/// Pipeline and publisher side by side, until the log is read no more or one of them fails.
fn run(pipeline: Pipeline, feed: Feed, publisher: Publisher, waiting_max: usize) -> Result<()> {
    let (decided_in, decided) = mpsc::channel(waiting_max);
    std::thread::scope(|scope| {
        let publishing = scope.spawn(move || publisher.run(decided));
        let ran = pipeline.run(feed, &mut Queue(decided_in));
        let published = publishing.join();
        // Why the publisher stopped is why the pipeline did.
        published.map_err(|_| anyhow!("the publisher stopped on a fault of our own, told above"))??;
        ran.map(drop)
    })
}

/// An engine that knows nothing yet, before the first message that the log holds.
fn beginning(config: &Config, rules: Rules, (log, rebases): (&StreamState, u32), seed: u64) -> Restored {
    let shards = (0..config.engine.shards).map(|_| Shard::new(Arc::clone(&rules.set), seed));
    Restored {
        shards: shards.collect(),
        rules,
        timeline: Timeline::new(config.engine.clock),
        cut: before_first(log.created, log.first_sequence),
        rebases,
        chain: Vec::new(),
    }
}

/// What to tell of the rules with which a start begins.
fn in_force(rules: &Rules, dir: Option<&Path>) -> String {
    let (hash, count) = (rules.set.hash_text(), rules.set.rules().len());
    let from = dir.map_or("those that come with the program".to_owned(), |dir| {
        dir.display().to_string()
    });
    format!("rules {} in force, {count} of them; watched: {from}", short(&hash))
}

/// Where a log begins.
fn before_first(created: Timestamp, first_sequence: u64) -> Cut {
    Cut {
        created,
        sequence: first_sequence.saturating_sub(1),
        hash: 0,
    }
}

/// What to tell of the snapshot that a start goes on from.
fn goes_on(restored: &Restored, shards_wanted: usize) -> Vec<String> {
    let Restored { shards, cut, chain, .. } = restored;
    let count: usize = shards.iter().map(Shard::len).sum();
    let dir = chain
        .last()
        .map(|newest| newest.dir.display().to_string())
        .unwrap_or_default();
    let kept = shards.len();
    let mut remarks = vec![format!(
        "goes on from {dir}: {count} shipments, message {}",
        cut.sequence
    )];
    if kept != shards_wanted {
        remarks.push(format!("keeps the {kept} shards of the snapshot, not {shards_wanted}"));
    }
    remarks
}

/// How often a log had been taken as it is by those who published what it caused: whoever begins without a snapshot goes
/// on as the last of them.
async fn published_rebases(log: &AnyLog, created: Timestamp) -> Result<u32> {
    let mut rebases = 0;
    for outlet in [Outlet::Jobs, Outlet::Rejects] {
        for share in 0..PARTITIONS {
            let mark = log.high_water(outlet, share).await;
            let lineage = mark.context("what was published cannot be read back")?.lineage;
            if lineage.created == created {
                rebases = rebases.max(lineage.rebases);
            }
        }
    }
    Ok(rebases)
}

/// An engine that runs.
pub(crate) struct Running {
    config: Config,
    log: AnyLog,
    stop: Arc<AtomicBool>,
    engine: JoinHandle<Result<()>>,
    keeper: JoinHandle<Result<()>>,
    visits: Vec<Sender<Visit>>,
    listener: Option<TcpListener>,
    watch: RulesWatch,
    rules_status: Arc<RulesStatus>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Running {
    /// Where it listens for HTTP.
    pub(crate) fn listening(&self) -> Option<SocketAddr> {
        self.listener.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Answers requests, ticks and watches the rules until `ended` is done or the engine fails; then saves once more and stops.
    pub(crate) async fn until(self, ended: impl Future<Output = ()>) -> Result<()> {
        let Self {
            config,
            log,
            stop,
            mut engine,
            keeper,
            visits,
            listener,
            watch,
            rules_status,
            metrics,
        } = self;
        let (web_stop, web_stopped) = oneshot::channel::<()>();
        let live = Live {
            visits,
            metrics: Arc::clone(&metrics),
            rules: rules_status,
            log: log.clone(),
            questions: Questions::new(config.sql, QUESTIONS_MAX)?,
            token: None,
        };
        let failed = {
            let web = web(config.http.as_ref().zip(listener), live, async move {
                // Dropped or sent, either way the end.
                let _ = web_stopped.await;
            });
            let ticks = ticks(&config, log, metrics);
            let watch = watch.run();
            tokio::pin!(web, ticks, watch, ended);
            let failed = tokio::select! {
                outcome = &mut engine => Some(outcome.context("the engine's thread was lost").flatten()),
                outcome = &mut web => outcome.err().map(Err),
                () = &mut ticks => None,
                () = &mut watch => None,
                () = &mut ended => None,
            };
            stop.store(true, Ordering::Relaxed);
            drop(web_stop);
            failed
        };
        match failed {
            Some(outcome) => outcome,
            None => (&mut engine).await.context("the engine's thread was lost").flatten(),
        }?;
        keeper.await.context("the snapshot writer's thread was lost").flatten()
    }
}

async fn ticks(config: &Config, log: AnyLog, metrics: Arc<Metrics>) {
    if config.engine.clock != Clock::Log {
        return std::future::pending().await;
    }
    let complain = move |what: &str| {
        Metrics::add(&metrics.ticks_failed, 1);
        eprintln!("warning: {what}");
    };
    clock::tick(log, config.engine.tick_every, complain).await;
}

async fn web(
    http: Option<(&Http, TcpListener)>,
    mut live: Live,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let Some((http, listener)) = http else {
        return std::future::pending().await;
    };
    if let Some(path) = &http.token_file {
        let token = std::fs::read_to_string(path);
        let token = token.with_context(|| format!("cannot read the token file {}", path.display()))?;
        live.token = Some(token.trim().to_owned());
    }
    http::run(listener, http, live, stop).await
}
