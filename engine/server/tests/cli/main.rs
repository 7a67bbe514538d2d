//! The program as its users meet it: the built binary, asked on a command line.

mod backtest;
mod bench;
mod decode;
mod doctor;
mod evaluate;
mod help;
mod rejects;
mod replay;
mod rules;
mod settings;
mod sql;

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a command answered.
struct Answer {
    code: i32,
    out: String,
    err: String,
}

/// Runs `milepost` in a directory. Nothing of the machine's settings gets in.
fn milepost(dir: &Path, args: &[&str]) -> Answer {
    run(Command::new(env!("CARGO_BIN_EXE_milepost")).args(args), dir)
}

/// The same, with variables in the environment.
fn milepost_with(dir: &Path, variables: &[(&str, &str)], args: &[&str]) -> Answer {
    run(
        Command::new(env!("CARGO_BIN_EXE_milepost"))
            .args(args)
            .envs(variables.iter().copied()),
        dir,
    )
}

/// The same, with something on standard input.
fn milepost_fed(dir: &Path, input: &str, args: &[&str]) -> Answer {
    let path = dir.join(".input");
    std::fs::write(&path, input).expect("a file can be written");
    let file = std::fs::File::open(&path).expect("the file has just been written");
    run_with(
        Command::new(env!("CARGO_BIN_EXE_milepost")).args(args),
        dir,
        file.into(),
    )
}

fn run(command: &mut Command, dir: &Path) -> Answer {
    run_with(command, dir, Stdio::null())
}

fn run_with(command: &mut Command, dir: &Path, input: Stdio) -> Answer {
    let output = command
        .current_dir(dir)
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .stdin(input)
        .output()
        .expect("the program has been built");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("what people read is UTF-8");
    Answer {
        code: output.status.code().unwrap_or(-1),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn write(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().expect("a file stands in a directory")).expect("a directory can be made");
    std::fs::write(path, text).expect("a file can be written");
}

/// Command lines and what they answer, as a story that a person can read.
fn transcript(dir: &Path, lines: &[&[&str]]) -> String {
    let mut text = String::new();
    for args in lines {
        let answer = milepost(dir, args);
        let shown: Vec<String> = args.iter().map(|arg| quoted(arg)).collect();
        let _ = writeln!(text, "$ milepost {}", shown.join(" "));
        text.push_str(&answer.out);
        text.push_str(&answer.err);
        let _ = writeln!(text, "[{}]\n", answer.code);
    }
    text
}

fn quoted(arg: &str) -> String {
    if arg.contains(' ') {
        format!("\"{arg}\"")
    } else {
        arg.to_owned()
    }
}
