//! The host's clock, read here only: how long something took, and when a line is due.

use std::time::{Duration, Instant};

/// How long something has been going on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[expect(
        clippy::disallowed_methods,
        reason = "a load generator measures the time of the machine it runs on"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub(crate) fn passed(self) -> Duration {
        self.0.elapsed()
    }
}

/// An open-loop schedule: line `n` is due at `n / rate`, however slow the receiver is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    clock: Stopwatch,
    per_second: Option<f64>,
}

impl Schedule {
    /// Begins now; without a rate every line is due at once.
    pub(crate) fn start(per_second: Option<f64>) -> Self {
        Self {
            clock: Stopwatch::start(),
            per_second,
        }
    }

    /// Time since the begin.
    pub(crate) fn passed(&self) -> Duration {
        self.clock.passed()
    }

    /// When line `n` is due, after the begin. Without a rate: now.
    pub(crate) fn due(&self, n: u64) -> Duration {
        match self.per_second {
            Some(per_second) => Duration::from_secs_f64(n as f64 / per_second),
            None => self.passed(),
        }
    }

    /// Whether there is a rate to keep.
    pub(crate) fn is_paced(&self) -> bool {
        self.per_second.is_some()
    }
}

/// How far the sender fell behind its schedule.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Behind {
    /// Worst.
    pub(crate) max: Duration,
    /// At the end.
    pub(crate) last: Duration,
}

impl Behind {
    /// A line that was due at `due` went out at `passed`.
    pub(crate) fn note(&mut self, due: Duration, passed: Duration) {
        self.last = passed.saturating_sub(due);
        self.max = self.max.max(self.last);
    }
}
