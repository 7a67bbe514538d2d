//! What the engine itself needs: settings, processors, the log and its time, snapshots, rules, the HTTP interface.

use super::nats::{self, Greeting};
use super::report::Finding;
use super::{running, streams};
use crate::clock::host_now;
use crate::config::Config;
use crate::length::show_length;
use crate::{rule_files, settings};
use milepost_connectors::log::{AnyLog, Log, LogError, LogReader, LogSettings, LogUrl, StreamState};
use milepost_model::Timestamp;
use milepost_runtime::alarms::Fault;
use milepost_runtime::snapshots::{Manifest, Snapshots};
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

/// The oldest server that works at all, and the oldest without known faults that lose messages.
const NATS_LEAST: (u32, u32, u32) = (2, 12, 0);
const NATS_SOUND: (u32, u32, u32) = (2, 14, 4);

/// Two clocks of one machine room differ by less.
const CLOCKS_DIFFER_MS: i64 = 2_000;

/// More of a snapshot is left to `milepost snapshot verify`: it takes seconds for each gigabyte.
const READ_BYTES_MAX: u64 = 1 << 30;

const NTP: &str = "whether the clock is kept by NTP cannot be seen from here: ask `timedatectl` or `chronyc tracking`";

/// Where the settings come from; that they are right is known by now.
pub(super) fn config(file: Option<&Path>) -> Finding {
    let usual = Path::new(settings::FILE);
    match file {
        Some(file) => Finding::fine("config", format!("{} over the usual values", file.display())),
        None if usual.exists() => Finding::fine("config", format!("{} over the usual values", usual.display())),
        None => Finding::fine(
            "config",
            format!("the usual values; there is no {} here", usual.display()),
        ),
    }
}

/// More shards than processors only wait for each other.
pub(super) fn processors(config: &Config) -> Option<Finding> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let shards = config.engine.shards;
    (shards > processors).then(|| {
        let what = format!("{shards} shards share {processors} processors");
        Finding::warning("engine", what, "set `shards` in [engine] to 0: one for each processor")
    })
}

/// Whether the log can be opened, is as it must be, and agrees about the time.
pub(super) async fn log(config: &Config) -> Vec<Finding> {
    match config.log.parse_url() {
        Ok(LogUrl::Embedded(dir)) if !crate::cli::is_begun(&dir) => {
            let what = format!("embedded; it will begin in {}", dir.display());
            vec![Finding::fine("log", what), Finding::fine("clock", NTP)]
        }
        Ok(LogUrl::Embedded(_)) => opened(config).await,
        Ok(LogUrl::Nats) => {
            let mut findings: Vec<Finding> = nats::servers(&config.log.url)
                .iter()
                .map(|server| greeting(server))
                .collect();
            let reached = findings.iter().any(|finding| finding.outcome != super::Outcome::Wrong);
            if reached {
                findings.extend(opened(config).await);
            }
            findings
        }
        Err(error) => vec![Finding::wrong("log", error.to_string(), "correct `url` in [log]")],
    }
}

fn greeting(server: &str) -> Finding {
    let Greeting {
        version,
        jetstream,
        payload_bytes_max,
    } = match nats::greet(server) {
        Ok(greeting) => greeting,
        Err(why) => {
            let what = format!("NATS at {server} cannot be reached: {why}");
            return Finding::wrong(
                "nats",
                what,
                "start the server, open the way to it, or correct `url` in [log]",
            );
        }
    };
    let what = format!("NATS at {server} is nats-server {version}, messages up to {payload_bytes_max} bytes");
    if nats::version(&version) < NATS_LEAST {
        return Finding::wrong("nats", what, "2.12 or later is needed; take 2.14.4 or later");
    }
    if !jetstream {
        return Finding::wrong(
            "nats",
            format!("{what}, without JetStream"),
            "start it with JetStream: nats-server -js",
        );
    }
    if nats::version(&version) < NATS_SOUND {
        let todo = "update to 2.14.4 or later: earlier ones have known faults that lose or repeat messages";
        return Finding::warning("nats", what, todo);
    }
    Finding::fine("nats", what)
}

async fn opened(config: &Config) -> Vec<Finding> {
    // Nothing is created here, whatever the settings allow.
    let settings = LogSettings {
        create: false,
        ..config.log.clone()
    };
    let log = match AnyLog::open(&settings, host_now()).await {
        Ok(log) => log,
        Err(error) => return vec![not_opened(config, &error)],
    };
    match log.state().await {
        Ok(state) => {
            let held = (state.last_sequence + 1).saturating_sub(state.first_sequence);
            let what = format!(
                "{} is ready: {held} messages, up to number {}",
                settings.shown_url(),
                state.last_sequence
            );
            let mut findings = vec![Finding::fine("log", what), clock(&log, &state).await];
            findings.extend(streams::findings(&log, config).await);
            findings
        }
        Err(error) => vec![Finding::wrong("log", error.to_string(), "see what stands above")],
    }
}

fn not_opened(config: &Config, error: &LogError) -> Finding {
    if let LogError::Locked { dir } = error {
        let what = format!("the embedded log in {dir} is open in another process");
        return Finding::warning(
            "log",
            what,
            "fine if that is the running engine; a second one cannot start",
        );
    }
    if let LogError::NotReady { missing, .. } = error {
        let missing = missing.join("\n");
        if config.log.create {
            let todo = "missing streams will be created at the start; correct the rest by hand";
            return Finding::warning("log", format!("not ready yet: {missing}"), todo);
        }
        let todo = "create or correct this, or start once with --create (`create = true` in [log])";
        return Finding::wrong("log", format!("not ready: {missing}"), todo);
    }
    Finding::wrong(
        "log",
        error.to_string(),
        "see `url`, `credentials` and `certificates` in [log]",
    )
}

/// The newest message against the host's clock.
async fn clock(log: &AnyLog, state: &StreamState) -> Finding {
    if state.last_sequence < state.first_sequence {
        return Finding::fine("clock", format!("the log holds no time to compare with; {NTP}"));
    }
    let newest = match newest(log, state.last_sequence).await {
        Ok(Some(newest)) => newest,
        Ok(None) => return Finding::fine("clock", format!("the newest message is gone; {NTP}")),
        Err(error) => return Finding::warning("clock", error.to_string(), "see the log above"),
    };
    let age_ms = host_now().since(newest);
    let shown = show_length(Duration::from_millis(age_ms.unsigned_abs()));
    if age_ms < -CLOCKS_DIFFER_MS {
        let what = format!("this machine's clock is at least {shown} behind the log's newest message ({newest})");
        return Finding::warning("clock", what, "set the clock of this machine or of the server by NTP");
    }
    Finding::fine("clock", format!("the log's newest message is {shown} old; {NTP}"))
}

async fn newest(log: &AnyLog, sequence: u64) -> Result<Option<Timestamp>, LogError> {
    let messages = log.read(sequence).await?.next(1, Duration::from_secs(3)).await?;
    Ok(messages.last().map(|message| message.timestamp))
}

/// Whether there is something to go on from.
pub(super) fn snapshots(config: &Config) -> Finding {
    let dir = &config.snapshots.dir;
    let snapshots = Snapshots::on_host(dir, config.snapshots.keep);
    let found = match snapshots.list() {
        Ok(found) => found,
        Err(error) => {
            return Finding::wrong(
                "snapshots",
                format!("{error:#}"),
                "give this user the right to read there",
            );
        }
    };
    let Some(newest) = found.last() else {
        return Finding::fine(
            "snapshots",
            format!("none in {} yet: the log is read from its begin", dir.display()),
        );
    };
    let chain = match snapshots
        .chain(newest)
        .and_then(|chain| read_through(&snapshots, chain))
    {
        Ok(chain) => chain,
        Err(error) => {
            let todo = Fault::SnapshotDamaged.todo();
            return Finding::warning("snapshots", format!("{error:#}; the one before it will be taken"), todo);
        }
    };
    let Some(manifest) = chain.last() else {
        return Finding::fine("snapshots", "none that holds anything");
    };
    let (count, sequence) = (found.len(), manifest.cut.sequence);
    let what = format!(
        "{count} in {}, the newest at message {sequence}, {}",
        dir.display(),
        manifest.reading.now
    );
    Finding::fine("snapshots", what)
}

/// Reads every byte of what the newest snapshot consists of, unless that would take long.
fn read_through(snapshots: &Snapshots, chain: Vec<Manifest>) -> anyhow::Result<Vec<Manifest>> {
    let bytes: u64 = chain
        .iter()
        .fold(0, |sum, manifest| manifest.bytes().saturating_add(sum));
    if bytes <= READ_BYTES_MAX {
        chain.iter().try_for_each(|manifest| snapshots.verify(&manifest.dir))?;
    }
    Ok(chain)
}

/// Whether the rules compile.
pub(super) fn rules(config: &Config) -> Finding {
    let dir = config.rules_dir.as_deref();
    let name = dir.map_or("the built-in rules".to_owned(), |dir| dir.display().to_string());
    match rule_files::load(dir) {
        Err(error) => Finding::wrong(
            "rules",
            format!("{error:#}").trim_end(),
            "`milepost rules check` after each change",
        ),
        Ok(rules) if rules.rules().is_empty() => Finding::warning(
            "rules",
            format!("{name}: no rule at all"),
            "without rules nothing is ever late",
        ),
        Ok(rules) => {
            let (count, tests, warnings) = (rules.rules().len(), rules.tests().len(), rules.warnings().len());
            let what = format!("{name}: {count} rules, {tests} tests");
            if warnings == 0 {
                return Finding::fine("rules", what);
            }
            Finding::warning(
                "rules",
                format!("{what}, {warnings} warnings"),
                "`milepost rules check` shows them",
            )
        }
    }
}

/// Whether the address is free, or our own engine is there; and the token.
pub(super) fn http(config: &Config) -> Vec<Finding> {
    let Some(http) = &config.http else {
        return vec![Finding::fine("http", "none is asked for")];
    };
    let listen = http.listen;
    let mut findings = match TcpListener::bind(listen) {
        Ok(_) => vec![Finding::fine("http", format!("{listen} is free"))],
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => running::findings(http),
        Err(error) => {
            let what = format!("{listen} cannot be listened on: {error}");
            let todo = "change `listen` in [http]; ports below 1024 need a right of their own";
            vec![Finding::wrong("http", what, todo)]
        }
    };
    findings.extend(http.token_file.as_deref().map(token));
    findings
}

fn token(path: &Path) -> Finding {
    let shown = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let what = format!("the token file {shown} cannot be read: {error}");
            return Finding::wrong("http", what, "create it: openssl rand -hex 32 > FILE");
        }
    };
    if text.trim().len() < 16 {
        let what = format!("the token in {shown} is shorter than 16 characters");
        return Finding::wrong("http", what, "write a longer one: openssl rand -hex 32");
    }
    if is_open_to_others(path) {
        let what = format!("the token file {shown} can be read by every user of this machine");
        return Finding::warning("http", what, format!("chmod 600 {shown}"));
    }
    Finding::fine("http", format!("requests need the token in {shown}"))
}

#[cfg(unix)]
pub(super) fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
pub(super) fn is_open_to_others(_path: &Path) -> bool {
    false
}
