//! Each check, run on small bad trees: a check that cannot fail is none. The offences are expected output, word for word
//! up to the advice behind the `;`.

use milepost_test_tidy::{Offence, Tree, documents, headers, levels, places, report, sizes, words};

/// The check finds exactly these in these files.
#[track_caller]
fn finds(check: fn(&Tree) -> Vec<Offence>, files: &[(&str, &str)], expected: &[&str]) {
    let said = report(check(&Tree::of(files)));
    let found: Vec<&str> = said
        .lines()
        .map(|line| line.split(';').next().unwrap_or(line))
        .collect();
    assert_eq!(found, expected, "in {files:#?}");
    assert!(
        said.lines()
            .all(|line| line.split_once("; ").is_some_and(|(_, advice)| advice.len() > 5)),
        "no advice: {said}"
    );
}

/// A manifest of a crate with these lines of dependencies.
fn manifest(name: &str, dependencies: &str) -> String {
    format!("[package]\nname = \"{name}\"\n[lints]\nworkspace = true\n{dependencies}")
}

#[test]
fn an_arrow_upward_or_sideways_is_found() {
    let rows = [
        (
            "engine/core",
            "milepost-core",
            "[dependencies]\nmilepost-model.workspace = true",
            "",
        ),
        (
            "rules",
            "milepost-rules",
            "[dependencies]\nmilepost-core.workspace = true",
            "6: level 2 points upward at `milepost-core` on level 3",
        ),
        (
            "rules",
            "milepost-rules",
            "[dev-dependencies]\nmilepost-core = {}",
            "6: level 2 points upward at `milepost-core` on level 3",
        ),
        (
            "connectors",
            "milepost-connectors",
            "[dependencies.milepost-history]",
            "5: level 4 points sideways at `milepost-history` on level 4",
        ),
        (
            "tests/sim",
            "milepost-test-sim",
            "[dependencies]\nx = { package = \"milepost-test-sql\" }",
            "6: level 7 points sideways at `milepost-test-sql` on level 7",
        ),
        (
            "connectors",
            "milepost-connectors",
            "[dev-dependencies]\nmilepost-connectors = {}",
            "",
        ),
        (
            "tests/sim",
            "milepost-test-sim",
            "[dev-dependencies]\nmilepost-test-sql.path = \"../sql\"",
            "",
        ),
    ];
    for (folder, package, dependencies, expected) in rows {
        let (path, text) = (format!("{folder}/Cargo.toml"), manifest(package, dependencies));
        let expected: Vec<String> = lines_of(&path, expected);
        finds(
            levels::check,
            &[(&path, &text)],
            &expected.iter().map(String::as_str).collect::<Vec<_>>(),
        );
    }
}

/// `path:` before what is expected, and nothing where nothing is.
fn lines_of(path: &str, expected: &str) -> Vec<String> {
    expected.lines().map(|line| format!("{path}:{line}")).collect()
}

#[test]
fn a_heavy_dependency_away_from_home_is_found() {
    let rows = [
        ("engine/history", "milepost-history", "datafusion", ""),
        (
            "tests/sql",
            "milepost-test-sql",
            "datafusion",
            "6: `datafusion` belongs to engine/history alone",
        ),
        (
            "engine/server",
            "milepost",
            "arrow-array",
            "6: `arrow-array` belongs to engine/history alone",
        ),
        ("engine/server", "milepost", "axum", ""),
        (
            "connectors",
            "milepost-connectors",
            "hyper-util",
            "6: `hyper-util` belongs to engine/server alone",
        ),
        ("connectors", "milepost-connectors", "tokio", ""),
        (
            "engine/core",
            "milepost-core",
            "tokio",
            "6: `tokio` is not for a pure crate (level 3)",
        ),
    ];
    for (folder, package, dependency, expected) in rows {
        let path = format!("{folder}/Cargo.toml");
        let text = manifest(package, &format!("[dependencies]\n{dependency} = \"1\""));
        let expected: Vec<String> = lines_of(&path, expected);
        finds(
            levels::check,
            &[(&path, &text)],
            &expected.iter().map(String::as_str).collect::<Vec<_>>(),
        );
    }
}

#[test]
fn a_crate_without_a_level_is_found() {
    let folders: Vec<String> = levels::LEVELS
        .iter()
        .map(|(folder, _, _)| format!("{folder:?}"))
        .collect();
    let all = format!("[workspace]\nmembers = [{}, \"engine/attic\"]", folders.join(","));
    finds(
        levels::check,
        &[("Cargo.toml", &all)],
        &["Cargo.toml: member `engine/attic` has no level"],
    );
    let one_less = format!(
        "[workspace]\nmembers = [{}]",
        folders.join(",").replace("\"rules\",", "")
    );
    finds(
        levels::check,
        &[("Cargo.toml", &one_less)],
        &["Cargo.toml: `rules` has a level but is no member"],
    );
    let other = manifest("x", "");
    finds(
        levels::check,
        &[("engine/x/Cargo.toml", &other)],
        &["engine/x/Cargo.toml: a crate outside the workspace's levels"],
    );
    finds(
        levels::check,
        &[("rules/Cargo.toml", "[package]\nname = \"rules\"")],
        &[
            "rules/Cargo.toml: does not take the lints of the workspace",
            "rules/Cargo.toml: the package is `rules`, LEVELS calls it `milepost-rules`",
        ],
    );
}

#[test]
fn std_in_a_pure_crate_is_found() {
    let bare = "//! Nouns.\n#![no_std]\n";
    finds(levels::check, &[("engine/model/src/lib.rs", bare)], &[]);
    finds(
        levels::check,
        &[("rules/src/lib.rs", "//! #![no_std]\n// #![no_std]\n")],
        &["rules/src/lib.rs: a pure crate without `#![no_std]`"],
    );
    finds(
        levels::check,
        &[(
            "engine/core/src/x.rs",
            "#[cfg(test)]\nextern crate std;\nextern crate std as other;\nextern crate alloc;",
        )],
        &["engine/core/src/x.rs:3: brings `std` into a pure crate"],
    );
}

#[test]
fn a_stray_file_at_the_top_is_found() {
    finds(
        levels::check,
        &[("notes.txt", ""), (".ci/run", ""), ("tests/a.rs", "")],
        &["notes.txt: is not part of the layout"],
    );
}

#[test]
fn a_long_file_or_function_is_found() {
    let long = "//! x\n".repeat(501);
    finds(
        sizes::check,
        &[("a.rs", &long), ("b.rs", long.get(6..).expect("it is longer"))],
        &["a.rs: 501 lines, at most 500"],
    );
    finds(
        sizes::check,
        &[("engine/ARCHITECTURE.md", &"\n".repeat(251))],
        &["engine/ARCHITECTURE.md: 251 lines, at most 250"],
    );
    finds(
        sizes::check,
        &[("engine/server/src/main.rs", &"\n".repeat(61))],
        &["engine/server/src/main.rs: 61 lines, at most 60"],
    );
    finds(
        sizes::check,
        &[("engine/server/src/pipeline.rs", &"\n".repeat(151))],
        &["engine/server/src/pipeline.rs: 151 lines, at most 150"],
    );

    let body = |lines: usize| "    x();\n".repeat(lines);
    let fits = format!("fn fits() {{\n{}}}\n", body(68));
    // Braces in strings, characters and comments, a pointer to a function and one without body change nothing.
    let long = format!(
        "type F = fn(u8);\ntrait T {{ fn none(&self, a: [u8; 2]); }}\nfn long<'a>(a: &'a str) -> [u8; 2] {{\n    f(\"}}\", '}}', r#\"\"}}\"#); // }}\n{}}}\n",
        body(68)
    );
    finds(
        sizes::check,
        &[("a.rs", &fits), ("b.rs", &long)],
        &["b.rs:3: fn long has 71 lines, at most 70"],
    );
}

#[test]
fn a_model_that_became_a_cupboard_is_found() {
    let lines = "//! x\n".repeat(500);
    let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "    x();\n".repeat(100));
    let fits = [
        ("engine/model/src/a.rs", lines.as_str()),
        ("engine/model/src/b.rs", &lines),
        ("engine/model/src/c.rs", &lines),
        ("engine/model/src/d.rs", &tests),
        ("engine/model/tests/e.rs", &lines),
    ];
    finds(sizes::check, &fits, &[]);
    let full = [fits.as_slice(), &[("engine/model/src/f.rs", "//! x\n")]].concat();
    finds(
        sizes::check,
        &full,
        &["engine/model/src/: 1501 lines without tests, at most 1500"],
    );
}

#[test]
fn a_file_without_header_is_found() {
    let rows = [
        ("a.rs", "//! The nouns of the engine.\n"),
        ("b.rs", "//!\n//! Late."),
        ("c.rs", ""),
        ("d.rs", "\n//! Too late."),
    ];
    finds(
        headers::check,
        &rows,
        &[
            "b.rs:1: has no header",
            "c.rs:1: has no header",
            "d.rs:1: has no header",
        ],
    );
}

#[test]
fn an_empty_name_is_found() {
    let rows = [
        ("fn process_scans() {}", Some("process_scans")),
        ("fn f() { let do_it = 1; }", Some("do_it")),
        ("fn f() { let mut manage = 1; }", Some("manage")),
        ("struct Scan { perform: u8 }", Some("perform")),
        ("fn f(process: u8) {}", Some("process")),
        ("struct ScanManager;", Some("ScanManager")),
        ("use a::B as BHelper;", Some("BHelper")),
        ("enum E { A, #[x] Util { a: u8 }, B(ImplUtil) }", Some("Util")),
        ("enum A { B } enum C { DUtils }", Some("DUtils")),
        // Other people's names, and words that only begin alike.
        (
            "use std::process::{Command, ExitCode}; fn f() { std::process::exit(1) }",
            None,
        ),
        (
            "use std::{process, fs}; fn f() { process::abort(); x.process(); DiskManager::new(); }",
            None,
        ),
        (
            "fn processed() {} fn document() {} fn f() { let performance = \"process\"; } // manage",
            None,
        ),
        ("impl Display for Scan {} fn f() -> impl Iterator<Item = u8> {}", None),
    ];
    for (text, name) in rows {
        let expected: Vec<String> = name
            .iter()
            .map(|name| format!("a.rs:1: the name `{name}` says nothing"))
            .collect();
        finds(
            words::check,
            &[("a.rs", text)],
            &expected.iter().map(String::as_str).collect::<Vec<_>>(),
        );
    }
}

#[test]
fn a_file_named_after_nothing_is_found() {
    let rows = [
        ("a/utils.rs", ""),
        ("common/mod.rs", ""),
        ("a/imp.rs", ""),
        ("common/scan.rs", ""),
        ("a/mod.rs", ""),
    ];
    finds(
        words::check,
        &rows,
        &[
            "a/imp.rs: `imp` says nothing",
            "a/utils.rs: `utils` says nothing",
            "common/mod.rs: `common` says nothing",
        ],
    );
}

#[test]
fn unwrap_and_the_banned_noun_are_found() {
    let text = "fn f() {\n    x.unwrap ();\n    x.unwrap_or(1); // unwrap()\n    let last_checkpoint = 1;\n    // A Checkpoint.\n    \
                // A `checkpoint`.\n    g(\"checkpoint\");\n}";
    finds(
        words::check,
        &[("a.rs", text), ("b.md", "one\na checkpoint, `checkpoint`")],
        &[
            "a.rs:2: `unwrap()`",
            "a.rs:4: the word checkpoint",
            "a.rs:5: the word checkpoint",
            "b.md:2: the word checkpoint",
        ],
    );
}

#[test]
fn marks_and_words_from_the_desk_are_found() {
    // In parts, so that this file holds none of them.
    let mark = concat!("x\n# TO", "DO: later");
    finds(
        words::check,
        &[
            ("a.toml", mark),
            ("connectors/fixtures/a.json", mark),
            ("b.md", concat!("TO", "DOS are fine")),
        ],
        &[concat!("a.toml:2: TO", "DO")],
    );
    finds(
        words::check,
        &[
            ("run", concat!("ls /wo", "rk/x")),
            ("b.rs", concat!("// The sub", "Agent did it, see iss", "ue B.")),
        ],
        &[
            concat!("b.rs:1: `iss", "ue B`"),
            concat!("b.rs:1: `sub", "agent`"),
            concat!("run:1: `/wo", "rk/`"),
        ],
    );
}

#[test]
fn a_path_that_leads_nowhere_is_found() {
    let tree = |text: &'static str| {
        [
            ("README.md", text),
            (
                "engine/ARCHITECTURE.md",
                "`core/src/lib.rs`, [rules](../rules/README.md), `shard.rs`, `engine/core/src/{lib,shard}.rs:12`",
            ),
            (
                "rules/README.md",
                "[library](library/late.yaml) and `rules/library/*.yaml` and `tests/<name>`",
            ),
            ("connectors/FIELDS.md", "`engine/core/src/lib.rs`"),
            ("connectors/NUMBERS.md", ""),
            ("rules/library/late.yaml", ""),
            ("engine/core/src/lib.rs", ""),
            ("engine/core/src/shard.rs", ""),
        ]
    };
    let fine = "`engine/core`, [a](engine/ARCHITECTURE.md#here), [b](https://example.org/x), `application/json`, `milepost.toml`\n\
                ```\nmilepost rules test rules/mine.yaml\nengine/core/src/lib.rs  the door\n```\n";
    finds(documents::check, &tree(fine), &[]);
    let bad = "`engine/gone/`\n[a](docs/gone.md)\n```\n  engine/core/src/gone.rs\n```\n`gone.rs` and `rules/library/*.toml`\n`engine/core/src/{lib,gone}.rs`\n";
    finds(
        documents::check,
        &tree(bad),
        &[
            "README.md:1: `engine/gone/` does not exist",
            "README.md:2: `docs/gone.md` does not exist",
            "README.md:4: `engine/core/src/gone.rs` does not exist",
            "README.md:6: `gone.rs` does not exist",
            "README.md:6: `rules/library/*.toml` does not exist",
            "README.md:7: `engine/core/src/gone.rs` does not exist",
        ],
    );
    finds(
        documents::check,
        &[],
        &[
            "README.md: is missing",
            "connectors/FIELDS.md: is missing",
            "connectors/NUMBERS.md: is missing",
            "engine/ARCHITECTURE.md: is missing",
            "rules/README.md: is missing",
        ],
    );
}

#[test]
fn a_call_out_of_its_place_is_found() {
    let text = "fn f() {\n    std::time::SystemTime::now();\n    Instant::now();\n    std::thread::spawn(f);\n    tokio::spawn(g());\n    \
                rand::random();\n    scope.spawn(f); // Instant::now()\n}";
    finds(
        places::check,
        &[("engine/core/src/x.rs", text)],
        &[
            "engine/core/src/x.rs:2: `SystemTime::now`",
            "engine/core/src/x.rs:3: `Instant::now`",
            "engine/core/src/x.rs:4: `thread::spawn`",
            "engine/core/src/x.rs:5: `tokio::spawn`",
            "engine/core/src/x.rs:6: `rand::random`",
        ],
    );
    finds(
        places::check,
        &[("engine/server/src/clock.rs", text)],
        &[
            "engine/server/src/clock.rs:4: `thread::spawn`",
            "engine/server/src/clock.rs:5: `tokio::spawn`",
            "engine/server/src/clock.rs:6: `rand::random`",
        ],
    );
    finds(
        places::check,
        &[("tests/e2e/src/lib.rs", text)],
        &["tests/e2e/src/lib.rs:6: `rand::random`"],
    );
}

#[test]
fn unsafe_and_allow_are_found() {
    let text =
        "#![expect(unsafe_code, reason = \"x\")]\nunsafe fn f() {} // unsafe\n#[allow(dead_code)]\nfn g() { allow(1) }";
    finds(
        places::check,
        &[("engine/core/src/table.rs", text), ("engine/core/src/lanes.rs", text)],
        &[
            "engine/core/src/lanes.rs:2: `unsafe`",
            "engine/core/src/lanes.rs:3: #[allow(…)]",
            "engine/core/src/table.rs:3: #[allow(…)]",
        ],
    );
}
