//! Two engines on one log, of which one waits: it looks who says that it is at work, and begins when nobody does any more.
//!
//! That one engine waits spares the log two that contend for it. It is not what keeps jobs from being doubled: an engine that
//! is thought gone, and is not, stops when it reads in the log that another has taken over, or when a publication is refused.

use crate::config::Config;
use crate::http;
use anyhow::{Context, Result};
use milepost_connectors::log::{Holder, Lease, Leases, LogError};
use milepost_runtime::metrics::Metrics;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

/// How often an engine says that it is at work while others wait for one word more.
const WORDS: u32 = 5;

/// The lease of the engine at work, renewed while this lives. Dropped, it is not given back, as if the program had died.
pub(crate) struct AtWork {
    renewing: JoinSet<()>,
    end: oneshot::Sender<()>,
}

impl AtWork {
    /// Takes the lease from whoever has it.
    pub(crate) async fn seize(leases: &Leases, config: &Config, name: &str) -> Result<Self, LogError> {
        let every = said_every(config);
        Ok(Self::keep(leases.seize(name, every).await?, every))
    }

    /// Waits until nobody else is at work, and takes the lease. Answers requests meanwhile: it lives, and is not ready.
    pub(crate) async fn wait(leases: Option<Leases>, config: &Config, name: &str) -> Result<Self> {
        let leases = leases.context(
            "an engine in standby looks into the bucket MILEPOST of the server, and there is none. Make it: `nats kv add \
             MILEPOST`, or start once with --create. An embedded log is open in one process at a time and has no standby",
        )?;
        let every = said_every(config);
        let at_work = leases.holder().await?;
        if at_work.is_none()
            && let Some(lease) = leases.take(None, name, every).await?
        {
            return Ok(Self::keep(lease, every));
        }
        let metrics = Arc::new(Metrics::default());
        Metrics::set(&metrics.standby, 1);
        let (waits_for_in, waits_for) = watch::channel(at_work.map(|holder| holder.engine));
        let (_stop, stopped) = oneshot::channel::<()>();
        let web = http::run_waiting(config.http.as_ref(), metrics, waits_for, async move {
            // Dropped when this function is left.
            let _ = stopped.await;
        });
        tokio::select! {
            ended = web => Err(ended.err().unwrap_or_else(|| anyhow::anyhow!("the HTTP interface stopped"))),
            lease = wait(&leases, name, every, &waits_for_in) => Ok(Self::keep(lease?, every)),
        }
    }

    fn keep(lease: Lease, every: Duration) -> Self {
        let (end, ended) = oneshot::channel();
        let mut renewing = JoinSet::new();
        renewing.spawn(renew(lease, every, ended));
        Self { renewing, end }
    }

    /// Gives the lease back.
    pub(crate) async fn end(mut self) {
        // Whoever has lost the lease renews it no more, and is gone already.
        let _ = self.end.send(());
        self.renewing.join_next().await;
    }
}

fn said_every(config: &Config) -> Duration {
    config.engine.lease / WORDS
}

async fn renew(mut lease: Lease, every: Duration, ended: oneshot::Receiver<()>) {
    tokio::pin!(ended);
    loop {
        let asked = tokio::time::timeout(every, &mut ended).await;
        match asked {
            Ok(Ok(())) => {
                // It lapses by itself where it cannot be given back.
                drop(lease.release().await);
                return;
            }
            Ok(Err(_)) => return,
            Err(_) => {}
        }
        // A server that is away is asked again; who waits cannot ask it either.
        if let Ok(false) = lease.renew().await {
            return;
        }
    }
}

/// Looks until there is nobody at work, or one who has said nothing new as often as it should have.
async fn wait(
    leases: &Leases,
    name: &str,
    every: Duration,
    waits_for: &watch::Sender<Option<String>>,
) -> Result<Lease, LogError> {
    let mut seen: Option<Holder> = None;
    let mut unchanged = 0;
    loop {
        let looked = match leases.holder().await {
            Ok(looked) => looked,
            Err(error) => {
                // Nobody's silence counts that we cannot hear.
                eprintln!("warning: {error}");
                unchanged = 0;
                tokio::time::sleep(every).await;
                continue;
            }
        };
        unchanged = if looked.is_some() && looked == seen {
            unchanged + 1
        } else {
            0
        };
        if (looked.is_none() || unchanged >= WORDS)
            && let Some(lease) = leases.take(looked.as_ref(), name, every).await?
        {
            let from = looked.map(|holder| format!(", from {}, which is silent", holder.engine));
            eprintln!("takes over{}", from.unwrap_or_default());
            return Ok(lease);
        }
        if let Some(holder) = &looked
            && seen.as_ref().is_none_or(|seen| seen.engine != holder.engine)
        {
            eprintln!("in standby: {} is at work", holder.engine);
            waits_for.send_replace(Some(holder.engine.clone()));
        }
        tokio::time::sleep(looked.as_ref().map_or(every, |holder| holder.every)).await;
        seen = looked;
    }
}
