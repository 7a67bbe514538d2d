//! Waiting for what another program does, and an end to it.

use crate::sent::scans_wanted;
use std::time::{Duration, Instant};

/// Longer than anything takes on a busy machine: who waits so long waits for nothing.
const PATIENCE: Duration = Duration::from_secs(120);

/// A long run takes longer: scans that pass in a second, at the very least.
const SCANS_A_SECOND_MIN: usize = 2_000;

/// How often to look.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// The time, for waiting and for figures that are printed.
#[expect(
    clippy::disallowed_methods,
    reason = "how long something takes decides nothing that a test checks"
)]
#[must_use]
pub fn now() -> Instant {
    Instant::now()
}

/// Looks until there is something to see.
///
/// # Panics
/// When there is nothing for minutes; `what` says what was waited for.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = now();
    let patience = PATIENCE + Duration::from_secs((scans_wanted(0) / SCANS_A_SECOND_MIN) as u64);
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(started.elapsed() < patience, "waited {patience:?} in vain: {what}");
        std::thread::sleep(LOOK_EVERY);
    }
}
