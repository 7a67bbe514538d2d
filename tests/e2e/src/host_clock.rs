//! A machine whose clock is wrong. Nobody can set the clock of one process, so it is told wrong: libfaketime, which comes on
//! PyPI in a package of that name, takes the place of the C library's clock. What the kernel counts since it was started
//! goes on as it is.

use milepost_connectors::test_server::tool;
use std::path::Path;

/// The version that is fetched; its wheel holds a library for Linux on x86-64.
const VERSION: &str = "3.0.1";

/// What a program must find in its environment: it looks into the file whenever it asks for the time.
pub(crate) fn told_by(file: &Path) -> [(&'static str, String); 4] {
    let library = tool("libfaketime", VERSION, "libfaketime.so.1").expect("libfaketime can be had");
    [
        ("LD_PRELOAD", library.display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ]
}

/// What stands in the file when the clock is so many hours ahead.
pub(crate) fn wrong_by(hours: i64) -> String {
    format!("{hours:+}h\n")
}
