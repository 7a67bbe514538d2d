//! What a measurement with NATS runs on: a server, streams of its own, and engines in directories of their own.

use crate::config::Config;
use crate::engine::{Engine, open_log};
use crate::settings::Settings;
use anyhow::{Context, Result, bail};
use milepost_connectors::log::{AnyLog, Append, Log, LogSettings, Yardstick};
use milepost_connectors::nats_server::{NatsServer, nats_server_on_path};
use milepost_model::Timestamp;
use milepost_runtime::metrics::Metrics;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tempfile::TempDir;

/// Messages handed to the client at once; their answers are awaited before the next.
const APPEND_MESSAGES: usize = 16 * 1024;
/// How often to look whether the engine has come to the end.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// An engine that makes no headway for so long has failed.
const HEADWAY_MAX: Duration = Duration::from_secs(60);

/// Server and streams.
pub(super) struct Bed {
    pub(super) yardstick: Yardstick,
    /// Directory of rule files; without one the built-in rules.
    pub(super) rules: Option<PathBuf>,
    url: String,
    creds: Option<PathBuf>,
    server: Option<NatsServer>,
    dir: TempDir,
}

impl Bed {
    /// On the server named, or on one of our own. `None`: none is named, and none is on the PATH.
    pub(super) async fn open(
        url: Option<&str>,
        creds: Option<&PathBuf>,
        rules: Option<PathBuf>,
    ) -> Result<Option<Self>> {
        let dir = tempfile::Builder::new().prefix("milepost-bench-").tempdir();
        let dir = dir.context("no temporary directory")?;
        let (url, server) = match (url, nats_server_on_path()) {
            (Some(url), _) => (url.to_owned(), None),
            (None, None) => return Ok(None),
            (None, Some(binary)) => {
                let server = NatsServer::start_program(&binary, &dir.path().join("nats"), None)?;
                (server.url.clone(), Some(server))
            }
        };
        let mut settings = LogSettings::new(&url);
        settings.credentials = creds.cloned();
        let yardstick = Yardstick::begin(&settings).await?;
        Ok(Some(Self {
            yardstick,
            rules,
            url,
            creds: creds.cloned(),
            server,
            dir,
        }))
    }

    /// Where the server is, for people.
    pub(super) fn place(&self) -> String {
        match &self.server {
            Some(_) => "a nats-server of its own".to_owned(),
            None => LogSettings::new(&self.url).shown_url(),
        }
    }

    /// Processor time that our own server has used; unknown for another's.
    pub(super) fn server_cpu(&self) -> Option<f64> {
        cpu_seconds(&self.server.as_ref()?.id()?.to_string())
    }

    /// Adds messages to the log and waits until it has them; its last sequence number.
    pub(super) async fn fill(&self, messages: Vec<Append>, told: &dyn Fn(u64)) -> Result<u64> {
        let (log, mut last) = (self.yardstick.log(), 0);
        let mut messages = messages.into_iter().peekable();
        while messages.peek().is_some() {
            let part: Vec<Append> = messages.by_ref().take(APPEND_MESSAGES).collect();
            told(part.len() as u64);
            let stored = log.append(Timestamp::MIN, part).await;
            last = stored
                .context("the log cannot be filled")?
                .last()
                .copied()
                .unwrap_or(last);
        }
        Ok(last)
    }

    /// Another handle on the log, with a connection of its own, as an engine has.
    pub(super) async fn log(&self) -> Result<AnyLog> {
        let mut settings = LogSettings::new(&self.url);
        settings.credentials = self.creds.clone();
        Ok(AnyLog::open(&settings, Timestamp::MIN).await?)
    }

    /// Runs an engine from the first message on, on a fresh directory, while the story lasts.
    pub(super) async fn engine<T>(
        &self,
        snapshots_every: Duration,
        story: impl AsyncFnOnce(Arc<Metrics>) -> Result<T>,
    ) -> Result<T> {
        let dir = tempfile::tempdir_in(self.dir.path()).context("no temporary directory")?;
        let config = Config {
            rules_dir: self.rules.clone(),
            ..self.config(&dir, snapshots_every)?
        };
        let log = open_log(&config).await?;
        let running = Engine::open(config, log, false).await?.start().await?;
        let metrics = Arc::clone(&running.metrics);
        let mut told = None;
        let story = async {
            told = Some(tokio::select! {
                told = story(metrics) => told,
                _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("stopped by Ctrl-C")),
            });
        };
        running.until(story).await?;
        told.context("the engine ended by itself")?
    }

    /// Settings as usual, but in a directory of its own, and with the time of the scans as clock.
    fn config(&self, dir: &TempDir, snapshots_every: Duration) -> Result<Config> {
        let at = |name: &str| dir.path().join(name).display().to_string();
        let creds = self.creds.as_ref().map(|path| path.display().to_string());
        let variables = [
            ("LOG__URL", self.url.clone()),
            ("LOG__CREDENTIALS", creds.unwrap_or_default()),
            ("ENGINE__CLOCK", "event".to_owned()),
            ("SNAPSHOTS__DIR", at("snapshots")),
            ("SNAPSHOTS__EVERY", format!("{}ms", snapshots_every.as_millis())),
            ("TABLES__DIR", at("tables")),
            ("TABLES__EVERY", "0s".to_owned()),
            ("HTTP__LISTEN", String::new()),
        ];
        let empty = dir.path().join("milepost.toml");
        std::fs::write(&empty, "").with_context(|| format!("cannot write {}", empty.display()))?;
        let variables = variables
            .into_iter()
            .map(|(name, value)| (format!("MILEPOST__{name}"), value));
        Ok(Config::of(&Settings::read(Some(&empty), variables))?)
    }

    /// Removes the streams; our own server ends with us.
    pub(super) async fn close(self) -> Result<()> {
        self.yardstick
            .end()
            .await
            .context("the streams of the measurement are still there")
    }
}

/// Waits until the engine has handled this message, jobs published.
pub(super) async fn handled(metrics: &Metrics, last: u64) -> Result<()> {
    let (mut seen, mut still) = (0, Duration::ZERO);
    loop {
        let position = metrics.position.load(Ordering::Relaxed);
        if position >= last {
            return Ok(());
        }
        still = if position == seen {
            still + LOOK_EVERY
        } else {
            Duration::ZERO
        };
        seen = position;
        if still > HEADWAY_MAX {
            bail!("the engine stands at message {position} of {last}");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Processor time of a running program, seconds; where the system tells it.
pub(super) fn cpu_seconds(program: &str) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{program}/stat")).ok()?;
    // After the name, which may hold anything, come the state and eleven numbers more; then user and system time in
    // hundredths of a second.
    let (_, rest) = text.rsplit_once(')')?;
    let mut ticks = rest
        .split_whitespace()
        .skip(11)
        .map_while(|word| word.parse::<f64>().ok());
    Some((ticks.next()? + ticks.next()?) / 100.0)
}
