//! Mapping files of one's own together with the formats that they make: as messages of the log and snapshots carry them.
//! From where they stand in the log, messages are read by them, so that a replay reads each as it was read before.

use crate::alarms::Teller;
use milepost_connectors::carriers::mapping::{Formats, Mistake};
use milepost_connectors::log::Control;
use serde_json::{Value, json};
use std::fmt::{self, Debug, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use xxhash_rust::xxh3::xxh3_128_with_seed;

/// Names and texts of mapping files.
pub type FormatTexts = Vec<(String, String)>;

/// Formats, and the files among them that did not come with the program.
#[derive(Clone, Debug)]
pub struct FormatSet {
    /// Those that come with the program, and those of the files over them.
    pub formats: Arc<Formats>,
    /// The files.
    pub files: Arc<FormatTexts>,
}

impl Default for FormatSet {
    fn default() -> Self {
        Self {
            formats: Arc::new(Formats::built_in().clone()),
            files: Arc::default(),
        }
    }
}

impl FormatSet {
    /// The formats of these files over those that come with the program.
    ///
    /// # Errors
    /// Every mistake in every file, with the file's name.
    pub fn compile(files: FormatTexts) -> Result<Self, Vec<(String, Mistake)>> {
        Ok(Self {
            formats: Arc::new(Formats::built_in().with_files(&files)?),
            files: Arc::new(files),
        })
    }

    /// The message that brings them into force. Where the files stand on this machine is nobody else's business.
    #[must_use]
    pub fn control(&self) -> Control {
        Control::Formats(self.bare().collect())
    }

    /// Names them: a hash of names and texts of the files.
    #[must_use]
    pub fn hash_text(&self) -> String {
        let hash = self.bare().fold(0, |hash: u128, (name, text)| {
            let (high, low) = ((hash >> 64) as u64, hash as u64);
            let hash = xxh3_128_with_seed(name.as_bytes(), high ^ low);
            xxh3_128_with_seed(text.as_bytes(), (hash >> 64) as u64 ^ hash as u64)
        });
        format!("{hash:032x}")
    }

    fn bare(&self) -> impl Iterator<Item = (String, String)> {
        let bare = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
        self.files.iter().map(move |(name, text)| (bare(name), text.clone()))
    }
}

/// What is wrong with mapping files.
#[must_use]
pub fn told(mistakes: &[(String, Mistake)]) -> String {
    let count = mistakes.len();
    let s = if count == 1 { "" } else { "s" };
    let mut text = format!("{count} mistake{s} in the mapping files, none is loaded\n");
    for (file, mistake) in mistakes {
        let _ = writeln!(text, "{file}:{}: {}", mistake.line, mistake.what);
    }
    text
}

/// Which formats are in force, and whether others were refused: for `/readyz`, webhooks and the trace. Told by the feed and by
/// whoever watches the mapping files.
#[derive(Default)]
pub struct FormatsStatus {
    status: Mutex<Status>,
    tell: Option<Teller>,
}

#[derive(Default)]
struct Status {
    set: FormatSet,
    refused: Option<String>,
}

impl Debug for FormatsStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormatsStatus").finish_non_exhaustive()
    }
}

impl FormatsStatus {
    /// A status of which changes are told to somebody, a line each.
    #[must_use]
    pub fn told(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self {
            tell: Some(Box::new(tell)),
            ..Self::default()
        }
    }

    /// The formats with which the engine begins.
    pub fn begin(&self, set: &FormatSet) {
        self.lock().set = set.clone();
    }

    /// Other formats are in force from a message on.
    pub(crate) fn switched(&self, set: &FormatSet, sequence: u64) {
        let mut status = self.lock();
        if status.set.files == set.files {
            return;
        }
        status.set = set.clone();
        let files: Vec<String> = set.bare().map(|(name, _)| name).collect();
        self.tell(&match files.as_slice() {
            [] => format!("formats in force from message {sequence} on: those that come with the program"),
            files => format!(
                "formats in force from message {sequence} on: those of {} over those that come with the program",
                files.join(", ")
            ),
        });
    }

    /// The mapping files have mistakes: nothing of them is taken.
    pub fn refuse(&self, why: &str) {
        let mut status = self.lock();
        if status.refused.as_deref() != Some(why) {
            self.tell(&format!(
                "warning: the mapping files are refused as they are, the formats before them stay in force: {why}"
            ));
            status.refused = Some(why.to_owned());
        }
    }

    /// Nothing is wrong with the files as they are now.
    pub fn accept(&self) {
        if self.lock().refused.take().is_some() {
            self.tell("the mapping files are in order again");
        }
    }

    /// Those in force.
    #[must_use]
    pub fn set(&self) -> FormatSet {
        self.lock().set.clone()
    }

    /// For `/readyz`.
    #[must_use]
    pub fn json(&self) -> Value {
        let status = self.lock();
        let files: Vec<String> = status.set.bare().map(|(name, _)| name).collect();
        json!({ "hash": status.set.hash_text(), "files": files, "refused": status.refused })
    }

    /// For `/metrics`.
    #[must_use]
    pub fn render(&self) -> String {
        let (name, refused) = ("milepost_formats_refused", u8::from(self.lock().refused.is_some()));
        format!(
            "# HELP {name} 1 while the mapping files have mistakes and the formats before them stay in force, else 0.\n\
             # TYPE {name} gauge\n{name} {refused}\n"
        )
    }

    fn tell(&self, what: &str) {
        if let Some(tell) = &self.tell {
            tell(what);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
