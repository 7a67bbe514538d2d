//! Where refused records are kept: `rejects.ndjson` of a replay, or the stream REJECTS of a log.

use crate::config::Config;
use crate::error::Usage;
use crate::published;
use anyhow::{Context, bail};
use milepost_connectors::log::{AnyLog, LogError, LogSettings, LogUrl, Outlet, Published, parse_position};
use milepost_model::Timestamp;
use serde_json::Value;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;

/// A refused record, for people; `json` is all of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Reject {
    /// `scan.17/88213`, or `scans.ndjson:17`.
    pub(super) place: String,
    pub(super) reason: String,
    pub(super) hint: String,
    pub(super) line: u64,
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) excerpt: String,
    /// Of what it was read as; empty where nobody said, and for scans as we write them.
    pub(super) format: String,
    pub(super) json: String,
}

impl Reject {
    fn read(json: &str) -> anyhow::Result<Self> {
        let value: Value = serde_json::from_str(json).context("a refused record is kept as JSON, and this is none")?;
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |name: &str| value.get(name).and_then(Value::as_u64).unwrap_or_default();
        let (file, position) = (text("file"), text("position"));
        Ok(Self {
            place: if position.is_empty() {
                format!("{file}:{}", number("line"))
            } else {
                position
            },
            reason: text("reason"),
            hint: text("hint"),
            line: number("line"),
            offset: number("offset"),
            length: number("length"),
            excerpt: text("excerpt"),
            format: text("format"),
            json: json.to_owned(),
        })
    }
}

/// The newest of those that are wanted, and how many there are.
pub(super) struct Newest {
    pub(super) rejects: VecDeque<Reject>,
    pub(super) found: usize,
}

/// All refused records of a replay or of a log.
pub(super) enum Kept {
    Replay(PathBuf),
    Log { log: AnyLog, runtime: Runtime },
}

impl Kept {
    pub(super) fn of_replay(dir: &Path) -> Self {
        Self::Replay(dir.join("rejects.ndjson"))
    }

    /// A log that is there; none is created.
    pub(super) fn of_log(config: &Config) -> anyhow::Result<Self> {
        let settings = &config.log;
        if let LogUrl::Embedded(dir) = settings.parse_url()?
            && !crate::cli::is_begun(&dir)
        {
            bail!(
                "there is no log in {} yet; `milepost serve` begins one (--out DIR reads those of a replay)",
                dir.display()
            );
        }
        let settings = LogSettings {
            create: false,
            ..settings.clone()
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("no runtime")?;
        // The log is there, so the instant of its creation is not needed.
        let log = runtime
            .block_on(AnyLog::open(&settings, Timestamp::default()))
            .map_err(|error| with_way_round(error, config))?;
        Ok(Self::Log { log, runtime })
    }

    /// The newest `limit` (0 for all) of those wanted.
    pub(super) fn newest(&self, limit: usize, wanted: &dyn Fn(&Reject) -> bool) -> anyhow::Result<Newest> {
        let mut newest = Newest {
            rejects: VecDeque::new(),
            found: 0,
        };
        self.each(&mut |reject| {
            if wanted(&reject) {
                newest.found += 1;
                newest.rejects.push_back(reject);
                if limit > 0 && newest.rejects.len() > limit {
                    newest.rejects.pop_front();
                }
            }
        })?;
        Ok(newest)
    }

    /// Those of one place.
    pub(super) fn at(&self, place: &str) -> anyhow::Result<Vec<Reject>> {
        let is_line_alone = place.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            Self::Log { .. } if parse_position(place).is_none() => {
                return Err(Usage::error(format!(
                    "`{place}` is no position; write it as `rejects ls` does: scan.17/88213"
                )));
            }
            Self::Replay(_) if !is_line_alone && !place.contains(':') => {
                return Err(Usage::error(format!(
                    "`{place}` is no place in a file; write scans.ndjson:17, or 17"
                )));
            }
            Self::Log { .. } | Self::Replay(_) => {}
        }
        let mut found = Vec::new();
        self.each(&mut |reject| {
            let is_there = reject.place == place || (is_line_alone && reject.line.to_string() == place);
            if is_there {
                found.push(reject);
            }
        })?;
        Ok(found)
    }

    fn each(&self, show: &mut dyn FnMut(Reject)) -> anyhow::Result<()> {
        match self {
            Self::Replay(path) => each_line(path, show),
            Self::Log { log, runtime } => {
                let mut read = |published: &Published| {
                    show(Reject::read(&String::from_utf8_lossy(&published.item.payload))?);
                    Ok(())
                };
                runtime.block_on(published::each(log, Outlet::Rejects, u64::MAX, &mut read))
            }
        }
    }
}

/// One process at a time opens an embedded log; who has it open answers SQL.
fn with_way_round(error: LogError, config: &Config) -> anyhow::Error {
    let is_locked = matches!(error, LogError::Locked { .. });
    let error = anyhow::Error::new(error);
    if !is_locked {
        return error;
    }
    let question = "milepost sql \"SELECT * FROM rejects\"";
    let Some(http) = &config.http else {
        return error.context(format!(
            "an engine has the log open, and no HTTP interface to ask it by; the tables that it writes show the rejects too: {question}"
        ));
    };
    let token = http
        .token_file
        .as_ref()
        .map(|file| format!(" --token-file {}", file.display()));
    error.context(format!(
        "an engine has the log open; ask it: {question} --url http://{}{}",
        http.listen,
        token.unwrap_or_default()
    ))
}

fn each_line(path: &Path, show: &mut dyn FnMut(Reject)) -> anyhow::Result<()> {
    let unreadable = || format!("{} cannot be read; is this the --out of a replay?", path.display());
    let file = File::open(path).with_context(unreadable)?;
    for line in BufReader::new(file).lines() {
        let line = line.with_context(unreadable)?;
        show(Reject::read(&line).with_context(unreadable)?);
    }
    Ok(())
}
