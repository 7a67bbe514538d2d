//! Other rules while the engine runs: changed files come into force at one place in the log, and wrong ones not at all.

use crate::{Bed, open};
use milepost_connectors::log::{Control, Log};
use milepost_test_e2e::{Engine, Outcome, Sent, Site, messages, scans_wanted, until};
use milepost_test_sim::rule_sets::{Files, changed, compiled, default_files};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Puts a directory with the files of a set in place of the one that is there: no look finds a part of one and a part of the
/// other, however slow the machine.
pub(crate) fn write(dir: &Path, files: &Files) {
    let (next, before) = (dir.with_extension("next"), dir.with_extension("before"));
    std::fs::create_dir(&next).expect("the disk has room");
    for (name, text) in files {
        let name = Path::new(name).file_name().expect("a file has a name");
        std::fs::write(next.join(name), text).expect("the disk has room");
    }
    if dir.exists() {
        std::fs::rename(dir, &before).expect("a directory of ours");
    }
    std::fs::rename(&next, dir).expect("a directory of ours");
    if before.exists() {
        std::fs::remove_dir_all(&before).expect("a directory of ours");
    }
}

fn hash_in_force(engine: &Engine) -> String {
    of_rules(engine, "hash").as_str().expect("a hash is text").to_owned()
}

fn of_rules(engine: &Engine, key: &str) -> Value {
    let ready = engine.get("/readyz");
    let body: Value = serde_json::from_str(&ready.body).unwrap_or_else(|error| panic!("{error}: {}", ready.body));
    body.pointer(&format!("/rules/{key}")).cloned().unwrap_or_default()
}

fn wait_for_rules(engine: &Engine, files: &Files) {
    let wanted = compiled(files).hash_text();
    until("other rules are in force", || {
        (hash_in_force(engine) == wanted).then_some(())
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn rules_that_change_under_way_lose_and_double_nothing_though_the_engine_is_killed() {
    let (bed, lines) = (Bed::new(), scans_wanted(20_000));
    let site = Site::new(bed.url())
        .with("ENGINE__BATCH_MESSAGES_MAX", "128")
        .with("RULES__DIR", "rules")
        .with("RULES__RELOAD_EVERY", "100ms");
    let sets = [default_files(), changed(41, 1), changed(41, 2), changed(41, 3)];
    let [first, second, third, fourth] = &sets;
    write(&site.path("rules"), first);
    let sent = Arc::new(Sent::usual(41, lines));
    let log = open(bed.url()).await;
    let mut sending = JoinSet::new();
    sending.spawn({
        let (sent, log) = (Arc::clone(&sent), log.clone());
        async move {
            let part = lines.div_ceil(40);
            for from in (0..lines).step_by(part) {
                sent.append(&log, from..lines.min(from + part)).await;
                tokio::time::sleep(Duration::from_millis(150)).await;
            }
        }
    });

    let engine = Engine::start(&site, &[]);
    engine.wait_for_position(sent.count() / 10);
    write(&site.path("rules"), second);
    wait_for_rules(&engine, second);
    engine.wait_for_position(sent.count() / 3);
    engine.kill();
    // Changed while nobody looks: it comes into force when the engine is back, and not before.
    write(&site.path("rules"), third);
    let engine = Engine::start(&site, &[]);
    wait_for_rules(&engine, third);
    engine.wait_for_position(sent.count() / 2);
    write(&site.path("rules"), fourth);
    wait_for_rules(&engine, fourth);
    engine.kill();
    while let Some(ended) = sending.join_next().await {
        ended.expect("all is sent");
    }

    let engine = Engine::start(&site, &[]);
    let last = log.state().await.expect("the log answers").last_sequence;
    engine.wait_for_position(last);
    assert_eq!(hash_in_force(&engine), compiled(fourth).hash_text());
    assert_eq!(engine.stop().code, Some(0));
    let expected = Outcome::of_one_thread(&log, first).await;
    assert!(expected.jobs.len() > 1_000, "{}", expected.jobs.len());
    Outcome::of_log(&log).await.assert_equal(&expected);
    let brought = messages(&log).await;
    let brought = brought.iter().filter(|message| message.position.partition.is_none());
    let brought = brought.filter(|message| matches!(Control::parse(&message.payload), Ok(Control::Rules(_))));
    assert_eq!(brought.count(), 3, "each change is one message");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn wrong_rules_leave_those_before_in_force_and_are_told() {
    let site = Site::embedded()
        .with("RULES__DIR", "rules")
        .with("RULES__RELOAD_EVERY", "100ms");
    let first = default_files();
    write(&site.path("rules"), &first);
    let hash = compiled(&first).hash_text();
    let engine = Engine::start(&site, &[]);
    assert_eq!(hash_in_force(&engine), hash);
    assert_eq!(of_rules(&engine, "refused"), Value::Null);

    let wrong = "rules:\n  - delay: wrong\n    when: silense > INTERVAL '36 hours'\n    because: quiet\n";
    std::fs::write(site.path("rules/wrong.yaml"), wrong).expect("the disk has room");
    let told = until("the mistake is told", || {
        of_rules(&engine, "refused").as_str().map(str::to_owned)
    });
    assert!(
        told.contains("MP011") && told.contains("rules/wrong.yaml:3:11"),
        "{told}"
    );
    assert_eq!(hash_in_force(&engine), hash, "the rules before stay in force");
    assert_eq!(engine.metric("milepost_rules_refused"), 1);
    assert_eq!(engine.get("/readyz").status, 200, "it works on");
    assert!(engine.trace().contains("MP011"), "{}", engine.trace());
    let checked = site.run(&["rules", "check"]);
    assert_eq!(checked.code, Some(1));
    assert!(
        checked.out.contains("MP011") || checked.err.contains("MP011"),
        "{checked:?}"
    );

    // A start with wrong files goes on with the rules that the state has.
    engine.kill();
    let engine = Engine::start(&site, &[]);
    assert_eq!(hash_in_force(&engine), hash);
    assert!(
        of_rules(&engine, "refused")
            .as_str()
            .is_some_and(|told| told.contains("MP011"))
    );

    std::fs::write(site.path("rules/wrong.yaml"), wrong.replace("silense", "silence")).expect("the disk has room");
    until("the mended rules are in force", || {
        (hash_in_force(&engine) != hash).then_some(())
    });
    assert_eq!(of_rules(&engine, "refused"), Value::Null);
    assert_eq!(
        engine.metric("milepost_rules"),
        1 + compiled(&first).rules().len() as u64
    );
    assert_eq!(engine.stop().code, Some(0));

    // Without a state there is nothing to go on with.
    std::fs::write(site.path("rules/wrong.yaml"), wrong).expect("the disk has room");
    std::fs::remove_dir_all(site.path("milepost-data/snapshots")).expect("it was written");
    let said = site.run(&["serve"]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert!(said.err.contains("MP011"), "{}", said.err);
}
