//! A place where Milepost is run: a directory of its own, an address of a log, settings.

use crate::host_clock;
use crate::patience::until;
use crate::program::{Said, milepost};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use tempfile::TempDir;

/// Tells how wrong the clock is, where it is wrong.
const CLOCK: &str = "clock";

/// A directory in which Milepost works, and the settings that it works with.
pub struct Site {
    dir: TempDir,
    settings: Vec<(String, String)>,
}

impl Site {
    /// A site whose log is at this address. The clock is that of the scans, HTTP listens on any free port, snapshots are
    /// taken each second, and tables are written at the end only.
    ///
    /// # Panics
    /// When there is no room for a temporary directory.
    #[must_use]
    pub fn new(url: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory can be made");
        let settings = [
            ("LOG__URL", url),
            ("LOG__CREATE", "true"),
            ("ENGINE__CLOCK", "event"),
            ("HTTP__LISTEN", "127.0.0.1:0"),
            ("SNAPSHOTS__EVERY", "1s"),
            ("TABLES__EVERY", "1h"),
        ];
        let settings = settings.map(|(name, value)| (format!("MILEPOST__{name}"), value.to_owned()));
        Self {
            dir,
            settings: settings.into(),
        }
    }

    /// A site with the log in its own directory.
    #[must_use]
    pub fn embedded() -> Self {
        Self::new("embedded:log")
    }

    /// The same with one more setting, `SECTION__KEY`.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((format!("MILEPOST__{name}"), value.to_owned()));
        self
    }

    /// Sets the clock of its machine so many hours ahead of the right time. What runs there must have been started after it
    /// was set for the first time.
    ///
    /// # Panics
    /// When the disk refuses.
    pub fn set_clock(&self, ahead: i64) {
        let (new, clock) = (self.path("clock.new"), self.path(CLOCK));
        fs::write(&new, host_clock::wrong_by(ahead)).expect("the disk has room");
        fs::rename(new, clock).expect("a file of ours");
    }

    /// A place in its directory.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    /// When it cannot be started, or does not end.
    #[must_use]
    pub fn run(&self, args: &[&str]) -> Said {
        let trace = self.next_trace();
        let mut started = self.start(args, &trace);
        let what = format!("milepost {} ends", args.join(" "));
        let status = until(&what, || started.ended());
        Said {
            code: status.code(),
            out: text(&trace.with_extension("out")),
            err: text(&trace),
        }
    }

    /// The same for a command that must succeed; its output.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn succeed(&self, args: &[&str]) -> String {
        let said = self.run(args);
        assert_eq!(
            said.code,
            Some(0),
            "milepost {}\n{}{}",
            args.join(" "),
            said.out,
            said.err
        );
        said.out
    }

    /// Starts a command whose trace goes to this file, and its output beside it.
    pub(crate) fn start(&self, args: &[&str], trace: &Path) -> Started {
        let file = |path: &Path| File::create(path).expect("a file can be made in a fresh directory");
        let mut command = Command::new(milepost());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MILEPOST_")) {
            command.env_remove(name);
        }
        if self.path(CLOCK).exists() {
            command.envs(host_clock::told_by(&self.path(CLOCK)));
        }
        command
            .args(args)
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .env("NO_COLOR", "1")
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(file(&trace.with_extension("out")))
            .stderr(file(trace));
        Started(command.spawn().expect("the program has been built"))
    }

    /// A file for the trace of the next start: `trace-1.err`, `trace-2.err`, …
    pub(crate) fn next_trace(&self) -> PathBuf {
        let mut free = (1_u32..).map(|number| self.path(&format!("trace-{number}.err")));
        free.find(|path| !path.exists()).expect("numbers do not end")
    }
}

/// A program that was started; it is killed when dropped.
pub(crate) struct Started(Child);

impl Started {
    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().expect("a child can be waited for")
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.0.kill().expect("a child of ours can be killed");
        self.0.wait().expect("a child can be waited for");
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        terminate(&self.0);
    }

    /// Sends it a signal, `STOP` or `CONT`.
    pub(crate) fn signal(&self, name: &str) {
        signal(&self.0, name);
    }
}

/// Asks a program to end.
pub(crate) fn terminate(child: &Child) {
    signal(child, "TERM");
}

fn signal(child: &Child, name: &str) {
    let number = child.id().to_string();
    // The shell has a `kill` of its own on every machine.
    let sent = Command::new("sh")
        .args(["-c", "kill -\"$1\" \"$0\"", &number, name])
        .status()
        .expect("a shell can be run");
    assert!(sent.success(), "no signal could be sent to {number}");
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended before.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// What stands in a file; what is not UTF-8 is shown as such.
pub(crate) fn text(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Drop for Site {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let mut traces: Vec<PathBuf> = fs::read_dir(self.dir.path())
            .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
            .unwrap_or_default();
        traces.retain(|path| path.extension().is_some_and(|extension| extension == "err"));
        traces.sort();
        for trace in traces {
            let name = trace.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let said = fs::read(&trace).unwrap_or_default();
            eprintln!("--- {name}\n{}", String::from_utf8_lossy(&said));
        }
    }
}
