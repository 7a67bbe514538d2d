//! What we run with: the settings understood and checked, so that nothing behind this file meets a text that it has to
//! interpret.

mod ingress;

pub(crate) use ingress::{Folder, Webhook};

use crate::length::{parse_length, show_length};
use crate::settings::{ConfigError, Problem, Settings, Value};
use milepost_connectors::carriers::Defaults;
use milepost_connectors::log::LogSettings;
use milepost_core::Clock;
use milepost_history::Limits;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The whole configuration.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Config {
    /// Where the log is.
    pub(crate) log: LogSettings,
    /// How the log is judged.
    pub(crate) engine: Engine,
    /// Directory of the rule files; without one the built-in rules.
    pub(crate) rules_dir: Option<PathBuf>,
    /// How often that directory is looked at for changes; zero is only at a start.
    pub(crate) rules_every: Duration,
    /// Directory with mapping files of one's own.
    pub(crate) formats_dir: Option<PathBuf>,
    /// How often it is looked at; zero is only at a start.
    pub(crate) formats_every: Duration,
    /// Saved state.
    pub(crate) snapshots: Kept,
    /// Tables for analysts; `every` is zero when none are written.
    pub(crate) tables: Kept,
    /// The HTTP interface, if there is one.
    pub(crate) http: Option<Http>,
    /// What a query may take.
    pub(crate) sql: Limits,
    /// What scans get that do not say it.
    pub(crate) ingest: Defaults,
    /// Where carriers send their events.
    pub(crate) webhooks: Vec<Webhook>,
    /// The watched folder, if there is one.
    pub(crate) drop: Option<Folder>,
}

/// How the log is judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Engine {
    /// Threads that judge.
    pub(crate) shards: usize,
    /// Where `now` comes from.
    pub(crate) clock: Clock,
    /// How often the time is written into the log.
    pub(crate) tick_every: Duration,
    /// How long an engine in standby waits after the last word of the one at work.
    pub(crate) lease: Duration,
    /// Messages read at once.
    pub(crate) batch_messages_max: usize,
    /// Batches that wait before a shard.
    pub(crate) queue_batches_max: usize,
}

/// Something that is written again and again, the last few kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Kept {
    /// Where.
    pub(crate) dir: PathBuf,
    /// How often.
    pub(crate) every: Duration,
    /// How many of them stay.
    pub(crate) keep: usize,
}

/// The HTTP interface.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Http {
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// File with the token that requests must carry.
    pub(crate) token_file: Option<PathBuf>,
    /// The largest body of a request.
    pub(crate) body_bytes_max: usize,
}

impl Config {
    /// The configuration of a file, or of `milepost.toml` if it is there, and of the environment.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::of(&Settings::load(file))
    }

    /// The configuration that settings mean.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub(crate) fn of(settings: &Settings) -> Result<Self, ConfigError> {
        let mut reader = Reader {
            settings,
            problems: settings.problems().to_vec(),
        };
        let config = Self {
            log: log(&mut reader),
            engine: engine(&mut reader),
            rules_dir: reader.optional_path("rules", "dir"),
            rules_every: reader.length_or_zero("rules", "reload_every", Duration::from_millis(100)..=HOUR),
            formats_dir: reader.optional_path("formats", "dir"),
            formats_every: reader.length_or_zero("formats", "reload_every", Duration::from_millis(100)..=HOUR),
            snapshots: kept(&mut reader, "snapshots", SECOND..=DAY, 2..=100),
            tables: tables(&mut reader),
            http: http(&mut reader),
            sql: sql(&mut reader),
            ingest: Defaults {
                source: reader.word("ingest", "source"),
                merchant: reader.text("ingest", "merchant").trim().to_owned(),
                carrier: String::new(),
            },
            webhooks: ingress::webhooks(&mut reader),
            drop: ingress::drop_folder(&mut reader),
        };
        if reader.problems.is_empty() {
            Ok(config)
        } else {
            reader.problems.sort_by(|a, b| a.origin.cmp(&b.origin));
            Err(ConfigError(reader.problems))
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn log(reader: &mut Reader<'_>) -> LogSettings {
    let log = LogSettings {
        url: reader.text("log", "url").to_owned(),
        create: reader.switch("log", "create"),
        replicas: u8::try_from(reader.number("log", "replicas", 1..=5)).unwrap_or(1),
        keep: reader.length_or_zero("log", "keep", DAY..=100 * 365 * DAY),
        credentials: reader.optional_path("log", "credentials"),
        certificates: reader.optional_path("log", "certificates"),
        name: reader.word("log", "name"),
    };
    if let Err(error) = log.parse_url() {
        reader.refuse("log", "url", error.to_string());
    }
    log
}

fn engine(reader: &mut Reader<'_>) -> Engine {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let shards = reader.count("engine", "shards", 0..=64);
    let lateness = reader.length("engine", "lateness", Duration::ZERO..=90 * DAY);
    let jump_max = reader.length("engine", "jump_max", HOUR..=3650 * DAY);
    let clock = match reader.text("engine", "clock") {
        "log" => Clock::Log,
        "event" => Clock::Event {
            lateness_ms: millis(lateness),
            jump_max_ms: millis(jump_max),
        },
        other => {
            let what = format!("clock `{other}` is unknown; there are: log, event");
            reader.refuse("engine", "clock", what);
            Clock::Log
        }
    };
    Engine {
        shards: if shards == 0 { processors.min(64) } else { shards },
        clock,
        tick_every: reader.length("engine", "tick_every", Duration::from_millis(100)..=HOUR),
        lease: reader.length("engine", "lease", SECOND..=600 * SECOND),
        batch_messages_max: reader.count("engine", "batch_messages_max", 1..=65_536),
        queue_batches_max: reader.count("engine", "queue_batches_max", 1..=1024),
    }
}

fn kept(
    reader: &mut Reader<'_>,
    section: &'static str,
    every: RangeInclusive<Duration>,
    keep: RangeInclusive<i64>,
) -> Kept {
    Kept {
        dir: reader.path(section, "dir"),
        every: reader.length(section, "every", every),
        keep: reader.count(section, "keep", keep),
    }
}

fn tables(reader: &mut Reader<'_>) -> Kept {
    Kept {
        dir: reader.path("tables", "dir"),
        every: reader.length_or_zero("tables", "every", 10 * SECOND..=7 * DAY),
        keep: reader.count("tables", "keep", 1..=1000),
    }
}

fn http(reader: &mut Reader<'_>) -> Option<Http> {
    let token_file = reader.optional_path("http", "token_file");
    let body_bytes_max = reader.count("http", "body_bytes_max", 1024..=1 << 30);
    let listen = reader.text("http", "listen");
    if listen.is_empty() {
        return None;
    }
    let Ok(listen) = listen.parse::<SocketAddr>() else {
        let what = format!("`{listen}` is no address with a port; write 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080");
        reader.refuse("http", "listen", what);
        return None;
    };
    if !listen.ip().is_loopback() && token_file.is_none() {
        let what = format!(
            "{listen} can be reached from other machines, and no token is asked for; name a file with one as `token_file` \
             in [http], or listen on 127.0.0.1"
        );
        reader.refuse("http", "listen", what);
    }
    Some(Http {
        listen,
        token_file,
        body_bytes_max,
    })
}

fn sql(reader: &mut Reader<'_>) -> Limits {
    let time_max = reader.length("sql", "time_max", SECOND..=DAY);
    Limits {
        rows_max: reader.count("sql", "rows_max", 1..=100_000_000),
        memory_bytes_max: reader.count("sql", "memory_mib_max", 16..=1 << 20) << 20,
        ms_max: u64::try_from(time_max.as_millis()).unwrap_or(u64::MAX),
        threads: reader.count("sql", "threads", 1..=256),
    }
}

fn millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

/// Reads settings one by one; keeps what is wrong, and goes on with something harmless.
struct Reader<'s> {
    settings: &'s Settings,
    problems: Vec<Problem>,
}

impl<'s> Reader<'s> {
    fn refuse(&mut self, section: &str, key: &str, what: String) {
        let origin = self.settings.get(section, key).origin.clone();
        self.problems.push(Problem { origin, what });
    }

    fn text(&self, section: &str, key: &str) -> &'s str {
        match &self.settings.get(section, key).value {
            Value::Text(text) => text,
            Value::Number(_) | Value::Switch(_) | Value::Texts(_) => "",
        }
    }

    /// A name, or nothing.
    fn optional_word(&mut self, section: &str, key: &str) -> String {
        if self.text(section, key).is_empty() {
            return String::new();
        }
        self.word(section, key)
    }

    /// A name: letters, digits, `-` and `_`.
    fn word(&mut self, section: &str, key: &str) -> String {
        let word = self.text(section, key);
        let is_word = (1..=64).contains(&word.len())
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if !is_word {
            let what = format!("`{key}` in [{section}] is `{word}`; it takes 1 to 64 letters, digits, - and _");
            self.refuse(section, key, what);
        }
        word.to_owned()
    }

    fn switch(&self, section: &str, key: &str) -> bool {
        self.settings.get(section, key).value == Value::Switch(true)
    }

    fn number(&mut self, section: &str, key: &str, range: RangeInclusive<i64>) -> i64 {
        let number = match self.settings.get(section, key).value {
            Value::Number(number) => number,
            Value::Text(_) | Value::Switch(_) | Value::Texts(_) => 0,
        };
        if range.contains(&number) {
            return number;
        }
        let (least, most) = (range.start(), range.end());
        self.refuse(
            section,
            key,
            format!("`{key}` in [{section}] is {number}; it may be {least} to {most}"),
        );
        *least
    }

    fn count(&mut self, section: &str, key: &str, range: RangeInclusive<i64>) -> usize {
        usize::try_from(self.number(section, key, range)).unwrap_or(0)
    }

    fn length(&mut self, section: &str, key: &str, range: RangeInclusive<Duration>) -> Duration {
        let least = *range.start();
        let length = match parse_length(self.text(section, key)) {
            Ok(length) => length,
            Err(what) => {
                self.refuse(section, key, what);
                return least;
            }
        };
        if range.contains(&length) {
            return length;
        }
        let (from, to) = (show_length(least), show_length(*range.end()));
        let shown = show_length(length);
        self.refuse(
            section,
            key,
            format!("`{key}` in [{section}] is {shown}; it may be {from} to {to}"),
        );
        least
    }

    /// A length of time where zero has a meaning of its own.
    fn length_or_zero(&mut self, section: &str, key: &str, range: RangeInclusive<Duration>) -> Duration {
        match parse_length(self.text(section, key)) {
            Ok(Duration::ZERO) => Duration::ZERO,
            Ok(_) | Err(_) => self.length(section, key, range),
        }
    }

    fn path(&mut self, section: &str, key: &str) -> PathBuf {
        let path = self.text(section, key);
        if path.is_empty() {
            self.refuse(section, key, format!("`{key}` in [{section}] must name a directory"));
        }
        PathBuf::from(path)
    }

    fn optional_path(&self, section: &str, key: &str) -> Option<PathBuf> {
        let path = self.text(section, key);
        (!path.is_empty()).then(|| PathBuf::from(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let variables = lines
            .iter()
            .map(|(name, value)| (format!("MILEPOST__{name}"), (*value).to_owned()));
        // A file that is empty, so that no file of the machine is read.
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        Config::of(&Settings::read(Some(file.path()), variables))
    }

    #[test]
    fn the_reference_is_understood() {
        let config = of(&[]).expect("the reference is right");
        assert_eq!(config.log, LogSettings::new("embedded:milepost-data/log"));
        assert_eq!(config.engine.clock, Clock::Log);
        assert_eq!(config.sql, Limits::default());
        assert_eq!(config.ingest, Defaults::default());
        assert_eq!(config.http.map(|http| http.listen.port()), Some(8080));
        assert_eq!(config.rules_dir, None);
    }

    #[test]
    fn texts_become_what_they_mean() {
        let config = of(&[
            ("ENGINE__CLOCK", "event"),
            ("ENGINE__LATENESS", "1h"),
            ("ENGINE__SHARDS", "3"),
            ("TABLES__EVERY", "0s"),
            ("LOG__KEEP", "0s"),
            ("HTTP__LISTEN", ""),
            ("SNAPSHOTS__EVERY", "90s"),
        ])
        .expect("all of this is right");
        let clock = Clock::Event {
            lateness_ms: 3_600_000,
            jump_max_ms: 62 * 86_400_000,
        };
        assert_eq!((config.engine.clock, config.engine.shards), (clock, 3));
        assert_eq!((config.tables.every, config.log.keep), (Duration::ZERO, Duration::ZERO));
        assert_eq!(config.snapshots.every, Duration::from_secs(90));
        assert_eq!(config.http, None);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_range() {
        for (name, value, expected) in [
            ("ENGINE__SHARDS", "65", "`shards` in [engine] is 65; it may be 0 to 64"),
            (
                "ENGINE__CLOCK",
                "wall",
                "clock `wall` is unknown; there are: log, event",
            ),
            ("ENGINE__TICK_EVERY", "soon", "`soon` is not a length of time"),
            (
                "ENGINE__TICK_EVERY",
                "2h",
                "`tick_every` in [engine] is 2h; it may be 100ms to 1h",
            ),
            ("TABLES__EVERY", "1s", "`every` in [tables] is 1s; it may be 10s to 7d"),
            ("LOG__KEEP", "1h", "`keep` in [log] is 1h; it may be 1d to"),
            ("LOG__URL", "kafka://x", "`kafka` is no kind of log"),
            ("LOG__NAME", "a.b", "it takes 1 to 64 letters, digits, - and _"),
            ("SNAPSHOTS__DIR", "", "`dir` in [snapshots] must name a directory"),
            ("HTTP__LISTEN", "8080", "`8080` is no address with a port"),
            (
                "HTTP__LISTEN",
                "0.0.0.0:8080",
                "can be reached from other machines, and no token is asked for",
            ),
        ] {
            let error = of(&[(name, value)]).expect_err(name).to_string();
            assert!(
                error.contains(expected) && error.contains(&format!("environment MILEPOST__{name}")),
                "{error}"
            );
        }
    }
}
