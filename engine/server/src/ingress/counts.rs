//! What came in, for `/metrics`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! outcomes {
    ($($(#[doc = $doc:literal])+ $outcome:ident $name:literal;)+) => {
        /// What became of an event that was sent to an endpoint.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum Outcome {
            $($(#[doc = $doc])+ $outcome,)+
        }

        impl Outcome {
            const NAMES: [&str; [$(Self::$outcome),+].len()] = [$($name),+];
        }
    };
}

outcomes! {
    /// It stands in the log.
    Stored "stored";
    /// It stood there before.
    Repeated "repeated";
    /// Its sender is not who it says.
    BadSignature "bad_signature";
    /// It was signed too long ago.
    TooOld "too_old";
    /// It does not fit.
    TooLarge "too_large";
    /// The log did not take it.
    Unavailable "unavailable";
}

/// Counters of all ways in.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    webhooks: BTreeMap<String, [AtomicU64; Outcome::NAMES.len()]>,
    pub(crate) scans_accepted: AtomicU64,
    pub(crate) scans_refused: AtomicU64,
    pub(crate) scans_unavailable: AtomicU64,
    pub(crate) files_done: AtomicU64,
    pub(crate) files_refused: AtomicU64,
}

impl Counts {
    /// Nothing yet, at these endpoints.
    pub(crate) fn of<'n>(endpoints: impl Iterator<Item = &'n str>) -> Self {
        Self {
            webhooks: endpoints.map(|name| (name.to_owned(), Default::default())).collect(),
            ..Self::default()
        }
    }

    /// One more event.
    pub(crate) fn webhook(&self, endpoint: &str, outcome: Outcome) {
        let counters = self.webhooks.get(endpoint);
        if let Some(counter) = counters.and_then(|counters| counters.get(outcome as usize)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The Prometheus text format.
    pub(crate) fn render(&self) -> String {
        let mut text = String::from(
            "# HELP milepost_webhooks_total Events sent to endpoints, by what became of them.\n\
             # TYPE milepost_webhooks_total counter\n",
        );
        for (endpoint, counters) in &self.webhooks {
            for (name, counter) in Outcome::NAMES.iter().zip(counters) {
                let value = counter.load(Ordering::Relaxed);
                let labels = format!("endpoint=\"{endpoint}\",outcome=\"{name}\"");
                let _ = writeln!(text, "milepost_webhooks_total{{{labels}}} {value}");
            }
        }
        let posted = [
            ("accepted", &self.scans_accepted),
            ("refused", &self.scans_refused),
            ("unavailable", &self.scans_unavailable),
        ];
        let files = [("done", &self.files_done), ("refused", &self.files_refused)];
        for (name, help, counters) in [
            (
                "milepost_posted_scans_total",
                "Scans sent to POST /v1/scans, by what became of them.",
                posted.as_slice(),
            ),
            (
                "milepost_drop_files_total",
                "Files of the watched folder, by what became of them.",
                files.as_slice(),
            ),
        ] {
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} counter\n");
            for (outcome, counter) in counters {
                let value = counter.load(Ordering::Relaxed);
                let _ = writeln!(text, "{name}{{outcome=\"{outcome}\"}} {value}");
            }
        }
        text
    }
}
