//! Places: what only a few named files may do, whatever the compiler would allow.

use crate::{File, Offence, Token, Tree, mask, tokens};

/// The one file with `unsafe`.
const UNSAFE_FILE: &str = "engine/core/src/table.rs";

/// A call that is not for every file.
struct Restricted {
    /// The end of the path, as it is written at the call.
    calls: &'static [&'static str],
    /// Files, or folders ending in `/`, that may call it.
    places: &'static [&'static str],
    /// What the others do.
    todo: &'static str,
}

/// The clock, threads and chance. Clippy refuses the same by type; here stands who is excepted, in one list.
const RESTRICTED: [Restricted; 4] = [
    Restricted {
        calls: &[
            "SystemTime::now",
            "Utc::now",
            "Local::now",
            "Timestamp::now",
            "Zoned::now",
        ],
        places: &["engine/server/src/clock.rs", "tests/e2e/"],
        todo: "take `now` as an argument: it comes from the log, and only engine/server/src/clock.rs reads the host's clock",
    },
    Restricted {
        calls: &["Instant::now"],
        places: &[
            "engine/server/src/clock.rs",
            "loadgen/src/main.rs",
            "loadgen/src/rate.rs",
            "benches/",
            "tests/e2e/",
        ],
        todo: "measure through engine/server/src/clock.rs",
    },
    Restricted {
        calls: &["thread::spawn", "thread::Builder", "tokio::spawn", "task::spawn"],
        places: &[
            "engine/server/src/pipeline.rs",
            "engine/server/src/shards.rs",
            "tests/e2e/",
            "tests/fuzz/tests/save_state.rs",
        ],
        todo: "threads and tasks start in engine/server/src/shards.rs and pipeline.rs; elsewhere use std::thread::scope, or await",
    },
    Restricted {
        calls: &[
            "thread_rng",
            "rand::rng",
            "rand::random",
            "Uuid::new_v4",
            "RandomState::new",
        ],
        places: &["engine/server/src/seed.rs"],
        todo: "take a seed as an argument",
    },
];

/// Restricted calls, `unsafe`, and exceptions to lints that would stay after their reason is gone.
pub fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for file in tree.rust() {
        let code = mask(&file.text).code;
        let found = tokens(&code);
        for restricted in &RESTRICTED {
            offences.extend(calls(file, &found, restricted));
        }
        for token in found
            .iter()
            .filter(|token| token.text == "unsafe" && file.path != UNSAFE_FILE)
        {
            let todo = format!("write it safely; only {UNSAFE_FILE} is excepted, and runs under Miri");
            offences.push(Offence::at(&file.path, token.line, "`unsafe`", todo));
        }
        offences.extend(allows(file, &found));
    }
    offences
}

fn calls(file: &File, found: &[Token], restricted: &Restricted) -> Vec<Offence> {
    if restricted
        .places
        .iter()
        .any(|place| file.path == *place || (place.ends_with('/') && file.path.starts_with(place)))
    {
        return Vec::new();
    }
    let mut offences = Vec::new();
    for call in restricted.calls {
        let wanted = tokens(call);
        for window in found.windows(wanted.len()) {
            let same = window
                .iter()
                .map(|token| token.text)
                .eq(wanted.iter().map(|token| token.text));
            if let (true, Some(first)) = (same, window.first()) {
                offences.push(Offence::at(
                    &file.path,
                    first.line,
                    format!("`{call}`"),
                    restricted.todo,
                ));
            }
        }
    }
    offences
}

/// `allow` outlives its reason in silence; `expect` complains when nothing is left to except.
fn allows(file: &File, found: &[Token]) -> Vec<Offence> {
    let mut offences = Vec::new();
    for window in found.windows(3) {
        if let [open, word, paren] = window
            && open.text == "["
            && word.text == "allow"
            && paren.text == "("
        {
            let todo = "write #[expect(…, reason = \"…\")]";
            offences.push(Offence::at(&file.path, word.line, "#[allow(…)]", todo));
        }
    }
    offences
}
