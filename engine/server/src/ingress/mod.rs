//! The ways into the log that are not its own: scans over HTTP, events of carriers, files that are dropped. Whoever is told that
//! something is stored can rely on it: the log has it by then.

mod counts;
mod endpoint;
mod lines;
mod posted;
mod unpack;

pub(crate) use counts::{Counts, Outcome};
pub(crate) use endpoint::{Endpoint, read_secrets};
pub(crate) use lines::Packer;
pub(crate) use posted::{Posted, read};
pub(crate) use unpack::{Packed, Unpacked, unpack};

use crate::clock::host_now;
use crate::config::{Config, Webhook};
use crate::error::Usage;
use crate::length::show_length;
use crate::settings::{PATTERNED, nearest};
use anyhow::Result;
use milepost_connectors::carriers::mapping::Formats;
use milepost_connectors::carriers::{Defaults, Format};
use milepost_connectors::log::{AnyLog, Append, Log};
use milepost_runtime::format_texts::{FormatSet, FormatsStatus};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

/// How long the log is waited for. Senders wait seconds, and send again what nobody took.
const LOG_WAIT: Duration = Duration::from_secs(6);

/// Bodies of requests that are in memory at once, of each kind.
const BODIES_MAX: usize = 32;

/// The way into the log.
pub(crate) struct Ingress {
    log: AnyLog,
    /// Those by which the log is read just now.
    pub(crate) formats: Arc<FormatsStatus>,
    pub(crate) defaults: Defaults,
    endpoints: BTreeMap<String, Endpoint>,
    pub(crate) counts: Counts,
    /// Places for bodies. Who may send scans waits for nobody who only says that he is a carrier.
    posts: Semaphore,
    events: Semaphore,
}

/// Whether each endpoint is of a format that is ours or one of these.
///
/// # Errors
/// Which is not, and what may be meant.
pub(crate) fn check_formats(webhooks: &[Webhook], formats: &Formats) -> Result<()> {
    for Webhook { name, format, .. } in webhooks {
        if Format::ALL.iter().any(|ours| ours.name() == format) || formats.get(format).is_some() {
            continue;
        }
        let ours = Format::ALL.iter().map(|format| format.name());
        let known: Vec<&str> = ours.chain(formats.iter().map(|mapping| mapping.name())).collect();
        let advice = match nearest(format, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are: {}", known.join(", ")),
        };
        return Err(Usage::error(format!(
            "`format` in [{PATTERNED}{name}] is `{format}`, and there is none of that name; {advice}"
        )));
    }
    Ok(())
}

/// What to tell of the ways in at a start.
pub(crate) fn told(config: &Config, in_force: &FormatSet) -> Vec<String> {
    let watched = config
        .formats_dir
        .as_ref()
        .map_or("none".to_owned(), |dir| dir.display().to_string());
    let mut told = vec![format!(
        "formats in force: {}, {} of them from mapping files; watched: {watched}",
        in_force.formats.iter().count(),
        in_force.files.len(),
    )];
    for Webhook {
        name,
        format,
        signature,
        ..
    } in &config.webhooks
    {
        told.push(format!(
            "events: POST /v1/webhooks/{format}/{name}, signature {}",
            signature.name()
        ));
    }
    if let Some(folder) = &config.drop {
        told.push(format!(
            "watched folder: {}, every {}",
            folder.dir.display(),
            show_length(folder.every)
        ));
    }
    told
}

/// Nothing may be said of what the log holds: it did not answer, or refused.
#[derive(Debug, thiserror::Error)]
#[error("the log does not take it just now: {0}")]
pub(crate) struct Unstored(String);

impl Ingress {
    /// Reads the secrets of the endpoints.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(crate) fn new(config: &Config, log: AnyLog, formats: Arc<FormatsStatus>) -> Result<Self> {
        let endpoints = config.webhooks.iter().map(|webhook| {
            let endpoint = Endpoint::new(webhook)?;
            Ok((webhook.name.clone(), endpoint))
        });
        Ok(Self {
            log,
            formats,
            defaults: config.ingest.clone(),
            endpoints: endpoints.collect::<Result<_>>()?,
            counts: Counts::of(config.webhooks.iter().map(|webhook| webhook.name.as_str())),
            posts: Semaphore::new(BODIES_MAX),
            events: Semaphore::new(BODIES_MAX),
        })
    }

    /// The endpoint of that name, if this format is sent to it.
    pub(crate) fn endpoint(&self, format: &str, name: &str) -> Option<&Endpoint> {
        self.endpoints.get(name).filter(|endpoint| endpoint.format == format)
    }

    /// The largest message that the log takes.
    pub(crate) fn message_bytes_max(&self) -> usize {
        self.log.message_bytes_max()
    }

    /// A place for scans that are posted, as soon as there is one.
    pub(crate) async fn post(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.posts.acquire().await
    }

    /// A place for an event of a carrier, as soon as there is one.
    pub(crate) async fn event(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.events.acquire().await
    }

    /// Stores messages. After an error some of them may be there, which harms nobody: a repeated scan changes nothing.
    pub(crate) async fn append(&self, messages: Vec<Append>) -> Result<(), Unstored> {
        if messages.is_empty() {
            return Ok(());
        }
        if !self.log.is_connected() {
            return Err(Unstored("it cannot be reached".to_owned()));
        }
        match tokio::time::timeout(LOG_WAIT, self.log.append(host_now(), messages)).await {
            Ok(Ok(_sequences)) => Ok(()),
            Ok(Err(error)) => Err(Unstored(error.to_string())),
            Err(_elapsed) => Err(Unstored(format!("it did not answer within {} s", LOG_WAIT.as_secs()))),
        }
    }
}
