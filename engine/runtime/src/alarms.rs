//! What is wrong just now, for people: each fault has a name that metrics, `/readyz`, the trace and the page on it share.

use serde_json::{Value, json};
use std::fmt::{self, Debug, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $fault:ident $name:literal;)+) => {
        /// Something that can be wrong with an engine that runs.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Fault {
            $($(#[doc = $doc])+ $fault,)+
        }

        impl Fault {
            /// All of them.
            pub const ALL: [Self; [$(Self::$fault),+].len()] = [$(Self::$fault),+];

            /// Its name, as metrics and the pages on faults have it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$fault => $name,)+
                }
            }

            /// Its page in the manual, Markdown: what one sees, what it means, what to do.
            #[must_use]
            pub fn page(self) -> &'static str {
                match self {
                    $(Self::$fault => include_str!(concat!("../../../deploy/faults/", $name, ".md")),)+
                }
            }
        }
    };
}

faults! {
    /// Jobs or rejects cannot be published: the server is away, refuses, or has no room.
    Unpublished "unpublished";
    /// The log does not take ticks: time stands still while no scan comes.
    TickFailed "tick_failed";
    /// No snapshot was written.
    SnapshotFailed "snapshot_failed";
    /// A snapshot is damaged, and an older one was taken.
    SnapshotDamaged "snapshot_damaged";
    /// The stream of jobs or rejects lost its end, and an older snapshot was taken to publish it again.
    PublishedLost "published_lost";
    /// An old snapshot could not be removed.
    PruneFailed "prune_failed";
    /// The tables for analysts were not written.
    TablesFailed "tables_failed";
}

impl Fault {
    /// The fault of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }

    /// What its page says is to be done.
    #[must_use]
    pub fn todo(self) -> &'static str {
        let after = self.page().split_once("**What to do.**");
        after.map_or("", |(_, todo)| todo.trim())
    }
}

/// Who prints what is to be told.
pub(crate) type Teller = Box<dyn Fn(&str) + Send + Sync>;

/// All faults, and which of them are there now.
#[derive(Default)]
pub struct Alarms {
    faults: Mutex<[State; Fault::ALL.len()]>,
    tell: Option<Teller>,
}

#[derive(Clone, Default)]
struct State {
    /// What is wrong; `None` while nothing is.
    what: Option<String>,
    times: u64,
}

impl Debug for Alarms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarms").finish_non_exhaustive()
    }
}

impl Alarms {
    /// Alarms that are told to somebody beside being counted: a line when one is raised or says something else, and when it
    /// is over.
    #[must_use]
    pub fn told(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            tell: Some(Box::new(tell)),
            ..Self::default()
        }
    }

    /// Something is wrong, or still is.
    pub fn raise(&self, fault: Fault, what: &str) {
        let mut faults = self.lock();
        let Some(state) = faults.get_mut(fault as usize) else {
            return;
        };
        state.times += 1;
        if state.what.as_deref() != Some(what) {
            state.what = Some(what.to_owned());
            self.tell(&format!("warning: {what} [{}]", fault.name()));
        }
    }

    /// It is well again.
    pub fn clear(&self, fault: Fault) {
        let mut faults = self.lock();
        if faults
            .get_mut(fault as usize)
            .and_then(|state| state.what.take())
            .is_some()
        {
            self.tell(&format!("over: {}", fault.name()));
        }
    }

    /// What is wrong, if it is.
    #[must_use]
    pub fn what(&self, fault: Fault) -> Option<String> {
        self.lock().get(fault as usize).and_then(|state| state.what.clone())
    }

    /// How often it went wrong.
    #[must_use]
    pub fn times(&self, fault: Fault) -> u64 {
        self.lock().get(fault as usize).map_or(0, |state| state.times)
    }

    /// What is wrong just now, by the names of the faults.
    #[must_use]
    pub fn json(&self) -> Value {
        let faults = self.lock();
        let raised = Fault::ALL.iter().zip(&*faults).filter_map(|(fault, state)| {
            let what = state.what.as_ref()?;
            Some((fault.name().to_owned(), json!(what)))
        });
        Value::Object(raised.collect())
    }

    /// The Prometheus text format.
    #[must_use]
    pub fn render(&self) -> String {
        let faults = self.lock();
        let mut text = String::new();
        let mut family = |name: &str, kind: &str, help: &str, value: fn(&State) -> u64| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (fault, state) in Fault::ALL.iter().zip(&*faults) {
                let _ = writeln!(text, "{name}{{fault=\"{}\"}} {}", fault.name(), value(state));
            }
        };
        let help = "1 while this is wrong, else 0; the manual has a page on each fault.";
        family("milepost_alarm", "gauge", help, |state| u64::from(state.what.is_some()));
        let help = "How often this went wrong since the start.";
        family("milepost_faults_total", "counter", help, |state| state.times);
        text
    }

    fn tell(&self, what: &str) {
        if let Some(tell) = &self.tell {
            tell(what);
        }
    }

    fn lock(&self) -> MutexGuard<'_, [State; Fault::ALL.len()]> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn every_fault_has_a_page_that_says_what_to_do() {
        let list = include_str!("../../../deploy/faults/README.md");
        for fault in Fault::ALL {
            assert!(fault.todo().len() > 20, "{}: {:?}", fault.name(), fault.todo());
            assert!(list.contains(&format!("]({}.md)", fault.name())), "{}", fault.name());
        }
    }

    #[test]
    fn an_alarm_is_told_once_and_counted_each_time() {
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let told = Arc::clone(&lines);
        let alarms = Alarms::told(move |line| told.lock().expect("nobody panics here").push(line.to_owned()));
        alarms.raise(Fault::SnapshotFailed, "the disk is full");
        alarms.raise(Fault::SnapshotFailed, "the disk is full");
        assert_eq!(alarms.json(), json!({ "snapshot_failed": "the disk is full" }));
        let text = alarms.render();
        assert!(text.contains("milepost_alarm{fault=\"snapshot_failed\"} 1\n"), "{text}");
        assert!(
            text.contains("milepost_faults_total{fault=\"snapshot_failed\"} 2\n"),
            "{text}"
        );
        assert!(text.contains("milepost_alarm{fault=\"unpublished\"} 0\n"), "{text}");
        alarms.clear(Fault::SnapshotFailed);
        alarms.clear(Fault::SnapshotFailed);
        assert_eq!(
            *lines.lock().expect("nobody panics here"),
            ["warning: the disk is full [snapshot_failed]", "over: snapshot_failed"]
        );
    }
}
