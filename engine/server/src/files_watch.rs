//! Directories of rule files and of mapping files, looked at again and again: what changed and has no mistakes is put into the
//! log, and comes into force for all where it stands there.

use crate::clock;
use crate::config::Config;
use crate::{format_files, rule_files};
use anyhow::Result;
use milepost_connectors::log::{AnyLog, Control, Log};
use milepost_runtime::format_texts::{self, FormatSet, FormatsStatus};
use milepost_runtime::metrics::Metrics;
use milepost_runtime::rule_texts::{self, Rules};
use milepost_runtime::rules_status::{RulesStatus, short};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::task::spawn_blocking;

/// The most bytes of a message with files: a NATS server takes a mebibyte by default.
const MESSAGE_BYTES_MAX: usize = 1_000_000;
/// How often it is asked whether the engine has read what the log held at the start.
const CATCH_UP_EVERY: Duration = Duration::from_millis(100);

/// Names and texts of files.
type Texts = Vec<(String, String)>;

/// A kind of files that the log brings into force, and who knows what is in force.
pub(crate) trait Watched {
    /// What the files are, for messages.
    const WHAT: &str;

    /// The files of a directory.
    fn read(dir: &Path) -> Result<Texts>;

    /// What these files mean, or why they cannot come into force.
    fn ready(files: Texts) -> Result<Ready, String>;

    /// [`Ready::hash`] of what the log brought last, as far as we know.
    fn in_force(&self) -> String;

    /// The files as they are now have mistakes.
    fn refuse(&self, why: &str);

    /// Nothing is wrong with the files as they are now.
    fn accept(&self);
}

/// Files without mistakes.
#[derive(Debug)]
pub(crate) struct Ready {
    /// Of what they mean.
    pub(crate) hash: String,
    files: Texts,
    control: Control,
}

impl Watched for Arc<RulesStatus> {
    const WHAT: &str = "rules";

    fn read(dir: &Path) -> Result<Texts> {
        rule_files::read(dir)
    }

    fn ready(files: Texts) -> Result<Ready, String> {
        let rules = Rules::compile(files).map_err(|mistakes| rule_texts::told(&mistakes))?;
        Ok(Ready::from(rules))
    }

    fn in_force(&self) -> String {
        self.hash()
    }

    fn refuse(&self, why: &str) {
        RulesStatus::refuse(self, why);
    }

    fn accept(&self) {
        RulesStatus::accept(self);
    }
}

impl From<Rules> for Ready {
    fn from(rules: Rules) -> Self {
        Self {
            hash: rules.set.hash_text(),
            control: rules.control(),
            files: rules.files,
        }
    }
}

impl Watched for Arc<FormatsStatus> {
    const WHAT: &str = "formats";

    fn read(dir: &Path) -> Result<Texts> {
        format_files::read(dir)
    }

    fn ready(files: Texts) -> Result<Ready, String> {
        let set = FormatSet::compile(files).map_err(|mistakes| format_texts::told(&mistakes))?;
        Ok(Ready::from(set))
    }

    fn in_force(&self) -> String {
        self.set().hash_text()
    }

    fn refuse(&self, why: &str) {
        FormatsStatus::refuse(self, why);
    }

    fn accept(&self) {
        FormatsStatus::accept(self);
    }
}

impl From<FormatSet> for Ready {
    fn from(set: FormatSet) -> Self {
        Self {
            hash: set.hash_text(),
            control: set.control(),
            files: Texts::clone(&set.files),
        }
    }
}

/// Who knows which rules and formats are in force.
pub(crate) struct InForce {
    pub(crate) rules: Arc<RulesStatus>,
    pub(crate) formats: Arc<FormatsStatus>,
}

/// The watches of all directories.
pub(crate) struct Watches {
    pub(crate) rules: FilesWatch<Arc<RulesStatus>>,
    formats: FilesWatch<Arc<FormatsStatus>>,
}

impl Watches {
    /// Over the directories of the settings; with what their files mean now, and the last message that the log held at the start.
    pub(crate) fn new(
        config: &Config,
        log: &AnyLog,
        metrics: &Arc<Metrics>,
        in_force: InForce,
        (rules, formats): (Option<Ready>, Option<Ready>),
        log_end: u64,
    ) -> Self {
        Self {
            rules: FilesWatch {
                dir: config.rules_dir.clone(),
                every: config.rules_every,
                log: log.clone(),
                metrics: Arc::clone(metrics),
                status: in_force.rules,
                wanted: rules,
                log_end,
            },
            formats: FilesWatch {
                dir: config.formats_dir.clone(),
                every: config.formats_every,
                log: log.clone(),
                metrics: Arc::clone(metrics),
                status: in_force.formats,
                wanted: formats,
                log_end,
            },
        }
    }

    /// Who knows what is in force.
    pub(crate) fn in_force(&self) -> InForce {
        InForce {
            rules: Arc::clone(&self.rules.status),
            formats: Arc::clone(&self.formats.status),
        }
    }

    /// Watches until dropped.
    pub(crate) async fn run(self) {
        tokio::join!(self.rules.run(), self.formats.run());
    }
}

/// Keeps what the log brings into force that of the files.
pub(crate) struct FilesWatch<W> {
    /// Where the files stand; without one they are those that come with the program, which do not change.
    dir: Option<PathBuf>,
    /// How often they are looked at; zero is only at the start.
    every: Duration,
    log: AnyLog,
    metrics: Arc<Metrics>,
    pub(crate) status: W,
    /// What the files mean at the start; `None` when they have mistakes.
    wanted: Option<Ready>,
    /// Last message that the log held at the start: others may have come into force up to there.
    log_end: u64,
}

impl<W: Watched> FilesWatch<W> {
    async fn run(mut self) {
        while self.metrics.position.load(Ordering::Relaxed) < self.log_end {
            tokio::time::sleep(CATCH_UP_EVERY).await;
        }
        let mut told = self.status.in_force();
        let mut waiting = self.wanted.take();
        if let Some(why) = waiting.as_ref().and_then(too_large::<W>) {
            self.status.refuse(&why);
            waiting = None;
        }
        let (mut seen, mut taken): (Option<Texts>, _) = (None, waiting.as_ref().map(|ready| ready.files.clone()));
        loop {
            if let Some(ready) = waiting.take() {
                if ready.hash == told || self.tell(&ready).await {
                    told = ready.hash;
                } else {
                    waiting = Some(ready);
                }
            }
            if self.every.is_zero() && waiting.is_none() {
                return std::future::pending().await;
            }
            tokio::time::sleep(self.every.max(CATCH_UP_EVERY)).await;
            let Some(files) = self.read().await else { continue };
            if taken.as_ref() == Some(&files) {
                seen = None;
                self.status.accept();
            } else if seen.as_ref() == Some(&files) {
                // Nobody is writing them any more.
                match good::<W>(files.clone()) {
                    Ok(ready) => {
                        self.status.accept();
                        waiting = Some(ready);
                        taken = Some(files);
                    }
                    Err(why) => self.status.refuse(&why),
                }
            } else {
                seen = Some(files);
            }
        }
    }

    /// The files as they are now.
    async fn read(&self) -> Option<Texts> {
        let dir = self.dir.clone().filter(|_| !self.every.is_zero())?;
        match spawn_blocking(move || W::read(&dir)).await.ok()? {
            Ok(files) => Some(files),
            Err(error) => {
                self.status.refuse(&format!("{error:#}"));
                None
            }
        }
    }

    /// Puts them into the log; whether it has them.
    async fn tell(&self, ready: &Ready) -> bool {
        let (what, hash) = (W::WHAT, short(&ready.hash));
        match self.log.append(clock::host_now(), vec![ready.control.append()]).await {
            Ok(sequences) => {
                let sequence = sequences.last().copied().unwrap_or(0);
                eprintln!("{what} {hash} are put into the log, message {sequence}");
                true
            }
            Err(error) => {
                eprintln!("warning: the changed {what} could not be put into the log, it is tried again: {error}");
                false
            }
        }
    }
}

/// What these files mean, or why they cannot come into force.
fn good<W: Watched>(files: Texts) -> Result<Ready, String> {
    let ready = W::ready(files)?;
    too_large::<W>(&ready).map_or(Ok(ready), Err)
}

/// Why files do not fit into a message, if they do not.
fn too_large<W: Watched>(ready: &Ready) -> Option<String> {
    let bytes = ready.control.append().payload.len();
    (bytes > MESSAGE_BYTES_MAX).then(|| {
        format!(
            "the files of the {} have {bytes} bytes as one message of the log, which takes {MESSAGE_BYTES_MAX}: shorten them (of \
             CSV files of lists, to the column that is used), or take files out of the directory",
            W::WHAT
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_that_no_message_holds_is_refused_like_one_with_mistakes() {
        let good = good::<Arc<RulesStatus>>;
        let rules = "rules:\n  - notice: seen\n    when: scans > 0\n";
        let file = |name: &str, text: String| (name.to_owned(), text);
        let mut files = vec![file("rules/a.yaml", rules.to_owned())];
        assert_eq!(good(files.clone()).map(|ready| ready.files.len()), Ok(1));
        files.push(file(
            "rules/lanes.csv",
            format!("lane\n{}", "US-KY>US-AK\n".repeat(100_000)),
        ));
        assert!(good(files.clone()).is_err_and(|why| why.contains("takes 1000000")));
        files.push(file("rules/b.yaml", rules.replace("scans", "scnas")));
        assert!(good(files).is_err_and(|why| why.contains("MP011")));
    }

    #[test]
    fn mapping_files_are_the_same_wherever_they_stand() {
        let good = good::<Arc<FormatsStatus>>;
        let file = |name: &str, text: &str| vec![(name.to_owned(), text.to_owned())];
        let text = include_str!("../../../connectors/formats/gls.yaml");
        let hash = good(file("/etc/milepost/gls.yaml", text)).map(|ready| ready.hash);
        assert_eq!(hash, good(file("gls.yaml", text)).map(|ready| ready.hash));
        let other = text.replacen("title: ", "title: Our ", 1);
        assert_ne!(hash, good(file("gls.yaml", &other)).map(|ready| ready.hash));
        assert_ne!(hash, Ok(Arc::<FormatsStatus>::default().in_force()));
        assert!(good(file("gls.yaml", "format: gls\n")).is_err_and(|why| why.contains("gls.yaml:1: ")));
    }
}
