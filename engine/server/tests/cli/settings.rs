//! What users write into `milepost.toml` and the environment, and how mistakes in them are told.

use crate::{milepost, milepost_with, temporary, transcript, write};

#[test]
fn mistakes_in_the_configuration_are_told_all_at_once_and_end_with_2() {
    let dir = temporary();
    let mistakes = "\
[log]
uri = \"nats://localhost\"

[engine]
shards = 100
tick_every = \"soon\"

[htpp]
listen = \"0.0.0.0:80\"
";
    write(dir.path(), "mistakes.toml", mistakes);
    write(
        dir.path(),
        "ranges.toml",
        "[engine]\nshards = 100\nclock = \"wall\"\n[http]\nlisten = \"0.0.0.0:8080\"\n",
    );
    write(dir.path(), "broken.toml", "[log]\nurl = \"a\nb\"\n");
    insta::assert_snapshot!(transcript(
        dir.path(),
        &[
            &["snapshot", "ls", "--config", "mistakes.toml"],
            &["snapshot", "ls", "--config", "ranges.toml"],
            &["snapshot", "ls", "--config", "broken.toml"],
            &["snapshot", "ls", "--config", "absent.toml"],
        ]
    ));
}

#[test]
fn the_environment_goes_over_the_file() {
    let dir = temporary();
    write(dir.path(), "milepost.toml", "[snapshots]\ndir = \"from-file\"\n");
    let answer = milepost(dir.path(), &["snapshot", "ls"]);
    assert_eq!(
        (answer.code, answer.err.as_str()),
        (0, "there are no snapshots in from-file\n")
    );
    let variables = [("MILEPOST__SNAPSHOTS__DIR", "from-environment")];
    let answer = milepost_with(dir.path(), &variables, &["snapshot", "ls"]);
    assert_eq!(answer.err, "there are no snapshots in from-environment\n");
    let variables = [("MILEPOST__SNAPSHOT__DIR", "x")];
    let answer = milepost_with(dir.path(), &variables, &["snapshot", "ls"]);
    assert_eq!(answer.code, 2);
    assert!(
        answer
            .err
            .contains("section [snapshot] is unknown; did you mean [snapshots]?"),
        "{}",
        answer.err
    );
}

#[test]
fn settings_are_shown_with_where_they_were_written_and_without_passwords() {
    let dir = temporary();
    let reference = milepost(dir.path(), &["config"]);
    write(dir.path(), "milepost.toml", &reference.out);
    let answer = milepost(dir.path(), &["config", "--show"]);
    assert_eq!(
        (answer.code, answer.err.as_str()),
        (0, ""),
        "the reference is a configuration"
    );
    write(
        dir.path(),
        "milepost.toml",
        "[log]\nurl = \"nats://user:secret@host:4222\"\n",
    );
    let answer = milepost_with(dir.path(), &[("MILEPOST__SQL__THREADS", "2")], &["config", "--show"]);
    let words = answer.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in [
        "[log] ",
        "url = \"nats://host:4222\" # milepost.toml:2",
        "threads = 2 # environment MILEPOST__SQL__THREADS",
        "keep = 3 # usual value",
    ] {
        assert!(words.contains(expected), "{expected}\n{}", answer.out);
    }
    assert!(!answer.out.contains("secret"), "{}", answer.out);
}
