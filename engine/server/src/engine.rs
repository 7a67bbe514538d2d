//! A running engine: the log in, jobs out, snapshots, questions. Started, left to run, stopped.

use crate::clock;
use crate::config::{Config, Http};
use crate::drop_folder;
use crate::error::Usage;
use crate::files_watch::{InForce, Ready, Watches};
use crate::http::{self, Live};
use crate::ingress::{self, Ingress};
use crate::keep::TablesKeeper;
use crate::pipeline::Pipeline;
use crate::questions::Questions;
use crate::standby::AtWork;
use crate::{format_files, rule_files};
use anyhow::{Context, Result, anyhow};
use crossbeam_channel::{Receiver, Sender, bounded};
use milepost_connectors::log::AnyLog;
use milepost_core::Clock;
use milepost_runtime::feed::{Feed, Pace};
use milepost_runtime::format_texts::{FormatSet, FormatsStatus};
use milepost_runtime::learning::Exchange;
use milepost_runtime::metrics::Metrics;
use milepost_runtime::publish::{Publisher, Queue};
use milepost_runtime::rule_texts::Rules;
use milepost_runtime::rules_status::{RulesStatus, short};
use milepost_runtime::shards::Visit;
use milepost_runtime::snapshots::Snapshots;
use milepost_runtime::start::{Start, Wanted};
use std::fmt::Debug;
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
    /// The rules and the formats of the files; `None` when those have mistakes.
    wanted: (Option<Ready>, Option<Ready>),
    rules_status: Arc<RulesStatus>,
    formats_status: Arc<FormatsStatus>,
    log: AnyLog,
    snapshots: Snapshots,
    /// Keeps other engines from the directory of the snapshots.
    held: Box<dyn Debug + Send>,
    start: Start,
    /// Its lease, if it has waited for one.
    at_work: Option<AtWork>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Engine {
    /// Restores the newest good snapshot. With `rebase`, a log that does not continue the snapshot is
    /// taken as it is: read from its first message on, over the state that the snapshot holds.
    ///
    /// The rules are those that were in force where it goes on; where there is no snapshot, those of the settings. When those
    /// are others, the engine puts them into the log once it runs.
    pub(crate) async fn open(config: Config, log: AnyLog, rebase: bool) -> Result<Self> {
        let snapshots = Snapshots::on_host(&config.snapshots.dir, config.snapshots.keep);
        let held = snapshots.hold()?;
        let metrics = Arc::new(Metrics::told(|line| eprintln!("{line}")));
        let rules_status = Arc::new(RulesStatus::told(|line| eprintln!("{line}")));
        let formats_status = Arc::new(FormatsStatus::told(|line| eprintln!("{line}")));
        let rules = rule_files::with_texts(config.rules_dir.as_deref());
        let formats = format_files::with_texts(config.formats_dir.as_deref());
        let wanted = Wanted {
            clock: config.engine.clock,
            shards: config.engine.shards,
            hash_seed: crate::seed::hash_seed(),
            rules: rules.as_ref().cloned().unwrap_or_default(),
            formats: formats.as_ref().cloned().unwrap_or_default(),
            rebase,
        };
        let mut start = Start::find(&log, &snapshots, &wanted, &metrics.alarms).await?;
        rules_status.begin(&start.rules.set);
        formats_status.begin(&start.formats);
        let goes_on = !start.chain.is_empty();
        let named = named_formats(&config, &formats, &start.formats);
        let ways_in = ingress::told(&config, &start.formats);
        let wanted = (
            or_those_in_force(rules, goes_on, |why| rules_status.refuse(why))?,
            or_those_in_force(formats, goes_on, |why| formats_status.refuse(why))?,
        );
        let remark = in_force(&start.rules, config.rules_dir.as_deref());
        start.remarks.push(remark);
        start.remarks.extend(ways_in);
        named?;
        Ok(Self {
            config,
            wanted,
            rules_status,
            formats_status,
            log,
            snapshots,
            held,
            start,
            at_work: None,
            metrics,
        })
    }

    /// With a lease that it holds already.
    pub(crate) fn with_lease(mut self, at_work: Option<AtWork>) -> Self {
        self.at_work = at_work;
        self
    }

    /// What to tell whoever started it.
    pub(crate) fn remarks(&self) -> &[String] {
        &self.start.remarks
    }

    /// Takes over and starts all stations. The engine runs until [`Running::stop`] or until it fails.
    pub(crate) async fn start(self) -> Result<Running> {
        let Self {
            config,
            wanted,
            rules_status,
            formats_status,
            log,
            snapshots,
            held,
            start,
            at_work,
            metrics,
        } = self;
        let ingress = Arc::new(Ingress::new(&config, log.clone(), Arc::clone(&formats_status))?);
        let listener = listen(config.http.as_ref()).await?;
        let (name, log_end) = (name(&config), start.log_end);
        let pace = pace(&config);
        let here = (clock::host_now(), name.as_str());
        let told = (&metrics, Arc::clone(&formats_status));
        let stations = start.take_over(&log, snapshots, told, here, pace).await?;
        let at_work = or_seize(at_work, &log, &config, &name).await;
        let in_force = InForce {
            rules: rules_status,
            formats: formats_status,
        };
        let watches = Watches::new(&config, &log, &metrics, in_force, wanted, log_end);
        let keeper = TablesKeeper {
            keeper: stations.keeper,
            log: log.clone(),
            runtime: Handle::current(),
            tables: config.tables.clone(),
            metrics: Arc::clone(&metrics),
        };
        let (saved, (well, ended_well)) = (stations.saved, bounded(1));
        let keeper = spawn_blocking(move || keeper.run(saved, &ended_well));
        let (visits, visited) = doors(stations.shards.len());
        let pipeline = Pipeline {
            decoders: stations.shards.len(),
            shards: stations.shards,
            timeline: stations.timeline,
            rules: (stations.rules, Arc::clone(&watches.rules.status)),
            exchange: Arc::clone(&stations.exchange),
            defaults: Arc::new(config.ingest.clone()),
            queue_pieces_max: config.engine.queue_batches_max,
            visits: visited,
        };
        let (feed, stop) = (stations.feed, stations.stop);
        let waiting_max = config.engine.queue_batches_max;
        let publishing = (stations.publisher, Arc::clone(&stop));
        // A keeper that has failed is not there to hear it, and is asked itself.
        let ended = move |()| well.send(()).unwrap_or_default();
        let engine = spawn_blocking(move || run(pipeline, feed, publishing, waiting_max).map(ended));
        Ok(Running {
            config,
            log,
            stop,
            engine,
            keeper,
            _held: held,
            at_work,
            visits,
            listener,
            ingress,
            watches,
            exchange: stations.exchange,
            metrics,
        })
    }
}

/// What files mean. A state has files that are good: nobody is helped by an engine that stands still because newer ones are not.
fn or_those_in_force<F: Into<Ready>>(files: Result<F>, goes_on: bool, refuse: impl Fn(&str)) -> Result<Option<Ready>> {
    match files {
        Ok(files) => Ok(Some(files.into())),
        Err(error) if goes_on => {
            refuse(&format!("{error:#}"));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Whether there is a format for each endpoint: those of the files come into force soon; where they have mistakes, those stay that
/// the engine begins with.
fn named_formats(config: &Config, files: &Result<FormatSet>, in_force: &FormatSet) -> Result<()> {
    match files {
        Ok(set) => ingress::check_formats(&config.webhooks, &set.formats),
        Err(error) => ingress::check_formats(&config.webhooks, &in_force.formats).map_err(|missing| {
            Usage::error(format!(
                "{missing}\nit may be in a mapping file that is refused: {error:#}"
            ))
        }),
    }
}

fn pace(config: &Config) -> Pace {
    Pace {
        batch_messages_max: config.engine.batch_messages_max,
        save_every: config.snapshots.every,
    }
}

/// Where questions come in, and where each shard takes them.
fn doors(shards: usize) -> (Vec<Sender<Visit>>, Vec<Receiver<Visit>>) {
    (0..shards).map(|_| bounded(VISITS_MAX)).unzip()
}

/// Opens the log of the settings.
pub(crate) async fn open_log(config: &Config) -> Result<AnyLog> {
    let log = AnyLog::open(&config.log, clock::host_now()).await;
    log.context("the log cannot be opened")
}

/// How this engine is called in the log.
pub(crate) fn name(config: &Config) -> String {
    let host = rustix::system::uname();
    let host = host.nodename().to_string_lossy().into_owned();
    format!("{} at {host}, process {}", config.log.name, std::process::id())
}

async fn listen(http: Option<&Http>) -> Result<Option<TcpListener>> {
    match http {
        Some(http) => http::bind(http).await.map(Some),
        None => Ok(None),
    }
}

/// Tells engines in standby that this one is at work. None of its work rests on that.
async fn or_seize(at_work: Option<AtWork>, log: &AnyLog, config: &Config, name: &str) -> Option<AtWork> {
    if at_work.is_some() {
        return at_work;
    }
    let seized = match log.leases().await {
        Ok(None) => return None,
        Ok(Some(leases)) => AtWork::seize(&leases, config, name).await,
        Err(error) => Err(error),
    };
    let told = |error| eprintln!("warning: {error}; an engine in standby may take over");
    seized.map_err(told).ok()
}

/// Pipeline and publisher side by side, until the log is read no more or one of them fails.
fn run(
    pipeline: Pipeline,
    mut feed: Feed,
    (publisher, stop): (Publisher, Arc<AtomicBool>),
    waiting_max: usize,
) -> Result<()> {
    let (decided_in, decided) = mpsc::channel(waiting_max);
    let runtime = Handle::current();
    let input = std::iter::from_fn(|| runtime.block_on(feed.next()).transpose());
    std::thread::scope(|scope| {
        let publishing = scope.spawn(|| {
            let published = runtime.block_on(publisher.run(decided));
            // The next thing that is decided may be hours away, and nobody would hear until then that it failed.
            stop.store(true, Ordering::Relaxed);
            published
        });
        let ran = pipeline.run(input, &mut Queue(decided_in));
        let published = publishing.join();
        // Why the publisher stopped is why the pipeline did.
        published.map_err(|_| anyhow!("the publisher stopped on a fault of our own, told above"))??;
        ran.map(drop)
    })
}

/// What to tell of the rules with which a start begins.
fn in_force(rules: &Rules, dir: Option<&Path>) -> String {
    let (hash, count) = (rules.set.hash_text(), rules.set.rules().len());
    let from = dir.map_or("those that come with the program".to_owned(), |dir| {
        dir.display().to_string()
    });
    format!("rules {} in force, {count} of them; watched: {from}", short(&hash))
}

/// An engine that runs.
pub(crate) struct Running {
    config: Config,
    log: AnyLog,
    stop: Arc<AtomicBool>,
    engine: JoinHandle<Result<()>>,
    keeper: JoinHandle<Result<()>>,
    _held: Box<dyn Debug + Send>,
    at_work: Option<AtWork>,
    visits: Vec<Sender<Visit>>,
    listener: Option<TcpListener>,
    ingress: Arc<Ingress>,
    watches: Watches,
    exchange: Arc<Exchange>,
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
            _held,
            at_work,
            visits,
            listener,
            ingress,
            watches,
            exchange,
            metrics,
        } = self;
        let (web_stop, web_stopped) = oneshot::channel::<()>();
        let live = Live {
            visits,
            metrics: Arc::clone(&metrics),
            exchange,
            in_force: watches.in_force(),
            log: log.clone(),
            questions: Questions::new(config.sql, QUESTIONS_MAX)?,
            ingress: Arc::clone(&ingress),
            body_bytes_max: config.http.as_ref().map_or(0, |http| http.body_bytes_max),
            token: None,
        };
        let failed = {
            let web = web(config.http.as_ref().zip(listener), live, async move {
                // Dropped or sent, either way the end.
                let _ = web_stopped.await;
            });
            let ticks = ticks(&config, log, metrics);
            let watches = watches.run();
            let dropped = drop_folder::watch(config.drop.as_ref(), ingress);
            tokio::pin!(web, ticks, watches, dropped, ended);
            let failed = tokio::select! {
                outcome = &mut engine => Some(outcome.context("the engine's thread was lost").flatten()),
                outcome = &mut web => outcome.err().map(Err),
                () = &mut ticks => None,
                () = &mut watches => None,
                () = &mut dropped => None,
                () = &mut ended => None,
            };
            stop.store(true, Ordering::Relaxed);
            drop(web_stop);
            failed
        };
        let ended = match failed {
            Some(outcome) => outcome,
            None => (&mut engine).await.context("the engine's thread was lost").flatten(),
        };
        let saved = match ended {
            Ok(()) => keeper.await.context("the snapshot writer's thread was lost").flatten(),
            Err(error) => Err(error),
        };
        if let Some(at_work) = at_work {
            at_work.end().await;
        }
        saved
    }
}

async fn ticks(config: &Config, log: AnyLog, metrics: Arc<Metrics>) {
    if config.engine.clock != Clock::Log {
        return std::future::pending().await;
    }
    clock::tick(log, config.engine.tick_every, metrics).await;
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
