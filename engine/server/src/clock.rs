//! The only reader of the host's clock. It writes ticks into the log, so that the engine's time comes from the log; and
//! it has a stopwatch for figures that only people read.

use milepost_connectors::log::{AnyLog, Control, Log};
use milepost_model::Timestamp;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What the host's clock says.
#[expect(clippy::disallowed_methods, reason = "the one reader of the host's clock")]
pub(crate) fn host_now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Measures how long something took; nothing the engine decides depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    started: Instant,
}

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "the one stopwatch")]
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.elapsed().as_secs_f64()
    }
}

/// Writes a tick into the log every `every`, until dropped. A log that cannot take one is told to `complain`, and tried
/// again at the next.
pub(crate) async fn tick(log: AnyLog, every: Duration, mut complain: impl FnMut(&str)) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let now = host_now();
        let tick = Control::Tick(now).append();
        if let Err(error) = log.append(now, vec![tick]).await {
            complain(&format!("no tick could be written: {error}"));
        }
    }
}
