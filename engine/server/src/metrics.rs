//! What the engine counts, in one place: the server prints it, `/metrics` shows it, the core knows nothing of it.

use milepost_model::Timestamp;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

macro_rules! metrics {
    ($($field:ident $kind:literal $name:literal $help:literal;)+) => {
        /// Counters and gauges of a running engine.
        #[derive(Debug, Default)]
        pub(crate) struct Metrics {
            $(#[doc = $help] pub(crate) $field: AtomicU64,)+
            /// The log's time, milliseconds.
            pub(crate) now: AtomicI64,
        }

        impl Metrics {
            /// The Prometheus text format.
            pub(crate) fn render(&self) -> String {
                let mut text = String::new();
                $(
                    let value = self.$field.load(Ordering::Relaxed);
                    let _ = write!(text, "# HELP {0} {1}\n# TYPE {0} {2}\n{0} {value}\n", $name, $help, $kind);
                )+
                text
            }
        }
    };
}

metrics! {
    messages "counter" "milepost_messages_total" "Messages read from the log.";
    scans "counter" "milepost_scans_total" "Scans decoded from messages.";
    jobs "counter" "milepost_jobs_published_total" "Jobs published.";
    jobs_covered "counter" "milepost_jobs_covered_total" "Jobs kept back because the stream holds them already.";
    rejects "counter" "milepost_rejects_published_total" "Rejects published.";
    rejects_covered "counter" "milepost_rejects_covered_total" "Rejects kept back because the stream holds them already.";
    snapshots "counter" "milepost_snapshots_total" "Snapshots committed.";
    snapshots_failed "counter" "milepost_snapshots_failed_total" "Snapshots that could not be written.";
    unpublished "gauge" "milepost_unpublished" "1 while what was decided cannot be published, else 0.";
    ticks_failed "counter" "milepost_ticks_failed_total" "Ticks that the log did not take.";
    position "gauge" "milepost_position" "Sequence number of the last message handled.";
    snapshot_position "gauge" "milepost_snapshot_position" "Sequence number of the last message in a snapshot.";
}

impl Metrics {
    pub(crate) fn add(counter: &AtomicU64, value: usize) {
        counter.fetch_add(value as u64, Ordering::Relaxed);
    }

    pub(crate) fn set(gauge: &AtomicU64, value: u64) {
        gauge.store(value, Ordering::Relaxed);
    }

    /// The log's time.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }
}
