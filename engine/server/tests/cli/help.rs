//! What `--help` says, and what a wrong command line is told.

use crate::{milepost, temporary, transcript};

#[test]
fn every_command_explains_itself_with_examples() {
    let dir = temporary();
    let commands: [&[&str]; 29] = [
        &[],
        &["demo"],
        &["serve"],
        &["replay"],
        &["decode"],
        &["sql"],
        &["rules"],
        &["rules", "check"],
        &["rules", "test"],
        &["rules", "backtest"],
        &["rules", "diff"],
        &["rules", "fmt"],
        &["rules", "schema"],
        &["rules", "help"],
        &["rejects"],
        &["rejects", "ls"],
        &["rejects", "show"],
        &["snapshot"],
        &["snapshot", "ls"],
        &["snapshot", "verify"],
        &["snapshot", "restore"],
        &["snapshot", "prune"],
        &["doctor"],
        &["estimate"],
        &["evaluate"],
        &["bench"],
        &["config"],
        &["completions"],
        &["man"],
    ];
    for command in commands {
        let args: Vec<&str> = command.iter().copied().chain(["--help"]).collect();
        let answer = milepost(dir.path(), &args);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{args:?}");
        assert!(
            answer.out.contains("Examples:\n  milepost "),
            "{args:?}: {}",
            answer.out
        );
        let name = if command.is_empty() {
            "milepost".to_owned()
        } else {
            command.join("_")
        };
        insta::assert_snapshot!(name, answer.out);
    }
}

#[test]
fn a_wrong_command_line_is_told_what_is_wrong_and_ends_with_2() {
    let dir = temporary();
    insta::assert_snapshot!(transcript(
        dir.path(),
        &[
            &["sevre"],
            &["sql", "SELECT 1", "--formt", "json"],
            &["sql", "SELECT 1", "--format", "xml"],
            &["sql", "SELECT 1", "--data", "x", "--url", "http://x"],
            &["rules"],
            &["rules", "check", "no-such-directory"],
            &["rejects", "show"],
            &["rejects", "ls", "--reason", "bad_tim", "--out", "x"],
            &["rules", "help", "colums"],
            &["completions", "tcsh"],
        ]
    ));
}

#[test]
fn completions_and_manual_pages_are_made() {
    let dir = temporary();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let answer = milepost(dir.path(), &["completions", shell]);
        assert_eq!(answer.code, 0, "{shell}");
        assert!(
            answer.out.contains("doctor") && answer.out.contains("token-file"),
            "{shell}"
        );
    }
    let page = milepost(dir.path(), &["man"]);
    assert!(
        page.out.contains(".TH milepost 1") && page.out.contains("doctor"),
        "{}",
        page.out
    );
    let pages = milepost(dir.path(), &["man", "--dir", "pages"]);
    assert_eq!((pages.code, pages.out.as_str(), pages.err.as_str()), (0, "", ""));
    for name in ["milepost.1", "milepost-serve.1", "milepost-rules-check.1"] {
        assert!(dir.path().join("pages").join(name).exists(), "{name}");
    }
}

#[test]
#[cfg(unix)]
fn who_reads_only_the_begin_is_not_told_of_a_panic() {
    let script = format!("'{}' rules help | head -1", env!("CARGO_BIN_EXE_milepost"));
    let output = std::process::Command::new("bash")
        .args(["-c", &format!("set -o pipefail; {script}")])
        .output()
        .expect("bash is there");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
