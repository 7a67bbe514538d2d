//! What the engine counts, in one place: the server prints it, `/metrics` shows it, the core knows nothing of it.

use crate::alarms::Alarms;
use milepost_model::{RejectReason, Timestamp};
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

macro_rules! metrics {
    ($($field:ident $kind:literal $name:literal $help:literal;)+) => {
        /// Counters and gauges of a running engine.
        #[derive(Debug, Default)]
        pub struct Metrics {
            $(#[doc = $help] pub $field: AtomicU64,)+
            /// The log's time, milliseconds.
            pub now: AtomicI64,
            /// Records refused, by why.
            pub refused: Refusals,
            /// What is wrong.
            pub alarms: Alarms,
        }

        impl Metrics {
            /// The Prometheus text format.
            #[must_use]
            pub fn render(&self) -> String {
                let mut text = String::new();
                $(
                    let value = self.$field.load(Ordering::Relaxed);
                    let _ = write!(text, "# HELP {0} {1}\n# TYPE {0} {2}\n{0} {value}\n", $name, $help, $kind);
                )+
                text + &self.refused.render() + &self.alarms.render()
            }
        }
    };
}

metrics! {
    messages "counter" "milepost_messages_total" "Messages read from the log.";
    scans "counter" "milepost_scans_total" "Scans decoded from messages.";
    unmapped "counter" "milepost_unmapped_total" "Scans with a code of the carrier's that no mapping knows: kept, moving nothing. The table unmapped_codes lists the codes.";
    jobs "counter" "milepost_jobs_published_total" "Jobs published.";
    jobs_covered "counter" "milepost_jobs_covered_total" "Jobs kept back because the stream holds them already.";
    rejects "counter" "milepost_rejects_published_total" "Rejects published.";
    rejects_covered "counter" "milepost_rejects_covered_total" "Rejects kept back because the stream holds them already.";
    snapshots "counter" "milepost_snapshots_total" "Snapshots committed.";
    position "gauge" "milepost_position" "Sequence number of the last message handled.";
    log_end "gauge" "milepost_log_end" "Sequence number of the last message of the log when it was last told: how far behind the engine is, less milepost_position.";
    standby "gauge" "milepost_standby" "1 while this engine waits for another to end, else 0.";
    snapshot_position "gauge" "milepost_snapshot_position" "Sequence number of the last message in a snapshot.";
}

/// How many records were refused for each reason.
#[derive(Debug, Default)]
pub struct Refusals([AtomicU64; RejectReason::ALL.len()]);

impl Refusals {
    /// One more.
    pub fn add(&self, reason: RejectReason) {
        if let Some(counter) = self.0.get(reason as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn render(&self) -> String {
        let name = "milepost_refused_total";
        let mut text = format!(
            "# HELP {name} Records refused since the start, by reason; after a restart those are among them that it reads again.\n\
             # TYPE {name} counter\n"
        );
        for (reason, counter) in RejectReason::ALL.iter().zip(&self.0) {
            let value = counter.load(Ordering::Relaxed);
            let _ = writeln!(text, "{name}{{reason=\"{reason}\"}} {value}");
        }
        text
    }
}

impl Metrics {
    /// Nothing counted yet; what goes wrong is told to somebody.
    #[must_use]
    pub fn told(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            alarms: Alarms::told(tell),
            ..Self::default()
        }
    }

    /// So many more.
    pub fn add(counter: &AtomicU64, value: usize) {
        counter.fetch_add(value as u64, Ordering::Relaxed);
    }

    /// It is so many now.
    pub fn set(gauge: &AtomicU64, value: u64) {
        gauge.store(value, Ordering::Relaxed);
    }

    /// The log's time.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }
}
