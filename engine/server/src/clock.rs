//! The only reader of the host's clock. It writes ticks into the log, so that the engine's time comes from the log; and
//! it has a stopwatch for figures that only people read.

use milepost_connectors::log::{AnyLog, Control, Log};
use milepost_model::Timestamp;
use milepost_runtime::alarms::Fault;
use milepost_runtime::metrics::Metrics;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How late it is: what the host's clock said when the program asked first, and the time since. A clock that is set while
/// the program runs, by hours or by years, moves nothing; a machine that slept has slept.
pub(crate) fn host_now() -> Timestamp {
    static START: OnceLock<(Duration, Duration)> = OnceLock::new();
    let (wall, up) = START.get_or_init(|| (wall_clock(), uptime()));
    let now = *wall + uptime().saturating_sub(*up);
    Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}

#[expect(clippy::disallowed_methods, reason = "the one reader of the host's clock")]
fn wall_clock() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Since the machine was started, with the time that it slept.
#[cfg(target_os = "linux")]
fn uptime() -> Duration {
    let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::try_from(since).unwrap_or_default()
}

/// Since the first call; whether with the time that the machine slept depends on the system.
#[cfg(not(target_os = "linux"))]
fn uptime() -> Duration {
    static FIRST: OnceLock<Stopwatch> = OnceLock::new();
    FIRST.get_or_init(Stopwatch::start).elapsed()
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

/// Writes a tick into the log every `every`, until dropped, and tells how long the log is then. One that cannot take a tick
/// is an alarm, and is tried again at the next.
pub(crate) async fn tick(log: AnyLog, every: Duration, metrics: Arc<Metrics>) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let now = host_now();
        let tick = Control::Tick(now).append();
        match log.append(now, vec![tick]).await {
            Ok(sequences) => {
                metrics.alarms.clear(Fault::TickFailed);
                Metrics::set(&metrics.log_end, sequences.last().copied().unwrap_or(0));
            }
            Err(error) => {
                let what = format!("no tick could be written: {error}");
                metrics.alarms.raise(Fault::TickFailed, &what);
            }
        }
    }
}
