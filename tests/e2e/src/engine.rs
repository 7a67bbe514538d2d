//! `milepost serve` while it runs, and the ways in which it ends.

use crate::http::{self, Answer};
use crate::patience::until;
use crate::program::Said;
use crate::site::{Site, Started, text};
use std::path::PathBuf;
use std::time::Duration;

/// A running engine; it is killed when dropped.
pub struct Engine {
    started: Started,
    trace: PathBuf,
    address: String,
}

impl Engine {
    /// Starts an engine and waits until it listens.
    ///
    /// # Panics
    /// When it ends instead.
    #[must_use]
    pub fn start(site: &Site, args: &[&str]) -> Self {
        let trace = site.next_trace();
        let all: Vec<&str> = ["serve"].iter().chain(args).copied().collect();
        let started = site.start(&all, &trace);
        let mut engine = Self {
            started,
            trace,
            address: String::new(),
        };
        engine.address = until("the engine listens", || {
            if let Some(status) = engine.started.ended() {
                panic!("milepost serve ended with {status}:\n{}", text(&engine.trace));
            }
            address(&text(&engine.trace))
        });
        engine
    }

    /// Starts an engine, and kills it so long after: while it starts, restores, reads, publishes or saves. What it had said
    /// by then.
    #[must_use]
    pub fn start_and_kill(site: &Site, after: Duration) -> String {
        let trace = site.next_trace();
        let mut started = site.start(&["serve"], &trace);
        std::thread::sleep(after);
        let ended = started.ended();
        started.kill();
        let said = text(&trace);
        assert!(ended.is_none(), "milepost serve ended by itself:\n{said}");
        std::fs::remove_file(&trace).expect("our own file can be removed");
        said
    }

    /// Waits until an engine in standby has taken over and runs.
    pub fn wait_until_it_runs(&mut self) {
        self.address = until("the engine in standby takes over", || {
            let trace = self.trace();
            let (_, after) = trace.split_once("running on")?;
            address(after)
        });
    }

    /// What it has said on standard error so far.
    #[must_use]
    pub fn trace(&self) -> String {
        text(&self.trace)
    }

    /// Where it listens, `127.0.0.1:4711`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Asks for a page.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        http::ask(&self.address, "GET", path, &[], &[])
    }

    /// Asks SQL, with further header lines.
    #[must_use]
    pub fn sql(&self, statement: &str, headers: &[&str]) -> Answer {
        self.post("/v1/sql", headers, statement.as_bytes())
    }

    /// Sends something, with further header lines.
    #[must_use]
    pub fn post(&self, path: &str, headers: &[&str], body: &[u8]) -> Answer {
        http::ask(&self.address, "POST", path, headers, body)
    }

    /// The value of a metric.
    ///
    /// # Panics
    /// When there is no such metric.
    #[must_use]
    pub fn metric(&self, name: &str) -> u64 {
        let page = self.get("/metrics").body;
        let value = page
            .lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        value.unwrap_or_else(|| panic!("no metric {name} in:\n{page}"))
    }

    /// Waits until it has read the log up to this message.
    pub fn wait_for_position(&self, sequence: u64) {
        let what = format!("the engine reads message {sequence}");
        until(&what, || (self.metric("milepost_position") >= sequence).then_some(()));
    }

    /// Waits until it says that it is ready; what it says instead is shown when the test fails.
    pub fn wait_until_ready(&self) {
        let mut shown = String::new();
        until("the engine is ready", || {
            let ready = self.get("/readyz");
            if ready.status != 200 && ready.body != shown {
                eprintln!("not ready yet: {}", ready.body);
                shown = ready.body;
            }
            (ready.status == 200).then_some(())
        });
    }

    /// Waits until so many scans have been judged and records refused.
    pub fn wait_for_records(&self, records: u64) {
        let what = format!("the engine takes {records} records");
        until(&what, || (self.records() >= records).then_some(()));
    }

    /// Scans judged and records refused, since it started.
    #[must_use]
    pub fn records(&self) -> u64 {
        // What was stored though no answer came is found there, and not published again.
        self.metric("milepost_scans_total")
            + self.metric("milepost_rejects_published_total")
            + self.metric("milepost_rejects_covered_total")
    }

    /// What it holds of the machine's memory.
    ///
    /// # Panics
    /// When the system does not tell, as only Linux does.
    #[must_use]
    pub fn memory_kib(&self) -> u64 {
        let status = text(&PathBuf::from(format!("/proc/{}/status", self.started.id())));
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = resident.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse().ok());
        number.expect("Linux tells how much memory is resident")
    }

    /// Ends it at once, as `kill -9` does.
    pub fn kill(mut self) {
        self.started.kill();
    }

    /// Holds it where it stands, as a machine that hangs.
    pub fn freeze(&self) {
        self.started.signal("STOP");
    }

    /// Lets it go on, as if nothing had been.
    pub fn thaw(&self) {
        self.started.signal("CONT");
    }

    /// Waits until it ends by itself.
    #[must_use]
    pub fn ends(mut self) -> Said {
        let status = until("the engine ends by itself", || self.started.ended());
        Said {
            code: status.code(),
            out: text(&self.trace.with_extension("out")),
            err: text(&self.trace),
        }
    }

    /// Asks it to end, and waits for that.
    #[must_use]
    pub fn stop(mut self) -> Said {
        self.started.terminate();
        let status = until("the engine ends", || self.started.ended());
        Said {
            code: status.code(),
            out: text(&self.trace.with_extension("out")),
            err: text(&self.trace),
        }
    }
}

/// The address in `http://127.0.0.1:4711  /healthz …`, once the line is there.
fn address(trace: &str) -> Option<String> {
    let line = trace.lines().find_map(|line| line.strip_prefix("http://"))?;
    line.split_once(' ').map(|(address, _)| address.to_owned())
}
