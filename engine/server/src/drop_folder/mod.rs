//! The watched folder: files that are put there go into the log and then out of the way. What a crash leaves between the two is
//! sent again, which changes nothing: a repeated scan is a repeat.
//!
//! `look` finds files that are complete, `shape` tells what is in one, `source` makes messages of it.

mod look;
mod shape;
mod source;

use crate::config::Folder;
use crate::ingress::Ingress;
use anyhow::{Context, Result, anyhow, bail};
use look::{Found, Stamp};
use source::Source;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::task::spawn_blocking;
use tokio::time::MissedTickBehavior;

/// Where files go that are in the log.
const DONE: &str = "done";
/// Where files go that are not, or not all of them.
const REFUSED: &str = "refused";

/// What became of a file.
enum Fate {
    Done,
    /// What is wrong, where, and what to do.
    Refused(String),
    /// It stays, and is looked at again.
    Later(String),
    /// The log is away: no other file would do better.
    Away(String),
}

/// Looks at the folder again and again, until dropped: what is half sent by then is sent again at the next start.
pub(crate) async fn watch(folder: Option<&Folder>, ingress: Arc<Ingress>) {
    let Some(folder) = folder else {
        return std::future::pending().await;
    };
    let mut watched = Watched {
        dir: folder.dir.clone(),
        ingress,
        last: HashMap::new(),
        sent: HashMap::new(),
        told: String::new(),
    };
    let mut looks = tokio::time::interval(folder.every);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let trouble = watched.look().await.err().map(|error| format!("{error:#}"));
        watched.tell(trouble.unwrap_or_default());
    }
}

struct Watched {
    dir: PathBuf,
    ingress: Arc<Ingress>,
    /// What was there at the last look.
    last: HashMap<PathBuf, Stamp>,
    /// Files that are in the log and could not be moved: they are moved, and not sent again.
    sent: HashMap<PathBuf, (Stamp, Result<(), String>)>,
    /// The last trouble.
    told: String,
}

impl Watched {
    /// Sends what is complete, by name. One file in trouble does not hold up the others.
    async fn look(&mut self) -> Result<()> {
        let dir = self.dir.clone();
        let found = blocking(move || look::at(&dir)).await?;
        let here: HashMap<PathBuf, Stamp> = found.iter().map(|file| (file.path.clone(), file.stamp)).collect();
        let before = std::mem::replace(&mut self.last, here);
        self.sent.retain(|path, (stamp, _)| self.last.get(path) == Some(stamp));
        let mut trouble = Ok(());
        for file in found.iter().filter(|file| before.get(&file.path) == Some(&file.stamp)) {
            let fate = match self.sent.get(&file.path) {
                Some((_, Ok(()))) => Fate::Done,
                Some((_, Err(why))) => Fate::Refused(why.clone()),
                None => self.send(file).await,
            };
            let taken = match fate {
                Fate::Done => self.put_away(file, Ok(())).await,
                Fate::Refused(why) => self.put_away(file, Err(why)).await,
                Fate::Later(why) => Err(anyhow!("{}: {why}; it stays, and is tried again", file.name())),
                Fate::Away(why) => bail!("{}: {why}; it stays, and is tried again", file.name()),
            };
            trouble = trouble.and(taken);
        }
        trouble
    }

    /// Puts a file out of the way. One that cannot be moved is not sent again for that.
    async fn put_away(&mut self, file: &Found, outcome: Result<(), String>) -> Result<()> {
        let (dir, moving, why) = (self.dir.clone(), file.clone(), outcome.clone().err());
        self.sent.insert(file.path.clone(), (file.stamp, outcome.clone()));
        blocking(move || put_away(&dir, &moving, why.as_deref())).await?;
        self.sent.remove(&file.path);
        let counts = &self.ingress.counts;
        if outcome.is_ok() {
            counts.files_done.fetch_add(1, Ordering::Relaxed);
        } else {
            counts.files_refused.fetch_add(1, Ordering::Relaxed);
            eprintln!(
                "warning: {} was refused; why stands beside it in {REFUSED}/",
                file.name()
            );
        }
        Ok(())
    }

    /// Sends a file to its end, message by message.
    async fn send(&self, file: &Found) -> Fate {
        let (opening, bytes_max) = (file.clone(), self.ingress.message_bytes_max());
        let formats = self.ingress.formats.set().formats;
        let opened = spawn_blocking(move || Source::open(&opening, bytes_max, &formats)).await;
        let mut source = match opened {
            Ok(Ok(source)) => source,
            Ok(Err(fate)) => return fate,
            Err(_cancelled) => return Fate::Later("the engine is stopping".to_owned()),
        };
        loop {
            let read = spawn_blocking(move || {
                let messages = source.next();
                (source, messages)
            });
            let Ok((given_back, messages)) = read.await else {
                return Fate::Later("the engine is stopping".to_owned());
            };
            source = given_back;
            match messages {
                Ok(Some(messages)) => {
                    if let Err(unstored) = self.ingress.append(messages).await {
                        return Fate::Away(unstored.to_string());
                    }
                }
                Ok(None) => break,
                Err(error) => return Fate::Later(format!("it cannot be read: {error}")),
            }
        }
        if !file.is_unchanged() {
            return Fate::Later("it changed while it was read".to_owned());
        }
        match source.unsent() {
            Some(why) => Fate::Refused(why),
            None => Fate::Done,
        }
    }

    /// Says what is wrong once, not at each look.
    fn tell(&mut self, trouble: String) {
        if trouble != self.told && !trouble.is_empty() {
            eprintln!("warning: the watched folder {}: {trouble}", self.dir.display());
        }
        self.told = trouble;
    }
}

/// Moves a file to those that are done, or to those that are refused, with why.
fn put_away(dir: &Path, file: &Found, why: Option<&str>) -> Result<()> {
    let place = dir.join(if why.is_some() { REFUSED } else { DONE });
    let place = file.folder.as_ref().map_or(place.clone(), |folder| place.join(folder));
    std::fs::create_dir_all(&place).with_context(|| format!("cannot create {}", place.display()))?;
    if !file.is_unchanged() {
        bail!(
            "{}: another file has taken its place, and is read in its turn",
            file.name()
        );
    }
    let free = free(&place, &file.file);
    let cannot_move = || {
        format!(
            "{} cannot be moved to {}; see the rights there",
            file.name(),
            free.display()
        )
    };
    if let Some(why) = why {
        let mut beside = free.clone().into_os_string();
        beside.push(".why.txt");
        std::fs::write(&beside, format!("{}\n", why.trim_end())).with_context(cannot_move)?;
    }
    std::fs::rename(&file.path, &free).with_context(cannot_move)
}

/// A name that is not taken: `a.json`, `a.json.1`, …
fn free(place: &Path, name: &str) -> PathBuf {
    let numbered = (1_u32..).map(|number| place.join(format!("{name}.{number}")));
    let mut names = std::iter::once(place.join(name)).chain(numbered);
    names
        .find(|path| path.symlink_metadata().is_err())
        .unwrap_or_else(|| place.join(name))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    spawn_blocking(work).await.context("the engine is stopping")?
}

#[cfg(test)]
mod tests;
